#!/usr/bin/env bash
# Files of other programs in and out, read and written by independent readers (Python's). Speaks TAP.
# usage: test_interchange.sh SLEEVE ASSETS
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$(realpath "$1")
assets=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state SLEEVE_ASSETS=$assets
unset SLEEVE_CATALOGUE
cd "$work" || exit 1
n=0

. "$here/check.sh"

fresh() { rm -rf "$1.db" "$1.data"; }
python() { python3 "$here/interchange.py" "$@"; }

# ---- in: written by plistlib, json and csv
python make
for format in itunes account-data challenge; do
    case $format in
    itunes) file=library.xml ;;
    account-data) file=account ;;
    challenge) file=challenge_set.json ;;
    esac
    fresh c
    check "import $format" gives 0 -C c.db import $format "$file"
    check "import $file finds the format" eval 'fresh d && gives 0 -C d.db import "$file" && says "as import $format reads it"'
    check "its playlists are those of the file" eval '"$sleeve" -C c.db export csv Mine >mine.csv 2>/dev/null || "$sleeve" -C c.db export csv 1000 >mine.csv; python same mine.csv $format'
    check "imported again, nothing changes" eval 'gives 0 -C c.db import $format "$file"; prints "^playlists.0"'
done
check "playlists of the program and podcasts are named" eval 'fresh c; gives 0 -C c.db import itunes library.xml && says "passed over: a playlist that the program has made" && says "a video, podcast or audio book"'

# ---- matching
fresh c
"$sleeve" -C c.db import csv spotify.csv -q
check "--match-only adds nothing and names the nearest" eval 'gives 0 -C c.db import apple.csv --match-only --unmatched u.csv && prints "^new_tracks.0" && prints "^matched_by_names.1" && prints "^matched_by_isrc.0" && prints "^entries_unmatched.3" && says "nearest: Beyoncé - Halo"'
check "the choices are read again and the playlist is completed" eval 'python choose u.csv m.csv && gives 0 -C c.db import apple.csv --matches m.csv && prints "^matched_by_hand.1" && prints "^playlists_completed.1" && [ "$("$sleeve" -C c.db export uris apple | wc -l)" = 3 ]'
check "a match that is no track is refused with its line" eval 'sed "s/,1,Bey/,zz,Bey/" m.csv >bad.csv && gives 3 -C c.db import apple.csv --matches bad.csv && says "bad.csv, line 2"'
check "nothing fits: status 3, and the table is written" eval 'printf "title,artist,isrc\nNo,Body,\n" >none.csv && gives 3 -C c.db import none.csv --match-only --unmatched none_u.csv && grep -q "No,Body" none_u.csv'
check "an ISRC is remembered and found" eval 'fresh e && printf "title,artist,isrc\nX,Y,US-RC1-76-07839\n" >one.csv && printf "title,artist,isrc\nOther,Name,usrc17607839\n" >two.csv && gives 0 -C e.db import one.csv && gives 0 -C e.db import two.csv && prints "^matched_by_isrc.1" && prints "^new_tracks.0"'
check "unmatched rows are in the JSON of every importer that matches" eval 'printf "spotify:track:0000000000000000000000\n" >ids.txt && gives 3 -C c.db import uris ids.txt --json && prints "\"unmatched\":\[{\"playlist\":\"ids\",\"place\":1,.*\"id\":\"spotify:track:0000000000000000000000\",\"candidates\":\[\]}\]" && says "no track fits: spotify:track:0000000000000000000000" && gives 3 -C c.db import none.csv --match-only --json && prints "\"unmatched\":\[{.*\"title\":\"No\""'
check "--matches is for importers that match" eval 'gives 2 -C c.db import mpd challenge_set.json --match-only && says "importers that have it"'

# ---- out: read by xml.etree, json, zipfile, csv
fresh c
"$sleeve" -C c.db import csv many.csv -q
"$sleeve" -C c.db split --test 4 --val 4 --seeds 1,5 -q >/dev/null
"$sleeve" -C c.db train popularity -q
for format in csv m3u8 xspf jspf; do
    case $format in m3u8) back=m3u ;; *) back=$format ;; esac
    check "export $format and import $back" eval 'fresh d; "$sleeve" -C c.db export $format odd -o odd.$format && python read $format odd.$format && gives 0 -C d.db import $back odd.$format && "$sleeve" -C d.db export csv odd >back.csv && "$sleeve" -C c.db export csv odd >there.csv && python equal there.csv back.csv'
done
check "export recbole and import recbole" eval 'fresh d; gives 0 -C c.db export recbole --out rb && gives 0 -C d.db import recbole rb/rb.inter && "$sleeve" -C d.db export csv p3 >back.csv && "$sleeve" -C c.db export csv p3 >there.csv && python equal there.csv back.csv'
check "export npz: arrays in a ZIP archive" eval 'gives 0 -C c.db export npz --out npz && python read npz npz/playlist_track.npz'
check "export trec is what evaluate --run writes" eval '"$sleeve" -C c.db export trec --model popularity -o a.run && "$sleeve" -C c.db evaluate --model popularity --run b.run -q >/dev/null && cmp a.run b.run'
check "export qrels" eval '"$sleeve" -C c.db export qrels -o a.qrels && python read qrels a.qrels'
check "import trec makes playlists of lists" eval 'gives 0 -C c.db import trec a.run && prints "^new_tracks.0"'
check "export submission for test playlists" eval 'gives 0 -C c.db export submission --model popularity --team Us --email a@b.example --out s.csv.gz && python submission s.csv.gz'
check "export submission for a challenge" eval 'gives 0 -C c.db export submission --model popularity --team Us --email a@b.example --out s.csv.gz --challenge challenge_set.json && says "seeds are not in the catalogue" && python submission s.csv.gz challenge_set.json'
check "a catalogue with too few tracks gives no submission" eval 'fresh d; "$sleeve" -C d.db import challenge challenge_set.json -q; "$sleeve" -C d.db train popularity -q; gives 1 -C d.db export submission --model popularity --team Us --email a@b.example --out no.csv.gz --challenge challenge_set.json; says "needs 500" && [ ! -e no.csv.gz ]'
check "a comma in a team is refused" gives 2 -C c.db export submission --model popularity --team U,s --email a@b.example
"$sleeve" -C c.db embed metadata -q >/dev/null 2>&1
check "export projector" eval 'gives 0 -C c.db export projector --embedding metadata --out pr --points 20 && python read projector pr'
check "a failed export leaves no folder" eval 'gives 2 -C c.db export npz --on none --out absent && [ ! -e absent ] && mkdir kept && gives 2 -C c.db export npz --on none --out kept && [ -d kept ]'
check "--json says what was written" eval 'gives 0 --json -C c.db export npz --out npz && prints "\"format\":\"npz\""'
check "every playlist as a file" eval 'gives 0 -C c.db export m3u8 --all --out all && [ "$(ls all | wc -l)" = "$("$sleeve" -C c.db playlists --json | python3 -c "import json,sys; print(len(json.load(sys.stdin)))")" ]'
for wrong in "export npz" "export csv" "export csv odd --model popularity" "export trec" "export projector" "export xyz odd" "export trec --model popularity --on train" "export npz odd --out x"; do
    check "$wrong is wrong usage" gives 2 -C c.db $wrong
done

# ---- large, hostile, killed
python large big.jspf
fresh k
limit=1500000 # KB; the sanitizers need terabytes of address space
(ulimit -v $limit; exec "$sleeve" --version) >/dev/null 2>&1 || limit=unlimited
check "33 MB are streamed" eval 'ls -l big.jspf; (ulimit -v $limit; gives 0 -C k.db import jspf big.jspf) && prints "^entries.90000"'
fresh k
"$sleeve" -C k.db import csv spotify.csv -q
for delay in 0.05 0.2 0.5; do
    { timeout -s KILL $delay "$sleeve" -C k.db import jspf big.jspf; } >/dev/null 2>&1
    check "killed after $delay s: all or nothing" eval 'gives 0 -C k.db doctor; m=$("$sleeve" -C k.db playlists | wc -l); echo "$m"; [ "$m" = 2 ] || [ "$m" = 3 ]'
done
check "an entity bomb is refused" eval 'python bomb bomb.xspf && gives 3 -C k.db import xspf bomb.xspf && says "declares XML entities"'
check "a cut file changes nothing" eval 'head -c 5000 odd.xspf | head -c 300 >cut.xspf; gives 3 -C k.db import cut.xspf && says "cut or damaged"'
check "binary files are named" eval 'head -c 3000 /dev/urandom >junk; printf "PK\3\4xxxxxxxx" >zip.json; gives 3 -C k.db import zip.json && says "ZIP archive"'
check "an unknown format is refused with the list" eval 'gives 2 -C k.db import foo x && says "xspf"'
echo "1..$n"
