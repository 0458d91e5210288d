#!/usr/bin/env python3
"""Catalogues whose numbers, blobs and texts were changed: every command ends with status 0, 1 or 3 and, unless it is 0,
with an error message. Speaks TAP.
usage: test_hostile_catalogue.py SLEEVE"""
import os, shutil, sqlite3, struct, subprocess, sys, tempfile

sleeve = sys.argv[1]
SECONDS = 60  # only a hang takes so long

HUGE = 4611686018427387904
LEAST = -9223372036854775808


def entries(*numbers):
    return "x'" + struct.pack("<%di" % len(numbers), *numbers).hex() + "'"


READ = ["playlists", "show 'list 1'", "search song", "export csv 'list 1'"]
TRAIN = ["train als --name x --set factors=8 --set iterations=1", "train sknn --name x", "split --test 10 --val 10"]
RECOMMEND = ["recommend --model als --playlist 'list 1' -n 5"]
EVALUATE = ["evaluate --model als", "compare als popularity"]
EXPLORE = ["explore --script @script --dump @out"]
CHECK = ["doctor"]
COVERS = ["covers status", "embed gray16", "tsne --embedding gray16 --iterations 10 --out @out.tsv"]

FETCH = ["covers fetch --from coverartarchive --limit 1"]  # from a server that does not answer

# Damage to the catalogue (SQL, with its constraints switched off), and the commands that read it.
CASES = [
    ("update state set n_entries = %d, n_repeats = 0" % HUGE, TRAIN + EXPLORE),
    ("update state set n_playlists = -1", TRAIN + CHECK),
    ("update state set n_playlists = n_playlists - 1", TRAIN + EVALUATE),
    ("update state set n_playlists = %d" % HUGE, TRAIN + EXPLORE),
    ("update state set n_repeats = n_entries + 1", TRAIN + EVALUATE),
    ("update state set n_entries = n_entries - 1", TRAIN),
    ("update state set n_entries = -5, n_repeats = -6", TRAIN + CHECK),
    ("update state set n_entries = %d, n_repeats = %d" % (LEAST, -LEAST - 1), TRAIN),
    ("update state set hash_tracks = %d" % HUGE, CHECK + ["import csv @songs"]),
    ("update state set hash_tracks = -1, hash_length = -1", CHECK + ["import csv @songs"]),
    ("delete from state", TRAIN + CHECK + EXPLORE + ["import csv @songs"]),
    ("update fingerprints set n_tracks = %d" % LEAST, CHECK + RECOMMEND),
    ("insert into fingerprints values (%d, 'x')" % HUGE, CHECK),
    ("insert into fingerprints values (%d, 'x'), (%d, 'y')" % (LEAST, LEAST + 1), CHECK),
    ("update playlists set n_entries = %d, n_repeats = -1" % HUGE, READ + TRAIN + EXPLORE),
    ("update playlists set n_entries = -1, duration_ms = %d" % LEAST, READ + EXPLORE + CHECK),
    ("update playlists set own = 1", READ + TRAIN + EXPLORE),
    ("update playlists set changed = %d" % (-LEAST - 1), EXPLORE),
    ("update playlist_entries set tracks = " + entries(0), READ + TRAIN + RECOMMEND + EXPLORE),
    ("update playlist_entries set tracks = " + entries(-1, 2147483647, -2147483648), READ + TRAIN + RECOMMEND + EVALUATE),
    ("update playlist_entries set tracks = " + entries(181), READ + TRAIN + RECOMMEND + CHECK),
    ("update playlist_entries set tracks = x''", READ + TRAIN + RECOMMEND + EVALUATE + EXPLORE),
    ("update playlist_entries set tracks = x'0102'", READ + TRAIN + RECOMMEND + CHECK),
    ("update playlist_entries set tracks = zeroblob(80000000) where playlist_id = 1", READ + TRAIN + RECOMMEND),
    ("update playlist_entries set tracks = cast(replace(hex(zeroblob(100000)), '00', x'01000000') as blob)", READ + TRAIN),
    ("delete from playlist_entries", READ + TRAIN + RECOMMEND + EXPLORE + CHECK),
    ("update split_playlists set seeds = %d" % HUGE, EVALUATE + TRAIN),
    ("update split_playlists set seeds = 1000000", EVALUATE + ["split --export @out"]),
    ("update split_playlists set seeds = -1", EVALUATE),
    ("update split_playlists set part = 255", EVALUATE + TRAIN),
    ("update split_playlists set part = 7", EVALUATE + ["split --export @out"]),
    ("insert into split_playlists select id + 1000000, 4, 3 from playlists", EVALUATE + CHECK),
    ("insert into split_cold select id + 1000000 from tracks", EVALUATE + TRAIN + CHECK + ["split --export @out"]),
    ("insert into split_cold values (-1), (0), (%d)" % HUGE, EVALUATE + TRAIN + CHECK + ["split --export @out"]),
    ("insert into split_cold select id from tracks", EVALUATE + TRAIN + CHECK + EXPLORE),
    ("update result_values set value = 9e999 where metric like 'known.%'", ["compare als popularity --held-out known"]),
    ("update track_counts set n_entries = %d" % HUGE, COVERS + CHECK + ["train popularity --name x"]),
    ("update track_counts set n_entries = -3, n_playlists = %d" % LEAST, COVERS + EXPLORE),
    ("update tracks set duration_ms = %d, popularity = -7" % HUGE, READ + EXPLORE),
    ("update tracks set album_id = %d" % HUGE, READ + COVERS + ["import csv @songs"]),
    ("update tracks set artist_id = -1", READ + EVALUATE + EXPLORE + COVERS),
    ("insert into tracks values (2147483647, 'k', 't', 1, null, null, null)", READ + TRAIN + RECOMMEND + CHECK),
    ("insert into artists values (%d, 'k', 'n')" % HUGE, COVERS + EVALUATE + EXPLORE + ["import csv @songs"]),
    ("insert into albums values (%d, 'k', 't', 1, null, null)" % HUGE, COVERS + EXPLORE + CHECK + ["import csv @songs"]),
    ("delete from tracks where id = 5", READ + TRAIN + RECOMMEND + CHECK + EXPLORE),
    ("delete from tracks", READ + TRAIN + RECOMMEND + CHECK + EXPLORE),
    ("update albums set release_date = '99999999999999999999', genre_id = %d" % HUGE, COVERS + EXPLORE),
    ("update albums set artist_id = 0", COVERS + EXPLORE + CHECK),
    ("update result_values set value = 9e999 where metric = 'ndcg'; delete from result_values where metric = 'recall';"
     " update result_values set value = -9e999 where metric = 'clicks'; update results set seeds = %d" % LEAST,
     EVALUATE[1:] + EXPLORE),
    ("update results set seeds = -1; update result_values set value = 1e308 where metric = 'clicks'", EVALUATE[1:] + EXPLORE),
    ("update result_values set metric = hex(zeroblob(1000)) || metric", EVALUATE[1:] + EXPLORE),
    ("delete from result_values where playlist_id % 2", EVALUATE[1:] + EXPLORE + CHECK),
    ("update covers set image = zeroblob(1000), reason = ''", COVERS + EXPLORE),
    ("insert into covers values (1, x'89504e470d0a1a0a', ''), (2, x'', ''), (%d, zeroblob(9), '')" % HUGE, COVERS + EXPLORE),
    ("insert into covers values (1, null, char(27) || '[2J' || hex(zeroblob(100000)))", COVERS),
    ("insert into cover_fetches values (1, 'coverartarchive', hex(zeroblob(100000)), 'x', '', %d, %d, -1),"
     " (%d, 'coverartarchive', '', 'x', '', 0, 0, null)" % (-LEAST - 1, LEAST, HUGE), FETCH + COVERS),
    ("insert into cover_fetches select id, 'coverartarchive', 'release/' || char(10), 'x', char(27), -1, %d, 0 from albums" % LEAST,
     FETCH),
    ("insert into album_ids values ('musicbrainz:release:' || hex(zeroblob(100000)), 1), ('musicbrainz:release:', %d)" % HUGE, FETCH),
    ("insert into settings values ('name', hex(zeroblob(1000000))), ('covers.generated', ''),"
     " ('covers.version', '-99999999999999999999')", COVERS + EXPLORE + CHECK),
    ("insert or replace into sessions values (1, '[' || hex(zeroblob(100000)))", EXPLORE),
    ("insert or replace into sessions values (1, replace(hex(zeroblob(300000)), '00', '['))", EXPLORE),
    ("update models set n_tracks = %d, settings = '{', results = '[[[[', created = ''" % HUGE, RECOMMEND + EVALUATE + EXPLORE),
    ("update models set fingerprint = '', kind = 'x', n_tracks = -1", RECOMMEND + ["models", "models show als"]),
    ("insert into embedding_sets values ('../../x', -1, '/etc/passwd', '', '', '')", COVERS),
    ("update genres set id = id + 3000000000; update playlist_genres set genre_id = -1", COVERS + ["import csv @songs"]),
    ("update imports set size = -1, playlists = %d" % HUGE, ["import csv @songs", "doctor"]),
    ("update playlists set key = char(7) || id, name = char(0, 27, 10)", READ[:1] + EXPLORE + ["split --export @out"]),
    ("update tracks set title = cast(x'ff00fe' as text), key = cast(x'80' || id as text)", READ + EXPLORE + CHECK),
]


def songs(path):
    with open(path, "w") as out:
        out.write("playlist,pos,track,artist,album\n")
        for p in range(1, 41):
            for t in range(1, 26):
                n = (p * 7 + t * (1 + p % 5)) % 180
                out.write(f"list {p},{t},Song {n},Band {n % 30},Album {n % 60}\n")


def run(db, command, work):
    words = command.replace("@songs", work + "/more.csv").replace("@script", work + "/script").replace("@out", work + "/o")
    try:
        done = subprocess.run(["bash", "-c", f'exec "$0" -C "$1" --threads 2 -q {words}', sleeve, db],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"{command}: no end after {SECONDS} s"
    error = done.stderr.decode(errors="replace")
    allowed = (0, 1, 2, 3) if "script:" in error else (0, 1, 3)  # a line of the script finds nothing to act on
    if done.returncode not in allowed or "Sanitizer" in error or "runtime error" in error:
        return f"{command}: status {done.returncode}: {error[:3000]}"
    if done.returncode != 0 and not error.startswith("sleeve: "):
        return f"{command}: status {done.returncode} without a sentence: {error[:200]}"
    return None


def harm(db, sql):
    connection = sqlite3.connect(db)
    connection.isolation_level = None
    connection.execute("PRAGMA ignore_check_constraints = ON")
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.executescript(sql)
    for _, create in triggers:
        connection.execute(create)
    connection.close()


def main():
    work = tempfile.mkdtemp()
    os.environ.update(HOME=work, XDG_DATA_HOME=work, XDG_CACHE_HOME=work)
    os.environ.update(SLEEVE_FETCH_URL="http://127.0.0.1:9", SLEEVE_CONTACT="me@example.org")
    songs(work + "/songs.csv")
    with open(work + "/more.csv", "w") as out:
        out.write("playlist,track,artist,album\nmore,Song 1,Band 1,Album 1\nmore,New,Newer,Newest\n")
    with open(work + "/script", "w") as out:
        out.write("search song 1\nadd 1\nadd 2\nmap\nfailures als\nopen\nplaylists\nquit\n")
    good = work + "/good.db"
    for command in ("import csv " + work + "/songs.csv", "split --test 10 --val 5", "train als --name als",
                    "train popularity --name popularity", "evaluate --model als,popularity", "embed gray16"):
        fault = run(good, command, work)
        if fault and not command.startswith("embed"):
            print("Bail out!", fault)
            return 1
    sqlite3.connect(good).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"1..{len(CASES)}")
    for number, (sql, commands) in enumerate(CASES, 1):
        faults = []
        for suffix in ("-wal", "-shm", ""):
            if os.path.exists(work + "/bad.db" + suffix):
                os.unlink(work + "/bad.db" + suffix)
        shutil.copy(good, work + "/bad.db")
        shutil.rmtree(work + "/bad.data", ignore_errors=True)
        shutil.copytree(work + "/good.data", work + "/bad.data")
        harm(work + "/bad.db", sql)
        for command in commands:
            faults.append(run(work + "/bad.db", command, work))
        faults = [fault for fault in faults if fault]
        print("not ok" if faults else "ok", number, "-", sql[:70].replace("#", ""))
        for fault in faults:
            print("# " + fault.replace("\n", "\n# "))
    shutil.rmtree(work)
    return 0


sys.exit(main())
