#!/usr/bin/env python3
"""A training step of the convolutional network of Pohl's thesis, and k-means with 4,000 centres of 39 numbers, by sleeve
and by PyTorch and scikit-learn, in turn.

usage: layers.py [step|kmeans] [--sleeve build/sleeve] [--rounds N] [--threads N]

step    batch 32 of 256 x 128 x 1: three convolutions of 64 filters 3 x 3 ("same"), each with ELU and max pooling (2 x 2,
        2 x 4, 2 x 2), linear 512 with ELU, linear 200, mean squared error, Adam. PyTorch has it with channels first and
        with channels last; the faster one counts.
kmeans  `sleeve bench kmeans` writes its rows with --keep; scikit-learn's MiniBatchKMeans clusters the same rows with the
        same number of batches of the same size, k-means++ and no early stop. The inertia of both is over all rows.
Ratios are of a round; the median is printed with the medians of both. One line of JSON per row.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", nargs="?", choices=["step", "kmeans"], default="step")
parser.add_argument("--sleeve", default="build/sleeve")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
STEPS = 5


def sleeve_rows(*arguments):
    lines = subprocess.run([options.sleeve, "bench", *arguments, "--json", "--no-progress", "--threads",
                            str(options.threads)], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {row["name"]: row for row in map(json.loads, lines)}


def make_step(torch, memory_format):
    from torch import nn
    torch.manual_seed(1)
    layers, channels = [], 1
    for pool in ((2, 2), (2, 4), (2, 2)):
        layers += [nn.Conv2d(channels, 64, 3, padding="same"), nn.ELU(), nn.MaxPool2d(pool)]
        channels = 64
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16384, 512), nn.ELU(), nn.Linear(512, 200))
    network = network.to(memory_format=memory_format)
    adam = torch.optim.Adam(network.parameters(), lr=1e-4, eps=1e-6, fused=True)
    x = torch.randn(32, 1, 256, 128).to(memory_format=memory_format)
    y = torch.randn(32, 200)

    def step():
        adam.zero_grad()
        loss = nn.functional.mse_loss(network(x), y)
        loss.backward()
        adam.step()

    return step


def peer_step():
    import torch
    torch.set_num_threads(options.threads)
    medians = {}
    for name, memory_format in (("first", torch.contiguous_format), ("last", torch.channels_last)):
        step, times = make_step(torch, memory_format), []
        for _ in range(STEPS + 2):
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1e3)
        medians[name] = statistics.median(times[2:])
    return medians, torch.__version__


def compare_step():
    ours, first, last = [], [], []
    for _ in range(options.rounds):
        ours.append(sleeve_rows("layers")["step cnn"]["median"])
        medians, version = peer_step()
        first.append(medians["first"])
        last.append(medians["last"])
    best = first if statistics.median(first) < statistics.median(last) else last
    print(json.dumps({"name": "step cnn", "sleeve_ms": round(statistics.median(ours), 1),
                      "channels_first_ms": round(statistics.median(first), 1),
                      "channels_last_ms": round(statistics.median(last), 1),
                      "ratio": round(statistics.median(b / a for a, b in zip(ours, best)), 2), "torch": version,
                      "load": os.getloadavg()[0]}))


def compare_kmeans():
    import numpy
    import sklearn
    from sklearn.cluster import MiniBatchKMeans
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, inertia = [], [], []
        for _ in range(options.rounds):
            rows = sleeve_rows("kmeans", "--keep", folder)
            ours.append(rows["kmeans"]["median"])
            x = numpy.fromfile(os.path.join(folder, "kmeans-rows.f32"), numpy.float32).reshape(-1, 39)
            batches, batch, k = int(rows["kmeans"]["n"]), 1024, 4000
            passes = batches * batch / len(x)
            start = time.perf_counter()
            model = MiniBatchKMeans(k, batch_size=batch, init="k-means++", n_init=1, max_iter=max(1, round(passes)),
                                    max_no_improvement=None, tol=0.0, random_state=1, compute_labels=False).fit(x)
            theirs.append(time.perf_counter() - start)
            inertia.append((rows["kmeans inertia"]["median"], -model.score(x) / len(x), model.n_steps_))
    print(json.dumps({"name": "kmeans", "sleeve_s": round(statistics.median(ours), 3), "batches": batches,
                      "sklearn_s": round(statistics.median(theirs), 3), "sklearn_batches": inertia[-1][2],
                      "ratio": round(statistics.median(b / a for a, b in zip(ours, theirs)), 2),
                      "sleeve_inertia": round(inertia[-1][0], 4), "sklearn_inertia": round(inertia[-1][1], 4),
                      "sklearn": sklearn.__version__, "load": os.getloadavg()[0]}))


compare_step() if options.what == "step" else compare_kmeans()
