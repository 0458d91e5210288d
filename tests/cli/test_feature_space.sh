#!/usr/bin/env bash
# sleeve space: distances of playlists by features, misplaced tracks, the heat map, wrong usage. Speaks TAP.
# usage: test_feature_space.sh SLEEVE
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
unset SLEEVE_CATALOGUE
n=0
db=$work/c.db

. "$here/check.sh"

# Short old songs, long new ones, and one song of the second kind among the first.
songs() { # LIST FIRST LAST YEAR SECONDS
    for s in $(seq "$2" "$3"); do echo "$1,$s,Song $s,Band $s,Album $s,$(($5 + s % 5)),$(($4 + s % 3))"; done
}
{ echo playlist,pos,track,artist,album,seconds,year
  songs old 1 20 1970 120
  songs new 21 40 2010 300
  echo "old,99,Song 30,Band 30,Album 30,300,2010"; } >"$work/songs.csv"
"$sleeve" -C "$db" import csv "$work/songs.csv" -q >/dev/null
"$sleeve" -C "$db" embed metadata -q >/dev/null 2>&1

space() { gives "$1" -C "$db" space --features metadata "${@:2}"; }
check "it measures all playlists" eval 'space 0 && prints "of 2 playlists" && prints "^1 misplaced track"'
check "the misplaced track is named" eval 'space 0 && prints "Song 30 · Band 30: in old, nearer to new"'
check "JSON has one row of distances a playlist" eval 'space 0 --json && python3 -c "
import json, sys
space = json.load(open(sys.argv[1]))
side = space[\"sets\"][0]
assert len(side[\"distances\"]) == 2 and side[\"distances\"][0][0] < side[\"distances\"][0][1]
assert [sum(row) for row in side[\"delta_histograms\"]] == [21, 20]
assert [m[\"title\"] for m in space[\"misplaced\"]] == [\"Song 30\"]
" "$work/out"'
check "playlists are named" eval 'space 0 --playlist old --playlist new --leave-out && prints "of 2 playlists"'
check "the heat map is a picture" eval 'space 0 --out "$work/heat.png" && head -c 4 "$work/heat.png" | grep -q PNG && space 0 --out "$work/heat.svg" && grep -q "<svg" "$work/heat.svg"'
check "a file of another kind is refused" eval 'space 2 --out "$work/heat.txt" && says "does not end in .png or .svg" && ! ls "$work/heat.txt" 2>/dev/null'
check "a column that does not exist" eval 'space 2 --columns tempi && says "has no column \"tempi\""'
check "a playlist that does not exist" eval 'space 3 --playlist old --playlist nothing && says "no playlist \"nothing\""'
check "one playlist is not enough" eval 'space 2 --playlist old && says "2 to 100 playlists"'
check "a playlist that is named twice" eval 'space 2 --playlist old --playlist old && says "named twice"'
check "a set that does not exist" eval 'gives 1 -C "$db" space --features audible && says "no feature set audible"'
check "three sets" eval 'gives 2 -C "$db" space --features a,b,c && says "one feature set, or two"'
echo "1..$n"
