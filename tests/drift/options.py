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


def check_options():
    program = run(NUNCIO, "--help")
    commands = re.findall(r"^  ([a-z]+) ", between(program, r"Commands;", "\n\n"), re.M)
    described = [line[4:] for line in section("doc/nuncio.1", "DESCRIPTION") if line.startswith(".Ss ")]
    same(
        "commands: --help and nuncio(1)",
        commands,
        [title for title in described if not title.startswith("Options")],
    )
    synopsis = [words_of(line, "Cm")[0] for line in section("doc/nuncio.1", "SYNOPSIS") if line.startswith(".Cm ")]
    same("commands: --help and the synopsis of nuncio(1)", commands, synopsis)
    for command in [None] + commands:
        wanted = help_options(run(NUNCIO, *filter(None, [command]), "--help"))
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
    for command in ("send", "providers", "plugins", "check"):
        known |= set(help_options(run(NUNCIO, command, "--help")))
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
