"""Execute every notebook and save it; with --measure, write its time and memory into its header and the README.

make notebooks    python benchmarks/notebooks.py
make bench        python benchmarks/notebooks.py --measure   (and benchmarks/sliders.py)
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import torch
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "notebooks.json"
MARK = re.compile(r"(<!-- measured:start -->).*?(<!-- measured:end -->)", re.DOTALL)


class _Peak(threading.Thread):
    """The largest resident memory of this process's children, in bytes, sampled ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes, self._done = 0, threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.1):
            used = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    used += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.bytes = max(self.bytes, used)

    def stop(self) -> int:
        self._done.set()
        self.join()
        return self.bytes


def execute(path: Path) -> dict[str, Any]:
    """Run one notebook from a fresh kernel, save it with its outputs, and return what it took."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}})
    peak = _Peak()
    peak.start()
    began = time.perf_counter()
    client.execute()
    seconds, memory = time.perf_counter() - began, peak.stop()
    slowest = 0.0
    for cell in notebook.cells:
        stamps = cell.metadata.pop("execution", {})
        if "shell.execute_reply" in stamps and "iopub.execute_input" in stamps:
            first, last = (_seconds(stamps[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
            slowest = max(slowest, last - first)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)
    return {"seconds": round(seconds, 1), "slowest_cell": round(slowest, 1), "megabytes": round(memory / 1e6)}


def _seconds(stamp: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def calibrate() -> float:
    """Seconds for a fixed piece of training, so that times from two machines can be compared as ratios."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 64))
    optimizer = torch.optim.Adam(network.parameters())
    began = time.perf_counter()
    for _ in range(2000):
        optimizer.zero_grad()
        network(torch.randn(128, 64)).square().mean().backward()
        optimizer.step()
    return time.perf_counter() - began


def header(result: dict[str, Any]) -> str:
    """The sentence that stands below a notebook's title."""
    minutes = max(1, round(result["seconds"] / 60 + 0.3))
    return (
        f"**{minutes} minute{'s' if minutes > 1 else ''} on two CPU cores** ({result['seconds']:.0f} s measured, "
        f"slowest cell {result['slowest_cell']:.0f} s), {result['megabytes'] / 1000:.1f} GB of memory, quick profile. "
        "On a GPU: not measured yet."
    )


def write_headers(results: dict[str, dict[str, Any]]) -> None:
    """Put the measured numbers into every notebook's first cell and into the README's table."""
    rows = ["| notebook | the question it answers | CPU time | memory |", "|---|---|--:|--:|"]
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        notebook, result = nbformat.read(path, as_version=4), results[path.stem]
        first = notebook.cells[0]
        first.source = MARK.sub(rf"\g<1>{header(result)}\g<2>", first.source)
        nbformat.write(notebook, path)
        title = first.source.splitlines()[0].removeprefix("# ")
        question = re.search(r"\*\*(.+?)\*\*", first.source)
        rows.append(
            f"| [{title}](notebooks/{path.name}) | {question[1] if question else ''} "
            f"| {result['seconds']:.0f} s | {result['megabytes'] / 1000:.1f} GB |"
        )
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(MARK.sub(rf"\g<1>\n{chr(10).join(rows)}\n\g<2>", text), encoding="utf-8")


def main() -> None:
    """Execute the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--measure", action="store_true", help="write time and memory into headers and README")
    arguments = parser.parse_args()
    os.environ.setdefault("GANUTILS_PROFILE", "quick")
    paths = arguments.notebooks or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    saved = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {"notebooks": {}}
    if arguments.measure:
        saved["machine"] = f"{os.cpu_count()} cores, {platform.machine()}, torch {torch.__version__.split('+')[0]}"
        saved["calibration_seconds"] = round(calibrate(), 2)
    for path in paths:
        result = execute(path.resolve())
        print(f"{path.stem}: {result}", flush=True)
        if arguments.measure:
            saved["notebooks"][path.stem] = result
    if arguments.measure:
        RESULTS.write_text(json.dumps(saved, indent=2) + "\n")
        write_headers(saved["notebooks"])


if __name__ == "__main__":
    main()
