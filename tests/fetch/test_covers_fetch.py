#!/usr/bin/env python3
"""`sleeve covers fetch` against a server on loopback that plays the sources and their faults. Speaks TAP.
usage: test_covers_fetch.py SLEEVE [TEST...]"""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server  # noqa: E402

sleeve = os.path.abspath(sys.argv[1])
work = tempfile.TemporaryDirectory(prefix="sleeve-fetch-")
os.chdir(work.name)
SECRET = "se0cret9of2the7app"
number = failures = 0


def check(name, good, why=""):
    global number, failures
    number += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    if not good:
        print("\n".join("# " + line for line in str(why).splitlines()), flush=True)


def album_id(i):
    return f"album{i:017d}"


def make_catalogue(name, keys):
    """A catalogue with an album for each key, with its tracks' titles "Album N" by "Artist N"."""
    with open("songs.csv", "w") as table:
        table.write("playlist,track,artist,album,album_id,track_id,duration_ms\n")
        for i, key in enumerate(keys):
            table.write(f"List,Song {i},Artist {i},Album {i},{key},t{i},1000\n")
    done = subprocess.run([sleeve, "-C", name, "import", "csv", "songs.csv"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def environment(address, **more):
    own = {"HOME": work.name, "XDG_CONFIG_HOME": work.name + "/config", "PATH": os.environ["PATH"]}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH", "TMPDIR"):
        if name in os.environ:
            own[name] = os.environ[name]
    own["SLEEVE_FETCH_URL"] = address
    own["SLEEVE_SPOTIFY_CREDENTIALS"] = f"one:{SECRET}"
    own |= more
    return {name: value for name, value in own.items() if value is not None}


def command(name, arguments):
    return [sleeve, "-C", name, "--json", "--no-progress", "covers", "fetch", *arguments]


def fetch(name, address, *arguments, status=0, **more):
    """The report, and what was written to stderr."""
    done = subprocess.run(command(name, arguments), env=environment(address, **more), capture_output=True, text=True, timeout=120)
    if done.returncode != status or SECRET in done.stderr + done.stdout:
        raise AssertionError(f"status {done.returncode}, not {status}: {done.stderr}")
    return (json.loads(done.stdout) if done.stdout else {}), done.stderr


def query(name, sql):
    with sqlite3.connect(name) as catalogue:
        return catalogue.execute(sql).fetchall()


def reasons(name):
    return dict(query(name, "SELECT a.key, c.reason FROM covers c JOIN albums a ON a.id = c.album_id"))


def whole(name):
    return query(name, "PRAGMA integrity_check") == [("ok",)] and not query(name, "PRAGMA foreign_key_check")


def sound(name):
    done = subprocess.run([sleeve, "-C", name, "doctor", "--json"], capture_output=True, text=True)
    return done.returncode == 0 and whole(name)


def image(world, i):
    path = f"/i.scdn.co/image/{i}"
    world.images[path] = i + 1
    return path


def spotify_world(n):
    world = server.World()
    world.secrets = {"one": SECRET}
    world.albums = {album_id(i): image(world, i) for i in range(n)}
    return world


def all_albums_are_fetched_once():
    world = spotify_world(45)
    world.albums[album_id(3)] = None
    world.albums[album_id(4)] = []
    world.albums[album_id(6)] = world.albums[album_id(5)]  # the same image
    http, address = server.start(world)
    make_catalogue("all.db", [album_id(i) for i in range(45)] + ["other key"])
    report, said = fetch("all.db", address)
    check("every album gets its image", report["fetched"] == 43 and report["looked_for"] == 45, report)
    check("an album of another key is counted", report["other_keys"] == 1, report)
    check("what finds it is named", "SLEEVE_CONTACT" in said, said)
    check("an image of two albums is fetched once", report["same_image"] == 1 and max(world.served.values()) == 1, report)
    check("the largest image is taken", not any(path.endswith("-small") for path in world.requested), world.requested)
    check("albums are requested in batches of twenty", world.clients["one"] == 3, world.clients)
    why = reasons("all.db")
    check("reasons are stored", (why["spotify:album:" + album_id(3)], why["spotify:album:" + album_id(4)]) ==
          ("the source does not know the album", "the source has no image of the album"), why)
    check("reasons are counted", report["reasons"] == {"the source does not know the album": 1,
                                                       "the source has no image of the album": 1}, report)
    before = world.requested.copy()
    report, _ = fetch("all.db", address)
    check("a second run requests nothing", world.requested == before and report["looked_for"] == 0 and
          report["already_there"] == 43 and report["known_without"] == 2, report)
    world.albums[album_id(3)] = image(world, 3)
    report, _ = fetch("all.db", address, "--retry")
    check("--retry looks for those without a cover again", report["fetched"] == 1 and report["looked_for"] == 2, report)
    status = subprocess.run([sleeve, "-C", "all.db", "covers", "status"], capture_output=True, text=True).stdout
    check("covers status counts the reasons", "the source has no image of the album\t1" in status, status)
    check("the server saw nothing that is not allowed", not world.violations, world.violations)
    check("the catalogue is sound", sound("all.db"))
    http.shutdown()


def faults_are_remembered():
    world = spotify_world(22)
    expected = {
        0: ("404", "the link to the image is broken"),
        1: ("410", "the link to the image is broken"),
        2: ("html", "the file is not an image that can be used"),
        3: ("bomb", "the file is not an image that can be used"),
        4: ("truncated", "the file is not an image that can be used"),
        5: ("length", "the image is larger than 32 MB"),
        6: ("endless", "the image is larger than 32 MB"),
        7: ("elsewhere", "the link to the image leads to an address that is not allowed"),
        8: ("localport", "the link to the image leads to an address that is not allowed"),
        9: ("file", "the link to the image leads to an address that is not allowed"),
        10: ("loop", "the link to the image leads to an address that is not allowed"),
        11: ("cut", "the image could not be transferred; it is tried again later"),
        12: ("headers", "the image could not be transferred; it is tried again later"),
        13: ("reset", "the image could not be transferred; it is tried again later"),
    }
    for i, (fault, _) in expected.items():
        world.faults[f"/i.scdn.co/image/{i}"] = [fault]
    succeeding = {14: "500", 15: "503", 16: "cut", 17: "slow", 18: "moved"}
    for i, fault in succeeding.items():
        world.faults[f"/i.scdn.co/image/{i}"] = [fault, None] if fault != "moved" else [fault]
    world.images["/i.scdn.co/moved/i.scdn.co/image/18"] = 19
    world.albums[album_id(19)] = "https://example.org/image.png"
    world.albums[album_id(20)] = "http://i.scdn.co/image/20"
    world.albums[album_id(21)] = "https://i.scdn.co@example.org/image"
    for i in (19, 20, 21):
        expected[i] = (None, "the link to the image leads to an address that is not allowed")
    http, address = server.start(world)
    make_catalogue("faults.db", [album_id(i) for i in range(22)])
    report, errors = fetch("faults.db", address)
    why = reasons("faults.db")
    for i in range(22):
        fault, reason = expected.get(i, (succeeding.get(i), ""))
        check(f"fault {fault or world.albums[album_id(i)]}: {reason or 'it succeeds in the end'}", why["spotify:album:" + album_id(i)] == reason, why)
    check("a body is not read further than its limit", not world.violations, world.violations)
    check("what is wrong with images is said", "60000 x 60000 pixels" in errors, errors)
    before = world.requested.copy()
    fetch("faults.db", address)
    check("broken links are not tried again", world.requested == before)
    for i in (11, 12, 13):
        world.faults.pop(f"/i.scdn.co/image/{i}")
    with sqlite3.connect("faults.db") as catalogue:
        retries = catalogue.execute("SELECT min(retry_after - tried), count(*) FROM cover_fetches WHERE retry_after").fetchone()
        catalogue.execute("UPDATE cover_fetches SET retry_after = tried WHERE retry_after")
    check("failures that may pass are tried after an hour", retries == (3600, 3), retries)
    report, _ = fetch("faults.db", address)
    check("failures that may pass are tried again", report["fetched"] == 3 and report["looked_for"] == 3, report)
    check("the catalogue is sound after faults", sound("faults.db"))
    http.shutdown()


def limits_are_honoured():
    for limit in ("1", "date"):
        world = spotify_world(120)
        world.secrets = {"one": SECRET, "two": SECRET + "2", "bad": "other"}
        world.limit = limit
        world.uses = {"one": 2, "two": 3}
        world.token_uses = 3
        http, address = server.start(world)
        make_catalogue(f"limits-{limit}.db", [album_id(i) for i in range(120)])
        report, errors = fetch(f"limits-{limit}.db", address,
                               SLEEVE_SPOTIFY_CREDENTIALS=f"bad:{SECRET},one:{SECRET}, two:{SECRET}2")
        check(f"all albums in spite of limits (Retry-After {limit})", report["fetched"] == 120, report)
        check("no credential is used while it is limited", not world.violations, world.violations)
        check("the next credential is used while one is limited", min(world.clients["one"], world.clients["two"]) >= 3, world.clients)
        check("expired tokens are renewed", len(world.tokens) >= 3, world.tokens)
        check("a refused credential is named by its number", "credential 1 of 3" in errors and "bad" not in errors, errors)
        http.shutdown()


def a_single_credential_waits():
    world = spotify_world(41)
    world.uses = {"one": 1}
    http, address = server.start(world)
    make_catalogue("wait.db", [album_id(i) for i in range(41)])
    report, _ = fetch("wait.db", address)
    check("the time of waiting is reported", report["fetched"] == 41 and report["limited_seconds"] >= 1, report)
    check("the only credential is not used while it is limited", not world.violations, world.violations)
    world.limit, world.uses = "0", {"one": 0}
    world.clients.clear()
    make_catalogue("zero.db", [album_id(i) for i in range(41, 43)])
    report, _ = fetch("zero.db", address)
    check("a limit of no seconds for ever is a failure, after a few requests", sum(report["reasons"].values()) == 2 and
          world.clients["one"] < 40, (report, world.clients))
    http.shutdown()


def single_albums_in_development_mode():
    world = spotify_world(30)
    world.development = True
    world.albums[album_id(7)] = None
    http, address = server.start(world)
    make_catalogue("single.db", [album_id(i) for i in range(30)])
    report, _ = fetch("single.db", address)
    check("albums are requested singly where twenty are forbidden", report["fetched"] == 29 and
          report["reasons"] == {"the source does not know the album": 1}, report)
    check("and twenty are not tried again", sum(path.count("ids=") for path in world.requested.elements()) <= 2, world.requested)
    http.shutdown()


def bad_answers():
    world = spotify_world(40)
    other = {"albums": [{"id": album_id(99), "images": []}] * 20}
    twice = {"albums": [{"id": album_id(1), "images": []}] * 20}
    world.answers = [(200, b'{"albums": ['), (200, b"\xff\xfe"), (200, {"albums": []}), (200, other), None,
                     (200, twice), (500, b""), (200, b"[" * 100000)]
    http, address = server.start(world)
    make_catalogue("answers.db", [album_id(i) for i in range(40)])
    report, _ = fetch("answers.db", address)
    check("answers that cannot be read are requested again", report["fetched"] == 40, report)
    world.albums = {album_id(i): image(world, i) for i in range(40, 60)}
    world.answers = [(200, b"<html>")] * 100
    make_catalogue("answers2.db", [album_id(i) for i in range(40, 60)])
    report, _ = fetch("answers2.db", address)
    check("but not for ever", report["reasons"] == {"the source did not answer as it should; it is tried again later": 20}, report)
    check("the server saw nothing wrong", not world.violations, world.violations)
    http.shutdown()


def mbid(i):
    return f"{i:08x}-aaaa-bbbb-cccc-{i:012x}"


def release(i, title, artist, score=100, group=None):
    return {"id": mbid(1000 + i), "score": score, "title": title, "release-group": {"id": mbid(group or 2000 + i)},
            "artist-credit": [{"name": artist, "joinphrase": "", "artist": {"name": artist}}]}


def the_archive():
    world = server.World()

    def art(entity, i):
        world.images[f"/archive.org/{entity}/{mbid(i)}/front-500"] = i

    keys = [mbid(0), "https://musicbrainz.org/release-group/" + mbid(1), mbid(2), "name 3", "name 4", "name 5", "name 6", "name 7",
            "name 8", "name 9"]
    art("release", 0)
    art("release-group", 1)
    art("release-group", 2)  # a bare id of a group
    art("release", 3)        # by the map
    art("release-group", 2004)
    art("release", 9)        # by its tags
    world.releases = {
        "Album 4": [release(4, "ALBUM  4!", "artist 4"), release(14, "Album 4", "Artist 4", group=2004), release(24, "Album 44", "Artist 4")],
        "Album 5": [release(5, "Album 5", "Artist 5"), release(15, "Album 5", "Artist 5")],
        "Album 6": [release(6, "Album 6", "Artist 6", score=60), release(16, "Album 6", "Somebody else")],
        "Album 7": [release(7, "Album 7", "Artist 7")],
        "Album 8": [],
    }
    http, address = server.start(world)
    make_catalogue("archive.db", keys)
    with sqlite3.connect("archive.db") as catalogue:
        catalogue.execute("INSERT INTO album_ids SELECT ?, id FROM albums WHERE key = 'name 9'", ("musicbrainz:release:" + mbid(9),))
    with open("map.tsv", "w") as table:
        table.write(f"key\tmbid\nname 3\trelease/{mbid(3)}\n")
    nothing = {"SLEEVE_SPOTIFY_CREDENTIALS": None}
    _, errors = fetch("archive.db", address, "--from", "coverartarchive", status=2, **nothing)
    check("a contact is needed", "SLEEVE_CONTACT" in errors, errors)
    report, _ = fetch("archive.db", address, "--map", "map.tsv", SLEEVE_CONTACT="me@example.org", **nothing)
    check("albums are found by id, by tags, by map and by search", report["fetched"] == 6, report)
    check("weak and ambiguous matches are refused", report["reasons"] == {
        "no release at MusicBrainz is near enough to the title and artist": 2,
        "several albums at MusicBrainz have the title and artist": 1,
        "the source has no image of the album": 1}, report)
    span = world.searches[-1] - world.searches[0]  # a tenth of a second between two; half, for the server's own delays
    check("searches keep their distance", span > 0.05 * (len(world.searches) - 1) and not world.violations, world.searches)
    check("requests name a contact", all("( me@example.org )" in agent for agent in world.agents), world.agents)
    check("ids are remembered", ("release-group/" + mbid(2007),) in query("archive.db", "SELECT remote_id FROM cover_fetches"))
    before = world.requested.copy()
    fetch("archive.db", address, "--map", "map.tsv", SLEEVE_CONTACT="me@example.org", **nothing)
    check("nothing is requested twice", world.requested == before)
    world.faults[f"/coverartarchive.org/release-group/{mbid(2007)}/front-500"] = ["500"]
    fetch("archive.db", address, "--retry", SLEEVE_CONTACT="me@example.org", **nothing)
    world.faults.clear()
    art("release-group", 2007)
    with sqlite3.connect("archive.db") as catalogue:
        catalogue.execute("UPDATE cover_fetches SET retry_after = tried WHERE retry_after")
    searches = sum(path.startswith("/musicbrainz.org") for path in world.requested.elements())
    report, _ = fetch("archive.db", address, SLEEVE_CONTACT="me@example.org", **nothing)
    check("an id that was found is not searched again", report["fetched"] == 1 and
          searches == sum(path.startswith("/musicbrainz.org") for path in world.requested.elements()), report)
    check("the catalogue is sound after the archive", sound("archive.db"))
    http.shutdown()


def both_sources():
    world = spotify_world(4)
    world.albums[album_id(2)] = None
    world.albums[album_id(3)] = []
    world.releases = {"Album 2": [release(2, "Album 2", "Artist 2")], "Album 4": [release(4, "Album 4", "Artist 4")]}
    for i in (2002, 2004):
        world.images[f"/archive.org/release-group/{mbid(i)}/front-500"] = i
    http, address = server.start(world)
    make_catalogue("both.db", [album_id(i) for i in range(4)] + ["name"])
    report, _ = fetch("both.db", address, SLEEVE_CONTACT="me@example.org")
    check("the archive has what Spotify does not", report["fetched"] == 4 and report["looked_for"] == 7, report)
    sources = query("both.db", "SELECT source FROM cover_fetches WHERE reason = '' ORDER BY album_id")
    check("the source is remembered", sources == [("spotify",), ("spotify",), ("coverartarchive",), ("coverartarchive",)], sources)
    http.shutdown()


def start_run(name, address, *arguments):
    return subprocess.Popen(command(name, arguments), env=environment(address), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kills_lose_little():
    """Killed at random moments, until all is done."""
    dice = random.Random(7)
    n, concurrency = 150, 8
    world = spotify_world(n)
    world.delay = 0.05  # so that a whole run takes 0.9 s at least
    http, address = server.start(world)
    make_catalogue("kills.db", [album_id(i) for i in range(n)])
    stored, again, kills = set(), [], 0
    while len(stored) < n and kills < 60:
        before = world.served.copy()
        process = start_run("kills.db", address, "--concurrency", str(concurrency))
        try:
            process.wait(dice.uniform(0.05, 0.3) if kills < 6 else 60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        kills += process.returncode == -signal.SIGKILL
        if process.returncode not in (0, -signal.SIGKILL):
            check("a run after a kill succeeds", False, process.stderr.read())
            return
        process.stdout.close()
        process.stderr.close()
        again += [id for id in stored if world.served[world.albums[id]] != before[world.albums[id]]]
        stored = {key.removeprefix("spotify:album:") for key, reason in reasons("kills.db").items() if not reason}
        if not whole("kills.db"):
            check("the catalogue is sound after each kill", False)
            return
    more = sum(world.served.values()) - n
    check(f"{kills} kills, and all covers are there", len(stored) == n and kills >= 3 and sound("kills.db"), (len(stored), kills))
    check("no cover that was stored is fetched again", not again, again)
    check("a kill costs at most the covers that were not stored yet", more <= kills * (32 + 4 * concurrency), more)
    http.shutdown()


def interrupts_keep_what_is_done():
    world = spotify_world(200)
    world.delay = 0.02
    http, address = server.start(world)
    make_catalogue("stop.db", [album_id(i) for i in range(200)])
    process = start_run("stop.db", address)
    while sum(world.served.values()) < 40:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    began = time.time()
    output, errors = process.communicate(timeout=60)
    report = json.loads(output)
    stored = sum(not reason for reason in reasons("stop.db").values())
    check("Ctrl-C ends with 130 and a report", process.returncode == 130 and report["left"] == 200 - stored, (process.returncode, output))
    check("what was decoded is kept", 20 <= stored == report["fetched"], (stored, time.time() - began))
    check("the message says that it continues", "the same command continues" in errors, errors)
    world.delay = 0
    report, _ = fetch("stop.db", address, "--limit", "50")
    check("--limit is a limit", report["fetched"] == 50 and report["left"] == 200 - stored - 50, report)
    report, _ = fetch("stop.db", address)
    check("the same command continues", report["fetched"] == 150 - stored and report["left"] == 0, report)
    http.shutdown()


def sources_with_faults_end_the_run():
    world = spotify_world(120)
    for path in world.images:
        world.faults[path] = ["500"]
    http, address = server.start(world)
    make_catalogue("outage.db", [album_id(i) for i in range(120)])
    report, errors = fetch("outage.db", address, "--concurrency", "16", status=1)
    check("a source with a fault ends the run", "seems to have a fault" in errors and report["left"] >= 60, (errors, report))
    world.faults.clear()
    world.delay = 0.02
    world.most_at_once = 0
    world.clients.clear()
    report, _ = fetch("outage.db", address, "--concurrency", "3", "--retry")
    check("and another run has all", report["fetched"] == 120, report)
    check("in batches of twenty", world.clients["one"] == 6, world.clients)
    check("no more images than --concurrency at a time", 2 <= world.most_at_once <= 3, world.most_at_once)
    check("no secret is stored", not any(SECRET.encode() in open(name, "rb").read() for name in os.listdir(".") if os.path.isfile(name)))
    http.shutdown()


def certificates_are_verified():
    """Through a tunnel to a server that says it is Spotify."""
    if not shutil.which("openssl"):
        check("certificates are verified # SKIP there is no openssl to make one", True)
        return
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=accounts.spotify.com", "-addext", "subjectAltName=DNS:accounts.spotify.com", "-keyout", "key.pem",
                    "-out", "certificate.pem"], check=True, capture_output=True)
    with open("both.pem", "w") as both:
        both.write(open("key.pem").read() + open("certificate.pem").read())
    proxy, address, tunnel = server.start_tunnel("both.pem")
    make_catalogue("tls.db", [album_id(0)])
    _, errors = fetch("tls.db", None, "--from", "spotify", status=1, https_proxy=address)
    check("a server with another certificate is refused", "could not be verified" in errors, errors)
    check("it was connected to and got nothing", tunnel.connected == ["accounts.spotify.com:443"] and not tunnel.received,
          (tunnel.connected, tunnel.received))
    proxy.shutdown()


def wrong_use():
    world = spotify_world(3)
    http, address = server.start(world)
    make_catalogue("use.db", [album_id(i) for i in range(3)])
    none = {"SLEEVE_SPOTIFY_CREDENTIALS": None}
    _, errors = fetch("use.db", address, status=2, **none)
    check("without credentials and contact it says what to set", "SLEEVE_SPOTIFY_CREDENTIALS" in errors and "SLEEVE_CONTACT" in errors, errors)
    _, errors = fetch("use.db", address, "--from", "nowhere", status=2)
    check("an unknown source is named", "nowhere" in errors, errors)
    for wrong in ("http://example.org:80", "https://127.0.0.1", "http://127.0.0.1:80@example.org", "http://127.0.0.1.example.org:80"):
        _, errors = fetch("use.db", wrong, status=2)
        check(f"{wrong} is no server for tests", "SLEEVE_FETCH_URL" in errors, errors)
    _, errors = fetch("use.db", address, status=2, SLEEVE_SPOTIFY_CREDENTIALS=f"one{SECRET}")
    check("credentials of the wrong form are not printed", "credential 1" in errors and SECRET not in errors, errors)
    world.limit, world.uses = "3600", {"one": 0}
    _, errors = fetch("use.db", address, status=1)
    check("a limit of an hour ends the run", "limited by Spotify for the next 60 minutes" in errors, errors)
    world.uses, world.limited = {}, {}
    _, errors = fetch("use.db", address, status=1, SLEEVE_SPOTIFY_CREDENTIALS="one:wrong")
    check("wrong credentials are an error", "all credentials are refused" in errors, errors)
    with open("wrong.tsv", "w") as table:
        table.write(f"key\tmbid\nname\t{mbid(1)}\nname\tartist/{mbid(1)}\n")
    _, errors = fetch("use.db", address, "--map", "wrong.tsv", status=3)
    check("a wrong id in a map is named by its line", "wrong.tsv, line 3" in errors, errors)
    _, errors = fetch("use.db", "http://127.0.0.1:9", status=1)
    check("a server that does not answer is an error", "gives no token" in errors, errors)
    _, errors = fetch("use.db", "http://127.0.0.1:9", "--from", "coverartarchive", status=1, SLEEVE_CONTACT="me@example.org")
    check("so is one for searches", "the Cover Art Archive cannot be reached" in errors, errors)
    check("and no album is blamed", query("use.db", "SELECT count(*) FROM covers") == [(0,)])

    os.makedirs("config/sleeve", mode=0o700, exist_ok=True)
    with open("config/sleeve/fetch.conf", "w") as config:
        config.write(f"# mine\nspotify = one:{SECRET}\n")
    os.chmod("config/sleeve/fetch.conf", 0o644)
    _, errors = fetch("use.db", address, status=2, **none)
    check("a file that others can read is refused", "chmod 600" in errors and SECRET not in errors, errors)
    os.chmod("config/sleeve/fetch.conf", 0o600)
    world.delay = 0.5
    first = subprocess.Popen(command("use.db", []), env=environment(address, **none), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not any("/i.scdn.co" in path for path in world.requested):
        time.sleep(0.01)
    _, errors = fetch("use.db", address, status=1, **none)
    check("a second run at the same time is refused", "another sleeve is fetching" in errors, errors)
    output, errors = first.communicate(timeout=60)
    check("credentials of the file are used", first.returncode == 0 and json.loads(output)["fetched"] == 3, errors)
    os.remove("config/sleeve/fetch.conf")
    http.shutdown()


TESTS = (all_albums_are_fetched_once, faults_are_remembered, limits_are_honoured, a_single_credential_waits, single_albums_in_development_mode, bad_answers,
         the_archive, both_sources, kills_lose_little, interrupts_keep_what_is_done,
         sources_with_faults_end_the_run, certificates_are_verified, wrong_use)
for test in TESTS:
    if sys.argv[2:] and test.__name__ not in sys.argv[2:]:
        continue
    try:
        test()
    except Exception as error:  # the other tests still run
        check(test.__name__, False, f"{type(error).__name__}: {error}")
print(f"1..{number}")
work.cleanup()
sys.exit(failures > 0)
