#!/usr/bin/env bash
# cppcheck finds nothing. False positives are in cppcheck.suppressions, or marked in the line. Speaks TAP.
# usage: cppcheck.sh CPPCHECK SOURCE_FOLDER
set -u
cd "$2" || exit 1
echo 1..1
check() { # ARGUMENTS... : what it finds
    "$cppcheck" --quiet --enable=warning,performance,portability --inline-suppr --std=c11 -j "$(nproc)" --error-exitcode=1 \
        -U__CUDACC__ --suppressions-list=tests/style/cppcheck.suppressions --template='{file}:{line}: {id}: {message}' "$@" 2>&1
}
cppcheck=$1
# Reading all headers for each file takes three times as long. Without them it knows neither macros nor which functions set
# their arguments; the compiler and clang-tidy look for variables without a value.
found=$(check -I . -I src gpu/cpu && check --suppress=unknownMacro --suppress=uninitvar --suppress=ctuuninitvar src db ui bench) &&
    { echo "ok 1 - cppcheck"; exit 0; }
echo "not ok 1 - cppcheck"
sed 's/^/# /' <<<"$found"
exit 1
