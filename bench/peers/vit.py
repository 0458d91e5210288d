#!/usr/bin/env python3
"""Images a second of CLIP ViT-B/32 and DINOv2-base by sleeve and by onnxruntime, in turn on the same cores.

usage: vit.py [--sleeve build/sleeve] [--threads N] [--rounds N] [--folder DIR]

Both models have the published sizes and random weights. transformers builds them, torch exports them to ONNX (in DIR, which
is kept if it is given), and onnxruntime optimises them fully when it opens them. A round is `sleeve bench vit` and then
onnxruntime with the same batches, or the other way round in every second one; the ratio is that of a round, and its
median is printed with the medians of the rates. sleeve computes in float32 and in bfloat16, onnxruntime in float32. One line
of JSON per model, precision and batch.
"""
import argparse
import itertools
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy
import onnxruntime
import torch
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, Dinov2Config, Dinov2Model

BATCHES = {"vit clip": (1, 8, 32), "vit dinov2": (1, 7)}
RUNS = 7


class Embedding(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        self.clip = name == "vit clip"
        if self.clip:
            config = CLIPVisionConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
                                      patch_size=32, image_size=224, projection_dim=512)
            self.model = CLIPVisionModelWithProjection(config).eval()
        else:
            self.model = Dinov2Model(Dinov2Config(image_size=518, patch_size=14)).eval()

    def forward(self, pixels):
        output = self.model(pixel_values=pixels)
        return output.image_embeds if self.clip else output.last_hidden_state.mean(1)


def export(name, folder):
    path = os.path.join(folder, name.replace(" ", "-") + ".onnx")
    if not os.path.exists(path):
        torch.manual_seed(1)
        with torch.inference_mode():
            torch.onnx.export(Embedding(name), (torch.randn(2, 3, 224, 224),), path, input_names=["pixels"],
                              output_names=["embedding"], opset_version=17, dynamo=False,
                              dynamic_axes={"pixels": {0: "batch"}, "embedding": {0: "batch"}})
    return path


def open_session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run_peer(name, path, threads):
    """Images a second by batch: medians over RUNS after a first one that is not counted."""
    session = open_session(path, threads)  # its threads end with it, so that they do not spin while sleeve runs
    rates = {}
    for batch in BATCHES[name]:
        pixels = numpy.random.default_rng(batch).standard_normal((batch, 3, 224, 224), dtype=numpy.float32)
        times = []
        for _ in range(RUNS + 1):
            start = time.perf_counter()
            session.run(None, {"pixels": pixels})
            times.append(time.perf_counter() - start)
        rates[name, batch] = batch / statistics.median(times[1:])
    return rates


def run_sleeve(sleeve, threads):
    lines = subprocess.run([sleeve, "bench", "vit", "--json", "--no-progress", "--threads", str(threads)], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    return {(row["name"], int(row["n"])): row for row in rows}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sleeve", default="build/sleeve")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--folder")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        os.makedirs(folder, exist_ok=True)
        paths = {name: export(name, folder) for name in BATCHES}
        ours, theirs = [], []
        for i in range(options.rounds):
            if i % 2 == 0:
                ours.append(run_sleeve(options.sleeve, options.threads))
            rates = {}
            for name, path in paths.items():
                rates.update(run_peer(name, path, options.threads))
            theirs.append(rates)
            if i % 2 == 1:
                ours.append(run_sleeve(options.sleeve, options.threads))
    for name, batches in BATCHES.items():
        for batch, own in itertools.product(batches, (name, name + " bf16")):
            key, peer = (own, batch), (name, batch)
            print(json.dumps(dict(
                name=own, batch=batch, threads=options.threads, rounds=options.rounds,
                sleeve=round(statistics.median(run[key]["median"] for run in ours), 2),
                onnxruntime=round(statistics.median(run[peer] for run in theirs), 2),
                ratio=round(statistics.median(a[key]["median"] / b[peer] for a, b in zip(ours, theirs)), 3),
                limit=round(max(run[key]["physical_limit"] for run in ours), 2))), flush=True)


main()
