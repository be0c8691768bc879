# SPDX-License-Identifier: MIT
"""A server of raw sockets in one thread, which runs a driver and answers it."""

import heapq
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time

from faults import Silent, honest

RESET = struct.pack("ii", 1, 0)
READ, WRITE = select.EPOLLIN, select.EPOLLOUT


class Connection:
    def __init__(self, sock):
        self.sock, self.data, self.feed, self.pending, self.end, self.case = sock, bytearray(), None, b"", "keep", None
        self.events = READ


class Server:
    def __init__(self, world):
        self.world, self.epoll, self.connections, self.timers, self.count = world, select.epoll(), {}, [], 0
        self.listeners, self.most = {}, 0
        self.port = self.listen("127.0.0.1")
        self.trap = self.listen("127.0.0.1", trapped=True)
        self.listen("127.0.0.2", self.port, trapped=True)

    def listen(self, host, port=0, trapped=False):
        """A trap is where nothing may ever arrive."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(4096)
        sock.setblocking(False)
        self.listeners[sock.fileno()] = (sock, trapped)
        self.epoll.register(sock.fileno(), READ)
        return sock.getsockname()[1]

    # ---- Connections --------------------------------------------------------------------------------------------

    def accept(self, listener, trapped):
        for _ in range(64):
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                return
            if trapped:
                self.world.violation("something arrived at another place", listener.getsockname())
                sock.close()
                continue
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections[sock.fileno()] = Connection(sock)
            self.epoll.register(sock.fileno(), READ)
            self.most = max(self.most, len(self.connections))

    def watch(self, connection, events):
        if connection.events != events:
            self.epoll.modify(connection.sock.fileno(), events)
            connection.events = events

    def close(self, connection, reset=False):
        fd = connection.sock.fileno()
        if fd < 0:
            return
        if reset:
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.epoll.unregister(fd)
        del self.connections[fd]
        connection.sock.close()

    def read(self, connection):
        try:
            data = connection.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(connection)
            return
        connection.data += data
        if connection.feed is None:
            self.take(connection)

    def take(self, connection):
        """Answers the next request that is there as a whole."""
        data = connection.data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        try:
            lines = data[:end].decode("ascii").split("\r\n")
            headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
            size = int(dict(headers).get("content-length", 0))
        except ValueError:
            self.world.violation("a strange request", bytes(data[:end]))
            self.close(connection)
            return
        if len(data) < end + 4 + size:
            return
        body = bytes(data[end + 4:end + 4 + size])
        del data[:end + 4 + size]
        case, step, status, document = self.world.handle(lines[0], headers, body, self.port)
        chunks, connection.end = self.choose(case, step, status, document)
        connection.case, connection.feed, connection.pending = case, iter(chunks), b""
        self.pump(connection)

    def choose(self, case, step, status, document):
        if not case:
            return honest(status, document)
        if step == "SEND" and case.flow == "lost":
            return Silent().answer(case, status, document)
        if case.fault and step == case.step and case.asked[step] <= case.times:
            return case.fault.answer(case, status, document)
        if not case.fault and status < 300:
            self.world.samples.setdefault((case.plugin, case.flow, bool(case.remote), step), (status, document))
        return honest(status, document)

    def pump(self, connection):
        """Writes what can be written now."""
        while True:
            if not connection.pending:
                item = next(connection.feed, None)
                if item is None:
                    self.finish(connection)
                    return
                if isinstance(item, float):
                    self.count += 1
                    heapq.heappush(self.timers, (time.monotonic() + item, self.count, connection))
                    self.watch(connection, READ)
                    return
                connection.pending = memoryview(item)
            try:
                sent = connection.sock.send(connection.pending)
            except BlockingIOError:
                self.watch(connection, READ | WRITE)
                return
            except OSError:
                self.close(connection)
                return
            connection.pending = connection.pending[sent:]
            if connection.case:
                connection.case.sent += sent

    def finish(self, connection):
        if connection.end != "keep":
            self.close(connection, connection.end == "rst")
            return
        connection.feed = None
        self.watch(connection, READ)
        self.take(connection)

    # ---- The loop -----------------------------------------------------------------------------------------------

    def turn(self):
        wait = 0.5
        while self.timers and self.timers[0][0] <= time.monotonic():
            connection = heapq.heappop(self.timers)[2]
            if connection.sock.fileno() >= 0:
                self.pump(connection)
        if self.timers:
            wait = max(0.0, min(wait, self.timers[0][0] - time.monotonic()))
        for fd, events in self.epoll.poll(wait):
            if fd in self.listeners:
                self.accept(*self.listeners[fd])
                continue
            connection = self.connections.get(fd)
            if connection and events & WRITE:
                self.pump(connection)
            if connection and connection.sock.fileno() >= 0 and events & ~WRITE:
                self.read(connection)

    def run(self, command, text, limit):
        """Runs the driver to its end; its status and its lines. None as status: it hung."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as given, \
                tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as taken, \
                tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            given.write(text)
            given.seek(0)
            process = subprocess.Popen(command, stdin=given, stdout=taken, stderr=said)
            ended, deadline = os.pidfd_open(process.pid), time.monotonic() + limit
            self.epoll.register(ended, READ)
            while process.poll() is None:
                if time.monotonic() > deadline:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    self.world.violation("the driver hung", command)
                    break
                self.turn()
            self.epoll.unregister(ended)
            os.close(ended)
            taken.seek(0)
            said.seek(0)
            return process.returncode, taken.read().split("\n")[:-1], said.read()

    def stop(self):
        for connection in list(self.connections.values()):
            self.close(connection)
        for sock, _ in self.listeners.values():
            sock.close()
        self.epoll.close()
