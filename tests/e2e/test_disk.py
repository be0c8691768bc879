# SPDX-License-Identifier: MIT
"""The journal's disk is full or read-only, or its file is damaged: what cannot be recorded is not sent, and what can
be read is shown. A disk of our own needs root and a mount; otherwise those cases are skipped."""

import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support import LIMIT, VENDORS, Bench
from test_systems import reply_to

MANY = os.environ.get("MANY")
FULL = "cannot be written: the disk is full; make room"


class Disk:
    """A small file system of its own."""

    def __init__(self, place, size="8m"):
        self.place = place
        place.mkdir()
        self.mount("-t", "tmpfs", "-o", f"size={size},mode=0700", "none")

    def mount(self, *words):
        run = subprocess.run(["mount", *words, str(self.place)], capture_output=True, text=True, timeout=LIMIT, check=False)
        if run.returncode != 0:
            pytest.skip(f"nothing can be mounted here: {run.stderr.strip()}")

    def fill(self, free):
        """Leaves so many KiB."""
        info = os.statvfs(self.place)
        (self.place / "filler").write_bytes(bytes(max(info.f_bavail * info.f_frsize - free * 1024, 0)))

    def make_room(self):
        (self.place / "filler").unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", str(self.place)], timeout=LIMIT, check=False)


@pytest.fixture(scope="module", autouse=True)
def tools():
    if not shutil.which("mount"):
        pytest.skip("there is no mount")


@pytest.fixture
def disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    with Disk(tmp_path / "disk") as mounted:
        yield mounted


@pytest.fixture(scope="module")
def bench():
    with Bench(work="5ms", providers={"*": {"reconcile": "1500ms"}}) as made:
        yield made


class Here:
    """The program with its state on that disk."""

    def __init__(self, bench, disk):
        self.bench, self.environment = bench, {"XDG_STATE_HOME": str(disk.place)}
        self.state = disk.place / "nuncio"
        bench.sandbox.reset()

    def __call__(self, *words):
        return self.bench.nuncio(*words, env=self.environment)

    @property
    def rows(self):
        run = self("list", "--json")
        assert run.code == 0, run
        return [json.loads(line) for line in run.out.splitlines()]

    def check_good(self):
        run = self("journal", "check")
        assert (run.code, run.out) == (0, "the journal is good\n"), run


def refused(run, *parts):
    """In one line, before anything was sent."""
    assert run.code == 1 and run.err.count("\n") == 1 and run.err.startswith("nuncio: "), run
    for part in parts:
        assert part in run.err, run


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("before", [0, 1])
def test_full(bench, disk, vendor, before):
    here = Here(bench, disk)
    for number in range(before):
        assert here("send", vendor, f"earlier {number}").code == 0
    disk.fill(0)
    run = here("send", vendor, "Hi")
    refused(run, f"nuncio: the journal {here.state}/journal.db {FULL}\n")
    assert run.out == "" and bench.sandbox.runs == before and bench.sandbox.asked(f"{vendor}.send") == before
    disk.make_room()
    assert len(here.rows) == before
    assert here("send", vendor, "Hi").code == 0 and bench.sandbox.runs == before + 1
    here.check_good()


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("before", [0, 1])
def test_becomes_full(bench, disk, vendor, before):
    """It becomes full somewhere on the way: either nothing is sent, or the journal knows of it."""
    here = Here(bench, disk)
    for number in range(before):
        assert here("send", vendor, f"earlier {number}").code == 0
    ended = set()
    for free in [8, 24, 40, 56, 72, 104, 136, 168, 200, 320]:
        if not before and here.state.exists():
            shutil.rmtree(here.state)
        disk.fill(free)
        run = here("send", "--json", vendor, f"with {free} KiB")
        runs = bench.sandbox.runs_of(f"with {free} KiB")
        disk.make_room()
        known = [row for row in here.rows if row["message"] == f"with {free} KiB"]
        if run.code == 0:
            assert run.json["reply"]["text"] == reply_to(f"with {free} KiB") and runs == 1 and len(known) == 1, run
            assert run.err == "" or FULL in run.err, run
            ended.add("run and recorded" if known[0]["state"] == "completed" else "run and not yet recorded")
        else:
            assert run.code in (1, 3, 5) and FULL in run.err, run
            assert runs == 0 or known, run
            assert runs == 0 or "nothing was sent" not in run.err, run
            ended.add("not sent" if runs == 0 else "sent and recorded")
        resumed = here("resume", "--json")
        assert bench.sandbox.runs_of(f"with {free} KiB") <= 1, resumed
        for row in here.rows:
            assert row["state"] in ("completed", "failed", "unknown"), (row, resumed)
            assert row["state"] != "unknown" or vendor in ("dumpling", "gumloop_agents"), row
        here.check_good()
    assert {"not sent", "run and recorded"} <= ended, ended


@pytest.mark.parametrize("vendor", VENDORS)
def test_read_only(bench, disk, vendor):
    here = Here(bench, disk)
    assert here("send", vendor, "Hi").code == 0
    disk.mount("-o", "remount,ro")
    run = here("send", vendor, "again")
    refused(run, str(here.state), "Read-only file system; state_dir must be a directory of a local disk that you may write\n")
    assert run.out == "" and bench.sandbox.runs == 1
    assert [row["message"] for row in here.rows] == ["Hi"], "what only reads works"
    here.check_good()


def test_read_only_and_empty(bench, disk):
    here = Here(bench, disk)
    disk.mount("-o", "remount,ro")
    refused(here("send", "dumpling", "Hi"),
            f"state_dir {here.state} cannot be made: Read-only file system; choose another, or mend it\n")
    assert bench.sandbox.runs == 0 and here.rows == [] and not here.state.exists()


def test_directory_without_write_permission(bench, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    state = tmp_path / "nuncio"
    state.mkdir(mode=0o500)
    bench.sandbox.reset()
    refused(bench.nuncio("send", "dumpling", "Hi", env={"XDG_STATE_HOME": str(tmp_path)}), str(state), "Permission denied")
    assert bench.sandbox.runs == 0


# ---- Damage ----------------------------------------------------------------------------------------------------


class Whole:
    """A journal of many interactions, most of it in journal.db itself."""

    count = 400

    def __init__(self, bench, place):
        self.bench, self.place = bench, place
        self.environment = {**bench.nuncio.environment, "XDG_STATE_HOME": str(place)}
        run = subprocess.run([MANY, str(bench.nuncio.file), "dumpling", str(self.count)], env=self.environment,
                             capture_output=True, text=True, timeout=LIMIT * 2, check=False)
        assert run.returncode == 0, run
        # All that is in the log goes into the file, as it does when the log is full.
        self.copy_log(place / "nuncio/journal.db")
        self.size = (place / "nuncio/journal.db").stat().st_size
        assert self.size > 200_000, self.size
        # And then there is something in the log again.
        assert bench.nuncio("send", "dumpling", "the last one", env={"XDG_STATE_HOME": str(place)}).code == 0

    @staticmethod
    def copy_log(file):
        sqlite3 = pytest.importorskip("sqlite3")
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture(scope="module")
def whole(bench, tmp_path_factory):
    if not MANY:
        pytest.skip("needs tests/many")
    return Whole(bench, tmp_path_factory.mktemp("whole"))


def damage(whole, place, how):
    """A copy of it, damaged."""
    shutil.copytree(whole.place / "nuncio", place / "nuncio")
    file = place / "nuncio/journal.db"
    if how == "cut":
        for other in ["-wal", "-shm"]:
            Path(f"{file}{other}").unlink(missing_ok=True)
        os.truncate(file, whole.size // 2 // 4096 * 4096)
    elif how == "cut within a page":
        for other in ["-wal", "-shm"]:
            Path(f"{file}{other}").unlink(missing_ok=True)
        os.truncate(file, whole.size // 2 // 4096 * 4096 + 1234)
    elif how == "overwritten":
        with file.open("r+b") as stream:
            stream.seek(whole.size // 2 // 4096 * 4096)
            stream.write(b"\xa5" * 16384)
    elif how == "log cut":  # the log is written again from its end, so what it ends with may be lost, and no more
        log = Path(f"{file}-wal")
        os.truncate(log, log.stat().st_size // 2)
        Path(f"{file}-shm").unlink(missing_ok=True)
    return {"XDG_STATE_HOME": str(place)}


@pytest.mark.parametrize("how", ["cut", "cut within a page", "overwritten"])
def test_damaged(bench, whole, tmp_path, how):
    """It is reported, and what is readable is shown."""
    environment = damage(whole, tmp_path, how)
    checked = bench.nuncio("journal", "check", env=environment)
    assert checked.code == 1 and re.search(r"^nuncio: .*damaged", checked.err, re.M), checked
    exported = bench.nuncio("journal", "export", env=environment)
    rows = [json.loads(line) for line in exported.out.splitlines()]
    assert exported.code == 1 and "damaged" in exported.err, exported.err[-500:]
    assert 0 < len(rows) <= whole.count, len(rows)
    for row in rows:
        assert row["reply"]["text"] in (reply_to(row["message"]), None) if row["message"] else True, row
    listed = bench.nuncio("list", "--json", "--limit", "5", env=environment)
    assert listed.code in (0, 1) and (listed.out or "damaged" in listed.err), listed
    bench.sandbox.reset()
    run = bench.send("dumpling", "Hi", env=environment)
    assert bench.sandbox.runs == (run.code == 0), run


def test_log_cut(bench, whole, tmp_path):
    """As after the loss of the machine: the journal is whole, and ends earlier."""
    environment = damage(whole, tmp_path, "log cut")
    checked = bench.nuncio("journal", "check", env=environment)
    assert (checked.code, checked.out) == (0, "the journal is good\n"), checked
    exported = bench.nuncio("journal", "export", env=environment)
    assert exported.code == 0 and 0 < len(exported.out.splitlines()) <= whole.count + 1


NONE = {"empty": b"", "text": b"no journal at all\n" * 300, "head": b"SQLite format 3\0" + bytes(84)}


@pytest.mark.parametrize("content", NONE.values(), ids=NONE)
def test_no_journal(bench, tmp_path, content):
    """A file that is none is refused, before anything is sent, and left as it is; an empty one is as good as none."""
    bench.sandbox.reset()
    (tmp_path / "nuncio").mkdir(mode=0o700)
    file = tmp_path / "nuncio/journal.db"
    file.touch(0o600)
    file.write_bytes(content)
    run = bench.send("dumpling", "Hi", env={"XDG_STATE_HOME": str(tmp_path)})
    if content:
        refused(run, str(file))
        assert bench.sandbox.runs == 0 and file.read_bytes() == content
    else:
        assert run.code == 0 and bench.sandbox.runs == 1
