#!/usr/bin/env bash
# Where the program's bytes go and come from: outputs, inputs, names of catalogues, limits on memory, signals. Speaks TAP.
# usage: test_outputs.sh SLEEVE
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
unset SLEEVE_CATALOGUE
n=0

. "$here/check.sh"

rights() { # MODE FILE
    [ "$(stat -c %a "$2")" = "$1" ] || { echo "$2 has the rights $(stat -c %a "$2")"; return 1; }
}

cd "$work" || exit 1
{
    echo playlist,pos,track,artist,album
    for p in $(seq 1 40); do for t in $(seq 1 25); do
        s=$(((p * 7 + t * (1 + p % 5)) % 180))
        echo "list $p,$t,Song $s,Band $((s % 30)),Album $((s % 60))"
    done; done
} >songs.csv
db=folder/c.db
umask 022
check "import" eval 'gives 0 -C "$db" import csv songs.csv -q'
check "a catalogue is private" eval 'rights 600 "$db" && rights 700 folder && rights 700 folder/c.data && rights 600 folder/c.data/search.index'
check "split" gives 0 -C "$db" split --test 10 --val 5 -q
check "train" gives 0 -C "$db" train als --name als -q
check "so are its models" rights 600 folder/c.data/models/als.safetensors
check "a named output has the rights of the umask" eval 'gives 0 -C "$db" split --export named.tsv && rights 644 named.tsv'

printf 'quit\n' >q.script
outputs=("split --export @" "explore --script q.script --dump @" "evaluate --model als --run @")
for command in "${outputs[@]}"; do
    name=${command%% *}
    echo old >real
    ln -sf real link
    ln -sf nothing dangling
    rm -f nothing pipe
    mkfifo pipe
    check "$name: a link is followed" eval 'gives 0 -C "$db" ${command//@/link} && [ -L link ] && [ "$(cat real)" != old ]'
    check "$name: a link to nothing makes it" eval 'gives 0 -C "$db" ${command//@/dangling} && [ -L dangling ] && [ -s nothing ]'
    check "$name: a pipe is written through" eval '(timeout 30 cat pipe >got) & gives 0 -C "$db" ${command//@/pipe} && wait && [ -p pipe ] && [ -s got ]'
    check "$name: a pipe that nobody reads is an error" eval 'gives 1 -C "$db" ${command//@/pipe} && says pipe && [ -p pipe ]'
    check "$name: a full device is an error" eval 'gives 1 -C "$db" ${command//@//dev/full} && says "No space"'
    check "$name: a folder is an error" eval 'gives 1 -C "$db" ${command//@/folder} && says folder && [ -d folder ]'
done
sum=$(sha256sum <"$db")
ln -sf "$db" link
ln -sf folder/c.data data
ln -f "$db" hard.tsv
for place in "$db" "$db-wal" "$db-journal" link hard.tsv folder/c.data/search.index folder/c.data/models/als.safetensors data/models/new.tsv; do
    check "$place is refused as output" eval 'gives 2 -C "$db" split --export $place && says "belongs to a catalogue" && [ "$(sha256sum <"$db")" = "$sum" ]'
done
rm -f link data hard.tsv
check "another folder with a name in .data is accepted" eval 'mkdir other.data && gives 0 -C "$db" split --export other.data/x.tsv'
check "a limit on the size of files is an error" eval '(ulimit -f 0; "$sleeve" -C "$db" split --export x.tsv 2>&1; echo "status $?") | tr "\n" " " | grep -q "ulimit -f.*status 1" && [ ! -e x.tsv ]'
check "but the catalogue can still be read" eval '(ulimit -f 0; exec "$sleeve" -C "$db" show "list 1" | cat >/dev/null; exit ${PIPESTATUS[0]})'
check "/dev/stdout as output" eval 'gives 0 -C "$db" split --export /dev/stdout && grep -q "^list 1" out'
check "a closed standard output is an error" eval '"$sleeve" -C "$db" playlists >&- 2>err; [ $? -eq 1 ] && says "standard output"'
check "and the catalogue is intact" gives 0 -C "$db" doctor

rm -f pipe
mkfifo pipe
for command in "import csv pipe" "import mpd pipe" "split --import pipe" "tsne --input pipe --out x.png" "embed gist --image pipe" \
    "explore --script pipe" "-C pipe search x" "-C pipe import csv songs.csv" "-C /dev/null import csv songs.csv"; do
    check "$command: refused without waiting" eval 'gives 3 -C "$db" $command && says "not a regular file"'
done

for file in ':memory:' 'file:x.db?mode=memory' 'file::memory:' 'p q%25?a#b/c d.db?x=1#f'; do
    check "$file is a file's name" eval 'gives 0 -C "$file" import csv songs.csv -q && [ -s "$file" ] && gives 0 -C "$file" search "song 1" && grep -q Song out'
done
check "the demo takes a folder, not a catalogue" eval 'gives 2 -C "$work/none.db" demo --no-explore && says "--dir" && [ ! -e "$work/none.db" ]'
check "without HOME nothing is in /tmp" eval 'env -u HOME -u XDG_DATA_HOME "$sleeve" search x 2>&1 | grep -v /tmp/.local'
check "a relative XDG folder is ignored" eval 'XDG_DATA_HOME=data "$sleeve" search x 2>&1 | grep -q "$work/.local/share"'
check "existing permissions are kept" eval 'chmod 640 "$db" && gives 0 -C "$db" import csv songs.csv -q && rights 640 "$db"'

check "two catalogues never share a folder" eval 'gives 2 -C folder/c import csv songs.csv && says "share the folder" && [ ! -e folder/c ]'

# The author of a catalogue may have put links where sleeve writes.
for file in search.index models/als.safetensors models/als.safetensors.new embeddings/gray16.safetensors; do
    echo precious >real
    check "a link at $file leads nowhere" eval '
        mkdir -p folder/c.data/embeddings && ln -sf "$work/real" folder/c.data/$file && gives 0 -C "$db" train als --name als -q &&
        gives 0 -C "$db" embed gray16 -q && gives 0 -C "$db" search song && [ "$(cat real)" = precious ] && gives 0 -C "$db" doctor'
done

# The sanitizers need terabytes of address space.
if (ulimit -v 2000000; exec "$sleeve" --version) >/dev/null 2>&1; then
    for kilobytes in 40000 60000 120000 200000 300000; do
        for command in "--threads 2 train als --name x" "--threads 2 recommend --model als --playlist 'list 1'" "search song" doctor; do
            check "$command with $kilobytes KB" eval '(ulimit -v $kilobytes; timeout -k 1 30 "$sleeve" -C "$db" '"$command"' >out 2>err </dev/null); s=$?; [ $s -eq 0 ] || { [ $s -eq 1 ] && says "^sleeve: "; }'
        done
    done
    check "with too little memory, the error names the need" eval '(ulimit -v 120000; "$sleeve" -C "$db" --threads 2 train als --name x 2>err); [ $? -eq 1 ] && says "out of memory.*--threads"'
fi

check "an endless script is stopped by one signal" eval '
    yes "search a" | timeout --foreground --preserve-status -k 30 2 "$sleeve" -C "$db" explore --script - 2>err
    [ ${PIPESTATUS[1]} -eq 130 ] && says "stopped"'

# In a folder without write permission, commands that read work, and so does the explorer.
as_guest() { # ARGUMENTS... : as a user who may not write here
    local as=()
    [ "$(id -u)" = 0 ] && as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    "${as[@]}" timeout -k 2 60 "$sleeve" -C "$work/kept/c.db" "$@" >"$work/out" 2>"$work/err" </dev/null
}
mkdir kept
cp "$db" kept/c.db
echo "search Song" >script
[ "$(id -u)" = 0 ] && chown 65534 kept/c.db
chmod 755 "$work"
chmod 644 kept/c.db script
chmod 555 kept
check "the explorer opens a catalogue in a folder that may only be read" as_guest explore --script script --dump -
check "and says so" says 'can only be read: playlists and the session are not saved'
chmod 755 kept

# A reader that does not read: the first signal is enough.
for signal in INT TERM; do
    rm -f pipe
    mkfifo pipe
    check "SIG$signal ends a write that nobody reads" eval '
        exec 3<>pipe; head -c 65536 /dev/zero >&3
        (trap - INT; exec "$sleeve" -C "$db" playlists >&3 2>err) & child=$!
        sleep 2; kill -$signal $child; wait $child; s=$?; exec 3>&-; [ $s -eq 130 ]'
done
echo "1..$n"
