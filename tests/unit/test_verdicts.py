"""What a wrong answer is told: an error translated, the first difference in words, how wrong and right are related."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganutils import teaching
from ganutils.teaching.verdicts import brief

ROWS = teaching.Exercise(
    title="rows",
    inputs=lambda random: (torch.randn(6, 3, generator=random), torch.sin, nn.Sequential(nn.Linear(3, 1), nn.Tanh())),
    reference=lambda x, f, network: x.square().sum(1),
    mutants=(),
)
PAIR = teaching.Exercise(
    title="pair",
    inputs=lambda random: (torch.randn(5, generator=random),),
    reference=lambda x: (x.sum(), x + 1),
    mutants=(),
)


def told(attempt, exercise: teaching.Exercise = ROWS) -> str:
    verdict = teaching.check(exercise, attempt)
    assert verdict.status == "wrong"
    assert "\n" not in verdict.message
    return verdict.message


def changed_in_place(x, f, network):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    deep = nn.Sequential(nn.Linear(3, 3), network)
    first, second = deep(x).sum(), deep(x).sum()
    first.backward()
    optimizer.step()
    second.backward()


def twice(x, f, network):
    loss = network(x).square().sum()
    loss.backward()
    loss.backward()


@pytest.mark.parametrize(
    ("attempt", "meaning"),
    [
        (changed_in_place, "a step() has changed weights"),
        (twice, "used up the way"),
        (lambda x, f, network: network(x).backward(), "take the mean or the sum first"),
        (lambda x, f, network: x.sum().backward(), "Nothing leads back"),
        (lambda x, f, network: torch.autograd.grad(network(x).sum(), x), "wants .requires_grad_() first"),
        (lambda x, f, network: x if x > 0 else -x, "A tensor holds many yes and no"),
        (lambda x, f, network: torch.max(x, 0.0), "arguments that it does not take"),
        (lambda x, f, network: x.sum(axes=1), "arguments that it does not take"),
        (lambda x, f, network: torch.sqrt(2), "arguments that it does not take"),
        (lambda x, f, network: (x > 0).any(1).mean(), "Yes and no are no numbers yet"),
        (lambda x, f, network: x @ x, "The shapes do not fit together"),
        (lambda x, f, network: x + x[:2], "The shapes do not fit together"),
        (lambda x, f, network: x.sum(2), "You go beyond the tensor"),
        (lambda x, f, network: x.kthvalue(2) + x, "take one part"),
        (lambda x, f, network: (x + 1)(2), "is a `*` missing"),
        (lambda x, f, network: f * 2, "Brackets are missing"),
        (lambda x, f, network: x * ..., "One `...` is still there"),
        (lambda x, f, network: unknown, "A name is used that has no value"),  # noqa: F821
        (lambda x, f: x, "too few arguments or too many"),
        (lambda x, f, network: torch.linalg.eigvals(x[:3]).clamp(min=0), "take `.real`"),
        (lambda x, f, network: F.one_hot(x.long()), "It stopped with"),
        (lambda x, f, network: (x > 0) & x < 1, "bind before"),
        (lambda x, f, network: math.sqrt(-1), "A root of something negative"),
        (lambda x, f, network: 1 / 0, "You divide by zero"),
    ],
)
def test_an_error_is_said_in_words_and_in_one_line(attempt, meaning: str) -> None:
    message = told(attempt)
    assert meaning in message
    assert "stopped with" in message, "the original stands behind it"
    assert "expected one of" not in message or len(message) < 330, "no list of overloads"


def off_at_the_fourth(x, f, network):
    y = x.square().sum(1)
    y[3] += 1
    return y


def off_at_the_smallest(x, f, network):
    y = x.square().sum(1)
    y[y.argmin()] += 1
    return y


def test_the_first_entry_that_differs_is_shown_with_the_input_there() -> None:
    assert "Only entry [3] is wrong. For x" in told(off_at_the_fourth)
    assert "at place [3]" in told(off_at_the_fourth)
    assert "right in 83% of the places" in told(off_at_the_smallest)
    exercise = teaching.Exercise("twice", lambda random: (torch.arange(5.0),), lambda x: 2 * x, ())
    assert "For x = 1 you gave 1 at place [1]; expected is 2" in told(lambda x: x**2 if x is None else x, exercise)


def test_two_numbers_are_shown_with_as_many_digits_as_it_takes() -> None:
    exercise = teaching.Exercise("third", lambda random: (3.0,), lambda x: 1 / x, (), tolerance=1e-9)
    assert "you gave 0.33333; expected is 0.333333." in told(lambda x: 0.33333, exercise)
    assert teaching.check(exercise, lambda x: 1 / x).status == "passed", "a Python number keeps its precision"


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda x, f, network: f, "the function sin itself, not called"),
        (lambda x, f, network: lambda: 1, "a function itself, not called"),
        (lambda x, f, network: network, "the network Sequential(Linear, Tanh)"),
        (lambda x, f, network: (x, x), "a tuple of 2; expected is one tensor of shape (6,)"),
        (lambda x, f, network: x.sum(), "one number; expected is one tensor of shape (6,)"),
        (lambda x, f, network: "six", "'six'"),
        (lambda x, f, network: x.square().sum(1) * 1j, "complex"),
        (lambda x, f, network: x.exp().sum(1), "f = the function sin, network = the network Sequential(Linear, Tanh)"),
    ],
)
def test_what_came_and_what_was_expected_is_said_in_words(attempt, words: str) -> None:
    message = told(attempt)
    assert words in message
    assert "<" not in message, "nothing like <built-in method sin ...>"


def test_the_parts_of_a_tuple_are_told_apart() -> None:
    assert "expected is a tuple of 2" in told(lambda x: x.sum(), PAIR)
    assert "Part 2 of 2 is the function sin itself" in told(lambda x: (x.sum(), torch.sin), PAIR)
    assert "Part 2 of 2: It is the right answer with the wrong sign." in told(lambda x: (x.sum(), -x - 1), PAIR)
    assert "still `...`, or None" in told(lambda x: (x.sum(), ...), PAIR)
    assert "still `...`, or None" in told(lambda x: (x.sum(), None), PAIR)


@pytest.mark.parametrize(
    ("attempt", "relation"),
    [
        (lambda x, f, network: -x.square().sum(1), "wrong sign"),
        (lambda x, f, network: 1 - x.square().sum(1), "1 minus the right answer"),
        (lambda x, f, network: x.norm(dim=1), "the root of the right answer"),
        (lambda x, f, network: x.square().sum(1).round(), "rounded"),
        (lambda x, f, network: x.square().mean(1), "It is 1/3 times the right answer"),
        (lambda x, f, network: x.square().sum(1) - 0.5, "It is off by -1/2, always"),
        (lambda x, f, network: x.square().sum(1) / math.log(2), "It is 1/log 2 times the right answer"),
        (lambda x, f, network: x.square().sum(1) / -784, "It is -1/784 times the right answer"),
        (lambda x, f, network: x.square().sum(1) - 0.4321, "It is off by -0.4321, always"),
        (lambda x, f, network: x.square().sum(1) / x.norm(), "up to a factor that changes"),
        (lambda x, f, network: x.square().sum(1) - x.mean(), "up to a term that changes"),
        (lambda x, f, network: x.square().sum(), "You summed the right answers"),
        (lambda x, f, network: x.square().sum(1).mean(), "You averaged the right answers"),
        (lambda x, f, network: x.square(), "One thing is missing: the sum over the last dimension"),
        (lambda x, f, network: x.square().sum(1, keepdim=True), "the shape is not: take [..., 0]"),
        (lambda x, f, network: torch.ones(6), "It is 1, whatever comes in"),
        (lambda x, f, network: x.square().sum(1).where(x[:, 0] > 0, torch.inf), "Right wherever it is finite"),
        (lambda x, f, network: torch.rand(6), "random numbers of its own"),
    ],
)
def test_how_wrong_answers_are_related_to_the_right_ones(attempt, relation: str) -> None:
    assert relation in told(attempt)


def test_no_relation_is_claimed_that_does_not_hold() -> None:
    for attempt in (
        lambda x, f, network: x.exp().sum(1),
        lambda x, f, network: x.square().sum(1) * -61 / 44,  # a factor of -61/44 is a coincidence, and helps nobody
        lambda x, f, network: torch.full((6,), torch.inf),  # "right wherever it is finite": nothing is
    ):
        message = told(attempt)
        assert message.startswith("rows: not yet. For x of shape (6, 3)"), message


def test_one_wrong_entry_of_a_small_matrix_is_named() -> None:
    exercise = teaching.Exercise(
        "slopes",
        lambda random: tuple(torch.randn(2, generator=random)),
        lambda a, b: torch.stack([a, b, -b, a * b]),
        (),
    )
    matrix = replace(exercise, reference=lambda a, b: torch.stack([a, b, -b, a * b]).view(2, 2))
    message = told(lambda a, b: torch.stack([a, b, -b, a]).view(2, 2), matrix)
    assert "Only entry [1, 1] is wrong. For" in message
    assert "%" not in message
    assert "Only entry [3] is wrong. For" in told(lambda a, b: torch.stack([a, b, -b, a]), exercise)


def test_to_be_right_where_nearly_all_is_zero_is_no_news() -> None:
    exercise = teaching.Exercise(
        "names", lambda random: (torch.randint(8, (9,), generator=random),), lambda y: F.one_hot(y, 8), ()
    )
    message = told(lambda y: F.one_hot((y + 1) % 8, 8), exercise)
    assert "places" not in message
    assert message.startswith("names: not yet. For y")


def test_a_value_is_brief() -> None:
    assert brief(torch.zeros(2, 3)) == "a tensor of shape (2, 3)"
    assert brief(torch.tensor([1.0, 2.5])) == "[1, 2.5]"
    assert brief(nn.Linear(2, 2)) == "the layer Linear"
    assert brief([(2, 1), (3, 2)]) == "((2, 1), (3, 2))"
    assert brief(2 + 1j) == "2+1j"
    assert len(brief("x" * 500)) <= 60
