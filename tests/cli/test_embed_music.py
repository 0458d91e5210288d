#!/usr/bin/env python3
"""embed musicnn and vgg, with small networks of random weights: sets of tracks from their files, which are read again only
if they have changed; a run that was stopped or killed continues; files that cannot be read are named and counted. Speaks
TAP.

usage: test_embed_music.py SLEEVE SOURCE_FOLDER
"""
import json
import math
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import wave

SLEEVE, SOURCE = sys.argv[1:3]
GOLDEN = os.path.join(SOURCE, "tests", "audionet", "golden")
WEIGHTS = os.path.join(GOLDEN, "musicnn.safetensors")
SETS = ["musicnn", "musicnn-max", "musicnn-tags", "musicnn-tags-max"]
RATE = 16000
work = tempfile.mkdtemp(prefix="sleeve-test-")
tests = []


def test(function):
    tests.append(function)
    return function


def sound(path, seconds, tone=440):
    """A tone whose loudness changes, with some noise."""
    noise = random.Random(tone)
    values = [int(9000 * math.sin(2 * math.pi * tone * i / RATE) * (1 + math.sin(i / 3000)) / 2 + noise.randint(-900, 900))
              for i in range(int(seconds * RATE))]
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{len(values)}h", *values))


def run(catalogue, *words, status=0):
    result = subprocess.run([SLEEVE, "-C", catalogue, *words], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == status, (words, result.returncode, result.stdout, result.stderr)
    return result


def embed(catalogue, *words, status=0):
    return run(catalogue, "embed", "musicnn", "--weights", WEIGHTS, *words, status=status)


def library(name, tones, seconds=1.5):
    """A folder of music and a catalogue of it."""
    folder, catalogue = os.path.join(work, name), os.path.join(work, name + ".db")
    os.mkdir(folder)
    for tone in tones:
        sound(os.path.join(folder, f"{tone}.wav"), seconds, tone)
    run(catalogue, "import", "library", folder)
    return folder, catalogue


def files_of(catalogue, names):
    return {name: open(os.path.join(catalogue[:-3] + ".data", "embeddings", name + ".safetensors"), "rb").read() for name in names}


def report(result):
    return json.loads(result.stdout)


@test
def four_sets_of_tracks_are_made():
    _, catalogue = library("four", [200, 400, 800])
    counts = report(embed(catalogue, "--json"))
    assert counts == {"set": "musicnn", "items": 3, "files": 3, "kept": 0, "unreadable": 0}, counts
    sets = {line["name"]: line for line in json.loads(run(catalogue, "features", "--json").stdout)}
    assert sorted(sets) == SETS and [sets[name]["width"] for name in SETS] == [12, 12, 5, 5], sets
    shown = run(catalogue, "features", "show", "musicnn-tags").stdout
    assert "bells" in shown and "random weights" in shown, shown


@test
def only_changed_files_are_read_again():
    folder, catalogue = library("changed", [200, 400, 800])
    embed(catalogue)
    before = files_of(catalogue, SETS)
    assert report(embed(catalogue, "--json"))["kept"] == 3
    assert files_of(catalogue, SETS) == before
    sound(os.path.join(folder, "400.wav"), 1.7, 900)
    assert report(embed(catalogue, "--json"))["kept"] == 2
    assert files_of(catalogue, SETS) != before
    assert report(embed(catalogue, "--json", "--set", "padding=zero"))["kept"] == 0


@test
def a_file_that_is_not_there_keeps_its_row():
    folder, catalogue = library("gone", [200, 400])
    embed(catalogue)
    before = files_of(catalogue, SETS)
    os.rename(os.path.join(folder, "400.wav"), os.path.join(work, "elsewhere.wav"))
    result = embed(catalogue)
    assert "1 files are not there now" in result.stderr, result.stderr
    assert files_of(catalogue, SETS) == before


@test
def unreadable_files_are_named_and_counted():
    folder, catalogue = library("damaged", [200, 400, 800])
    with open(os.path.join(folder, "400.wav"), "wb") as out:
        out.write(b"not music at all")
    result = embed(catalogue, "--json")
    assert report(result)["unreadable"] == 1 and "400.wav" in result.stderr and "1 of 3 files" in result.stderr, result.stderr
    assert "2 of 3" in run(catalogue, "features", "show", "musicnn").stdout
    before = files_of(catalogue, SETS)
    for tone in (200, 800):
        with open(os.path.join(folder, f"{tone}.wav"), "wb") as out:
            out.write(b"")
    result = embed(catalogue, status=3)
    assert "none of the 3 files could be read; nothing was changed" in result.stderr, result.stderr
    assert files_of(catalogue, SETS) == before


@test
def a_machine_without_resources_is_no_damaged_file():
    folder, catalogue = library("poor", [200, 400, 800])
    embed(catalogue)
    before = files_of(catalogue, SETS)
    sound(os.path.join(folder, "400.wav"), 1.7, 900)
    for words in ([], ["--audio", os.path.join(folder, "400.wav")]):
        command = [SLEEVE, "-C", catalogue, "embed", "musicnn", "--weights", WEIGHTS, *words]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        assert result.returncode == 1 and result.stderr.count("decoder sleeve") == 1, (result.returncode, result.stderr)
        assert "ulimit -f" in result.stderr, result.stderr
    assert files_of(catalogue, SETS) == before
    assert report(embed(catalogue, "--json"))["kept"] == 2


@test
def a_catalogue_without_music_says_so():
    table, catalogue = os.path.join(work, "table.csv"), os.path.join(work, "table.db")
    with open(table, "w", encoding="utf-8") as out:
        out.write("playlist,pos,track,artist,album\np,0,a,b,c\n")
    run(catalogue, "import", "csv", table, "--preset", "playlists")
    assert "import library" in embed(catalogue, status=1).stderr


def stop(catalogue, number):
    """Runs until some rows are kept, then sends the signal; returns the exit status."""
    partial = os.path.join(catalogue[:-3] + ".data", "embeddings", "musicnn-tags-max.partial")
    process = subprocess.Popen([SLEEVE, "-C", catalogue, "embed", "musicnn", "--weights", WEIGHTS], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if os.path.exists(partial) and os.path.getsize(partial) > 400:
            process.send_signal(number)
            break
    return process.wait(60)


@test
def a_run_that_was_stopped_continues():
    _, whole = library("whole", range(100, 140))
    embed(whole)
    for name, number in (("killed", signal.SIGKILL), ("interrupted", signal.SIGINT)):
        catalogue = os.path.join(work, name + ".db")
        run(catalogue, "import", "library", os.path.join(work, "whole"))
        status = stop(catalogue, number)
        assert status == (-9 if number == signal.SIGKILL else 130), status
        assert json.loads(run(catalogue, "features", "--json").stdout) == []
        kept = report(embed(catalogue, "--json"))["kept"]
        assert 0 < kept < 40, kept
        assert files_of(catalogue, ["musicnn"])["musicnn"][-40 * 12 * 4:] == files_of(whole, ["musicnn"])["musicnn"][-40 * 12 * 4:]
        assert not [f for f in os.listdir(catalogue[:-3] + ".data/embeddings") if f.endswith(".partial")]


@test
def results_do_not_depend_on_threads():
    folder, catalogue = library("threads", [200, 400, 800], seconds=14)
    embed(catalogue, "--threads", "1")
    before = files_of(catalogue, SETS)
    shutil.rmtree(catalogue[:-3] + ".data")
    embed(catalogue, "--threads", "3")
    assert files_of(catalogue, SETS) == before, folder


@test
def files_are_described_without_a_catalogue():
    path, short, broken = (os.path.join(work, name) for name in ("a.wav", "short.wav", "broken.wav"))
    sound(path, 3)
    sound(short, 0.1)
    with open(broken, "wb") as out:
        out.write(b"RIFF")
    result = run("none.db", "embed", "musicnn", "--weights", WEIGHTS, "--audio", path, short)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["path"] for line in lines] == [path, short] and [line["patches"] for line in lines] == [4, 1], lines
    assert all(len(line["values"]) == 12 and sorted(line["tags"].values(), reverse=True) == list(line["tags"].values())
               for line in lines)
    result = run("none.db", "embed", "musicnn", "--weights", WEIGHTS, "--patches", "--audio", path)
    parts = [json.loads(line) for line in result.stdout.splitlines()]
    assert [round(part["start"], 2) for part in parts] == [0, 0.64, 1.28, 1.92], parts
    means = [sum(part["values"][i] for part in parts) / 4 for i in range(12)]
    assert max(abs(a - b) for a, b in zip(means, lines[0]["values"])) < 1e-5
    result = run("none.db", "embed", "musicnn", "--weights", WEIGHTS, "--audio", broken, path, status=3)
    assert "broken.wav" in result.stderr and "1 of 2 files" in result.stderr and len(result.stdout.splitlines()) == 1
    named = os.path.join(work, "named.txt")
    with open(named, "w", encoding="utf-8") as out:
        out.write(f"{path}\n{short}\n")
    result = run("none.db", "embed", "musicnn", "--weights", WEIGHTS, "--audio", "@" + named)
    assert [json.loads(line) for line in result.stdout.splitlines()] == lines


def npy(path, rows):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        out.write(b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows))


@test
def an_attribute_over_the_time_of_a_file():
    """The curve of a file is that of its patches' embeddings, also where the set is of a part of each file."""
    _, catalogue = library("curve", range(200, 260))
    embed(catalogue, "--set", "start=0.3", "--set", "seconds=1")
    labels, tiles, path = (os.path.join(work, name) for name in ("labels.csv", "tiles.npy", "long.wav"))
    with open(labels, "w", encoding="utf-8") as out:
        out.write("title,artist,energy\n")
        out.writelines(f"{tone},,{(tone - 200) / 59:.3f}\n" for tone in range(200, 260))
    run(catalogue, "attributes", "train", "--features", "musicnn,musicnn-tags", "--labels", labels, "--set", "epochs=3")
    sound(path, 31)
    curve = json.loads(run(catalogue, "attributes", "curve", "--audio", path, "--json").stdout)
    parts = [json.loads(line) for line in run("none.db", "embed", "musicnn", "--weights", WEIGHTS, "--patches", "--audio", path).stdout.splitlines()]
    names = json.loads(run(catalogue, "features", "show", "musicnn-tags", "--json").stdout)["columns"]
    npy(tiles, [part["values"] + [part["tags"][column["name"]] for column in names] for part in parts])
    same = run(catalogue, "attributes", "curve", "--tiles", tiles, "--hop", str(parts[1]["start"]), "--json").stdout
    assert curve == json.loads(same) and len(curve["segments"]) == 4, (curve, same)
    assert "consistency" in run(catalogue, "attributes", "curve", "--audio", path).stdout
    assert "broken.wav" in run(catalogue, "attributes", "curve", "--audio", os.path.join(work, "broken.wav"), status=3).stderr
    assert "--audio FILE, or --tiles" in run(catalogue, "attributes", "curve", "--audio", path, "--tiles", tiles, status=2).stderr
    run(catalogue, "fitness", "train", "--classes", "albums", status=3)
    run(catalogue, "import", "library", library("other", range(400, 420))[0])
    embed(catalogue, "--set", "start=0.3", "--set", "seconds=1")
    run(catalogue, "fitness", "train", "--classes", "folders", "--set", "epochs=2")
    song = os.path.join(work, "curve", "215.wav")
    rows = [line.split("\t")[1:] for line in run(catalogue, "fitness", "apply", song, path).stdout.splitlines()]
    shutil.copy(song, os.path.join(work, "copy.wav"))
    copy = [line.split("\t")[1:] for line in run(catalogue, "fitness", "apply", os.path.join(work, "copy.wav")).stdout.splitlines()]
    assert rows[1:3] == copy[1:3] and len(rows) == 5, (rows, copy)


@test
def wrong_usage_is_refused():
    vgg = os.path.join(GOLDEN, "vgg.safetensors")
    for words, status, message in ((["--weights", vgg, "--audio", "x.wav"], 2, "sleeve embed vgg"),
                                   (["--audio", "x.wav"], 2, "needs a file of weights"),
                                   (["--weights", WEIGHTS, "--patches"], 2, "--audio"),
                                   (["--weights", WEIGHTS, "--image", "x.png"], 2, "not images"),
                                   (["--weights", WEIGHTS, "--set", "edge=3", "--audio", "x.wav"], 2, "padding=reflect|zero"),
                                   (["--weights", WEIGHTS, "--audio", "nowhere.wav"], 3, "nowhere.wav")):
        result = run("none.db", "embed", "musicnn", *words, status=status)
        assert message in result.stderr, (words, result.stderr)
    result = run("none.db", "embed", "clip", "--weights", WEIGHTS, "--audio", "x.wav", status=2)
    assert "does not read music" in result.stderr


print(f"1..{len(tests)}")
for count, function in enumerate(tests, 1):
    try:
        function()
        print(f"ok {count} - {function.__name__.replace('_', ' ')}", flush=True)
    except Exception as error:
        print(f"not ok {count} - {function.__name__.replace('_', ' ')}\n# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "))
shutil.rmtree(work)
