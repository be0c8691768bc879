# SPDX-License-Identifier: MIT
"""A key reaches its vendor in the documented header, and nobody else: no output, file, argument, child or core."""

import contextlib
import json
import os
import resource
import secrets
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from front import Front
from support import NUNCIO, PLUGIN_DIR, VENDORS, Nuncio, Sandbox, finish, ini
from test_systems import reply_to

FORMS = ["literal", "env", "file", "command", "credential"]
LONG = 4000  # bytes


def new_key(size=48):
    """Begins as the sandbox's Gennia wants it."""
    return "sandbox-" + secrets.token_hex(size)[: size - 8]


class Keyring:
    """The program, a sandbox and a front, with a key of its own for each provider. What holds a key by its owner's
    will stands in one directory; everything else that the program may write is apart from it."""

    def __init__(self, forms, size=48):
        self.stack = contextlib.ExitStack()
        root = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="nuncio-secrets-")))
        self.kept, self.written = root / "kept", root / "written"
        for directory in [self.kept, self.written, self.written / "tmp"]:
            directory.mkdir()
        self.keys = {vendor: new_key(size) for vendor in VENDORS}
        self.sandbox = self.stack.enter_context(Sandbox(work="15ms"))
        self.front = self.stack.enter_context(Front(self.sandbox, self.keys))
        self.program = Nuncio(self.written)
        self.program.environment["TMPDIR"] = str(self.written / "tmp")
        self.program.file = self.kept / "nuncio.ini"
        self.lines = {vendor: self.place(vendor, forms[vendor]) for vendor in VENDORS}
        self.configure(self.front)

    def place(self, vendor, form):
        """Puts the key where this form has it; returns the provider's line."""
        key, file = self.keys[vendor], self.kept / f"{vendor}.key"
        if form == "literal":
            return {"api_key": key}
        if form == "env":
            self.program.environment["KEY_" + vendor] = key
            return {"api_key_env": "KEY_" + vendor}
        file.touch(0o600)
        file.write_text(key + "\n")
        if form == "file":
            return {"api_key_file": file}
        if form == "credential":
            self.program.environment["CREDENTIALS_DIRECTORY"] = str(self.kept)
            return {"api_key_credential": file.name}
        # $$ is what nuncio started; its environment is what nuncio gave it.
        (self.kept / f"{vendor}.sh").write_text(
            f"cat /proc/$$/environ >>{self.kept}/{vendor}.environ\ncat /proc/$$/cmdline >>{self.kept}/cmdline\n"
            f"exec cat {file}\n")
        return {"api_key_command": f"sh {self.kept}/{vendor}.sh"}

    def configure(self, front, **more):
        providers = {vendor: {"base_url": front.url(vendor), **self.lines[vendor], **more} for vendor in VENDORS}
        self.program.configure(ini(front.base, providers, key=None))

    def hides(self, data):
        """Bytes or text that holds no key, nor half a key."""
        text = data.decode("latin-1") if isinstance(data, bytes) else data
        for vendor, key in self.keys.items():
            assert key[8:32] not in text and key[-24:] not in text, (vendor, text)
        return True

    def run(self, *arguments, code=None, **options):
        run = self.program("--log-level", "debug", *arguments, **options)
        assert self.hides(run.raw) and self.hides(run.err)
        assert code is None or run.code == code, run
        return run

    def send(self, vendor, *options, code=None):
        return self.run("send", "--json", vendor, "Hi", "--timeout", "3s", *options, code=code)

    def check_files(self):
        """Neither what the program wrote nor how it named that has a key."""
        for directory, _, files in os.walk(self.written):
            for file in files:
                path = Path(directory, file)
                assert self.hides(str(path)) and self.hides(path.read_bytes()), path
        assert not [name for name in os.listdir(self.kept) if name.startswith("core")]

    def check_children(self, vendor):
        """A program that prints a key has the environment that its user gave, byte for byte."""
        given = sorted(f"{name}={value}".encode() for name, value in self.program.environment.items())
        runs = (self.kept / f"{vendor}.environ").read_bytes()
        once = b"".join(entry + b"\0" for entry in given)
        assert len(runs) % len(once) == 0 and runs, "nothing was added, nothing is missing"
        assert sorted(runs.split(b"\0")[:len(given)]) == given
        assert self.hides((self.kept / "cmdline").read_bytes())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()


def while_it_runs(keyring, vendor):
    """A process that is waiting for its answer: until the sandbox forgets its faults."""
    keyring.sandbox.fault(f"{vendor}.send:hold@after")
    runs = keyring.sandbox.runs
    process = keyring.program.start("--log-level", "debug", "send", vendor, "Hi",
                                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1)))
    end = time.monotonic() + 30
    while keyring.sandbox.runs == runs:
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError(finish(process))
        time.sleep(0.005)
    return process


def let_go(keyring, process):
    """The run is counted a little before its answer is held, so that once may be too early."""
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        assert keyring.sandbox.ask("DELETE", "/_faults")[0] == 200
        time.sleep(0.02)
    return finish(process)


# ---- No canary is seen, whatever happens -----------------------------------------------------------------------


def forms_of(vendor, form):
    """This one for the vendor, the others for the other providers."""
    first = FORMS.index(form) - VENDORS.index(vendor)
    return {name: FORMS[(first + i) % len(FORMS)] for i, name in enumerate(VENDORS)}


def canary(vendor, form):
    forms = forms_of(vendor, form)
    with Keyring(forms) as keyring:
        front, sandbox = keyring.front, keyring.sandbox
        for arguments in [("send", vendor, "Hi", "--dry-run"), ("send", vendor, "Hi", "--explain"),
                          ("providers",), ("providers", "--json"), ("plugins",), ("plugins", "--json")]:
            keyring.run(*arguments, code=0)
        keyring.run("check", code=0)  # resolves all: a command of one provider runs beside the keys of the others
        assert front.asked == []
        assert keyring.send(vendor, code=0).json["reply"]["text"] == reply_to("Hi")
        assert {asked[0] for asked in front.asked} == {vendor}, "no other vendor is asked"

        process = while_it_runs(keyring, vendor)
        seen = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        run = let_go(keyring, process)
        assert NUNCIO.encode() in seen and keyring.hides(seen)
        assert run.code == 0 and "step" in run.err and keyring.hides(run.raw) and keyring.hides(run.err), run

        front.refuses = True
        assert keyring.send(vendor, code=4).error["status"] in (401, 403)
        front.refuses = False
        for fault in ["drop", "reset", "garbage", "status=500"]:
            sandbox.reset()
            sandbox.fault(f"{vendor}.send:{fault}")
            keyring.send(vendor)
            assert sandbox.fired() == [1]
        sandbox.reset()
        sandbox.fault(f"{vendor}.send:hold")
        assert keyring.run("send", "--json", vendor, "Hi", "--timeout", "500ms").code in (5, 7)
        sandbox.reset()
        keyring.run("-o", f"provider {vendor}.base_url=https://127.0.0.1:{front.server_port}", "send", vendor, "Hi",
                    "--timeout", "1s", code=3)
        keyring.run("check", "--online")
        assert {asked[0] for asked in front.asked} <= set(VENDORS)
        front.check_keys()
        keyring.check_files()
        keyring.check_children(next(name for name in VENDORS if forms[name] == "command"))


CANARIES = {f"{vendor}-{form}": (canary, vendor, form) for vendor in VENDORS for form in FORMS}


def long_key(form):
    """As much as 4,000 bytes, at every vendor, and as little of it seen."""
    with Keyring(dict.fromkeys(VENDORS, form), LONG) as keyring:
        assert all(len(key) == LONG for key in keyring.keys.values())
        keyring.run("check", code=0)
        for vendor in VENDORS:
            keyring.send(vendor, code=0)
            keyring.run("send", vendor, "Hi", "--dry-run", code=0)
        assert keyring.front.check_keys() >= len(VENDORS)
        keyring.check_files()


LONG_KEYS = {f"long-{form}": (long_key, form) for form in FORMS}


def cases():
    return {**CANARIES, **LONG_KEYS}


@pytest.mark.parametrize("case", CANARIES)
def test_canary(together, case):
    together[case]  # raises what went wrong in it


@pytest.mark.parametrize("case", LONG_KEYS)
def test_long_key(together, case):
    together[case]


# ---- What others answer, and who they are ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def module_keyring():
    with Keyring(dict(zip(VENDORS, FORMS))) as keyring:
        yield keyring


@pytest.fixture
def keyring(module_keyring):
    module_keyring.sandbox.reset()
    module_keyring.front.asked.clear()
    return module_keyring


@pytest.mark.parametrize("vendor", VENDORS)
def test_vendor_that_repeats_the_key(keyring, vendor):
    """"Incorrect API key provided: …" is what some answer; what they repeat is not shown."""
    key = keyring.keys[vendor]
    error = {"code": key, "message": f"Incorrect API key provided: {key}."}
    keyring.front.answer = lambda name: (401, json.dumps({"error": error}).encode())
    try:
        assert keyring.send(vendor, code=4).error["status"] in (401, 403)
    finally:
        keyring.front.answer = None
    keyring.check_files()


@pytest.mark.parametrize("vendor", VENDORS)
def test_vendor_that_spells_the_key(keyring, vendor):
    """The same with escapes that JSON allows, and where the key is among the names."""
    key = keyring.keys[vendor]
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in key)
    keyring.front.answer = lambda name: (401, b'{"error":{"code":"%s","message":"No: %s."},"%s":["%s"]}' % ((spelled.encode(),) * 4))
    try:
        assert keyring.send(vendor, code=4).error["status"] in (401, 403)
    finally:
        keyring.front.answer = None
    keyring.check_files()


@pytest.mark.parametrize("vendor", VENDORS)
def test_redirect_that_repeats_the_key(keyring, vendor):
    key = keyring.keys[vendor]
    for spelled in (key, "".join(f"%{ord(letter):02x}" for letter in key)):
        keyring.front.answer = lambda name, spelled=spelled: (302, b"", [("Location", f"http://localhost:1/?key={spelled}")])
        try:
            error = keyring.send(vendor, code=1).error
        finally:
            keyring.front.answer = None
        assert "points to a URL with the key in it; is base_url" in error["message"] and "%73" not in error["message"]
    keyring.check_files()


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "unknown"])
def test_certificate(keyring, trusted):
    """A key is sent to those alone whose certificate is right."""
    trustme = pytest.importorskip("trustme")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = keyring.kept / f"ca-{trusted}.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(file))
    with Front(keyring.sandbox, keyring.keys, context) as front:
        keyring.configure(front, ca_file=file)
        try:
            for vendor in VENDORS:
                keyring.send(vendor, code=0 if trusted else 3)
        finally:
            keyring.configure(keyring.front)
        assert front.check_keys() >= len(VENDORS) if trusted else front.asked == []
    keyring.check_files()


# ---- A command that is not waited for any more -----------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_command_ends_with_us(program, number):
    """Ended while the program that prints the key still runs: it does not go on alone."""
    script, mark = program.home / "key.sh", program.home / "pid"
    script.write_text(f"echo $$ >{mark}.new\nmv {mark}.new {mark}\nexec sleep 60\n")
    program.configure(ini("http://127.0.0.1:1", key=f"api_key_command = sh {script}"))
    process = program.start("send", "dumpling", "Hi")
    end = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < end:
        time.sleep(0.01)
    command = Path("/proc") / mark.read_text().strip()
    assert command.exists()
    process.send_signal(number)
    assert finish(process).code in (-number, 128 + number)
    while command.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert not command.exists() or "Z" in (command / "stat").read_text().rsplit(")", 1)[1]


# ---- Core files and processes of the same user -----------------------------------------------------------------


@pytest.mark.parametrize("vendor", VENDORS)
def test_core(keyring, vendor):
    """A crash leaves no image of the memory that has the key, although the user's limit allows one."""
    process = while_it_runs(keyring, vendor)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    process.send_signal(signal.SIGSEGV)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -signal.SIGSEGV
    out, err = process.stdout.read(), process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    keyring.sandbox.reset()
    assert keyring.hides(out) and keyring.hides(err)
    assert limits.split("Max core file size")[1].split()[:2] == ["0", "0"]
    if os.WIFSIGNALED(status):  # a sanitizer ends it otherwise
        assert os.WTERMSIG(status) == signal.SIGSEGV and not os.WCOREDUMP(status)
    assert not [path for path in keyring.written.rglob("*") if path.name.startswith("core")]
    keyring.check_files()
