#!/usr/bin/env bash
# Recipes, as a script sees them. Speaks TAP. usage: test_recipes.sh SLEEVE
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

# Two genres of five playlists. Energy rises with the number of the song; every seventh song has none, every tenth no year.
{
    echo playlist,pos,track,artist,album,release_date,genre,energy,tempo
    for g in rock jazz; do
        for p in 1 2 3 4 5; do
            for t in $(seq 12); do
                s=$(((p * 5 + t * 3) % 60))
                energy=$(printf '0.%02d' $((20 + s))) year=$((1960 + s))
                [ $((s % 7)) -eq 0 ] && energy=
                [ $((s % 10)) -eq 0 ] && year=
                echo "$g $p,$t,$g song $s,Band $((s / 6)),$g album $s,$year,$g,$energy,$((90 + s))"
            done
        done
    done
    echo "old,0,Remember - 1999 Remaster,Band 1,Hits,1999,rock,0.5,100"
    echo "old,1,Remember,Band 1,First,1967,rock,0.5,100"
    echo "old,2,Anthem,Band 2,Greatest Hits,2005,rock,0.5,100"
} >"$work/songs.csv"
"$sleeve" -C "$db" import csv "$work/songs.csv" -q >/dev/null
"$sleeve" -C "$db" train popularity --name pop -q >/dev/null 2>&1
q() { gives "$1" -C "$db" recipe "${@:2}"; }
json() { # EXPRESSION : true for the last run's document j
    python3 -c 'import json,sys; j=json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$work/out" "$1" || { cat "$work/out"; return 1; }
}

check "make prints the form" eval 'q 0 make --playlist "rock 1" && prints "^genres	rock (1 of 1)	100 %, 12 of 12 tracks	used" && prints "^energy" && prints "^candidates"'
check "and saves it under the playlist's name" eval 'q 0 list && prints "^rock 1	"'
check "make under another name" eval 'q 0 make --playlist "rock 1" --name mine --json && json "j[\"name\"]==\"mine\" and j[\"counts\"][\"candidates\"]>0 and j[\"counts\"][\"in_playlist\"]==12"'
check "unknown values are counted" eval 'q 0 show mine --json && json "any(c[\"constraint\"]==\"energy\" and c[\"unknown\"]>0 for c in j[\"counts\"][\"constraints\"])"'
before=$(python3 -c 'import json; print(json.load(open("'"$work/out"'"))["counts"]["candidates"])')
check "and pass when they are to be kept" eval 'q 0 set mine energy=unknown=keep --json && json "j[\"counts\"][\"candidates\"]>'"$before"'"'
check "candidates keep to the constraints" eval 'q 0 set mine energy=0.3..0.4 energy=unknown=drop years=1970..1979 artists=drop tempo=drop && q 0 apply mine --json && json "j[\"list\"] and all(1970<=t[\"year\"]<=1979 and \"rock\" in t[\"title\"] for t in j[\"list\"])"'
check "an edit is refused where it makes no sense" eval 'q 2 set mine energy=loud && says "0.4..0.8, 1.5sd" && q 2 set mine nothing=1 && q 2 set mine years && q 2 set mine'
check "an edited recipe is not replaced" eval 'q 2 make --playlist "rock 1" --name mine && says "already another recipe \"mine\"; --force replaces it" && q 0 show mine --json && json "[c for c in j[\"recipe\"][\"attributes\"] if c[\"name\"]==\"energy\"][0][\"low\"]==0.3 if \"recipe\" in j else True" && q 0 make --playlist "rock 1" && q 2 make --playlist "rock 2" --name "rock 1" && q 0 make --playlist "rock 2" --name "rock 1" --force && q 0 make --playlist "rock 1" --force'
check "a locked constraint is not changed" eval 'q 0 set mine years=lock && q 2 set mine years=1970..1990 && says locked && q 0 set mine years=unlock'
check "text and JSON read back as the same" eval 'q 0 show mine --out "$work/a.json" && q 0 show mine --out "$work/a.txt" && q 0 show "$work/a.json" --out "$work/b.txt" && q 0 show "$work/a.txt" --out "$work/b.json" && cmp "$work/a.json" "$work/b.json" && cmp "$work/a.txt" "$work/b.txt"'
check "a file is applied" eval 'q 0 apply "$work/a.txt" --json && json "len(j[\"list\"])>0"'
check "a printed form is a recipe, too" eval 'q 0 show mine --json && cp "$work/out" "$work/c.json" && q 0 add "$work/c.json" --name copy && q 0 apply copy'
check "a new name keeps the other recipes" eval 'q 2 set mine name=copy limit=3 && says "already a recipe" && q 0 show copy --json && json "j[\"limit\"]!=3" && q 0 set mine name=third limit=3 && q 0 show third --json && json "j[\"limit\"]==3" && q 0 show mine --json && json "j[\"limit\"]!=3"'
check "a file that is no recipe" eval 'q 3 apply "$work/songs.csv" && says "not a recipe" && q 3 apply nowhere && says "neither a recipe nor a file" && q 3 show .'
check "when nothing is left, the reason is said" eval 'q 0 set mine energy=0.99..1 && q 0 apply mine && says "no track is left; without energy there would be"'
check "a model's suggestions are filtered" eval 'q 0 make --playlist "rock 1" --name wide && q 0 set wide energy=drop artists=drop years=drop tempo=drop && q 0 apply wide --model pop --json && json "0<j[\"pass\"]<j[\"suggestions\"] and len(j[\"list\"])==j[\"pass\"] and all(t[\"title\"].startswith((\"rock\",\"Rem\",\"Anth\")) for t in j[\"list\"])"'
check "doubtful years" eval 'q 0 years --json && json "{t[\"title\"]:(t[\"year\"],t[\"earliest\"],t[\"year_doubt\"]) for t in j[\"list\"]}=={\"Remember - 1999 Remaster\":(1999,1967,\"remaster, earlier decade\"),\"Anthem\":(2005,2005,\"compilation\")}"'
check "of a playlist" eval 'q 0 years --playlist "jazz 1" --json && json "j[\"flagged\"]==0 and j[\"tracks\"]==12"'
check "the earliest release may decide" eval 'q 0 set wide years=1960..1969 && q 0 apply wide --json && json "not any(\"Remaster\" in t[\"title\"] for t in j[\"list\"])" && q 0 set wide years=of=earliest && q 0 apply wide --json && json "any(\"Remaster\" in t[\"title\"] for t in j[\"list\"])"'
check "rm" eval 'q 0 rm mine && q 3 rm mine && says "no recipe" && q 3 show mine'
check "wrong usage" eval 'q 2 cook && q 2 make && q 2 show && q 2 rm && q 3 make --playlist nothing'
check "a playlist without attributes makes a recipe of what there is" eval 'printf "playlist,pos,track,artist\nx,0,A,B\nx,1,C,B\ny,0,D,B\n" >"$work/bare.csv" && gives 0 -C "$work/bare.db" import csv "$work/bare.csv" && gives 0 -C "$work/bare.db" recipe make --playlist x --json && json "j[\"genres\"][\"dropped\"] and j[\"years\"][\"dropped\"] and j[\"attributes\"]==[] and j[\"counts\"][\"candidates\"]==1"'
check "a catalogue that cannot be written" eval 'chmod 400 "$db" && { gives 1 -C "$db" recipe rm wide || [ "$(id -u)" -eq 0 ]; }; chmod 600 "$db"; true'

echo "1..$n"
