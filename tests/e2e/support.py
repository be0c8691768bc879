# SPDX-License-Identifier: MIT
"""What the end-to-end tests stand on: the sandbox, the program, and its configuration."""

import atexit
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BUILD = Path(os.environ.get("builddir", "."))
NUNCIO = os.environ.get("NUNCIO") or str(BUILD / "cli/.libs/nuncio")
SANDBOX = os.environ.get("SANDBOX") or str(BUILD / "nuncio-sandbox")
PLUGIN_DIR = os.environ.get("PLUGIN_DIR") or str(BUILD / "plugins/providers/.libs")
VENDORS = ["gumloop_agents", "gumloop_sessions", "gennia", "dumpling", "enthusiast"]
KEY = "sandbox-key"
LIMIT = 60  # seconds: what takes longer hangs

# Nothing of the caller's that could change what the program does. Read once: pytest changes it while threads run.
FOREIGN = re.compile(r"(NUNCIO|XDG_|.*_proxy$|SSL_|CURL_|LTDL_|STATE_DIRECTORY|CREDENTIALS_DIRECTORY|NO_COLOR)", re.I)
ENVIRONMENT = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}

PATHS = {
    "gumloop_agents": "/gumloop/api/v1",
    "gumloop_sessions": "/gumloop/api/v1",
    "gennia": "/gennia/public/api/v1",
    "dumpling": "/dumpling/api/v1",
    "enthusiast": "/enthusiast",
}
OPTIONS = {
    "gumloop_agents": {"user_id": "user_2b9d71f0"},
    "gumloop_sessions": {"user_id": "user_2b9d71f0"},
    "gennia": {},
    "dumpling": {},
    "enthusiast": {"data_set_id": "1"},
}
IDS = {
    "gumloop_agents": "abc123DEFghiJKL",
    "gumloop_sessions": "abc123DEFghiJKL",
    "gennia": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "dumpling": "agent_123456",
    "enthusiast": "1",
}


def ini(base, providers=None, agents=None, nuncio=None, key="api_key = " + KEY):
    """A configuration with a provider and an agent of the vendor's name for each vendor. providers: keys by
    vendor, or by "*" for all (None as value: without it); agents likewise."""
    lines = ["[nuncio]", f"plugin_path = {PLUGIN_DIR}"]
    lines += [f"{name} = {value}" for name, value in (nuncio or {}).items()]
    for vendor in VENDORS:
        keys = {"base_url": base + PATHS[vendor], "poll_min": "10ms", "poll_max": "100ms", **OPTIONS[vendor]}
        keys.update((providers or {}).get("*", {}))
        keys.update((providers or {}).get(vendor, {}))
        lines += ["", f"[provider {vendor}]"] + ([key] if key else [])
        lines += [f"{name} = {value}" for name, value in keys.items() if value is not None]
        keys = {"provider": vendor, "id": IDS[vendor], **(agents or {}).get(vendor, {})}
        lines += ["", f"[agent {vendor}]"]
        lines += [f"{name} = {value}" for name, value in keys.items() if value is not None]
    return "\n".join(lines) + "\n"


def add_stores(directory):
    """A plugin directory of a test's own needs a store for the journal."""
    if not (directory / "stores").is_symlink():
        (directory / "stores").symlink_to(Path(PLUGIN_DIR, "stores").resolve())


def clean_environment(home):
    return {**ENVIRONMENT, "HOME": str(home), "XDG_CONFIG_HOME": f"{home}/config", "XDG_STATE_HOME": f"{home}/state",
            "LC_ALL": "C.UTF-8", "TERM": "dumb"}


class Result:
    """How a run of the program ended."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code = arguments, code
        self.raw, self.out, self.err = out, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def __repr__(self):
        return f"nuncio {self.arguments}: exit {self.code}\nstdout: {self.out[:2000]}\nstderr: {self.err[:2000]}"

    @property
    def json(self):
        """The one object on standard output."""
        assert self.raw.count(b"\n") == 1 and self.raw.endswith(b"\n"), self
        return json.loads(self.raw.decode("utf-8", "strict"))

    @property
    def rows(self):
        """The objects on standard output, one a line."""
        assert not self.raw or self.raw.endswith(b"\n"), self
        return [json.loads(line) for line in self.raw.decode("utf-8", "strict").splitlines()]

    @property
    def error(self):
        return self.json["error"]

    def usage_error(self, *parts):
        """It was refused before anything was done: nothing on standard output, one line on standard error."""
        assert (self.code, self.out) == (2, ""), self
        assert self.err.startswith("nuncio: ") and self.err.count("\n") == 1, self
        for part in parts:
            assert part in self.err, self
        return self.err[len("nuncio: "):].rstrip("\n")

    def check(self, code, state=None, class_=None, sends=None):
        """What the object says; the error stands on standard error too."""
        assert self.code == code, self
        result = self.json
        if state:
            assert result["state"] == state, self
        if class_:
            assert result["error"] and result["error"]["class"] == class_, self
            assert result["error"]["message"] in self.err, self
            last = self.err.rstrip("\n").splitlines()[-1]
            assert last.startswith("nuncio: ") and result["error"]["message"] in last, self
        elif code == 0:
            assert result["error"] is None, self
        if sends is not None:
            assert result["sends"] == sends, self
        return result


class Nuncio:
    """The program with a home and a configuration of its own."""

    def __init__(self, home, text=None):
        self.home = Path(home)
        self.file = self.home / "nuncio.ini"
        self.environment = clean_environment(home)
        self.state = Path(self.environment["XDG_STATE_HOME"]) / "nuncio"
        if text is not None:
            self.configure(text)

    def configure(self, text, mode=0o600):
        self.file.touch()
        self.file.chmod(mode)
        self.file.write_text(text)
        return self

    def start(self, *arguments, config=True, env=None, **options):
        words = [word if isinstance(word, bytes) else str(word) for word in arguments]
        command = [NUNCIO, *(["--config", str(self.file)] if config else []), *words]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env={**self.environment, **(env or {})},
                                **{"cwd": self.home, **streams, **options})

    def __call__(self, *arguments, stdin=None, **options):
        """Runs it to its end."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        return finish(self.start(*arguments, **options), arguments, stdin)

    def send(self, *arguments, **options):
        """nuncio send --json"""
        return self("send", "--json", *arguments, **options)

    def list(self, *arguments):
        """What `nuncio list --json` lists."""
        run = self("list", "--json", *arguments)
        assert run.code == 0, run
        return run.rows


def until(condition, process=None):
    """Waits until the condition holds, and returns what it gave; the process must not end before."""
    end = time.monotonic() + LIMIT
    while not (value := condition()):
        assert time.monotonic() < end, "it never came to that"
        if process and process.poll() is not None:
            raise AssertionError(f"it ended too early: {finish(process)}")
        time.sleep(0.01)
    return value


def finish(process, arguments=(), stdin=None, limit=LIMIT):
    """Waits for a started program; kills what hangs."""
    try:
        out, err = process.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"hung: {Result(arguments, None, out, err)}") from None
    return Result(arguments, process.returncode, out or b"", err or b"")


class Sandbox:
    """nuncio-sandbox on a free port. It does not outlive the tests, however they end."""

    def __init__(self, *arguments, port=0, work="60ms"):
        self.process = subprocess.Popen(
            [SANDBOX, "--port", str(port), "--work", work, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        atexit.register(self.stop)
        line = self.process.stdout.readline()
        address = re.search(r"(http://127\.0\.0\.1:(\d+))", line)
        if not address:
            self.stop()
            raise AssertionError(f"the sandbox did not start: {line!r}")
        self.base, self.port = address[1], int(address[2])

    def stop(self):
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, method, path, body=None, headers=None):
        """status, parsed body"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def get(self, path):
        status, body = self.ask("GET", path)
        assert status == 200, (path, status, body)
        return body

    def fault(self, *specs):
        status, body = self.ask("POST", "/_faults", [{"spec": spec} for spec in specs])
        assert status == 200, body

    def reset(self):
        assert self.ask("POST", "/_reset")[0] == 200

    @property
    def runs(self):
        return self.get("/_stats")["total_runs"]

    def runs_of(self, text):
        """How often that message ran."""
        return sum(run["count"] for run in self.get("/_stats")["runs"] if run["text"] == text)

    def asked(self, name):
        """How many requests of a kind ("gennia.send") came in; without a name: of all kinds."""
        requests = self.get("/_stats")["requests"]
        return requests.get(name, 0) if name else sum(requests.values())

    def hold(self, vendor):
        """What is accepted from now on gets no further answer until go_on()."""
        polled = vendor in ("gumloop_agents", "gumloop_sessions", "enthusiast")
        self.fault(f"{vendor}.{'poll' if polled else 'send'}:hold*forever")

    def go_on(self):
        assert self.ask("DELETE", "/_faults")[0] == 200

    def fired(self):
        return [fault["fired"] for fault in self.get("/_faults")]


class Bench:
    """A sandbox and a program that are configured for one another, in a directory of their own."""

    def __init__(self, *arguments, providers=None, agents=None, **options):
        self.directory = tempfile.TemporaryDirectory(prefix="nuncio-e2e-")
        self.sandbox = Sandbox(*arguments, **options)
        self.nuncio = Nuncio(self.directory.name, ini(self.sandbox.base, providers, agents))
        self.send = self.nuncio.send

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sandbox.stop()
        self.directory.cleanup()


class Together:
    """Runs what a module's tests need at the same time: start() each, then ask for the result of each."""

    def __init__(self, workers=24):
        self.pool, self.futures, self.lock = ThreadPoolExecutor(workers), {}, threading.Lock()

    def start(self, name, function, *arguments):
        self.futures[name] = self.pool.submit(function, *arguments)

    def __getitem__(self, name):
        return self.futures[name].result(LIMIT * 3)

    def close(self):
        self.pool.shutdown(wait=True, cancel_futures=True)
