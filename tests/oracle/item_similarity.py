#!/usr/bin/env python3
"""Makes tests/models/item_golden.h: scores of ease, rp3beta and itemknn, computed with NumPy in float64 from the
equations of the papers (src/models/ease.h, co_occurrence.h), with dense matrices.

usage: item_similarity.py >tests/models/item_golden.h; clang-format-14 -i tests/models/item_golden.h
"""
import numpy as np

CATALOGUES = [("few_playlists", 30, 18, 3), ("many_playlists", 14, 40, 4)]  # name, tracks, playlists, seed
CASES = [  # kind, settings in the order of the kind's rules, neighbours kept
    ("ease", {"regularization": 1.5}, 1000),
    ("ease", {"regularization": 20}, 1000),
    ("ease", {"regularization": 20}, 5),
    ("rp3beta", {"alpha": 1, "beta": 0}, 1000),
    ("rp3beta", {"alpha": 0.6, "beta": 0.4}, 1000),
    ("rp3beta", {"alpha": 0.6, "beta": 0.4}, 6),
    ("itemknn", {"shrinkage": 0}, 1000),
    ("itemknn", {"shrinkage": 10}, 1000),
    ("itemknn", {"shrinkage": 10}, 4),
]
LISTS = [[0], [5], [2, 7, 11], [9, 3, 0, 12], [13], [1, 13, 4]]  # rows; the last row of a catalogue is in no playlist


def draw(tracks, playlists, seed):
    """Playlists of distinct tracks, low rows more often; the last two rows, or one, in none."""
    rng = np.random.default_rng(seed)
    known = tracks - 1
    weights = 1 / (1 + np.arange(known))
    return [rng.choice(known, size=rng.integers(2, 9), replace=False, p=weights / weights.sum()) for _ in range(playlists)]


def ease(x, regularization):
    p = np.linalg.inv(x.T @ x + regularization * np.eye(x.shape[1]))
    return np.eye(len(p)) - p @ np.diag(1 / np.diag(p))


def rp3beta(x, alpha, beta):
    lengths, counts = x.sum(1), x.sum(0)
    to_playlist = np.divide(x.T, counts[:, None], out=np.zeros_like(x.T), where=counts[:, None] > 0) ** alpha
    to_track = (x / lengths[:, None]) ** alpha
    return to_playlist @ to_track / np.maximum(counts, 1) ** beta


def itemknn(x, shrinkage):
    norms = np.linalg.norm(x, axis=0)
    below = np.outer(norms, norms) + shrinkage
    return np.divide(x.T @ x, below, out=np.zeros_like(below), where=below > 0)


def kept(similarity, counts, k):
    """The k values of largest magnitude in each row, equal ones by count, then by column."""
    similarity = similarity.copy()
    np.fill_diagonal(similarity, 0)
    for row in similarity:
        order = np.lexsort((np.arange(len(row)), -counts, -np.abs(row.astype(np.float32))))
        row[order[k:]] = 0
    return similarity


def numbers(values):
    return ", ".join(str(v) for v in values)


def main():
    print("#ifndef SLEEVE_TESTS_MODELS_ITEM_GOLDEN_H\n#define SLEEVE_TESTS_MODELS_ITEM_GOLDEN_H\n")
    print("#include <stdint.h>\n")
    print("/* Made by tests/oracle/item_similarity.py. Scores are [cases x lists x tracks]. */\n")
    for name, tracks, playlists, seed in CATALOGUES:
        lists = draw(tracks, playlists, seed)
        x = np.zeros((playlists, tracks))
        for row, entries in zip(x, lists):
            row[entries] = 1
        assert x[:, -1].sum() == 0 and x.sum(0)[:3].min() > 0
        starts = np.concatenate(([0], np.cumsum([len(e) for e in lists])))
        print(f"enum {{ {name.upper()}_TRACKS = {tracks}, {name.upper()}_COUNT = {playlists} }};")
        print(f"static const int64_t {name}_starts[] = {{{numbers(starts)}}};")
        print(f"static const int32_t {name}_entries[] = {{{numbers(np.concatenate(lists))}}};")
        scores = []
        for kind, settings, k in CASES:
            similarity = kept(globals()[kind](x, **settings), x.sum(0), k)
            scores += [similarity[seeds].sum(0) for seeds in LISTS]
        print(f"static const double {name}_scores[] = {{{', '.join(f'{v:.7f}' for v in np.concatenate(scores))}}};\n")
    print("static const struct { const char *kind, *settings[4]; } golden_cases[] = {")
    for kind, settings, k in CASES:
        texts = [f"{key}={value}" for key, value in settings.items()] + [f"k={k}"]
        print(f'{{"{kind}", {{' + ", ".join(f'"{text}"' for text in texts) + "}},")
    print("};")
    print("static const struct { int64_t count, rows[4]; } golden_lists[] = {")
    for seeds in LISTS:
        print(f"{{{len(seeds)}, {{{numbers(seeds)}}}}},")
    print("};\n\n#endif")


main()
