# SPDX-License-Identifier: MIT
"""One message to each of the five systems, and the next one in the same conversation."""

import base64
import json
from datetime import datetime

import pytest

from contract import check_contract
from support import IDS, VENDORS

STRATEGIES = {
    "gumloop_agents": "async-poll",
    "gumloop_sessions": "queued",
    "gennia": "sync",
    "dumpling": "sync",
    "enthusiast": "thread+async-poll",
}
FIXED = ["gennia", "dumpling", "gumloop_sessions"]  # who tells what a message has used
TEXTS = {
    "plain": "Hello",
    "quotes": "She said \"it's\" \\ `$HOME` %s %d {agent} {conversation}",
    "lines": "one\ntwo\r\n\tthree\n\nfour",
    "emoji": "naïve 漢字 👩‍👩‍👧 🇩🇪 \u202eright-to-left\u202c",
    "json": '{"a": [1, 2.50, null], "ключ": "\\u0000"}',
    "markup": "<b>&amp;</b> </script> \u2028 \x7f\x1b[31m",
    "blanks": "  kept  inside ",
}


def reply_to(text, turn=1):
    return f"[turn {turn}] You said: {text}"


def trimmed(vendor, text):
    """Django REST framework trims what Enthusiast is asked."""
    return text.strip() if vendor == "enthusiast" else text


@pytest.mark.parametrize("vendor", VENDORS)
def test_one_message(nuncio, sandbox, vendor):
    result = check_contract(nuncio.send(vendor, "Hello there").check(0, "completed", sends=1))
    assert (result["agent"], result["provider"], result["plugin"]) == (vendor, vendor, vendor)
    assert result["strategy"] == STRATEGIES[vendor]
    assert result["message"] == "Hello there"
    assert result["reply"] == {"text": reply_to("Hello there"), "json": None}
    assert result["conversation"]["name"] is None
    assert result["again_of"] is None and result["queue_position"] is None
    runs = sandbox.get("/_stats")["runs"]
    assert [(run["vendor"], run["text"], run["count"]) for run in runs] == [(vendor, "Hello there", 1)]
    assert result["conversation"]["remote_id"] == runs[0]["conversation"]
    if STRATEGIES[vendor] == "sync":
        assert (result["ticket"], result["polls"]) == (None, 0)
    else:
        assert result["ticket"] and result["polls"] == sandbox.asked(f"{vendor}.poll") > 0
    start, end = (datetime.strptime(result[name], "%Y-%m-%dT%H:%M:%S.%fZ") for name in ["created_at", "finished_at"])
    assert abs((end - start).total_seconds() * 1000 - result["duration_ms"]) <= 2
    assert 15 <= result["duration_ms"] < 20000


@pytest.mark.parametrize("vendor", VENDORS)
def test_plain_output(nuncio, vendor):
    run = nuncio("send", vendor, "Hello")
    assert (run.code, run.out, run.err) == (0, reply_to("Hello") + "\n", "")


@pytest.mark.parametrize("vendor", VENDORS)
def test_usage(nuncio, vendor):
    text = "x" * 400
    usage = nuncio.send(vendor, text).check(0)["usage"]
    expected = dict.fromkeys(["input_tokens", "output_tokens", "total_tokens", "cost_usd", "credits"])
    if vendor in FIXED:
        expected |= {"input_tokens": 113, "output_tokens": 105, "total_tokens": 218, "credits": 1}
    if vendor == "gennia":
        assert 0 < usage["cost_usd"] < 1
        expected["cost_usd"] = usage["cost_usd"]
    assert usage == expected


@pytest.mark.parametrize("vendor", VENDORS)
def test_continues_by_remote(nuncio, sandbox, vendor):
    first = nuncio.send(vendor, "one").check(0)
    remote = first["conversation"]["remote_id"]
    for turn, text in [(2, "two"), (3, "one")]:  # the third asks what the first asked
        result = check_contract(nuncio.send(vendor, text, "--remote", remote).check(0, "completed", sends=1))
        assert result["strategy"] == "thread+" + STRATEGIES[vendor].removeprefix("thread+")
        assert result["reply"]["text"] == reply_to(text, turn)
        assert result["conversation"] == {"name": None, "remote_id": remote}
    assert sandbox.runs == 3 and sandbox.asked(f"{vendor}.send") == 3


@pytest.mark.parametrize("vendor", VENDORS)
def test_messages_are_apart(nuncio, vendor):
    """Without --remote each message has a conversation of its own."""
    results = [nuncio.send(vendor, "same").check(0) for _ in range(2)]
    assert [result["reply"]["text"] for result in results] == [reply_to("same")] * 2
    assert len({result["conversation"]["remote_id"] for result in results}) == 2
    assert len({result["id"] for result in results}) == 2


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_text(nuncio, vendor, text):
    result = nuncio.send(vendor, text).check(0)
    assert result["message"] == text
    assert result["reply"]["text"] == reply_to(trimmed(vendor, text))
    bare = nuncio("send", vendor, "-", stdin=text.encode())
    assert bare.raw == (reply_to(trimmed(vendor, text)) + "\n").encode(), bare


@pytest.mark.parametrize("vendor", VENDORS)
def test_long_text(nuncio, vendor):
    """100 KB by argument and by standard input; Gennia's limit is 32,000 characters."""
    text = ("ä\"\\\n" * 26000)[:32000 if vendor == "gennia" else 102400].strip()
    assert nuncio.send(vendor, text).check(0)["reply"]["text"] == reply_to(text)
    run = nuncio("send", vendor, stdin=text.encode())
    assert run.raw == (reply_to(text) + "\n").encode()


@pytest.mark.parametrize("dash", [[], ["-"]], ids=["absent", "dash"])
def test_standard_input(nuncio, dash):
    """One final newline is removed, no more."""
    for given, kept in [("a\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("a\r\n", "a\r")]:
        assert nuncio.send("dumpling", *dash, stdin=given.encode()).check(0)["message"] == kept


def test_dash_is_only_standard_input_alone(nuncio):
    assert nuncio.send("dumpling", "--", "-x").check(0)["message"] == "-x"
    assert nuncio.send("dumpling", "--", "-", stdin=b"in").check(0)["message"] == "in"


@pytest.mark.parametrize("vendor", VENDORS)
def test_parse_json(nuncio, vendor):
    """Only Dumpling parses itself (the sandbox's agent answers JSON with JSON there); elsewhere the text of the
    reply is no JSON: null, and a warning."""
    run = nuncio.send(vendor, '{"a": [1, 2]}', "--parse-json")
    result = check_contract(run.check(0))
    if vendor == "dumpling":
        assert result["reply"]["json"] == {"a": [1, 2]} and run.err == ""
        bare = nuncio("send", vendor, '{"a": [1, 2]}', "--parse-json")
        assert json.loads(bare.out) == {"a": [1, 2]} and bare.out.count("\n") == 1
    else:
        assert result["reply"]["json"] is None
        assert run.err.startswith("nuncio: warning: ") and "JSON" in run.err and run.err.count("\n") == 1
        assert nuncio("send", vendor, "no", "--parse-json").out == reply_to("no") + "\n"


def test_attachments_at_gennia(nuncio, sandbox, tmp_path):
    data = bytes(range(256)) * 5
    (tmp_path / "table ü.csv").write_bytes(data)
    url = "https://example.com/a%20b/report.pdf?x=1"
    nuncio.send("gennia", "see", "-a", str(tmp_path / "table ü.csv"), "--attach", url).check(0)
    body = json.loads(sandbox.get("/_requests")[-1]["body"])
    first, second = body["attachments"]
    assert base64.b64decode(first["base64"], validate=True) == data
    assert first["filename"] == "table ü.csv" and first["mediaType"] == "text/csv" and "url" not in first
    assert second["url"] == url and "base64" not in second
    assert second.get("filename") == "report.pdf"


def test_message_may_be_empty_with_an_attachment(nuncio, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    assert nuncio.send("gennia", "", "-a", str(tmp_path / "a.txt")).check(0)["message"] == ""
    nuncio.send("gennia", "").usage_error("empty")


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != "gennia"])
def test_attachments_elsewhere_are_refused(nuncio, sandbox, tmp_path, vendor):
    (tmp_path / "a.txt").write_text("x")
    nuncio.send(vendor, "see", "-a", str(tmp_path / "a.txt")).usage_error(vendor, "attachment")
    assert sandbox.asked(None) == 0


def test_attachment_that_is_not_there(nuncio, sandbox, tmp_path):
    nuncio.send("gennia", "see", "-a", str(tmp_path / "none.txt")).usage_error("none.txt")
    nuncio.send("gennia", "see", "-a", str(tmp_path)).usage_error(str(tmp_path))
    assert sandbox.asked(None) == 0


@pytest.mark.parametrize("character", ["x", "ä", "🙂"], ids=["ascii", "latin", "emoji"])
def test_gennia_takes_32000_characters(nuncio, sandbox, character):
    assert nuncio.send("gennia", stdin=(character * 32000).encode()).check(0)["sends"] == 1
    nuncio.send("gennia", stdin=(character * 32001).encode()).usage_error("gennia", "32,000 characters")
    assert sandbox.asked(None) == 1


def test_gennia_takes_ten_attachments(nuncio, sandbox):
    urls = [argument for i in range(11) for argument in ["-a", f"https://example.com/{i}"]]
    nuncio.send("gennia", "see", *urls).usage_error("gennia", "10 attachments")
    assert sandbox.asked(None) == 0
    nuncio.send("gennia", "see", *urls[:20]).check(0)
    assert len(json.loads(sandbox.get("/_requests")[-1]["body"])["attachments"]) == 10


@pytest.mark.parametrize("vendor", VENDORS)
def test_by_provider_and_agent_id(nuncio, vendor):
    result = nuncio.send(f"{vendor}/{IDS[vendor]}", "Hi").check(0)
    assert (result["provider"], result["agent"]) == (vendor, f"{vendor}/{IDS[vendor]}")


@pytest.mark.parametrize("delivery", ["queued", "async-poll"])
def test_strategy_is_chosen(nuncio, delivery):
    assert nuncio.send("gumloop_sessions", "Hi", "--strategy", delivery).check(0)["strategy"] == delivery


def test_impossible_strategy(nuncio, sandbox):
    nuncio.send("gumloop_sessions", "Hi", "--strategy", "sync").usage_error("sync", "queued", "async-poll")
    nuncio.send("gennia", "Hi", "--strategy", "queued").usage_error("queued", "sync")
    assert sandbox.asked(None) == 0
