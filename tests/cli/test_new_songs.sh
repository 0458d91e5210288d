#!/usr/bin/env bash
# sleeve content: a predictor is trained, applied and shown, new songs are suggested and marked, wrong usage. Speaks TAP.
# usage: test_new_songs.sh SLEEVE
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

# Short old songs and long new ones in playlists of their own; the last songs are in no playlist that is trained on.
python3 - "$work" <<'PYTHON'
import random, sys
draw = random.Random(3)
with open(f"{sys.argv[1]}/songs.csv", "w") as file:
    print("playlist,pos,track,artist,album,seconds,year", file=file)
    for p in range(60):
        for e in range(25):
            song = draw.randrange(0, 90) * 2 + p % 2
            print(f"list {p},{e},Song {song},Band {song},Album {song},{100 + 200 * (song % 2) + song % 7},"
                  f"{1970 + 40 * (song % 2) + song % 3}", file=file)
with open(f"{sys.argv[1]}/new.csv", "w") as file:
    print("playlist,pos,track,artist,album,seconds,year", file=file)
    for song in range(200, 216):
        print(f"later,{song},Song {song},Band {song},Album {song},{100 + 200 * (song % 2) + song % 7},"
              f"{1970 + 40 * (song % 2) + song % 3}", file=file)
PYTHON
"$sleeve" -C "$db" import csv "$work/songs.csv" -q >/dev/null
"$sleeve" -C "$db" split --test 6 --val 10 -q >/dev/null 2>&1
"$sleeve" -C "$db" train als --name als --set factors=4 --set iterations=3 --set regularization=0.5 -q >/dev/null 2>&1
"$sleeve" -C "$db" train sknn --name sknn -q >/dev/null 2>&1
"$sleeve" -C "$db" train ensemble --name both --members als,sknn --weights 1,1 -q >/dev/null 2>&1
"$sleeve" -C "$db" import csv "$work/new.csv" -q >/dev/null
"$sleeve" -C "$db" embed metadata -q >/dev/null 2>&1

content() { gives "$1" -C "$db" content "${@:2}"; }
recommended() { # CODE : Python about the rows for a song of the first kind
    gives 0 -C "$db" recommend --model als --track "Song 10 / Band 10" -n 60 --json && python3 -c "
import json, sys
rows = json.load(open(sys.argv[1]))
new = [row for row in rows if row.get('new')]
later = [row for row in rows if row['title'] in {f'Song {s}' for s in range(200, 216)}]
$1" "$work/out"
}
check "without predictor, no song is new" recommended 'assert rows and not new and not later'
check "a predictor is trained" eval 'content 0 train metadata --model als && prints "^gain" && prints "overlap by cosine@10" && says "content apply als"'
check "training changes no list" recommended 'assert not new'
check "it is applied" eval 'content 0 apply als --json && python3 -c "
import json, sys
applied = json.load(open(sys.argv[1]))
assert applied[\"new\"] >= 16 and applied[\"model\"] == \"als\"
" "$work/out"'
check "new songs of the seed's kind are suggested, marked, between the others" recommended '
assert later and all(row["new"] for row in later)
assert sum(int(row["title"].split()[1]) % 2 == 0 for row in later) >= 0.8 * len(later)
assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
assert not all(row.get("new") for row in rows[:8]) and not all(row.get("new") for row in rows)'
check "the table has a column for the mark" eval 'gives 0 -C "$db" recommend --model als --track "Song 10 / Band 10" -n 60 && head -1 "$work/out" | grep -q "	new	"'
seeded() { # MODEL, CODE : Python about the rows for two songs that were added after the training
    gives 0 -C "$db" recommend --model "$1" --track "Song 200 / Band 200" --track "Song 202 / Band 202" -n 40 --json && python3 -c "
import json, sys
rows = json.load(open(sys.argv[1]))
even = sum(int(row['title'].split()[1]) % 2 == 0 for row in rows[:20])
assert not {'Song 200', 'Song 202'} & {row['title'] for row in rows}
$2" "$work/out"
}
check "new songs alone are no seeds of their own accord" eval 'content 0 apply als --seeds beside && prints "^as seeds	beside" && seeded als "assert rows[0][\"answered_by\"] != \"als\" and rows[0][\"predicted_seeds\"] == 0"'
check "they are continued from their vectors" eval 'content 0 apply als --seeds always && seeded als "assert rows[0][\"answered_by\"] == \"als\" and rows[0][\"predicted_seeds\"] == 2 and even >= 17"'
check "an ensemble continues them by its member" seeded both 'assert rows[0]["answered_by"] == "both" and rows[0]["predicted_seeds"] == 2 and even >= 17 and any(row.get("new") for row in rows)'
check "its suggestion is explained" eval 'gives 0 -C "$db" explain --model both --track "Song 200 / Band 200" --suggestion "Song 204 / Band 204" && prints "vector is predicted"'
check "the ensemble is evaluated" gives 0 -C "$db" evaluate --model both --on val
check "a choice that is none" eval 'content 2 apply als --seeds sometimes && says "auto, always, beside or never"'
check "validation chooses" eval 'content 0 apply als && prints "NDCG on validation playlists"'
check "a new song is explained" eval 'gives 0 -C "$db" explain --model als --track "Song 10 / Band 10" --suggestion "Song 200 / Band 200"'
check "the evaluation runs with new songs" gives 0 -C "$db" evaluate --model als --on test
check "predictors are listed" eval 'content 0 show && prints "^als	als	metadata" && content 0 show als'
check "lists side by side, the true one first" eval 'content 0 compare "Song 10 / Band 10" --model als -n 5 && head -1 "$work/out" | grep -qx "rank	true	als\( (held out)\)\?" && prints "^true ones"'
check "a new song has no true list" eval 'content 0 compare "Song 200 / Band 200" --model als -n 5 && head -1 "$work/out" | grep -qx "rank	als"'
check "JSON has the lists" eval 'content 0 compare "Song 10 / Band 10" --model als --json && python3 -c "
import json, sys
lists = json.load(open(sys.argv[1]))[\"lists\"]
assert [l[\"name\"] for l in lists] == [\"true\", \"als\"] and all(len(l[\"tracks\"]) == 10 for l in lists)
" "$work/out"'
check "all lists as a table" eval 'content 0 compare "Song 10 / Band 10" --model als -n 4 --out "$work/lists.csv" && head -1 "$work/lists.csv" | grep -q "^playlist,pos,track,artist,album" && [ "$(wc -l <"$work/lists.csv")" = 9 ] && grep -q "^als,3," "$work/lists.csv"'
check "one list as a playlist" eval 'content 0 compare "Song 10 / Band 10" --model als -n 4 --out "$work/one.m3u8" --list als && grep -q "^#PLAYLIST:als" "$work/one.m3u8" && [ "$(grep -c "^#EXTINF" "$work/one.m3u8")" = 4 ]'
check "a list that is none" eval 'content 2 compare "Song 10 / Band 10" --model als --out "$work/x.csv" --list other && says "no list"'
check "the factors before and after scaling" eval 'content 0 show als --plot "$work/f.png" --figure factors && head -c 4 "$work/f.png" | grep -q PNG'
check "ridge regression has no curve" eval 'content 2 show als --plot "$work/f.png" && says "have a training curve"'
check "doctor names predictors and new songs" eval 'gives 0 -C "$db" doctor --json && python3 -c "
import json, sys
catalogue = json.load(open(sys.argv[1]))[\"catalogue\"]
assert catalogue[\"predictors\"] == {\"als\": \"ok\"} and catalogue[\"new_songs\"] == {\"als\": \"ok\"}
" "$work/out"'
check "no words" content 2
check "a word that is none" content 2 make metadata
check "train without model" eval 'content 2 train metadata && says "needs --model"'
check "train without set" content 2 train --model als
check "networks are listed with their parameters" eval 'content 0 networks && prints "^cnn	8566216" && prints "^bag	6401224"'
check "a network without spectrograms" eval 'content 1 train --network cnn --model als && says "audio compute --preset thesis"'
check "a network that is none" eval 'content 2 train --network none --model als && says "content networks"'
check "a length that is none" content 2 train --network cnn --seconds 7 --model als
check "a set and a network" content 2 train metadata --network cnn --model als
check "seconds without a network" content 2 train metadata --seconds 18 --model als
check "a method of a network" content 2 train --network cnn --method ridge --model als
check "a method that is none" content 2 train metadata --model als --method magic
check "an option of another word" content 2 apply als --model als
check "a predictor that does not exist" eval 'content 1 apply nothing && says "no predictor"'
check "the same for show" eval 'content 1 show nothing && says "no predictor"'
check "a song that does not exist" content 3 compare nothing --model als
check "a model that does not exist" content 1 compare "Song 10 / Band 10" --model nothing
check "a model without vectors" eval '"$sleeve" -C "$db" train popularity --name pop -q 2>/dev/null; content 2 train metadata --model pop && says "cannot be given vectors"'
check "doctor notices a model that was trained again" eval '"$sleeve" -C "$db" train als --name als --set factors=4 --seed 9 -q >/dev/null 2>&1; gives 0 -C "$db" doctor && prints "of an earlier training of als"'
check "when the model is removed, its new songs are, too" eval 'gives 0 -C "$db" models rm als && says "predictors als" && ! ls "$work"/c.data/content/als.safetensors 2>/dev/null'
check "doctor names a predictor without its model" eval 'gives 0 -C "$db" doctor && prints "its model als does not exist"'
check "a predictor is removed" eval 'content 0 rm als && content 0 show && ! grep -q "^als" "$work/out" && content 1 rm als'
echo "1..$n"
