"""The suite's own order: who imports whom, how long things are, that lists agree."""

from __future__ import annotations

import ast
import json
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from safetensors.torch import load_file

from ganutils.models.shipped import WEIGHTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ganutils"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Data flows one way; a room may import only what stands on its line. CONTRIBUTING.md shows the same table.
ROOMS = {
    "session": set(), "losses": set(), "sampling": set(), "teaching": set(), "models": set(), "server": set(),
    "data": {"session"},
    "training": {"losses"},
    "metrics": {"models"},
    "viz": {"sampling", "training"},
}  # fmt: skip


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """The rooms that a module imports, its own left out."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "ganutils":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ganutils."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("ganutils.")}
    return found - {room(path)}


def test_imports_between_rooms_are_those_of_the_table() -> None:
    found: dict[str, set[str]] = {}
    for path in MODULES:
        found[room(path)] = found.get(room(path), set()) | imported(path)
    assert found.pop("__init__") == set()
    assert found == ROOMS


def test_the_table_of_rooms_in_contributing_is_the_one_that_is_held() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", text, re.MULTILINE))
    assert {name: set(re.findall(r"\w+", cell)) for name, cell in rows.items()} == ROOMS


def test_every_room_says_what_it_is_for_and_lists_what_it_offers() -> None:
    for path in PACKAGE.glob("*/__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        assert "__all__" in path.read_text(encoding="utf-8"), path


def test_notebooks_and_exercises_import_rooms_and_nothing_behind_them() -> None:
    sources = [(path.name, path.read_text(encoding="utf-8")) for path in (ROOT / "notebooks").rglob("*.py")]
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        sources.append((path.name, "\n".join(cell.source for cell in cells if cell.cell_type == "code")))
    for name, source in sources:
        for line in re.findall(r"^(?:from|import) ganutils.*$", source, re.MULTILINE):
            target = re.fullmatch(r"from ganutils(?:\.(\w+))? import .+", line)
            assert target, f"{name}: {line}"
            assert target[1] is None or target[1] in ROOMS, f"{name}: {line}"


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
    assert sum(code_lines(path) for path in MODULES) <= 2500
    assert not list(PACKAGE.rglob("utils.py"))


def test_every_module_has_its_test() -> None:
    here = {path.name for path in (ROOT / "tests" / "unit").glob("test_*.py")}
    covered = {"adversarial": "training", "classifier": "training", "states": "checkpoints", "modes": "metrics",
               "distances": "metrics", "gan": "models", "interrupt": "progress", "lifetime": "sliders",
               "claims": "checks", "verdicts": "checks", "diagrams": "figures", "live_figure": "sliders"}  # fmt: skip
    for path in MODULES:
        if path.stem != "__init__":
            assert f"test_{covered.get(path.stem, path.stem)}.py" in here, path


def test_importing_the_package_costs_nothing() -> None:
    command = "import sys, ganutils; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)


def test_environment_yml_agrees_with_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "environment.yml").read_text()
    listed = re.findall(r"^ +- (.+)$", text, re.MULTILINE)
    python, pip, section, constraint, package = listed[1:]
    least, most = python.removeprefix("python").strip().split(",")
    assert least == project["requires-python"]
    assert re.fullmatch(r"<3\.\d+", most), "the pinned wheels do not fit every later Python"
    assert (pip, section) == ("pip", "pip:")
    assert constraint == "--constraint constraints.txt"
    assert package == "--editable .[lab]", "students need no Playwright"
    assert "[test]" in text, "but are told how to get the tests"
    assert set(project["optional-dependencies"]["lab"]) <= set(project["optional-dependencies"]["test"])


# Where a distribution is not called like what is imported from it.
DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn", "IPython": "ipython", "markdown_it": "markdown-it-py"}
OURS = {
    "ganutils",
    "exercises",
    "smoke",
    "lab_driver",
    "notebook_code",
    "test_downloads",
    "memory",
    "stackgan",
    "page",
    "book",
    "slides",
}


def imports_of(*folders: str) -> set[str]:
    """The distributions that the modules below these folders import."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found |= {name.split(".")[0] for name in names}
    return {DISTRIBUTIONS.get(name, name).replace("_", "-") for name in found - OURS - sys.stdlib_module_names}


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = project["dependencies"] + [item for extra in extras for item in project["optional-dependencies"][extra]]
    return {re.split(r"[><=!~\[; ]", requirement)[0].lower() for requirement in listed}


def test_every_import_is_declared() -> None:
    assert imports_of("ganutils", "notebooks") <= declared("lab")
    assert imports_of("ganutils", "notebooks", "tools", "tests", "benchmarks", "docs") <= declared("test")


def test_what_is_declared_is_needed() -> None:
    indirectly = {"torchvision", "ipykernel"}  # imported where needed; the kernels themselves
    assert declared() - indirectly <= imports_of("ganutils")


def test_constraints_pin_every_dependency_and_name_no_host() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    pinned = {line.split("==")[0].lower() for line in text.splitlines() if "==" in line}
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.split(r"[><=!~\[; ]", requirement)[0].lower() for requirement in wanted}
    assert names <= pinned, f"not pinned: {sorted(names - pinned)}; run `make constraints`"


def test_readme_and_headers_say_what_was_measured() -> None:
    """And nothing that was measured on another notebook, or not at all."""
    measured = json.loads((ROOT / "benchmarks" / "notebooks.json").read_text())["notebooks"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert {path.stem for path in paths} == set(measured), "run `make bench`"
    for path in paths:
        result = measured[path.stem]
        row = re.search(rf"\(notebooks/{path.name}\) \|.*\| (\d+) s \| ([\d.]+) GB \|", readme)
        first = nbformat.read(path, as_version=4).cells[0].source
        header = re.search(r"\((\d+) s measured, slowest cell (\d+) s\), ([\d.]+) GB", first)
        assert row, f"{path.name} is not in the README"
        assert header, f"{path.name} has no header"
        assert int(row[1]) == int(header[1]) == round(result["seconds"])
        assert float(row[2]) == float(header[3]) == pytest.approx(result["megabytes"] / 1000, abs=0.051)


def test_every_panel_is_moved_in_the_browser() -> None:
    browser = (ROOT / "tests" / "browser" / "test_browser.py").read_text(encoding="utf-8")
    made = re.compile(r"viz\.(figure_sliders|latent_sliders|Panel|LatentPad)\(")
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        _, _, test = browser.partition(f'"{path.stem}"')
        test = test.partition("\ndef ")[0]
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and made.search(cell.source):
                assert re.search(rf'move_\w+\(notebook, "{cell.id}"', test), f"nobody moves {cell.id} of {path.name}"


def test_the_clinics_tables_are_those_of_its_benchmark() -> None:
    """Every row of notebook 08's tables, lowest to highest of five seeds, against benchmarks/clinic.json."""
    patients = json.loads((ROOT / "benchmarks" / "clinic.json").read_text())["patients"]
    columns = {
        "a-table": ("A", "covered", "effective modes", "high quality"), "b-means": ("B", "distance"),
        "c-means": ("C", "rest", "rest of the average"),
        "d-table": ("D", "memory", "effective classes", "nearest", "lead"),
    }  # fmt: skip
    cells = {c.id: c for c in nbformat.read(ROOT / "notebooks" / "08_failure_clinic.ipynb", as_version=4).cells}
    for cell, (patient, *names) in columns.items():
        rows = re.findall(r"^\| ([^|]+) \| ([\d.–−| ]+) \|$", cells[cell].source, re.MULTILINE)
        assert len(rows) >= 5, cell
        for arm, row in rows:
            for name, text in zip(names, row.split(" | "), strict=True):
                low, high = text.split("–") if "–" in text else (text, text)
                result, places = patients[patient][arm][name], len(low.partition(".")[2])
                assert [f"{end:.{places}f}".replace("-", "−") for end in (min(result), max(result))] == [low, high], (
                    f"{cell}, {arm}, {name}"
                )


def test_the_table_of_modes_is_that_of_its_benchmark() -> None:
    """Means of five seeds in benchmarks/README.md, and the papers' own numbers, against benchmarks/modes.json."""
    saved = json.loads((ROOT / "benchmarks" / "modes.json").read_text())
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([^|]+) \| (\*{0,2}[\d.]+\*{0,2}) \| (\.\d+) \| (\.\d+) \|$", text, re.MULTILINE)
    rows = [row for name in ("ring", "grid") for row in saved["mixtures"][name].values()]
    assert len(table) == len(rows)
    for (name, *shown), row in zip(table, rows, strict=True):
        means = [statistics.mean(row[key]) for key in ("covered", "high_quality", "reverse_kl")]
        expected = [f"{means[0]:.1f}", *(f"{mean:.3f}".removeprefix("0") for mean in means[1:])]
        assert [value.strip("*") for value in shown] == expected, name
    for row in saved["mixtures"]["stacked"].values():
        assert f"{row['reverse_kl']:.3f}".removeprefix("0") in text
        assert f"{row['kinds']:,}" in text


def test_what_teaches_obedience_is_what_was_measured() -> None:
    """Notebook 10's table, three attributes and how far two differ, on three seeds, against benchmarks/words.json."""
    saved = json.loads((ROOT / "benchmarks" / "words.json").read_text())
    cells = {c.id: c.source for c in nbformat.read(ROOT / "notebooks" / "10_stackgan.ipynb", as_version=4).cells}
    share = r"((?:1?\.\d\d ?)+)"
    rows = re.findall(r"^\| ([^|]+) \| " + r" \| ".join([share] * 4) + r" \|$", cells["helps"], re.MULTILINE)
    assert [name for name, *_ in rows] == list(saved["arms"])
    for name, *shown in rows:
        for place, text in zip((0, 1, 3, 4), shown, strict=True):  # all grounds are learned
            expected = [f"{saved['arms'][name][seed][place]:.2f}".removeprefix("0") for seed in "012"]
            assert text.split() == expected, name


def test_what_the_second_stage_is_worth_is_what_was_measured() -> None:
    """Notebook 10's table of two generators, the third in words, and what a D that compares is worth."""
    saved = json.loads((ROOT / "benchmarks" / "second_stage.json").read_text())
    cells = {c.id: c.source for c in nbformat.read(ROOT / "notebooks" / "10_stackgan.ipynb", as_version=4).cells}
    share = r"(1?\.\d\d) / (1?\.\d\d)"
    rows = re.findall(rf"^\| ([^|]+) \| {share} \| {share} \| {share} \|$", cells["one-or-two"], re.MULTILINE)
    plain, alone, pairs = list(saved)[2:]
    assert [name for name, *_ in rows] == list(saved)[:2]
    for name, *shown in rows:
        looks = (saved[name][step][pairs_]["kind"] for step in ("1000", "2000", "5000") for pairs_ in saved[name][step])
        assert shown == [f"{kind:.2f}".removeprefix("0") for kind in looks], name

    def short(arm: str, step: str, key: str, digits: int = 2) -> str:
        return f"{saved[arm][step]['as in training'][key]:.{digits}f}".removeprefix("0")

    kinds = [short(arm, step, "kind") for step in ("1000", "5000") for arm in (plain, "straight")]
    assert re.findall(r"\.\d\d\b", cells["helps-mean"].split("Later it turns")[1]) == kinds
    runs = (pairs, "4000"), (alone, "4000"), ("straight", "5000")
    numbers = [short(*run, key, digits) for key, digits in (("two differ by", 3), ("kind", 2)) for run in runs]
    assert re.findall(r"\.\d{2,3}\b", cells["pairs-mean"]) == numbers
    weights = {name: load_file(WEIGHTS / f"{name}.safetensors") for name in ("10_stackgan", "10_straight")}
    learned = {
        name: {key: w.numel() for key, w in part.items() if "running" not in key and "batches" not in key}
        for name, part in weights.items()
    }
    second = sum(n for key, n in learned["10_stackgan"].items() if key.startswith("stage_two"))
    both = second + sum(n for key, n in learned["10_stackgan"].items() if key.startswith("stage_one"))
    for count in (both, sum(learned["10_straight"].values()), second):
        assert f"{round(count, -3):,}" in cells["one-or-two"], count


def test_what_growing_is_worth_is_what_was_measured() -> None:
    """Notebook 11's three tables, distances on three seeds, against benchmarks/growing.json."""
    saved = json.loads((ROOT / "benchmarks" / "growing.json").read_text())
    cells = {c.id: c.source for c in nbformat.read(ROOT / "notebooks" / "11_progressive_gan.ipynb", as_version=4).cells}

    def shown(pictures: str, arm: str, key: str = "distance") -> str:
        return " ".join(f"{saved[pictures]['arms'][arm][seed][key]:.0f}" for seed in "012")

    both = (
        ("grown", "grown", "distance"),
        ("from the start, as many seconds", "from the start", "at equal seconds"),
        ("from the start, as many steps", "from the start", "distance"),
    )
    rows = re.findall(r"^\| ([^|]+) \| ([\d ]+) \| ([\d ]+) \|$", cells["worth"], re.MULTILINE)
    assert rows == [(name, shown("icons", arm, key), shown("letters", arm, key)) for name, arm, key in both]
    runs = [run for part in ("icons", "letters") for run in saved[part]["arms"]["from the start"].values()]
    steps = [run["steps at equal seconds"] for run in runs]
    assert f"{min(steps)} to {max(steps)} steps" in cells["worth"]
    rows = re.findall(r"^\| ([^|]+) \| ([\d ]+) \|$", cells["survive"], re.MULTILINE)
    arms = [arm for arm in saved["icons"]["arms"] if arm != "from the start"]
    assert rows == [(arm, shown("icons", arm)) for arm in arms]
    rows = re.findall(r"^\| (\d+) \| ([\d ]+) \| ([\d ]+) \| ([\d ]+) \|$", cells["jump-means"], re.MULTILINE)
    later = saved["from 16 pixels on"]
    both = [[" ".join(f"{runs[seed][step]:.0f}" for seed in "012") for runs in later.values()] for step, *_ in rows]
    assert rows == [(step, *found) for (step, *_), found in zip(rows, both, strict=True)]
    assert [step for step, *_ in rows] == list(later["faded in"]["0"])


def test_the_ablation_of_05_is_that_of_its_benchmark() -> None:
    """Every row of the table, seed by seed, letters and MNIST, against benchmarks/dcgan.json."""
    saved = json.loads((ROOT / "benchmarks" / "dcgan.json").read_text())
    names = {
        "nothing: the recipe": "the recipe", "no average": "the recipe", "rate 1e-3": "learning rate 1e-3",
        "rate 2e-4 (DCGAN's; β₁ stays 0)": "learning rate 2e-4", "batch norm. in D": "batch normalisation in D",
        "each player its own fakes": "fakes of its own for each player",
        "batch norm. in D, real and fake apart": "the same, real and fake apart",
        "all rules of 2016 at once, no average": "DCGAN's rules of 2016",
    }  # fmt: skip
    cells = nbformat.read(ROOT / "notebooks" / "05_dcgan.ipynb", as_version=4).cells
    (table,) = (cell.source for cell in cells if cell.id == "ablation")
    rows = re.findall(r"^\| ([^|]+) \| ([\d., ]+) \| ([\d., ]+|not run) \|$", table, re.MULTILINE)
    assert len(rows) >= 12
    for name, *shown in rows:
        which = "last" if "no average" in name else "average"
        for part, text in zip(("glyphs", "mnist"), shown, strict=True):
            if text != "not run":
                found = [run[which]["distance"] for run in saved[part]["rows"][names.get(name, name)].values()]
                places = 0 if min(found) > 100 else 1
                assert text == ", ".join(f"{value:,.{places}f}" for value in found), (name, part)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no clone: there is nothing that could be committed")
def test_nothing_that_is_built_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout == "", "what .gitignore names does not belong into a commit"


@pytest.mark.skipif(sys.platform != "linux", reason="proportional memory is Linux's")
@pytest.mark.parametrize(("program", "arguments", "numbers"), [("ALONE", ["pass"], 3), ("FORKED", ["pass", "2"], 1)])
def test_the_classroom_can_measure_its_processes(program: str, arguments: list[str], numbers: int) -> None:
    """Programs in strings are read by no checker; this one had lost an import."""
    source = ast.parse((ROOT / "benchmarks" / "classroom.py").read_text(encoding="utf-8"))
    texts = {ast.unparse(n.targets[0]): n.value for n in source.body if isinstance(n, ast.Assign)}
    command = [sys.executable, "-c", ast.literal_eval(texts[program]), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len([float(word) for word in done.stdout.split()]) == numbers
