#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""startup.py PREFIX SANDBOX [RUNS]: how long nuncio, installed below PREFIX, takes for what curl does too, side by side
in one run: to print its version, one POST over http, the same over https, both without a journal, which curl does not
keep; and the first once more with nuncio's journal on the disk. Wall time and the process's own CPU time
(user and system); each pair alternates, so that whatever else the machine does falls on both. Prints medians, the
least, and the ratio of the medians. Nothing is judged: a number depends on its machine."""

import contextlib
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import trustme

KEY = "sandbox-key"


class TlsFront:
    """Takes TLS off and passes bytes on to a port; the same one serves both programs."""

    def __init__(self, port, directory):
        authority, self.context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.context)
        self.ca_file = f"{directory}/ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.target, self.listener = ("127.0.0.1", port), socket.create_server(("127.0.0.1", 0))
        self.base = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            plain, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        with contextlib.suppress(OSError), plain, socket.create_connection(self.target) as back:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.context.wrap_socket(plain, server_side=True) as front:
                threading.Thread(target=self.pump, args=(back, front), daemon=True).start()
                self.pump(front, back)

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def configuration(path, base, *lines, store="memory"):
    path.touch(0o600)
    path.write_text("\n".join(["[nuncio]", f"store = {store}", "[provider dumpling]", f"base_url = {base}/dumpling/api/v1", f"api_key = {KEY}", *lines,
                               "[agent dumpling]", "provider = dumpling", "id = agent_123456", ""]))
    return str(path)


def curl_arguments(sandbox):
    """The POST that nuncio has just made: its headers and its body."""
    with urllib.request.urlopen(f"{sandbox}/_requests", timeout=10) as answer:
        request = [request for request in json.load(answer) if request["method"] == "POST"][-1]
    words = ["-sS", "--fail", "--data-binary", "@body"]
    for name, value in request["headers"].items():
        if name.lower() not in ("host", "content-length", "user-agent", "accept"):
            words += ["-H", f"{name}: {value}"]
    body = request["body"]
    Path("body").write_text(body if isinstance(body, str) else json.dumps(body, separators=(",", ":")))
    return words, request["path"]


def measure(command, environment):
    """Seconds of wall and of CPU time."""
    quiet = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"startup.py: {command} ended with status {status}")
    return wall, usage.ru_utime + usage.ru_stime


def report(name, times):
    for number, kind in enumerate(["wall", "CPU"]):
        series = [[run[number] * 1000 for run in times[program]] for program in ("nuncio", "curl")]
        ours, theirs = map(statistics.median, series)
        print(f"{name:10} {kind:4}  nuncio {ours:7.2f} ms (least {min(series[0]):6.2f})   "
              f"curl {theirs:7.2f} ms (least {min(series[1]):6.2f})   ratio {ours / theirs:.2f}")


def main(prefix, sandbox_program, runs=101):
    nuncio, curl = f"{prefix}/bin/nuncio", "/usr/bin/curl"
    with tempfile.TemporaryDirectory(prefix="nuncio-bench-") as directory:
        os.chdir(directory)
        environment = {"PATH": os.environ["PATH"], "HOME": directory, "LC_ALL": "C.UTF-8"}
        with subprocess.Popen([sandbox_program, "--port", "0", "--work", "0ms"], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL) as server:
            try:
                base = "http://127.0.0.1:" + server.stdout.readline().split("127.0.0.1:")[1].split()[0].strip("/.,")
                tls = TlsFront(int(base.rpartition(":")[2]), directory)
                http_file = configuration(Path("http.ini"), base)
                journal_file = configuration(Path("journal.ini"), base, store="sqlite")
                https_file = configuration(Path("https.ini"), tls.base, f"ca_file = {tls.ca_file}")
                send = [nuncio, "--config", http_file, "send", "dumpling", "Hi"]
                measure(send, environment)
                words, path = curl_arguments(base)
                pairs = {
                    "--version": ([nuncio, "--version"], [curl, "--version"]),
                    "POST http": (send, [curl, *words, base + path]),
                    "POST https": ([nuncio, "--config", https_file, *send[3:]],
                                   [curl, *words, "--cacert", tls.ca_file, tls.base + path]),
                    "journal": ([nuncio, "--config", journal_file, *send[3:]], [curl, *words, base + path]),
                }
                times = {name: {"nuncio": [], "curl": []} for name in pairs}
                before = os.getloadavg()[0]
                for number in range(runs):
                    for name, pair in pairs.items():
                        order = [("nuncio", pair[0]), ("curl", pair[1])]
                        for program, command in order if number % 2 else reversed(order):
                            times[name][program].append(measure(command, environment))
            finally:
                server.terminate()
        version = subprocess.run([curl, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
        print(f"{runs} runs each, medians; {os.cpu_count()} processors, load {before:.1f} before and "
              f"{os.getloadavg()[0]:.1f} after; {version}")
        for name in pairs:
            report(name, times[name])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:4]))
