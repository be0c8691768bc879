# SPDX-License-Identifier: MIT
"""Vendors with certificates that are not right, and one with a good one."""

import contextlib
import datetime
import socket
import ssl
import threading
from pathlib import Path

import trustme

from faults import honest

# What a failure must say; None: it completes.
CAUSES = {
    "good": None, "expired": r"expired", "wrong-host": r"(host|subject|altname).*match|no alternative certificate",
    "self-signed": r"self[- ]signed", "unknown-ca": r"issuer|self[- ]signed certificate in certificate chain|unknown",
    "no-ca-file": r"issuer|self[- ]signed certificate in certificate chain|unknown", "plain-http": r"wrong version|record|SSL|TLS",
}


def expired(authority):
    past = datetime.datetime(2020, 1, 1)
    with contextlib.suppress(TypeError):
        return authority.issue_cert("127.0.0.1", not_after=past)
    before, trustme.DEFAULT_EXPIRY = trustme.DEFAULT_EXPIRY, past
    try:
        return authority.issue_cert("127.0.0.1")
    finally:
        trustme.DEFAULT_EXPIRY = before


class Vendors:
    """One server for each kind of certificate; all answer from one world."""

    def __init__(self, world, directory):
        ours, theirs = trustme.CA(), trustme.CA()
        self.world, self.lock, self.listeners, self.threads = world, threading.Lock(), [], []
        self.ca_file, self.ports = Path(directory) / "ca.pem", {}
        ours.cert_pem.write_to_path(str(self.ca_file))
        good = ours.issue_cert("127.0.0.1")
        certificates = {"good": good, "expired": expired(ours), "wrong-host": ours.issue_cert("vendor.example"),
                        "unknown-ca": theirs.issue_cert("127.0.0.1"), "no-ca-file": good}
        contexts = {"plain-http": None}
        for kind, certificate in certificates.items():
            contexts[kind] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(contexts[kind])
        alone = Path(directory) / "self-signed.pem"
        alone.write_bytes(theirs.private_key_pem.bytes() + theirs.cert_pem.bytes())
        contexts["self-signed"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts["self-signed"].load_cert_chain(str(alone))
        self.accepted = dict.fromkeys(contexts, 0)
        for kind, context in contexts.items():
            self.start(kind, context)

    def start(self, kind, context):
        listener = socket.create_server(("127.0.0.1", 0))
        self.ports[kind] = listener.getsockname()[1]
        self.listeners.append(listener)
        self.threads.append(threading.Thread(target=self.serve, args=(kind, listener, context), daemon=True))
        self.threads[-1].start()

    def serve(self, kind, listener, context):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.accepted[kind] += 1
            sock.settimeout(20)
            thread = threading.Thread(target=self.talk, args=(sock, context, self.ports[kind]), daemon=True)
            thread.start()

    def talk(self, sock, context, port):
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.enter_context(sock)
            if context:
                sock = stack.enter_context(context.wrap_socket(sock, server_side=True))
            else:
                sock.recv(1)  # a plain server answers what it does not understand
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            stream = stack.enter_context(sock.makefile("rb"))
            while True:
                line = stream.readline().decode("ascii").rstrip("\r\n")
                if not line:
                    return
                headers = []
                while text := stream.readline().decode("ascii").rstrip("\r\n"):
                    name, _, value = text.partition(":")
                    headers.append((name.lower(), value.strip()))
                body = stream.read(int(dict(headers).get("content-length", 0)))
                with self.lock:
                    _, _, status, document = self.world.handle(line, headers, body, port)
                sock.sendall(b"".join(honest(status, document)[0]))

    def stop(self):
        for listener in self.listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self.threads:
            thread.join(5)
