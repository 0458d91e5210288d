#!/usr/bin/env bash
# sleeve fitness: training, ranking, threads, wrong input. Speaks TAP.
# usage: test_fitness.sh SLEEVE
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

# Playlists whose songs have their own years and lengths.
songs() { # LIST FIRST LAST YEAR SECONDS
    for s in $(seq "$2" "$3"); do echo "$1,$s,Song $s,Band $s,Album $s,$(($5 + s % 5)),$(($4 + s % 3))"; done
}
{ echo playlist,pos,track,artist,album,seconds,year
  songs old 1 30 1970 120
  songs middle 31 60 1990 200
  songs new 61 90 2010 300
  songs few 91 94 2020 400; } >"$work/songs.csv"
"$sleeve" -C "$db" import csv "$work/songs.csv" -q >/dev/null
"$sleeve" -C "$db" embed metadata -q >/dev/null 2>&1

fitness() { gives "$1" -C "$db" fitness "${@:2}"; }
train() { fitness "$1" train --features metadata --set learning_rate=0.01 --set epochs=40 -q "${@:2}"; }
check "it learns three playlists" eval 'train 0 && prints "3 playlists" && prints "1 with too few songs" && prints "54 training, 18 validation, 18 test"'
check "the report has the shares of the test" eval 'fitness 0 show --json && python3 -c "
import json, sys
report = json.load(open(sys.argv[1]))
test = report[\"test\"]
assert test[\"model\"][\"top1\"][\"value\"] > 0.9, test
assert abs(test[\"chance\"][\"top1\"] - 1 / 3) < 1e-9 and test[\"chance\"][\"top5\"] == 1
assert len(report[\"per_class\"]) == 3 and len(report[\"curve\"]) == 40
" "$work/out"'
key=$(python3 -c "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(\"select key from tracks where title = 'Song 93'\").fetchone()[0])" "$db")
check "a song of no learned playlist is ranked" eval 'fitness 0 apply "$key" --top 1 && prints "1.new"'
check "JSON has the playlists of each song" eval 'fitness 0 apply "$key" "$key" --json && python3 -c "
import json, sys
songs = json.load(open(sys.argv[1]))
assert len(songs) == 2 and songs[0] == songs[1]
assert songs[0][\"playlists\"][0][\"name\"] == \"new\" and len(songs[0][\"playlists\"]) == 3, songs
assert all(0 < p[\"fitness\"] < 1 for p in songs[0][\"playlists\"])
" "$work/out"'
check "a feature set that is named twice is refused" eval 'train 2 --features metadata,metadata && says "metadata is named twice"'
check "unknown songs are named and left out" eval 'fitness 0 apply "$key" nothing.ogg --top 1 && says "nothing.ogg" && prints "1.new"'
check "none that can be used is an error" eval 'fitness 3 apply nothing.ogg && says "none of the 1 songs"'
check "a file that is not in the library is refused by a set" eval 'fitness 3 apply "$work/songs.csv" && says "not one of a network of music"'
"$sleeve" -C "$db" fitness train --features metadata --set epochs=10 -q --name one --threads 1 >/dev/null
"$sleeve" -C "$db" fitness train --features metadata --set epochs=10 -q --name two --threads 2 >/dev/null
check "cross-validation evaluates every song and makes no model" eval 'train 0 --folds 5 --name folded --json && python3 -c "
import json, sys
report = json.load(open(sys.argv[1]))
all_songs, test = report[\"cross_validation\"], report[\"of_test_songs\"]
assert all_songs[\"songs\"] == 90 and test[\"songs\"] == 18, report
assert all_songs[\"model\"][\"top1\"][\"value\"] > 0.9 and all_songs[\"logistic\"][\"top1\"][\"value\"] > 0.9
assert len(report[\"logistic_lambdas\"]) == 5 and sum(c[\"tested\"] for c in report[\"per_class\"]) == 90
assert all_songs[\"model_less_logistic\"][\"top1\"][\"low\"] <= 0 <= all_songs[\"model_less_logistic\"][\"top1\"][\"high\"]
" "$work/out" && fitness 2 show --name folded && train 2 --folds 2 && fitness 2 train --model cnn --folds 3'
# Only a head with loss=softmax has a discriminant.
has_linear() { head -c 4000 "$work/c.data/fitness/$1.safetensors" | grep -aq '"linear"'; }
check "the discriminant can be left out" eval 'train 0 --name alone --set discriminant=0 --set epochs=5 && ! has_linear alone && train 0 --name each --set loss=binary --set epochs=5 && ! has_linear each && train 0 --name both --set epochs=5 && has_linear both && for model in alone each both; do fitness 0 apply "$key" --name $model --top 1 && prints "1.new" && fitness 0 rm --name $model || exit 1; done'
check "threads change nothing" python3 -c '
import sys
one, two = (open(f"{sys.argv[1]}/c.data/fitness/{name}.safetensors", "rb").read() for name in ("one", "two"))
assert one.replace(b"\"one\"", b"\"two\"").replace(b"\\\"one\\\"", b"\\\"two\\\"") == two' "$work"
# A training whose files may have so many KiB: writes fail as on a full disk, or the process is killed by them.
cp "$work/c.data/fitness/two.safetensors" "$work/two"
stopped() { ([ "$2" = full ] && trap '' XFSZ; ulimit -c 0; ulimit -f "$1"; exec "$sleeve" -C "$db" fitness train --features metadata --set epochs=10 -q --name two) >/dev/null 2>&1; }
check "full disks and kills leave a whole model" eval '(for stop in "0 full" "2 kill" "6 full" "12 kill"; do stopped $stop; cmp "$work/two" "$work/c.data/fitness/two.safetensors" || exit 1; done) && fitness 0 show --name two'
check "models are listed and removed" eval 'fitness 0 && prints "^one.head.metadata.3$" && fitness 0 rm --name one && fitness 2 show --name one'
check "the training curve is a picture" eval 'fitness 0 show --plot "$work/curve.png" && head -c 4 "$work/curve.png" | grep -q PNG && fitness 2 show --plot "$work/curve.txt"'
check "accuracy against size is a picture" eval 'fitness 0 show --sizes "$work/sizes.png" && head -c 4 "$work/sizes.png" | grep -q PNG && fitness 0 show --sizes "$work/sizes.svg" && grep -q "Songs of the playlist" "$work/sizes.svg" && fitness 2 show --sizes "$work/sizes.txt"'

# Songs that are added later do not move earlier ones.
parts() { python3 -c "import sqlite3, sys; print(*sorted(sqlite3.connect(sys.argv[1]).execute('select track_id, part from fitness_parts')), sep='\n')" "$db"; }
parts >"$work/before"
{ echo playlist,pos,track,artist,album,seconds,year; songs late 101 130 1950 60; } >"$work/more.csv"
"$sleeve" -C "$db" import csv "$work/more.csv" -q >/dev/null
"$sleeve" -C "$db" embed metadata -q >/dev/null 2>&1
check "songs added later move no earlier one" eval 'train 0 && prints "4 playlists" && prints "72 training, 24 validation, 24 test" && parts >"$work/after" && [ -z "$(grep -vxFf "$work/after" "$work/before")" ]'

check "one playlist is not enough" eval 'train 3 --set max_classes=2 --set min_songs=31 && says "two playlists or more"'
check "no people's playlists" eval 'train 3 --classes own && says "playlists of people"'
check "no folders without files" eval 'train 3 --classes folders && says "no folders"'
check "unknown classes are refused" eval 'train 2 --classes genres && says "playlists, own, albums or folders"'
check "unknown sets are named" eval 'fitness 1 train --features nothing && says "nothing"'
check "the network needs spectrograms" eval 'fitness 1 train --model cnn && says "audio compute"'
check "a vector is no spectrogram" eval 'train 2 --model cnn && says "spectrogram"'
check "unknown settings are refused" eval 'train 2 --set speed=3'
check "there is nothing to resume" eval 'train 2 --resume && says "resume"'
printf x >"$work/c.data/fitness/fitness.safetensors"
check "a damaged model is refused" eval 'fitness 3 show'
check "an unknown model is named" eval 'fitness 2 apply "$key" --name other && says "other"'
echo "1..$n"
