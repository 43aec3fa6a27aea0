"""Exercises of notebook 04: windows, transposed sizes, checkerboards, a convolution by hand."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganutils.teaching import Exercise, Mutant, Verdict

Layers = list[tuple[int, int]]


def _draw_layers(random: torch.Generator) -> tuple[Layers]:
    count = int(torch.randint(2, 6, (), generator=random))
    layers = [(int(k), int(s)) for k, s in torch.randint(1, 6, (count, 2), generator=random).tolist()]
    return ([(2, 2), (3, 3), *((k + 1, min(s, 3)) for k, s in layers)],)


def _walk(layers: Layers, *, grow: Callable[[int, int], int], own_stride: bool = False) -> int:
    side, jump = 1, 1
    for kernel, stride in layers:
        if own_stride:
            jump *= stride
        side += grow(kernel, stride) * jump
        if not own_stride:
            jump *= stride
    return side


def _sums(layers: Layers) -> list[int]:
    """What stands in for the jump when strides are added instead of multiplied."""
    return [1 + sum(s for _, s in layers[:i]) for i in range(len(layers))]


window_side = Exercise(
    title="window_side",
    inputs=_draw_layers,
    reference=lambda layers: _walk(layers, grow=lambda k, s: k - 1),
    mutants=(
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k - 1, own_stride=True),
            "You multiply by the layer's own stride. The jump is the product of the strides *before* it.",
        ),
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k),
            "A layer adds kernel - 1 steps, not kernel: one of its places is already in the window.",
        ),
        Mutant(
            lambda layers: 1 + sum(k - 1 for k, _ in layers),
            "Right if every stride is 1. Strides multiply: after a stride of 2 every later step counts double.",
        ),
        Mutant(
            lambda layers: sum(k for k, _ in layers),
            "Kernels do not simply add up: a layer adds kernel - 1, times the product of the strides before it.",
        ),
        Mutant(
            lambda layers: math.prod(k for k, _ in layers),
            "Windows do not multiply; strides do. Add kernel - 1 times the product of the strides before.",
        ),
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k - 1) - 1,
            "One too small: with no layer at all, a pixel sees itself, so start at 1.",
        ),
        Mutant(
            lambda layers: 1 + sum((k - 1) * s for k, s in layers),
            "You multiply each layer by its own stride only. It is the product of all strides *before* it that counts.",
        ),
        Mutant(
            lambda layers: 1 + sum(k * s for k, s in layers),
            "Two things: a layer adds kernel - 1, and times the product of the strides before it, not its own stride.",
        ),
        Mutant(
            lambda layers: _walk(layers[::-1], grow=lambda k, s: k - 1),
            "You walk the layers the other way round. From the picture up, the jump is the product of the strides so "
            "far; side = (side - 1) * stride + kernel is for the last layer first.",
        ),
        Mutant(
            lambda layers: (
                1
                + sum(
                    (k - 1) * before for (k, _), before in zip(layers, [1, *(s for _, s in layers[:-1])], strict=True)
                )
            ),
            "You use only the stride of the layer just before. Strides multiply: jump *= stride, not jump = stride.",
        ),
        Mutant(
            lambda layers: 1 + sum((k - 1) * jump for (k, _), jump in zip(layers, _sums(layers), strict=True)),
            "Strides multiply, they do not add: jump *= stride.",
        ),
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k - 1) + 1,
            "One too large: with no layer at all a pixel sees itself, so start at 1.",
        ),
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k) - 1,
            "A layer adds kernel - 1 steps, not kernel, and the start is 1, the pixel itself.",
        ),
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k - s),
            "A layer adds kernel - 1 steps; the stride does not shorten its own window.",
        ),
        Mutant(
            lambda layers: 1 + sum(k - 1 for k, _ in layers) * math.prod(s for _, s in layers),
            "All strides multiply all kernels in yours. A layer's steps are lengthened by the strides before it alone.",
        ),
        Mutant(
            lambda layers: functools.reduce(lambda side, layer: side * layer[1] + layer[0] - 1, layers, 1),
            "You stretch the window by each layer's stride. From the picture up it grows by (kernel - 1) * jump.",
        ),
        Mutant(
            lambda layers: sum(k * s for k, s in layers),
            "Two things: a layer adds kernel - 1 (and the start is 1), times the product of the strides before it.",
        ),
        Mutant(
            lambda layers: max(k for k, _ in layers), "Windows grow from layer to layer: the largest is not enough."
        ),
        Mutant(
            lambda layers: layers[0][0] + sum((k - 1) * s for k, s in layers[1:]),
            "You multiply each layer by its own stride only. It is the product of all strides *before* it that counts.",
        ),
        Mutant(
            lambda layers: math.prod(s for _, s in layers),
            "That is how far two neighbours of the output lie apart. The window adds (kernel - 1) * jump a layer.",
        ),
        Mutant(
            lambda layers: 1 + sum((k - 1) / s for k, s in layers),
            "A stride makes the later steps longer, not shorter: multiply.",
        ),
        Mutant(
            lambda layers: 1 + sum((k - 1) // s for k, s in layers),
            "A stride makes the later steps longer, not shorter: multiply.",
        ),
        Mutant(
            lambda layers: layers[-1][0],
            "That is the last layer's window, in pixels of the layer below. Walk on down to the picture.",
        ),
        Mutant(
            lambda layers: _walk(layers, grow=lambda k, s: k - 1) ** 2,
            "That is how many pixels the window has; its side is asked for.",
        ),
        Mutant(
            lambda layers: 1 + layers[0][0] - 1,
            "Your loop returns after its first layer: the return belongs behind the loop.",
        ),
    ),
)


def _even(y: Tensor, edge: int) -> bool:
    inside = y[..., edge : y.shape[-2] - edge, edge : y.shape[-1] - edge]
    low, high = inside.amin((-2, -1)), inside.amax((-2, -1))
    return bool((high - low <= 1e-4 * (1 + high.abs())).all())


def _try_doubling(attempt: Callable[[], Any], side: int) -> Any:
    answer = attempt()
    if answer is ... or answer is None:
        return answer
    if isinstance(answer, Tensor):
        answer = answer.tolist()
    if not isinstance(answer, tuple | list) or len(answer) != 4 or not all(isinstance(n, int) for n in answer):
        return Verdict("wrong", "Return four whole numbers: kernel, stride, padding, output padding.")
    kernel, stride, padding, extra = answer
    if kernel < 1 or stride < 1 or min(padding, extra) < 0:
        return Verdict("wrong", "Kernel and stride start at 1, padding and output padding at 0.")
    if extra >= stride:
        return Verdict("wrong", "Torch wants an output padding smaller than the stride.")
    doubled = (side - 1) * stride - 2 * padding + kernel + extra
    if doubled < 1:
        return Verdict("wrong", f"The padding cuts everything off: a side of {side} becomes {doubled}.")
    ones = torch.ones(1, 1, kernel, kernel)
    y = F.conv_transpose2d(torch.ones(1, 1, side, side), ones, stride=stride, padding=padding, output_padding=extra)
    even = _even(y, min(kernel, doubled // 2 - 2)) if doubled > 8 else False
    if doubled == 2 * side and even:
        return Verdict("passed", "")
    # The answer stands in the verdict, so that only the same four numbers meet a hint of their own.
    length = "as it should" if doubled == 2 * side else f"not {2 * side}"
    paint = "The inside is even." if even else "The inside is uneven: make the kernel a multiple of the stride."
    return Verdict("wrong", f"With {tuple(answer)} a side of {side} becomes {doubled}, {length}. {paint}")


doubling = Exercise(
    title="doubling",
    inputs=lambda random: (int(torch.randint(14, 24, (), generator=random)),),
    run=_try_doubling,
    reference=lambda: (4, 2, 1, 0),
    trials=5,
    mutants=tuple(
        Mutant(functools.partial(tuple, answer), hint)
        for answer, hint in {
            (3, 2, 1, 1): "Every side is doubled, but unevenly: 3 is no multiple of the stride 2, so coats differ.",
            (5, 2, 2, 1): "Every side is doubled, but unevenly: 5 is no multiple of the stride 2, so coats differ.",
            (3, 2, 0, 0): "Each side is one pixel too long, and kernel 3 with stride 2 paints unevenly.",
            (3, 2, 1, 0): "Each side is one pixel short, and kernel 3 with stride 2 paints unevenly.",
            (5, 2, 2, 0): "Each side is one pixel short, and kernel 5 with stride 2 paints unevenly.",
            (5, 2, 1, 0): "Each side is one pixel too long, and kernel 5 with stride 2 paints unevenly.",
            (5, 2, 1, 1): "Each side is 2 too long, and kernel 5 with stride 2 paints unevenly: take a multiple of 2.",
            (4, 2, 0, 0): "The inside is even, but each side is 2 too long: padding cuts 2p pixels off.",
            (4, 2, 1, 1): "The inside is even, but each side is one too long: kernel 4 needs no output padding.",
            (4, 2, 2, 0): "The inside is even, but each side is 2 too short: for kernel 4 a padding of 1 is enough.",
            (4, 2, 2, 1): "The inside is even, but each side is one too short: padding 1 and no output padding.",
            (2, 2, 1, 0): "Each side is 2 too short: kernel 2 with stride 2 needs no padding.",
            (2, 2, 0, 1): "Each side is one too long: kernel 2 with stride 2 needs no output padding.",
            (2, 2, 1, 1): "Each side is one too short: kernel 2 with stride 2 needs no padding of either kind.",
            (6, 2, 1, 0): "The inside is even, but each side is 2 too long: kernel 6 needs a padding of 2.",
            (3, 1, 1, 0): "That keeps the size: a stride of 1 does not double anything.",
            (1, 1, 0, 0): "That keeps the size: a stride of 1 does not double anything.",
            (4, 1, 1, 0): "A stride of 1 does not double anything; each side is only made one shorter.",
            (1, 2, 0, 1): "The side is doubled, but kernel 1 with stride 2 leaves every second pixel unpainted.",
            (4, 4, 0, 0): "That makes every side four times as long: the stride is the factor.",
            (4, 3, 1, 0): "The stride is the factor: 3 makes every side three times as long, more or less.",
        }.items()
    ),
)  # fmt: skip


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
        side = 22 + seed % 4  # large enough for an inside, and not always the same
        x = torch.randn(2, 8, 1, 1).expand(2, 8, side, side).clone()
        y = block(x)
        even_at_first = _even_inside(y)
        weights = [weight for weight in block.parameters() if weight.requires_grad]
        for weight in weights:
            nn.init.normal_(weight, std=0.3)
        y = block(x)
        even = _even_inside(y)
        if not isinstance(y, Tensor) or y.shape != (2, 4, 2 * side, 2 * side):
            return _wrong_shape(y, side, even)
        reached = torch.autograd.grad(y.sum(), weights, allow_unused=True) if weights and y.requires_grad else ()
    if all(slope is None for slope in reached):
        return Verdict("wrong", NO_WEIGHTS if even else "It ripples, and nothing in it can learn.")
    if even:
        return Verdict("passed", "")
    return Verdict("wrong", EVEN_AT_FIRST if even_at_first else RIPPLE)


def _even_inside(y: Any) -> bool:
    """Whether every map is constant far from the edge (a third of the side): edges are not asked about."""
    return isinstance(y, Tensor) and y.ndim == 4 and _even(y, y.shape[-1] // 3)


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
    return Verdict("wrong", " ".join(texts if even else [*texts, "And it ripples."]))


KEPT = "The size stays as it was: something must double it, and nothing halve it again."
RIPPLE = (
    "Size and weights are right, but it ripples: some pixels are painted by other weights than their neighbours. "
    "Resize first (or last) and let a convolution of stride 1 paint every pixel alike."
)
NO_WEIGHTS = "It is flat and has the right size, but nothing in it can learn: add a convolution (not frozen)."
EVEN_AT_FIRST = (
    "It is even with the weights that it starts with. We draw others at random, as training does, and it ripples: what "
    "keeps it even must not be the weights."
)


class _Repeat(nn.Module):
    """Nearest neighbours and no weights at all, with half of the maps thrown away."""

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x[:, :4], scale_factor=2)


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
    reference=lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3, padding=1)),
    trials=3,
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
        Mutant(
            _resized(_convolution(8, 8, 3, padding=1)), "8 maps come out; 4 are asked for."
        ),
        Mutant(_resized(), "8 maps come out; 4 are asked for."),
        Mutant(
            _resized(_convolution(8, 4, 3, stride=2, padding=1)),
            KEPT,
        ),
        Mutant(_convolution(8, 4, 3, padding=1), KEPT),
        Mutant(
            _resized(_convolution(4, 8, 3, padding=1)),
            "The number of maps does not fit: the first number of a layer must be what comes in.",
        ),
        Mutant(
            _resized(_convolution(3, 4, 3, padding=1)),
            "The number of maps does not fit: the first number of a layer must be what comes in.",
        ),
        Mutant(_transposed(weight=0.1), EVEN_AT_FIRST),
        Mutant(_transposed(), RIPPLE),
        Mutant(_transposed(kernel_size=2, padding=0), RIPPLE),
        Mutant(_transposed(kernel_size=3, output_padding=1), RIPPLE),
        Mutant(lambda: nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.PixelShuffle(2)), RIPPLE),
        Mutant(lambda: nn.Sequential(_transposed()(), nn.Conv2d(4, 4, 3, padding=1)), RIPPLE),
        Mutant(lambda: _Repeat(), NO_WEIGHTS),
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


def _draw_pictures(random: torch.Generator) -> tuple[Tensor, Tensor, int]:
    rows, columns = torch.randint(2, 4, (2,), generator=random).tolist()
    stride = int(torch.randint(2, 4, (), generator=random))
    return torch.randn(3, 11, 9, generator=random), torch.randn(rows, columns, generator=random), stride


def _convolve(x: Tensor, k: Tensor, stride: int, padding: int = 0) -> Tensor:
    return F.conv2d(x.unsqueeze(1), k[None, None], stride=stride, padding=padding)[:, 0]


def _loops(
    x: Tensor, k: Tensor, stride: int, *, size: Callable[[int, int], int] | None = None, jump: int = 0,
    turn: bool = False,
) -> Tensor:  # fmt: skip
    """With two loops, as most people write it; what is given is written wrong."""
    rows, columns = k.shape[::-1] if turn else k.shape
    k = k.reshape(rows, columns)
    height, width = ((side - window) // stride + 1 for side, window in zip(x.shape[1:], (rows, columns), strict=True))
    if size:
        height, width = size(x.shape[1], rows), size(x.shape[2], columns)
    y, step = torch.zeros(len(x), height, width), jump or stride
    for i in range(height):
        for j in range(width):
            y[:, i, j] = (x[:, i * step : i * step + rows, j * step : j * step + columns] * k).sum((1, 2))
    return y


def _every(x: Tensor, k: Tensor, of: Callable[[Tensor], Tensor], stride: int) -> Tensor:
    """Something of every window at once."""
    return of(x.unfold(1, k.shape[0], stride).unfold(2, k.shape[1], stride))


strided = Exercise(
    title="strided",
    inputs=_draw_pictures,
    reference=_convolve,
    mutants=(
        Mutant(
            lambda x, k, stride: _convolve(x, k.flip(0, 1), stride),
            "You turned the kernel by 180 degrees. That is the convolution of signal processing; here it stays.",
        ),
        Mutant(lambda x, k, stride: _convolve(x, k, 1), "The stride is not used: the window moves by `stride` pixels."),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride, padding=1),
            "Your result is padded; here the kernel stays inside the picture.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride) / k.numel(),
            "That is the mean over the window; a convolution sums.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride).mT,
            "Rows and columns are swapped in the result.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride).unsqueeze(1),
            "The numbers are right; the shape should be (batch, height, width), without a channel.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride).sum(0),
            "The pictures of the batch are added up. Each has its own result: (batch, height, width).",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride)[0],
            "That is the first picture only; do the same for all, x[:, ...].",
        ),
        Mutant(
            lambda x, k, stride: _loops(x, k, stride, size=lambda side, window: (side - window) // stride),
            "The last row and column are missing: there are (side - kernel) // stride *+ 1* places.",
        ),
        Mutant(
            lambda x, k, stride: _loops(x, k, stride, size=lambda side, window: len(range(0, side - window, stride))),
            "The last place may be missing: range(0, side - kernel + 1, stride) includes it.",
        ),
        Mutant(
            lambda x, k, stride: _loops(x, k, stride, turn=True),
            "Rows and columns of the kernel are mixed up: k.shape is (rows, columns), and rows go with the height.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k.flip(1), stride),
            "The kernel is mirrored left to right; it stays as it is.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k.flip(0), stride),
            "The kernel is mirrored top to bottom; it stays as it is.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, torch.ones_like(k), stride),
            "You sum the window and never multiply it with the kernel.",
        ),
        Mutant(
            lambda x, k, stride: _loops(x, k, stride, jump=1),
            "As many places as there should be, but the window moves by 1: it starts at i * stride, j * stride.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride).amax((1, 2)),
            "The largest response of each picture; the whole map is asked for.",
        ),
        Mutant(
            lambda x, k, stride: F.max_pool2d(x.unsqueeze(1), k.shape, stride)[:, 0],
            "That is max pooling. A convolution multiplies with the kernel and sums.",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride)[:, None, None],
            "The numbers are right; the shape should be (batch, height, width).",
        ),
        Mutant(
            lambda x, k, stride: _convolve(x, k, stride).flatten(1),
            "The numbers are right, in one row; the shape should be (batch, height, width).",
        ),
        Mutant(
            lambda x, k, stride: _every(x, k, lambda windows: (windows * k).sum(-1), stride),
            "You summed over the columns of the window only; sum over its rows as well.",
        ),
        Mutant(
            lambda x, k, stride: _every(x, k, lambda windows: windows @ k.T, stride),
            "`@` is the product of matrices. Multiply entry by entry, `*`, and sum over both dimensions of the window.",
        ),
        Mutant(
            lambda x, k, stride: _every(x, k, lambda windows: windows * k, stride),
            "Those are the products; sum them over each window, dim=(-2, -1).",
        ),
    ),
)
