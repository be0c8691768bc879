#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""journal.py BUILD [RUNS]: what the journal costs, with the build in that directory, installed below BUILD/installed.

First a `nuncio send` from start to finish with store = memory and with store = sqlite, side by side: they alternate, so
that whatever else the machine does falls on both. Then how often, for 1 and for 1,000 messages at once in one process,
the disk was waited for (fdatasync, fsync), and which share of the time that took. Nothing is judged: a number depends
on its machine, and on its disk above all."""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNT = 1000
VENDORS = ["dumpling", "gumloop_sessions"]  # it answers at once; it is polled


def measure(command, environment):
    """Seconds of wall and of CPU time."""
    quiet = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"journal.py: {command} ended with status {status}")
    return wall, usage.ru_utime + usage.ru_stime


class Ground:
    """A sandbox, a configuration for each store, and a home on the disk."""

    def __init__(self, support, directory, work):
        self.sandbox = support.Sandbox(work=work)
        self.environment = support.clean_environment(directory)
        self.files = {}
        for store in ("memory", "sqlite"):
            keys = {"max_in_flight": str(COUNT), "poll_min": "10ms"}
            file = Path(directory) / f"{store}.ini"
            file.touch(0o600)
            file.write_text(support.ini(self.sandbox.base, {"*": keys}, nuncio={"store": store}))
            self.files[store] = str(file)

    def in_state_dir(self, name):
        return {**self.environment, "XDG_STATE_HOME": f"{self.environment['HOME']}/{name}"}


def sends(ground, program, runs):
    """The program's send with either store."""
    for vendor in VENDORS:
        times = {"memory": [], "sqlite": [], "sqlite, first": []}
        for number in range(runs + 3):
            for store, times_of in times.items():
                command = [program, "--config", ground.files[store.split(",")[0]], "send", vendor, "Hi"]
                home = f"first-{vendor}-{number}" if store.endswith("first") else "state"
                times_of.append(measure(command, ground.in_state_dir(home)))
        for kind, name in enumerate(["wall", "CPU"]):
            series = {store: [run[kind] * 1000 for run in times_of[3:]] for store, times_of in times.items()}
            middle = {store: statistics.median(values) for store, values in series.items()}
            told = "   ".join(f"{store} {middle[store]:7.2f} ms (least {min(values):6.2f})" for store, values in series.items())
            print(f"send {vendor:17} {name:4}  {told}   sqlite - memory {middle['sqlite'] - middle['memory']:6.2f} ms")


def waits(text):
    """calls and seconds of each kind, from strace -c -w."""
    rows = re.findall(r"^ *[\d.]+ +([\d.]+) +\d+ +(\d+)(?: +\d+)? +(fdatasync|fsync)$", text, re.M)
    return sum(int(row[1]) for row in rows), sum(float(row[0]) for row in rows)


def crowds(ground, many):
    """Many at once: without strace how long it takes, with it how often the disk was waited for."""
    for vendor in VENDORS:
        for count in (1, COUNT):
            walls = {}
            for store in ("memory", "sqlite"):
                command = [many, ground.files[store], vendor, str(count), "together"]
                walls[store] = statistics.median(measure(command, ground.in_state_dir("many"))[0] for _ in range(5))
            summary = Path(ground.environment["HOME"]) / "summary"
            start = time.perf_counter()
            words = ["strace", "-f", "--seccomp-bpf", "-c", "-w", "-e", "trace=fdatasync,fsync", "-o", str(summary)]
            subprocess.run([*words, many, ground.files["sqlite"], vendor, str(count), "together"], check=True,
                           env=ground.in_state_dir("many"), stdout=subprocess.DEVNULL)
            wall = time.perf_counter() - start
            calls, seconds = waits(summary.read_text())
            print(f"{count:5} at once, {vendor:17} memory {walls['memory'] * 1000:8.1f} ms   sqlite {walls['sqlite'] * 1000:8.1f} ms   "
                  f"fsyncs {calls:4} ({calls / count:.3f} a message), {seconds * 1000:7.1f} ms of {wall * 1000:.1f} ms: {100 * seconds / wall:.0f} %")


def main(build, runs=101):
    os.environ.update(NUNCIO=f"{build}/installed/bin/nuncio", SANDBOX=f"{build}/nuncio-sandbox",
                      PLUGIN_DIR=str(next(Path(build).glob("installed/lib*/**/nuncio/1"))))
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests/e2e"))
    import support
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, min(most, 8192)), most))
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="nuncio-bench-") as directory:
        ground = Ground(support, directory, "0ms")
        try:
            sends(ground, os.environ["NUNCIO"], runs)
            crowds(ground, f"{build}/tests/many")
        finally:
            ground.sandbox.stop()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:]))
