#!/usr/bin/env python3
"""sleeve explain: its numbers against lists that are recommended without a track, and wrong usage. Speaks TAP.
usage: test_explain.py SLEEVE"""
import json
import os
import subprocess
import sys
import tempfile

SLEEVE = os.path.abspath(sys.argv[1])
N_PLAYLISTS, PER_PLAYLIST, N_SONGS = 60, 20, 150
count = failed = 0


def check(name, good, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("# " + str(why).replace("\n", "\n# "))


def song(p, t):
    s = (p * 7 + t * (1 + p % 5)) % N_SONGS
    return f"Song {s},Band {s % 30},Album {s % 60}"


def main():
    with tempfile.TemporaryDirectory() as work:
        env = {k: v for k, v in os.environ.items() if k != "SLEEVE_CATALOGUE"}
        env |= {f"XDG_{x}_HOME": os.path.join(work, x) for x in ("DATA", "CACHE", "STATE", "CONFIG")}

        def run(*arguments):
            return subprocess.run([SLEEVE, "-C", work + "/c.db", "--threads", "1", *arguments], env=env, text=True,
                                  capture_output=True, stdin=subprocess.DEVNULL, timeout=120, check=False)

        with open(work + "/lists.csv", "w", encoding="utf-8") as out:
            out.write("playlist,pos,track,artist,album\n")
            for p in range(N_PLAYLISTS):
                for t in range(PER_PLAYLIST):
                    out.write(f"list {p},{t},{song(p, t)}\n")
        run("import", "csv", work + "/lists.csv", "-q")
        for kind in ("popularity", "als", "sknn", "ease"):
            check(f"{kind} is trained", run("train", kind, "-q").returncode == 0)
        check("an ensemble is trained",
              run("train", "ensemble", "--members", "als,sknn", "--weights", "1,1", "-q").returncode == 0)

        seeds = [f"song {s} / band {s % 30}" for s in (1, 8, 15, 31)]

        def tracks(keys):
            return [word for key in keys for word in ("--track", key)]

        def score_in_list(model, keys, track):
            rows = json.loads(run("recommend", "-m", model, *tracks(keys), "-n", "200", "--json").stdout)
            return next((row["score"] for row in rows if row["key"] == track), None)

        for model in ("popularity", "als", "sknn", "ease", "ensemble"):
            made = run("explain", "-m", model, *tracks(seeds), "--rank", "4", "--json")
            why = json.loads(made.stdout) if made.returncode == 0 else {}
            near = lambda a, b: abs(a - b) <= 2e-5 * max(abs(a), abs(b), 1e-3)
            check(f"{model}: the rank and the score are those of the list", why.get("rank") == 4 and
                  near(why["score"], score_in_list(model, seeds, why["key"])), made.stderr)
            check(f"{model}: the parts add up to the score", near(sum(p["value"] for p in why["parts"]), why["score"]), why)
            wrong = []
            for seed in why["seeds"]:
                rest = [key for key in seeds if key != seed["key"]]
                if not near(why["score"] - seed["change"], score_in_list(model, rest, why["key"])):
                    wrong.append(seed)
            check(f"{model}: the change without each track is that of the list", len(why["seeds"]) == 4 and not wrong, wrong)
            if model == "sknn":
                check("sknn: the votes add up to the score", near(sum(v["gain"] for v in why["votes"]), why["score"]) or
                      why["n_votes"] > len(why["votes"]), why["votes"])
                check("sknn: the playlists that voted have names", all(v["playlist"].startswith("list ") for v in why["votes"]))
            text = run("explain", "-m", model, *tracks(seeds), "--suggestion", why["key"])
            check(f"{model}: as text", text.returncode == 0 and why["sentence"] in text.stdout and not text.stderr,
                  text.stdout + text.stderr)

        whole = run("explain", "-m", "als", "--playlist", "list 3", "--rank", "1")
        check("of a playlist", whole.returncode == 0 and "What each track adds" in whole.stdout, whole.stderr)
        joined = json.loads(run("explain", "-m", "als", *tracks(seeds[:1]), "--title", "list", "--rank", "2", "--json").stdout)
        check("a title that joined the list is told", joined["joined_with_title"] and "title's by rank" in joined["list_note"], joined)

        for name, arguments, status in (
                ("no suggestion", ("-m", "als", *tracks(seeds)), 2),
                ("suggestion and rank", ("-m", "als", *tracks(seeds), "--rank", "1", "--suggestion", seeds[0]), 2),
                ("no seeds", ("-m", "als", "--rank", "1"), 2),
                ("no model of this name", ("-m", "none", *tracks(seeds), "--rank", "1"), 1),
                ("a track that is in the playlist", ("-m", "als", *tracks(seeds), "--suggestion", seeds[0]), 2),
                ("a track that does not exist", ("-m", "als", *tracks(seeds), "--suggestion", "nothing"), 3),
                ("a playlist that does not exist", ("-m", "als", "--playlist", "nothing", "--rank", "1"), 3),
                ("rank 0", ("-m", "als", *tracks(seeds), "--rank", "0"), 2),
                ("a rank behind the list", ("-m", "als", *tracks(seeds), "--rank", "9999"), 3)):
            made = run("explain", *arguments)
            check(f"{name}: status {status}", made.returncode == status and made.stderr.startswith("sleeve: "),
                  f"{made.returncode}\n{made.stderr}")
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
