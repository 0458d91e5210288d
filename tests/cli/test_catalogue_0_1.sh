#!/usr/bin/env bash
# A catalogue of version 0.1 opens and keeps all its contents. Speaks TAP.
# usage: test_catalogue_0_1.sh SLEEVE TESTS/DATA/CATALOGUE-0.1
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$1
old=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
unset SLEEVE_CATALOGUE
db=$work/catalogue.db
n=0

. "$here/check.sh"

run() { timeout 60 "$sleeve" -C "$db" "$@" </dev/null; }

# Each line of FILE, a table of 0.1, is printed by the command; columns that were added since may follow.
holds() { # FILE COMMAND...
    local file=$1
    shift
    run "$@" >"$work/now" || return 1
    python3 - "$file" "$work/now" <<'PY'
import sys
then, now = (open(path, encoding="utf-8").read().splitlines() for path in sys.argv[1:3])
missing = [line for line in then if not any(other == line or other.startswith(line + "\t") or other.startswith(line + ",") for other in now)]
print("\n".join(missing))
sys.exit(bool(missing) or len(then) != len(now))
PY
}

# The same tracks in the same order with the same scores (rank, score, title, key).
recommends() { # MODEL
    run recommend --model "$1" --playlist own:42 -n 5 >"$work/now" || return 1
    cut -f1-3,7 "$work/now" | diff <(cut -f1-3,7 "$old/expected/recommend-$1.tsv") -
}

query() { python3 -c 'import sqlite3, sys; print(*(row[0] for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])), sep="\n")' "$db" "$1"; }

python3 - "$db" "$old/catalogue.sql" <<'PY'
import sqlite3, sys
catalogue = sqlite3.connect(sys.argv[1])
catalogue.executescript(open(sys.argv[2], encoding="utf-8").read())
catalogue.executescript("PRAGMA user_version = 1; PRAGMA application_id = 1399617125; PRAGMA journal_mode = WAL;")
PY
cp -r "$old/catalogue.data" "$work/catalogue.data"
chmod -R u+w "$work/catalogue.data"

check "it opens and is intact" eval 'run doctor >"$work/doctor" && grep -q "sound: *\(true\|yes\)" "$work/doctor"'
check "all playlists" holds "$old/expected/playlists.tsv" playlists
check "the saved playlist" holds "$old/expected/own.csv" export csv own:42
check "playlists of tracks that shared a key" holds "$old/expected/odd.csv" export csv odd
check "the split" eval 'run split --export "$work/split.tsv" && cmp "$work/split.tsv" "$old/expected/split.tsv"'
for model in als sknn pool popularity; do
    check "$model recommends as before" recommends $model
done
check "the evaluation" test "$(query 'SELECT count(*) FROM results')" = 16
check "each of its metrics" test "$(query "SELECT count(*) || ' ' || printf('%.12f', sum(value)) FROM result_values WHERE metric = 'ndcg'")" = "16 10.697188072492"
check "the evaluation can be compared" eval 'run compare als popularity | grep -q "list 17"'
check "the covers" test "$(query 'SELECT count(*) FROM covers WHERE image IS NOT NULL')" = 4
check "the cover embeddings" eval 'run neighbours --embedding gray16 --album "$(query "SELECT key FROM albums WHERE id = (SELECT album_id FROM covers WHERE image IS NOT NULL)")" -n 3'
check "the covers are known as real ones, without colours" test "$(query 'SELECT count(*) || sum(stored) || count(colour) FROM cover_colours')" = 440
check "no cover was looked for on the network" test "$(query 'SELECT count(*) FROM cover_fetches')" = 0
cp -r "$work/catalogue.data" "$work/colours.data"
cp "$db" "$work/colours.db"
check "embed gives them their colours" eval '"$sleeve" -C "$work/colours.db" embed gray16 >"$work/out" 2>&1 && db=$work/colours.db && [ "$(query "SELECT count(colour) FROM cover_colours WHERE stored = 1")" = 4 ]'
db=$work/catalogue.db
check "old keys find their tracks" eval 'for key in "ma / zoe" "воина / zoe" "strasse / zoe"; do run show "$key" >/dev/null || exit 1; done'

printf 'quit\n' >"$work/quit"
check "the unsaved playlist and the search are restored" eval \
    'run explore --script "$work/quit" --size 120x36 --images none --dump "$work/screen" &&
     grep -q "Unsaved one" "$work/screen" && grep -q "song 3" "$work/screen"'

before=$(query 'SELECT count(*) FROM tracks')
check "importing the same file adds nothing" eval 'run import csv "$old/songs.csv"; [ "$(query "SELECT count(*) FROM tracks")" = "$before" ]'
sed 's/^list /again /;/^odd/d' "$old/songs.csv" >"$work/again.csv"
check "the same songs in other playlists add no tracks" eval \
    'run import csv "$work/again.csv" && [ "$(query "SELECT count(*) FROM tracks")" = "$before" ]'
check "models of version 0.1 still recommend" recommends als
echo "1..$n"
