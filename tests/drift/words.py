# SPDX-License-Identifier: MIT
"""JSON keys, exit codes, error classes, states, strategies, capabilities."""

import re

from base import NUNCIO, between, ok, read, run, same
from manual import body, items, marked, plain, section
from configuration import ini_keys


def check_json(plugins, providers):
    text = read("core/result.c")

    def keys(function):
        return re.findall(r'put\w*\(&\w+,\s*"(\w+)"', between(text, rf"\b{function}\(.*?\)\n\{{", "\n}"))

    # put_reply(&writer, …) stands for the object of that name.
    functions = re.findall(r'put_object\(writer, "(\w+)"|put\(writer, "(error)"', text)
    assert functions, "core/result.c has no objects in the object"
    order = re.findall(r'put_(?:(?:text|number|time)\(&writer, "(\w+)"|(reply|conversation|usage|error)\(&writer)',
                       between(text, r"interaction_object\(.*?\)\n\{", "\n}"))
    page = section("doc/nuncio.1", "JSON")
    same("JSON of an interaction: nuncio(1)", [one or other for one, other in order], items(page, "Ic"))
    for name in ("reply", "conversation", "usage", "error"):
        wanted = re.findall(rf'\(&{name},\s*"(\w+)"', text)
        same(f"JSON of {name}: nuncio(1)", wanted, marked(body(page, f"Ic {name}"), "Ic"))
    example = providers[0]
    same("JSON of providers: nuncio(1)", example, marked(section("doc/nuncio.1", "providers"), "Ic"))
    plugin = plugins["gumloop_sessions"]
    option = list(plugin["options"][0])
    # `name` is of both.
    same(
        "JSON of plugins: nuncio(1)",
        sorted(set(plugin) | set(option)),
        sorted(set(marked(section("doc/nuncio.1", "plugins"), "Ic"))),
    )


def classes():
    """{NAME: exit code} in the order of their numbers."""
    return {name: int(code) for name, code in
            re.findall(r'\[NUNCIO_ERROR_(\w+)\] = \{"\w+", (\d)\}', read("core/result.c"))}


def check_exit_codes():
    text = between(read("core/result.c"), r"int32_t nuncio_exit_code\(", "\n}")
    codes = set(classes().values()) | {int(code) for code in re.findall(r"return (\d)", text)}
    own = dict(re.findall(r"EXIT_(\w+) = (\d+)", read("cli/commands.h")))
    codes |= {int(code) for name, code in own.items() if name != "SIGNAL"}
    codes |= {int(own["SIGNAL"]) + number_ for number_ in (2, 15)}
    wanted = sorted(codes)
    rows = re.findall(r"^  (\d+(?:, \d+)*)  ", between(run(NUNCIO, "--help"), r"Exit codes:", "\n\n"), re.M)
    same("exit codes: --help", wanted, [int(code) for row in rows for code in row.split(", ")])
    tags = [line[4:] for line in section("doc/nuncio.1", "EXIT STATUS") if line.startswith(".It ")]
    same("exit codes: nuncio(1)", wanted, [int(code) for tag in tags for code in tag.split(", ")])
    table = between(read("README.md"), r"## Exit codes", "\n## ")
    rows = re.findall(r"^\| ([\d, ]+) \|", table, re.M)
    same("exit codes: README.md", wanted, [int(code) for row in rows for code in row.split(", ")])
    problems = []
    comments = dict(re.findall(r"NUNCIO_ERROR_(\w+) = \d+,?\s*/\* (.*?) \*/", read("include/nuncio/nuncio.h")))
    for name, code in classes().items():
        if name != "NONE" and f"({code})" not in comments.get(name, ""):
            problems.append(f"{name} has the exit code {code}; its comment says: {comments.get(name)}")
    ok("exit codes: the comments of nuncio.h", problems)


DECISIONS = {"FAIL": "failed", "CANC": "cancelled", "RETRY": "sent again", "ONCE": "once more", "AMBIG": "looked for",
             "ACCEPT": "looked for", "AGAIN": "asked again", "UNSEEN": "asked again", "STOP": "stopped"}


def check_classes():
    wanted = re.findall(r"NUNCIO_ERROR_(\w+) = \d+", read("include/nuncio/nuncio.h"))
    same("error classes: core/result.c", wanted, classes(), ordered=True)
    names = re.findall(r'\[NUNCIO_ERROR_(\w+)\] = \{"(\w+)"', read("core/result.c"))
    same(
        "error classes: their words",
        [name.lower() for name, _ in names],
        [word for _, word in names],
        ordered=True,
    )
    wanted.remove("NONE")
    same(
        "error classes: plugin.h",
        wanted,
        re.findall(r"#define NUNCIO_CLASS_(\w+)", read("include/nuncio/plugin.h")),
        ordered=True,
    )
    lines = section("doc/nuncio.1", "JSON")
    start = next((i for i, line in enumerate(lines) if line.startswith("The classes of errors")), len(lines))
    same("error classes: nuncio(1)", [name.lower() for name in wanted], marked(lines[start:], "Ql"))
    page = section("doc/nuncio-plugin.7", "FAILURE CLASSES")
    rows = {re.match(r"\.It Dv NUNCIO_CLASS_(\w+) Ta (.*)", line)[1]: line.split(" Ta ")[1:]
            for line in page if line.startswith(".It Dv ")}
    same("error classes: nuncio-plugin(7)", wanted, rows, ordered=True)
    same("error classes: their meanings in nuncio-plugin(7)", wanted,
         [line[4:] for line in page if re.match(r"\.It [A-Z_]+$", line)], ordered=True)
    text = read("core/decision.c")
    phases = re.search(r"/\*\s+(LEARN.*?) \*/", text)[1].split()
    table = {name: dict(zip(phases, [word.strip() for word in row.split(",")]))
             for name, row in re.findall(r"\[NUNCIO_ERROR_(\w+)\]\s*= \{(.*?)\}", text)}
    same("error classes: core/decision.c", ["NONE"] + wanted, table)
    same("what follows from a class: nuncio-plugin(7)",
         [(name, *[DECISIONS[table[name][phase]] for phase in ("SEND", "RECONCILE", "ASK")]) for name in wanted],
         [(name, *cells) for name, cells in rows.items()])


def check_words():
    header = read("include/nuncio/nuncio.h")
    states = [
        name.lower()
        for name in re.findall(r"NUNCIO_INTERACTION_(\w+)\b", between(header, r"enum nuncio_state \{", "};"))
    ]
    same(
        "states: core/result.c",
        states,
        re.findall(r'\[NUNCIO_INTERACTION_\w+\] = "(\w+)"', read("core/result.c")),
        ordered=True,
    )
    told = re.search(r'/\* ((?:"\w+" ?)+)\. Static\. \*/\nNUNCIO_API const char \*nuncio_state_name', header)
    same("states: the comment of nuncio.h", states, re.findall(r'"(\w+)"', told[1] if told else ""), ordered=True)
    page = section("doc/nuncio.1", "JSON")
    same("states: nuncio(1)", states, marked(body(page, "Ic state"), "Ql"), ordered=True)

    strategies = re.findall(r'\{NUNCIO_\w+, "([a-z-]+)", "thread\+[a-z-]+"', read("core/dispatcher.c"))
    same(
        "strategies: nuncio(1)",
        strategies,
        [word for word in marked(body(page, "Ic strategy"), "Ql") if word != "thread+"],
    )
    same("strategies: --strategy in nuncio(1)", strategies,
         marked(body(section("doc/nuncio.1", "send"), "Fl -strategy"), "Cm"))
    line = re.search(r"--strategy NAME\s+(.*),", run(NUNCIO, "send", "--help"))
    same("strategies: send --help", strategies, re.split(r", | or ", line[1]) if line else [])
    comment = re.search(r"\*strategy;\s+/\* (.*?):", header)
    same("strategies: nuncio.h", strategies, re.findall(r'"([a-z-]+)"', comment[1] if comment else ""))

    levels = next(row[5] for row in ini_keys() if row[1] == "log_level")
    same(
        "log levels: nuncio(1)",
        levels,
        marked(body(section("doc/nuncio.1", "Options before the command"), "Fl -log-level Ar level"), "Cm"),
    )
    for path in ("core/runtime.c", "cli/main.c"):
        same(
            f"log levels: {path}",
            levels,
            re.findall(r'"(\w+)"', between(read(path), r"levels\[\] = \{", "};")),
            ordered=True,
        )
    comment = re.search(r"\*log_level; /\* (.*?);", header)
    same("log levels: nuncio.h", levels, re.findall(r'"(\w+)"', comment[1] if comment else ""), ordered=True)


def check_capabilities(plugins):
    header = between(read("include/nuncio/plugin.h"), r" \* Capabilities:", "/* Steps:")
    wanted = re.findall(r"#define NUNCIO_(\w+)\s+\(UINT64_C", header)
    text = read("core/capability.c")
    table = {name: (word, [step for step in steps.split(", ") if step != "0"])
             for name, word, steps in re.findall(r'\{NUNCIO_(\w+), "([a-z-]+)", \{(.*?)\}\}', text)}
    same("capabilities: core/capability.c", wanted, table)
    page = section("doc/nuncio-plugin.7", "CAPABILITIES")
    same("capabilities: nuncio-plugin(7)", [f"NUNCIO_{name} Pq {table[name][0]}" for name in wanted],
         [line[len(".It Dv "):] for line in page if line.startswith(".It Dv ")])
    problems = []
    for name in wanted:
        told = re.search(r"Needs ([A-Z and]+)\.", plain(body(page, f"Dv NUNCIO_{name}")))
        steps = [step.replace("NUNCIO_STEP_", "") for step in table[name][1]]
        if (told[1].split(" and ") if told else []) != steps:
            problems.append(f"{name} needs {steps}, the manual says {told and told[1]}")
    ok("capabilities: their steps in nuncio-plugin(7)", problems)
    words = [word for word, _ in table.values()]
    same("capabilities: nuncio(1)", words, marked(section("doc/nuncio.1", "providers"), "Cm"))
    rows = {cells[1].strip(" `"): cells for cells in
            (line.strip("|").split("|") for line in read("README.md").splitlines() if line.startswith("| "))
            if len(cells) == 5 and "`" in cells[1]}
    same("plugins: README.md", plugins, rows)
    for name, plugin in plugins.items():
        found = rows[name][2].strip().split(", ") if name in rows else []
        same(f"capabilities of {name}: README.md", plugin["capabilities"], found)
