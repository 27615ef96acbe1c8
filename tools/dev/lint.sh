# Usage: ./dev lint
#
# Checks that the include graph is the declared one, that files are tidy and formatted, and that each of these rules can fail.
# Ends with the line `lint: N passed, N failed, N skipped`.
#
# Examples:
#   ./dev lint
#   ./dev format && ./dev lint
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
export PYTHONDONTWRITEBYTECODE=1

passed=0 failed=0 skipped=0

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    warn "lint: $name failed"
  fi
}

rules_can_fail() {
  local report
  report=$(python3 tools/lint/lint_test.py 2>&1) || { echo "$report"; return 1; }
}

# clang-format shows every place; the files are enough, as ./dev format mends them all.
is_formatted() {
  local report
  report=$(cpp_files | xargs -0 -r clang-format --dry-run -Werror 2>&1) ||
    { sed -n "s#^$TREE/\([^:]*\):[0-9].*error: code should.*#\1: not formatted#p" <<<"$report" | sort -u; return 1; }
}

(($# == 0)) || usage_error "lint: no argument '$1'" "./dev lint --help"
cd "$TREE"
check "include graph" python3 tools/lint/includes.py
check "tidiness" python3 tools/lint/tidy.py
check "tests named in docs/invariants.md" python3 tools/lint/promises.py
check "the lint's own tests" rules_can_fail
if command -v clang-format >/dev/null; then
  check "formatting (mend it with ./dev format)" is_formatted
else
  skipped=1
  warn "lint: no clang-format: formatting not checked (./dev setup installs it)"
fi
echo "lint: $passed passed, $failed failed, $skipped skipped"
((failed == 0)) || exit 1
