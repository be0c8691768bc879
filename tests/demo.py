# SPDX-License-Identifier: MIT
"""./dev demo: starts the sandbox, sends a message to an agent at each vendor and shows what came back.

Usage: demo.py BUILD-DIRECTORY
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

AGENTS = ["gumloop-agent", "gumloop-session", "gennia", "dumpling", "enthusiast"]
COLUMNS = ["agent", "plugin", "capabilities", "strategy", "polls", "time", "reply"]


def start_sandbox(program, stderr):
    """Starts it on a free port of the loopback interface; returns the process and its address."""
    sandbox = subprocess.Popen([program, "--port", "0"], stdout=subprocess.PIPE, stderr=stderr, text=True)
    first = sandbox.stdout.readline()
    address = re.fullmatch(r"nuncio-sandbox: listening on (http://127\.0\.0\.1:(\d+))/?\n", first)
    if not address:
        sandbox.kill()
        sys.exit(f"demo: the sandbox did not start: {first.strip()}")
    return sandbox, address[1], address[2]


class Nuncio:
    """The program, with the demo's own configuration and state."""

    def __init__(self, build, config, home):
        self.command = [
            build / "cli" / "nuncio", "--config", config,
            "-o", f"nuncio.plugin_path={build / 'plugins' / 'providers' / '.libs'}",
        ]
        self.environment = {**os.environ, "HOME": home, "XDG_STATE_HOME": home}
        for name in ["NUNCIO_CONFIG", "STATE_DIRECTORY"]:
            self.environment.pop(name, None)

    def __call__(self, *arguments):
        """Runs a command; returns its JSON objects. What nuncio says on standard error goes to the user."""
        run = subprocess.run(
            [*self.command, *arguments], stdout=subprocess.PIPE, text=True, env=self.environment, check=False
        )
        if run.returncode:
            sys.exit(f"demo: nuncio {' '.join(arguments)} ended with exit code {run.returncode}")
        return [json.loads(line) for line in run.stdout.splitlines()]

    def send(self, *arguments):
        return self("send", *arguments, "--json")[0]


class Table:
    """Rows that are shown as they come, in columns as wide as what can come."""

    def __init__(self, known):
        self.capabilities = {agent["agent"]: ",".join(agent["capabilities"]) for agent in known}
        plugins = [agent["plugin"] for agent in known]
        content = [[*self.capabilities], plugins, [*self.capabilities.values()], ["thread+async-poll"], [], ["99.99 s"]]
        self.widths = [max(len(text) for text in [name, *texts]) for name, texts in zip(COLUMNS, content)]
        self.row(COLUMNS)

    def row(self, cells):
        padded = [f"{cell!s:<{width}}" for cell, width in zip(cells, self.widths)]
        print("  ".join([*padded, cells[-1]]), flush=True)

    def show(self, result):
        reply = " ".join((result["reply"]["text"] or result["state"]).split())
        self.row([
            result["agent"], result["plugin"], self.capabilities[result["agent"]], result["strategy"],
            result["polls"], f"{result['duration_ms'] / 1000:.2f} s", reply,
        ])


def demo(nuncio):
    table = Table([agent for agent in nuncio("providers", "--json") if agent["agent"] in AGENTS])
    results = {}
    for agent in AGENTS:
        results[agent] = nuncio.send(agent, f"Hello from {agent}'s user")
        table.show(results[agent])

    conversation = results["gumloop-session"]["conversation"]["remote_id"]
    print(f"\nThe conversation {conversation} goes on:")
    table.show(nuncio.send("gumloop-session", "One more question", "--remote", conversation))


def main():
    build = Path(sys.argv[1]).resolve()
    program = build / "nuncio-sandbox"
    with tempfile.TemporaryDirectory(prefix="nuncio-demo-") as home:
        log_file = Path(home) / "sandbox.log"
        with log_file.open("w") as log:
            sandbox, address, port = start_sandbox(program, log)
        try:
            print(f"The sandbox imitates the vendors' APIs on {address}\n", flush=True)
            config = Path(home) / "demo.ini"
            config.touch(mode=0o600)
            config.write_bytes(subprocess.check_output([program, "--port", port, "--print-ini"]))
            demo(Nuncio(build, config, home))
        finally:
            sandbox.terminate()
            sandbox.wait()


if __name__ == "__main__":
    # Leave by an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
