#!/usr/bin/env python3
"""compare, from the command line: two lists side by side are those of recommend, and the figures over the test set are
those of the stored results when they are computed here. Speaks TAP.
usage: test_two_models.py SLEEVE"""
import json, math, os, random, shutil, sqlite3, struct, subprocess, sys, tempfile

sleeve = sys.argv[1]
folder = tempfile.mkdtemp(prefix="sleeve-compare-")
db = os.path.join(folder, "c.db")
number = 0


def check(what, good, why=""):
    global number
    number += 1
    print("%s %d - %s%s" % ("ok" if good else "not ok", number, what, "" if good else "\n# " + str(why)[:500]))


def run(*arguments):
    return subprocess.run([sleeve, "-C", db, *arguments], capture_output=True, text=True)


def must(*arguments):
    done = run(*arguments)
    if done.returncode != 0:
        print("Bail out! %s: %s" % (" ".join(arguments), done.stderr))
        sys.exit(1)
    return done.stdout


def refused(what, status, says, *arguments):
    done = run(*arguments)
    check(what, done.returncode == status and says in done.stderr and not done.stdout, (done.returncode, done.stderr))


def make():
    draw = random.Random(4)
    with open(os.path.join(folder, "songs.csv"), "w") as file:
        file.write("playlist,pos,track,artist,album,seconds\n")
        for p in range(90):
            middle = draw.randrange(150)
            for e in range(24 + p % 9):
                track = (middle + draw.randrange(40)) % 150
                file.write("list %d,%d,song %d,artist %d,album %d,200\n" % (p, e, track, track % 20, track // 4))
    must("import", "csv", os.path.join(folder, "songs.csv"), "--preset", "playlists", "-q")
    must("split", "--test", "20", "--val", "5", "-q")
    must("train", "als", "--set", "factors=8", "-q")
    must("train", "sknn", "-q")
    must("train", "popularity", "-q")
    must("evaluate", "--model", "als,sknn", "-q")


def stored(model):
    """{playlist number: {metric: value}}, {number: (key, seeds, tracks)} of the test playlists."""
    base = sqlite3.connect("file:%s?mode=ro" % db, uri=True)
    rows = base.execute("SELECT p.id, p.key, s.seeds, e.tracks FROM playlists p JOIN playlist_entries e ON e.playlist_id"
                        " = p.id JOIN split_playlists s ON s.playlist_id = p.id WHERE s.part = 4").fetchall()
    keys = dict(base.execute("SELECT id, key FROM tracks"))
    base.close()
    return {id: (key, seeds, [keys[t] for t in dict.fromkeys(struct.unpack("<%di" % (len(blob) // 4), blob))])
            for id, key, seeds, blob in rows}


def check_lists(key, seeds, held_out):
    document = json.loads(must("compare", "als", "sknn", "--playlist", key, "--json"))
    tracks = [word for seed in seeds for word in ("--track", seed)]
    ranks = {}
    for side, model in (("a", "als"), ("b", "sknn")):
        ranks[side] = {row["key"]: row["rank"] for row in json.loads(must("recommend", "--model", model, "--json", *tracks))}
    for side, other in (("a", "b"), ("b", "a")):
        rows = document[side]["list"]
        good = {row["key"]: row["rank"] for row in rows} == ranks[side]
        good = good and all(row["other_rank"] == ranks[other].get(row["key"]) for row in rows)
        good = good and all(row["held_out"] == (row["key"] in held_out) for row in rows)
        if not good or document[side]["hits"] != len(held_out & set(ranks[side])):
            return False
    shared = set(ranks["a"]) & set(ranks["b"])
    if document["shared"] != len(shared) or document["held_out"] != len(held_out) or document["seeds"] != len(seeds):
        return False
    return all(document["shared_%d" % k] == len({t for t in shared if max(ranks["a"][t], ranks["b"][t]) <= k})
               for k in (10, 50, 500))


make()
tests = stored("als")
check("there are test playlists", len(tests) == 20, len(tests))
check("the lists of test playlists are those of recommend, with held-out tracks and moves",
      all(check_lists(key, tracks[:seeds], set(tracks[seeds:])) for key, seeds, tracks in list(tests.values())[:6]))

key, seeds, tracks = next(iter(tests.values()))
table = must("compare", "als", "sknn", "--playlist", key, "-n", "4").splitlines()
check("the table has a row for each rank", len(table) == 5 and [row.split("\t")[0] for row in table[1:]] == list("1234"),
      table)
by_tracks = json.loads(must("compare", "als", "popularity", "--track", tracks[0], "--track", tracks[1], "--json"))
check("tracks are seeds without anything held out", by_tracks["seeds"] == 2 and by_tracks["held_out"] == 0 and
      by_tracks["evaluated_on"] == "none" and "held_out" not in by_tracks["a"]["list"][0])

evaluated = json.loads(must("evaluate", "--model", "als,sknn", "--json"))
compared = json.loads(must("compare", "als", "sknn", "--json", "--by", "clicks"))
near = lambda x, y: abs(x - y) < 1e-9
check("the means of both sides are those of evaluate", all(
    near(compared["metrics"][name]["a"]["mean"], evaluated["models"][0]["metrics"][name]["mean"]) and
    near(compared["metrics"][name]["b"]["ci95"], evaluated["models"][1]["metrics"][name]["ci95"])
    for name in compared["metrics"]), compared["metrics"])
check("wins in clicks have fewer of them", compared["largest_by"] == "clicks" and all(
    row["clicks"] == row["a"] - row["b"] != 0 for row in compared["largest"]) and
    [row["clicks"] for row in compared["largest"]] == sorted(row["clicks"] for row in compared["largest"]))
check("popularity is neither good nor bad", compared["metrics"]["popularity"]["descriptive"] and
      not compared["metrics"]["clicks"]["descriptive"] and
      run("compare", "als", "sknn").stdout.splitlines()[7].split("\t")[-1] in ("lower", "higher", "no different"))
p = sorted(metric["t_p"] for metric in compared["metrics"].values())
holm = sorted(metric["t_p_holm"] for metric in compared["metrics"].values())
running, wanted = 0, []
for i, value in enumerate(p):
    running = max(running, min(1, value * (len(p) - i)))
    wanted.append(running)
check("p-values are corrected by Holm's procedure", all(near(x, y) for x, y in zip(holm, wanted)), (holm, wanted))

# Welch's formulas, from the intervals of both sides
unpaired = json.loads(must("compare", "als", "sknn", "--unpaired", "--json"))
good = not unpaired["paired"] and unpaired["n_a"] == unpaired["n_b"] == 20 and unpaired["largest"] == []
for metric in unpaired["metrics"].values():
    of_a, of_b = (metric[side]["ci95"] / 1.96 for side in ("a", "b"))
    variance = of_a ** 2 + of_b ** 2
    if variance == 0: # clicks of two models that always hit
        good = good and metric["welch_t"] is None and metric["welch_p"] is None
        continue
    good = good and near(metric["welch_t"], (metric["a"]["mean"] - metric["b"]["mean"]) / math.sqrt(variance))
    good = good and near(metric["welch_freedom"], variance ** 2 / ((of_a ** 4 + of_b ** 4) / 19))
check("unpaired: Welch's t and degrees of freedom", good, unpaired["metrics"])

refused("a playlist that does not exist", 3, "there is no playlist", "compare", "als", "sknn", "--playlist", "nowhere")
refused("a track that does not exist", 3, "nothing like it", "compare", "als", "sknn", "--track", "nothing like it")
refused("a model that does not exist", 1, "nobody", "compare", "als", "nobody", "--playlist", key)
refused("the lists of one model", 2, "exactly two", "compare", "als", "--playlist", key)
refused("the lists of means of models", 2, "exactly two", "compare", "als,sknn", "popularity", "--playlist", key)
refused("options of results with a playlist", 2, "--slices", "compare", "als", "sknn", "--playlist", key, "--slices")
refused("a playlist and tracks", 2, "not both", "compare", "als", "sknn", "--playlist", key, "--track", tracks[0])
refused("an empty title", 2, "--title is empty", "compare", "als", "sknn", "--title", "")
refused("an unknown metric", 2, "one of the metrics", "compare", "als", "sknn", "--by", "beauty")
refused("unpaired slices", 2, "--slices", "compare", "als", "sknn", "--unpaired", "--slices")
refused("too many rows", 2, "501", "compare", "als", "sknn", "--playlist", key, "-n", "501")
refused("a model that was not evaluated", 1, "evaluate it first", "compare", "als", "popularity")

print("1..%d" % number)
shutil.rmtree(folder)
