# SPDX-License-Identifier: MIT
"""What the crash tests tell: a table, what is wrong and how to repeat it, and the share of messages that end as unknown."""

from crash_points import KINDS

MOST_UNKNOWN = 0.05
ENDS = ["once", "not", "unknown, not", "unknown, ran"]


def table(results):
    """Lines: system, command, kind of blow, kind of point; how many ended how."""
    counts = {}
    for result in results:
        trial = result.trial
        key = (trial.vendor, f"resume, {trial.left}" if trial.left else "send",
               "kill" if trial.blow.what == "KILL" else "error", trial.kind)
        row = counts.setdefault(key, dict.fromkeys(ENDS, 0))
        if result.end in row:
            row[result.end] += 1
    head = f"{'system':<17}{'command':<20}{'blow':<7}{'point':<9}{'points':>7}{'once':>7}{'not':>7}" \
           f"{'unknown, not run':>18}{'unknown, ran':>14}"
    yield head
    for (vendor, command, blow, kind), row in counts.items():
        yield f"{vendor:<17}{command:<20}{blow:<7}{kind:<9}{sum(row.values()):>7}{row['once']:>7}{row['not']:>7}" \
              f"{row['unknown, not']:>18}{row['unknown, ran']:>14}"


def unknown_share(places, results, vendor, left):
    """Of all points of this run at which it was killed how many lead to unknown, and how many there are; where not each
    was tried, those that were stand for all of their kind."""
    points, share = places.points.get((vendor, left), []), 0
    for kind in KINDS:
        here = [result for result in results if result.trial.vendor == vendor and result.trial.left == left
                and result.trial.kind == kind and result.trial.blow.what == "KILL"]
        if here:
            unknown = sum(result.end.startswith("unknown") for result in here) / len(here)
            share += unknown * sum(point.kind == kind for point in points)
    return share, len(points)


def shares(places, results, vendor):
    """Of a send, and of a resume that sends what had not left."""
    sent, points = unknown_share(places, results, vendor, None)
    again, others = unknown_share(places, results, vendor, "new")
    near = sum(point.kind != "start" for point in places.points[vendor, None])
    total = (sent + again) / max(points + others, 1)
    return total <= MOST_UNKNOWN, (
        f"{vendor}: {100 * total:.1f} % of the points end as unknown: {sent:.0f} of {points} of a send ({near} of them from "
        f"the opening of the journal on), {again:.0f} of {others} of a resume that sends")


def report(places, results, vendors, seconds):
    print("\n".join(f"# {line}" for line in table(results)))
    lines = []
    for vendor in vendors:
        mine = [result for result in results if result.trial.vendor == vendor]
        wrong = [result for result in mine if result.faults]
        for result in wrong[:25]:
            print(f"# {result.trial}")
            for text in result.faults:
                print("\n".join(f"#   {line}" for line in text.splitlines()))
            print(f"#   again: ./dev crash-test --only {result.trial.spec}")
        lines.append((not wrong, f"{vendor}: {len(mine)} points, never two runs, never one that the journal does not know"
                                 f"{f'; {len(wrong)} WRONG' if wrong else ''}"))
        if any(result.trial.blow.what == "KILL" and result.trial.kind for result in mine):
            lines.append(shares(places, results, vendor))
    for number, (good, line) in enumerate(lines, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {line}")
    ends = {end: sum(result.end == end for result in results) for end in ENDS}
    print(f"# {len(results)} points in {seconds:.0f} s: {ends['once']} run once, {ends['not']} not run,"
          f" {ends['unknown, not']} unknown and not run, {ends['unknown, ran']} unknown and run;"
          f" {sum(bool(result.faults) for result in results)} wrong; {sum(not result.reached for result in results)} not reached"
          f" (a run that polled less often)\n1..{len(lines)}")
    return not all(good for good, _ in lines)
