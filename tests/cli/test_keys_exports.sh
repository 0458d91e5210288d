#!/usr/bin/env bash
# Keys, links and exports as a script and a terminal see them. Speaks TAP.
# usage: test_keys_exports.sh SLEEVE
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
unset SLEEVE_CATALOGUE
cd "$work" || exit 1
n=0

. "$here/check.sh"

run() { timeout -k 2 120 "$sleeve" -C "$work/c.db" "$@" </dev/null 2>"$work/err"; } # stdout is for the checks

# What the command writes to a terminal, stdout and stderr together.
on_terminal() { script -qec "$(printf '%q ' "$sleeve" -C "$work/c.db" "$@")" /dev/null </dev/null; }
# No control, bidirectional or invisible characters; tables may have bold letters.
harmless() {
    on_terminal "$@" >"$work/shown"
    python3 - "$work/shown" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8", newline="").read().replace("\r\n", "\n")
text = text.replace("\r\x1b[K", "").replace("\x1b[1m", "").replace("\x1b[0m", "")
found = re.findall("[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]", text)
print(found[:10], text[:300].encode("ascii", "backslashreplace"))
sys.exit(bool(found) or not text)
PY
}

id=4uLU6hMCjMI75M1A2tKUQC
cat >links.csv <<CSV
playlist,track,artist,album,track_id,album_id,artist_id
p,Song,Band,LP,spotify:track:$id,https://open.spotify.com/intl-de/album/$id?si=x,$id
p,Song,Band,LP,https://open.spotify.com/track/$id?si=aa,$id,spotify:artist:$id
p,Song,Band,LP,open.spotify.com/intl-fr/track/$id/,spotify:album:$id,
p,Song,Band,LP,$id,,
p,abcdefghijklmnopqrstuv,Band,LP,,,
CSV
check "one song in four spellings is one track" eval 'run import csv links.csv | grep -qx "new_tracks.2"'
check "a title of 22 letters is not an id" eval 'run show "abcdefghijklmnopqrstuv / band"'
check "a local track of a slice is found again by its export" eval 'cat >slice.json <<JSON
{"playlists":[{"name":"l","pid":5,"tracks":[{"pos":0,"track_name":"T","artist_name":"A","track_uri":"spotify:local:A::T:1","artist_uri":"","album_uri":"","album_name":"","duration_ms":1000}]}]}
JSON
"$sleeve" -C local.db import mpd slice.json -q && "$sleeve" -C local.db export csv 5 | sed "s/,5/,6/" >local.csv &&
    "$sleeve" -C local.db import csv local.csv | grep -qx "new_tracks.0"'
run train popularity -q
for form in $id "spotify:track:$id?si=1" "https://open.spotify.com/track/$id?si=aa" "http://play.spotify.com/track/$id" "open.spotify.com/embed/track/$id/"; do
    check "recommend --track $form" run recommend --model popularity --track "$form" -n 1
    check "show $form" eval 'run show "$form" | grep -qx "track.Song"'
done
check "an album by its link" eval 'run show "https://open.spotify.com/album/$id?si=x" | grep -q Song'
check "a key in another case and composition" eval 'run show "SONG / BAND" || run show "ABCDEFGHIJKLMNOPQRSTUV / Band"'

printf 'playlist,track,artist,seconds,track_id\nq,A,X,100,%s1\nq,B,X,100,%s1\nq,A,X,300,%s1\n' 000000000000000000000 000000000000000000000 000000000000000000000 >same.csv
run import csv same.csv >/dev/null
check "another title of the same id is reported" says "same id, another title: kept 'A', ignored 'B' (first at same.csv, line 3)"
check "another duration, too" says "same id, another duration: kept '1:40', ignored '5:00' (first at same.csv, line 4)"

printf 'playlist,playlist_id,track,artist\ntwo,k1,A,X\ntwo,k2,B,X\none,k3,C,X\nCafe\xcc\x81,,D,X\n' >names.csv
run import csv names.csv >/dev/null
check "a playlist by a name that only one has" eval 'run export csv one | grep -q "^one,0,C"'
check "a name that two playlists have is refused with their keys" eval 'gives 3 export csv two && says "\"k1\", \"k2\""'
check "a name in another composition" eval 'run export csv "$(printf "Caf\xc3\xa9")" && run recommend --model popularity --playlist "$(printf "caf\xc3\xa9")" -n 1'

printf 'playlist,track,artist\nm,M\xc3\xa0,X\nm,M\xc3\xa1,X\nm,Zo\xc3\xab,X\n' >marks.csv
run import csv marks.csv >/dev/null
check "a key of version 0.1 that fits one track" eval 'run show "zoe / x" | grep -q "Zo"'
check "one that fits two tracks is refused with both" eval 'gives 3 recommend --model popularity --track "ma / x" && says "more than one track"'

python3 - <<'PY'
import csv
odd = "\x1b]52;c;aGk=\x07\x1b[2J\u009b31m\u202e\u2066\u200b\u200d\ufeff\u00ad\u2028\u061c\U000e0067 "
rows = [["playlist", "track", "artist", "album", "track_id"]]
rows += [["evil" + odd, f"Song{odd}{i}", f"Band{odd}{i}", f"LP{odd}{i}", f"id{odd}{i}" if i % 2 else ""] for i in range(6)]
with open("evil.csv", "w", newline="", encoding="utf-8") as file:
    csv.writer(file).writerows(rows)
PY
run import csv evil.csv >/dev/null
key=$(run playlists --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[-1]["key"])')
track=$(run --json search song | python3 -c 'import json, sys; print([t["key"] for t in json.load(sys.stdin) if t["key"].startswith("id")][0])')
for format in csv m3u8 xspf jspf uris; do
    check "export $format to a terminal" harmless export $format "$key"
done
for json in "" --json; do
    for command in playlists "search song" "recommend --model popularity --track" "recommend --model popularity --playlist" "show track" "show playlist" "show nothing" models "import csv evil.csv" "search nothing"; do
        arguments=($command)
        case $command in
        *--track) arguments+=("$track") ;;
        *--playlist) arguments+=("$key") ;;
        "show track") arguments=(show "$track") ;;
        "show playlist") arguments=(show "$key") ;;
        *nothing) arguments[1]="nothing $track" ;;
        esac
        check "$json $command on a terminal" harmless $json "${arguments[@]}"
    done
done
python3 - "$key" <<'PY'
import csv, sys
with open("split.tsv", "w", newline="", encoding="utf-8") as file:
    csv.writer(file, delimiter="\t").writerows([["playlist", "set", "seeds"], [sys.argv[1], "test", 2]])
PY
run split --import split.tsv -q >"$work/check.log"
check "a split file to a terminal" harmless split --export /dev/stdout
run train popularity -q
check "export trec to a terminal" harmless export trec --model popularity
check "a run to a terminal" harmless evaluate --model popularity --run /dev/stdout
check "JSON on a terminal is JSON with the same texts" eval 'on_terminal --json playlists >"$work/shown" && run --json playlists >"$work/piped" && python3 -c "import json; assert json.load(open(\"$work/shown\")) == json.load(open(\"$work/piped\"))"'
check "a pipe gets the text as it is" eval 'run export csv "$key" | grep -q "$(printf "\033\]52;c;aGk=\a")"'
check "an exported table is imported again" eval 'run export csv "$key" >out.csv && timeout 60 "$sleeve" -C new.db import csv out.csv && timeout 60 "$sleeve" -C new.db export csv "$key" | cmp - out.csv'

printf 'playlist,track,artist\nr,#1 hit,X\nr,#EXTM3U,X\nr,plain,X\n' >hash.csv
run import csv hash.csv >/dev/null
check "an m3u8 has no entry that is a comment" eval '[ "$(run export m3u8 r | grep -c "^#")" = 5 ] && run export m3u8 r | grep -qx "./#1 hit / x"'

printf 'playlist,track,artist\nf,=1+1,@x\nf,-a,+b\nf,it'"'"'s,plain\n' >formulas.csv
run import csv formulas.csv >/dev/null
check "formulas are guarded for spreadsheets" eval 'run export csv f --spreadsheet >guarded.csv && ! grep -q ",\"\?[=@+-]" guarded.csv && grep -q "it'"'"'s,plain" guarded.csv'
check "and imported without the guards" eval 'timeout 60 "$sleeve" -C guarded.db import csv guarded.csv && timeout 60 "$sleeve" -C guarded.db export csv f >plain.csv && run export csv f | cmp - plain.csv'
check "--spreadsheet is for csv" gives 2 export uris f --spreadsheet
echo "1..$n"
