#!/usr/bin/env python3
"""Writes fusion_golden.h: ranked lists and their fusion by the logarithm of the ranks, computed in plain Python.

usage: fusion.py > ../models/fusion_golden.h
"""
import math
import random

TRACKS, LISTS, LENGTH, DEPTH = 40, 3, 14, 10
WEIGHTS = [1.0, 0.25, 0.6]

random.seed(5)
lists = [random.sample(range(TRACKS), LENGTH) for _ in range(LISTS)]
lists[2][11:] = [-1] * 3  # a shorter list
popularity = [random.randrange(4) for _ in range(TRACKS)]


def gain(ranked, track):
    rank = ranked.index(track) + 1 if track in ranked else DEPTH + 1
    return math.log((DEPTH + 1) / min(rank, DEPTH + 1)) / math.log(DEPTH + 1)


def fused(weights):
    places = [t for ranked in lists for t in ranked[:DEPTH]] + [t for ranked in lists for t in ranked[DEPTH:]]
    places = [t for t in dict.fromkeys(places) if t >= 0]
    score = {t: sum(w * gain(ranked, t) for w, ranked in zip(weights, lists)) / sum(weights) for t in places}
    return [(t, score[t]) for t in sorted(places, key=lambda t: (-score[t], -popularity[t], places.index(t)))]


def numbers(values):
    return "{" + ", ".join(values) + "}"


print("/* Written by tests/oracle/fusion.py. */")
print(f"enum {{ GOLDEN_TRACKS = {TRACKS}, GOLDEN_LISTS = {LISTS}, GOLDEN_LENGTH = {LENGTH}, GOLDEN_DEPTH = {DEPTH} }};")
print("static const int32_t golden_lists[GOLDEN_LISTS][GOLDEN_LENGTH] = "
      + numbers(numbers(map(str, ranked)) for ranked in lists) + ";")
print(f"static const float golden_popularity[GOLDEN_TRACKS] = {numbers(map(str, popularity))};")
print(f"static const double golden_weights[GOLDEN_LISTS] = {numbers(map(str, WEIGHTS))};")
for name, weights in (("weighted", WEIGHTS), ("equal", [1.0] * LISTS)):
    result = fused(weights)
    print(f"static const int32_t golden_{name}_rows[] = {numbers(str(t) for t, _ in result)};")
    print(f"static const double golden_{name}_scores[] = {numbers(f'{s:.9f}' for _, s in result)};")
