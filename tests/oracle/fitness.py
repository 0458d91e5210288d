#!/usr/bin/env python3
"""Makes tests/fitness/golden/cnn.safetensors, the reference of the published network of fitness, with PyTorch in float64.

usage: fitness.py            writes the file anew
       fitness.py --check    computes it anew and compares with what stands there

Needs PyTorch, numpy and safetensors; the tests need only the file. Everything is computed from inputs and weights that
are float32 numbers, and stored as float32.

The network: spectrograms [B x T x F]; four times Conv2d(3, stride 1, padding 2), ReLU, MaxPool2d(2); flattened (time,
frequency, channel), linear to CLASSES; cross-entropy; Adam takes STEPS steps.

input.x [B x T x F], input.classes int32 [B]
weights.NAME, gradients.NAME (step 0), after.NAME: convN.weight [3·3·in x out], convN.bias [1 x out], out.weight [CLASSES x
  features], out.bias [1 x CLASSES]
output.scores [B x CLASSES], output.losses [STEPS]
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fitness/golden/cnn.safetensors")
BATCH, TIME, BANDS, CHANNELS, CLASSES, STEPS, RATE = 5, 37, 13, 4, 6, 4, 0.01


def network(x, p):
    h = x[:, None]
    for i in range(1, 5):
        inputs = 1 if i == 1 else CHANNELS
        kernel = p[f"conv{i}.weight"].reshape(3, 3, inputs, CHANNELS).permute(3, 2, 0, 1)
        h = F.max_pool2d(F.relu(F.conv2d(h, kernel, p[f"conv{i}.bias"][0], padding=2)), 2)
    return F.linear(h.permute(0, 2, 3, 1).flatten(1), p["out.weight"], p["out.bias"][0])


def size_of(size):
    for _ in range(4):
        size = (size + 2) // 2
    return size


def rounded(rng, *shape, scale=1.0):
    return torch.tensor((rng.standard_normal(shape) * scale).astype(np.float32)).double()


def compute():
    rng = np.random.default_rng(11)
    x = rounded(rng, BATCH, TIME, BANDS)
    classes = torch.tensor(rng.integers(0, CLASSES, BATCH))
    p = {}
    for i in range(1, 5):
        inputs = 1 if i == 1 else CHANNELS
        p[f"conv{i}.weight"] = rounded(rng, 9 * inputs, CHANNELS, scale=(9 * inputs) ** -0.5)
        p[f"conv{i}.bias"] = rounded(rng, 1, CHANNELS, scale=0.1)
    features = size_of(TIME) * size_of(BANDS) * CHANNELS
    p["out.weight"] = rounded(rng, CLASSES, features, scale=features ** -0.5)
    p["out.bias"] = rounded(rng, 1, CLASSES, scale=0.1)
    out = {"input.x": x, "input.classes": classes.int()}
    out.update({f"weights.{name}": value.clone() for name, value in p.items()})
    for value in p.values():
        value.requires_grad_(True)
    adam = torch.optim.Adam(p.values(), lr=RATE)
    losses = []
    for step in range(STEPS):
        adam.zero_grad()
        scores = network(x, p)
        loss = F.cross_entropy(scores, classes)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            out["output.scores"] = scores.detach()
            out.update({f"gradients.{name}": value.grad.clone() for name, value in p.items()})
        adam.step()
    out["output.losses"] = torch.tensor(losses)
    out.update({f"after.{name}": value.detach() for name, value in p.items()})
    return {name: np.ascontiguousarray(v.numpy().astype(np.int32 if v.dtype == torch.int32 else np.float32))
            for name, v in out.items()}


def main():
    made = compute()
    if sys.argv[1:] == ["--check"]:
        there = load_file(PATH)
        assert there.keys() == made.keys()
        for name, value in made.items():
            np.testing.assert_allclose(there[name], value, rtol=1e-5, atol=1e-6, err_msg=name)
        print("as it stands there")
    else:
        os.makedirs(os.path.dirname(PATH), exist_ok=True)
        save_file(made, PATH)


main()
