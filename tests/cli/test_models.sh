#!/usr/bin/env bash
# Models as a script sees them: who may train, what is missing, what a model does not know, tiny catalogues, maps. Speaks
# TAP. usage: test_models.sh SLEEVE
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

silent() { [ ! -s "$work/err" ] || { echo "stderr is not empty"; cat "$work/err"; return 1; }; }

songs() { # FIRST LAST : playlists of 25 tracks
    for p in $(seq "$1" "$2"); do
        for t in $(seq 25); do
            s=$(((p * 7 + t * (1 + p % 5)) % 150 + ($1 > 50 ? 1000 : 0)))
            echo "list $p,$t,Song $s,Band $((s % 30)),Album $((s % 60))"
        done
    done
}
header=playlist,pos,track,artist,album
{ echo $header; songs 1 40; } >"$work/first.csv"
{ echo $header; songs 51 52; echo "mixed,1,Song 7,Band 7,Album 7"; echo "mixed,2,Later,Nobody,"; } >"$work/later.csv"
"$sleeve" -C "$db" import csv "$work/first.csv" -q >/dev/null
"$sleeve" -C "$db" split --test 8 --val 8 -q >/dev/null 2>&1

# ---- names
for name in "" . .. ../x ../../x x/y /tmp/x -x .x "a b" "$(printf 'a\tb')" "$(printf 'a\033b')" "$(printf '%300s' '' | tr ' ' a)" a/ é; do
    check "no model is called $(printf '%.20q' "$name")" gives 2 -C "$db" train popularity "--name=$name"
done
check "and leaves no file" eval '! find "$work" -name "*.safetensors*" | grep .'
check "a model name may have 64 letters" eval 'long=$(printf "%064d" 1) && gives 0 -C "$db" train popularity --name "$long" -q && gives 0 -C "$db" train popularity --name "$long" -q && gives 0 -C "$db" models rm "$long"'

# ---- trainings at the same time
check "a second training of a name is refused at once, the first one ends" eval '
    "$sleeve" -C "$db" train mf-pool --name same --set epochs=200 -q >/dev/null 2>"$work/first.err" & first=$!
    until [ -e "$work/c.data/models/same.lock" ]; do sleep 0.05; done
    gives 1 -C "$db" train popularity --name same && says "being trained" && gives 1 -C "$db" models rm same &&
        gives 0 -C "$db" train popularity --name other -q
    good=$?
    kill -INT $first; wait $first; test $? -eq 130 && test $good -eq 0'
check "a killed training does not block the name" eval '
    "$sleeve" -C "$db" train mf-pool --name same --set epochs=200 -q >/dev/null 2>&1 & first=$!
    until [ -e "$work/c.data/models/same.lock" ]; do sleep 0.05; done
    kill -KILL $first; wait $first 2>/dev/null; gives 0 -C "$db" train popularity --name same -q && ! ls "$work/c.data/models" | grep "lock\|new"'
check "metrics are of the model that was evaluated" eval 'gives 0 -C "$db" evaluate --model same --json && prints "\"unknown_playlists\":" && gives 0 -C "$db" models show same && prints "^ndcg on test" && gives 0 -C "$db" train popularity --name same --seed 7 -q && gives 0 -C "$db" models show same && ! grep -q "^ndcg" "$work/out"'

# ---- seeds that a model does not know
for model in als sknn mf-avg; do "$sleeve" -C "$db" train $model -q >/dev/null 2>&1; done

# ---- ensembles
check "an ensemble finds its weights" eval 'gives 0 -C "$db" train ensemble --members als,sknn && says "NDCG .* on validation playlists, weights" && gives 0 -C "$db" models show ensemble && prints "^members.als,sknn$" && prints "^weights."'
check "and recommends" eval 'gives 0 -C "$db" recommend --model ensemble --track "song 7 / band 7" -n 3 --json && silent && prints "\"answered_by\":\"ensemble\""'
check "weights may be given, or taken from another ensemble" eval 'gives 0 -C "$db" train ensemble --name given --members sknn,als --weights 1,0.25 && gives 0 -C "$db" train ensemble --name taken --members sknn,als --weights-of given && gives 0 -C "$db" models show taken && prints "^weights.1,0.25$"'
check "a member may be removed" eval 'gives 0 -C "$db" train popularity --name gone && gives 0 -C "$db" train ensemble --name kept --members als,gone --weights 1,1 && gives 0 -C "$db" models rm gone && gives 0 -C "$db" recommend --model kept --track "song 7 / band 7" -n 3 && gives 0 -C "$db" models rm kept'
for weights in 1 1,x 1,2,3 1,-1 0,0 1,nan 1,, ""; do
    check "weights \"$weights\" of two members are wrong usage" gives 2 -C "$db" train ensemble --name given --members als,sknn "--weights=$weights"
done
for members in "" als, als,als als,given given a,b,c,d,e,f,g,h,i; do
    check "members \"$members\" are wrong usage" gives 2 -C "$db" train ensemble --name given "--members=$members" --weights 1
done
check "a member that does not exist" eval 'gives 1 -C "$db" train ensemble --members als,nobody && says "no model .nobody."'
check "members that were trained on other playlists" eval 'gives 1 -C "$db" train ensemble --members als,sknn --on train+val --weights 1,1 && says "trained on other playlists"'
check "weights cannot be found on playlists that were trained on" eval 'gives 0 -C "$db" train sknn --name both --on train+val && gives 2 -C "$db" train ensemble --members both --on train+val && says "weights-of" && gives 0 -C "$db" models rm both'
check "other kinds take no members" eval 'gives 2 -C "$db" train als --members sknn && says "takes no members" && gives 0 -C "$db" models rm taken'

# ---- times of playlists
check "playlists without times" eval 'gives 1 -C "$db" train tknn && says "has a time"'
{ echo $header; for d in 1 2 3 4 5 6 7 8; do for t in 1 2 3; do echo "2012-0$d-01 mix,$t,s$((d + t)),band,"; done; done; } >"$work/dated.csv"
check "a date in the title chooses the time" eval '"$sleeve" -C "$work/dated.db" import csv "$work/dated.csv" -q >/dev/null && gives 0 -C "$work/dated.db" train tknn && gives 0 -C "$work/dated.db" recommend --model tknn --title "2012-08-02 mix" -n 1 --json && prints "\"title\":\"s\(9\|10\)\"" && gives 0 -C "$work/dated.db" recommend --model tknn --title "2012-01-01 mix" -n 1 --json && prints "\"title\":\"s[34]\""'

"$sleeve" -C "$db" import csv "$work/later.csv" -q >/dev/null
check "a member of a smaller catalogue is trained again first" eval 'gives 1 -C "$db" train ensemble --members als,sknn --weights 1,1 && says "train it again first"'
for model in als sknn mf-avg; do
    check "$model reports that it knows no seed" eval "gives 0 -C '$db' recommend --model $model --playlist 'list 51' -n 3 && says '$model knows none of the 25 seeds (added' && test \$(wc -l <'$work/out') -eq 4"
    check "$model says so in JSON" eval "gives 0 -C '$db' recommend --model $model --playlist 'list 51' -n 3 --json && prints '\"answered_by\":\"artist\"' && prints '\"known_seeds\":0'"
    check "$model reports how many it knows" eval "gives 0 -C '$db' recommend --model $model --playlist mixed -n 3 --json && says 'knows 1 of the 2 seeds' && prints '\"answered_by\":\"$model\"' && prints '\"known_seeds\":1'"
    check "$model that knows all seeds reports nothing" eval "gives 0 -C '$db' recommend --model $model --track 'song 7 / band 7' --track 'song 7 / band 7' -n 3 && silent"
done
check "a single unknown seed" eval 'key=$("$sleeve" -C "$db" show "list 51" | sed -n 2p | awk -F"\t" "{print \$NF}") && gives 0 -C "$db" recommend --model als --track "$key" -n 1 && says "als does not know the seed (added"'

# ---- lists that are not the model's, exactly
small=$work/small.db
{ echo $header,seconds; printf 'p1,%s,%s,%s,,200\n' 1 X1 A 2 X2 A 3 X3 B; printf 'p2,%s,%s,%s,,200\n' 1 X1 A 2 X3 B; echo p3,1,X4,A,,200; } >"$work/small.csv"
{ echo $header,seconds; printf 'new,%s,%s,%s,,%s\n' 1 Y A 200 2 Z C 390; } >"$work/newer.csv"
"$sleeve" -C "$small" import csv "$work/small.csv" -q >/dev/null
for model in als sknn; do "$sleeve" -C "$small" train $model -q >/dev/null 2>&1; done
"$sleeve" -C "$small" import csv "$work/newer.csv" -q >/dev/null
listed() { # LINE... : rank, score and title of each row
    cut -f1-3 "$work/out" | tail -n +2 | tr '\t' ' ' >"$work/rows"
    printf '%s\n' "$@" | diff "$work/rows" - || { cat "$work/err"; return 1; }
}
note() { [ "$(cat "$work/err")" = "sleeve: $1" ] || { cat "$work/err"; return 1; }; }
for model in als sknn; do
    check "$model: tracks of the artist, then popular ones" eval "gives 0 -C '$small' recommend --model $model --track 'y / a' -n 4 && listed '1 1.01 X1' '2 1.005 X4' '3 1.005 X2' '4 0.01 X3' && note '$model does not know the seed (added to the catalogue after its training); the list holds tracks of the same artists, then popular ones instead; train it again to include it'"
    check "$model: popular tracks for an artist with nothing else" eval "gives 0 -C '$small' recommend --model $model --track 'z / c' -n 2 && listed '1 2 X1' '2 2 X3' && says 'the list holds popular tracks instead'"
done
check "a model that finds nothing" eval 'gives 0 -C "$small" recommend --model sknn --track "x4 / a" -n 1 --json && prints "\"answered_by\":\"artist\"" && prints "\"known_seeds\":1" && note "sknn finds no track that goes with these seeds; the list holds tracks of the same artists, then popular ones instead"'
"$sleeve" -C "$small" embed metadata -q >/dev/null
check "with features: the nearest by year, duration and popularity" eval 'gives 0 -C "$small" recommend --model als --track "z / c" -n 1 --json && prints "\"answered_by\":\"features\"" && says "the list holds tracks with similar features instead"'

# ---- files beside the catalogue
damage() { # NAME COMMAND... : damages the file $file of a copy of the catalogue, then runs the command
    rm -rf "$work/copy"* && cp "$db" "$work/copy.db" && cp -r "$work/c.data" "$work/copy.data" && file=$work/copy.data/$1 && eval "$2"
}
check "a model without its file is marked" eval 'damage models/als.safetensors "rm \"\$file\"" && gives 0 -C "$work/copy.db" models && prints "als.*missing$" && says "missing" && gives 1 -C "$work/copy.db" doctor && prints "als: .*missing" && gives 1 -C "$work/copy.db" recommend --model als --playlist "list 1" && says "train the model again" && gives 0 -C "$work/copy.db" models rm als'
check "a model with a truncated file is marked" eval 'damage models/als.safetensors "truncate -s 2000 \"\$file\"" && gives 0 -C "$work/copy.db" models && prints "als.*unusable$" && gives 3 -C "$work/copy.db" doctor && prints "sound: *no" && gives 3 -C "$work/copy.db" recommend --model als --playlist "list 1"'
check "a model of another kind is marked" eval 'damage models/als.safetensors "cp \"$work/copy.data/models/sknn.safetensors\" \"\$file\"" && gives 0 -C "$work/copy.db" models && says "different trainings" && gives 3 -C "$work/copy.db" doctor'
check "a model file that is a folder is marked" eval 'damage models/als.safetensors "rm \"\$file\"; mkdir \"\$file\"" && gives 0 -C "$work/copy.db" models && prints "als.*unusable$" && gives 3 -C "$work/copy.db" doctor'
check "a model file that is a pipe is marked without waiting" eval 'damage models/als.safetensors "rm \"\$file\"; mkfifo \"\$file\"" && gives 0 -C "$work/copy.db" models && prints "als.*unusable$" && gives 3 -C "$work/copy.db" doctor'
check "a truncated feature set is marked" eval '"$sleeve" -C "$db" embed gray16 -q && damage embeddings/gray16.safetensors "truncate -s 900 \"\$file\"" && gives 3 -C "$work/copy.db" doctor && prints "gray16: .*cut"'
check "another feature set's file is marked" eval '"$sleeve" -C "$db" embed gist -q && damage embeddings/gist.safetensors "cp \"\${file/gist/gray16}\" \"\$file\"" && gives 3 -C "$work/copy.db" doctor && prints "gist: .*holds the set gray16" && gives 3 -C "$work/copy.db" tsne --out "$work/x.png"'
check "leftover files are listed and do no harm" eval 'damage models/als.0123456789abcdef.safetensors "echo x >\"\$file\"" && gives 0 -C "$work/copy.db" doctor && prints "sound: *yes" && prints "als.0123456789abcdef.safetensors: " && gives 0 -C "$work/copy.db" train als -q && ! test -e "$file"'
check "a damaged search index is reported" eval 'damage search.index "truncate -s 100 \"\$file\"" && gives 0 -C "$work/copy.db" doctor && prints "search index: .*next search" && gives 0 -C "$work/copy.db" search song && gives 0 -C "$work/copy.db" doctor && prints "search index: *ok"'

# ---- tiny catalogues
tiny() { # NAME TRACKS... : a catalogue of one playlist for each list of tracks
    local name=$1 p=0 t list
    shift
    echo $header >"$work/$name.csv"
    for list in "$@"; do
        p=$((p + 1))
        for t in $list; do echo "p$p,$t,T$t,A$t," >>"$work/$name.csv"; done
    done
    "$sleeve" -C "$work/$name.db" import csv "$work/$name.csv" -q >/dev/null
}
tiny one 1
tiny two "1 2"
tiny alike "1 2 3" "1 2 3"
tiny six "1 2 3 4" "1 5 6 7" "1 8 9 2" "3 5 8 9" "2 6 10 11" "12 13 14 1"
best() { prints '"score":' && awk -F'"score":' '{split($2, a, ","); exit !(a[1] > 1e-6)}' "$work/out"; }
for name in two alike six; do
    for model in popularity als sknn vstan ease rp3beta itemknn mf-avg mf-pool hybrid; do
        check "$model of $name prints a message" eval "gives 0 -C '$work/$name.db' --threads 1 train $model && gives 0 -C '$work/$name.db' recommend --model $model --track 't1 / a1' -n 1 --json && best"
    done
done
check "a model of one track has nothing to recommend" eval 'gives 0 -C "$work/one.db" train als && gives 0 -C "$work/one.db" recommend --model als --track "t1 / a1" && says "nothing to recommend"'
check "an impossible training is refused with advice" eval 'gives 1 -C "$work/one.db" train mf-pool && says "sknn"'
check "a regularization that leaves nothing is refused" eval 'gives 2 -C "$work/six.db" train als --set regularization=50 && says "sknn" && says "set regularization="'

# ---- maps
points() { # N FILE : as many rows of three numbers
    perl -e 'my $n = shift; my $h = "{\x27descr\x27: \x27<f4\x27, \x27fortran_order\x27: False, \x27shape\x27: ($n, 3), }"; $h .= " " x (117 - length $h) . "\n"; print "\x93NUMPY\x01\x00", pack("v", length $h), $h; print pack("f<", ($_ * 37) % 11) for 0 .. 3 * $n - 1' "$1" >"$2"
}
points 40 "$work/forty.npy"
points 0 "$work/none.npy"
check "an impossible perplexity is lowered with a warning" eval 'gives 0 tsne --input "$work/forty.npy" --perplexity 1000 --iterations 20 --out "$work/x.tsv" && says "perplexity is 13, not 1000" && prints "perplexity 13"'
check "and in JSON" eval 'gives 0 tsne --input "$work/forty.npy" --perplexity 1000 --iterations 20 --out "$work/x.tsv" --json && prints "\"perplexity\":13,\"perplexity_asked\":1000"'
check "a possible one is printed once" eval 'gives 0 tsne --input "$work/forty.npy" --perplexity 5 --iterations 20 --out "$work/x.tsv" --json && silent && prints "\"perplexity\":5,\"iter"'
check "a matrix without rows is bad data" eval 'gives 3 tsne --input "$work/none.npy" --out "$work/y.tsv" && says "nothing to map" && ! test -e "$work/y.tsv"'
for value in 0 -1 nan inf 0.5 x; do check "perplexity $value is wrong usage" gives 2 tsne --input "$work/forty.npy" "--perplexity=$value" --out "$work/y.tsv"; done
check "no iterations are wrong usage" gives 2 tsne --input "$work/forty.npy" --iterations 0 --out "$work/y.tsv"
echo "1..$n"
