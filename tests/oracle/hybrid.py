#!/usr/bin/env python3
"""Makes tests/models/golden/hybrid.safetensors, the reference of the network of src/models/hybrid/network.h, with PyTorch in
float64. The formulas are written out below as in that header.

usage: hybrid.py            writes the file anew
       hybrid.py --check    computes it anew and compares with what stands there

Metadata: the sizes in SIZES and TRAINING. Step t of 0..steps-1 has the learning rate rate (1 + cos(pi t / steps)) / 2.

input.x          [N x inputs + 3]  what the network over features reads
input.inputs     [N x inputs]      what the playlist's network reads of its seeds
input.fixed      [N x artist + album + kernel]  the fixed sections
input.track, input.artist, input.album  int32 [N]  rows in the tables, -1: none
input.seeds      int32 [steps x B x most]  seeds of each playlist, -1 behind them
input.targets    int32 [steps x B x most]  targets, -1 behind them
input.corrections [N]  added to the scores
weights.NAME, gradients.NAME, after.NAME  parameters, their gradients in step 0, and after all steps
output.learned   [N x d], output.bias [N x 1], output.query [B x row]  of step 0
output.losses    [steps]

A step: the gradients of all parameters together are clipped to the norm `clip`, then decay times weight is added
(table_decay for the tables, decay for the networks, none for the biases of tracks and the factors), then Adam (0.9,
0.999, 1e-8).
"""
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models/golden/hybrid.safetensors")
SIZES = dict(tracks=7, artists=3, albums=4, d=4, inputs=5, hidden=3, residual=6, artist=3, album=2, kernel=4,
             mean_scale=2.5, batch=2, steps=3, most=3)
TRAINING = dict(rate=0.05, decay=0.02, table_decay=0.01, clip=1.0)
INITIAL_FACTORS = dict(artist=1.8, album=0.7, kernel=3.2)  # hybrid_initial_factors
S = SIZES
SHAPES = {
    "query.in.weight": (S["residual"], S["d"] + S["inputs"] + 1), "query.in.bias": (1, S["residual"]),
    "query.out.weight": (S["d"], S["residual"]), "query.out.bias": (1, S["d"]),
    "query.factor.mean": (1, 1), "query.factor.artist": (1, 1), "query.factor.album": (1, 1),
    "query.factor.kernel": (1, 1),
    "features.in.weight": (S["hidden"], S["inputs"] + 3), "features.in.bias": (1, S["hidden"]),
    "features.out.weight": (S["d"], S["hidden"]), "features.out.bias": (1, S["d"]),
    "features.bias.weight": (1, S["hidden"]), "features.bias.bias": (1, 1),
    "track": (S["tracks"], S["d"]), "artist": (S["artists"], S["d"]), "album": (S["albums"], S["d"]),
    "bias": (S["tracks"], 1),
}
NO_DECAY = {"bias", *(name for name in SHAPES if name.startswith("query.factor."))}
TABLES = {"track", "artist", "album"}


def make_inputs(random):
    n = S["tracks"]
    inputs = dict(x=random.normal(size=(n, S["inputs"] + 3)), inputs=random.normal(size=(n, S["inputs"])),
                  fixed=random.normal(size=(n, S["artist"] + S["album"] + S["kernel"])),
                  corrections=random.uniform(0, 1, size=n))
    inputs = {name: value.astype(np.float32) for name, value in inputs.items()}
    inputs["track"] = np.array([0, -1, 2, 3, -1, 5, 6], np.int32)  # 1 and 4 are new, 4 entirely
    inputs["artist"] = np.array([0, 0, 1, 1, -1, 2, 0], np.int32)
    inputs["album"] = np.array([0, 1, -1, 2, -1, 2, -1], np.int32)
    inputs["seeds"] = np.array([[[0, 4, 2], [5, -1, -1]], [[3, 1, -1], [6, 0, 5]], [[4, -1, -1], [2, 3, -1]]], np.int32)
    inputs["targets"] = np.array([[[1, 6, -1], [3, 0, 4]], [[2, -1, -1], [1, 4, -1]], [[0, 1, 6], [5, -1, -1]]],
                                 np.int32)
    return inputs


def represent(weights, inputs):
    """The learned sections and the biases of all tracks."""
    hidden = F.gelu(inputs["x"] @ weights["features.in.weight"].T + weights["features.in.bias"])
    learned = hidden @ weights["features.out.weight"].T + weights["features.out.bias"]
    bias = hidden @ weights["features.bias.weight"].T + weights["features.bias.bias"]
    rows = {table: (inputs[table].clamp(min=0), (inputs[table] >= 0).double()[:, None]) for table in TABLES}
    for table, (row, known) in rows.items():
        learned = learned + known * weights[table][row]
    row, known = rows["track"]
    return learned, bias + known * weights["bias"][row]


def query(weights, inputs, learned, seeds):
    n = len(seeds)
    mean = learned[seeds].mean(0)
    y = torch.cat([S["mean_scale"] * mean, inputs["inputs"][seeds].mean(0), torch.tensor([math.log(n)])])
    hidden = F.gelu(weights["query.in.weight"] @ y + weights["query.in.bias"][0])
    parts = [weights["query.factor.mean"][0] * mean + weights["query.out.weight"] @ hidden + weights["query.out.bias"][0],
             torch.ones(1)]
    first = 0
    for name, factor in INITIAL_FACTORS.items():
        section = inputs["fixed"][seeds, first:first + S[name]].mean(0)
        factor = factor if name == "kernel" else factor * math.sqrt(n)
        parts.append(weights["query.factor." + name][0] * factor * section)
        first += S[name]
    return torch.cat(parts)


def forward(weights, inputs, step):
    learned, bias = represent(weights, inputs)
    items = torch.cat([learned, bias + inputs["corrections"][:, None], inputs["fixed"]], 1)
    losses, queries = [], []
    for seeds, targets in zip(inputs["seeds"][step], inputs["targets"][step]):
        seeds, targets = seeds[seeds >= 0], targets[targets >= 0]
        queries.append(query(weights, inputs, learned, seeds))
        scores = items @ queries[-1]
        scores = scores.index_fill(0, seeds, -math.inf)
        losses.append(F.cross_entropy(scores.expand(len(targets), -1), targets))
    return learned, bias, torch.stack(queries), torch.stack(losses).mean()


def train(start, inputs):
    weights = {name: value.clone().requires_grad_() for name, value in start.items()}
    optimiser = torch.optim.Adam(weights.values(), lr=TRAINING["rate"], betas=(0.9, 0.999), eps=1e-8)
    losses, gradients = [], None
    for step in range(S["steps"]):
        optimiser.zero_grad()
        loss = forward(weights, inputs, step)[3]
        loss.backward()
        losses.append(loss.item())
        gradients = gradients or {name: value.grad.clone() for name, value in weights.items()}
        torch.nn.utils.clip_grad_norm_(weights.values(), TRAINING["clip"])
        with torch.no_grad():
            for name, value in weights.items():
                if name not in NO_DECAY:
                    value.grad += TRAINING["table_decay" if name in TABLES else "decay"] * value
        optimiser.param_groups[0]["lr"] = TRAINING["rate"] * (1 + math.cos(math.pi * step / S["steps"])) / 2
        optimiser.step()
    return gradients, {name: value.detach() for name, value in weights.items()}, np.array(losses)


def make():
    random = np.random.default_rng(11)
    inputs = make_inputs(random)
    weights = {name: random.normal(scale=0.6, size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    start = {name: torch.from_numpy(value).double() for name, value in weights.items()}
    exact = {name: torch.from_numpy(value).to(torch.float64 if value.dtype == np.float32 else torch.int64)
             for name, value in inputs.items()}
    with torch.no_grad():
        learned, bias, queries, _ = forward(start, exact, 0)
    gradients, after, losses = train(start, exact)
    tensors = {"input." + name: value for name, value in inputs.items()}
    groups = dict(output=dict(learned=learned, bias=bias, query=queries, losses=torch.from_numpy(losses)),
                  weights=start, gradients=gradients, after=after)
    for prefix, group in groups.items():
        for name, value in group.items():
            tensors[prefix + "." + name] = np.ascontiguousarray(value.numpy(), dtype=np.float32)
    return tensors, {name: str(value) for name, value in dict(SIZES, **TRAINING).items()}


def main():
    torch.set_default_dtype(torch.float64)
    tensors, metadata = make()
    if sys.argv[1:] == ["--check"]:
        old = load_file(PATH)
        assert old.keys() == tensors.keys()
        for key, value in tensors.items():
            assert np.allclose(old[key], value, rtol=1e-6, atol=1e-7), key
    else:
        save_file(tensors, PATH, metadata)
    print(f"{os.path.getsize(PATH)} bytes, losses {tensors['output.losses']}")


if __name__ == "__main__":
    main()
