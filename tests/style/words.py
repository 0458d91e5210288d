#!/usr/bin/env python3
"""Comments, messages and documents use usual English words. Speaks TAP.

Checks the folders and files in CLEAN for the words in WORDS, which have a plainer equivalent. In C sources comments
and string literals are checked; scripts, build files and documents are checked as a whole.
usage: words.py SOURCE_FOLDER
"""
import os
import re
import sys

CLEAN = (
    "CHANGELOG.md",
    "README.md",
    "bench",
    "db",
    "docs",
    "gpu",
    "scripts",
    "src/app",
    "src/cli",
    "src/core",
    "src/decoder",
    "src/draw",
    "src/eval",
    "src/features",
    "src/fetch",
    "src/figure",
    "src/map",
    "src/media",
    "src/models",
    "src/nn",
    "src/ranks",
    "src/sandbox",
    "src/vision",
    "src/vit",
    "tests/app",
    "tests/cli",
    "tests/core",
    "tests/db",
    "tests/eval",
    "tests/features",
    "tests/fetch",
    "tests/figure",
    "tests/fuzz",
    "tests/gpu",
    "tests/map",
    "tests/models",
    "tests/nn",
    "tests/oracle",
    "tests/sandbox",
    "tests/style",
    "tests/ui",
    "tests/vision",
    "tests/vit",
    "ui",
)

# A pattern for each expression, and what to write instead.
WORDS = {
    r"anew": "again, or start over",
    r"(is|are|be|was) no numbers?": "is NaN, or is not a number",
    r"of no moment": "does not matter",
    r"tells? of itself": "reports progress",
    r"whoever": "the program, user or caller that ...",
    r"hearings?|courts?": "evaluation",
    r"gives? up|gave up|given up": "stop, or discard",
    r"not there yet": "has not arrived, or is not open",
    r"of no use": "useless, or unused",
    r"on the way out": "on exit",
    r"judged?": "evaluate",
    r"told(?! apart| by)": "reported, or set",
    r"mend(s|ed|ing)?": "repair, or fix",
    r"lies? apart|lies? \w+ apart": "have a stride of",
    r"gone through": "processed, or visited",
    r"held against": "compared with",
    r"looked at": "read, checked or examined",
    r"room for": "space for, or capacity",
    r"a good deal": "much",
    r"begun": "started",
    r"thrown away": "deleted, or discarded",
    r"given back": "released, or returned",
    r"as ever": "as before",
    r"at the least": "at least",
    r"asked of|asked the model|asks the model": "requested, or computed by the model",
    r"goes on(?! on)|going on|gone on": "continues, or resumes",
    r"(same|other|own|few|earlier|later) places|places (of|in|among|before|after|back|from)": "index, or position",
    r"stands? in (no|none|two|a|one|some)|stands? (on|with|beside)": "is in, or is based on",
    r"no room|makes room": "memory, or allocates",
    r"looked through": "searched",
    r"as (it is|they are) now": "the current",
    r"what is no": "what is not a",
    r"is no (library|option|file|metric|number|recommender)": "is not a",
    r"for people": "for the user",
    r"put down": "stored, or written",
    r"the best so far stands": "the best so far is kept",
    r"nobody's business|is believed": "does not matter, or is trusted",
    r"has nothing to say|counts? for nothing": "returns an empty result, or is ignored",
    r"not wanted|where wanted|is wanted|are wanted": "needed, or optional",
}

# Words of file formats, which stay as they are.
FORMATS = {("src/models/rta/identity.c", "judged")}

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\w+|\S""", re.S)
# A space of a pattern also matches the end of a comment's line and the start of its next one.
FAULT = re.compile(r"(?<![\w`])(" + "|".join(WORDS).replace(" ", r"(?:\s|\*|//|#)+") + r")(?![\w`(])", re.I)
C_SOURCE = (".c", ".h", ".cu", ".cc")


def prose_of(path, text):
    """(offset, text) of everything that is written for people."""
    if not path.endswith(C_SOURCE):
        return [(0, text)]
    found = ((match.start(), match[0]) for match in TOKEN.finditer(text))
    return [(offset, token) for offset, token in found if token.startswith(("//", "/*", '"'))]


def advice_for(found):
    plain = " ".join(re.findall(r"\w+", found))
    return next(advice for pattern, advice in WORDS.items() if re.fullmatch(pattern, plain, re.I))


def faults_of(path, text):
    for offset, prose in prose_of(path, text):
        for match in FAULT.finditer(prose):
            if (path, match[0]) in FORMATS:
                continue
            line = text.count("\n", 0, offset + match.start()) + 1
            yield f'{path}:{line}: "{match[0]}": {advice_for(match[0])}'


def files_in(root, entry):
    if os.path.isfile(os.path.join(root, entry)):
        yield entry
    for where, folders, names in os.walk(os.path.join(root, entry)):
        folders[:] = [name for name in folders if not name.startswith((".", "__")) and name != "corpus"]
        for name in names:
            if name.endswith(C_SOURCE + (".md", ".build", ".sh", ".txt")) or "." not in name:
                yield os.path.relpath(os.path.join(where, name), root)


def main():
    root = sys.argv[1]
    faults, n_files = [], 0
    for entry in sys.argv[2:] or CLEAN:
        for path in files_in(root, entry):
            n_files += 1
            faults += faults_of(path, open(os.path.join(root, path), encoding="utf-8", errors="replace").read())
    print("1..1")
    if faults or n_files < 100:
        print("not ok 1 - words")
        print("\n".join(f"# {fault}" for fault in sorted(faults) or [f"only {n_files} files were found"]))
        return 1
    print(f"ok 1 - {n_files} files use plain words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
