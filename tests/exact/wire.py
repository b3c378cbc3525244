"""A server that says exactly the bytes a test wants, at the pace it wants, on a real port.

A `Wire` is given one step per request. A step gets the socket and what was asked, and writes what it likes; when it
returns False the connection is closed without a goodbye.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Step = Callable[["Wire", socket.socket, Asked], bool | None]


@dataclass
class Wire:
    steps: list[Step]
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    tls: ssl.SSLContext | None = None

    def pause(self, seconds: float) -> None:
        self.over.wait(seconds)


@contextmanager
def serving(*steps: Step, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """A server for these steps; it stops, and lets go of every connection, at the end of the block."""
    wire = Wire(list(steps), tls=tls)
    with socket.create_server(("127.0.0.1", 0)) as door:
        wire.url = f"{'https' if tls else 'http'}://127.0.0.1:{door.getsockname()[1]}"
        threading.Thread(target=_accept, args=(wire, door), daemon=True).start()
        try:
            yield wire
        finally:
            wire.over.set()


def _accept(wire: Wire, door: socket.socket) -> None:
    while not wire.over.is_set():
        try:
            sock, _ = door.accept()
        except OSError:
            return
        wire.connections += 1
        threading.Thread(target=_converse, args=(wire, sock), daemon=True).start()


def _converse(wire: Wire, sock: socket.socket) -> None:
    try:
        sock = wire.tls.wrap_socket(sock, server_side=True) if wire.tls else sock
        with sock, sock.makefile("rb") as reader:
            while asked := _request(reader):
                wire.asked.append(asked)
                step = wire.steps.pop(0) if len(wire.steps) > 1 else wire.steps[0]
                if step(wire, sock, asked) is False:
                    return
    except OSError:
        return  # the client went away, as some tests have it


def _request(reader: Any) -> Asked | None:
    first = reader.readline().decode().split()
    if len(first) != 3:
        return None
    headers = {}
    while line := reader.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Asked(first[0], first[1], headers, reader.read(int(headers.get("content-length", 0))))


# --- Steps ----------------------------------------------------------------------------------------------------


def whole(status: int = 200, body: bytes | str | Any = b"", headers: dict[str, str] | None = None) -> bytes:
    """An answer's bytes. Anything but bytes and str is sent as JSON."""
    if isinstance(body, str):
        body = body.encode()
    kind = "text/plain"
    if not isinstance(body, bytes):
        body, kind = json.dumps(body).encode(), "application/json"
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


def answer(status: int = 200, body: Any = b"", headers: dict[str, str] | None = None) -> Step:
    data = whole(status, body, headers)

    def step(wire: Wire, sock: socket.socket, asked: Asked) -> None:
        sock.sendall(data)

    return step


def drip(data: bytes, pause: float, size: int = 1) -> Step:
    """`size` bytes, a pause, `size` bytes…"""

    def step(wire: Wire, sock: socket.socket, asked: Asked) -> None:
        for start in range(0, len(data), size):
            sock.sendall(data[start : start + size])
            wire.pause(pause)

    return step


def cut(data: bytes) -> Step:
    """These bytes, then the connection is closed as if all had been said."""

    def step(wire: Wire, sock: socket.socket, asked: Asked) -> bool:
        sock.sendall(data)
        return False

    return step


def reset(wire: Wire, sock: socket.socket, asked: Asked) -> bool:
    """The request was read, then the connection is torn down (RST)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def silence(wire: Wire, sock: socket.socket, asked: Asked) -> None:
    """The request was read, and nothing comes."""
    wire.pause(30)
