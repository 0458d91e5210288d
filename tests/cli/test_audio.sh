#!/usr/bin/env bash
# Spectrograms of a library: computed, kept, continued after Ctrl-C and kill -9, with files that cannot be read. Speaks TAP.
# usage: test_audio.sh SLEEVE MUSIC
set -u
here=$(cd "$(dirname "$0")" && pwd)
sleeve=$(realpath "$1")
data=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
unset SLEEVE_CATALOGUE
n=0

. "$here/check.sh"

cd "$work" || exit 1
db=c.db

wav() { # PATH SECONDS CHANNELS [DECLARED SECONDS] : a file of noise at 16,000 Hz
    python3 - "$@" <<'PYTHON'
import random, struct, sys
path, seconds, channels = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
declared = float(sys.argv[4]) if len(sys.argv) > 4 else seconds
count = int(16000 * seconds) * channels
size = int(16000 * declared) * channels * 2
with open(path, "wb") as out:
    out.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", (36 + size) & 0xffffffff, b"WAVE", b"fmt ", 16, 1, channels, 16000,
                          32000 * channels, 2 * channels, 16, b"data", size & 0xffffffff))
    block = random.Random(path).randbytes(64000)
    for at in range(0, 2 * count, len(block)):
        out.write(block[: 2 * count - at])
PYTHON
}

count() { # NAME VALUE : a row of the last report
    prints "^$1	$2\$"
}

mkdir -p music/one music/two
for i in 1 2 3 4 5 6; do wav "music/one/Band - Song $i.wav" 30 2; done
wav "music/two/Choir - Eight.wav" 5 8
cp "$data/latin1.mp3" music/two
printf 'Orchestre - Caf\351.ogg' >name
cp "$data/tagged.ogg" "music/two/$(cat name)"

check "no track has a file" eval 'printf "playlist,pos,track,artist\na,1,x,y\n" >p.csv && gives 0 -C p.db import csv p.csv --preset playlists && gives 1 -C p.db audio compute && says "import library" && gives 0 -C p.db audio status && prints "^have a file	0$"'
check "a library" eval 'gives 0 -C $db import library music && count new_tracks 9'
check "status before" eval 'gives 0 -C $db audio status && prints "^have a file	9$" && prints "^not read yet	9$" && says "audio compute"'
check "all are computed" eval 'gives 0 -C $db audio compute && count tracks 9 && count computed 9 && count unreadable 0'
check "and kept" eval 'gives 0 -C $db audio compute && count computed 0 && count kept 9'
check "any number of threads" eval 'cp -r c.data d.data && cp $db d.db && rm d.data/spectrograms/* && gives 0 -C d.db --threads 1 audio compute && count computed 9'
check "status after" eval 'gives 0 -C $db audio status && prints "^can be read	9$" && prints "^not read yet	0$" && prints "^thesis	9	"'
check "other settings are other spectrograms" eval 'gives 0 -C $db audio compute --preset musicnn && count computed 9 && gives 0 -C $db audio compute --preset fitness && count computed 9 && gives 0 -C $db audio status && prints "^musicnn	9	" && prints "^fitness	9	"'
check "settings that there are not" eval 'gives 2 -C $db audio compute --preset none && says "thesis, musicnn or fitness"'
check "compute has no --all" gives 2 -C $db audio compute --all

# What happens to files
check "a changed file is computed again" eval 'wav "music/one/Band - Song 1.wav" 31 1 && gives 0 -C $db audio compute && count computed 1 && count kept 8'
check "bad files are skipped, counted and named" eval ': >"music/one/Band - Song 2.wav" && wav "music/one/Band - Song 3.wav" 5 1 90 && head -c 5000 /dev/urandom >"music/one/Band - Song 4.wav" && gives 0 -C $db audio compute && count unreadable 3 && count kept 6 && says "Song 2.wav: the file is empty" && says "Song 3.wav: it is cut: it holds 5.0 s of the 90.0 s" && says "Song 4.wav: not music"'
check "and not decoded again" eval 'gives 0 -C $db audio compute && count unreadable 3 && ! says "Song 3"'
check "status names them" eval 'gives 0 -C $db audio status && prints "^can be read	6$" && prints "Song 3.wav	it is cut"'
check "status as JSON" eval 'gives 0 -C $db --json audio status && python3 -c "import json, sys; s = json.load(open(\"out\")); assert s[\"with_file\"] == 9 and s[\"readable\"] == 6 and len(s[\"unreadable\"]) == 3 and s[\"spectrograms\"][0][\"preset\"] == \"musicnn\""'
check "a day of sound is not a track" eval 'wav "music/one/Band - Song 5.wav" 5 1 86400 && gives 0 -C $db audio compute && count unreadable 4 && says "Song 5.wav: it is longer than 120 minutes"'
check "a folder that vanishes" eval 'mv music gone && gives 3 -C $db audio compute && says "9 are not there" && gives 0 -C $db audio status && prints "the file is not there" && mv gone music && gives 0 -C $db audio compute && count kept 5'
check "a file that is there and cannot be opened is not missing" eval 'mkdir pipe && wav "pipe/A - P.wav" 3 1 && wav "pipe/A - Q.wav" 3 1 && gives 0 -C pipe.db import library pipe && rm "pipe/A - P.wav" && mkfifo "pipe/A - P.wav" && gives 0 -C pipe.db audio compute && count unreadable 1 && count missing 0 && says "P.wav: a pipe" && gives 0 -C pipe.db audio status && prints "P.wav	a pipe, not a regular file" && prints "^not read yet	0$"'
check "of copies of a song the whole one is read" eval 'mkdir -p copies/a copies/b && wav "copies/a/A - X.wav" 10 1 30 && wav "copies/b/A - X.wav" 30 1 && gives 0 -C copies.db import library copies && count files_merged 1 && gives 0 -C copies.db audio compute && count computed 1'
check "only bad files are bad data" eval 'mkdir bad && wav "bad/A - B.wav" 3 1 && gives 0 -C bad.db import library bad && : >"bad/A - B.wav" && gives 3 -C bad.db audio compute && says "none of the 1 files" && count unreadable 1'

# Runs that are stopped
mkdir many
for i in $(seq 1 24); do wav "many/Band - Long $i.wav" 60 2; done
check "many files" gives 0 -C m.db import library many
stopped_by() { # SIGNAL STATUS : computing is stopped when the cache has grown
    rm -rf m.data/spectrograms
    "$sleeve" -C m.db audio compute >"$work/out" 2>"$work/err" </dev/null &
    local child=$! i
    for i in $(seq 1 1500); do
        [ "$(stat -c %s m.data/spectrograms/thesis.cache 2>/dev/null || echo 0)" -gt 1500000 ] && break
        sleep 0.02
    done
    kill "-$1" $child
    wait $child
    [ $? -eq "$2" ] && "$sleeve" -C m.db audio status >"$work/out" 2>"$work/err"
}
check "Ctrl-C keeps what was computed" eval 'stopped_by INT 130 && gives 0 -C m.db audio compute && ! count kept 0 && ! count kept 24'
check "kill -9 loses at most what was not on the disk" eval 'stopped_by KILL 137 && gives 0 -C m.db audio compute && ! count computed 24'
check "then all are there" eval 'gives 0 -C m.db audio compute && count kept 24'
check "a full disk is an error, and what was there stays" eval 'rm -rf m.data/spectrograms && (ulimit -f 4000 && gives 1 -C m.db audio compute && says "cannot be written: .*; raise the limit") && gives 0 -C m.db audio compute && gives 0 -C m.db audio compute && count kept 24'
check "a damaged cache says what to do" eval 'printf x | dd of=m.data/spectrograms/thesis.cache bs=1 seek=140 conv=notrunc 2>/dev/null && gives 0 -C m.db audio status && prints "is damaged"'

# Pictures
check "a spectrogram as PNG" eval 'gives 0 spectrogram "$data/tagged.flac" --out s.png && head -c 8 s.png | grep -q PNG && prints "1.0 s shown; the file has 1 channel at 8000 Hz"'
check "a spectrogram as SVG" eval 'gives 0 spectrogram "music/two/Choir - Eight.wav" --preset musicnn --start 1 --duration 2 --out s.svg && python3 -c "import xml.dom.minidom as m; assert m.parse(\"s.svg\").getElementsByTagName(\"image\")" && grep -q ">Hz<" s.svg && grep -q "16000 Hz, frames of 512, hop 256, 96 mel" s.svg'
check "a spectrogram as JSON" eval 'gives 0 --json spectrogram "music/two/Choir - Eight.wav" --out s.png && python3 -c "import json; s = json.load(open(\"out\")); assert s[\"channels\"] == 8 and abs(s[\"seconds\"] - 5) < 0.1"'
check "a file of no sound has none" eval 'gives 3 spectrogram p.csv --out t.png && says "p.csv: not music" && [ ! -e t.png ]'
check "a name that is not UTF-8" eval 'gives 0 spectrogram "music/two/$(cat name)" --out s.svg'
check "a start behind the end" eval 'gives 3 spectrogram "$data/tagged.flac" --start 30 --out t.png && says "it ends after 1.0 s"'
check "nor is a path through a file, or a link to itself" eval 'ln -s circle.ogg circle.ogg && for f in circle.ogg p.csv/x.ogg; do gives 3 spectrogram $f --out t.png && says "$f: cannot be read" || return 1; done'
check "a file that is not there" eval 'gives 3 spectrogram none.ogg --out t.png && says none.ogg'
check "another format of figures" gives 2 spectrogram "$data/tagged.flac" --out t.gif
echo "1..$n"
