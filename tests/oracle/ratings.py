"""Writes tests/eval/ratings_golden.h: Cohen's kappa and areas under the ROC curve, computed with scikit-learn, and
DeLong's variance, computed from its definition over all pairs.

usage: python3 tests/oracle/ratings.py > tests/eval/ratings_golden.h
"""
import numpy as np
from sklearn.metrics import cohen_kappa_score, roc_auc_score

rng = np.random.default_rng(16)


def delong(scores, positive):
    x, y = scores[positive], scores[~positive]
    wins = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return wins.mean(axis=1).var(ddof=1) / len(x) + wins.mean(axis=0).var(ddof=1) / len(y)


def row(items):
    return "{" + ", ".join(items) + "}"


print("/* Written by tests/oracle/ratings.py with scikit-learn. */")
print("enum { GOLDEN_N = 40, GOLDEN_CASES = 6 };")
kappas, areas = [], []
for case in range(6):
    a = rng.choice(3, 40, p=[0.4, 0.35, 0.25])
    b = np.where(rng.random(40) < case / 5, a, rng.choice(3, 40, p=[0.2, 0.3, 0.5]))
    kappas.append(f"    {{{row(map(str, a))},\n     {row(map(str, b))},\n     {cohen_kappa_score(a, b):.17g}}},")
    positive = rng.random(40) < 0.2 + 0.1 * case
    scores = np.round(rng.normal(size=40) + positive * 0.4 * case, 1)  # rounded: with ties
    areas.append(
        f"    {{{row(f'{score:.1f}' for score in scores)},\n     {row(str(int(p)) for p in positive)},\n"
        f"     {roc_auc_score(positive, scores):.17g}, {delong(scores, positive):.17g}}},"
    )
print("static const struct {\n    int a[GOLDEN_N], b[GOLDEN_N];\n    double kappa;\n} golden_kappas[GOLDEN_CASES] = {")
print("\n".join(kappas) + "\n};")
print("static const struct {\n    double scores[GOLDEN_N];\n    bool positive[GOLDEN_N];\n    double area, variance;\n"
      "} golden_areas[GOLDEN_CASES] = {")
print("\n".join(areas) + "\n};")
