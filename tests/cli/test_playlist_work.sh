#!/usr/bin/env bash
# A curator's work on playlists on the command line: versions. Speaks TAP. usage: test_playlist_work.sh SLEEVE
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state TZ=UTC
unset SLEEVE_CATALOGUE
n=0
db=$work/c.db

. "$here/check.sh"

{
    echo playlist,pos,track,artist,album
    for t in $(seq 30); do
        echo "List,$t,Song $t,Band $((t % 7)),Album $((t % 7))"
    done
} >"$work/playlists.csv"
"$sleeve" -C "$db" import csv "$work/playlists.csv" -q >/dev/null
printf '%s\n' 'search song' wait 'add 1' 'add 2' close wait 'playlist save Mine' wait 'move 2' wait |
    "$sleeve" -C "$db" explore --script - >/dev/null 2>&1
printf '%s\n' wait 'search song' wait 'add 3' close wait | "$sleeve" -C "$db" explore --script - >/dev/null 2>&1

check "versions outlive the explorer" eval 'gives 0 -C "$db" playlists history Mine && prints "3.*+1.*Mine" && prints "2.*first.*Mine"'
check "and are printed as JSON" eval 'gives 0 -C "$db" playlists history Mine --json && prints "\"tracks\":3,\"added\":1,\"removed\":0,\"moved\":0"'
check "one is restored" eval 'gives 0 -C "$db" playlists restore Mine 1 && prints "is version 1 again: 2 tracks"'
check "what was restored over is a version" eval 'gives 0 -C "$db" playlists history Mine && prints "^3.*-1" && prints "^2.*+1"'
check "a version that is not kept" eval 'gives 3 -C "$db" playlists restore Mine 99 && says "no version 99"'
check "a number that is none" eval 'gives 2 -C "$db" playlists restore Mine x && says "not a number"'
check "a playlist of the catalogue has no versions" eval 'gives 3 -C "$db" playlists history List && says "made in the explorer"'
check "an unknown playlist" eval 'gives 3 -C "$db" playlists history Nothing && says "no playlist"'
check "an unknown verb" eval 'gives 2 -C "$db" playlists frob && says "usage: sleeve playlists"'

printf '%s\n' wait 'playlist new' 'search song' wait 'add 2' 'add 4' 'add! 4' close wait 'playlist save Other' wait |
    "$sleeve" -C "$db" explore --script - >/dev/null 2>&1
check "duplicates within a playlist" eval 'gives 0 -C "$db" playlists duplicates Other && prints "same track"'
check "duplicates across playlists" eval 'gives 0 -C "$db" playlists duplicates && prints "Mine.*studio" && prints "Other.*same track"'
check "they are removed on request" eval 'gives 0 -C "$db" playlists duplicates Other --remove && says "removed 1" && gives 0 -C "$db" playlists duplicates Other && says "no song is in it twice"'
check "and can come back" eval 'gives 0 -C "$db" playlists history Other --json && prints "\"removed\":1"'
check "not from a playlist of the catalogue" eval 'gives 3 -C "$db" playlists duplicates List --remove && says "stays as it is"'
check "not without a playlist" eval 'gives 2 -C "$db" playlists duplicates --remove && says "needs a playlist"'
check "two playlists compared" eval 'gives 0 -C "$db" playlists compare Mine Other && prints "^both" && prints "^second" && says "1 entries of the first are in both"'
check "as JSON" eval 'gives 0 -C "$db" playlists compare Mine Other --json && prints "\"both\":\[{"'
check "merged" eval 'gives 0 -C "$db" playlists merge Mine Other --into Both && prints "\"Both\": 3 tracks"'
check "subtracted" eval 'gives 0 -C "$db" playlists subtract Both Mine --into Rest && prints "\"Rest\": 1 track"'
check "a name that is taken" eval 'gives 2 -C "$db" playlists merge Mine Other --into Both && says "already"'
check "no name" eval 'gives 2 -C "$db" playlists merge Mine Other && says "into NAME"'

check "search in the artist only" eval 'gives 0 -C "$db" search artist:3 -n 50 && prints "Band 3" && ! grep -q "Band 1" "$work/out"'
check "search by the whole name of an artist" eval 'gives 0 -C "$db" search "artist=\"band 3\"" && prints "Band 3" && gives 0 -C "$db" search "artist=band" && says "no track matches"'
check "search by what no track has" eval 'gives 0 -C "$db" search year:1990..1999 && says "no track matches"'
check "a year that is none" eval 'gives 2 -C "$db" search year:abc && says "is not a year"'

echo "1..$n"
