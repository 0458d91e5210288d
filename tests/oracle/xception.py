"""Reference values for Xception from a port to PyTorch.

    xception.py    writes tests/audionet/golden/xception.safetensors: a network of small widths with random weights, in the
                   names of Keras' file, and its result in float64
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "audionet" / "golden"
WIDTHS = (4, 5, 6, 7, 8)


def norm(w, name, x):
    return F.batch_norm(x, w[name + "/moving_mean"], w[name + "/moving_variance"], w[name + "/gamma"], w[name + "/beta"], False, 0, 1e-3)


def convolve(w, name, x, stride=1, part="kernel", padding=0):
    return F.conv2d(x, w[f"{name}/{part}"].permute(3, 2, 0, 1), stride=stride, padding=padding)


def separable(w, name, x):
    kernel = w[name + "/depthwise_kernel"].permute(2, 3, 0, 1)  # [in, 1, 3, 3]
    x = F.conv2d(x, kernel, padding=1, groups=x.shape[1])
    return norm(w, name + "_bn", convolve(w, name, x, part="pointwise_kernel"))


def pool(x):
    """TensorFlow's "same": one more behind if odd."""
    pads = [max((-(-n // 2) - 1) * 2 + 3 - n, 0) for n in x.shape[2:]]
    return F.max_pool2d(F.pad(x, (pads[1] // 2, pads[1] - pads[1] // 2, pads[0] // 2, pads[0] - pads[0] // 2), value=-np.inf), 3, 2)


def xception(w, x):
    """[batch, time, frequency, 3] to block11_sepconv3_bn."""
    x = x.permute(0, 3, 1, 2)
    x = F.relu(norm(w, "block1_conv1_bn", convolve(w, "block1_conv1", x, 2)))
    x = F.relu(norm(w, "block1_conv2_bn", convolve(w, "block1_conv2", x)))
    for i in range(3):
        number = "" if i == 0 else f"_{i}"
        beside = norm(w, "batch_normalization" + number, convolve(w, "conv2d" + number, x, 2))
        x = separable(w, f"block{2 + i}_sepconv1", F.relu(x) if i else x)
        x = pool(separable(w, f"block{2 + i}_sepconv2", F.relu(x))) + beside
    for block in range(5, 12):
        before = x
        for number in (1, 2, 3):
            x = separable(w, f"block{block}_sepconv{number}", F.relu(x))
        x = x + before if block < 11 else x
    return x.permute(0, 2, 3, 1)


def random_weights(random):
    w = {}

    def add_norm(name, width):
        w[name + "/gamma"] = random.uniform(0.5, 1.5, width)
        w[name + "/beta"] = random.uniform(-0.3, 0.3, width)
        w[name + "/moving_mean"] = random.uniform(-0.2, 0.2, width)
        w[name + "/moving_variance"] = random.uniform(0.3, 1.2, width)

    def add_separable(name, width, out):
        w[name + "/depthwise_kernel"] = random.normal(0, 0.4, (3, 3, width, 1))
        w[name + "/pointwise_kernel"] = random.normal(0, 1 / width**0.5, (1, 1, width, out))
        add_norm(name + "_bn", out)

    for name, shape in (("block1_conv1", (3, 3, 3, WIDTHS[0])), ("block1_conv2", (3, 3, WIDTHS[0], WIDTHS[1]))):
        w[name + "/kernel"] = random.normal(0, 1.4 / np.prod(shape[:3])**0.5, shape)
        add_norm(name + "_bn", shape[3])
    for i in range(3):
        number, width, out = "" if i == 0 else f"_{i}", WIDTHS[1 + i], WIDTHS[2 + i]
        w[f"conv2d{number}/kernel"] = random.normal(0, 1 / width**0.5, (1, 1, width, out))
        add_norm("batch_normalization" + number, out)
        add_separable(f"block{2 + i}_sepconv1", width, out)
        add_separable(f"block{2 + i}_sepconv2", out, out)
    for block in range(5, 12):
        for number in (1, 2, 3):
            add_separable(f"block{block}_sepconv{number}", WIDTHS[4], WIDTHS[4])
    return {name: values.astype(np.float32) for name, values in w.items()}


def main():
    random = np.random.default_rng(5)
    weights = random_weights(random)
    images = random.normal(0, 1, (2, 48, 40, 3)).astype(np.float32)
    doubles = {name: torch.from_numpy(values.astype(np.float64)) for name, values in weights.items()}
    result = xception(doubles, torch.from_numpy(images.astype(np.float64))).numpy()
    path = GOLDEN / "xception.safetensors"
    save_file(weights | {"golden/images": images, "golden/result": result.astype(np.float32)}, path,
              metadata={"weights.random": "all weights are random numbers (tests/oracle/xception.py)"})
    print(path.name, path.stat().st_size, "bytes; result", result.shape, np.abs(result).max())


if __name__ == "__main__":
    main()
