"""Run every notebook in smoke with Colab's IPython, ipykernel and ipywidgets (`make colab`), two at a time.

Colab ships ipywidgets 7. Most names of version 8 are ignored there with no more than a hidden warning, so warnings are
shown and anything on stderr but a progress bar fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ipykernel
import IPython
import ipywidgets
import nbformat
from nbclient import NotebookClient
from smoke import NOTEBOOKS, smoke_copy

os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
os.environ["GANUTILS_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.environ["GANUTILS_RUNS"] = tempfile.mkdtemp(prefix="ganutils-runs-")
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent / "offline")
# A pattern, unlike PYTHONWARNINGS: every module of the package is meant.
SHOW = (
    "import warnings, ipywidgets\n"
    'warnings.filterwarnings("always", category=DeprecationWarning, module=r"ganutils(\\..*)?$")\n'
    'warnings.filterwarnings("always", message=".*unrecognized arguments.*")\n'
    "print(ipywidgets.__version__)"
)
EXPECTED = {"ipywidgets": "7.7.1", "IPython": "7.34.0", "ipykernel": "6.17.1"}


def run(path: Path) -> str:
    """Run one notebook; return a line that tells what was seen, or raise AssertionError."""
    notebook = smoke_copy(path)
    inside = nbformat.v4.new_code_cell(SHOW)
    notebook.cells.insert(0, inside)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=1800, kernel_name="python3", resources=where).execute()
    assert inside.outputs[0]["text"].strip() == "7.7.1", "the kernel is not the one of this environment"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code), "a cell did not run"
    outputs = [(cell.id, output) for cell in code for output in cell.get("outputs", [])]
    errors = [f"{name}: {output['text']}" for name, output in outputs if output.get("name") == "stderr"]
    assert not errors, errors
    widgets = sum("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for _, output in outputs)
    assert widgets >= 3, "sliders, predictions and a progress bar are widgets"
    return f"{path.name}: {len(code)} cells, {widgets} widgets"


def main() -> None:
    """Run the notebooks whose first digits are named, or all."""
    versions = {module.__name__: module.__version__ for module in (ipywidgets, IPython, ipykernel)}
    if versions != EXPECTED:
        sys.exit(f"This is not Colab's set: {versions}; expected {EXPECTED}. Run `make colab`.")
    paths = [
        path
        for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
        if path.name.startswith(tuple(sys.argv[1:] or "0123456789"))
    ]
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(run, paths):
            print(line, flush=True)
    print(f"{len(paths)} passed with {versions}")


if __name__ == "__main__":
    main()
