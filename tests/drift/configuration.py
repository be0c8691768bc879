# SPDX-License-Identifier: MIT
"""Keys of the ini file and options of plugins."""

import re

from base import between, ok, read, same
from manual import body, items, marked, own_lines, plain, section


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
    same(
        "forms of secrets: nuncio.ini(5)",
        forms,
        [word for word in items(section("doc/nuncio.ini.5", "SECRETS"), "Ic")],
    )
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
        ok(
            f"{macro}: nuncio.ini(5)",
            [] if told in plain(read("doc/nuncio.ini.5").splitlines()) else [f"missing: {told}"],
        )


def check_plugin_options(plugins):
    titles = [line[4:] for line in section("doc/nuncio.ini.5", "PLUGINS") if line.startswith(".Ss ")]
    same("plugins: nuncio.ini(5)", sorted(plugins), titles)
    for name in titles:
        page, plugin = section("doc/nuncio.ini.5", name), plugins.get(name, {"options": []})
        wanted = [" ".join(["Ic", option["name"], "Pq", ", ".join(
            ["required"] * option["required"] + ["secret"] * option["secret"] + [option["type"]])])
            for option in plugin["options"]]
        same(
            f"options of {name}: nuncio.ini(5)",
            wanted,
            [line[4:] for line in page if line.startswith(".It ")],
            ordered=True,
        )
        links = [line[4:] for line in page if line.startswith(".Lk ")]
        ok(f"base URL of {name}: nuncio.ini(5)",
           [] if links == [plugin.get("base_url")] or (not links and not plugin.get("base_url")) else [f"{links}"])
