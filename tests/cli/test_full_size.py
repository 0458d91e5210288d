#!/usr/bin/env python3
"""scripts/full-size on a thousand playlists with small networks, killed in the middle of a training: the same command
continues, and every step is in the table. usage: test_full_size.py SLEEVE SOURCE"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SLEEVE, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
STEPS = ["generate", "import", "search index", "split", *[f"{work} {model}" for model in
         ["als", "mf-transformer", "fm-transformer", "hybrid"] for work in ["train", "evaluate"]], "recommend", "explorer"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        state_file = pathlib.Path(folder) / "full" / "state.json"
        command = [sys.executable, SOURCE / "scripts" / "full-size", state_file.parent, "--playlists", "1000", "--small",
                   "--sleeve", SLEEVE]

        def state():
            return json.loads(state_file.read_text()) if state_file.exists() else {"steps": {}}

        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while "train mf-transformer" not in state()["steps"] and first.poll() is None:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.wait()
        before = state()["steps"]
        assert before["import"]["done"] and not before["train mf-transformer"]["done"], before
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0, done.stderr
        steps = state()["steps"]
        assert sorted(steps) == sorted(STEPS) and all(step["done"] for step in steps.values()), steps
        assert steps["import"] == before["import"] and steps["train mf-transformer"]["attempts"] == 2, steps
        rows = [line.split(" | ")[0].lstrip("| ") for line in done.stdout.splitlines()[2:]]
        assert sorted(rows) == sorted(STEPS), done.stdout
        assert not (state_file.parent / "slices").exists()
        other = subprocess.run([*command[:3], "--playlists", "2000", "--sleeve", SLEEVE], stderr=subprocess.PIPE, text=True,
                               stdout=subprocess.DEVNULL, check=False)
        assert other.returncode == 1 and "is of 1000 playlists" in other.stderr, other.stderr


main()
