#!/usr/bin/env python3
"""Scripts that are played on a terminal: to their end, until a key stops them, and what a recording of them contains.
usage: test_play.py SLEEVE"""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sleeve = os.path.abspath(sys.argv[1])
work = tempfile.mkdtemp()
os.environ.update(XDG_DATA_HOME=work, XDG_CACHE_HOME=work, XDG_STATE_HOME=work, XDG_CONFIG_HOME=work + "/config")
os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")  # curses keeps its tree of colour pairs
LIMIT = 60  # seconds, for a machine that is busy
number = 0


def check(name, good, more=""):
    global number
    number += 1
    print(("ok" if good else "not ok"), number, "-", name)
    if not good and more:
        print("\n".join("# " + line for line in str(more)[-2000:].splitlines()))


def play(script, *options, keys=()):
    """Runs the explorer in a pty; `keys` are pairs of what its output must contain and what is typed then. Gives the exit
    status and the output."""
    path = os.path.join(work, "script")
    with open(path, "w") as file:
        file.write(script)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color")
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        os.execv(sleeve, [sleeve, "-C", catalogue, "explore", "--script", path, "--play", *options])
    output, end = b"", time.time() + LIMIT
    while time.time() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break
            if not part:
                break
            output += part
        if keys and re.search(keys[0][0], output):
            os.write(terminal, keys[0][1])
            keys = keys[1:]
    else:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), output


catalogue = os.path.join(work, "c.db")
songs = os.path.join(work, "songs.csv")
with open(songs, "w") as file:
    file.write("playlist,pos,track,artist,album\n" + "".join(f"Mix,{i},Song {i},Artist {i % 7},Album {i}\n" for i in range(60)))
subprocess.run([sleeve, "-q", "-C", catalogue, "import", "csv", songs], check=True, stdout=subprocess.DEVNULL)

shot = os.path.join(work, "shot.txt")
status, output = play(f"search song 3\nwait 0.2\nkey /\ntype song 1\nkey enter\nkey escape\nshot {shot}\nquit\n", "--speed", "20")
check("a script is played to its end", status == 0, output)
check("what it did is seen in a picture of the screen", os.path.exists(shot) and "Song 1" in open(shot).read(), output)

status, output = play("search song\nwait 300\nquit\n", "--images", "record", "--speed", "5", keys=[(rb"Song 1", b"x"), (rb"stopped", b"q")])
check("a script that waits goes no further after a key", b"stopped before line" in output and status == 0, output)

status, output = play("wait 300\nquit\n", keys=[(rb"Explore", b"x"), (rb"stopped", b"q")])
check("the key that stops it does nothing else", b"stopped before line" in output and status == 0, output)

status, output = play("search song\nfrobnicate\nquit\n", "--speed", "20", keys=[(rb"frobnicate", b"q")])
check("a command that fails ends it, with its line", b"script:2" in output and status == 0, output)

status, output = play("search song 3\nadd 1\nclose\nwait 300\n", "--images", "record", "--speed", "20",
                      keys=[(rb"Song 3", b"x"), (rb"stopped", b"q")])
queries = re.findall(rb"\x1b\[[>?=]?[0-9;]*c|\x1b\[[0-9;]*n|\x1b\[[?]?[0-9;]*\$p|\x1b\[1[468]t|\x1b\[[?][0-9;]*S", output)
check("a recording contains no queries", status == 0 and not queries, queries)
strings = re.findall(rb"\x1b[P_^X].{0,20}|\x1b\](?!4|104).{0,20}", output)
check("and no pictures, links or titles", not strings, strings)
check("but covers or initials as text", b"Song 3" in output)

shutil.rmtree(work)
print(f"1..{number}")
