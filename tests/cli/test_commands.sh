#!/usr/bin/env bash
# The program as a script sees it: exit statuses, what goes to stdout and stderr, JSON. Speaks TAP.
# usage: test_commands.sh SLEEVE ASSETS BUILD
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$1
assets=$2
build=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config-home
unset SLEEVE_CATALOGUE
n=0

. "$here/check.sh"

silent() { [ ! -s "$work/out" ] || { echo "stdout is not empty"; head -5 "$work/out"; return 1; }; }

# With Python, which meson brings along; Debian's smallest perl has no JSON. NaN and Infinity are not JSON.
is_json() {
    python3 -c 'import json, sys; json.loads(sys.stdin.buffer.read().decode(), parse_constant=lambda name: 1 / 0)' <"$work/out"
}

# A catalogue small enough for every build: 20 playlists of the bundled data.
zcat "$assets/spotify_songs.csv.gz" | head -1500 >"$work/songs.csv"
db=$work/small.db

check "version" gives 0 --version
check "help names every command" eval 'gives 0 help && prints explore && prints recommend && prints tsne'
help_fits() {
    local command
    for command in explore doctor import export covers embed features train evaluate compare ablation recommend tsne contact-sheet bench; do
        gives 0 help "$command" && ! grep -E "^.{121}" "$work/out" || return 1
        ! sed '/^$/q' "$work/out" | grep -E "^.{101}" || return 1
    done
}
check "help fits 120 columns" help_fits
check "help of one command" eval 'gives 0 help tsne && prints perplexity'
check "help of one word of a command" eval 'gives 0 help import library && prints "^library:" && gives 2 help import lib && says "sleeve help import" && gives 0 help models show && gives 2 help import csv x'
other_words() { # lines with an option that belongs to another first word
    local line
    while read -r line; do
        gives 2 -C "$db" $line && says "does not take --" || return 1
    done <<END
playlists merge a b --remove
playlists --into x
playlists history a -n 3
steer list --by year
steer never a --save
steer rm 1 --playlist a
recipe list --name x
recipe --model x
features show a --seed 1
covers status --limit 3
rate rm --rating bad
END
    gives 2 -C "$db" steer list --by year && says "it belongs to: sort; see: sleeve help steer"
}
check "an option of another word is refused" other_words
check "manual page" eval 'gives 0 help --manual && prints "^.TH SLEEVE"'
check "an unknown command is wrong usage" eval 'gives 2 frobnicate && silent && says "no command"'
check "an unknown option is wrong usage" eval 'gives 2 search --frobnicate x && silent && says "not an option"'
check "a missing value is wrong usage" eval 'gives 2 search x --limit && says "needs a value"'
check "a bad number is wrong usage" eval 'gives 2 -C "$db" search x --limit many && says "whole number"'
check "no command and no terminal is wrong usage" gives 2
check "no catalogue yet says what to do" eval 'gives 1 -C "$work/none.db" search x && says "sleeve demo"'
check "reading creates no catalogue" test ! -e "$work/none.db"
check "import csv" eval 'gives 0 -C "$db" import csv "$work/songs.csv" && prints "^playlists"'
check "import of a missing file is bad data" eval 'gives 3 -C "$db" import csv "$work/no.csv" && silent'
check "import of a foreign file is bad data" eval 'gives 3 -C "$db" import csv "$assets/README.md"'
check "import of an unknown format is wrong usage" eval 'gives 2 -C "$work/none.db" import ogg "$work/songs.csv" && says "known importers: .*csv" && [ ! -e "$work/none.db" ]'
for name in $("$sleeve" import none x 2>&1 | sed -n 's/.*known importers: //p' | tr -d ,); do
    check "importer $name is in the usage" eval 'gives 2 import '$name' && says "usage: sleeve import.* '$name' "'
    check "importer $name is in the help" eval 'gives 0 help import && prints "^'$name': "'
    check "importer $name reads a file" eval 'gives 3 -C "$db" import '$name' "$work/no.file" && says "no.file"'
done
for preset in $("$sleeve" import csv x --preset none 2>&1 | sed -n 's/.*--preset is \(.*\), not "none"/\1/p' | sed 's/,//g; s/ or / /'); do
    check "preset $preset is in the help" eval 'gives 0 help import && prints "^  --preset '$preset': "'
    check "preset $preset reads a file" eval 'gives 3 -C "$db" import csv "$work/no.csv" --preset '$preset' && says "no.csv"'
done
check "completions offer the importers" eval 'gives 0 help --completion bash && prints "mpd csv" && gives 0 help --completion fish && prints "mpd csv"'
check "a file that is not a catalogue is refused" eval 'gives 3 -C "$work/songs.csv" search x'
check "search" eval 'gives 0 -C "$db" search "memories" -n 5 && prints "Memories"'
check "search --json" eval 'gives 0 -C "$db" --json search love && is_json && prints "\"artist\""'
check "a search without a match succeeds" eval 'gives 0 -C "$db" search zzzzqqqq && says "no track"'
check "covers are found by words only with a set of CLIP" eval 'gives 1 -C "$db" search --cover "a circle" && says "no set clip" && says "embed clip"'
check "options of --cover need it" eval 'gives 2 -C "$db" search x --weights y && says "belongs to --cover" && gives 2 -C "$db" search x --cover --albums'
key=$("$sleeve" -C "$db" search memories -n 1 2>/dev/null | tail -1 | cut -f5)
check "show a track" eval 'gives 0 -C "$db" show "$key" && prints "^album key"'
check "show of an unknown key is bad data" eval 'gives 3 -C "$db" show nokey && says nokey'
album=$("$sleeve" -C "$db" show "$key" 2>/dev/null | sed -n 's/^album key\t//p')
check "show an album" eval 'gives 0 -C "$db" show "$album" && prints "emories"'
check "playlists" eval 'gives 0 -C "$db" playlists && prints "^key"'

# More playlists than are read at a time, none missing or listed twice, whatever the limit.
{ echo playlist,pos,track,artist; for i in $(seq 1 3500); do echo "p$i,1,t$((i % 7)),a"; done; } >"$work/many.csv"
lists() { # LIMIT : 1..LIMIT distinct keys
    gives 0 -C "$work/many.db" playlists -n "$1" && [ "$(sed 1d "$work/out" | cut -f1 | sort -u | wc -l)" -eq "$1" ] &&
        [ "$(wc -l <"$work/out")" -eq $(($1 + 1)) ]
}
check "many playlists" eval 'gives 0 -C "$work/many.db" import csv "$work/many.csv" --preset playlists && lists 999 && lists 1000 && lists 1001 && lists 3000 && lists 3001 && lists 3500'
check "many playlists as JSON" eval 'gives 0 -C "$work/many.db" --json playlists && is_json && [ "$(grep -o "\"own\"" "$work/out" | wc -l)" -eq 3500 ]'
playlist=$("$sleeve" -C "$db" playlists 2>/dev/null | sed -n 2p | cut -f1)
for format in $("$sleeve" export none x 2>&1 | sed -n 's/.*export writes \(.*\), not "none"/\1/p' | sed 's/,//g; s/ or / /'); do
    check "exporter $format is in the usage" eval 'gives 0 help export && prints "[ |]'$format'[ |]*"'
    check "exporter $format is in the help" eval 'gives 0 help export && prints "^'$format' .*("'
    grep -q "^$format PLAYLIST" "$work/out" || continue # others: test_interchange
    check "export $format needs a playlist" eval 'gives 2 export '$format' && says "usage: sleeve export '$format'"'
    check "export $format" eval 'gives 0 -C "$db" export '$format' "$playlist" && test "$(wc -l <"$work/out")" -gt 10'
done
check "export of an unknown format" gives 2 -C "$db" export mp3 "$playlist"
check "export of an unknown playlist" gives 3 -C "$db" export csv nobody
check "covers status" eval 'gives 0 -C "$db" covers status && prints "not looked for"'
check "covers add of a missing folder" eval 'gives 1 -C "$db" covers add "$work/nowhere" && silent && says nowhere'

# Covers of a catalogue of three albums.
pictures=$(dirname "$0")/../fuzz/corpus/image
covers=$work/covers.db
printf 'playlist,pos,track,artist,album,album_id\nP,1,a,Ann,First,a1\nP,2,b,Ann,Second,a2\nP,3,c,Köln,Döner,\n' >"$work/albums.csv"
gives 0 -C "$covers" import csv "$work/albums.csv"
mkdir -p "$work/img/Ann/Second" "$work/img/none" "$work/other"
cp "$pictures/rgb.png" "$work/img/Ann/Second/cover.png"
cp "$pictures/baseline.jpg" "$work/img/a1.jpe"
cp "$pictures/rgb.png" "$work/img/$(printf 'Ko\xcc\x88ln - Do\xcc\x88ner.PNG')"
check "covers add searches folders" eval 'gives 0 -C "$covers" covers add "$work/img" && prints "^added.3" && [ ! -s "$work/err" ]'
check "covers add again changes nothing" eval 'gives 0 -C "$covers" covers add "$work/img" && prints "^added.0" && prints "^unchanged.3"'
check "covers add --json" eval 'gives 0 --json -C "$covers" covers add "$work/img" && is_json && prints "\"unchanged\":3"'
check "covers add -q prints nothing" eval 'gives 0 -q -C "$covers" covers add "$work/img" && silent'
cp "$pictures/rgb.png" "$work/img/a1.png"
cp "$pictures/rgb.png" "$work/img/unknown.png"
head -c 300 "$pictures/baseline.jpg" >"$work/img/a2.jpg"
echo x >"$work/img/notes.txt"
check "covers add lists the images that it does not use" eval 'gives 0 -C "$covers" covers add "$work/img" && says "a1.png: not used" &&
    says "unknown.png: the catalogue has no such album" && says "a2.jpg cannot be decoded: it is cut off" && says notes.txt && prints "^bad.1" &&
    prints "^unmatched.1" && prints "^duplicates.1" && prints "^other_files.1" && prints "^unchanged.3"'
check "covers add of a folder without images is bad data" eval 'gives 3 -C "$covers" covers add "$work/img/none" && says "no PNG, JPEG or WebP"'
cp "$pictures/rgb.png" "$work/other/somebody.png"
check "covers add of no known album is bad data" eval 'gives 3 -C "$covers" covers add "$work/other" && says "match no album"'
rm "$work/other/somebody.png"
mkfifo "$work/other/a1.jpg"
check "covers add does not wait for a pipe" eval 'timeout 20 "$sleeve" -C "$covers" covers add "$work/other" </dev/null >"$work/out" 2>"$work/err"; [ $? -eq 3 ] && says "a pipe"'
check "embed does not wait for a pipe" eval 'timeout 20 "$sleeve" embed gist --image "$work/other/a1.jpg" </dev/null 2>"$work/err"; [ $? -eq 3 ] && says "a pipe"'
printf 'album;path\na1;unknown.png\nA2;unknown.png\nnobody;unknown.png\n' >"$work/map.csv"
check "covers add --map" eval 'gives 0 -C "$covers" covers add "$work/img" --map "$work/map.csv" && prints "^added.[12]" && says "line 4: the catalogue has no album nobody" && says "covers status --missing"'
printf 'path\tkey\nunknown.png\ta1\na1.png\ta1\nnone.png\ta2\nnotes.txt\ta2\n' >"$work/map.tsv"
check "covers add names each line of a map that it does not use, and why" eval 'gives 0 -C "$covers" covers add "$work/img" --map "$work/map.tsv" &&
    says "map.tsv, line 3: .*a1.png is not used, because line 2 is for the same album" && says "map.tsv, line 4: .*none.png.*No such file" &&
    says "map.tsv, line 5: .*notes.txt is not a PNG" && prints "^bad.2" && prints "^duplicates.1"'
mkdir -p "$work/deep/one/two" "$work/deep/three"
for i in 1 2 3 4 5 6 7; do cp "$pictures/rgb.png" "$work/deep/three/x$i.png"; done
check "covers add of folders in folders counts and says what to do" eval 'gives 3 -C "$covers" covers add "$work/deep" && prints "^images.7" && prints "^folders.4" &&
    prints "^unmatched.7" && says "x5.png" && says "and 2 more images of no album" && says "images that match no album: 7" && says "covers status --missing"'
check "search --albums" eval 'gives 0 -C "$covers" search --albums DONER koln && [ "$(wc -l <"$work/out")" -eq 2 ] && prints "^Döner.Köln" && gives 0 -C "$covers" --json search --albums ann && is_json && prints "\"key\":\"a2\""'
check "covers status --missing of a catalogue with all covers" eval 'gives 0 -C "$covers" covers status --missing && [ "$(wc -l <"$work/out")" -eq 1 ] && says "every album has a cover"'
printf 'playlist,track,artist,album,album_id\nP,a,Ann,First,a1\nP,b,Ann,Second,a2\n' >"$work/two.csv"
mkdir "$work/one"
cp "$pictures/rgb.png" "$work/one/a1.png"
gives 0 -C "$work/two.db" import csv "$work/two.csv" && gives 0 -C "$work/two.db" covers add "$work/one" && gives 0 -C "$work/two.db" embed gist
check "covers status --missing is a map once it has paths" eval 'cp -r "$work/two.db" "$work/three.db" && gives 0 -C "$work/three.db" covers status --missing && prints "^Second.Ann.*not looked for.a2$" &&
    sed "1s/$/\tpath/; 2s/$/\ta1.png/" "$work/out" >"$work/missing.tsv" && gives 0 -C "$work/three.db" covers add "$work/one" --map "$work/missing.tsv" && prints "^added.1" &&
    gives 0 -C "$work/three.db" --json covers status --missing && [ "$(cat "$work/out")" = "[]" ]'
check "embed of what no track has" eval 'gives 0 -C "$work/two.db" embed audio && says "none of the 2 tracks"'
check "neighbours of the only cover" eval 'gives 0 -C "$work/two.db" neighbours --album a1 && says "no other album has a cover" && [ "$(wc -l <"$work/out")" -eq 1 ]'
check "neighbours of an album without a cover" eval 'gives 1 -C "$work/two.db" neighbours --album a2 && says "this album has no cover"'
check "covers add --map of a missing map is bad data" eval 'gives 3 -C "$covers" covers add "$work/img" --map "$work/no.csv" && says no.csv'
check "train popularity" gives 0 -C "$db" train popularity
for model in als mf-avg; do
    check "train $model" gives 0 -C "$db" train $model --set factors=16
done
check "train of an unknown kind of model" eval 'gives 2 -C "$db" train oracle && says oracle'
check "train with an unknown setting" eval 'gives 2 -C "$db" train als --set colour=red && says colour'
check "train with a bad value" eval 'gives 2 -C "$db" train als --set factors=none && says factors'
check "features of tracks and albums" eval 'gives 0 -C "$db" embed audio -q && gives 0 -C "$db" embed metadata -q && gives 0 -C "$db" embed gray16 -q && gives 0 -C "$db" features && prints "^audio.tracks.12.*audio$" && prints "^gray16.albums.256.*gray16$"'
check "features --json" eval 'gives 0 -C "$db" features --json && is_json && prints "\"item\":\"tracks\""'
check "features show lists constant columns" eval 'gives 0 -C "$db" features show audio && prints "^constant or unknown columns.1 (time_signature)"'
check "features show --json" eval 'gives 0 -C "$db" features show metadata --json && is_json && prints "\"name\":\"year\""'
check "features show of an unknown set" eval 'gives 1 -C "$db" features show nothing && says "no feature set nothing" && ! says "embed nothing" && gives 2 -C "$db" features rm nothing && gives 2 -C "$db" features make audio'
check "train with two feature sets" eval 'gives 0 -C "$db" train mf-avg --name joined --features audio --covers gray16 --set factors=16 --set cover_width=8 && says time_signature && gives 0 -C "$db" models && prints "^joined.mf-avg.audio,gray16"'
check "a score has a part for each set" eval 'gives 0 -C "$db" recommend --json --model joined --track "$key" -n 3 && prints "\"parts\":{\"song\":[-0-9.e]*,\"audio\":[-0-9.e]*,\"gray16\":[-0-9.e]*}"'
check "a set that is named twice" eval 'gives 2 -C "$db" train mf-avg --name twice --features gray16 --covers gray16 && says "named twice"'
check "a set of tracks is no set of covers" eval 'gives 2 -C "$db" train mf-avg --name tracks --covers audio && says "of tracks" && gives 1 -C "$db" models show tracks'
check "a model that takes no feature sets says so before the set is read" eval 'gives 2 -C "$db" train als --features nothing && says "takes no feature sets"'
check "a set of tracks has no covers to compare" eval 'gives 2 -C "$db" tsne --embedding audio --out "$work/x.png" && says "of tracks"'
check "features rm" eval 'gives 0 -C "$db" features rm metadata && gives 0 -C "$db" features && ! prints metadata && gives 0 -C "$db" features rm audio && gives 0 -C "$db" recommend --model joined --track "$key" -n 3 && gives 0 -C "$db" models rm joined && gives 0 -C "$db" features rm gray16'
check "models" eval 'gives 0 -C "$db" models && prints mf-avg'
check "models --json" eval 'gives 0 -C "$db" models --json && is_json'
check "models show" eval 'gives 0 -C "$db" models show als && prints fingerprint'
check "recommend for a playlist" eval 'gives 0 -C "$db" recommend --model als --playlist "$playlist" -n 30 && test "$(wc -l <"$work/out")" -eq 31'
check "recommend --json" eval 'gives 0 -C "$db" recommend --json --model mf-avg --track "$key" -n 7 && is_json && prints "\"rank\":7"'
check "recommend leaves the seeds out" eval 'gives 0 -C "$db" recommend --json --model mf-avg --track "$key" && ! prints "\"key\":\"$key\"" >/dev/null'
check "recommend page 2" eval 'gives 0 -C "$db" recommend --model als --track "$key" --page 2 && prints "^11"'
check "recommend by an unknown model" eval 'gives 1 -C "$db" recommend --model nobody --track "$key" && says nobody'
check "recommend for an unknown track" gives 3 -C "$db" recommend --model als --track nobody
check "recommend without seeds is wrong usage" gives 2 -C "$db" recommend --model als
cp -r "$work" "$work.cut" && truncate -s 1000 "$work.cut/small.data/models/als.safetensors"
check "a truncated model file is refused" eval 'gives 3 -C "$work.cut/small.db" recommend --model als --track "$key" && says als'
rm -rf "$work.cut"
check "models rm" eval 'gives 0 -C "$db" models rm mf-avg && gives 0 -C "$db" models && ! grep -q mf-avg "$work/out"'
check "neighbours without embeddings says what to do" eval 'gives 1 -C "$db" neighbours --album "$album" && says "sleeve embed"'
check "embed with an unknown extractor is wrong usage" eval 'gives 2 -C "$db" embed colour && says gist'
check "embed where no album has a cover" eval 'gives 0 -C "$db" embed gray16 -q'
printf 'not a picture' >"$work/bad.png"
check "embed of a bad image is bad data" eval 'gives 3 embed gist --image "$work/bad.png" && says bad.png'
check "embed by a network needs weights" eval 'gives 2 -C "$db" embed clip && says "--weights" && gives 2 -C "$db" embed gist --weights "$work/bad.png"'
check "embed with weights that are none" eval 'gives 3 -C "$db" embed clip --weights "$work/bad.png" && says bad.png'
check "images need --image" eval 'gives 2 -C "$db" embed gist "$work/bad.png" && says "--image"'
check "embed of an empty list is bad data" eval ': >"$work/empty.txt" && gives 3 embed gist --image "@$work/empty.txt" && says empty.txt'
check "doctor --weights of another file" eval 'gives 3 doctor --weights "$work/bad.png" && says bad.png && gives 2 doctor --image "$work/bad.png" && says "--weights"'
printf 'not an array' >"$work/bad.npy"
check "tsne of a bad matrix is bad data" eval 'gives 3 tsne --input "$work/bad.npy" --out "$work/x.png" && says bad.npy && test ! -e "$work/x.png"'
check "tsne to an unknown format is wrong usage" gives 2 tsne --input "$work/bad.npy" --out "$work/x.gif"
perl -e 'my $h = "{\x27descr\x27: \x27<f4\x27, \x27fortran_order\x27: False, \x27shape\x27: (60, 3), }"; $h .= " " x (117 - length $h) . "\n"; print "\x93NUMPY\x01\x00", pack("v", length $h), $h; print pack("f<", sin($_ * 12.9898) * 43758 - int(sin($_ * 12.9898) * 43758) + int($_ / 90) * 5) for 0 .. 179' >"$work/good.npy"
for format in png svg tsv npy; do
    check "tsne writes $format" eval 'gives 0 tsne --json --input "$work/good.npy" --iterations 100 --out "$work/x.'$format'" && is_json && prints kl_divergence && test -s "$work/x.'$format'"'
done
check "a figure names the matrix without its folder" eval 'grep -q ">good.npy<" "$work/x.svg" && ! grep -q "$work" "$work/x.svg"'
check "tsne on a mesh" eval 'gives 0 tsne --input "$work/good.npy" --method approximate --iterations 100 --out "$work/mesh.tsv" && test "$(wc -l <"$work/mesh.tsv")" -eq 61'
check "tsne with an unknown method" eval 'gives 2 tsne --input "$work/good.npy" --method best --out "$work/x.png" && says approximate'
check "tsne of a perplexity below 1" gives 2 tsne --input "$work/good.npy" --perplexity 0.5 --out "$work/x.png"
head -c 500 "$work/good.npy" >"$work/cut.npy"
check "tsne of a truncated matrix is bad data" eval 'gives 3 tsne --input "$work/cut.npy" --out "$work/none.png" && says "cut or damaged" && test ! -e "$work/none.png"'
(head -c 300 "$work/good.npy" && printf '\000\000\300\177' && tail -c +305 "$work/good.npy") >"$work/nan.npy"
check "tsne of NaN is bad data" eval 'gives 3 tsne --input "$work/nan.npy" --out "$work/none.png" && says "row [0-9]*, column [0-9]*" && test ! -e "$work/none.png"'
sed "1s/<f4/<i4/" "$work/good.npy" >"$work/whole.npy"
check "tsne of integers is bad data" eval 'gives 3 tsne --input "$work/whole.npy" --out "$work/none.png" && says float32'
check "tsne to a file that cannot be written" eval 'gives 1 tsne --input "$work/good.npy" --iterations 10 --out "$work/none/x.png"'
check "split of a small catalogue" eval 'gives 0 -C "$db" split --test 3 --export "$work/split.tsv" && prints "^test" && test -s "$work/split.tsv"'
check "split --import of what it wrote" eval 'gives 0 -C "$db" split --import "$work/split.tsv"'
check "evaluate" eval 'gives 0 -C "$db" train mf-avg --set factors=16 -q && gives 2 -C "$db" evaluate --model popularity,mf-avg --run "$work/x" && gives 0 -C "$db" evaluate --model popularity,mf-avg && prints "^mf-avg"'
check "a model that was trained on the test playlists gets a warning" eval 'gives 0 -C "$db" evaluate --model als && says "als was trained on other playlists"'
check "a model of the training playlists gets none" eval 'gives 0 -C "$db" train mf-avg --set factors=16 -q && gives 0 -C "$db" evaluate --model mf-avg && ! grep -q "other playlists" "$work/err"'
check "evaluate --json" eval 'gives 0 -C "$db" evaluate --model als --json && is_json && prints "by_seeds" && prints "ms_per_playlist"'
check "evaluate writes a TREC run" eval 'gives 0 -C "$db" evaluate --model als --run "$work/run.txt" && grep -q " Q0 spotify:track:[^ ]* 1 [-0-9.e]* als$" "$work/run.txt"'
check "compare" eval 'gives 0 -C "$db" compare als mf-avg && prints "^ndcg"'
check "compare --json" eval 'gives 0 -C "$db" compare als popularity --json && is_json && prints "wilcoxon_p"'
check "compare of a model that was not evaluated" eval 'gives 1 -C "$db" compare als nobody && says "evaluate it first"'
check "training again removes the results" eval 'gives 0 -C "$db" train mf-avg --set factors=16 -q && gives 1 -C "$db" compare als mf-avg'
check "evaluate on an unknown set is wrong usage" eval 'gives 2 -C "$db" evaluate --model als --on train && silent && says "val or test"'
check "evaluate of an unknown model fails before it computes" eval 'gives 1 -C "$db" evaluate --model als,nobody && silent && says nobody'
check "evaluate of a model twice is wrong usage" gives 2 -C "$db" evaluate --model als,als
check "evaluate without a split says what to do" eval '"$sleeve" -C "$work/whole.db" import csv "$work/songs.csv" -q >/dev/null 2>&1; "$sleeve" -C "$work/whole.db" train popularity -q; gives 1 -C "$work/whole.db" evaluate --model popularity && says "sleeve split"'
check "a split that leaves nothing to evaluate is refused" eval 'printf "playlist,pos,track,artist\na,1,b,c\n" >"$work/tiny.csv"; gives 0 -C "$work/one.db" import csv "$work/tiny.csv" --preset playlists && gives 1 -C "$work/one.db" split --test 5 && says "no playlist can be evaluated"'
"$sleeve" -C "$db" split --test 8 --val 2 -q >/dev/null && "$sleeve" -C "$db" train mf-avg --set factors=16 -q && "$sleeve" -C "$db" train als --set factors=16 -q && "$sleeve" -C "$db" train popularity -q
check "a split of too few playlists prints how many it used" eval 'gives 0 -C "$work/whole.db" split --test 5000 && says "training keeps at least half"'
check "a split whose test playlists a model may know says so" eval 'gives 0 -C "$work/whole.db" split --test 5000 --seed 9 && says "were training or validation playlists"'
check "the same split again does not" eval 'gives 0 -C "$work/whole.db" split --test 5000 --seed 9 && ! says "were training or validation playlists"'
check "evaluate marks the best" eval 'gives 0 -C "$db" evaluate --model als,popularity && grep -q "^als.*[*]" "$work/out" && prints "lowest of Clicks"'
check "evaluate fits 80 columns" eval 'COLUMNS=80 "$sleeve" -C "$db" evaluate --model als,popularity >"$work/out" && test "$(wc -L <"$work/out")" -le 80'
check "evaluate --slices" eval 'gives 0 -C "$db" evaluate --model als,popularity --slices && prints "^length.low.[0-9]* to [0-9]*.[1-9]*.als" && prints "^new-artists"'
"$sleeve" -C "$db" evaluate --model als,mf-avg --json >"$work/evaluated.json" 2>/dev/null
"$sleeve" -C "$db" compare als mf-avg --json >"$work/compared.json"
"$sleeve" -C "$db" compare als mf-avg --slice length=low --json >"$work/part.json"
cat >"$work/differences.py" <<'END'
import json, sys
evaluated, compared, part = (json.load(open(name)) for name in sys.argv[1:])
a, b = evaluated["models"]
n = evaluated["n_playlists"]
assert n == compared["n_playlists"] == 8
near = lambda x, y: abs(x - y) < 1e-5 # differences below 1e-6 count as none
for model in (a, b):
    for name in {s["slice"] for s in model["slices"]}:
        parts = [s for s in model["slices"] if s["slice"] == name]
        assert sum(s["n"] for s in parts) == n
        for metric in ("ndcg", "clicks", "recall"):
            mean = sum(s["n"] * s["metrics"][metric]["mean"] for s in parts) / n
            assert near(mean, model["metrics"][metric]["mean"]), (name, metric)
    assert sum(s["n_playlists"] for s in model["by_seeds"]) == n
    ms = model["ms_per_playlist"]
    assert 0 < ms["p50"] <= ms["p95"] <= ms["p99"]
for metric, difference in compared["metrics"].items():
    assert near(difference["mean"], a["metrics"][metric]["mean"] - b["metrics"][metric]["mean"]), metric
assert len(compared["slices"]) == len(a["slices"]) >= 5
for of_a, of_b, both in zip(a["slices"], b["slices"], compared["slices"]):
    assert [of_a[k] for k in ("slice", "bin", "from", "to", "n")] == [both[k] for k in ("slice", "bin", "from", "to", "n")]
    for metric, difference in both["metrics"].items():
        assert near(difference["mean"], of_a["metrics"][metric]["mean"] - of_b["metrics"][metric]["mean"])
for of_a, of_b, both in zip(a["by_seeds"], b["by_seeds"], compared["by_seeds"]):
    assert of_a["seeds"] == both["seeds"]
    assert near(both["metrics"]["ndcg"]["mean"], of_a["ndcg"]["mean"] - of_b["ndcg"]["mean"])
low, = (s for s in compared["slices"] if (s["slice"], s["bin"]) == ("length", "low"))
assert part["n_playlists"] == low["n"] < n and (part["only_slice"], part["only_bin"]) == ("length", "low")
assert part["metrics"]["ndcg"]["mean"] == low["metrics"]["ndcg"]["mean"]
END
check "slices and seeds add up, and compare prints their differences" python3 "$work/differences.py" "$work/evaluated.json" "$work/compared.json" "$work/part.json"
check "compare of an unknown slice is wrong usage" eval 'gives 2 -C "$db" compare als mf-avg --slice size=low && says "new-artists"'
check "compare of seeds that no playlist shows" eval 'gives 1 -C "$db" compare als mf-avg --seeds 77 && says "of which 0"'
for format in png svg; do
    check "evaluate --plot FILE.$format" eval 'gives 0 -C "$db" evaluate --model als,mf-avg --plot "$work/seeds.'$format'" && test -s "$work/seeds.'$format'"'
    check "compare --plot FILE.$format" eval 'gives 0 -C "$db" compare als mf-avg --plot "$work/two.'$format'" && test -s "$work/two.'$format'"'
done
check "the plot is well-formed" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/seeds.svg"
check "a plot of another format is wrong usage" eval 'gives 2 -C "$db" evaluate --model als --plot "$work/x.gif" && says ".svg"'
check "a plot that cannot be written is an error before the evaluation" eval 'gives 1 -C "$db" evaluate --model als --plot "$work/none/x.png" && silent && gives 1 -C "$db" compare als mf-avg --plot "$work/none/x.png" && silent'
"$sleeve" -C "$db" split --export "$work/split.tsv" 2>/dev/null
awk -F'\t' 'BEGIN { print "model\tseeds\tplaylist\tndcg" } $2 == "test" { print "none\t" $3 "\t" $1 "\t-1"; print "most\t" $3 "\t" $1 "\t2" } END { print "none\t1\tno such playlist\t0" }' "$work/split.tsv" | gzip >"$work/reference.tsv.gz"
check "compare --reference" eval 'gives 0 -C "$db" compare als,mf-avg --reference "$work/reference.tsv.gz:none" && prints "^ndcg.*8 / 0 / 0.*better$" && ! grep -q "^recall" "$work/out" && says "left out: 1 of the playlists in"'
check "compare --reference that is better" eval 'gives 0 -C "$db" compare als --reference "$work/reference.tsv.gz:most" && prints "^ndcg.*0 / 0 / 8.*worse$"'
check "compare --reference of an unknown model is bad data" eval 'gives 3 -C "$db" compare als --reference "$work/reference.tsv.gz:some" && says "those of none, most"'
check "compare --reference of a missing file is bad data" gives 3 -C "$db" compare als --reference "$work/nothing.tsv:none"
check "compare --reference without a model is wrong usage" eval 'gives 2 -C "$db" compare als --reference "$work/reference.tsv.gz" && says "FILE:MODEL"'
check "compare of only one model is wrong usage" gives 2 -C "$db" compare als
check "a run of one model is its own mean" eval 'gives 0 -C "$db" train als --set factors=16 --name twin -q && gives 0 -C "$db" evaluate --model twin && gives 0 -C "$db" compare als,twin als && prints "^ndcg.*0 / 8 / 0"'
# Trainings that are stopped: right after the first evaluation on the validation playlists, which a message reports.
network=(--set objective=next --set factors=8 --set heads=2 --set feed_forward=16 --set negatives=20 --set hard=3 --set easy=2 --set batch=4
    --set epochs=120)
until_stopped() { # SIGNAL ARGUMENTS... : trains, sends the signal while it is at it, and gives the exit status in $status
    local signal=$1 pid tries=0
    shift
    "$sleeve" -C "$db" train mf-transformer "${network[@]}" "$@" >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    until grep -q "epoch" "$work/err" || [ $((tries += 1)) -gt 3000 ]; do sleep 0.02; done
    kill "-$signal" "$pid"
    wait "$pid" 2>/dev/null
    status=$?
}
models=$work/small.data/models
file_of() { # NAME : the file of a model
    printf '%s/%s' "$work/small.data" "$("$sleeve" -C "$db" models show "$1" --json | sed 's/.*"file":"\([^"]*\)".*/\1/')"
}
"$sleeve" -C "$db" train popularity --name stopped -q
"$sleeve" -C "$db" train mf-transformer "${network[@]}" --name whole -q
check "--resume where nothing was stopped is wrong usage" eval 'gives 2 -C "$db" train mf-transformer "${network[@]}" --name stopped --resume && says "leave --resume out"'
check "Ctrl-C stops a training with 130 and prints how to continue" eval 'until_stopped INT --name stopped; test $status -eq 130 && silent && says "stopped at step.*--resume"'
check "the earlier model of that name stays" eval 'gives 0 -C "$db" models show stopped && prints "popularity" && gives 0 -C "$db" recommend --model stopped --track "$key"'
check "--resume with other settings is refused" eval 'gives 2 -C "$db" train mf-transformer "${network[@]}" --set rate=0.5 --name stopped --resume && says "other settings"'
check "a resumed training can be killed" eval 'until_stopped KILL --name stopped --resume; test $status -eq 137'
check "and leaves an intact catalogue with the earlier model" eval 'gives 0 -C "$db" doctor && prints "sound: *yes" && gives 0 -C "$db" recommend --model stopped --track "$key"'
check "and resumed again, to the same model file" eval 'gives 0 -C "$db" train mf-transformer "${network[@]}" --name stopped --resume && cmp "$(file_of stopped)" "$models/whole.safetensors" && gives 0 -C "$db" recommend --model stopped --track "$key"'
# (Temporary files of a killed writer are removed by the next one after a minute.)
check "a finished training leaves nothing else behind" eval '! ls "$models" | grep -v "^[a-z-]*\(\.[0-9a-f]\{16\}\)\?\.safetensors$\|\.sleeve-......$"'
check "a training killed before its first checkpoint starts again" eval 'until_stopped KILL --name stopped; test $status -eq 137 && gives 2 -C "$db" train mf-transformer "${network[@]}" --name stopped --resume && gives 0 -C "$db" models show stopped && prints "mf-transformer" && gives 0 -C "$db" train mf-transformer "${network[@]}" --name stopped && cmp "$(file_of stopped)" "$models/whole.safetensors"'
check "a training that diverges fails and leaves the earlier model" eval 'gives 1 -C "$db" train mf-transformer "${network[@]}" --set rate=1000 --set clip=0 --set decay=0.5 --name stopped && says "diverged at step" && cmp "$(file_of stopped)" "$models/whole.safetensors"'
check "a full disk leaves the earlier model" eval '(ulimit -f 200; trap "" XFSZ; gives 1 -C "$db" train mf-transformer "${network[@]}" --set factors=64 --name stopped) && says "stopped.safetensors.new" && cmp "$(file_of stopped)" "$models/whole.safetensors" && gives 0 -C "$db" doctor && prints "sound: *yes" && ! ls "$models" | grep -v "^[a-z-]*\(\.[0-9a-f]\{16\}\)\?\.safetensors$\|\.sleeve-......$"'
check "models show prints the report of the training and its settings" eval 'gives 0 -C "$db" evaluate --model whole && gives 0 -C "$db" models show whole && prints "^report.best validation NDCG" && prints "^heads.2$" && prints "^ndcg on test.[0-9.]* % ± " && prints "^positions.reference$" && ! grep -q "[{}]" "$work/out"'
check "the bar of a training fits 80 columns" eval 'script -qec "stty cols 80; \"$sleeve\" -C \"$db\" train mf-transformer ${network[*]} --name bar" /dev/null </dev/null | tr "\r" "\n" | sed "s/$(printf "\033")\[K//" | grep "^training .*epoch" >"$work/out"; prints "steps, .*/s, .* left, epoch .*/120, loss" && test "$(wc -L <"$work/out")" -lt 80'
check "--covers for a kind of model without features is wrong usage" eval 'gives 2 -C "$db" train als --covers gray16 && says "takes no feature sets"'
check "--covers with an unknown set" eval 'gives 1 -C "$db" train mf-avg --covers colours && says "colours"'
check "an unknown choice of a setting is wrong usage" eval 'gives 2 -C "$db" train mf-transformer --set positions=left && says "same or reference"'
check "factors that do not fit the heads are wrong usage" eval 'gives 2 -C "$db" train mf-transformer --set factors=9 --set heads=2 && says "multiple of heads"'
cp -r "$work" "$work.grown"
printf 'playlist,pos,track,artist,album\nnew,1,new song,new name,new album\nnew,2,other song,new name,new album\n' >"$work.grown/new.csv"
"$sleeve" -C "$work.grown/small.db" import csv "$work.grown/new.csv" --preset playlists >/dev/null 2>&1
check "a set of covers that lacks albums is bad data" eval 'gives 3 -C "$work.grown/small.db" train mf-avg --covers gray16 && says "sleeve embed gray16"'
rm -rf "$work.grown"
printf 'playlist\tset\tseeds\nnobody\ttest\t3\n' >"$work/bad.tsv"
check "split --import of a foreign file is bad data" eval 'gives 3 -C "$db" split --import "$work/bad.tsv" && says nobody'
printf '{"info":{},"playlists":[{"pid":1,"name":"one","tracks":[{"pos":0,"track_name":"A","track_uri":"spotify:track:a","artist_name":"B","artist_uri":"spotify:artist:b","album_name":"C","album_uri":"spotify:album:c","duration_ms":1000}]}]}' >"$work/mpd.slice.0-999.json"
check "import mpd" eval 'gives 0 -C "$work/mpd.db" import mpd "$work/mpd.slice.0-999.json" && prints "^playlists.1"'
check "import mpd again skips the slice" eval 'gives 0 -C "$work/mpd.db" import mpd "$work/mpd.slice.0-999.json" && prints "^files_skipped.1"'
head -c 200 "$work/mpd.slice.0-999.json" >"$work/mpd.slice.1000-1999.json"
check "import mpd of a truncated slice is bad data" eval 'gives 3 -C "$work/mpd.db" import mpd "$work/mpd.slice.1000-1999.json"'
check "and leaves the catalogue intact" eval 'gives 0 -C "$work/mpd.db" doctor && prints "sound: *yes" && prints "tracks: *1$"'
check "explore in a script" eval 'printf "search memories\nadd 1\n" >"$work/s" && gives 0 -C "$db" explore --script "$work/s" --size 100x30 --dump - && prints "Memories"'
printf 'theme pink\nmap gx playlist dedupe\nrater me\n' >"$work/config"
check "a wrong line of the settings is reported, the others count" eval 'gives 0 --config "$work/config" -C "$db" doctor && prints "config:1: theme cannot be" && prints "rater: *me" && prints "keys: *1$"'
check "doctor --json reports settings, too" eval 'gives 0 --json --config "$work/config" -C "$db" doctor && is_json && prints "\"problems\":\[\"[^]]*:1: theme"'
check "the settings name the catalogue" eval 'printf "catalogue %s\n" "$db" >"$work/config" && gives 0 --config "$work/config" playlists && XDG_CONFIG_HOME="$work/xdg" gives 1 playlists'
check "a script uses the keys of --config only" eval 'printf "map f2 quit\n" >"$work/config" && printf "key f2\n" >"$work/s" && gives 0 --config "$work/config" -C "$db" explore --script "$work/s" && gives 2 -C "$db" explore --script "$work/s"'
check "explore --dump makes pictures without a terminal" eval 'for f in png svg txt; do gives 0 -C "$db" explore --dump "$work/shot.$f" || exit 1; done; head -c 8 "$work/shot.png" | grep -q PNG && python3 -c "import sys, xml.dom.minidom as m; assert m.parse(sys.argv[1]).getElementsByTagName(\"image\")" "$work/shot.svg" && grep -q Explore "$work/shot.txt" && ! grep -q "^image " "$work/shot.txt"'
check "a picture of the screen does not replace a file" eval 'printf "shot %s\n" "$work/shot.png" >"$work/s" && gives 2 -C "$db" explore --script "$work/s" && says "shot.png exists in $work; ! overwrites it" && printf "shot! %s\n" "$work/shot.png" >"$work/s" && gives 0 -C "$db" explore --script "$work/s"'
check "explore without a terminal is wrong usage" gives 2 -C "$db" explore
check "explore with an unknown model" eval 'printf "search memories\n" >"$work/s" && gives 1 -C "$db" explore --script "$work/s" --model nobody --dump - && says nobody'
check "import mpd with a csv option is wrong usage" eval 'gives 2 -C "$work/mpd.db" import mpd "$work/mpd.slice.0-999.json" --preset playlists && says csv'
check "a failing script command names its line" eval 'printf "search x\nfrobnicate\n" >"$work/s" && gives 2 -C "$db" explore --script "$work/s" && says ":2"'
check "doctor" eval 'gives 0 -C "$db" doctor && prints "sound: *yes"'
check "doctor rounds its figures and says what is missing" eval 'prints "^  tracks: *[0-9]*,\?[0-9]*$" && prints "matrix product: *[0-9.]* GFLOP/s$" && prints "^ *real covers are added with: sleeve covers add" && prints "standard input is not a terminal" && ! prints "true"'
check "doctor --json" eval 'gives 0 -C "$db" doctor --json && is_json && prints "\"gflops\""'
check "output that cannot be written is an error" eval '"$sleeve" -C "$db" search love >/dev/full 2>"$work/err"; test $? -eq 1 && says "cannot be written"'
check "a version that cannot be written is an error" eval '"$sleeve" --version >/dev/full 2>"$work/err"; test $? -eq 1'
check "a message carries no control characters" eval 'gives 3 -C "$db" show "$(printf "\033[31mred")" && says "31mred" && ! grep -q "$(printf "\033")" "$work/err"'
check "an option of a command before the command gives a hint" eval 'gives 2 -n 3 search love && says "follow its name"'
check "an empty catalogue name is wrong usage" eval 'gives 2 -C "" search love && says catalogue'
check "an empty demo folder is wrong usage" eval 'gives 2 demo --no-explore --dir "" && says dir'
check "--playlist and --track together are wrong usage" gives 2 -C "$db" recommend --model als --playlist "$playlist" --track "$key"
check "a map is of covers or of a matrix" gives 2 -C "$db" tsne --input "$work/good.npy" --embedding gist --out "$work/x.png"
check "thumbnails are of covers" eval 'gives 2 tsne --input "$work/good.npy" --thumbnails --out "$work/x.png" && says thumbnails'
check "thumbnails are drawn in figures" eval 'gives 2 -C "$db" tsne --thumbnails --out "$work/x.tsv" && says "png and .svg"'
check "a catalogue path below a file is not called missing" eval 'gives 1 -C "$work/songs.csv/x.db" search love && says "Not a directory"'
printf 'playlist,pos,track,artist\na,1,%s,%s\n' "$(printf 'long title %.0s' 1 2 3 4 5)" "$(printf 'long name %.0s' 1 2 3 4 5)" >"$work/long.csv"
"$sleeve" -C "$work/long.db" import csv "$work/long.csv" --preset playlists >/dev/null 2>&1
long_key=$("$sleeve" -C "$work/long.db" search long | sed -n 2p | cut -f5)
check "keys are not shortened on a terminal" eval 'script -qec "\"$sleeve\" -C \"$work/long.db\" search long" /dev/null </dev/null >"$work/out" && prints "…" && prints "$long_key"'
check "an attribute is learned, applied and removed" eval 'gives 0 -C "$db" embed audio -q && gives 0 -C "$db" attributes train --features audio --attribute energy --set epochs=1 && gives 0 -C "$db" attributes show && prints "^energy" && gives 0 -C "$db" attributes apply && gives 0 -C "$db" show "$key" && prints "predicted: energy" && gives 0 -C "$db" attributes rm attributes'
check "installed, it finds its compute module and its data" eval 'meson install -C "$build" --no-rebuild --quiet --destdir "$work/root" && installed=$(find "$work/root" -name sleeve -type f -perm -u+x) && "$installed" doctor --json >"$work/out" && prints "\"gflops\"" && prints "\"decoder\":{\"seccomp\"" && "$installed" -C "$work/installed.db" import csv "$(dirname "$installed")/../share/sleeve/spotify_songs.csv.gz"'
echo "1..$n"
