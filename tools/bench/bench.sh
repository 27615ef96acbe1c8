# Usage: ./dev bench [--rows N] [--source mysql|mariadb] [--dir DIR]
#
# Loads and follows a flat 12-column table into Redis and into MongoDB, and does the same by a plain Python script, in one run on
# private servers: rows/s, CPU seconds of every process, our peak memory, and the ratios. Then the generator beside executemany.
# Nothing else should run meanwhile. docs/benchmarks.md says what was measured.
#
# Options:
#   --rows N         size of the table (1000000)
#   --source ROLE    mysql (default) or mariadb
#   --dir DIR        where the servers live (/tmp/syncline-bench-UID); removed afterwards
#
# Examples:
#   ./dev bench
#   ./dev bench --rows 100000 --source mariadb
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
source "$TREE/tools/dev/python.sh"

DIR=/tmp/syncline-bench-$EUID
arguments=()
while (($#)); do
  (($# >= 2)) || usage_error "bench: $1 needs a value" "./dev bench --help"
  case $1 in
    --rows | --source) arguments+=("$1" "$2") ;;
    --dir) DIR=$2 ;;
    *) usage_error "bench: no option '$1'$(nearest "$1" --rows --source --dir)" "./dev bench --help" ;;
  esac
  shift 2
done

venv=$(locked "$CACHE/python.lock" python_environment)
mkdir -p "$DIR"
trap '"$TREE/dev" servers stop --dir "$DIR/servers"; rm -rf "$DIR"' EXIT
"$TREE/dev" servers start --dir "$DIR/servers"
eval "$("$TREE/dev" servers status --dir "$DIR/servers" | sed 's/^/export /')"
export SYNCLINE_BENCH_DIR=$DIR
"$venv/bin/python" "$TREE/tools/bench/bench.py" "${arguments[@]}"
