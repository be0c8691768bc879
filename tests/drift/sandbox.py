# SPDX-License-Identifier: MIT
"""The sandbox's options, faults, calls and identities."""

import re

from base import SANDBOX, between, ok, read, run, same, skip
from manual import items, marked, section
from options import help_options


def check_sandbox():
    page, text = "doc/nuncio-sandbox.1", read("doc/nuncio-sandbox.1")
    options = re.findall(
        r'^    \{"([a-z-]+)", (?:"|NULL)',
        between(read("sandbox/options.c"), r"\} rows\[\]", "};"),
        re.M,
    )
    same(
        "sandbox options: nuncio-sandbox(1)",
        options,
        [name.lstrip("-") for name in items(section(page, "DESCRIPTION"), "Fl")],
        ordered=True,
    )
    faults = section(page, "FAULTS")
    kinds = re.findall(r'\[FAULT_\w+\] = \{(?:\.name = )?"([a-z-]+)"', read("sandbox/fault_spec.c"))
    same(
        "sandbox faults: nuncio-sandbox(1)",
        kinds,
        [word for word in (line.split()[2] for line in faults if line.startswith(".It Cm "))],
    )
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
    same(
        "sandbox faults: --help",
        kinds,
        [
            re.match(r"[a-z-]+", part)[0]
            for head in heads
            for part in head.split(", ")
            if not part.startswith("retry")
        ],
    )
    same("sandbox vendors and steps: --help", vendors + steps,
         re.search(r"VENDOR  (.*)", told)[1].split(", ") + re.search(r"STEP    (.*)", told)[1].split(", "))
    tail = re.sub(r"\s+", " ", between(told, "While it runs:", "\0"))
    found = []
    for method, paths in re.findall(r"(GET|POST|DELETE) ((?:/_\w+ ?)+)", tail):
        found += [f"{method} {path}" for path in paths.split()]
    same("sandbox calls: --help", [" ".join(call) for call in calls if call[1] != "/"], found)
    ok("sandbox identities: --help", [f"missing: {name}" for name in identities if name not in told])
    prefixes = dict(re.findall(r'\{"(\w+)", "(/[\w/]+)", ', read("sandbox/ini.c")))
    same(
        "sandbox paths: --help",
        sorted(set(prefixes.values())),
        sorted(set(re.findall(r"^  [\w, ]+?  +(/[\w/]+)$", told, re.M))),
    )
    same(
        "sandbox paths: nuncio-sandbox(1)",
        sorted(set(prefixes.values())),
        sorted(items(section(page, "Who and what exists"), "Pa")),
    )
    ok("etc/sandbox.ini is what --print-ini prints",
       [] if run(SANDBOX, "--port", "8808", "--print-ini") == read("etc/sandbox.ini") else ["it differs"])
    assert text
