#!/usr/bin/env python3
"""Cold tracks, and held-out tracks by whether training can know them: what the program stores and prints is compared
with what the tables of the catalogue and the lists of a run give when they are read here. Speaks TAP.
usage: test_cold_tracks.py SLEEVE ASSETS"""
import gzip, itertools, json, math, os, random, shutil, signal, sqlite3, struct, subprocess, sys, tempfile, time

sleeve, assets = sys.argv[1:3]
folder = tempfile.mkdtemp(prefix="sleeve-cold-")
db = os.path.join(folder, "c.db")
TRAIN, VAL, TEST = 1, 2, 4
GROUPS = ["known", "unknown", "cold"]
METRICS = ["recall", "r_precision", "ndcg", "clicks"]
number = 0


def check(what, good, why=""):
    global number
    number += 1
    print("%s %d - %s%s" % ("ok" if good else "not ok", number, what, "" if good else "\n# " + str(why)))


def run(*arguments):
    return subprocess.run([sleeve, "-C", db, *arguments], capture_output=True, text=True)


def must(*arguments):
    done = run(*arguments)
    if done.returncode != 0:
        print("Bail out! %s: %s" % (" ".join(arguments), done.stderr))
        sys.exit(1)
    return done.stdout


def load():
    """Playlists {number: (key, set, seeds, distinct tracks)}, cold tracks, number of tracks."""
    base = sqlite3.connect("file:%s?mode=ro" % db, uri=True)
    rows = base.execute("SELECT p.id, p.key, coalesce(s.part, 1), coalesce(s.seeds, 0), e.tracks FROM playlists p"
                        " JOIN playlist_entries e ON e.playlist_id = p.id"
                        " LEFT JOIN split_playlists s ON s.playlist_id = p.id WHERE p.own = 0").fetchall()
    lists = {id: (key, part, seeds, list(dict.fromkeys(struct.unpack("<%di" % (len(blob) // 4), blob))))
             for id, key, part, seeds, blob in rows}
    cold = {id for id, in base.execute("SELECT track_id FROM split_cold")}
    n_tracks, = base.execute("SELECT count(*) FROM tracks").fetchone()
    artists = dict(base.execute("SELECT id, artist_id FROM tracks"))
    keys = dict(base.execute("SELECT key, id FROM tracks"))
    base.close()
    return lists, cold, n_tracks, artists, keys


def export(name):
    path = os.path.join(folder, name)
    must("split", "--export", path)
    with open(path, "rb") as file:
        return file.read()


def mean(values):
    return sum(values) / len(values)


def metrics(found, held_out, artists):
    """found: ranked track numbers; held_out: a set."""
    hits = [track in held_out for track in found]
    first = found[:len(held_out)]
    wanted = {artists[track] for track in held_out}
    of_artists = len({artists[track] for track in first} & wanted)
    ideal = sum(1 / math.log2(i + 2) for i in range(len(held_out)))
    return {"recall": sum(hits) / len(held_out),
            "r_precision": (sum(hits[:len(held_out)]) + 0.25 * of_artists) / len(held_out),
            "ndcg": sum(1 / math.log2(i + 2) for i, hit in enumerate(hits) if hit) / ideal,
            "clicks": hits.index(True) // 10 if True in hits else 51}


def lists_of(path, keys):
    """Lists of a run by the key of their playlist."""
    found = {}
    for line in open(path, encoding="utf-8"):
        playlist, _, track, *_ = line.split()
        found.setdefault(playlist, []).append(keys[track])
    return found


def expected(run_file, on):
    lists, cold, n_tracks, artists, keys = load()
    found = lists_of(run_file, keys)
    may_train = TRAIN | VAL if on == TEST else TRAIN
    known = {track for _, part, _, tracks in lists.values() if part & may_train for track in tracks} - cold
    per_group = {group: [] for group in GROUPS}
    ceilings, totals = [], dict.fromkeys(["tracks", *GROUPS], 0)
    for key, part, seeds, tracks in lists.values():
        if part != on:
            continue
        shown = tracks if on == TEST else [track for track in tracks if track not in cold]
        held_out = set(shown[seeds:])
        groups = {"known": held_out & known, "unknown": held_out - known, "cold": held_out & cold}
        ceilings.append(min(500, len(groups["known"])) / len(held_out))
        totals["tracks"] += len(held_out)
        for group, tracks in groups.items():
            totals[group] += len(tracks)
            if tracks:
                per_group[group].append(metrics(found[key], tracks, artists))
    return per_group, mean(ceilings), totals, 500 / n_tracks


def near(a, b):
    return abs(a - b) < 1e-9


def compare_evaluation(model, on):
    path = os.path.join(folder, "run.txt")
    document = json.loads(must("evaluate", "--model", model, "--on", on, "--run", path, "--json"))
    per_group, ceiling, totals, chance = expected(path, TEST if on == "test" else VAL)
    got, of_model = document["held_out"], document["models"][0]["held_out"]
    check("%s on %s: held-out tracks are counted" % (model, on), all(got[name] == totals[name] for name in totals),
          (got, totals))
    check("%s on %s: the groups part the held-out tracks" % (model, on),
          got["known"] + got["unknown"] == got["tracks"] and got["cold"] <= got["unknown"], got)
    check("%s on %s: ceiling and chance" % (model, on),
          near(got["recall_ceiling"]["mean"], ceiling) and near(got["recall_chance"], chance), (got, ceiling, chance))
    for group in GROUPS:
        if not per_group[group]:
            check("%s on %s: no %s held-out tracks" % (model, on, group), group not in of_model, of_model)
            continue
        wrong = [(name, of_model[group][name]["mean"], mean([row[name] for row in per_group[group]]))
                 for name in METRICS
                 if not near(of_model[group][name]["mean"], mean([row[name] for row in per_group[group]]))]
        check("%s on %s: metrics of %s held-out tracks" % (model, on, group),
              not wrong and of_model[group]["n_playlists"] == len(per_group[group]), wrong)
    return of_model


def known_seeds(model):
    """Mean share of the seeds of test playlists that are in playlists of the training set, and playlists without one."""
    lists, cold, *_ = load()
    trained = {track for _, part, _, tracks in lists.values() if part == TRAIN for track in tracks} - cold
    shares = [mean([track in trained for track in tracks[:seeds]])
              for _, part, seeds, tracks in lists.values() if part == TEST and seeds > 0]
    got = json.loads(must("evaluate", "--model", model, "--json"))["models"][0]["known_seeds"]
    check("known seeds of " + model, near(got["mean"], mean(shares)) and got["n_without"] == shares.count(0) and
          got["n_playlists"] == len(shares), (got, mean(shares), shares.count(0)))


# ---- the split ----

songs = os.path.join(folder, "songs.csv")  # more than half of the playlists
with gzip.open(os.path.join(assets, "spotify_songs.csv.gz"), "rt", encoding="utf-8") as all_songs, \
        open(songs, "w", encoding="utf-8") as some:
    some.writelines(itertools.islice(all_songs, 19000))
must("import", "csv", songs, "--preset", "spotify-songs", "-q")
draw = ["split", "--test", "60", "--val", "60", "--seed", "7"]
must(*draw)
plain = export("plain.tsv")
must("train", "als", "--name", "before", "--set", "factors=8", "--set", "iterations=2", "-q")
counts = json.loads(must(*draw, "--cold", "0.1", "--json"))
whole = export("cold.tsv")
lists, cold, n_tracks, artists, keys = load()
check("so many tracks are cold", len(cold) == counts["cold"] == round(0.1 * n_tracks), (len(cold), counts, n_tracks))
check("the playlists are the same with and without cold tracks", whole.startswith(plain) and len(whole) > len(plain))
check("the same seed gives the same cold tracks", must(*draw, "--cold", "0.1") and export("again.tsv") == whole)
check("another seed gives others", must(*draw[:-1], "8", "--cold", "0.1") and load()[1] != cold)
must("split", "--import", os.path.join(folder, "cold.tsv"))
check("an imported split has the cold tracks", export("back.tsv") == whole and load()[1] == cold)
must("split", "--import", os.path.join(folder, "plain.tsv"))
check("a file without cold tracks has none", export("back.tsv") == plain and not load()[1])
must("split", "--import", os.path.join(folder, "plain.tsv"), "--cold", "0.1", "--seed", "7")
check("cold tracks can be drawn for an imported split", export("back.tsv") == whole)
warned = run("evaluate", "--model", "before", "-v").stderr
check("a model that saw cold tracks is detected", "cold tracks" in warned, warned)
check("doctor shows the split", json.loads(run("--json", "doctor").stdout)["catalogue"]["split"] ==
      {"train": counts["train"], "val": 60, "test": 60, "cold": len(cold)})

# ---- what is refused changes nothing ----

first = next(iter(keys))
rows = "playlist\tset\tseeds\n" + whole.decode().splitlines()[1] + "\n"
for what, text, says in [("an unknown track", rows + "no such track\tcold\t0\n", "no track"),
                         ("a track named twice", rows + (first + "\tcold\t0\n") * 2, "named twice"),
                         ("seeds of a track", rows + first + "\tcold\t1\n", "0 seeds"),
                         ("cold tracks that leave nothing", "".join(key + "\tcold\t0\n" for key in keys), "train on")]:
    path = os.path.join(folder, "wrong.tsv")
    open(path, "w", encoding="utf-8").write(text)
    done = run("split", "--import", path)
    check("a file with %s is refused" % what, done.returncode in (1, 3) and says in done.stderr, done.stderr)
for arguments, status, says in [(["--cold", "0"], 2, "between 0 and 1"), (["--cold", "1"], 2, "between 0 and 1"),
                                (["--cold", "nan"], 2, "--cold"), (["--cold", "0.00001"], 1, "no track"),
                                (["--cold", "0.9999"], 1, "no playlist is left"),
                                (["--cold", "0.1", "--cold-after", "2019"], 2, "either"),
                                (["--cold-after", "yesterday"], 2, "YYYY"), (["--cold-after", "2019-13"], 2, "YYYY"),
                                (["--cold-after", "2099"], 1, "earlier date"),
                                (["--cold-after", "1066"], 1, "no playlist is left"),
                                (["--import", os.path.join(folder, "cold.tsv"), "--cold", "0.1"], 2, "names cold"),
                                (["--import", os.path.join(folder, "plain.tsv"), "--seeds", "1"], 2, "--seeds"),
                                (["--seeds", "1,,2"], 2, "0,1,5")]:
    done = run("split", *arguments)
    check("split %s is refused" % " ".join(arguments[-2:]), done.returncode == status and says in done.stderr,
          (done.returncode, done.stderr))
check("the earlier split stays", export("back.tsv") == whole)

# ---- by date ----

must(*draw, "--cold-after", "2018-06")
dates = dict(sqlite3.connect(db).execute("SELECT t.id, b.release_date FROM tracks t JOIN albums b ON b.id = t.album_id"))
late = {track for track, date in dates.items() if date and date[:7] > "2018-06"}
check("tracks released after a date are cold", load()[1] == late and 0 < len(late) < n_tracks, len(late))

# ---- evaluation ----

must("split", "--import", os.path.join(folder, "cold.tsv"))
must("train", "sknn", "-q")
report = run("train", "popularity").stderr
trained = {track for _, part, _, tracks in lists.values() if part == TRAIN for track in tracks} - cold
check("train says what can be recommended", "can recommend %d of the %d tracks" % (len(trained), n_tracks) in report, report)
check("and so does models show", "can recommend %d of" % len(trained) in must("models", "show", "popularity"))
must("embed", "audio", "-q")
must("train", "mf-avg", "--features", "audio", "--set", "epochs=1", "--set", "factors=8", "-q")
compare_evaluation("sknn", "test")
compare_evaluation("popularity", "val")
of_model = compare_evaluation("mf-avg", "test")
check("a model of audio features finds cold tracks", of_model["cold"]["recall"]["mean"] > 0, of_model["cold"])
known_seeds("sknn")
document = json.loads(must("compare", "mf-avg", "sknn", "--held-out", "cold", "--json"))
sknn = json.loads(must("evaluate", "--model", "sknn", "--json"))["models"][0]["held_out"]["cold"]
check("compare takes the metrics of a group", set(document["metrics"]) == set(METRICS) and all(
    abs(document["metrics"][name]["mean"] - of_model["cold"][name]["mean"] + sknn[name]["mean"]) < 1e-5 for name in METRICS) and
    document["only_held_out"] == "cold" and document["n_playlists"] == sknn["n_playlists"], document["metrics"])
must("split", "--import", os.path.join(folder, "plain.tsv"))
must("train", "sknn", "-q")
must("evaluate", "--model", "sknn", "-q")
done = run("compare", "mf-avg", "sknn", "--held-out", "cold")
check("a split without cold tracks gives no results for them", done.returncode == 1 and "cold" in done.stderr, done.stderr)

# ---- no seeds ----

must(*draw, "--seeds", "0,1,5")
shown = [seeds for _, part, seeds, _ in load()[0].values() if part == TEST]
check("the groups are equal", sorted(set(shown)) == [0, 1, 5] and all(shown.count(s) == 20 for s in (0, 1, 5)), shown)
none = export("none.tsv")
must("split", "--import", os.path.join(folder, "none.tsv"))
check("a split file with 0 seeds comes back", export("back.tsv") == none)
must("train", "popularity", "-q")
must("train", "sknn", "-q")
plot = os.path.join(folder, "plot.svg")
document = json.loads(must("evaluate", "--model", "sknn,popularity", "--plot", plot, "--json"))
by_seeds = [{group["seeds"]: group for group in model["by_seeds"]} for model in document["models"]]
check("groups of seeds start at 0", sorted(by_seeds[0]) == [0, 1, 5], by_seeds[0].keys())
check("without seeds the popular tracks are recommended", by_seeds[0][0] | {"seeds": 0} == by_seeds[1][0], by_seeds)
check("playlists without seeds are not playlists of unknown seeds", document["models"][0]["known_seeds"]["n_playlists"] == 40)
check("the plot has a point at 0", ">0<" in open(plot).read())
document = json.loads(must("compare", "sknn", "popularity", "--seeds", "0", "--json"))
check("compare takes playlists without seeds", document["n_playlists"] == 20 and document["metrics"]["ndcg"]["ties"] == 20 and
      document["only_seeds"] == 0, document["metrics"]["ndcg"])

# ---- a kill leaves one split or the other, never half of one ----

random.seed(1)
halves = 0
for attempt in range(12):
    one = subprocess.Popen([sleeve, "-C", db, "split", "--import", os.path.join(folder, ["cold.tsv", "none.tsv"][attempt % 2]), "-q"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.random() * 0.1)
    one.send_signal(signal.SIGKILL)
    one.wait()
    halves += export("back.tsv") not in (whole, none)
check("a killed split leaves the earlier one or the new one", halves == 0 and run("doctor").returncode == 0, halves)

print("1..%d" % number)
shutil.rmtree(folder)
