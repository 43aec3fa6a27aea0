"""A class on a hub: many kernels start at once on one machine and run notebook 00; time and memory a student.

python benchmarks/classroom.py                  twelve students; writes benchmarks/classroom.json
python benchmarks/classroom.py --students 30

Memory is the proportional share (PSS): pages that kernels share, such as PyTorch's libraries, are split between them.
It is sampled every five seconds. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from memory import PeakMemory

PATH = ROOT / "notebooks" / "00_start_here.ipynb"
_KERNEL = "import ipykernel.kernelapp, IPython"
_TORCH = f"{_KERNEL}, torch"
_SUITE = f"{_TORCH}; from ganutils import data, losses, metrics, models, sampling, session, teaching, training, viz"
IMPORTS = {
    "Python alone": "pass",
    "a kernel": _KERNEL,
    "and torch": _TORCH,
    "and the suite": _SUITE,
    "and an optimiser": f"{_SUITE}; torch.optim.Adam(torch.nn.Linear(1, 1).parameters())",
}
ALONE = """
import sys, time
import psutil
began = time.perf_counter()
exec(sys.argv[1])
spent = time.perf_counter() - began
full = psutil.Process().memory_full_info()
print(spent, full.rss, full.uss)
"""
FORKED = """
import os, sys, time
import psutil
exec(sys.argv[1])
children = []
for _ in range(int(sys.argv[2])):
    if (child := os.fork()) == 0:
        time.sleep(60)
        os._exit(0)
    children.append(child)
time.sleep(1)
print(sum(psutil.Process(child).memory_full_info().pss for child in children) / len(children))
for child in children:
    os.kill(child, 9)
"""


def student(number: int) -> float:
    """One student's whole notebook, from a fresh kernel: seconds until its last cell is done."""
    notebook = nbformat.read(PATH, as_version=4)
    where = {"metadata": {"path": str(PATH.parent)}}
    began = time.perf_counter()
    NotebookClient(notebook, timeout=3600, startup_timeout=600, kernel_name="python3", resources=where).execute()
    return time.perf_counter() - began


def classroom(students: int) -> dict[str, Any]:
    """All at once."""
    memory = PeakMemory(every=5, shared=True)
    memory.start()
    with ThreadPoolExecutor(students) as pool:
        seconds = sorted(pool.map(student, range(students)))
    peak = memory.stop()
    return {
        "students": students,
        "first_seconds": round(seconds[0], 1),
        "last_seconds": round(seconds[-1], 1),
        "megabytes_a_student": round(peak / students / 1e6),
    }


def imports(students: int) -> dict[str, dict[str, float]]:
    """What each import costs a kernel, and what a fork of a parent that has them all would need."""
    rows = {}
    for name, code in IMPORTS.items():
        done = subprocess.run([sys.executable, "-c", ALONE, code], capture_output=True, text=True, check=True)
        seconds, rss, own = map(float, done.stdout.split())
        rows[name] = {"seconds": round(seconds, 2), "megabytes": round(rss / 1e6), "of its own": round(own / 1e6)}
    everything = list(IMPORTS.values())[-1]
    command = [sys.executable, "-c", FORKED, everything, str(students)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows["forked from a parent with all of these"] = {"megabytes": round(float(done.stdout) / 1e6)}
    return rows


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=12)
    students = parser.parse_args().students
    os.environ["GANUTILS_PROFILE"] = "quick"
    load = os.getloadavg()[0]
    result = {"machine": f"{os.cpu_count()} cores, load before {load:.1f}", "alone": classroom(1)}
    result |= {"together": classroom(students), "imports": imports(students)}
    (ROOT / "benchmarks" / "classroom.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
