"""Challenges: an attempt hands over a recipe, the check carries it out itself and prints its score.

A recipe is looked at before anything is trained: what cannot be played is said in one sentence, at once.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ganutils.teaching import checks
from ganutils.teaching.checks import Exercise, Verdict
from ganutils.teaching.verdicts import NOTHING, UNTOUCHED, explain


class UnplayableError(ValueError):
    """What is wrong with a recipe, in one sentence for the student."""


@dataclass(frozen=True)
class Challenge:
    """A score to beat within a fixed budget.

    Attributes:
        title: named in the verdict.
        budget: what every recipe gets, in words: steps, never time.
        prepare: completes and examines a recipe without training; raises `UnplayableError` for a faulty one.
        play: carries out a prepared recipe from a seed and returns its score; may raise `UnplayableError` too.
        ours: the score of the notebook's own recipe, measured.
        to_beat: a score that the notebook's own recipe does not reach.
        seeds: the score is the median over them: one lucky seed does not win, one unlucky one does not lose.
        lower_is_better: as with distances.
    """

    title: str
    budget: str
    prepare: Callable[[Any], Any]
    play: Callable[[Any, int], float]
    ours: float
    to_beat: float
    seeds: tuple[int, ...] = (0, 1, 2)
    lower_is_better: bool = False


def score_of(challenge: Challenge, recipe: Any, *, seed: int = 0) -> list[float]:
    """A recipe's score on each of the challenge's seeds, moved on by `seed`; torch's random stream is left alone.

    Raises:
        UnplayableError: the recipe is faulty, or comes to nothing on the way.
    """
    prepared = challenge.prepare(recipe)
    with torch.random.fork_rng(devices=[]):
        return [challenge.play(prepared, seed + own) for own in challenge.seeds]


def _judge(challenge: Challenge, attempt: Callable[[], Any], seed: int) -> Verdict:
    def not_yet(text: str) -> Verdict:
        return Verdict("wrong", f"{challenge.title}: not yet. {text}")

    untouched = f"{challenge.title}: {UNTOUCHED}"
    try:
        recipe = attempt()
        if recipe is ...:
            return Verdict("not attempted", untouched)
        if recipe is None:
            return not_yet(NOTHING)
        scores = score_of(challenge, recipe, seed=seed)
    except UnplayableError as error:
        return not_yet(str(error))
    except NotImplementedError as error:
        return not_yet(explain(error)) if error.args else Verdict("not attempted", untouched)
    except Exception as error:
        return not_yet(explain(error))
    score = statistics.median(scores)
    beaten = score < challenge.to_beat if challenge.lower_is_better else score > challenge.to_beat
    single = ", ".join(f"{one:.3g}" for one in scores)
    rest = f"(median of {single}; {challenge.budget}). The notebook's own recipe gets {challenge.ours:.3g}"
    if beaten:
        return Verdict("passed", f"{challenge.title}: {score:.3g} {rest}; {challenge.to_beat:.3g} is beaten.")
    better = "lower" if challenge.lower_is_better else "higher"
    return not_yet(f"{score:.3g} {rest}; to beat is {challenge.to_beat:.3g}, and {better} is better.")


def check(task: Exercise | Challenge, attempt: Callable[..., Any], *, seed: int = 0) -> Verdict:
    """Judge an attempt at an exercise on hidden inputs, or carry out a challenge's recipe. Never raises."""
    if isinstance(task, Challenge):
        return _judge(task, attempt, seed)
    return checks.check(task, attempt, seed=seed)
