# SPDX-License-Identifier: MIT
"""The cases, made from samples of what honest vendors answer at each step."""

import json
import re
from pathlib import Path

from faults import Body, Cut, Fault, Say, Twice, Value, dump, frame, head
from world import PLUGINS, STEP, Case

MAX_REPLY = 1 << 20
PATIENCE = 4000  # ms, of what may need all of it
RECOVER = {"completed"}
ANY = None

# What each step is reached by: (plugin, step, flow, is the conversation continued?). The last ones only in the full form.
TARGETS = [
    ("gumloop_agents", "SEND", "plain", None), ("gumloop_agents", "POLL", "plain", None),
    ("gumloop_agents", "LEARN", "plain", True), ("gumloop_agents", "RECONCILE", "lost", True),
    ("gumloop_sessions", "SEND", "plain", None), ("gumloop_sessions", "POLL", "plain", None),
    ("gumloop_sessions", "LEARN", "plain", True), ("gumloop_sessions", "RECONCILE", "lost", None),
    ("gumloop_sessions", "CANCEL", "cancel", None),
    ("gennia", "SEND", "plain", None), ("gennia", "LEARN", "plain", True), ("gennia", "FIND", "lost", None),
    ("gennia", "RECONCILE", "lost", None),
    ("dumpling", "SEND", "plain", None),
    ("enthusiast", "OPEN", "plain", None), ("enthusiast", "SEND", "plain", None), ("enthusiast", "POLL", "plain", None),
    ("enthusiast", "FETCH", "plain", None), ("enthusiast", "LEARN", "plain", True),
    ("enthusiast", "RECONCILE", "lost", None),
]
CONTINUED = [
    ("gumloop_agents", "SEND", "plain", True), ("gumloop_agents", "POLL", "plain", True),
    ("gumloop_sessions", "SEND", "plain", True), ("gumloop_sessions", "POLL", "plain", True),
    ("gumloop_sessions", "RECONCILE", "lost", True), ("gennia", "SEND", "plain", True),
    ("gennia", "RECONCILE", "lost", True), ("dumpling", "SEND", "plain", True), ("enthusiast", "SEND", "plain", True),
    ("enthusiast", "FETCH", "plain", True), ("enthusiast", "RECONCILE", "lost", True),
]
CHECKED = ["gumloop_sessions", "gennia", "enthusiast"]


def targets(full):
    return TARGETS + (CONTINUED if full else [])


def honest_cases():
    """One for each way to each step."""
    flows = sorted({(plugin, flow, bool(remote)) for plugin, _, flow, remote in TARGETS + CONTINUED})
    return [Case("honest", f"{plugin} {flow} {remote}", plugin, "", None, flow, remote or None,
                 expect={"cancelled"} if flow == "cancel" else RECOVER) for plugin, flow, remote in flows]


def lost_for_ever(plugin, step, remote):
    """Nobody can say what became of a SEND without an answer."""
    return step == "SEND" and (plugin == "dumpling" or (plugin == "gumloop_agents" and not remote))


def case(kind, name, target, fault, expect=RECOVER, **more):
    """A case whose answer is no whole one: the run is found all the same, or nobody can say."""
    plugin, step, flow, remote = target
    if expect is ANY:
        more.setdefault("timeout", PATIENCE)
    if expect == RECOVER and lost_for_ever(plugin, step, remote):
        expect = {"completed", "unknown"}
    if expect == RECOVER and step == "CANCEL":
        expect = {"cancelled"}
    return Case(kind, f"{plugin} {step}{' continued' if remote else ''}: {name}", plugin, step, fault, flow, remote,
                expect=expect, **more)


# ---- Cut after every byte ---------------------------------------------------------------------------------------


def cuts(samples, full):
    for target in targets(full):
        status, document = samples[target[0], target[2], bool(target[3]), target[1]]
        for index, framing in enumerate(["length", "chunked", "close"]):
            size = len(frame(status, dump(document), framing))
            for position in range(size):
                ends = ["fin", "rst"] if full else [["fin", "rst"][position % 2]]
                # The short form has one framing, another for each step.
                if not full and (len(target[1]) + len(target[0])) % 3 != index:
                    break
                for end in ends:
                    yield case("cut", f"{framing} {position} {end}", target, Cut(position, end, framing))


# ---- JSON -------------------------------------------------------------------------------------------------------


def nodes(document, path=()):
    """(path, value) of every value but the whole."""
    items = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else []
    for name, value in items:
        yield (*path, name), value
        yield from nodes(value, (*path, name))


def says_reply(path):
    """Is this where the reply's text stands?"""
    return path[-1] in ("text", "content", "response", "parsedJson")


def honest_readings(path, value):
    """What such an answer says by its vendor's own rules: another text; that the agent said nothing; or, at Dumpling, that
    the last step said it."""
    if says_reply(path) and isinstance(value, str):
        return [value] + ([STEP] if value == "" else [])
    if path == ("text",) and value is None:
        return [STEP]
    empty = path[-1] == "parts" and value in (None, []) or path[-1] == "type" and isinstance(value, str)
    return [""] if empty or (path[-2:-1] == ("parts",) and value is None) else []


TYPES = [("null", None), ("true", True), ("0", 0), ("-1", -1), ("1.5", 1.5), ("empty string", ""), ("x", "x"), ("[]", []),
         ("{}", {}), ("huge string", "h" * 200000), ("nested", {"id": {"id": []}}), ("list of null", [None])]
RAW = [b"9007199254740993", b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b"1e999", b"-1e999",
       b"1e-999", b"0.1e309", b"1e308", b"-0", b"-0.0", b"1E400", b"9" * 399, b"9" * 5000]
BROKEN = [b"00", b"01", b"+1", b".5", b"1.", b"0x10", b"NaN", b"Infinity", b"-", b"1e", b"'x'", b"nul", b"True", b"\"a\nb\"",
          b"\"\\x\"", b"\"\\u12\"", b"\"\\u0000\"", b"\"a\\u0000b\"", b"\"\\ud800\"", b"\"\\ud800x\"", b"\"\\udc00\"",
          b"\"\\udc00\\ud800\"", b"\"\\ud800\\u0041\"", b"\"\xff\"", b"\"\xc0\xaf\"", b"\"\xed\xa0\x80\"", b"\"\xe2\x82\"",
          b"\"\xf4\x90\x80\x80\"", b"\"\x80\"", b"[1,]", b"{\"a\":1,}", b"{a:1}", b"/**/1", b"\"\x00\"", b"\"\x1f\"", b""]


def json_types(samples, full):
    for target in targets(full):
        _, document = samples[target[0], target[2], bool(target[3]), target[1]]
        for path, honest in nodes(document):
            name = "/".join(map(str, path))
            # What names the run is believed there.
            expect = ANY if target[1] in ("SEND", "OPEN") or path == ("items", 0, "publicId") else RECOVER
            for word, value in TYPES:
                yield case("type", f"{name} = {word}", target, Value(path, value), expect, allowed=honest_readings(path, value))
            yield case("type", f"{name} absent", target, Value(path, delete=True), expect, allowed=honest_readings(path, None))


def json_values(samples, full):
    """Numbers that do not fit, and what is no JSON at all, at every place or (short form) at one of each type."""
    for target in targets(full):
        _, document = samples[target[0], target[2], bool(target[3]), target[1]]
        seen = set()
        for path, honest in nodes(document):
            word = (type(honest).__name__, path[-1] if says_reply(path) or path[-1] in ("id", "state") else "")
            if not full and word in seen:
                continue
            seen.add(word)
            for raw in RAW:
                yield case("number", f"{'/'.join(map(str, path))} = {raw[:30]!r}", target, Value(path, raw=raw),
                           ANY if target[1] in ("SEND", "OPEN") else RECOVER)
            for raw in BROKEN:
                if raw == b"" and isinstance(path[-1], int):
                    continue  # an empty list is none of these
                yield case("broken", f"{'/'.join(map(str, path))} = {raw!r}", target, Value(path, raw=raw), times=1)


def json_twice(samples, full):
    for target in targets(full):
        _, document = samples[target[0], target[2], bool(target[3]), target[1]]
        for path, honest in nodes(document):
            if not isinstance(path[-1], str):
                continue
            others = ["EVIL", "FAILED", "FAILURE"] if isinstance(honest, str) else [666] if isinstance(honest, int) else [
                [], [None]] if isinstance(honest, list) else [{}, "EVIL"]
            expect = ANY if target[1] in ("SEND", "OPEN") else RECOVER
            for other in others:
                for first in (False, True):
                    yield case("twice", f"{'/'.join(map(str, path))} {other!r} {first}", target, Twice(path, other, first),
                               expect)


def depth_limit():
    header = Path(__file__).parents[2] / "core/json.h"
    return int(re.search(r"JSON_DEPTH_LIMIT (\d+)", header.read_text())[1])


def json_whole(full, chosen=None):
    limit = depth_limit()
    bodies = [("empty", lambda body: b""), ("blank", lambda body: b" \n"), ("null", lambda body: b"null"),
              ("true", lambda body: b"true"), ("[]", lambda body: b"[]"), ("{}", lambda body: b"{}"),
              ("string", lambda body: b'"x"'), ("number", lambda body: b"1"), ("{", lambda body: b"{"),
              ("HTML", lambda body: b"<html>no</html>"), ("BOM", lambda body: b"\xef\xbb\xbf" + body),
              ("UTF-16", lambda body: body.decode().encode("utf-16")), ("garbage before", lambda body: b"x" + body),
              ("UTF-32", lambda body: body.decode().encode("utf-32")), ("twice", lambda body: body + body),
              ("lines", lambda body: body + b"\n" + body), ("list", lambda body: b"[" + body + b"]"),
              ("zeros", lambda body: b"\0" * 1000), ("single quotes", lambda body: body.replace(b'"', b"'"))]
    for tail in [b"x", b"{}", b"\0", b"]", b"}", b",", b"//x", b"\xff", b"\xef\xbb\xbf", b"\x0b", b"\xc2\xa0", b"null"]:
        bodies.append((f"tail {tail!r}", lambda body, tail=tail: body + tail))
    for tail in [b" ", b"\n", b"\r\n\t "]:
        bodies.append((f"tail {tail!r}", lambda body, tail=tail: body + tail))
    depths = {2, limit - 2, limit - 1, limit, limit + 1, 199, 200, 201, 998, 999, 1000, 1001, 10000, 100000}
    for depth in sorted(depths):  # of the whole document
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            inner = opening * (depth - 1) + b"1" + closing * (depth - 1)
            bodies.append((f"depth {depth} {opening.decode()}",
                           lambda body, inner=inner: body[:-1] + b',"zzz":' + inner + b"}"))
            bodies.append((f"depth {depth} {opening.decode()} unclosed",
                           lambda body, start=opening * depth: body[:-1] + b',"zzz":' + start))
    for target in chosen or targets(full):
        for name, change in bodies:
            yield case("body", name, target, Body(change))


# ---- Ids --------------------------------------------------------------------------------------------------------

IDS = ["..", ".", "../..", "../../admin", "a/b", "/", "//evil", "a?x=1", "a#f", "a&b=c", "%00", "%2e%2e", "%2F", "%", "a b", "\u00e9",
       "\U0001F600", "a\\b", "..\\..", "{agent}", "{api_key}", "a;b", "a:b@c", "\u202e", "\ufeff", "*", "'", '"', "<x>", "~", "a,b", "=",
       "h" * 1000, "h" * 1020, "h" * 2000, "\U0001F600" * 250, "\U0001F600" * 500]
CONTROL = ["a\r\nX-Evil: 1\r\n\r\n", "\r\nX-Evil: 1", "a\nb", "\t", "\x01", "\x7f", "\x1b[2J"]


def suffixes(id_, own):
    """Ids name their case, but for those that may never be sent."""
    return ("", own) if id_ in (".", "..") else (own,)


def hostile_ids(full):
    """In what the vendor gives and what the user names. Both use it consistently."""
    places = [("gumloop_agents", "conversation", "plain"), ("gumloop_sessions", "conversation", "plain"),
              ("gumloop_sessions", "conversation", "cancel"), ("gennia", "conversation", "lost"),
              ("gennia", "conversation", "plain"), ("dumpling", "conversation", "plain"),
              ("enthusiast", "conversation", "plain"), ("enthusiast", "ticket", "plain"), ("enthusiast", "conversation", "lost")]
    for plugin, place, flow in places:
        for index, id_ in enumerate(IDS + CONTROL):
            for suffix in suffixes(id_, f"-{flow}-{place}-{index}"):
                yield Case("id", f"{plugin} {flow} {place} {id_[:40]!r}{suffix and '+'}", plugin, "", flow=flow,
                           ids={place: id_ + suffix}, timeout=PATIENCE)
    for plugin in PLUGINS:
        for flow in ("plain", "lost"):
            for index, id_ in enumerate(IDS + CONTROL):
                for suffix in suffixes(id_, f"-{flow}-remote-{index}"):
                    yield Case("id", f"{plugin} {flow} --remote {id_[:40]!r}{suffix and '+'}", plugin, "", flow=flow,
                               remote=id_ + suffix, timeout=PATIENCE)
        for id_ in IDS + CONTROL:
            yield Case("id", f"{plugin} agent {id_[:40]!r}", plugin, "", agent=id_, timeout=PATIENCE)
            yield Case("id", f"{plugin} message {id_[:40]!r}", plugin, "", remote=True, ids={"message": id_}, timeout=PATIENCE)


# ---- Redirects --------------------------------------------------------------------------------------------------


def redirects(full, port, trap):
    places = [("port", f"http://127.0.0.1:{trap}/x"), ("host", f"http://127.0.0.2:{port}/x"),
              ("name", f"http://localhost:{trap}/x"), ("scheme", f"https://127.0.0.1:{trap}/x"),
              ("same port, https", f"https://127.0.0.1:{port}/x"), ("no scheme", f"//127.0.0.1:{trap}/x"),
              ("no scheme, other host", f"//127.0.0.2:{port}/x"), ("user", f"http://127.0.0.1:{port}@127.0.0.1:{trap}/x"),
              ("user of the same host", f"http://user:pass@127.0.0.1:{trap}/x"), ("upper case", f"HTTP://127.0.0.1:{trap}/x"),
              ("backslash", f"http:\\\\127.0.0.1:{trap}\\x"), ("ftp", f"ftp://127.0.0.1:{trap}/x"),
              ("gopher", f"gopher://127.0.0.1:{trap}/_x"), ("file", "file:///etc/passwd"), ("number", f"http://2130706434:{port}/x"),
              ("blank before", f" http://127.0.0.1:{trap}/x"), ("empty", ""), ("garbage", "http://[::1"),
              ("control", f"http://127.0.0.1:{trap}/\x01"), ("long", f"http://127.0.0.1:{trap}/" + "x" * 60000)]
    for target in targets(full):
        effects = target[1] in ("OPEN", "SEND", "CANCEL")
        # Nothing has left at LEARN: the user may look at base_url.
        expect = {"failed"} if target[1] in ("OPEN", "SEND", "LEARN") else {"completed", "cancelled"}
        for status in (301, 302, 303, 307, 308):
            for name, place in places:
                fault = Say(lambda _, document, case, status=status, place=place: [
                    head(status, f"Location: {place}", "Content-Length: 2") + b"{}"], "keep", effects)
                yield case("redirect", f"{status} {name}", target, fault, expect, times=2 if full else 1)
        # Within the origin a GET may be followed; from there to another place nothing may.
        for name, place in places[:8]:
            yield case("redirect", f"within the origin, then {name}", target, Hops(place, port), expect, times=2)
        yield case("redirect", "to itself", target, Hops(None, port), expect, times=4)
        yield case("redirect", "to what answers", target, Hops("", port), RECOVER if target[1] == "LEARN" else expect)
        for status in (300, 304, 305, 306, 399):
            fault = Say(lambda _, document, case, status=status: [
                head(status, f"Location: http://127.0.0.1:{trap}/x", "Content-Length: 0")], "keep", effects)
            yield case("redirect", f"{status}", target, fault, expect)


class Hops(Fault):
    """First to another path of the origin, then to that place; None: for ever within the origin."""

    instead = True

    def __init__(self, place, port):
        self.place, self.port = place, port

    def answer(self, case, status, document):
        place = self.place if self.place and case.asked[case.step] > 1 else None
        if not place:
            place = f"http://127.0.0.1:{self.port}/moved" + case.line.split(" ")[1].removeprefix("/moved")
        return [head(302, f"Location: {place}", "Content-Length: 0")], "keep"


# ---- Heads ------------------------------------------------------------------------------------------------------


def heads(full, chosen=None):
    """Answers whose first lines lie."""
    def length(value):
        return lambda status, document, case: [head(status, f"Content-Length: {value}") + dump(document)]

    def lines(*given):
        return lambda status, document, case: [head(status, *given) + dump(document)]

    def bare(first):
        return lambda status, document, case: [first + b"\r\nContent-Length: %d\r\n\r\n" % len(dump(document)) + dump(document)]

    def chunk(size):
        return lambda status, document, case: [
            head(status, "Transfer-Encoding: chunked") + size + b"\r\n" + dump(document) + b"\r\n0\r\n\r\n"]

    def both(status, document, case):
        body = dump(document)
        return [head(status, f"Content-Length: {len(body) + 5}", "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (
            len(body), body)]

    def evil(document):
        return dump(document).replace(b"Reply", b"Wrong")

    makes = [(f"Content-Length {value}", length(value)) for value in (
        "0", "1", "-1", "18446744073709551616", "99999999999999999999999", "0x40", "1e3", "", "5, 6", "5\r\nContent-Length: 900", "\u00b3",
        "9223372036854775807")]
    makes += [(repr(first)[:30], bare(first)) for first in (
        b"HTTP/1.0 200 OK", b"HTTP/2 200", b"HTTP/3 200", b"HTTP/9.9 200 OK", b"HTTP/1.1 099 No", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 999 No", b"HTTP/1.1 -200 No", b"HTTP/1.1", b"HTTP/1.1 ", b"HTTP 200 OK", b"http/1.1 200 OK", b"ICY 200 OK", b"{}",
        b"HTTP/1.1 204 No Content", b"HTTP/1.1 205 Reset", b"HTTP/1.1 206 Partial Content", b"HTTP/1.1 101 Switching", b"HTTP/1.1 100 Go",
        b"HTTP/1.1 103 Early", b"HTTP/1.1 408 Request Timeout", b"HTTP/1.1 500 No", b"HTTP/1.1 503 No", b"\x16\x03\x01", b"\0" * 100)]
    makes += [(f"chunk {size!r}", chunk(size)) for size in (
        b"FFFFFFFFFFFFFFFFF", b"-1", b"0", b"", b"g", b"7fffffffffffffff", b" 1", b"1;" + b"x" * 20000)]
    makes += [(f"{given[0][:40]}", lines(*given)) for given in (
        ("Transfer-Encoding: gzip",), ("Transfer-Encoding: chunked, chunked",), ("Transfer-Encoding: nonsense",),
        ("Content-Encoding: br",), ("Content-Encoding: gzip",), ("Content-Encoding: nonsense",), ("Upgrade: h2c", "Connection: upgrade"),
        ("Connection: keep-alive", "Content-Length: 5"), (" folded: x", "Content-Length: 5"), ("X" * 70000 + ": x",), ("x: " + "y" * 110000,),
        ("Set-Cookie: a=" + "b" * 9000,), ("Retry-After: 99999999999999999999",), ("X-\x01: \x7f",), ("no colon",), ("\0: \0",))]
    makes.append(("both framings", both))
    for target in chosen or targets(full):
        for name, make in makes:
            # 408 and 5xx of a SEND tell nothing, and a 204 is none of its answers.
            yield case("head", name, target, Say(make, "rst" if len(name) % 2 else "fin"))


def stuffed(full):
    """Another answer right behind the true one, or while nothing was asked, is nobody's: not that of the next message
    on the connection, which is an honest one. Run one by one, with a pause before each honest one."""
    def make_stuffed(delay):
        def make(status, document, case):
            true, other = frame(status, dump(document)), frame(status, dump(document).replace(b"Reply", b"Wrong"))
            return [true + other] if delay is None else [true, *delay, other]
        return make

    for target in targets(full):
        for delay in (None, [], [0.002], [0.02]):
            yield case("stuffed", f"behind {delay}", target, Say(make_stuffed(delay), "keep"))
            yield Case("stuffed", f"{target[0]} after it", target[0], "", flow=target[2], remote=target[3], pause=True,
                       expect={"cancelled"} if target[2] == "cancel" else RECOVER)


# ---- Answers of something else ----------------------------------------------------------------------------------

STRANGERS = {
    # What names the run in an answer: another name there is the answer to somebody else.
    ("gumloop_agents", "POLL"): [("interaction_id",)], ("gumloop_agents", "RECONCILE"): [("interaction_id",)],
    ("gumloop_sessions", "POLL"): [("session", "id")], ("gumloop_sessions", "RECONCILE"): [("session", "id")],
    ("gumloop_sessions", "CANCEL"): [("session", "id")],
    ("gennia", "SEND"): [("conversation",)], ("dumpling", "SEND"): [("threadId",)],
    ("gennia", "RECONCILE"): [("items", 0, "conversationPublicId")], ("gumloop_agents", "LEARN"): [("interaction_id",)],
    ("gumloop_sessions", "LEARN"): [("session", "id")], ("enthusiast", "LEARN"): [("id",)],
    ("gennia", "LEARN"): [("items", 0, "conversationPublicId")],
    ("enthusiast", "FETCH"): [("id",)], ("enthusiast", "RECONCILE"): [("id",)],
}


class Stranger(Fault):
    """The whole answer of another run, which asked something else."""

    def __init__(self, path):
        self.path = path

    def answer(self, case, status, document):
        if case.user:
            document = json.loads(json.dumps(document).replace(case.user, "nuncio-01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        body = dump(document).replace(case.reply.split(":")[0].encode(), b"The answer of a stranger")
        body = body.replace(case.text.encode(), "The question of a stranger".encode())
        conversation = str(case.conversation)
        other = conversation[:-1] + ("1" if conversation[-1] != "1" else "2")
        body = body.replace(conversation.encode(), other.encode())
        return [frame(status, body)], "keep"


def strangers(full):
    for target in TARGETS + CONTINUED:
        if target[:2] in (("dumpling", "SEND"), ("gennia", "SEND")) and not target[3]:
            continue  # nothing in the answer to a conversation's first message is sure to name whose it is
        for path in STRANGERS.get(target[:2], []):
            yield case("stranger", "/".join(map(str, path)), target, Stranger(path))
