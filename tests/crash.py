# SPDX-License-Identifier: MIT
"""What becomes of a message when the program is killed, or its disk fails, at any call of the system. Prints TAP.

No hook in the product: strace counts the calls of a run that nothing disturbs, and then ends further runs by SIGKILL
before each of these calls, one run a call, or lets the call fail. `nuncio resume` cleans up, the sandbox tells how
often the message ran, and the journal what it knows. It never ran twice; the journal knows of each run; hardly any
message ends as unknown, and where the vendor can be asked none that ran does.

Without --full only some points are taken, of those around the SEND every one."""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "e2e"))

from crash_points import KINDS, Blow, points_of, read_trace  # noqa: E402
from crash_table import report  # noqa: E402
from support import NUNCIO, VENDORS, Bench, finish  # noqa: E402

RECONCILE = "1500ms"  # longer than the time after which a lost message goes out again by its key
PATIENCE = "8s"
LIMIT = 150  # seconds: what takes longer hangs
FOUND = {"gumloop_sessions", "gennia", "enthusiast"}  # HISTORY finds a message whose answer was lost
POLLED = {"gumloop_agents", "gumloop_sessions", "enthusiast"}

# What `resume` is killed in the middle of: how the interaction was left behind.
LEFT = {"new": "new, nothing left", "lost": "sending, nothing left", "sending": "sending, it runs",
        "processing": "processing"}
# A file in state_dir can fail in these ways. What only reads or locks cannot lack space.
WRITING = {"openat", "write", "pwrite64", "writev", "pwritev", "fdatasync", "fsync", "ftruncate", "fallocate", "mkdir",
           "mkdirat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "fchmod", "fchown", "mmap"}
READING = {"read", "pread64", "fcntl", "newfstatat", "fstat", "stat", "statfs", "lseek", "readlink"}
ERRORS = ["EIO", "ENOSPC", "EROFS"]


def brief(run):
    """How a run of the program ended, in a few words."""
    shown = re.search(r'"state":"(\w+)"', run.out)
    return f"exit {run.code}{f', {shown[1]}' if shown else ''}{f': {run.err.strip()[:400]}' if run.err.strip() else ''}"


class Result:
    """How it ended after a blow."""

    def __init__(self, trial):
        self.trial, self.faults, self.end, self.runs, self.reached = trial, [], "none", 0, False

    def fault(self, text):
        self.faults.append(text)


class Trial:
    """One blow at one vendor: at `send`, or at `resume` of what was left behind so."""

    def __init__(self, vendor, left, kind, blow, checked=False):
        self.vendor, self.left, self.kind, self.blow, self.checked = vendor, left, kind, blow, checked

    @property
    def spec(self):
        return f"{self.vendor}/{self.left or 'send'}/{self.blow}"

    def __str__(self):
        what = f"resume ({LEFT[self.left]})" if self.left else "send"
        return f"{self.vendor}, {what}, {self.kind}: {self.blow.call} number {self.blow.number}, {self.blow.what}"


class Place:
    """A sandbox and a program, for one trial at a time."""

    def __init__(self):
        self.bench = Bench(work="60ms", providers={"*": {"reconcile": RECONCILE, "timeout": PATIENCE}})
        self.nuncio, self.sandbox = self.bench.nuncio, self.bench.sandbox
        self.number, self.templates = 0, {}
        # It leaves its words in no leak report: that cannot be made of a traced program.
        options = self.nuncio.environment.get("ASAN_OPTIONS", "")
        self.quiet = {"ASAN_OPTIONS": f"{options}:detect_leaks=0".lstrip(":")}

    def new_home(self):
        self.number += 1
        home = Path(self.bench.directory.name) / f"s{self.number}"
        home.mkdir()
        return home

    def run(self, home, *arguments, strace=()):
        words = [*strace, NUNCIO, "--config", str(self.nuncio.file), *map(str, arguments)]
        process = subprocess.Popen(words, env={**self.nuncio.environment, **self.quiet, "XDG_STATE_HOME": str(home)},
                                   cwd=self.nuncio.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        return finish(process, arguments, limit=LIMIT)

    def strike(self, home, blow, *arguments):
        return self.run(home, *arguments, strace=[*STRACE, "-o", "/dev/null", *blow.words])

    def trace(self, home, *arguments):
        file = home / "trace"
        run = self.run(home, *arguments, strace=["strace", "-f", "-qq", "-y", "-s", "80", "-o", str(file)])
        return run, read_trace(file.read_text(errors="replace"), str(home / "nuncio"))

    def rows(self, home):
        run = self.run(home, "list", "--json", "--limit", "100")
        assert run.code == 0, run
        return [json.loads(line) for line in run.out.splitlines()]

    def reset(self):
        """The sandbox forgets all, and so what it ran for interactions that were left behind."""
        self.sandbox.reset()
        for name in [name for name in self.templates if name[1] in ("sending", "processing")]:
            shutil.rmtree(self.templates.pop(name)[0])

    # ---- What a killed send left behind

    def template(self, vendor, left, points):
        """state_dir of a message in that state, and its text."""
        if (vendor, left) not in self.templates:
            self.templates[vendor, left] = self.make_template(vendor, left, points)
        return self.templates[vendor, left]

    def make_template(self, vendor, left, points):
        text, wanted = f"left {left}", "sending" if left == "lost" else left
        chosen = {
            "new": [point for point in points if point.kind == "connect"][:5],
            "lost": [point for point in points if point.kind == "SEND"][::-1],
            "sending": [point for point in points if point.kind == "answer"][1:],
            "processing": [point for point in points if point.kind == "polling"],
        }[left]
        for point in every(chosen, len(chosen) // 40 + 1):
            self.reset()
            home = self.new_home()
            self.strike(home, Blow(point.call, point.number), "send", "--json", vendor, text)
            time.sleep(0.01)
            rows = self.rows(home)
            if [row["state"] for row in rows] == [wanted] and self.sandbox.runs_of(text) == (left in ("sending", "processing")):
                time.sleep(0.1)  # it works on without us
                return home, text
        raise AssertionError(f"{vendor}: no send can be left behind as {left}")

    # ---- A trial

    def prepare(self, trial, points):
        """Where it happens, the text of the message, and the words."""
        if not trial.left:
            self.reset()
            text = f"message {self.number}"
            return self.new_home(), text, ["send", "--json", "--timeout", PATIENCE, trial.vendor, text]
        # What runs at the vendor is found again by each trial, so it has to stay. What has not left leaves anew.
        source, text = self.template(trial.vendor, trial.left, points)
        if trial.left in ("new", "lost"):
            self.reset()
        home = self.new_home()
        shutil.copytree(source / "nuncio", home / "nuncio")
        return home, text, ["resume", "--json"]

    def attempt(self, trial, points):
        result = Result(trial)
        home, text, words = self.prepare(trial, points)
        run = self.strike(home, trial.blow, *words)
        result.struck = run
        result.reached = trial.blow.what != "KILL" or run.code == -signal.SIGKILL
        if trial.blow.what != "KILL":
            self.judge_failing(result, run, text)
        if trial.checked:
            self.check_journal(result, home, "before resume")
        again = self.run(home, "resume", "--json")
        rows = self.rows(home)
        result.runs = self.sandbox.runs_of(text)
        self.judge(result, again, rows, text)
        if trial.checked:
            self.check_journal(result, home, "after resume")
        if result.faults and KEEP:
            shutil.copytree(home, Path(KEEP) / trial.spec.replace("/", "_"), dirs_exist_ok=True)
        shutil.rmtree(home)
        return result

    def check_journal(self, result, home, when):
        if (home / "nuncio/journal.db").exists():
            run = self.run(home, "journal", "check")
            if run.code != 0:
                result.fault(f"the journal is damaged {when}: {brief(run)}")

    def judge_failing(self, result, run, text):
        """It was not killed: what it says is true, and says so by its exit code too."""
        runs = self.sandbox.runs_of(text)
        if run.code not in range(8) or (run.code == 2 and not result.trial.left):
            result.fault(f"exit code {run.code}: {brief(run)}")
        if run.code != 0 and not re.search(r"^nuncio: ", run.err, re.M):
            result.fault(f"it failed without a word: {brief(run)}")
        if "nothing was sent" in run.err and runs:
            result.fault(f"it says that nothing was sent: {brief(run)}")
        if result.trial.left:
            return
        shown = json.loads(run.out) if run.out.endswith("}\n") else None
        if run.code == 0 and not (shown and shown["state"] == "completed" and runs == 1):
            if result.trial.blow.call != "write":
                result.fault(f"exit 0 without a reply: {brief(run)}")
        if shown and shown["state"] == "completed" and text not in shown["reply"]["text"]:
            result.fault(f"the reply is another one: {brief(run)}")

    def judge(self, result, again, rows, text):
        """Sets how it ended."""
        states = [row["state"] for row in rows]
        state = states[0] if states else "none"
        runs, vendor = result.runs, result.trial.vendor
        if again.code not in (0, 1, 7) or (again.code == 7) != (state == "unknown" and bool(again.out)):
            if not (state == "failed" and again.code in (3, 6)):
                result.fault(f"resume ends with {again.code}: {brief(again)}")
        if len(states) > 1:
            result.fault(f"one message, {len(states)} interactions")
        if runs > 1:
            result.fault(f"the message ran {runs} times")
        if state not in ("none", "completed", "failed", "unknown"):
            result.fault(f"after resume it is still {state}: {brief(again)}")
        if runs and state in ("none", "new"):
            result.fault(f"it ran, and the journal has it as {state}")
        if state == "failed" and runs:
            result.fault(f"it ran, and the journal has it as failed: {rows[0]['error']}")
        if state == "completed":
            if not runs:
                result.fault("it is completed and never ran")
            if text not in (rows[0]["reply"]["text"] or ""):
                result.fault(f"the reply is {rows[0]['reply']}")
        if rows and runs > rows[0]["sends"]:
            result.fault(f"the journal says that {rows[0]['sends']} may have left")
        if state == "unknown" and runs and vendor in FOUND:
            result.fault(f"it ran, and HISTORY could have found it: {brief(again)}")
        result.end = {"completed": "once", "unknown": "unknown, ran" if runs else "unknown, not"}.get(state, "not")
        if state == "failed" and result.trial.blow.what == "KILL":
            result.fault(f"nothing is wrong with the vendor, and it failed: {rows[0]['error']}")


# ---- Many of them ----------------------------------------------------------------------------------------------


class Places:
    """A place for each that runs at the same time."""

    def __init__(self, jobs):
        self.here, self.all, self.pool = threading.local(), [], ThreadPoolExecutor(jobs)
        self.points = {}

    def place(self):
        if not hasattr(self.here, "place"):
            self.here.place = Place()
            self.all.append(self.here.place)
        return self.here.place

    def measure(self, vendor, left):
        """The points of an undisturbed run."""
        place = self.place()
        home, text, words = place.prepare(Trial(vendor, left, "", None), self.points.get((vendor, None)))
        run, calls = place.trace(home, *words)
        expected = 7 if left in ("lost", "sending") and not repeats(vendor, left) else 0
        assert run.code == expected, (vendor, left, run)
        return points_of(calls)

    def attempt(self, trial):
        try:
            return self.place().attempt(trial, self.points[trial.vendor, None])
        except Exception as error:  # a hang, or a sandbox that has not survived it
            result = Result(trial)
            result.fault(f"no result: {error!r}")
            return result

    def close(self):
        self.pool.shutdown()
        for place in self.all:
            place.bench.__exit__()


def repeats(vendor, left):
    """Does `resume` find out by itself what became of it?"""
    return vendor in FOUND if left == "sending" else vendor == "gumloop_sessions"


def every(points, step, offset=0):
    return points[offset % step::step]


def choose(points, full, number, left):
    """Which points get a SIGKILL. What is before the journal is opened is the same at every vendor."""
    chosen = []
    for place, kind in enumerate(KINDS):
        these = [point for point in points if point.kind == kind]
        if full:
            step = 1 if kind != "start" or (number == 0 and not left) else 20
        elif kind == "SEND":
            step = 1 if not left else 4
        else:
            step = {"start": 300, "journal": 60, "answer": 5, "connect": 25}.get(kind, 30) * (3 if left else 1)
        chosen += every(these, step, number * 7 + place)
    return chosen


def errors(points, full, number, left):
    """Which calls fail, how, and for how long: those on files in state_dir. What cannot be read or locked fails by EIO
    alone, and not at every point: there are many."""
    blows, waits = [], []
    for place, point in enumerate(points):
        if not point.file or (point.call in READING or left) and place % 4 != number % 4:
            continue
        for error in ERRORS if point.call in WRITING and not left else ["EIO"] if point.call in WRITING | READING else []:
            blows.append((point, error, False))
            # SQLite takes each trouble with a lock for another process, and waits for it, for half a minute.
            (waits if point.call == "fcntl" else blows).append((point, error, True))
    return blows + (waits[5:6] if not left else []) if full else every(blows, 97, number * 13)


def trials_of(places, vendor, number, values):
    trials = []
    lefts = [None, "new", "lost", "sending", *(["processing"] if vendor in POLLED else [])]
    for left in lefts:
        places.points[vendor, left] = points = places.pool.submit(places.measure, vendor, left).result()
        here = []
        if "kill" in values.what:
            here += [(point, "KILL", False) for point in choose(points, values.full, number, left)]
        if "error" in values.what and (not left or values.full):
            here += errors(points, values.full, number, left)
        if left in ("lost", "sending") and not repeats(vendor, left):
            here = every(here, 25 if values.full else 4, number)  # it stays unknown, which takes its time
        trials += [Trial(vendor, left, point.kind, Blow(point.call, point.number, what, lasting), i % 8 == 0)
                   for i, (point, what, lasting) in enumerate(here)]
    return trials


def why_not():
    if not shutil.which("strace"):
        return "install strace"
    run = subprocess.run([*STRACE, "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return None if run.returncode == 0 else f"strace may not trace here: {run.stderr.strip().splitlines()[-1:]}"


STRACE = ["strace", "-f", "-qq"]
KEEP = None


def only(places, specs):
    trials = []
    for spec in specs:
        vendor, left, blow = spec.split("/")
        call, number, what = blow.split(":")
        left = None if left == "send" else left
        places.points[vendor, None] = places.pool.submit(places.measure, vendor, None).result()
        trials.append(Trial(vendor, left, "", Blow(call, int(number), what.rstrip("+"), what.endswith("+")), True))
    return trials


def main():
    global KEEP
    options = argparse.ArgumentParser()
    options.add_argument("vendors", nargs="*", metavar="VENDOR")
    options.add_argument("--full", action="store_true", help="every point")
    options.add_argument("--what", default="kill,error", help="kill, error")
    options.add_argument("--only", action="append", default=[], metavar="SPEC", help="a point as it is told")
    options.add_argument("--jobs", type=int, help="at the same time: 2, or 8 where most of the time they wait")
    options.add_argument("--keep", help="a directory for state_dir of what is wrong")
    values = options.parse_args()
    KEEP = values.keep
    reason = why_not()
    if reason:
        print(f"1..0 # SKIP nothing is killed: {reason}")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped then, as after Ctrl-C
    start = time.monotonic()
    vendors = values.vendors or VENDORS
    places = Places(values.jobs or (2 if values.full else 8))
    try:
        if values.only:
            trials = only(places, values.only)
            vendors = list(dict.fromkeys(trial.vendor for trial in trials))
        else:
            with ThreadPoolExecutor(len(vendors)) as measuring:
                found = measuring.map(lambda vendor: trials_of(places, vendor, VENDORS.index(vendor), values), vendors)
                trials = [trial for list_of in found for trial in list_of]
        results = []
        for result in places.pool.map(places.attempt, trials):
            results.append(result)
            if values.full and result.faults:
                print(f"# {result.trial}: {'; '.join(result.faults)}", file=sys.stderr, flush=True)
            if values.full and len(results) % 500 == 0:
                print(f"# {len(results)} of {len(trials)} points, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            if values.only:
                print(f"# {result.trial}: {brief(result.struck)}")
        return report(places, results, vendors, time.monotonic() - start)
    finally:
        places.close()


if __name__ == "__main__":
    sys.exit(main())
