#!/usr/bin/env bash
# Where a model fails and why, as a script reads it. Speaks TAP. usage: test_failures.sh SLEEVE
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

# 40 playlists of 25 tracks in two genres; playlist 3 holds songs of which the catalogue has the same under other ids.
{
    echo "track_id,track_name,track_artist,track_album_id,track_album_name,track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,duration_ms"
    for p in $(seq 40); do
        for t in $(seq 25); do
            s=$(((p * 7 + t * (1 + p % 5)) % 200))
            printf '%022d,Song %d,Band %d,%022d,Album %d,%d-02-03,"list, %d",%022d,%s,x,200000\n' \
                "$s" "$((s / 2))" "$((s / 2 % 30))" "$((s / 4))" "$((s / 4))" "$((1970 + s % 40))" "$p" "$p" \
                "$([ $((p % 2)) = 0 ] && echo rock || echo pop)"
        done
    done
} >"$work/songs.csv"
"$sleeve" -C "$db" import csv "$work/songs.csv" --preset spotify-songs -q >/dev/null
"$sleeve" -C "$db" split --test 8 --val 4 -q >/dev/null 2>&1
"$sleeve" -C "$db" train popularity --name pop -q 2>/dev/null
"$sleeve" -C "$db" train als --name als --set factors=4 -q 2>/dev/null

check "a model without an evaluation is refused with what to do" eval 'gives 1 -C "$db" failures --model als && says "run: sleeve evaluate --model als"'
"$sleeve" -C "$db" evaluate --model als,pop -q >/dev/null 2>&1
check "a model that does not exist" eval 'gives 1 -C "$db" failures --model nosuch && says "there is no model"'
check "failures needs a model" gives 2 -C "$db" failures
check "the worst playlists come first" eval 'gives 0 -C "$db" failures --model als && prints "^NDCG" && tail -n +2 "$work/out" | cut -f1 | sort -c -g && [ "$(tail -n +2 "$work/out" | wc -l)" = 8 ]'
check "it says that causes are not computed" says "causes were not computed yet"
check "the overview computes causes and names their conditions" eval 'gives 0 -C "$db" failures --model pop --causes && prints "cause:popular" && prints "genre=rock"'
check "after that the list has them" eval 'gives 0 -C "$db" failures --model pop && ! says "not computed" >/dev/null'
check "each bar counts what its condition finds" python3 - "$sleeve" "$db" <<'END'
import json, subprocess, sys
sleeve, db = sys.argv[1:]
def run(*arguments):
    return subprocess.run([sleeve, "-C", db, "failures", "--model", "als", "--json", *arguments], check=True, capture_output=True, text=True).stdout
overview = json.loads(run("--causes"))
assert overview["n_playlists"] == 8 and len(overview["groups"]) > 12
for group in overview["groups"]:
    lines = [json.loads(line) for line in run("--where", group["where"]).splitlines()]
    assert len(lines) == group["playlists"], group
    if lines:
        assert abs(sum(line["ndcg"] for line in lines) / len(lines) - group["ndcg"]["mean"]) < 1e-9, group
END
check "files hold the same as --json" python3 - "$sleeve" "$db" "$work" <<'END'
import csv, json, subprocess, sys
sleeve, db, work = sys.argv[1:]
command = [sleeve, "-C", db, "failures", "--model", "als", "--against", "pop", "--where", "!cause:none sort:artist"]
out = subprocess.run(command + ["--json"], check=True, capture_output=True, text=True).stdout
for name in ("f.csv", "f.jsonl"):
    subprocess.run(command + ["--out", f"{work}/{name}"], check=True, stderr=subprocess.DEVNULL)
assert open(f"{work}/f.jsonl").read() == out
rows, lines = list(csv.DictReader(open(f"{work}/f.csv", newline=""))), [json.loads(line) for line in out.splitlines()]
assert len(rows) == len(lines) > 0
for row, line in zip(rows, lines):
    assert row["name"] == line["name"] and row["playlist"] == line["playlist"] and row["genre"] == line["genre"]
    assert float(row["loss"]) == line["loss"] and abs(line["loss"] - (line["ndcg"] - line["other"])) < 1e-12
    assert float(row["causes.artist"]) == line["causes"]["artist"] and row["cause"] == line["cause"]
END
check "one playlist: every held-out track has a rank" python3 - "$sleeve" "$db" <<'END'
import json, subprocess, sys
sleeve, db = sys.argv[1:]
def run(*arguments):
    return subprocess.run([sleeve, "-C", db, "failures", "--model", "als", "--json", *arguments], check=True, capture_output=True, text=True).stdout
worst = json.loads(run("-n", "1"))
one = json.loads(run("--playlist", worst["playlist"], "--against", "pop"))
assert [model["model"] for model in one["models"]] == ["als", "pop"]
for model in one["models"]:
    ranks = [track["rank"] for track in model["held_out"]]
    assert len(set(ranks)) == len(ranks) == worst["held-out"] and min(ranks) >= 1 and max(ranks) <= 200
first = one["models"][0]
assert first["causes"] == worst["causes"] and first["ceiling"] == worst["ceiling"]
assert first["clicks"] == (min(track["rank"] for track in first["held_out"]) - 1) // 10
END
check "the same as text" eval 'worst=$("$sleeve" -C "$db" failures --model als -n 1 --json | sed "s/.*\"playlist\":\"\([^\"]*\)\".*/\1/"); gives 0 -C "$db" failures --model als --playlist "$worst" && prints "out of reach" && prints "^rank"'
check "a playlist that does not exist" eval 'gives 3 -C "$db" failures --model als --playlist nosuch && says "there is no playlist"'
for where in 'ndcg<' 'foo<3' 'cause:x' 'sort:' 'genre:' '!sort:ndcg'; do
    check "--where $where is refused" eval 'gives 2 -C "$db" failures --model als --where "$where" && says "^sleeve: --where: "'
done
check "--order is refused with its fault" eval 'gives 2 -C "$db" failures --model als --order foo && says "there is no field \"foo\""'
check "a file of another ending" eval 'gives 2 -C "$db" failures --model als --out "$work/x.txt" && says ".csv or .jsonl"'
check "two kinds of output at once" gives 2 -C "$db" failures --model als --causes --playlist x
# Killed at any time, the next run computes the rest and says the same.
"$sleeve" -C "$db" failures --model als --causes >"$work/whole" 2>/dev/null
"$sleeve" -C "$db" train als --name killed --set factors=4 -q 2>/dev/null
"$sleeve" -C "$db" evaluate --model killed -q >/dev/null 2>&1
for wait in 0.01 0.03 0.05 0.08; do
    timeout -s KILL "$wait" "$sleeve" -C "$db" failures --model killed --causes >/dev/null 2>&1
done
check "after kill -9 the rest is computed" eval 'gives 0 -C "$db" failures --model killed --causes && cmp "$work/out" "$work/whole" && gives 0 -C "$db" doctor'
check "a catalogue with impossible causes is listed" eval 'python3 -c "
import sqlite3, struct, sys
db = sqlite3.connect(sys.argv[1])
db.execute(\"UPDATE result_causes SET shares = ?\", (struct.pack(\"<20d\", *[float(\"nan\"), 1e308, -1e308, float(\"inf\")] * 5),))
db.commit()" "$db" && gives 0 -C "$db" failures --model als && gives 0 -C "$db" failures --model als --causes && gives 0 -C "$db" failures --model als --json'
# ---- a model that has seen the answers: marked, last, and warned of
"$sleeve" -C "$db" train popularity --name aaa --on train+val -q 2>/dev/null
check "evaluate marks it and lists it last" eval 'gives 0 -C "$db" evaluate --model aaa,pop --on val && prints "^aaa!" && [ "$(grep -n "^aaa!" "$work/out" | head -1 | cut -d: -f1)" -gt "$(grep -n "^pop " "$work/out" | head -1 | cut -d: -f1)" ]'
check "models list it last" eval 'gives 0 -C "$db" models && tail -1 "$work/out" | grep -q "^aaa.*seen the answers"'
check "failures warns of it" eval 'gives 0 -C "$db" failures --model aaa && says "aaa .*seen the answers"'
echo "1..$n"
