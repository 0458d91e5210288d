#!/usr/bin/env bash
# cppcheck finds nothing. False positives are in cppcheck.suppressions, or marked in the line. Speaks TAP.
# usage: cppcheck.sh CPPCHECK SOURCE_FOLDER
set -u
cd "$2" || exit 1
echo 1..1
found=$("$1" --quiet --enable=warning,performance,portability --inline-suppr --std=c11 -j "$(nproc)" --error-exitcode=1 \
    -U__CUDACC__ --suppressions-list=tests/style/cppcheck.suppressions --template='{file}:{line}: {id}: {message}' -I . -I src \
    src db gpu/cpu ui bench 2>&1) && { echo "ok 1 - cppcheck"; exit 0; }
echo "not ok 1 - cppcheck"
sed 's/^/# /' <<<"$found"
exit 1
