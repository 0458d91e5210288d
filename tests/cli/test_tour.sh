#!/usr/bin/env bash
# The whole tour on a small and on a large screen, headless: every step can be shown, without a failure. Speaks TAP.
# usage: test_tour.sh SLEEVE
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
unset SLEEVE_CATALOGUE
n=0

. "$here/check.sh"

# A demo in little, because making the whole one takes half a minute: its models have the same names.
db=$work/c.db
assets=$here/../../assets
zcat "$assets/spotify_songs.csv.gz" | awk 'NR <= 3000 || /Mr. Brightside/' >"$work/songs.csv"
generate_covers() {
    python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("INSERT INTO settings VALUES (?, ?)", ("covers.generated", "1")); c.commit()' "$db"
}
make() {
    gives 0 -q -C "$db" import csv "$work/songs.csv" --preset spotify-songs && generate_covers && gives 0 -q -C "$db" split --test 15 &&
        gives 0 -q -C "$db" embed gist && gives 0 -q -C "$db" train als --name als --set factors=16 &&
        gives 0 -q -C "$db" train sknn --name demo && gives 0 -q -C "$db" evaluate --model demo,als
}
check "a catalogue with the demo's models" make

# All steps, with the screen after each. The tour ends before the steps that are left out are counted, so `tour next` past
# the last one is the only command that may fail.
steps=$(grep -c '^step ' "$assets/tour.txt")
play() { # SIZE
    echo tour >"$work/script"
    for i in $(seq 1 "$steps"); do
        printf 'save-display %s\ntour next\n' "$work/screen.$i" >>"$work/script"
    done
    rm -f "$work"/screen.*
    run -C "$db" explore --script "$work/script" --size "$1"
    local status=$?
    [ $status -eq 0 ] || says "there is no tour now" || return 1
    ! grep -l "Not everything could be shown" "$work"/screen.* || return 1
    [ "$(ls "$work"/screen.* | wc -l)" -ge 9 ] && grep -q "$steps/$steps" "$work"/screen.*
}
for size in 80x24 160x50; do
    check "the tour at $size" play "$size"
done
check "a step that fails says why" eval 'gives 0 -C "$db" models rm als && echo tour >"$work/script" && for i in $(seq 1 "$steps"); do echo "tour $i"; done >>"$work/script" && ! gives 0 -C "$db" explore --script "$work/script" && says "no model \"als\""'
echo "1..$n"
