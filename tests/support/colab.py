"""Run notebook 00 in this interpreter's environment: Colab's IPython, ipykernel and ipywidgets (`make colab`).

Colab ships ipywidgets 7. Most names of version 8 are ignored there with no more than a hidden warning, so warnings
are shown and anything on stderr fails.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import ipykernel
import IPython
import ipywidgets
import nbformat
from nbclient import NotebookClient

PATH = Path(__file__).resolve().parents[2] / "notebooks" / "00_start_here.ipynb"
os.environ["PYTHONWARNINGS"] = "default::DeprecationWarning:ganutils,default::DeprecationWarning:ipywidgets"
os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
warnings.filterwarnings("ignore")

versions = {"ipywidgets": ipywidgets.__version__, "IPython": IPython.__version__, "ipykernel": ipykernel.__version__}
expected = {"ipywidgets": "7.7.1", "IPython": "7.34.0", "ipykernel": "6.17.1"}
if versions != expected:
    sys.exit(f"This is not Colab's set: {versions}; expected {expected}. Run `make colab`.")

notebook = nbformat.read(PATH, as_version=4)
inside = nbformat.v4.new_code_cell("import ipywidgets; print(ipywidgets.__version__)")
notebook.cells.append(inside)
where = {"metadata": {"path": str(PATH.parent)}}
NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()

assert inside.outputs[0]["text"].strip() == "7.7.1", "the kernel is not the one of this environment"
widgets = stderr = 0
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        widgets += "application/vnd.jupyter.widget-view+json" in output.get("data", {})
        if output.get("name") == "stderr":
            stderr += 1
            print(f"{cell.id}: {output['text']}")
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
assert all(cell.execution_count for cell in code)
assert widgets >= 4, "sliders, predictions and a progress bar are widgets"
assert not stderr
print(f"1 passed, 0 failed: {PATH.name}, {len(code)} cells, {widgets} widgets, {versions}")
