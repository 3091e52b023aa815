"""python -m tools.attack --cells 500 [--city demo] [--only PAGE] [--controls]"""

from __future__ import annotations

import argparse
import sys
import time

from answers.store import Store
from tools.attack import invert, report
from tools.attack.collect import collected


def main() -> int:
    """Attack; 1 where a cell falls."""
    parser = argparse.ArgumentParser(prog="python -m tools.attack")
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--city", default="demo")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--fact", default="")
    parser.add_argument("--controls", action="store_true")
    asked = parser.parse_args()
    store = Store.of_city(asked.city)
    began = time.monotonic()
    found = collected(store, tuple(asked.only))
    print(f"{found.answers} answers, {len(found.grids)} grids, {len(found.words)} words, {time.monotonic() - began:.0f} s", flush=True)
    policies = [invert.OURS, *(invert.OTHERS.values() if asked.controls else ())]
    for policy in policies:
        began = time.monotonic()
        out = report.attacked(store, found, cells_asked=asked.cells, policy=policy, only=asked.fact)
        print(f"{policy.name}: {out.sensitive} sensitive, {len(out.tried)} tried, {len(out.exact)} exact, {len(out.few)} under five, "
              f"{len(out.wrong)} wrong, {len(out.untrue)} untrue, {time.monotonic() - began:.0f} s", flush=True)
        for line in out.untrue[:10]:
            print("  untrue", line)
        for target, low, high in out.few[:40]:
            print("  few", target.kind, target.label, target.true, low, high)
    return 0


if __name__ == "__main__":
    sys.exit(main())
