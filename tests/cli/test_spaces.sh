#!/usr/bin/env bash
# Ablations of feature sets, and sets that are fitted to a model's vectors, as a script runs them. Speaks TAP. usage: test_spaces.sh SLEEVE
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
python3 - "$work/covers" <<'PNG'
import os, random, struct, sys, zlib

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

os.makedirs(sys.argv[1])
with open(sys.argv[1] + "/map.csv", "w") as table:
    table.write("album;path\n")
    for album in range(60):
        rows = b"".join(b"\0" + random.Random(album * 40 + y).randbytes(32) for y in range(32))
        with open(f"{sys.argv[1]}/{album}.png", "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 0, 0, 0, 0)) +
                       chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
        table.write(f"album {album} / band {album % 30};{album}.png\n")
PNG
"$sleeve" -C "$db" covers add "$work/covers" --map "$work/covers/map.csv" -q >/dev/null 2>&1
"$sleeve" -C "$db" embed gray16 -q >/dev/null 2>&1
check "albums have covers" eval 'gives 0 -C "$db" features && prints "^gray16.albums.256.60 of 60"'

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

# ---- features fit
"$sleeve" -C "$db" train als --set factors=6 -q >/dev/null 2>&1
"$sleeve" -C "$db" train sknn -q >/dev/null 2>&1
fit="-C $db features fit gray16 --model als --name near --set validation=0.25 --set held_out=0.25"
check "features are fitted to a model's vectors" eval 'gives 0 $fit && prints "^median rank of" && prints "^overlap by cosine@10" && prints "^lambda"'
check "as JSON" eval 'gives 0 $fit --method network --set epochs=3 --json && prints "\"median_rank\":{\"value\":" && prints "\"chance\":" && prints "\"method\":\"network\""'
check "the new set is listed and says where it is from" eval 'gives 0 -C "$db" features && prints "^near.albums.6.60 of 60.fit of gray16 to als$" && gives 0 -C "$db" features show near && prints "^to the vectors of.als$" && prints "^method.network$"'
check "it has neighbours, and a model takes it" eval 'gives 0 -C "$db" neighbours --album "album 7 / band 7" --embedding near -n 3 && gives 0 -C "$db" train mf-pool --features near --set epochs=1 --set factors=4 -q'
check "a model without vectors is refused" eval 'gives 2 -C "$db" features fit gray16 --model sknn --name other && says "has no vectors of tracks"'
check "an unknown model, too" eval 'gives 1 -C "$db" features fit gray16 --model nobody --name other && says "no model \"nobody\""'
check "an extracted set is not overwritten" eval 'gives 2 -C "$db" features fit gray16 --model als --name gray16 && says "the set that .sleeve embed gray16. makes"'
check "a model and a name are required" eval 'gives 2 -C "$db" features fit gray16 --model als && says "needs --model"'
check "its options belong to no other action" eval 'gives 2 -C "$db" features show near --model als && says "it belongs to: fit"'
check "a stopped training continues to the same set" eval '
    slow="--method network --set layers=2 --set hidden=64 --set epochs=1500 --set patience=1500"
    gives 0 $fit $slow && cp "$work/c.data/embeddings/near.safetensors" "$work/whole" &&
    { "$sleeve" $fit $slow -q >/dev/null 2>&1 & pid=$!
      for i in $(seq 1000); do [ -e "$work/c.data/embeddings/near.fit.best" ] && break; sleep 0.01; done # after the first epoch
      kill -INT $pid; wait $pid; [ $? -eq 130 ]; } &&
    gives 0 $fit $slow --resume && cmp "$work/whole" "$work/c.data/embeddings/near.safetensors"'

echo "1..$n"
