#!/usr/bin/env python3
"""Writes attributes_golden.h: thresholds, metrics, logistic regression (scikit-learn) and temporal inference (NumPy).

usage: attributes.py > ../attributes/attributes_golden.h

Needs numpy and scikit-learn. The threshold is that of precision_recall_curve with the largest F1, which is a score; any
threshold between it and the next lower score gives the same F1. Logistic regression is LogisticRegression(C=1/lambda) of
each target for itself. Temporal inference is Patwari et al. 2020, equations 1 and 2, with the last window included.
"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (f1_score, mean_squared_error, precision_recall_curve, precision_score, r2_score, recall_score,
                             roc_auc_score)

random = np.random.default_rng(5)
N = 60
truth = (random.random(N) < 0.3).astype(int)
scores = np.round(truth * 0.8 + random.normal(size=N), 1)  # with ties
precision, recall, thresholds = precision_recall_curve(truth, scores)
f1 = 2 * precision[:-1] * recall[:-1] / (precision[:-1] + recall[:-1])
best = f1.max()
threshold = thresholds[np.flatnonzero(f1 >= best - 1e-12).max()]
below = scores[scores < threshold].max()
decided = scores >= threshold

amounts = random.random(N)
predicted = np.clip(amounts + 0.3 * random.normal(size=N), 0, 1)

IN, OUT, TRAINING = 5, 2, 45
x = random.normal(size=(N, IN)).astype(np.float32)
y = (x @ random.normal(size=(IN, OUT)) + random.normal(size=(N, OUT)) + [0.5, -0.8] > 0).astype(np.float32)
LAMBDA = 2.0
logits = np.column_stack([
    LogisticRegression(C=1 / LAMBDA, tol=1e-10, max_iter=10000).fit(x[:TRAINING].astype(float), y[:TRAINING, j])
    .decision_function(x.astype(float)) for j in range(OUT)])


def window(n):
    return min(max(3, n // 6), n)


def smooth(e):
    w = window(len(e))
    return np.array([e[max(0, i - w // 2):i - w // 2 + w].mean() for i in range(len(e))])


def peak(e):
    w = window(len(e))
    return max(e[i:i + w].mean() for i in range(len(e) - w + 1))


def consistency(a):
    return 1 - np.abs(np.diff(a)).sum() / a[:-1].sum()


lengths = [1, 2, 3, 4, 17, 18, 24, 31, 60]
tracks = [random.random(n).astype(np.float32) for n in lengths]


def array(kind, name, values, form):
    print(f"static const {kind} {name}[] = {{{', '.join(form.format(v) for v in np.ravel(values))}}};")


print("/* Written by tests/oracle/attributes.py. */")
print(f"enum {{ GOLDEN_N = {N}, GOLDEN_IN = {IN}, GOLDEN_OUT = {OUT}, GOLDEN_TRAINING = {TRAINING}, GOLDEN_TRACKS = {len(lengths)} }};")
array("double", "golden_truth", truth, "{}")
array("double", "golden_scores", scores, "{:.17g}")
print(f"static const double golden_threshold = {(threshold + below) / 2:.17g}, golden_f1 = {best:.17g};")
print(f"static const double golden_precision = {precision_score(truth, decided):.17g}, golden_recall = {recall_score(truth, decided):.17g},"
      f" golden_auc = {roc_auc_score(truth, scores):.17g};")
assert abs(f1_score(truth, decided) - best) < 1e-12
array("double", "golden_amounts", amounts, "{:.17g}")
array("double", "golden_predicted", predicted, "{:.17g}")
print(f"static const double golden_within = {(np.abs(amounts - predicted) < 0.25).mean():.17g}, "
      f"golden_rmse = {mean_squared_error(amounts, predicted) ** 0.5:.17g}, golden_r2 = {r2_score(amounts, predicted):.17g};")
array("float", "golden_x", x, "{:.8e}F")
array("float", "golden_y", y, "{:.0f}")
print(f"static const double golden_lambda = {LAMBDA};")
array("double", "golden_logits", logits, "{:.12g}")
array("int64_t", "golden_lengths", lengths, "{}")
array("float", "golden_segments", np.concatenate(tracks), "{:.8e}F")
array("double", "golden_peaks", [peak(t.astype(float)) for t in tracks], "{:.15g}")
array("double", "golden_smooth", np.concatenate([smooth(t.astype(float)) for t in tracks]), "{:.15g}")
array("double", "golden_consistency", [consistency(smooth(t.astype(float))) if len(t) > 1 else -1 for t in tracks], "{:.15g}")
