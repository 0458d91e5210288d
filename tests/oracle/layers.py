#!/usr/bin/env python3
"""Makes tests/nn/golden/layers.safetensors, the reference of a small network over images, with PyTorch in float64.

usage: layers.py            writes the file anew
       layers.py --check    computes it anew and compares with what stands there

Needs PyTorch, numpy and safetensors (pip install torch numpy safetensors); the tests need only the file. Everything is
computed from inputs and weights that are float32 numbers, and stored as float32.

The network: spectrograms [B x T x F x 1]; first: convolution 3 x 3, padding 1, ELU, batch normalisation (eps 1e-3, momentum
0.01), max pooling 2 x 2; second: convolution 3 x 2, strides 2 and 1, padding 2 and 1, ELU, mean pooling 2 x 1 that
counts padding 1 x 0; flattened (time, frequency, channel), linear to CLASSES. The loss is cross-entropy, weighted by
label. Adam with eps 1e-6 takes STEPS steps, of the rate RATE / (1 + DECAY t).

input.x [B x T x F], input.classes int32 [B] (-1: ignored), input.label_weights [CLASSES]
weights.NAME, gradients.NAME (step 0), after.NAME: first.weight [3·3·1 x 6], first.bias, norm.gain, norm.bias, second.weight
  [3·2·6 x 5], second.bias, out.weight [CLASSES x features], out.bias; norm.running [2 x 6] in weights and after
lstm.x [3 x 5 x 4], lstm.in.weight [24 x 4], lstm.in.bias, lstm.state.weight [24 x 6], lstm.state.bias, lstm.y [3 x 5 x 6];
  lstm.slopes as y, and lstm.gradients.NAME of the sum of slopes times y
depthwise.x [2 x 5 x 6 x 4], depthwise.weight [3·2 x 4], strides 2 and 1, padding 1 and 1; depthwise.y, .slopes,
  .gradients.x, .gradients.weight
gradients.x [B x T x F]; output.scores [B x CLASSES], output.losses [STEPS]
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../nn/golden/layers.safetensors")
BATCH, TIME, BANDS, FIRST, SECOND, CLASSES, STEPS = 5, 11, 10, 6, 5, 7, 4
RATE, DECAY = 0.01, 0.1


def as_image(x):
    return x.permute(0, 3, 1, 2)


def convolve(x, weight, bias, kernel, **how):
    """x [B x T x F x in], weight [time·frequency·in x out]."""
    filters = weight.reshape(*kernel, x.shape[3], weight.shape[1]).permute(3, 2, 0, 1)
    return F.conv2d(as_image(x), filters, bias[0], **how).permute(0, 2, 3, 1)


def network(x, p, running):
    h = convolve(x[..., None], p["first.weight"], p["first.bias"], (3, 3), padding=1)
    h = F.batch_norm(F.elu(as_image(h)), running[0], running[1], p["norm.gain"][0], p["norm.bias"][0], True, 0.01, 1e-3)
    h = F.max_pool2d(h, 2).permute(0, 2, 3, 1)
    h = F.elu(convolve(h, p["second.weight"], p["second.bias"], (3, 2), stride=(2, 1), padding=(2, 1)))
    h = F.avg_pool2d(as_image(h), (2, 1), padding=(1, 0)).permute(0, 2, 3, 1)
    return F.linear(h.flatten(1), p["out.weight"], p["out.bias"][0])


def rounded(rng, *shape, scale=1.0):
    return torch.tensor((rng.standard_normal(shape) * scale).astype(np.float32)).double()


def compute():
    rng = np.random.default_rng(7)
    x = rounded(rng, BATCH, TIME, BANDS)
    classes = torch.tensor(rng.integers(0, CLASSES, BATCH))
    classes[3] = -1
    label_weights = torch.tensor(rng.uniform(0.5, 2, CLASSES).astype(np.float32)).double()
    p = {
        "first.weight": rounded(rng, 9, FIRST, scale=0.5), "first.bias": rounded(rng, 1, FIRST, scale=0.1),
        "norm.gain": 1 + rounded(rng, 1, FIRST, scale=0.2), "norm.bias": rounded(rng, 1, FIRST, scale=0.2),
        "second.weight": rounded(rng, 6 * FIRST, SECOND, scale=0.3), "second.bias": rounded(rng, 1, SECOND, scale=0.1),
    }
    p = {name: value.float().double() for name, value in p.items()}
    running = torch.stack([torch.zeros(FIRST), torch.ones(FIRST)]).double()
    features = 3 * 6 * SECOND
    p["out.weight"] = rounded(rng, CLASSES, features, scale=0.2)
    p["out.bias"] = rounded(rng, 1, CLASSES, scale=0.1)
    tensors = {"input.x": x, "input.classes": classes, "input.label_weights": label_weights}
    tensors.update({"weights." + name: value.clone() for name, value in p.items()})
    tensors["weights.norm.running"] = running.clone()
    for value in [x, *p.values()]:
        value.requires_grad_(True)
    adam = torch.optim.Adam(p.values(), lr=RATE, eps=1e-6)
    losses = []
    for step in range(STEPS):
        adam.param_groups[0]["lr"] = RATE / (1 + DECAY * step)
        adam.zero_grad()
        x.grad = None
        scores = network(x, p, running)
        loss = F.cross_entropy(scores, classes, weight=label_weights, ignore_index=-1)
        loss.backward()
        losses.append(loss.detach())
        if step == 0:
            tensors["output.scores"] = scores.detach().clone()
            tensors["gradients.x"] = x.grad.clone()
            tensors.update({"gradients." + name: value.grad.clone() for name, value in p.items()})
        adam.step()
    tensors.update({"after." + name: value.detach().clone() for name, value in p.items()})
    tensors["after.norm.running"] = running
    tensors["output.losses"] = torch.stack(losses)
    return {name: value.detach().numpy().astype(np.int32 if "classes" in name else np.float32)
            for name, value in tensors.items()}


def gradients_of(prefix, inputs, y, slopes):
    (y * slopes).sum().backward()
    tensors = {f"{prefix}.{name}": value.detach() for name, value in inputs.items()}
    tensors.update({f"{prefix}.gradients.{name}": value.grad for name, value in inputs.items()})
    tensors.update({f"{prefix}.y": y.detach(), f"{prefix}.slopes": slopes})
    return {name: value.numpy().astype(np.float32) for name, value in tensors.items()}


def compute_lstm(rng):
    inputs = {"x": rounded(rng, 3, 5, 4), "in.weight": rounded(rng, 24, 4, scale=0.5), "in.bias": rounded(rng, 24),
              "state.weight": rounded(rng, 24, 6, scale=0.5), "state.bias": rounded(rng, 24)}
    for value in inputs.values():
        value.requires_grad_(True)
    lstm = torch.nn.LSTM(4, 6, batch_first=True).double()
    names = {"weight_ih_l0": "in.weight", "weight_hh_l0": "state.weight", "bias_ih_l0": "in.bias",
             "bias_hh_l0": "state.bias"}
    y, _ = torch.func.functional_call(lstm, {name: inputs[ours] for name, ours in names.items()}, inputs["x"])
    return gradients_of("lstm", inputs, y, rounded(rng, 3, 5, 6))


def compute_depthwise(rng):
    inputs = {"x": rounded(rng, 2, 5, 6, 4), "weight": rounded(rng, 6, 4)}
    for value in inputs.values():
        value.requires_grad_(True)
    filters = inputs["weight"].reshape(3, 2, 1, 4).permute(3, 2, 0, 1)
    y = F.conv2d(as_image(inputs["x"]), filters, stride=(2, 1), padding=(1, 1), groups=4).permute(0, 2, 3, 1)
    return gradients_of("depthwise", inputs, y, rounded(rng, *y.shape))


def main():
    tensors = compute()
    rng = np.random.default_rng(8)
    tensors.update(compute_lstm(rng))
    tensors.update(compute_depthwise(rng))
    tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    if "--check" in sys.argv[1:]:
        stored = load_file(PATH)
        assert stored.keys() == tensors.keys()
        worst = max(float(np.max(np.abs(stored[name] - tensors[name]), initial=0)) for name in stored)
        print(f"largest difference {worst:.2e}")
        sys.exit(worst > 1e-6)
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    save_file(tensors, PATH)
    print(f"{PATH}: {os.path.getsize(PATH)} bytes, losses {tensors['output.losses']}")


if __name__ == "__main__":
    main()
