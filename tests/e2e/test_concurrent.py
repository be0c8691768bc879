# SPDX-License-Identifier: MIT
"""Many at once: in one process, in many, and in one conversation. NUNCIO_MANY says how many; ./dev crash-test takes
200."""

import json
import os
import subprocess
import time

import pytest

from support import LIMIT, VENDORS, Bench, finish
from test_systems import reply_to

POLLED = ["gumloop_agents", "gumloop_sessions", "enthusiast"]
THREADED = ["gumloop_sessions", "gumloop_agents", "gennia", "enthusiast"]
MANY = os.environ.get("MANY")
COUNT = int(os.environ.get("NUNCIO_MANY") or 20)
PATIENCE = LIMIT + COUNT  # seconds; it takes as long as the machine needs, and this catches a hang


def bench_for(work, **providers):
    keys = {"max_in_flight": "1000", "timeout": f"{PATIENCE}s", "reconcile": "10s", **providers}
    return Bench(work=work, providers={"*": keys})


def until(condition, what):
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def rows_of(bench):
    run = bench.nuncio("list", "--json", "--limit", "100000")
    assert run.code == 0, run
    return [json.loads(line) for line in run.out.splitlines()]


def until_accepted(bench, count=1):
    """The journal knows that the vendor has them; and there it stays, since the vendor is held."""
    until(lambda: bench.sandbox.runs == count, "they are not all in flight")
    until(lambda: {row["state"] for row in rows_of(bench)} <= {"queued", "processing"}, "they are not all accepted")


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def resume(bench, *options):
    return finish(bench.nuncio.start(*options, "resume", "--json"), "resume", limit=PATIENCE)


def check_all(bench, vendor, run, count=COUNT):
    """Each of "message 1" to "message COUNT" ran once and has its reply."""
    assert run.code == 0, run
    rows = rows_of(bench)
    assert len(rows) == count and {row["state"] for row in rows} == {"completed"}, [row["error"] for row in rows]
    wanted = {f"message {number}": reply_to(f"message {number}") for number in range(1, count + 1)}
    assert {row["message"]: row["reply"]["text"] for row in rows} == wanted
    assert {row["sends"] for row in rows} == {1}
    runs = bench.sandbox.get("/_stats")["runs"]
    assert {one["text"]: one["count"] for one in runs} == dict.fromkeys(wanted, 1) and len(runs) == count


# ---- Killed in the middle --------------------------------------------------------------------------------------


@pytest.mark.skipif(not MANY, reason="needs tests/many")
@pytest.mark.parametrize("vendor", POLLED)
def test_one_process(vendor):
    """All are in flight in one process, which is killed."""
    with bench_for("60ms") as bench:
        bench.sandbox.hold(vendor)
        words = [MANY, str(bench.nuncio.file), vendor, str(COUNT)]
        process = subprocess.Popen(words, env=bench.nuncio.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            until_accepted(bench, COUNT)
        finally:
            process.kill()
            process.communicate(timeout=LIMIT)
        bench.sandbox.go_on()
        check_all(bench, vendor, resume(bench))


@pytest.mark.skipif(not MANY, reason="needs tests/many")
@pytest.mark.parametrize("vendor", ["gumloop_sessions", "gennia", "enthusiast"])
def test_one_process_in_the_dark(vendor):
    """It is killed while no SEND has been answered: each message is found at the vendor."""
    with bench_for("60ms") as bench:
        bench.sandbox.fault(f"{vendor}.send:hold*forever")
        words = [MANY, str(bench.nuncio.file), vendor, str(COUNT)]
        process = subprocess.Popen(words, env=bench.nuncio.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            until(lambda: bench.sandbox.runs == COUNT, "they are not all in flight")
        finally:
            process.kill()
            process.communicate(timeout=LIMIT)
        bench.sandbox.go_on()
        assert {row["state"] for row in rows_of(bench)} == {"sending"}
        check_all(bench, vendor, resume(bench))


@pytest.mark.parametrize("vendor", ["gumloop_sessions"] if COUNT > 50 else POLLED)
def test_many_processes(vendor):
    """As many processes, all killed while they wait; two resumes at once take each up once."""
    with bench_for("60ms") as bench:
        bench.sandbox.hold(vendor)
        processes = []
        try:
            for number in range(1, COUNT + 1):
                processes.append(bench.nuncio.start("send", vendor, f"message {number}", stdout=subprocess.DEVNULL,
                                                    stderr=subprocess.DEVNULL))
            until_accepted(bench, COUNT)
            assert not any(process.poll() for process in processes), "one has ended"
        finally:
            for process in processes:
                process.kill()
            for process in processes:
                process.wait(LIMIT)
        bench.sandbox.go_on()
        both = [bench.nuncio.start("resume", "--json") for _ in range(2)]
        runs = [finish(process, "resume", limit=PATIENCE) for process in both]
        assert [run.code for run in runs] == [0, 0], runs
        taken = [one["id"] for run in runs for one in objects(run.out)]
        assert len(taken) == len(set(taken)), "both took one up"
        check_all(bench, vendor, runs[0])


# ---- Beside a process that lives -------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", VENDORS)
def test_live_sender(vendor):
    """resume leaves it alone; wait watches; nobody calls it unknown, and each gets the reply."""
    with bench_for("60ms") as bench:
        bench.sandbox.hold(vendor)
        sender = bench.nuncio.start("send", "--json", vendor, "message 1")
        until(lambda: bench.sandbox.runs == 1, "it never ran")
        identifier = rows_of(bench)[0]["id"]
        waiters = [bench.nuncio.start("wait", "--json", identifier) for _ in range(2)]
        beside = [bench.nuncio.start("resume", "--json") for _ in range(2)]
        for run in [finish(process, "resume") for process in beside]:
            assert (run.code, run.out) == (0, ""), run
        bench.sandbox.go_on()
        for run in [finish(process, "send or wait") for process in [sender, *waiters]]:
            assert run.check(0, "completed", sends=1)["reply"]["text"] == reply_to("message 1"), run
        check_all(bench, vendor, resume(bench), 1)


def test_cancel_from_beside():
    """The vendor calls a run failed that was stopped; the sender knows better."""
    with bench_for("30s") as bench:
        sender = bench.nuncio.start("send", "--json", "gumloop_sessions", "message 1")
        until(lambda: [row["state"] for row in rows_of(bench)] in [["queued"], ["processing"]], "it was not accepted")
        identifier = rows_of(bench)[0]["id"]
        run = bench.nuncio("cancel", identifier)
        assert (run.code, run.err) == (0, ""), run
        finish(sender, "send").check(1, "cancelled", "cancelled", sends=1)
        assert [row["state"] for row in rows_of(bench)] == ["cancelled"]


@pytest.mark.parametrize("vendor", POLLED)
def test_sender_dies_while_watched(vendor):
    """Whoever watches takes over, one of them, and all get the reply."""
    with bench_for("60ms") as bench:
        bench.sandbox.hold(vendor)
        sender = bench.nuncio.start("send", "--json", vendor, "message 1")
        until_accepted(bench)
        identifier = rows_of(bench)[0]["id"]
        waiters = [bench.nuncio.start("wait", "--json", identifier) for _ in range(3)]
        time.sleep(0.2)
        sender.kill()
        sender.communicate(timeout=LIMIT)
        bench.sandbox.go_on()
        for run in [finish(process, "wait") for process in waiters]:
            assert run.check(0, "completed", sends=1)["reply"]["text"] == reply_to("message 1"), run
        check_all(bench, vendor, resume(bench), 1)


# ---- One conversation ------------------------------------------------------------------------------------------


def check_turns(bench, vendor, results, count):
    """All in one conversation, as turns 1 to COUNT, in which nobody was refused."""
    assert bench.sandbox.runs == count
    texts = sorted(((one["reply"]["text"], one["message"]) for one in results), key=lambda pair: int(pair[0][6:].split("]")[0]))
    assert [text for text, _ in texts] == [reply_to(message, turn) for turn, (_, message) in enumerate(texts, 1)]
    assert len({one["conversation"]["remote_id"] for one in results}) == 1
    assert {one["sends"] for one in results} == {1}
    refused = [request for request in bench.sandbox.get("/_requests") if request.get("status") == 409]
    assert not refused, refused


@pytest.mark.parametrize("vendor", THREADED)
def test_one_conversation(vendor):
    """Ten processes send into one conversation at once."""
    with bench_for("50ms") as bench:
        processes = [bench.nuncio.start("send", "--json", "-c", "brief", vendor, f"message {number}")
                     for number in range(1, 11)]
        runs = [finish(process, "send -c", limit=PATIENCE) for process in processes]
        assert [run.code for run in runs] == [0] * 10, runs
        check_turns(bench, vendor, [run.json for run in runs], 10)
        assert len(bench.nuncio("conversations", "--json").out.splitlines()) == 1


@pytest.mark.skipif(not MANY, reason="needs tests/many")
@pytest.mark.parametrize("vendor", THREADED)
def test_one_conversation_one_process(vendor):
    """The same within one process, beside another one."""
    with bench_for("20ms") as bench:
        words = [MANY, str(bench.nuncio.file), vendor, "5", "together", "brief"]
        processes = [subprocess.Popen(words, env=bench.nuncio.environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        runs = [finish(process, "many", limit=PATIENCE) for process in processes]
        assert [run.code for run in runs] == [0, 0], runs
        check_turns(bench, vendor, [one for run in runs for one in objects(run.out)], 10)


@pytest.mark.parametrize("vendor", ["gumloop_sessions", "enthusiast"])
def test_conversation_of_the_dead(vendor):
    """The first of a conversation is killed while it runs: the next one waits until that run is over."""
    with bench_for("60ms") as bench:
        bench.sandbox.hold(vendor)
        first = bench.nuncio.start("send", "--json", "-c", "brief", vendor, "message 1")
        until_accepted(bench)
        first.kill()
        first.communicate(timeout=LIMIT)
        second = bench.nuncio.start("send", "--json", "-c", "brief", vendor, "message 2")
        time.sleep(0.3)
        assert bench.sandbox.runs == 1 and second.poll() is None
        bench.sandbox.go_on()
        run = finish(second, "send -c").check(0, "completed", sends=1)
        assert run["reply"]["text"] == reply_to("message 2", 2), run
        assert resume(bench).code == 0
        rows = rows_of(bench)
        assert {row["message"]: row["reply"]["text"] for row in rows} == {
            "message 1": reply_to("message 1"), "message 2": reply_to("message 2", 2)}
        assert bench.sandbox.runs == 2
