#!/usr/bin/env python3
"""Makes the reference files of the objective "rest" (src/models/rta/full_softmax.h), tests/models/golden/*.safetensors, with
PyTorch: given a few tracks of a playlist, a softmax over the catalogue against several others.

usage: rta_full_softmax.py            writes every file anew
       rta_full_softmax.py --check    computes every file anew and compares with what stands there

Needs what rta.py needs, and takes its representers, its aggregators but the pool, and its layout: what is said there of
input.*, weights.NAME, gradients.NAME and after.NAME is true here too, but for this.

Metadata: batch, steps, window (rows of the position table), most (tracks given of a playlist), most_targets, residual
(hidden width of the pool's second path, 0: none), amplified (what that path multiplies the mean with, 0: a layer norm),
attention (1: the pool's weights are learned), bias (1: each track has a number of its own), beside (phi of an NN is
the track's row and so much of the network's result; 0: that result alone), among (1: input.corrections), rate, table_decay,
network_decay, clip. Step t of 0..steps-1 has the learning rate rate (1 + cos(pi t / steps)) / 2.

input.given      int32 [steps x B x most]          tracks given, -1 behind them; a step with fewer than B playlists has
                                                   them first and only -1 in the other rows
input.targets    int32 [steps x B x most_targets]  the others, -1 behind them
input.corrections [steps x N]  among: in the loss of a step these are added to the scores, and a track of -1 is left out
input.duration   -1: the track has no row, and zeros stand for it
weights.bias     [N]; likewise gradients and after
  pool: aggregator.pool.weight [w] (attention), aggregator.norm.gain, .bias (not amplified), aggregator.in.weight
    [r x w], .bias, aggregator.out.weight [w x r], .bias (residual)
output.q         [B x w]   inference (cnn: running statistics), of the lists of step 0
output.scores    [B x N]   their products with phi, and the tracks' biases, for every track
output.loss      [1]       of step 0 in training
output.losses, output.norms [steps]

The pool: the mean m of a playlist's phi, weighted with softmax(u . phi) or equally; q = m + W2 gelu(W1 s + b1) + b2, s
the layer norm of m or its multiple. Other aggregators: their output at the last place; position t of k has row
max(1, window - k + t). The loss is the mean over playlists of the mean over their targets of -ln softmax(scores without
the given ones). A step: gradients, of all together clipped to the norm `clip`, then the decay times the weight is added
(table_decay for the tables, none for the tracks' biases, network_decay for all else), then Adam (0.9, 0.999, 1e-8).
"""
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file
from torch import nn

import rta

SIZES = dict(rta.SIZES, window=11, most=12, most_targets=6, residual=14)
TRAINING = dict(rate=0.02, table_decay=0.01, network_decay=0.02, clip=1.0)
LENGTHS = [12, 1, 4, 11, 7]
POOLS = {  # attention, residual, amplified
    "pool_mf": (True, SIZES["residual"], 3.0),
    "pool_fm": (False, SIZES["residual"], 2.0),
    "pool_nn_covers": (True, SIZES["residual"], 0.0),
    "pool_mf_plain": (False, 0, 0.0),
}
CASES = {  # aggregator, representer, covers, bias
    "pool_mf": ("pool", "mf", False, True),
    "pool_fm": ("pool", "fm", False, True),
    "pool_nn_covers": ("pool", "nn", True, True),
    "pool_mf_plain": ("pool", "mf", False, False),
    "cnn_mf_rest": ("cnn", "mf", False, True),
    "transformer_mf_rest": ("transformer", "mf", False, True),
    "gru_fm_covers_rest": ("gru", "fm", True, True),
    "transformer_nn_beside": ("transformer", "nn", False, True),
}
BESIDE = {"transformer_nn_beside": 0.5}  # these score a part of the tracks, too


class Pool(nn.Module):
    def __init__(self, width, attention, residual, amplified):
        super().__init__()
        self.amplified = amplified
        self.pool = nn.Linear(width, 1, bias=False) if attention else None
        self.residual_norm = nn.LayerNorm(width, eps=1e-5) if residual and not amplified else None
        self.residual_in = nn.Linear(width, residual) if residual else None
        self.residual_out = nn.Linear(residual, width) if residual else None

    def whole(self, x, valid):
        logits = torch.zeros(valid.shape, dtype=x.dtype) if self.pool is None else self.pool(x).squeeze(2)
        mean = torch.einsum("bl,blw->bw", torch.softmax(logits.masked_fill(~valid, -math.inf), dim=1), x)
        if self.residual_in is None:
            return mean
        seen = self.amplified * mean if self.residual_norm is None else self.residual_norm(mean)
        return mean + self.residual_out(F.gelu(self.residual_in(seen)))


class RestModel(rta.Model):
    def __init__(self, case, inputs):
        aggregator, representer, covers, bias = CASES[case]
        kinds = dict(rta.AGGREGATORS, pool=lambda width: Pool(width, *POOLS[case]))
        super().__init__(kinds[aggregator], representer, covers, False, inputs)
        self.bias = nn.Parameter(torch.zeros(SIZES["tracks"])) if bias else None
        self.beside = BESIDE.get(case, 0)

    def ask(self, step):
        """phi, q and the scores of all tracks for a step's lists."""
        phi = self.phi()
        given = torch.from_numpy(self.inputs["given"][step]).long()
        given = given[given[:, 0] >= 0]
        valid = given >= 0
        if hasattr(self.aggregator, "whole"):
            q = self.aggregator.whole(F.embedding(given.clamp(min=0), phi), valid)
        else:
            lengths = valid.sum(dim=1, keepdim=True)
            positions = (SIZES["window"] - lengths + torch.arange(given.shape[1])).clamp(1, SIZES["window"] - 1)
            q = self.aggregate(phi, given, valid, positions)[torch.arange(len(given)), lengths.squeeze(1) - 1]
        scores = q @ phi.T
        return phi, q, scores + self.bias if self.bias is not None else scores

    def loss(self, step):
        losses = []
        for row, scores in enumerate(self.ask(step)[2]):
            given, targets = (self.inputs[name][step, row] for name in ("given", "targets"))
            masked = torch.zeros(len(scores), dtype=torch.bool)
            masked[given[given >= 0]] = True
            targets = torch.from_numpy(targets[targets >= 0]).long()
            if "corrections" in self.inputs:
                corrections = torch.from_numpy(self.inputs["corrections"][step]).to(scores.dtype)
                scores, masked = scores + corrections, masked | (corrections < 0)
            scores = scores.masked_fill(masked, -math.inf)
            losses.append(F.cross_entropy(scores.expand(len(targets), -1), targets))
        return torch.stack(losses).mean()

    def decay_of(self, name):
        if name == "bias":
            return 0
        return TRAINING["table_decay" if name.startswith(("track.", "tables.")) else "network_decay"]


def make_inputs(random, covers):
    n, steps, batch = SIZES["tracks"], SIZES["steps"], SIZES["batch"]
    given = np.full((steps, batch, SIZES["most"]), -1)
    targets = np.full((steps, batch, SIZES["most_targets"]), -1)
    for step in range(steps):
        lengths = random.permutation(LENGTHS)[:3 if step in (3, 9) else batch]
        for row, length in enumerate(lengths):
            tracks = random.permutation(n - 1)  # the last one is never met
            size = random.integers(1, SIZES["most_targets"] + 1)
            given[step, row, :length] = tracks[:length]
            targets[step, row, :size] = tracks[length:length + size]
    side = rta.make_inputs(random, covers)
    side["duration"][[2, 9]] = -1
    inputs = {name: side[name] for name in [*rta.TABLES, "covers"] if name in side}
    return dict(inputs, given=given.astype(np.int32), targets=targets.astype(np.int32))


def make_corrections(random, inputs):
    """A third of the tracks that stand in no list of a step take part in it, each for three."""
    corrections = np.full((SIZES["steps"], SIZES["tracks"]), -1.0)
    for step in range(SIZES["steps"]):
        here = np.setdiff1d(np.union1d(inputs["given"][step], inputs["targets"][step]), [-1])
        others = np.setdiff1d(np.arange(SIZES["tracks"]), here)
        corrections[step, here] = 0
        corrections[step, random.permutation(others)[:(len(others) + 2) // 3]] = np.log(3)
    return corrections.astype(np.float32)


def gradients_of(model, step):
    """Leaves them in the parameters; returns the loss."""
    model.train()
    model.zero_grad(set_to_none=True)
    loss = model.loss(step)
    loss.backward()
    for value in model.parameters():
        if value.grad is None:
            value.grad = torch.zeros_like(value)
    return loss.item()


def train(model):
    optimiser = torch.optim.Adam(model.parameters(), lr=TRAINING["rate"], betas=(0.9, 0.999), eps=1e-8)
    losses, norms = [], []
    for step in range(SIZES["steps"]):
        losses.append(gradients_of(model, step))
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), TRAINING["clip"]).item())
        with torch.no_grad():
            for name, value in model.named_parameters():
                value.grad += model.decay_of(name) * value
        optimiser.param_groups[0]["lr"] = TRAINING["rate"] * (1 + math.cos(math.pi * step / SIZES["steps"])) / 2
        optimiser.step()
    return np.array(losses), np.array(norms)


def make(case, seed):
    aggregator, representer, covers, bias = CASES[case]
    random = np.random.default_rng(seed)
    inputs = make_inputs(random, covers)
    if case in BESIDE:
        inputs["corrections"] = make_corrections(random, inputs)
    model = RestModel(case, inputs).double()
    rta.set_weights(model, random)
    start = {name: value.clone() for name, value in model.state_dict().items()}

    model.eval()
    with torch.no_grad():
        output = {name: value.numpy().copy() for name, value in zip(("phi", "q", "scores"), model.ask(0))}
    output["loss"] = np.array([gradients_of(model, 0)])
    gradients = {rta.our_name(name): rta.our_layout(name, value.grad) for name, value in model.named_parameters()}

    model.load_state_dict(start)
    weights = rta.weights_of(model)
    output["losses"], output["norms"] = train(model)
    after = rta.weights_of(model)
    single = RestModel(case, inputs).float()
    single.load_state_dict(start)
    train(single)
    strayed = max(np.max(np.abs(after[name] - value) / (np.max(np.abs(after[name])) + np.abs(after[name])))
                  for name, value in rta.weights_of(single).items())

    assert strayed < 2e-6, "a gradient near 0, where the direction of Adam's step is not known in float32: other seeds"
    tensors = {"input." + name: value for name, value in inputs.items()}
    for prefix, group in dict(output=output, weights=weights, gradients=gradients, after=after).items():
        for name, value in group.items():
            assert np.isfinite(value).all(), name
            tensors[prefix + "." + name] = np.ascontiguousarray(value, dtype=np.float32)
    attention, residual, amplified = POOLS.get(case, (False, 0, 0.0))
    sizes = dict(SIZES, attention=int(attention), residual=residual, amplified=amplified)
    metadata = {name: str(value) for name, value in dict(
        sizes, **TRAINING, **{name + "_rows": rows for name, rows in rta.TABLES.items()}, width=model.width,
        aggregator=aggregator, representer=representer, covers=int(covers), extra=0,
        bias=int(bias), beside=BESIDE.get(case, 0), among=int(case in BESIDE)).items()}
    return tensors, metadata, strayed


def main():
    check = sys.argv[1:] == ["--check"]
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for seed, case in enumerate(CASES):
        path = os.path.join(rta.FOLDER, case + ".safetensors")
        tensors, metadata, strayed = make(case, 100 + seed)
        if check:
            old = load_file(path)
            assert old.keys() == tensors.keys(), case
            for key, value in tensors.items():
                assert np.allclose(old[key], value, rtol=1e-6, atol=1e-7), (case, key)
        else:
            save_file(tensors, path, metadata)
        norms, losses = tensors["output.norms"], tensors["output.losses"]
        print(f"{case}: {os.path.getsize(path)} bytes, {(norms > 1).sum()} of {len(norms)} steps clipped, "
              f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, float32 strays {strayed:.1e}")


if __name__ == "__main__":
    main()
