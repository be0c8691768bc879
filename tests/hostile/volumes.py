# SPDX-License-Identifier: MIT
"""Too much, and too slowly."""

import gzip

from cases import MAX_REPLY, TARGETS, case, targets
from faults import Say, dump, frame, head

GIGABYTE = 1 << 30
BLOCK = b"x" * 262144
# Only time bounds it: libcurl tells nobody of these bytes, and keeps none.
UNCOUNTED = "an endless chunk extension"
BOMB = gzip.compress(b"\0" * (10 << 20)) * 102  # a gigabyte, when it is unpacked


def length(status, document, case):
    yield head(status, f"Content-Length: {GIGABYTE}")
    yield from (BLOCK for _ in range(GIGABYTE // len(BLOCK)))


def closed(status, document, case):
    yield head(status, "Connection: close") + dump(document)[:-1] + b',"zzz":"'
    yield from (BLOCK for _ in range(GIGABYTE // len(BLOCK)))


def chunked(status, document, case):
    yield head(status, "Transfer-Encoding: chunked")
    yield from (b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK) for _ in range(GIGABYTE // len(BLOCK)))


def tiny_chunks(status, document, case):
    yield head(status, "Transfer-Encoding: chunked")
    yield from (b"1\r\nx\r\n" * 20000 for _ in range(GIGABYTE // 120000))


def chunk_extension(size):
    def make(status, document, case):
        yield head(status, "Transfer-Encoding: chunked") + b"5;"
        yield from (BLOCK for _ in range(size // len(BLOCK)))
    return make


def trailers(status, document, case):
    yield head(status, "Transfer-Encoding: chunked") + b"0\r\n"
    yield from (b"X: " + b"y" * 1000 + b"\r\n" for _ in range(200000))


def blanks(status, document, case):
    yield head(status, f"Content-Length: {GIGABYTE}") + dump(document)
    yield from (b" " * 262144 for _ in range(GIGABYTE // 262144))


def one_header(status, document, case):
    yield b"HTTP/1.1 200 OK\r\nX: "
    yield from (BLOCK for _ in range(200 * 4))


def many_headers(status, document, case):
    yield b"HTTP/1.1 200 OK\r\n"
    yield from (b"X-Header: value\r\n" * 15000 for _ in range(800))


def status_line(status, document, case):
    yield b"HTTP/1.1 200 "
    yield from (BLOCK for _ in range(200 * 4))


def continues(status, document, case):
    yield from (b"HTTP/1.1 100 Continue\r\n\r\n" * 10000 for _ in range(4000))


def early_hints(status, document, case):
    yield from (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 6000 for _ in range(4000))


def bomb(status, document, case):
    return [head(status, "Content-Encoding: gzip", f"Content-Length: {len(BOMB)}") + BOMB]


def transfer_bomb(status, document, case):
    return [head(status, "Transfer-Encoding: gzip, chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BOMB), BOMB)]


def filled(inside, count):
    """JSON that takes most memory for its size: just below max_reply."""
    def make(status, document, case):
        body = dump(document)[:-1] + b',"zzz":[' + b",".join([inside] * count) + b"]}"
        return [frame(status, body)]
    return make


def most(inside, values=1):
    """The same with nearly as many as response.c allows: 64 bytes each, of what the body leaves of max_reply and of 6 MB."""
    size = len(inside) + 1
    return filled(inside, min((MAX_REPLY + (6 << 20)) // (64 * values + 2 * size), MAX_REPLY // size) - 200)


def volumes(full, chosen=None):
    """Each is run alone, for the sake of its memory."""
    makes = [("1 GB by Content-Length", length), ("1 GB until close", closed), ("1 GB in chunks", chunked),
             ("1 GB in chunks of a byte", tiny_chunks),
             (UNCOUNTED, chunk_extension(GIGABYTE if full else GIGABYTE >> 4)), ("200 MB of trailers", trailers),
             ("1 GB of blanks", blanks), ("200 MB in a header", one_header), ("200 MB of headers", many_headers),
             ("200 MB of a status line", status_line), ("endless 100", continues), ("endless 103", early_hints), ("gzip bomb", bomb),
             ("gzip bomb as a transfer coding", transfer_bomb),
             ("numbers", filled(b"0", 500000)), ("lists", filled(b"[]", 330000)), ("strings", filled(b'""', 330000)),
             ("objects", filled(b'{"":0}', 140000)), ("as many numbers as are allowed", most(b"0")),
             ("as many objects as are allowed", most(b'{"":{}}', 2)),
             ("as many as are allowed, and long", most(b'"abcdefghijklmno"')),
             ("as many numbers as are allowed, and long", most(b"12345678901.25")),
             ("a long string", filled(b'"' + b"s" * 1000000 + b'"', 1)),
             ("as many escapes", filled(b'"' + b"\\n" * 500000 + b'"', 1))]
    shorter = [target for target in TARGETS if target[:2] in (("gumloop_agents", "POLL"), ("dumpling", "SEND"))]
    for target in chosen or (TARGETS if full else shorter):
        for name, make in makes:
            yield case("volume", name, target, Say(make))


def drip(status, document, case):
    for byte in frame(status, dump(document)):
        yield bytes([byte])
        yield 1.0


def drip_body(status, document, case):
    answer = frame(status, dump(document))
    start = answer.index(b"\r\n\r\n") + 4
    yield answer[:start]
    for byte in answer[start:]:
        yield bytes([byte])
        yield 1.0


def nothing(status, document, case):
    yield 3600.0


def interim(status, document, case):
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        yield 0.5


def stalls(full):
    makes = [("a byte a second", drip), ("a byte of the body a second", drip_body), ("nothing", nothing),
             ("100 every half second", interim)]
    for target in targets(full):
        for name, make in makes:
            for timeout in (300, 1500) + ((4000,) if full else ()):
                yield case("stall", f"{name}, {timeout} ms", target, Say(make), {"failed", "unknown", "processing", "queued"},
                           timeout=timeout, times=1000)
