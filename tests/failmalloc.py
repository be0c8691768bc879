# SPDX-License-Identifier: MIT
"""`nuncio send` to the sandbox with the Nth allocation failing, once and for ever, for each of the systems. Prints TAP.

Whatever fails: the program ends by itself and in time, with an exit code that its words bear out; the message ran at the
vendor at most once; what it says of that is true; and of our own blocks none is left. Without --full every 31st allocation of
ours and of the libraries, and every 331st of OpenSSL's, which are nine of ten; with --full each of them."""

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "e2e"))

from support import NUNCIO, VENDORS, Bench  # noqa: E402

PATIENCE = "2s"
FAILED = "nuncio: "
LIBLTDL = {"loader_create", "replace_stock"}  # its loader: lt_dlexit() cannot give it back, as that takes memory


def function_at(place):
    """The name of the function of "FILE+0xOFFSET"."""
    file, _, offset = place.rpartition("+")
    table = subprocess.run([*os.environ.get("NM", "nm").split(), "--defined-only", file], capture_output=True, text=True).stdout
    found = [(int(address, 16), name) for address, name in re.findall(r"^([0-9a-f]+) [tT] (\S+)$", table, re.M)]
    return max((row for row in found if row[0] <= int(offset, 16)), default=(0, ""))[1]


class Trial:
    """A run with one failing allocation."""

    def __init__(self, vendor, point, where, lasting):
        self.vendor, self.point, self.where, self.lasting = vendor, point, where, lasting

    def __repr__(self):
        once = "all from it" if self.lasting else "alone"
        return f"allocation {self.point} ({self.where}) {once}: {self.run}{self.runs} runs, {self.seconds:.1f} s, report {self.report}"

    def start(self, bench, library):
        report = Path(bench.directory.name) / "report"
        report.unlink(missing_ok=True)
        environment = {"LD_PRELOAD": library, "NUNCIO_FAIL_AT": str(self.point), "NUNCIO_FAIL_REPORT": str(report),
                       "NUNCIO_FAIL_IN": self.where, **({"NUNCIO_FAIL_FOREVER": "1"} if self.lasting else {})}
        before, start = bench.sandbox.runs, time.monotonic()
        self.run = bench.nuncio("send", self.vendor, "Hi", "--json", "--timeout", PATIENCE, env=environment)
        self.seconds, self.runs = time.monotonic() - start, bench.sandbox.runs - before
        text = report.read_text() if report.exists() else ""
        self.report = (*map(int, text.split(maxsplit=3)[:3]), text.split(maxsplit=3)[3].strip()) if text else None
        return self

    def faults(self):
        """Sentences, one for each thing that is not as it must be."""
        run = self.run
        if run.code not in range(8):
            yield f"exit code {run.code}"
        if self.report is None:
            yield "it did not end by itself"
        elif self.report[2] and not (self.report[2] == 1 and function_at(self.report[3]) in LIBLTDL):
            yield f"{self.report[2]} blocks are left"
        if self.runs > 1:
            yield f"the message ran {self.runs} times"
        if run.code == 2:
            yield "the user is told of a mistake that is none"
        if run.code != 0 and not run.err.startswith(FAILED):
            yield "it failed without a word"
        if run.code == 0 and not self.runs:
            yield "it was never sent"
        if "nothing was sent" in run.err and self.runs:
            yield "it was sent"
        try:
            yield from self.object_faults(json.loads(run.out)) if run.out else ["no reply"] if run.code == 0 else []
        except ValueError as error:
            yield f"no JSON object: {error}"

    def object_faults(self, result):
        if result["sends"] < self.runs:
            yield f"it says that {result['sends']} may have left"
        if (self.run.code == 0) != (result["state"] == "completed"):
            yield f"the state is {result['state']}"
        if result["state"] == "completed" and "Hi" not in (result["reply"]["text"] or ""):
            yield "the reply is another one"


class Trials:
    """Benches, one for each that runs at the same time."""

    def __init__(self, library, workers):
        self.library, self.here, self.benches = library, threading.local(), []
        self.pool = ThreadPoolExecutor(workers)

    def run(self, trial):
        if not hasattr(self.here, "bench"):
            self.here.bench = Bench(work="0ms")
            self.benches.append(self.here.bench)
        try:
            return trial.start(self.here.bench, self.library)
        except Exception as error:  # the program hangs, or the sandbox has not survived it
            trial.run, trial.runs, trial.seconds, trial.report = error, 0, 0, None
            trial.faults = lambda text=repr(error): [f"no result: {text}"]
            return trial

    def close(self):
        self.pool.shutdown()
        for bench in self.benches:
            bench.__exit__()


def points(total, step, offset):
    """Every step-th, not the same ones for each system; and the last."""
    return sorted({*range(1 + offset % step, total + 1, step), total})


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--full", action="store_true")
    options.add_argument("--library", default=os.environ.get("FAILMALLOC"))
    options.add_argument("--vendor", action="append")
    options.add_argument("--step", type=int, help="every STEP-th allocation of all but OpenSSL")
    options.add_argument("--crypto-step", type=int, help="every STEP-th one of OpenSSL")
    options.add_argument("--jobs", type=int, default=8, help="most of the time they wait")
    values = options.parse_args()
    if b"__asan_init" in Path(NUNCIO).read_bytes():
        print("1..0 # SKIP 7,500 allocations for each of 5 systems are not failed: AddressSanitizer has malloc() for itself")
        return 0
    steps = {"rest": values.step or (1 if values.full else 31), "crypto": values.crypto_step or (1 if values.full else 331)}
    trials, count, failed, tried = Trials(values.library, values.jobs), 0, 0, 0
    for number, vendor in enumerate(values.vendor or VENDORS):
        for where, step in steps.items():
            plain = trials.pool.submit(trials.run, Trial(vendor, 0, where, False)).result()
            total = plain.report[0] if plain.report else 0
            for lasting in [False, True]:
                chosen = points(total, step, number)
                done = list(trials.pool.map(trials.run, [Trial(vendor, point, where, lasting) for point in chosen]))
                reached = sum(trial.report is not None and trial.report[1] > 0 for trial in done)
                bad = [(trial, list(trial.faults())) for trial in [plain, *done]]
                bad = [(trial, found) for trial, found in bad if found]
                for trial, found in bad[:20]:
                    print("\n".join(f"# {line}" for line in f"{'; '.join(found)}: {trial!r}".splitlines()))
                count, failed, tried = count + 1, failed + bool(bad), tried + reached
                print(f"{'not ok' if bad else 'ok'} {count} - {vendor}: {reached} of {total} allocations"
                      f" ({'OpenSSL' if where == 'crypto' else 'all others'}) fail {'for ever' if lasting else 'once'}; slowest {max(trial.seconds for trial in done):.1f} s", flush=True)
    trials.close()
    print(f"# {tried} points\n1..{count}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
