"""Writes tests/features/whitening_golden.h: whitened rows of a small matrix, computed in float64 with NumPy's symmetric
eigendecomposition and Cholesky factor.

usage: python3 tests/oracle/whitening.py > tests/features/whitening_golden.h
"""
import numpy as np

N, WIDTH, RIDGE = 24, 7, 0.05
CONSTANT, UNKNOWN = 3, 5

rng = np.random.default_rng(11)
values = rng.normal(size=(N, WIDTH)) @ rng.normal(size=(WIDTH, WIDTH)) * [1, 50, 0.01, 1, 3, 1, 7] + [0, 2000, 1, 0, -6, 0, 40]
values[:, CONSTANT] = 4
values[rng.random((N, WIDTH)) < 0.12] = np.nan
values[:, UNKNOWN] = np.inf
values[2, 1], values[9, 4] = np.inf, -np.inf
values = values.astype(np.float32)
present = rng.random(N) < 0.85
groups = [[0, 1, 2, 3, 4, 5], [4, 6, 8, 10, 12], [7], [], [9, 11, 13, 14, 15, 16, 17, 18], [18, 19, 20, 21, 22, 23, 0]]
item_rows = rng.permutation(N)  # number of a group -> row
item_rows[[3, 17]] = -1


def standardised():
    z = values.astype(np.float64)
    z[~np.isfinite(z)] = np.nan
    z[~present] = np.nan
    used = [i for i in range(WIDTH) if i not in (CONSTANT, UNKNOWN)]
    z = z[:, used]
    return (z - np.nanmean(z, axis=0)) / np.nanstd(z, axis=0)


def covariance(a, counts):
    a = np.where(np.isnan(a), 0, a)
    return a.T @ a / np.sqrt(np.outer(counts, counts))


def total(z):
    return covariance(z, (~np.isnan(z)).sum(0))


def within(z, numbers):
    parts, counts = [], 0
    for group in numbers:
        a = z[[row for row in group if row >= 0]]
        m = (~np.isnan(a)).sum(0)
        parts.append(a - np.where(m > 0, np.nansum(a, axis=0) / np.maximum(m, 1), 0))
        counts = counts + np.maximum(m - 1, 0)
    return covariance(np.vstack(parts), counts)


def whitened(z, c):
    c = c + RIDGE * np.eye(len(c))
    y = np.linalg.solve(np.linalg.cholesky(c), np.where(np.isnan(z), 0, z).T).T
    # The same distances as with the symmetric inverse square root.
    w, v = np.linalg.eigh(c)
    s = np.where(np.isnan(z), 0, z) @ (v / np.sqrt(w)) @ v.T
    assert np.allclose(((y[:, None] - y) ** 2).sum(-1), ((s[:, None] - s) ** 2).sum(-1))
    return y


def text(kind, x):
    if not np.isfinite(x):
        return "NAN" if np.isnan(x) else "INFINITY" if x > 0 else "-INFINITY"
    return f"{x:#.9g}" + {"float": "F"}.get(kind, "") if kind in ("float", "double") else f"{int(x)}"


def show(kind, name, array):
    flat = ", ".join(text(kind, x) for x in np.asarray(array).ravel())
    print(f"static const {kind} {name}[] = {{{flat}}};")


z = standardised()
print("/* Written by tests/oracle/whitening.py. */\n#include <math.h>\n#include <stdbool.h>\n#include <stdint.h>\n")
print(f"enum {{ GOLDEN_N = {N}, GOLDEN_WIDTH = {WIDTH}, GOLDEN_USED = {z.shape[1]}, GOLDEN_GROUPS = {len(groups)} }};")
print(f"static const double golden_ridge = {RIDGE};")
show("float", "golden_values", values)
show("bool", "golden_present", present)
show("int64_t", "golden_starts", np.cumsum([0] + [len(g) for g in groups]))
show("int32_t", "golden_entries", sum(groups, []))
show("int32_t", "golden_rows", item_rows)
show("double", "golden_total", whitened(z, total(z)))
show("double", "golden_within", whitened(z, within(z, groups)))
show("double", "golden_within_rows", whitened(z, within(z, [item_rows[g] if g else [] for g in groups])))
