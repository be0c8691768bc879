# SPDX-License-Identifier: MIT
"""Conversations by name and by an earlier interaction, from one process and from many."""

import signal

import pytest

from contract import ID, TIME, check_contract
from support import VENDORS, Bench, finish, ini, until
from test_systems import STRATEGIES, reply_to

NAME = "Reise nach Köln/2026 ✈"


def say(bench, vendor, text, turn, *options):
    """Its object; the reply tells which turn of its conversation it was."""
    run = bench.send(vendor, text, "--timeout", "40s", *options)
    result = check_contract(run.check(0, "completed", sends=1))
    assert result["reply"]["text"] == reply_to(text, turn), run
    assert result["strategy"] == "thread+" + STRATEGIES[vendor].removeprefix("thread+")
    return result


def by_name(vendor):
    with Bench(work="15ms") as bench:
        first = say(bench, vendor, "one", 1, "-c", NAME)
        assert first["conversation"]["name"] == NAME and first["conversation"]["remote_id"]
        second = say(bench, vendor, "two", 2, "--conversation", NAME)
        assert second["conversation"] == first["conversation"]
        other = say(bench, vendor, "other", 1, "-c", "other")
        assert other["conversation"]["remote_id"] != first["conversation"]["remote_id"]
        fresh = say(bench, vendor, "fresh", 1, "-c", NAME, "--new")
        assert fresh["conversation"]["name"] == NAME
        assert fresh["conversation"]["remote_id"] not in (first["conversation"]["remote_id"], None)
        assert say(bench, vendor, "next", 2, "-c", NAME)["conversation"] == fresh["conversation"]
        assert bench.sandbox.runs == 5


def by_interaction(vendor):
    """Of one without a name, and of one with: that conversation grows."""
    with Bench(work="15ms") as bench:
        plain = bench.send(vendor, "one").check(0)
        again = say(bench, vendor, "two", 2, "--continue", plain["id"])
        assert again["conversation"] == {"name": None, "remote_id": plain["conversation"]["remote_id"]}
        say(bench, vendor, "three", 3, "--continue", again["id"])
        say(bench, vendor, "four", 4, "--continue", plain["id"])
        named = say(bench, vendor, "one", 1, "-c", NAME)
        say(bench, vendor, "two", 2, "--continue", named["id"])
        say(bench, vendor, "three", 3, "-c", NAME)


def listing(vendor):
    with Bench(work="15ms") as bench:
        for name in ["b", NAME, "a"]:
            say(bench, vendor, "one", 1, "-c", name)
        last = say(bench, vendor, "two", 2, "-c", NAME)
        run = bench.nuncio("conversations", "--json")
        assert run.code == 0 and [row["name"] for row in run.rows] == [NAME, "a", "b"]
        row = run.rows[0]
        assert list(row) == ["name", "agent", "provider", "remote_id", "interaction", "changed_at"]
        assert row == {"name": NAME, "agent": vendor, "provider": vendor, "interaction": last["id"],
                       "remote_id": last["conversation"]["remote_id"], "changed_at": row["changed_at"]}
        assert TIME.fullmatch(row["changed_at"]) and row["changed_at"] >= last["created_at"]
        lines = bench.nuncio("conversations").out.splitlines()
        assert lines[0].split() == ["NAME", "AGENT", "PROVIDER", "REMOTE", "ID", "INTERACTION", "CHANGED"]
        assert len(lines) == 4 and lines[1].startswith(f"{NAME}  {vendor}  ") and row["remote_id"] in lines[1]
        assert ID.search(lines[1].split(row["remote_id"], 1)[1])[0] == last["id"]


def crash_in_conversation(vendor):
    """The next one finishes what a dead process left behind; the turns stay in order."""
    with Bench(work="2500ms") as bench:
        say(bench, vendor, "one", 1, "-c", NAME)
        process = bench.nuncio.start("send", vendor, "two", "-c", NAME)
        until(lambda: bench.sandbox.runs == 2, process)
        until(lambda: bench.nuncio.list()[0]["state"] in ("sending", "queued", "processing"), process)
        process.kill()
        assert finish(process).code == -signal.SIGKILL
        left = bench.nuncio.list()[0]["id"]
        say(bench, vendor, "three", 3, "-c", NAME)
        run = bench.nuncio("wait", left, "--json")
        if vendor == "dumpling":
            check_contract(run.check(7, "unknown"))
        else:
            assert check_contract(run.check(0, "completed"))["reply"]["text"] == reply_to("two", 2)
        assert bench.sandbox.runs == 3 and {row["count"] for row in bench.sandbox.get("/_stats")["runs"]} == {1}


def unknown_does_not_block(vendor):
    with Bench(work="15ms") as bench:
        say(bench, vendor, "one", 1, "-c", NAME)
        bench.sandbox.fault(f"{vendor}.send:drop@before")
        check_contract(bench.send(vendor, "two", "-c", NAME, "--timeout", "3s").check(7, "unknown"))
        say(bench, vendor, "three", 2, "-c", NAME)
        assert bench.sandbox.runs == 2


def at_once(vendor):
    """Messages of several processes go one after the other, and none meets a busy vendor's refusal."""
    with Bench(work="60ms") as bench:
        texts = [f"message {i}" for i in range(8)]
        options = ["-c", NAME, "--json", "--timeout", "50s"]
        runs = [finish(process) for process in [bench.nuncio.start("send", vendor, text, *options) for text in texts]]
        results = [check_contract(run.check(0, "completed", sends=1)) for run in runs]
        turns = sorted(int(result["reply"]["text"].split("]")[0].removeprefix("[turn ")) for result in results)
        assert turns == list(range(1, 9)) and bench.sandbox.runs == 8
        assert len({result["conversation"]["remote_id"] for result in results}) == 1


def agents_are_apart():
    """A name belongs to an agent; a conversation belongs to its vendor."""
    with Bench(work="15ms") as bench:
        for vendor in VENDORS:
            say(bench, vendor, "one", 1, "-c", "brief")
        first = say(bench, "dumpling", "two", 2, "-c", "brief")
        bench.nuncio("send", "gennia", "x", "--continue", first["id"]).usage_error(first["id"], "dumpling", "gennia")
        assert [row["agent"] for row in bench.nuncio("conversations", "--json").rows] == sorted(VENDORS)
        assert bench.sandbox.runs == len(VENDORS) + 1


def not_yet_known():
    """A conversation that nothing was sent into yet has no id at the vendor."""
    with Bench() as bench:
        good = bench.nuncio.file.read_text()
        bench.nuncio.configure(ini("http://127.0.0.1:1"))
        process = bench.nuncio.start("--log-level", "info", "send", "gumloop_sessions", "Hi", "-c", NAME)
        assert b"trying again" in process.stderr.readline()
        process.kill()
        finish(process)
        bench.nuncio.configure(good)
        for row in bench.nuncio("conversations", "--json").rows:
            assert row["remote_id"] is None and row["name"] == NAME
        assert bench.nuncio("resume").code == 0
        say(bench, "gumloop_sessions", "two", 2, "-c", NAME)


def previews():
    """They read no journal: there is none, and none is made."""
    with Bench() as bench:
        known = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for options in [["-c", NAME], ["-c", NAME, "--new"], ["--continue", known], ["--again", known],
                        ["--again", known, "--yes", "--no-wait"]]:
            for vendor in VENDORS:
                words = [] if "--again" in options else ["Hi"]
                explained = bench.nuncio("send", vendor, *words, *options, "--explain")
                assert explained.code == 0 and explained.err == "", explained
                thread = "--again" not in options or vendor == "enthusiast"
                assert explained.out.startswith("thread+") == thread, explained
                shown = bench.nuncio("send", vendor, *words, *options, "--dry-run")
                assert shown.code == 0 and shown.err == "" and ("MESSAGE" if not words else "Hi") in shown.out, shown
        assert not bench.nuncio.state.exists() and bench.sandbox.asked(None) == 0


def cases():
    found = {}
    for vendor in VENDORS:
        for function in [at_once, crash_in_conversation, by_name, by_interaction, listing, unknown_does_not_block]:
            found[f"{function.__name__} {vendor}"] = (function, vendor)
    for function in [agents_are_apart, not_yet_known, previews]:
        found[function.__name__] = (function,)
    return found


@pytest.mark.parametrize("case", cases())
def test_conversation(together, case):
    together[case]  # raises what went wrong in it
