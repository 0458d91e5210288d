#!/usr/bin/env python3
"""scripts/reproduce-paper on generated data: it survives kill -9, does nothing twice, and reports what sleeve says. Speaks TAP.
usage: test_reproduce_paper.py SLEEVE SOURCE_FOLDER"""
import json, os, shutil, signal, sqlite3, subprocess, sys, tempfile

sleeve, source = sys.argv[1:]
script = os.path.join(source, "scripts", "reproduce-paper")
folder = tempfile.mkdtemp(prefix="sleeve-paper-")
number = 0


def check(what, good, why=""):
    global number
    number += 1
    print("%s %d - %s%s" % ("ok" if good else "not ok", number, what, "" if good else "\n# " + str(why)[:800]))


def command(*arguments, program=sleeve):
    return [sys.executable, script, "--sleeve", program, *arguments]


def run(*arguments, program=sleeve):
    return subprocess.run(command(*arguments, program=program), capture_output=True, text=True)


def kill_while(arguments, text):
    """Kills the script and its children as soon as it says that it runs a command with `text`."""
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                               start_new_session=True)
    seen = any(text in line for line in process.stderr)
    os.killpg(process.pid, signal.SIGKILL)
    process.stderr.close()
    process.wait()
    return seen


empty = os.path.join(folder, "empty")
os.mkdir(empty)
done = run(empty)
check("without the data set it says what is missing", done.returncode == 2 and "Million Playlist Dataset" in done.stderr, done)
done = run("--dry-run", source)
check("a dry run does not write into a folder with other files", done.returncode == 2 and "not empty" in done.stderr, done)
done = run("--dry-run", os.path.join(folder, "none"), program=os.path.join(folder, "no-program"))
check("a program that is not there is named", done.returncode == 1 and "no-program" in done.stderr
      and "Traceback" not in done.stderr, done)

paper = os.path.join(folder, "paper")
check("it is killed while it trains", kill_while(["--dry-run", paper], "--name paper-fm "))
done = run("--dry-run", paper)
check("the next run goes on and ends", done.returncode == 0, done.stderr[-800:])
check("and repeats nothing that was done", "import mpd" not in done.stderr and "--name paper-mf " not in done.stderr
      and "--name paper-fm " in done.stderr, done.stderr)
again = run("--dry-run", paper)
check("a further run trains nothing and reports the same", again.stdout == done.stdout and "train" not in again.stderr,
      again.stderr)

lines = done.stdout.splitlines()
check("the report has all rows of the table", sum("| ours |" in line for line in lines) == 9, done.stdout)
check("and says that its figures mean nothing", "Dry run" in done.stdout and "gist" in done.stdout, done.stdout)
check("and has a line for each claim", sum(line.startswith("| gist-") or line.startswith("| gray16-") for line in lines)
      == 6 + 14, done.stdout)

catalogue = os.path.join(paper, "paper", "catalogue.db")
base = sqlite3.connect("file:%s?mode=ro" % catalogue, uri=True)
check("the data are a thousandth of the published ones", base.execute("SELECT count(*) FROM playlists").fetchone()[0] == 1000)
base.close()
asked = subprocess.run([sleeve, "-C", catalogue, "evaluate", "--model", "paper-mf,paper-nn-dinov2", "--json", "-q"],
                       capture_output=True, text=True)
report = json.load(open(os.path.join(paper, "paper", "report.json")))
for model in json.loads(asked.stdout)["models"]:
    metrics = model["metrics"]
    title = {"paper-mf": "| MF-Transformer | ours", "paper-nn-dinov2": "| gray16-NN-Transformer | ours"}[model["name"]]
    row = next(line for line in lines if line.startswith(title))
    expected = "%.2f ± %.2f" % (100 * metrics["ndcg"]["mean"], 100 * metrics["ndcg"]["ci95"])
    check("the figures of %s are those of evaluate" % model["name"],
          report["metrics"][model["name"]] == metrics and expected in row, (row, metrics))
claim = next(c for c in report["claims"] if c["metric"] == "clicks" and c["representer"] == "mf")
asked = subprocess.run([sleeve, "-C", catalogue, "compare", "paper-mf-clip", "paper-mf", "--json", "-q"], capture_output=True,
                       text=True)
difference = json.loads(asked.stdout)["metrics"]["clicks"]
expected = "holds" if difference["mean"] + difference["ci95"] < 0 else "contradicted" if \
    difference["mean"] - difference["ci95"] > 0 else "not shown"
check("a claim is judged by the paired difference", claim["verdict"] == expected and claim["mean"] == difference["mean"], claim)
print("1..%d" % number)
shutil.rmtree(folder)
