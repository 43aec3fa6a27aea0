"""The suite's own order: who imports whom, how long things are, that lists agree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "ganutils").glob("*.py"))

# Data flows one way; a module may import only what stands on its line.
ALLOWED = {
    "runtime": set(), "glyphs": set(), "downloads": set(), "losses": set(), "models": set(), "metrics": set(),
    "checkpoints": set(), "checks": set(), "plots": set(), "sampling": set(), "predictions": set(),
    "server": set(),
    "data": {"glyphs", "downloads"}, "toys": {"data"}, "training": {"losses"},
    "judge": {"checkpoints", "data", "downloads", "models"},
    "live": {"plots"}, "explore": {"plots", "sampling"}, "pad": {"plots", "sampling"}, "__init__": set(),
}  # fmt: skip


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "ganutils":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ganutils."):
            found.add((node.module or "").split(".")[1])
    return found


def test_imports_go_one_way() -> None:
    assert {path.stem: imported(path) for path in MODULES} == ALLOWED


def code_lines(path: Path) -> int:
    """Lines that are neither blank, nor comment, nor docstring."""
    text = path.read_text(encoding="utf-8")
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(1 for number, line in lines if number not in prose and line.strip() and not line.strip().startswith("#"))


def test_the_package_stays_small() -> None:
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 200 for path in MODULES)
    assert sum(code_lines(path) for path in MODULES) <= 1500
    assert not (ROOT / "ganutils" / "utils.py").exists()


def test_every_module_has_its_test() -> None:
    expected = {f"test_{path.stem}.py" for path in MODULES if path.stem != "__init__"}
    assert expected <= {path.name for path in (ROOT / "tests").glob("test_*.py")}


def test_importing_the_package_costs_nothing() -> None:
    command = "import sys, ganutils; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)


def test_environment_yml_agrees_with_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "environment.yml").read_text()
    listed = re.findall(r"^ +- (.+)$", text, re.MULTILINE)
    python, pip, section, constraint, package = listed[1:]
    assert python.replace(" ", "") == "python" + project["requires-python"].replace(" ", "")
    assert (pip, section) == ("pip", "pip:")
    assert constraint == "--constraint constraints.txt"
    extra = re.fullmatch(r"--editable \.\[(\w+)\]", package)
    assert extra
    assert extra[1] in project["optional-dependencies"]
    assert set(project["optional-dependencies"]["lab"]) <= set(project["optional-dependencies"]["test"])


def test_constraints_pin_every_dependency_and_name_no_host() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    pinned = {line.split("==")[0].lower() for line in text.splitlines() if "==" in line}
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.split(r"[><=!~\[; ]", requirement)[0].lower() for requirement in wanted}
    assert names <= pinned, f"not pinned: {sorted(names - pinned)}; run `make constraints`"


def test_the_readme_counts_as_it_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        assert f"notebooks/{path.name}" in readme, "run `make bench`"
