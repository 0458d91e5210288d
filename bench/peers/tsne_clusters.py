#!/usr/bin/env python3
"""Writes a synthetic matrix for maps of many points: 300 clusters of uneven size in 12 groups, in 50 dimensions.

usage: tsne_clusters.py POINTS X.npy        needs numpy
"""
import sys

import numpy as np

GROUPS, CLUSTERS, DIMENSIONS, BLOCK = 12, 300, 50, 65536


def main():
    points, path = int(sys.argv[1]), sys.argv[2]
    random = np.random.default_rng(1)
    groups = 4 * random.normal(size=(GROUPS, DIMENSIONS))
    centres = groups[random.integers(0, GROUPS, CLUSTERS)] + 1.5 * random.normal(size=(CLUSTERS, DIMENSIONS))
    sizes = random.pareto(1.5, CLUSTERS) + 0.2
    spread = random.uniform(0.6, 1.4, CLUSTERS)
    cluster = random.choice(CLUSTERS, points, p=sizes / sizes.sum())
    out = np.lib.format.open_memmap(path, "w+", np.float32, (points, DIMENSIONS))
    for first in range(0, points, BLOCK):
        some = cluster[first:first + BLOCK]
        out[first:first + BLOCK] = centres[some] + spread[some, None] * random.normal(size=(len(some), DIMENSIONS))


if __name__ == "__main__":
    main()
