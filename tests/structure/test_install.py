"""An installed wheel works far from the clone; versions agree."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import nbformat
import pytest
from smoke import NOTEBOOKS, smoke_copy

import ganutils

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an empty environment that holds the wheel; what it depends on is looked up outside."""
    base = tmp_path_factory.mktemp("far away 远")
    source = base / "source"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(".*", "notebooks", "tests", "benchmarks", "*.egg-info", "build", "runs"),
    )
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "."]
    subprocess.run(build, cwd=source, check=True)
    (wheel,) = source.glob("ganutils-*.whl")
    shutil.rmtree(source / "ganutils")
    venv.create(base / "env", with_pip=False)
    python = base / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip())
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True)
    # A folder on the path, not a site folder: the clone's own editable install is not seen.
    (site / "outside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def ask(python: Path, code: str, **environment: str) -> str:
    names = ("GANUTILS_DATA", "PYTHONPATH")
    kept = {key: value for key, value in os.environ.items() if key not in names} | environment
    done = subprocess.run([python, "-c", code], cwd=python.parent, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_carries_its_weights_and_is_not_the_clone(installed: Path) -> None:
    where = Path(ask(installed, "import ganutils; print(ganutils.__file__)"))
    assert installed.parents[1] in where.parents
    assert ROOT not in where.parents
    assert ask(installed, "from ganutils import models; print(models.pretrained('letters').latent_dim)") == "24"


def test_data_of_an_installed_wheel_lands_in_the_users_cache(installed: Path) -> None:
    assert ask(
        installed,
        "import platformdirs; from ganutils.data import downloads; cache = platformdirs.user_cache_path('ganutils', "
        "appauthor=False); print(downloads.root() == cache / 'data')",
    ) == "True"  # fmt: skip


RUN = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=3600, kernel_name="wheel").execute()
print(sum(cell.get("execution_count") is not None for cell in notebook.cells))
"""


def test_notebook_00_runs_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(NOTEBOOKS / "exercises", tmp_path / "exercises")
    notebook = smoke_copy(NOTEBOOKS / "00_start_here.ipynb")
    notebook.cells.append(nbformat.v4.new_code_cell(f"import ganutils; assert {str(ROOT)!r} not in ganutils.__file__"))
    nbformat.write(notebook, tmp_path / "00_start_here.ipynb")
    spec = tmp_path / "jupyter" / "kernels" / "wheel"
    spec.mkdir(parents=True)
    argv = [str(installed), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "wheel", "language": "python"}))
    environment = os.environ | {"JUPYTER_PATH": str(tmp_path / "jupyter")}
    command = [sys.executable, "-c", RUN, str(tmp_path / "00_start_here.ipynb")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) == sum(cell.cell_type == "code" for cell in notebook.cells)


def test_the_version_moves_with_its_entry() -> None:
    newest = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    citation = (ROOT / "CITATION.cff").read_text()
    assert newest[1] == ganutils.__version__
    assert f"version: {newest[1]}\n" in citation
    assert f'date-released: "{newest[2]}"' in citation


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("install", ROOT / "tools" / "install.py")
    assert spec
    module = importlib.util.module_from_spec(spec)
    assert spec.loader
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.platform, "system", lambda: "Linux")
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)
    return module


class Uv:
    """In uv's place: the probe ends with `probe`, and what is installed is remembered."""

    def __init__(self, probe: int | None) -> None:
        self.probe, self.calls = probe, list[tuple[list[str], dict[str, str]]]()

    def __call__(self, command: list[str], *, env: dict[str, str], **options: Any) -> Any:
        self.calls.append((command, env))
        if "--dry-run" not in command:
            return subprocess.CompletedProcess(command, 0)
        assert options["timeout"] <= 30, "seconds, not minutes"
        if self.probe is None:
            raise subprocess.TimeoutExpired(command, options["timeout"])
        return subprocess.CompletedProcess(command, self.probe)


def test_the_small_torch_comes_by_itself(install: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(install.subprocess, "run", uv := Uv(probe=0))
    assert install.main(["--editable", ".[lab]"]) == 0
    assert [env.get("UV_TORCH_BACKEND") for _, env in uv.calls] == [None, "auto"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("probe", [2, None])
def test_behind_a_mirror_the_default_torch_comes_with_one_sentence(
    install: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, probe: int | None
) -> None:
    monkeypatch.setattr(install.subprocess, "run", uv := Uv(probe))
    assert install.main(["--editable", ".[lab]"]) == 0
    assert [env.get("UV_TORCH_BACKEND") for _, env in uv.calls] == [None, None]
    assert capsys.readouterr().out.count("cannot be reached") == 1


def test_who_chooses_a_build_is_not_asked_again(install: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_TORCH_BACKEND", "cu130")
    monkeypatch.setattr(install.subprocess, "run", uv := Uv(probe=0))
    assert install.main(["--python", "elsewhere", "torch"]) == 0
    ((command, env),) = uv.calls
    assert env["UV_TORCH_BACKEND"] == "cu130"
    assert command[2:] == ["install", "--python", "elsewhere", "torch"]
