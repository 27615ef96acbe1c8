# Usage: ./dev bench [load] [drain] [latency] [triggers] [--rows N] [--source mysql|mariadb] [--dir DIR]
#
# Measures on private servers, one thing after the other; all parts when none is named. Nothing else should run meanwhile.
# docs/benchmarks.md says what was measured.
#
#   load      a flat 12-column table into Redis and into MongoDB, beside a plain Python script; the generator beside executemany
#   drain     a backlog of changes, flat and nested documents, into each store and both, beside the raw limits: reading the rows
#             into nothing, and the store swallowing the very same writes, recorded and sent again
#   latency   from commit to visible at 200 changes a second
#   triggers  CPU of the MySQL server a changed row, with capture and without
#
# Options:
#   --rows N         size of the table (1000000)
#   --source ROLE    mysql (default) or mariadb
#   --dir DIR        where the servers live (/tmp/syncline-bench-UID); removed afterwards
#
# Examples:
#   ./dev bench
#   ./dev bench latency --rows 100000 --source mariadb
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
source "$TREE/tools/dev/python.sh"

DIR=/tmp/syncline-bench-$EUID
arguments=()
while (($#)); do
  case $1 in
    load | drain | latency | triggers) arguments+=("$1") ;;
    --rows | --source | --dir)
      (($# >= 2)) || usage_error "bench: $1 needs a value" "./dev bench --help"
      if [[ $1 == --dir ]]; then DIR=$2; else arguments+=("$1" "$2"); fi
      shift
      ;;
    *)
      usage_error "bench: no part or option '$1'$(nearest "$1" load drain latency triggers --rows --source --dir)" \
        "./dev bench --help"
      ;;
  esac
  shift
done

"$TREE/dev" build --quiet release raw_read
venv=$(locked "$CACHE/python.lock" python_environment)
mkdir -p "$DIR"
trap '"$TREE/dev" servers stop --dir "$DIR/servers"; rm -rf "$DIR"' EXIT
"$TREE/dev" servers start --dir "$DIR/servers"
eval "$("$TREE/dev" servers status --dir "$DIR/servers" | sed 's/^/export /')"
export SYNCLINE_BENCH_DIR=$DIR
"$venv/bin/python" "$TREE/tools/bench/bench.py" "${arguments[@]}"
