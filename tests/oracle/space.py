"""Writes tests/features/space_golden.h: playlists in a whitened space, computed in float64 with NumPy's symmetric inverse
square root, and SciPy's t-tests of the same numbers.

usage: python3 tests/oracle/space.py > tests/features/space_golden.h
"""
import numpy as np
from scipy import stats

SIZES, WIDTH, RIDGE = [9, 14, 6, 11], 5, 0.1

rng = np.random.default_rng(5)
n = sum(SIZES)
owner = np.repeat(np.arange(len(SIZES)), SIZES)
mixing = rng.normal(size=(WIDTH, WIDTH))


def draw(spread):
    """Tracks around a centre of their playlist, with columns of different units."""
    centres = rng.normal(size=(len(SIZES), WIDTH)) * spread
    return ((centres[owner] + rng.normal(size=(n, WIDTH))) @ mixing * [1, 100, 0.1, 3, 1]).astype(np.float32)


def measure(values):
    z = values.astype(np.float64)
    z = (z - z.mean(0)) / z.std(0)
    within = z - np.array([z[owner == k].mean(0) for k in range(len(SIZES))])[owner]
    covariance = within.T @ within / (n - len(SIZES))
    w, v = np.linalg.eigh(covariance + RIDGE * np.eye(WIDTH))
    y = z @ (v / np.sqrt(w)) @ v.T
    means = np.array([y[owner == k].mean(0) for k in range(len(SIZES))])
    d = ((y[:, None] - means) ** 2).sum(-1)
    own = d[np.arange(n), owner]
    others = np.where(np.arange(len(SIZES)) == owner[:, None], np.inf, d)
    distances = np.array([d[owner == k].mean(0) for k in range(len(SIZES))])
    return distances, others.min(1) - own, others.argmin(1)


def show(kind, name, array):
    suffix = "F" if kind == "float" else ""
    digits = ".9g" if kind == "float" else ".17g"
    flat = ", ".join(f"{int(x)}" if kind.startswith("int") else f"{x:#{digits}}{suffix}" for x in np.asarray(array).ravel())
    print(f"static const {kind} {name}[] = {{{flat}}};")


first, second = draw(1.2), draw(0.5)
print("/* Written by tests/oracle/space.py. */\n#include <stdint.h>\n")
print(f"enum {{ SPACE_N = {n}, SPACE_WIDTH = {WIDTH}, SPACE_PLAYLISTS = {len(SIZES)} }};")
print(f"static const double space_ridge = {RIDGE};")
show("int64_t", "space_starts", np.cumsum([0] + SIZES))
deltas = []
for name, values in (("first", first), ("second", second)):
    distances, delta, nearest = measure(values)
    deltas.append(delta)
    show("float", f"space_{name}", values)
    show("double", f"space_{name}_distances", distances)
    show("double", f"space_{name}_delta", delta)
    show("int32_t", f"space_{name}_nearest", nearest)
for name, test in (("paired", stats.ttest_rel(*deltas, alternative="greater")),
                   ("welch", stats.ttest_ind(*deltas, equal_var=False, alternative="greater")),
                   ("reverse", stats.ttest_rel(*deltas[::-1], alternative="greater"))):
    show("double", f"space_{name}", [test.statistic, test.df, test.pvalue])
# Far in the tail: 4,563 pairs whose differences are as in the paper's test.
x = np.sin(np.arange(4563.0)) + 0.29
show("double", "space_tail", [*(lambda r: (r.statistic, r.df, r.pvalue))(stats.ttest_rel(x, np.zeros_like(x), alternative="greater"))])
