#!/usr/bin/env python3
"""scripts/convert-weights reads what PyTorch writes and refuses everything else without running it; scripts/get-weights
downloads, resumes, checks and refuses. Speaks TAP.

usage: test_get_weights.py SOURCE_FOLDER
"""
import functools
import hashlib
import http.server
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile

SOURCE = sys.argv[1]
CONVERT, GET = (os.path.join(SOURCE, "scripts", name) for name in ("convert-weights", "get-weights"))
TINY = os.path.join(SOURCE, "tests", "data", "weights", "tiny.bin")
work = tempfile.mkdtemp(prefix="sleeve-test-")
tests = []


def test(function):
    tests.append(function)
    return function


def run(program, *words, **environment):
    plain = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run([sys.executable, program, *words], capture_output=True, text=True, timeout=60, check=False,
                          env=plain | environment)


def path(name):
    return os.path.join(work, name)


def read_safetensors(file):
    data = open(file, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    body = data[8 + length:]
    ends = sorted(item["data_offsets"] for item in header.values())
    assert [0, *(end for _, end in ends)] == [*(begin for begin, _ in ends), len(body)], "holes between tensors"
    return {name: {"dtype": item["dtype"], "shape": item["shape"], "hex": body[slice(*item["data_offsets"])].hex()}
            for name, item in header.items()}


def archive(name, pickled, entries=(), method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path(name), "w", method) as out:
        out.writestr("x/data.pkl", pickled)
        for key, data in entries:
            out.writestr("x/data/" + key, data)
    return path(name)


def refused(file, *patterns):
    result = run(CONVERT, file, path("out.safetensors"))
    assert result.returncode == 3, (result.returncode, result.stdout, result.stderr)
    assert all(pattern in result.stderr for pattern in patterns), result.stderr
    assert "Traceback" not in result.stderr and not os.path.exists(path("out.safetensors"))
    assert not [name for name in os.listdir(work) if name.startswith(".convert")]


class Global:
    """Pickles as a name of PyTorch's."""
    def __init__(self, module, name):
        self.module, self.name = module, name


class Stream(pickle._Pickler):  # the Python version, whose methods can be replaced
    dispatch = dict(pickle._Pickler.dispatch)

    def save_global_name(self, obj):
        self.write(b"c" + f"{obj.module}\n{obj.name}\n".encode())

    dispatch[Global] = save_global_name

    def persistent_id(self, obj):
        return ("storage", *obj) if isinstance(obj, tuple) and len(obj) == 4 and isinstance(obj[0], Global) else None


class Call:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments


def save_call(self, obj):
    self.save(obj.function)
    self.save(obj.arguments)
    self.write(pickle.REDUCE)


Stream.dispatch[Call] = save_call


def dump(value):
    out = io.BytesIO()
    Stream(out, 2).dump(value)
    return out.getvalue()


def tensor(shape, strides, offset=0, count=4, key="0", kind="FloatStorage"):
    storage = (Global("torch", kind), key, "cpu", count)
    return Call(Global("torch._utils", "_rebuild_tensor_v2"), storage, offset, shape, strides, False, {})


@test
def a_file_of_pytorch_is_converted():
    result = run(CONVERT, TINY, path("tiny.safetensors"))
    assert result.returncode == 0, result.stderr
    with open(TINY.replace(".bin", ".json"), encoding="utf-8") as file:
        assert read_safetensors(path("tiny.safetensors")) == json.load(file)


@test
def a_hand_made_file_is_converted():
    file = archive("good.bin", dump({"state_dict": {"a": tensor((2, 2), (1, 2))}}), [("0", struct.pack("<4f", 1, 2, 3, 4))])
    assert run(CONVERT, file, path("good.safetensors")).returncode == 0
    values = read_safetensors(path("good.safetensors"))["a"]
    assert values == {"dtype": "F32", "shape": [2, 2], "hex": struct.pack("<4f", 1, 3, 2, 4).hex()}, values


@test
def a_pickle_that_runs_commands_is_refused():
    mark = path("ran")
    for module, name, argument in (("os", "system", f"touch {mark}"), ("posix", "system", f"touch {mark}"),
                                   ("builtins", "eval", f"open({mark!r}, 'w')"), ("builtins", "exec", f"open({mark!r}, 'w')"),
                                   ("subprocess", "getoutput", f"touch {mark}"), ("collections", "os.system", f"touch {mark}"),
                                   ("torch", "load", mark), ("torch._utils", "os.system", f"touch {mark}")):
        refused(archive("hostile.bin", dump({"a": Call(Global(module, name), argument)})), "describes no tensor")
        assert not os.path.exists(mark)


@test
def damaged_files_are_refused():
    data = [("0", struct.pack("<4f", 1, 2, 3, 4))]
    cases = [(tensor((5,), (1,)), "larger than its data"), (tensor((2,), (3,), 1), "larger than its data"),
             (tensor((1 << 40,), (0,)), "larger than its data"), (tensor((-1,), (1,)), "something else than numbers"),
             (tensor((2, 2), (1,)), "2 dimensions and 1 strides"), (tensor((1,) * 9, (1,) * 9), "9 dimensions"),
             (tensor((2,), (1,), count=5), "16 bytes"), (tensor((2,), (1,), key="7"), "lacks its data"),
             (tensor((2,), (1,), kind="Storage"), "describes no tensor"), (5, "is not a tensor"), ("text", "is not a tensor")]
    for value, message in cases:
        refused(archive("bad.bin", dump({"a": value}), data), message)
    for value in ({}, [], 5, None, {1: 2}):
        refused(archive("bad.bin", dump(value), data), "no dictionary of tensors")
    for pickled in (b"", b"\x80\x02", b"garbage", b"\x80\x02" + b"(" * 100000, dump({"a": tensor((2,), (1,))})[:-20]):
        refused(archive("bad.bin", pickled, data), "pickle")
    refused(archive("bad.bin", dump({"a": tensor((4,), (1,))}), data, zipfile.ZIP_DEFLATED), "compressed")


@test
def other_files_are_refused():
    for name, content, message in (("text", b"hello", "not a ZIP file"), ("old", pickle.dumps(0x1950a86a20f9469cfc6c), "PyTorch 1.6")):
        with open(path(name), "wb") as file:
            file.write(content)
        refused(path(name), message)
    with zipfile.ZipFile(path("zip"), "w") as out:
        out.writestr("readme", "x")
    refused(path("zip"), "data.pkl")
    result = run(CONVERT, path("missing"), path("out.safetensors"))
    assert result.returncode == 1 and "No such file" in result.stderr, result.stderr
    assert run(CONVERT).returncode == 2 and run(CONVERT, "--help").returncode == 0


@test
def a_cut_file_is_refused():
    whole = open(TINY, "rb").read()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        with open(path("cut"), "wb") as file:
            file.write(whole[:size])
        refused(path("cut"))


@test
def files_are_listed_with_licences():
    result = run(GET)
    assert result.returncode == 0 and "Apache-2.0" in result.stdout and "MIT" in result.stdout, result.stdout
    assert run(GET, "vgg").returncode == 2


@test
def check_names_the_fault():
    def tiny(name, tensors, cut=0):
        end = 0
        header = {}
        for key in tensors:
            header[key] = {"dtype": "F32", "shape": [1], "data_offsets": [end, end + 4]}
            end += 4
        text = json.dumps(header).encode()
        with open(path(name), "wb") as file:
            file.write((struct.pack("<Q", len(text)) + text + bytes(end))[:None if cut == 0 else -cut])
        return path(name)

    clip = "text_model.encoder.layers.0.mlp.fc1.weight"
    result = run(GET, "check", tiny("clip", [clip]))
    assert result.returncode == 0 and "text tower: 1 tensors, the published base size has 197" in result.stdout, result.stdout
    for file, message in ((tiny("cut", [clip], 2), "not complete"), (tiny("other", ["a"]), "neither CLIP nor DINOv2"),
                          (TINY, "convert-weights")):
        result = run(GET, "check", file)
        assert result.returncode == 3 and message in result.stderr, result.stderr
    for content, message in ((b"<html>", "web page"), (b"version https://git-lfs", "LFS"), (b"", "not a safetensors"),
                             (b"\xff" * 20, "not a safetensors"), (struct.pack("<Q", 4) + b"{{{{", "header")):
        with open(path("bad"), "wb") as file:
            file.write(content)
        result = run(GET, "check", path("bad"))
        assert result.returncode == 3 and message in result.stderr, (content, result.stderr)


class Server(http.server.BaseHTTPRequestHandler):
    body = b""
    ranges = []

    def do_GET(self):
        wanted = self.headers.get("Range", "")
        Server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        self.send_header("Content-Length", str(len(self.body) - start))
        self.end_headers()
        self.wfile.write(self.body[start:])

    def log_message(self, *_):
        pass


@test
def a_download_is_resumed_and_refused_if_it_is_another_file():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/model.safetensors"
    Server.body = bytes(range(256)) * 40
    folder = path("weights")
    os.mkdir(folder)
    with open(os.path.join(folder, "clip.part"), "wb") as file:
        file.write(Server.body[:1000])
    result = run(GET, "clip", "--dir", folder, SLEEVE_WEIGHTS_URL=url)
    assert result.returncode == 3 and "10,240 bytes and is not the file" in result.stderr, result.stderr
    assert Server.ranges == ["bytes=1000-"] and os.listdir(folder) == [], (Server.ranges, os.listdir(folder))
    server.shutdown()
    server.server_close()
    result = run(GET, "clip", "--dir", folder, SLEEVE_WEIGHTS_URL=url)
    assert result.returncode == 1 and "by hand" in result.stderr and "huggingface.co" not in result.stdout, result.stderr


@test
def a_good_download_is_kept():
    """With a copy of the script that expects a small file."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    run(CONVERT, archive("m.bin", dump({"encoder.layer.0.layer_scale1.lambda1": tensor((4,), (1,))}), [("0", bytes(16))]), path("m"))
    Server.body = open(path("m"), "rb").read()
    text = open(GET, encoding="utf-8").read()
    text = text.replace("346345912", str(len(Server.body)))
    text = text.replace("d73036b56966966d07975d696bde331762f37297e2f095de8cea0040c3aa0841", hashlib.sha256(Server.body).hexdigest())
    with open(path("get"), "w", encoding="utf-8") as file:
        file.write(text)
    get = functools.partial(run, path("get"), "dinov2", "--dir", path("kept"),
                            SLEEVE_WEIGHTS_URL=f"http://127.0.0.1:{server.server_port}/x")
    result = get()
    assert result.returncode == 0 and "embed dinov2 --weights" in result.stdout, (result.stdout, result.stderr)
    assert os.listdir(path("kept")) == ["dinov2-base.safetensors"]
    Server.ranges.clear()
    result = get()
    assert result.returncode == 0 and "exists already" in result.stdout and not Server.ranges
    server.shutdown()
    server.server_close()


print(f"1..{len(tests)}")
for number, function in enumerate(tests, 1):
    try:
        function()
        print(f"ok {number} - {function.__name__.replace('_', ' ')}")
    except Exception as error:
        print(f"not ok {number} - {function.__name__.replace('_', ' ')}\n# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "))
subprocess.run(["rm", "-rf", work], check=True)
