# Usage: ./dev setup [--quiet]
#
# Installs what a fresh Debian 12 lacks to build, run and test Syncline: the packages of tools/dev/packages.txt, and Go if there
# is none (for FerretDB). No service is started. Does nothing, quickly, when all is there. Uses sudo unless run as root.
# The test servers are fetched by the first `./dev servers start`.
#
# Examples:
#   ./dev setup
#   ./dev setup --quiet      # speaks only if there is something to do
set -euo pipefail
source "$TREE/tools/dev/lib.sh"

# wanted: every package of the list; Go only where PATH has none, as Debian's own is old (tools/servers/mongodb.sh copes).
wanted() {
  sed '/^#/d; s/ .*//' "$TREE/tools/dev/packages.txt"
  command -v go >/dev/null || command -v mongod >/dev/null || echo golang-go
}

missing() { comm -23 <(wanted | sort) <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii *//p' | sort -u); }

# Debian starts a service as soon as it is installed; this is its own way to forbid that.
forbid_services() {
  [[ ! -e /usr/sbin/policy-rc.d ]] || return 0
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
  as_root chmod +x /usr/sbin/policy-rc.d
}

apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"; }

main() {
  local packages quiet=
  case ${1:-} in
    --quiet) quiet=1 ;;
    "") ;;
    *) usage_error "setup: no option '$1'" "./dev setup --help" ;;
  esac
  mapfile -t packages < <(missing)
  if ((${#packages[@]} == 0)); then
    [[ -n $quiet ]] || say "setup: everything is there"
    return
  fi
  say "setup: installing ${packages[*]}"
  local log
  log=$(mktemp)
  forbid_services
  # The package index may be absent or old, so a first failure means "update, then again".
  apt_install "${packages[@]}" >"$log" 2>&1 ||
    { as_root apt-get -qq update && apt_install "${packages[@]}"; } >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "setup: apt-get failed, see $log"; }
  rm -f "$log"
  say "setup: done"
}

main "$@"
