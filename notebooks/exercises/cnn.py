"""Exercises of notebook 04: windows, transposed sizes, checkerboards, a convolution by hand."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganutils.teaching import Exercise, Mutant, Verdict

Layers = list[tuple[int, int, int]]


def _draw_layers(random: torch.Generator) -> tuple[Layers, int]:
    count = int(torch.randint(1, 4, (), generator=random))
    layers = [(int(k) + 1, min(int(s), 3), int(p)) for k, s, p in torch.randint(1, 5, (count, 3), generator=random)]
    order = torch.randperm(count + 2, generator=random).tolist()
    layers = [[(2, 2, 0), (5, 3, 1), *layers][place] for place in order]
    return layers, int(torch.randint(10, generator=random, size=()))


def _window(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, last * stride - padding + kernel - 1
    return first, last


def _last_from_first(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first = first * stride - padding
        last = first + kernel - 1
    return first, last


def _last_from_first_size(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, (first - 1) * stride - padding + kernel
    return first, last


def _padding_at_end(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, last * stride + kernel - 1
    return first, last


def _padding_both_ways(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, last * stride + padding + kernel - 1
    return first, last


def _kernel_scaled(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, (last + kernel - 1) * stride - padding
    return first, last


def _walk(
    layers: Layers, i: int, last_of: Callable[[int, int, int, int], int], first_of: Callable[[int, int, int, int], int]
    | None = None,
) -> tuple[int, int]:  # fmt: skip
    """From the output down, with rules of one's own for the last place and the first: (place, kernel, stride, p)."""
    first = last = i
    for kernel, stride, padding in reversed(layers):
        last = last_of(last, kernel, stride, padding)
        first = first_of(first, kernel, stride, padding) if first_of else first * stride - padding
    return first, last


def _upwards(layers: Layers, i: int, *, from_side: bool) -> tuple[int, int]:
    """The formula for sizes, from the picture up, taken for places: from pixel i, or for both ends."""
    first = last = i
    for kernel, stride, padding in layers:
        last = (last + 2 * padding - kernel) // stride + 1
        first = first if from_side else (first - padding) // stride
    return first, last


def _kernel_each_time(layers: Layers, i: int) -> tuple[int, int]:
    first, end = i, i
    for kernel, stride, padding in reversed(layers):
        first, end = first * stride - padding, end * stride - padding + kernel
    return first, end - 1


def _transposed_side(layers: Layers, i: int) -> tuple[int, int]:
    side = 1
    for kernel, stride, padding in reversed(layers):
        side = (side - 1) * stride - 2 * padding + kernel
    return _window(layers, i)[0], _window(layers, i)[0] + side - 1


def _padding_scaled(layers: Layers, i: int) -> tuple[int, int]:
    first = last = i
    for kernel, stride, padding in reversed(layers):
        first, last = (first - padding) * stride, (last - padding) * stride + kernel - 1
    return first, last


def _forward(
    layers: Layers, i: int, *, grow: Callable[[int], int] = lambda k: k - 1, pad: int = 1, own: bool = False,
    flat_padding: bool = False, add: bool = False, frozen: bool = False,
) -> tuple[int, int]:  # fmt: skip
    """From the picture up, with the jump; each option is a slip."""
    side, jump, start = 1, 1, 0
    for kernel, stride, padding in layers:
        if own:
            jump *= stride
        step = 1 if frozen else jump
        side, start = side + grow(kernel) * step, start - pad * padding * (1 if flat_padding else step)
        if not own:
            jump = jump + stride if add else jump * stride
    return i * jump + start, i * jump + start + side - 1


def _strides(layers: Layers) -> int:
    return math.prod(stride for _, stride, _ in layers)


def _side(layers: Layers) -> int:
    first, last = _window(layers, 0)
    return last - first + 1


def _two_places(attempt: Callable[..., Any], layers: Layers, i: int) -> Any:
    answer = attempt(layers, i)
    return tuple(answer.tolist()) if isinstance(answer, np.ndarray) and answer.shape == (2,) else answer


window_of = Exercise(
    title="window_of",
    inputs=_draw_layers,
    run=_two_places,
    reference=_window,
    mutants=(
        Mutant(
            _last_from_first,
            "Your last pixel starts from the new first one. Keep the two apart: each has its old place.",
        ),
        Mutant(
            _padding_at_end, "The first pixel is right, the last lies `padding` too far: it moves left with the first."
        ),
        Mutant(
            _padding_both_ways,
            "Padding moves both ends the same way: p zeros *before* the first pixel, so first and last lie p earlier.",
        ),
        Mutant(
            _kernel_scaled,
            "The kernel's own length is not multiplied by the stride: last * stride - padding + kernel - 1.",
        ),
        Mutant(_padding_scaled, "Take the padding off after the stride, not before: place * stride - padding."),
        Mutant(
            lambda layers, i: (_window(layers, i)[0], _window(layers, i + 1)[0] - 1),
            "Yours ends just before the next output's window begins. But windows overlap where the kernel is larger "
            "than the stride: walk the last place down by itself, place * stride - padding + kernel - 1.",
        ),
        Mutant(
            lambda layers, i: _walk(layers, i, lambda last, k, s, p: last * s - p + k - s),
            "You add kernel - stride, or start from last - 1. A layer reads kernel pixels at every place, whatever the "
            "stride: last * stride - padding + kernel - 1.",
        ),
        Mutant(
            lambda layers, i: _walk(layers, i, lambda last, k, s, p: (last + 1) * s - p + k - 2),
            "You walk from place last + 1, where the next output reads. Start at last itself, and add kernel - 1.",
        ),
        *(
            Mutant(
                functools.partial(_walk, last_of=last_of, first_of=first_of),
                "You put the kernel's middle on place * stride, k // 2 to either side. Its *start* is known: place * "
                "stride - padding; it ends kernel - 1 further on.",
            )
            for first_of in (lambda first, k, s, p: first * s - k // 2, lambda first, k, s, p: first * s - p - k // 2)
            for last_of in (
                lambda last, k, s, p: last * s + k // 2,
                lambda last, k, s, p: last * s - k // 2 + k - 1,
                lambda last, k, s, p: last * s - p + k // 2,
            )
        ),
        Mutant(
            _transposed_side,
            "- 2p + k belongs to the *size* that a transposed convolution draws: it cuts p off at both ends. A window "
            "loses nothing, it reaches into the padding: side = (side - 1) * stride + kernel.",
        ),
        Mutant(
            lambda layers, i: _walk(layers, i, lambda last, k, s, p: (last - 1) * s + k),
            "(n - 1) * stride + kernel is a *size*, counted from 1 on. A place counts from 0: last * stride - padding "
            "+ kernel - 1.",
        ),
        Mutant(
            _last_from_first_size,
            "Your last pixel starts from the first one, and takes a stride off. Keep the two apart, each with its old "
            "place: last * stride - padding + kernel - 1.",
        ),
        *(
            Mutant(
                functools.partial(_walk, last_of=last_of, first_of=lambda first, k, s, p: first * s - 2 * p),
                "2 * padding belongs to sizes: zeros at both ends. Places lie one padding to the left of where they "
                "were: place * stride - padding.",
            )
            for last_of in (
                lambda last, k, s, p: last * s - 2 * p + k - 1,
                lambda last, k, s, p: last * s - p + k - 1,
            )
        ),
        *(
            Mutant(
                functools.partial(_upwards, from_side=from_side),
                "n' = (n + 2p - k) / s + 1 leads *up*, from a side to the side of the next layer. Windows are found on "
                "the way *down*, from one output pixel: place * stride - padding.",
            )
            for from_side in (True, False)
        ),
        Mutant(
            _kernel_each_time,
            "You add the whole kernel in every layer, and take 1 off at the end only. Take it off in each: kernel - 1.",
        ),
        Mutant(
            lambda layers, i: _walk(layers, i, lambda last, k, s, p: (last - 1) * s - 2 * p + k),
            "That is the formula for a transposed convolution's *size*; a place needs another: last * stride - padding "
            "+ kernel - 1.",
        ),
        Mutant(
            lambda layers, i: _forward(layers, i, pad=0),
            "Padding is missing: p rows of zeros lie before the first pixel, so each layer's window starts p earlier "
            "(times the jump).",
        ),
        Mutant(
            lambda layers, i: _forward(layers, i, pad=-1),
            "The padding's sign: zeros lie *before* pixel 0, so the window starts earlier, not later.",
        ),
        Mutant(
            lambda layers, i: _forward(layers, i, flat_padding=True),
            "A padding counts in pixels of *its* layer: in the picture that is padding times the jump before it.",
        ),
        Mutant(
            lambda layers, i: _forward(layers, i, grow=lambda k: k),
            "The window is too long: a layer adds kernel - 1 steps, for one of its places is already in the window.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, i)[0], _window(layers, i)[1] + 1),
            "The second number is one too large: return the last pixel that is *in* the window, not the one behind it.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, i)[0], _side(layers)),
            "The second number is the side of the window. Return its last pixel: first + side - 1.",
        ),
        Mutant(
            lambda layers, i: _side(layers), "That is the window's side. Where does it start, and where does it end?"
        ),
        Mutant(lambda layers, i: _window(layers, i)[0], "The last pixel is missing: return two numbers, with a comma."),
        Mutant(lambda layers, i: _window(layers, i)[::-1], "The two are in the wrong order: first, last."),
        Mutant(
            lambda layers, i: _window(layers[::-1], i),
            "You walk the layers the other way round. From the output down to the picture the last layer comes first.",
        ),
        Mutant(
            lambda layers, i: _forward(layers, i, own=True),
            "You multiply by the layer's own stride too. Its jump is the product of the strides *before* it.",
        ),
        Mutant(lambda layers, i: _forward(layers, i, add=True), "Strides multiply, they do not add: jump *= stride."),
        Mutant(
            lambda layers, i: _forward(layers, i, frozen=True),
            "The windows and paddings of later layers count in *their* pixels: multiply them by the jump so far.",
        ),
        Mutant(
            lambda layers, i: (max(_window(layers, i)[0], 0), _window(layers, i)[1]),
            "You cut the window off at pixel 0. It may start in the padding, at a negative place: leave it there.",
        ),
        Mutant(
            lambda layers, i: (max(_window(layers, i)[0], 0), max(_window(layers, i)[1], 0)),
            "You cut the window off at pixel 0. It may start in the padding, at a negative place: leave it there.",
        ),
        Mutant(lambda layers, i: _window(layers, 0), "That is the window of output pixel 0. Pixel i sees another one."),
        Mutant(
            lambda layers, i: (_window(layers, 0)[0] + i, _window(layers, 0)[1] + i),
            "One output pixel on is not one input pixel on: the windows lie the product of *all* strides apart.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, 0)[0] + i * layers[-1][1], _window(layers, 0)[1] + i * layers[-1][1]),
            "The windows of neighbours lie the product of *all* strides apart, not the last layer's stride.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, 0)[0] + i * layers[0][1], _window(layers, 0)[1] + i * layers[0][1]),
            "The windows of neighbours lie the product of *all* strides apart, not the first layer's stride.",
        ),
        Mutant(
            lambda layers, i: _window(layers[-1:], i),
            "That is the last layer's window, in pixels of the layer below. Walk on down to the picture (where is your "
            "`return`?).",
        ),
        Mutant(
            lambda layers, i: _window(layers[:1], i),
            "That is one layer's window. Walk through all of them (and look where your `return` stands).",
        ),
        Mutant(
            lambda layers, i: (i * _strides(layers) - _side(layers) // 2, i * _strides(layers) + _side(layers) // 2),
            "You put the window around i times the strides. The paddings decide where its middle lies: walk down layer "
            "by layer.",
        ),
        Mutant(
            lambda layers, i: (
                i * _strides(layers) - (_side(layers) - 1) // 2,
                i * _strides(layers) - (_side(layers) - 1) // 2 + _side(layers) - 1,
            ),
            "You put the window around i times the strides. The paddings decide where its middle lies: walk down layer "
            "by layer.",
        ),
        Mutant(
            lambda layers, i: (
                i * _strides(layers)
                - sum((k - 1) // 2 * jump for (k, *_), jump in zip(layers, _jumps(layers), strict=True)),
                i * _strides(layers)
                + sum((k - 1) // 2 * jump for (k, *_), jump in zip(layers, _jumps(layers), strict=True)),
            ),
            "(kernel - 1) // 2 on both sides is right only for odd kernels with just that padding. Take the padding "
            "given, to the left, and kernel - 1 - padding to the right.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, i)[0], _window(layers, i)[0] + math.prod(k for k, *_ in layers) - 1),
            "Windows do not multiply; strides do. A layer adds kernel - 1 times the strides before it.",
        ),
        Mutant(
            lambda layers, i: (
                _window(layers, i)[0],
                _window(layers, i)[0] + layers[0][0] ** len(layers) - 1,
            ),
            "Windows do not multiply; strides do. A layer adds kernel - 1 times the strides before it.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, i)[0], _window(layers, i)[0] + sum(k - 1 for k, *_ in layers)),
            "The start is right; the side is that of stride 1. After a stride of 2 every later step counts double.",
        ),
        Mutant(
            lambda layers, i: (_window(layers, i)[0], _window(layers, i)[1] - _window(layers, i)[0]),
            "The second is a difference. Return the place of the last pixel.",
        ),
        Mutant(
            lambda layers, i: list(range(_window(layers, i)[0], _window(layers, i)[1] + 1)),
            "Those are all pixels of the window. Return the first and the last.",
        ),
    ),
)


def _jumps(layers: Layers) -> list[int]:
    return [_strides(layers[:place]) for place in range(len(layers))]


def _even(y: Tensor, edge: int) -> bool:
    inside = y[..., edge : y.shape[-2] - edge, edge : y.shape[-1] - edge]
    low, high = inside.amin((-2, -1)), inside.amax((-2, -1))
    # Beside how much the maps differ at all: a ripple is one however faint the whole is made.
    return bool((high - low <= 1e-3 * y.std() + 1e-6 * high.abs()).all())


def _try_tripling(attempt: Callable[[], Any], side: int) -> Any:
    answer = attempt()
    if answer is ... or answer is None:
        return answer
    if isinstance(answer, Tensor):
        answer = answer.tolist()
    if not isinstance(answer, tuple | list) or len(answer) != 4 or not all(isinstance(n, int) for n in answer):
        return Verdict(
            "wrong",
            "Return four whole numbers: kernel, stride, padding, output padding (for where 2p comes out odd).",
        )
    kernel, stride, padding, extra = answer
    if kernel < 1 or stride < 1 or min(padding, extra) < 0:
        return Verdict("wrong", "Kernel and stride start at 1, padding and output padding at 0.")
    if extra >= stride:
        return Verdict("wrong", "Torch wants an output padding smaller than the stride.")
    if kernel > 60:
        return Verdict("wrong", "A kernel of more than 60 covers the picture; a small one is enough.")
    tripled = (side - 1) * stride - 2 * padding + kernel + extra
    if tripled < 1:
        return Verdict("wrong", f"The padding cuts everything off: a side of {side} becomes {tripled}.")
    ones = torch.ones(1, 1, kernel, kernel)
    y = F.conv_transpose2d(torch.ones(1, 1, side, side), ones, stride=stride, padding=padding, output_padding=extra)
    edge = min(kernel, tripled // 2 - 2)
    even = _even(y, edge) if tripled > 8 else False
    coats = int(y[0, 0, tripled // 2, tripled // 2])
    if tripled == 3 * side and even and coats > 1:
        return Verdict("passed", "")
    # The answer stands in the verdict, so that only the same four numbers meet a hint of their own.
    length = "as it should" if tripled == 3 * side else f"not {3 * side}"
    paint = (
        f"The inside is even, {coats} coat{'s' * (coats != 1)}."
        if even
        else "The inside is uneven: make k a multiple of s."
    )
    paint += " More than one coat is asked for." if even and coats == 1 else ""
    return Verdict("wrong", f"With {tuple(answer)} a side of {side} becomes {tripled}, {length}. {paint}")


tripling = Exercise(
    title="tripling",
    inputs=lambda random: (int(torch.randint(14, 24, (), generator=random)),),
    run=_try_tripling,
    reference=lambda: (6, 3, 2, 1),
    trials=5,
    mutants=tuple(
        Mutant(functools.partial(tuple, answer), hint)
        for answer, hint in {
            (3, 3, 0, 0): "Size and evenness are right, but there is one coat only: copies lie side by side. A "
            "kernel of twice the stride lets neighbours overlap.",
            (4, 2, 1, 0): "That doubles. Three times as long: the stride is the factor.",
            (2, 2, 0, 0): "That doubles, in one coat. Three times as long: the stride is the factor.",
            (6, 3, 1, 0): "The inside is even, but each side is one too long: for k = 6, s = 3 it takes 2p = 3 + o.",
            (6, 3, 2, 0): "The inside is even, but each side is one short: 2p = 3 has no whole solution; let output "
            "padding mend it.",
            (6, 3, 1, 1): "The inside is even, but each side is 2 too long: one more padding takes 2 off.",
            (6, 3, 2, 2): "The inside is even, but each side is one too long: an output padding of 1 is enough.",
            (6, 3, 0, 0): "The inside is even, but each side is 3 too long: padding cuts 2p pixels off.",
            (6, 3, 3, 0): "The inside is even, but each side is 3 short: less padding.",
            (6, 2, 2, 0): "That doubles, in nine coats. Three times as long: the stride is the factor.",
            (4, 3, 0, 0): "Each side is one too long, and 4 is no multiple of the stride 3: coats differ.",
            (4, 3, 1, 0): "Each side is one short, and 4 is no multiple of the stride 3: coats differ.",
            (4, 3, 1, 1): "Every side is tripled, but unevenly: 4 is no multiple of the stride 3, so coats differ.",
            (5, 3, 1, 0): "Every side is tripled, but unevenly: 5 is no multiple of the stride 3, so coats differ.",
            (5, 3, 2, 2): "Every side is tripled, but unevenly: 5 is no multiple of the stride 3, so coats differ.",
            (7, 3, 2, 0): "Every side is tripled, but unevenly: 7 is no multiple of the stride 3, so coats differ.",
            (8, 3, 3, 1): "Every side is tripled, but unevenly: 8 is no multiple of the stride 3, so coats differ.",
            (3, 3, 1, 0): "Each side is 2 short, and there is one coat only: take a kernel of twice the stride.",
            (3, 3, 1, 2): "The size is right, and there is one coat only: take a kernel of twice the stride.",
            (3, 3, 0, 1): "Each side is one too long, and there is one coat only: take a kernel of twice the stride.",
            (9, 3, 4, 0): "The inside is even, but each side is 2 short: k = 9 needs a padding of 3.",
            (9, 3, 2, 0): "The inside is even, but each side is 2 too long: k = 9 needs a padding of 3.",
            (3, 1, 1, 0): "That keeps the size: a stride of 1 makes nothing longer.",
            (1, 3, 0, 2): "The side is tripled, but kernel 1 with stride 3 leaves two of three pixels unpainted.",
        }.items()
    ),
)  # fmt: skip


SIDE, BUDGET = 24, 160


def _try_block(attempt: Callable[[], Any], seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        block = attempt()
        if block is ... or block is None:
            return block
        if isinstance(block, type):
            return Verdict("wrong", f"That is the class {block.__name__}; make a module of it: {block.__name__}(...).")
        if isinstance(block, list | tuple) and all(isinstance(part, nn.Module) for part in block):
            return Verdict("wrong", "Those are several modules; put them into one: nn.Sequential(first, second).")
        if not isinstance(block, nn.Module):
            return Verdict("wrong", "Return a module, such as nn.Sequential(...).")
        block.eval()  # so that batch normalisation does not look at the other places
        side = SIDE + seed % 3  # not always the same
        y = block(_patch(side))
        even_at_first, blind = _even_inside(y), ""
        if isinstance(y, Tensor) and y.shape == (2, 4, 2 * side, 2 * side):
            blind = _blind(block)
        weights = [weight for weight in block.parameters() if weight.requires_grad]
        count = sum(weight.numel() for weight in block.parameters())
        for weight in weights:
            nn.init.normal_(weight, std=0.3)
        y = block(_patch(side))
        if not isinstance(y, Tensor) or y.shape != (2, 4, 2 * side, 2 * side):
            return _wrong_shape(y, side, _even_inside(y))
        text = blind and _blind(block)  # twice, for weights may happen to silence a map
        if not text and not _even_inside(y):
            text = EVEN_AT_FIRST if even_at_first else RIPPLE
        if not weights:
            return Verdict(
                "wrong", NO_WEIGHTS if not text or text == BLIND_PIXEL else "It ripples, and nothing learns."
            )
        if not text and count > BUDGET:
            text = f"It is right but for the budget: {count} weights, and at most {BUDGET} are allowed. {CHEAPER}"
    return Verdict("wrong", text) if text else Verdict("passed", "")


def _patch(side: int) -> Tensor:
    """Two pictures, each flat in a large square, another value around it: no mean over all places is a help."""
    x = torch.randn(2, 8, 1, 1).expand(2, 8, side, side).clone()
    x[..., 4:-4, 4:-4] = torch.randn(2, 8, 1, 1)
    return x


def _even_inside(y: Any) -> bool:
    """Whether every map is constant in the middle, far from the edge of the flat square."""
    return isinstance(y, Tensor) and y.ndim == 4 and min(y.shape[2:]) > 44 and _even(y, 22)


def _blind(block: nn.Module) -> str:
    """What is wrong with what one output pixel sees, of which places and which maps; nothing if it is as it should."""
    middle, side = 8, 16
    x = torch.randn(16, 8, side, side, requires_grad=True)
    y = block(x)
    if not y.requires_grad:
        return BLIND
    # Of each new map the four pixels over the middle one, in four pictures: a ReLU may silence it in some.
    chosen = sum(y[new_map::4, new_map, 16:18, 16:18].sum() for new_map in range(4))
    (slope,) = torch.autograd.grad(chosen, x, materialize_grads=True)
    reach = torch.stack([slope[new_map::4].abs().amax(0) for new_map in range(4)]) > 0  # (4, 8, side, side)
    places = reach.flatten(0, 1).any(0).nonzero()
    if not len(places):
        return BLIND
    if (places - middle).abs().max() > 7:
        return SEES_ALL
    if not reach.any(3).any(2).all():
        return BLIND_MAP
    across = min(len(places[:, axis].unique()) for axis in (0, 1))  # rows, and columns, that are seen
    return BLIND_PIXEL if across < 2 else ""


def _wrong_shape(y: Any, side: int, even: bool) -> Verdict:
    if y is None:
        return Verdict("wrong", "The module's forward returns nothing: end it with `return ...`.")
    if not isinstance(y, Tensor) or y.ndim != 4:
        return Verdict("wrong", f"Maps (2, 8, {side}, {side}) must become maps (2, 4, {2 * side}, {2 * side}).")
    maps, height, width = y.shape[1:]
    texts = [] if maps == 4 else [f"{maps} maps come out; 4 are asked for."]
    if height != width:
        texts.append(f"Height and width differ: {height} and {width}.")
    elif height == side:
        texts.append(KEPT)
    elif height != 2 * side:
        texts.append(f"A side of {side} becomes {height}, not {2 * side}.")
    return Verdict("wrong", " ".join(texts if even or height <= 44 else [*texts, "And it ripples."]))


KEPT = "The size stays as it was: something must double it, and nothing halve it again."
RIPPLE = (
    "Size and weights are right, but it ripples: some pixels are painted by other weights than their neighbours. "
    "Resize first (or last) and let a convolution of stride 1 paint every pixel alike."
)
NO_WEIGHTS = "It has the right size and nothing in it can learn: add a convolution (not frozen)."
EVEN_AT_FIRST = (
    "It is even with the weights that it starts with. We draw others at random, as training does, and it ripples: what "
    "keeps it even must not be the weights."
)
SEES_ALL = (
    "A pixel of the output depends on the whole picture: a mean over all places, or a normalisation by it, is in your "
    "block. It hides a ripple where everything is constant; the picture is lost, or coupled. Let each pixel see its "
    "neighbourhood."
)
BLIND = "The output does not depend on the input: a flat picture is easy then. The maps must get through."
BLIND_MAP = (
    "Some output map does not hear of all eight input maps: a convolution over *all* of them mixes them (no groups)."
)
BLIND_PIXEL = (
    "The four output pixels over an input pixel see, together, fewer than 2 x 2 input pixels. Let them see a "
    "neighbourhood: a larger kernel, or a smoother resize."
)
CHEAPER = (
    "Mixing maps and looking at neighbours need not happen at once: a 1 x 1 convolution from 8 to 4 maps and one of "
    "3 x 3 with groups are cheaper than one of 3 x 3 over all maps."
)


class _Half(nn.Module):
    """Nearest neighbours of half of the maps, times one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * F.interpolate(x[:, :4], scale_factor=2)


class _Mean(nn.Module):
    """The mean over all places, mixed and spread out."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(8, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(x.mean((2, 3), keepdim=True)).expand(-1, -1, 2 * x.shape[2], 2 * x.shape[3])


def _transposed(*, weight: float | None = None, **options: Any) -> Callable[[], nn.Module]:
    def block() -> nn.Module:
        layer = nn.ConvTranspose2d(8, 4, **{"kernel_size": 4, "stride": 2, "padding": 1} | options)
        if weight is not None:
            nn.init.constant_(layer.weight, weight)
        return layer

    return block


def _resized(*layers: Callable[[], nn.Module], **options: Any) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(nn.Upsample(**{"scale_factor": 2} | options), *(layer() for layer in layers))


def _convolution(maps: int, new_maps: int, kernel: int, **options: Any) -> Callable[[], nn.Module]:
    return lambda: nn.Conv2d(maps, new_maps, kernel, **options)


up_block = Exercise(
    title="up_block",
    inputs=lambda random: (int(torch.randint(1_000_000, (), generator=random)),),
    run=_try_block,
    reference=lambda: nn.Sequential(
        nn.Conv2d(8, 4, 1), nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3, padding=1, groups=4)
    ),
    trials=2,
    mutants=(
        # Verdicts of a block that is too short or too long are told apart by its size.
        Mutant(
            _resized(_convolution(8, 4, 3)),
            "One pixel is missing on each side. Padding keeps the size if it is half of kernel - 1: 1 for 3, 2 for 5.",
        ),
        Mutant(
            _resized(_convolution(8, 4, 4, padding=1)),
            "One row and one column are missing: a 4 x 4 convolution cannot keep the size. Take 3 with padding=1.",
        ),
        Mutant(
            _resized(_convolution(8, 4, 5)),
            "Two pixels a side are missing. Padding keeps the size if it is half of kernel - 1: 1 for 3, 2 for 5 "
            "(and before the resize every missing pixel costs two).",
        ),
        Mutant(
            _resized(_convolution(8, 4, 3, padding=1), scale_factor=4),
            "Four times as large: scale_factor=2 doubles the side.",
        ),
        Mutant(
            _resized(_transposed()),
            "Doubled twice: by the resize and by the transposed convolution. After a resize take a convolution of "
            "stride 1.",
        ),
        Mutant(
            _transposed(padding=0),
            "Each side is 2 too long: a transposed convolution of 4 with stride 2 needs padding=1. And it ripples.",
        ),
        Mutant(
            _transposed(kernel_size=3),
            "Each side is one short: kernel 3 with stride 2 and padding 1 needs output_padding=1. And it ripples.",
        ),
        Mutant(
            _resized(_convolution(8, 4, 1, padding=1)),
            "Each side is 2 too long: less padding. Half of (kernel - 1) keeps the size: none for 1 x 1, 1 for 3 x 3.",
        ),
        Mutant(_resized(_convolution(8, 8, 3, padding=1)), "8 maps come out; 4 are asked for."),
        Mutant(_resized(_convolution(8, 4, 3, stride=2, padding=1)), KEPT),
        Mutant(_convolution(8, 4, 3, padding=1), KEPT),
        Mutant(
            _resized(_convolution(4, 8, 3, padding=1)),
            "The number of maps does not fit: the first number of a layer must be what comes in.",
        ),
        Mutant(_resized(_convolution(8, 4, 3, padding=1)), f"292 weights, and at most {BUDGET} are allowed. {CHEAPER}"),
        Mutant(
            lambda: nn.Sequential(nn.Conv2d(8, 4, 3, padding=1), nn.Upsample(scale_factor=2)),
            f"292 weights, and at most {BUDGET} are allowed. {CHEAPER}",
        ),
        Mutant(
            lambda: nn.Sequential(nn.Conv2d(8, 4, 1), nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3, padding=1)),
            f"184 weights, and at most {BUDGET} are allowed. {CHEAPER}",
        ),
        Mutant(_resized(_convolution(8, 4, 1)), BLIND_PIXEL),
        Mutant(_resized(_convolution(8, 4, 3, padding=1, groups=4)), BLIND_MAP),
        Mutant(_Half, BLIND_MAP),
        Mutant(_Mean, SEES_ALL),
        Mutant(_resized(_convolution(8, 4, 1), lambda: nn.InstanceNorm2d(4), mode="bilinear"), SEES_ALL),
        Mutant(
            lambda: nn.Sequential(nn.Conv2d(8, 1, 1), nn.InstanceNorm2d(1), nn.ConvTranspose2d(1, 4, 4, 2, 1)), SEES_ALL
        ),
        Mutant(_transposed(weight=0.1), EVEN_AT_FIRST),
        Mutant(_transposed(), RIPPLE),
        Mutant(_transposed(kernel_size=4, groups=4), BLIND_MAP),
        Mutant(_transposed(kernel_size=3, output_padding=1), RIPPLE),
        Mutant(lambda: nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.PixelShuffle(2)), RIPPLE),
        Mutant(lambda: nn.Sequential(nn.Conv2d(8, 4, 1), nn.ConvTranspose2d(4, 4, 4, 2, 1, groups=4)), RIPPLE),
        Mutant(lambda: nn.Sequential(_transposed()(), nn.Conv2d(4, 4, 3, padding=1)), RIPPLE),
        Mutant(lambda: nn.PixelShuffle(2), "2 maps come out; 4 are asked for."),
        Mutant(
            lambda: [nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3, padding=1)],
            "Those are several modules; put them into one: nn.Sequential(first, second).",
        ),
        Mutant(
            lambda: nn.Sequential(nn.Upsample(2), nn.Conv2d(8, 4, 3, padding=1)),
            "nn.Upsample(2) makes every picture 2 x 2: the first argument is the size. Write scale_factor=2.",
        ),
        Mutant(
            _convolution(8, 4, 3, stride=2, padding=1),
            "The size is halved: a convolution with stride 2 shrinks. A resize before it doubles.",
        ),
    ),
)  # fmt: skip


def _draw_slopes(random: torch.Generator) -> tuple[Tensor, Tensor, tuple[int, int], int]:
    rows, columns = torch.randint(2, 5, (2,), generator=random).tolist()
    if rows == columns:
        columns += 1
    stride = int(torch.randint(1, 4, (), generator=random))
    x = torch.randn(3, 11, 10, generator=random)
    height, width = ((side - window) // stride + 1 for side, window in zip((11, 10), (rows, columns), strict=True))
    return x, torch.randn(3, height, width, generator=random), (rows, columns), stride


def _seen_by(x: Tensor, slope: Tensor, shape: tuple[int, int], stride: int) -> Tensor:
    """What entry (a, b) of the kernel is multiplied with: (rows, columns, batch, height, width)."""
    height, width = slope.shape[1:]
    return torch.stack(
        [
            torch.stack(
                [x[:, a : a + height * stride : stride, b : b + width * stride : stride] for b in range(shape[1])]
            )
            for a in range(shape[0])
        ]
    )


def _products(x: Tensor, slope: Tensor, shape: tuple[int, int], stride: int) -> Tensor:
    return _seen_by(x, slope, shape, stride) * slope


def _kernel_slope(x: Tensor, slope: Tensor, shape: tuple[int, int], stride: int) -> Tensor:
    return _products(x, slope, shape, stride).sum((2, 3, 4))


def _without_last(x: Tensor, slope: Tensor, shape: tuple[int, int], stride: int) -> Tensor:
    return _products(x, slope, shape, stride)[..., :-1, :-1].sum((2, 3, 4))


def _offset_scaled(
    x: Tensor, slope: Tensor, shape: tuple[int, int], stride: int, *, step: int = 0, cut: bool = False
) -> Tensor:
    """The offset times the stride, places `step` apart; cut: as much of `slope` as finds a pixel."""
    (_, height, width), result = slope.shape, torch.zeros(shape)
    for a, b in itertools.product(*map(range, shape)):
        seen = x[:, a * stride :: step or stride, b * stride :: step or stride][:, :height, :width]
        result[a, b] = (seen * (slope[:, : seen.shape[1], : seen.shape[2]] if cut else slope)).sum()
    return result


def _of_squares(x: Tensor, slope: Tensor, shape: tuple[int, int], stride: int, *, kernel: float, mean: bool) -> Tensor:
    """What comes of taking `slope` for a target, with a kernel of zeros or of ones."""
    seen = _seen_by(x, slope, shape, stride)
    rest = 2 * (kernel * seen.sum((0, 1)) - slope)
    return (seen * rest).sum((2, 3, 4)) / (slope.numel() if mean else 1)


BEYOND = "You read beyond the picture. Is it i * stride + a? a is an offset in pixels, not times the stride."
OFFSET = "a is an offset in pixels, not times the stride: y[i, j] has seen x[i * stride + a, j * stride + b]."
DILATED = "The stride goes with the place, not with the entry: x[i * stride + a], not x[i + a * stride]."


def _cut_to_size(attempt: Callable[..., Any], *case: Any) -> Any:
    try:
        return attempt(*case)
    except IndexError as error:
        if "out of bounds" in str(error):
            return Verdict("wrong", BEYOND)
        raise
    except RuntimeError as error:
        sizes = re.search(r"\((\d+)\) must match the size of tensor b \((\d+)\)", str(error))
        if not sizes:
            raise
        small, large = sorted(map(int, sizes.groups()))
        if large in case[1].shape[1:] and small not in case[1].shape[1:]:
            return Verdict("wrong", f"A shifted x is smaller than slope, it starts too late. {OFFSET}")
        return Verdict("wrong", "A shifted x is larger than slope: cut it to slope's height and width first.")


kernel_slope = Exercise(
    title="kernel_slope",
    inputs=_draw_slopes,
    run=_cut_to_size,
    reference=_kernel_slope,
    mutants=(
        Mutant(
            lambda x, slope, shape, stride: _kernel_slope(x[:, : slope.shape[1] + shape[0] - 1, :], slope, shape, 1),
            "The stride is not used: y[i, j] has seen x[i * stride + a, j * stride + b].",
        ),
        *(
            Mutant(functools.partial(_offset_scaled, step=step, cut=cut), hint)
            for step, hint in ((0, OFFSET), (1, DILATED))
            for cut in (False, True)
        ),
        Mutant(
            lambda x, slope, shape, stride: _kernel_slope(x.sum(0, True), slope.sum(0, True), shape, stride),
            "Every picture met every picture's slope. Either you summed `slope` over the batch before it met x; or an "
            "axis of channels stands in one of the two only, and (batch, 1, ...) times (batch, ...) is (batch, batch, "
            "...): slope[:, None].",
        ),
        *(
            Mutant(
                functools.partial(_of_squares, kernel=kernel, mean=mean),
                "You differentiate a squared difference of an answer of your own and `slope`. `slope` is no target: it "
                "is the loss's slope in every pixel of y already. backward(slope), or the sum of y * slope.",
            )
            for kernel in (0.0, 1.0)
            for mean in (True, False)
        ),
        Mutant(
            lambda *case: _kernel_slope(*case) / len(case[0]),
            "That is the mean over the pictures. All of them share one kernel, and their slopes add up.",
        ),
        Mutant(
            lambda *case: _kernel_slope(*case) / case[1].numel(),
            "That is a mean. Every place of every picture pulls at the kernel, and pulls add up: sum.",
        ),
        Mutant(
            lambda *case: _kernel_slope(*case) / case[1][0].numel(),
            "That is the mean over the places. Every place pulls at the kernel, and pulls add up: sum.",
        ),
        Mutant(
            lambda *case: _products(*case).sum((3, 4)).permute(2, 0, 1),
            "That is one kernel's slope for each picture. They share the kernel: sum over the batch as well.",
        ),
        Mutant(
            lambda *case: _products(*case).sum((3, 4)),
            "Sum over the batch as well: all pictures share the kernel.",
        ),
        Mutant(
            lambda x, slope, shape, stride: _kernel_slope(x[:1], slope[:1], shape, stride),
            "That is the first picture alone. All pictures share the kernel: sum over the batch.",
        ),
        Mutant(
            lambda x, slope, shape, stride: _kernel_slope(x[-1:], slope[-1:], shape, stride),
            "That is the last picture alone: inside a loop write +=, not =.",
        ),
        Mutant(
            lambda *case: _kernel_slope(*case).flip(0, 1),
            "It is turned by 180 degrees. k[a, b] meets x[i * stride + a, j * stride + b], with plus.",
        ),
        Mutant(lambda *case: _kernel_slope(*case).T, "Rows and columns are swapped: the result has `shape`."),
        Mutant(
            lambda x, slope, shape, stride: _kernel_slope(x, slope, shape[::-1], stride),
            "`shape` is (rows, columns), and rows go with the height.",
        ),
        Mutant(
            lambda *case: _seen_by(*case).sum((2, 3, 4)),
            "You add up what each entry has seen. How much every place matters is missing: times `slope`.",
        ),
        Mutant(
            lambda x, slope, shape, stride: torch.ones(shape) * slope.sum(),
            "That is the slope of a *bias*. An entry of the kernel is multiplied with pixels: times x.",
        ),
        Mutant(lambda x, slope, shape, stride: slope.sum(), "That is the slope of a *bias*, one number."),
        Mutant(
            lambda *case: -_kernel_slope(*case),
            "That is the step that a descent would take. The slope itself is asked for, without a minus.",
        ),
        Mutant(
            lambda *case: _without_last(*case),
            "The last row and column of `slope` are left out: range(height) goes up to height - 1 already.",
        ),
        Mutant(
            lambda x, slope, shape, stride: F.conv_transpose2d(
                slope[:, None], torch.ones(1, 1, *shape), stride=stride
            )[:, 0],
            "That is the way to the *pixels*, as large as the picture. Here the slope in the kernel is asked for.",
        ),
        Mutant(
            lambda x, slope, shape, stride: F.conv2d(x[None], slope[None], dilation=stride)[0, 0],
            "The numbers are right, and there are too many: no window reached the last rows or columns of the picture. "
            "Cut the result to `shape`.",
        ),
        Mutant(
            lambda x, slope, shape, stride: F.conv2d(x[None], slope[None], stride=stride)[0, 0],
            "stride= moves the *window*. Here the window is `slope`, and the pixels that meet it lie `stride` apart: "
            "F.conv2d has dilation= for that.",
        ),
        Mutant(
            lambda x, slope, shape, stride: F.conv2d(x[None], slope[None])[0, 0],
            "Right for stride 1 only. Else the pixels that meet an entry lie `stride` apart: F.conv2d has dilation=.",
        ),
        Mutant(
            lambda *case: _kernel_slope(*case) / (case[2][0] * case[2][1]),
            "You divide by the number of entries of the kernel. Nothing is averaged here: sum.",
        ),
        Mutant(
            lambda *case: _kernel_slope(*case)[None, None],
            "The numbers are right; the shape should be (rows, columns), without batch and channel.",
        ),
        Mutant(lambda *case: _kernel_slope(*case).flatten(), "The numbers are right, in one row: reshape to `shape`."),
        Mutant(
            lambda *case: _kernel_slope(*case).sum(),
            "One number for the whole kernel; each entry has a slope of its own.",
        ),
        Mutant(
            lambda *case: _products(*case)[..., 0, 0].sum(2),
            "Only the first place, [0, 0], counts in yours. Sum over all places i, j.",
        ),
        Mutant(
            lambda *case: _products(*case)[..., -1, -1].sum(2),
            "Only the last place counts in yours: inside the loop over i and j write +=, not =.",
        ),
        Mutant(
            lambda *case: _products(*case).abs().sum((2, 3, 4)), "Slopes have a sign and may cancel: no abs()."
        ),
        Mutant(
            lambda *case: _products(*case), "Those are the products. Sum them over batch, height and width."
        ),
        Mutant(
            lambda x, slope, shape, stride: _seen_by(x, slope, shape, stride).sum((2, 3, 4)) * slope.sum(),
            "The sum of products is not the product of the sums: multiply place by place, then sum.",
        ),
    ),
)  # fmt: skip
