#!/usr/bin/env python3
"""Times the 500 best of 2,262,292 rows of 192 by inner product, as peers of `sleeve bench topk`, all exact.

usage: topk.py faiss|torch [--lists N] [--runs N] [--threads N]

faiss    IndexFlatIP, which is told nothing and reads every float
torch    the product of queries and items, then torch.topk; a hundred queries at a time, whose scores are 0.9 GB
Rows are Gaussian directions of length 1, queries Gaussian; neither peer's time depends on the values. Each run has
queries of its own, the first one is not counted where there are several. Prints one line of JSON.
"""
import argparse
import json
import statistics
import time

import torch

N, D, K, TOGETHER = 2262292, 192, 500, 100


def searcher(peer, items):
    if peer == "faiss":
        import faiss
        faiss.omp_set_num_threads(torch.get_num_threads())
        index = faiss.IndexFlatIP(D)
        index.add(items.numpy())
        return lambda queries: index.search(queries.numpy(), K)

    def search(queries):
        parts = [torch.topk(part @ items.T, K) for part in queries.split(TOGETHER)]
        return [torch.cat(values) for values in zip(*parts)]
    return search


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer", choices=("faiss", "torch"))
    arguments.add_argument("--lists", type=int, default=1)
    arguments.add_argument("--runs", type=int, default=15)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    items = torch.randn(N, D)
    items /= items.norm(dim=1, keepdim=True)
    times = []
    with torch.inference_mode():
        search = searcher(options.peer, items)
        for _ in range(options.runs + (options.runs > 1)):
            queries = torch.randn(options.lists, D)
            start = time.perf_counter()
            search(queries)
            times.append(1e3 * (time.perf_counter() - start))
    times = times[-options.runs:]
    print(json.dumps(dict(name=f"topk {options.peer}", rows=N, lists=options.lists, runs=options.runs,
                          median_ms=statistics.median(times), min_ms=min(times), max_ms=max(times))))


main()
