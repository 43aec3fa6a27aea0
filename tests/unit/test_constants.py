from __future__ import annotations

import math

import pytest
import torch

from ganutils.teaching.constants import constant


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.0, "2"), (-1.0, "-1"), (784.0, "784"),
        (1 / 3, "1/3"), (-5 / 12, "-5/12"), (127.5, "255/2"), (1 / 784, "1/784"),
        (math.log(2), "log 2"), (-math.pi, "-π"), (1 / math.log(2), "1/log 2"),
        (-61 / 44, ""), (0.4321, ""), (1234.56, ""), (13 / 17, ""),
    ],
)  # fmt: skip
def test_a_simple_number_is_named_and_a_coincidence_is_not(number: float, text: str) -> None:
    values = [torch.full((2, 3), number, dtype=torch.float64)]
    assert constant(values, simple=True) == text
    assert constant(values) == (text or f"{number:.4g}")


def test_a_small_error_of_rounding_does_not_hide_the_number() -> None:
    assert constant([torch.tensor([0.333331, 0.333335, 0.333333])], simple=True) == "1/3"


def test_what_is_no_constant_is_none() -> None:
    assert constant([torch.zeros(5)]) == "0"
    for values in ([1.0, 2.0, 1.0], [1.0, 1.0], [1.0, 1.0, torch.inf], [torch.nan] * 4):
        assert constant([torch.tensor(values)]) == ""
