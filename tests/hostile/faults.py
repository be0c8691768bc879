# SPDX-License-Identifier: MIT
"""How an answer is spoilt. A fault gives what goes over the wire instead of the honest answer: bytes, with pauses
(numbers, in seconds) between, and how the connection ends: "keep", "fin" or "rst"."""

import copy
import json

REASONS = {200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 409: "Conflict"}


def dump(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def head(status, *lines):
    return "\r\n".join([f"HTTP/1.1 {status} {REASONS.get(status, 'Said')}", *lines, "", ""]).encode("latin-1")


def frame(status, body, framing="length"):
    """A whole answer."""
    if framing == "length":
        return head(status, f"Content-Length: {len(body)}") + body
    if framing == "close":
        return head(status, "Connection: close") + body
    middle = len(body) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (body[:middle], body[middle:]) if chunk)
    return head(status, "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n"


def honest(status, document):
    return [frame(status, dump(document))], "keep"


class Fault:
    instead = False  # a SEND that is answered so does not run


class Cut(Fault):
    def __init__(self, size, end, framing):
        self.size, self.end, self.framing = size, end, framing

    def answer(self, case, status, document):
        return [frame(status, dump(document), self.framing)[:self.size]], self.end


class Silent(Fault):
    """The answer never comes."""

    def answer(self, case, status, document):
        return [], "rst"


class Say(Fault):
    """make(status, document, case) gives the chunks."""

    def __init__(self, make, end="fin", instead=False):
        self.make, self.end, self.instead = make, end, instead

    def answer(self, case, status, document):
        return self.make(status, document, case), self.end


class Body(Fault):
    """The body is made anew of the honest one: change(bytes) gives it."""

    def __init__(self, change):
        self.change = change

    def answer(self, case, status, document):
        return [frame(status, self.change(dump(document)))], "keep"


class Value(Fault):
    """The value at a path (a tuple of names and indexes) is another; raw: as it stands in JSON."""

    MARK = "\u0001raw"

    def __init__(self, path, value=None, raw=None, delete=False):
        self.path, self.value, self.raw, self.delete = path, value, raw, delete

    def answer(self, case, status, document):
        document = copy.deepcopy(document)
        place = document
        try:
            for name in self.path[:-1]:
                place = place[name]
            if self.delete:
                del place[self.path[-1]]
            else:
                place[self.path[-1]] = self.MARK if self.raw is not None else self.value
        except (KeyError, IndexError, TypeError):
            case.missed = True
        body = dump(document)
        if self.raw is not None:
            body = body.replace(b'"\\u0001raw"', self.raw)
        return [frame(status, body)], "keep"


class Twice(Fault):
    """A member stands there twice, the second time with another value; or the first."""

    def __init__(self, path, other, first):
        self.path, self.other, self.first = path, other, first

    def answer(self, case, status, document):
        document = copy.deepcopy(document)
        place = document
        try:
            for name in self.path[:-1]:
                place = place[name]
            name = self.path[-1]
            items = list(place.items())
            index = [one for one, _ in items].index(name) + (0 if self.first else 1)
            items.insert(index, (name + "\u0001twice", self.other))
            place.clear()
            place.update(items)
        except (KeyError, IndexError, TypeError, ValueError):
            case.missed = True
        return [frame(status, dump(document).replace(b'\\u0001twice"', b'"'))], "keep"
