#!/usr/bin/env python3
"""Makes and reads files of other programs for test_interchange.sh, with Python's own modules."""
import csv
import gzip
import json
import os
import plistlib
import re
import struct
import sys
import xml.etree.ElementTree as ET
import zipfile

ROWS = [("Säure & <b>", "A - B", "One", 1500), ("日本語", 'quoted "x"', "One", 61000), ("line\nbreak", "C", "Two, three", 2000),
        ("#EXTM3U", "=1+1", "One", 3000), ("e\u0301", "🎉", "", None)]


def write_csv(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header] + rows)


def make():
    tracks = {str(10 + i): {"Track ID": 10 + i, "Name": t, "Artist": a, **({"Album": b} if b else {}), **({"Total Time": d} if d else {})}
              for i, (t, a, b, d) in enumerate(ROWS)}
    tracks["99"] = {"Track ID": 99, "Name": "Cast", "Artist": "Pod", "Podcast": True}
    items = [{"Track ID": 99}] + [{"Track ID": 10 + i} for i in range(len(ROWS))] + [{"Track ID": 10}]
    library = {"Major Version": 1, "Tracks": tracks, "Playlists": [
        {"Name": "Library", "Master": True, "Playlist Items": items},
        {"Name": "Folder", "Folder": True, "Playlist Items": items}, {"Name": "Mine", "Playlist Items": items}]}
    with open("library.xml", "wb") as file:
        plistlib.dump(library, file)
    os.makedirs("account", exist_ok=True)
    items = [{"track": {"trackName": t, "artistName": a, "albumName": b, "trackUri": f"spotify:track:{i:022d}"}, "episode": None,
              "localTrack": None, "addedDate": "2023-01-01"} for i, (t, a, b, _) in enumerate(ROWS)]
    items += [dict(items[0]), {"track": None, "episode": {"episodeName": "x"}, "localTrack": None}]
    with open("account/Playlist1.json", "w", encoding="utf-8") as file:
        json.dump({"playlists": [{"name": "Mine", "lastModifiedDate": "2023-01-01", "items": items, "description": None}]}, file, indent=2)
    with open("account/YourLibrary.json", "w", encoding="utf-8") as file:
        json.dump({"tracks": [{"artist": "A", "album": "B", "track": "C", "uri": "spotify:track:" + "z" * 22}], "bannedTracks": []}, file)
    with open("account/StreamingHistory0.json", "w", encoding="utf-8") as file:
        json.dump([{"msPlayed": 1}], file)
    shown = [{"pos": p, "track_name": t, "track_uri": f"spotify:track:{i:022d}", "artist_name": a, "artist_uri": f"spotify:artist:{i:022d}",
              "album_name": b or "x", "album_uri": f"spotify:album:{i:022d}", "duration_ms": d or 0}
             for i, (p, (t, a, b, d)) in enumerate(zip([0, 2, 3, 7, 9], ROWS))]
    with open("challenge_set.json", "w", encoding="utf-8") as file:
        json.dump({"date": "2018", "version": "v1", "playlists": [
            {"pid": 1000, "name": "t", "num_holdouts": 5, "num_samples": 5, "num_tracks": 10, "tracks": shown[::-1]},
            {"pid": 1001, "name": "only a title", "num_holdouts": 1, "num_samples": 0, "num_tracks": 1, "tracks": []}]}, file)
    header = ["playlist", "track", "artist", "album", "duration_ms", "track_id"]
    write_csv("spotify.csv", header, [["s", "Halo", "Beyoncé", "I Am", 261000, "spotify:track:" + "a" * 22],
                                      ["s", "Drive", "R.E.M.", "Automatic", 270000, "spotify:track:" + "b" * 22],
                                      ["s", "Drive", "Incubus", "Make", 230000, "spotify:track:" + "c" * 22]])
    write_csv("apple.csv", ["Title", "Artist", "Album", "ISRC"], [["Halo", "Beyonse", "", ""], ["drive", "r.e.m.", "Automatic", "x"],
                                                               ["=New", "Song", "LP", "GBAYE0601498"], ["Leave", "Me", "", ""]])
    rows = [["odd", t, a, b, d, f"spotify:track:{i:022d}" if i % 2 else ""] for i, (t, a, b, d) in enumerate(ROWS + ROWS[:1])]
    for p in range(40):
        rows += [[f"p{p}", f"T{(p * 7 + i * 13) % 900}", f"A{(p * 7 + i * 13) % 900 % 50}", f"L{i % 9}", 1000 + i,
                  f"spotify:track:{1000 + (p * 7 + i * 13) % 900:022d}"] for i in range(30)]
    write_csv("many.csv", header, rows)


def names(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(row["track"], row["artist"], row["album"], row["duration_ms"]) for row in csv.DictReader(file)]


def same(path, format_name):
    expected = ROWS if format_name == "challenge" else ROWS + ROWS[:1]
    found = [row[:2] for row in names(path)]
    assert found == [row[:2] for row in expected], found


def equal(there, back):
    # M3U has lines and whole seconds
    flat = [tuple(re.sub(r"\s", " ", text) for text in row[:3]) for row in names(there)]
    found = [tuple(re.sub(r"\s", " ", text) for text in row[:3]) for row in names(back)]
    assert flat == found, (flat, found)


def choose(source, target):
    with open(source, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"] for row in rows] == ["Halo", "'=New", "Leave"], rows
    assert rows[0]["key_1"] == "spotify:track:" + "a" * 22
    for row, match in zip(rows, ["1", "new", "-"]):
        row["match"] = match
    write_csv(target, list(rows[0]), [list(row.values()) for row in rows])


def npy(data):
    assert data[:8] == b"\x93NUMPY\x01\x00" and (10 + struct.unpack("<H", data[8:10])[0]) % 64 == 0
    size = struct.unpack("<H", data[8:10])[0]
    head = eval(data[10:10 + size], {})
    code = {"<i4": "i", "<i8": "q", "|S3": "3s"}[head["descr"]]
    count = 1
    for n in head["shape"]:
        count *= n
    return list(struct.unpack("<" + (code if code == "3s" else f"{count}{code}"), data[10 + size:]))


def read(kind, path):
    if kind == "csv":
        assert len(names(path)) == 6
    elif kind == "m3u8":
        assert open(path, encoding="utf-8").read().startswith("#EXTM3U\n#PLAYLIST:odd\n")
    elif kind == "xspf":
        tracks = ET.parse(path).getroot().findall(".//{http://xspf.org/ns/0/}track")
        assert [track.find("{http://xspf.org/ns/0/}title").text for track in tracks] == [row[0] for row in ROWS + ROWS[:1]]
    elif kind == "jspf":
        playlist = json.load(open(path, encoding="utf-8"))["playlist"]
        assert playlist["extension"]["https://musicbrainz.org/doc/jspf#playlist"]["public"] is False
        assert [track["creator"] for track in playlist["track"]] == [row[1] for row in ROWS + ROWS[:1]]
    elif kind == "npz":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            arrays = {name: npy(archive.read(name)) for name in archive.namelist()}
        assert arrays["format.npy"] == [b"csr"]
        rows, columns = arrays["shape.npy"]
        starts, indices, data = arrays["indptr.npy"], arrays["indices.npy"], arrays["data.npy"]
        assert len(starts) == rows + 1 and starts[-1] == len(indices) == len(data) and max(indices) < columns
        keys = [line.split("\t")[1] for line in open(os.path.dirname(path) + "/tracks.tsv", encoding="utf-8").read().splitlines()[1:]]
        first = sorted(zip(data[:starts[1]], indices[:starts[1]]))
        assert [p for p, _ in first] == list(range(1, 7)) and keys[first[1][1]] == f"spotify:track:{1:022d}", first
    elif kind == "qrels":
        assert all(re.fullmatch(r"\S+ 0 \S+ 1", line) for line in open(path, encoding="utf-8").read().splitlines())
    elif kind == "projector":
        config = json.load(open(path + "/config.json"))["embeddings"][0]
        n, width = config["tensorShape"]
        vectors = open(path + "/vectors.tsv").read().splitlines()
        assert len(vectors) == n and all(len([float(x) for x in line.split("\t")]) == width for line in vectors)
        assert len(open(path + "/metadata.tsv", encoding="utf-8").read().splitlines()) == n + 1
        png = open(path + "/sprite.png", "rb").read()
        w, h = struct.unpack(">II", png[16:24])
        edge = config["sprite"]["singleImageDim"][0]
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and w // edge * (h // edge) >= n > (w // edge) * (h // edge - 1)


def submission(path, challenge=None):
    lines = [line for line in gzip.open(path, "rt").read().splitlines() if line.strip() and not line.startswith("#")]
    team = [field.strip() for field in lines[0].split(",")]
    assert team == ["team_info", "main", "Us", "a@b.example"]
    shown = {}
    if challenge:
        for playlist in json.load(open(challenge, encoding="utf-8"))["playlists"]:
            shown[str(playlist["pid"])] = {track["track_uri"] for track in playlist["tracks"]}
    met = set()
    for line in lines[1:]:
        pid, *uris = [field.strip() for field in line.split(",")]
        assert len(uris) == 500 == len(set(uris)) and pid not in met
        assert all(re.fullmatch(r"spotify:track:[0-9A-Za-z]{22}", uri) for uri in uris)
        assert not set(uris) & shown.get(pid, set())
        met.add(pid)
    assert not challenge or met == set(shown)
    assert met


def large(path):
    track = {"title": "Title", "creator": "Creator", "album": "x" * 200, "duration": 1000}
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"playlist":{"track":[')
        for i in range(90000):
            file.write(("," if i else "") + json.dumps(dict(track, title=f"Title {i}", identifier=[f"spotify:track:{i:022d}"],
                                                           annotation="y" * 60)))
        file.write('],"title":"large"}}')
    assert os.path.getsize(path) > 33e6


def bomb(path):
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x" * 100}">' for i in range(12))
    with open(path, "w") as file:
        file.write(f'<?xml version="1.0"?><!DOCTYPE p [{entities}]><playlist><trackList><track><title>&e11;</title></track></trackList></playlist>')


{"make": make, "same": same, "equal": equal, "choose": choose, "read": read, "submission": submission, "large": large,
 "bomb": bomb}[sys.argv[1]](*sys.argv[2:])
