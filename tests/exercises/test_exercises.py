"""Every solution printed in a notebook passes its check; every wrong answer gets its own hint; on three seeds."""

from __future__ import annotations

import importlib
import itertools
import re
import sys
from pathlib import Path

import nbformat
import pytest
import torch

from ganutils import teaching

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
sys.path.insert(0, str(NOTEBOOKS))
SEEDS = range(3)


def notebook_exercises() -> list[tuple[str, teaching.Exercise, str, str]]:
    """(name, exercise, stub cell, solution) for every cell tagged `exercise`, in all notebooks."""
    found = []
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        setup = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        module = re.search(r"from exercises import (\w+) as exercises", setup)
        for cell, following in itertools.pairwise(cells):
            if "exercise" not in cell.metadata.get("tags", []):
                continue
            assert module, f"{path.name} has exercises and imports none"
            name = re.search(r"teaching\.check\(exercises\.(\w+), (\w+)\)", cell.source)
            solution = re.search(r"<details>.*?```python\n(.*?)```", following.source, re.DOTALL)
            assert name, f"{path.name} {cell.id} checks nothing"
            assert solution, f"{path.name} {cell.id} has no folded solution"
            exercise = getattr(importlib.import_module(f"exercises.{module[1]}"), name[1])
            found.append((name[2], exercise, cell.source, solution[1]))
    return found


CASES = notebook_exercises()
MUTANTS = [(exercise, mutant) for _, exercise, _, _ in CASES for mutant in exercise.mutants]


def test_every_notebook_has_three_exercises() -> None:
    assert len(CASES) >= 3 * len(list(NOTEBOOKS.glob("[0-9]*.ipynb")))


@pytest.mark.parametrize(("name", "exercise", "stub", "solution"), CASES, ids=[case[0] for case in CASES])
def test_the_stub_is_not_attempted_and_the_solution_passes(
    name: str, exercise: teaching.Exercise, stub: str, solution: str
) -> None:
    head = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
    namespace: dict = {}
    exec(head + stub.split("teaching.check(")[0], namespace)
    assert teaching.check(exercise, namespace[name]).status == "not attempted"
    exec(head + solution, namespace)
    for seed in SEEDS:
        assert teaching.check(exercise, namespace[name], seed=seed).status == "passed"


@pytest.mark.parametrize(("exercise", "mutant"), MUTANTS, ids=[f"{e.title}-{m.hint[:25]}" for e, m in MUTANTS])
def test_every_wrong_answer_gets_its_own_hint(exercise: teaching.Exercise, mutant: teaching.Mutant) -> None:
    for seed in SEEDS:
        verdict = teaching.check(exercise, mutant.answer, seed=seed)
        assert verdict.status == "wrong"
        assert mutant.hint in verdict.message


def test_a_complex_distance_is_told_what_to_do() -> None:
    (distance_of,) = (exercise for name, exercise, _, _ in CASES if name == "distance_of")
    verdict = teaching.check(distance_of, lambda a, b: torch.linalg.eigvals(a.T.cov() @ b.T.cov()).sqrt().sum())
    assert "take the real part" in verdict.message


def test_every_exercise_knows_three_wrong_answers() -> None:
    assert all(len(exercise.mutants) >= 3 for _, exercise, _, _ in CASES)
