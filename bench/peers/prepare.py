#!/usr/bin/env python3
"""Covers prepared for CLIP and DINOv2 a second of processor time by sleeve and by Pillow with NumPy, in turn.

usage: prepare.py [--sleeve build/sleeve] [--rounds N]

The 64 JPEG files of `sleeve bench prepare --keep`. Pillow decodes, resizes (bicubic) and cuts out the centre; NumPy divides by 255,
normalises and moves the channels to the front, as the image processors of transformers do, in float32 and without their
overhead. Both run on one thread. The ratio is that of a round, and its median is printed with the medians of the rates.
Differences between the pixels of both are measured by tests/vit, not here. One line of JSON per row.
"""
import argparse
import io
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy
from PIL import Image

EDGE = 224
MODELS = {"decode 640 px": None,
          "prepare clip": (224, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
          "prepare dinov2": (256, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))}
RUNS = 9


def prepare(data, model):
    image = Image.open(io.BytesIO(data))
    image.load()
    if model is None:
        return
    shortest, mean, deviation = model
    left = (shortest - EDGE) // 2
    image = image.resize((shortest, shortest), Image.BICUBIC).crop((left, left, left + EDGE, left + EDGE))
    pixels = numpy.asarray(image).astype(numpy.float32) / numpy.float32(255)
    pixels = (pixels - numpy.array(mean, numpy.float32)) / numpy.array(deviation, numpy.float32)
    numpy.ascontiguousarray(pixels.transpose(2, 0, 1))


def run_peer(folder):
    files = [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]
    rates = {}
    for name, model in MODELS.items():
        times = []
        for _ in range(RUNS + 1):
            start = time.process_time()
            for data in files:
                prepare(data, model)
            times.append(time.process_time() - start)
        rates[name] = len(files) / statistics.median(times[1:])
    return rates


def run_sleeve(sleeve, folder):
    lines = subprocess.run([sleeve, "bench", "prepare", "--json", "--no-progress", "--threads", "1", "--keep", folder],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {row["name"]: row["median"] for row in map(json.loads, lines)}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sleeve", default="build/sleeve")
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run_sleeve(options.sleeve, folder)
        ours, theirs = [], []
        for i in range(options.rounds):
            for side in (0, 1) if i % 2 == 0 else (1, 0):
                if side == 0:
                    ours.append(run_sleeve(options.sleeve, folder))
                else:
                    theirs.append(run_peer(folder))
    for name in MODELS:
        print(json.dumps(dict(
            name=name, rounds=options.rounds,
            sleeve=round(statistics.median(run[name] for run in ours), 1),
            pillow=round(statistics.median(run[name] for run in theirs), 1),
            ratio=round(statistics.median(a[name] / b[name] for a, b in zip(ours, theirs)), 3))), flush=True)


main()
