"""Glyphs: letters and digits drawn from the fonts that matplotlib carries, with known factors.

A data set that needs no network, in any size and any number, and whose causes of variation are known:
font, slant, weight, shift and rotation. Later notebooks ask whether a model has found them.
"""

from __future__ import annotations

import string
from functools import lru_cache
from pathlib import Path

import matplotlib
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSansMono-Bold",
    "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic",
    "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "cmr10", "cmb10", "cmss10", "cmtt10",
)  # fmt: skip
CHARACTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits

# The range from which each factor is drawn, uniformly. Shift is a share of the picture's side.
RANGES = {"slant": (-15.0, 15.0), "weight": (-0.2, 0.2), "shift": (-0.06, 0.06), "rotation": (-8.0, 8.0)}
_MASTER = 112  # side in pixels of the large drawing from which every size is sampled


@lru_cache(maxsize=2048)
def _master(font: str, character: str) -> Tensor:
    """One character, centred, large and slightly blurred, so that a threshold sets its weight: (H, W) in [0, 1]."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    face = ImageFont.truetype(str(path), size=round(0.86 * _MASTER))
    canvas = Image.new("L", (_MASTER, _MASTER))
    left, top, right, bottom = face.getbbox(character)
    corner = ((_MASTER - left - right) / 2, (_MASTER - top - bottom) / 2)
    ImageDraw.Draw(canvas).text(corner, character, fill=255, font=face)
    ink = torch.frombuffer(bytearray(canvas.tobytes()), dtype=torch.uint8).view(1, 1, _MASTER, _MASTER) / 255
    width = torch.arange(-6, 7, dtype=torch.float32)
    kernel = torch.exp(-(width**2) / (2 * 2.0**2))
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1)
    ink = F.max_pool2d(ink, 3, stride=1, padding=1)  # hairlines of the serif fonts survive the small sizes
    return F.conv2d(F.conv2d(ink, kernel, padding=(0, 6)), kernel.mT, padding=(6, 0))[0, 0]


def draw(
    font: Tensor, character: Tensor, *, characters: str, size: int, slant: Tensor, weight: Tensor,
    shift: Tensor, rotation: Tensor,
) -> Tensor:  # fmt: skip
    """Draw one glyph per row of the factors.

    Args:
        font, character: (n,) indices into `FONTS` and into `characters`.
        characters: the alphabet in use.
        size: side of the pictures in pixels.
        slant, rotation: (n,) in degrees, positive leans right / turns anticlockwise.
        weight: (n,) in [-0.25, 0.25], negative is lighter and positive bolder than the font.
        shift: (n, 2) right and down, as a share of the side.

    Returns:
        uint8 pictures (n, 1, size, size), bright ink on black.
    """
    angle, lean = torch.deg2rad(rotation), torch.tan(torch.deg2rad(slant))
    cos, sin = torch.cos(angle), torch.sin(angle)
    # affine_grid wants the inverse map, output to input: undo the shift, the rotation, then the slant.
    turn = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    shear = torch.eye(2).repeat(len(font), 1, 1)
    shear[:, 0, 1] = lean
    inverse = shear @ turn
    offset = -(inverse @ (2 * shift).unsqueeze(-1))
    masters = torch.stack([_master(FONTS[f], characters[c]) for f, c in zip(font, character, strict=True)])
    fine = 2 * size  # sampled at twice the size, then averaged: smooth edges
    grid = F.affine_grid(torch.cat([inverse, offset], 2), [len(font), 1, fine, fine], align_corners=False)
    value = F.grid_sample(masters.unsqueeze(1), grid, align_corners=False)
    sharp = torch.clamp((value - 0.5 + weight.view(-1, 1, 1, 1)) * 4 + 0.5, 0, 1)
    return (F.avg_pool2d(sharp, 2) * 255).round().to(torch.uint8)


def sample(
    count: int, *, size: int = 28, characters: str = CHARACTERS, seed: int = 0
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Draw `count` random glyphs.

    Returns:
        uint8 pictures (count, 1, size, size), labels (count,) that index `characters`, and the factors
        font (count,), slant, weight, rotation (count,) and shift (count, 2).

    Raises:
        ValueError: a size under 8, no characters, or a character that is not in `CHARACTERS`.
    """
    if size < 8:
        raise ValueError(f"Glyphs need at least 8 pixels a side to be read, not size={size}.")
    unknown = sorted(set(characters) - set(CHARACTERS))
    if unknown or not characters:
        wrong = f"{''.join(unknown)!r} cannot be drawn" if unknown else "no characters were asked for"
        raise ValueError(f"Glyphs come from the letters A-Z, a-z and the digits 0-9; {wrong}.")
    random = torch.Generator().manual_seed(seed)
    labels = torch.randint(len(characters), (count,), generator=random)
    factors = {"font": torch.randint(len(FONTS), (count,), generator=random)}
    for name, (low, high) in RANGES.items():
        shape = (count, 2) if name == "shift" else (count,)
        factors[name] = low + (high - low) * torch.rand(shape, generator=random)
    pictures = [
        draw(factors["font"][rows], labels[rows], characters=characters, size=size,
             **{name: factors[name][rows] for name in RANGES})
        for rows in torch.arange(count).split(256)
    ]  # fmt: skip
    empty = torch.empty(0, 1, size, size, dtype=torch.uint8)
    return torch.cat([empty, *pictures]), labels, factors
