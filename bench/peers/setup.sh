#!/usr/bin/env bash
# Makes the Python environment of the peers with the versions that were measured, from the package index that pip is
# set up to use (several GB: the default build of PyTorch brings its GPU libraries, which the peers do not touch).
# usage: bench/peers/setup.sh [FOLDER]     default: build-peers beside the sources, which git does not see
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$here/build-peers}
[ -x "$folder/bin/pip" ] || python3 -m venv "$folder"
"$folder/bin/pip" install --quiet torch==2.15.0 numpy==2.4.6 scipy safetensors==0.8.0 implicit==0.7.2 faiss-cpu==1.15.1
echo "$folder/bin/python"
