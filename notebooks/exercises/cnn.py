"""Exercises of notebook 04: windows, transposed sizes, checkerboards, a convolution by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganutils.teaching import Exercise, Mutant

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
    ),
)


def _try_doubling(attempt: Callable[[], Any], sides: tuple[int, ...]) -> Any:
    answer = attempt()
    if answer is ... or answer is None:
        return ...
    if not isinstance(answer, tuple | list) or len(answer) != 4 or not all(isinstance(n, int) for n in answer):
        raise ValueError("return four whole numbers: kernel, stride, padding, output padding")
    kernel, stride, padding, extra = answer
    if kernel < 1 or stride < 1 or min(padding, extra) < 0:
        raise ValueError("kernel and stride start at 1, padding and output padding at 0")
    if extra >= stride:
        raise ValueError("torch wants an output padding smaller than the stride")
    ones, made = torch.ones(1, 1, kernel, kernel), []
    for n in sides:
        y = F.conv_transpose2d(torch.ones(1, 1, n, n), ones, stride=stride, padding=padding, output_padding=extra)
        edge = min(kernel, y.shape[2] // 2 - 2)
        inside = y[..., edge:-edge, edge:-edge] if edge > 0 else y
        made.append(torch.tensor([y.shape[2] / n, float(inside.max() > inside.min())], dtype=torch.float64))
    return made


doubling = Exercise(
    title="doubling",
    inputs=lambda random: (tuple(torch.randint(14, 24, (3,), generator=random).tolist()),),
    run=_try_doubling,
    reference=lambda: (4, 2, 1, 0),
    trials=5,
    mutants=(
        Mutant(
            lambda: (3, 2, 1, 1),
            "Every side is doubled, but unevenly: your kernel is no multiple of the stride, so coats differ.",
        ),
        Mutant(lambda: (4, 2, 0, 0), "The inside is even, but each side is 2 too long: padding cuts 2p pixels off."),
        Mutant(lambda: (3, 2, 1, 0), "Each side is one pixel short, and kernel 3 with stride 2 paints unevenly."),
        Mutant(lambda: (3, 1, 1, 0), "That keeps the size: a stride of 1 does not double anything."),
        Mutant(lambda: (2, 2, 1, 0), "Each side is 2 too short: kernel 2 with stride 2 needs no padding."),
    ),
)


def _try_block(attempt: Callable[[], Any], seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        block = attempt()
        if block is ... or block is None:
            return ...
        if not isinstance(block, nn.Module):
            raise ValueError("return a module, such as nn.Sequential(...)")
        weights = [weight for weight in block.parameters() if weight.requires_grad]
        for weight in weights:
            nn.init.normal_(weight, std=0.3)
        x = torch.randn(2, 8, 1, 1).expand(2, 8, 10, 10).clone().requires_grad_()
        y = block(x)
    if y.shape[1:] != (4, 20, 20):
        return [torch.tensor([float(s) for s in y.shape[1:]]), torch.zeros(2)]
    inside = y[..., 5:-5, 5:-5]
    flat = float((inside.amax((2, 3)) - inside.amin((2, 3))).max() < 1e-4)
    learns = float(bool(weights) and y.requires_grad)
    return [torch.tensor([4.0, 20.0, 20.0]), torch.tensor([flat, learns])]


class _Repeat(nn.Module):
    """Nearest neighbours and no weights at all, with half of the maps thrown away."""

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x[:, :4], scale_factor=2)


up_block = Exercise(
    title="up_block",
    inputs=lambda random: (int(torch.randint(1_000_000, (), generator=random)),),
    run=_try_block,
    reference=lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3, padding=1)),
    trials=5,
    mutants=(
        Mutant(
            lambda: nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1),
            "Size and weights are right, but it ripples: each of the four pixel positions is painted by other weights, "
            "even where the kernel is divisible by the stride.",
        ),
        Mutant(lambda: _Repeat(), "It is flat and has the right size, but nothing in it can learn: add a convolution."),
        Mutant(
            lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 4, 3)),
            "Two pixels are missing on each side: a 3 x 3 convolution needs padding=1 to keep the size.",
        ),
        Mutant(
            lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 8, 3, padding=1)),
            "The size is doubled, but 8 maps come out; 4 are asked for.",
        ),
        Mutant(lambda: nn.Conv2d(8, 4, 3, padding=1), "The size stays as it was: something must double it first."),
    ),
)


def _draw_pictures(random: torch.Generator) -> tuple[Tensor, Tensor, int]:
    rows, columns = torch.randint(2, 4, (2,), generator=random).tolist()
    stride = int(torch.randint(2, 4, (), generator=random))
    return torch.randn(3, 11, 9, generator=random), torch.randn(rows, columns, generator=random), stride


def _convolve(x: Tensor, k: Tensor, stride: int, padding: int = 0) -> Tensor:
    return F.conv2d(x.unsqueeze(1), k[None, None], stride=stride, padding=padding)[:, 0]


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
    ),
)
