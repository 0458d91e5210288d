#!/usr/bin/env python3
"""clang-tidy finds nothing in any file of the program, by the checks of .clang-tidy. Speaks TAP.

usage: tidy.py CLANG_TIDY SOURCE_FOLDER BUILD_FOLDER
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

BATCH = 8


def compile_commands(source, build):
    """The first compile command of every file of the program; many are compiled for more than one program. The tests are
    left to the compiler's warnings and the sanitizers."""
    commands = {}
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        for command in json.load(file):
            path = os.path.normpath(os.path.join(command["directory"], command["file"]))
            inside = path.startswith(source + os.sep) and not path.startswith((build + os.sep, source + "/tests/"))
            if path.endswith(".c") and inside:
                commands.setdefault(path, command)
    return commands


def main():
    tidy, source, build = sys.argv[1], *map(os.path.realpath, sys.argv[2:])
    commands = compile_commands(source, build)
    files = sorted(commands)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump(list(commands.values()), file)

        def check(batch):
            run = subprocess.run([tidy, "-p", folder, "--quiet", "--warnings-as-errors=*", *batch],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            return run.returncode, run.stdout

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
            results = list(workers.map(check, [files[i:i + BATCH] for i in range(0, len(files), BATCH)]))
    print("1..1")
    if len(files) < 100 or any(status for status, _ in results):
        print("not ok 1 - clang-tidy")
        for status, output in results:
            if status:
                print("\n".join("# " + line for line in output.splitlines() if not line.startswith("[")))
        print(f"# {len(files)} files were checked")
        return 1
    print(f"ok 1 - clang-tidy finds nothing in {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
