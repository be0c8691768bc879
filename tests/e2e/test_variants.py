# SPDX-License-Identifier: MIT
"""What the vendors' versions and the options of the plugins change, and replies that are slow or too large."""

import json

import pytest

from contract import check_contract
from support import VENDORS, Bench, ini
from test_systems import STRATEGIES, reply_to

FORMS = {  # the sandbox's options, whose they are, and the keys of the agent
    "enthusiast 1.0": (["--enthusiast-version", "1.0"], "enthusiast", {"id": None}),
    "enthusiast 1.0 with an agent": (["--enthusiast-version", "1.0"], "enthusiast", {}),
    "enthusiast 1.2": (["--enthusiast-version", "1.2"], "enthusiast", {}),
    "enthusiast 1.4": (["--enthusiast-version", "1.4"], "enthusiast", {}),
    "gumloop_agents parts": (["--gumloop-text", "parts"], "gumloop_agents", {}),
    "gumloop_agents content": (["--gumloop-text", "content"], "gumloop_agents", {}),
    "gumloop_sessions parts": (["--gumloop-text", "parts"], "gumloop_sessions", {}),
    "gumloop_sessions content": (["--gumloop-text", "content"], "gumloop_sessions", {}),
    "gumloop_sessions queue": (["--queue", "3"], "gumloop_sessions", {}),
}


def form(name):
    options, vendor, keys = FORMS[name]
    with Bench(*options, agents={vendor: keys}) as bench:
        first = check_contract(bench.send(vendor, "one").check(0, "completed"))
        assert first["reply"]["text"] == reply_to("one")
        remote = first["conversation"]["remote_id"]
        bench.sandbox.fault(f"{vendor}.send:reset@after")
        second = bench.send(vendor, "two", "--remote", remote, "--timeout", "20s").check(0, "completed", sends=1)
        assert second["reply"]["text"] == reply_to("two", 2) and bench.sandbox.runs == 2


def agent_id_is_required():
    """Enthusiast from 1.3 on."""
    with Bench("--enthusiast-version", "1.4", agents={"enthusiast": {"id": None}}) as bench:
        result = bench.send("enthusiast", "Hi").check(1, "failed", "invalid", sends=0)
        assert "agent_id: This field is required." in result["error"]["message"]


def slow(vendor, step):
    """An answer that trickles is waited for."""
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.{step}:slow=400")
        result = bench.send(vendor, "Hi", "--timeout", "30s").check(0, "completed", sends=1)
        assert result["reply"]["text"] == reply_to("Hi") and bench.sandbox.fired() == [1]


def delayed(vendor, step):
    with Bench() as bench:
        bench.sandbox.fault(f"{vendor}.{step}:delay=700")
        result = bench.send(vendor, "Hi", "--timeout", "30s").check(0, "completed", sends=1)
        assert result["duration_ms"] >= 700 and bench.sandbox.runs == 1


def too_large(vendor):
    """A reply above max_reply is no reply; it may be known that the message ran, and it is not sent again."""
    with Bench(providers={"*": {"max_reply": "2K", "reconcile": "1s"}}) as bench:
        assert bench.send(vendor, "x" * 200).code == 0
        run = bench.send(vendor, "x" * 4000, "--timeout", "2s")
        check_contract(run.json)
        found = 5 if vendor in ("gumloop_agents", "enthusiast") else 7  # whose answer to SEND holds no texts
        assert run.code == found, run
        assert bench.sandbox.asked(f"{vendor}.send") == bench.sandbox.runs == 2


def before_continuation(vendor, step, fault):
    """HISTORY before a SEND breaks: nothing was sent, so it is asked again; the message goes out once."""
    with Bench() as bench:
        remote = bench.send(vendor, "Hi").check(0)["conversation"]["remote_id"]
        bench.sandbox.fault(f"{vendor}.{step}:{fault}*2")
        result = bench.send(vendor, "Hi", "--remote", remote, "--timeout", "20s").check(0, "completed", sends=1)
        assert result["reply"]["text"] == reply_to("Hi", 2)
        assert bench.sandbox.fired() == [2] and bench.sandbox.runs == 2


def cases():
    found = {"form " + name: (form, name) for name in FORMS}
    found["agent id is required"] = (agent_id_is_required,)
    for vendor, step in [("gennia", "send"), ("dumpling", "send"), ("gumloop_sessions", "poll"), ("enthusiast", "fetch")]:
        found[f"slow {vendor} {step}"] = (slow, vendor, step)
    for vendor in VENDORS:
        found[f"delayed {vendor} send"] = (delayed, vendor, "send")
        found[f"too large {vendor}"] = (too_large, vendor)
    for vendor, step in [("gumloop_agents", "poll"), ("gumloop_sessions", "poll"), ("gennia", "history"),
                         ("enthusiast", "history")]:
        for fault in ["drop", "status=503", "status=429", "garbage"]:
            found[f"before continuation {vendor} {fault}"] = (before_continuation, vendor, step, fault)
    return found


@pytest.mark.parametrize("case", cases())
def test_variant(together, case):
    together[case]  # raises what went wrong in it


# ---- Options ---------------------------------------------------------------------------------------------------


def sent(sandbox, step):
    return [request for request in sandbox.get("/_requests") if request["step"] == step]


def headers(request):
    return {name.lower(): value for name, value in request["headers"].items()}


def test_gumloop_agents_by_project(sandbox, program):
    keys = {"user_id": None, "project_id": "project_1"}
    program.configure(ini(sandbox.base, {"gumloop_agents": keys}))
    assert program.send("gumloop_agents", "Hi").check(0)["reply"]["text"] == reply_to("Hi")
    body = json.loads(sent(sandbox, "send")[0]["body"])
    assert body["project_id"] == "project_1" and "user_id" not in body and "interaction_id" not in body
    assert {request["query"] for request in sent(sandbox, "poll")} == {"project_id=project_1"}


def test_gumloop_sessions_of_a_team(sandbox, program):
    """The team is named by every request; x-auth-key is the member."""
    program.configure(ini(sandbox.base, {"gumloop_sessions": {"team_id": "team_4f8c92ab"}}))
    result = program.send("gumloop_sessions", "Hi").check(0)
    requests = sandbox.get("/_requests")
    assert {request["query"] for request in requests} == {"team_id=team_4f8c92ab"}
    assert {headers(request)["x-auth-key"] for request in requests} == {"user_2b9d71f0"}
    body = json.loads(requests[0]["body"])
    assert body == {"session_id": result["ticket"], "input": "Hi"}, "its own id, and no field too many"


def test_gennia_options(sandbox, program):
    """isTest only where a conversation begins; one conversation for the user of the configuration."""
    program.configure(ini(sandbox.base, {"gennia": {"external_user_id": "user ü&1", "is_test": "yes"}}))
    for turn in (1, 2):
        assert program.send("gennia", "Hi").check(0)["reply"]["text"] == reply_to("Hi", turn)
    first, second = (json.loads(request["body"]) for request in sent(sandbox, "send"))
    assert (first["externalUserId"], first["isTest"], "conversationId" in first) == ("user ü&1", True, False)
    assert "conversationId" in second or second["externalUserId"] == "user ü&1"
    assert "user%20%C3%BC%261" in sent(sandbox, "history")[0]["query"]


def test_gennia_users_are_apart(nuncio, sandbox):
    """Without external_user_id each new conversation has a user of its own, by which a lost one is found."""
    ids = [nuncio.send("gennia", "Hi").check(0)["id"] for _ in range(2)]
    assert [json.loads(request["body"])["externalUserId"] for request in sent(sandbox, "send")] == [
        f"nuncio-{id_}" for id_ in ids]


def test_data_set_of_an_agent(sandbox, program):
    """An agent's options go before its provider's, which may lack them."""
    for provider, agent in [("2", "1"), (None, "1")]:
        program.configure(ini(sandbox.base, {"enthusiast": {"data_set_id": provider}}, {"enthusiast": {"data_set_id": agent}}))
        program.send("enthusiast", "Hi").check(0)
    assert {json.loads(request["body"])["data_set_id"] for request in sent(sandbox, "send") + sent(sandbox, "open")} == {1}


@pytest.mark.parametrize("vendor", VENDORS)
def test_requests_are_plain(nuncio, sandbox, vendor):
    """JSON as it should be announced, nothing of the redirects or proxies of others, and no trailing surprises."""
    nuncio.send(vendor, "Hi").check(0)
    for request in sandbox.get("/_requests"):
        given = headers(request)
        assert given["accept"] == "application/json" and given["user-agent"].startswith("nuncio/")
        assert "expect" not in given and "transfer-encoding" not in given
        if request["method"] == "POST":
            assert given["content-type"] == "application/json" and int(given["content-length"]) == request["body_size"]


def test_proxies_are_not_for_this_machine(nuncio, sandbox):
    """Nothing of what is sent to a loopback address goes through a proxy of the environment."""
    proxies = dict.fromkeys(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"], "http://127.0.0.1:1")
    for vendor in VENDORS:
        assert nuncio.send(vendor, "Hi", env=proxies).check(0)["strategy"] == STRATEGIES[vendor]
    assert sandbox.runs == len(VENDORS)
