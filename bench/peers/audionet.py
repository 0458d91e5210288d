#!/usr/bin/env python3
"""musicnn's and vgg's embedding and tags of a music file, decoding included, by sleeve and by the original: the package
musicnn 0.1.0 with librosa and TensorFlow, in turn on the same cores.

usage: audionet.py PACKAGE WEIGHTS FILE [--sleeve build/sleeve] [--network MSD_musicnn] [--threads N] [--rounds N]

PACKAGE is the folder that contains musicnn/, WEIGHTS the network's file from scripts/get-musicnn. A round is one run of each,
in alternating order. sleeve's time is that of the whole command `embed --audio`, its start included; the original's is that of
its steps (load, mel spectrogram, graph) in a process that has imported everything and restored the weights, with its batches of
one patch, and again with all patches in one batch. Wall-clock and processor seconds, children included; the ratio is that of a
round. One line of JSON.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def clocks():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.monotonic(), sum(u.ru_utime + u.ru_stime for u in used)


def timed(work):
    before = clocks()
    result = work()
    after = clocks()
    return after[0] - before[0], after[1] - before[1], result


class Original:
    def __init__(self, package, network, threads):
        sys.path.insert(0, str(package))
        import tensorflow as tf
        tf.compat.v1.disable_eager_execution()
        from musicnn import models
        self.x = tf.compat.v1.placeholder(tf.float32, [None, 187, 96])
        self.training = tf.compat.v1.placeholder(tf.bool)
        with tf.name_scope("model"):
            outputs = models.define_model(self.x, self.training, network, 50)
        self.wanted = [tf.nn.sigmoid(outputs[0]), outputs[-1]]
        config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        self.session = tf.compat.v1.Session(config=config)
        self.session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().restore(self.session, f"{package}/musicnn/{network}/")

    def run(self, path, together):
        import librosa
        import numpy as np
        audio, _ = librosa.load(path, sr=16000)
        power = librosa.feature.melspectrogram(y=audio, sr=16000, hop_length=256, n_fft=512, n_mels=96).T
        rows = np.log10(10000 * power.astype(np.float16).astype(np.float32) + 1)
        patches = rows[:len(rows) // 187 * 187].reshape(-1, 187, 96)
        step = len(patches) if together else 1
        for i in range(0, len(patches), step):
            self.session.run(self.wanted, {self.x: patches[i:i + step], self.training: False})
        return len(patches)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("weights")
    parser.add_argument("file")
    parser.add_argument("--sleeve", default="build/sleeve")
    parser.add_argument("--network", default="MSD_musicnn")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    original = Original(options.package, options.network, options.threads)
    command = [options.sleeve, "--device", "cpu", "--threads", str(options.threads), "embed", options.network.split("_")[1],
               "--weights", options.weights, "--audio", options.file]
    runs = {"sleeve": lambda: len(subprocess.run(command, check=True, capture_output=True).stdout) and 0,
            "original": lambda: original.run(options.file, False),
            "original_one_batch": lambda: original.run(options.file, True)}
    patches = original.run(options.file, False)  # the first run compiles librosa's and TensorFlow's parts
    times = {name: [] for name in runs}
    for i in range(options.rounds):
        for name in list(runs) if i % 2 == 0 else reversed(list(runs)):
            times[name].append(timed(runs[name])[:2])
    out = {"network": options.network, "seconds_of_music": round(patches * 187 * 256 / 16000), "threads": options.threads,
           "rounds": options.rounds, "load": os.getloadavg()[0]}
    for clock, at in (("wall", 0), ("processor", 1)):
        for name, measured in times.items():
            out[f"{name}_{clock}_s"] = round(statistics.median(m[at] for m in measured), 3)
        for name in ("original", "original_one_batch"):
            ratios = [a[at] / b[at] for a, b in zip(times[name], times["sleeve"])]
            out[f"{name}_{clock}_ratio"] = round(statistics.median(ratios), 2)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
