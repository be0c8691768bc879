# SPDX-License-Identifier: MIT
"""A pytest plugin that writes one TAP line per test to descriptor 3. Used by run-pytest."""

import os

count = 0


def line(result, name, remark=""):
    global count
    count += 1
    name = name.replace("#", "%23")
    text = f"{result} {count} - {name}{remark}".encode("unicode_escape").decode("ascii")
    os.write(3, (text + "\n").encode())


def reason(report):
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return getattr(report, "wasxfail", "")


def pytest_runtest_logreport(report):
    if report.when != "call" and report.passed:
        return
    name = report.nodeid if report.when == "call" else f"{report.nodeid} ({report.when})"
    if report.skipped:
        # An expected failure is a skipped report too.
        line("ok", name, f" # SKIP {reason(report)}")
    else:
        line("ok" if report.passed else "not ok", name)


def pytest_collectreport(report):
    if report.failed:
        line("not ok", f"{report.nodeid} (collection)")
    elif report.skipped:
        line("ok", f"{report.nodeid} (collection)", f" # SKIP {reason(report)}")


def pytest_sessionfinish():
    os.write(3, f"1..{count}\n".encode())
