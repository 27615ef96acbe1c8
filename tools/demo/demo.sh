# Usage: ./dev demo [--once] [--customers N] [--seconds N] [--dir DIR]
#
# The guided tour, on private servers: a generated shop in MySQL, `syncline run` into MongoDB and Redis, traffic, a kill -9 of the
# engine in the middle, verification of both stores, one document side by side, and a record spoiled by hand, named and mended.
# Afterwards everything stays up, with addresses and next steps printed.
#
# Options:
#   --once         stop everything at the end; the verdict is the exit code
#   --customers N  size of the shop (30000)
#   --seconds N    length of the traffic (30)
#   --dir DIR      where servers and logs live (/tmp/syncline-demo-UID); what an earlier demo left there is removed
#
# Examples:
#   ./dev demo
#   ./dev demo --once --customers 2000 --seconds 10
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
source "$TREE/tools/servers/process.sh"

ONCE='' CUSTOMERS=30000 LENGTH=30 DIR=/tmp/syncline-demo-$EUID
DOCUMENT=customers KEY=42
BEGUN=$EPOCHREALTIME

parse() {
  while (($#)); do
    case $1 in
      --once) ONCE=1 ;;
      --customers | --seconds | --dir)
        (($# >= 2)) || usage_error "demo: $1 needs a value" "./dev demo --help"
        case $1 in
          --customers) CUSTOMERS=$2 ;;
          --seconds) LENGTH=$2 ;;
          --dir) DIR=$2 ;;
        esac
        shift
        ;;
      *) usage_error "demo: no option '$1'$(nearest "$1" --once --customers --seconds --dir)" "./dev demo --help" ;;
    esac
    shift
  done
  [[ $CUSTOMERS =~ ^[1-9][0-9]*$ && $LENGTH =~ ^[1-9][0-9]*$ ]] ||
    usage_error "demo: --customers and --seconds take whole numbers above 0" "./dev demo --help"
  DIR=$(realpath -m "$DIR")
}

step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain" >&2; }
syncline() { "$SYNCLINE_BIN" -f "$DIR/shop.yaml" "$@"; }

rows() { mariadb --no-defaults -uroot -h127.0.0.1 -P"$MYSQL_PORT" --default-character-set=utf8mb4 -t shop -e "$1"; }

start_engine() { process_spawn "$DIR/engine.pid" "$DIR/engine.log" "$SYNCLINE_BIN" -f "$DIR/shop.yaml" run; }

# The processes of this demo, by their pid files only.
stop_all() {
  process_signal "$DIR/traffic.pid" TERM 10 || true
  process_signal "$DIR/engine.pid" TERM 20 || true
  "$TREE/dev" servers stop --dir "$DIR/servers"
}

forget_earlier_demo() {
  [[ -d $DIR ]] || return 0
  [[ -e $DIR/.syncline-demo || -z $(ls -A "$DIR") ]] || die "demo: $DIR holds something else; name another --dir"
  stop_all
  rm -rf "$DIR"
}

# watch PIDFILE: the engine's status in one line, drawn over on a terminal, while that process lives.
watch() {
  while process_pid "$1" >/dev/null; do
    if [[ -t 2 ]]; then
      printf '\r\e[K%s' "$(syncline status --short 2>&1 || true)" >&2
      sleep 0.5
    else
      say "$(syncline status --short 2>&1 || true)"
      sleep 5
    fi
  done
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
}

start() {
  step "Private servers"
  "$TREE/dev" servers start --dir "$DIR/servers" --only mysql,mongodb,redis
  eval "$("$TREE/dev" servers status --dir "$DIR/servers" --only mysql,mongodb,redis)"
  sed "s#mysql://root@127.0.0.1:3306#$MYSQL_URI#; s#mongodb://127.0.0.1:27017#$MONGODB_URI#; s#redis://127.0.0.1:6379#$REDIS_URI#" \
    "$TREE/examples/shop.yaml" >"$DIR/shop.yaml"
}

load() {
  step "A shop in MySQL: customers, addresses, countries, products, categories, orders, order_items, payments"
  syncline generate --customers "$CUSTOMERS"
  step "syncline run: install capture, load every document into both stores"
  local begun=$EPOCHREALTIME
  start_engine
  await "$DIR/engine.pid" "$DIR/engine.log" 60 syncline status
  syncline wait --timeout 10m
  LOADED=$(seconds_since "$begun")
  sleep 1.5 # the status is published once a second
  syncline status
}

follow() {
  step "Traffic for $LENGTH s; in the middle the engine is killed with -9 and started again"
  process_spawn "$DIR/traffic.pid" "$DIR/traffic.log" "$SYNCLINE_BIN" -f "$DIR/shop.yaml" \
    generate --traffic --rate 500/s --for "${LENGTH}s" --connections 8
  local killer
  (
    sleep $((LENGTH / 2))
    process_signal "$DIR/engine.pid" KILL 10
    sleep 1
    start_engine
  ) &
  killer=$!
  watch "$DIR/traffic.pid"
  wait $killer
  tail -n 1 "$DIR/traffic.log" >&2
  local begun=$EPOCHREALTIME
  syncline wait --timeout 2m
  CAUGHT_UP=$(seconds_since "$begun")
}

prove() {
  step "Verification: every document against both stores, every record against MySQL"
  local begun=$EPOCHREALTIME
  syncline verify
  VERIFIED=$(seconds_since "$begun")
  step "One document: the rows that it comes from"
  rows "SELECT id, first_name, last_name, email, level, country_code FROM customers WHERE id = $KEY"
  rows "SELECT code, name, currency FROM countries WHERE code = (SELECT country_code FROM customers WHERE id = $KEY)"
  rows "SELECT id, kind, street, postal_code, city FROM addresses WHERE customer_id = $KEY"
  rows "SELECT o.id, o.status, o.total, o.placed_at, i.line_no, i.quantity, p.name FROM orders o
    JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id WHERE o.customer_id = $KEY ORDER BY 4 DESC, 1, 5"
  step "and what Syncline reads, and what MongoDB and Redis hold"
  syncline show $DOCUMENT $KEY
}

spoil() {
  step "A Redis entry is spoiled by hand: verify must name it, and --repair mend it"
  redis-cli -p "$REDIS_PORT" hset $DOCUMENT:$KEY email spoiled@example.com >/dev/null
  local code=0
  syncline verify $DOCUMENT || code=$?
  ((code == 3)) || die "demo: verify did not find the spoiled entry (exit code $code)"
  syncline verify $DOCUMENT --repair
}

finish() {
  step "Done"
  say "loaded in $LOADED s, caught up with the traffic in $CAUGHT_UP s, verified in $VERIFIED s; all in $(seconds_since "$BEGUN") s"
  [[ -z $ONCE ]] || return 0
  cat >&2 <<TEXT

Everything stays up:
  MySQL    $MYSQL_URI/shop     mariadb -uroot -h127.0.0.1 -P$MYSQL_PORT shop
  MongoDB  $MONGODB_URI/shop
  Redis    $REDIS_URI          redis-cli -p $REDIS_PORT hgetall $DOCUMENT:$KEY
  engine   pid $(process_pid "$DIR/engine.pid"), log $DIR/engine.log

Next:
  export PATH=$TREE/build/release:\$PATH
  cd $DIR
  syncline -f shop.yaml status
  syncline -f shop.yaml generate --traffic --for 10s
  syncline -f shop.yaml verify
  $TREE/dev servers stop --dir $DIR/servers      # ends the servers; kill $(process_pid "$DIR/engine.pid") ends the engine
TEXT
}

main() {
  parse "$@"
  forget_earlier_demo
  mkdir -p "$DIR"
  touch "$DIR/.syncline-demo"
  [[ -z $ONCE ]] || trap stop_all EXIT
  start
  load
  follow
  prove
  spoil
  finish
}

main "$@"
