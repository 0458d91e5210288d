#!/usr/bin/env python3
"""Every #include is one that docs/architecture.md allows. Speaks TAP.

The table under "## Rooms" is what is read: its first column names a folder, its last column the folders and libraries
that the folder may use. Where a cell says "in FILE" behind a library, only that file may use it.
usage: includes.py SOURCE_FOLDER
"""
import os
import re
import sys

# How a library's headers begin. Headers of the C library and of POSIX are everybody's.
LIBRARIES = {
    "yajl": ("yajl",),
    "utf8proc": ("utf8proc",),
    "sqlite": ("sqlite3",),
    "zlib": ("zlib",),
    "openblas": ("cblas", "lapacke"),
    "cuda": ("cuda", "cublas"),
    "ncurses": ("curses", "ncurses", "term.h"),
    "libsixel": ("sixel.h",),
    "stb": ("stb_",),
    "libjpeg": ("jpeglib",),
    "libpng": ("png.h",),
    "libwebp": ("webp/",),
}


def read_table(path):
    """{folder: {allowed names}} and {(folder, library): {files}} from the table of rooms."""
    allowed, only_in = {}, {}
    for line in open(path, encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        found = re.fullmatch(r"`([\w/]+)/`", cells[0]) if len(cells) == 3 else None
        if not found:
            continue
        folder = found[1]
        allowed[folder] = set()
        for entry in cells[2].split(","):
            match = re.fullmatch(r"\s*([\w/]+)(?: in ((?:`[^`]+`(?: and )?)+))?\s*", entry)
            if not match:
                sys.exit(f"{path}: cannot read {entry!r} in the row of {folder}")
            allowed[folder].add(match[1])
            if match[2]:
                only_in[folder, match[1]] = set(re.findall(r"`([^`]+)`", match[2]))
            known = {os.path.basename(name) for name in allowed} - {os.path.basename(folder)}
            if match[1] not in known and match[1] not in LIBRARIES:
                sys.exit(f"{path}: {folder} may use {match[1]}, which is no library and no folder above it")
    return allowed, only_in


def folder_of(path, folders):
    return max((f for f in folders if path.startswith(f + "/")), key=len, default=None)


def used_name(header, folders):
    """The folder or library that a header belongs to, or None for the C library and POSIX."""
    for folder in folders:
        if header.startswith(folder + "/") or header.startswith(os.path.basename(folder) + "/"):
            return folder
    return next((name for name, starts in LIBRARIES.items() if header.startswith(starts)), None)


def check(root):
    allowed, only_in = read_table(os.path.join(root, "docs/architecture.md"))
    faults, met = [], 0
    for folder in allowed:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if not name.endswith((".c", ".h", ".cu", ".cuh")):
                    continue
                path = os.path.relpath(os.path.join(where, name), root)
                own = folder_of(path, allowed)
                if own != folder:
                    continue
                text = open(os.path.join(root, path), encoding="utf-8").read()
                for header in re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', text, re.M):
                    used = used_name(header, allowed)
                    met += 1
                    if used is None or used == own:
                        continue
                    if os.path.basename(used) not in allowed[own]:
                        faults.append(f"{path} includes {header}: {own} may not use {used}")
                    elif name not in only_in.get((own, os.path.basename(used)), {name}):
                        faults.append(f"{path} includes {header}: only files that {own}'s row names may use {used}")
    return faults, met, len(allowed)


def main():
    faults, met, n_folders = check(sys.argv[1])
    print("1..1")
    if faults or met < 100 or n_folders < 5:
        print("not ok 1 - includes")
        print("\n".join(f"# {fault}" for fault in faults or [f"only {met} includes in {n_folders} folders were found"]))
        return 1
    print(f"ok 1 - {met} includes of {n_folders} folders go where docs/architecture.md allows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
