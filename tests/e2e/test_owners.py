# SPDX-License-Identifier: MIT
"""Owners and modes of configuration, secrets and plugins, as root and as an ordinary user. The tests own files as
others would, so they need root and setpriv; otherwise they are skipped."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import support
from support import KEY, NUNCIO, PLUGIN_DIR, Nuncio, finish, ini
from test_systems import reply_to

USER, OTHER = 65534, 4711
SETPRIV = shutil.which("setpriv")
AS_USER = [SETPRIV, f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]


def why_not():
    if os.geteuid() != 0 or not SETPRIV:
        return "needs root and setpriv"
    run = subprocess.run([*AS_USER, NUNCIO, "--version"], capture_output=True, check=False)
    return None if run.returncode == 0 else "another user cannot run this build"


@pytest.fixture(scope="module", autouse=True)
def possible():
    """Asked for when it runs, so that each case is counted."""
    reason = why_not()
    if reason:
        pytest.skip(reason)


class Program(Nuncio):
    """The program as a user, with a home that everybody can enter and a state that is the user's."""

    def __init__(self, home, user):
        super().__init__(home)
        self.user = user
        self.state.parent.mkdir(mode=0o700, exist_ok=True)
        os.chown(self.state.parent, user, user)

    def __call__(self, *arguments, config=True, env=None):
        command = [NUNCIO, *(["--config", str(self.file)] if config else []), *arguments]
        process = subprocess.Popen([*(AS_USER if self.user else []), *command], env={**self.environment, **(env or {})},
                                   cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return finish(process, arguments)


@pytest.fixture
def home():
    with tempfile.TemporaryDirectory(prefix="nuncio-owners-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def give(path, owner, group, mode):
    os.chown(path, owner, group)
    path.chmod(mode)
    return path


def refused(run, *parts):
    assert KEY not in run.usage_error(*parts)


# ---- Files that hold a key -------------------------------------------------------------------------------------

OPEN, UNREADABLE = "is open to others", "cannot be read: Permission denied"
MODES = {  # who runs it, the file's owner and group, its mode; what is said of it
    "own-0600": (USER, USER, USER, 0o600, None),
    "own-0400": (USER, USER, USER, 0o400, None),
    "own-0700": (USER, USER, USER, 0o700, None),
    "own-0640": (USER, USER, USER, 0o640, OPEN),
    "own-0620": (USER, USER, USER, 0o620, OPEN),
    "own-0604": (USER, USER, USER, 0o604, OPEN),
    "own-0601": (USER, USER, USER, 0o601, OPEN),
    "own-0200": (USER, USER, USER, 0o200, UNREADABLE),
    "root-group-0640": (USER, 0, USER, 0o640, None),
    "root-group-0660": (USER, 0, USER, 0o660, OPEN),
    "root-group-0650": (USER, 0, USER, 0o650, OPEN),
    "root-group-0644": (USER, 0, USER, 0o644, OPEN),
    "root-0600": (USER, 0, 0, 0o600, UNREADABLE),
    "root-0644": (USER, 0, 0, 0o644, OPEN),
    "other-group-0640": (USER, OTHER, USER, 0o640, OPEN),
    "other-0604": (USER, OTHER, OTHER, 0o604, OPEN),
    "other-0600": (USER, OTHER, OTHER, 0o600, UNREADABLE),
    "as-root-own-0600": (0, 0, 0, 0o600, None),
    "as-root-own-0640": (0, 0, OTHER, 0o640, None),
    "as-root-own-0644": (0, 0, 0, 0o644, OPEN),
    "as-root-own-0660": (0, 0, 0, 0o660, OPEN),
    "as-root-other-0600": (0, OTHER, OTHER, 0o600, None),
    "as-root-other-0640": (0, OTHER, OTHER, 0o640, OPEN),
}


def check_run(run, told, file, owner, mode):
    if told is None:
        assert (run.code, run.out) == (0, reply_to("Hi") + "\n"), run
    elif told == OPEN:
        refused(run, f"{file} holds a secret and {OPEN} (owner uid {owner}, mode {mode:04o}); run: chmod ")
    else:
        refused(run, f"{file}{'' if 'nuncio.ini' not in str(file) else ':'} {told}")


@pytest.mark.parametrize("user,owner,group,mode,told", MODES.values(), ids=MODES)
def test_literal(home, sandbox, user, owner, group, mode, told):
    program = Program(home, user).configure(ini(sandbox.base))
    give(program.file, owner, group, mode)
    check_run(program("send", "dumpling", "Hi"), told, program.file, owner, mode)


@pytest.mark.parametrize("user,owner,group,mode,told", MODES.values(), ids=MODES)
def test_secret_file(home, sandbox, user, owner, group, mode, told):
    file = home / "key"
    file.write_text(KEY)
    give(file, owner, group, mode)
    program = Program(home, user).configure(ini(sandbox.base, key=f"api_key_file = {file}"), 0o644)
    check_run(program("send", "dumpling", "Hi"), told, file, owner, mode)
    if told:
        assert sandbox.asked(None) == 0


@pytest.mark.parametrize("owner,group,mode", [(USER, USER, 0o400), (0, USER, 0o440), (0, 0, 0o444)])
def test_credential(home, sandbox, owner, group, mode):
    """systemd keeps others from these; an ACL shows as the group's bits."""
    (home / "key").write_text(KEY)
    give(home / "key", owner, group, mode)
    program = Program(home, USER).configure(ini(sandbox.base, key="api_key_credential = key"), 0o644)
    assert program("send", "dumpling", "Hi", env={"CREDENTIALS_DIRECTORY": str(home)}).code == 0


@pytest.mark.parametrize("where", ["file", "directory", "own place"])
def test_unreadable_configuration(home, sandbox, where):
    """Told, not passed over."""
    program = Program(home, USER)
    if where != "file":
        program.file = home / "config" / "nuncio" / "nuncio.ini"
        program.file.parent.mkdir(parents=True)
    program.configure(ini(sandbox.base, key="api_key_env = MY_KEY"))
    if where == "directory":
        program.file.chmod(0o644)
        program.file.parent.chmod(0o700)
    for arguments in [("send", "dumpling", "Hi"), ("check",), ("providers", "--json")]:
        run = program(*arguments, config=where != "own place", env={"MY_KEY": KEY})
        refused(run, f"{program.file}: {UNREADABLE}")


# ---- Plugins ---------------------------------------------------------------------------------------------------

WRITABLE, OWNED = "can be written by others (owner uid {owner}, mode {mode:04o}); run: chmod go-w ", \
    "is owned by uid {owner} (mode {mode:04o}); plugins and their directory must be owned by root or by the user"
PLUGINS = {  # who runs it, the owner, the mode of a file and of a directory; what is said
    "own": (USER, USER, 0o600, 0o700, None),
    "own-as-installed": (USER, USER, 0o755, 0o755, None),
    "root": (USER, 0, 0o644, 0o755, None),
    "own-group-writes": (USER, USER, 0o664, 0o775, WRITABLE),
    "own-others-write": (USER, USER, 0o646, 0o757, WRITABLE),
    "root-group-writes": (USER, 0, 0o664, 0o775, WRITABLE),
    "root-all-write": (USER, 0, 0o666, 0o1777, WRITABLE),
    "other": (USER, OTHER, 0o644, 0o755, OWNED),
    "other-all-write": (USER, OTHER, 0o666, 0o777, OWNED),
    "as-root-own": (0, 0, 0o644, 0o755, None),
    "as-root-group-writes": (0, 0, 0o664, 0o775, WRITABLE),
    "as-root-user": (0, USER, 0o644, 0o755, OWNED),
}


def with_plugin(home, user, sandbox):
    """A program whose plugin dumpling lies in a directory of its own below one that everybody may write."""
    above = home / "above"
    above.mkdir()
    directory = above / "plugins"
    directory.mkdir()
    file = directory / "dumpling.so"
    shutil.copyfile(Path(PLUGIN_DIR) / file.name, file)
    support.add_stores(directory)
    text = ini(sandbox.base, key="api_key_env = MY_KEY").split("[provider ")
    text = "[provider ".join([part for part in text if part.startswith(("[nuncio]", "dumpling]"))])
    text = text.replace(PLUGIN_DIR, str(directory))
    for path in [file, directory, above]:
        give(path, 0, 0, 0o755)
    above.chmod(0o777)
    return Program(home, user).configure(text, 0o644), file


@pytest.mark.parametrize("what", ["file", "directory"])
@pytest.mark.parametrize("user,owner,file_mode,directory_mode,told", PLUGINS.values(), ids=PLUGINS)
def test_plugin(home, sandbox, user, owner, file_mode, directory_mode, told, what):
    program, file = with_plugin(home, user, sandbox)
    path, mode = (file, file_mode) if what == "file" else (file.parent, directory_mode)
    give(path, owner, owner, mode)
    run = program("send", "dumpling", "Hi", env={"MY_KEY": KEY})
    if told is None:
        assert (run.code, run.out) == (0, reply_to("Hi") + "\n"), run
    else:
        run.usage_error(f"{path} {told.format(owner=owner, mode=mode)}")
        assert sandbox.asked(None) == 0 and program("check", env={"MY_KEY": KEY}).code == 2


@pytest.mark.parametrize("what", ["file", "directory"])
def test_unreadable_plugin(home, sandbox, what):
    program, file = with_plugin(home, USER, sandbox)
    path = file if what == "file" else file.parent
    path.chmod(0o600 if what == "file" else 0o700)
    run = program("send", "dumpling", "Hi", env={"MY_KEY": KEY})
    run.usage_error(str(path), "Permission denied")
    assert sandbox.asked(None) == 0


# ---- Other processes of the same user --------------------------------------------------------------------------


def look(process, name):
    """What a process of the same user may read of that one."""
    command = [*AS_USER, "head", "-c", "4096", f"/proc/{process.pid}/{name}"]
    return subprocess.run(command, capture_output=True, check=False)


def test_nobody_looks_inside(home, sandbox):
    """The environment may have a key, the memory does."""
    environment = {**support.clean_environment(home), "MY_KEY": KEY}
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "env": environment,
             "cwd": "/"}
    with subprocess.Popen([*AS_USER, "cat"], **quiet) as open_one:
        open_one.stdin.write(b"x")
        open_one.stdin.flush()
        while Path(f"/proc/{open_one.pid}/comm").read_text() != "cat\n":
            assert open_one.poll() is None
        if KEY.encode() not in look(open_one, "environ").stdout:
            open_one.stdin.close()
            pytest.skip("nobody can look into any process here")
        open_one.stdin.close()
    program = Program(home, USER).configure(ini(sandbox.base, key="api_key_env = MY_KEY"), 0o644)
    sandbox.fault("dumpling.send:hold@after")
    command = [*AS_USER, NUNCIO, "--config", str(program.file), "send", "dumpling", "Hi"]
    with subprocess.Popen(command, **quiet) as process:
        try:
            while not sandbox.runs:
                assert process.poll() is None, process.stderr.read()
            for name in ["environ", "mem", "maps", "auxv"]:
                seen = look(process, name)
                assert seen.returncode != 0 and seen.stdout == b"" and b"Permission denied" in seen.stderr, (name, seen)
        finally:
            process.kill()
            sandbox.reset()
