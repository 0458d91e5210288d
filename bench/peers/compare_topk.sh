#!/usr/bin/env bash
# Times the search for the 500 best of 2.26 million tracks with sleeve and both peers one after another and prints how
# many times faster sleeve is. sleeve goes first and last, and the slower of its two medians counts.
# usage: bench/peers/compare_topk.sh [BUILD-FOLDER] [PYTHON] [RUNNER...]
# defaults: build, build-peers/bin/python (setup.sh makes it); each program is started by RUNNER, if there is one
# Wants 6 GB of memory and three minutes of a machine that does nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
sleeve=${1:-$here/build}/sleeve
python=${2:-$here/build-peers/bin/python}
runner=("${@:3}")
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

uptime
"${runner[@]}" "$sleeve" bench topk --json --threads 2 >> "$lines"
for peer in faiss torch; do
  "${runner[@]}" "$python" "$here/bench/peers/topk.py" $peer --lists 1 --runs 15 >> "$lines"
  "${runner[@]}" "$python" "$here/bench/peers/topk.py" $peer --lists 1000 --runs 1 >> "$lines"
done
"${runner[@]}" "$sleeve" bench topk --json --threads 2 >> "$lines"
uptime
"$python" - "$lines" << 'END'
import json
import sys

ours, limits, peers = {}, {}, {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    if "lists" in row:
        peers[row["name"].split()[1], row["lists"]] = row["median_ms"]
    else:
        name = row["name"].removeprefix("topk-")
        ours.setdefault(name, []).append(row["median"])
        limits.setdefault(name, []).append(row["physical_limit"])
print(f"{'search':30}{'sleeve ms':>17}{'limit ms':>10}{'faiss ms':>10}{'times':>7}{'torch ms':>10}{'times':>7}")
for name, medians in ours.items():
    text = f"{name:30}{medians[0]:9.1f}{medians[-1]:8.1f}{min(limits[name]):10.1f}"
    lists = name.rsplit("-", 1)[-1]
    for peer in "faiss", "torch":
        if lists.isdigit():
            theirs = peers[peer, int(lists)]
            text += f"{theirs:10.0f}{theirs / max(medians):7.1f}"
    print(text)
END
