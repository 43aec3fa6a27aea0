"""A challenge carries a recipe out on its seeds; its verdict says the score, and never raises."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from ganutils import teaching
from ganutils.teaching.challenges import score_of

asked: list[int] = []


def prepare(recipe) -> dict:
    if not isinstance(recipe, dict) or set(recipe) - {"height"}:
        raise teaching.UnplayableError("A recipe has a height, and nothing else.")
    return {"height": 1.0} | recipe


def play(recipe: dict, seed: int) -> float:
    asked.append(seed)
    if recipe["height"] > 9:
        raise teaching.UnplayableError("At step 3 of 7 it is infinite.")
    return recipe["height"] + 0.1 * seed + 0 * torch.rand(1).item()


JUMP = teaching.Challenge("jump", "7 steps on each", prepare, play, ours=1.1, to_beat=2.0)


def test_a_recipe_is_played_on_every_seed() -> None:
    asked.clear()
    assert score_of(JUMP, {"height": 2}) == pytest.approx([2.0, 2.1, 2.2])
    assert score_of(JUMP, {}, seed=5) == pytest.approx([1.5, 1.6, 1.7])
    assert asked == [0, 1, 2, 5, 6, 7]


def test_a_score_above_the_threshold_passes_and_the_notebooks_own_does_not() -> None:
    beaten = teaching.check(JUMP, lambda: {"height": 2})
    assert beaten.status == "passed"
    assert beaten.message == (
        "jump: 2.1 (median of 2, 2.1, 2.2; 7 steps on each). The notebook's own recipe gets 1.1; 2 is beaten."
    )
    ours = teaching.check(JUMP, dict)
    assert ours.status == "wrong"
    assert "not yet. 1.1" in ours.message
    assert "to beat is 2, and higher is better" in ours.message


def test_a_distance_is_beaten_from_below() -> None:
    low = dataclasses.replace(JUMP, to_beat=0.5, lower_is_better=True)
    assert teaching.check(low, lambda: {"height": 0}).status == "passed"
    assert "lower is better" in teaching.check(low, dict).message


def test_the_score_is_the_median() -> None:
    """One lucky seed does not win."""
    lucky = dataclasses.replace(JUMP, play=lambda recipe, seed: 99.0 if seed == 1 else 1.0)
    assert "not yet. 1 (median of 1, 99, 1;" in teaching.check(lucky, dict).message


@pytest.mark.parametrize("high", [True, False])
def test_nan_beats_nothing(high: bool) -> None:
    never = dataclasses.replace(JUMP, lower_is_better=high)
    assert teaching.check(never, lambda: {"height": float("nan")}).status == "wrong"


def stub():
    return ...


def unfinished():
    raise NotImplementedError


@pytest.mark.parametrize("attempt", [stub, unfinished])
def test_a_stub_is_not_attempted_and_nothing_is_played(attempt) -> None:
    asked.clear()
    assert teaching.check(JUMP, attempt).status == "not attempted"
    assert not asked


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: None, "It returns nothing"),
        (lambda: {"depth": 3}, "A recipe has a height, and nothing else."),
        (lambda: 7, "A recipe has a height"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: (torch.zeros(2) > 0).mean(), "Yes and no are no numbers yet"),
        (lambda recipe: recipe, "too few arguments or too many"),
    ],
)
def test_what_cannot_be_played_is_said_before_anything_is_trained(attempt, words: str) -> None:
    asked.clear()
    verdict = teaching.check(JUMP, attempt)
    assert verdict.status == "wrong"
    assert words in verdict.message
    assert not asked


def test_what_fails_on_the_way_is_said() -> None:
    assert "At step 3 of 7 it is infinite." in teaching.check(JUMP, lambda: {"height": 10}).message


def test_the_random_stream_is_left_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    teaching.check(JUMP, dict)
    assert torch.equal(torch.rand(2), expected)
