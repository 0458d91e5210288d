"""Writes tests/app/recipe_golden.h: the recipe of a playlist and its candidates, computed in float64 with NumPy and
Python's sets from the formulas of the paper (Patwari et al., ISMIR 2020, 3.3.2). The tracks are made from one sequence
of numbers, which tests/app/test_recipe.c repeats.

usage: python3 tests/oracle/recipe.py > tests/app/recipe_golden.h
"""
import numpy as np

N, ARTISTS, GENRES, PLAYLIST = 2500, 90, 8, 70
ATTRIBUTES = ["energy", "valence", "tempo", "instrumentalness", "danceability"]
NAMED = 6 | 1  # remaster, reissue, compilation
EARLIER = 8
state = 20200101


def draw():
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return state >> 33


# One track after the other; the order of the draws is that of the test.
artist, year, earliest, edition, count = (np.zeros(N, int) for _ in range(5))
values = np.full((N, len(ATTRIBUTES)), np.nan, np.float32)
finest = [set() for _ in range(N)]
for i in range(N):
    artist[i] = draw() % ARTISTS * (draw() % ARTISTS) // ARTISTS
    year[i] = 0 if draw() % 20 == 0 else 1960 + draw() % 60
    edition[i] = [0, 0, 0, 0, 1, 2, 4, 8][draw() % 8]
    earliest[i] = year[i] - draw() % 15 if edition[i] & EARLIER and year[i] else year[i]
    count[i] = (draw() % 40) ** 2 // 40
    for a in range(len(ATTRIBUTES)):
        u, missing = draw(), draw() % 11 == 0
        if not missing:
            values[i, a] = np.float32(60 + u / 2**31 * 120 if a == 2 else u / 2**31)
    genres = draw() % 4
    for _ in range(genres):
        finest[i].add(int(np.sqrt(draw() % (GENRES * GENRES))))

playlist = [(7 * i * i + 3 * i) % N for i in range(PLAYLIST)]  # with repeats
distinct = sorted(set(playlist))

genre_counts = sorted(((sum(g in finest[t] for t in distinct), -g) for g in range(GENRES)), reverse=True)
genre_counts = [(-g, c) for c, g in genre_counts if c > 0]
used_genres, total = [], sum(c for _, c in genre_counts)
for g, c in genre_counts:
    if 5 * sum(dict(genre_counts)[x] for x in used_genres) >= 4 * total:
        break
    used_genres.append(g)

first_place = {}
for place, t in enumerate(playlist):
    first_place.setdefault(artist[t], place)
artist_counts = sorted(first_place, key=lambda a: (-sum(artist[t] == a for t in distinct), first_place[a]))
top_artists = artist_counts[:10]

of_playlist = values[distinct].astype(np.float64)
mean, deviation = np.nanmean(of_playlist, axis=0), np.nanstd(of_playlist, axis=0)
years = [year[t] for t in distinct if year[t]]
low_year, high_year = min(years), max(years)
order = sorted(range(N), key=lambda t: (-count[t], t))


def doubtful(t, of_earliest):
    named = bool(edition[t] & NAMED)
    return named and not edition[t] & EARLIER if of_earliest else bool(edition[t])


def candidates(scenario):
    """For each constraint the tracks that pass it, and those of which it is unknown."""
    deviations, dropped, keep = scenario["deviations"], scenario["dropped"], scenario["keep"]
    others = set(range(N)) - set(distinct)
    passes, unknown = [], []
    unknown.append({t for t in others if not finest[t]})
    passes.append({t for t in others if finest[t] & set(used_genres)})
    unknown.append(set())
    passes.append({t for t in others if artist[t] in top_artists[:scenario["artists"]] or
                   artist[t] in artist_counts[10:scenario["artists"]]})
    shown = earliest if scenario["earliest"] else year
    unknown.append({t for t in others if shown[t] == 0 or
                    (not scenario["trust"] and doubtful(t, scenario["earliest"]))})
    passes.append({t for t in others if low_year + 12 <= shown[t] <= high_year - 9} - unknown[-1])
    for a in range(len(ATTRIBUTES)):
        v = values[:, a].astype(np.float64)
        unknown.append({t for t in others if np.isnan(v[t])})
        passes.append({t for t in others if abs(v[t] - mean[a]) <= deviations * deviation[a]})
    passes = [p | (u if k else set()) for p, u, k in zip(passes, unknown, keep)]

    def without(c):
        rest = others.copy()
        for i, p in enumerate(passes):
            if i != c and not dropped[i]:
                rest &= p
        return rest
    found = without(-1)
    return {
        "found": [t for t in order if t in found],
        "added": [0 if dropped[c] else len(without(c)) - len(found) for c in range(len(passes))],
        "removed": [len(found - passes[c]) if dropped[c] else 0 for c in range(len(passes))],
        "unknown": [len(without(c) & unknown[c]) for c in range(len(passes))],
        "doubtful": sum(doubtful(t, scenario["earliest"]) for t in found),
    }


NC = 3 + len(ATTRIBUTES)
SCENARIOS = [
    dict(deviations=1, artists=10, earliest=False, trust=True, dropped=[0] * NC, keep=[0] * NC),
    dict(deviations=1.5, artists=25, earliest=False, trust=True, dropped=[0] * (NC - 1) + [1], keep=[0] * NC),
    dict(deviations=1, artists=10, earliest=True, trust=True, dropped=[0, 1] + [0] * (NC - 3) + [1], keep=[0] * NC),
    dict(deviations=1, artists=10, earliest=True, trust=False, dropped=[0, 1] + [0] * (NC - 3) + [1], keep=[1] * NC),
    dict(deviations=1.25, artists=10, earliest=False, trust=False, dropped=[1, 1] + [0] * (NC - 2), keep=[0, 0, 1, 1] + [0] * (NC - 4)),
    dict(deviations=0, artists=10, earliest=False, trust=True, dropped=[0] * NC, keep=[0] * NC),
    dict(deviations=1, artists=10, earliest=False, trust=True, dropped=[1] * NC, keep=[0] * NC),
]

print("/* Written by tests/oracle/recipe.py. */\n#include <stdbool.h>\n")
print(f"enum {{\n    GOLDEN_N = {N},\n    GOLDEN_ARTISTS = {ARTISTS},\n    GOLDEN_GENRES = {GENRES},\n"
      f"    GOLDEN_PLAYLIST = {PLAYLIST},\n    GOLDEN_DISTINCT = {len(distinct)},\n    GOLDEN_ATTRIBUTES = {len(ATTRIBUTES)},\n"
      f"    GOLDEN_CONSTRAINTS = {NC},\n    GOLDEN_SCENARIOS = {len(SCENARIOS)},\n    GOLDEN_FIRST = 12,\n"
      f"    GOLDEN_GENRES_USED = {len(used_genres)},\n    GOLDEN_LOW_YEAR = {low_year},\n    GOLDEN_HIGH_YEAR = {high_year},\n}};")


def array(kind, name, items):
    print(f"static const {kind} {name}[] = {{{', '.join(items)}}};")


array("char *const", "golden_attributes", [f'"{a}"' for a in ATTRIBUTES])
array("int", "golden_genres", [str(g) for g, _ in genre_counts])
array("int", "golden_genre_counts", [str(c) for _, c in genre_counts])
array("int", "golden_top_artists", [str(a) for a in top_artists])
array("double", "golden_means", [f"{m:.17g}" for m in mean])
array("double", "golden_deviations", [f"{d:.17g}" for d in deviation])
array("int", "golden_known", [str((~np.isnan(of_playlist[:, a])).sum()) for a in range(len(ATTRIBUTES))])
print("static const struct golden_scenario {\n    double deviations;\n    int artists;\n    bool earliest, trust;\n"
      "    int dropped[GOLDEN_CONSTRAINTS], keep[GOLDEN_CONSTRAINTS];\n    int candidates, doubtful;\n"
      "    int added[GOLDEN_CONSTRAINTS], removed[GOLDEN_CONSTRAINTS], unknown[GOLDEN_CONSTRAINTS];\n"
      "    int first[GOLDEN_FIRST]; /* track numbers, 0 past the end */\n} golden_scenarios[] = {")
for s in SCENARIOS:
    r = candidates(s)

    def listed(items):
        return "{" + ", ".join(str(int(i)) for i in items) + "}"
    first = [t + 1 for t in r["found"][:12]]
    print(f"    {{{s['deviations']}, {s['artists']}, {str(s['earliest']).lower()}, {str(s['trust']).lower()}, "
          f"{listed(s['dropped'])}, {listed(s['keep'])},\n     {len(r['found'])}, {r['doubtful']}, {listed(r['added'])}, "
          f"{listed(r['removed'])}, {listed(r['unknown'])},\n     {listed(first + [0] * (12 - len(first)))}}},")
print("};")
