#!/usr/bin/env python3
"""Times iterations of implicit-feedback ALS in `implicit` on the CPU, as a peer of `sleeve bench als`.

usage: als.py exact|gradients [--playlists N] [--tracks N] [--entries N] [--factors D] [--iterations N] [--threads N]

exact      every row's normal equations by Cholesky's factorisation, as `als-weighted` of the benchmark does
gradients  three steps of conjugate gradients a row instead, which is implicit's default and not the exact solution
Entries are drawn as in bench/bench_als.c: evenly over the playlists, track r with a chance of about 1 / r; an entry that
is drawn again counts as one, so that the matrix has fewer. Confidence is 2 where a playlist holds a track. Prints one
line of JSON.
"""
import argparse
import json
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("peer", choices=["exact", "gradients"])
parser.add_argument("--playlists", type=int, default=100000)
parser.add_argument("--tracks", type=int, default=226000)
parser.add_argument("--entries", type=int, default=6600000)
parser.add_argument("--factors", type=int, default=128)
parser.add_argument("--iterations", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # implicit has threads of its own and asks for this

import implicit
import numpy
import scipy.sparse

generator = numpy.random.default_rng(1)
rows = numpy.arange(options.entries) * options.playlists // options.entries
tracks = (numpy.exp(generator.random(options.entries) * numpy.log(options.tracks)) - 1).astype(numpy.int32)
matrix = scipy.sparse.csr_matrix((numpy.ones(options.entries, numpy.float32), (rows, tracks)),
                                 shape=(options.playlists, options.tracks))
matrix.data[:] = 2
model = implicit.als.AlternatingLeastSquares(factors=options.factors, regularization=1, use_native=True,
                                             use_cg=options.peer == "gradients",
                                             iterations=options.iterations, num_threads=options.threads, random_state=1)
ends = []
model.fit(matrix, show_progress=False, callback=lambda iteration, seconds, *rest: ends.append(seconds))
print(json.dumps({"name": f"implicit-{options.peer}", "playlists": options.playlists, "tracks": options.tracks,
                  "entries": int(matrix.nnz), "factors": options.factors, "seconds": [round(s, 3) for s in ends],
                  "median_s": round(statistics.median(ends), 3), "implicit": implicit.__version__}))
