#!/usr/bin/env python3
"""Writes ridge_golden.h: a ridge regression with chosen lambda, in float64.

usage: ridge.py > ../features/ridge_golden.h

Needs numpy. W = Yt X (Xt X + lambda n I)^-1 over the training items; lambda is the one of 1e-3, 10^-2.5, ..., 1e3 with the
highest R2 on the validation items; the prediction of all items is by W over training and validation items.
"""
import numpy as np

N, IN, OUT = 90, 6, 3
random = np.random.default_rng(12)
x = random.normal(size=(N, IN))
x[:, 5] = x[:, 4] + 0.01 * random.normal(size=N)  # nearly collinear
y = x @ random.normal(size=(IN, OUT)) * 0.3 + random.normal(size=(N, OUT))
part = random.permutation(np.repeat([0, 1, 2], [50, 20, 20]))
training, validation = np.flatnonzero(part == 0), np.flatnonzero(part == 1)
x = ((x - x[training].mean(axis=0)) / x[training].std(axis=0)).astype(np.float32)
y = ((y - y[training].mean(axis=0)) / y[training].std(axis=0)).astype(np.float32)
a, b = x.astype(np.float64), y.astype(np.float64)


def weights(items, lam):
    gram = a[items].T @ a[items] + lam * len(items) * np.eye(IN)
    return np.linalg.solve(gram, a[items].T @ b[items])


def r2(items, predicted):
    return 1 - ((b[items] - predicted[items]) ** 2).sum() / (b[items] ** 2).sum()


lambdas = [10 ** (-3 + i / 2) for i in range(13)]
scores = [r2(validation, a @ weights(training, lam)) for lam in lambdas]
best = int(np.argmax(scores))
predicted = a @ weights(np.sort(np.concatenate([training, validation])), lambdas[best])


def array(kind, name, values, form):
    print(f"static const {kind} {name}[] = {{{', '.join(form.format(v) for v in np.ravel(values))}}};")


print("/* Written by tests/oracle/ridge.py. */")
print(f"enum {{ GOLDEN_N = {N}, GOLDEN_IN = {IN}, GOLDEN_OUT = {OUT}, GOLDEN_TRAINING = {len(training)}, "
      f"GOLDEN_VALIDATION = {len(validation)} }};")
array("float", "golden_x", x, "{:.8e}F")
array("float", "golden_y", y, "{:.8e}F")
array("int32_t", "golden_training", training, "{}")
array("int32_t", "golden_validation", validation, "{}")
print(f"static const double golden_lambda = {lambdas[best]:.17g}, golden_r2 = {scores[best]:.17g};")
array("double", "golden_predicted", predicted, "{:.12g}")
