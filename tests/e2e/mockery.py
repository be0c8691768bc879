# SPDX-License-Identifier: MIT
"""Plugin directories that a test may spoil, and a vendor for the mock plugins of tests/mocks."""

import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support import BUILD, add_stores

MOCK_DIR = Path(os.environ.get("MOCK_DIR") or BUILD / "tests/mocks/.libs")


def install(mock, directory, name=None, mode=0o644):
    """Copies the mock plugin into the directory, as NAME.so, and returns the file."""
    directory.mkdir(mode=0o755, exist_ok=True)
    directory.chmod(0o755)  # whatever the umask
    add_stores(directory)
    file = directory / f"{name or mock}.so"
    shutil.copyfile(MOCK_DIR / f"{mock}.so", file)
    file.chmod(mode)
    return file


class Vendor:
    """Answers each request with answer(method, path, body): a status and an object. Keeps what it was asked."""

    def __init__(self, answer=lambda method, path, body: (200, "Well.")):
        self.requests = requests = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                requests.append((self.command, self.path, json.loads(body) if body else None, dict(self.headers)))
                status, answered = answer(*requests[-1][:3])
                data = answered.encode() if isinstance(answered, str) else json.dumps(answered).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def asked(self, start):
        """How many requests begin so: "POST /send"."""
        return sum(f"{method} {path}".startswith(start) for method, path, *_ in self.requests)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
