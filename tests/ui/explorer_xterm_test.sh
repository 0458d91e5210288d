#!/bin/bash
# Runs the real explorer on a small catalogue of real playlists in xterm_test.sh. Of the tracks that it suggests for an
# empty playlist, the 1st, 2nd and 11th have covers of one colour each: cc3322, 2266cc, 22aa55.
#
#   explorer_xterm_test.sh SLEEVE SPOTIFY_SONGS.csv.gz XTERM_TEST_OPTION...
set -u
sleeve=$1 songs=$2
shift 2
command -v convert >/dev/null || { echo '1..0 # SKIP convert is not installed'; exit 0; }
work=$(mktemp -d "${TMPDIR:-/tmp}/explorer_xterm_test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP
export XDG_DATA_HOME="$work/data" XDG_CACHE_HOME="$work/cache" XDG_STATE_HOME="$work/state"
run() { "$sleeve" -q --no-progress -C "$work/catalogue.db" "$@"; }

{
  zcat "$songs" 2>/dev/null | head -1500 >"$work/songs.csv"
  run import csv "$work/songs.csv" --preset spotify-songs
  run train popularity --name popularity
} >/dev/null || { echo 'Bail out! there is no catalogue to explore'; exit 1; }
# The track that is continued comes late in the order of popularity, so that it is none of those.
seed=$(run recommend --model popularity --track spotify:track:6f807x0ima9a1j3VPbc7VN -n 500 | tail -1 | cut -f 7)
mapfile -t keys < <(run recommend --model popularity --track "$seed" -n 11 | sed 1d | cut -f 7)
for rank in '1 cc3322' '2 2266cc' '11 22aa55'; do
  read -r number colour <<<"$rank"
  album=$(run show "${keys[number - 1]:-}" | sed -n 's/^album key\t//p')
  convert -size 64x64 "xc:#$colour" "$work/$colour.png"
  printf '%s\t%s\n' "$album" "$work/$colour.png" >>"$work/covers.tsv"
done
run covers add "$work" --map "$work/covers.tsv" >/dev/null || { echo 'Bail out! the covers were refused'; exit 1; }
"$(dirname "$0")/xterm_test.sh" "$@" -- "$sleeve" -C "$work/catalogue.db" explore
