# The Python that tests and benchmarks use; sourced.

# python_environment: makes the virtual environment of exactly tests/requirements.txt; prints its path.
python_environment() {
  local requirements=$TREE/tests/requirements.txt venv
  venv=$CACHE/python/$({ python3 --version; cat "$requirements"; } | sha256sum | cut -c 1-12)
  if [[ ! -e $venv/.complete ]]; then
    say "preparing Python in $venv"
    python3 -m venv --clear "$venv" >&2 && "$venv/bin/pip" -q install -r "$requirements" >&2 && touch "$venv/.complete"
  fi
  echo "$venv"
}
