#!/usr/bin/env python3
"""Scripts that are played on a terminal: to their end, until a key stops them, and what a recording of them contains.
usage: test_play.py SLEEVE"""

import codecs
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
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # curses keeps its tree of colour pairs
LIMIT = 60  # seconds, for a machine that is busy
ROWS, COLUMNS = 30, 100
number = 0


def check(name, good, more=""):
    global number
    number += 1
    print(("ok" if good else "not ok"), number, "-", name)
    if not good and more:
        print("\n".join("# " + line for line in str(more)[-2000:].splitlines()))


SEQUENCE = re.compile(r"\x1b(?:\[([<=>?]?)([0-9;:]*)[ !$]*([@-~])|[P\]_^X].*?(?:\x07|\x1b\\)|[()*+].|([^\[P\]_^X()*+]))|(.)", re.S)


class Screen:
    """What a terminal shows. Curses sends only the cells that changed, so that a text on the screen need not be in the output
    in one piece."""

    def __init__(self):
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.saved = 0, 0
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.last = " "

    def write(self, data):
        text = self.rest + self.decoder.decode(data)
        end = 0
        for part in SEQUENCE.finditer(text):
            if part[5] == "\x1b":  # the rest of a sequence comes later
                break
            end = part.end()
            if part[3] and not part[1]:
                self.control(part[3], [int(number or 0) for number in re.split("[;:]", part[2])])
            elif part[4] == "7":
                self.saved = self.row, self.column
            elif part[4] == "8":
                self.row, self.column = self.saved
            elif part[5]:
                self.character(part[5])
        self.rest = text[end:]

    def character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, ROWS - 1)
        elif character == "\b":
            self.column = max(self.column - 1, 0)
        elif character >= " " and self.column < COLUMNS:
            self.cells[self.row][self.column] = self.last = character
            self.column += 1

    def control(self, final, numbers):
        number = max(numbers[0], 1)
        line = self.cells[self.row]
        if final == "H":
            self.row, self.column = min(number, ROWS) - 1, min(max((numbers + [1])[1], 1), COLUMNS) - 1
        elif final == "d":
            self.row = min(number, ROWS) - 1
        elif final == "G":
            self.column = min(number, COLUMNS) - 1
        elif final == "A":
            self.row = max(self.row - number, 0)
        elif final == "B":
            self.row = min(self.row + number, ROWS - 1)
        elif final == "C":
            self.column = min(self.column + number, COLUMNS - 1)
        elif final == "D":
            self.column = max(self.column - number, 0)
        elif final == "b":
            for _ in range(number):
                self.character(self.last)
        elif final == "X":
            line[self.column:self.column + number] = " " * min(number, COLUMNS - self.column)
        elif final == "P":
            line[self.column:] = (line[self.column + number:] + [" "] * number)[:COLUMNS - self.column]
        elif final == "@":
            line[self.column:] = ([" "] * number + line[self.column:])[:COLUMNS - self.column]
        elif final == "K":
            first, last = {0: (self.column, COLUMNS), 1: (0, self.column + 1), 2: (0, COLUMNS)}[numbers[0]]
            line[first:last] = " " * (last - first)
        elif final == "J":
            if numbers[0] == 0:
                line[self.column:] = " " * (COLUMNS - self.column)
            for row in range(self.row + 1 if numbers[0] == 0 else 0, ROWS):
                self.cells[row] = [" "] * COLUMNS

    def text(self):
        return "\n".join("".join(line) for line in self.cells)


def play(script, *options, keys=()):
    """Runs the explorer in a pty; `keys` are pairs of what the screen must show and what is typed then. Gives the exit status,
    the output, and all that the screen showed when a key was typed."""
    path = os.path.join(work, "script")
    with open(path, "w") as file:
        file.write(script)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color")
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execv(sleeve, [sleeve, "-C", catalogue, "explore", "--script", path, "--play", *options])
    screen, output, seen, end = Screen(), b"", "", time.time() + LIMIT
    while time.time() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break
            if not part:
                break
            output += part
            screen.write(part)
        if keys and keys[0][0] in screen.text():
            seen += screen.text() + "\n"
            os.write(terminal, keys[0][1])
            keys = keys[1:]
    else:
        print("# the screen at the end:", *screen.text().splitlines(), sep="\n# ")
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), output, seen


catalogue = os.path.join(work, "c.db")
songs = os.path.join(work, "songs.csv")
with open(songs, "w") as file:
    file.write("playlist,pos,track,artist,album\n" + "".join(f"Mix,{i},Song {i},Artist {i % 7},Album {i}\n" for i in range(60)))
subprocess.run([sleeve, "-q", "-C", catalogue, "import", "csv", songs], check=True, stdout=subprocess.DEVNULL)

shot = os.path.join(work, "shot.txt")
status, output, seen = play(f"search song 3\nwait 0.2\nkey /\ntype song 1\nkey enter\nkey escape\nshot {shot}\nquit\n", "--speed", "20")
check("a script is played to its end", status == 0, output)
check("what it did is seen in a picture of the screen", os.path.exists(shot) and "Song 1" in open(shot).read(), output)

status, output, seen = play("search song\nwait 300\nquit\n", "--images", "record", "--speed", "5", keys=[("Song 1", b"x"), ("stopped", b"q")])
check("a script that waits goes no further after a key", "stopped before line" in seen and status == 0, output)

status, output, seen = play("wait 300\nquit\n", keys=[("Explore", b"x"), ("stopped", b"q")])
check("the key that stops it does nothing else", "stopped before line" in seen and status == 0, output)

status, output, seen = play("search song\nfrobnicate\nquit\n", "--speed", "20", keys=[("frobnicate", b"q")])
check("a command that fails ends it, with its line", "script:2" in seen and status == 0, output)

status, output, seen = play("search song 3\nadd 1\nclose\nwait 300\n", "--images", "record", "--speed", "20",
                      keys=[("Song 3", b"x"), ("stopped", b"q")])
queries = re.findall(rb"\x1b\[[>?=]?[0-9;]*c|\x1b\[[0-9;]*n|\x1b\[[?]?[0-9;]*\$p|\x1b\[1[468]t|\x1b\[[?][0-9;]*S", output)
check("a recording contains no queries", status == 0 and not queries, queries)
strings = re.findall(rb"\x1b[P_^X].{0,20}|\x1b\](?!4|104).{0,20}", output)
check("and no pictures, links or titles", not strings, strings)
check("but covers or initials as text", "Song 3" in seen)

shutil.rmtree(work)
print(f"1..{number}")
