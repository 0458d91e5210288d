"""Writes tests/models/content_blend_golden.h: a small catalogue and the scores that a model of kind content-blend must
give its tracks, computed in float64 with NumPy from the formulas in src/models/content_blend.c.

usage: python3 tests/oracle/content_blend.py > tests/models/content_blend_golden.h
"""
import numpy as np

N, PLAYLISTS, ARTISTS, ALBUMS = 48, 14, 11, 17
WEIGHTS = dict(nearness=1.7, artists=0.9, same_artist=1.3, same_album=0.6)
K, BANDWIDTH, RIDGE = 6, 0.8, 0.05

rng = np.random.default_rng(4)
artists = rng.integers(0, ARTISTS, N)
artists[:ARTISTS] = np.arange(ARTISTS)
albums = rng.integers(-1, ALBUMS, N)
playlists = [rng.choice(N - 12, rng.integers(1, 9), replace=False) for _ in range(PLAYLISTS)]  # 12 tracks are in none
lists = [[1], [40], [5, 3, 17], [45, 2, 30, 11, 44], [47], [20, 21, 22, 23, 24, 25, 26, 27]]

# Tracks, columns with units and unknown values; some tracks have no row.
tones = (rng.normal(size=(N, 4)) @ rng.normal(size=(4, 4)) * [1, 30, 0.1, 5] + [0, 100, 1, 0]).astype(np.float32)
tones[rng.random((N, 4)) < 0.1] = np.nan
tones_row = np.where(rng.random(N) < 0.15, -1, np.arange(N))
tones_row[47] = -1
# Albums, vectors.
looks = rng.normal(size=(ALBUMS, 3)).astype(np.float32)
looks_row = albums.copy()


def whiten(values, row, present):
    z = values.astype(np.float64)
    z[~present] = np.nan
    z = (z - np.nanmean(z, axis=0)) / np.nanstd(z, axis=0)
    parts, counts = [], 0
    for playlist in playlists:
        rows = row[playlist]
        a = z[rows[rows >= 0]]
        m = (~np.isnan(a)).sum(0)
        parts.append(np.where(np.isnan(a), 0, a - np.nansum(a, axis=0) / np.maximum(m, 1)))
        counts = counts + np.maximum(m - 1, 0)
    a = np.vstack(parts)
    c = a.T @ a / np.sqrt(np.outer(counts, counts)) + RIDGE * np.eye(z.shape[1])
    w, v = np.linalg.eigh(c)
    return np.where(np.isnan(z), 0, z) @ (v / np.sqrt(w)) @ v.T


def part(values, row, present, seeds):
    y = whiten(values, row, present)
    given = [row[s] for s in seeds if row[s] >= 0]
    if not given:
        return np.zeros(N)
    squared = ((y[:, None] - y[given]) ** 2).sum(-1)
    nearness = (1 / (1 + squared / (BANDWIDTH * y.shape[1]))).mean(1)
    of_track = np.where(row >= 0, nearness[row], np.nan)
    out = (of_track - np.nanmean(of_track)) / np.nanmax(of_track)
    return np.where(np.isnan(out), 0, out) * WEIGHTS["nearness"] / 2


def of_artists(seeds):
    count = np.array([np.bincount(artists[p], minlength=ARTISTS) for p in playlists], float)
    given = np.bincount(artists[seeds], minlength=ARTISTS)
    similarity = count @ given / np.linalg.norm(count, axis=1) / np.linalg.norm(given)
    order = np.argsort(-similarity, kind="stable")
    if len(order) > K and similarity[order[K - 1]] > 0:
        assert similarity[order[K - 1]] > similarity[order[K]] + 1e-9, "the neighbours are not determined"
    score = similarity[order[:K]] @ (count[order[:K]] > 0)
    return score / score.max() if score.max() > 0 else score


def text(kind, x):
    if not np.isfinite(x):
        return "NAN"
    return f"{x:#.9g}" + {"float": "F"}.get(kind, "") if kind in ("float", "double") else f"{int(x)}"


def show(kind, name, array):
    flat = ", ".join(text(kind, x) for x in np.concatenate([np.ravel(x) for x in array]))
    print(f"static const {kind} {name}[] = {{{flat}}};")


def starts(groups):
    return np.cumsum([0] + [len(g) for g in groups])


tones_parts = [part(tones, tones_row, tones_row >= 0, s) for s in lists]
looks_parts = [part(looks, looks_row, np.ones(ALBUMS, bool), s) for s in lists]
scores = [t + l + WEIGHTS["artists"] * of_artists(s)[artists] + WEIGHTS["same_artist"] * np.isin(artists, artists[s])
          + WEIGHTS["same_album"] * (np.isin(albums, albums[s]) & (albums >= 0))
          for s, t, l in zip(lists, tones_parts, looks_parts)]

print("/* Written by tests/oracle/content_blend.py. */\n#include <math.h>\n#include <stdint.h>\n")
print(f"enum {{ GOLDEN_N = {N}, GOLDEN_PLAYLISTS = {PLAYLISTS}, GOLDEN_ARTISTS = {ARTISTS}, GOLDEN_ALBUMS = {ALBUMS}, "
      f"GOLDEN_LISTS = {len(lists)}, GOLDEN_TONES = {tones.shape[1]}, GOLDEN_LOOKS = {looks.shape[1]} }};")
settings = ", ".join(f'"{k}={v}"' for k, v in {**WEIGHTS, "k": K, "bandwidth": BANDWIDTH, "ridge": RIDGE}.items())
print(f"static const char *const golden_settings[] = {{{settings}}};")
show("int32_t", "golden_artists", artists)
show("int32_t", "golden_albums", albums)
show("int64_t", "golden_starts", starts(playlists))
show("int32_t", "golden_tracks", playlists)
show("int64_t", "golden_list_starts", starts(lists))
show("int64_t", "golden_seeds", [np.array(s) + 1 for s in lists])
show("float", "golden_tones", tones)
show("int32_t", "golden_tones_row", tones_row)
show("float", "golden_looks", looks)
show("int32_t", "golden_looks_row", looks_row)
show("double", "golden_tones_part", tones_parts)
show("double", "golden_looks_part", looks_parts)
show("double", "golden_score", scores)
