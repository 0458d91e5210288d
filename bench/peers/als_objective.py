#!/usr/bin/env python3
"""The weighted objective of implicit-feedback ALS against processor time: `sleeve train als` beside implicit's conjugate
gradients, on the training playlists of a catalogue, from the same track factors.

usage: als_objective.py CATALOGUE [--sleeve PROGRAM] [--factors D] [--regularization L] [--alpha A] [--seed S]
                        [--iterations N,N,...] [--threads N]

Both minimise the sum of c (p - x.y)^2 over all pairs of playlist and track plus L times the squared norms, with c = 1 + A
where the playlist contains the track. implicit starts from sleeve's track factors after its first iteration (the
lowest of --iterations), with playlist factors of 0. Both are judged by their track factors alone: the minimum of the
objective over the playlist factors, in float64.
An iteration of sleeve takes the difference of the processor times of its longest and its shortest training, divided by
their iterations. One line of JSON for each point: name, iterations and seconds of processor time after those common factors,
objective. The catalogue is copied, and stays as it is.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("catalogue", type=pathlib.Path)
parser.add_argument("--sleeve", default="build/sleeve")
parser.add_argument("--factors", type=int, default=128)
parser.add_argument("--regularization", type=float, default=1)
parser.add_argument("--alpha", type=float, default=1)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--iterations", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2, 3, 4, 6, 8, 12, 16])
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # implicit has threads of its own and asks for this

import implicit
import numpy
import scipy.linalg
import scipy.sparse


def run(*arguments):
    """The processor time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([options.sleeve, "--threads", str(options.threads), *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def track_factors(path):
    """The matrix "tracks" of a model's file (safetensors)."""
    bytes_ = path.read_bytes()
    size = int.from_bytes(bytes_[:8], "little")
    entry = json.loads(bytes_[8:8 + size])["tracks"]
    first, end = entry["data_offsets"]
    return numpy.frombuffer(bytes_[8 + size + first:8 + size + end], numpy.float32).reshape(entry["shape"])


def objective(matrix, tracks):
    """The minimum over a playlist's factors is (1 + A) n - b.x with its normal equations (G + A Y'Y) x = b = (1 + A) Y'1, of
    the n rows Y of its tracks and G of all tracks. With G = LL' and K = Y G^-1 Y', b.x = (1 + A)^2 / A (n - 1'(I + AK)^-1 1)."""
    y = tracks.astype(numpy.float64)
    gram = y.T @ y + options.regularization * numpy.eye(options.factors)
    whitened = scipy.linalg.solve_triangular(numpy.linalg.cholesky(gram), y.T, lower=True).T
    total, weight = options.regularization * float((y * y).sum()), 1 + options.alpha
    for first, end in zip(matrix.indptr[:-1], matrix.indptr[1:]):
        if first < end:
            n, rows = int(end - first), whitened[matrix.indices[first:end]]
            inner = numpy.linalg.solve(numpy.eye(n) + options.alpha * rows @ rows.T, numpy.ones(n)).sum()
            total += weight * n - weight ** 2 / options.alpha * (n - float(inner))
    return total


def report(name, iterations, seconds, tracks):
    print(json.dumps({"name": name, "iterations": iterations, "processor_s": round(seconds, 2),
                      "objective": round(objective(matrix, tracks), 1)}), flush=True)


with tempfile.TemporaryDirectory() as folder:
    copy = pathlib.Path(folder) / "als.db"
    shutil.copy(options.catalogue, copy)
    run("-C", str(copy), "export", "npz", "--on", "train", "--out", folder + "/npz")
    matrix = scipy.sparse.load_npz(folder + "/npz/playlist_track.npz").astype(numpy.float32)
    points = {}
    for n in options.iterations:
        taken = run("-C", str(copy), "train", "als", "--name", f"als{n}", "--seed", str(options.seed),
                    *[word for pair in [f"iterations={n}", f"factors={options.factors}", f"alpha={options.alpha}",
                                        f"regularization={options.regularization}"] for word in ["--set", pair]])
        points[n] = taken, track_factors(next((copy.with_suffix(".data") / "models").glob(f"als{n}.*safetensors")))
    low, high = min(points), max(points)
    step = (points[high][0] - points[low][0]) / (high - low)
    for n in options.iterations:
        report("sleeve", n - low, (n - low) * step, points[n][1])

wanted = [n - low for n in options.iterations if n > low] + [high - low + 4, high - low + 8]
spent, begin = 0, 0


def after(iteration, *_):
    global spent, begin
    spent += time.process_time() - begin
    if iteration + 1 in wanted:
        report("implicit, conjugate gradients", iteration + 1, spent, model.item_factors)
    begin = time.process_time()


matrix.data[:] = 1 + options.alpha
model = implicit.als.AlternatingLeastSquares(factors=options.factors, regularization=options.regularization, use_native=True,
                                             use_cg=True, iterations=max(wanted), num_threads=options.threads)
model.item_factors = points[low][1].copy()
model.user_factors = numpy.zeros((matrix.shape[0], options.factors), numpy.float32)
begin = time.process_time()
model.fit(matrix, show_progress=False, callback=after)
