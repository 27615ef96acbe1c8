# Processes that outlive the command which started them; sourced. A pid file holds "PID STARTED": the start time in clock ticks
# since boot tells our process from a later one that was given the same pid, so a stale pid file can never kill a stranger.

# process_started PID: when it started; fails if it is gone, or dead and only not yet reaped (zombie).
process_started() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra stat <<<"${stat##*) }" # after the name, which may contain anything
  [[ ${stat[0]} != Z && ${stat[0]} != X ]] || return 1
  echo "${stat[19]}"
}

# process_spawn PIDFILE LOG COMMAND...: starts it in a session of its own, with no descriptor of ours except the log.
process_spawn() {
  local pidfile=$1 log=$2
  shift 2
  setsid "$@" >>"$log" 2>&1 </dev/null &
  local pid=$!
  disown "$pid" # or bash tells of its death
  echo "$pid $(process_started $pid)" >"$pidfile"
}

# process_pid PIDFILE: prints the pid if that very process is alive.
process_pid() {
  local pid started
  read -r pid started 2>/dev/null <"$1" || return 1
  [[ $(process_started "$pid") == "$started" ]] || return 1
  echo "$pid"
}

# process_signal PIDFILE SIGNAL SECONDS: signals it and waits for its end; harmless if it is gone.
process_signal() {
  local pid deadline=$((SECONDS + $3))
  pid=$(process_pid "$1") || return 0
  kill -"$2" "$pid" 2>/dev/null || true
  while process_pid "$1" >/dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

# process_stop PIDFILE SIGNAL: an orderly end, by force after a minute.
process_stop() {
  process_signal "$1" "$2" 60 && return
  warn "pid $(process_pid "$1") did not stop within 60 s: killing it"
  process_signal "$1" KILL 10
}

# await PIDFILE LOG SECONDS COMMAND...: repeats COMMAND until it succeeds; fails when the process dies or the time is over.
await() {
  local pidfile=$1 log=$2 deadline=$((SECONDS + $3))
  shift 3
  until "$@" >/dev/null 2>&1; do
    process_pid "$pidfile" >/dev/null || { tail -n 5 "$log" >&2; warn "the server died, see $log"; return 1; }
    ((SECONDS < deadline)) || { warn "the server does not answer, see $log"; return 1; }
    sleep 0.03
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_ports COUNT: unused ports BELOW the range the kernel gives to outgoing connections. A port out of that range (bind to 0)
# may be taken by any client while its server is down for a moment, and then the server cannot come back.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
with open("/proc/sys/net/ipv4/ip_local_port_range") as range_file:
    first_ephemeral = int(range_file.read().split()[0])
candidates = range(10000, first_ephemeral) if first_ephemeral > 12000 else range(61000, 65536)
held = []
for port in random.sample(candidates, len(candidates)):
    if len(held) == int(sys.argv[1]):
        break
    try:
        held.append(socket.create_server(("127.0.0.1", port)))
    except OSError:
        continue
print(*(s.getsockname()[1] for s in held))
PYTHON
}
