#!/usr/bin/env bash
# Wishes, re-rankings and sorted playlists, as a script uses them. Speaks TAP. usage: test_steer.sh SLEEVE
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
    echo playlist,pos,track,artist,album,seconds
    for p in $(seq 60); do
        for t in $(seq 25); do
            s=$(((p * 7 + t * (1 + p % 5)) % 150))
            echo "list $p,$t,Song $s,Band $((s % 12)),Album $((s % 40)),$((100 + s * s % 197))"
        done
    done
} >"$work/songs.csv"
"$sleeve" -C "$db" import csv "$work/songs.csv" -q >/dev/null
"$sleeve" -C "$db" split --test 10 --val 10 -q >/dev/null 2>&1
"$sleeve" -C "$db" train als --name als --set factors=8 --set iterations=2 -q >/dev/null 2>&1
"$sleeve" -C "$db" train popularity --name popularity -q >/dev/null 2>&1
"$sleeve" -C "$db" embed metadata -q >/dev/null 2>&1
list() { gives 0 -C "$db" --json recommend --model als --playlist "list 1" "$@"; }
# The sorted values of a key of the last run's JSON.
values() { python3 -c 'import json, sys; print(*sorted(row[sys.argv[2]] for row in json.load(open(sys.argv[1]))))' "$work/out" "$1"; }

# ---- never
check "a list has tracks of the artist" eval 'list -n 500 && prints "\"artist\":\"Band 3\""'
values key >"$work/all"
check "never is stored and printed" eval 'gives 0 -C "$db" --json steer never "band 3" --item artist && prints "\"wish\":\"never\",\"item\":\"artist\",\"key\":\"band 3\""'
check "the artist is left out from then on" eval 'list -n 500 && ! prints "\"artist\":\"Band 3\"" && says "left out as never"'
check "--all shows it again" eval 'list -n 500 --all && [ "$(values key)" = "$(cat "$work/all")" ]'
check "a list of ten has ten tracks without it" eval 'list -n 10 && [ "$(values rank | wc -w)" -eq 10 ] && ! prints "Band 3"'
check "a wish for a playlist is stronger" eval 'gives 0 -C "$db" steer more "Band 3" --item artist --playlist "list 1" && list -n 500 && prints "\"artist\":\"Band 3\""'
check "the list names both" eval 'gives 0 -C "$db" steer list && [ "$(grep -c "Band 3" "$work/out")" -eq 2 ]'
check "what is not there is bad data" eval 'gives 3 -C "$db" steer never "nobody at all" --item artist && gives 3 -C "$db" steer never nosong && gives 3 -C "$db" steer rm 1 77'
check "and nothing was removed" eval 'gives 0 -C "$db" steer list && [ "$(wc -l <"$work/out")" -eq 3 ]'
check "wrong usage" eval 'gives 2 -C "$db" steer never && gives 2 -C "$db" steer often x && gives 2 -C "$db" steer never x --item genre && gives 2 -C "$db" steer rm && gives 2 -C "$db" steer rm one'
check "wishes are removed" eval 'gives 0 -C "$db" steer rm 1 2 && gives 0 -C "$db" --json steer list && [ "$(cat "$work/out")" = "[]" ]'

# ---- re-rankings
check "strength 0 is the model's list" eval 'list && cp "$work/out" "$work/plain" && list --rerank new=0,artists=0 && cmp "$work/out" "$work/plain"'
check "re-rankings lose no track and keep scores" eval 'list && values key >"$work/a" && values score >"$work/s" && list --rerank artists=1,new=0.5,like=metadata:0.3,like=song:0.2,diversity=metadata:0.4,draw=3 && values key >"$work/b" && cmp "$work/a" "$work/b" && values score | cmp - "$work/s"'
check "a page has one track for each artist" eval 'list --rerank artists=1 --page 1 && [ "$(grep -o "\"artist\":\"[^\"]*\"" "$work/out" | sort | uniq -d | wc -l)" -eq 0 ]'
check "the same draw is the same list, another one is not" eval 'list --rerank draw=1 && cp "$work/out" "$work/one" && list --rerank draw=1 && cmp "$work/out" "$work/one" && list --rerank draw=2 && ! cmp -s "$work/out" "$work/one"'
check "wishes move what is wished" eval 'gives 0 -C "$db" steer more "Band 5" --item artist && list -n 1 --rerank wishes=1 && prints "\"artist\":\"Band 5\"" && gives 0 -C "$db" steer rm 1'
check "what cannot be computed is refused" eval 'gives 2 -C "$db" recommend --model als --playlist "list 1" --rerank newer=1 && says "there is no re-ranking" && gives 2 -C "$db" recommend --model als --playlist "list 1" --rerank new=2 && gives 1 -C "$db" recommend --model als --playlist "list 1" --rerank like=clip:0.5 && gives 2 -C "$db" recommend --model popularity --playlist "list 1" --rerank like=song:0.5'

# ---- evaluation
check "the model alone has the metrics of its evaluation" eval 'gives 0 -C "$db" --json evaluate --model als && cp "$work/out" "$work/e.json" && gives 0 -C "$db" --json evaluate --model als --rerank "artists=1;draw=1" --distance metadata && python3 -c "import json, sys; a = json.load(open(sys.argv[1]))[\"models\"][0][\"metrics\"]; b = json.load(open(sys.argv[2])); m = b[\"reranks\"][0][\"measures\"]; sys.exit(not (len(b[\"reranks\"]) == 2 and all(abs(a[k][\"mean\"] - m[k][\"alone\"]) < 1e-9 for k in (\"ndcg\", \"clicks\", \"r_precision\")) and m[\"artists_page\"][\"reranked\"] == 10))" "$work/e.json" "$work/out"'
check "strength 0 costs and brings nothing" eval 'gives 0 -C "$db" --json evaluate --model als --rerank "new=0" && python3 -c "import json, sys; sys.exit(any(m[\"difference\"] or m[\"ci95\"] for m in json.load(open(sys.argv[1]))[\"reranks\"][0][\"measures\"].values()))" "$work/out"'
gives 0 -C "$db" --json models show als >/dev/null; cp "$work/out" "$work/m.json"
check "nothing is stored" eval 'gives 0 -C "$db" evaluate --model als --rerank "new=1" && prints "^new=1.NDCG" && gives 0 -C "$db" --json models show als && cmp "$work/out" "$work/m.json"'
check "wrong evaluations" eval 'gives 2 -C "$db" evaluate --model als,popularity --rerank new=1 && gives 2 -C "$db" evaluate --model als --rerank wishes=1 && gives 2 -C "$db" evaluate --model als --rerank ";" && gives 2 -C "$db" evaluate --model als --rerank "new=1;x" && gives 2 -C "$db" evaluate --model als --distance metadata && gives 1 -C "$db" evaluate --model als --rerank new=1 --distance clip'

# ---- sorting
check "locked entries stay" eval 'gives 0 -C "$db" steer sort "list 2" --by path --set metadata --lock 3,7 && grep -qP "^3\t3\t" "$work/out" && grep -qP "^7\t7\t" "$work/out" && [ "$(cut -f2 "$work/out" | sort -n | tail -25 | uniq | wc -l)" -eq 25 ]'
check "a path is not longer than before" eval 'gives 0 -C "$db" --json steer sort "list 2" --by path --set metadata && python3 -c "import json, sys; d = json.load(open(sys.argv[1])); sys.exit(not 0 < d[\"length_after\"] <= d[\"length_before\"])" "$work/out"'
check "what is unknown is counted" eval 'gives 0 -C "$db" steer sort "list 2" --by tempo && says "nothing is known of 25"'
check "wrong sorts" eval 'gives 2 -C "$db" steer sort "list 2" --by mood && gives 2 -C "$db" steer sort "list 2" && gives 2 -C "$db" steer sort "list 2" --by year --lock 26 && gives 2 -C "$db" steer sort "list 2" --by year --set metadata && gives 3 -C "$db" steer sort nolist --by year && gives 2 -C "$db" steer sort "list 2" --by year --save'

# ---- each song once
{ # the songs 0 to 9 in ten playlists, and each again as a remaster; song 3 has a live version
    echo playlist,pos,track,artist,album
    for p in $(seq 10); do
        for t in $(seq 0 9); do
            echo "p $p,$t,Tune $t,Group $t,first"
            echo "p $p,$((t + 10)),Tune $t - 2011 Remaster,Group $t,again"
        done
        echo "p $p,20,Tune 3 - Live,Group 3,live"
    done
} >"$work/twice.csv"
"$sleeve" -C "$work/twice.db" import csv "$work/twice.csv" -q >/dev/null && "$sleeve" -C "$work/twice.db" train popularity --name pop -q >/dev/null 2>&1
once() { gives 0 -C "$work/twice.db" recommend --model pop --track "$first" "$@" --json; }
keys() { grep -o '"key":"[^"]*"' "$work/out"; }
first=$("$sleeve" -C "$work/twice.db" search "Tune 0" --json -n 1 2>/dev/null | sed 's/.*"key":"\([^"]*\)".*/\1/')
check "the model's list has songs twice" eval 'once && [ "$(keys | wc -l)" -eq 20 ]'
check "--once lists each song once, and none of a seed's" eval 'once --once && [ "$(keys | wc -l)" -eq 10 ] && prints "Tune 3 - Live" && ! prints "Tune 0" && says "10 tracks of a song that is already there are left out"'
check "a shorter list is its beginning" eval 'keys | head -4 >"$work/four" && once --once -n 4 && keys | cmp - "$work/four"'
check "--once and --all contradict each other" gives 2 -C "$work/twice.db" recommend --model pop --track "$first" --once --all

echo "1..$n"
