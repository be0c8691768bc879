# SPDX-License-Identifier: MIT
"""Commands and options."""

import re

from base import NUNCIO, between, ok, read, run, same
from manual import items, section, words_of


def help_options(text):
    """Of lines like "  -a, --attach FILE|URL  …"; names without dashes."""
    found = []
    for line in text.splitlines():
        row = re.match(r"  (?:-(\w)|  )(?:, |  )(?:--([a-z-]+))?", line)
        if row:
            found += [name for name in row.groups() if name]
        elif re.match(r"  --[a-z]", line):
            found.append(re.match(r"  --([a-z-]+)", line)[1])
    return found


def commands_below(*command):
    """Those that the help lists, each followed by those below it: "journal", "journal prune"."""
    listed = between(run(NUNCIO, *command, "--help"), r"Commands;", "\n\n")
    for name in re.findall(r"^  ([a-z]+) ", listed, re.M):
        yield " ".join([*command, name])
        yield from commands_below(*command, name)


def check_options():
    commands = list(commands_below())
    described = [line[4:] for line in section("doc/nuncio.1", "DESCRIPTION") if line.startswith(".Ss ")]
    same(
        "commands: --help and nuncio(1)",
        commands,
        [title for title in described if not title.startswith("Options")],
    )
    synopsis = [" ".join(words_of(line, "Cm")) for line in section("doc/nuncio.1", "SYNOPSIS") if line.startswith(".Cm ")]
    usable = [name for name in commands if not list(commands_below(*name.split()))]
    same("commands: --help and the synopsis of nuncio(1)", usable, synopsis)
    for command in [None] + commands:
        wanted = help_options(run(NUNCIO, *(command or "").split(), "--help"))
        # test_cli_options sees to it that nothing is missing; --help is told once for all.
        lines = section("doc/nuncio.1", command or "Options before the command")
        found = [name.lstrip("-") for name in items(lines, "Fl")]
        surplus = [f"surplus: {name}" for name in found if name not in wanted]
        ok(
            f"options: nuncio(1) has none of its own for {command or 'nuncio'}",
            surplus or ([] if wanted else ["no help"]),
        )


def check_readme_options():
    known = set(help_options(run(NUNCIO, "--help")))
    for command in commands_below():
        known |= set(help_options(run(NUNCIO, *command.split(), "--help")))
    known |= set(re.findall(r'^    \{"([a-z-]+)", ', read("sandbox/options.c"), re.M))
    configure = read("configure.ac")
    known |= {f"{verb}-{name}" for name in re.findall(r"AC_ARG_ENABLE\(\[([a-z-]+)\]", configure)
              for verb in ("enable", "disable")}
    known |= {"sysconfdir", "cflags", "libs", "variable", "exists"}
    for path in ("README.md", "etc/nuncio.ini", "etc/sandbox.ini"):
        found = re.findall(r"(?<![\w-])--([a-z][a-z-]+)", read(path))
        ok(
            f"options: {path} names none that does not exist",
            [f"surplus: --{name}" for name in found if name not in known],
        )
