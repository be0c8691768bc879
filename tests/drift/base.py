# SPDX-License-Identifier: MIT
"""TAP, and reading the sources."""

import os
import re
import subprocess
from pathlib import Path

SOURCE = Path(os.environ.get("srcdir", "."))
NUNCIO = os.environ.get("NUNCIO", "cli/.libs/nuncio")
SANDBOX = os.environ.get("SANDBOX", "")
PLUGIN_DIR = os.environ.get("PLUGIN_DIR", "plugins/providers/.libs")
count = failed = 0


def read(path):
    return (SOURCE / path).read_text(encoding="utf-8")


def ok(name, problems=()):
    global count, failed
    count += 1
    for problem in problems:
        print(f"# {problem}")
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {name}")


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}")


def same(name, wanted, found, ordered=False):
    """`wanted` is from the defining place, `found` from the other one."""
    wanted, found = list(wanted), list(found)
    problems = []
    if not wanted:
        problems.append("the defining place could not be read: has its form changed?")
    problems += [f"missing: {item}" for item in wanted if item not in found]
    problems += [f"surplus: {item}" for item in found if item not in wanted]
    problems += [f"twice: {item}" for item in sorted(set(map(str, found))) if list(map(str, found)).count(item) > 1]
    if not problems and ordered and wanted != found:
        problems.append(f"in another order: {wanted} and {found}")
    ok(name, problems)


def run(*arguments):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "XDG_STATE_HOME": "/dev/null/state"}
    for name in ("NUNCIO_CONFIG", "XDG_CONFIG_HOME", "STATE_DIRECTORY"):
        environment.pop(name, None)
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          encoding="utf-8", timeout=60, check=False).stdout


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def between(text, start, end):
    """From the first match of `start` to the next `end`; "" where there is none."""
    found = re.search(start, text)
    if not found:
        return ""
    stop = text.find(end, found.end())
    return text[found.start(): stop if stop >= 0 else len(text)]


def end():
    """The exit status."""
    print(f"1..{count}")
    return 1 if failed else 0
