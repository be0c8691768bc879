# SPDX-License-Identifier: MIT
"""Standard streams, signals, and the process as others see it."""

import signal
import subprocess
import time

import pytest

from contract import check_contract
from support import NUNCIO, Bench, Result, finish, ini
from test_systems import reply_to


def test_closed_standard_output(nuncio):
    """The reply cannot be told: that is an error, and no connection takes the descriptor's place."""
    for vendor in ["dumpling", "gumloop_sessions"]:
        command = [NUNCIO, "--config", str(nuncio.file), "send", vendor, "Hi"]
        run = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], env=nuncio.environment, timeout=60,
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert run.returncode == 1 and b"standard output" in run.stderr, run
        with open("/dev/full", "wb") as full:
            run = finish(nuncio.start("send", vendor, "Hi", stdout=full))
        assert run.code == 1 and "standard output" in run.err, run


def test_closed_standard_error_and_input(nuncio):
    command = [NUNCIO, "--config", str(nuncio.file), "send", "enthusiast", "Hi"]
    run = subprocess.run(["sh", "-c", 'exec "$@" 2>&- <&-', "sh", *command], env=nuncio.environment, timeout=60,
                         stdout=subprocess.PIPE, check=False)
    assert (run.returncode, run.stdout.decode()) == (0, reply_to("Hi") + "\n")


def started(bench, *arguments):
    """A message that the vendor works on."""
    process = bench.nuncio.start("send", *arguments)
    end = time.monotonic() + 20
    while not bench.sandbox.runs:
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_signal(number, code):
    """It detaches: the id is told, the object too; where the vendor is sync, a warning comes first."""
    with Bench(work="30s") as bench:
        for vendor, state in [("enthusiast", "processing"), ("gumloop_agents", "processing"), ("dumpling", "unknown")]:
            bench.sandbox.reset()
            process = started(bench, vendor, "Hi", "--json")
            while vendor != "dumpling" and not bench.sandbox.asked(f"{vendor}.poll"):
                time.sleep(0.01)
            start = time.monotonic()
            process.send_signal(number)
            run = finish(process, [vendor])
            assert run.code == code and time.monotonic() - start < 5, run
            result = check_contract(run.json)
            assert result["state"] == state and result["id"] in run.err, run
            assert ("warning: the reply" in run.err.splitlines()[0]) == (vendor == "dumpling"), run
            assert (f"nuncio wait {result['id']}" in run.err) == (state == "processing"), run
            assert ("nuncio settle" in run.err and "--again" in run.err) == (state == "unknown"), run
            assert bench.sandbox.runs == 1


def test_signal_before_anything_left():
    """Nothing listens: nothing was sent, and that is what is said."""
    with Bench() as bench:
        bench.nuncio.configure(ini("http://127.0.0.1:1"))
        process = bench.nuncio.start("--log-level", "info", "send", "dumpling", "Hi", "--json", "--timeout", "30s")
        first = process.stderr.readline()
        assert b"trying again" in first, first
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        run = Result(["dumpling"], process.returncode, out, err)
        assert run.code == 130 and run.json["state"] == "failed" and run.json["sends"] == 0, run
        assert run.json["id"] in run.err and "nothing was sent" in run.err, run


def test_quiet_where_nobody_looks(nuncio):
    """No spinner, no color into a file; color on demand."""
    run = nuncio("send", "enthusiast", "Hi")
    assert run.err == "" and "\x1b" not in run.out
    assert "\x1b[" in nuncio("--color", "always", "send", "nobody", "Hi").err
    assert "\x1b" not in nuncio("--color", "never", "send", "nobody", "Hi", env={"TERM": "xterm"}).err


def test_no_core_dump():
    """RLIMIT_CORE is 0 while keys are in memory."""
    with Bench(work="30s") as bench:
        process = started(bench, "dumpling", "Hi")
        try:
            with open(f"/proc/{process.pid}/limits", encoding="ascii") as limits:
                core = next(line for line in limits if line.startswith("Max core file size"))
            assert core.split()[4:6] == ["0", "0"], core
        finally:
            process.kill()
            process.communicate()
