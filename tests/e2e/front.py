# SPDX-License-Identifier: MIT
"""A server before the sandbox that takes another key for each vendor, and remembers what it was asked. The sandbox
itself has one key for all, which could not show that each key arrives at its own vendor only."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import KEY, LIMIT, PATHS, VENDORS

HEADERS = {  # the vendor's documentation: where its key stands, and what before it
    "gumloop_agents": ("authorization", "Bearer "),
    "gumloop_sessions": ("authorization", "Bearer "),
    "gennia": ("x-api-key", ""),
    "dumpling": ("authorization", "Bearer "),
    "enthusiast": ("authorization", "Token "),
}
HOP = {"connection", "content-length", "transfer-encoding", "keep-alive"}


class Front(ThreadingHTTPServer):
    """keys: by vendor; None: no key is taken. answer: (status, body) instead of the sandbox's, which is a function of
    the vendor. context: TLS."""

    daemon_threads, block_on_close = True, False

    def __init__(self, sandbox, keys, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.sandbox, self.keys, self.context = sandbox, keys, context
        self.answer, self.asked, self.refuses = None, [], False
        self.base = f"http{'s' if context else ''}://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def finish_request(self, request, client_address):
        request.settimeout(LIMIT)
        with contextlib.suppress(OSError, http.client.HTTPException):
            if self.context:
                with self.context.wrap_socket(request, server_side=True) as request:
                    super().finish_request(request, client_address)
            else:
                super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass

    def url(self, vendor):
        return f"{self.base}/{vendor}{PATHS[vendor]}"

    def check_keys(self):
        """Each request had its vendor's key in the documented header, once, and there alone."""
        for vendor, line, headers, body in self.asked:
            name, prefix = HEADERS[vendor]
            assert [value for key, value in headers if key == name] == [prefix + self.keys[vendor]], (vendor, line)
            rest = str([line, [header for header in headers if header[0] != name], body])
            for key in self.keys.values():
                assert key not in rest, (vendor, rest)
        return len(self.asked)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self):
        vendor, _, path = self.path[1:].partition("/")
        assert vendor in VENDORS
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        self.server.asked.append((vendor, self.requestline, headers, body))
        if self.server.answer:
            self.tell(*self.server.answer(vendor))
            return
        name, prefix = HEADERS[vendor]
        right = prefix + self.server.keys[vendor]
        if not self.server.refuses:
            headers = [(key, prefix + KEY if (key, value) == (name, right) else value) for key, value in headers]
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.sandbox.port, timeout=LIMIT)
            connection.request(self.command, "/" + path, body, dict(headers))
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        finally:
            connection.close()
        self.tell(answer.status, text, answer.getheaders())

    def tell(self, status, text, headers=(("Content-Type", "application/json"),)):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward
