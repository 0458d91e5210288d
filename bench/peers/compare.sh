#!/usr/bin/env bash
# Times training steps of sleeve and of both peers one after another and prints how many times faster sleeve's are.
# sleeve goes first and last, and the slower of its two medians counts; its steps draw their batches, the peers' do not.
# usage: bench/peers/compare.sh [BUILD-FOLDER] [PYTHON]     defaults: build, build-peers/bin/python (setup.sh makes it)
# Wants 10 GB of memory and a quarter of an hour of a machine that does nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
sleeve=${1:-$here/build}/sleeve
python=${2:-$here/build-peers/bin/python}
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

peer() { # PEER REPRESENTER TRACKS STEPS
  "$python" "$here/bench/peers/rta_step.py" "$1" --representer "$2" --tracks "$3" --steps "$4" --warmup 2 >> "$lines"
}

uptime
"$sleeve" bench train --json --threads 2 >> "$lines"
for name in plain careful; do
  peer $name mf 14430 20
  peer $name mf 500000 8
  peer $name mf 2262292 4
  peer $name fm 14430 15
  peer $name nn 14430 4
done
"$sleeve" bench train --json --threads 2 >> "$lines"
uptime
"$python" - "$lines" << 'END'
import json
import sys

ours, limits, peers = {}, {}, {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    if "tracks" in row:
        _, peer, model = row["name"].split()
        peers[peer, model, row["tracks"]] = row["median_ms"]
    else:
        key = row["name"].removeprefix("train-"), int(row["n"])
        ours.setdefault(key, []).append(row["median"])
        limits.setdefault(key, []).append(row["physical_limit"])
print(f"{'model':16}{'tracks':>9}{'sleeve ms':>11}{'x products':>11}{'plain ms':>10}{'times':>7}"
      f"{'careful ms':>12}{'times':>7}")
for (model, tracks), medians in ours.items():
    slower = max(medians)
    text = f"{model:16}{tracks:9}{slower:11.1f}{slower / min(limits[model, tracks]):11.2f}"
    for peer, wide in ("plain", 10), ("careful", 12):
        if (theirs := peers.get((peer, model, tracks))) is not None:
            text += f"{theirs:{wide}.1f}{theirs / slower:7.1f}"
    print(text)
small = max(ours["mf-transformer", 14430])
for (model, tracks), medians in ours.items():
    if model == "mf-transformer" and tracks > 14430:
        print(f"a step at {tracks} tracks takes {max(medians) / small:.2f} times one at 14430")
END
