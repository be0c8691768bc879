# SPDX-License-Identifier: MIT
"""Runs the cases by kind, and judges what came of each. TAP: one line a kind and plugin, with the number of cases; each
case that fails is told in a comment."""

import argparse
import json
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import cases
import checks
import volumes
from server import Server
from world import KEY, PLUGINS, STALE, World

BUILD = Path(os.environ["builddir"])
DRIVER = BUILD / "tests/hostile/.libs/driver"
OPTIONS = {"gumloop_agents": "user_id = user_1", "gumloop_sessions": "user_id = user_1", "gennia": "", "dumpling": "",
           "enthusiast": "data_set_id = 1"}
SLACK_KB = 8 * 1024
LIVE = 500  # cases at a time
LATE_MS = 2000
BATCH = 20000


def provider(name, plugin, base, *lines):
    return "\n".join([f"[provider {name}]", f"plugin = {plugin}", f"base_url = {base}", f"api_key = {KEY}", OPTIONS[plugin],
                      "poll_min = 5ms", "poll_max = 50ms", "connect_timeout = 10s", "max_in_flight = 512",
                      f"max_reply = {cases.MAX_REPLY}", *lines, "", ""])


def line_of(case, name=None):
    """A case as the driver reads it."""
    fields = [str(case.number), f"{name or case.plugin}/{case.agent_id}", str(case.timeout), case.remote or "",
              "c" * (case.flow == "cancel") + "p" * case.pause, case.text]
    return "\t".join(quote(field, safe=" ") for field in fields) + "\n"


class Run:
    def __init__(self, full):
        self.full, self.count, self.failed, self.total, self.seconds = full, 0, 0, Counter(), Counter()
        self.states, self.volumes, self.said, self.sanitized, self.peak = {}, [], {}, False, 0
        self.directory = tempfile.TemporaryDirectory(prefix="nuncio-hostile-")
        self.config = Path(self.directory.name) / "nuncio.ini"
        environment = {name: value for name, value in os.environ.items() if not re.match(r"(?i)nuncio|xdg_|state_|.*_proxy$|ssl_|curl_", name)}
        os.environ.clear()
        os.environ.update(environment, HOME=self.directory.name, XDG_STATE_HOME=self.directory.name + "/state",
                          LD_LIBRARY_PATH=f"{BUILD}/core/.libs")

    # ---- TAP ----------------------------------------------------------------------------------------------------

    def tell(self, name, problems, count):
        self.count += 1
        for problem in problems[:20]:
            print("# " + problem.encode("unicode_escape").decode("ascii")[:1500])
        if len(problems) > 20:
            print(f"# and {len(problems) - 20} more")
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}: {count} cases" +
              (f", {len(problems)} wrong" if problems else ""), flush=True)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    # ---- Cases that are messages --------------------------------------------------------------------------------

    def write_config(self, *providers):
        self.config.touch(0o600)
        self.config.write_text(f"[nuncio]\nplugin_path = {BUILD}/plugins/providers/.libs\nstore = memory\n\n" + "".join(providers))

    def drive(self, server, lines, mode, limit):
        """What the driver said of each case, by number, and of itself."""
        status, taken, said = server.run([str(DRIVER), str(self.config), str(mode)], lines, limit)
        problems = [] if status == 0 else [f"the driver ended with {status}: {said[:3000]}"]
        results = [json.loads(line) for line in taken]
        last = results.pop() if status == 0 else None
        if last:
            self.sanitized = bool(last["sanitized"])
            if mode != 1:
                self.peak = max(self.peak, last["rss_peak"])
            if last["descriptors_before"] != last["descriptors_after"]:
                problems.append(f"descriptors leak: {last}")
        return results, problems

    def messages(self, generators, live=LIVE, reconcile="10s"):
        """Runs the cases of these kinds together, in batches; returns the samples of honest answers."""
        started, world = time.monotonic(), World([])
        server = Server(world)
        self.write_config(*(provider(plugin, plugin, f"http://127.0.0.1:{server.port}/{short}", f"reconcile = {reconcile}")
                            for plugin, short in PLUGINS.items()))
        everything = []
        for kind, generate in generators.items():
            for case in generate(server):
                case.group = kind
                everything.append(case)
        problems, counts = {}, Counter((case.group, case.plugin) for case in everything)
        for first in range(0, len(everything), BATCH):
            batch = everything[first:first + BATCH]
            world = server.world = World(batch)
            results, wrong = self.drive(server, "".join(map(line_of, batch)), live, 60 + len(batch) * (10 if live == 1 else 0.05))
            found = {result["case"]: result for result in results}
            problems.setdefault((batch[0].group, batch[0].plugin), [])[:0] = wrong + world.violations
            for case in batch:
                texts = self.judge(case, found[case.number]) if case.number in found else ["nothing was said of it"]
                problems.setdefault((case.group, case.plugin), []).extend(
                    f"{case.kind} {case.number} {case.name}: {text}" for text in texts)
        server.stop()
        for (kind, plugin), count in counts.items():
            self.tell(f"{kind}, {plugin}", problems.get((kind, plugin), []), count)
            self.total[kind] += count
        self.seconds[", ".join(generators)] += time.monotonic() - started
        return world.samples

    def judge(self, case, said):
        """What is wrong with how a case ended."""
        if "refused" in said:
            return [] if case.kind == "id" and case.runs == 0 else [f"refused: {said['refused']}"]
        result, wrong = said["result"], []
        state, reply = result["state"], result["reply"]["text"]
        self.states.setdefault(case.group, Counter())[state] += 1
        error = result["error"] or {"class": None, "message": ""}
        if state == "completed" and reply not in case.allowed:
            wrong.append(f"WRONG SUCCESS: {reply[:200]!r}")
        if state != "completed" and reply is not None:
            wrong.append(f"{state} with a reply")
        if STALE in (reply or ""):
            wrong.append("the reply of an earlier turn")
        if case.runs > 1:
            wrong.append(f"it ran {case.runs} times")
        if case.sends > 1 + (case.times if case.fault and case.fault.instead else 0) and not (
                case.plugin == "gumloop_sessions" and not case.remote):
            wrong.append(f"it was sent {case.sends} times")
        if case.runs and state == "failed" and case.expect != {"failed"}:
            wrong.append("it ran, and is said to have failed")
        if case.runs and result["sends"] < 1:
            wrong.append("it ran, and is said not to have been sent")
        # A server that closes without a word may do so while a request of another case leaves on that connection: it is
        # lost on its way, and what may have been sent is not sent again.
        lost = case.runs == 0 and state in ("failed", "unknown") and case.kind in ("head", "volume")
        if case.expect and state not in case.expect and not lost:
            wrong.append(f"{state}, not {' or '.join(sorted(case.expect))}")
        if said["ms"] > case.timeout + LATE_MS:
            wrong.append(f"it took {said['ms']} ms of {case.timeout}")
        if "\n" in error["message"] or KEY in json.dumps(result):
            wrong.append("more than a line, or the key, in its error")
        wrong += self.judge_volume(case, said)
        return [f"{text} ({state}, {error['class']}, {error['message'][:300]}; asked {case.asked})" for text in wrong]

    def judge_volume(self, case, said):
        if case.kind != "volume":
            return []
        wrong, grown = [], said["rss_peak"] - said["rss_before"]
        self.volumes.append((grown, case.name, case.sent))
        if not self.sanitized and grown > (cases.MAX_REPLY >> 10) + SLACK_KB:
            wrong.append(f"its memory grew by {grown} kB")
        if case.sent > (cases.MAX_REPLY + (32 << 20)) and not case.name.endswith(volumes.UNCOUNTED):
            wrong.append(f"it took {case.sent} bytes")
        return wrong

    # ---- CHECK --------------------------------------------------------------------------------------------------

    def checks(self, kinds):
        for kind in kinds:
            started, world = time.monotonic(), World([])
            server = Server(world)
            everything = list(checks.check_cases(kind, self.full, server.port, server.trap))
            world = server.world = World(everything)
            self.write_config(*(provider(f"p{case.number}", case.plugin,
                                         f"http://127.0.0.1:{server.port}/{PLUGINS[case.plugin]}~{case.number}") for case in everything))
            results, wrong = self.drive(server, "", "check", 60 + len(everything) * 0.1)
            found = {result["subject"]: result for result in results}
            for case in everything:
                result = found.get(f"provider p{case.number}", {"class": "nothing", "text": "was said"})
                good = result["class"] == "none"
                if case.expect is not None and good != case.expect:
                    wrong.append(f"{case.name}: {result['class']}: {result['text'][:300]}")
                if case.sends or "\n" in result["text"] or KEY in result["text"] or result["class"] == "nothing":
                    wrong.append(f"{case.name}: {result}, {case.sends} SENDs")
            server.stop()
            self.tell(f"CHECK, {kind}", wrong + world.violations, len(everything))
            self.total[f"CHECK {kind}"] += len(everything)
            self.seconds[f"CHECK {kind}"] += time.monotonic() - started

    # ---- TLS ----------------------------------------------------------------------------------------------------

    def tls(self):
        try:
            import tls
        except ImportError as error:
            self.skip("TLS", f"install python3-trustme ({error})")
            return
        started = time.monotonic()
        everything = [cases.Case("tls", kind, plugin, "", timeout=1500 if kind == "plain-http" else 20000,
                                 expect={"failed"} if cause else {"completed"})
                      for kind, cause in tls.CAUSES.items() for plugin in PLUGINS]
        for case in everything:
            case.group = "tls"
        server = Server(World(everything))
        vendors = tls.Vendors(server.world, self.directory.name)
        self.write_config(*(provider(f"{case.plugin}.{case.name}", case.plugin,
                                     f"https://127.0.0.1:{vendors.ports[case.name]}/{PLUGINS[case.plugin]}",
                                     *([] if case.name == "no-ca-file" else [f"ca_file = {vendors.ca_file}"])) for case in everything))
        lines = "".join(line_of(case, f"{case.plugin}.{case.name}") for case in everything)
        results, wrong = self.drive(server, lines, LIVE, 60)
        found = {result["case"]: result for result in results}
        for case in everything:
            wrong += [f"{case.plugin} {case.name}: {text}" for text in self.judge_tls(case, found[case.number], tls.CAUSES[case.name])]
        for kind, count in vendors.accepted.items():
            if count != len(PLUGINS) and kind not in ("good", "plain-http"):  # the last may pass, and is tried again
                wrong.append(f"{kind}: {count} attempts of {len(PLUGINS)} messages")
        vendors.stop()
        server.stop()
        self.tell("TLS", wrong + server.world.violations, len(everything))
        self.total["tls"], self.seconds["tls"] = len(everything), time.monotonic() - started

    def judge_tls(self, case, said, cause):
        wrong = self.judge(case, said)
        if not cause:
            return wrong
        error = said["result"]["error"] or {"class": None, "message": ""}
        if said["exit"] != 3 or error["class"] != "unreachable":
            wrong.append(f"exit {said['exit']}, {error['class']}")
        if not re.search(cause, error["message"], re.I) or "nothing was sent" not in error["message"]:
            wrong.append(f"it does not name the cause: {error['message']}")
        if case.asked or case.sends:
            wrong.append(f"something arrived: {case.asked}")
        self.said[case.name] = error["message"]
        return wrong


def main():
    parser = argparse.ArgumentParser(prog="tests/hostile/run")
    parser.add_argument("--full", action="store_true", help="every framing, every ending, all that is large or slow")
    parser.add_argument("kinds", nargs="*", help="only these kinds")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    run, full, started = Run(options.full), options.full, time.monotonic()
    samples = run.messages({"honest": lambda server: cases.honest_cases()})
    # Together, since most of each is waiting; apart, where a server closes without a word, or memory is measured.
    groups = [({
        "cut": lambda server: cases.cuts(samples, full),
        "type": lambda server: cases.json_types(samples, full),
        "value": lambda server: cases.json_values(samples, full),
        "twice": lambda server: cases.json_twice(samples, full),
        "body": lambda server: cases.json_whole(full),
        "id": lambda server: cases.hostile_ids(full),
        "redirect": lambda server: cases.redirects(full, server.port, server.trap),
        "stranger": lambda server: cases.strangers(full),
    }, LIVE, "10s"), ({
        "head": lambda server: cases.heads(full),
        "stall": lambda server: volumes.stalls(full),
    }, LIVE, "8s"), ({"stuffed": lambda server: cases.stuffed(full)}, 1, "8s"), ({"volume": lambda server: volumes.volumes(full)}, 1, "4s")]
    for generators, live, reconcile in groups:
        chosen = {kind: generate for kind, generate in generators.items() if not options.kinds or kind in options.kinds}
        if chosen:
            run.messages(chosen, live, reconcile)
    if not options.kinds or "check" in options.kinds:
        run.checks(checks.CHECK_KINDS)
    if not options.kinds or "tls" in options.kinds:
        run.tls()
    for kind, count in run.total.items():
        states = ", ".join(f"{number} {state}" for state, number in run.states.get(kind, {}).items())
        print(f"# {kind}: {count} cases{states and ': '}{states}")
    for kinds, seconds in run.seconds.items():
        print(f"# {seconds:.1f} s: {kinds}")
    for grown, name, sent in sorted(run.volumes, reverse=True)[:5]:
        print(f"# memory: {grown} kB more at {name}, {sent} bytes sent")
    for kind, message in sorted(run.said.items()):
        print(f"# TLS, {kind}: {message}")
    print(f"# {sum(run.total.values())} cases in {time.monotonic() - started:.1f} s; the driver's peak with {LIVE} at a time: {run.peak} kB")
    print(f"1..{run.count}")
    run.directory.cleanup()
    return 1 if run.failed else 0


sys.exit(main())
