#!/usr/bin/env python3
"""The KL divergence of maps of one matrix in float64 under one exact P: every pair of points counts, whoever made them.

usage: tsne_maps.py X.npy MAP.npy...        needs numpy, and 16 bytes for every pair of points; no test needs this script
       tsne_maps.py --rows N X.npy MAP.npy...

--rows N, for many points: an estimate from N random rows of P that are not made symmetric (p(j|i) / n), each with all
other points; the sum of Q is estimated from the same rows. Then also which share of the nearest 10 and 30 points of each
of these rows is among as many nearest on the map.
"""
import argparse

import numpy as np


def squared_distances(a, b):
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def conditional_probabilities(x, some, perplexity):
    """p(j|i) of the rows i in `some`, each with all points j; bandwidths by bisection."""
    d = squared_distances(x[some], x)
    d[np.arange(len(some)), some] = np.inf
    d -= d.min(1, keepdims=True)
    finite = np.where(np.isfinite(d), d, 0)
    low, high = np.zeros(len(some)), np.full(len(some), np.inf)
    beta = (len(x) - 1) / finite.sum(1)
    for _ in range(100):
        e = np.exp(-d * beta[:, None])
        entropy = np.log(e.sum(1)) + beta * (finite * e).sum(1) / e.sum(1)
        off = entropy - np.log(perplexity)
        if np.abs(off).max() < 1e-9:
            break
        low, high = np.where(off > 0, beta, low), np.where(off > 0, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + high) / 2)
    return e / e.sum(1, keepdims=True)


def joint_probabilities(x, perplexity=30.0, rows=500):
    x = x.astype(np.float64)
    n = len(x)
    x = x - x.mean(0)
    p = np.empty((n, n))
    for first in range(0, n, rows):
        some = np.arange(first, min(first + rows, n))
        p[some] = conditional_probabilities(x, some, perplexity)
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


def nearest(points, some, count):
    d = squared_distances(points[some], points)
    d[np.arange(len(some)), some] = np.inf
    found = np.argpartition(d, count, 1)[:, :count]
    return np.take_along_axis(found, np.take_along_axis(d, found, 1).argsort(1), 1)


def estimate(x, maps, rows, perplexity=30.0, block=20):
    """For each map: the divergence from random rows, and the share of the nearest 10 and 30 points that it keeps."""
    n = len(x)
    x = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    chosen = np.random.default_rng(0).choice(n, rows, replace=False)
    sums = np.zeros((len(maps), 2))  # of p log(p / q) with q not divided by its sum, and of q
    kept = np.zeros((len(maps), 2))
    for first in range(0, rows, block):
        some = chosen[first:first + block]
        p = conditional_probabilities(x, some, perplexity) / n
        near = nearest(x, some, 30)
        for m, y in enumerate(maps):
            q = 1 / (1 + squared_distances(y[some], y))
            q[np.arange(len(some)), some] = 0
            positive = p > 0
            sums[m] += (p[positive] * np.log(p[positive] / q[positive])).sum(), q.sum()
            on_map = nearest(y, some, 30)
            for i in range(len(some)):
                kept[m] += [len(np.intersect1d(near[i, :k], on_map[i, :k])) / k for k in (10, 30)]
    return sums[:, 0] * n / rows + np.log(sums[:, 1] * n / rows), kept / rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int)
    parser.add_argument("matrix")
    parser.add_argument("maps", nargs="+")
    arguments = parser.parse_args()
    x = np.load(arguments.matrix)
    if arguments.rows:
        maps = [np.load(path).astype(np.float64) for path in arguments.maps]
        for path, divergence_of, kept in zip(arguments.maps, *estimate(x, maps, arguments.rows)):
            print(f"{path} {divergence_of:.4f}, of the nearest 10 {kept[0]:.1%}, of the nearest 30 {kept[1]:.1%}")
        return
    p = joint_probabilities(x)
    for path in arguments.maps:
        print(f"{path} {divergence(p, np.load(path)):.5f}", flush=True)


if __name__ == "__main__":
    main()
