"""The *smoke* profile: a notebook's own cells with so little training that wiring is all that is left to prove.

It exists for tests only. The values stand in the metadata of the cell tagged `parameters`, where no reader sees them;
the copy that a test runs assigns them below the reader's own. Promises of a trained model are reported, not raised.
"""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def smoke_copy(path: Path) -> nbformat.NotebookNode:
    """The notebook without outputs and with its smoke values.

    Raises:
        ValueError: no parameters cell with smoke values, or a value for a name that it does not assign.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1 or "smoke" not in cells[0].metadata:
        raise ValueError(f"{path.name} needs one cell tagged `parameters` with `smoke` in its metadata.")
    values, source = cells[0].metadata["smoke"], cells[0].source
    assigned = {
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if not values or set(values) - assigned:
        raise ValueError(f"{path.name}: {sorted(set(values) - assigned)} are no parameters of the notebook.")
    lines = [source, *(f"{name} = {value!r}" for name, value in values.items())]
    cells[0].source = "\n".join([*lines, "from ganutils.teaching import claims", "claims.report_only()"])
    return notebook


def main() -> None:
    """Run every notebook in smoke, in the profile that is named (`make test-class`)."""
    from nbclient import NotebookClient

    os.environ["GANUTILS_PROFILE"], os.environ["GANUTILS_THREADS"] = sys.argv[1], "1"
    os.environ["GANUTILS_RUNS"] = tempfile.mkdtemp(prefix="ganutils-runs-")
    if sys.argv[1] == "quick":  # needs no network, and gets none
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent / "offline")
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        where = {"metadata": {"path": str(path.parent)}}
        NotebookClient(smoke_copy(path), timeout=3600, kernel_name="python3", resources=where).execute()
        print(f"{path.name}: runs in the {sys.argv[1]} profile", flush=True)


if __name__ == "__main__":
    main()
