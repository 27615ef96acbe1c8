# Usage: ./dev test [SUITE...] [-k REGEX] [--preset PRESET] [--for TIME] [--seed N] [--server SERVER] [--profile NAME] [--switches]
#
# Suites: lint; unit; integration, against private MySQL 9.7, MariaDB 10.11, FerretDB and Redis servers, on free ports, gone
# afterwards; faults, the hostile test, against the same; all (default). Each ends with a line of its own, as
# `unit: 120 passed, 0 failed, 0 skipped`.
# Fails if a test fails, if a suite ran no test, if a suite exceeds its time, or if a server could not be had. To do without a
# server for once, name it: SYNCLINE_ALLOW_MISSING=mysql97,ferretdb (also mariadb, redis).
#
# Options:
#   -k REGEX         only tests whose name matches
#   --preset PRESET  release (default), debug, tsan
#   for faults alone:
#   --for TIME       how long (default 5m; for example 90s, 1h)
#   --seed N         what is random follows from it; printed when not given
#   --server SERVER  mysql or mariadb; without it both by turns
#   --profile NAME   one way of being hostile: tests/hostile/profiles.py has them
#   --switches       only break the safety rules, each in turn: every one must turn the run red
#
# The integration tests find in their environment: SYNCLINE_BIN, SYNCLINE_SERVERS_DIR (for ./dev servers kill --only redis), and
# all that `./dev servers status` prints, as MYSQL_URI.
#
# Examples:
#   ./dev test
#   ./dev test unit -k ChunkPlanner
#   ./dev test unit --preset debug
#   SYNCLINE_MYSQL_URI=mysql://root@127.0.0.1:3306 ./dev test integration
#   ./dev test faults --for 1h --seed 7 --server mariadb
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
source "$TREE/tools/dev/python.sh"

declare -A MINUTES=([lint]=3 [unit]=10 [integration]=30 [faults]=8)
fault_options=()
suites=()
regex=
preset=release
failures=0
ran_any=

parse() {
  local seconds
  while (($#)); do
    case $1 in
      lint | unit | integration | faults) suites+=("$1") ;;
      all) suites+=(lint unit integration faults) ;;
      --switches) fault_options+=("$1"); MINUTES[faults]=100 ;;
      --for | --seed | --server | --profile)
        (($# >= 2)) || usage_error "test: $1 needs a value" "./dev test --help"
        fault_options+=("$1" "$2")
        if [[ $1 == --for ]]; then
          seconds=$(seconds_of "$2") || exit
          MINUTES[faults]=$((seconds / 60 + 10))
        fi
        shift
        ;;
      -k | --preset)
        (($# >= 2)) || usage_error "test: $1 needs a value" "./dev test --help"
        if [[ $1 == -k ]]; then regex=$2; else preset=$2; fi
        shift
        ;;
      *) usage_error "test: no suite or option '$1'$(nearest "$1" lint unit integration faults all)" "./dev test --help" ;;
    esac
    shift
  done
  ((${#suites[@]})) || suites=(lint unit integration faults)
}

seconds_of() { # 90s, 5m, 1h
  [[ $1 =~ ^([0-9]+)([smh])$ ]] || usage_error "test: --for $1? Write 90s, 5m or 1h" "./dev test --help"
  local -A unit=([s]=1 [m]=60 [h]=3600)
  echo $((BASH_REMATCH[1] * ${unit[${BASH_REMATCH[2]}]}))
}

# limited SUITE COMMAND...: within what is left of the suite's time.
limited() {
  local left=$((deadline - SECONDS))
  shift
  ((left > 0)) || return 124
  timeout --foreground --kill-after=20 "$left" "$@" # foreground: Ctrl-C reaches the tests
}

# report SUITE EXIT_CODE JUNIT_FILE...: the closing line.
report() {
  local suite=$1 code=$2 passed failed skipped
  shift 2
  read -r passed failed skipped < <(python3 "$TREE/tools/dev/junit.py" "$@")
  ((code != 124 && code != 137)) || warn "$suite: not finished within ${MINUTES[$suite]} minutes"
  # A runner that fails without naming a test (a crash, a timeout) has failed all the same.
  ((code == 0 || failed > 0)) || failed=1
  if ((passed + failed > 0)); then
    ran_any=1
  elif [[ -z $regex ]]; then
    warn "$suite: ran no test"
    failed=1
  fi
  ((failed == 0)) || failures=$((failures + 1))
  echo "$suite: $passed passed, $failed failed, $skipped skipped"
}

ctest_suite() { # LABEL JOBS
  local select=()
  [[ -z $regex ]] || select=(-R "$regex")
  rm -f "$results/$1-ctest.xml"
  limited "$1" ctest --test-dir "$TREE/build/$preset" -L "^$1\$" "${select[@]}" -j "$2" --output-on-failure \
    --no-tests=ignore --output-junit "$results/$1-ctest.xml"
}

run_lint() {
  [[ -z $regex ]] || return 0
  local code=0
  ran_any=1
  limited lint "$TREE/dev" lint || code=$?
  ((code == 0)) || failures=$((failures + 1))
  ((code <= 1)) || echo "lint: 0 passed, 1 failed, 0 skipped" # it did not get as far as its own closing line
}

run_unit() {
  local code=0
  ctest_suite unit "$(nproc)" || code=$?
  report unit "$code" "$results/unit-ctest.xml"
}

pytest_suite() {
  [[ -d $TREE/tests/integration ]] || return 0
  local venv code=0
  venv=$(locked "$CACHE/python.lock" python_environment) || return 1
  PYTHONPATH=$TREE/tools/dev PYTHONDONTWRITEBYTECODE=1 SYNCLINE_TEST_REGEX=$regex \
    limited integration "$venv/bin/python" -m pytest "$TREE/tests/integration" -p pytest_select -p no:cacheprovider \
    -q -rfEs --timeout 300 --junitxml "$results/pytest.xml" || code=$?
  ((code != 5)) || code=0 # 5 = no test; report() judges that
  return $code
}

# start_servers SUITE: exports what the tests need to know; fails if one that nobody allowed to be missing is missing.
start_servers() {
  local suite=$1 role word lines missing=()
  export SYNCLINE_SERVERS_DIR=$scratch/servers
  limited "$suite" "$TREE/dev" servers start || true
  for role in mysql mariadb mongodb redis; do
    if lines=$("$TREE/dev" servers status --only $role); then
      eval "$(sed 's/^/export /' <<<"$lines")"
      continue
    fi
    word=$(sed 's/mysql/mysql97/; s/mongodb/ferretdb/' <<<$role)
    if [[ ,${SYNCLINE_ALLOW_MISSING:-}, == *",$word,"* || ,${SYNCLINE_ALLOW_MISSING:-}, == *",$role,"* ]]; then
      unset "${role^^}_URI" # it may come from the caller's shell
      warn "$suite: WITHOUT $word, as SYNCLINE_ALLOW_MISSING says: what needs it is not tested"
    else
      missing+=("$word")
    fi
  done
  ((${#missing[@]} == 0)) || { warn "$suite: no server for ${missing[*]}"; return 1; }
}

run_integration() {
  local code=0 part=0
  export SYNCLINE_BIN=$TREE/build/$preset/syncline
  if start_servers integration; then
    # One at a time: the tests share the servers, and some kill them.
    ctest_suite integration 1 || code=$?
    pytest_suite || part=$?
    ((code != 0)) || code=$part
  else
    code=1
  fi
  "$TREE/dev" servers stop
  report integration "$code" "$results/integration-ctest.xml" "$results/pytest.xml"
}

run_faults() {
  local code=0 venv
  [[ -z $regex ]] || return 0
  export SYNCLINE_BIN=$TREE/build/$preset/syncline
  if start_servers faults && venv=$(locked "$CACHE/python.lock" python_environment); then
    PYTHONDONTWRITEBYTECODE=1 limited faults "$venv/bin/python" "$TREE/tests/hostile/faults.py" "${fault_options[@]}" \
      --junit "$results/faults.xml" || code=$?
  else
    code=1
  fi
  "$TREE/dev" servers stop
  report faults "$code" "$results/faults.xml"
}

main() {
  parse "$@"
  "$TREE/dev" setup --quiet
  local suite
  for suite in "${suites[@]}"; do
    [[ $suite == lint ]] || { "$TREE/dev" build "$preset" --quiet; break; }
  done
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/syncline-test.XXXXXX")
  results=$scratch/results
  mkdir "$results"
  trap 'SYNCLINE_SERVERS_DIR=$scratch/servers "$TREE/dev" servers stop; rm -rf "$scratch"' EXIT
  for suite in "${suites[@]}"; do
    deadline=$((SECONDS + MINUTES[$suite] * 60))
    "run_$suite"
  done
  [[ -n $ran_any ]] || die "test: no test matches '$regex'"
  ((failures == 0)) || exit 1
}

main "$@"
