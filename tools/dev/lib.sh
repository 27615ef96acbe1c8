# Shared by ./dev and its subcommands; sourced, never run. TREE is the root of the source tree.

CACHE=$(realpath -m "${SYNCLINE_CACHE:-$HOME/.cache/syncline}")

bold='' red='' plain=''
if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
fi

say() { printf '%s\n' "$*" >&2; }
warn() { printf '%s\n' "$red$*$plain" >&2; }
die() { warn "$*"; exit 1; }
usage_error() { # MESSAGE HELP_COMMAND
  warn "$1"
  say "Try: $2"
  exit 2
}

# With `set -e` alone a script that breaks ends without a word. `return` and a subshell only pass on what was told before.
set -E
trap 'case $BASH_COMMAND in return* | \(*) ;; *) warn "${BASH_SOURCE[0]##*/}:$LINENO: failed: $BASH_COMMAND" ;; esac' ERR

# help_of SCRIPT: a subcommand's help is the comment it begins with, so the two cannot disagree.
help_of() { sed -n '/^#!/d; /^#/!q; s/^# \{0,1\}//p' "$1"; }

# nearest WORD CANDIDATE...: "; did you mean X?", or nothing when no candidate is close.
nearest() {
  python3 - "$@" 2>/dev/null <<'PYTHON' || true
import difflib, sys
close = difflib.get_close_matches(sys.argv[1], sys.argv[2:], 1, 0.5)
if close:
    print(f"; did you mean '{close[0]}'?", end="")
PYTHON
}

# as_root COMMAND...: runs it as root, through sudo only where that is needed.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# locked FILE COMMAND...: one at a time on this machine.
locked() {
  local file=$1
  shift
  mkdir -p "$(dirname "$file")"
  (
    flock 9
    # The lock ends with this subshell: a server started here must not inherit it.
    "$@" 9>&-
  ) 9>"$file"
}

# seconds_since START: START is $EPOCHREALTIME of then; prints for example 4.9.
seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# cpp_files: the C++ files of the tree, each ended by a zero byte.
cpp_files() { find "$TREE/src" "$TREE/tests" "$TREE/tools" -name '*.h' -print0 -o -name '*.cc' -print0; }
