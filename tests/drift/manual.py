# SPDX-License-Identifier: MIT
"""Reads manual pages in mdoc."""

import re

from base import read


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
