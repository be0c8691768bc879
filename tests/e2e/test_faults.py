# SPDX-License-Identifier: MIT
"""Faults on the way: what is transient is survived, and a message that may have been sent is never sent again."""

import socket
import threading

import pytest

from contract import check_contract
from support import VENDORS, Bench, Sandbox, ini
from test_systems import reply_to

POLLED = ["gumloop_agents", "gumloop_sessions", "enthusiast"]
FOUND = ["gumloop_sessions", "gennia", "enthusiast"]  # HISTORY finds a message whose answer was lost
RATE = {"gumloop_sessions": "agent-concurrency-limit-exceeded", "dumpling": "rate-limit-exceeded"}
SPOILS = ["status=500", "status=502", "status=503", "status=504", "html", "garbage", "cut=0", "cut=20", "cut-reset=0",
          "cut-reset=20", "drop", "reset"]
BROKEN = ["drop", "reset", "status=500", "status=502", "status=429", "html", "garbage", "cut=0", "cut=9",
          "cut-reset=0", "cut-reset=9", "status=404"]


def check_ran_once(bench, vendor, result, reply):
    """One request, one run, and the reply to it."""
    assert result["reply"]["text"] == reply and result["sends"] == 1
    assert bench.sandbox.asked(f"{vendor}.send") == 1 and bench.sandbox.runs == 1


# ---- Transient faults ------------------------------------------------------------------------------------------


def before_send(vendor, fault, step):
    """Nothing ran: the same request again."""
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.{step}:{fault}*2")
        result = check_contract(bench.send(vendor, "Hi", "--timeout", "20s").check(0, "completed", sends=1))
        assert bench.sandbox.fired() == [2]
        assert bench.sandbox.asked(f"{vendor}.{step}") == 3 and bench.sandbox.runs == 1
        if "retry-after=1" in fault:
            assert result["duration_ms"] >= 2000, "Retry-After is at least waited for"
        else:
            assert result["duration_ms"] >= 700, "a wait that grows"
        return result["duration_ms"]


def while_asked(vendor, fault, step):
    """The run goes on whatever becomes of a question about it."""
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.{step}:{fault}*2")
        result = check_contract(bench.send(vendor, "Hi", "--timeout", "20s").check(0, "completed"))
        assert bench.sandbox.fired() == [2]
        check_ran_once(bench, vendor, result, reply_to("Hi"))


def late_server(vendor):
    """Connection refused at first: the port is bound, so that nobody else takes it, and nobody listens."""
    with socket.socket() as reserved, Bench() as bench:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        bench.nuncio.configure(ini(f"http://127.0.0.1:{port}"))
        process = bench.nuncio.start("--log-level", "info", "send", "--json", vendor, "Hi", "--timeout", "20s")
        noticed = process.stderr.readline().decode()
        with Sandbox(port=port) as sandbox:
            out, err = process.communicate(timeout=30)
            assert process.returncode == 0, (noticed, out, err)
            assert sandbox.runs == 1
        assert noticed.startswith("nuncio: info: ") and "trying again" in noticed, noticed


# ---- SENDs of which nobody can say whether they arrived --------------------------------------------------------


def ambiguous(vendor, fault):
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.send:{fault}@after")
        run = bench.send(vendor, "Hi", "--timeout", "20s")
        result = check_contract(run.json)
        assert bench.sandbox.fired() == [1], run
        assert bench.sandbox.asked(f"{vendor}.send") == 1 and bench.sandbox.runs == 1, run
        assert result["sends"] == 1, run
        if vendor in FOUND:
            run.check(0, "completed")
            assert result["reply"]["text"] == reply_to("Hi"), run
        else:
            run.check(7, "unknown")
            assert result["error"]["message"] in run.err
            assert result["conversation"]["remote_id"] is None and result["ticket"] is None


def ambiguous_continuation(vendor, fault):
    """gumloop_agents knows its interaction now; Dumpling's thread still cannot be read."""
    with Bench() as bench:
        remote = bench.send(vendor, "Hi").check(0)["conversation"]["remote_id"]
        bench.sandbox.fault(f"{vendor}.send:{fault}@after")
        run = bench.send(vendor, "Hi", "--remote", remote, "--timeout", "20s")
        result = check_contract(run.json)
        assert bench.sandbox.asked(f"{vendor}.send") == 2 and bench.sandbox.runs == 2, run
        assert result["conversation"]["remote_id"] == remote, run
        if vendor == "dumpling":
            run.check(7, "unknown", sends=1)
        else:
            run.check(0, "completed", sends=1)
            assert result["reply"]["text"] == reply_to("Hi", 2), run


def lost_before(vendor, fault):
    """The request never reached the vendor, but who knows: only gumloop_sessions has a key that makes sending again
    safe; all others end as unknown."""
    with Bench(providers={"*": {"reconcile": "3s"}}) as bench:
        bench.sandbox.fault(f"{vendor}.send:{fault}@before")
        run = bench.send(vendor, "Hi", "--timeout", "20s")
        if vendor == "gumloop_sessions":
            result = run.check(0, "completed")
            assert result["reply"]["text"] == reply_to("Hi") and bench.sandbox.runs == 1
            bodies = [request for request in bench.sandbox.get("/_requests") if request["step"] == "send"]
            assert len(bodies) == 2 and bodies[0]["body"] == bodies[1]["body"], "repeated with the same key"
        else:
            run.check(7, "unknown", sends=1)
            assert bench.sandbox.asked(f"{vendor}.send") == 1 and bench.sandbox.runs == 0, run


def lost_twice(fault):
    """The creation ran, its answer and the first look were lost: the repeat meets session_already_exists."""
    with Bench() as bench:
        bench.sandbox.fault(f"gumloop_sessions.send:{fault}@after", "gumloop_sessions.poll:error=session-not-found*4")
        result = bench.send("gumloop_sessions", "Hi", "--timeout", "30s").check(0, "completed")
        assert result["reply"]["text"] == reply_to("Hi") and bench.sandbox.runs == 1


def while_looked_for(vendor, step, fault):
    """What breaks while a lost message is looked for, is asked again."""
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.send:reset@after", f"{vendor}.{step}:{fault}*2")
        result = bench.send(vendor, "Hi", "--timeout", "20s").check(0, "completed")
        assert bench.sandbox.fired() == [1, 2]
        check_ran_once(bench, vendor, result, reply_to("Hi"))


def open_lost(fault):
    """An orphan conversation costs nothing: OPEN is repeated once."""
    with Bench() as bench:
        bench.sandbox.fault(f"enthusiast.open:{fault}@after")
        result = bench.send("enthusiast", "Hi", "--timeout", "20s").check(0, "completed")
        check_ran_once(bench, "enthusiast", result, reply_to("Hi"))
        assert bench.sandbox.asked("enthusiast.open") == 2
        bench.sandbox.fault(f"enthusiast.open:{fault}@after*2")
        bench.send("enthusiast", "Hi", "--timeout", "20s").check(1, "failed", sends=0)
        assert bench.sandbox.asked("enthusiast.open") == 4 and bench.sandbox.runs == 1


def reused_close(vendor):
    """The server closes a reused connection after it has read the request: it gets it once."""
    with Bench() as bench:
        arguments = []
        if vendor != "enthusiast":  # which opens a conversation on the same connection first
            arguments = ["--remote", bench.send(vendor, "Hi").check(0)["conversation"]["remote_id"]]
        before = bench.sandbox.runs
        bench.sandbox.fault(f"{vendor}.send:reused-close*forever")
        run = bench.send(vendor, "once", *arguments, "--timeout", "20s")
        assert bench.sandbox.runs == before + 1 and bench.sandbox.asked(f"{vendor}.send") == before + 1, run
        assert bench.sandbox.fired() == [0 if vendor == "dumpling" else 1], run
        run.check(0, "completed", sends=1)
        assert run.json["reply"]["text"].endswith("You said: once")


# ---- Redirects -------------------------------------------------------------------------------------------------


class Ear:
    """Listens on a port and keeps what it hears."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.heard = self.socket.getsockname()[1], []
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.heard.append(connection.recv(65536))
                except OSError:
                    self.heard.append(b"")

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


def redirected(vendor, step):
    ear = Ear()
    try:
        with Bench() as bench:
            place = f"http://127.0.0.1:{ear.port}/elsewhere"
            bench.sandbox.fault(f"{vendor}.{step}:redirect={place}")
            run = bench.send(vendor, "a secret message", "--timeout", "20s")
            if step in ("send", "open"):
                result = run.check(1, "failed", "invalid", sends=0)
                assert result["error"]["status"] == 307
                assert place in result["error"]["message"] and "base_url" in result["error"]["message"]
                assert bench.sandbox.runs == 0
            else:  # a question about the run: asked again at the right place
                run.check(0, "completed")
            assert bench.sandbox.fired() == [1]
    finally:
        ear.close()
    assert ear.heard == []


# ---- The cases -------------------------------------------------------------------------------------------------


def cases():
    found = {}

    def add(function, *arguments):
        found[" ".join([function.__name__, *arguments])] = (function, *arguments)

    for vendor, error in RATE.items():
        add(before_send, vendor, f"error={error}", "send")
        add(before_send, vendor, f"error={error},retry-after=1", "send")
    for vendor in VENDORS:
        if vendor != "gennia":  # where 429 is a quota
            add(before_send, vendor, "status=429", "send")
            add(before_send, vendor, "status=429,retry-after=1", "send")
    add(before_send, "enthusiast", "status=429", "open")
    for fault in BROKEN:
        for vendor in POLLED:
            add(while_asked, vendor, fault, "poll")
        add(while_asked, "enthusiast", fault, "fetch")
    for vendor in VENDORS:
        add(late_server, vendor)
        add(redirected, vendor, "send")
        for fault in SPOILS:
            add(ambiguous, vendor, fault)
        for fault in ["status=502", "garbage", "cut=20", "drop", "reset"]:
            add(ambiguous_continuation, vendor, fault)
        for fault in ["status=503", "drop"]:
            add(lost_before, vendor, fault)
        if vendor != "dumpling":
            add(reused_close, vendor)
    for fault in ["drop", "status=500"]:
        add(lost_twice, fault)
        add(open_lost, fault)
    add(redirected, "enthusiast", "open")
    for vendor in POLLED:
        add(redirected, vendor, "poll")
    add(redirected, "enthusiast", "fetch")
    for vendor, step in [("gennia", "history"), ("enthusiast", "history"), ("gumloop_sessions", "poll")]:
        for fault in ["drop", "status=503", "garbage", "status=429"]:
            add(while_looked_for, vendor, step, fault)
    return found


@pytest.mark.parametrize("case", cases())
def test_fault(together, case):
    together[case]  # raises what went wrong in it
