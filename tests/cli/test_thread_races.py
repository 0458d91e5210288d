#!/usr/bin/env python3
"""Commands that use many threads, and the explorer in a terminal, built with the thread sanitizer: no race is reported,
and nothing fails. Speaks TAP.
usage: test_thread_races.py SLEEVE"""
import fcntl, glob, os, pty, select, sqlite3, struct, subprocess, sys, tempfile, termios, time

sleeve = os.path.abspath(sys.argv[1])
SECONDS = 90  # only a hang takes so long
folder = tempfile.TemporaryDirectory(prefix="sleeve-threads-")
os.chdir(folder.name)
environment = os.environ | {
    "TSAN_OPTIONS": f"log_path={folder.name}/race exitcode=66 second_deadlock_stack=1",
    "XDG_CACHE_HOME": folder.name,
    "TERM": "xterm-256color",
}


def write_playlists():
    with open("songs.csv", "w") as table:
        table.write("playlist,track,artist,album,duration_ms\n")
        for playlist in range(60):
            for entry in range(30):
                track = (playlist * 7 + entry * entry) % 300
                album = track % 40
                table.write(f"List {playlist},Song {track},Artist {album % 12},Album {album},{200000 + track}\n")


def run(line):
    command = [sleeve, *line.split(), "-C", "c.db", "--threads", "4", "--no-progress"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
    return "" if done.returncode == 0 else f"status {done.returncode}: {done.stderr.strip()[-300:]}"


def draw_covers():
    with sqlite3.connect("c.db") as catalogue:
        catalogue.execute("INSERT OR REPLACE INTO settings VALUES ('covers.generated', '1')")


def explore(keys):
    """Types into an explorer on a terminal of its own, and reads away what it draws."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(environment)
        os.execv(sleeve, [sleeve, "explore", "-C", "c.db", "--threads", "4", "--images", "half"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 960, 640))
    end = time.time() + SECONDS
    typed = time.time() + 1
    while time.time() < end:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                if not os.read(terminal, 65536):
                    break
            except OSError:  # it has ended
                break
        if keys and time.time() > typed:
            os.write(terminal, keys.pop(0).encode())
            typed = time.time() + 0.3
    else:
        os.kill(process, 9)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    os.close(terminal)
    return "" if status == 0 else f"the explorer ended with {status}"


SCRIPT = """search song 1
wait
add 1
add 2
wait
page next
model next
wait
map
wait
map run
map set next
explore
failures
wait
failures against next
wait
playlist save Mine
search song 2
quit
"""

CASES = [
    ("an import", lambda: run("import csv songs.csv")),
    ("a split", lambda: run("split --test 10 --val 10")),
    ("ALS", lambda: run("train als --name als --set iterations=3 --set factors=16")),
    ("session neighbours", lambda: run("train sknn --name sknn")),
    ("a network", lambda: run("train mf-avg --name mf --set factors=8 --set epochs=2 --set iterations=1")),
    ("drawn covers embedded", lambda: draw_covers() or run("embed gist") or run("embed gray16")),
    ("an evaluation", lambda: run("evaluate --model als") or run("evaluate --model sknn")),
    ("a map", lambda: run("tsne --embedding gist --iterations 60 --out map.tsv")),
    ("the explorer's script", lambda: run("explore --script script --dump screen")),
    ("the explorer in a terminal",
     lambda: explore(["/", "song", "\r", "\r", "n", "m", "2", "\x1b[C", " ", "3", "j", "j", "1", "?", "\x1b", "s", "\x1b", ":", "quit\r"])),
    ("the explorer left at once", lambda: explore(["/", "s", "\x1b", "2", ":", "quit\r"])),
]

write_playlists()
with open("script", "w") as script:
    script.write(SCRIPT)
print(f"1..{len(CASES)}")
failed = 0
for number, (name, case) in enumerate(CASES, 1):
    try:
        fault = case()
    except subprocess.TimeoutExpired:
        fault = f"still running after {SECONDS} s"
    races = sorted(glob.glob("race.*"))
    for race in races:
        with open(race) as report:
            print("# " + "# ".join(report.readlines()[:60]))
        os.remove(race)
    good = not fault and not races
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}" + (f" # {fault}" if fault else ""), flush=True)
sys.exit(failed > 0)
