# SPDX-License-Identifier: MIT
"""tests/errors.tsv: every error that the vendors document, and what nuncio makes of it.

step: where it is ordered. The vendors' own lists name calls that nuncio never makes (queues, files, wrong methods);
those errors are ordered for SEND: whatever such an answer says, it is read the same. class `-`: no error came out.
sentence: what stands in error.message and on standard error, behind the provider's name. body: as documented.
"""

import csv
import json
from pathlib import Path

import pytest

from contract import check_contract
from support import VENDORS, Bench, Sandbox, ini
from test_systems import reply_to

TABLE = Path(__file__).parent.parent / "errors.tsv"
COLUMNS = ["vendor", "step", "name", "status", "class", "exit", "state", "code", "sentence", "body"]


def read_table():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {f"{row['vendor']}.{row['step']} {row['name']}": row for row in rows}


ROWS = read_table()
# A run that cannot be found is looked for a while; a refusal for which one waits is waited for.
GRACE = "12s"
PATIENCE = "2500ms"


def run_row(row, *sandbox_options):
    """Through the real program; returns how it ended and what it may have done to the vendor."""
    vendor, step, name = row["vendor"], row["step"], row["name"]
    with Bench(*sandbox_options, providers={"*": {"reconcile": "2s"}}) as bench:
        # HISTORY is asked where the answer to SEND is lost.
        lost = [f"{vendor}.send:reset@after"] if step == "history" else []
        bench.sandbox.fault(*lost, f"{vendor}.{step}:error={name}*forever")
        patience = GRACE if row["class"] == "not_found" and step in ("poll", "fetch") else PATIENCE
        run = bench.send(vendor, "Hi", "--timeout", patience)
        assert bench.sandbox.fired()[-1] > 0, f"the fault was never met: {run}"
        assert bench.sandbox.runs <= 1, run
        if row["class"] in ("auth", "forbidden", "invalid", "credits", "quota", "agent") and step == "send":
            assert bench.sandbox.asked(f"{vendor}.send") == 1, "it is definite"
        return run


def check_row(row, run):
    result = check_contract(run.json)
    seen = {"exit": str(run.code), "state": result["state"], "class": "-", "code": "-"}
    if result["error"]:
        seen |= {"class": result["error"]["class"], "code": result["error"]["vendor_code"] or "-"}
    assert seen == {name: row[name] for name in seen}, run
    if row["class"] == "-":
        assert result["reply"]["text"] == reply_to("Hi") and run.err == ""
        return
    message = result["error"]["message"]
    assert message.startswith(row["vendor"] + ": ") and row["sentence"] in message, run
    assert run.err.rstrip("\n").count("\n") == 0 and f"nuncio: {message}" in run.err, run
    told = f"(HTTP {row['status']}" in row["sentence"]
    if told:
        assert result["error"]["status"] == int(row["status"]), run
    if row["state"] == "failed":
        assert result["sends"] == (1 if row["class"] == "agent" else 0), run
    else:
        assert result["sends"] >= 1, run


# ---- The table -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def documented():
    with Sandbox() as sandbox:
        return {(row["vendor"], row["name"]): row for row in sandbox.get("/_errors")}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_row_has_a_sandbox_case(documented, row):
    assert list(row) == COLUMNS and all(row.values())
    case = documented.get((row["vendor"], row["name"]))
    assert case, "the sandbox has no such error"
    assert case["status"] == int(row["status"])
    assert case["body"] == json.loads(row["body"])


def test_every_sandbox_case_has_a_row(documented):
    known = {(row["vendor"], row["name"]) for row in ROWS.values()}
    assert set(documented) - known == set()


def cases():
    slow_first = sorted(ROWS.items(), key=lambda item: item[1]["class"] != "not_found")
    found = {name: (run_row, row) for name, row in slow_first}
    for name, row in ROWS.items():
        if row["vendor"] == "dumpling":  # which documents two forms of error bodies
            found[f"{name} (flat)"] = (run_row, row, "--dumpling-errors", "flat")
    return found


@pytest.mark.parametrize("case", sorted(cases()))
def test_row(together, case):
    check_row(ROWS[case.removesuffix(" (flat)")], together[case])


# ---- The same without faults: the sandbox is strict by itself --------------------------------------------------


WRONG = {  # vendor: agents or options that are wrong, and the error of the table that comes of it
    "gumloop_agents": [("id", "nobody", "gummie-not-found"), ("id", "xyz789STUvwxYZA", "unauthorized-gummie-access"),
                       ("user_id", "user_x", "unauthorized-gummie-access")],
    "gumloop_sessions": [("id", "nobody", "agent-not-found"), ("id", "xyz789STUvwxYZA", "forbidden"),
                         ("user_id", "user_x", "forbidden"), ("team_id", "team_x", "forbidden"),
                         ("user_id", None, "missing-auth-key")],
    "gennia": [("id", "nobody", "validation-error"), ("id", "3c90c3cc-0d44-4b50-8888-8dd25736052b", "agent-not-found"),
               ("id", "5d11e7aa-2f60-4c1b-9d7e-0a4b8c6f2e13", "agent-not-published")],
    "dumpling": [("id", "nobody", "agent-not-found"), ("id", "agent_999999", "agent-access-denied")],
    "enthusiast": [("id", "2", "agent-not-found"), ("data_set_id", "2", "no-dataset-access")],
}
KEYS = {"gumloop_agents": "unauthorized", "gumloop_sessions": "unauthorized", "gennia": "invalid-api-key-format",
        "dumpling": "unauthorized", "enthusiast": "invalid-token"}
REMOTES = {"gumloop_agents": ("nothing", "poll", "poll-interaction-not-found"),
           "gumloop_sessions": ("nothing", "send", "session-not-found"),
           "gennia": ("3c90c3cc-0d44-4b50-8888-000000000000", "history", "conversation-not-found"),
           "dumpling": ("nothing", "send", "thread-not-found"),
           "enthusiast": ("4711", "send", "conversation-not-found")}


def row_of(vendor, name):
    return next(row for row in ROWS.values() if (row["vendor"], row["name"]) == (vendor, name))


def check_natural(run, row):
    """It is refused before anything runs: as at SEND, whichever step meets it."""
    class_ = "not_found" if row["status"] == "404" else row["class"]
    result = check_contract(run.check(4 if class_ in ("auth", "forbidden") else 1, "failed", class_, sends=0))
    assert result["error"]["status"] == int(row["status"]), run


@pytest.mark.parametrize("vendor,key,value,name", [(vendor, *wrong) for vendor in VENDORS for wrong in WRONG[vendor]])
def test_wrong_setting(sandbox, program, vendor, key, value, name):
    where = "agents" if key == "id" else "providers"
    program.configure(ini(sandbox.base, **{where: {vendor: {key: value}}}))
    check_natural(program.send(vendor, "Hi"), row_of(vendor, name))
    assert sandbox.runs == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_wrong_key(sandbox, program, vendor):
    program.configure(ini(sandbox.base, key="api_key = wrong-key-4711"))
    run = program.send(vendor, "Hi")
    check_natural(run, row_of(vendor, KEYS[vendor]))
    assert "4711" not in run.out + run.err and sandbox.runs == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_wrong_conversation(nuncio, sandbox, vendor):
    remote, _, name = REMOTES[vendor]
    check_natural(nuncio.send(vendor, "Hi", "--remote", remote), row_of(vendor, name))
    assert sandbox.runs == 0


def test_conversation_of_another_agent(nuncio, sandbox):
    remote = nuncio.send("gumloop_agents", "Hi").check(0)["conversation"]["remote_id"]
    run = nuncio.send("gumloop_agents/mno456PQRstuVWX", "Hi", "--remote", remote)
    check_natural(run, row_of("gumloop_agents", "interaction-gummie-mismatch"))
    assert sandbox.runs == 1


def test_conversation_of_another_vendor(nuncio, sandbox):
    remote = nuncio.send("dumpling", "Hi").check(0)["conversation"]["remote_id"]
    nuncio.send("enthusiast", "Hi", "--remote", remote).check(1, "failed", "not_found", sends=0)
    assert sandbox.runs == 1
