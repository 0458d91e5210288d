#!/usr/bin/env bash
# Text files that the program reads: tables to import, split files, results of other programs, labels, scripts. Files of
# any encoding and line ends are read, or refused with the line; what the program writes, it reads again. Speaks
# TAP.
# usage: test_text_files.sh SLEEVE
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

run() { timeout 60 "$sleeve" -C "$work/c.db" "$@" </dev/null >"$work/out" 2>"$work/err"; }
refuses() { # TEXT ARGUMENTS... : status 3 with this in the message
    local text=$1
    shift
    gives 3 "$@" && says "$text"
}

# Sixteen playlists of odd names.
python3 - <<'PY'
import csv
names = ['plain', 'tab\tin', '"Heroes"', '"Heroes', 'line\nend', 'return\rin', 'a,b', '12" mix', 'trail "q"',
         'semi;colon', 'é à', '#hash', 'x\ty\tz\nq', '"a, b"', 'train', 'playlist\tset\tseeds']
out = csv.writer(open('songs.csv', 'w', newline=''))
out.writerow(['playlist', 'pos', 'track', 'artist', 'album'])
for p, name in enumerate(names):
    for t in range(25):
        out.writerow([name, t, 'Song %d' % ((p * 7 + t * 3) % 90), 'Band %d' % (t % 9), 'Album'])
PY

check "import -q writes no table" eval 'gives 0 import csv songs.csv -q && ! test -s out && ! test -s err'
check "a file imported before says so" eval 'gives 0 import csv songs.csv && grep -q "^files_skipped.1" out && says "already imported"'
check "a table from standard input" eval 'gzip -c songs.csv | timeout 60 "$sleeve" -C stdin.db import csv - >out 2>err && grep -q "^playlists.16" out'
check "a pipe by name is refused" eval 'mkfifo pipe.csv; refuses "a pipe" import csv pipe.csv'
check "an archive is recognised" eval 'printf "PK\3\4\24\0\0\0" >a.zip; refuses "ZIP archive" import csv a.zip'
check "a web page is recognised" eval 'printf "<!DOCTYPE html>\n<html>a,b</html>\n" >page.csv; refuses "web page" import csv page.csv'
check "a table given to import mpd gets a hint" eval 'refuses "tables are read by import csv" import mpd songs.csv'
check "a table without a playlist column gets a hint" eval 'printf "title,artist\nA,X\n" >one.csv; refuses "--preset exportify" import csv one.csv && "$sleeve" -C one.db import csv one.csv --preset exportify'
check "the library of account data is recognised" eval 'printf "{\n  \"tracks\": [{\"artist\": \"a\", \"uri\": \"spotify:track:1\"}]}\n" >YourLibrary.json; refuses "account data (library)" import csv YourLibrary.json'
check "a file with only known playlists adds nothing" eval 'printf "playlist,track,artist\nplain,New,Band\n" >again.csv; refuses "nothing was imported" import csv again.csv && run search New && ! grep -q "New" out'

# ---- split files ----
check "a split" gives 0 split --test 4 --val 3 --export split.tsv
for form in utf-8-sig utf-16 utf-16-be; do
    python3 -c 'import codecs, sys; text = open("split.tsv", newline="").read(); open("form.tsv", "wb").write((codecs.BOM_UTF16_BE if sys.argv[1] == "utf-16-be" else b"") + text.encode(sys.argv[1]))' $form
    check "a split file in $form is the same split" eval 'gives 0 split --import form.tsv && gives 0 split --export back.tsv && cmp split.tsv back.tsv'
done
check "a split file with semicolons and columns in another order" eval 'python3 -c "
import csv
rows = list(csv.reader(open(\"split.tsv\", newline=\"\"), delimiter=\"\t\"))
csv.writer(open(\"form.csv\", \"w\", newline=\"\"), delimiter=\";\").writerows([[r[2], r[0], r[1]] for r in rows])" && gives 0 split --import form.csv && gives 0 split --export back.tsv && cmp split.tsv back.tsv'
check "a split file without a header" eval 'printf "plain\ttest\t3\n12\" mix\tval\t2\n" >form.tsv; gives 0 split --import form.tsv && gives 0 split --export back.tsv && grep -q "^plain.test.3$" back.tsv'
split() { printf 'playlist\tset\tseeds\n'"$1" >bad.tsv; }
check "a playlist named twice" eval 'split "plain\ttest\t3\nplain\ttest\t3\n"; refuses "bad.tsv, line 3" split --import bad.tsv'
check "an unknown playlist" eval 'split "plain\ttest\t3\nnobody\ttest\t3\n"; refuses "bad.tsv, line 3" split --import bad.tsv'
check "a playlist without a name" eval 'split "\ttest\t3\n"; refuses "bad.tsv, line 2" split --import bad.tsv'
check "more seeds than tracks" eval 'split "plain\ttest\t99\n"; refuses "bad.tsv, line 2" split --import bad.tsv'
check "an unknown set" eval 'split "plain\tTest\t3\n"; refuses "train, val, test or cold" split --import bad.tsv'
check "a truncated row" eval 'split "plain\ttest\n"; refuses "bad.tsv, line 2" split --import bad.tsv'
check "a NUL byte" eval 'split "plain\0\ttest\t3\n"; refuses "bad.tsv, line 2" split --import bad.tsv'
check "no rows" eval 'split ""; refuses "holds no split" split --import bad.tsv'
check "none of these splits was stored" eval 'gives 0 split --export again.tsv && cmp again.tsv back.tsv'

# ---- results of other programs ----
gives 0 split --import split.tsv
gives 0 train popularity -q
gives 0 evaluate --model popularity -q
results() { printf 'model\tplaylist\tseeds\tndcg\n'"$1" >r.tsv; }
compare() { gives "$1" compare popularity --reference r.tsv:X; }
good=$(python3 - <<'PY'
import csv
for row in csv.DictReader(open('split.tsv', newline=''), delimiter='\t'):
    if row['set'] == 'test' and not set(row['playlist']) & set('"\t\n\r\\%'):
        print('X\\t%s\\t%s\\t0.5\\n' % (row['playlist'], row['seeds']), end='')
PY
)
check "results of another program" eval 'results "$good"; compare 0'
check "with semicolons and decimal commas" eval 'results "$good"; tr "\t." ";," <r.tsv >t && mv t r.tsv; compare 0'
check "in UTF-16" eval 'results "$good"; iconv -f utf-8 -t utf-16 r.tsv >t && mv t r.tsv; compare 0'
refused() { results "$good$1"; refuses "$2" compare popularity --reference r.tsv:X; }
rows=$(($(printf "$good" | wc -l) + 2))
check "an empty model" refused '\tplain\t1\t0.5\n' "line $rows: the name of the model is empty"
check "an empty playlist" refused 'X\t\t1\t0.5\n' "line $rows: the name of the playlist is empty"
check "an invalid number" refused 'Y\tplain\t1\tnan\n' "line $rows: ndcg"
check "an invalid number of seeds" refused 'Y\tplain\t-1\t0.5\n' "line $rows: seeds"
check "a huge number of seeds" refused 'Y\tplain\t1e30\t0.5\n' "line $rows: seeds"
check "a truncated row" refused 'X\tplain\n' "line $rows"
check "results of playlists of any name" eval 'python3 -c "
import csv
rows = csv.DictReader(open(\"split.tsv\", newline=\"\"), delimiter=\"\t\")
out = csv.writer(open(\"r.tsv\", \"w\", newline=\"\"), delimiter=\"\t\")
out.writerow([\"model\", \"playlist\", \"seeds\", \"ndcg\"])
out.writerows([\"X\", row[\"playlist\"], row[\"seeds\"], 0.5] for row in rows if row[\"set\"] == \"test\")" && compare 0 && ! test -s err'
check "a column that occurs twice" eval 'printf "model\tplaylist\tseeds\tndcg\tNDCG\nX\tplain\t1\t0.5\t0.5\n" >r.tsv; refuses "two columns" compare popularity --reference r.tsv:X'
check "a run distinguishes similar names" eval 'gives 0 evaluate --model popularity --run run.txt && ! grep -qv "^[^ ]* Q0 [^ ]* [0-9]* [^ ]* popularity$" run.txt'

check "white space in names does not break the fields of a run" eval 'python3 - <<PY
import csv
out = csv.writer(open("wide.csv", "w", newline="", encoding="utf-8"))
out.writerow(["playlist", "track", "artist"])
for p in range(40):
    for t in range(25):
        out.writerow(["wide\u3000space\u00a0%d" % p, "Song\u2003%d" % ((p * 7 + t * 3) % 90), "Band\u2028x"])
PY
"$sleeve" -C wide.db import csv wide.csv -q && "$sleeve" -C wide.db split --test 4 --val 3 -q >check.log &&
    "$sleeve" -C wide.db train popularity -q && "$sleeve" -C wide.db evaluate --model popularity --run run.txt -q &&
    python3 -c "assert {len(line.split()) for line in open(\"run.txt\", encoding=\"utf-8\")} == {6}"'

# ---- labels ----
perl -e 'my $h = "{\x27descr\x27: \x27<f4\x27, \x27fortran_order\x27: False, \x27shape\x27: (60, 3), }"; $h .= " " x (117 - length $h) . "\n"; print "\x93NUMPY\x01\x00", pack("v", length $h), $h; print pack("f<", sin($_ * 12.9898) * 43758 - int(sin($_ * 12.9898) * 43758) + int($_ / 90) * 5) for 0 .. 179' >m.npy
map() { run tsne --input m.npy --iterations 20 --labels "$1" --out map.tsv; }
label() { cut -f3 map.tsv | sed -n 2p; }
for i in $(seq 60); do echo "caf$([ $((i % 2)) = 0 ] || echo é)"; done >utf8.txt
check "labels" eval 'map utf8.txt && [ "$(label)" = café ]'
for form in utf-16 windows-1252; do
    iconv -f utf-8 -t $form utf8.txt >form.txt
    check "labels in $form" eval 'map form.txt && [ "$(label)" = café ]'
done
check "labels with CR" eval 'tr "\n" "\r" <utf8.txt >form.txt; map form.txt && [ "$(label)" = café ]'
check "labels with gzip and CR LF" eval 'sed "s/$/\r/" utf8.txt | gzip >form.gz; map form.gz && [ "$(label)" = café ]'
check "labels with quotes are quoted in the map" eval '{ printf "\"open\n\"closed\"\n"; head -58 utf8.txt; } >form.txt; map form.txt && python3 -c "
import csv
rows = list(csv.reader(open(\"map.tsv\", newline=\"\", encoding=\"utf-8\"), delimiter=\"\t\"))
assert len(rows) == 61 and [row[2] for row in rows[1:3]] == [chr(34) + \"open\", chr(34) + \"closed\" + chr(34)], rows[:4]"'
check "too few labels" eval 'head -59 utf8.txt >bad.txt; refuses "59 labels" tsne --input m.npy --labels bad.txt --out x.tsv'
check "too many labels" eval '{ cat utf8.txt; echo more; } >bad.txt; refuses "line 61" tsne --input m.npy --labels bad.txt --out x.tsv'
check "a label with a NUL byte" eval '{ head -59 utf8.txt; printf "a\0b\n"; } >bad.txt; refuses "line 60" tsne --input m.npy --labels bad.txt --out x.tsv'
check "an endless label" eval '{ head -59 utf8.txt; head -c 5000 /dev/zero | tr "\0" x; } >bad.txt; refuses "line 60" tsne --input m.npy --labels bad.txt --out x.tsv'
check "labels in a pipe are refused" eval 'mkfifo labels; refuses "a pipe" tsne --input m.npy --labels labels --out x.tsv'

# ---- scripts ----
check "a script in UTF-16" eval 'printf "search song\nadd 1\n" | iconv -f utf-8 -t utf-16 >s.txt; gives 0 explore --script s.txt --dump - && grep -q Song out'
check "a script that is not text" eval 'printf "search\0song\n" >s.txt; refuses "line 1" explore --script s.txt --dump -'
check "a script from standard input" eval 'printf "search song\r\nadd 2\r\n" | timeout 60 "$sleeve" -C c.db explore --script - --dump - >out 2>err && grep -q Song out'
echo "1..$n"
