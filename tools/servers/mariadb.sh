# MariaDB 10.11, Debian 12's package (./dev setup installs it); sourced.

mariadb_install() { command -v mariadbd >/dev/null || { warn "mariadbd is missing: run ./dev setup"; return 1; }; }

mariadb_start() { # DIR PORT
  local dir=$1 port=$2
  # A starting server removes temporary tables of others from a directory that they share.
  mkdir -p "$dir/tmp"
  if [[ ! -d $dir/data/mysql ]]; then
    rm -rf "$dir/data"
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$dir/data" --tmpdir="$dir/tmp" \
      --auth-root-authentication-method=normal --skip-test-db >"$dir/initialize.log" 2>&1 ||
      { tail -n 5 "$dir/initialize.log" >&2; return 1; }
  fi
  rm -f "$dir"/mariadb.sock*
  process_spawn "$dir/server.pid" "$dir/log" mariadbd --no-defaults --user="$(id -un)" --datadir="$dir/data" \
    --tmpdir="$dir/tmp" \
    --port="$port" --bind-address=127.0.0.1 --socket="$dir/mariadb.sock" \
    --innodb-buffer-pool-size=256M --log-bin --binlog-format=ROW --server-id=1
  await "$dir/server.pid" "$dir/log" 60 mysql_family_ping "$dir/mariadb.sock" || return 1
  mysql_family_sql "$dir/mariadb.sock" 'SELECT VERSION()' >"$dir/version"
}

mariadb_stop() { process_stop "$1/server.pid" TERM; }
mariadb_kill() { process_signal "$1/server.pid" KILL 10; }
mariadb_uri() { echo "mysql://root@127.0.0.1:$1"; }
mariadb_extra() { echo "MARIADB_SOCKET=$1/mariadb.sock"; }
