# SPDX-License-Identifier: MIT
"""A second imitation of the five APIs, made from the vendors' documents alone, strict in the same way as the sandbox
and different wherever they leave room: assistants' text in `content`, flat error bodies, Gennia's quickstart form,
tool rows in histories, states that nobody lists, answers that are chunked or end with the connection.

Bases: /gumloop, /gennia, /dumpling, and the root for Enthusiast."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from imitation_vendors import Refusal, World

SENDS = {"start_agent", "create_session", "session_message", "gennia_send", "dumpling", "ask_question"}
ROUTES = [
    ("POST", r"/gumloop/start_agent", "start_agent"), ("GET", r"/gumloop/agent_status/([^/]+)", "agent_status"),
    ("POST", r"/gumloop/agents/([^/]+)/sessions", "create_session"),
    ("POST", r"/gumloop/sessions/([^/]+)/messages", "session_message"),
    ("GET", r"/gumloop/sessions/([^/]+)", "read_session"),
    ("POST", r"/gennia/agents/([^/]+)/messages", "gennia_send"),
    ("GET", r"/gennia/conversations", "gennia_conversations"),
    ("GET", r"/gennia/conversations/([^/]+)/messages", "gennia_messages"),
    ("POST", r"/dumpling/agents/generate-completion", "dumpling"),
    ("POST", r"/api/conversations", "open_conversation"), ("POST", r"/api/conversations/(\d+)", "ask_question"),
    ("GET", r"/api/task_status/([^/]+)/", "task_status"), ("GET", r"/api/conversations/(\d+)", "read_conversation"),
]


class Imitation(ThreadingHTTPServer):
    """framing: length, chunked, or close (HTTP/1.0)."""

    daemon_threads = True

    def __init__(self, framing="length", version=1.0, work=0.03, stale=False):
        super().__init__(("127.0.0.1", 0), Call)
        self.framing, self.world = framing, World(work, version, stale)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Call(BaseHTTPRequestHandler):
    wbufsize = 65536  # head and body in one packet

    def setup(self):
        self.protocol_version = "HTTP/1.0" if self.server.framing == "close" else "HTTP/1.1"
        super().setup()

    def log_message(self, *_):
        pass

    def json(self, refusal):
        """The body: an object with this content type, else refused."""
        try:
            assert self.headers.get_content_type() == "application/json" and "Transfer-Encoding" not in self.headers
            body = json.loads(self.body.decode("utf-8", "strict"))
            assert isinstance(body, dict)
            return body
        except (AssertionError, ValueError):
            raise Refusal(400, refusal) from None

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts, world = urlsplit(self.path), self.server.world
        self.query = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        for method, pattern, name in ROUTES:
            match = re.fullmatch(pattern, parts.path)
            if match and method == self.command:
                with world.lock:
                    world.sends += name in SENDS
                    status, body, *held = getattr(world, name)(self, *map(unquote, match.groups()))
                    lost = world.lose and name in SENDS
                    world.lose, world.lost = world.lose and not lost, world.lost + lost
                time.sleep(held[0] if held else 0)
                return (None, None) if lost else (status, body)
        if re.fullmatch(r"/api/task_status/[^/]+", parts.path):
            return 301, parts.path + "/"
        return 404, None

    def handle_any(self):
        try:
            status, body = self.answer()
        except Refusal as refusal:
            status, body = refusal.status, refusal.body
        if status is None:
            self.close_connection = True
            return
        data = b"<html>no</html>" if body is None else json.dumps(body, ensure_ascii=False, indent=1).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body is None else "application/json; charset=utf-8")
        if status == 301:
            self.send_header("Location", body)
        if self.server.framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            data = b"".join(b"%x;x=y\r\n%s\r\n" % (len(data[i:i + 7]), data[i:i + 7]) for i in range(0, len(data), 7))
            data += b"0\r\nTrailer: x\r\n\r\n"
        elif self.server.framing == "length":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any
