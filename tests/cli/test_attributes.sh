#!/usr/bin/env bash
# Attributes, as a script learns and uses them. Speaks TAP. usage: test_attributes.sh SLEEVE
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

# Energy and valence depend on loudness and tempo, by a little noise; energetic tracks are in metal playlists.
python3 - >"$work/songs.csv" <<'TABLE'
import random
random.seed(3)
print("track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,track_album_release_date,playlist_name,"
      "playlist_id,playlist_genre,playlist_subgenre,danceability,energy,key,loudness,mode,speechiness,acousticness,"
      "instrumentalness,liveness,valence,tempo,duration_ms")
for i in range(600):
    loud, fast, dance = random.random(), random.random(), random.random()
    energy = min(max(0.1 + 0.8 * loud + random.gauss(0, 0.03), 0), 1)
    valence = min(max(0.2 + 0.6 * fast * dance + random.gauss(0, 0.03), 0), 1)
    genre = "metal" if energy > 0.5 else "folk"
    print(f"t{i:021d},Song {i},Band {i % 90},50,a{i:021d},Album {i},2001-01-01,{genre} {i % 4},{genre}{i % 4:017d},{genre},{genre},"
          f"{dance:.4f},{energy:.4f},5,{-20 + 15 * loud:.3f},1,0.05,0.1,{0.9 if dance > 0.7 else 0.1},0.1,{valence:.4f},"
          f"{80 + 100 * fast:.2f},200000")
TABLE
"$sleeve" -C "$db" import csv "$work/songs.csv" --preset spotify-songs -q >/dev/null 2>&1
"$sleeve" -C "$db" embed audio -q >/dev/null 2>&1
small="--set epochs=12 --set dropout=0"
check "the catalogue has audio features" eval 'gives 0 -C "$db" features && prints "^audio.tracks.12.600 of 600"'

# ---- train
check "without labels and features the command says what it needs" eval 'gives 2 -C "$db" attributes train && says "needs --features"'
check "attributes are learned" eval 'gives 0 -C "$db" attributes train --features audio $small && prints "^energy.error < 0.25" && prints "^metal.recall" && prints "^vocalness.auc"'
check "columns that hold the target are left out" eval 'says "column energy of the features was left out" && says "column instrumentalness" && says "column valence" && gives 0 -C "$db" attributes show --json && prints "\"left_out\":\[\"energy\",\"instrumentalness\",\"valence\"\]"'
check "JSON has the intervals of network, baseline and difference" eval 'gives 0 -C "$db" attributes show --json && python3 -c "
import json, sys
report = json.load(open(sys.argv[1]))
rows = {r[\"name\"]: r for a in report[\"attributes\"] for r in a[\"results\"]}
assert set(rows) == {\"genre\", \"folk\", \"metal\", \"energy\", \"valence\", \"vocalness\"}, rows.keys()
for name, metric in ((\"energy\", \"r2\"), (\"genre\", \"auc\"), (\"vocalness\", \"f1\")):
    for side in (\"network\", \"baseline\", \"difference\"):
        e = rows[name][metric][side]
        assert e[\"low\"] <= e[\"value\"] <= e[\"high\"], (name, side, e)
assert rows[\"energy\"][\"r2\"][\"network\"][\"value\"] > 0.9, rows[\"energy\"]
assert rows[\"genre\"][\"auc\"][\"network\"][\"value\"] > 0.95
parts = {a[\"name\"]: (a[\"training\"], a[\"validation\"], a[\"test\"]) for a in report[\"attributes\"]}
assert all(sum(p) == 600 for p in parts.values()), parts
" "$work/out"'
check "and are the same when learned again, with one thread" eval 'cp "$db" "$work/d.db" && cp -r "$work/c.data" "$work/d.data" && gives 0 -C "$work/d.db" attributes train --features audio $small --threads 1 && cmp "$work/c.data/attributes/attributes.safetensors" "$work/d.data/attributes/attributes.safetensors"'
check "no unfinished file is left" eval '[ "$(ls "$work/c.data/attributes")" = attributes.safetensors ]'
# A training whose files may have so many KiB: writes fail as on a full disk, or the process is killed by them.
stopped() { ([ "$2" = full ] && trap '' XFSZ; ulimit -c 0; ulimit -f "$1"; exec "$sleeve" -C "$db" attributes train --features audio $small) >/dev/null 2>&1; }
check "full disks and kills leave a whole model" eval '(for stop in "0 full" "4 kill" "16 full" "48 kill"; do stopped $stop; cmp "$work/c.data/attributes/attributes.safetensors" "$work/d.data/attributes/attributes.safetensors" || exit 1; done) && gives 0 -C "$db" attributes show'
few="--attribute energy --attribute valence" # the networks for genre are the largest by far
killed() { # a training of attributes that is killed once the first is learned
    "$sleeve" -C "$work/d.db" attributes train --features audio --name killed $few --set epochs=40 -q >/dev/null 2>&1 &
    local process=$!
    for _ in $(seq 1200); do
        [ -e "$work/d.data/attributes/killed.energy.training" ] && break
        sleep 0.05
    done
    kill -9 $process
    ! wait $process 2>/dev/null
}
check "a training that was killed continues to the same model" eval 'killed && gives 0 -C "$work/d.db" attributes train --features audio --name killed $few --set epochs=40 --resume -q && cp "$work/d.data/attributes/killed.safetensors" "$work/resumed" && gives 0 -C "$work/d.db" attributes train --features audio --name killed $few --set epochs=40 -q && cmp "$work/resumed" "$work/d.data/attributes/killed.safetensors"'
check "then nothing is left to resume" eval '[ -z "$(find "$work/d.data/attributes" -name "*.training*")" ] && gives 2 -C "$work/d.db" attributes train --features audio --name killed --resume && says "no interrupted training of these attributes"'
check "a list names them" eval 'gives 0 -C "$db" attributes && prints "^attributes.genre, energy, valence, vocalness.audio"'
check "unknown actions, attributes and settings are refused" eval 'gives 2 -C "$db" attributes learn && gives 2 -C "$db" attributes train --features audio --attribute tempo && says "genre, energy, valence, vocalness or music" && gives 2 -C "$db" attributes train --features audio --set speed=1 && gives 2 -C "$db" attributes show --seed 1 && says "it belongs to: train"'
check "a feature set must exist" eval 'gives 1 -C "$db" attributes train --features clip && says "no feature set clip"'
check "features must be named" eval 'gives 2 -C "$db" attributes train --features , && says "not \",\""'
check "once" eval 'gives 2 -C "$db" attributes train --features audio,audio && says "names \"audio\" twice"'
check "means of artists and the words of names are features, too" eval 'gives 0 -C "$db" embed names && gives 0 -C "$db" attributes train --name means --features artists:audio,names --attribute valence --set epochs=2 && says "valence of the features was left out"'
check "genre is learned with the optimiser of the paper, too" eval 'gives 0 -C "$db" attributes train --name adagrad --features audio --attribute genre --set genre_optimiser=adagrad --set epochs=1 --set dropout=0 && prints "^metal.auc" && gives 2 -C "$db" attributes train --features audio --set genre_optimiser=sgd'
check "attributes that are not there are named" eval 'gives 2 -C "$db" attributes show nothing && says "no attributes \"nothing\""'

# ---- labels from a table
labels() { # ROWS... : a table of labels
    printf '%s\n' "$@" >"$work/labels.csv"
}
key() { printf 'spotify:track:t%021d' "$1"; }
check "a table needs a column of tracks" eval 'labels energy 0.5 && gives 3 -C "$db" attributes train --features audio --labels "$work/labels.csv" && says "no column \"track\"" && labels title,energy x,0.5 && gives 3 -C "$db" attributes train --features audio --labels "$work/labels.csv" && says "not both"'
check "and one of labels" eval 'labels track,mood x,1 && gives 3 -C "$db" attributes train --features audio --labels "$work/labels.csv" && says "none of the columns"'
check "unknown tracks are named" eval 'labels track,energy nobody,low && gives 3 -C "$db" attributes train --features audio --labels "$work/labels.csv" && says "line 2: there is no track \"nobody\""'
python3 - "$work" <<'LABELS'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/songs.csv")))
def write(name, header, values):
    with open(f"{sys.argv[1]}/{name}.csv", "w") as out:
        print("track," + header, file=out)
        for row in rows:
            print(row["track_id"] + "," + values(row), file=out)
bucket = lambda v: "low" if float(v) < 1/3 else "middle" if float(v) < 2/3 else "high"
write("buckets", "energy,genre", lambda r: bucket(r["energy"]) + "," + r["playlist_genre"] + ("; loud" if float(r["loudness"]) > -12 else ""))
write("constant", "energy", lambda r: "middle")
write("one_class", "vocalness", lambda r: "yes")
write("rare", "genre", lambda r: "all" + ("; rare" if r["track_name"] == "Song 7" else ""))
with open(sys.argv[1] + "/buckets.csv", "a") as out:
    print(rows[0]["track_id"] + ",high,metal\n" + rows[1]["track_id"] + ",very,", file=out)
LABELS
check "three buckets are learned, several genres a track" eval 'gives 0 -C "$db" attributes train --name buckets --features audio --labels "$work/buckets.csv" --set epochs=2 && prints "^loud.recall" && says "2 rows of labels were skipped" && says "is in an earlier line"'
python3 - "$work" <<'NAMES'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/songs.csv")))
with open(sys.argv[1] + "/named.csv", "w") as out, open(sys.argv[1] + "/keys.csv", "w") as keys:
    print("Title,artist,energy,music".lower(), file=out)
    print("track,energy,music", file=keys)
    for row in rows:
        music = "yes" if float(row["loudness"]) > -12 else "no"
        print(f'{row["track_name"].upper()},{row["track_artist"]},{row["energy"]},{music}', file=out)
        print(f'{row["track_id"]},{row["energy"]},{music}', file=keys)
    print("Song 7,Nobody,0.5,", file=out)
NAMES
check "a table names tracks by title and artist as well" eval 'for f in keys named; do gives 0 -C "$db" attributes train --name $f --features audio --labels "$work/$f.csv" $small || return 1; done && says "1 rows of labels were skipped" && says "no track \"Song 7\" by \"Nobody\"" && prints "^music.auc" && for f in keys named; do gives 0 -C "$db" attributes apply --name $f --into of.$f || return 1; gives 0 -C "$db" features show of.$f && sed "s/of.$f//" "$work/out" >"$work/shown.$f"; done && cmp "$work/c.data/embeddings/of.keys.safetensors" "$work/c.data/embeddings/of.named.safetensors" 2>/dev/null || diff <(grep mean "$work/shown.keys") <(grep mean "$work/shown.named")'
check "skipped rows are named where nothing is learned" eval 'sed "s/,middle/,50/; 2s/,50/,high/" "$work/constant.csv" >"$work/percent.csv" && gives 3 -C "$db" attributes train --features audio --labels "$work/percent.csv" && says "too few labelled tracks" && says "599 rows of labels were skipped; the first: line 3: energy is a number from 0 to 1"'
check "columns are named in any case, once" eval 'sed "1s/.*/ Track , ENERGY/" "$work/constant.csv" >"$work/case.csv" && gives 3 -C "$db" attributes train --features audio --labels "$work/case.csv" && says "all labels of energy are 0.5" && labels track,energy,Energy x,0,1 && gives 3 -C "$db" attributes train --features audio --labels "$work/labels.csv" && says "two columns \"energy\""'
check "labels that are all the same are refused" eval 'gives 3 -C "$db" attributes train --features audio --labels "$work/constant.csv" --attribute energy && says "all labels of energy are 0.5"'
check "so is one class" eval 'gives 3 -C "$db" attributes train --features audio --labels "$work/one_class.csv" && says "one class only"'
check "and genres that every or hardly any track has" eval 'gives 3 -C "$db" attributes train --features audio --labels "$work/rare.csv" --attribute genre && says "no genre is on enough"'
check "an attribute without labels is refused when it is asked for" eval 'gives 3 -C "$db" attributes train --features audio --labels "$work/constant.csv" --attribute valence && says "no track has a label of valence"'
check "without labels in the explorer it says so" eval 'gives 1 -C "$db" attributes train --features audio --labels explorer && says "labelled in the explorer"'
check "none of them changed what was learned before" eval 'cmp "$work/c.data/attributes/attributes.safetensors" "$work/d.data/attributes/attributes.safetensors"'
check "a full disk leaves the earlier model" eval '(ulimit -f 20; gives 1 -C "$db" attributes train --features audio --attribute valence $small) && cmp "$work/c.data/attributes/attributes.safetensors" "$work/d.data/attributes/attributes.safetensors"'
check "a cut file is refused" eval 'head -c 3000 "$work/d.data/attributes/attributes.safetensors" >"$work/d.data/attributes/cut.safetensors" && gives 3 -C "$work/d.db" attributes show cut && gives 3 -C "$work/d.db" attributes apply cut'

# ---- apply
check "apply writes predictions and logits of all tracks" eval 'gives 0 -C "$db" attributes apply && prints "5 attributes of 600 of 600 tracks" && gives 0 -C "$db" features show attributes && prints "^genre:metal.mean" && prints "^vocalness.mean" && gives 0 -C "$db" features && prints "^attributes.logits.tracks.5"'
check "or only of the artists of the test" eval 'gives 0 -C "$db" attributes apply --test-only --into unseen && prints "5 attributes of 126 of 600" && gives 0 -C "$db" space --genres --features unseen.logits && prints "126 tracks of 2 genres" && prints "^ .*metal (folk"'
"$sleeve" -C "$db" train als --set factors=4 --set regularization=0.1 -q >/dev/null 2>&1
check "genres by the vectors of a model" eval 'gives 0 -C "$db" space --genres --features model:als,audio && prints "^model:als: 600 tracks of 2 genres, 4 columns" && prints "paired t-test"'
"$sleeve" -C "$db" split --test 2 --val 1 -q >/dev/null 2>&1
"$sleeve" -C "$db" split --export "$work/split.tsv" -q
{ head -1 "$work/split.tsv"; for g in folk metal; do grep -m1 "$g" "$work/split.tsv" | cut -f1 | sed "s/\$/\ttest\t1/"; done; } >"$work/two.tsv"
"$sleeve" -C "$db" split --import "$work/two.tsv" -q >/dev/null 2>&1
check "genres of test playlists only" eval 'gives 0 -C "$db" space --genres --on test --features audio && prints "^audio: 143 tracks of 2 genres"'
check "a model knows only tracks that it was trained with" eval '"$sleeve" -C "$db" train als --set factors=4 --set regularization=0.1 -q >/dev/null 2>&1; gives 2 -C "$db" space --genres --on test --features model:als && says "in model:als"'
check "sets of playlists are for genres" eval 'gives 2 -C "$db" space --on test --features audio && says "goes with --genres" && gives 2 -C "$db" space --genres --on mine --features audio && says "all, train, val or test"'
check "a model that is not there" eval 'gives 1 -C "$db" space --genres --features model:none && says "no model \"none\""'
check "sets of others are not replaced" eval 'gives 2 -C "$db" attributes apply --into audio && says "cannot be the name"'
check "the attributes tell playlists apart" eval 'gives 0 -C "$db" space --features attributes.logits,audio && prints "paired t-test: t = "'
check "searches compare and sort by what is predicted" eval 'gives 0 -C "$db" search "vocalness>0.9 sort:-energy" -n 1 && prints "^Song" && gives 0 -C "$db" show "$(key 7)" && prints "attributes.energy .*; predicted: energy 0" && gives 2 -C "$db" search "sort:mood" && says "nothing is sorted by"'
python3 - "$work" <<'TILES'
import struct, sys
def npy(name, rows):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(f"{sys.argv[1]}/{name}.npy", "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + b"".join(struct.pack("<%df" % len(r), *r) for r in rows))
# The columns that are left: danceability, key, loudness, mode, speechiness, acousticness, liveness, tempo, time_signature.
row = lambda loud: [0.5, 5, loud, 1, 0.05, 0.1, 0.1, 120, float("nan")]
npy("tiles", [row(-18)] * 6 + [row(-6)] * 4 + [row(-18)] * 8)
npy("narrow", [[0.0] * 4] * 3)
TILES
check "an attribute over the time of a track" eval 'gives 0 -C "$db" attributes curve --tiles "$work/tiles.npy" --hop 5 --json && python3 -c "
import json, sys
curve = json.load(open(sys.argv[1]))
assert len(curve[\"segments\"]) == 9 and curve[\"segments\"][3] > curve[\"segments\"][0] + 0.4, curve
assert abs(curve[\"track\"] - sum(curve[\"segments\"][2:5]) / 3) < 1e-6 and 0 < curve[\"consistency\"] < 1, curve
" "$work/out"'
check "is drawn" eval 'gives 0 -C "$db" attributes curve --tiles "$work/tiles.npy" && prints "energy of the track 0" && prints "18 segments of ten seconds"'
check "and as a picture" eval 'gives 0 -C "$db" attributes curve --tiles "$work/tiles.npy" --plot "$work/curve.svg" && grep -q "energy of tiles.npy" "$work/curve.svg" && grep -q "moving average" "$work/curve.svg" && gives 0 -C "$db" attributes curve --tiles "$work/tiles.npy" --plot "$work/curve.png" && head -c 4 "$work/curve.png" | grep -q PNG && gives 2 -C "$db" attributes curve --tiles "$work/tiles.npy" --plot "$work/curve.gif" && says ".png or .svg"'
check "tiles of another width, and attributes that the model lacks, are refused" eval 'gives 3 -C "$db" attributes curve --tiles "$work/narrow.npy" && says "rows of 4 numbers" && gives 2 -C "$db" attributes curve --tiles "$work/tiles.npy" --attribute genre:jazz && says "no attribute \"genre:jazz\"" && gives 2 -C "$db" attributes curve && says "needs --audio FILE, or --tiles"'
check "attributes are removed" eval 'gives 0 -C "$db" attributes rm buckets && gives 2 -C "$db" attributes rm buckets'
echo "1..$n"
