"""One number that explains many, or the one place that is wrong, where it says something."""

from __future__ import annotations

import math
from fractions import Fraction

import torch
from torch import Tensor

NAMED = {
    "log 2": math.log(2), "1/log 2": 1 / math.log(2), "√2": math.sqrt(2), "1/√2": math.sqrt(0.5),
    "π": math.pi, "1/π": 1 / math.pi, "√(2π)": math.sqrt(math.tau), "1/√(2π)": 1 / math.sqrt(math.tau),
}  # fmt: skip


def constant(values: list[Tensor], *, simple: bool = False) -> str:
    """The one number that all of these are, as text, if there is one; with `simple`, only if a reader knows it."""
    flat = torch.cat([value.flatten() for value in values])
    if len(flat) < 3 or not flat.isfinite().all() or (flat - flat[0]).abs().max() > 1e-4 * flat[0].abs():
        return ""
    number = flat.mean().item()
    for name, value in NAMED.items():
        if abs(abs(number) - value) <= 1e-4 * value:
            return name if number > 0 else f"-{name}"
    if 0 < abs(number) < 1:
        fraction = 1 / Fraction(1 / number).limit_denominator(12)
    else:
        fraction = Fraction(number).limit_denominator(12)
    small, large = sorted((abs(fraction.numerator), fraction.denominator))
    # 2/3, 1/64 and 255/2 say something; -61/44 is noise.
    if abs(float(fraction) - number) <= 1e-4 * abs(number) and (large <= 12 or (small <= 2 and large <= 1000)):
        return str(fraction)
    return "" if simple else f"{number:.4g}"


def places(given: list[Tensor], right: list[Tensor], accuracy: float) -> str:
    """The one entry that is wrong on all inputs, or how many are right, if that is news; all of them of right shape."""
    y, e = (torch.cat([part.flatten() for part in parts]) for parts in (given, right))
    wrong = ~torch.isclose(y, e, accuracy, accuracy, equal_nan=True)
    if right[0].numel() > 2 and len({part.shape for part in right}) == 1:
        entry = wrong.view(len(right), *right[0].shape).any(0).nonzero()
        if len(entry) == 1:
            return f"Only entry {entry[0].tolist()} is wrong."
    # Where most of the right answer is one number (the zeros of a one-hot name), to be right in most places is no news.
    share = 1 - wrong.double().mean().item()
    news = 0.75 <= share < 1 and (e == e.mode().values).double().mean() <= 0.5
    return f"It is right in {share:.0%} of the places: look for a special case." if news else ""
