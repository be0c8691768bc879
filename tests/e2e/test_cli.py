# SPDX-License-Identifier: MIT
"""The command line: what is refused, what is told, and what nobody must see."""

import json
import re

import pytest

from support import IDS, KEY, PLUGIN_DIR, VENDORS, ini
from test_systems import STRATEGIES, reply_to

COMMANDS = ["send", "wait", "list", "show", "cancel", "settle", "resume", "conversations", "journal", "providers",
            "plugins", "check"]
BELOW = ["prune", "check", "export"]  # below "journal"
CAPABILITIES = {
    "gumloop_agents": ["async-poll", "threads", "history"],
    "gumloop_sessions": ["queued", "async-poll", "threads", "cancel", "history"],
    "gennia": ["sync", "threads", "attachments", "history"],
    "dumpling": ["sync", "threads"],
    "enthusiast": ["async-poll", "threads", "threads-required", "history"],
}

# ---- What is refused -------------------------------------------------------------------------------------------

USAGE = {
    "no command": ([], "command is missing"),
    "unknown command": (["sned", "gennia", "x"], "'sned'", "did you mean 'send'"),
    "unknown option": (["send", "gennia", "x", "--jsno"], "'--jsno'", "did you mean --json"),
    "unknown letter": (["send", "gennia", "x", "-z"], "'-z'"),
    "unknown global option": (["--cnfig", "x", "plugins"], "'--cnfig'", "--config"),
    "global option behind": (["send", "gennia", "x", "--config", "y"], "--config stands before the command"),
    "no argument": (["send", "gennia", "x", "--timeout"], "--timeout", "DURATION"),
    "surplus argument": (["send", "gennia", "x", "--json=1"], "--json takes no argument"),
    "no agent": (["send"], "AGENT [MESSAGE]"),
    "three operands": (["send", "gennia", "two", "words"], "'words'", "quotes"),
    "operand of a listing": (["providers", "gennia"], "'gennia'"),
    "bad duration": (["send", "gennia", "x", "--timeout", "soon"], "'soon'", "10s"),
    "bare number": (["send", "gennia", "x", "--timeout", "10"], "'10'", "10s"),
    "no time": (["send", "gennia", "x", "--timeout", "0s"], "'0s'"),
    "bad color": (["--color", "blue", "plugins"], "'blue'", "auto, always, never"),
    "bad level": (["--log-level", "loud", "plugins"], "'loud'", "error, warning, info, debug"),
    "explain and dry-run": (["send", "gennia", "x", "--explain", "--dry-run"], "--explain", "--dry-run"),
    "bad strategy": (["send", "gennia", "x", "--strategy", "carrier-pigeon"], "carrier-pigeon", "sync"),
    "empty message": (["send", "gennia", ""], "empty"),
    "empty remote id": (["send", "gennia", "x", "--remote", ""], "id"),
    "control character": (["send", "gennia", "x", "--remote", "a\nb"], "control character"),
    "check has no json": (["check", "--json"], "'--json'"),
    "override without a key": (["-o", "nonsense", "plugins"], "SECTION.KEY=VALUE"),
    "override of a secret": (["-o", "provider gennia.api_key=k", "send", "gennia", "x"], "api_key", "secret"),
    "override of an unknown key": (["-o", "provider gennia.tiemout=1s", "send", "gennia", "x"], "timeout"),
    "no such agent": (["send", "gennai", "x"], "'gennai'", "did you mean 'gennia'"),
    "nothing like it": (["send", "zzz", "x"], "'zzz'", "nuncio providers"),
    "no such provider": (["send", "zzz/agent", "x"], "'zzz/agent'"),
    "no agent id": (["send", "gennia/", "x"], "gennia/AGENT_ID"),
    "file for attachment": (["send", "gennia", "x", "-a", "/nowhere/file"], "/nowhere/file"),
    "climbing id": (["send", "gennia/..", "x"], ".."),
}


@pytest.mark.parametrize("arguments,parts", [(row[0], row[1:]) for row in USAGE.values()], ids=USAGE)
def test_usage_error(nuncio, sandbox, arguments, parts):
    for more in [[], ["--json"]] if arguments[:1] == ["send"] else [[]]:
        nuncio(*arguments[:1], *more, *arguments[1:]).usage_error(*parts)
    assert sandbox.asked(None) == 0


def test_not_there_yet(nuncio):
    nuncio("batch").usage_error("unknown command 'batch'")


def test_message_that_is_no_text(nuncio, sandbox):
    nuncio.send("dumpling", stdin=b"a\x00b").usage_error("NUL")
    nuncio.send("dumpling", stdin=b"a\xffb").usage_error("UTF-8")
    nuncio.send("dumpling", b"\xc3(").usage_error("UTF-8")
    nuncio.send("dumpling", stdin=b"").usage_error("empty")
    assert sandbox.asked(None) == 0


def test_usage_error_of_the_library_is_one_line(nuncio):
    """Whatever stands in it."""
    text = nuncio.send("no\nsuch\x1b[31magent", "x").usage_error("agent")
    assert "\x1b" not in text


# ---- Help and version ------------------------------------------------------------------------------------------


def test_version(program):
    for option in ["--version", "-V"]:
        run = program(option, config=False)
        assert (run.code, run.err) == (0, "") and re.fullmatch(r"nuncio \d+\.\d+\.\d+\S*\n", run.out), run


OPTIONS = {
    None: ["--config", "-o", "--log-level", "--color", "--version"],
    "send": ["-c, --conversation", "--continue", "--remote", "--new", "--again", "--yes", "-a, --attach", "--no-wait",
             "--timeout", "--strategy", "--explain", "--dry-run", "--parse-json", "--json"],
    "wait": ["--any", "--timeout", "--json"], "list": ["--state", "--agent", "--limit", "--json"], "show": ["--json"],
    "cancel": ["--json"], "settle": ["--ran", "--reply", "--not-run", "--json"], "resume": ["--json"],
    "conversations": ["--json"], "journal": [], "journal prune": ["--older-than"], "journal check": [],
    "journal export": [], "providers": ["--json"], "plugins": ["--json"], "check": ["--online"],
}


@pytest.mark.parametrize("command", OPTIONS)
def test_help(program, command):
    """It needs no configuration, and names every command and option of the contract that is there."""
    words = command.split() if command else []
    for option in ["--help", "-h"]:
        run = program(*words, option, config=False)
        assert (run.code, run.err) == (0, "") and run.out.startswith("Usage: nuncio "), run
    for name in COMMANDS if not command else BELOW if command == "journal" else []:
        assert re.search(rf"^  {name} ", run.out, re.M), run
    for number in [0, 1, 2, 3, 4, 5, 6, 7] if not command else []:
        assert re.search(rf"^ +{number} ", run.out, re.M), "exit codes"
    for name in OPTIONS[command]:
        assert re.search(rf"^ +(-\w, )? *{name}\b", run.out, re.M), (name, run)
    assert max(map(len, run.out.splitlines())) <= 100


# ---- Telling without sending -----------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", VENDORS)
def test_explain(program, sandbox, vendor):
    program.configure(ini(sandbox.base, key="api_key_env = NOT_SET"))
    for arguments, strategy in [([], STRATEGIES[vendor]),
                                (["--remote", "x"], "thread+" + STRATEGIES[vendor].removeprefix("thread+"))]:
        run = program("send", vendor, "Hi", "--explain", *arguments)
        assert (run.code, run.err) == (0, ""), run
        assert re.fullmatch(rf"{re.escape(strategy)}: .+\n", run.out), run
    assert program("send", vendor, "--explain").code == 0, "without a message too"
    assert sandbox.asked(None) == 0 and sandbox.get("/_requests") == []


DRY = {  # the request lines, in order
    "gumloop_agents": ["POST /gumloop/api/v1/start_agent", "GET /gumloop/api/v1/agent_status/{ticket}"],
    "gumloop_sessions": ["POST /gumloop/api/v1/agents/abc123DEFghiJKL/sessions", "GET /gumloop/api/v1/sessions/"],
    "gennia": [f"POST /gennia/public/api/v1/agents/{IDS['gennia']}/messages"],
    "dumpling": ["POST /dumpling/api/v1/agents/generate-completion"],
    "enthusiast": ["POST /enthusiast/api/conversations", "POST /enthusiast/api/conversations/{conversation}",
                   "GET /enthusiast/api/task_status/{ticket}/", "GET /enthusiast/api/conversations/{conversation}"],
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_dry_run(program, sandbox, vendor):
    """Every request as HTTP text, secrets as ***; it needs no key, and nothing is sent."""
    program.configure(ini(sandbox.base, key="api_key_env = NOT_SET"))
    text = 'Say "hi"\n{agent} 🙂'
    run = program("send", vendor, "-", "--dry-run", stdin=text.encode())
    assert (run.code, run.err) == (0, ""), run
    assert sandbox.get("/_requests") == []
    lines = re.findall(r"^((?:GET|POST) \S+) HTTP/1\.1$", run.out, re.M)
    assert len(lines) == len(DRY[vendor]), run
    for line, expected in zip(lines, DRY[vendor]):
        assert line.startswith(expected), run
    secrets = re.findall(r"^(Authorization|X-Api-Key): (.*)$", run.out, re.M)
    assert len(secrets) == len(lines)
    assert {value for _, value in secrets} <= {"***", "Bearer ***", "Token ***"}, run
    bodies = [json.loads(line) for line in run.out.splitlines() if line.startswith("{")]
    assert text in json.dumps(bodies, ensure_ascii=False).replace("\\\"", '"').replace("\\n", "\n"), run


@pytest.mark.parametrize("vendor", VENDORS)
def test_dry_run_shows_what_is_sent(nuncio, sandbox, vendor):
    """Bodies of the effect steps, but for ids that are made anew."""
    shown = nuncio("send", vendor, "Hi", "--dry-run", "--timeout", "20s")
    nuncio("send", vendor, "Hi", "--timeout", "20s")
    posts = [request for request in sandbox.get("/_requests") if request["method"] == "POST"]
    fresh = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}|\"timeoutSeconds\":\d+")
    bodies = [fresh.sub("*", line) for line in shown.out.splitlines() if line.startswith("{")]
    assert bodies == [fresh.sub("*", request["body"]) for request in posts]


def test_dry_run_of_an_attachment(nuncio, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x" * 3000)
    run = nuncio("send", "gennia", "see", "--dry-run", "-a", str(tmp_path / "a.bin"))
    assert run.code == 0 and "4000 bytes of base64" in run.out and "eHh4" not in run.out, run


def test_dry_run_refuses_what_send_refuses(nuncio):
    assert nuncio("send", "gennia", "-", "--dry-run", stdin=b"x" * 32001).code == 2
    assert nuncio("send", "dumpling", "x", "--dry-run", "-a", "https://example.com/x").code == 2


# ---- Listings --------------------------------------------------------------------------------------------------


def test_plugins(nuncio, sandbox):
    run = nuncio("plugins", "--json")
    rows = {row["name"]: row for row in map(json.loads, run.out.splitlines())}
    assert run.code == 0 and list(rows) == sorted(VENDORS)
    for vendor, row in rows.items():
        assert row["path"] == f"{PLUGIN_DIR}/{vendor}.so" and row["error"] is None
        assert re.fullmatch(r"1\.\d+", row["abi"]) and row["version"]
        assert [name for name in row["capabilities"] if name in CAPABILITIES[vendor]] == CAPABILITIES[vendor]
        assert (row["base_url"] is None) == (vendor == "enthusiast")
        secrets = [option["name"] for option in row["options"] if option["secret"] and option["required"]]
        assert secrets == ["api_key"]
    plain = nuncio("plugins")
    assert plain.code == 0 and all(re.search(rf"^{vendor} ", plain.out, re.M) for vendor in VENDORS)
    assert sandbox.asked(None) == 0


def test_plugins_without_a_configuration(program):
    """Of what is installed nothing else is needed; a plugin that cannot be loaded is shown with the reason."""
    (program.home / "plugins").mkdir(mode=0o755)
    (program.home / "plugins" / "broken.so").write_text("no ELF")
    (program.home / "plugins" / "broken.so").chmod(0o644)
    run = program("-o", f"nuncio.plugin_path={program.home}/plugins", "plugins", "--json", config=False)
    rows = [json.loads(line) for line in run.out.splitlines()]
    broken = [row for row in rows if row["name"] == "broken"]
    assert run.code == 0 and len(broken) == 1 and broken[0]["error"] and broken[0]["version"] is None, run


def test_providers(nuncio, sandbox):
    run = nuncio("providers", "--json")
    rows = [json.loads(line) for line in run.out.splitlines()]
    assert run.code == 0 and [row["agent"] for row in rows] == VENDORS, "in the order of the configuration"
    for row in rows:
        vendor = row["provider"]
        assert row["plugin"] == vendor and row["id"] == IDS[vendor] and row["strategy"] == STRATEGIES[vendor]
        assert row["base_url"].startswith(sandbox.base) and row["health"] == "ok" and row["error"] is None
        assert [name for name in row["capabilities"] if name in CAPABILITIES[vendor]] == CAPABILITIES[vendor]
    plain = nuncio("providers")
    assert plain.code == 0 and all(re.search(rf"^{vendor} .* ok$", plain.out, re.M) for vendor in VENDORS), plain
    assert KEY not in plain.out + run.out and sandbox.asked(None) == 0


def test_nothing_to_list(program):
    program.configure("")
    assert program("providers", "--json").code == 0


def test_check(nuncio, sandbox):
    run = nuncio("check")
    assert run.code == 0 and run.err == "" and KEY not in run.out
    assert all(re.search(rf"^ok +provider {vendor}: ", run.out, re.M) for vendor in VENDORS), run
    assert sandbox.asked(None) == 0


CHECKED = ["gumloop_sessions", "gennia", "enthusiast"]  # they have a harmless request that proves a key


def online_rows(run):
    """What `check --online` says of each provider: vendor to "ok" or "error"."""
    return {vendor: word for word, vendor in re.findall(r"^(ok|error) +provider (\S+): online: ", run.out, re.M)}


def test_check_online(sandbox, program):
    program.configure(ini(sandbox.base))
    run = program("check", "--online")
    assert run.code == 0 and online_rows(run) == dict.fromkeys(VENDORS, "ok"), run
    assert [vendor for vendor in VENDORS if sandbox.asked(f"{vendor}.check")] == CHECKED and sandbox.runs == 0
    assert sandbox.asked(None) == len(CHECKED), "nothing else was asked"

    program.configure(ini(sandbox.base, key="api_key = sandbox-wrong-4711"))
    run = program("check", "--online")
    found = online_rows(run)
    assert run.code == 4 and [vendor for vendor in VENDORS if found.get(vendor) == "error"] == CHECKED, run
    assert "4711" not in run.out + run.err and run.err.startswith("nuncio: 3 of ")

    program.configure(ini("http://127.0.0.1:1"))
    assert program("check", "--online").code == 3


def test_check_of_a_key_that_is_not_there(sandbox, program):
    program.configure(ini(sandbox.base, key="api_key_env = NOT_SET"))
    run = program("check")
    assert run.code == 2 and run.out.count("NOT_SET") == len(VENDORS) and "5 of 5" in run.err, run


def test_environment_names_the_configuration(program, sandbox):
    program.configure(ini(sandbox.base))
    run = program("send", "dumpling", "Hi", config=False, env={"NUNCIO_CONFIG": str(program.file)})
    assert run.out == reply_to("Hi") + "\n"
