# SPDX-License-Identifier: MIT
"""The members of the public headers, and the environment."""

import re

from base import NUNCIO, SOURCE, ok, read, same, without_comments
from manual import body, items, marked, section


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
    values = {
        name: members
        for name, members in all_structs.items()
        if members and name in ("nuncio_slice", "nuncio_node")
    }
    described = {name: members for name, members in all_structs.items()
                 if name not in services and name not in handles and name not in values}
    titles = re.findall(r"^\.Ss struct (\w+)$", text, re.M)
    same("ABI: the structs have sections in nuncio-plugin(7)", described, titles)
    for name in titles:
        same(
            f"ABI: struct {name}: nuncio-plugin(7)",
            described.get(name, []),
            items(section(page, f"struct {name}"), "Va"),
            ordered=True,
        )
    lines = section(page, "The structs behind the services")
    for name, members in services.items():
        same(
            f"ABI: struct {name}: nuncio-plugin(7)",
            members,
            marked(body(lines, f"Vt struct {name}"), "Va"),
            ordered=True,
        )
    same(
        "ABI: the structs behind the services",
        services,
        re.findall(r"^\.It Vt struct (\w+_services)$", "\n".join(lines), re.M),
    )
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
    ok(
        "ABI: the macros of plugin.h: nuncio-plugin(7)",
        [f"missing: {name}" for name in macros if f".Fn {name} " not in text],
    )
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
        arguments = re.sub(r"\w+ \(\*(\w+)\)\([^)]*\)", r"\1", arguments)
        wanted = [re.search(r"(\w+)(?:\[\w*\])?$", part.strip())[1] for part in arguments.split(",")]
        line = re.search(rf"^\.It Fn {name} (.*)$", read("doc/libnuncio.3"), re.M)
        if line and line[1].split() != wanted:
            problems.append(f"{name}: {wanted}, the manual has {line[1]}")
    ok("API: the arguments: libnuncio(3)", problems)
    known = "".join(read(f"include/nuncio/{header}.h") for header in ("nuncio", "plugin", "store"))
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
