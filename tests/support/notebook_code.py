"""A notebook's own definitions, for tests and benchmarks: what is measured is what the reader reads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def definitions(notebook: str, *cells: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the named code cells of a notebook in order and return the names that they define, or were `given`.

    Raises:
        KeyError: there is no such cell.
    """
    if str(NOTEBOOKS) not in sys.path:
        sys.path.insert(0, str(NOTEBOOKS))  # for `from exercises import ...`
    sources = {cell["id"]: cell.source for cell in nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells}
    namespace: dict[str, Any] = {"__name__": notebook, **(given or {})}
    for cell in cells:
        exec(compile(sources[cell], f"{notebook}:{cell}", "exec"), namespace)
    return namespace
