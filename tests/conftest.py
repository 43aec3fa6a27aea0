"""What every stage of the tests shares: one thread, no network, an order that fills two processes, and times."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Every kernel, server and script that a test starts is kept off the network. Absolute: kernels run in notebooks/.
OFFLINE = str(ROOT / "tests" / "support" / "offline")
os.environ["PYTHONPATH"] = os.pathsep.join([OFFLINE, *filter(None, [os.environ.get("PYTHONPATH")])])
# Two threads and one drift apart, and a test machine may be shared: everything runs on one.
os.environ["OMP_NUM_THREADS"] = os.environ["GANUTILS_THREADS"] = "1"
os.environ["GANUTILS_DEVICE"] = "cpu"  # what a GPU does is measured by `make gpu`
os.environ.pop("GANUTILS_PROFILE", None)
# A student's checkpoints beside the notebooks are not touched.
os.environ.setdefault("GANUTILS_RUNS", tempfile.mkdtemp(prefix="ganutils-runs-"))

import torch  # noqa: E402

torch.set_num_threads(1)

# The longest first, so that two processes end together.
LONG = ["06_conditional_gan.ipynb", "08_failure_clinic.ipynb", "tests/browser", "05_dcgan.ipynb", "tests/learning",
        "02_gan.ipynb", "10_stackgan.ipynb", "11_progressive_gan.ipynb", "04_cnn.ipynb", "03_vae.ipynb"]  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-seeds", action="store_true", help="learning tests on five seeds instead of one, hints on twenty"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(5 if metafunc.config.getoption("--all-seeds") else 1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((place for place, name in enumerate(LONG) if name in item.nodeid), len(LONG))

    items.sort(key=rank)  # stable: what belongs together stays together


def _stage(nodeid: str) -> str:
    path = Path(nodeid.split("::")[0])
    return "notebooks" if path.suffix == ".ipynb" else path.parts[1]


class Times:
    """Seconds by stage and by file, as the sum over its tests, and for the whole run."""

    def __init__(self) -> None:
        self.began, self.seconds = time.perf_counter(), dict[str, dict[str, float]]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        files = self.seconds.setdefault(_stage(report.nodeid), {})
        name = Path(report.nodeid.split("::")[0]).name
        files[name] = files.get(name, 0.0) + report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        stages = {stage: round(sum(files.values())) for stage, files in sorted(self.seconds.items())}
        whole = round(time.perf_counter() - self.began)
        shown = ", ".join(f"{stage} {seconds} s" for stage, seconds in stages.items())
        terminalreporter.write_line(f"{whole} s; of work: {shown}")
        if target := os.environ.get("GANUTILS_TEST_TIMES"):
            files = {stage: {n: round(s, 1) for n, s in sorted(f.items())} for stage, f in self.seconds.items()}
            result = {"whole_seconds": whole, "load_before": LOAD, "stages": stages, "files": files}
            Path(target).write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


LOAD = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that hears of every test
        config.pluginmanager.register(Times(), "times")
