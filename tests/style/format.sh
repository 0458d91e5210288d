#!/usr/bin/env bash
# Every C file is formatted as .clang-format says; tables of numbers that programs wrote are left out. Speaks TAP.
# usage: format.sh CLANG_FORMAT SOURCE_FOLDER
set -u
cd "$2" || exit 1
echo 1..1
mapfile -d '' -t files < <(find src db gpu ui bench tests -type f \( -name '*.[ch]' -o -name '*.cc' -o -name '*.cu' -o -name '*.cuh' \) \
    ! -path tests/vision/golden.h ! -path tests/map/measures_golden.h -print0)
found=$("$1" --dry-run -Werror "${files[@]}" 2>&1) && [ "${#files[@]}" -gt 100 ] && {
    echo "ok 1 - ${#files[@]} files are formatted"
    exit 0
}
echo "not ok 1 - formatted; clang-format -i FILE does it"
grep 'error:' <<<"$found" | sed 's/^/# /'
exit 1
