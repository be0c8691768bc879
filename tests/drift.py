#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds together what is told in several places: each list is taken from the one place that defines it, and
every other place must name all of it and nothing else. Speaks TAP; run by drift.sh."""

import json
import os
import re
import subprocess
import sys
import tempfile
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
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
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


# ---- Manuals ------------------------------------------------------------------------------------------------

MACROS = set("Ar Cm Pq Po Pc Ns Ta Oo Oc Op No Ic Fl Dv Va Vt Fn Ql Em Li Pa Ev Xr Sq Dq Nm Lk".split())


def section(page, title):
    """The lines of a section or subsection; a section includes its subsections."""
    lines, kept, level = read(page).splitlines(), [], None
    for line in lines:
        heading = re.match(r"\.(Sh|Ss) (.*)", line)
        if heading and level and (heading[1] == "Sh" or level == "Ss"):
            break
        if level:
            kept.append(line)
        if heading and not level and heading[2] == title:
            level = heading[1]
    assert level, f"{page} has no section {title}"
    return kept


def own_lines(page, title):
    """Those of a section up to its first subsection."""
    lines = section(page, title)
    ends = [i for i, line in enumerate(lines) if line.startswith(".Ss ")]
    return lines[: ends[0]] if ends else lines


def words_of(line, macro):
    """`.It Ic a , b Pq c` has for Ic: a, b."""
    words, inside = [], False
    for word in line.split()[1:] if line.startswith(".It ") else line[1:].split():
        if word in MACROS or word == "=":
            inside = word == macro
        elif inside and word not in (",", ".", ";", ":", "|", "Pq", ")") and word != "\\&.":
            words.append(word.strip(",;"))
    return words


def items(lines, macro, depth=1):
    """The words after the macro in the tags of lists: of outer lists, unless `depth` says 2."""
    found, level = [], 0
    for line in lines:
        level += line.startswith(".Bl ") - line.startswith(".El")
        if line.startswith(".It ") and level <= depth:
            found += words_of(line, macro)
    return found


def body(lines, tag):
    """The lines below the first `.It` that begins with the tag."""
    kept, inside = [], False
    for line in lines:
        if inside and re.match(r"\.(It|El|Ss|Sh)\b", line):
            break
        if inside:
            kept.append(line)
        inside = inside or line == f".It {tag}" or line.startswith(f".It {tag} ")
    assert kept, f"there is no .It {tag}"
    return kept


def marked(lines, macro):
    """The words after the macro in running lines."""
    return [word for line in lines if line.startswith(f".{macro} ") for word in words_of(line, macro)]


def plain(lines):
    return re.sub(r"\s+", " ", " ".join(re.sub(r"^\.[A-Z][a-z] ", "", line) for line in lines))


# ---- Options ------------------------------------------------------------------------------------------------


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
    same("commands: --help and nuncio(1)", commands, [title for title in described if not title.startswith("Options")])
    synopsis = [words_of(line, "Cm")[0] for line in section("doc/nuncio.1", "SYNOPSIS") if line.startswith(".Cm ")]
    same("commands: --help and the synopsis of nuncio(1)", commands, synopsis)
    for command in [None] + commands:
        wanted = help_options(run(NUNCIO, *filter(None, [command]), "--help"))
        # test_cli_options sees to it that nothing is missing; --help is told once for all.
        lines = section("doc/nuncio.1", command or "Options before the command")
        found = [name.lstrip("-") for name in items(lines, "Fl")]
        surplus = [f"surplus: {name}" for name in found if name not in wanted]
        ok(f"options: nuncio(1) has none of its own for {command or 'nuncio'}", surplus or ([] if wanted else ["no help"]))


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
        ok(f"options: {path} names none that does not exist", [f"surplus: --{name}" for name in found if name not in known])


# ---- The configuration --------------------------------------------------------------------------------------

TYPES = {"NAME": "Ar name", "TEXT": "Ar text", "URL": "Ar url", "PATH": "Ar path", "PATHS": "Ar path",
         "BOOLEAN": "Ar boolean", "COUNT": "Ar number", "SIZE": "Ar size", "DURATION": "Ar duration", "RATE": "Ar rate"}


def number(text):
    text = re.sub(r"INT64_C\((\d+)\)", r"\1", text)
    return int(eval(text, {"__builtins__": {}}, {"SECOND": 1000, "HOUR": 3600000, "DAY": 86400000}))


def show(kind, value):
    units = {"DURATION": [("d", 86400000), ("h", 3600000), ("m", 60000), ("s", 1000), ("ms", 1)],
             "SIZE": [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10), ("", 1)]}.get(kind, [("", 1)])
    for name, factor in units:
        if factor == 1 or (value and value % factor == 0):
            return f"{value // factor}{name}"
    return ""


def ini_keys():
    """[(section, key, type, default, range, words)] of core/configuration_keys.c."""
    text = read("core/configuration_keys.c")
    lists = {name: re.findall(r'"(\w+)"', words)
             for name, words in re.findall(r"static const char \*const (\w+)\[\] = \{(.*?)\};", text, re.S)}
    rows = []
    table = between(text, r"const struct config_key config_keys\[\]", "\n};") + "\n"
    for name, key, kind, rest in re.findall(r'\{"(\w+)",\s*"(\w+)",\s*CONFIG_(\w+),(.*?)\},\n', table, re.S):
        default = re.search(r'\.default_value = "([^"]*)"', rest)
        bounds = re.search(r"RANGE\((.*?),\s*(.*?)\)(?=,|$|\s*\})", rest + "}")
        words = re.search(r"\.words = (\w+)", rest)
        rows.append((name, key, kind, default and default[1],
                     bounds and tuple(show(kind, number(part)) for part in bounds.groups()),
                     lists[words[1]] if words else None))
    return rows


def sample_keys():
    """{kind: [(key, value, commented out)]} of etc/nuncio.ini."""
    found, kind = {}, None
    for line in read("etc/nuncio.ini").splitlines():
        if re.match(r"\[(\w+)", line):
            kind = re.match(r"\[(\w+)", line)[1]
        key = re.match(r"(;?)([a-z_]+) = (.*)", line)
        if key and kind:
            found.setdefault(kind, []).append((key[2], key[3], bool(key[1])))
    return found


def secret_forms():
    return re.findall(r'return "(_\w+)";', between(read("core/secret.c"), r"secret_suffix\(", "\n}"))


def check_ini(plugins):
    rows, sample = ini_keys(), sample_keys()
    forms = secret_forms()
    titles = {"nuncio": "Keys of nuncio itself", "provider": "Keys of a provider", "agent": "Keys of an agent"}
    options = {option["name"] for option in plugins["gumloop_sessions"]["options"]}
    options |= {name + form for name in options for form in forms}
    for kind, title in titles.items():
        wanted = [row[1] for row in rows if row[0] == kind]
        page = own_lines("doc/nuncio.ini.5", title)
        same(f"keys of [{kind}]: nuncio.ini(5)", wanted, items(page, "Ic"), ordered=True)
        same(f"keys of [{kind}]: etc/nuncio.ini", wanted,
             [key for key, _, _ in sample[kind] if key not in options or key in wanted])
    same("keys of [provider] and [agent]: config_provider_keys()", [row[1] for row in rows if row[0] != "nuncio"],
         re.findall(r'"(\w+)"', between(read("core/configuration_keys.c"), r"config_provider_keys\(void\)", "\n}")))
    problems = []
    for kind, key, _, default, _, _ in rows:
        for name, value, commented in sample[kind]:
            if name == key and commented and default and value != default:
                problems.append(f"{key}: the sample shows {value}, the default is {default}")
    ok("defaults: etc/nuncio.ini", problems)
    check_ini_page(rows, titles)
    same("forms of secrets: nuncio.ini(5)", forms, [word for word in items(section("doc/nuncio.ini.5", "SECRETS"), "Ic")])
    same("forms of secrets: what plugins may not take", forms,
         re.findall(r'"(_\w+)"', between(read("core/registry_check.c"), r"is_secret_form\(", "\n}")))
    same("forms of secrets: etc/nuncio.ini", ["api_key" + form for form in forms],
         [key for key, _, _ in sample["provider"] if key.startswith("api_key_")])


def check_ini_page(rows, titles):
    types, defaults = [], []
    for kind, key, type_, default, bounds, words in rows:
        page = own_lines("doc/nuncio.ini.5", titles[kind])
        tag = next((line for line in page if line.startswith(f".It Ic {key} ")), "")
        wanted = f"Cm {' | '.join(words)}" if words else TYPES[type_]
        if tag != f".It Ic {key} = {wanted}":
            types.append(f"{key}: '{tag}' should end in '= {wanted}'")
        text = plain(body(page, f"Ic {key}"))
        told = re.search(r"Default (\S+?)(?:, from (\S+) to (\S+?))?\.(?: |$)", text)
        found = (told[1] if told and told[1] != "none" else None, told[2] and told.groups()[1:] if told else None)
        if found != (default, bounds):
            defaults.append(f"{key}: the manual says {found}, the table {(default, bounds)}")
    ok("types: nuncio.ini(5)", types)
    ok("defaults and ranges: nuncio.ini(5)", defaults)


def check_ini_values():
    text = read("core/text_number.c")
    page = section("doc/nuncio.ini.5", "Syntax")
    same("words for booleans: nuncio.ini(5)", re.findall(r'"(\w+)"', between(text, r"text_boolean\(", "};")),
         [word for word in marked(body(page, "Ar boolean"), "Ql")])
    for name, function in (("duration", "text_duration"), ("size", "text_size")):
        units = [unit for unit in re.findall(r'\{"(\w*)"', between(text, function + r"\(", "};")) if unit]
        same(f"units of a {name}: nuncio.ini(5)", units, [word for word in marked(body(page, f"Ar {name}"), "Ql")])
    for macro, name in (("CONFIG_LINE_LIMIT", "core/configuration_line.h"), ("SECRET_SIZE_LIMIT", "core/secret.h")):
        limit = re.search(rf"#define {macro}\s+(\d+)", read(name))
        told = f"{int(limit[1]):,} bytes" if limit else "?"
        ok(f"{macro}: nuncio.ini(5)", [] if told in plain(read("doc/nuncio.ini.5").splitlines()) else [f"missing: {told}"])


def check_plugin_options(plugins):
    titles = [line[4:] for line in section("doc/nuncio.ini.5", "PLUGINS") if line.startswith(".Ss ")]
    same("plugins: nuncio.ini(5)", sorted(plugins), titles)
    for name in titles:
        page, plugin = section("doc/nuncio.ini.5", name), plugins.get(name, {"options": []})
        wanted = [" ".join(["Ic", option["name"], "Pq", ", ".join(
            ["required"] * option["required"] + ["secret"] * option["secret"] + [option["type"]])])
            for option in plugin["options"]]
        same(f"options of {name}: nuncio.ini(5)", wanted, [line[4:] for line in page if line.startswith(".It ")], ordered=True)
        links = [line[4:] for line in page if line.startswith(".Lk ")]
        ok(f"base URL of {name}: nuncio.ini(5)",
           [] if links == [plugin.get("base_url")] or (not links and not plugin.get("base_url")) else [f"{links}"])


# ---- JSON, exit codes, words --------------------------------------------------------------------------------


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
    same("JSON of plugins: nuncio(1)", sorted(set(plugin) | set(option)), sorted(set(marked(section("doc/nuncio.1", "plugins"), "Ic"))))


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
    same("error classes: their words", [name.lower() for name, _ in names], [word for _, word in names], ordered=True)
    wanted.remove("NONE")
    same("error classes: plugin.h", wanted, re.findall(r"#define NUNCIO_CLASS_(\w+)", read("include/nuncio/plugin.h")), ordered=True)
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
    states = [name.lower() for name in re.findall(r"NUNCIO_INTERACTION_(\w+)\b", between(header, r"enum nuncio_state \{", "};"))]
    same("states: core/result.c", states, re.findall(r'\[NUNCIO_INTERACTION_\w+\] = "(\w+)"', read("core/result.c")), ordered=True)
    told = re.search(r'/\* ((?:"\w+" ?)+)\. Static\. \*/\nNUNCIO_API const char \*nuncio_state_name', header)
    same("states: the comment of nuncio.h", states, re.findall(r'"(\w+)"', told[1] if told else ""), ordered=True)
    page = section("doc/nuncio.1", "JSON")
    same("states: nuncio(1)", states, marked(body(page, "Ic state"), "Ql"), ordered=True)

    strategies = re.findall(r'\{NUNCIO_\w+, "([a-z-]+)", "thread\+[a-z-]+"', read("core/dispatcher.c"))
    same("strategies: nuncio(1)", strategies, [word for word in marked(body(page, "Ic strategy"), "Ql") if word != "thread+"])
    same("strategies: --strategy in nuncio(1)", strategies,
         marked(body(section("doc/nuncio.1", "send"), "Fl -strategy"), "Cm"))
    line = re.search(r"--strategy NAME\s+(.*),", run(NUNCIO, "send", "--help"))
    same("strategies: send --help", strategies, re.split(r", | or ", line[1]) if line else [])
    comment = re.search(r"\*strategy;\s+/\* (.*?):", header)
    same("strategies: nuncio.h", strategies, re.findall(r'"([a-z-]+)"', comment[1] if comment else ""))

    levels = next(row[5] for row in ini_keys() if row[1] == "log_level")
    same("log levels: nuncio(1)", levels, marked(body(section("doc/nuncio.1", "Options before the command"), "Fl -log-level Ar level"), "Cm"))
    for path in ("core/runtime.c", "cli/main.c"):
        same(f"log levels: {path}", levels, re.findall(r'"(\w+)"', between(read(path), r"levels\[\] = \{", "};")), ordered=True)
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


# ---- The interfaces -----------------------------------------------------------------------------------------


def structs(header):
    """{struct: [members]} of the structs that the header defines."""
    found = {}
    for name, text in re.findall(r"\nstruct (\w+) \{\n(.*?)\n\};", header, re.S):
        members = []
        for declaration in text.split(";"):
            declaration = declaration.strip()
            pointer = re.search(r"\(\*(\w+)\)\(", declaration)
            if pointer:
                members.append(pointer[1])
            elif declaration:
                members += [re.search(r"(\w+)(?:\[.*\])?$", part.strip())[1] for part in declaration.split(",")]
        found[name] = members
    return found


def check_abi():
    raw = read("include/nuncio/plugin.h")
    header = without_comments(raw)
    page = "doc/nuncio-plugin.7"
    text = read(page)
    all_structs = structs(header)
    services = {name: members for name, members in all_structs.items() if name.endswith("_services")}
    handles = [name[: -len("_services")] for name in services]
    values = {name: members for name, members in all_structs.items() if members and name in ("nuncio_slice", "nuncio_node")}
    described = {name: members for name, members in all_structs.items()
                 if name not in services and name not in handles and name not in values}
    titles = re.findall(r"^\.Ss struct (\w+)$", text, re.M)
    same("ABI: the structs have sections in nuncio-plugin(7)", described, titles)
    for name in titles:
        same(f"ABI: struct {name}: nuncio-plugin(7)", described.get(name, []), items(section(page, f"struct {name}"), "Va"), ordered=True)
    lines = section(page, "The structs behind the services")
    for name, members in services.items():
        same(f"ABI: struct {name}: nuncio-plugin(7)", members, marked(body(lines, f"Vt struct {name}"), "Va"), ordered=True)
    same("ABI: the structs behind the services", services, re.findall(r"^\.It Vt struct (\w+_services)$", "\n".join(lines), re.M))
    for handle in handles:
        ok(f"ABI: struct {handle} is named in nuncio-plugin(7)", [] if handle in "\n".join(lines) else ["missing"])
    for name, members in values.items():
        same(f"ABI: struct {name}: nuncio-plugin(7)", members,
             sorted(set(marked(body(section(page, "VALUES"), f"Vt struct {name}"), "Va")), key=members.index))
    inline = re.findall(r"static inline [\w ]+?\*?\s*(nuncio_\w+)\(", re.sub(r"\s+", " ", header))
    found = re.findall(r"^\.It Fn (\w+)", text, re.M)
    same("ABI: the functions of plugin.h: nuncio-plugin(7)", inline, found)
    constants = set(re.findall(r"^#define (NUNCIO_\w+)\b(?!\()", header, re.M)) - {"NUNCIO_PLUGIN_H", "NUNCIO_EXPORT"}
    named = set(re.findall(r"\bNUNCIO_[A-Z_]*[A-Z]\b", text.split(".Bd -literal", 1)[0]))
    macros = sorted(set(re.findall(r"^#define (NUNCIO_\w+)\(", header, re.M)))
    same("ABI: the constants of plugin.h: nuncio-plugin(7)", sorted(constants), sorted(named - set(macros)))
    ok("ABI: the macros of plugin.h: nuncio-plugin(7)", [f"missing: {name}" for name in macros if f".Fn {name} " not in text])
    version = ".".join(re.search(rf"#define NUNCIO_ABI_{part}\s+(\d+)", raw)[1] for part in ("MAJOR", "MINOR"))
    changes = [line[4:] for line in section(page, "ABI CHANGES") if line.startswith(".It ")]
    ok("ABI: the changes in nuncio-plugin(7) begin with this version",
       [] if changes[:1] == [version] else [f"plugin.h has {version}, the manual {changes}"])
    ok("ABI: the title of plugin.h", [] if f"ABI {version}.\n" in raw else [f"it does not say ABI {version}"])


def check_library():
    header = without_comments(read("include/nuncio/nuncio.h"))
    declared = re.findall(r"NUNCIO_API [\w ]+?\*?\s*(nuncio_\w+)\(", re.sub(r"\s+", " ", header))
    found = re.findall(r"^\.It Fn (\w+)", read("doc/libnuncio.3"), re.M)
    same("API: the functions of nuncio.h: libnuncio(3)", declared, found)
    problems = []
    for prototype in re.findall(r"NUNCIO_API [^;]*", re.sub(r"\s+", " ", header)):
        name, arguments = re.match(r".*?(nuncio_\w+)\((.*)\)$", prototype).groups()
        arguments = re.sub(r"void \(\*(\w+)\)\([^)]*\)", r"\1", arguments)
        wanted = [re.search(r"(\w+)(?:\[\w*\])?$", part.strip())[1] for part in arguments.split(",")]
        line = re.search(rf"^\.It Fn {name} (.*)$", read("doc/libnuncio.3"), re.M)
        if line and line[1].split() != wanted:
            problems.append(f"{name}: {wanted}, the manual has {line[1]}")
    ok("API: the arguments: libnuncio(3)", problems)
    known = read("include/nuncio/nuncio.h") + read("include/nuncio/plugin.h")
    known = set(re.findall(r"\b(?:nuncio|NUNCIO)_\w+", known))
    known |= {"nuncio_plugin_v1", "NUNCIO_CONFIG"}
    for path in sorted((SOURCE / "doc").glob("*.[1-8]")) + [SOURCE / "README.md", SOURCE / "CONTRIBUTING.md"]:
        used = set(re.findall(r"\b(?:nuncio|NUNCIO)_\w+", path.read_text(encoding="utf-8")))
        ok(f"API: {path.name} names nothing that the headers do not have",
           [f"surplus: {name}" for name in sorted(used - known) if name not in ("nuncio_", "NUNCIO_")])


def check_environment():
    used = set()
    for path in list((SOURCE / "core").glob("*.c")) + list((SOURCE / "cli").glob("*.c")):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'\b(?:getenv|environment|user_directory)\("(\w+)"', text))
    found = set(items(section("doc/nuncio.1", "ENVIRONMENT"), "Ev"))
    found |= set(items(section("doc/nuncio.ini.5", "ENVIRONMENT"), "Ev"))
    same("environment: nuncio(1) and nuncio.ini(5)", sorted(used), sorted(found))


# ---- The sandbox --------------------------------------------------------------------------------------------


def check_sandbox():
    page, text = "doc/nuncio-sandbox.1", read("doc/nuncio-sandbox.1")
    options = re.findall(r'^    \{"([a-z-]+)", (?:"|NULL)', between(read("sandbox/options.c"), r"\} rows\[\]", "};"), re.M)
    same("sandbox options: nuncio-sandbox(1)", options, [name.lstrip("-") for name in items(section(page, "DESCRIPTION"), "Fl")], ordered=True)
    faults = section(page, "FAULTS")
    kinds = re.findall(r'\[FAULT_\w+\] = \{(?:\.name = )?"([a-z-]+)"', read("sandbox/fault_spec.c"))
    same("sandbox faults: nuncio-sandbox(1)", kinds, [word for word in (line.split()[2] for line in faults if line.startswith(".It Cm "))])
    names = read("sandbox/names.c")
    vendors = re.findall(r'\[\w+\] = "(\w+)"', between(names, r"vendor_names\[", "};"))
    steps = re.findall(r'\[STEP_\w+\] = "(\w+)"', names)
    listed = faults[: next(i for i, line in enumerate(faults) if line.startswith(".Bl "))]
    same("sandbox steps: nuncio-sandbox(1)", steps,
         [word for word in marked(listed, "Cm") if word not in ("forever", "@before", "@after")])
    same("sandbox vendors: nuncio-sandbox(1)", vendors, marked(section(page, "Who and what exists"), "Cm"))
    calls = re.findall(r'\{"([A-Z]+)", "(/\w*)", \w+\}', read("sandbox/admin.c"))
    admin = section(page, "ADMINISTRATION")
    same("sandbox calls: nuncio-sandbox(1)", [" ".join(call) for call in calls],
         [line[len(".It Ql "):] for line in admin if line.startswith(".It Ql ")])
    keys = set()
    for path in ("sandbox/stats.c", "sandbox/faults.c", "sandbox/errors.c"):
        keys |= set(re.findall(r'cJSON_Add\w+ToObject\(\w+, "(\w+)"', read(path)))
    kept = between(read("sandbox/exchange.c"), r"keep_request\(", "\n}")
    keys |= set(re.findall(r'(?:json_put_text|cJSON_Add\w+ToObject)\(kept, "(\w+)"', re.sub(r"\s+", " ", kept)))
    keys |= set(re.findall(r'cJSON_AddObjectToObject\(kept, "(\w+)"', kept))
    same("sandbox JSON: nuncio-sandbox(1)", sorted(keys), sorted(set(marked(admin, "Ic"))))
    identities = re.findall(r'#define \w+\s+"([^"]+)"', read("sandbox/identities.h"))
    identities.append(re.search(r'#define SANDBOX_KEY\s+"([^"]+)"', read("sandbox/exchange.h"))[1])
    same("sandbox identities: nuncio-sandbox(1)", identities,
         [word for word in marked(section(page, "Who and what exists"), "Ql")])
    if not SANDBOX:
        for name in ("options", "faults", "vendors and steps", "calls", "identities", "paths", "sample"):
            skip(f"sandbox {name}: --help", "the sandbox is not built")
        return
    told = run(SANDBOX, "--help")
    same("sandbox options: --help", options, help_options(told.split("\n\nBase URLs")[0]), ordered=True)
    listed = between(told, r"KIND is one of:", "\n\n").splitlines()[1:]
    heads = [re.split(r"  +", line.strip())[0] for line in listed]
    same("sandbox faults: --help", kinds, [re.match(r"[a-z-]+", part)[0] for head in heads for part in head.split(", ") if not part.startswith("retry")])
    same("sandbox vendors and steps: --help", vendors + steps,
         re.search(r"VENDOR  (.*)", told)[1].split(", ") + re.search(r"STEP    (.*)", told)[1].split(", "))
    tail = re.sub(r"\s+", " ", between(told, "While it runs:", "\0"))
    found = []
    for method, paths in re.findall(r"(GET|POST|DELETE) ((?:/_\w+ ?)+)", tail):
        found += [f"{method} {path}" for path in paths.split()]
    same("sandbox calls: --help", [" ".join(call) for call in calls if call[1] != "/"], found)
    ok("sandbox identities: --help", [f"missing: {name}" for name in identities if name not in told])
    prefixes = dict(re.findall(r'\{"(\w+)", "(/[\w/]+)", ', read("sandbox/ini.c")))
    same("sandbox paths: --help", sorted(set(prefixes.values())), sorted(set(re.findall(r"^  [\w, ]+?  +(/[\w/]+)$", told, re.M))))
    same("sandbox paths: nuncio-sandbox(1)", sorted(set(prefixes.values())), sorted(items(section(page, "Who and what exists"), "Pa")))
    ok("etc/sandbox.ini is what --print-ini prints",
       [] if run(SANDBOX, "--port", "8808", "--print-ini") == read("etc/sandbox.ini") else ["it differs"])
    assert text


def listings():
    """What `plugins --json` and `providers --json` say, of a configuration with every plugin."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "nuncio.ini"
        config.write_text(f"[nuncio]\nplugin_path = {PLUGIN_DIR}\n" + read("etc/sandbox.ini"), encoding="utf-8")
        config.chmod(0o600)
        arguments = [NUNCIO, "--config", str(config)]
        plugins = [json.loads(line) for line in run(*arguments, "plugins", "--json").splitlines()]
        providers = [json.loads(line) for line in run(*arguments, "providers", "--json").splitlines()]
    # What is installed on this machine is not of this build.
    return {plugin["name"]: plugin for plugin in plugins if plugin["path"].startswith(PLUGIN_DIR)}, providers


def main():
    plugins, providers = listings()
    assert plugins and providers, "nuncio plugins and nuncio providers list nothing"
    for check, *arguments in [
        (check_options,), (check_readme_options,), (check_ini, plugins), (check_ini_values,),
        (check_plugin_options, plugins), (check_json, plugins, providers), (check_exit_codes,), (check_classes,),
        (check_words,), (check_capabilities, plugins), (check_abi,), (check_library,), (check_environment,),
        (check_sandbox,),
    ]:
        try:
            check(*arguments)
        except Exception as error:  # a place that cannot be read any more is a failure of its own
            ok(f"{check.__name__} could read what it compares", [f"{type(error).__name__}: {error}"])
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
