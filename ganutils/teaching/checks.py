"""Exercises that check themselves.

An exercise is checked by behaviour, never by its source: hidden random inputs, a reference, properties, and
known wrong answers, each with the sentence that helps. A failing attempt never raises through the notebook.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Mutant:
    """A wrong answer that people give, and the sentence that helps them on."""

    answer: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Exercise:
    """What is asked, and how an attempt is judged.

    Attributes:
        title: named in the verdict.
        inputs: draws hidden inputs from a random generator, as a tuple.
        reference: a right answer.
        mutants: wrong answers, the most specific first.
        properties: (sentence, test) pairs; test(output, *inputs) must hold for a right answer.
        run: turns an attempt and its inputs into an output to compare; by default it calls the attempt.
        trials: how many inputs are drawn.
        tolerance: relative and absolute.
    """

    title: str
    inputs: Callable[[torch.Generator], tuple[Any, ...]]
    reference: Callable[..., Any]
    mutants: tuple[Mutant, ...]
    properties: tuple[tuple[str, Callable[..., bool]], ...] = ()
    run: Callable[..., Any] = lambda attempt, *inputs: attempt(*inputs)
    trials: int = 20
    tolerance: float = 1e-4


@dataclass(frozen=True)
class Verdict:
    """The answer to an attempt; prints as one or two sentences."""

    status: str  # "passed", "wrong" or "not attempted"
    message: str

    def __repr__(self) -> str:
        return f"{ {'passed': '✔', 'wrong': '✘'}.get(self.status, '○') } {self.message}"


class _UnfinishedError(Exception):
    pass


def _outcome(exercise: Exercise, attempt: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
    """The output for a private copy of the inputs, or the exception it ended in."""
    try:
        output = exercise.run(attempt, *copy.deepcopy(inputs))
    except (NotImplementedError, _UnfinishedError):
        raise _UnfinishedError from None
    except Exception as error:
        return error
    if output is None or output is ...:
        raise _UnfinishedError
    return output


def _numbers(output: Any) -> list[Tensor] | None:
    """The output as tensors in double precision (complex stays complex), or None if it is not made of numbers."""
    if isinstance(output, list | tuple):
        parts = [_numbers(item) for item in output]
        return None if any(part is None for part in parts) else [t for part in parts if part for t in part]
    try:
        tensor = torch.as_tensor(output).detach().cpu()
        return [tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)]
    except (TypeError, ValueError, RuntimeError):
        return None


def _same(a: Any, b: Any, tolerance: float) -> bool:
    first, second = _numbers(a), _numbers(b)
    if first is None or second is None:
        return type(a) is type(b) and repr(a) == repr(b)
    return len(first) == len(second) and all(
        x.shape == y.shape
        and x.dtype == y.dtype
        and torch.allclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True)
        for x, y in zip(first, second, strict=True)
    )


def _brief(value: Any) -> str:
    """A value as short text: numbers to four digits, long tensors by their shape and first entries."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_brief(item) for item in value) + ")"
    if isinstance(value, Tensor):
        kind = complex if value.is_complex() else float
        flat = [kind(f"{number:.4g}") for number in value.detach().flatten()[:4].tolist()]
        if value.ndim == 0:
            return str(flat[0])
        return f"{flat}" if value.numel() <= 4 and value.ndim == 1 else f"{tuple(value.shape)} tensor {flat[:3]} ..."
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def _size(inputs: tuple[Any, ...]) -> float:
    total = sum(float(t.abs().nan_to_num(0, 1e9, 1e9).sum()) for t in _numbers(list(inputs)) or [])
    return total if math.isfinite(total) else math.inf


def check(exercise: Exercise, attempt: Callable[..., Any], *, seed: int = 0) -> Verdict:
    """Judge an attempt on hidden inputs; the verdict says what is wrong and how to go on. Never raises."""
    random = torch.Generator().manual_seed(seed)
    cases = [exercise.inputs(random) for _ in range(exercise.trials)]
    try:
        outputs = [_outcome(exercise, attempt, case) for case in cases]
    except _UnfinishedError:
        return Verdict("not attempted", f"{exercise.title}: not attempted yet. Replace the `...` and run again.")
    expected = [_outcome(exercise, exercise.reference, case) for case in cases]
    wrong = [i for i in range(len(cases)) if not _same(outputs[i], expected[i], exercise.tolerance)]
    if not wrong:
        return Verdict("passed", f"{exercise.title}: right on {len(cases)} hidden inputs.")
    for mutant in exercise.mutants:
        guesses = (_outcome(exercise, mutant.answer, case) for case in cases)
        if all(_same(guess, output, exercise.tolerance) for guess, output in zip(guesses, outputs, strict=True)):
            return Verdict("wrong", f"{exercise.title}: not yet. {mutant.hint}")
    smallest = min(wrong, key=lambda i: _size(cases[i]))
    case, output = cases[smallest], outputs[smallest]
    if isinstance(output, Exception):
        kind = "" if type(output) is ValueError else f"it stopped with {type(output).__name__}: "
        return Verdict("wrong", f"{exercise.title}: not yet, {kind}{output}.".replace("..", "."))
    broken = next((f" {text}" for text, holds in exercise.properties if not _holds(holds, output, case)), "")
    if isinstance(output, list) and len(output) > 3:
        return Verdict("wrong", f"{exercise.title}: not yet.{broken} What it leaves behind is not what was expected.")
    return Verdict(
        "wrong",
        f"{exercise.title}: not yet.{broken} For the input {_brief(case)} you gave {_brief(output)}; "
        f"expected {_brief(expected[smallest])}.",
    )


def _holds(test: Callable[..., bool], output: Any, case: tuple[Any, ...]) -> bool:
    try:
        return bool(test(output, *case))
    except Exception:
        return False
