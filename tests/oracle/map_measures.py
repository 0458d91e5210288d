"""Writes tests/map/measures_golden.h: purity and silhouette of a small embedding, computed with scikit-learn.

usage: python3 tests/oracle/map_measures.py > tests/map/measures_golden.h
"""
import numpy as np
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

N, DIM, LABELS = 60, 19, 5

rng = np.random.default_rng(7)
labels = rng.integers(0, LABELS - 1, N)
labels[41] = LABELS - 1  # alone
values = (rng.normal(size=(LABELS, DIM))[labels] * 0.6 + rng.normal(size=(N, DIM))).astype(np.float32)


def purity(x, neighbours):
    found = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(x).kneighbors(return_distance=False)
    return (labels[found] == labels[:, None]).mean()


def chance():
    counts = np.bincount(labels)[labels]
    return ((counts - 1) / (N - 1)).mean()


def array(name, type, items):
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) > 116:
            lines.append(line)
            line = "   "
        line += " " + item + ","
    print(f"static const {type} {name} = {{\n" + "\n".join(lines + [line]) + "\n};")


print("/* Written by tests/oracle/map_measures.py with scikit-learn. */")
print(f"enum {{ GOLDEN_N = {N}, GOLDEN_DIM = {DIM}, GOLDEN_LABELS = {LABELS} }};")
array("golden_labels[GOLDEN_N]", "int", [str(label) for label in labels])
array("golden_values[GOLDEN_N * GOLDEN_DIM]", "float", [f"{float(v):.9g}F" for v in values.reshape(-1)])
for width in (DIM, 2):
    x = values[:, :width].astype(np.float64)
    print(f"static const double golden_purity_{width} = {float(purity(x, 10))!r}, golden_silhouette_{width} = {float(silhouette_score(x, labels))!r};")
print(f"static const double golden_chance = {float(chance())!r};")
