# SPDX-License-Identifier: MIT
"""Mistakes in the configuration, where keys come from, and that nobody sees them."""

import subprocess
import time

import pytest

from support import KEY, NUNCIO, PLUGIN_DIR, VENDORS, Bench, finish, ini
from test_systems import reply_to

CANARY = "sandbox-canary-5e1f9c"  # begins as the sandbox's Gennia wants it
NUNCIO_SECTION = f"[nuncio]\nplugin_path = {PLUGIN_DIR}\n"
PROVIDER = NUNCIO_SECTION + "[provider g]\nplugin = gennia\napi_key = k\n"
AGENT = "[agent a]\nprovider = g\nid = 3c90c3cc-0d44-4b50-8888-8dd25736052a\n"
ENTHUSIAST = NUNCIO_SECTION + "[provider e]\nplugin = enthusiast\napi_key = k\n"
SECTIONS = "[nuncio], [provider NAME] or [agent NAME]"
FORMS = "api_key_env, api_key_file, api_key_command, api_key_credential, api_key"

# ---- Mistakes --------------------------------------------------------------------------------------------------

MISTAKES = {  # the text, the line, the sentence
    "unknown section": (PROVIDER + AGENT + "[providr x]\nx = 1\n", 9,
                        "unknown section [providr x]; did you mean [provider x]?"),
    "empty unknown section": (PROVIDER + AGENT + "[elephant]\n", 9,
                              "unknown section [elephant]; allowed are [nuncio], [provider NAME], [agent NAME]"),
    "section without a name": (NUNCIO_SECTION + "[provider]\n", 3,
                               "section [provider] has no name; write [provider NAME]"),
    "name with a slash": (NUNCIO_SECTION + "[provider a/b]\n", 3,
                          "[provider a/b]: 'a/b' is no name; a name has letters, digits, '.', '_' and '-', and begins "
                          "with a letter or a digit"),
    "unknown key": (PROVIDER + "tiemout = 5m\n" + AGENT, 6, "unknown key tiemout; did you mean timeout?"),
    "key like an option": (PROVIDER + "external_user = x\n" + AGENT, 6,
                           "unknown key external_user; did you mean external_user_id?"),
    "key like nothing": (PROVIDER + "elephant = x\n" + AGENT, 6,
                         "unknown key elephant; plugin gennia takes api_key, external_user_id, is_test"),
    "unknown key of nuncio": ("[nuncio]\nstat_dir = /x\n", 2,
                              "unknown key stat_dir in [nuncio]; did you mean state_dir?"),
    "provider's key at an agent": (PROVIDER + AGENT + "timeout = 5m\n", 9,
                                   "timeout is a provider's key; move it to the [provider NAME]"),
    "secret at an agent": (PROVIDER + AGENT + "api_key = k\n", 9,
                           "api_key is a secret; move it to the [provider NAME]"),
    "duplicate key": (PROVIDER + "timeout = 1m\ntimeout = 2m\n" + AGENT, 7,
                      "timeout is set twice in [provider g]; the first is in line 6"),
    "duplicate key apart": (PROVIDER + "timeout = 1m\n" + AGENT + "[provider g]\ntimeout = 2m\n", 11,
                            "timeout is set twice in [provider g]; the first is in line 6"),
    "two forms of a secret": (PROVIDER + "api_key_env = X\n" + AGENT, 6,
                              "api_key_env and api_key in line 5 are two forms of one secret; keep one of them"),
    "out of range": (PROVIDER + "timeout = 366d\n" + AGENT, 6,
                     "timeout = 366d is out of range; allowed are 1ms to 365d"),
    "least above most": (PROVIDER + "poll_min = 1m\npoll_max = 1s\n" + AGENT, 7,
                         "poll_min = 1m is greater than poll_max = 1s; it must be less or equal"),
    "no duration": (PROVIDER + "timeout = 5 minutes\n" + AGENT, 6,
                    "timeout = 5 minutes is no duration; write a number with ms, s, m, h or d, such as 10s"),
    "no boolean": (PROVIDER + "allow_http = maybe\n" + AGENT, 6,
                   "allow_http = maybe is neither yes nor no; allowed are yes, no, true, false, on, off, 1, 0"),
    "no rate": (PROVIDER + "rate = 60\n" + AGENT, 6, "rate = 60 is no rate; write N/s, N/m or N/h, such as 60/m"),
    "no size": (PROVIDER + "max_reply = 2G\n" + AGENT, 6, "max_reply = 2G is out of range; allowed are 1 to 1G"),
    "no store": ("[nuncio]\nstore = a/b\n", 2, "store = a/b is no name; a name has letters, digits, '.', '_' and '-', "
                 "and begins with a letter or a digit"),
    "other scheme": (PROVIDER + "base_url = ftp://x\n" + AGENT, 6,
                     "base_url is no http(s) URL; it must start with https:// or http://"),
    "password in the URL": (PROVIDER + "base_url = https://u:p@x/y\n" + AGENT, 6,
                            "base_url holds a user name or password; remove what stands before '@', keys have "
                            "options of their own"),
    "no key": (NUNCIO_SECTION + "[provider g]\nplugin = gennia\n" + AGENT, 3,
               f"[provider g] has no api_key; set one of {FORMS}"),
    "no agent id": (PROVIDER + "[agent a]\nprovider = g\n", 6,
                    "[agent a] has no id; plugin gennia needs the vendor's agent id"),
    "no provider": (PROVIDER + "[agent a]\nid = 1\n", 6,
                    "[agent a] has no provider; set provider to the NAME of a [provider NAME]"),
    "unknown provider": (PROVIDER + "[agent a]\nprovider = gg\nid = 1\n", 7,
                         "provider gg is not configured; did you mean g?"),
    "one of two": (PROVIDER.replace("gennia", "gumloop_agents") + AGENT, 3,
                   "[provider g] has none of user_id, project_id; set at least one of them"),
    "no data set": (ENTHUSIAST + "base_url = http://localhost\n[agent e]\nprovider = e\n", 3,
                    "[provider e] has no data_set_id; set data_set_id there, or in each of its agents' sections"),
    "no number": (ENTHUSIAST + "base_url = http://localhost\ndata_set_id = x\n", 7,
                  "data_set_id is no whole number; write digits only"),
    "no base URL": (ENTHUSIAST + "data_set_id = 1\n", 3,
                    "[provider e] has no base_url; plugin enthusiast has no default"),
    "no equals sign": (PROVIDER + "timeout\n" + AGENT, 6,
                       "neither a section nor a key; write [SECTION] or KEY = VALUE"),
    "before a section": ("timeout = 1m\n" + PROVIDER, 1,
                         f"timeout stands before the first section; put it below {SECTIONS}"),
    "no bracket": (NUNCIO_SECTION + "[provider g\n", 3, f"the section header has no ']'; write {SECTIONS}"),
    "long line": (PROVIDER + "proxy = " + "x" * 8192 + "\n", 6, "the line has 8200 bytes; at most 8192 are allowed"),
    "control character": (PROVIDER + "timeout = 1\x01m\n", 6,
                          "the line has a control character (byte 0x01); only tabs are allowed"),
    "no UTF-8": (PROVIDER + "proxy = \udcff\n", 6, "the line is not UTF-8; save the file as UTF-8"),
    "indentation": (PROVIDER + "  timeout = 1m\n", 6,
                    "an indented line continues the value of api_key in line 5, and this one looks like a line of "
                    "its own; remove the indentation"),
    "the first of two": (PROVIDER + "rate = x\ntiemout = 1m\n" + AGENT, 6,
                         "rate = x is no rate; write N/s, N/m or N/h, such as 60/m"),
}


@pytest.mark.parametrize("text,line,sentence", MISTAKES.values(), ids=MISTAKES)
def test_mistake(program, text, line, sentence):
    program.configure("")
    program.file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for command in [("send", "a", "Hi", "--json"), ("check",), ("providers", "--json")]:
        assert program(*command).usage_error() == f"{program.file}:{line}: {sentence}"


def test_unknown_plugin(program):
    program.configure(PROVIDER.replace("= gennia", "= genia") + AGENT)
    error = program("check").usage_error("there is no plugin genia in", PLUGIN_DIR, "did you mean gennia?")
    assert error.startswith(f"{program.file}:4: ")


def test_no_configuration(program):
    """All places are named."""
    assert program("send", "a", "Hi", config=False).usage_error(
        "there is no configuration", "/nuncio/nuncio.ini", "/nuncio/conf.d/*.ini",
        f"{program.home}/config/nuncio/nuncio.ini", "--config")
    program("check").usage_error(f"{program.file}: cannot be read: No such file or directory")


def test_overrides(nuncio):
    assert nuncio("-o", "provider gennia.plugin=nothing", "check").usage_error("-o", "nothing")
    assert nuncio("-o", "provider gennia.timeout=never", "check").usage_error("-o", "timeout = never is no duration")
    assert nuncio("-o", "provider new.plugin=gennia", "check").usage_error("-o: [provider new] has no api_key")
    run = nuncio("-o", "agent twin.provider=dumpling", "-o", "agent twin.id=agent_123456", "send", "twin", "Hi")
    assert run.out == reply_to("Hi") + "\n", run


def test_values_of_long_and_odd_lines(sandbox, program):
    """inih would cut at 200 bytes; comments, blanks, a byte order mark and Windows' line ends are no part of values."""
    text = ini(sandbox.base).replace("id = agent_123456", "id =   agent_123456   ; the test agent")
    text = text.replace("\n", "\r\n")
    text += "[agent long]\r\nprovider = dumpling\r\nid = " + "y" * 1500 + "\r\n"
    program.configure("\ufeff" + text)
    assert program("send", "dumpling", "Hi").out == reply_to("Hi") + "\n"
    assert "y" * 1500 in program("send", "long", "Hi", "--dry-run").out


# ---- Keys ------------------------------------------------------------------------------------------------------


def keyed(program, sandbox, line, **options):
    """Through the program with this line for the key."""
    program.configure(ini(sandbox.base, key=line))
    return program("send", "dumpling", "Hi", **options)


def secret_file(path, text, mode=0o600):
    path.touch()
    path.chmod(mode)
    path.write_text(text)
    return path


def test_key_forms(program, sandbox, tmp_path):
    secret_file(tmp_path / "key", KEY + "\n")
    secret_file(tmp_path / "credential", KEY)
    good = {
        "api_key = " + KEY: {},
        "api_key_env = MY_KEY": {"MY_KEY": KEY},
        f"api_key_file = {tmp_path}/key": {},
        "api_key_file = key": {},  # beside the configuration
        "api_key_command = echo " + KEY: {},
        f"api_key_command = printf '%s' '{KEY}'": {},
        "api_key_credential = credential": {"CREDENTIALS_DIRECTORY": str(tmp_path)},
    }
    for line, environment in good.items():
        run = keyed(program, sandbox, line, env=environment)
        assert (run.code, run.out) == (0, reply_to("Hi") + "\n"), (line, run)


BAD_KEYS = {  # the line, the exit code, and what is told
    "api_key_env = MY_KEY": (2, "the environment variable MY_KEY is not set"),
    "api_key_file = nothing": (2, "/nothing cannot be read: No such file or directory"),
    "api_key_file = empty": (2, "/empty is empty"),
    "api_key_file = two": (2, "a secret is one line"),
    "api_key_file = open": (2, "mode 0644"),
    "api_key_command = false": (2, "false"),
    "api_key_command = /nowhere/program": (2, "/nowhere/program"),
    "api_key_credential = key": (2, "CREDENTIALS_DIRECTORY"),
}


@pytest.mark.parametrize("line", BAD_KEYS)
def test_key_that_is_not_there(program, sandbox, tmp_path, line):
    secret_file(tmp_path / "open", KEY, 0o644)
    secret_file(tmp_path / "empty", "\n")
    secret_file(tmp_path / "two", f"{KEY}\nmore\n")
    code, part = BAD_KEYS[line]
    run = keyed(program, sandbox, line)
    number = ini(sandbox.base, key=line).split("[provider dumpling]")[0].count("\n") + 2
    assert (run.code, run.out) == (code, "") and run.err.count("\n") == 1, run
    assert run.err.startswith(f"nuncio: {program.file}:{number}: {line.split()[0]}: ") and part in run.err, run
    assert KEY not in run.err and sandbox.asked(None) == 0


def test_key_command_has_no_shell(program, sandbox):
    """What would be two commands is one word more for echo."""
    run = keyed(program, sandbox, f"api_key_command = echo {KEY} && touch trace $HOME")
    assert run.code == 4 and not (program.home / "trace").exists(), run
    assert keyed(program, sandbox, "api_key_command = sh -c 'echo sandbox-$0' key").code == 0


def test_key_is_read_when_it_is_needed(program, sandbox):
    """Another provider's missing key is no obstacle, and `check` finds it."""
    program.configure(ini(sandbox.base, providers={"gennia": {"api_key_env": "NOT_SET"}}, key=None).replace(
        "[provider dumpling]", "[provider dumpling]\napi_key = " + KEY).replace(
        "[provider enthusiast]", "[provider enthusiast]\napi_key = " + KEY).replace(
        "[provider gumloop_agents]", "[provider gumloop_agents]\napi_key = " + KEY).replace(
        "[provider gumloop_sessions]", "[provider gumloop_sessions]\napi_key = " + KEY))
    assert program("send", "dumpling", "Hi").code == 0
    assert program("check").code == 2 and "NOT_SET" in program("check").out
    assert program("send", "gennia", "Hi").code == 2


def test_literal_secret_that_others_can_read(program, sandbox):
    """Refused by mode, whoever asks; without a secret the mode does not matter."""
    for mode in [0o644, 0o604, 0o666, 0o620]:
        program.configure(ini(sandbox.base), mode)
        error = program("send", "dumpling", "Hi").usage_error("api_key", f"mode {mode:04o}", "chmod")
        assert error.startswith(f"{program.file}:") and KEY not in error
    program.configure(ini(sandbox.base, key="api_key_env = MY_KEY"), 0o644)
    assert program("send", "dumpling", "Hi", env={"MY_KEY": KEY}).code == 0
    assert sandbox.runs == 1


# ---- Nobody sees the key ---------------------------------------------------------------------------------------


def canary(vendor):
    """Not on standard output or error, not in arguments, not in what is told beforehand, not in logs; neither where
    it is refused nor where the vendor's answer is broken."""
    with Bench(work="300ms") as bench:
        program = bench.nuncio.configure(ini(bench.sandbox.base, key="api_key = " + CANARY))
        for arguments in [("send", vendor, "Hi", "--json"), ("send", vendor, "Hi", "--dry-run"), ("check", "--online"),
                          ("send", vendor, "Hi", "--explain"), ("providers",), ("plugins", "--json")]:
            run = program("--log-level", "debug", *arguments)
            assert CANARY not in run.out + run.err, run
        refused = program("--log-level", "debug", "send", vendor, "Hi")
        assert refused.code == 4 and CANARY not in refused.out + refused.err, refused
        sent = [request for request in bench.sandbox.get("/_requests") if request["method"] == "POST"]
        assert CANARY in str(sent[0]["headers"]), "the key did go out, where it belongs"

        # While it works with a key that is taken: who looks at the process sees the arguments given.
        program.configure(ini(bench.sandbox.base))
        process = program.start("--log-level", "debug", "send", vendor, "Hi")
        end = time.monotonic() + 20
        while not bench.sandbox.runs:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.005)
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            arguments = file.read()
        run = finish(process)
        assert NUNCIO.encode() in arguments and KEY.encode() not in arguments
        assert run.code == 0 and "step" in run.err and KEY not in run.out + run.err, run
        for fault in ["garbage", "status=500", "drop"]:
            bench.sandbox.reset()
            bench.sandbox.fault(f"{vendor}.send:{fault}")
            run = program("--log-level", "debug", "send", vendor, "Hi", "--json", "--timeout", "3s")
            assert KEY not in run.out + run.err, run
        program.file.unlink()
        grep = ["grep", "-rlF", "-e", CANARY, "-e", KEY, program.home]
        found = subprocess.run(grep, stdout=subprocess.PIPE, check=False)
        assert found.stdout == b"", "no state or log holds it"


def cases():
    return {vendor: (canary, vendor) for vendor in VENDORS}


@pytest.mark.parametrize("case", VENDORS)
def test_canary(together, case):
    together[case]  # raises what went wrong in it


def test_key_is_not_given_to_plugins_listing(program, sandbox):
    program.configure(ini(sandbox.base, key="api_key = " + CANARY))
    for arguments in [("providers", "--json"), ("plugins",), ("check",)]:
        run = program(*arguments)
        assert run.code == 0 and CANARY not in run.out + run.err, run


def test_plain_http_stays_on_this_machine(program, sandbox):
    """http is for loopback addresses; elsewhere only with allow_http. Nothing leaves otherwise."""
    program.configure(ini(sandbox.base, providers={"dumpling": {"base_url": "http://192.0.2.1/api/v1"}}))
    run = program("send", "dumpling", "Hi", "--timeout", "3s")
    assert run.code != 0 and "allow_http" in run.err and run.out == "", run
