"""A wrong answer in words: what an error means here, what came and what was expected, where the two first differ."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

# Errors that a beginner cannot read, and what they mean here. The first pattern that is found counts.
UNTOUCHED = "not attempted yet. Replace the `...` and run again."
NOTHING = "It returns nothing: end with `return ...`. To print a value is not to return it."
ERRORS: tuple[tuple[str, str], ...] = (
    (r"inplace operation", "A backward came too late: a step() has changed weights that this loss was computed with. "
     "Compute each loss after the step before it."),
    (r"a second time", "An earlier backward has used up the way that this one takes: make the fakes anew, or detach "
     "them in the first."),
    (r"only for scalar outputs", "A backward starts from one number: take the mean or the sum first."),
    (r"differentiated Tensors does not", "The tensor that you differentiate in wants .requires_grad_() first."),
    (r"not require grad|call numpy", "Nothing leads back from here: detach(), item(), numpy(), no_grad() cut the way."),
    (r"not have been used in the graph", "The tensor that you differentiate in has not gone through the network: call "
     "the network on that very tensor."),
    (r"Boolean value of Tensor", "A tensor holds many yes and no, and `if`, `and`, `or`, `max(a, b)` want one: use "
     "torch.where, or `&` and `|` with brackets."),
    (r"bitwise_xor", "In Python `^` is not a power: write `**`."),
    (r"bitwise_(and|or)", "`&` and `|` bind before `<` and `>`: put brackets around each comparison."),
    (r"bool tensor is not|Got: Bool", "Yes and no are no numbers yet: write .float() before you calculate with them."),
    (r"return_types|'tuple'|concatenate tuple", "That is more than one thing: take one part, [0] or `.values`."),
    (r"complex t(ypes|ensors)|Complex(Float|Double)", "Eigenvalues of a general matrix come as complex numbers: take "
     "`.real` before you go on."),
    (r"batches of square|expected a matrix", "A square matrix is wanted here: `torch.cov` wants one *row* for each "
     "feature, so give it the transpose."),
    (r"invalid combination|must be (Tensor|tuple)",
     "A torch function is called with arguments that it does not take (a plain number for a tensor, or a list)."),
    (r"between 0 and 1", "binary_cross_entropy wants probabilities, and these are none: for logits there is "
     "binary_cross_entropy_with_logits."),
    (r"dtype|not implemented for|scalar type|LongTensor|be long",
     "Two kinds of numbers meet, or a kind that does not fit: .float() or .to(x.dtype) brings them to one kind."),
    (r"reshape", "The numbers do not lie side by side in memory any more: use .reshape or .flatten, not .view."),
    (r"same number of dimensions|must match|shapes cannot|size mismatch|equal size|is invalid for|same as "
     "input size|number of columns|tensors expected",
     "The shapes do not fit together: look at `.shape` of each; `[:, None]` or `.T` may help."),
    (r"channels instead", "The number of maps does not fit: the first number of a layer must be what comes in."),
    (r"one element|cannot be converted|as an integer|converted to an index", "One plain number is wanted here, and "
     "this is something else: reduce the tensor first (sum, mean), or make it a whole number with int()."),
    (r"values to unpack", "The number of names on the left of `=` is not the number of things on the right."),
    (r"[Dd]imension|too many indices|out of (bounds|range)", "You go beyond the tensor: look at its `.shape`; the "
     "first dimension is 0."),
    (r"positional argument|unexpected keyword", "A function got too few arguments or too many; your own keeps those "
     "that the exercise gives it."),
    (r"is not defined|local variable", "A name is used that has no value here: a slip of the pen, or a line missing."),
    (r"object is not callable", "Brackets after something that is no function: is a `*` missing, or does it, "
     "like .T and .real, need none?"),
    (r"builtin_function|'function'|'method'", "Brackets are missing: a function is used without being called."),
    (r"ellipsis", "One `...` is still there."),
    (r"NoneType", "Something is None here: a gradient before any backward, or a function that returns nothing."),
    (r"has no attribute", "This kind of thing has no such method; is it a tensor, and is the name right?"),
    (r"missing the required .forward|before Module", "A module of your own begins with super().__init__() and has a "
     "forward that returns the maps."),
    (r"math domain|a (nonnegative|positive) input", "A root of something negative, or a logarithm of nothing: some "
     "inputs are a case of their own."),
    (r"division by zero", "You divide by zero: that input is a case of its own."),
    (r"unsupported operand", "These two cannot be combined: one is no tensor and no number."),
)  # fmt: skip


def explain(error: Exception) -> str:
    """An error as a sentence that says what it means here, then its first line as torch or Python gave it."""
    line = (str(error).splitlines() or [""])[0].rstrip(".")
    raw = f"it stopped with {type(error).__name__}" + (f": {line[:110]}" if line else "") + " ..." * (len(line) > 110)
    sentence = next((text for pattern, text in ERRORS if re.search(pattern, line)), "")
    return f"{sentence} ({raw})" if sentence else f"{raw[0].upper()}{raw[1:]}."


def numbers(output: Any) -> list[Tensor] | None:
    """The output as tensors in double precision (complex stays complex), or None if it is not made of numbers."""
    if isinstance(output, list | tuple):
        parts = [numbers(item) for item in output]
        return None if any(part is None for part in parts) else [t for part in parts if part for t in part]
    try:
        # A Python number has double precision already; torch would make it single.
        tensor = torch.as_tensor(output, dtype=torch.float64 if isinstance(output, float) else None).detach().cpu()
        return [tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)]
    except (TypeError, ValueError, RuntimeError):
        return None


def close(x: Tensor, y: Tensor, tolerance: float) -> bool:
    """Whether two tensors are of one shape and kind and agree within the tolerance."""
    return x.shape == y.shape and x.dtype == y.dtype and torch.allclose(x, y, tolerance, tolerance, equal_nan=True)


def alike(given: Any, right: Any) -> Any:
    """What was given, in the container of the right answer, where that is the only difference."""
    if isinstance(right, tuple) and isinstance(given, Tensor) and given.ndim and len(given) == len(right):
        return tuple(given)  # stacked instead of side by side: it unpacks in the same way
    if not isinstance(given, list) or not isinstance(right, Tensor) or not right.ndim:
        return given
    try:  # a list, or a list of lists, of numbers or tensors
        return torch.stack(
            [alike(part, right[0]) if isinstance(part, list) else torch.as_tensor(part) for part in given]
        )
    except (TypeError, ValueError, RuntimeError):
        return given


def same(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two outputs agree: as numbers, of one shape, within the tolerance; else as what they print."""
    first, second = numbers(a), numbers(b)
    if first is None or second is None:
        return type(a) is type(b) and repr(a) == repr(b)
    return len(first) == len(second) and all(close(x, y, tolerance) for x, y in zip(first, second, strict=True))


def size(inputs: tuple[Any, ...]) -> float:
    """How large the inputs are, so that the simplest can be shown."""
    total = sum(float(t.abs().nan_to_num(0, 1e9, 1e9).sum()) for t in numbers(list(inputs)) or [])
    return total if math.isfinite(total) else math.inf


def _digits(value: complex, digits: int = 4) -> str:
    if isinstance(value, complex):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def brief(value: Any) -> str:
    """A value in a few words: numbers to four digits, long tensors by their shape, functions by their name."""
    if isinstance(value, Tensor):
        if value.ndim == 0:
            return _digits(value.item())
        if value.ndim == 1 and len(value) <= 4:
            return "[" + ", ".join(_digits(number) for number in value.tolist()) + "]"
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, nn.Module):
        parts = ", ".join(type(part).__name__ for part in value.children())
        return f"the network {type(value).__name__}({parts})" if parts else f"the layer {type(value).__name__}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(brief(item) for item in value) + ")"
    if callable(value):
        name = getattr(value, "__name__", type(value).__name__)
        return "a function" if name == "<lambda>" else f"the function {name}"
    text = _digits(value) if isinstance(value, int | float | complex) else repr(value).split("\n")[0]
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(output: Any) -> str:
    """What sort of thing it is: one number, a tensor of some shape, a tuple of so many."""
    if isinstance(output, list | tuple):
        return f"a {type(output).__name__} of {len(output)}"
    parts = numbers(output)
    if parts is None:
        uncalled = callable(output) and not isinstance(output, nn.Module)
        return f"{brief(output)} itself, not called (brackets)" if uncalled else brief(output)
    return "one number" if parts[0].ndim == 0 else f"one tensor of shape {tuple(parts[0].shape)}"


def _named(attempt: Callable[..., Any], case: tuple[Any, ...]) -> dict[str, Any]:
    """The inputs under the names that the attempt gives them."""
    code = getattr(attempt, "__code__", None)
    names = list(code.co_varnames[: code.co_argcount]) if code else []
    names = names if len(names) == len(case) else [f"input {n + 1}" for n in range(len(case))]
    return dict(zip(names, case, strict=True))


def difference(given: Any, right: Any, attempt: Callable[..., Any], case: tuple[Any, ...], tolerance: float) -> str:
    """Where the two differ, in words: kind, shape, or the first entry that differs and the input there."""
    single = not isinstance(given, list | tuple) and not isinstance(right, list | tuple)
    mine, due = numbers(given), numbers(right)
    if mine is None or due is None or len(mine) != len(due) or (len(due) == 1 and not single):
        if mine is None and isinstance(given, list | tuple) and isinstance(right, tuple) and len(given) == len(right):
            part = next(n for n, item in enumerate(given) if numbers(item) is None)
            return f"Part {part + 1} of {len(right)} is {_kind(given[part])}; expected is {_kind(right[part])}."
        return f"You return {_kind(given)}; expected is {_kind(right)}."
    part = next((n for n, pair in enumerate(zip(mine, due, strict=True)) if not close(*pair, tolerance)), 0)
    x, y, where = mine[part], due[part], "" if len(due) == 1 else f"In part {part + 1} of {len(due)}: "
    if x.shape != y.shape:
        return f"{where}You return {_kind(x)}; expected is {_kind(y)}."
    if x.dtype != y.dtype:
        return f"{where}Your result is complex ({brief(x.flatten()[0])}, say); expected are real numbers."
    wrong = ~torch.isclose(x, y, tolerance, tolerance, equal_nan=True)
    index = tuple(wrong.nonzero()[0].tolist())
    place = f" at place {list(index)}" if index else ""
    # Inputs of the result's shape are shown at the same place.
    inputs = {
        name: value[index] if index and getattr(value, "shape", 0) == x.shape else value
        for name, value in _named(attempt, case).items()
    }
    there = ", ".join(f"{name} = {brief(value)}" for name, value in inputs.items()).replace("= a tensor of", "of")
    ours, theirs = x[index].item(), y[index].item()
    digits = next((n for n in range(4, 17) if _digits(ours, n) != _digits(theirs, n)), 4)  # that tell them apart
    return f"{where}For {there} you gave {_digits(ours, digits)}{place}; expected is {_digits(theirs, digits)}."
