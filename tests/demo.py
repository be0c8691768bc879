# SPDX-License-Identifier: MIT
"""./dev demo: starts the sandbox, sends a message to an agent at each vendor and shows what came back.

Usage: demo.py BUILD-DIRECTORY
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

AGENTS = ["gumloop-agent", "gumloop-session", "gennia", "dumpling", "enthusiast"]
COLUMNS = [("agent", 15), ("plugin", 16), ("capabilities", 34), ("strategy", 18), ("polls", 5), ("time", 7)]


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
        self.environment.pop("NUNCIO_CONFIG", None)

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


def row(values, reply):
    cells = [f"{value!s:<{width}}" for value, (_, width) in zip(values, COLUMNS)]
    print("  ".join([*cells, reply]).rstrip(), flush=True)


def show(result, capabilities):
    reply = " ".join((result["reply"]["text"] or result["state"]).split())
    seconds = f"{result['duration_ms'] / 1000:.2f} s"
    values = [result["agent"], result["plugin"], capabilities, result["strategy"], result["polls"], seconds]
    row(values, reply if len(reply) <= 60 else reply[:59] + "…")


def capabilities_of(agent):
    value = agent.get("capabilities") or ""
    return value if isinstance(value, str) else ",".join(value)


def demo(nuncio):
    known = {agent["agent"]: capabilities_of(agent) for agent in nuncio("providers", "--json")}
    row([name for name, _ in COLUMNS], "reply")
    results = {}
    for agent in AGENTS:
        results[agent] = nuncio.send(agent, f"Hello {agent}, please introduce yourself.")
        show(results[agent], known[agent])

    conversation = results["gumloop-session"]["conversation"]["remote_id"]
    print(f"\nThe conversation {conversation} goes on:")
    show(
        nuncio.send("gumloop-session", "And what did I ask you first?", "--remote", conversation),
        known["gumloop-session"],
    )


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
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
