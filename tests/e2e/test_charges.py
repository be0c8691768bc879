# SPDX-License-Identifier: MIT
"""One message is one charge: whatever breaks between the message and its reply, the vendor runs it once, and the
journal comes to know of it. Each case ends by asking for it once more in two ways, which must not run it again."""

import json
import os
import signal
import subprocess
import time

import pytest

from support import LIMIT, VENDORS, Bench, Result
from test_systems import reply_to

POLLED = ["gumloop_agents", "gumloop_sessions", "enthusiast"]
FOUND = ["gumloop_sessions", "gennia", "enthusiast"]  # HISTORY finds a message whose answer was lost
MANY = os.environ.get("MANY")


def bench_for(work="60ms"):
    return Bench(work=work, providers={"*": {"reconcile": "3s", "timeout": "20s"}})


def the_row(bench):
    rows = bench.nuncio("list", "--json").out.splitlines()
    assert len(rows) == 1, rows
    return json.loads(rows[0])


def await_runs(bench, count=1):
    """Until the vendor has begun."""
    limit = time.monotonic() + LIMIT
    while bench.sandbox.runs < count:
        assert time.monotonic() < limit, "it never ran"
        time.sleep(0.005)


def await_accepted(bench):
    """Until the journal knows that the vendor has it."""
    limit = time.monotonic() + LIMIT
    while the_row(bench)["state"] == "sending":
        assert time.monotonic() < limit, "it was never accepted"
        time.sleep(0.005)


def check_once(bench, vendor, run=None, found=None):
    """The end of each case: it ran once, and is completed where the vendor can be asked; else it is unknown. Asking
    for it again, here and there, runs nothing."""
    for _ in range(2):
        bench.nuncio("resume", "--json")
        identifier = the_row(bench)["id"]
        waited = bench.nuncio("wait", "--json", identifier)
        row = the_row(bench)
        assert bench.sandbox.runs == 1, (run, waited)
        if vendor in FOUND if found is None else found:
            assert waited.code == 0 and row["state"] == "completed", (run, waited)
            assert row["reply"]["text"] == reply_to("Hi"), row
        else:
            assert waited.code == 7 and row["state"] == "unknown", (run, waited)
        assert row["sends"] >= 1


# ---- The answer to SEND is lost --------------------------------------------------------------------------------


def spoiled(vendor, fault):
    """504 after accepting, RST after accepting, a reply that is cut off."""
    with bench_for() as bench:
        bench.sandbox.fault(f"{vendor}.send:{fault}@after")
        run = bench.send(vendor, "Hi")
        assert bench.sandbox.fired() == [1], run
        assert run.code == (0 if vendor in FOUND else 7), run
        check_once(bench, vendor, run)


def timed_out(vendor):
    """Patience ends while SEND is not answered and the vendor works."""
    with bench_for(work="1500ms") as bench:
        bench.sandbox.fault(f"{vendor}.send:hold")
        run = bench.send(vendor, "Hi", "--timeout", "500ms")
        assert run.code in (5, 7), run
        bench.sandbox.go_on()
        check_once(bench, vendor, run)


def reused(vendor):
    """A program sends two messages, the second on the connection of the first, which dies after the request."""
    with bench_for() as bench:
        bench.sandbox.fault(f"{vendor}.send:reused-close*forever")
        process = subprocess.run([MANY, str(bench.nuncio.file), vendor, "2", "in-turn"], env=bench.nuncio.environment,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False)
        run = Result("many", process.returncode, process.stdout, process.stderr)
        assert run.code == 0, run
        shown = [json.loads(line) for line in run.out.splitlines()]
        assert [one["message"] for one in shown] == ["message 1", "message 2"], run
        assert bench.sandbox.fired()[0] >= 1, "no connection was used again"
        for one in shown:
            assert one["state"] == ("completed" if vendor in FOUND else one["state"]), run
            assert one["state"] in ("completed", "unknown"), run
        bench.nuncio("resume", "--json")
        assert [one["count"] for one in bench.sandbox.get("/_stats")["runs"]] == [1, 1], run


# ---- The process is no more ------------------------------------------------------------------------------------


def killed_before_answer(vendor):
    """kill -9 between the request and its answer."""
    with bench_for(work="200ms") as bench:
        bench.sandbox.fault(f"{vendor}.send:hold")
        process = bench.nuncio.start("send", vendor, "Hi")
        await_runs(bench)
        process.kill()
        process.communicate(timeout=LIMIT)
        assert the_row(bench)["state"] == "sending"
        bench.sandbox.go_on()
        check_once(bench, vendor)


def interrupted(vendor, number):
    """Ctrl-C or SIGTERM while the agent works."""
    with bench_for() as bench:
        bench.sandbox.hold(vendor)
        process = bench.nuncio.start("send", "--json", vendor, "Hi")
        await_runs(bench)
        if vendor in POLLED:
            await_accepted(bench)
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT)
        assert process.returncode == 128 + number, (out, err)
        assert the_row(bench)["id"] in err.decode(), err
        bench.sandbox.go_on()
        check_once(bench, vendor, (out, err), vendor in POLLED or vendor in FOUND)


def restarted(vendor):
    """kill -9 while it polls; the machine comes up again, and somebody waits for it."""
    with bench_for() as bench:
        bench.sandbox.hold(vendor)
        process = bench.nuncio.start("send", vendor, "Hi")
        await_runs(bench)
        await_accepted(bench)
        process.kill()
        process.communicate(timeout=LIMIT)
        row = the_row(bench)
        assert row["state"] in ("queued", "processing"), row
        bench.sandbox.go_on()
        run = bench.nuncio("wait", "--json", row["id"]).check(0, "completed", sends=1)
        assert run["reply"]["text"] == reply_to("Hi") and run["id"] == row["id"]
        check_once(bench, vendor, found=True)


def cases():
    found = {}

    def add(function, *arguments):
        found["-".join([function.__name__, *map(str, arguments)])] = (function, *arguments)

    for vendor in VENDORS:
        for fault in ["status=504", "reset", "drop", "cut=0", "cut=9", "cut-reset=9"]:
            add(spoiled, vendor, fault)
        add(timed_out, vendor)
        add(killed_before_answer, vendor)
        for number in [signal.SIGINT, signal.SIGTERM]:
            add(interrupted, vendor, int(number))
        if MANY:
            add(reused, vendor)
    for vendor in POLLED:
        add(restarted, vendor)
    return found


@pytest.mark.parametrize("case", cases())
def test_charge(together, case):
    together[case]  # raises what went wrong in it
