#!/usr/bin/env bash
# Ablations of feature sets as a script runs them. Speaks TAP. usage: test_spaces.sh SLEEVE
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

{
    echo playlist,pos,track,artist,album
    for p in $(seq 40); do
        for t in $(seq 25); do
            s=$(((p * 7 + t * (1 + p % 5)) % 150))
            echo "list $p,$t,Song $s,Band $((s % 30)),Album $((s % 60))"
        done
    done
} >"$work/songs.csv"
"$sleeve" -C "$db" import csv "$work/songs.csv" -q >/dev/null
"$sleeve" -C "$db" split --test 8 --val 8 -q >/dev/null 2>&1
"$sleeve" -C "$db" embed gray16 -q >/dev/null 2>&1

# ---- ablation
small="--models mf-pool --seeds 2 --set factors=4 --set iterations=1 --set epochs=1"
check "an ablation compares features, their control and none" eval 'gives 0 -C "$db" ablation --features gray16 $small --out "$work/a.tsv" && prints "^features - without.mf-pool.gray16.NDCG %" && prints "^features - permuted" && prints "^mf-pool.gray16 permuted"'
check "and leaves no model and no set" eval '[ -z "$("$sleeve" -C "$db" models | tail -n +2)" ] && [ "$("$sleeve" -C "$db" features | wc -l)" -eq 2 ]'
check "its table has a row for each metric and question" eval '[ "$(grep -c "	ndcg	" "$work/a.tsv")" -eq 3 ] && head -1 "$work/a.tsv" | grep -q "wilcoxon_p_holm.*difference_seed_2" && [ "$(awk -F"\t" "{ print NF }" "$work/a.tsv" | sort -u | wc -l)" -eq 1 ]'
check "a document has Markdown tables" eval 'gives 0 -C "$db" ablation --features gray16 $small --slices --on test --out "$work/a.md" && grep -q "^| mf-pool | gray16 permuted |" "$work/a.md" && grep -q "^## Differences by group" "$work/a.md"'
check "JSON has every part" eval 'gives 0 -C "$db" ablation --features gray16 $small --variant cover_width=3 --json && prints "\"question\":\"variant - plain\"" && prints "\"t_p_holm\":" && prints "\"by_seeds\":"'
check "an output of another kind is refused before any work" eval 'gives 2 -C "$db" ablation --features gray16 --out "$work/a.txt" && says "ends in .tsv or .md"'
check "features are required" eval 'gives 2 -C "$db" ablation && says "needs --features"'
check "and must exist" eval 'gives 1 -C "$db" ablation --features clip $small && says "no feature set clip"'
check "a model that is not trained is refused" eval 'gives 2 -C "$db" ablation --features gray16 --models mf-avg && says "0 epochs"'
check "kinds of models are checked" eval 'gives 2 -C "$db" ablation --features gray16 --models sknn && says "takes no feature sets"'

echo "1..$n"
