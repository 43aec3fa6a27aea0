"""One panel a cell: what an earlier run of the same cell showed is closed, with the frozen network that it held."""

from __future__ import annotations

from typing import Any, Protocol

from IPython.core.getipython import get_ipython


class Closable(Protocol):
    """A panel that gives back what it holds."""

    def close(self) -> None: ...  # noqa: D102


def closed(*inputs: Any, **values: Any) -> bytes:
    """What stands in the place of a closed panel's frame."""
    raise RuntimeError("This panel belongs to an earlier run of its cell; use the one that the cell shows now.")


_open: dict[str, tuple[str, list[Closable]]] = {}  # by cell: the run that made them, and the panels


def replace_earlier(panel: Closable) -> None:
    """Remember the panel as this cell's; close those of the cell's earlier runs.

    Does nothing where nobody says which cell runs: outside a notebook, and in front ends that send no cell id.
    Widgets are kept alive by ipywidgets' own list, so running a slider cell five times kept five networks.
    """
    shell: Any = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    if cell is None:
        return
    earlier, panels = _open.get(cell, (run, []))
    if earlier != run:
        for old in panels:
            old.close()
        panels = []
    _open[cell] = (run, [*panels, panel])
