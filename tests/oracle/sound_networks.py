#!/usr/bin/env python3
"""Makes tests/content/golden/networks.safetensors, reference trainings of the networks over sound (content/networks.h), with
PyTorch in float64.

usage: sound_networks.py            writes the file anew
       sound_networks.py --check    computes it anew and compares with what stands there

Needs PyTorch, numpy and safetensors; the tests need only the file. Inputs, targets and weights are float32 numbers that
hash() gives on both sides, so that they are not stored. Each network has the layers and widths of the table, but dense
layers of DENSE numbers, small inputs, and transferred networks of few filters. The loss is the mean squared error (of
"triplet": that of triplets of plain distances with margin .4). Adam takes STEPS steps, at RATE / (1 + DECAY
step), and at ADAPTED_RATE for an adapted network.

NETWORK/output [BATCH x OUT] before the first step, NETWORK/losses [STEPS], NETWORK/predicted [BATCH x OUT] behind the last
step, normalised by the running statistics.
NETWORK/own/PARAMETER and NETWORK/other/PARAMETER (that of the transferred network), 22 numbers: stream of hash(); rows, columns; scale; mean of the first half and of the second; then of the gradient in the first step, and of how
the steps changed the parameter: the norm, the product with hash(PROJECTION), and PLACES of its numbers at equal distances.
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../content/golden/networks.safetensors")
BATCH, OUT, DENSE, STEPS, RATE, ADAPTED_RATE, DECAY = 3, 4, 16, 3, 0.002, 0.0015, 0.1
INPUT, TARGETS, PROJECTION, FIRST, PLACES = 1, 2, 3, 10, 6


def hash(stream, count):
    """Numbers in -1..1, multiples of 2^-23: splitmix64 of stream · 2^32 + i."""
    with np.errstate(over="ignore"):
        h = (np.uint64(stream) << np.uint64(32)) + np.arange(count, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        h = h ^ (h >> np.uint64(31))
    return (h >> np.uint64(40)).astype(np.float64) / 2**23 - 1


class Parameters:
    """Those of one network, made when they are first asked for; scales are powers of two."""

    def __init__(self, first):
        self.first, self.values, self.rows, self.start = first, {}, {}, {}

    def __call__(self, name, rows, columns, fan=1, means=(0, 0)):
        if name not in self.values:
            scale = 2.0 ** np.round(np.log2(fan**-0.5)) if fan > 1 else 0.25
            stream = self.first + len(self.values)
            base = np.repeat(np.array(means, float), [rows * columns // 2, rows * columns - rows * columns // 2])
            value = (base + scale * hash(stream, rows * columns)).astype(np.float32).astype(np.float64)
            self.values[name] = torch.tensor(value.reshape(rows, columns), requires_grad=not name.endswith("running"))
            self.start[name] = self.values[name].detach().clone()
            self.rows[name] = [stream, rows, columns, scale, *means]
        return self.values[name]

    def trained(self):
        return [value for name, value in self.values.items() if not name.endswith("running")]


# ---- layers; images are [batch x channels x time x frequency]

def linear(p, name, x, out):
    return F.linear(x, p(name + ".weight", out, x.shape[1], x.shape[1]), p(name + ".bias", 1, out)[0])


def convolve(p, name, x, out, kernel, bias=True, **how):
    taps, channels = kernel[0] * kernel[1], x.shape[1]
    weight = p(name + ".weight", taps * channels, out, taps * channels).reshape(*kernel, channels, out)
    return F.conv2d(x, weight.permute(3, 2, 0, 1), p(name + ".bias", 1, out)[0] if bias else None, **how)


def norm(p, name, x, training=False, pace=0):
    width = x.shape[1]
    gain, bias = p(name + ".gain", 1, width, means=(1, 1)), p(name + ".bias", 1, width)
    running = p(name + ".running", 2, width, means=(0, 1))
    return F.batch_norm(x, running[0], running[1], gain[0], bias[0], training, pace, 1e-3)


def flat(x):
    """Time, frequency, channel."""
    return x.permute(0, 2, 3, 1).flatten(1)


def dense_layers(p, x, n_dense, out=OUT):
    for i in range(n_dense):
        x = F.elu(linear(p, f"dense{i + 1}", x, DENSE))
    return linear(p, "out", x, out)


# ---- networks: (own parameters, those of the transferred network, x [batch x input size], training)

def bag(own, other, x, training):
    return dense_layers(own, x, 3)


def cnn(pools, size, kernel=(3, 3), normalised=True, transposed=False, n_dense=1):
    """Transposed: the input has the image's channels as its rows."""
    def apply(own, other, x, training):
        channels = x.shape[1] // (size[0] * size[1])
        x = x.reshape(-1, size[0], size[1], channels).permute(0, 3, 1, 2)
        for i, pool in enumerate(pools):
            x = convolve(own, f"conv{i + 1}", x, 64, kernel, padding="same")
            if normalised:
                x = norm(own, f"norm{i + 1}", x, training, 0.1)
            x = F.elu(x)
            if pool:
                x = F.max_pool2d(x, pool)
        return dense_layers(own, flat(x), n_dense)
    return apply


def lstm(frames, bands):
    def apply(own, other, x, training):
        x = x.reshape(-1, frames // 2, 2 * bands)
        for i, width in enumerate((64, 128)):
            layer = torch.nn.LSTM(x.shape[2], width, batch_first=True).double()
            names = {"weight_ih_l0": own(f"lstm{i + 1}.in.weight", 4 * width, x.shape[2], x.shape[2]),
                     "bias_ih_l0": own(f"lstm{i + 1}.in.bias", 1, 4 * width)[0],
                     "weight_hh_l0": own(f"lstm{i + 1}.state.weight", 4 * width, width, width),
                     "bias_hh_l0": own(f"lstm{i + 1}.state.bias", 1, 4 * width)[0]}
            x, _ = torch.func.functional_call(layer, names, x)
        return dense_layers(own, x.flatten(1), 2)
    return apply


def tagger(frames, bands, filters, pools, norm_first, patches=1):
    def apply(own, other, x, training):
        x = norm(other, "input", x.reshape(-1, 1, frames, bands))
        for i, (pool, stride) in enumerate(pools):
            x = convolve(other, f"conv{i + 1}", x, filters, (3, 3), padding="same")
            x = x if norm_first else F.relu(x)
            x = norm(other, f"norm{i + 1}", x)
            x = F.max_pool2d(F.elu(x) if norm_first else x, pool, stride)
        return dense_layers(own, flat(x).reshape(-1, patches * flat(x).shape[1]), 2)
    return apply


def xception(frames, bands, widths):
    def apply(own, p, x, training):
        def ordinary(name, of_norm, x, out, kernel, stride=1):
            return norm(p, of_norm, convolve(p, name, x, out, kernel, bias=False, stride=stride))

        def separable(name, x, out):
            depthwise = p(name + ".depthwise", 9, x.shape[1], 9).reshape(3, 3, 1, x.shape[1]).permute(3, 2, 0, 1)
            x = F.conv2d(x, depthwise, padding=1, groups=x.shape[1])
            return ordinary(name, name + "_bn", x, out, (1, 1))

        def pool(x):
            """TensorFlow's "same": one more behind if odd."""
            pads = [max((-(-n // 2) - 1) * 2 + 3 - n, 0) for n in x.shape[2:]]
            return F.max_pool2d(F.pad(x, (pads[1] // 2, -(-pads[1] // 2), pads[0] // 2, -(-pads[0] // 2)), value=-np.inf), 3, 2)

        x = x.reshape(-1, 1, frames, bands).expand(-1, 3, -1, -1)
        x = F.relu(ordinary("block1_conv1", "block1_conv1_bn", x, widths[0], (3, 3), 2))
        x = F.relu(ordinary("block1_conv2", "block1_conv2_bn", x, widths[1], (3, 3)))
        for i in range(3):
            number, out = f"_{i}" if i else "", widths[2 + i]
            beside = ordinary("conv2d" + number, "batch_normalization" + number, x, out, (1, 1), 2)
            x = separable(f"block{2 + i}_sepconv1", F.relu(x) if i else x, out)
            x = pool(separable(f"block{2 + i}_sepconv2", F.relu(x), out)) + beside
        for block in range(5, 12):
            before = x
            for number in (1, 2, 3):
                x = separable(f"block{block}_sepconv{number}", F.relu(x), widths[4])
            x = x + before if block < 11 else x
        for i in range(2):
            x = F.max_pool2d(F.elu(convolve(own, f"conv{i + 1}", x, 64, (3, 3), padding="same")), 2)
        return dense_layers(own, flat(x), 2)
    return apply


THREE = ((2, 2), (4, 2), (2, 2))
VGG = (((4, 1), 2), ((2, 2), 2), ((2, 2), 2))
CHOI = (((4, 2), None), ((4, 2), None))
NETWORKS = {  # name: input size, network
    "bag": (12, bag),
    "cnn": (32 * 16, cnn(THREE, (32, 16), normalised=False)),
    "cnn-norm": (32 * 16, cnn(THREE, (32, 16))),
    "cnn-deep": (32 * 16, cnn((None, (2, 2), None, (4, 2), None, (2, 2)), (32, 16))),
    "cnn-frequency": (16 * 32, cnn(((1, 2), (1, 2), (1, 2)), (1, 16), (1, 3))),
    "cnn-time": (32 * 16, cnn(((2, 1), (4, 1), (2, 1)), (32, 1), (3, 1))),
    "lstm": (32 * 16, lstm(32, 16)),
    "cnn of 3": (3 * 32 * 16, cnn(((2, 2), (4, 2), (8, 2)), (96, 16), normalised=False)),
    "lstm of 3": (3 * 32 * 16, lstm(96, 16)),
    "vgg-adapted": (36 * 16, tagger(36, 16, 6, VGG, False)),
    "choi": (32 * 16, tagger(32, 16, 5, CHOI, True)),
    "choi-adapted": (32 * 16, tagger(32, 16, 5, CHOI, True)),
    "choi-adapted of 3": (3 * 32 * 16, tagger(32, 16, 5, CHOI, True, patches=3)),
    "xception-adapted": (64 * 56, xception(64, 56, (4, 5, 6, 7, 8))),
    "triplet": (32 * 16, cnn(THREE, (32, 16), normalised=False)),
}


def triplet_loss(y):
    a, p, n = y.reshape(3, BATCH, OUT)
    return F.relu(torch.linalg.norm(a - p, dim=1) - torch.linalg.norm(a - n, dim=1) + 0.4).mean()


def summary(values):
    values = values.detach().flatten().numpy()
    places = [i * len(values) // PLACES for i in range(PLACES)]
    return [np.linalg.norm(values), values @ hash(PROJECTION, len(values)), *values[places]]


def train(name, size, network):
    own, other = Parameters(FIRST), Parameters(FIRST + 100)
    rows = 3 * BATCH if name == "triplet" else BATCH
    x, targets = torch.tensor(hash(INPUT, rows * size).reshape(rows, size)), torch.tensor(hash(TARGETS, BATCH * OUT).reshape(BATCH, OUT))
    network(own, other, x, False)  # makes the parameters
    trained = [(own.trained(), RATE)] + ([(other.trained(), ADAPTED_RATE)] if "adapted" in name else [])
    adams = [(torch.optim.Adam(values, lr=rate, eps=1e-3), rate) for values, rate in trained]
    tensors, losses, gradients = {}, [], {}
    for step in range(STEPS):
        y = network(own, other, x, True)
        loss = triplet_loss(y) if name == "triplet" else F.mse_loss(y, targets)
        for adam, rate in adams:
            adam.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            tensors["output"] = y.detach().numpy()
            gradients = {id(v): summary(v.grad) for values, _ in trained for v in values}
        adams[0][0].param_groups[0]["lr"] = RATE / (1 + DECAY * step)
        for adam, _ in adams:
            adam.step()
    tensors["losses"] = losses
    tensors["predicted"] = network(own, other, x, False).detach().numpy()
    for group, parameters in (("own", own), ("other", other)):
        for of, value in parameters.values.items():
            tensors[f"{group}/{of}"] = (parameters.rows[of] + gradients.get(id(value), [0] * (2 + PLACES))
                                        + summary(value - parameters.start[of]))
    return {f"{name}/{key}": np.ascontiguousarray(np.array(value, np.float32).ravel()) for key, value in tensors.items()}


def main():
    tensors = {}
    for name, (size, network) in NETWORKS.items():
        tensors.update(train(name, size, network))
    if "--check" in sys.argv[1:]:
        stored = load_file(PATH)
        assert stored.keys() == tensors.keys()
        worst = max(float(np.max(np.abs(stored[name] - tensors[name]), initial=0)) for name in stored)
        print(f"largest difference {worst:.2e}")
        sys.exit(worst > 1e-6)
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    save_file(tensors, PATH)
    print(f"{PATH}: {os.path.getsize(PATH)} bytes")
    for name in NETWORKS:
        print(name, tensors[name + "/losses"])


if __name__ == "__main__":
    main()
