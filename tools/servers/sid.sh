# Packages of Debian sid, unpacked into a folder of the cache and never installed; sourced.

# The Debian mirror that this machine already uses.
sid_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^ *#' |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | sed -n '1s/ *$//p'
}

# sid_configure DIR: an apt world of its own, in which nothing is installed, so that every dependency is fetched (libc too).
sid_configure() {
  local dir=$1 mirror
  mirror=$(sid_mirror)
  [[ -n $mirror ]] || { warn "no Debian mirror found in /etc/apt: cannot fetch from sid"; return 1; }
  mkdir -p "$dir"/etc/{apt.conf.d,preferences.d,sources.list.d} "$dir"/state/lists/partial "$dir"/cache/archives/partial
  : >"$dir/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$dir/etc/sources.list"
  cat >"$dir/apt.conf" <<CONF
Dir::Etc "$dir/etc";
Dir::State "$dir/state";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
APT::Install-Recommends "false";
APT::Architecture "$(dpkg --print-architecture)";
APT::Sandbox::User "root";
Acquire::Languages "none";
// A mirror's copy of sid may be past its Valid-Until. Signatures are still checked, only the freshness is not.
Acquire::Check-Valid-Until "false";
CONF
  # The machine's own proxy and transport settings.
  apt-config dump | grep -E '^Acquire::(http|https|Retries|ForceIPv)' >>"$dir/apt.conf" || true
}

# sid_download DIR PACKAGE...: leaves the .deb files of the packages and all they depend on in DIR/cache/archives.
sid_download() {
  local dir=$1
  shift
  sid_configure "$dir" || return 1
  APT_CONFIG=$dir/apt.conf apt-get -qq update >&2 || return 1
  APT_CONFIG=$dir/apt.conf apt-get -qq -y install --download-only "$@" >&2
}

# sid_unpack ROOT PACKAGE...: a small Debian root in ROOT, without documentation, translations and compilers' leftovers.
sid_unpack() {
  local root=$1 apt=$1.apt deb d
  shift
  rm -rf "$root" "$apt"
  sid_download "$apt" "$@" || { warn "Debian sid is not available: $*"; return 1; }
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
  for d in bin sbin lib lib64; do ln -s "usr/$d" "$root/$d"; done # sid's packages expect a merged /usr
  for deb in "$apt"/cache/archives/*.deb; do
    case ${deb##*/} in
      systemd_* | udev_* | perl-modules* | libmagickcore* | fonts-*) continue ;; # dependencies no server opens
    esac
    dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink \
      --exclude=./usr/share/{doc,man,locale} --exclude=./usr/lib/postgresql/\*/lib/bitcode \
      --exclude='./usr/lib/llvm-*' --exclude='./usr/lib/*/libLLVM*' || return 1
  done
  rm -rf "$apt"
}
