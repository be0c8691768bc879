# SPDX-License-Identifier: MIT
"""The form of the object that `nuncio send --json` prints: DESIGN section 8."""

import re

ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STATES = {"new", "sending", "queued", "processing", "completed", "failed", "cancelled", "unknown"}
FINAL = {"completed", "failed", "cancelled", "unknown"}
CLASSES = {"invalid", "auth", "forbidden", "credits", "quota", "rate", "not_found", "busy", "exists", "timeout",
           "unavailable", "agent", "cancelled", "input_required", "protocol", "internal", "unreachable"}
DELIVERIES = {"sync", "async-poll", "queued"}
KEYS = ["id", "agent", "provider", "plugin", "strategy", "state", "message", "reply", "conversation", "ticket",
        "queue_position", "usage", "sends", "polls", "created_at", "finished_at", "duration_ms", "again_of", "error"]
USAGE = ["input_tokens", "output_tokens", "total_tokens", "cost_usd", "credits"]


def is_text(value):
    return isinstance(value, str)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def keys(value, expected, where):
    assert isinstance(value, dict) and list(value) == expected, f"{where}: {value!r}, not {expected}"


def null_or(test, value):
    return value is None or test(value)


def check_contract(result):
    """Every key is there, in the contract's order, and holds what it may."""
    keys(result, KEYS, "object")
    assert ID.fullmatch(result["id"]), result["id"]
    for name in ["agent", "provider", "plugin", "strategy"]:
        assert is_text(result[name]) and result[name], (name, result[name])
    assert result["strategy"].removeprefix("thread+") in DELIVERIES, result["strategy"]
    assert result["state"] in STATES
    for name in ["message", "ticket", "again_of"]:
        assert null_or(is_text, result[name]), (name, result[name])
    keys(result["reply"], ["text", "json"], "reply")
    assert null_or(is_text, result["reply"]["text"])
    keys(result["conversation"], ["name", "remote_id"], "conversation")
    assert null_or(is_text, result["conversation"]["name"])
    assert null_or(is_text, result["conversation"]["remote_id"]), "a remote id is a string, at Enthusiast too"
    assert null_or(is_whole, result["queue_position"])
    keys(result["usage"], USAGE, "usage")
    for name in USAGE:
        test = is_whole if name.endswith("tokens") else is_number
        assert null_or(test, result["usage"][name]), (name, result["usage"][name])
    for name in ["sends", "polls", "duration_ms"]:
        assert is_whole(result[name]), (name, result[name])
    assert TIME.fullmatch(result["created_at"]), result["created_at"]
    assert null_or(TIME.fullmatch, result["finished_at"]), result["finished_at"]
    assert (result["finished_at"] is not None) == (result["state"] in FINAL), "final states have an end"
    if result["error"] is not None:
        keys(result["error"], ["class", "message", "status", "vendor_code"], "error")
        assert result["error"]["class"] in CLASSES, result["error"]
        assert is_text(result["error"]["message"]) and result["error"]["message"]
        assert null_or(is_whole, result["error"]["status"]) and null_or(is_text, result["error"]["vendor_code"])
    if result["state"] == "completed":
        assert result["error"] is None and is_text(result["reply"]["text"])
    if result["state"] in ("failed", "unknown"):
        assert result["error"] is not None and result["reply"] == {"text": None, "json": None}
    return result
