#!/usr/bin/env python3
"""The KL divergence of maps of one matrix in float64 under one exact P: every pair of points counts, whoever made them.

usage: tsne_maps.py X.npy MAP.npy...        needs numpy, and 16 bytes for every pair of points; no test needs this script
"""
import sys

import numpy as np


def squared_distances(a, b):
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def joint_probabilities(x, perplexity=30.0, rows=500):
    x = x.astype(np.float64)
    n = len(x)
    x = x - x.mean(0)
    p = np.empty((n, n))
    for first in range(0, n, rows):
        some = np.arange(first, min(first + rows, n))
        d = squared_distances(x[some], x)
        d[np.arange(len(some)), some] = np.inf
        d -= d.min(1, keepdims=True)
        finite = np.where(np.isfinite(d), d, 0)
        low, high = np.zeros(len(some)), np.full(len(some), np.inf)
        beta = (n - 1) / finite.sum(1)
        for _ in range(100):
            e = np.exp(-d * beta[:, None])
            entropy = np.log(e.sum(1)) + beta * (finite * e).sum(1) / e.sum(1)
            off = entropy - np.log(perplexity)
            if np.abs(off).max() < 1e-9:
                break
            low, high = np.where(off > 0, beta, low), np.where(off > 0, high, beta)
            beta = np.where(np.isinf(high), beta * 2, (low + high) / 2)
        p[some] = e / e.sum(1, keepdims=True)
    for first in range(0, n, rows):  # in place: P is as large as what one wants to keep
        last = min(first + rows, n)
        both = (p[first:last, first:] + p[first:, first:last].T) / (2 * n)
        p[first:last, first:] = both
        p[first:, first:last] = both.T
    return p


def divergence(p, y, rows=500):
    y = y.astype(np.float64)
    n = len(y)
    z, kl = 0.0, 0.0
    for first in range(0, n, rows):
        q = 1 / (1 + squared_distances(y[first:first + rows], y))
        q[np.arange(len(q)), np.arange(first, first + len(q))] = 0
        z += q.sum()
        some = p[first:first + rows] > 0
        kl += (p[first:first + rows][some] * np.log(p[first:first + rows][some] / q[some])).sum()
    return kl + p.sum() * np.log(z)


def main():
    p = joint_probabilities(np.load(sys.argv[1]))
    for path in sys.argv[2:]:
        print(f"{path} {divergence(p, np.load(path)):.5f}", flush=True)


if __name__ == "__main__":
    main()
