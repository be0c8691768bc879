# SPDX-License-Identifier: MIT
"""What answers as large as the default max_reply of 16 MB do to the program's memory: it grows by that and 8 MB at most."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from support import NUNCIO, Nuncio, ini

MAX_REPLY = 16 << 20
SPARE = 8 << 20
SIZE = MAX_REPLY - (64 << 10)
SANITIZED = b"__asan_init" in Path(NUNCIO).read_bytes()


def answer(text=b"Well.", rest=b"0"):
    return (b'{"parsedJson":null,"threadId":"t1","stepsTaken":1,"steps":[],"text":"%s","rest":%s}' % (text, rest))


def items(inside, count):
    return b"[" + b",".join([inside] * count) + b"]"


def as_long(values):
    """So many items as are allowed, and as long as may be."""
    return items(b'"' + b"x" * (SIZE // values - 3) + b'"', values), items(b"1" * (SIZE // values - 1), values)


class Server:
    """Answers every request with the body; endlessly where it is None."""

    def __init__(self, body):
        self.body, self.socket = body, socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                self.serve(self.socket.accept()[0])
        except OSError:
            pass

    def serve(self, connection):
        with connection:
            try:
                taken = b""
                while not taken.rstrip().endswith(b"}"):
                    taken += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + (self.body or b'{"text":"'))
                while self.body is None:
                    connection.sendall(b"x" * 262144)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


# A process has the peak of the one that starts it, up to there; so a small one does.
STARTER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)
"""


def run(program, body, store, *options):
    """Exit code, what it printed, the most memory that it had."""
    with Server(body) as server:
        program.configure(ini(server.base, {"dumpling": {"base_url": server.base, "timeout": "30s"}}, nuncio={"store": store}))
        command = [sys.executable, "-S", "-c", STARTER, NUNCIO, "--config", str(program.file), "send", "dumpling", "Hi", *options]
        done = subprocess.run(command, env=program.environment, capture_output=True, timeout=60, check=True)
    *said, last = done.stderr.decode().splitlines()
    code, kilobytes = map(int, last.split())
    return code, done.stdout, kilobytes << 10, "".join(said)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The memory that a small answer takes, by store."""
    found = {}
    for store in ("memory", "sqlite"):
        code, out, found[store], said = run(Nuncio(tmp_path_factory.mktemp(store)), answer(), store)
        assert (code, out) == (0, b"Well.\n"), said
    return found


CASES = {
    "endless": (None, 7, None),
    "a reply": (answer(b"s" * SIZE), 0, b"s" * SIZE),
    "a reply of escapes": (answer(b"\\n" * (SIZE // 2)), 0, b"\n" * (SIZE // 2)),
    "a string": (answer(rest=b'"' + b"s" * SIZE + b'"'), 0, b"Well."),
    "numbers": (answer(rest=items(b"1", SIZE // 2)), 7, None),
    "lists": (answer(rest=items(b"[]", SIZE // 3)), 7, None),
    "objects": (answer(rest=items(b'{"a":{}}', SIZE // 9)), 7, None),
    "as many numbers as are allowed": (answer(rest=items(b"1", 249000)), 0, b"Well."),
    "as many strings as are allowed, and long": (answer(rest=as_long(98000)[0]), 0, b"Well."),
    "as many numbers as are allowed, and long": (answer(rest=as_long(98000)[1]), 0, b"Well."),
}


@pytest.mark.skipif(SANITIZED, reason="AddressSanitizer takes memory for itself")
@pytest.mark.parametrize("store", ["memory", "sqlite"])
@pytest.mark.parametrize("case", CASES)
def test_memory(program, small, case, store):
    body, expected, reply = CASES[case]
    code, out, peak, said = run(program, body, store)
    assert code == expected, said
    if reply is not None:
        assert out.rstrip(b"\n") == reply.rstrip(b"\n")
    # SQLite makes a row of the reply, which is a second copy for a moment.
    kept = len(reply or b"") if store == "sqlite" else 0
    assert peak - small[store] <= MAX_REPLY + SPARE + kept, f"{(peak - small[store]) >> 10} kB more than for a small answer"
