"""Writes tests/models/titles_golden.h: scores of tracks for titles, exact and from factors, computed in float64 with
scikit-learn's TfidfVectorizer and NumPy's singular value decomposition.

usage: python3 tests/oracle/titles.py > tests/models/titles_golden.h
"""
import datetime
import re

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

N_TRACKS, N_ARTISTS, FACTORS = 40, 9, 3
TITLES = ["rock", "hard rock", "rock hard", "indie rock 2016", "jazz", "smooth jazz night", "night drive", "90s rock",
          "2016-03-05 night show", "2016-03-09 night show", "2017-01-30 drive", "🔥 jazz 🔥", "🔥", "rocknroll", "",
          "clásica", "jazz"]
QUERIES = ["rock", "rock rock HARD", "jazz night", "night show 2016-03-07", "🔥", "rocky", "drive 2016", "90s", "clasica"]

rng = np.random.default_rng(5)
playlists = [sorted(rng.choice(N_TRACKS - 4, size=int(rng.integers(2, 9)), replace=False).tolist()) for _ in TITLES]
artists = rng.integers(0, N_ARTISTS, size=N_TRACKS)
track_weights = (0.2 + rng.integers(0, 101, size=N_TRACKS) / 100).astype(np.float32)


def words(title):
    title = title.lower().replace("á", "a")
    return sorted(set(re.findall(r"\d{4}-\d{2}-\d{2}|\w+|🔥", title)))


def word_terms(title):
    terms = []
    for word in words(title):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
            day = datetime.date.fromisoformat(word).toordinal() + 305  # days since 0000-03-01
            terms += [word[:4], word[:7]]
            terms += [f"{n} days, {half}: {(day + half * n // 2) // n}" for n in (7, 14, 28) for half in (0, 1)]
        else:
            terms.append(word)
    return terms


def triple_terms(title):
    return [f" {word} "[i:i + 3] for word in words(title) if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", word)
            for i in range(len(word))]


clusters = {}
for title, tracks in zip(TITLES, playlists):
    if words(title):
        clusters.setdefault(" ".join(words(title)), []).append(tracks)
names = list(clusters)
counts = np.zeros((len(names), N_TRACKS))
for c, name in enumerate(names):
    for tracks in clusters[name]:
        counts[c, tracks] += 1
entries = counts.sum(axis=1)
n = np.array([len(clusters[name]) for name in names])
shares = counts / entries[:, None]
popularity = np.zeros(N_TRACKS)
for tracks in playlists:
    popularity[tracks] += 1
unseen = (popularity == 1).sum() / popularity.sum()
word_vectors, triple_vectors = TfidfVectorizer(analyzer=word_terms), TfidfVectorizer(analyzer=triple_terms)
word_matrix, triple_matrix = word_vectors.fit_transform(names), triple_vectors.fit_transform(names)
_, singular, right = np.linalg.svd(shares)
assert singular[FACTORS - 1] - singular[FACTORS] > 0.02
basis = right[:FACTORS]


def scores(query, factors):
    similarity = (0.9 * (word_matrix @ word_vectors.transform([query]).T).toarray().ravel()
                  + 0.1 * (triple_matrix @ triple_vectors.transform([query]).T).toarray().ravel())
    weight = similarity * np.log2(1 + n) * np.sqrt(entries / n)
    share = shares.T @ (weight / weight.sum())
    if factors:
        share = np.maximum(basis.T @ (basis @ share), 0)
        share /= share.sum()
    share = 0.98 * share + 0.02 * popularity / popularity.sum()
    by_artist = np.bincount(artists, share, minlength=N_ARTISTS)[artists] * track_weights
    return (1 - unseen) * share + unseen * by_artist / by_artist.sum()


def floats(values):
    return ", ".join(f"{v:.9g}F" if "." in f"{v:.9g}" or "e" in f"{v:.9g}" else f"{v:.9g}.0F" for v in values)


def text(value):
    return '"' + value + '"'


print("/* Written by tests/oracle/titles.py. */\n")
print(f"enum {{ N_TRACKS = {N_TRACKS}, N_PLAYLISTS = {len(TITLES)}, N_QUERIES = {len(QUERIES)}, FACTORS = {FACTORS} }};\n")
print("static const char *titles[N_PLAYLISTS] = {" + ", ".join(map(text, TITLES)) + "};")
starts = np.concatenate([[0], np.cumsum([len(p) for p in playlists])])
print("static int64_t starts[N_PLAYLISTS + 1] = {" + ", ".join(map(str, starts)) + "};")
print("static int32_t tracks[] = {" + ", ".join(str(t) for p in playlists for t in p) + "};")
print("static int32_t artists[N_TRACKS] = {" + ", ".join(map(str, artists)) + "};")
print("static float track_weights[N_TRACKS] = {" + floats(track_weights) + "};")
print("static const char *const queries[N_QUERIES] = {" + ", ".join(map(text, QUERIES)) + "};")
print("/* [exact, factors][query][track] */")
print("static const float expected[2][N_QUERIES][N_TRACKS] = {")
for factors in (False, True):
    print("    {" + ",\n     ".join("{" + floats(scores(query, factors)) + "}" for query in QUERIES) + "},")
print("};")
