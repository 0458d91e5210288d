#!/usr/bin/env bash
# Rating suggestions, as a script does it. Speaks TAP. usage: test_rate.sh SLEEVE
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state USER=ann
unset SLEEVE_CATALOGUE
n=0
db=$work/c.db

. "$here/check.sh"

{
    echo playlist,pos,track,artist
    for p in $(seq 12); do
        for t in $(seq 25); do
            echo "List $p,$t,Song $(((p * 5 + t) % 40)),Band $(((p * 5 + t) % 40 / 4))"
        done
    done
} >"$work/playlists.csv"
"$sleeve" -C "$db" import csv "$work/playlists.csv" -q >/dev/null
"$sleeve" -C "$db" train popularity --name pop -q >/dev/null 2>&1

rate() { # STATUS SONG RATING MORE...
    local wanted=$1 song=$2 rating=$3
    shift 3
    gives "$wanted" -C "$db" rate add --playlist "List 1" --track "song $song / band $((song / 4))" --rating "$rating" "$@"
}

check "without ratings the table says how to make some" eval 'gives 0 -C "$db" rate table && says "no ratings yet"'
check "a good rating" eval 'rate 0 31 good --model pop --rank 1 && prints "^good.Song 31.*pop.1.*ann"'
check "a bad one needs a reason" eval 'rate 2 32 bad --model pop && says "needs a reason"'
check "a bad one with a new reason" eval 'rate 0 32 bad --model pop --rank 2 --reason "1 = 2"'
check "a bad one because of wrong metadata" eval 'rate 0 33 bad --model pop --rank 3 --reason "wrong year"'
check "a reason of another kind" eval 'rate 0 34 bad --model pop --rank 4 --reason "not a song" --wrong-metadata'
check "rating again replaces" eval 'rate 0 31 borderline --model pop --rank 1 && says "this replaces"'
check "another rater" eval 'rate 0 31 good --model pop --rater "Bob B." && rate 0 32 good --model pop --rater "Bob B."'
check "a rating that does not exist" eval 'rate 2 31 fine && says "good, borderline or bad"'
check "a model that does not exist" eval 'rate 2 31 good --model none && says "no model"'
check "a playlist that does not exist" eval 'gives 3 -C "$db" rate add --playlist none --track x --rating good'
check "the table" eval 'gives 0 -C "$db" rate table && prints "^List 1	pop	33%	17%	50%	6	50%	25%	25%	4	2$" && prints "^Bob B.	ann	2	0%	0.00$"'
check "the table of one rater" eval 'gives 0 -C "$db" rate table --rater ann --json && prints "\"n\":4" && prints "\"agreement\":\[\]"'
check "the table as JSON" eval 'gives 0 -C "$db" rate table --json && python3 -c "
import json, sys
table = json.load(open(sys.argv[1]))
row = table[\"rows\"][0]
assert row[\"shares\"] == {\"good\": 2/6, \"borderline\": 1/6, \"bad\": 3/6, \"n\": 6}, row
assert row[\"without_wrong_metadata\"][\"n\"] == 4 and row[\"wrong_metadata\"] == 2
assert table[\"agreement\"][0][\"n\"] == 2 and table[\"agreement\"][0][\"kappa\"] == 0
assert [r[\"reason\"] for r in table[\"reasons\"] if not r[\"wrong_metadata\"]] == [\"1 = 2\"]" "$work/out"'
check "the list" eval 'gives 0 -C "$db" rate list --json --rater "Bob B." && prints "Song 32" && ! prints "Song 33" >/dev/null'
check "the reasons" eval 'gives 0 -C "$db" rate reasons && prints "^not a song	1	yes" && prints "^1 = 2	1	no" && prints "^wrong genre	0	yes"'
check "a reason that is given stays" eval 'gives 2 -C "$db" rate reasons rm "1 = 2" && says "only an unused one"'
check "an unused one goes" eval 'gives 0 -C "$db" rate reasons rm "wrong genre" && ! prints "wrong genre" >/dev/null'

check "bad ones are hidden from then on" eval 'gives 0 -C "$db" recommend --model pop --playlist "List 1" -n 40 && says "3 tracks of the model" && says "rated bad" && prints "Song 31" && ! prints "Song 33" >/dev/null'
check "but not with --all" eval 'gives 0 -C "$db" recommend --model pop --playlist "List 1" -n 40 --all && prints "Song 33"'
check "or somebody else looks" eval 'USER=bob gives 0 -C "$db" recommend --model pop --playlist "List 1" -n 40 && prints "Song 33"'
check "or for another playlist" eval 'gives 0 -C "$db" recommend --model pop --playlist "List 7" -n 40 && prints "Song 33"'

check "the file comes back" eval '
    gives 0 -C "$db" rate export "$work/ratings.csv" && prints "ratings	6" &&
    gives 0 -C "$db" rate import "$work/ratings.csv" && prints "unchanged	6" &&
    gives 0 -C "$db" rate list && cp "$work/out" "$work/before" &&
    gives 0 -C "$db" rate rm --playlist "List 1" --json && prints "\"removed\":6" &&
    gives 0 -C "$db" rate import "$work/ratings.csv" --json && prints "\"added\":6" &&
    gives 0 -C "$db" rate list && cmp "$work/out" "$work/before"'
check "to and from a pipe" eval '"$sleeve" -C "$db" rate export - >"$work/piped" && "$sleeve" -C "$db" rate import - <"$work/piped" >/dev/null && cmp "$work/piped" "$work/ratings.csv"'
check "a file of something else" gives 3 -C "$db" rate import "$work/playlists.csv"
check "no file" gives 3 -C "$db" rate import "$work/none.csv"
check "the catalogue is no place for a file" gives 2 -C "$db" rate export "$db"
check "nothing to remove" eval 'gives 1 -C "$db" rate rm --playlist "List 2" && gives 2 -C "$db" rate rm'

# The area by a popularity model, whose scores are the numbers of playlists, from all pairs of good and bad.
rate 0 20 good --model pop >/dev/null
rate 0 7 bad --model pop --reason loud >/dev/null
check "the area under the curve" eval 'gives 0 -C "$db" rate auc --model pop --out "$work/auc.png" --json && python3 -c "
import json, sys
counts = [sum(any((p * 5 + t) % 40 == s for t in range(1, 26)) for p in range(1, 13)) for s in range(40)]
good, bad = [20], [33, 34, 7]  # 31 is good and borderline, 32 is good and bad
wins = sum((counts[g] > counts[b]) + (counts[g] == counts[b]) / 2 for g in good for b in bad)
found = json.load(open(sys.argv[1]))
assert found[\"contested\"] == 1, found
pooled = found[\"scores\"][0]
good.append(31)
wins = sum((counts[g] > counts[b]) + (counts[g] == counts[b]) / 2 for g in good for b in bad)
assert pooled[\"good\"] == 2 and pooled[\"bad\"] == 3, pooled
assert abs(pooled[\"auc\"] - wins / 6) < 1e-9, (pooled, wins)" "$work/out" && head -c 8 "$work/auc.png" | grep -q PNG'
check "without wrong metadata" eval 'gives 0 -C "$db" rate auc --model pop --without-metadata --json && prints "\"bad\":1"'
check "areas by features" eval '"$sleeve" -C "$db" embed metadata -q >/dev/null 2>&1; gives 0 -C "$db" rate auc --features metadata --out "$work/auc.svg" && prints "metadata" && grep -q "random" "$work/auc.svg"'
check "a model learns from ratings" eval 'gives 0 -C "$db" train sknn --name rated --ratings && says "ratings of 1 playlist: 1 good added (1 were in), 1 bad taken out" && gives 0 -C "$db" models show rated && prints "bad_ratings" && gives 0 -C "$db" rate auc --model rated --json && says "trained on ratings" && prints "\"trained_on_ratings\":true"'
check "an ensemble does not" eval 'gives 2 -C "$db" train ensemble --members pop,rated --ratings && says "train its members"'
check "an area needs good and bad ones" eval 'gives 1 -C "$db" rate auc --model pop --playlist "List 2" && says "there are 0 and 0"'
check "an area of nothing" eval 'gives 2 -C "$db" rate auc && gives 1 -C "$db" rate auc --model none && gives 2 -C "$db" rate auc --model pop --out "$work/x.pdf" && gives 2 -C "$db" rate auc --model pop,,pop'

check "who rates" eval 'gives 0 -C "$db" rate rater && prints "^ann	.USER" && gives 0 -C "$db" rate rater "C.D." && prints "^C.D.	the setting" && rate 0 35 good && prints "C.D." && gives 0 -C "$db" rate rater "" && prints "^ann"'
check "an option of another verb is not passed over" eval 'gives 2 -C "$db" rate rm --playlist "List 1" --rating bad && says "does not take --rating" && gives 2 -C "$db" rate list --rank 1 && rate 2 35 good --wrong-metadata && says "give --reason" && gives 0 -C "$db" rate list && prints "Song 32"'
check "a wrong verb" eval 'gives 2 -C "$db" rate nothing && gives 2 -C "$db" rate && gives 2 -C "$db" rate import'
check "the catalogue is sound" eval 'gives 0 -C "$db" doctor --json'
echo "1..$n"
