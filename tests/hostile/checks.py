# SPDX-License-Identifier: MIT
"""Cases of CHECK: nuncio_check() asks each provider once, and each case is a provider."""

from cases import TYPES, heads, json_whole, nodes
from faults import Cut, Say, Value, dump, frame, head
from volumes import volumes
from world import PLUGINS, Case, World

CHECK_KINDS = ["honest", "cut", "type", "body", "head", "redirect", "volume"]
CHECK_PATHS = {"gumloop_sessions": ["agents"], "gennia": ["health"], "enthusiast": ["api", "conversations"]}


def check_cases(kind, full, port, trap):
    """One provider a case. expect: is the key good? None: either."""
    for plugin, path in CHECK_PATHS.items():
        document = getattr(World([]), PLUGINS[plugin] + "_check")(path)
        target = (plugin, "CHECK", "plain", None)
        if kind == "honest":
            yield Case(kind, plugin, plugin, "", expect=True)
        elif kind == "cut":
            for framing in ["length", "chunked", "close"]:
                size = len(frame(200, dump(document), framing))
                for position in range(size):
                    for end in ("fin", "rst") if full else (["fin", "rst"][position % 2],):
                        # Before the last line feed of the chunks the whole is there.
                        whole = framing == "chunked" and position == size - 1
                        yield Case(kind, f"{plugin} {framing} {position} {end}", plugin, "CHECK", Cut(position, end, framing),
                                   expect=None if whole else False)
        elif kind == "type":
            for path_, _ in nodes(document):
                for word, value in TYPES:
                    yield Case(kind, f"{plugin} {path_} = {word}", plugin, "CHECK", Value(path_, value))
        elif kind == "redirect":
            for status in (301, 302, 303, 307, 308):
                for place in (f"http://127.0.0.1:{trap}/x", f"http://127.0.0.2:{port}/x", f"https://127.0.0.1:{trap}/x"):
                    fault = Say(lambda _, document, case, status=status, place=place: [
                        head(status, f"Location: {place}", "Content-Length: 0")], "keep")
                    yield Case(kind, f"{plugin} {status} {place}", plugin, "CHECK", fault, expect=False)
        else:
            if kind == "volume" and not full and plugin != "gennia":
                continue
            made = {"body": json_whole, "head": heads, "volume": volumes}[kind]
            for one in made(full, [target]):
                if kind == "volume" or not one.name.endswith("unclosed") or full:
                    one.expect = False if kind == "volume" and "GB" in one.name else None
                    yield one
