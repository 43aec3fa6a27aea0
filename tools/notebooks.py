"""Execute every notebook and save it with its outputs; or measure what the notebooks take.

make notebooks     python tools/notebooks.py              execute and save (quick profile)
make bench         python tools/notebooks.py --measure    the same, measured: headers, README, benchmarks/notebooks.json
make gpu           python tools/notebooks.py --gpu        class profile on the accelerator at hand: headers and
                                                          benchmarks/gpu.json; the saved outputs stay

Names of notebooks (01_minimax, or 01) may follow. Every kernel has one CPU thread, as a student's has beside a browser.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import platform
import re
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import torch
from memory import PeakMemory
from nbclient import NotebookClient
from PIL import Image

from ganutils.viz.figures import encode, few_colours

ROOT = Path(__file__).resolve().parents[1]
MARK = re.compile(r"(<!-- measured:start -->).*?(<!-- measured:end -->)", re.DOTALL)
GPU = """
import json, torch
_a = torch.accelerator.current_accelerator().type
print(json.dumps({"name": torch.cuda.get_device_name() if _a == "cuda" else f"Apple's GPU ({_a})", "bytes":
      torch.cuda.max_memory_allocated() if _a == "cuda" else torch.mps.driver_allocated_memory()}))
"""


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def _run(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Run a notebook in a fresh kernel, in place, and return what it took."""
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    client = NotebookClient(notebook, timeout=3600, kernel_name="python3", resources=where)
    peak = PeakMemory()
    peak.start()
    began = time.perf_counter()
    try:
        client.execute()
    finally:
        memory = peak.stop()
    seconds, slowest = time.perf_counter() - began, 0.0
    for cell in notebook.cells:
        stamps = cell.metadata.pop("execution", {})
        if "shell.execute_reply" in stamps and "iopub.execute_input" in stamps:
            first, last = (_seconds(stamps[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
            slowest = max(slowest, last - first)
    notebook.metadata.pop("language_info", None)
    return {"seconds": round(seconds, 1), "slowest_cell": round(slowest, 1), "megabytes": round(memory / 1e6)}


def execute(path: Path) -> dict[str, Any]:
    """Run one notebook and save it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    result = _run(notebook)
    shrink_frames(notebook)
    nbformat.write(notebook, path)
    return result


def shrink_frames(notebook: nbformat.NotebookNode) -> None:
    """Pack the sliders' last frames, which were written fast and not small, with 64 colours as figures are."""
    states = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    for state in states.values():
        for buffer in state.get("buffers", []) if state["model_name"] == "ImageModel" else []:
            frame = Image.open(io.BytesIO(base64.b64decode(buffer["data"]))).convert("RGB")
            buffer["data"] = base64.b64encode(encode(few_colours(frame))).decode()


def execute_on_gpu(path: Path) -> dict[str, Any]:
    """Run a copy of one notebook in the class profile and return time, memory and the scores that it names."""
    notebook = nbformat.read(path, as_version=4)
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    scores = parameters.metadata.get("scores", {})
    asked = "{" + ", ".join(f"{name!r}: float({code})" for name, code in scores.items()) + "}"
    inside = [nbformat.v4.new_code_cell(code) for code in (GPU, f"print(json.dumps({asked}))")]
    notebook.cells += inside
    result = _run(notebook)
    gpu, scores = (json.loads(cell.outputs[-1].text.splitlines()[-1]) for cell in inside)
    result |= {"gpu": gpu["name"], "gpu_megabytes": round(gpu["bytes"] / 1e6)}
    return result | {"scores": {name: round(value, 4) for name, value in scores.items()}}


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
        f"**{minutes} minute{'s' if minutes > 1 else ''} on one CPU thread** ({result['seconds']:.0f} s measured, "
        f"slowest cell {result['slowest_cell']:.0f} s), {result['megabytes'] / 1000:.1f} GB of memory, quick profile."
    )


def gpu_header(result: dict[str, Any] | None) -> str:
    """The sentence on GPUs."""
    if result is None:
        return "On a GPU: not measured yet."
    scores = ", ".join(f"{name} {value:g}" for name, value in result["scores"].items())
    return (
        f"Class profile on a GPU ({result['gpu']}): {result['seconds']:.0f} s, {result['gpu_megabytes'] / 1000:.1f} GB "
        f"of its memory{'; ' if scores else ''}{scores}."
    )


def _between(text: str, words: str) -> str:
    """The text with `words` between its two marks."""
    return MARK.sub(lambda marks: f"{marks[1]}\n{words}\n{marks[2]}", text)


def write_headers(quick: dict[str, Any], gpu: dict[str, Any]) -> None:
    """Put the measured numbers into every notebook's first cell and into the README's table."""
    rows = ["| notebook | the question it answers | CPU time | memory |", "|---|---|--:|--:|"]
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        notebook, result = nbformat.read(path, as_version=4), quick[path.stem]
        first = notebook.cells[0]
        # Blank lines: a paragraph that begins with a comment would not be read as Markdown.
        first.source = _between(first.source, f"\n{header(result)} {gpu_header(gpu.get(path.stem))}\n")
        nbformat.write(notebook, path)
        title = first.source.splitlines()[0].removeprefix("# ")
        question = re.search(r"\*\*(.+?)\*\*", first.source)
        rows.append(
            f"| [{title}](notebooks/{path.name}) | {question[1] if question else ''} "
            f"| {result['seconds']:.0f} s | {result['megabytes'] / 1000:.1f} GB |"
        )
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(_between(text, "\n".join(rows)), encoding="utf-8")


def main() -> None:
    """Execute the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", help="names, or the first digits of names")
    parser.add_argument("--measure", action="store_true", help="write time and memory into headers and README")
    parser.add_argument("--gpu", action="store_true", help="the class profile on the accelerator at hand")
    arguments = parser.parse_args()
    results = ROOT / "benchmarks" / ("gpu.json" if arguments.gpu else "notebooks.json")
    if arguments.gpu and not torch.accelerator.is_available():
        print("This machine has no GPU that torch can use; nothing is measured.")
        return
    os.environ["GANUTILS_PROFILE"] = "class" if arguments.gpu else "quick"
    os.environ["GANUTILS_THREADS"] = "1"
    os.environ["GANUTILS_RUNS"] = tempfile.mkdtemp(prefix="ganutils-runs-")  # not over a student's checkpoints
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    if arguments.notebooks:
        paths = [path for path in paths if path.name.startswith(tuple(arguments.notebooks))]
    saved = json.loads(results.read_text()) if results.is_file() else {"notebooks": {}}
    if arguments.measure:
        torch.set_num_threads(1)
        saved["machine"] = (
            f"one thread of {os.cpu_count()} cores, {platform.machine()}, torch {torch.__version__.split('+')[0]}, "
            f"load before {os.getloadavg()[0]:.1f}"
        )
        saved["calibration_seconds"] = round(calibrate(), 2)
    for path in paths:
        result = execute_on_gpu(path) if arguments.gpu else execute(path)
        print(f"{path.stem}: {result}", flush=True)
        if arguments.measure or arguments.gpu:
            saved["notebooks"][path.stem] = result
            saved |= {"gpu": result["gpu"]} if arguments.gpu else {}
            results.write_text(json.dumps(saved, indent=2) + "\n")
    if arguments.measure or arguments.gpu:
        tables = [ROOT / "benchmarks" / name for name in ("notebooks.json", "gpu.json")]
        quick, gpu = (json.loads(t.read_text())["notebooks"] if t.is_file() else {} for t in tables)
        write_headers(quick, gpu)


if __name__ == "__main__":
    main()
