#!/usr/bin/env python3
"""Times one training step of MF-, FM- and NN-Transformer in PyTorch, as a peer of `sleeve bench`.

usage: rta_step.py plain|careful [--tracks N] [--representer mf|fm|nn] [--steps N] [--warmup N] [--threads N]
                   [--device cpu|cuda]
       rta_step.py check [--representer mf|fm|nn]    both take the same steps without dropout; their weights must agree

plain    the step as the published program is written: modules, masks built at every step, all negatives through the
         graph, every playlist's negatives times every playlist's mean (of which the diagonal is kept), dense gradients
careful  the same arithmetic as fast as PyTorch's own operations allow: batched products, hard negatives chosen without
         a graph, only chosen rows in it, no masks where causality is enough, dropout from few random bits, one gradient
         buffer of which only touched rows are written and cleared, the fused SGD
Both update every row of every table at every step, as torch.optim.SGD with momentum does. Batches are drawn before the
clock starts: 128 windows of up to 11 tracks (popular ones more often) and uniform negatives. Prints one line of JSON.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH, WINDOW, D, HEADS, FF, NN_FF = 128, 11, 128, 8, 4096, 1024
# n_neg, n_easy, n_hard, learning rate, weight decay, dropout of the aggregator
PRESETS = dict(mf=(1000, 10, 40, 1.0, 1.53e-5, 0.13), fm=(1000, 3, 37, 1.0, 0.0, 0.0), nn=(500, 53, 18, 0.13, 0.0, 0.1))


def drop(x, rate):
    """Dropout from 16 random bits an element, which PyTorch draws ten times faster than its own dropout's mask."""
    if rate == 0:
        return x
    bits = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-2**63, None).view(torch.int16)
    kept = (bits[:x.numel()] >= round(rate * 65536) - 32768).view(x.shape)
    return x * kept.to(x.dtype).mul_(1 / (1 - rate))


class Block(nn.Module):
    def __init__(self, ff, dropout):
        super().__init__()
        self.attention = nn.MultiheadAttention(D, HEADS, dropout=dropout, batch_first=True)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(D), nn.LayerNorm(D), nn.LayerNorm(D)
        self.hidden, self.out = nn.Linear(D, ff), nn.Linear(ff, D)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None, padding=None):
        x = x + self.dropout(self.attention(x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False)[0])
        x = self.norm2(self.norm1(x))
        return self.norm3(x + self.dropout(self.out(self.dropout(F.gelu(self.hidden(x))))))

    def without_masks(self, x, causal):
        """The same through fused attention; right padding needs no mask under a causal one."""
        rate = self.dropout.p if self.training else 0.0
        rows, length, _ = x.shape
        qkv = F.linear(x, self.attention.in_proj_weight, self.attention.in_proj_bias)
        q, k, v = qkv.view(rows, length, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=causal)
        x = x + drop(self.attention.out_proj(a.transpose(1, 2).reshape(rows, length, D)), rate)
        x = self.norm2(self.norm1(x))
        return self.norm3(x + drop(self.out(drop(F.gelu(self.hidden(x)), rate)), rate))


class Network(nn.Module):
    """Parameters of both peers. Token 0 is padding, tracks are 1..n."""

    def __init__(self, representer, tracks, dropout):
        super().__init__()
        self.kind = representer
        rows = dict(track=tracks + 1)
        if representer != "mf":  # the proportions of the Million Playlist Dataset
            rows.update(album=tracks // 3 + 1, artist=tracks // 8 + 1, popularity=100, duration=40)
        self.tables = nn.ModuleDict({name: nn.Embedding(count, D) for name, count in rows.items()})
        for table in self.tables.values():
            nn.init.normal_(table.weight, std=0.1)
        for name, count in list(rows.items())[1:]:
            self.register_buffer(name, torch.randint(1, count, (tracks + 1,)))
        if representer == "nn":
            self.block, self.mix = Block(NN_FF, 0.0), nn.Linear(5, 1)
        self.positions = nn.Embedding(WINDOW, D)
        self.aggregator = Block(FF, dropout)

    def side(self, ids):
        """The row of each table for every track."""
        return [ids if name == "track" else getattr(self, name)[ids] for name in self.tables]

    def join(self, slots, block):
        """phi from slots [n x tables x D]."""
        if self.kind == "mf":
            return slots.squeeze(1)
        return slots.mean(dim=1) if self.kind == "fm" else self.mix(block(slots).transpose(1, 2)).squeeze(2)

    def phi(self, ids):
        shape = ids.shape
        rows = [table(index) for table, index in zip(self.tables.values(), self.side(ids.reshape(-1)))]
        return self.join(torch.stack(rows, dim=1), self.block if self.kind == "nn" else None).view(*shape, D)


class Plain:
    def __init__(self, network, preset):
        self.network = network
        _, self.easy, self.hard, rate, decay, _ = preset
        self.optimiser = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, nesterov=True, weight_decay=decay)

    @staticmethod
    def average(x, valid):
        return (x * valid.unsqueeze(2)).sum(dim=1) / valid.sum(dim=1, keepdim=True)

    def step(self, windows, candidates):
        network = self.network
        self.optimiser.zero_grad()
        padding = windows == 0
        phi = network.phi(windows)
        mask = torch.ones(WINDOW - 1, WINDOW - 1).triu(1).bool()
        x = phi[:, :-1] + network.positions(torch.arange(1, WINDOW)).unsqueeze(0).repeat(len(windows), 1, 1)
        aggregated = network.aggregator(x, mask, padding[:, :-1])
        valid = ~padding[:, 1:]
        mean = self.average(aggregated, valid)
        phi_candidates = network.phi(candidates)
        products = torch.diagonal(phi_candidates.matmul(mean.T), dim1=0, dim2=2).T
        hard = torch.gather(candidates, 1, torch.topk(products, self.hard, dim=1)[1])
        chosen = torch.cat([phi_candidates[:, :self.easy], network.phi(hard)], dim=1)
        scores = (aggregated * phi[:, 1:]).sum(dim=2, keepdim=True)
        positive = self.average(-F.logsigmoid(scores), valid).mean()
        negative = -F.logsigmoid(-torch.diagonal(chosen.matmul(mean.T), dim1=0, dim2=2).T).mean()
        loss = positive + negative
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        self.optimiser.step()
        return loss.item()


class Careful:
    def __init__(self, network, preset):
        self.network = network
        _, self.easy, self.hard, rate, decay, _ = preset
        self.tables = [table.weight for table in network.tables.values()]
        tables = set(self.tables)
        self.others = [value for value in network.parameters() if value not in tables]
        for value in self.tables:
            value.grad = torch.zeros_like(value)
        self.optimiser = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, nesterov=True, weight_decay=decay,
                                         fused=True)

    def slots(self, sides):
        return torch.stack([table.detach().index_select(0, index) for table, index in zip(self.tables, sides)], dim=1)

    def phi(self, slots):
        return self.network.join(slots, lambda x: self.network.block.without_masks(x, causal=False))

    def select(self, mean, candidates):
        """Easy and hard negatives; a table smaller than the draws is multiplied whole."""
        rows = len(self.tables[0])
        if rows < candidates.numel():
            every = self.tables[0] if self.network.kind == "mf" else \
                self.phi(self.slots(self.network.side(torch.arange(rows))))
            products = (mean @ every.T).gather(1, candidates)
        else:
            of_candidates = self.phi(self.slots(self.network.side(candidates.view(-1))))
            products = torch.bmm(of_candidates.view(*candidates.shape, D), mean.unsqueeze(2)).squeeze(2)
        places = torch.topk(products, self.hard, dim=1, sorted=False)[1]
        return torch.cat([candidates[:, :self.easy], candidates.gather(1, places)], dim=1)

    def step(self, windows, candidates):
        network = self.network
        window_sides = network.side(windows.view(-1))
        window_slots = self.slots(window_sides).requires_grad_()
        phi = self.phi(window_slots).view(*windows.shape, D)
        aggregated = network.aggregator.without_masks(phi[:, :-1] + network.positions.weight[1:], causal=True)
        valid = windows[:, 1:] != 0
        weights = valid / valid.sum(dim=1, keepdim=True)
        mean = torch.bmm(weights.unsqueeze(1), aggregated).squeeze(1)
        with torch.no_grad():
            chosen = self.select(mean, candidates)
        chosen_sides = network.side(chosen.view(-1))
        chosen_slots = self.slots(chosen_sides).requires_grad_()
        products = torch.bmm(self.phi(chosen_slots).view(*chosen.shape, D), mean.unsqueeze(2))
        positive = (F.softplus(-(aggregated * phi[:, 1:]).sum(dim=2)) * weights).sum() / len(windows)
        loss = positive + F.softplus(products).mean()
        loss.backward()

        touched = []
        for slot, table in enumerate(self.tables):
            ids = torch.cat([window_sides[slot], chosen_sides[slot]])
            table.grad.index_add_(0, ids, torch.cat([window_slots.grad[:, slot], chosen_slots.grad[:, slot]]))
            ids = ids.unique()
            touched.append((table, ids, table.grad.index_select(0, ids)))
        parts = [value.grad for value in self.others] + [rows for _, _, rows in touched]
        factor = (1 / (nn.utils.get_total_norm(parts) + 1e-6)).clamp(max=1)
        torch._foreach_mul_(parts, factor)
        for table, ids, rows in touched:
            table.grad.index_copy_(0, ids, rows)
        self.optimiser.step()
        for table, ids, _ in touched:
            table.grad.index_fill_(0, ids, 0)
        for value in self.others:
            value.grad = None
        return loss.item()


def make_batches(count, tracks, n_neg):
    """Windows int64 [128 x 11] of distinct tracks (rank r with a chance of about 1/r) and negatives [128 x n_neg]."""
    batches = []
    for _ in range(count):
        windows = torch.zeros(BATCH, WINDOW, dtype=torch.int64)
        for row in range(BATCH):
            size = WINDOW if row % 4 else int(torch.randint(2, WINDOW + 1, ()))
            ids = (torch.exp(torch.rand(20 * WINDOW) * torch.log(torch.tensor(float(tracks))))).long().clamp(1, tracks)
            windows[row, :size] = ids.unique()[torch.randperm(len(ids.unique()))[:size]]
        negatives = torch.randint(1, tracks + 1, (BATCH, n_neg))
        while (again := (negatives.unsqueeze(2) == windows.unsqueeze(1)).any(dim=2)).any():
            negatives[again] = torch.randint(1, tracks + 1, (int(again.sum()),))
        batches.append((windows, negatives))
    return batches


def check(representer):
    tracks, results = 5000, []
    n_neg, easy, hard, rate, decay, _ = PRESETS[representer]
    for peer in (Plain, Careful):
        torch.manual_seed(1)
        network = Network(representer, tracks, 0.0)
        trainer = peer(network, (n_neg, easy, hard, rate, decay, 0.0))
        losses = [trainer.step(*batch) for batch in make_batches(5, tracks, n_neg)]
        results.append((losses, dict(network.named_parameters())))
    apart = max((value - results[1][1][name]).abs().max().item() for name, value in results[0][1].items())
    print(json.dumps(dict(name="check " + representer, losses=results[0][0], greatest_difference=apart)))
    assert apart < 1e-4, "the peers do different work"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["plain", "careful", "check"])
    parser.add_argument("--tracks", type=int, default=14430)
    parser.add_argument("--representer", choices=list(PRESETS), default="mf")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    if options.peer == "check":
        check(options.representer)
        return
    preset = PRESETS[options.representer]
    batches = make_batches(8, options.tracks, preset[0])
    torch.set_default_device(options.device)
    batches = [(windows.to(options.device), negatives.to(options.device)) for windows, negatives in batches]
    network = Network(options.representer, options.tracks, preset[5])
    trainer = (Plain if options.peer == "plain" else Careful)(network, preset)
    times = []
    for step in range(options.warmup + options.steps):
        start = time.perf_counter()
        trainer.step(*batches[step % len(batches)])  # its loss is read from the device, so the step has ended
        if step >= options.warmup:
            times.append(1000 * (time.perf_counter() - start))
    times.sort()
    name = f"rta_step {options.peer} {options.representer}-transformer"
    print(json.dumps(dict(name=name, device=options.device, tracks=options.tracks, median_ms=round(statistics.median(times), 2),
                          p95_ms=round(times[min(len(times) - 1, int(0.95 * len(times)))], 2),
                          min_ms=round(times[0], 2), steps=options.steps, torch=torch.__version__)))


if __name__ == "__main__":
    main()
