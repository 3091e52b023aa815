"""Draws changes of the code: run by the Python of .venv-mutants, prints them as JSON.

A change has a name of its own (file, line, operator), and the order is that of the names' hashes with the seed: the first
600 are a random sample, the first 60 of them too, and a change of the code elsewhere leaves the rest of the sample as it is.

An operator is exchanged for another of its kind: arithmetic for arithmetic, bits for bits, order for order. `a * b` made
`a << b` fails on any fraction and would flatter the tests; `mask & mask` made `mask * mask` is the same thing.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("metrics", "forecast", "geo", "data/release.py", "data/rollups.py", "data/imports")
KINDS = (
    {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"},
    {"BitAnd", "BitOr", "BitXor"},
    {"LShift", "RShift"},
    {"Eq", "NotEq", "Lt", "LtE", "Gt", "GtE"},
    {"Is", "IsNot"},
    {"In", "NotIn"},
)


def of_a_kind(operator: str) -> bool:
    """Whether an operator of Cosmic Ray puts like in place of like.

    Its names end in what stood and what stands: ReplaceBinaryOperator_Mul_Add.
    """
    parts = operator.split("_")
    pair = {part for part in parts[1:] if any(part in kind for kind in KINDS)}
    return len(parts) != 3 or not pair or any(pair <= kind for kind in KINDS)


def sources() -> list[Path]:
    """The files that are changed, in order."""
    found: list[Path] = []
    for name in SOURCES:
        path = ROOT / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [path for path in found if path.name not in ("__init__.py", "__main__.py")]


def places(path: Path) -> Iterator[dict[str, Any]]:
    """Every place of a file that can be changed: operator, which of its places, line, and a name that lasts."""
    import parso  # noqa: F401  its parts import each other: the whole of it must come first
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    nodes = list(ast_nodes(get_ast(text)))
    same: Counter[tuple[str, str]] = Counter()
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if kind.arguments() or not of_a_kind(name):
            continue
        at = [place for node in nodes for place in kind().mutation_positions(node)]
        for occurrence, (start, _) in enumerate(at):
            line = lines[start[0] - 1].strip()
            same[name, line] += 1
            file = str(path.relative_to(ROOT))
            yield {
                "path": file,
                "operator": name,
                "occurrence": occurrence,
                "line": start[0],
                "name": f"{file}|{name.removeprefix('core/')}|{line}|{same[name, line]}",
            }


def changed(path: Path, operator: str, occurrence: int) -> str | None:
    """The file's text after a change, None where that alters nothing that it does."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    code = _text(path)
    found = mutate_code(code, get_operator(operator)(), occurrence)
    return None if found is None or _bare(found) in (_bare(code), None) else found


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=200)
def _bare(code: str) -> str | None:
    """A file without annotations and docstrings; None where it is no Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(0)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                part
                for part in body
                if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ] or [ast.Pass()]
    return ast.dump(tree)


def drawn(sample: int, seed: int, at: Sequence[str] = ()) -> list[dict[str, Any]]:
    """So many changes out of all of them, each as likely as any other; with `at`, of these files or `file:line` alone."""
    every = [
        place
        for path in sources()
        for place in places(path)
        if not at or place["path"] in at or f"{place['path']}:{place['line']}" in at
    ]
    print(f"{len(every)} places", file=sys.stderr)
    every.sort(key=lambda place: hashlib.sha256(f"{seed}|{place['name']}".encode()).digest())
    found: list[dict[str, Any]] = []
    for place in every:
        if len(found) == sample:
            break
        code = changed(ROOT / place["path"], place["operator"], place["occurrence"])
        if code is not None:
            found.append({**place, "code": code})
    return found


if __name__ == "__main__":
    json.dump(drawn(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]), sys.stdout)
