#!/usr/bin/env bash
# A folder of music files of each format becomes a catalogue with covers and playlists. Speaks TAP.
# usage: test_import_library.sh SLEEVE MUSIC
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
mkdir -p "music/Sigur Rós/Kveikur" music/lists
cp "$data"/tagged.* "$data"/alac.m4a "music/Sigur Rós/Kveikur"
cp "$data/latin1.mp3" music
head -c 1000 "$data/tagged.ogg" >music/cut.ogg
printf '#EXTM3U\r\n../latin1.mp3\r\nfile://%s/music/Sigur%%20R%%C3%%B3s/Kveikur/tagged.opus\r\nnone.mp3\r\n' "$work" >music/lists/Two.m3u8
db=c.db

count() { # NAME VALUE : a row of the last report
    prints "^$1	$2\$"
}

check "a folder is imported" gives 0 -C $db import library music
check "what was read" eval 'count files 11 && count new_tracks 2 && count files_merged 9 && count new_albums 2'
check "covers in files" eval 'count covers_embedded 1 && count covers_none 1'
check "a damaged file is named" says 'cut.ogg: '
check "-v names each file that is passed over" eval 'head -c 900 "$data/tagged.ogg" >music/cut2.ogg && gives 0 -v -C v.db import library music && says "passed over: .*cut.ogg: " && says "passed over: .*cut2.ogg: " && rm music/cut2.ogg'
check "an unknown entry is named with its line" says 'lists/Two.m3u8, line 4'
check "covers status" eval 'gives 0 -C $db covers status && prints "^has a cover	1$"'
check "an album by its MusicBrainz id" eval \
    'gives 0 -C $db show musicbrainz:release:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee && prints Kveikur'
check "a track by its ISRC" eval 'gives 0 -C $db show isrc:GBBKS1300123 && prints gætis'
check "a playlist" eval 'gives 0 -C $db export csv lists/Two.m3u8 && prints Café && prints gætis'
check "the catalogue is sound" gives 0 -C $db doctor
check "spectrograms of its files" eval 'gives 0 -C $db audio compute && prints "^computed	2$" && gives 0 -C $db audio status && prints "^can be read	2$"'
check "a spectrogram as a picture" eval 'gives 0 spectrogram "$data/tagged.flac" --out s.png && prints "1.0 s shown"'
check "nothing is read again" eval 'gives 0 -C $db import library music && count files 0 && count files_skipped 12'
check "a missing disk" eval 'mv music elsewhere && mkdir music && gives 0 -C $db import library music && count files_missing 13'
check "tracks stay" eval 'gives 0 -C $db search café && prints Café'
check "no music" eval 'mkdir empty && gives 3 -C $db import library empty && says "no music files"'
check "no folder" gives 3 -C $db import library songs
check "one folder" gives 2 -C $db import library music empty
check "JSON" eval 'gives 0 -C $db --json import library elsewhere && python3 -m json.tool out >/dev/null && prints files_merged'
echo "1..$n"
