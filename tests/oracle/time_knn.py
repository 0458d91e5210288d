#!/usr/bin/env python3
"""Writes time_knn_golden.h: playlists with times, and what time-aware neighbours recommend, computed in plain Python.

usage: time_knn.py > ../models/time_knn_golden.h
"""
import datetime
import math
import random

PLAYLISTS, TRACKS, K, WIDTH = 60, 40, 12, 7
DAYS, MATCH, PRIOR, NEIGHBOURS = 30.0, 4.0, 5.0, 45
EPOCH = datetime.date(1970, 1, 1)

random.seed(11)
start = (datetime.date(2012, 2, 7) - EPOCH).days
playlists, days, titles = [], [], []
for p in range(PLAYLISTS):
    day = start + random.randrange(300)
    recent = [t for t in range(TRACKS) if abs(t * 7.5 - (day - start)) < 60]
    playlists.append(random.sample(recent, min(len(recent), random.randrange(3, 9))))
    days.append(None if p % 12 == 5 else day)
    written = EPOCH + datetime.timedelta(days=day)
    # Every third playlist has its date in the title, the others from their source.
    titles.append(f"Radio {written.isoformat()}, evening" if p % 3 == 0 and days[p] is not None else "untitled")
queries = [([3, 5], None), ([20], None), ([30, 31, 9], None), ([8], start + 77), ([], start + 250)]


def smoothed(counts):
    return [sum(c * math.exp(-abs(b - i) * WIDTH / DAYS) for i, c in enumerate(counts)) for b in range(len(counts))]


dated = [p for p in range(PLAYLISTS) if days[p] is not None]
first = min(days[p] for p in dated)
bins = {p: (days[p] - first) // WIDTH for p in dated}
N_BINS = max(bins.values()) + 1
mass = smoothed([sum(bins[p] == b for p in dated) for b in range(N_BINS)])


def inferred(seeds):
    belief = [math.log(m) for m in mass]
    for seed in seeds:
        holders = [p for p in dated if seed in playlists[p]]
        near = smoothed([sum(bins[p] == b for p in holders) for b in range(N_BINS)])
        if holders:
            for b in range(N_BINS):
                belief[b] += math.log((near[b] + PRIOR * len(holders) / len(dated)) / (mass[b] + PRIOR))
    share = [math.exp(x - max(belief)) for x in belief]
    time = smoothed([s / sum(share) / m for s, m in zip(share, mass)])
    return {p: time[bins[p]] for p in dated}


def recommend(seeds, day):
    time = inferred(seeds) if day is None else {p: math.exp(-abs(day - days[p]) / DAYS) for p in dated}
    weight = {}
    for p in dated:
        shared = len(set(seeds) & set(playlists[p]))
        weight[p] = time[p] * (1 + (MATCH * shared / math.sqrt(len(seeds) * len(playlists[p])) if shared else 0))
    nearest = sorted(dated, key=lambda p: (-weight[p], p))[:NEIGHBOURS]
    score = {t: sum(weight[p] for p in nearest if t in playlists[p]) for t in range(TRACKS) if t not in seeds}
    return sorted(score.items(), key=lambda item: -item[1])[:K]


def numbers(values):
    return "{" + ", ".join(values) + "}"


starts = [0]
for tracks in playlists:
    starts.append(starts[-1] + len(tracks))
print("/* Written by tests/oracle/time_knn.py. */")
print(f"enum {{ TIME_PLAYLISTS = {PLAYLISTS}, TIME_TRACKS = {TRACKS}, TIME_K = {K}, TIME_QUERIES = {len(queries)} }};")
print("static const char *const time_settings[] = "
      + numbers(f'"{k}={v:g}"' for k, v in (("days", DAYS), ("match", MATCH), ("prior", PRIOR), ("k", NEIGHBOURS))) + ";")
print(f"static const int64_t time_starts[TIME_PLAYLISTS + 1] = {numbers(map(str, starts))};")
print("static const int32_t time_tracks[] = " + numbers(str(t) for tracks in playlists for t in tracks) + ";")
print("static const char *const time_titles[TIME_PLAYLISTS] = " + numbers(f'"{t}"' for t in titles) + ";")
print("/* Days of the last change; wrong where the title has a date, which counts. */")
print("static const int32_t time_changed[TIME_PLAYLISTS] = "
      + numbers("INT32_MIN" if days[p] is None else str(1 if "20" in titles[p] else days[p]) for p in range(PLAYLISTS))
      + ";")
print("static const struct time_query {\n    int64_t seeds[3];\n    size_t n_seeds;\n    const char *title;\n"
      "    int64_t tracks[TIME_K];\n    double scores[TIME_K];\n} time_queries[TIME_QUERIES] = {")
for seeds, day in queries:
    title = "NULL" if day is None else f'"{(EPOCH + datetime.timedelta(days=day)).isoformat()} Lunch"'
    result = recommend(seeds, day)
    print(f"    {{.seeds = {numbers(str(s + 1) for s in seeds) if seeds else '{0}'}, .n_seeds = {len(seeds)}, "
          f".title = {title}, .tracks = {numbers(str(t + 1) for t, _ in result)}, "
          f".scores = {numbers(f'{s:.9f}' for _, s in result)}}},")
print("};")
