# Usage: ./dev servers ACTION [--dir DIR] [--only ROLE,...] [--ROLE-port PORT ...]
#
# Private servers for tests and demos, each listening on 127.0.0.1 only, as root without a password:
#   mysql    MySQL 9.7       mongodb  FerretDB v2, which speaks MongoDB's protocol
#   mariadb  MariaDB 10.11   redis    Redis 7.0
#
# Actions:
#   start    start what does not run; prints name, version, address and seconds of each
#   stop     stop them; data and ports stay in DIR for the next start
#   kill     kill -9, for tests of crashes; start brings them back
#   status   KEY=value lines for the shell: MYSQL_URI, MYSQL_HOST, MYSQL_PORT, MYSQL_PID, MYSQL_VERSION, MYSQL_SOCKET, ...;
#            exit code 1 if one of them does not run
#   install  only fetch and build what start would
#
# Options:
#   --dir DIR           where they live ($SYNCLINE_SERVERS_DIR, else /tmp/syncline-servers-UID)
#   --only ROLE,...     some of them; default all
#   --mysql-port PORT   and so on; default the one of last time, else a free one
#
# A mysqld (not MariaDB's) or mongod on PATH is used in place of the downloaded one. A server named in SYNCLINE_MYSQL_URI,
# SYNCLINE_MARIADB_URI, SYNCLINE_MONGODB_URI or SYNCLINE_REDIS_URI is used as it is, and never started or stopped.
#
# Examples:
#   ./dev servers start --dir /tmp/mine --redis-port 6399
#   eval "$(./dev servers status --dir /tmp/mine)"; mariadb -uroot -h127.0.0.1 -P$MYSQL_PORT
#   ./dev servers kill --dir /tmp/mine --only mongodb,redis
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
for part in process sid mysql mariadb mongodb redis; do source "$TREE/tools/servers/$part.sh"; done

ROLES=(mysql mariadb mongodb redis)
DIR=${SYNCLINE_SERVERS_DIR:-/tmp/syncline-servers-$EUID}
declare -A PORT=() # role -> the port asked for

parse() {
  ACTION=${1:-}
  case $ACTION in
    start | stop | kill | status | install) shift ;;
    -h | --help) help_of "${BASH_SOURCE[0]}"; exit ;;
    *) usage_error "servers: no action '$ACTION'$(nearest "$ACTION" start stop kill status install)" "./dev servers --help" ;;
  esac
  local all=" ${ROLES[*]} " role
  while (($#)); do
    [[ $1 == -h || $1 == --help ]] && { help_of "${BASH_SOURCE[0]}"; exit; }
    (($# >= 2)) || usage_error "servers: $1 needs a value" "./dev servers --help"
    role=${1#--} role=${role%-port}
    case $1 in
      --dir) DIR=$2 ;;
      --only) IFS=, read -ra ROLES <<<"$2" ;;
      --*-port) [[ $all == *" $role "* && $2 =~ ^[0-9]+$ ]] || usage_error "servers: $1 $2?" "./dev servers --help"
        PORT[$role]=$2 ;;
      *) usage_error "servers: no option '$1'" "./dev servers --help" ;;
    esac
    shift 2
  done
  for role in "${ROLES[@]}"; do
    [[ $all == *" $role "* ]] || usage_error "servers: no role '$role'$(nearest "$role" mysql mariadb mongodb redis)" "./dev servers --help"
  done
  DIR=$(realpath -m "$DIR")
  ((${#DIR} <= 75)) || die "$DIR is too long a path: a unix socket's is at most 107 characters"
}

# The server the user named in place of ours, or nothing.
external_uri() { local variable=SYNCLINE_${1^^}_URI; echo "${!variable:-}"; }

line() { printf '%-8s %-34s %-21s %s\n' "$@" >&2; }

# choose_port ROLE: the port asked for, else that of last time, else a free one.
choose_port() {
  local file=$DIR/$1/port port=${PORT[$1]:-}
  [[ -n $port || ! -s $file ]] || port=$(<"$file")
  [[ -n $port ]] || port=$(free_ports 1)
  echo "$port" | tee "$file"
}

# runs DIR: every process of the role is alive.
runs() {
  local file
  for file in "$1"/*.pid; do process_pid "$file" >/dev/null || return 1; done
}

start() {
  local role=$1 dir=$DIR/$1 port begun=$EPOCHREALTIME uri
  uri=$(external_uri "$role")
  [[ -z $uri ]] || { line "$role" "yours" "${uri##*@}" "SYNCLINE_${role^^}_URI"; return; }
  mkdir -p "$dir"
  if runs "$dir" && [[ -s $dir/version ]]; then
    line "$role" "$(<"$dir/version")" "127.0.0.1:$(<"$dir/port")" "already running"
    return
  fi
  "${role}_install" || return 1
  port=$(choose_port "$role")
  "${role}_stop" "$dir" # what an interrupted start, or the death of one of two processes, may have left
  rm -f "$dir/version"
  "${role}_start" "$dir" "$port" || { warn "$role did not start on port $port"; return 1; }
  line "$role" "$(<"$dir/version")" "127.0.0.1:$port" "$(seconds_since "$begun") s"
}

stop_or_kill() { # stop|kill ROLE
  local dir=$DIR/$2
  [[ -z $(external_uri "$2") && -d $dir ]] || return 0
  "${2}_$1" "$dir"
}

# Prints the KEY=value lines of one role; fails if it does not run.
status() {
  local role=$1 key=${1^^} dir=$DIR/$1 uri pid port
  uri=$(external_uri "$role")
  if [[ -n $uri ]]; then
    [[ $uri =~ ^[a-z+]+://([^/@]*@)?([^:/?,]+)(:([0-9]+))? ]] || die "SYNCLINE_${key}_URI is no URI"
    local -A default=([mysql]=3306 [mariadb]=3306 [mongodb]=27017 [redis]=6379)
    printf '%s=%q\n' "${key}_URI" "$uri" "${key}_HOST" "${BASH_REMATCH[2]}" \
      "${key}_PORT" "${BASH_REMATCH[4]:-${default[$role]}}"
    return
  fi
  runs "$dir" && pid=$(process_pid "$dir/server.pid") || { echo "# $role does not run"; return 1; }
  port=$(<"$dir/port")
  printf '%s=%q\n' "${key}_URI" "$("${role}_uri" "$port")" "${key}_HOST" 127.0.0.1 "${key}_PORT" "$port" \
    "${key}_PID" "$pid" "${key}_VERSION" "$(<"$dir/version")"
  "${role}_extra" "$dir"
}

# all COMMAND...: runs `COMMAND role` for every role, side by side; fails if one of them failed.
all() {
  local role pids=() pid failed=0
  for role in "${ROLES[@]}"; do
    "$@" "$role" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}

install() { [[ -n $(external_uri "$1") ]] || "${1}_install"; }

main() {
  parse "$@"
  local role failed=0
  case $ACTION in
    install) all install ;;
    status)
      for role in "${ROLES[@]}"; do status "$role" || failed=1; done
      exit $failed
      ;;
    start)
      mkdir -p "$DIR"
      locked "$DIR/lock" all start
      ;;
    stop | kill) [[ ! -d $DIR ]] || locked "$DIR/lock" all stop_or_kill "$ACTION" ;;
  esac
}

main "$@"
