#!/usr/bin/env bash
# nvcc compiles every CUDA source for a GPU. What it compiles for the host, and the module as a whole, are compiled by g++
# for the emulator. Speaks TAP.
# usage: cuda.sh NVCC SOURCE_FOLDER
set -u
cd "$2" || exit 1
echo 1..1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=$(printf '%s\n' gpu/cuda/*.cu | xargs -P "$(nproc)" -I{} sh -c \
    '"$1" -std=c++17 -O3 -I. -Isrc -D_GNU_SOURCE -arch=sm_75 -cubin "$2" -o "$3/$(basename "$2").cubin"' - "$1" {} "$work" 2>&1) &&
    [ "$(ls "$work" | wc -l)" -eq "$(ls gpu/cuda/*.cu | wc -l)" ] && {
    echo "ok 1 - nvcc compiles $(ls "$work" | wc -l) files"
    exit 0
}
echo "not ok 1 - nvcc"
sed 's/^/# /' <<<"$found"
exit 1
