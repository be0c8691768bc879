# SPDX-License-Identifier: MIT
"""Interactions that are taken up again: after patience, a signal, a crash; here or by another process. Whatever
happens, each message runs once."""

import re
import signal

import pytest

from contract import ID, check_contract
from support import VENDORS, Bench, finish, ini, until
from test_systems import reply_to

POLLED = ["gumloop_agents", "gumloop_sessions", "enthusiast"]
# An interaction that was cut off between its SEND and the answer to that is found again, except where the vendor has
# nothing to find it by.
FOUND = {"gumloop_agents": False, "gumloop_sessions": True, "gennia": True, "dumpling": False, "enthusiast": True}


def started(bench, vendor, *options, answered=True):
    """A process that sends, and the id of its interaction, once the message runs, and is known to be accepted."""
    if not answered:
        bench.sandbox.fault(f"{vendor}.send:hold@after")
    process = bench.nuncio.start("send", vendor, "Hi", *options)
    known = ["sending"] if not answered or vendor not in POLLED else ["queued", "processing"]
    until(lambda: bench.sandbox.runs, process)
    until(lambda: bench.nuncio.list()[0]["state"] in known, process)
    return process, bench.nuncio.list()[0]["id"]


def killed(bench, vendor, *options, answered=True):
    """The id of an interaction whose process was killed."""
    process, id_ = started(bench, vendor, *options, answered=answered)
    process.kill()
    assert finish(process).code == -signal.SIGKILL
    assert bench.sandbox.ask("DELETE", "/_faults")[0] == 200
    return id_


def check_reply(bench, id_, vendor):
    """It has its reply, ran once, and is answered from the journal from now on."""
    assert bench.sandbox.runs == 1 == bench.sandbox.get("/_stats")["runs"][0]["count"]
    asked = bench.sandbox.asked(None)
    result = check_contract(bench.nuncio("wait", id_, "--json").check(0, "completed", sends=1))
    assert result["reply"]["text"] == reply_to("Hi") and result["agent"] == vendor
    run = bench.nuncio("wait", id_)
    assert (run.code, run.out, run.err) == (0, reply_to("Hi") + "\n", ""), run
    assert bench.sandbox.asked(None) == asked


# ---- After patience and signals --------------------------------------------------------------------------------


def patience(vendor):
    with Bench(work="3s") as bench:
        run = bench.send(vendor, "Hi", "--timeout", "300ms")
        result = check_contract(run.json)
        assert (run.code, result["state"]) in [(5, "queued"), (5, "processing"), (7, "unknown")], run
        assert result["id"] in run.err and run.err.count("\n") == 1
        again = bench.nuncio("wait", result["id"])
        if vendor == "dumpling":  # it has no history
            assert (again.code, again.out, bench.sandbox.runs) == (7, "", 1), again
            assert f"nuncio settle {result['id']}" in again.err and again.err.count("\n") == 1
        else:
            assert (again.code, again.out, again.err) == (0, reply_to("Hi") + "\n", ""), again
            check_reply(bench, result["id"], vendor)


def patience_of_wait(vendor):
    with Bench(work="30s") as bench:
        id_ = bench.send(vendor, "Hi", "--no-wait").check(0)["id"]
        run = bench.nuncio("wait", id_, "--timeout", "300ms", "--json")
        result = check_contract(run.check(5, class_="timeout", sends=1))
        assert result["id"] == id_ and f"nuncio wait {id_}" in run.err and run.err.count("\n") == 1
        bare = bench.nuncio("wait", id_, "--timeout", "300ms")
        assert (bare.code, bare.out) == (5, "") and f"nuncio wait {id_}" in bare.err


def interrupted(vendor, number):
    with Bench(work="3s") as bench:
        process, id_ = started(bench, vendor)
        process.send_signal(getattr(signal, number))
        run = finish(process)
        assert run.code == {"SIGINT": 130, "SIGTERM": 143}[number] and run.out == "", run
        last = run.err.splitlines()[-1]
        assert last.startswith(f"nuncio: interrupted; interaction {id_}: "), run
        if vendor in POLLED:
            assert f"nuncio wait {id_}" in last and run.err.count("\n") == 1
        again = bench.nuncio("wait", id_)
        if vendor == "dumpling":
            assert again.code == 7 and bench.sandbox.runs == 1, again
        else:
            assert (again.code, again.out) == (0, reply_to("Hi") + "\n"), again
            check_reply(bench, id_, vendor)


def interrupted_wait(vendor):
    """Of several: each is named, and nothing is lost."""
    with Bench(work="3s") as bench:
        ids = [bench.send(vendor, "Hi", "--no-wait").check(0)["id"] for _ in range(2)]
        polls = bench.sandbox.asked(f"{vendor}.poll")
        process = bench.nuncio.start("wait", "--json", *ids)
        until(lambda: bench.sandbox.asked(f"{vendor}.poll") > polls + 2, process)
        process.send_signal(signal.SIGINT)
        run = finish(process)
        assert run.code == 130 and {row["id"] for row in run.rows} == set(ids), run
        assert run.err.count("\n") == 2 and all(f"nuncio wait {id_}" in run.err for id_ in ids), run
        again = bench.nuncio("wait", *ids)
        assert again.code == 0 and again.out.count(reply_to("Hi")) == 2 and bench.sandbox.runs == 2, again


# ---- After a crash ---------------------------------------------------------------------------------------------


def crash(vendor, moment, command):
    with Bench(work="3s") as bench:
        answered = moment == "accepted"
        id_ = killed(bench, vendor, answered=answered)
        found = FOUND[vendor] or (answered and vendor in POLLED)
        assert bench.nuncio.list()[0]["id"] == id_
        run = bench.nuncio(*[command, *([id_] if command == "wait" else [])])
        if not found:
            assert run.code == 7 and f"nuncio settle {id_}" in run.err and f"--again {id_} --yes" in run.err, run
            assert run.out == (f"{id_}  unknown     {vendor}\n" if command == "resume" else ""), run
            assert bench.sandbox.runs == 1
            return
        assert (run.code, run.err) == (0, ""), run
        assert run.out == (f"{id_}  completed   {vendor}\n" if command == "resume" else reply_to("Hi") + "\n"), run
        check_reply(bench, id_, vendor)


def crash_before_anything_left(vendor):
    """Nothing listened. What had not left goes out when it is taken up."""
    with Bench() as bench:
        good = bench.nuncio.file.read_text()
        bench.nuncio.configure(ini("http://127.0.0.1:1"))
        process = bench.nuncio.start("--log-level", "info", "send", vendor, "Hi")
        assert b"trying again" in process.stderr.readline()
        process.kill()
        finish(process)
        assert [row["state"] for row in bench.nuncio.list()] == ["new"]
        bench.nuncio.configure(good)
        run = bench.nuncio("resume", "--json")
        check_contract(run.check(0, "completed", sends=1))
        check_reply(bench, run.json["id"], vendor)


def crash_of_resume(vendor):
    with Bench(work="2s") as bench:
        id_ = killed(bench, vendor)
        polls = bench.sandbox.asked(f"{vendor}.poll")
        process = bench.nuncio.start("resume")
        until(lambda: bench.sandbox.asked(f"{vendor}.poll") > polls, process)
        process.kill()
        finish(process)
        assert bench.nuncio("resume").out == f"{id_}  completed   {vendor}\n"
        check_reply(bench, id_, vendor)


# ---- Without waiting -------------------------------------------------------------------------------------------


def no_wait(vendor):
    with Bench(work="3s") as bench:
        run = bench.nuncio("send", vendor, "Hi", "--no-wait")
        id_ = run.out.rstrip("\n")
        assert run.code == 0 and run.out.count("\n") == 1 and ID.fullmatch(id_), run
        state = bench.nuncio.list()[0]["state"]
        if vendor in POLLED:
            assert run.err == "" and state in ("queued", "processing"), run
        else:
            assert run.err == f"nuncio: {vendor} accepts a message only by answering it; waiting for the reply\n", run
            assert state == "completed"
        check_waited(bench, id_)
        run = bench.send(vendor, "Hi", "--no-wait")
        result = check_contract(run.json)
        assert run.code == 0 and result["error"] is None and (result["state"] != "completed") == (vendor in POLLED), run


def check_waited(bench, id_):
    run = bench.nuncio("wait", id_)
    assert (run.code, run.out, run.err) == (0, reply_to("Hi") + "\n", ""), run


def no_wait_refused(vendor):
    """Without an acceptance there is no id on standard output."""
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.send:status=401*forever")
        run = bench.nuncio("send", vendor, "Hi", "--no-wait")
        assert (run.code, run.out) == (4, "") and run.err.startswith("nuncio: ")
        bench.send(vendor, "Hi", "--no-wait").check(4, "failed", "auth")


# ---- Several ---------------------------------------------------------------------------------------------------


def several():
    """In the order of their ends; the exit code is the greatest."""
    with Bench("--work", "gumloop_agents=3s", "--work", "gumloop_sessions=50ms") as bench:
        slow, fast = (bench.send(vendor, vendor, "--no-wait").check(0)["id"] for vendor in POLLED[:2])
        process = bench.nuncio.start("wait", slow, fast)
        run = bench.nuncio("wait", "--json", slow, fast, slow)
        assert run.code == 0 and [row["id"] for row in run.rows] == [fast, slow] and run.err == "", run
        plain = finish(process)
        expected = f"{fast}: \n{reply_to('gumloop_sessions')}\n{slow}: \n{reply_to('gumloop_agents')}\n"
        assert (plain.code, plain.out, plain.err) == (0, expected, ""), plain
        bench.sandbox.fault("gumloop_sessions.send:fail")
        bad = bench.send("gumloop_sessions", "Hi", "--no-wait").json["id"]
        run = bench.nuncio("wait", bad, slow)
        assert run.code == 1 and run.out == f"{slow}: \n{reply_to('gumloop_agents')}\n", run
        assert run.err.startswith(f"nuncio: {bad}: gumloop_sessions: ") and run.err.count("\n") == 1
        run = bench.nuncio("wait", slow, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
        assert run.code == 2 and run.out == f"{slow}: \n{reply_to('gumloop_agents')}\n" and run.err.count("\n") == 1, run


def any_of_several():
    with Bench("--work", "gumloop_agents=30s", "--work", "gumloop_sessions=300ms") as bench:
        slow, fast = (bench.send(vendor, "Hi", "--no-wait").check(0)["id"] for vendor in POLLED[:2])
        run = bench.nuncio("wait", "--any", slow, fast)
        assert (run.code, run.out, run.err) == (0, f"{fast}: \n{reply_to('Hi')}\n", ""), run
        run = bench.nuncio("wait", "--any", "--json", slow, fast)
        assert run.code == 0 and run.json["id"] == fast, run
        assert [row["state"] for row in bench.nuncio.list("--agent", "gumloop_agents")] == ["processing"], "it goes on"
        bench.sandbox.fault("gumloop_sessions.send:fail")
        bad = bench.send("gumloop_sessions", "Hi", "--no-wait").json["id"]
        run = bench.nuncio("wait", "--any", slow, bad)
        assert (run.code, run.out) == (1, "") and bad in run.err, run


# ---- Beside a process that lives -------------------------------------------------------------------------------


def beside(vendor):
    """wait watches, resume leaves it alone; nobody calls it unknown."""
    with Bench(work="3s") as bench:
        process, id_ = started(bench, vendor)
        resume = bench.nuncio("resume")
        assert (resume.code, resume.out, resume.err) == (0, "", ""), resume
        waiting = bench.nuncio("wait", id_)
        assert (waiting.code, waiting.out) == (0, reply_to("Hi") + "\n"), waiting
        assert finish(process).out == reply_to("Hi") + "\n" and bench.sandbox.runs == 1
        assert bench.sandbox.asked(f"{vendor}.send") == 1


def takes_over(vendor):
    """The one that worked on it is killed; the one that watched goes on at once."""
    with Bench(work="3s") as bench:
        process, id_ = started(bench, vendor)
        watching = bench.nuncio.start("wait", id_)
        try:
            until(lambda: bench.nuncio.list()[0]["state"] != "new", watching)
        finally:
            process.kill()
        finish(process)
        run = finish(watching)
        if FOUND[vendor] or vendor in POLLED:
            assert (run.code, run.out) == (0, reply_to("Hi") + "\n"), run
            check_reply(bench, id_, vendor)
        else:
            assert run.code == 7 and bench.sandbox.runs == 1, run


def two_resumes():
    """Each interaction is taken up by one of them."""
    with Bench(work="3s") as bench:
        ids = [bench.send(vendor, f"{vendor} {i}", "--no-wait").check(0)["id"] for vendor in POLLED for i in range(3)]
        both = [bench.nuncio.start("resume") for _ in range(2)]
        runs = [finish(process) for process in both]
        assert [run.code for run in runs] == [0, 0] and [run.err for run in runs] == ["", ""], runs
        told = [line.split()[0] for run in runs for line in run.out.splitlines()]
        assert sorted(told) == sorted(ids), runs
        assert {row["state"] for row in bench.nuncio.list()} == {"completed"} and bench.sandbox.runs == len(ids)


# ---- resume ----------------------------------------------------------------------------------------------------


def resume_without_a_provider():
    """What cannot be taken up is told, and the others go on."""
    with Bench(work="300ms") as bench:
        gone, good = (bench.send(vendor, "Hi", "--no-wait").check(0)["id"] for vendor in POLLED[:2])
        text = bench.nuncio.file.read_text().replace("gumloop_agents]", "renamed]")
        text = text.replace("provider = gumloop_agents", "provider = renamed")
        bench.nuncio.configure(text.replace("[provider renamed]", "[provider renamed]\nplugin = gumloop_agents"))
        run = bench.nuncio("resume")
        assert run.code == 2 and run.out == f"{good}  completed   gumloop_sessions\n", run
        assert run.err.count("\n") == 1 and gone in run.err and "gumloop_agents" in run.err, run
        bench.nuncio("wait", gone).usage_error(gone)
        keyless = bench.nuncio.file.read_text().replace("api_key = ", "api_key_env = NOT_SET_")
        id_ = bench.send("gumloop_sessions", "Hi", "--no-wait").check(0)["id"]
        bench.nuncio.configure(keyless)
        run = bench.nuncio("resume")
        assert (run.code, run.out) == (2, "") and re.search(rf"^nuncio: {id_}: .*NOT_SET", run.err, re.M), run
        bench.nuncio("wait", id_).usage_error("NOT_SET")
        assert {row["id"]: row["state"] for row in bench.nuncio.list()} == {gone: "processing", good: "completed", id_: "queued"}


def resume_ends_by_a_signal():
    with Bench(work="30s") as bench:
        ids = [bench.send("gumloop_agents", "Hi", "--no-wait").check(0)["id"] for _ in range(3)]
        process = bench.nuncio.start("resume")
        until(lambda: bench.sandbox.asked("gumloop_agents.poll") > 3, process)
        process.send_signal(signal.SIGTERM)
        run = finish(process)
        assert (run.code, run.out) == (143, "") and run.err == "nuncio: interrupted; 3 are left as they are: nuncio resume\n"
        assert [row["state"] for row in bench.nuncio.list()] == ["processing"] * 3 and bench.nuncio.list()[2]["id"] == ids[0]


def resume_many():
    """More than are taken up at a time would take long; some at least, oldest first."""
    with Bench(work="50ms") as bench:
        ids = [bench.send("gumloop_agents", str(i), "--no-wait").check(0)["id"] for i in range(12)]
        run = bench.nuncio("resume", "--json")
        assert run.code == 0 and sorted(row["id"] for row in run.rows) == ids, run
        for row in run.rows:
            check_contract(row)
        assert bench.sandbox.runs == 12 and bench.nuncio("resume").out == ""


def resume_leaves_the_hopeless():
    """An unknown one at a vendor without history needs a person, not another look."""
    with Bench() as bench:
        bench.sandbox.fault("dumpling.send:drop@after")
        bench.send("dumpling", "Hi").check(7)
        run = bench.nuncio("resume")
        assert (run.code, run.out, run.err) == (0, "", ""), run


def mended_key(vendor):
    """A key that is refused while a run is asked about stops the asking, and not the run."""
    with Bench(work="300ms") as bench:
        bench.sandbox.fault(f"{vendor}.poll:status=401")
        run = bench.send(vendor, "Hi", "--timeout", "20s")
        result = check_contract(run.check(4, class_="auth", sends=1))
        assert result["state"] in ("queued", "processing"), run
        check_waited(bench, result["id"])
        check_reply(bench, result["id"], vendor)


# ---- cancel ----------------------------------------------------------------------------------------------------


def cancel():
    with Bench(work="30s") as bench:
        id_ = bench.send("gumloop_sessions", "Hi", "--no-wait").check(0)["id"]
        run = bench.nuncio("cancel", id_)
        assert (run.code, run.out, run.err) == (0, "", "") and bench.sandbox.asked("gumloop_sessions.cancel") == 1, run
        result = check_contract(bench.nuncio("wait", id_, "--json").check(1, "cancelled", "cancelled"))
        run = bench.nuncio("cancel", id_, "--json")
        assert run.code == 1 and run.err == f"nuncio: interaction {id_} has ended\n" and run.json == result, run
        id_ = bench.send("gumloop_sessions", "Hi", "--no-wait").check(0)["id"]
        run = bench.nuncio("cancel", "--json", id_)
        assert run.code == 0 and run.err == "" and check_contract(run.json)["state"] == "cancelled", run


def cancel_beside():
    """What another process works on: that one hears of it."""
    with Bench(work="30s") as bench:
        process, id_ = started(bench, "gumloop_sessions", "--json")
        run = bench.nuncio("cancel", id_)
        assert (run.code, run.out, run.err) == (0, "", ""), run
        check_contract(finish(process).check(1, "cancelled", "cancelled"))
        assert bench.nuncio.list()[0]["state"] == "cancelled" and bench.sandbox.runs == 1


def cannot_cancel(vendor):
    """Nothing has changed, and the run goes on."""
    with Bench(work="3s") as bench:
        process, id_ = started(bench, vendor)
        for form in [[], ["--json"]]:
            run = bench.nuncio("cancel", id_, *form)
            assert run.code == 1 and "the run goes on" in run.err and run.err.count("\n") == 1, run
            assert run.json["state"] in ("sending", "processing") if form else run.out == "", run
        assert finish(process).out == reply_to("Hi") + "\n"
        run = bench.nuncio("cancel", id_)
        assert (run.code, run.err) == (1, f"nuncio: interaction {id_} has ended\n"), run


def cancel_before_anything_left(vendor):
    with Bench() as bench:
        good = bench.nuncio.file.read_text()
        bench.nuncio.configure(ini("http://127.0.0.1:1"))
        process = bench.nuncio.start("--log-level", "info", "send", vendor, "Hi")
        assert b"trying again" in process.stderr.readline()
        process.kill()
        finish(process)
        bench.nuncio.configure(good)
        id_ = bench.nuncio.list()[0]["id"]
        run = bench.nuncio("cancel", id_)
        assert (run.code, run.out, run.err) == (0, "", ""), run
        assert bench.nuncio.list()[0]["state"] == "cancelled" and bench.sandbox.asked(None) == 0
        assert bench.nuncio("resume").out == ""


def cases():
    found = {}

    def add(function, *arguments):
        found[" ".join([function.__name__, *arguments])] = (function, *arguments)

    for vendor in VENDORS:
        for moment in ["accepted", "unanswered"]:
            for command in ["wait", "resume"]:
                add(crash, vendor, moment, command)
        for number in ["SIGINT", "SIGTERM"]:
            add(interrupted, vendor, number)
        for function in [patience, crash_before_anything_left, no_wait, no_wait_refused, beside, takes_over,
                         cancel_before_anything_left]:
            add(function, vendor)
        if vendor != "gumloop_sessions":
            add(cannot_cancel, vendor)
    for vendor in POLLED:
        for function in [patience_of_wait, interrupted_wait, crash_of_resume, mended_key]:
            add(function, vendor)
    for function in [several, any_of_several, two_resumes, resume_without_a_provider, resume_ends_by_a_signal,
                     resume_many, resume_leaves_the_hopeless, cancel, cancel_beside]:
        add(function)
    return found


@pytest.mark.parametrize("case", cases())
def test_taking_up(together, case):
    together[case]  # raises what went wrong in it


