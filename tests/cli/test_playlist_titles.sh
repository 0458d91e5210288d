#!/usr/bin/env bash
# Recommending by a playlist's title, as a script sees it. Speaks TAP. usage: test_playlist_titles.sh SLEEVE
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

# Playlists of four moods, ten of each; the tracks of a mood are in no playlist of another.
moods=("Rainy Day" "WORKOUT hits" "Été à Paris" "🔥")
{
    echo playlist,pos,track,artist,album
    for m in 0 1 2 3; do
        for p in $(seq 10); do
            for t in $(seq 25); do
                s=$((m * 100 + (p * 7 + t) % 40))
                echo "${moods[m]} $p,$t,Song $s,Band $((s / 5)),Album $((s / 5))"
            done
        done
    done
} >"$work/playlists.csv"
"$sleeve" -C "$db" import csv "$work/playlists.csv" -q >/dev/null
"$sleeve" -C "$db" split --test 4 --val 8 --seeds 0,1 -q >/dev/null 2>&1
for model in popularity title als; do
    "$sleeve" -C "$db" train "$model" --name "a-$model" -q >/dev/null 2>&1
done

all_of() { # MOOD : the ten tracks of the last run are of this mood
    perl -ne 'BEGIN { $m = shift @ARGV } while (/Song (\d+)/g) { $n++; $bad = 1 if int($1 / 100) != $m } END { exit !($n == 10 && !$bad) }' "$1" "$work/out" || { cat "$work/out"; return 1; }
}
by() { prints "\"answered_by\":\"$1\""; }

for model in title als; do
    check "$model answers a title alone" eval "gives 0 -C '$db' recommend --model a-$model --title 'rainy days!' -n 10 && all_of 0"
    check "$model needs no accents" eval "gives 0 -C '$db' recommend --model a-$model --title 'ete a paris' -n 10 && all_of 2"
    check "$model needs no whole words" eval "gives 0 -C '$db' recommend --model a-$model --title workouts2go -n 10 && all_of 1"
    check "$model knows an emoji" eval "gives 0 -C '$db' recommend --model a-$model --title 🔥🔥 -n 10 && all_of 3"
    check "$model says that the title answered" eval "gives 0 -C '$db' recommend --json --model a-$model --title 'rainy day' -n 10 && by title && prints '\"seeds\":0' && ! test -s '$work/err'"
done
track=$("$sleeve" -C "$db" recommend --json --model a-title --title workout -n 1 2>/dev/null | sed 's/.*"key":"\([^"]*\)".*/\1/')
check "a track and a title are joined" eval 'gives 0 -C "$db" recommend --json --model a-als --track "$track" --title workout -n 10 && all_of 1 && by "a-als + title" && prints "\"known_seeds\":1" && ! prints "\"key\":\"$track\"" >/dev/null'
check "a playlist and a title are joined" eval 'gives 0 -C "$db" recommend --json --model a-als --playlist "Rainy Day 1" --title "rainy day" -n 10 && all_of 0 && by "a-als + title"'
check "the title of a model of titles decides alone" eval 'gives 0 -C "$db" recommend --json --model a-title --track "$track" --title "rainy day" -n 10 && all_of 0 && by title'
check "without a title the model answers" eval 'gives 0 -C "$db" recommend --json --model a-als --track "$track" -n 10 && by a-als'
check "popularity ignores titles and says so" eval 'gives 0 -C "$db" recommend --json --model a-popularity --title workout -n 10 && by popularity && says "a-popularity ignores titles"'

# ---- titles that say nothing
check "a title unlike any other is answered by popularity" eval 'gives 0 -C "$db" recommend --json --model a-als --title qqqq -n 10 && by popularity && says "no training playlist of a-als has a title like this one"'
check "with a track, by the model" eval 'gives 0 -C "$db" recommend --json --model a-als --track "$track" --title qqqq -n 10 && by a-als && says "title like this one"'
check "an empty title is wrong usage" eval 'gives 2 -C "$db" recommend --model a-als --title "" && says "title is empty"'
check "neither seeds nor title is wrong usage" gives 2 -C "$db" recommend --model a-als
check "a playlist and a track are wrong usage" gives 2 -C "$db" recommend --model a-als --playlist "Rainy Day 1" --track "$track" --title workout
odd=("$(printf '%10000s' '' | tr ' ' r)" "$(printf 'workout %.0s' $(seq 1250))" "$(printf '\001\033[31m\007')" "$(printf '\377\376\303')" "🐹" "..." "' OR 1=1 --")
for i in "${!odd[@]}"; do
    check "odd title $i gives a list" eval 'gives 0 -C "$db" recommend --json --model a-als --title "${odd[i]}" -n 10 && prints "\"rank\":10"'
    check "odd title $i and a track, too" eval 'gives 0 -C "$db" recommend --json --model a-als --title "${odd[i]}" --track "$track" -n 10 && prints "\"rank\":10"'
done

# ---- evaluation
check "evaluate gives models the titles" eval 'gives 0 -C "$db" evaluate --json --on val --titles --model a-title && cp "$work/out" "$work/with"'
check "and only with --titles" eval 'gives 0 -C "$db" evaluate --json --on val --model a-title,a-popularity && cp "$work/out" "$work/without"'
ndcg() { perl -ne 'print $1 if /"ndcg":\{"mean":([0-9.e-]+)/' "$1"; }
check "and they help" perl -e 'exit !($ARGV[0] > 1.5 * $ARGV[1] && $ARGV[1] > 0)' "$(ndcg "$work/with")" "$(ndcg "$work/without")"

# ---- the index has only the playlists that the model was trained on
check "titles of held-out playlists are unknown" eval '
    { echo playlist,pos,track,artist,album; for t in $(seq 25); do echo "zzyzx,$t,Song $t,Band 1,"; done; } >"$work/more.csv"
    gives 0 -C "$db" import csv "$work/more.csv" && "$sleeve" -C "$db" split --export "$work/split.tsv" -q &&
    sed -i "s/^zzyzx\t.*/zzyzx\ttest\t0/" "$work/split.tsv" && gives 0 -C "$db" split --import "$work/split.tsv" &&
    gives 0 -C "$db" train title && gives 0 -C "$db" recommend --json --model title --title zzyzx && by popularity'

# ---- the factorised form
check "title takes factors" eval 'gives 0 -C "$db" train title --name f --set factors=8 && gives 0 -C "$db" recommend --model f --title "rainy day" -n 10 && all_of 0'
check "but not a negative number of them" gives 2 -C "$db" train title --set factors=-1
echo "1..$n"
