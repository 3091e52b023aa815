"""What the processes of test_door do: misbehave in a way that is asked for."""

import os
import sys
import time


def work(parts: list[bytes]) -> list[bytes]:
    what = parts[0].decode()
    if what == "echo":
        return parts
    if what == "environment":
        return [repr(sorted(os.environ)).encode()]
    if what == "print":
        sys.stdout.write("not an answer\n")
        sys.stdout.flush()
        return [b"an answer"]
    if what == "memory":
        return [b"x" * 200_000_000]
    if what == "kept":
        work.__dict__.setdefault("kept", []).append(bytearray(os.urandom(1000)) * 60_000)
        return [b""]
    if what == "processor":
        while True:
            pass
    if what == "clock":
        time.sleep(600)
    if what == "abort":
        os.abort()
    raise ValueError("900101-1234568")
