"""Claims that are verified beside the formula, and promises that a trained model keeps."""

from __future__ import annotations

import math

import torch

_strict = True


def report_only() -> None:
    """From now on a broken promise is reported, not raised: for dry runs that train too little to keep any."""
    global _strict
    _strict = False


def expect(holds: bool | torch.Tensor, promise: str) -> None:
    """Hold a trained model to what the text promises of it.

    Raises:
        AssertionError: it does not hold; the message is the promise.
    """
    if holds:
        return
    if _strict:
        raise AssertionError(f"Promised and not kept: {promise}.")
    print(f"not kept: {promise}")


def verify(*claims: tuple[str, float, float], tolerance: float = 1e-4) -> None:
    """Print `claimed | measured | tolerance | PASS` for each (name, claimed, measured).

    Raises:
        AssertionError: a measured value is further than `tolerance` from its claim, or is not a number.
    """
    width = max(len(name) for name, *_ in claims)
    places = max(4, round(-math.log10(tolerance)))
    print(f"{'':{width}}  {'claimed':>{places + 6}}  {'measured':>{places + 6}}  tolerance")
    failed = []
    for name, claimed, measured in claims:
        # float() of what is no tensor: as_tensor would round a claim of 0.1 to 32 bits.
        numbers = [float(x.detach() if isinstance(x, torch.Tensor) else x) for x in (claimed, measured)]
        passed = abs(numbers[0] - numbers[1]) <= tolerance
        # + 0.0 turns the minus zero of a rounded -1e-9 into zero.
        shown = "  ".join(f"{round(number, places) + 0.0:{places + 6}.{places}f}" for number in numbers)
        print(f"{name:{width}}  {shown}  {tolerance:9.0e}  {'PASS' if passed else 'FAIL'}")
        failed += [] if passed else [name]
    if failed:
        raise AssertionError(f"Not as claimed: {', '.join(failed)}.")
