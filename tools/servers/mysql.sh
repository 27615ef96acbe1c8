# MySQL 9.7: a mysqld of the machine's own, else Debian sid's, unpacked into the cache; sourced.

# MariaDB's package brings a program named mysqld as well.
mysql_on_path() { command -v mysqld >/dev/null && ! mysqld --version 2>&1 | grep -qi mariadb; }

mysql_install() {
  mysql_on_path || [[ -e $CACHE/servers/mysql/.complete ]] || locked "$CACHE/servers/mysql.lock" mysql_unpack
}

mysql_unpack() {
  local home=$CACHE/servers/mysql
  [[ ! -e $home/.complete ]] || return 0
  say "mysql    fetching MySQL from Debian sid (64 MB, about 15 s, once)"
  mkdir -p "$home"
  sid_unpack "$home/root" mysql-server-core libc-bin && touch "$home/.complete"
}

# mysql_command: sets MYSQLD. sid's libc is newer than the machine's, so its programs run through their own loader; do not set
# LD_LIBRARY_PATH instead, which every child process would inherit.
mysql_command() {
  if mysql_on_path; then
    MYSQLD=(mysqld --no-defaults)
    return
  fi
  local usr=$CACHE/servers/mysql/root/usr lib loader
  lib=$(echo "$usr"/lib/*-linux-gnu)
  loader=$(echo "$usr"/lib*/ld-linux-*.so.*)
  MYSQLD=("${loader%% *}" --library-path "$lib:$lib/libproto:$usr/lib/mysql/private" "$usr/sbin/mysqld" --no-defaults
    --basedir="$usr" --lc-messages-dir="$usr/share/mysql" --character-sets-dir="$usr/share/mysql/charsets"
    --plugin-dir="$usr/lib/mysql/plugin")
}

mysql_start() { # DIR PORT
  local dir=$1 port=$2 MYSQLD
  mysql_command
  MYSQLD+=(--user="$(id -un)" --datadir="$dir/data")
  # secure-file-priv: the built-in default folder does not exist, and mysqld would refuse to start.
  # mysqlx: it would take port 33060. performance-schema: 250 MB of memory.
  local options=(--port="$port" --bind-address=127.0.0.1 --socket="$dir/mysql.sock"
    --secure-file-priv=NULL --mysqlx=OFF --performance-schema=OFF --innodb-buffer-pool-size=256M --server-id=1)
  if [[ ! -d $dir/data/mysql ]]; then
    rm -rf "$dir/data"
    "${MYSQLD[@]}" --initialize-insecure >"$dir/initialize.log" 2>&1 ||
      { tail -n 5 "$dir/initialize.log" >&2; return 1; }
  fi
  rm -f "$dir"/mysql.sock* # its lock names the pid of a killed mysqld, which may look alive (a zombie)
  process_spawn "$dir/server.pid" "$dir/log" "${MYSQLD[@]}" "${options[@]}"
  await "$dir/server.pid" "$dir/log" 60 mysql_family_ping "$dir/mysql.sock" || return 1
  mysql_family_sql "$dir/mysql.sock" 'SELECT VERSION()' >"$dir/version"
}

# Both servers of the family speak to Debian's mariadb client.
# -h: the client takes its host from MARIADB_HOST or MYSQL_HOST otherwise, which a test run sets.
mysql_family_sql() { mariadb --no-defaults -hlocalhost -uroot -S "$1" -Nse "$2"; }
mysql_family_ping() { mysql_family_sql "$1" 'SELECT 1'; }

mysql_stop() { process_stop "$1/server.pid" TERM; }
mysql_kill() { process_signal "$1/server.pid" KILL 10; }
mysql_uri() { echo "mysql://root@127.0.0.1:$1"; }
mysql_extra() { echo "MYSQL_SOCKET=$1/mysql.sock"; }
