# Usage: ./dev format [FILE...]
#
# Applies clang-format (.clang-format) to the given C++ files, or to all.
#
# Examples:
#   ./dev format
#   ./dev format src/base/text.cc
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
command -v clang-format >/dev/null || die "format: no clang-format: run ./dev setup"
if (($#)); then clang-format -i "$@"; else cpp_files | xargs -0 -r clang-format -i; fi
