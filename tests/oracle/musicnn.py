"""Reference values for musicnn and vgg: the forward pass of the package musicnn 0.1.0 in NumPy.

    musicnn.py                        writes tests/audionet/golden/*.safetensors: small networks with random weights and
                                      their results in float64
    musicnn.py --check PACKAGE WEIGHTS FILE...
                                      compares this port with the package's own graph, run by TensorFlow (tf.compat.v1)
                                      on the package's checkpoints, for the files of music. PACKAGE is the folder that
                                      contains musicnn/, WEIGHTS has the files of scripts/get-musicnn
    musicnn.py --run WEIGHTS.safetensors FILE...
                                      prints embeddings and tags of the files, their means over patches, as JSON lines
"""
import argparse
import json
import pathlib
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "audionet" / "golden"
RATE, POINTS, HOP, MELS, FRAMES = 16000, 512, 256, 96, 187
EPSILON = 1e-3


# ---- the networks ----

def norm(weights, number, x):
    name = "batch_normalization" + (f"_{number}" if number else "")
    gamma, beta, mean, variance = (weights[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
    return (x - mean) / np.sqrt(variance + EPSILON) * gamma + beta


def convolve(x, kernel, same):
    """Cross-correlation of [time, frequency, in] with [time, frequency, in, out], padded as TensorFlow's "same" or not."""
    if same:
        pads = [((size - 1) // 2, size - 1 - (size - 1) // 2) for size in kernel.shape[:2]]
        x = np.pad(x, [*pads, (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(0, 1))  # [t, f, in, kt, kf]
    return np.tensordot(windows, kernel, axes=([3, 4, 2], [0, 1, 2]))


def layer(weights, name, number, x, same=False):
    return norm(weights, number, np.maximum(convolve(x, weights[name + "/kernel"], same) + weights[name + "/bias"], 0))


def in_time(x):
    return np.pad(x, [(3, 3), (0, 0), (0, 0)])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def musicnn(weights, patch):
    """Embedding and tags of a patch [frames, mels]."""
    x = norm(weights, 0, patch[:, :, None])
    parts = [layer(weights, "conv2d", 1, in_time(x)), layer(weights, "conv2d_1", 2, in_time(x))]
    parts += [layer(weights, f"conv2d_{i}", i + 1, x, True) for i in (2, 3, 4)]
    front = np.concatenate([part.max(1) for part in parts], 1)
    middle = [layer(weights, "conv2d_5", 6, in_time(front[:, :, None]))[:, 0]]
    for i in (6, 7):
        middle.append(layer(weights, f"conv2d_{i}", i + 1, in_time(middle[-1][:, :, None]))[:, 0] + middle[-1])
    features = np.concatenate([front, *middle], 1)
    pooled = np.stack([features.max(0), features.mean(0)], 1).reshape(-1)  # max and mean of each feature in turn
    hidden = norm(weights, 9, pooled) @ weights["dense/kernel"] + weights["dense/bias"]
    embedding = norm(weights, 10, np.maximum(hidden, 0))
    return embedding, sigmoid(embedding @ weights["dense_1/kernel"] + weights["dense_1/bias"])


def max_pool(x, height, width, down, right):
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(0, 1))
    return windows[::down, ::right].max((3, 4))


def vgg(weights, patch):
    x = norm(weights, 0, patch[:, :, None])
    for i, pool in enumerate([(4, 1, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2), (4, 4, 4, 4)], 1):
        x = max_pool(layer(weights, f"{i}CNN", i, x, True), *pool)
    embedding = x.reshape(-1)
    return embedding, sigmoid(embedding @ weights["dense/kernel"] + weights["dense/bias"])


def choi(weights, patch):
    """A tagger like that of Choi et al. 2017: norm before ELU, pools as in `small_choi`; no tags."""
    x = norm(weights, 0, patch[:, :, None])
    for i, pool in enumerate([(4, 2), (4, 3), (2, 2)], 1):
        x = norm(weights, i, convolve(x, weights[f"{i}CNN/kernel"], True) + weights[f"{i}CNN/bias"])
        x = max_pool(np.where(x > 0, x, np.expm1(np.minimum(x, 0))), *pool, *pool)
    return x.reshape(-1), np.zeros(5)


NETWORKS = {"musicnn": musicnn, "vgg": vgg, "choi": choi}


def run(weights, family, patches, kind=np.float64):
    weights = {name: values.astype(kind) for name, values in weights.items()}
    results = [NETWORKS[family](weights, patch.astype(kind)) for patch in patches]
    return np.stack([r[0] for r in results]), np.stack([r[1] for r in results])


# ---- spectrograms ----

def patches_of(path, pad_mode="reflect", start=0.0, duration=None, keep_half=False):
    """The package's batch_data, with the padding of the librosa of its time. float16 numbers become float32 before the
    logarithm: in float16, 10000 x overflows for loud music (keep_half leaves them as they are, as the package does)."""
    import librosa
    audio, _ = librosa.load(path, sr=RATE, offset=start, duration=duration)
    power = librosa.feature.melspectrogram(y=audio, sr=RATE, hop_length=HOP, n_fft=POINTS, n_mels=MELS, pad_mode=pad_mode).T
    power = power.astype(np.float16)
    rows = np.log10(10000 * (power if keep_half else power.astype(np.float32)) + 1).astype(np.float32)
    count = len(rows) // FRAMES
    return rows[:count * FRAMES].reshape(count, FRAMES, MELS)


# ---- the package's own graph ----

def package_run(package, network, patches):
    import os
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    sys.path.insert(0, str(package))
    import tensorflow as tf
    tf.compat.v1.disable_eager_execution()
    from musicnn import models
    tf.compat.v1.reset_default_graph()
    with tf.name_scope("model"):
        x = tf.compat.v1.placeholder(tf.float32, [None, FRAMES, MELS])
        training = tf.compat.v1.placeholder(tf.bool)
        outputs = models.define_model(x, training, network, 50)
        tags = tf.nn.sigmoid(outputs[0])
    embedding = tf.reshape(outputs[-1], [-1, int(np.prod(outputs[-1].shape[1:]))])
    with tf.compat.v1.Session() as session:
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().restore(session, f"{package}/musicnn/{network}/")
        parts = [session.run([embedding, tags], {x: patches[i:i + 1], training: False}) for i in range(len(patches))]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def check(package, folder, files):
    for path in files:
        patches = patches_of(path, duration=30)
        for network in ("MSD_musicnn", "MSD_vgg", "MTT_musicnn", "MTT_vgg"):
            weights = load_file(folder / (network.replace("_", "-").lower() + ".safetensors"))
            theirs = package_run(package, network, patches)
            for kind in (np.float32, np.float64):
                ours = run(weights, network.split("_")[1], patches, kind)
                differences = [f"{np.abs(a - b).max():.2g}" for a, b in zip(ours, theirs)]
                print(f"{path.name}: {network}, {len(patches)} patches, {kind.__name__}: embedding {differences[0]} (largest "
                      f"{np.abs(theirs[0]).max():.3g}), tags {differences[1]}", flush=True)


# ---- small networks ----

def small_norm(random, weights, number, width):
    """Scales of both signs, as trained networks have them."""
    name = "batch_normalization" + (f"_{number}" if number else "")
    weights[name + "/gamma"] = random.uniform(-0.6, 1.4, width)
    weights[name + "/beta"] = random.uniform(-0.3, 0.3, width)
    weights[name + "/moving_mean"] = random.uniform(-0.2, 0.4, width)
    weights[name + "/moving_variance"] = random.uniform(0.1, 1.5, width)


def small_layer(random, weights, name, shape):
    weights[name + "/kernel"] = random.normal(0, 1.3 / np.sqrt(np.prod(shape[:-1])), shape)
    weights[name + "/bias"] = random.uniform(-0.2, 0.3, shape[-1])


def small_musicnn(random):
    weights = {}
    banks = [(7, 9, 6), (7, 16, 5), (16, 1, 4), (8, 1, 3), (5, 1, 3)]
    features, middle = sum(bank[2] for bank in banks), 6
    small_norm(random, weights, 0, 1)
    for i, (time, frequency, filters) in enumerate(banks):
        name = "conv2d" + (f"_{i}" if i else "")
        small_layer(random, weights, name, (time, frequency, 1, filters))
        small_norm(random, weights, i + 1, filters)
    for i in range(3):
        small_layer(random, weights, f"conv2d_{5 + i}", (7, features if i == 0 else middle, 1, middle))
        small_norm(random, weights, 6 + i, middle)
    pooled = 2 * (features + 3 * middle)
    small_norm(random, weights, 9, pooled)
    small_layer(random, weights, "dense", (pooled, 12))
    small_norm(random, weights, 10, 12)
    small_layer(random, weights, "dense_1", (12, 5))
    # Filters that weight decay has made vanish: their responses are constant.
    weights["conv2d/kernel"][..., 1:4] *= 1e-30
    weights["conv2d_2/kernel"][..., 0] *= 1e-25
    weights["conv2d_4/kernel"] *= 1e-28
    return weights, 40, 24


def small_vgg(random):
    weights = {}
    small_norm(random, weights, 0, 1)
    for i in range(1, 6):
        small_layer(random, weights, f"{i}CNN", (3, 3, 1 if i == 1 else 6, 6))
        small_norm(random, weights, i, 6)
    small_layer(random, weights, "dense", (12, 5))
    for i in range(1, 6):
        weights[f"{i}CNN/kernel"] *= 2.5
    for i, dead in ((1, [0, 4]), (2, [2]), (3, [1, 5])):
        weights[f"{i}CNN/kernel"][..., dead] *= 1e-30
    return weights, 68, 128


def small_choi(random):
    weights = {}
    small_norm(random, weights, 0, 1)
    for i in range(1, 4):
        small_layer(random, weights, f"{i}CNN", (3, 3, 1 if i == 1 else 5, 5))
        small_norm(random, weights, i, 5)
    return weights, 34, 24


def write_golden(family, weights, frames, mels):
    random = np.random.default_rng(7)
    weights = {name: values.astype(np.float32) for name, values in weights.items()}
    t, f = np.mgrid[0:frames, 0:mels]
    shapes = [3 * np.abs(np.sin(t / 9.0 + f / (5.0 + 20 * i))) * (1 + i) for i in range(2)]
    patches = np.clip(np.stack(shapes) + random.normal(0, 0.7, (2, frames, mels)), 0, 8).astype(np.float32)
    embedding, tags = run(weights, family, patches)
    results = {"golden/patches": patches, "golden/embedding": embedding.astype(np.float32), "golden/tags": tags.astype(np.float32)}
    metadata = {"format": "tf", "network": family, "frames": str(frames), "mels": str(mels),
                "weights.random": "all weights are random numbers (tests/oracle/musicnn.py)",
                "tags": "\n".join(["rock", "pop", "jazz", "rain", "bells"])}
    path = GOLDEN / f"{family}.safetensors"
    save_file(weights | results, path, metadata=metadata)
    print(path.name, path.stat().st_size, "bytes; embedding", np.abs(np.diff(embedding, axis=0)).round(3), tags.round(3))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", nargs="+", type=pathlib.Path, metavar="PATH")
    parser.add_argument("--run", nargs="+", type=pathlib.Path, metavar="PATH")
    options = parser.parse_args()
    if options.check:
        check(options.check[0], options.check[1], options.check[2:])
    elif options.run:
        weights = load_file(options.run[0])
        with safe_open(options.run[0], "numpy") as file:
            family = file.metadata()["network"]
        for path in options.run[1:]:
            embedding, tags = run(weights, family, patches_of(path))
            print(json.dumps({"path": str(path), "embedding": embedding.mean(0).tolist(), "tags": tags.mean(0).tolist()}))
    else:
        GOLDEN.mkdir(parents=True, exist_ok=True)
        write_golden("musicnn", *small_musicnn(np.random.default_rng(1)))
        write_golden("vgg", *small_vgg(np.random.default_rng(2)))
        write_golden("choi", *small_choi(np.random.default_rng(3)))


if __name__ == "__main__":
    main()
