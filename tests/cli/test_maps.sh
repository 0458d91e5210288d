#!/usr/bin/env bash
# Maps of covers and what is made of their embeddings, as a script sees them. Speaks TAP. usage: test_maps.sh SLEEVE
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

is_json() { python3 -c 'import json, sys; json.load(sys.stdin, parse_constant=lambda name: 1 / 0)' <"$work/out"; }

# Thirty albums of three artists, the last without a cover; those of an artist have one hue. Album a1 and b1 have the same
# picture, a0 and b0 nearly the same.
python3 - "$work" <<'END'
import os, random, struct, sys, zlib
work = sys.argv[1]
os.makedirs(work + "/covers")
random.seed(3)

def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

def png(path, pixel):
    rows = b"".join(b"\0" + bytes(v for x in range(32) for v in pixel(x, y)) for y in range(32))
    open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)) +
                           chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

with open(work + "/albums.csv", "w") as table:
    table.write("playlist,pos,track,artist,album,album_id\n")
    for i in range(30):
        artist, at = "abc"[i // 10], i % 10
        for playlist in "PQ":
            table.write(f"{playlist},{i},t{i},Artist {artist},Album {artist}{at},{artist}{at}\n")
        if i == 29:
            continue
        shape = (at, 1, 5) if at < 2 and artist in "ab" else (at, i, 3 + i)
        grey = 6 if artist == "b" and at == 0 else 0
        bits = random.Random(repr(shape))
        blocks = [[bits.randrange(30, 220) for _ in range(4)] for _ in range(4)]
        tint = (0, 0, 0) if at < 2 and artist in "ab" else [(30, 0, 0), (0, 30, 0), (0, 0, 30)][i // 10]
        png(f"{work}/covers/{artist}{at}.png",
            lambda x, y: [blocks[y // 8][x // 8] + t + (grey if x < 8 else 0) for t in tint])
END
gives 0 -C "$db" import csv "$work/albums.csv" && gives 0 -C "$db" covers add "$work/covers" || cat "$work/err"

check "a map before any embedding says what to do" eval 'gives 1 -C "$db" tsne --out "$work/none.png" && says "sleeve embed"'
gives 0 -C "$db" embed gist -q && gives 0 -C "$db" embed gray16 -q
check "a figure of covers with its caption" eval 'gives 0 -C "$db" tsne --thumbnails --iterations 20 --out "$work/covers.svg" && grep -q "t-SNE of gist: 29 covers, perplexity .*seed 42" "$work/covers.svg" && grep -q "10 nearest of the same artist" "$work/covers.svg" && grep -q "data:image/jpeg;base64" "$work/covers.svg"'
check "two embeddings side by side" eval 'gives 0 -C "$db" tsne --embedding gist,gray16 --iterations 20 --out "$work/two.svg" && prints "gray16: KL divergence" && grep -q ">gray16</text>" "$work/two.svg"'
check "their figures as JSON and their points in a table" eval 'gives 0 -C "$db" tsne --embedding gist,gray16 --iterations 20 --json --out "$work/two.tsv" && is_json && prints "\"maps\":.*\"set\":\"gray16\"" && head -1 "$work/two.tsv" | grep -q "x2.*y2" && [ "$(wc -l <"$work/two.tsv")" -eq 30 ]'
check "three embeddings are wrong usage" gives 2 -C "$db" tsne --embedding gist,gray16,gist --out "$work/none.svg"
check "an embedding beside itself is wrong usage" eval 'gives 2 -C "$db" tsne --embedding gist,gist --out "$work/none.svg" && says different'
check "an embedding that does not exist" eval 'gives 1 -C "$db" tsne --embedding gist,none --out "$work/none.svg" && says none && [ ! -e "$work/none.svg" ]'
check "an empty name is wrong usage or a failure" eval '! gives 0 -C "$db" tsne --embedding gist, --out "$work/none.svg" && [ ! -e "$work/none.svg" ]'

check "twin covers are of different artists" eval 'gives 0 -C "$db" neighbours --twins --embedding gray16 -n 5 && [ "$(wc -l <"$work/out")" -eq 6 ] && sed -n 2p "$work/out" | grep -q "Album a0.*Album b0" && says "2 albums in 1 group"'
check "twin covers as JSON" eval 'gives 0 -C "$db" --json neighbours --twins --embedding gray16 -n 5 && is_json && prints "\"pairs\":\[{\"distance\":" && prints "\"identical\":\[\[{\"key\""'
check "equal covers are listed apart" eval 'gives 0 -C "$db" neighbours --identical --embedding gray16 && [ "$(wc -l <"$work/out")" -eq 3 ] && prints "^1.Album a1.Artist a.*a1$" && prints "^1.Album b1.Artist b.*b1$"'
check "twins of an album are wrong usage" gives 2 -C "$db" neighbours --twins --album a1
check "neighbours of nothing are wrong usage" gives 2 -C "$db" neighbours
check "twins of an unknown set" eval 'gives 1 -C "$db" neighbours --twins --embedding none && says none'

for order in map similarity colour random; do
    check "a contact sheet, order $order" eval 'gives 0 -C "$db" contact-sheet --order '$order' --out "$work/sheet.png" && prints "^n = 29, seed 42, 6 x 5" && [ -s "$work/sheet.png" ]'
    check "each cover is once in it" eval 'gives 0 -C "$db" --json contact-sheet --order '$order' --out "$work/sheet.svg" && is_json && [ "$(grep -o "\"key\":\"[a-c][0-9]\"" "$work/out" | sort -u | wc -l)" -eq 29 ] && [ "$(grep -o "\"row\":[0-9]*,\"column\":[0-9]*" "$work/out" | sort -u | wc -l)" -eq 29 ] && [ "$(grep -c "data:image/jpeg" "$work/sheet.svg")" -eq 29 ]'
done
check "a contact sheet has a caption" eval 'gives 0 -C "$db" contact-sheet -n 9 --seed 7 --out "$work/sheet.svg" && grep -q ">n = 9, seed 7, 3 x 3<" "$work/sheet.svg" && grep -q ">t-SNE of gist, perplexity .*KL divergence" "$work/sheet.svg"'
check "few covers are larger" eval 'grep -q "width=\"64.00\"" "$work/sheet.svg" && gives 0 -C "$db" contact-sheet -n 9 --edge 16 --out "$work/small.svg" && ! grep -q "width=\"64.00\"" "$work/small.svg"'
check "a contact sheet of the same seed is the same" eval '"$sleeve" -C "$db" -q contact-sheet -n 9 --seed 7 --out "$work/again.svg" && cmp "$work/sheet.svg" "$work/again.svg"'
check "an unknown order is wrong usage" eval 'gives 2 -C "$db" contact-sheet --order size --out "$work/none.png" && says similarity'
check "an embedding without a use is wrong usage" gives 2 -C "$db" contact-sheet --order colour --embedding gist --out "$work/none.png"
check "a contact sheet needs a figure" gives 2 -C "$db" contact-sheet --out "$work/none.tsv"
check "too many covers are wrong usage" gives 2 -C "$db" contact-sheet -n 2501 --out "$work/none.png"

printf 'playlist,track,artist,album,album_id\nP,a,Ann,First,a1\n' >"$work/bare.csv"
gives 0 -C "$work/bare.db" import csv "$work/bare.csv" && gives 0 -C "$work/bare.db" embed gist -q
check "a contact sheet without covers says what to do" eval 'gives 1 -C "$work/bare.db" contact-sheet --out "$work/none.png" && says "covers add"'
check "a map of albums without covers says what to do" eval 'gives 1 -C "$work/bare.db" tsne --out "$work/none.png" && says "covers add" && [ ! -e "$work/none.png" ]'

printf 'playlist,track,artist,album,album_id\nP,a,坂本龍一,First,a1\nP,b,Cesária Évora,Second,a2\n' >"$work/names.csv"
gives 0 -C "$work/names.db" import csv "$work/names.csv" && gives 0 -C "$work/names.db" covers add "$work/covers" && gives 0 -C "$work/names.db" embed gist -q
check "a name that a PNG cannot show is counted" eval 'gives 0 -C "$work/names.db" tsne --out "$work/names.png" && says "as boxes: 1;"'
check "an SVG has it" eval 'gives 0 -C "$work/names.db" tsne --out "$work/names.svg" && ! says boxes && grep -q 坂本龍一 "$work/names.svg"'

echo "1..$n"
