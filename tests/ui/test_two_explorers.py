#!/usr/bin/env python3
"""Two explorers edit the playlists of one catalogue, each in a terminal of its own: random edits, searches, model and view
changes, page flips, undo, resizes, pastes, suspending, one restart and one kill -9. A model of the edits says what every
playlist must hold. Nothing may be lost, nothing may leak, nothing may be written to stderr, and the terminal must be as it
was. Speaks TAP.
usage: test_two_explorers.py SLEEVE [SEED]
SLEEVE_HOUR: number of edits (default 60; about 500 are an hour of a person's work)"""
import fcntl, json, os, pty, random, re, signal, sqlite3, struct, subprocess, sys, tempfile, termios, threading, time

sleeve = os.path.abspath(sys.argv[1])
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 42
n_edits = int(os.environ.get("SLEEVE_HOUR", "60"))
dice = random.Random(seed)
SECONDS = 120  # only a hang takes so long
folder = tempfile.TemporaryDirectory(prefix="sleeve-session-")
os.chdir(folder.name)
environment = os.environ | {
    "HOME": folder.name,
    "XDG_CACHE_HOME": folder.name,
    "XDG_DATA_HOME": folder.name,
    "XDG_STATE_HOME": folder.name,
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
}
for name in ("LC_ALL", "LC_CTYPE", "TMUX", "SLEEVE_CATALOGUE", "COLORTERM", "NO_COLOR"):
    environment.pop(name, None)
TRACKS = 600
done = 0


class Failure(Exception):
    pass


def check(what, passed, why=""):
    global done
    done += 1
    print(f"{'ok' if passed else 'not ok'} {done} - {what}", flush=True)
    if not passed:
        for line in str(why).splitlines()[-40:]:
            print(f"# {line}")
    return passed


# ---- the catalogue ----


def uri(number):
    return f"spotify:track:{number:022d}"


def title(number):
    return f"tok{number:04d}x"


def run(*arguments):
    process = subprocess.run([sleeve, *arguments, "-C", "c.db", "--no-progress", "-q"], env=environment, capture_output=True,
                             text=True, timeout=SECONDS)
    if process.returncode != 0:
        raise Failure(f"{arguments}: status {process.returncode}: {process.stderr[-2000:]}")


def make_catalogue():
    with open("songs.csv", "w") as table:
        table.write("track_id,playlist,track,artist,album,duration_ms\n")
        for playlist in range(40):
            for entry in range(30):
                track = (playlist * 17 + entry * entry * 3 + entry) % TRACKS
                table.write(f"{track:022d},List {playlist},{title(track)},Artist {track % 25},Album {track % 90},200000\n")
        for track in range(TRACKS):
            table.write(f"{track:022d},All {track // 50},{title(track)},Artist {track % 25},Album {track % 90},200000\n")
    run("import", "csv", "songs.csv")
    run("train", "popularity")
    run("train", "als", "--set", "factors=8")
    with sqlite3.connect("c.db") as catalogue:
        catalogue.execute("INSERT OR REPLACE INTO settings VALUES ('covers.generated', '1')")
    run("embed", "gray16")
    with open("setup", "w") as script:
        for name in ("A1", "A2", "B1", "B2", "Both"):
            script.write(f"playlist new\nsearch {title(0)}\nadd 1\nplaylist save {name}\nwait\n")
        script.write("quit\n")
    run("explore", "--script", "setup")


def stored():
    """What each own playlist holds in the catalogue."""
    catalogue = sqlite3.connect("c.db", timeout=30)
    names = dict(catalogue.execute("SELECT id, title FROM tracks"))
    lists = {}
    for name, blob in catalogue.execute(
            "SELECT p.name, e.tracks FROM playlists p JOIN playlist_entries e ON e.playlist_id = p.id WHERE p.own = 1"):
        lists[name] = [int(names[track][3:7]) for (track,) in struct.iter_unpack("<i", blob)]
    catalogue.close()
    return lists


# ---- a terminal ----

ANSWERS = {
    "sixel": b"\x1b[?1;0;256S\x1b[?2;0;960;640S\x1b[6;16;8t\x1b]11;rgb:1010/1010/1414\x1b\\\x1b[?2026;2$y\x1b[?63;1;2;4;22c",
    "blocks": b"\x1b[6;16;8t\x1b[?62;22c",
}
SET_AT_REST = {"7", "25"}  # wrapping and the cursor; every other private mode is off


class Terminal:
    """A job under a small shell: it is in the foreground, can be stopped, and leaves the settings of the tty as they were."""

    def __init__(self, kind):
        self.kind, self.modes, self.tail, self.drawn = kind, {}, b"", 0
        self.master, slave = pty.openpty()
        self.resize(36, 120)
        self.status, status = os.pipe()
        control, self.control = os.pipe()
        self.errors = tempfile.TemporaryFile()
        self.shell = os.fork()
        if self.shell == 0:
            self.be_shell(slave, status, control)
        for descriptor in (slave, status, control):
            os.close(descriptor)
        self.pid = int(self.report()[1])
        threading.Thread(target=self.read, daemon=True).start()

    def be_shell(self, slave, status, control):
        os.closerange(self.errors.fileno() + 1, 64)
        for descriptor in (self.master, self.status, self.control):
            os.close(descriptor)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        before = termios.tcgetattr(slave)
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(slave, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            for number, descriptor in enumerate((slave, slave, self.errors.fileno())):
                os.dup2(descriptor, number)
            os.closerange(3, 64)
            os.execve(sleeve, [sleeve, "explore", "-C", "c.db"], environment)
        os.write(status, f"started {job}\n".encode())
        while True:
            _, state = os.waitpid(job, os.WUNTRACED)
            os.tcsetpgrp(slave, os.getpgrp())
            same = int(termios.tcgetattr(slave) == before)
            if not os.WIFSTOPPED(state):
                os.write(status, f"ended {os.waitstatus_to_exitcode(state)} {same}\n".encode())
                os._exit(0)
            os.write(status, f"stopped {same}\n".encode())
            os.read(control, 1)
            os.tcsetpgrp(slave, job)
            os.killpg(job, signal.SIGCONT)

    def report(self):
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(self.status, 1) or b"ended nothing 0\n"
        return line.decode().split()

    def read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.tail, self.drawn = self.tail[-200:] + data, time.time()
            for modes, state in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", self.tail):
                for mode in modes.decode().split(";"):
                    self.modes[mode] = state.decode()
            if re.search(rb"\x1b\[0?c", data):
                os.write(self.master, ANSWERS[self.kind])

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * 8, rows * 16))

    def rest(self):
        """Waits until the program has drawn what it has to draw."""
        self.drawn = time.time()
        while time.time() - self.drawn < 0.5:
            time.sleep(0.05)

    def type(self, keys):
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            data = data[os.write(self.master, data[:1024]):]

    def modes_left(self):
        """The modes of the terminal that are not as at rest, after the program has stopped or ended."""
        end = time.time() + 5  # until all that it wrote has been read
        while self.modes_now() and time.time() < end:
            time.sleep(0.01)
        return self.modes_now()

    def modes_now(self):
        return [f"{mode}{state}" for mode, state in self.modes.items() if (state == "h") != (mode in SET_AT_REST)]

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident(self):
        with open(f"/proc/{self.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


# ---- an explorer, and what it must hold ----


class Explorer:
    """`versions` are those that undo walks through: a playlist and its tracks, of the shared one only those that were added
    here."""

    def __init__(self, name, kind, tokens):
        self.name, self.kind, self.tokens = name, kind, tokens
        self.lists = {name + "1": [0], name + "2": [0], "Both": []}
        self.displays = 0
        self.start(None)

    def start(self, open_name):
        self.terminal = Terminal(self.kind)
        self.versions = [(open_name, list(self.lists.get(open_name, [])))]
        self.current = 0
        if open_name is None:
            self.load(self.name + "1")

    def now(self):
        return self.versions[self.current]

    def command(self, text):
        self.terminal.type(f":{text}\r")

    def escape(self):
        """Nothing that was typed may still wait for a result: Escape would give it up."""
        self.terminal.type("\x1b")
        time.sleep(0.2)  # until a key that follows is not taken for an alt key

    def push(self, name, tracks):
        del self.versions[self.current + 1:]
        self.versions.append((name, tracks))
        self.current += 1
        self.keep()

    def keep(self):
        name, tracks = self.now()
        self.lists[name] = list(tracks)

    def edit(self, text, tracks):
        self.command(text)
        self.push(self.now()[0], tracks)

    # Each returns whether it was an edit.
    def load(self, name):
        if self.now()[0] == name:
            return False
        self.command("playlist load " + name)
        self.push(name, list(self.lists[name]))
        return True

    def switch(self):
        return self.load(dice.choice(sorted(self.lists)))

    def add(self):
        name, tracks = self.now()
        free = [token for token in self.tokens[name == "Both"] if token not in tracks]
        token = dice.choice(free)
        self.command("explore")
        self.command("search " + title(token))
        self.edit("add 1", tracks + [token])
        return True

    def paste_links(self):
        name, tracks = self.now()
        free = [token for token in self.tokens[name == "Both"] if token not in tracks]
        some = dice.sample(free, dice.randrange(1, 5))
        self.command("explore")
        self.terminal.type("\x1b[200~" + "\n".join(map(uri, some)) + "\x1b[201~")
        self.push(name, tracks + some)
        return True

    def remove(self):
        name, tracks = self.now()
        if name == "Both" or not tracks:
            return self.add()
        at = dice.randrange(len(tracks))
        self.command("explore")
        self.edit(f"remove {at + 1}", tracks[:at] + tracks[at + 1:])
        return True

    def move(self):
        name, tracks = self.now()
        if name == "Both" or len(tracks) < 2:
            return self.add()
        at, to = dice.sample(range(len(tracks)), 2)
        rest = tracks[:at] + tracks[at + 1:]
        for text in ("explore", "pane playlist", f"select {at + 1}"):
            self.command(text)
        self.edit(f"move {to + 1}", rest[:to] + [tracks[at]] + rest[to:])
        return True

    def clear(self):
        name, tracks = self.now()
        if name == "Both" or len(tracks) < 8:
            return self.add()
        self.edit("playlist clear", [])
        return True

    def undo(self):
        steps = min(dice.randrange(1, 5), self.current - 1)
        for _ in range(steps):
            self.command("undo")
            self.current -= 1
            self.keep()
        return steps > 0

    def redo(self):
        steps = min(dice.randrange(1, 5), len(self.versions) - 1 - self.current)
        for _ in range(steps):
            self.command("redo")
            self.current += 1
            self.keep()
        return steps > 0

    def search(self):
        self.command("search " + dice.choice(["tok", "artist 7", "album 1", "nothing", "tok03"]))

    def type_search(self):
        self.answers()
        self.terminal.type("/" + dice.choice(["tok01", "artist", "夜", "x" * 60]))
        self.escape()
        self.escape()

    def pages(self):
        self.command("pane suggestions")
        self.terminal.type("".join(dice.choice("npnnjk") for _ in range(12)))

    def view(self):
        self.command(dice.choice(["explore", "map", "failures", "explore", "map"]))
        self.terminal.type("".join(dice.choice("jkhlG") for _ in range(6)))

    def popup(self):
        self.answers()
        self.command("explore")
        self.terminal.type(dice.choice([":help\r", ":messages\r", ":playlist load\r", "?", "m", "o", "\x10"]))
        time.sleep(0.3)
        self.escape()
        self.escape()

    def model(self):
        self.command("model " + dice.choice(["popularity", "als", "next"]))

    def resize(self):
        for _ in range(dice.randrange(1, 8)):
            self.terminal.resize(dice.randrange(24, 70), dice.randrange(80, 220))
            time.sleep(0.01)
        self.terminal.resize(*dice.choice([(24, 80), (30, 100), (36, 120), (50, 160), (55, 200)]))

    def shrink(self):
        """A window that is too small takes no keys."""
        self.answers()
        self.terminal.resize(dice.randrange(1, 24), dice.randrange(1, 80))
        self.terminal.rest()
        self.terminal.type("xuJ")
        time.sleep(0.3)  # it has read them: keys after a change of size are for the new one
        self.terminal.resize(36, 120)
        self.terminal.rest()

    def paste(self):
        self.answers()
        self.terminal.type(b"\x1b[200~some words\nthat are no links \xe5\xa4\x9c\x1b[201~")
        self.escape()

    def focus(self):
        self.terminal.type("\x1b[O\x1b[I")

    def suspend(self):
        self.settle()
        self.terminal.type("\x1a")
        what = self.terminal.report()
        if what != ["stopped", "1"]:
            raise Failure(f"{self.name}: suspended: {what}: {self.terminal.said()}")
        left = self.terminal.modes_left()
        if left:
            raise Failure(f"{self.name}: suspended with the modes {left}")
        os.write(self.terminal.control, b"c")

    def answers(self):
        """Everything that was typed has had its effect."""
        self.displays += 1
        path = os.path.join(folder.name, f"{self.name}{self.displays}.txt")
        self.command("save-display " + path)
        end = time.time() + SECONDS
        while not os.path.exists(path):
            if time.time() > end:
                raise Failure(f"{self.name} does not answer")
            time.sleep(0.01)

    def settle(self):
        """Waits until what is open is stored."""
        self.answers()
        name, tracks = self.now()
        end = time.time() + SECONDS
        while True:
            holds = stored().get(name)
            mine = self.tokens[1]
            seen = [token for token in holds if token in mine] if name == "Both" else holds
            if seen == tracks:
                return
            if time.time() > end:
                raise Failure(f"{self.name}: {name} must hold {tracks}\nbut has {holds}\n" + self.screen())
            time.sleep(0.05)

    def screen(self):
        with open(os.path.join(folder.name, f"{self.name}{self.displays}.txt"), errors="replace") as text:
            return text.read()

    def end(self):
        self.answers()
        self.command("quit")
        what = self.terminal.report()
        if what[:2] != ["ended", "0"] or self.terminal.said():
            raise Failure(f"{self.name}: {what}: {self.terminal.said()}")
        os.waitpid(self.terminal.shell, 0)
        return what[2] == "1" and not self.terminal.modes_left()

    def restart(self):
        self.end()
        self.start(self.now()[0])
        self.answers()  # has taken its session, so that another explorer that starts does not

    def session_is_stored(self):
        with sqlite3.connect("c.db", timeout=30) as catalogue:
            sessions = [json.loads(text) for (text,) in catalogue.execute("SELECT json FROM sessions")]
            names = dict(catalogue.execute("SELECT id, title FROM tracks"))
        return any(session["name"] == self.now()[0] and
                   [int(names[track][3:7]) for track in session["tracks"]] == self.now()[1] for session in sessions)

    def kill(self):
        """What was stored is there again: the playlist, and the session with what is open."""
        self.load(self.name + "1")
        self.settle()
        end = time.time() + SECONDS
        while not self.session_is_stored():
            if time.time() > end:
                raise Failure(f"{self.name}: the session does not know {self.now()}")
            time.sleep(0.05)
        os.kill(self.terminal.pid, signal.SIGKILL)
        self.terminal.report()
        os.waitpid(self.terminal.shell, 0)
        self.start(self.now()[0])
        self.answers()


EDITS = [("add", 8), ("paste_links", 3), ("remove", 4), ("move", 3), ("undo", 3), ("redo", 3), ("switch", 2), ("clear", 1)]
OTHERS = [("search", 3), ("type_search", 2), ("pages", 4), ("view", 3), ("popup", 2), ("model", 2), ("resize", 2), ("shrink", 1),
          ("paste", 1), ("focus", 1), ("suspend", 1)]


def choose(actions):
    return dice.choices([name for name, _ in actions], [weight for _, weight in actions])[0]


def measure(explorers):
    for explorer in explorers:
        explorer.settle()
    return [(explorer.terminal.descriptors(), explorer.terminal.resident()) for explorer in explorers]


def play(explorers):
    """Half of the edits, a kill and a restart, then the other half, measured at its begin and end."""
    trace, edits, half = [], 0, None
    try:
        while edits < n_edits:
            explorer = dice.choice(explorers)
            if edits >= n_edits // 2 and half is None:
                trace.append("A kill, B restart")
                explorers[0].kill()
                explorers[1].restart()
                half = False
            if edits >= n_edits * 5 // 8 and half is False:
                half = measure(explorers)
            name = choose(EDITS if dice.random() < 0.6 else OTHERS)
            trace.append(f"{explorer.name} {name} {explorer.now()[0]}")
            edits += bool(getattr(explorer, name)())
            if dice.random() < 0.1:
                explorer.settle()
        return half, measure(explorers)
    except Failure as failure:
        raise Failure(f"{failure}\nseed {seed}; the last actions: {trace[-25:]}")


def check_leaks(half, end):
    print(f"# descriptors and kilobytes after 5/8 of the edits {half}, at the end {end}")
    descriptors = [after[0] - before[0] for before, after in zip(half, end)]
    check("descriptors are closed", max(descriptors) <= 4, f"{half} {end}")
    if b"__asan_init" in open(sleeve, "rb").read():
        check("memory does not grow # SKIP the sanitizer keeps freed memory, and reports leaks itself", True)
        return
    # Pictures in the sizes of the terminal are cached; a leak grows with the number of edits.
    check("memory does not grow", all(after[1] - before[1] < 24 * 1024 for before, after in zip(half, end)), f"{half} {end}")


def check_lists(explorers):
    found = stored()
    for explorer in explorers:
        for name, tracks in sorted(explorer.lists.items()):
            holds = found.get(name, [])
            if name == "Both":
                holds = [token for token in holds if token in explorer.tokens[1]]
            check(f"{name} holds what {explorer.name} made of it", holds == tracks, f"{holds}\nmust be {tracks}\nseed {seed}")
    check("no other playlist came or went", sorted(found) == ["A1", "A2", "B1", "B2", "Both"], sorted(found))


def main():
    make_catalogue()
    explorers = [Explorer("A", "sixel", [range(1, 200), range(400, 500)]),
                 Explorer("B", "blocks", [range(200, 400), range(500, 600)])]
    half, end = play(explorers)
    for explorer in explorers:
        check(f"{explorer.name} ends without a word and leaves the terminal as it was", explorer.end(),
              explorer.terminal.modes_left())
    check_lists(explorers)
    check_leaks(half, end)
    run("doctor")
    check("the catalogue is sound", True)


try:
    main()
except Failure as failure:
    check(f"{n_edits} edits", False, failure)
finally:
    print(f"1..{done}")
