# SPDX-License-Identifier: MIT
"""Fixtures. A module's sandbox is shared by its tests and is reset before each."""

import signal

import pytest

pytest.register_assert_rewrite("contract", "front", "support")

import support  # noqa: E402


def pytest_configure():
    """run-pytest ends a hang by SIGTERM: what was started is stopped then, as after Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="module")
def module_sandbox():
    with support.Sandbox(work="15ms") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(module_sandbox):
    module_sandbox.reset()
    return module_sandbox


@pytest.fixture
def program(tmp_path):
    """The program without a configuration; configure() writes one."""
    return support.Nuncio(tmp_path)


@pytest.fixture
def nuncio(sandbox, program):
    """The program, configured for the sandbox."""
    return program.configure(support.ini(sandbox.base))


@pytest.fixture(scope="module")
def together(request):
    """What the module's cases() name, run side by side: a dictionary of name to (function, arguments...). Only what
    the chosen tests ask for by their parameter `case` is run; together[case] gives what the function returned, or
    raises what it raised."""
    asked = set()
    for item in request.session.items:
        if item.module is request.module and "case" in getattr(getattr(item, "callspec", None), "params", {}):
            asked.add(item.callspec.params["case"])
    runs = support.Together()
    for name, (function, *arguments) in request.module.cases().items():
        if name in asked:
            runs.start(name, function, *arguments)
    yield runs
    runs.close()
