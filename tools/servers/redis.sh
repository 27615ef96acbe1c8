# Redis 7.0, Debian 12's package (./dev setup installs it); sourced. Every write is synced, so kill -9 loses none.

redis_install() { command -v redis-server >/dev/null || { warn "redis-server is missing: run ./dev setup"; return 1; }; }

redis_start() { # DIR PORT
  local dir=$1 port=$2
  mkdir -p "$dir/data"
  rm -f "$dir/redis.sock"
  process_spawn "$dir/server.pid" "$dir/log" redis-server --port "$port" --bind 127.0.0.1 --unixsocket "$dir/redis.sock" \
    --dir "$dir/data" --appendonly yes --appendfsync always --save '' --daemonize no
  await "$dir/server.pid" "$dir/log" 30 redis_ping "$dir/redis.sock" || return 1
  redis-cli -s "$dir/redis.sock" info server | tr -d '\r' | sed -n 's/^redis_version://p' >"$dir/version"
}

# While it still loads its file, Redis answers PING with an error text and exit code 0.
redis_ping() { [[ $(redis-cli -s "$1" ping) == PONG ]]; }

redis_stop() { process_stop "$1/server.pid" TERM; }
redis_kill() { process_signal "$1/server.pid" KILL 10; }
redis_uri() { echo "redis://127.0.0.1:$1"; }
redis_extra() { echo "REDIS_SOCKET=$1/redis.sock"; }
