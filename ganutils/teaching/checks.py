"""Exercises that check themselves.

An exercise is checked by behaviour, never by its source: hidden random inputs, a reference, properties, and
known wrong answers, each with the sentence that helps. A failing attempt never raises through the notebook.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganutils.teaching.constants import constant, places
from ganutils.teaching.verdicts import NOTHING, UNTOUCHED, alike, close, difference, explain, numbers, same, size


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
        properties: (sentence, test) pairs; `test(output, *inputs)` must hold for a right answer.
        run: turns an attempt and its inputs into an output to compare, or into a verdict of its own; by default it
            calls the attempt. It hands on `...` (not attempted) and None (nothing returned).
        shown: the part of an output that the attempt itself returned and may see again; None if there is none.
        trials: how many inputs are drawn.
        tolerance: relative and absolute.
    """

    title: str
    inputs: Callable[[torch.Generator], tuple[Any, ...]]
    reference: Callable[..., Any]
    mutants: tuple[Mutant, ...]
    properties: tuple[tuple[str, Callable[..., bool]], ...] = ()
    run: Callable[..., Any] = lambda attempt, *inputs: attempt(*inputs)
    shown: Callable[[Any], Any] = lambda output: output
    trials: int = 20
    tolerance: float = 1e-4


@dataclass(frozen=True)
class Verdict:
    """The answer to an attempt; prints as one or two sentences."""

    status: str  # "passed", "wrong" or "not attempted"
    message: str

    def __repr__(self) -> str:
        return f"{ {'passed': '✔', 'wrong': '✘'}.get(self.status, '○') } {self.message}"


def _outcome(exercise: Exercise, attempt: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
    """The output for a private copy of the inputs, or the exception it ended in."""
    try:
        return exercise.run(attempt, *copy.deepcopy(inputs))
    except NotImplementedError as error:
        return error if error.args else ...  # torch's own says something; a stub's `raise` does not
    except Exception as error:
        return error


# What an answer may be instead of the right one, and what may still be to do.
_INSTEAD: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("It is the right answer with the wrong sign.", torch.neg),
    ("It is 1 minus the right answer.", lambda right: 1 - right),
    ("It is the right answer squared.", torch.square),
    ("It is the root of the right answer.", torch.sqrt),
    ("It is the logarithm of the right answer.", torch.log),
    ("It is the exponential of the right answer.", torch.exp),
    ("It is the right answer without its sign.", torch.abs),
    ("It is the right answer, cut off at 0.", torch.relu),
    ("It is the right answer, rounded.", torch.round),
    ("It is the right answer, cut down to whole numbers.", torch.trunc),
    ("You summed the right answers; each of them is asked for.", torch.sum),
    ("You averaged the right answers; each of them is asked for.", torch.mean),
    ("That is the right answer for the first sample only.", lambda right: right[0]),
    ("Rows and columns of the result are swapped.", lambda right: right.transpose(-2, -1)),
    ("The numbers are right, the shape is not.", lambda right: right.flatten()),
)
_MISSING: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("The numbers are right, the shape is not: take [..., 0], or squeeze.", lambda given: given.squeeze()),
    ("One thing is missing: take the mean.", torch.mean),
    ("One thing is missing: take the sum.", torch.sum),
    ("One thing is missing: the sum over the batch, dim=0.", lambda given: given.sum(0)),
    ("One thing is missing: the mean over the batch, dim=0.", lambda given: given.mean(0)),
    ("One thing is missing: the sum over the last dimension.", lambda given: given.sum(-1)),
    ("One thing is missing: the mean over the last dimension.", lambda given: given.mean(-1)),
)


def _all_close(changed: Callable[[Tensor], Tensor], first: list[Tensor], second: list[Tensor], accuracy: float) -> bool:
    try:
        return all(close(changed(x), y, accuracy) for x, y in zip(first, second, strict=True))
    except (RuntimeError, IndexError):
        return False


def _related(given: list[Tensor], right: list[Tensor], accuracy: float) -> str:
    """How wrong answers follow from the right ones, if it is the same on all inputs; else nothing."""
    texts = [text for text, change in _INSTEAD if _all_close(change, right, given, accuracy)]
    texts += [text for text, change in _MISSING if _all_close(change, given, right, accuracy)]
    pairs = list(zip(given, right, strict=True))
    if texts or any(y.shape != e.shape or y.is_complex() for y, e in pairs):
        return texts[0] if texts else ""
    y, e = (torch.cat([part.flatten() for part in parts]) for parts in (given, right))
    if (finite := y.isfinite()).any() and not finite.all() and close(y[finite], e[finite], accuracy):
        return "Right wherever it is finite; elsewhere it is 0 / 0, a logarithm of 0, or made of nothing."
    if len(e) > 2 and e.std() > 1e-6:
        if value := constant([y]):
            return f"It is {value}, whatever comes in."
        factor = constant([y[e.abs() > 1e-6] / e[e.abs() > 1e-6]], simple=True)
        if factor not in ("", "1") and close(y[e.abs() <= 1e-6], e[e.abs() <= 1e-6], 1e-6):
            return f"It is {factor} times the right answer, always: a factor is missing or too many."
        if term := constant([y - e]):
            return f"It is off by {term}, always: a term is missing or too many."
        if not constant([y / e]) and all(x.numel() > 2 and constant([x / z]) for x, z in pairs):
            return "It is right up to a factor that changes from input to input: what do you divide or multiply by?"
        if all(x.numel() > 2 and constant([x - z]) for x, z in pairs):
            return "It is right up to a term that changes from input to input: what do you add or subtract?"
    return places(given, right, accuracy)


def _relation(given: list[Any], right: list[Any], accuracy: float) -> str:
    """The relation of the first part that is wrong; a tuple's parts are looked at one by one."""
    mine, due = [numbers(output) or [] for output in given], [numbers(output) or [] for output in right]
    count = len(due[0])
    if not count or any(len(parts) != count for parts in [*mine, *due]):
        return ""
    for part in range(count):
        first, second = [parts[part] for parts in mine], [parts[part] for parts in due]
        if not _all_close(torch.clone, first, second, accuracy) and (text := _related(first, second, accuracy)):
            return text if count == 1 else f"Part {part + 1} of {count}: {text}"
    return ""


def _holds(test: Callable[..., bool], output: Any, case: tuple[Any, ...]) -> bool:
    try:
        return bool(test(output, *case))
    except Exception:
        return False


def check(exercise: Exercise, attempt: Callable[..., Any], *, seed: int = 0) -> Verdict:
    """Judge an attempt on hidden inputs; the verdict says what is wrong and how to go on. Never raises."""

    def not_yet(text: str) -> Verdict:
        return Verdict("wrong", f"{exercise.title}: not yet. {text}")

    random = torch.Generator().manual_seed(seed)
    cases = [exercise.inputs(random) for _ in range(exercise.trials)]
    outputs: list[Any] = []
    for case in cases:
        outputs.append(_outcome(exercise, attempt, case))
        if outputs[-1] is ...:
            return Verdict("not attempted", f"{exercise.title}: {UNTOUCHED}")
        if outputs[-1] is None:
            return not_yet(f"On some inputs it{NOTHING[2:]}" if outputs[1:] else NOTHING)
        if isinstance(outputs[-1], list | tuple) and any(part is ... or part is None for part in outputs[-1]):
            return not_yet("A part of your answer is still `...`, or None.")
    expected = [_outcome(exercise, exercise.reference, case) for case in cases]
    outputs = [alike(output, right) for output, right in zip(outputs, expected, strict=True)]
    wrong = [i for i in range(len(cases)) if not same(outputs[i], expected[i], exercise.tolerance)]
    if not wrong:
        count = f" on {len(cases)} hidden inputs" if cases[0] else ""
        return Verdict("passed", f"{exercise.title}: right{count}.")
    for mutant in exercise.mutants:
        guesses = (alike(_outcome(exercise, mutant.answer, cases[i]), expected[i]) for i in range(len(cases)))
        if all(same(guess, output, exercise.tolerance) for guess, output in zip(guesses, outputs, strict=True)):
            return not_yet(mutant.hint)
    smallest = min(wrong, key=lambda i: size(cases[i]))
    case, output = cases[smallest], outputs[smallest]
    if isinstance(output, Verdict):
        return not_yet(output.message)
    if isinstance(output, Exception):
        return not_yet(explain(output))
    again = alike(_outcome(exercise, attempt, case), expected[smallest])
    if numbers(output) and not same(again, output, exercise.tolerance):
        return not_yet("It answers differently every time: it draws random numbers of its own. Use what is given.")
    broken = next((text for text, holds in exercise.properties if not _holds(holds, output, case)), "")
    given, right = ([exercise.shown(y) for y in outcomes] for outcomes in (outputs, expected))
    if same(given[smallest], right[smallest], exercise.tolerance):
        return not_yet(broken or "What it leaves behind is not what was expected.")
    text = _relation(given, right, exercise.tolerance) or broken
    return not_yet(f"{text} {difference(given[smallest], right[smallest], attempt, case, exercise.tolerance)}".strip())
