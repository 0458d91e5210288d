#!/usr/bin/env python3
"""Every message has one style: it starts in lower case and ends without a full stop. Speaks TAP.

Messages follow "sleeve: " or the name of a file, so they do not start with a capital letter; a name such as SQLite or
JSON keeps its own. A second sentence is a clause after a semicolon. The string literals given to the functions below
are checked.
usage: messages.py SOURCE_FOLDER
"""
import os
import re
import sys

FOLDERS = ("src", "db", "gpu", "ui", "bench")

# The functions that take a message, with the position of its format string among the arguments.
FUNCTIONS = {
    "error_set": 2,
    "error_prefix": 1,
    "error_append": 1,
    "log_message": 1,
    "cover_tally_add": 2,
    "state_say": 1,
    "state_warn": 1,
}

# Names that keep their capital letter; a word with a second capital letter or a digit is one, too.
NAME = re.compile(r"\w*[A-Z]\w*[A-Z0-9]|Windows|Unicode")

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\w+|\S""", re.S)


def tokens_of(text):
    """(token, offset) of everything but white space and comments."""
    found = ((match[0], match.start()) for match in TOKEN.finditer(text))
    return [token for token in found if not token[0].startswith(("//", "/*"))]


def argument(tokens, at, position):
    """The tokens of the argument at `position` of the call whose "(" is tokens[at]."""
    depth, index, found = 0, 0, []
    for token, _ in tokens[at:]:
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        if depth == 0:
            break
        if token == "," and depth == 1:
            index += 1
        elif index == position:
            found.append(token)
    return found


def messages_in(tokens):
    """Adjacent literals are one message; a macro such as PRId64 between them is part of it."""
    message = None
    for token in tokens + [";"]:
        if token.startswith('"'):
            message = (message or "") + token[1:-1]
        elif message is not None and re.fullmatch(r"PRI\w+", token):
            message += "%"
        elif message is not None:
            yield message
            message = None


def fault_of(message):
    if message[:1].isupper() and not NAME.match(message):
        return "starts with a capital letter"
    if message.endswith(".") and not message.endswith("..."):
        return "ends with a full stop"
    sentence = re.search(r"[a-z)%]\. +([A-Z]\w*)", message)
    if sentence and not NAME.match(sentence[1]):
        return f'has a second sentence ("{sentence[1]} ..."); use a semicolon'
    return None


def source_files(root):
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith((".c", ".h", ".cu")):
                    yield os.path.join(where, name)


def check(root):
    faults, met = [], 0
    for path in source_files(root):
        text = open(path, encoding="utf-8").read()
        tokens = tokens_of(text)
        for at, (token, offset) in enumerate(tokens[:-1]):
            if token not in FUNCTIONS or tokens[at + 1][0] != "(":
                continue
            for message in messages_in(argument(tokens, at + 1, FUNCTIONS[token])):
                met += 1
                fault = fault_of(message)
                if fault:
                    line = text.count("\n", 0, offset) + 1
                    faults.append(f'{os.path.relpath(path, root)}:{line}: "{message}" {fault}')
    return faults, met


def main():
    faults, met = check(sys.argv[1])
    print("1..1")
    if faults or met < 300:
        print("not ok 1 - messages")
        print("\n".join(f"# {fault}" for fault in faults or [f"only {met} messages were found"]))
        return 1
    print(f"ok 1 - {met} messages start in lower case and end without a full stop")
    return 0


if __name__ == "__main__":
    sys.exit(main())
