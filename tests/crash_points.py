# SPDX-License-Identifier: MIT
"""Points of a run at which something can happen: the calls of the system that strace has seen, and where the run stood."""

import re

# Kinds of points, in order.
KINDS = ["start", "journal", "connect", "SEND", "answer", "polling", "finish", "end"]
# The program is not there yet.
NO_POINT = {"execve"}


class Point:
    """A call of the system at which something happens: the number-th one of its name."""

    def __init__(self, call, number, kind, file):
        self.call, self.number, self.kind, self.file = call, number, kind, file


class Blow:
    """What happens at a point: "KILL", or an error, once or for ever."""

    def __init__(self, call, number, what="KILL", lasting=False):
        self.call, self.number, self.what, self.lasting = call, number, what, lasting

    def __str__(self):
        return f"{self.call}:{self.number}:{self.what}{'+' if self.lasting else ''}"

    @property
    def words(self):
        deed = "signal=KILL" if self.what == "KILL" else f"error={self.what}"
        when = f"{self.number}{'+' if self.lasting else ''}"
        return ["-e", f"trace={self.call}", "-e", f"inject={self.call}:{deed}:when={when}"]


def read_trace(text, state):
    """The calls of a run: (name, rest of the line, does it concern a file in state_dir)."""
    calls = []
    for line in text.splitlines():
        match = re.match(r"^\d+ +(\w+)\((.*)", line)
        if match:
            calls.append((match[1], match[2], state in match[2]))
    return calls


def last(calls, start, end, wanted):
    return max((i for i in range(start, end) if wanted(*calls[i])), default=None)


def first(calls, start, wanted):
    return min((i for i in range(start, len(calls)) if wanted(*calls[i])), default=len(calls))


def kinds_of(calls):
    """The kind of each call, by where the run stood."""
    def sends(name, rest, _):
        return name in ("sendto", "send", "sendmsg", "write") and re.search(r'"(GET|POST|PUT|DELETE) ', rest)

    def posts(name, rest, _):
        return sends(name, rest, _) and '"POST ' in rest

    def hears(name, rest, _):
        return name in ("recvfrom", "read", "recvmsg") and '"HTTP/' in rest

    def writes(name, _, file):
        return name == "pwrite64" and file

    total = len(calls)
    journal = first(calls, 0, lambda name, rest, file: file)
    connect = first(calls, journal, lambda name, rest, file: name == "connect" and "127.0.0.1" in rest)
    send = last(calls, connect, total, posts)
    heard = last(calls, connect, total, hears)
    done = last(calls, connect, total, writes)
    marks = {"start": 0, "journal": journal, "connect": connect}
    if send is not None:
        intent = last(calls, journal, send, writes)
        answer = first(calls, send, hears)
        marks["SEND"] = min(send, (intent if intent is not None else send) + 1)
        marks["answer"] = send + 1
        # The first commit after the answer ends where the log is next unlocked.
        written = first(calls, answer, writes)
        synced = first(calls, written, lambda name, rest, file: name == "fdatasync")
        if heard is not None and synced < heard:
            marks["polling"] = synced
            marks["finish"] = heard + 1
        marks["end"] = (done if done is not None else total) + 1
    elif heard is not None:
        marks["polling"] = connect
        marks["finish"] = heard + 1
        marks["end"] = max(heard, done if done is not None else 0) + 1
    kinds, current = [], "start"
    for i in range(total):
        for kind in KINDS:
            if marks.get(kind) == i:
                current = kind
        kinds.append(current)
    return kinds


def points_of(calls):
    numbers, points = {}, []
    for (name, _, file), kind in zip(calls, kinds_of(calls)):
        numbers[name] = numbers.get(name, 0) + 1
        if name not in NO_POINT:
            points.append(Point(name, numbers[name], kind, file))
    return points
