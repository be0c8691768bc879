#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""corpus.py SOURCE DIRECTORY: writes DIRECTORY/<target>/<n>, the inputs that the fuzz targets start from, and
DIRECTORY/<target>.dict, words for libFuzzer. Nearly all comes from tests/golden, so nothing is kept twice;
the layout of an input stands in each target's file."""
import json
import re
import sys
from pathlib import Path

STEPS = ["", "OPEN", "SEND", "POLL", "FETCH", "HISTORY", "CANCEL", "CHECK"]
STATES = ["unknown", "empty", "known"]
LIMIT = 4096  # bytes of an input: longer ones only cost time

source, target = Path(sys.argv[1]), Path(sys.argv[2])
counts = {}


def write(name, *parts):
    data = b"".join(p.encode("utf-8", "surrogatepass") if isinstance(p, str) else bytes(p) for p in parts)
    if len(data) > LIMIT:
        return
    counts[name] = counts.get(name, 0) + 1
    (target / name).mkdir(parents=True, exist_ok=True)
    (target / name / f"{counts[name]:04}").write_bytes(data)


def expand(value):
    """Makes "xxx" of {"repeat":"x","times":3}, as the golden test does."""
    if isinstance(value, dict):
        if value.keys() == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {name: expand(item) for name, item in value.items()}
    return [expand(item) for item in value] if isinstance(value, list) else value


def terminated(*texts):
    """An absent text is nothing, an empty one a tilde."""
    return "".join(("~" if text == "" else text or "") + "\0" for text in texts)


def body_of(response):
    if "raw" in response:
        return response["raw"]
    body = response.get("body")
    return "" if body is None else json.dumps(expand(body), separators=(",", ":"), ensure_ascii=False)


def words(value, found):
    """All names and short texts of a document."""
    if isinstance(value, dict):
        found.update(value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            words(item, found)
    elif isinstance(value, str) and 0 < len(value) <= 24:
        found.add(value)


def write_words(name, found):
    escaped = (re.sub(r'[^ !#-\[\]-~]', lambda m: "".join(f"\\x{b:02x}" for b in m[0].encode()), w)
               for w in sorted(found))
    (target / f"{name}.dict").write_text("".join(f'"{word}"\n' for word in escaped if word))


def answers(case):
    yield from (row["response"] for row in case.get("rows", []))
    if "response" in case:
        yield case["response"]


def golden(directory):
    name = f"fuzz_{directory.name}"
    defaults = json.loads((directory / "defaults.json").read_text())
    found = set()
    for path in sorted(directory.glob("*.json")):
        case = json.loads(path.read_text())
        if "step" not in case:
            continue
        call = {**defaults["call"], **case.get("call", {})}
        texts = [call.get(key) for key in ("text", "conversation", "ticket", "cursor")]
        texts = terminated(*(expand(text) for text in texts))
        aim = STATES.index(call.get("cursor_state") or "unknown") + 3 * (case.get("purpose") == "RECONCILE")
        flags = sum(1 << bit for bit, key in enumerate(("continued", "cancelling", "want_json")) if call.get(key))
        flags |= 8 * (len(case.get("options", {})) > 0) + 16 * bool(call.get("attachments"))
        polls = min(call.get("polls") or 0, 255)
        write(name, [STEPS.index(case["step"]), aim, 0, 0, flags | 0x80, polls], texts)
        for response in answers(case):
            status, body = response["status"], body_of(response)
            words(response.get("body"), found)
            write(name, [STEPS.index(case["step"]), aim, status // 256, status % 256, flags, polls], texts, body)
            write("fuzz_json", "/" + next(iter(found), "a") + "/0\0", body)
            header = "".join(f"{key}: {value}\n" for key, value in response.get("headers", {}).items())
            write("fuzz_response", [aim % 3 + 3 * (directory.name == "gennia") + 6 * (counts[name] % 2)],
                  terminated(expand(call.get("text")), call.get("cursor")), header, "\0", body)
    write_words(name, found | {"\0", "null", "true", "0"})
    return found


def service(which, name, value="", kind=0):
    return bytes([which + 12 * kind]) + f"{name}\0{value}\0".encode()


def requests():
    """Calls of services as plugins make them; the numbers are those of fuzz_request.c."""
    start = ["\0" + terminated("yes", "agent a/..", "sess_1", "msg_1"), "\1" + terminated("7", None, None, None),
             "\0" + terminated("..", "..", "~", "a\r\nb")]
    scripts = [
        [service(0, "/agents/{agent}/x"), service(2, "Authorization", "Bearer {api_key}", 1),
         service(3, "/messages/0/role", "user"), service(3, "/messages/-/content", "hé\"\n")],
        [service(0, "/sessions/{conversation}", kind=1), service(1, "cursor", "{cursor}"), service(1, "n", "x y")],
        [service(0, "/a/{ticket}"), service(8, "/id", "123456789012345678"), service(8, "/id2", "007"),
         service(7, "/o", "user_id"), service(7, "/l", "limit"), service(7, "/t", "is_test"), service(7, "/s", "api_key")],
        [service(0, "/a"), service(9, "/f/0/base64"), service(9, "/f/1/base64", kind=1), service(5, "/n", "1"),
         service(6, "/b", kind=1), service(4, "/t", "nuncio-{interaction}{key}")],
        [service(0, "/a", kind=2), service(3, "/~0~1/-/-", "x"), service(10, "", "12345"), service(11, "", "k")],
        [service(0, "/a"), service(3, "/a" * 199, "deep"), service(3, "/a/b/2", "skips"), service(3, "a", "no slash")],
        [service(2, "Host", "x"), service(2, "X-A", "{user_id}{agent}"), service(4, "", "{api_key}")],
    ]
    for script in scripts:
        for first in start:
            write("fuzz_request", first, *script)
    write_words("fuzz_request", {"{agent}", "{conversation}", "{ticket}", "{cursor}", "{key}", "{interaction}",
                                 "{api_key}", "{user_id}", "{limit}", "{is_test}", "/-", "~0", "~1", "\0", "..",
                                 "Authorization", "Host", "/0", "\r\n"})


def configurations():
    """The samples, and lines that each break a rule."""
    keys = set(re.findall(r'^    \{"\w+", "(\w+)"', (source / "core/configuration_keys.c").read_text(), re.M))
    for path in sorted(list((source / "etc").glob("*.ini")) + list((source / "tests").rglob("*.ini"))):
        write("fuzz_configuration", "\0", path.read_bytes())
    ini = "[provider a]\napi_key = k\n[agent b]\nprovider = a\nid = x\n"
    for line in ["poll_min = 1h\npoll_max = 1s", " continued", "timeout = 5 m", "rate = 60/m ; why", "[nuncio",
                 "[nuncio]\nstore = memory\nplugin_path = a:~/b", "[ agent   c ]\nprovider = aa", "max_reply = 1T",
                 "\ufeff[providr x]", "api_key_env = K\napi_key_file = f", "ca_file = ~x/y", "é = \x7f", "= x", "x"]:
        write("fuzz_configuration", "\0", ini, line, "\n")
        write("fuzz_configuration", "\0", line, "\r\n", ini)
    write("fuzz_configuration", "\2", "provider a.timeout=5m\0", "agent b.id=\0", ini)
    write("fuzz_configuration", "\3", "nuncio.store=x\0", ".=\0", "provider a.b.rate=1/s\0", ini)
    write_words("fuzz_configuration", keys | {"[nuncio]", "[provider ", "[agent ", "]", " = ", "\n", "\r\n", " ;",
                                              "10m", "16M", "60/m", "yes", "memory", "error", "~/", "\ufeff"})


requests()
configurations()
everything = set().union(*(golden(path) for path in sorted((source / "tests/golden").iterdir()) if path.is_dir()))
for text in ["[" * 200 + "]" * 200, "[" * 201 + "]" * 201, '{"a":1,"a":2}', '"\\ud83d\\ude00"', '"\\u0000"',
             "-0.1e+5", "123456789012345678901234567890", "1e999", '["' + "\\\\" * 9 + '"]', "\ufeff{}", "{} x"]:
    write("fuzz_json", "/a/-\0", text)
for pointer in ["/0", "/1", "/00", "/01", "/-", "/a~1b", "/~01", "/~", "/a/0/"]:
    write("fuzz_json", pointer + "\0", '[{"a":[{"":1}]},"\\b\\f\\/\\u00e9\\u20AC\\ud83d\\ude00\\u001f",[],{}]')
    write("fuzz_json", pointer + "\0", '{"a/b":1,"~1":2,"a":[{"":[0]}],"01":3,"-":4}')
for text in ["x" * 1200, "é" * 600, "code" * 40, "a b" + "€" * 400]:
    write("fuzz_response", "\0\0\0\0", json.dumps({"error": {"code": text, "message": text}}, ensure_ascii=False))
    write("fuzz_response", "\0\0\0\0", json.dumps({text: [text]}, ensure_ascii=False))
write_words("fuzz_json", {"\\u0000", "\\ud83d", "\\ude00", "null", "true", "false", "1e999", "~0", "~1", "/-", "\0"})
write_words("fuzz_response", everything | {"error", "detail", "code", "message", "parts", "Retry-After: ", "\0"})
