#!/usr/bin/env python3
"""Every #include is one that docs/architecture.md allows, and no units include each other. Speaks TAP.

The table under "## Folders" is read: its first column names a folder, its last column the folders and libraries that the
folder may use. Where "in FILE" follows a library, only that file may use it.

A unit is a .c file with the header of its name. No unit may include itself by way of others, in its folder or across
folders. A header without a .c file is not a unit: its includes count for the files that include it.
usage: includes.py SOURCE_FOLDER
"""
import os
import re
import sys

# How a library's headers begin. Any folder may use those of the C library and POSIX.
LIBRARIES = {
    "yajl": ("yajl",),
    "expat": ("expat",),
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
    "ffmpeg": ("libavcodec/", "libavformat/", "libavutil/", "libswresample/"),
    "fftw": ("fftw3",),
    "libseccomp": ("seccomp.h",),
    "libcurl": ("curl/",),
    "mpi": ("mpi.h",),
}


def read_table(path):
    """{folder: {allowed names}} and {(folder, library): {files}} from the table of folders."""
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
                sys.exit(f"{path}: {folder} may use {match[1]}, which is neither a library nor a folder above it")
    return allowed, only_in


def folder_of(path, folders):
    return max((f for f in folders if path.startswith(f + "/")), key=len, default=None)


def used_name(header, folders):
    """The folder or library that a header belongs to, or None for the C library and POSIX."""
    for folder in folders:
        if header.startswith(folder + "/") or header.startswith(os.path.basename(folder) + "/"):
            return folder
    return next((name for name, starts in LIBRARIES.items() if header.startswith(starts)), None)


def included(path):
    """The headers that a file names."""
    text = open(path, encoding="utf-8").read()
    return re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', text, re.M)


def source_files(root, folders):
    """The paths of the sources in these folders, relative to the root, each once."""
    found = set()
    for folder in folders:
        for where, _, names in os.walk(os.path.join(root, folder)):
            found.update(os.path.relpath(os.path.join(where, name), root) for name in names
                         if name.endswith((".c", ".h", ".cu", ".cuh")))
    return sorted(found)


def check_rooms(root, headers):
    """Includes that the table does not allow, how many includes there are, and in how many folders."""
    allowed, only_in = read_table(os.path.join(root, "docs/architecture.md"))
    faults, met = [], 0
    for path, names in headers.items():
        own = folder_of(path, allowed)
        for header in names:
            used = used_name(header, allowed)
            met += 1
            if used is None or used == own:
                continue
            file = os.path.basename(path)
            if os.path.basename(used) not in allowed[own]:
                faults.append(f"{path} includes {header}: {own} may not use {used}")
            elif file not in only_in.get((own, os.path.basename(used)), {file}):
                faults.append(f"{path} includes {header}: only files that {own}'s row names may use {used}")
    return faults, met, len(allowed)


def units_used(headers):
    """{unit: units that it includes}, through headers that belong to no unit."""
    stem = lambda path: os.path.splitext(path)[0]
    units = {stem(path) for path in headers if path.endswith((".c", ".cu"))}
    paths = {path.removeprefix("src/"): path for path in headers}
    used = {unit: set() for unit in units}
    for unit in units:
        waiting = [path for path in headers if stem(path) == unit]
        seen = set(waiting)
        while waiting:
            for header in headers[waiting.pop()]:
                path = paths.get(header)
                if path is None or path in seen:
                    continue
                seen.add(path)
                if stem(path) in units:
                    used[unit].add(stem(path))
                else:
                    waiting.append(path)
    return used


def circles(used):
    """Sets of units of which each includes, directly or not, every other."""
    reached = {}
    for unit in used:
        waiting, seen = [unit], set()
        while waiting:
            for other in used[waiting.pop()] - seen:
                seen.add(other)
                waiting.append(other)
        reached[unit] = seen
    found = {frozenset(other for other in reached[unit] if unit in reached[other])
             for unit in used if unit in reached[unit]}
    return sorted(sorted(circle) for circle in found if len(circle) > 1)


def main():
    root = sys.argv[1]
    folders, _ = read_table(os.path.join(root, "docs/architecture.md"))
    headers = {path: included(os.path.join(root, path)) for path in source_files(root, folders)}
    faults, met, n_folders = check_rooms(root, headers)
    if met < 100 or n_folders < 5:
        faults.append(f"only {met} includes in {n_folders} folders were found")
    used = units_used(headers)
    found = [" and ".join(circle) + " include each other" for circle in circles(used)]
    if len(used) < 100:
        found.append(f"only {len(used)} units were found")
    print("1..2")
    report(1, f"{met} includes of {n_folders} folders go where docs/architecture.md allows", faults)
    report(2, f"none of {len(used)} units includes itself by way of others", found)
    return 1 if faults or found else 0


def report(number, name, faults):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}")
    for fault in faults:
        print(f"# {fault}")


if __name__ == "__main__":
    sys.exit(main())
