# SPDX-License-Identifier: MIT
"""The commands that look at the journal: list, show, settle, conversations, journal; what all of them refuse."""

import contextlib
import os
import re
import sqlite3
import stat

import pytest

from contract import ID, KEYS, TIME, check_contract
from support import VENDORS, Nuncio, ini
from test_owners import USER, Program, why_not
from test_systems import reply_to

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"  # no interaction of that id exists
STATES = "new, sending, queued, processing, completed, failed, cancelled, unknown"

# ---- What is refused -------------------------------------------------------------------------------------------

USAGE = {
    "two conversations": (["send", "gennia", "x", "-c", "a", "--remote", "b"],
                          "--conversation and --remote exclude each other; give one of them"),
    "continue and remote": (["send", "gennia", "x", "--continue", "a", "--remote", "b"],
                            "--continue and --remote exclude each other; give one of them"),
    "all three": (["send", "gennia", "x", "--remote", "b", "--continue", "a", "-c", "c"],
                  "--conversation and --continue exclude each other; give one of them"),
    "new without a name": (["send", "gennia", "x", "--new"], "--new needs a name; give --conversation NAME"),
    "new with a remote id": (["send", "gennia", "x", "--new", "--remote", "y"],
                             "--new needs a name; give --conversation NAME"),
    "yes alone": (["send", "gennia", "x", "--yes"], "--yes is for --again ID"),
    "again with a message": (["send", "gennia", "x", "--again", "i"],
                             "--again sends the message of interaction i; leave out 'x'"),
    "again with standard input": (["send", "gennia", "-", "--again", "i"],
                                  "--again sends the message of interaction i; leave out '-'"),
    "again with an attachment": (["send", "gennia", "--again", "i", "-a", "f"],
                                 "--again sends the attachments of interaction i; leave out --attach"),
    "continue nothing": (["send", "gennia", "x", "--continue", NOBODY], f"there is no interaction {NOBODY}"),
    "again nothing": (["send", "gennia", "--again", NOBODY], f"there is no interaction {NOBODY}"),
    "empty name": (["send", "gennia", "x", "-c", ""], "a conversation's name or id is 1 to"),
    "long name": (["send", "gennia", "x", "-c", "n" * 5000], "a conversation's name or id is 1 to"),
    "name that commands": (["send", "gennia", "x", "-c", "a\x1bb"], "without control characters"),
    "conversation without a name": (["send", "gennia", "x", "-c"], "--conversation needs an argument, NAME"),
    "mistyped": (["send", "gennia", "x", "--no-wiat"], "unknown option '--no-wiat'; did you mean --no-wait?"),
    "wait for nothing": (["wait"], "something is missing: nuncio wait ID...; see nuncio wait --help"),
    "wait for nobody": (["wait", NOBODY], f"there is no interaction {NOBODY}", "nuncio list"),
    "wait for an empty id": (["wait", ""], "there is no interaction"),
    "wait for no id": (["wait", "--any", "../../etc/passwd"], "there is no interaction ../../etc/passwd"),
    "wait mistyped": (["wait", "--anny", NOBODY], "unknown option '--anny'; did you mean --any?"),
    "wait with a bad duration": (["wait", NOBODY, "--timeout", "1"], "--timeout '1' is no duration above zero"),
    "list with a bad state": (["list", "--state", "done"], f"--state 'done' is none of {STATES}"),
    "list with a bad limit": (["list", "--limit", "-1"], "--limit '-1' is no number; write 0, 1, 2 …"),
    "list without a limit": (["list", "--limit", ""], "--limit '' is no number"),
    "list something": (["list", "gennia"], "'gennia' is too much for nuncio list; see nuncio list --help"),
    "list mistyped": (["list", "--stat", "new", "--agnet", "x"], "unknown option '--agnet'; did you mean --agent?"),
    "show nothing": (["show"], "something is missing: nuncio show ID"),
    "show two": (["show", "a", "b"], "'b' is too much for nuncio show ID"),
    "show nobody": (["show", NOBODY], f"there is no interaction {NOBODY}"),
    "cancel nothing": (["cancel"], "something is missing: nuncio cancel ID"),
    "cancel nobody": (["cancel", "--json", NOBODY], f"there is no interaction {NOBODY}"),
    "settle nothing": (["settle", "--ran"], "something is missing: nuncio settle ID"),
    "settle without an answer": (["settle", NOBODY], "what did you see at the vendor? Give --ran or --not-run"),
    "settle both ways": (["settle", NOBODY, "--ran", "--not-run"], "--ran and --not-run exclude each other; give one of them"),
    "settle with a reply alone": (["settle", NOBODY, "--reply", "f"], "what did you see at the vendor?"),
    "settle with a reply of nothing": (["settle", NOBODY, "--not-run", "--reply", "f"], "--reply needs --ran"),
    "settle with no file": (["settle", NOBODY, "--ran", "--reply", ""], "--reply names no file"),
    "settle with a lost file": (["settle", NOBODY, "--ran", "--reply", "/nowhere/x"],
                                "cannot read the reply from /nowhere/x: No such file or directory"),
    "settle nobody": (["settle", NOBODY, "--ran"], f"there is no interaction {NOBODY}"),
    "resume something": (["resume", "x"], "'x' is too much for nuncio resume; see nuncio resume --help"),
    "conversations of somebody": (["conversations", "x"], "'x' is too much for nuncio conversations"),
    "journal": (["journal"], "a command is missing; see nuncio journal --help"),
    "journal mistyped": (["journal", "exprot"],
                         "unknown command 'journal exprot'; did you mean 'journal export'? See nuncio journal --help"),
    "journal of a stranger": (["journal", "send"], "unknown command 'journal send'; see nuncio journal --help"),
    "journal with an option": (["journal", "--json", "check"], "unknown option '--json'"),
    "prune everything": (["journal", "prune"],
                         "something is missing: nuncio journal prune --older-than AGE; see nuncio journal prune --help"),
    "prune mistyped": (["journal", "prune", "--older-then", "1d"],
                       "unknown option '--older-then'; did you mean --older-than? See nuncio journal prune --help"),
    "prune by a number": (["journal", "prune", "--older-than", "30"], "--older-than '30' is no duration above zero"),
    "prune something": (["journal", "prune", "x"], "'x' is too much for nuncio journal prune"),
    "check with an option": (["journal", "check", "--online"], "unknown option '--online'"),
    "export something": (["journal", "export", "x"], "'x' is too much for nuncio journal export"),
}


@pytest.mark.parametrize("arguments,parts", [(row[0], row[1:]) for row in USAGE.values()], ids=USAGE)
def test_usage_error(nuncio, sandbox, arguments, parts):
    nuncio(*arguments).usage_error(*parts)
    assert sandbox.asked(None) == 0


def test_again_reads_no_standard_input(nuncio):
    first = nuncio.send("dumpling", "Hi").check(0)
    second = nuncio.send("dumpling", "--again", first["id"], stdin=b"Something else").check(0, "completed", sends=1)
    assert (second["message"], second["again_of"]) == ("Hi", first["id"]) and second["id"] != first["id"]


# ---- Nothing is there ------------------------------------------------------------------------------------------

LOOKING = [["list"], ["list", "--json"], ["list", "--state", "failed", "--limit", "0"], ["conversations"],
           ["conversations", "--json"], ["resume"], ["resume", "--json"], ["journal", "export"]]


@pytest.mark.parametrize("store", ["sqlite", "memory"])
def test_empty(program, sandbox, store):
    program.configure(ini(sandbox.base, nuncio={"store": store}))
    for arguments in LOOKING:
        run = program(*arguments)
        assert (run.code, run.out, run.err) == (0, "", ""), run
        assert arguments[0] == "resume" or not program.state.exists(), "looking makes no journal"
    run = program("journal", "check")
    assert (run.code, run.out, run.err) == (0, "the journal is good\n", ""), run
    run = program("journal", "prune", "--older-than", "1h")
    assert (run.code, run.out, run.err) == (0, "0 interactions removed\n", ""), run
    assert sandbox.asked(None) == 0


def test_no_configuration(program):
    for arguments in [*LOOKING, ["wait", NOBODY], ["show", NOBODY], ["journal", "check"]]:
        program(*arguments, config=False).usage_error("nuncio.ini")


def test_in_memory(program, sandbox):
    """Nothing outlives the process, and it says so."""
    program.configure(ini(sandbox.base, nuncio={"store": "memory"}))
    result = program.send("dumpling", "Hi").check(0)
    assert program.list() == [] and not program.state.exists()
    for command in [["wait"], ["show"], ["cancel"], ["settle", "--ran"]]:
        program(*command, result["id"]).usage_error(f"there is no interaction {result['id']}", "store = memory")
    sandbox.fault("gumloop_agents.poll:status=500*forever")
    run = program("send", "gumloop_agents", "Hi", "--timeout", "300ms")
    assert run.code == 5 and "journal" in run.err and "nuncio wait" not in run.err and run.err.count("\n") == 1, run


# ---- Listing and showing ---------------------------------------------------------------------------------------


def test_list(nuncio, sandbox):
    results = [nuncio.send(vendor, f"Hi\n{vendor}").check(0) for vendor in VENDORS]
    sandbox.fault("dumpling.send:fail")
    results.append(nuncio.send("dumpling", "x" * 200).check(1, "failed"))
    asked = sandbox.asked(None)
    results.reverse()
    assert nuncio.list() == results, "the same objects, newest first"
    assert nuncio.list("--limit", "0") == results
    assert nuncio.list("--limit", "6") == results
    assert nuncio.list("--agent", "dumpling") == [results[0], results[2]]
    assert nuncio.list("--agent", "nobody") == []
    assert nuncio.list("--state", "failed") == results[:1]
    assert nuncio.list("--state", "completed", "--agent", "dumpling") == [results[2]]
    for state in ["new", "sending", "queued", "processing", "cancelled", "unknown"]:
        assert nuncio.list("--state", state) == []
    assert sandbox.asked(None) == asked, "nobody was asked"


def test_list_is_cut(nuncio):
    results = [nuncio.send("dumpling", str(i)).check(0) for i in range(3)]
    for form in [[], ["--json"]]:
        run = nuncio("list", "--limit", "2", *form)
        assert (run.code, run.err) == (0, "nuncio: the list ends after 2; --limit 0 lists all\n"), run
        found = re.findall(ID.pattern, run.out)
        assert [id_ for id_ in found if id_ in run.out] == [results[2]["id"], results[1]["id"]]
        assert nuncio("list", "--limit", "3", *form).err == ""


def test_table(nuncio, sandbox):
    nuncio("send", "dumpling", "Grüße\tan\n alle \x1b[31mdort")
    sandbox.fault("gennia.send:fail")
    nuncio("send", "gennia", "ä" * 41)
    nuncio("send", "gennia", "ä" * 40)
    lines = nuncio("list").out.splitlines()
    assert re.fullmatch(r"ID {26}STATE {6}AGENT {5}CREATED {19}MESSAGE", lines[0]), lines
    row = ID.pattern + r"  (completed|failed   )  (gennia  |dumpling)  " + TIME.pattern + "  (.*)"
    rows = [re.fullmatch(row, line).groups() for line in lines[1:]]
    assert rows == [("completed", "gennia  ", "ä" * 40), ("failed   ", "gennia  ", "ä" * 39 + "…"),
                    ("completed", "dumpling", "Grüße an  alle dort")]


def lines_of(text):
    """`key: value` lines; further lines begin with two blanks."""
    found = {}
    for line in re.split(r"\n(?!  )", text.rstrip("\n")):
        key, _, value = line.partition(": ")
        found.setdefault(key, []).append(value.replace("\n  ", "\n"))
    return found


@pytest.mark.parametrize("vendor", VENDORS)
def test_show(nuncio, sandbox, vendor):
    text = "one\n two: 2\n\nfour"
    result = nuncio.send(vendor, text, "-c", "brief").check(0)
    run = nuncio("show", result["id"], "--json")
    shown = run.json
    assert run.code == 0 and list(shown) == [*KEYS, "steps", "events"]
    assert {key: shown[key] for key in KEYS} == result
    assert shown["steps"] == sandbox.asked(None)
    assert [set(event) for event in shown["events"]] == [{"at", "state", "step"}] * len(shown["events"])
    states = [event["state"] for event in shown["events"]]
    assert states[:2] == ["new", "sending"] and states[-1] == "completed"
    times = [event["at"] for event in shown["events"]]
    assert times == sorted(times) and all(TIME.fullmatch(at) for at in times)
    assert {event["step"] for event in shown["events"]} <= {None, "OPEN", "SEND", "POLL", "FETCH", "HISTORY"}

    run = nuncio("show", result["id"])
    lines = lines_of(run.out)
    assert (run.code, run.err) == (0, "")
    for key in ["id", "state", "agent", "provider", "plugin", "strategy", "ticket", "created_at", "finished_at", "message"]:
        assert lines.get(key, [None]) == [result[key]], key
    for key in ["sends", "polls", "duration_ms", "steps"]:
        assert lines[key] == [str(shown[key])], key
    for key, value in result["usage"].items():
        assert key not in lines if value is None else float(lines[key][0]) == value
    assert lines["conversation"] == ["brief"] and lines["remote_id"] == [result["conversation"]["remote_id"]]
    assert lines["reply"] == [result["reply"]["text"]] and "error" not in lines
    assert lines["event"] == [" ".join(filter(None, [event["at"], event["state"], event["step"]]))
                              for event in shown["events"]]


def test_show_an_error(nuncio, sandbox):
    sandbox.fault("dumpling.send:status=429*forever")
    result = nuncio.send("dumpling", "Hi", "--timeout", "300ms").check(6, "failed", "rate")
    run = nuncio("show", result["id"])
    lines = lines_of(run.out)
    assert run.code == 0 and lines["state"] == ["failed"] and "reply" not in lines
    assert (lines["error"], lines["error_message"]) == (["rate"], [result["error"]["message"]])
    assert lines["error_status"] == ["429"]


def test_numbers_of_a_reply_stay(nuncio):
    """reply.json is told digit by digit, by show too."""
    text = '{"a": 12345678901234567890123, "b": 1.10}'
    result = nuncio("send", "--json", "dumpling", text, "--parse-json")
    for run in [result, nuncio("show", result.json["id"], "--json"), nuncio("list", "--json"), nuncio("journal", "export")]:
        assert "12345678901234567890123" in run.out and "1.10" in run.out, run


# ---- Settling --------------------------------------------------------------------------------------------------


def unknown(nuncio, sandbox, text="Hi"):
    """The id of an interaction that ran, and nobody knows."""
    sandbox.fault("dumpling.send:drop@after")
    run = nuncio.send("dumpling", text)
    result = check_contract(run.check(7, "unknown", sends=1))
    assert f"nuncio settle {result['id']}" in run.err and f"--again {result['id']} --yes" in run.err, run
    return result["id"]


@pytest.mark.parametrize("reply", [b"It is\n42.\n", b"", "🙂 \"quoted\" \\".encode(), None])
def test_settle_ran(nuncio, sandbox, tmp_path, reply):
    id_, arguments = unknown(nuncio, sandbox), []
    if reply is not None:
        (tmp_path / "reply").write_bytes(reply)
        arguments = ["--reply", "reply"]
    result = nuncio("settle", id_, "--ran", *arguments, "--json").check(0, "completed")
    text = reply.decode().removesuffix("\n") if reply is not None else None
    assert result["reply"]["text"] == text and result["finished_at"]
    run = nuncio("wait", id_)
    if reply is None:
        assert (run.code, run.out) == (0, "") and "holds no reply" in run.err, run
    else:
        assert (run.code, run.out, run.err) == (0, text + "\n", ""), run
    events = nuncio("show", id_, "--json").json["events"]
    assert [event["state"] for event in events][-2:] == ["unknown", "completed"]
    nuncio("settle", id_, "--ran").usage_error(f"interaction {id_} is completed; only an unknown one can be settled")
    assert sandbox.runs == 1 and sandbox.asked("dumpling.send") == 1


def test_settle_from_standard_input(nuncio, sandbox):
    id_ = unknown(nuncio, sandbox)
    run = nuncio("settle", id_, "--ran", "--reply", "-", stdin=b"Well\n\n")
    assert (run.code, run.out, run.err) == (0, "", ""), run
    assert nuncio("wait", id_, "--json").check(0, "completed")["reply"]["text"] == "Well\n"


def test_settle_not_run(nuncio, sandbox):
    """It failed then; its message can be sent anew without --yes."""
    id_ = unknown(nuncio, sandbox)
    run = nuncio("settle", id_, "--not-run")
    assert (run.code, run.out, run.err) == (0, "", ""), run
    result = nuncio("wait", id_, "--json").check(1, "failed")
    assert result["sends"] == 0 and "did not run" in result["error"]["message"]
    assert nuncio.send("dumpling", "--again", id_).check(0)["again_of"] == id_


def test_settle_with_a_reply_that_is_none(nuncio, sandbox, tmp_path):
    id_ = unknown(nuncio, sandbox)
    for data in [b"a\0b", b"\xff"]:
        (tmp_path / "reply").write_bytes(data)
        nuncio("settle", id_, "--ran", "--reply", "reply").usage_error("reply", "UTF-8")
    nuncio("settle", id_, "--ran", "--reply", str(tmp_path)).usage_error("cannot read the reply", "Is a directory")
    with open(tmp_path / "large", "wb") as large:
        large.truncate(64 * 1024 * 1024 + 2)
    nuncio("settle", id_, "--ran", "--reply", "large").usage_error("is longer than 64 MiB")
    assert nuncio.list()[0]["state"] == "unknown"


def test_again_of_an_unknown_one(nuncio, sandbox):
    """It may have run, so that it needs --yes."""
    id_ = unknown(nuncio, sandbox, "Say it")
    nuncio.send("dumpling", "--again", id_).usage_error(id_, "--yes")
    assert sandbox.runs == 1
    result = nuncio.send("dumpling", "--again", id_, "--yes").check(0, "completed", sends=1)
    assert (result["message"], result["again_of"]) == ("Say it", id_) and sandbox.runs == 2
    assert nuncio.list("--state", "unknown")[0]["id"] == id_, "that one stays as it is"


# ---- The journal as a whole ------------------------------------------------------------------------------------


def test_export(nuncio, sandbox):
    results = [nuncio.send(vendor, "Hi").check(0) for vendor in ["gennia", "dumpling"]]
    sandbox.fault("dumpling.send:drop@after")
    results.append(nuncio.send("dumpling", "Hi").check(7))
    run = nuncio("journal", "export")
    assert (run.code, run.err) == (0, "") and run.rows == results[::-1], run


def test_prune(nuncio, sandbox):
    """What has ended goes; what is unknown stays."""
    unknown(nuncio, sandbox)
    old = [nuncio.send("dumpling", "Hi").check(0)["id"] for _ in range(2)]
    run = nuncio("journal", "prune", "--older-than", "1h")
    assert (run.code, run.out) == (0, "0 interactions removed\n"), run
    run = nuncio("journal", "prune", "--older-than", "1ms")
    assert (run.code, run.out, run.err) == (0, "2 interactions removed\n", ""), run
    nuncio("show", old[0]).usage_error("there is no interaction")
    assert [row["state"] for row in nuncio.list()] == ["unknown"]
    nuncio("settle", nuncio.list()[0]["id"], "--not-run")
    assert nuncio("journal", "prune", "--older-than", "1ms").out == "1 interaction removed\n"
    assert nuncio.list() == []


def test_permissions(nuncio):
    old = os.umask(0)
    try:
        nuncio.send("dumpling", "Hi").check(0)
    finally:
        os.umask(old)
    assert stat.S_IMODE(nuncio.state.stat().st_mode) == 0o700
    files = list(nuncio.state.iterdir())
    assert files and all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files), files


def test_state_dir(program, sandbox, tmp_path):
    """The directory is the one that the configuration names."""
    program.configure(ini(sandbox.base, nuncio={"state_dir": tmp_path / "else" / "where"}))
    program.send("dumpling", "Hi").check(0)
    assert list((tmp_path / "else" / "where").iterdir()) and not program.state.exists()
    assert len(program.list()) == 1
    run = program("list", "--json", env={"STATE_DIRECTORY": "/nonexistent"})
    assert len(run.rows) == 1, "and wins over the environment"
    program.configure(ini(sandbox.base))
    run = program("send", "dumpling", "Hi", env={"STATE_DIRECTORY": f"{tmp_path}/systemd:/nonexistent"})
    assert run.code == 0 and list((tmp_path / "systemd").iterdir()), run


def test_no_content(program, sandbox):
    """keep_content = no: neither the message nor the reply is in the journal."""
    program.configure(ini(sandbox.base, nuncio={"keep_content": "no"}))
    run = program("send", "dumpling", "A secret question")
    assert (run.code, run.out) == (0, reply_to("A secret question") + "\n"), run
    result = check_contract(program.send("dumpling", "A secret question").json)
    assert result["message"] is None
    for row in program.list():
        assert row["message"] is None and row["reply"] == {"text": None, "json": None} and row["state"] == "completed"
    run = program("wait", result["id"])
    assert (run.code, run.out) == (0, "") and "holds no reply" in run.err, run
    program("send", "dumpling", "--again", result["id"]).usage_error(result["id"])
    for file in program.state.iterdir():
        assert b"secret question" not in file.read_bytes(), file


def test_read_only(tmp_path_factory, sandbox):
    """A journal that cannot be written can be looked at, and nothing is sent."""
    root = os.geteuid() == 0
    if root and why_not():
        pytest.skip(why_not())  # root may write everywhere
    home = tmp_path_factory.mktemp("readonly")
    for path in [home, *home.parents][:3]:
        path.chmod(0o755)
    program = Program(home, USER) if root else Nuncio(home)
    program.configure(ini(sandbox.base, key="api_key_env = MY_KEY"), 0o644)
    key = {"MY_KEY": "sandbox-key"}
    result = program("send", "--json", "dumpling", "Hi", env=key).check(0)
    for path in program.state.iterdir():
        path.chmod(0o400)
    program.state.chmod(0o500)
    try:
        runs = sandbox.runs
        for arguments in [["list"], ["show", result["id"]], ["wait", result["id"]], ["journal", "export"], ["conversations"]]:
            run = program(*arguments)
            assert run.code == 0 and (arguments[0] == "conversations" or "Hi" in run.out), run
        run = program("send", "--json", "dumpling", "Hi", env=key)
        assert run.code in (1, 2) and run.out == "" and run.err.count("\n") == 1, run
        assert str(program.state) in run.err, run
        assert sandbox.runs == runs
    finally:
        program.state.chmod(0o700)


def test_retention(program, sandbox):
    """`keep`: what ended longer ago goes by itself, and what is unknown stays."""
    program.configure(ini(sandbox.base, nuncio={"keep": "2d"}))
    unknown(program, sandbox, "lost")
    for text in ["old", "young"]:
        program.send("dumpling", text).check(0)
    day = 24 * 3600 * 1000
    with contextlib.closing(sqlite3.connect(program.state / "journal.db", isolation_level=None)) as database:
        for text, age in [("lost", 9 * day), ("old", 2 * day + 1000), ("young", 2 * day - 600000)]:
            id_ = next(row["id"] for row in program.list() if row["message"] == text)
            database.execute("UPDATE interaction SET finished_at = finished_at - ? WHERE id = ?", [age, id_])
    program.send("dumpling", "new").check(0)
    assert [row["message"] for row in program.list()] == ["new", "young", "lost"]


def test_damaged(nuncio):
    """What can be read is told, then that there is damage."""
    for i in range(40):
        nuncio("send", "dumpling", f"{i} " + "x" * 3000)
    file = nuncio.state / "journal.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle:middle + 8192] = b"\xa5" * 8192
    file.write_bytes(data)
    run = nuncio("journal", "check")
    assert run.code == 1 and run.out.startswith("error ") and run.err.startswith("nuncio: "), run
    run = nuncio("journal", "export")
    assert run.code == 1 and 10 < len(run.rows) <= 40 and run.err.count("\n") == 1 and "damaged" in run.err, run
    run = nuncio("list")
    assert run.code == 1 and 10 < run.out.count("\n") <= 41 and "damaged" in run.err, run
