# SPDX-License-Identifier: MIT
"""What comes out when patience ends (DESIGN section 5), and runs that take long or go astray."""

import socket
import time

import pytest

from contract import check_contract
from support import VENDORS, Bench, ini
from test_systems import reply_to

POLLED = ["gumloop_agents", "gumloop_sessions", "enthusiast"]
BUSY = {"gumloop_agents": "interaction-not-in-terminal-state", "gumloop_sessions": "interaction-not-in-terminal-state"}


def timed(bench, *arguments):
    start = time.monotonic()
    run = bench.send(*arguments)
    return run, time.monotonic() - start


# ---- Nothing has left: failed ----------------------------------------------------------------------------------


def unreachable(vendor):
    with socket.socket() as refused, Bench() as bench:
        refused.bind(("127.0.0.1", 0))  # bound, and nobody listens
        bench.nuncio.configure(ini(f"http://127.0.0.1:{refused.getsockname()[1]}"))
        run, seconds = timed(bench, vendor, "Hi", "--timeout", "700ms")
    result = check_contract(run.check(3, "failed", "unreachable", sends=0))
    assert "nothing was sent" in result["error"]["message"] and result["error"]["status"] is None
    assert 0.6 <= seconds < 30


def unresolved():
    with Bench(providers={"dumpling": {"base_url": "https://nuncio.invalid/api/v1"}}) as bench:
        run = bench.send("dumpling", "Hi", "--timeout", "700ms")
    result = run.check(3, "failed", "unreachable", sends=0)
    assert "nuncio.invalid" in result["error"]["message"]


def rate(vendor, fault):
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.send:{fault}*forever")
        run, seconds = timed(bench, vendor, "Hi", "--timeout", "1s")
        result = check_contract(run.check(6, "failed", "rate", sends=0))
        assert "nothing was sent" in result["error"]["message"] and result["error"]["status"] == 429
        assert bench.sandbox.runs == 0
        if "retry-after=60" in fault:
            assert bench.sandbox.asked(f"{vendor}.send") == 1, "it is longer than patience"
        else:
            assert 0.9 <= seconds < 30 and bench.sandbox.asked(f"{vendor}.send") >= 2


def busy(vendor):
    with Bench() as bench:
        remote = bench.send(vendor, "Hi").check(0)["conversation"]["remote_id"]
        bench.sandbox.fault(f"{vendor}.send:error={BUSY[vendor]}*forever")
        run, seconds = timed(bench, vendor, "Hi", "--remote", remote, "--timeout", "1s")
        result = check_contract(run.check(1, "failed", "busy", sends=0))
        assert "nothing was sent" in result["error"]["message"]
        assert result["error"]["status"] == 409
        assert result["error"]["vendor_code"] == "interaction_not_in_terminal_state"
        assert 0.9 <= seconds < 30 and bench.sandbox.runs == 1


def busy_for_a_while(vendor):
    """The conversation works on a message that was begun elsewhere: ours is sent when that is over."""
    with Bench(work=f"{vendor}=700ms") as bench:
        early = bench.nuncio.start("send", "--json", vendor, "first")
        while not bench.sandbox.runs:
            time.sleep(0.01)
        remote = bench.sandbox.get("/_stats")["runs"][0]["conversation"]
        result = bench.send(vendor, "second", "--remote", remote, "--timeout", "20s").check(0, "completed", sends=1)
        assert early.communicate(timeout=20)[0]
        assert result["reply"]["text"] == reply_to("second", 2)
        assert result["duration_ms"] >= 700 and bench.sandbox.runs == 2


# ---- Accepted: the run goes on ---------------------------------------------------------------------------------


def accepted(vendor):
    with Bench(work="30s") as bench:
        run, seconds = timed(bench, vendor, "Hi", "--timeout", "800ms")
        state = "queued" if vendor == "gumloop_sessions" else "processing"
        result = check_contract(run.check(5, state, "timeout", sends=1))
        assert result["ticket"] and result["conversation"]["remote_id"]
        assert result["finished_at"] is None and result["reply"]["text"] is None
        assert result["queue_position"] == (1 if vendor == "gumloop_sessions" else None)
        assert run.err.count("\n") == 1 and f"'nuncio wait {result['id']}' takes it up again" in run.err, run
        assert 0.7 <= seconds < 30 and bench.sandbox.runs == 1
        bare = bench.nuncio("send", vendor, "Hi", "--timeout", "300ms")
        assert (bare.code, bare.out) == (5, "") and bare.err.count("\n") == 1


def provider_timeout():
    """Without --timeout it is the provider's."""
    with Bench(work="30s", providers={"gumloop_agents": {"timeout": "500ms"}}) as bench:
        run, seconds = timed(bench, "gumloop_agents", "Hi")
        run.check(5, "processing", "timeout")
        assert 0.4 <= seconds < 30


def held_poll(vendor):
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.poll:hold")
        run, seconds = timed(bench, vendor, "Hi", "--timeout", "800ms")
        run.check(5, None, "timeout", sends=1)
        assert 0.7 <= seconds < 30


def lost_and_running(vendor):
    """The answer to SEND is lost, HISTORY shows the message and no reply yet: it was accepted."""
    with Bench(work="30s") as bench:
        bench.sandbox.fault(f"{vendor}.send:reset@after")
        run = bench.send(vendor, "Hi", "--timeout", "1500ms")
        result = check_contract(run.check(5, None, "timeout", sends=1))
        assert result["state"] in ("queued", "processing") and result["conversation"]["remote_id"]


# ---- Maybe sent: unknown ---------------------------------------------------------------------------------------


def cut_by_patience(vendor):
    """A held SEND that patience cuts off is maybe sent."""
    with Bench(work="30s") as bench:
        bench.sandbox.fault(f"{vendor}.send:hold@before")
        run, seconds = timed(bench, vendor, "Hi", "--timeout", "1s")
        result = check_contract(run.check(7, "unknown", "timeout", sends=1))
        assert "may have been sent" in result["error"]["message"]
        assert 0.9 <= seconds < 30 and bench.sandbox.asked(f"{vendor}.send") == 1


def sync_cut_by_patience():
    with Bench(work="30s") as bench:
        run, seconds = timed(bench, "dumpling", "Hi", "--timeout", "1s")
        run.check(7, "unknown", "timeout", sends=1)
        assert 0.9 <= seconds < 30 and bench.sandbox.runs == 1


def give_up():
    """A run that never becomes final is unknown."""
    with Bench(work="30s", providers={"*": {"give_up": "600ms"}}) as bench:
        run, seconds = timed(bench, "gumloop_agents", "Hi", "--timeout", "20s")
        result = check_contract(run.check(7, "unknown", "timeout", sends=1))
        assert result["ticket"] and 0.5 <= seconds < 30


# ---- A person is needed ----------------------------------------------------------------------------------------


def approval():
    with Bench() as bench:
        bench.sandbox.fault("gumloop_sessions.send:approval")
        run, seconds = timed(bench, "gumloop_sessions", "Hi", "--timeout", "20s")
        result = check_contract(run.check(5, "processing", "input_required", sends=1))
        assert "approve" in result["error"]["message"] and f"nuncio wait {result['id']}" in run.err
        assert result["finished_at"] is None and seconds < 10, "nobody waits for it"


# ---- Gennia's 408 ----------------------------------------------------------------------------------------------


def gennia_408():
    """timeoutSeconds is what is left of patience; after a 408 the reply is found by HISTORY."""
    with Bench(work="gennia=1500ms") as bench:
        bench.sandbox.fault("gennia.send:error=timeout@after")
        run = bench.send("gennia", "Hi", "--timeout", "20s")
        result = check_contract(run.check(0, "completed", sends=1))
        assert result["reply"]["text"] == reply_to("Hi") and result["usage"]["total_tokens"]
        assert bench.sandbox.runs == 1 and bench.sandbox.asked("gennia.send") == 1
        body = bench.sandbox.get("/_requests")[0]["body"]
        assert '"timeoutSeconds":19' in body or '"timeoutSeconds":20' in body, body


def gennia_408_of_its_own():
    """The vendor stops waiting by itself, while the run goes on: exit 5, since HISTORY shows our message."""
    with Bench(work="gennia=30s") as bench:
        run, seconds = timed(bench, "gennia", "Hi", "--timeout", "1900ms")  # timeoutSeconds 1
        result = check_contract(run.check(5, "processing", "timeout", sends=1))
        assert result["conversation"]["remote_id"] and bench.sandbox.asked("gennia.history") >= 1
        assert 1.7 <= seconds < 6


def gennia_408_then_reply():
    with Bench(work="gennia=1400ms", providers={"gennia": {"timeout": "20s"}}) as bench:
        bench.sandbox.fault("gennia.send:status=408@after")
        result = bench.send("gennia", "Hi").check(0, "completed", sends=1)
        assert result["reply"]["text"] == reply_to("Hi") and bench.sandbox.runs == 1


def gennia_timeout_seconds(patience, seconds):
    with Bench() as bench:
        bench.send("gennia", "Hi", "--timeout", patience).check(0)
        body = bench.sandbox.get("/_requests")[0]["body"]
        assert any(f'"timeoutSeconds":{number}' in body for number in (int(seconds), int(seconds) - 1)), body


# ---- Lost tasks and old replies --------------------------------------------------------------------------------


def lost_task():
    """Enthusiast says PENDING for ever; the history has the reply."""
    with Bench() as bench:
        bench.sandbox.fault("enthusiast.send:lost-task")
        result = bench.send("enthusiast", "Hi", "--timeout", "40s").check(0, "completed", sends=1)
        assert result["reply"]["text"] == reply_to("Hi") and bench.sandbox.runs == 1


def duplicate_old(times):
    """The first polls after a continuation still show how the turn before ended."""
    with Bench() as bench:
        first = bench.send("gumloop_agents", "same text").check(0)
        remote = first["conversation"]["remote_id"]
        bench.sandbox.fault(f"gumloop_agents.poll:duplicate-old*{times}")
        result = bench.send("gumloop_agents", "same text", "--remote", remote, "--timeout", "20s").check(0, "completed")
        assert bench.sandbox.fired() == [int(times)]
        assert result["reply"]["text"] == reply_to("same text", 2)


def old_reply_is_not_taken(vendor):
    """Turn two asks the same as turn one, and its answer is lost: the reply of turn one is not it."""
    with Bench(work=f"{vendor}=600ms") as bench:
        remote = bench.send(vendor, "same").check(0)["conversation"]["remote_id"]
        bench.sandbox.fault(f"{vendor}.send:reset@after")
        result = bench.send(vendor, "same", "--remote", remote, "--timeout", "20s").check(0, "completed", sends=1)
        assert result["reply"]["text"] == reply_to("same", 2) and bench.sandbox.runs == 2


def long_run_of_a_lost_continuation():
    """agent_status shows no messages until the run is over: it is asked on, longer than `reconcile`."""
    with Bench(work="gumloop_agents=2500ms", providers={"*": {"reconcile": "1s"}}) as bench:
        remote = bench.send("gumloop_agents", "one").check(0)["conversation"]["remote_id"]
        bench.sandbox.fault("gumloop_agents.send:reset@after")
        run = bench.send("gumloop_agents", "two", "--remote", remote, "--timeout", "20s")
        result = run.check(0, "completed", sends=1)
        assert result["reply"]["text"] == reply_to("two", 2) and bench.sandbox.runs == 2


def agent_failure(vendor):
    """Documented ends of a run: failed, and nothing is sent again."""
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.send:fail")
        result = check_contract(bench.send(vendor, "Hi", "--timeout", "20s").check(1, "failed", "agent", sends=1))
        assert bench.sandbox.asked(f"{vendor}.send") == 1 and result["finished_at"]


def agent_speaks_error():
    with Bench() as bench:
        bench.sandbox.fault("enthusiast.send:agent-error")
        result = bench.send("enthusiast", "Hi").check(1, "failed", "agent", sends=1)
        assert "We couldn't process your request at this time" in result["error"]["message"]


def queue_is_shown():
    with Bench("--queue", "3", work="30s") as bench:
        assert bench.send("gumloop_sessions", "Hi", "--timeout", "500ms").check(5, "queued")["queue_position"] == 3


def cases():
    found = {}

    def add(function, *arguments):
        found[" ".join([function.__name__, *arguments])] = (function, *arguments)

    add(lost_task)  # the slowest first
    add(long_run_of_a_lost_continuation)
    for vendor in VENDORS:
        add(unreachable, vendor)
        add(cut_by_patience, vendor)
        add(agent_failure, vendor)
        if vendor != "dumpling":
            add(old_reply_is_not_taken, vendor)
        if vendor != "gennia":
            for fault in ["status=429", "status=429,retry-after=60"]:
                add(rate, vendor, fault)
    for vendor in POLLED:
        for function in [accepted, held_poll]:
            add(function, vendor)
    add(lost_and_running, "gumloop_sessions")
    add(lost_and_running, "enthusiast")
    for vendor in BUSY:
        add(busy, vendor)
        add(busy_for_a_while, vendor)
    for function in [unresolved, provider_timeout, sync_cut_by_patience, give_up, approval, gennia_408,
                     gennia_408_of_its_own, gennia_408_then_reply, agent_speaks_error, queue_is_shown]:
        add(function)
    for patience, seconds in [("3s", "3"), ("4m", "240"), ("1h", "300")]:
        add(gennia_timeout_seconds, patience, seconds)
    for times in ["1", "3"]:
        add(duplicate_old, times)
    return found


@pytest.mark.parametrize("case", cases())
def test_patience(together, case):
    together[case]  # raises what went wrong in it
