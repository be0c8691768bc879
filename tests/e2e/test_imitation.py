# SPDX-License-Identifier: MIT
"""The five systems against another server than the sandbox, by base_url alone."""

import json

import pytest

from contract import check_contract
from imitation import Imitation
from imitation_vendors import AGENTS, KEY, USER
from support import PLUGIN_DIR, VENDORS, Nuncio

STRATEGIES = {"gumloop_agents": "async-poll", "gumloop_sessions": "queued", "gennia": "sync", "dumpling": "sync",
              "enthusiast": "thread+async-poll"}
SERVERS = {  # what is different each time
    "length": {}, "chunked": {"framing": "chunked", "version": 1.4}, "close": {"framing": "close", "version": 1.2},
    "stale": {"stale": True, "version": 1.3},
}
CONFIGURATION = """\
[nuncio]
plugin_path = {plugins}

[provider gumloop_agents]
base_url = {base}/gumloop/
api_key = {key}
user_id = {user}
poll_min = 20ms

[provider gumloop_sessions]
base_url = {base}/gumloop
api_key = {key}
user_id = {user}
poll_min = 20ms

[provider gennia]
base_url = {base}/gennia/
api_key = {key}

[provider dumpling]
base_url = {base}/dumpling
api_key = {key}

[provider enthusiast]
base_url = {base}/
api_key = {key}
poll_min = 20ms
data_set_id = 42

[agent gumloop_agents]
provider = gumloop_agents
id = {agents[gumloop]}

[agent gumloop_sessions]
provider = gumloop_sessions
id = {agents[gumloop]}

[agent gennia]
provider = gennia
id = {agents[gennia]}

[agent dumpling]
provider = dumpling
id = {agents[dumpling]}

[agent enthusiast]
provider = enthusiast
{enthusiast_id}
"""


@pytest.fixture(params=SERVERS)
def server(request):
    with Imitation(**SERVERS[request.param]) as running:
        yield running


@pytest.fixture
def nuncio(server, tmp_path):
    agent = f"id = {AGENTS['enthusiast']}" if server.world.version >= 1.3 else ""
    return Nuncio(tmp_path, CONFIGURATION.format(base=server.base, key=KEY, user=USER,
                                                 agents=AGENTS, plugins=PLUGIN_DIR, enthusiast_id=agent))


def reply(text, turn=1):
    return f"Reply {turn} to <{text}>"


@pytest.mark.parametrize("vendor", VENDORS)
def test_message_and_next_one(server, nuncio, vendor):
    """One message, then the same text again in the same conversation."""
    text = 'Grüße, "you" \\ 🙂\n\tand more'
    first = check_contract(nuncio.send(vendor, text).check(0, "completed", sends=1))
    assert first["strategy"] == STRATEGIES[vendor] and first["reply"]["text"] == reply(text)
    remote = first["conversation"]["remote_id"]
    assert str(list(server.world.conversations)[0]) == remote, "all digits of an id are kept"
    for turn in (2, 3):
        result = check_contract(nuncio.send(vendor, text, "--remote", remote).check(0, "completed", sends=1))
        assert result["strategy"] == "thread+" + STRATEGIES[vendor].removeprefix("thread+")
        assert result["reply"]["text"] == reply(text, turn)
        assert result["conversation"]["remote_id"] == remote
    assert server.world.runs == server.world.sends == 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_lost_reply(server, nuncio, vendor):
    """The connection ends where the answer to SEND should come: the message is never sent again."""
    server.world.lose = True
    run = nuncio.send(vendor, "Hi", "--timeout", "20s")
    assert server.world.lost == server.world.runs == server.world.sends == 1, run
    if vendor in ("gumloop_agents", "dumpling"):
        check_contract(run.check(7, "unknown", sends=1))
    else:
        assert check_contract(run.check(0, "completed", sends=1))["reply"]["text"] == reply("Hi")


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != "dumpling"])
def test_lost_reply_of_a_later_message(server, nuncio, vendor):
    """The same text as before, so that only the place in the conversation tells them apart."""
    remote = nuncio.send(vendor, "Hi").check(0)["conversation"]["remote_id"]
    server.world.lose = True
    result = nuncio.send(vendor, "Hi", "--remote", remote, "--timeout", "20s").check(0, "completed", sends=1)
    assert result["reply"]["text"] == reply("Hi", 2)
    assert server.world.lost == 1 and server.world.runs == server.world.sends == 2


@pytest.mark.parametrize("server", ["length"], indirect=True)
def test_usage_and_json_of_dumpling(nuncio):
    """Numbers are passed on as they are."""
    run = nuncio.send("dumpling", "Hi", "--parse-json")
    result = run.check(0)
    assert '"json":{"n":12345678901234567890,"f":1.5}' in run.out
    assert result["usage"] == {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11, "cost_usd": None,
                               "credits": 0.25}
    assert json.loads(nuncio("send", "dumpling", "Hi", "--parse-json").out) == {"n": 12345678901234567890, "f": 1.5}


@pytest.mark.parametrize("server", ["length", "close"], indirect=True)
@pytest.mark.parametrize("vendor", VENDORS)
def test_refusals(server, nuncio, vendor):
    """Its error bodies are in the other forms: a wrong agent and a wrong key."""
    nuncio.configure(nuncio.file.read_text().replace(KEY, "wrong-key"))
    run = nuncio.send(vendor, "Hi")
    class_ = "forbidden" if run.json["error"]["status"] == 403 and vendor != "gumloop_agents" else "auth"
    run.check(4, "failed", class_, sends=0)
    assert server.world.runs == 0


@pytest.mark.parametrize("server", ["length"], indirect=True)
@pytest.mark.parametrize("vendor", ["gumloop_agents", "gumloop_sessions", "gennia", "dumpling"])
def test_wrong_agent(server, nuncio, vendor):
    nuncio.send(f"{vendor}/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "Hi").check(1, "failed", "not_found", sends=0)
    assert server.world.runs == 0


@pytest.mark.parametrize("server", ["length", "chunked"], indirect=True)
def test_gennia_user_has_one_conversation(server, nuncio):
    """With external_user_id all messages are that user's, and replies are told apart by their place."""
    text = nuncio.file.read_text()
    nuncio.configure(text.replace("[provider gennia]", "[provider gennia]\nexternal_user_id = Zoë & Co"))
    for turn in (1, 2):
        assert nuncio.send("gennia", "Hi").check(0)["reply"]["text"] == reply("Hi", turn)
    server.world.lose = True
    assert nuncio.send("gennia", "Hi", "--timeout", "20s").check(0, sends=1)["reply"]["text"] == reply("Hi", 3)
    assert len(server.world.conversations) == 1 and server.world.runs == 3
