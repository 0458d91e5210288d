#!/usr/bin/env python3
"""Mel spectrograms of Ogg files by sleeve and by librosa, decoding included, in turn, with the same number of threads.

usage: audio.py [--sleeve build/sleeve] [--rounds N] [--threads N]

The 8 Vorbis files of `sleeve bench audio --keep` (a minute each, 44,100 Hz, stereo). librosa loads (soundfile and soxr, mixed to
mono) and computes melspectrogram and power_to_db, or musicnn's logarithm, in as many processes as sleeve has threads, each of
one thread, which have loaded librosa and computed a file before the time is taken. The unit is seconds of sound a second. One
line of JSON per row; needs librosa.
"""
import argparse
import glob
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"


def thesis(path):
    import librosa
    y, rate = librosa.load(path, sr=22050)
    mel = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=1024, hop_length=512, n_mels=128, htk=True, norm=None)
    librosa.power_to_db(mel, amin=1e-10, top_db=80)
    return len(y) / rate


def musicnn(path):
    import librosa
    import numpy
    y, rate = librosa.load(path, sr=16000)
    mel = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=512, hop_length=256, n_mels=96)
    numpy.log10(10000 * mel.astype(numpy.float16).astype(numpy.float32) + 1)
    return len(y) / rate


WORK = {"mel thesis": thesis, "mel musicnn": musicnn}


def run_peer(pool, paths):
    rates = {}
    for name, work in WORK.items():
        start = time.perf_counter()
        sound = sum(pool.map(work, paths, chunksize=1))
        rates[name] = sound / (time.perf_counter() - start)
    return rates


def run_sleeve(sleeve, folder, threads):
    lines = subprocess.run([sleeve, "bench", "audio", "--json", "--no-progress", "--threads", str(threads), "--keep", folder],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {row["name"]: row["median"] for row in map(json.loads, lines)}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sleeve", default="build/sleeve")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(options.threads) as pool:
        run_sleeve(options.sleeve, folder, options.threads)
        paths = sorted(glob.glob(os.path.join(folder, "*.ogg")))
        run_peer(pool, paths)
        ours, theirs = [], []
        for i in range(options.rounds):
            for side in (0, 1) if i % 2 == 0 else (1, 0):
                if side == 0:
                    ours.append(run_sleeve(options.sleeve, folder, options.threads))
                else:
                    theirs.append(run_peer(pool, paths))
    for name in WORK:
        ratios = [a[name] / b[name] for a, b in zip(ours, theirs)]
        print(json.dumps(dict(
            name=name, rounds=options.rounds, threads=options.threads, load=round(os.getloadavg()[0], 1),
            sleeve=round(statistics.median(run[name] for run in ours), 1),
            librosa=round(statistics.median(run[name] for run in theirs), 1),
            ratio=round(statistics.median(ratios), 2), lowest=round(min(ratios), 2), highest=round(max(ratios), 2))), flush=True)


main()
