#!/usr/bin/env python3
"""Covers found by words, from a file of weights to the list: a small CLIP with random weights describes covers, and texts
find them; the file is found again, or named once after it moved. Speaks TAP.

usage: test_search_covers.py SLEEVE
"""
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

SLEEVE = os.path.abspath(sys.argv[1])
HIDDEN, INNER, WIDTH, LAYERS, CONTEXT, PATCHES = 64, 96, 16, 2, 77, 49
MERGES = ["t h", "th e</w>", "b l", "bl u", "blu e</w>"]
ALBUMS = 6

work = tempfile.mkdtemp(prefix="sleeve-test-")
catalogue = os.path.join(work, "songs.db")
weights = os.path.join(work, "clip", "model.safetensors")
checks = 0


def check(name, fault):
    """`fault`: None, or what is wrong."""
    global checks
    checks += 1
    print(f"ok {checks} - {name}" if fault is None else f"not ok {checks} - {name}\n# {fault}", flush=True)


def run(*words):
    return subprocess.run([SLEEVE, "-C", catalogue, "--no-progress", *words], capture_output=True, text=True, timeout=120,
                          check=False, stdin=subprocess.DEVNULL)


def expect(result, status, *patterns):
    text = result.stdout + result.stderr
    if result.returncode != status:
        return f"exit status {result.returncode}, not {status}: {text}"
    missing = [pattern for pattern in patterns if pattern not in text]
    return f"lacks {missing}: {text}" if missing else None


def write_weights(path, towers=("text", "vision")):
    shapes = {}
    for tower in towers:
        prefix = f"{tower}_model."
        norms = ["final_layer_norm"] if tower == "text" else ["pre_layrnorm", "post_layernorm"]
        for layer in range(LAYERS):
            at = f"{prefix}encoder.layers.{layer}."
            for part, shape in {"self_attn.q_proj": (HIDDEN, HIDDEN), "self_attn.k_proj": (HIDDEN, HIDDEN),
                                "self_attn.v_proj": (HIDDEN, HIDDEN), "self_attn.out_proj": (HIDDEN, HIDDEN),
                                "mlp.fc1": (INNER, HIDDEN), "mlp.fc2": (HIDDEN, INNER)}.items():
                shapes[f"{at}{part}.weight"] = shape
                shapes[f"{at}{part}.bias"] = shape[:1]
            norms += [f"encoder.layers.{layer}.layer_norm1", f"encoder.layers.{layer}.layer_norm2"]
        for norm in norms:
            shapes[f"{prefix}{norm}.weight"] = shapes[f"{prefix}{norm}.bias"] = (HIDDEN,)
    if "text" in towers:
        shapes["text_model.embeddings.token_embedding.weight"] = (512 + len(MERGES) + 2, HIDDEN)
        shapes["text_model.embeddings.position_embedding.weight"] = (CONTEXT, HIDDEN)
        shapes["text_projection.weight"] = (WIDTH, HIDDEN)
    if "vision" in towers:
        shapes["vision_model.embeddings.class_embedding"] = (HIDDEN,)
        shapes["vision_model.embeddings.patch_embedding.weight"] = (HIDDEN, 3, 32, 32)
        shapes["vision_model.embeddings.position_embedding.weight"] = (PATCHES + 1, HIDDEN)
        shapes["visual_projection.weight"] = (WIDTH, HIDDEN)
    source = random.Random(len(towers))
    header, body = {"__metadata__": {"weights.random": "random numbers"}}, bytearray()
    for name in sorted(shapes):
        count = 1
        for size in shapes[name]:
            count *= size
        begin = len(body)
        body += struct.pack(f"<{count}f", *(source.uniform(-0.2, 0.2) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shapes[name], "data_offsets": [begin, len(body)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def write_png(path, red, green, blue):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes((red, green, (blue + x * y) % 256)) for x in range(64)) for y in range(64))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_catalogue():
    csv = os.path.join(work, "songs.csv")
    covers = os.path.join(work, "covers")
    os.mkdir(covers)
    with open(csv, "w", encoding="utf-8") as file:
        file.write("playlist,pos,track,artist,album,seconds\n")
        for i in range(ALBUMS):
            file.write(f"p,{i},song {i},artist {i},album {i},200\n")
    for i in range(ALBUMS - 1):  # the last album has no cover
        write_png(os.path.join(covers, f"artist {i} - album {i}.png"), 40 * i, 255 - 40 * i, 90 * i % 256)
    return run("import", "csv", csv), run("covers", "add", covers)


def similarities(result):
    return [(item["album"], item["similarity"]) for item in json.loads(result.stdout)]


write_weights(weights)
with open(os.path.join(work, "clip", "merges.txt"), "w", encoding="utf-8") as file:
    file.write("\n".join(["#version: 0.2", *MERGES]) + "\n")
imported, added = make_catalogue()
check("a catalogue with covers", expect(imported, 0) or expect(added, 0))
check("without a set, the message says what to do", expect(run("search", "--cover", "blue"), 1, "no set clip", "embed clip"))
check("embed clip", expect(run("embed", "clip", "--weights", weights), 0))

first = run("--json", "search", "--cover", "the blue", "circle")
check("words find covers", expect(first, 0, "random weights"))
found = similarities(first) if first.returncode == 0 else []
values = [value for _, value in found]
check("all covers are listed, best first",
      None if len(found) == ALBUMS - 1 and values == sorted(values, reverse=True) and all(-1 <= v <= 1 for v in values)
      else f"{found}")
check("the text has the words of all arguments", None if similarities(run("--json", "search", "--cover", "the blue circle")) == found
      else "another result")
check("case and blanks do not matter", None if similarities(run("--json", "search", "--cover", " The  BLUE circle")) == found
      else "another result")
check("other words give other similarities", None if similarities(run("--json", "search", "--cover", "a dog")) != found
      else "the same result")
check("-n", expect(run("search", "--cover", "blue", "-n", "2"), 0) or
      (None if len(run("search", "--cover", "blue", "-n", "2").stdout.splitlines()) == 3 else "not two albums"))
check("a long text", expect(run("search", "--cover", "word " * 200), 0, "only the first 75 tokens"))
check("no words", expect(run("search", "--cover", " "), 2, "there are no words"))
check("too long a text", expect(run("search", "--cover", "w" * 20000), 2, "20000 bytes"))

moved = os.path.join(work, "moved", "model.safetensors")
shutil.move(os.path.join(work, "clip"), os.path.join(work, "moved"))
check("weights that moved", expect(run("search", "--cover", "blue"), 1, "not in their folder", "--weights"))
check("are named once", None if similarities(run("--json", "search", "--cover", "the blue circle", "--weights", moved)) == found
      else "another result")
check("and found then", None if similarities(run("--json", "search", "--cover", "the blue circle")) == found else "another result")

image_only = os.path.join(work, "image", "model.safetensors")
write_weights(image_only, ("vision",))
check("other weights are refused", expect(run("search", "--cover", "blue", "--weights", image_only), 2, "other weights"))
check("weights without a text tower", expect(run("embed", "clip", "--weights", image_only), 0) or
      expect(run("search", "--cover", "blue"), 3, "has no text tower"))
check("embed gist", expect(run("embed", "gist"), 0))
check("a set of another extractor is refused", expect(run("search", "--cover", "blue", "--embedding", "gist"), 2, "only compares pictures"))

print(f"1..{checks}")
shutil.rmtree(work)
