# MongoDB's wire protocol: a mongod of the machine's own, else FerretDB v2 over PostgreSQL with DocumentDB; sourced.
# FerretDB is built by Go, PostgreSQL comes out of Debian sid and runs in a chroot, as user 7654 (it refuses root).

FERRETDB_VERSION=v2.7.0
POSTGRES_BIN=/usr/lib/postgresql/18/bin

mongodb_on_path() { command -v mongod >/dev/null; }

mongodb_install() {
  mongodb_on_path && return
  ((EUID == 0)) ||
    { warn "FerretDB needs root here (a chroot): run as root, or name a server in SYNCLINE_MONGODB_URI"; return 1; }
  [[ -e $CACHE/servers/documentdb/.complete ]] || locked "$CACHE/servers/documentdb.lock" documentdb_unpack || return 1
  [[ -x $CACHE/servers/ferretdb/$FERRETDB_VERSION/ferretdb ]] || locked "$CACHE/servers/ferretdb.lock" ferretdb_build
}

documentdb_unpack() {
  local home=$CACHE/servers/documentdb root=$CACHE/servers/documentdb/root
  [[ ! -e $home/.complete ]] || return 0
  say "mongodb  fetching PostgreSQL and DocumentDB from Debian sid (140 MB, about 20 s, once)"
  mkdir -p "$home"
  sid_unpack "$root" postgresql-18 postgresql-18-documentdb libc-bin bash coreutils || return 1
  ln -sf bash "$root/usr/bin/sh"                                                    # initdb calls it
  ln -sf postgis-3.control "$root/usr/share/postgresql/18/extension/postgis.control" # its postinst would
  chroot "$root" /usr/sbin/ldconfig || return 1
  mkdir -p "$root"/{etc,tmp,dev,proc,data}
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/:/bin/sh\npgsrv:x:7654:7654::/data:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\npgsrv:x:7654:\n' >"$root/etc/group"
  # DocumentDB connects to "localhost" by itself; without this every first write to a collection fails.
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  printf 'hosts: files\npasswd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"
  touch "$home/.complete"
}

ferretdb_build() {
  local home=$CACHE/servers/ferretdb/$FERRETDB_VERSION go
  [[ ! -x $home/ferretdb ]] || return 0
  go=$(ferretdb_go) || { warn "FerretDB needs Go to be built: put a go on PATH, or run ./dev setup"; return 1; }
  say "mongodb  building FerretDB $FERRETDB_VERSION (about a minute, once)"
  mkdir -p "$home/module"
  printf 'module syncline/ferretdb\ngo 1.24\nrequire github.com/FerretDB/FerretDB/v2 %s\n' $FERRETDB_VERSION \
    >"$home/module/go.mod"
  (cd "$home/module" &&
    GOFLAGS='-mod=mod -buildvcs=false' nice "$go" build -trimpath -ldflags '-s -w' -o "$home/ferretdb.new" \
      github.com/FerretDB/FerretDB/v2/cmd/ferretdb) >"$home/build.log" 2>&1 ||
    { tail -n 10 "$home/build.log" >&2; warn "FerretDB could not be built, see $home/build.log"; return 1; }
  mv "$home/ferretdb.new" "$home/ferretdb"
}

# ferretdb_go: prints a go that is new enough. Debian 12's 1.19 is not, but it can fetch a newer one, which is itself a module
# (from 1.21 on, go would do that by itself). A module's files are not executable.
ferretdb_go() {
  local go minor home
  go=$(command -v go) || return 1
  minor=$("$go" env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  ((minor < 21)) || { echo "$go"; return; }
  home=$("$go" mod download -json "golang.org/toolchain@v0.0.1-go1.24.9.$("$go" env GOOS)-$("$go" env GOARCH)" |
    sed -n 's/^.*"Dir": "\(.*\)".*/\1/p') && [[ -n $home ]] || return 1
  chmod -R u+w "$home" && chmod +x "$home"/bin/* "$home"/pkg/tool/*/* && echo "$home/bin/go"
}

mongodb_start() { # DIR PORT
  if mongodb_on_path; then mongod_start "$@"; else ferretdb_start "$@"; fi
}

mongod_start() {
  local dir=$1 port=$2
  mkdir -p "$dir/data"
  process_spawn "$dir/server.pid" "$dir/log" mongod --dbpath "$dir/data" --port "$port" --bind_ip 127.0.0.1 --nounixsocket
  await "$dir/server.pid" "$dir/log" 60 listens "$port" || return 1
  mongod --version | sed -n 's/^db version v//p' >"$dir/version"
}

ferretdb_start() {
  local dir=$1 port=$2 postgres_port
  [[ -s $dir/postgres.port ]] || free_ports 1 >"$dir/postgres.port"
  postgres_port=$(<"$dir/postgres.port")
  process_pid "$dir/postgres.pid" >/dev/null || postgres_start "$dir" "$postgres_port" || return 1
  rm -f "$dir/mongodb.sock"
  # Without these three it reports home, and serves a debug page on a fixed port.
  DO_NOT_TRACK=1 process_spawn "$dir/server.pid" "$dir/log" "$CACHE/servers/ferretdb/$FERRETDB_VERSION/ferretdb" \
    --telemetry=disable --debug-addr=- --no-auth --log-level=warn --state-dir="$dir" \
    --postgresql-url="postgres://postgres@127.0.0.1:$postgres_port/postgres" \
    --listen-addr="127.0.0.1:$port" --listen-unix="$dir/mongodb.sock"
  await "$dir/server.pid" "$dir/log" 30 listens "$port" || return 1
  echo "FerretDB-$FERRETDB_VERSION" >"$dir/version"
}

# in_root DIR COMMAND...: the command line that runs COMMAND in the unpacked root, with DIR/data as its /data. The mounts live
# in a namespace of the process and vanish with it; every step is an exec, so the pid stays that of COMMAND.
in_root() {
  local dir=$1
  shift
  IN_ROOT=(unshare --mount bash -c '
    mount --make-rprivate / && mount --bind "$1" "$2/data" && mount --rbind /dev "$2/dev" && mount -t proc proc "$2/proc" || exit 1
    root=$2; shift 2
    exec chroot --userspec=7654:7654 "$root" env -i PATH="/usr/bin:$POSTGRES_BIN" LC_ALL=C.UTF-8 HOME=/data "$@"' \
    in_root "$dir/data" "$CACHE/servers/documentdb/root" "$@")
}

postgres_start() {
  local dir=$1 port=$2 IN_ROOT new=
  export POSTGRES_BIN
  mkdir -p "$dir/data"
  chown 7654:7654 "$dir/data"
  chmod 700 "$dir/data"
  [[ -e $dir/data/complete ]] || { new=1; postgres_initialize "$dir" || return 1; }
  postgres_forget_dead "$dir"
  in_root "$dir" $POSTGRES_BIN/postgres -D /data/pg -p "$port"
  process_spawn "$dir/postgres.pid" "$dir/postgres.log" "${IN_ROOT[@]}"
  await "$dir/postgres.pid" "$dir/postgres.log" 60 postgres_sql "$dir" "$port" 'SELECT 1' || return 1
  [[ -z $new ]] && return
  postgres_sql "$dir" "$port" 'CREATE EXTENSION documentdb CASCADE' >>"$dir/initialize.log" 2>&1 ||
    { tail -n 5 "$dir/initialize.log" >&2; return 1; }
  touch "$dir/data/complete"
}

postgres_initialize() {
  local dir=$1 IN_ROOT
  rm -rf "$dir/data/pg"
  in_root "$dir" $POSTGRES_BIN/initdb -D /data/pg -U postgres -A trust -E UTF8 --locale=C.UTF-8
  "${IN_ROOT[@]}" >"$dir/initialize.log" 2>&1 || { tail -n 5 "$dir/initialize.log" >&2; return 1; }
  cat >>"$dir/data/pg/postgresql.conf" <<'CONF'
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
unix_socket_directories = '/data'
listen_addresses = '127.0.0.1'
shared_buffers = 128MB
jit = off
log_min_messages = warning
wal_level = minimal
max_wal_senders = 0
CONF
}

postgres_sql() { # DIR PORT SQL
  local IN_ROOT
  in_root "$1" /usr/lib/postgresql/18/bin/psql -h /data -p "$2" -U postgres -Atqc "$3"
  "${IN_ROOT[@]}"
}

# After kill -9 the dead postmaster's pid may look alive (a zombie, or a stranger by now), and PostgreSQL refuses its lock file.
# Only the pid in it is made impossible: the rest lets PostgreSQL wait for backends of the dead one that still run.
postgres_forget_dead() {
  local lock=$1/data/pg/postmaster.pid
  rm -f "$1"/data/.s.PGSQL.*
  [[ ! -e $lock ]] || sed -i '1s/.*/4194305/' "$lock" # one above the kernel's largest pid
}

mongodb_stop() {
  process_stop "$1/server.pid" TERM
  process_stop "$1/postgres.pid" INT # "fast": ends its clients
}

# Backends outlive their postmaster for a moment, and a new one refuses to start until they are gone.
mongodb_kill() {
  local postmaster backends=()
  process_signal "$1/server.pid" KILL 10
  postmaster=$(process_pid "$1/postgres.pid") || return 0
  read -ra backends -d '' <"/proc/$postmaster/task/$postmaster/children" || true
  process_signal "$1/postgres.pid" KILL 10
  ((${#backends[@]} == 0)) || kill -KILL "${backends[@]}" 2>/dev/null || true
}

mongodb_uri() { echo "mongodb://127.0.0.1:$1"; }
mongodb_extra() {
  local pid
  pid=$(process_pid "$1/postgres.pid") || return 0
  echo "MONGODB_POSTGRES_PID=$pid"
}
