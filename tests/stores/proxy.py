"""A proxy between a client and a server that can lose what either says, and the connection with it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

__all__ = ["Proxy"]


class Proxy:
    """Forwards connections on a port of this machine to a server.

    `cut` names what becomes of the next thing that a client says with `trigger` in it: "before" loses it
    together with the connection, "after" lets the server carry it out, and loses the answer.
    """

    def __init__(self, host: str, port: int, trigger: bytes) -> None:
        self._server = (host, port)
        self._trigger = trigger
        self.cut: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._open: list[socket.socket] = [self._door]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Close the door and every connection."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = self._connect()
                self._open += [client, server]
                lost = threading.Event()
                for task, *ends in ((self._ask, client, server), (self._answer, server, client)):
                    threading.Thread(target=task, args=(*ends, lost), daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = self._server
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _ask(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while said := client.recv(1 << 16):
                if self.cut and self._trigger in said:
                    fate = self.cut.pop(0)
                    lost.set()
                    if fate == "after":
                        self._carry_out(said, client, server)
                    break
                server.sendall(said)
        self._end(client, server)

    def _carry_out(self, said: bytes, client: socket.socket, server: socket.socket) -> None:
        client.settimeout(0.2)
        with suppress(TimeoutError):
            while said:
                server.sendall(said)
                said = client.recv(1 << 16)
        server.shutdown(socket.SHUT_WR)  # the server carries out what it has, and leaves
        while server.recv(1 << 16):
            pass

    def _answer(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while not lost.is_set() and (said := server.recv(1 << 16)):
                if not lost.is_set():
                    client.sendall(said)
        if not lost.is_set():
            self._end(client, server)

    def _end(self, *ends: Any) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
