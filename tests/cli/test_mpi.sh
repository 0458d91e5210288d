#!/usr/bin/env bash
# Several processes (mpirun): they agree or say in one sentence why not, and give what one process gives. Speaks TAP.
# usage: test_mpi.sh SLEEVE MODULE SLOW_FLUSH
set -u
sleeve=$1 module=$2 slow_flush=$3
if ! command -v mpirun >/dev/null || [ ! -f "$module" ]; then
    echo "1..0 # SKIP Open MPI is not installed, or was not when the build was set up"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 ranks=1
. "$(dirname "$0")/check.sh"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none TMPDIR=$work # containers forbid reading other processes' memory
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 # Open MPI leaks, and a library is loaded before the sanitizer's

run() {
    if [ "$ranks" -gt 1 ]; then
        timeout -k 2 120 mpirun -q -n "$ranks" "$sleeve" --threads 1 "$@" >"$work/out" 2>"$work/err" </dev/null
    else
        timeout -k 2 120 "$sleeve" --threads 1 "$@" >"$work/out" 2>"$work/err" </dev/null
    fi
}
once() { # PATTERN : in exactly one line of stderr
    [ "$(grep -c -- "$1" "$work/err")" = 1 ] || { echo "not once in stderr: $1"; cat "$work/err"; return 1; }
}
near() { # MODEL MODEL [TENSOR] : their track vectors differ by 1e-5 at most
    python3 - "$work/c.data/models/$1.safetensors" "$work/c.data/models/$2.safetensors" "${3:-tracks}" <<'PYTHON'
import array, json, struct, sys
def tracks(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    begin, end = json.loads(data[8:8 + size])[sys.argv[3]]["data_offsets"]
    return array.array("f", data[8 + size + begin:8 + size + end])
a, b = map(tracks, sys.argv[1:3])
worst = max(abs(x - y) for x, y in zip(a, b))
print(len(a), len(b), worst)
sys.exit(len(a) != len(b) or not worst <= 1e-5)
PYTHON
}

db=$work/c.db
awk 'BEGIN { srand(5); print "playlist,pos,track,artist,album"
    for (p = 1; p <= 700; p++) for (i = 1; i <= 24; i++) { t = int(400 * rand() * rand()); print "list " p "," i ",song " t ",band " t % 40 ",album " t % 90 } }' >"$work/c.csv"
"$sleeve" -C "$db" import csv "$work/c.csv" -q >/dev/null
"$sleeve" -C "$db" split --test 600 --val 20 -q >/dev/null

# ---- agreement
ranks=2
check "rank 0 alone prints" eval 'gives 0 --version && [ "$(wc -l <"$work/out")" = 1 ]'
check "wrong usage is one sentence" eval 'gives 2 nonsense && once "no command"'
check "a command of one process" eval 'gives 2 -C "$db" doctor && once "doctor runs as one process; start it without mpirun"'
check "a kind of model that one process trains" eval 'gives 2 -C "$db" train sknn && once "without mpirun"'
check "a missing catalogue" eval 'gives 1 -C "$work/none.db" train als && once "no catalogue yet"'
check "an unknown setting" eval 'gives 2 -C "$db" train als --set color=1 && once "color"'
two() { # STATUS COMMAND... : COMMAND.
    local wanted=$1 got
    shift
    timeout -k 2 120 mpirun -q "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" -eq "$wanted" ] || { echo "exit status $got, not $wanted"; cat "$work/out" "$work/err"; return 1; }
}
cp "$db" "$work/copy.db"
check "other options" eval 'two 2 -n 1 "$sleeve" -C "$db" train als : -n 1 "$sleeve" -C "$db" train als --seed 3 && once "rank 1 on .* has another command line"'
check "another catalogue" eval 'two 1 -n 1 env SLEEVE_CATALOGUE="$db" "$sleeve" train als : -n 1 env SLEEVE_CATALOGUE="$work/copy.db" "$sleeve" train als && once "rank 1 on .* has another catalogue"'
check "no shared folder" eval 'two 1 -n 1 env SLEEVE_CATALOGUE="$db" "$sleeve" train als : -n 1 env SLEEVE_CATALOGUE="$work/none.db" "$sleeve" train als && once "rank 1 on .* cannot read the catalogue .*none.db"'
mkdir "$work/bin" && cp "$sleeve" "$work/bin/"
check "an installation without the module" eval 'OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 "$work/bin/sleeve" --version >"$work/out" 2>"$work/err"; [ $? = 1 ] && once "has no MPI module"'

# ---- hosts with different installations
version=$("$sleeve" --version | cut -d " " -f 2)
other=9${version#?}
installed() { # FOLDER MODULE : a copy of sleeve with another first digit in its version, and this file as its module for MPI
    mkdir -p "$work/$1/bin" "$work/$1/lib/sleeve" && cp "$2" "$work/$1/lib/sleeve/sleeve-ranks-mpi.so" &&
        python3 -c 'import sys; a, b, *four = sys.argv[1:]; open(b, "wb").write(open(a, "rb").read().replace(*map(str.encode, four)))' \
            "$sleeve" "$work/$1/bin/sleeve" "${version:0:4}" "${other:0:4}" && chmod 755 "$work/$1/bin/sleeve"
}
check "a copy with another version" eval 'installed other "$module" && [ "$("$work/other/bin/sleeve" --version)" = "sleeve $other" ]'
for command in "embed gray16"; do
    check "$command on two versions" eval 'two 1 -n 1 "$sleeve" -C "$db" $command : -n 1 "$work/other/bin/sleeve" -C "$db" $command && once "^sleeve: rank 1 on .* runs sleeve $other and rank 0 on .* runs $version; install the same version on all hosts$" && [ "$(wc -l <"$work/err")" = 1 ]'
done
check "an old module" installed old "$(dirname "$module")/../../gpu/sleeve-compute-cpu.so"
check "of one rank" eval 'two 1 -n 1 "$sleeve" -C "$db" train als : -n 1 "$work/old/bin/sleeve" -C "$db" train als && once "^sleeve: rank 1 on .*: the MPI module .* is of another version of sleeve; build or install sleeve again$" && [ "$(grep -c "^sleeve:" "$work/err")" = 1 ]'

# ---- als
for ranks in 1 2 4; do check "als on $ranks" gives 0 -C "$db" train als --name als$ranks --set factors=32 --set iterations=5; done
check "two processes give what one gives" near als1 als2
check "the last one says how they exchange" once "^sleeve: 4 processes exchange by MPI and host memory$"
check "so do four" near als1 als4

# ---- a network
for ranks in 1 2; do check "mf-transformer on $ranks" gives 0 -C "$db" train mf-transformer --name mf$ranks --set factors=16 --set feed_forward=64 --set epochs=1; done
check "two processes train the network of one" near mf1 mf2 items
for ranks in 1 2; do check "mf-avg on $ranks, sharded" gives 0 -C "$db" train mf-avg --name avg$ranks --set factors=16 --set epochs=1 --tables sharded; done
check "the second one says so" once "sharded tables (track): 0[.][0-9] MB on each of 2 processes instead of 0[.][0-9] MB"
check "sharded tables give the network of one process" near avg1 avg2 items
check "an unknown placement of tables" eval 'gives 2 -C "$db" train mf-avg --tables here && once "tables is auto, replicated or sharded"'
check "a network that normalises over the batch" eval 'gives 2 -C "$db" train mf-cnn && once "without mpirun"'

# ---- evaluate
evaluated() { # RANKS : without the times
    ranks=$1
    gives 0 -C "$db" evaluate --model als1 --run "$work/run$1" --json && sed 's/"ms_per_playlist":{[^}]*}//' "$work/out" >"$work/result$1"
}
for r in 1 3; do check "evaluate on $r" evaluated $r; done
for r in 3; do check "$r processes evaluate exactly as one" eval "cmp '$work/result1' '$work/result$r' && cmp '$work/run1' '$work/run$r' && grep -q ndcg '$work/result1'"; done
ranks=2
check "re-rankings are evaluated by one process" eval 'gives 2 -C "$db" evaluate --model als1 --rerank artists=2 && once "without mpirun"'

# ---- lists of many playlists
many=$work/many.db
awk 'BEGIN { srand(6); print "playlist,pos,track,artist,album"
    for (p = 1; p <= 3300; p++) for (i = 1; i <= 3; i++) { t = int(300 * rand() * rand()); print "list " p "," i ",song " t ",band " t % 40 ",album " t % 90 } }' >"$work/many.csv"
"$sleeve" -C "$many" import csv "$work/many.csv" -q >/dev/null
"$sleeve" -C "$many" train als --set factors=8 --set iterations=2 -q >/dev/null
lists="-C $many recommend --model als --on all -n 5 --out $work/lists"
for ranks in 1 3; do check "lists of all playlists on $ranks" eval 'gives 0 ${lists}$ranks && prints "3300 playlists in 4 files"'; done
for r in 3; do check "$r processes write the files of one" diff -r "$work/lists1" "$work/lists$r"; done
check "no file is left beside them" eval '! ls "$work" | grep -E "partial|lock"'
ranks=2
check "a folder that exists" eval 'gives 1 ${lists}1 && once "lists1 exists"'
check "one list is made by one process" eval 'gives 2 -C "$many" recommend --model als --track x && once "without mpirun"'
check "options of one list" eval 'gives 2 ${lists}4 --once && once "--once is for one list"'
cp -r "$work/lists1" "$work/lists5.partial" && rm "$work/lists5.partial/lists-00002.run"
check "a run that was stopped continues with any number" eval 'gives 0 ${lists}5 && prints "of which 3 were there" && diff -r "$work/lists1" "$work/lists5"'
cp -r "$work/lists1" "$work/lists6.partial" && echo else >"$work/lists6.partial/lists.json"
check "lists of another run are not mixed with them" eval 'gives 1 ${lists}6 && once "has lists of another command"'
check "a folder that cannot be made" eval 'gives 1 -C "$many" recommend --model als --on all --out "$many/x" && [ "$(wc -l <"$work/err")" = 1 ]'
check "a full disk of one rank" eval 'two 1 -n 1 "$sleeve" ${lists}7 : -n 1 sh -c "ulimit -f 40; exec \"\$@\"" sh "$sleeve" ${lists}7 && once "rank 1 on .*lists-00001.run" && [ "$(wc -l <"$work/err")" = 1 ] && [ ! -e "$work/lists7" ] && [ ! -e "$work/lists7.partial/lists-00001.run" ]'
check "which the same command makes good" eval 'gives 0 ${lists}7 && diff -r "$work/lists1" "$work/lists7"'

# ---- embed
embedded() { # RANKS
    ranks=$1
    rm -f "$work/c.data/embeddings/"*
    gives 0 -C "$db" embed gray16 && gives 0 -C "$db" embed metadata && mkdir "$work/sets$1" && cp "$work/c.data/embeddings/"*.safetensors "$work/sets$1/"
}
python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute("REPLACE INTO settings VALUES (?, ?)", ("covers.generated", "1")); c.commit()' "$db"
for r in 1 3; do check "embed on $r" embedded $r; done
for r in 3; do check "$r processes embed as one" eval "diff -r '$work/sets1' '$work/sets$r' && [ -s '$work/sets1/gray16.safetensors' ]"; done
ranks=2
check "vectors of files are printed by one process" eval 'gives 2 -C "$db" embed gray16 --image x.png && once "without mpirun"'

# ---- two machines, as far as the network is concerned
between=$(dirname "$0")/../../scripts/mpi-namespaces
apart() { # ARGUMENTS... : sleeve on two ranks in namespaces of their own
    timeout -k 2 120 "$between" "$sleeve" --threads 1 "$@" >"$work/out" 2>"$work/err" </dev/null || { cat "$work/err"; return 1; }
}
if why=$(timeout 60 "$between" true 2>&1); then
    check "als between network namespaces" apart -C "$db" train als --name apart --set factors=32 --set iterations=5
    check "gives what one process gives" near als1 apart
    check "lists between them" eval 'apart -C "$many" recommend --model als --on all -n 5 --out "$work/lists8" && diff -r "$work/lists1" "$work/lists8"'
else
    n=$((n + 1))
    echo "ok $n - between network namespaces # SKIP $why"
fi

# ---- trainings that are stopped, and ranks that are killed
long="train als --name long --set factors=256 --set iterations=40 --set regularization=2"
unfinished=$work/c.data/models/long.safetensors.new.checkpoint
started() { # COMMAND... : in the background, until the training has its lock
    "$@" -C "$db" --threads 1 $long >"$work/out" 2>"$work/err" </dev/null &
    job=$!
    for i in $(seq 400); do
        [ -f "$work/c.data/models/long.lock" ] && return
        sleep 0.05
    done
}
stopped() { # one process is asked to stop, when it has finished an iteration
    for seconds in 0.1 0.05 0.2 0.05 0.5 1 2 4; do # it may not have one yet, or be over
        started "$sleeve"
        sleep $seconds
        kill -TERM $job
        wait $job
        status=$?
        [ -f "$unfinished" ] && return
    done
}
killed() { # one of two ranks
    started mpirun -q -n 2 "$sleeve"
    victim=$(pgrep -P $job -x sleeve | tail -n 1)
    kill -KILL "$victim"
    wait $job
    status=$?
}
check "a killed rank ends the job" eval 'killed; [ $status = 137 ] && [ "$(grep "^sleeve:" "$work/err" | grep -vc "2 processes exchange by")" -le 1 ]'
ranks=1
check "no model of that name was stored" eval '! gives 0 -C "$db" models show long'
check "a training as a whole" gives 0 -C "$db" ${long/long/whole}
both_stopped() { # two ranks are asked to stop, and rank 0 needs two seconds to save
    for seconds in 0.1 0.05 0.2 0.05 0.5 1 2 4; do
        started mpirun -q -x LD_PRELOAD="$slow_flush" -n 2 "$sleeve"
        sleep $seconds
        kill -TERM $(pgrep -P $job -x sleeve)
        wait $job
        status=$?
        says "was stopped after" && return
    done
}
check "two ranks that are stopped wait until the training is saved" eval 'both_stopped; [ $status = 130 ] && once "was stopped after" && [ -f "$unfinished" ]'
ranks=1
check "one process continues with it" eval 'gives 0 -C "$db" $long --resume && near whole long && "$sleeve" -C "$db" models rm long -q'
check "one that is stopped" eval 'stopped; [ $status = 130 ] && says "with --resume"'
ranks=2
check "continues on two ranks" eval 'gives 0 -C "$db" $long --resume && near whole long && [ ! -e "$unfinished" ]'
echo "1..$n"
