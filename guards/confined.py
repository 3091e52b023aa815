"""Work on what strangers sent, in a process of its own that may use so much memory and time and no more.

room = Room("data.imports.child:work")      # nothing runs yet; `room.warm()` starts a process ahead of the work
answer = room.run([b"…", b"…"], allowed(size))

A process is started afresh (no fork: the server has many threads), kept while it stays small, and told nothing of the
server's environment. Both sides speak in lengths and bytes; what the bytes are is for the two functions at the ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
MB = 1024 * 1024
# File size -> memory above the idle process, and processor seconds; between two sizes in proportion.
ALLOWED = ((0, 128 * MB, 2.4), (50 * MB, 512 * MB, 20.0), (100 * MB, 1024 * MB, 60.0))
LARGEST = ALLOWED[-1][0]  # bytes; nothing larger is taken
PACKED = 12  # a real workbook unpacks to so many times its size; what unpacks to more gets no more
PATIENCE = 2.0  # seconds of the clock for each second of the processor: the machine may be busy (a small file ends within 5)
AT_ONCE = 2
START_S = 60.0
SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_DEFAULT_MEMORY_POOL")
KEPT_ENVIRONMENT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "TZ",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "PROJ_DATA",
    "GDAL_DATA",
)


@dataclass(frozen=True)
class Limits:
    """What one piece of work may use: bytes above the idle process, and seconds of a processor."""

    memory: int
    seconds: float


class Exhausted(Exception):
    """The work did not end well. `kind` is memory, time or failed; `detail` holds nothing of what was worked on."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


def allowed(content: bytes) -> Limits:
    """Limits that follow a file's size: 512 MB and 20 s for 50 MB, 1 GB and a minute for 100 MB.

    An archive counts twelvefold, as real workbooks unpack: what is inside is not believed.
    """
    return allowance(len(content) * (PACKED if content[:2] == b"PK" else 1))


def allowance(size: int) -> Limits:
    """Limits of so many bytes to be read."""
    if size >= LARGEST:
        return Limits(ALLOWED[-1][1], ALLOWED[-1][2])
    at = max(place for place, (start, _, _) in enumerate(ALLOWED) if size >= start)
    (low, memory, seconds), (high, more, longer) = ALLOWED[at : at + 2]
    share = (size - low) / (high - low)
    return Limits(int(memory + share * (more - memory)), seconds + share * (longer - seconds))


def send(stream: IO[bytes], head: dict[str, Any], parts: Sequence[bytes | memoryview]) -> None:
    """Write one message: a line of JSON with the lengths, then the parts."""
    stream.write(json.dumps({**head, "sizes": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes], *, most: int | None = None) -> tuple[dict[str, Any], list[bytes]] | None:
    """Read one message; None where the other side is gone.

    Args:
        most: bytes that its parts may have together.
    """
    line = stream.readline(100_000)
    if not line:
        return None
    head = json.loads(line)
    sizes = [int(size) for size in head["sizes"]]
    if most is not None and sum(sizes) > most:
        return None
    parts = [stream.read(size) for size in sizes]
    return (head, parts) if [len(part) for part in parts] == sizes else None


@dataclass(eq=False)
class _Worker:
    """A process, and whether it has said that it is ready."""

    process: subprocess.Popen[bytes]
    greeted: bool = False

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


class Room:
    """Processes for one kind of work, one of them kept ready.

    Args:
        work: `module:function`; the function takes and gives a list of bytes.
    """

    def __init__(self, work: str) -> None:
        self.work = work
        self._ready: list[_Worker] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def warm(self) -> None:
        """Have a process ready, so that the next piece of work need not wait for one; returns at once."""
        with self._lock:
            self._ready = [worker for worker in self._ready if worker.alive]
            if not self._ready:
                self._ready.append(self._start())

    def run(self, parts: Sequence[bytes], limits: Limits) -> list[bytes]:
        """Do one piece of work.

        Raises:
            Exhausted: it needed more memory or time, or the function failed; the process is gone then.
        """
        with self._places:
            for _ in range(2):  # a process that was kept may have ended by itself in this very moment
                worker = self._take()
                found = _ask(worker, parts, limits)
                if found is not None:
                    break
        if found is None:
            raise Exhausted("failed", "the process does not start")
        head, answer = found
        if head["status"] != "ok":
            raise Exhausted(head["status"], head.get("detail", ""))
        if head["stays"]:
            self._give_back(worker)
        return answer

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            waiting, self._ready = self._ready, []
        for worker in waiting:
            _end(worker)

    def _take(self) -> _Worker:
        with self._lock:
            while self._ready:
                worker = self._ready.pop()
                if worker.alive:
                    return worker
                _end(worker)
        return self._start()

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if not self._ready:
                self._ready.append(worker)
                return
        _end(worker)

    def _start(self) -> _Worker:
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        environment |= {**dict.fromkeys(SINGLE[:3], "1"), SINGLE[3]: "system", "MALLOC_ARENA_MAX": "1"}
        process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "guards.worker", self.work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could hold what somebody wrote
            cwd=ROOT,
            env=environment,
        )
        return _Worker(process)


def _ask(
    worker: _Worker, parts: Sequence[bytes], limits: Limits
) -> tuple[dict[str, Any], list[bytes]] | None:
    """Hand the work over and wait; None where the process was gone before it had begun."""
    process = worker.process
    assert process.stdin is not None and process.stdout is not None
    late = threading.Event()
    with _watched(process, START_S, late), contextlib.suppress(OSError, ValueError):
        if not worker.greeted and receive(process.stdout) is None:
            _end(worker)
            return None
        worker.greeted = True
        send(process.stdin, {"memory": limits.memory, "seconds": limits.seconds}, parts)
        if receive(process.stdout) is None:  # it says that it has the work and begins
            _end(worker)
            return None
    found = None
    with _watched(process, limits.seconds * PATIENCE, late), contextlib.suppress(OSError, ValueError):
        found = receive(process.stdout, most=limits.memory)
    if found is not None:
        if found[0]["status"] != "ok" or not found[0]["stays"]:
            _end(worker)
        return found
    _end(worker)
    # Killed by the clock or by its limit of processor time, else by the system for want of memory.
    slow = late.is_set() or process.returncode == -24
    return {"status": "time" if slow else "memory"}, []


@contextlib.contextmanager
def _watched(process: subprocess.Popen[bytes], seconds: float, late: threading.Event) -> Any:
    """Kill the process once the seconds are over."""

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(worker: _Worker) -> None:
    """End a process of ours and forget it."""
    process = worker.process
    with contextlib.suppress(OSError):
        process.kill()
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                stream.close()
    process.wait()
