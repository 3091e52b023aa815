"""What the measurements share: a server of our own on a free port, and a browser session without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data import cities
from locales import LANGUAGES, t
from tools.postgres import free_port
from tools.processes import processor_s, resident_mb

ROOT = Path(__file__).resolve().parent.parent.parent
APP = ROOT / "app.py"
BARE = Path(__file__).resolve().parent / "bare" / "bare.py"
START_WITHIN_S = 60.0
# Numbers of the few fields that are looked for, so that nothing else of an answer has to be parsed.
_FINISHED = ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number
_DELTA = ForwardMsg.DESCRIPTOR.fields_by_name["delta"].number
_FRAGMENT = Delta.DESCRIPTOR.fields_by_name["fragment_id"].number
_TROUBLE = tuple(t("app.error", lang).encode() for lang in LANGUAGES)


@dataclass(frozen=True)
class Server:
    """A running app: its port and process."""

    port: int
    pid: int

    def processor_s(self) -> float:
        """Processor seconds that the process has used so far."""
        return processor_s(self.pid)

    def resident_mb(self) -> float:
        """Memory that the process holds."""
        return resident_mb(self.pid)


@contextmanager
def served(
    app: Path = APP, *, database: str | None = None, demonstration: bool = True, healthy: bool = True
) -> Iterator[Server]:
    """An app served as `make run` serves ours, until the block ends."""
    port = free_port()
    environment = os.environ | ({"DATABASE_URL": database} if database else {})
    environment |= {cities.SETTING: "on" if demonstration else "off"}
    with _running(port, ["serve", "--app", str(app), "--port", str(port)], environment) as server:
        if healthy:
            wait(port)
        yield server


@contextmanager
def plain(script: Path) -> Iterator[Server]:
    """A script under `streamlit run` and nothing of ours, until the block ends; it may not answer yet."""
    port = free_port()
    with _running(
        port, ["streamlit", "run", str(script), "--server.port", str(port)], dict(os.environ)
    ) as server:
        yield server


@contextmanager
def _running(port: int, module: list[str], environment: dict[str, str]) -> Iterator[Server]:
    silent = subprocess.DEVNULL
    command = [sys.executable, "-m", *module]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=silent, stderr=silent)
    try:
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(20)


def wait(port: int) -> float:
    """Seconds until the server says that it is well."""
    started = time.perf_counter()
    while time.perf_counter() - started < START_WITHIN_S:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return time.perf_counter() - started
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the server did not start")


def fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and content of each length-delimited field of a protobuf message, without parsing what is inside."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 2:
            size, at = _varint(data, at)
            yield tag >> 3, data[at : at + size]
            at += size
        elif kind == 0:
            value, after = _varint(data, at)
            yield tag >> 3, data[at:after]
            at = after
        else:
            at += 8 if kind == 1 else 4


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


class Session:
    """One browser session without a browser."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.fragment = ""
        self.troubled = False

    async def run(self, page: str, query: dict[str, str], *, whole: bool = False) -> tuple[float, int]:
        """Ask for a view; returns milliseconds to `script_finished` and bytes received.

        A filter lives in a fragment where the page has one: then only the fragment runs, as in the browser.
        """
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.page_name = page
        if whole:
            self.fragment = ""
        elif self.fragment:
            message.rerun_script.fragment_id = self.fragment
        self.troubled = False
        started = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        size = 0
        while True:
            data = await self.socket.recv()
            assert isinstance(data, bytes)
            size += len(data)
            self.troubled |= any(said in data for said in _TROUBLE)
            for number, inside in fields(memoryview(data)):
                if number == _FINISHED:
                    return (time.perf_counter() - started) * 1000, size
                if number == _DELTA:
                    self.fragment = next(
                        (bytes(part).decode() for at, part in fields(inside) if at == _FRAGMENT),
                        self.fragment,
                    )


def connect(port: int) -> websockets.connect:
    """A websocket to a server on this machine, as the browser opens it."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    return websockets.connect(address, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None)
