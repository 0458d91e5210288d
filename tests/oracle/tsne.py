#!/usr/bin/env python3
"""Compares `sleeve tsne` with scikit-learn's exact t-SNE: the KL divergence of both maps in float64 under one P.

usage: tsne.py PROGRAM [--large]        needs numpy and scikit-learn; no test needs this script
"""
import json
import subprocess
import sys
import tempfile
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE


def joint_probabilities(x, perplexity):
    x = x.astype(np.float64)
    n = len(x)
    norms = (x * x).sum(1)
    squared = np.maximum(norms[:, None] + norms[None] - 2 * x @ x.T, 0)
    p = np.zeros((n, n))
    for i in range(n):
        d = np.delete(squared[i], i)
        d -= d.min()
        low, high, beta = 0.0, np.inf, 1 / d.mean()
        for _ in range(200):
            e = np.exp(-d * beta)
            entropy = np.log(e.sum()) + beta * (d * e).sum() / e.sum()
            if abs(entropy - np.log(perplexity)) < 1e-10:
                break
            if entropy > np.log(perplexity):
                low, beta = beta, beta * 2 if high == np.inf else (beta + high) / 2
            else:
                high, beta = beta, (low + beta) / 2
        p[i] = np.insert(e / e.sum(), i, 0)
    return (p + p.T) / (2 * n)


def divergence(p, y):
    y = y.astype(np.float64)
    norms = (y * y).sum(1)
    q = 1 / (1 + np.maximum(norms[:, None] + norms[None] - 2 * y @ y.T, 0))
    np.fill_diagonal(q, 0)
    some = p > 0
    return (p[some] * np.log(p[some] * q.sum() / q[some])).sum()


def clusters(n, d, count, spread, seed):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(count, d)) * spread
    return (centres[random.integers(0, count, n)] + random.normal(size=(n, d))).astype(np.float32)


def surface(n, d, seed):
    random = np.random.default_rng(seed)
    smooth = np.tanh(random.normal(size=(n, 3)) @ random.normal(size=(3, d)))
    return (smooth + 0.05 * random.normal(size=(n, d))).astype(np.float32)


def main():
    program = sys.argv[1]
    if "--large" in sys.argv:
        sets = {"clusters 5000 x 64": clusters(5000, 64, 10, 1, 0), "clusters 5000 x 512": clusters(5000, 512, 20, 0.3, 2)}
    else:
        sets = {
            "clusters 500 x 512": clusters(500, 512, 10, 1, 0),
            "loose clusters 500 x 512": clusters(500, 512, 10, 0.25, 1),
            "surface 800 x 100": surface(800, 100, 3),
            "digits 1797 x 64": load_digits().data.astype(np.float32),
        }
    for name, x in sets.items():
        with tempfile.TemporaryDirectory() as folder:
            np.save(folder + "/x.npy", x)
            answer = subprocess.run([program, "--json", "tsne", "--input", folder + "/x.npy", "--out", folder + "/y.npy"],
                                    check=True, capture_output=True)
            ours = np.load(folder + "/y.npy")
        figures = json.loads(answer.stdout)
        start = time.time()
        theirs = TSNE(method="exact", init="pca", random_state=42, learning_rate="auto").fit_transform(x)
        seconds = time.time() - start
        p = joint_probabilities(x, 30)
        a, b = divergence(p, ours), divergence(p, theirs)
        print(f"{name}: sleeve {a:.5f} (says {figures['kl_divergence']:.5f}) in {figures['seconds']:.2f} s, "
              f"scikit-learn {b:.5f} in {seconds:.2f} s, ratio {a / b:.4f}", flush=True)


if __name__ == "__main__":
    main()
