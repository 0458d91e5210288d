#!/usr/bin/env python3
"""Makes the reference files of the represent-then-aggregate models, tests/models/golden/*.safetensors, with PyTorch.

usage: rta.py            writes every file anew
       rta.py --check    computes every file anew and compares with what stands there

Needs PyTorch, numpy and safetensors (pip install torch numpy safetensors); the tests need only the files. Everything is
computed in float64 from weights that are float32 numbers, and stored as float32. Compare with |ours - theirs| <=
1e-5 (1 + |theirs|) or tighter; the script prints how far the same program run in float32 strays, as a guide.

One file for each aggregator (avg, cnn, gru, transformer), representer (mf, fm, nn) and with or without covers, named
AGGREGATOR_REPRESENTER[_covers].safetensors, transformer_fm_covers_extra with the further linear layer, and avg_mf_sets
and transformer_fm_sets with two feature sets, one over albums and one over tracks. Names that end in _norm or _gate have
another fusion of the features (below). All have the objective "next";
rta_full_softmax.py makes those of "rest".

Layout. A token is a track's row 0..N-1, -1 is padding; all matrices are row-major; a linear layer is y = W x + b with
W [out x in]; w is the width of phi: d, or d + the adaptor's output with covers or for each of two feature sets.
Metadata strings hold every size (tracks, album_rows, artist_rows, popularity_rows, duration_rows, d, width, heads, ff, nn_ff, gru_hidden, channels,
kernel, further_layers, res_block_count, cover_dim, adaptor_hidden, adaptor_out, batch, length, steps, n_easy, n_hard,
candidates), `aggregator`, `representer`, `covers` and `extra` (0 or 1), and the training's rate,
halved_at (rate for steps 0.., half of it from step halved_at on), momentum, decay, clip.

input.windows    int32 [steps x B x (L+1)]  playlists, padded on the right: one batch for each of the training steps
input.lengths    int32 [steps x B]          valid positions = tracks - 1 (1..L): position t sees tracks 0..t and
                                            predicts track t + 1; the last track of a window is no input
input.negatives  int32 [steps x B x S]      the negatives in the loss; those of step 0 are what the selection gives
input.candidates int32 [B x C]              from these: the first n_easy, then the n_hard of all with the highest
                                            product with the mean of the aggregates (highest first); ids may repeat
input.album, .artist, .popularity, .duration  int32 [N]   rows of the tables
input.covers     [N x cover_dim]            covers only; some rows are zero (no cover)
input.set0, .set1  [rows x dim]             two sets: numbers of albums (dim cover_dim) and of tracks (dim set_dim)
input.set0_rows, .set1_rows  int32 [N]      a track's row, -1: none; its part of phi is zeros then
input.popularity_gate [N x 2]               _gate only: p, how popular the tracks are
input.seeds      int32 [4 x 12], input.seed_lengths int32 [4]   (1, 3, 10 and 12 tracks)

weights.NAME     before the first step: what all outputs but output.losses and output.norms are computed from
gradients.NAME   of the total loss of step 0, not clipped, without decay, dense (rows that nothing touched are 0)
after.NAME       after all steps (some rows of the tables are first touched late, or never, and only decay until then)
  tables: track [N x d]; fm and nn also album, artist, popularity, duration
  nn: representer.block.*, representer.mix.weight [5], representer.mix.bias [1]; slots in the order track, album,
    artist, popularity, duration
  a block: attention.in.weight [3w x w], attention.in.bias, attention.out.weight, attention.out.bias, norm1.gain,
    norm1.bias, norm2.*, norm3.*, forward.in.weight [ff x w], forward.in.bias, forward.out.weight [w x ff],
    forward.out.bias
  covers: adaptor.hidden.weight, .bias, adaptor.out.weight, .bias; extra.weight [w x w], extra.bias
  two sets: adaptor.* for the first, adaptor1.* for the second
  norm: adaptor.norm.gain, .bias: the adaptor's output becomes LN(x) cover_length / sqrt(its width)
  gate: adaptor.gate.weight, .bias: the adaptor's output becomes x sigmoid(W p + b)
  transformer: positions [11 x w], aggregator.block.*
  gru: aggregator.gru0.in.weight [3h x w], .in.bias, .state.weight [3h x h], .state.bias (gates in the order r, z, n),
    gru1 likewise, aggregator.out.weight [w x h], aggregator.out.bias
  cnn: aggregator.convolution0.weight [2C x 3w]: rows 0..C-1 the linear part, C..2C-1 its gate; columns the time offsets
    t-2, t-1, t, each w wide (1 and 2: C wide); .bias [2C]; aggregator.norm0.gain, .bias, and .running [2 x C] (mean,
    variance; weights and after only); 1 and 2 likewise; aggregator.out.weight [w x C], .bias. A layer is: gated
    convolution, batch norm over the valid positions, dropout (0 here), and for the first of the further layers the
    addition of its input. Then the running maximum and the linear map. All training steps use the batch's
    statistics and move the running ones by 0.1.

output.phi       [N x w]                    of all tracks
output.aggregated [B x L x w]               step 0's batch, in training; zeros past the lengths
output.loss      [3]                        step 0: positive, negative, total
output.losses    [steps x 3], output.norms [steps]   of every step: losses, and the norm of the gradient before the clip
output.g.reference, output.g.same [4 x w]   inference: the aggregate at the last seed (cnn: running statistics)
output.scores.reference, .same    [4 x N]   phi . g for every track
output.parts.reference, .same [4 x N x 3]   two sets: what song and sets add to it
Positions. In training position t has row t + 1. `reference`: k seeds, k < 11, have rows 11-k..10; with 11 or more,
all but the last 10 have row 1 and these rows 1..10. `same`: k <= 10 seeds have rows 1..k; more, as `reference`.
The two differ for the transformer only.
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file
from torch import nn

SIZES = dict(tracks=23, d=16, heads=2, ff=24, nn_ff=12, gru_hidden=10, channels=12, kernel=3, further_layers=2,
             res_block_count=3, cover_dim=10, adaptor_hidden=9, adaptor_out=4, batch=5, length=10, steps=10, n_easy=2,
             n_hard=3, candidates=9)
SET_DIM = 6  # of the feature set over tracks
COVER_LENGTH = 0.7  # of the fusion norm
TABLES = dict(album=9, artist=5, popularity=7, duration=6)
TRAINING = dict(rate=0.25, halved_at=5, momentum=0.9, decay=0.01, clip=1.0)
SEED_LENGTHS = [1, 3, 10, 12]
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "golden")


class Block(nn.Module):
    """x + MHA(x), two layer norms, + feed-forward, a layer norm."""

    def __init__(self, width, heads, ff):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width, eps=1e-5) for _ in range(3))
        self.forward_in, self.forward_out = nn.Linear(width, ff), nn.Linear(ff, width)

    def forward(self, x, causal=False, padding=None):
        length = x.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).triu(1) if causal else None
        x = x + self.attention(x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False)[0]
        x = self.norm2(self.norm1(x))
        return self.norm3(x + self.forward_out(F.gelu(self.forward_in(x))))


class Gru(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gru = nn.GRU(width, SIZES["gru_hidden"], num_layers=2, batch_first=True)
        self.out = nn.Linear(SIZES["gru_hidden"], width)

    def forward(self, x, valid, positions):
        return self.out(F.relu(self.gru(x)[0]))


class Cnn(nn.Module):
    def __init__(self, width):
        super().__init__()
        channels, kernel = SIZES["channels"], SIZES["kernel"]
        widths = [width] + [channels] * SIZES["further_layers"]
        self.convolution = nn.ModuleList(nn.Conv1d(w, 2 * channels, kernel) for w in widths)
        self.norm = nn.ModuleList(nn.BatchNorm1d(channels) for _ in widths)
        self.out = nn.Linear(channels, width)

    def layer(self, i, x, valid):
        seen = F.pad(x.transpose(1, 2), (SIZES["kernel"] - 1, 0))
        linear, gate = self.convolution[i](seen).transpose(1, 2).chunk(2, dim=2)
        y = linear * torch.sigmoid(gate)
        normal = torch.zeros_like(y)
        normal[valid] = self.norm[i](y[valid])
        return normal

    def forward(self, x, valid, positions):
        h = self.layer(0, x, valid)
        for further in range(SIZES["further_layers"]):
            y = self.layer(1 + further, h, valid)
            h = y + h if further % SIZES["res_block_count"] == 0 else y
        return self.out(torch.cummax(h, dim=1).values)


class Transformer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.positions = nn.Embedding(11, width)
        self.block = Block(width, SIZES["heads"], SIZES["ff"])

    def forward(self, x, valid, positions):
        return self.block(x + self.positions(positions), causal=True, padding=~valid)


class Average(nn.Module):
    def __init__(self, width):
        super().__init__()

    def forward(self, x, valid, positions):
        return torch.stack([x[:, :t + 1].mean(dim=1) for t in range(x.shape[1])], dim=1)


AGGREGATORS = dict(avg=Average, cnn=Cnn, gru=Gru, transformer=Transformer)


class Model(nn.Module):
    """`aggregator` is made with the width of phi."""

    def __init__(self, aggregator, representer, features, extra, inputs, fusion=""):
        super().__init__()
        self.fusion = fusion
        d = SIZES["d"]
        dims = {False: [], True: [SIZES["cover_dim"]], "sets": [SIZES["cover_dim"], SET_DIM]}[features]
        self.representer, self.inputs = representer, inputs
        self.beside = 0  # how much of an NN's result is added to the track's own row; 0: that result alone
        self.width = d + SIZES["adaptor_out"] * len(dims)
        self.track = nn.Embedding(SIZES["tracks"], d)
        if representer != "mf":
            self.tables = nn.ModuleDict({name: nn.Embedding(rows, d) for name, rows in TABLES.items()})
        if representer == "nn":
            self.block, self.mix = Block(d, SIZES["heads"], SIZES["nn_ff"]), nn.Linear(5, 1)
        for i, dim in enumerate(dims):
            setattr(self, f"adaptor{i or ''}_hidden", nn.Linear(dim, SIZES["adaptor_hidden"]))
            setattr(self, f"adaptor{i or ''}_out", nn.Linear(SIZES["adaptor_hidden"], SIZES["adaptor_out"]))
            if fusion == "norm":
                setattr(self, f"adaptor{i or ''}_norm", nn.LayerNorm(SIZES["adaptor_out"], eps=1e-5))
            if fusion == "gate":
                setattr(self, f"adaptor{i or ''}_gate", nn.Linear(2, SIZES["adaptor_out"]))
        self.extra = nn.Linear(self.width, self.width) if extra else None
        self.aggregator = aggregator(self.width)

    def rows(self, name):
        """Of a table, one for each track; 0 where it has none."""
        rows = torch.from_numpy(self.inputs[name]).long()
        return self.tables[name](rows.clamp(min=0)) * (rows >= 0).unsqueeze(1)

    def phi(self):
        """Of all tracks [N x w]."""
        x = self.track.weight
        if self.representer != "mf":
            slots = torch.stack([x] + [self.rows(name) for name in self.tables], dim=1)
            if self.representer == "fm":
                x = slots.mean(dim=1)
            else:
                x = self.mix(self.block(slots).transpose(1, 2)).squeeze(2)
                x = slots[:, 0] + self.beside * x if self.beside else x
        if "covers" in self.inputs:
            covers = torch.from_numpy(self.inputs["covers"]).to(x.dtype)
            x = torch.cat([x, self.adapt("adaptor", covers)], dim=1)
        if "set0" in self.inputs:
            x = torch.cat([x, self.adapted_set("set0", "adaptor"), self.adapted_set("set1", "adaptor1")], dim=1)
        return self.extra(x) if self.extra is not None else x

    def adapt(self, adaptor, values):
        x = getattr(self, adaptor + "_out")(F.relu(getattr(self, adaptor + "_hidden")(values)))
        if self.fusion == "norm":
            x = getattr(self, adaptor + "_norm")(x) * (COVER_LENGTH / SIZES["adaptor_out"] ** 0.5)
        if self.fusion == "gate":
            popularity = torch.from_numpy(self.inputs["popularity_gate"]).to(x.dtype)
            x = x * torch.sigmoid(getattr(self, adaptor + "_gate")(popularity))
        return x

    def adapted_set(self, name, adaptor):
        """A feature set's part of phi; 0 for tracks without a row."""
        rows = torch.from_numpy(self.inputs[name + "_rows"]).long()
        values = torch.from_numpy(self.inputs[name]).to(self.track.weight.dtype)[rows.clamp(min=0)]
        return self.adapt(adaptor, values) * (rows >= 0).unsqueeze(1)

    def aggregate(self, phi, tokens, valid, positions):
        x = F.embedding(tokens.clamp(min=0), phi) * valid.unsqueeze(2)
        return self.aggregator(x, valid, positions)

    def train_forward(self, step):
        """phi, the aggregates, their mean over the valid positions, and the three losses."""
        windows = torch.from_numpy(self.inputs["windows"][step]).long()
        lengths = torch.from_numpy(self.inputs["lengths"][step]).long()
        phi = self.phi()
        length = windows.shape[1] - 1
        valid = torch.arange(length) < lengths.unsqueeze(1)
        aggregated = self.aggregate(phi, windows[:, :-1], valid, torch.arange(1, length + 1)) * valid.unsqueeze(2)
        products = (aggregated * phi[windows[:, 1:].clamp(min=0)]).sum(dim=2)
        positive = ((-F.logsigmoid(products) * valid).sum(dim=1) / lengths).mean()
        mean = aggregated.sum(dim=1) / lengths.unsqueeze(1)
        negatives = torch.from_numpy(self.inputs["negatives"][step]).long()
        negative = -F.logsigmoid(-torch.einsum("bsw,bw->bs", phi[negatives], mean)).mean()
        return phi, aggregated, mean, torch.stack([positive, negative, positive + negative])

    def infer(self, phi, seeds, same):
        k = len(seeds)
        if same and k <= 10:
            positions = torch.arange(1, k + 1)
        elif k < 11:
            positions = torch.arange(11 - k, 11)
        else:
            positions = torch.cat([torch.full((k - 10,), 1), torch.arange(1, 11)])
        tokens = torch.from_numpy(seeds).long().unsqueeze(0)
        return self.aggregate(phi, tokens, torch.ones(1, k, dtype=torch.bool), positions)[0, -1]


def our_name(name):
    """The files' name of a PyTorch parameter."""
    for theirs, ours in [("tables.", ""), ("track.weight", "track"), ("aggregator.positions.weight", "positions"),
                         ("attention.in_proj_", "attention.in."), ("attention.out_proj.", "attention.out."),
                         ("forward_", "forward."), ("adaptor_", "adaptor."), ("adaptor1_", "adaptor1."),
                         ("residual_", "")]:
        name = name.replace(theirs, ours)
    if name.split(".")[0] in TABLES:
        name = name.split(".")[0]
    if name.startswith(("block.", "mix.")):
        name = "representer." + name
    parts = name.split(".")
    if "gru" in parts:
        kind, what, layer = parts[-1].split("_")
        return f"aggregator.gru{layer[1]}.{'in' if what == 'ih' else 'state'}.{kind}"
    if parts[0] == "aggregator" and parts[1] in ("convolution", "norm") and parts[2].isdigit():
        parts[1:3] = [parts[1] + parts[2]]
    if parts[-2:-1] and parts[-2].startswith("norm") and parts[-1] == "weight":
        parts[-1] = "gain"
    return ".".join(parts)


def our_layout(name, value):
    value = value.detach().double().numpy().copy()  # training goes on in place
    if "convolution" in name and name.endswith("weight"):
        return value.transpose(0, 2, 1).reshape(value.shape[0], -1)
    return value.reshape(-1) if "mix" in name else value


def weights_of(model):
    result = {our_name(name): our_layout(name, value) for name, value in model.named_parameters()}
    if isinstance(model.aggregator, Cnn):
        for i, norm in enumerate(model.aggregator.norm):
            result[f"aggregator.norm{i}.running"] = np.stack([norm.running_mean.double().numpy(),
                                                              norm.running_var.double().numpy()])
    return result


def make_inputs(random, features, fusion=""):
    n, steps, batch, length = SIZES["tracks"], SIZES["steps"], SIZES["batch"], SIZES["length"]
    easy_hard = SIZES["n_easy"] + SIZES["n_hard"]
    windows = np.full((steps, batch, length + 1), -1)
    negatives = np.zeros((steps, batch, easy_hard))
    lengths = np.zeros((steps, batch))
    candidates = np.zeros((batch, SIZES["candidates"]))
    for step in range(steps):
        # Row n-1 is never touched, row n-2 at both ends only, and each step leaves others out: they must decay alone.
        here = np.append(random.permutation(n - 2)[:13], [n - 2] * (step in (0, steps - 1)))
        sizes = random.permutation([length + 1, 2, *random.integers([3, 7, 2], [7, 11, 12])])
        for row, size in enumerate(sizes):
            windows[step, row, :size] = random.permutation(here)[:size]
            lengths[step, row] = size - 1
            others = np.setdiff1d(here, windows[step, row])
            negatives[step, row] = random.choice(others, easy_hard)
            if step == 0:
                candidates[row] = random.choice(np.setdiff1d(np.arange(n - 1), windows[step, row]), SIZES["candidates"])
    seeds = np.full((len(SEED_LENGTHS), max(SEED_LENGTHS)), -1)
    for row, size in enumerate(SEED_LENGTHS):
        seeds[row, :size] = random.permutation(n)[:size]
    album = random.integers(0, TABLES["album"], n)
    inputs = dict(windows=windows, lengths=lengths, negatives=negatives, candidates=candidates, seeds=seeds,
                  seed_lengths=np.array(SEED_LENGTHS), album=album,
                  artist=random.integers(0, TABLES["artist"], TABLES["album"])[album],
                  popularity=random.integers(1, TABLES["popularity"], n),
                  duration=random.integers(0, TABLES["duration"], n))
    inputs = {name: value.astype(np.int32) for name, value in inputs.items()}
    if features is True:
        inputs["covers"] = random.normal(size=(n, SIZES["cover_dim"])).astype(np.float32)
        inputs["covers"][[3, 11, n - 2]] = 0
    if features == "sets":
        inputs["set0"] = random.normal(size=(TABLES["album"], SIZES["cover_dim"])).astype(np.float32)
        inputs["set1"] = random.normal(size=(n, SET_DIM)).astype(np.float32)
        inputs["set0_rows"] = np.where(np.isin(inputs["album"], [2, 5]), -1, inputs["album"]).astype(np.int32)
        inputs["set1_rows"] = np.where(np.isin(np.arange(n), [0, 4, 9, n - 2]), -1, np.arange(n)).astype(np.int32)
    if fusion == "gate":
        counts = random.integers(0, 9, n)
        inputs["popularity_gate"] = np.stack([np.log1p(counts) / np.log1p(counts.max()), counts == 0],
                                             axis=1).astype(np.float32)
    return inputs


def set_weights(model, random):
    """Weights in which every parameter matters: no zero biases, no equal gains; all of them float32 numbers."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            x = random.normal(size=tuple(value.shape))
            if "norm" in name:
                x = 1 + 0.2 * x if name.endswith("weight") else 0.2 * x
            elif "bias" in name:
                x *= 0.2
            elif isinstance(model.get_submodule(name.rpartition(".")[0]), nn.Embedding):
                x *= 0.6
            else:
                x /= np.sqrt(np.prod(value.shape[1:]))
            value.copy_(torch.from_numpy(x.astype(np.float32)))
        if isinstance(model.aggregator, Cnn):
            for norm in model.aggregator.norm:
                c = len(norm.running_mean)
                norm.running_mean.copy_(torch.from_numpy((0.2 * random.normal(size=c)).astype(np.float32)))
                norm.running_var.copy_(torch.from_numpy(random.uniform(0.2, 1.2, size=c).astype(np.float32)))


def select(phi, mean, candidates):
    """The first n_easy, then the n_hard with the highest products, ties by place."""
    result = []
    for row, ids in enumerate(candidates):
        scores = (phi[torch.from_numpy(ids).long()] @ mean[row]).numpy()
        order = np.argsort(-scores, kind="stable")
        apart = {round(scores[order[i]] - scores[order[i + 1]], 12) for i in range(len(ids) - 1)} - {0}
        assert min(apart) > 1e-4, "candidates too close to tell apart in float32"
        result.append(np.append(ids[:SIZES["n_easy"]], ids[order[:SIZES["n_hard"]]]))
    return np.array(result, dtype=np.int32)


def train(model):
    """All steps; losses [steps x 3] and norms [steps]."""
    model.train()
    optimiser = torch.optim.SGD(model.parameters(), lr=TRAINING["rate"], momentum=TRAINING["momentum"], nesterov=True,
                                weight_decay=TRAINING["decay"])
    losses, norms = [], []
    for step in range(SIZES["steps"]):
        if step == TRAINING["halved_at"]:
            for group in optimiser.param_groups:
                group["lr"] /= 2
        optimiser.zero_grad(set_to_none=False)
        loss = model.train_forward(step)[3]
        loss[2].backward()
        for value in model.parameters():
            if value.grad is None:
                value.grad = torch.zeros_like(value)
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), TRAINING["clip"]).item())
        optimiser.step()
        losses.append(loss.detach().double().numpy())
    return np.array(losses), np.array(norms)


def make(aggregator, representer, features, extra, fusion, seed):
    random = np.random.default_rng(seed)
    inputs = make_inputs(random, features, fusion)
    model = Model(AGGREGATORS[aggregator], representer, features, extra, inputs, fusion).double()
    set_weights(model, random)
    start = {name: value.clone() for name, value in model.state_dict().items()}
    output = {}

    model.eval()
    with torch.no_grad():
        phi = model.phi()
        output["phi"] = phi.numpy().copy()
        for kind in ("reference", "same"):
            g = torch.stack([model.infer(phi, row[:k], kind == "same")
                             for row, k in zip(inputs["seeds"], SEED_LENGTHS)])
            output["g." + kind], output["scores." + kind] = g.numpy(), (g @ phi.T).numpy()
            if features == "sets":
                widths = [SIZES["d"], SIZES["adaptor_out"], SIZES["adaptor_out"]]
                output["parts." + kind] = torch.stack(
                    [x @ y.T for x, y in zip(g.split(widths, dim=1), phi.split(widths, dim=1))], dim=2).numpy()

    model.train()
    with torch.no_grad():
        phi, _, mean, _ = model.train_forward(0)
        inputs["negatives"][0] = select(phi, mean, inputs["candidates"])
    model.load_state_dict(start)
    _, aggregated, _, loss = model.train_forward(0)
    loss[2].backward()
    output["aggregated"], output["loss"] = aggregated.detach().numpy(), loss.detach().numpy()
    gradients = {our_name(name): our_layout(name, value.grad if value.grad is not None else torch.zeros_like(value))
                 for name, value in model.named_parameters()}

    model.load_state_dict(start)
    weights = weights_of(model)
    output["losses"], output["norms"] = train(model)
    after = weights_of(model)
    single = Model(AGGREGATORS[aggregator], representer, features, extra, inputs, fusion).float()
    single.load_state_dict(start)
    train(single)
    strayed = max(np.max(np.abs(after[name] - value) / (1 + np.abs(after[name])))
                  for name, value in weights_of(single).items())

    tensors = {"input." + name: value for name, value in inputs.items()}
    for prefix, group in dict(output=output, weights=weights, gradients=gradients, after=after).items():
        for name, value in group.items():
            assert np.isfinite(value).all(), name
            tensors[prefix + "." + name] = np.ascontiguousarray(value, dtype=np.float32)
    metadata = {name: str(value) for name, value in dict(
        SIZES, **TRAINING, **{name + "_rows": rows for name, rows in TABLES.items()}, width=model.width,
        aggregator=aggregator, representer=representer, covers=int(features is True), extra=int(extra),
        **(dict(sets=2, set_dim=SET_DIM) if features == "sets" else {}),
        **(dict(fusion=fusion, cover_length=COVER_LENGTH) if fusion else {})).items()}
    return tensors, metadata, strayed


def main():
    check = sys.argv[1:] == ["--check"]
    torch.manual_seed(0)
    torch.set_num_threads(1)
    cases = [(aggregator, representer, covers, False, "") for aggregator in ("avg", "cnn", "gru", "transformer")
             for representer in ("mf", "fm", "nn") for covers in (False, True)] + [
        ("transformer", "fm", True, True, ""), ("avg", "mf", "sets", False, ""), ("transformer", "fm", "sets", False, ""),
        ("gru", "fm", True, False, "norm"), ("avg", "mf", "sets", False, "gate"), ("gru", "nn", True, False, "gate")]
    total = 0
    os.makedirs(FOLDER, exist_ok=True)
    for seed, (aggregator, representer, features, extra, fusion) in enumerate(cases):
        name = f"{aggregator}_{representer}{'_' * bool(features)}{'covers' if features is True else features or ''}"
        name += "_extra" * extra + "_" * bool(fusion) + fusion
        path = os.path.join(FOLDER, name + ".safetensors")
        tensors, metadata, strayed = make(aggregator, representer, features, extra, fusion, seed)
        if check:
            old = load_file(path)
            assert old.keys() == tensors.keys(), name
            for key, value in tensors.items():
                assert np.allclose(old[key], value, rtol=1e-6, atol=1e-7), (name, key)
        else:
            save_file(tensors, path, metadata)
        total += os.path.getsize(path)
        norms, losses = tensors["output.norms"], tensors["output.losses"][:, 2]
        print(f"{name}: {os.path.getsize(path)} bytes, {(norms > 1).sum()} of {len(norms)} steps clipped, "
              f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, float32 strays {strayed:.1e}")
    print(f"{len(cases)} files, {total} bytes")


if __name__ == "__main__":
    main()
