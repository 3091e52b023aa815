"""A line to a server that can be made slow, silent or cut, while the server itself goes on."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

BLOCK = 1 << 16


class Proxy:
    """Passes bytes between a loopback port of its own and a server.

    Attributes:
        mode: 'pass', 'slow' (each answer comes late), 'silent' (takes everything, says nothing). port: where it listens.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.mode = "pass"
        self.late_s = 0.15
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = self._listening(0)
        self.port = int(self._listener.getsockname()[1])
        self._take()

    def _listening(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        return listener

    def _take(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            with self._lock:
                self._pairs |= {client, server}
            for one, other, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(one, other, answers), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(BLOCK):
                if answers and self.mode == "slow":
                    time.sleep(self.late_s)
                while self.mode == "silent":
                    time.sleep(0.02)
                target.sendall(block)
        self._end(source, target)

    def _end(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._pairs -= set(sockets)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def break_lines(self) -> None:
        """Break every line that is open; new ones are taken."""
        with self._lock:
            open_ones = tuple(self._pairs)
        self._end(*open_ones)

    def cut(self) -> None:
        """Nobody listens any more, as of a server that was stopped."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_lines()

    def mend(self) -> None:
        """Listen again at the same port, and pass."""
        self.mode = "pass"
        if self._listener.fileno() < 0:
            self._listener = self._listening(self.port)
            self._take()
