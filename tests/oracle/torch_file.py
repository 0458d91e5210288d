"""Writes tests/data/weights/tiny.bin as PyTorch saves a model, and tiny.json with what it contains: name, type, shape and
values of each tensor in row-major order.

usage: python3 tests/oracle/torch_file.py tests/data/weights
"""
import collections
import json
import pathlib
import sys

import torch

folder = pathlib.Path(sys.argv[1])
shared = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
state = collections.OrderedDict([
    ("weight", torch.nn.Parameter(torch.tensor([[1.5, -2.0, 3.25], [0.0, 1e-30, -7e9]]))),
    ("transposed", shared.T), ("part", shared[1:3, 2:5]), ("permuted", torch.arange(24, dtype=torch.float32).reshape(2, 3, 4).permute(2, 0, 1)),
    ("expanded", torch.tensor([[2.0], [3.0]]).expand(2, 3)), ("scalar", torch.tensor(2.6592)), ("empty", torch.zeros(0, 5)),
    ("half", torch.tensor([1.0, -0.5, 65504.0], dtype=torch.float16)), ("brain", torch.tensor([1.0, 3.0], dtype=torch.bfloat16)),
    ("position_ids", torch.arange(5).expand(1, -1)), ("double", torch.tensor([0.1, 0.2], dtype=torch.float64)),
    ("flags", torch.tensor([True, False])), ("ümlaut", torch.tensor([7], dtype=torch.int32)),
])
state._metadata = collections.OrderedDict([("", {"version": 1})])
torch.save(state, folder / "tiny.bin")
types = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
         torch.int32: "I32", torch.bool: "BOOL"}
content = {name: {"dtype": types[tensor.dtype], "shape": list(tensor.shape),
                  "hex": tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes().hex()}
           for name, tensor in state.items()}
(folder / "tiny.json").write_text(json.dumps(content, indent=0) + "\n")
