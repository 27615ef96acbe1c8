# Usage: ./dev build [PRESET] [--quiet] [TARGET...]
#
# Compiles into the cache, outside of the tree; build/PRESET is a link to the place, so the program is build/release/syncline.
# Presets: release (default), debug (address and undefined-behaviour sanitizers), tsan (thread sanitizer).
#
# Examples:
#   ./dev build
#   ./dev build debug
#   ./dev build release base_test
set -euo pipefail
source "$TREE/tools/dev/lib.sh"

preset=release
quiet=
targets=()
for argument in "$@"; do
  case $argument in
    --quiet) quiet=1 ;;
    release | debug | tsan) preset=$argument ;;
    -*) usage_error "build: no option '$argument'" "./dev build --help" ;;
    *) targets+=("$argument") ;;
  esac
done

directory=$CACHE/build/$preset-$(sha256sum <<<"$TREE" | cut -c 1-12)

# The compiler sees the tree through the link BUILD/tree, so every path is the same relative to the place of compilation,
# wherever the tree is: that is what lets ccache answer for a clone elsewhere.
export CCACHE_DIR=$CACHE/ccache CCACHE_BASEDIR=$directory CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=5G

forget_trees_that_are_gone() {
  local link
  mkdir -p "$CACHE/build"
  find "$CACHE/build" -mindepth 2 -maxdepth 2 -name tree -xtype l |
    while read -r link; do rm -rf "$(dirname "$link")"; done
}

configure() {
  mkdir -p "$directory" "$TREE/build"
  ln -sfn "$TREE" "$directory/tree"
  ln -sfn "$directory" "$TREE/build/$preset"
  [[ $directory/build.ninja -nt $TREE/CMakePresets.json ]] && return
  cmake -S "$directory/tree" --preset "$preset" -B "$directory" \
    -DCMAKE_PROJECT_TOP_LEVEL_INCLUDES="$directory/tree/tools/dev/build.cmake" >"$directory/configure.log" 2>&1 ||
    { cat "$directory/configure.log" >&2; die "build: CMake failed"; }
}

# Editors find compile_commands.json in build/, with the tree's own paths.
share_compile_commands() {
  sed "s#$directory/tree/#$TREE/#g" "$directory/compile_commands.json" >"$TREE/build/compile_commands.json"
}

# One build of a tree at a time; messages name the tree's own files.
compile() {
  local options=()
  ((${#targets[@]} == 0)) || options=(--target "${targets[@]}")
  cmake --build "$directory" "${options[@]}" 2>&1 | sed -u "s#$directory/tree/##g; s#\btree/\(src\|tests\|tools\|bench\)/#\1/#g"
}

begun=$EPOCHREALTIME
forget_trees_that_are_gone
configure
share_compile_commands
if [[ -n $quiet ]]; then
  locked "$directory/lock" compile >"$directory/compile.log" || { cat "$directory/compile.log" >&2; die "build: $preset failed"; }
else
  locked "$directory/lock" compile || die "build: $preset failed"
  say "build: $preset in $(seconds_since "$begun") s"
fi
