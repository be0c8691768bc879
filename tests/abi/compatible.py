# SPDX-License-Identifier: MIT
"""Whether the provider ABI of today still serves what was compiled with an earlier header. Prints TAP.

compatible.py HEADER OLD_HEADER...: structs keep their members, in order and of the same type, and only grow at the end; the
two that are passed by value do not grow; constants keep their values, functions their signatures."""

import operator
import re
import sys

BY_VALUE = {"nuncio_slice", "nuncio_node"}
MINORS = ("NUNCIO_ABI_MINOR", "NUNCIO_STORE_ABI_MINOR")
GUARD = re.compile(r"NUNCIO_PLUGIN_H|NUNCIO_STORE_H|NUNCIO_EXPORT")


def squeeze(text):
    return re.sub(r"\s*([(),*])\s*", r"\1", " ".join(text.split()))


def members_of(body):
    """Each declaration by itself: "uint32_t size, abi_major" is two."""
    found = []
    for declaration in filter(None, map(squeeze, body.split(";"))):
        first, *others = [declaration] if "(" in declaration else declaration.split(",")
        kind = re.sub(r"\**\w+$", "", first)
        found += [first] + [kind + other for other in others]
    return found


def read(text):
    """What a plugin's compiler sees: structs, constants, functions."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S).replace("\\\n", " ")
    structs = {name: members_of(body) for name, body in re.findall(r"^struct (\w+) \{(.*?)^\};", text, re.S | re.M)}
    macros = {name: squeeze(value) for name, value in re.findall(r"^#define (\w+(?:\([^)]*\))?)[ \t]*(.*)$", text, re.M)
              if not GUARD.match(name)}
    functions = {squeeze(head).split("(")[0].split(" ")[-1].lstrip("*"): squeeze(head)
                 for head in re.findall(r"^(?:static inline|NUNCIO_EXPORT) ([^{;]*?\))\s*[{;]", text, re.M | re.S)}
    least = (5, 5, 1) if "nuncio_store" in structs else (10, 50, 30)
    assert all(map(operator.gt, map(len, (structs, macros, functions)), least)), "the header cannot be understood"
    functions.update({name: squeeze(head) for head, name in re.findall(r"^typedef (.*?\(\*(\w+)\)[^;]*);", text, re.M | re.S)})
    return structs, macros, functions


def faults(today, then):
    """Sentences, one for each thing that a plugin of then would miss."""
    structs, macros, functions = today
    for name, members in then[0].items():
        now = structs.get(name)
        if now is None:
            yield f"struct {name} is gone"
        elif name in BY_VALUE and now != members:
            yield f"struct {name} is passed by value and has changed"
        else:
            for i, member in enumerate(members):
                if i >= len(now) or now[i] != member:
                    yield f"struct {name}: '{member}' is now '{now[i] if i < len(now) else 'nothing'}'"
                    break
    for name, value in then[1].items():
        now = macros.get(name)
        if now is None:
            yield f"{name} is gone"
        elif now != value and not (name in MINORS and int(now) >= int(value)):
            yield f"{name} was {value} and is {now}"
    for name, head in then[2].items():
        if functions.get(name) != head:
            yield f"{name}() was '{head}' and is {functions.get(name)!r}"
    grown = any(len(structs.get(name, [])) > len(members) for name, members in then[0].items()) or set(macros) - set(then[1])
    for minor in MINORS:
        if grown and minor in then[1] and macros.get(minor) == then[1][minor]:
            yield f"something was added, so {minor} must grow"


# What must be noticed: a name, what stands in the header, and what somebody makes of it.
CHANGES = [
    ("members that change places", "const char *name;", "const char *summary;"),
    ("a member that is gone", "    uint32_t want_json;", "//"),
    ("a member in the middle", "    uint32_t purpose;", "    uint32_t more;\n    uint32_t purpose;"),
    ("a wider member", "    uint32_t cursor_state;", "    uint64_t cursor_state;"),
    ("a service with another signature", "void (*put_integer)(struct nuncio_request *, const char *pointer, int64_t value);",
     "void (*put_integer)(struct nuncio_request *, const char *pointer, int32_t value);"),
    ("a service in the middle", "    int32_t (*status)(", "    int32_t (*more)(void);\n    int32_t (*status)("),
    ("a larger slice", "    uint64_t size; /* in bytes */", "    uint64_t size; /* in bytes */\n    uint64_t more;"),
    ("another constant", "#define NUNCIO_STEP_POLL    3u", "#define NUNCIO_STEP_POLL    9u"),
    ("a constant that is gone", "#define NUNCIO_UNSEEN", "#define NUNCIO_UNSEEN_NOW"),
    ("a function with another signature", "static inline int nuncio_given(struct nuncio_slice slice)",
     "static inline int nuncio_given(const char *slice)"),
    ("an addition without a minor version", "#define NUNCIO_UNSEEN", "#define NUNCIO_MORE 1u\n#define NUNCIO_UNSEEN"),
]

STORE_CHANGES = [
    ("a function with other arguments", "(*begin)(void *handle, uint32_t flags,", "(*begin)(void *handle,"),
    ("a function in the middle", "    int32_t (*commit)(", "    int32_t (*more)(void);\n    int32_t (*commit)("),
    ("members that change places", "    int64_t created_at, changed_at,", "    int64_t changed_at, created_at,"),
    ("another constant", "#define NUNCIO_STORE_REPLY   2u", "#define NUNCIO_STORE_REPLY   8u"),
    ("a callback with another signature", "typedef int32_t (*nuncio_store_on_text)(void *context, const char *text);",
     "typedef int32_t (*nuncio_store_on_text)(const char *text);"),
    ("an addition without a minor version", "#define NUNCIO_STORE_EVENT", "#define NUNCIO_MORE 1u\n#define NUNCIO_STORE_EVENT"),
]


def main():
    count = failed = 0

    def tell(good, name, why=()):
        nonlocal count, failed
        count, failed = count + 1, failed + (not good)
        for line in why:
            print(f"# {line}")
        print(f"{'ok' if good else 'not ok'} {count} - {name}")

    today = read(open(sys.argv[1], encoding="utf-8").read())
    for path in sys.argv[2:]:
        text = open(path, encoding="utf-8").read()
        then = read(text)
        found = list(faults(today, then))
        tell(not found, f"{sys.argv[1]} still serves what was built from {path}", found + ["see tests/abi/README"] if found else [])
        tell(not list(faults(then, then)), f"{path} serves itself")
        for name, old, new in STORE_CHANGES if "nuncio_store" in then[0] else CHANGES:
            changed = text.replace(old, new, 1)
            noticed = changed != text and list(faults(read(changed), then))
            tell(noticed, f"{name} would be noticed: {noticed[0]}" if noticed else f"{name} would be noticed")
    print(f"1..{count}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
