#!/usr/bin/env python3
"""Maps a matrix with another program's t-SNE and times it: one line of JSON, the map into a file.

usage: tsne.py scikit-learn|openTSNE X.npy MAP.npy [--threads 2]        needs what setup.sh --tsne installs
Perplexity 30, 1,000 iterations of which 250 exaggerated by 12 and PCA start throughout, the start included in the time. The
processor's seconds are those of the whole program.
"""
import argparse
import json
import os
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=["scikit-learn", "openTSNE"])
    parser.add_argument("matrix")
    parser.add_argument("map")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # read when numpy is loaded
        os.environ[name] = str(arguments.threads)
    import numpy as np

    x = np.load(arguments.matrix)
    if arguments.peer == "scikit-learn":
        from sklearn import __version__ as version
        from sklearn.manifold import TSNE

        start = time.perf_counter()
        y = TSNE(init="pca", random_state=42, learning_rate="auto", n_jobs=arguments.threads).fit_transform(x)
    else:
        from openTSNE import TSNE
        from openTSNE import __version__ as version

        start = time.perf_counter()
        y = np.asarray(TSNE(n_iter=750, random_state=42, n_jobs=arguments.threads).fit(x))
    seconds, processor = time.perf_counter() - start, time.process_time()
    np.save(arguments.map, y.astype(np.float32))
    print(json.dumps({"name": f"tsne {arguments.peer} {version}", "n": x.shape[0], "dim": x.shape[1],
                      "threads": arguments.threads, "seconds": round(seconds, 2), "processor_seconds": round(processor, 1)}))


if __name__ == "__main__":
    main()
