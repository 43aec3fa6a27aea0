"""Icons with captions: symbols from a font that matplotlib carries, coloured, with a sentence for each.

A set for pictures from words that needs no network. Everything that a caption says is a known factor, and some pairs
of kind and colour are kept out of the training part, so that one can ask for what no generator has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import matplotlib
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

# Each kind with its filled symbol in DejaVu Sans, and the outlined one where the font has both.
KINDS = {
    "heart": "♥♡", "star": "★☆", "sun": "☀☼", "cloud": "☁", "umbrella": "☂", "phone": "☎☏", "cup": "☕", "clover": "☘",
    "skull": "☠", "face": "☻☺", "moon": "☾", "crown": "♚♔", "castle": "♜♖", "horse": "♞♘", "spade": "♠♤",
    "diamond": "♦♢", "note": "♫", "flag": "⚑⚐", "anchor": "⚓", "gear": "⚙", "bolt": "⚡", "atom": "⚛", "plane": "✈",
    "letter": "✉", "pencil": "✏", "tick": "✔", "cross": "✖", "flower": "✿❀", "snowflake": "❄", "arrow": "➜",
    "triangle": "▲△", "cat": "🐱",
}  # fmt: skip
COLOURS = {
    "red": (220, 38, 46), "orange": (244, 124, 24), "yellow": (250, 204, 21), "green": (44, 152, 74),
    "blue": (36, 106, 220), "purple": (140, 72, 196), "pink": (242, 104, 176), "black": (28, 28, 30),
}  # fmt: skip
GROUNDS = {"white": (252, 252, 252), "grey": (190, 192, 198), "cream": (250, 232, 200), "navy": (24, 34, 72)}
SIZES = {"small": (0.37, 0.47), "large": (0.62, 0.76)}  # the symbol's longer side, as a share of the picture's
HELD_OUT = tuple((kind, (3 * kind + 1) % len(COLOURS)) for kind in range(len(KINDS)))  # a colour for each kind
ATTRIBUTES = {"kind": len(KINDS), "colour": len(COLOURS), "ground": len(GROUNDS), "size": len(SIZES)}  # of a sentence
TILT, TILTED = 20.0, 8.0  # degrees: the largest, and from where on the caption says so
_SHIFT = 0.05  # how far a symbol may stand from the middle, as a share of the side

WORDINGS = (
    "a {size}{outline} {colour} {kind}{tilt}, on {ground}",
    "{size}{outline} {colour} {kind}{tilt}, {ground} background",
    "on {ground}, a {size}{outline} {kind} in {colour}{tilt}",
    "a{outline} {colour} {kind}, {size}{tilt}, on a {ground} background",
)


@lru_cache(maxsize=1024)
def _master(symbol: str, side: int) -> Tensor:
    """One symbol that fills a square from edge to edge, kept in proportion: (side, side) in [0, 1]."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    face = ImageFont.truetype(str(path), size=4 * side)
    hairline = any(symbol == pair[1:] for pair in KINDS.values())  # an outline: too thin at small sizes
    stroke = round(0.06 * side) if hairline else 0
    sheet = Image.new("L", (8 * side, 8 * side))
    ImageDraw.Draw(sheet).text((4 * side, 4 * side), symbol, fill=255, font=face, stroke_width=stroke, anchor="mm")
    ink = sheet.crop(sheet.getbbox())
    canvas = Image.new("L", (max(ink.size), max(ink.size)))
    canvas.paste(ink, ((canvas.width - ink.width) // 2, (canvas.height - ink.height) // 2))
    canvas = canvas.resize((side, side), Image.Resampling.BOX)  # box: each pixel is the ink that it covers
    return torch.frombuffer(bytearray(canvas.tobytes()), dtype=torch.uint8).view(side, side) / 255


def symbol_of(kind: int, outline: bool) -> str:
    """The character that draws a kind; the filled one where the font has no outline."""
    pair = list(KINDS.values())[kind]
    return pair[-1] if outline else pair[0]


def draw(
    kind: Tensor, colour: Tensor, ground: Tensor, *, size: int, scale: Tensor, tilt: Tensor, shift: Tensor,
    outline: Tensor,
) -> Tensor:  # fmt: skip
    """Draw one icon per row of the factors.

    Args:
        kind, colour, ground: (n,) indices into `KINDS`, `COLOURS` and `GROUNDS`.
        size: side of the pictures in pixels.
        scale: (n,) the symbol's longer side, as a share of the picture's.
        tilt: (n,) in degrees, positive turns anticlockwise.
        shift: (n, 2) right and down, as a share of the side.
        outline: (n,) bool; kinds that the font has filled only stay filled.

    Returns:
        uint8 pictures (n, 3, size, size).
    """
    if len(kind) == 0:
        return torch.empty(0, 3, size, size, dtype=torch.uint8)
    fine = 2 * size  # sampled at twice the size, then averaged: smooth edges
    angle = torch.deg2rad(tilt)
    cos, sin = torch.cos(angle), torch.sin(angle)
    # affine_grid wants the inverse map, output to input: undo the shift, the turn, then the scale.
    inverse = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1) / scale.view(-1, 1, 1)
    offset = -(inverse @ (2 * shift).unsqueeze(-1))
    side = max(8, round(fine * float(scale.max())))  # about one pixel of the master for each
    symbols = [symbol_of(k, o) for k, o in zip(kind.tolist(), outline.tolist(), strict=True)]
    masters = torch.stack([_master(symbol, side) for symbol in symbols]).unsqueeze(1)
    grid = F.affine_grid(torch.cat([inverse, offset], 2), [len(kind), 1, fine, fine], align_corners=False)
    ink = F.avg_pool2d(F.grid_sample(masters, grid, align_corners=False), 2)
    paints, papers = (torch.tensor(list(table.values()), dtype=torch.float32) for table in (COLOURS, GROUNDS))
    paper, paint = papers[ground].view(-1, 3, 1, 1), paints[colour].view(-1, 3, 1, 1)
    return torch.lerp(paper, paint, ink).round().to(torch.uint8)


def caption(
    wording: int, *, kind: int, colour: int, ground: int, large: bool, tilt: float = 0.0, outline: bool = False
) -> str:
    """The sentence for an icon in one of the `WORDINGS`; what is not special (upright, filled) stays unsaid."""
    lean = "" if abs(tilt) < TILTED else ", tilted to the left" if tilt > 0 else ", tilted to the right"
    return WORDINGS[wording].format(
        size="large" if large else "small",
        outline=" outlined" if outline else "",
        colour=list(COLOURS)[colour], kind=list(KINDS)[kind], ground=list(GROUNDS)[ground], tilt=lean,
    ).replace("a outlined", "an outlined").replace("a orange", "an orange")  # fmt: skip


def again(kind: Tensor, factors: dict[str, Tensor], *, size: int, seed: int) -> Tensor:
    """Other icons for the same sentences: all that no sentence says (place, exact size and tilt) is drawn anew.

    Args:
        kind, factors: labels and factors of icons, from `sample`.

    Returns:
        uint8 pictures (n, 3, size, size).
    """
    right, down, scale, tilt = torch.rand(4, len(kind), generator=torch.Generator().manual_seed(seed))
    low, high = torch.tensor(list(SIZES.values()))[factors["large"].long()].T
    said, sign = factors["tilt"].abs() >= TILTED, factors["tilt"].sign()
    tilt = torch.where(said, sign * (TILTED + (TILT - TILTED) * tilt), TILTED * (2 * tilt - 1))
    shift = _SHIFT * (2 * torch.stack([right, down], 1) - 1)
    paints = (kind, factors["colour"], factors["ground"])
    return draw(
        *paints, size=size, scale=torch.lerp(low, high, scale), tilt=tilt, shift=shift, outline=factors["outline"]
    )


def sample(
    count: int, *, size: int = 32, train: bool = True, seed: int = 0, kinds: Sequence[str] = tuple(KINDS)
) -> tuple[Tensor, Tensor, dict[str, Tensor], tuple[str, ...]]:
    """Draw `count` random icons.

    Args:
        train: True draws all pairs of kind and colour except `HELD_OUT`; False draws `HELD_OUT` alone.
        kinds: of which kinds, by their names.

    Returns:
        uint8 pictures (count, 3, size, size), labels (count,) that index `KINDS`, the factors colour, ground, scale,
        tilt, outline, large and wording (count,), shift (count, 2) and asked (count, 4), the places in `ATTRIBUTES`,
        and the captions.

    Raises:
        ValueError: a size under 8 or over 256, or a kind that is none.
    """
    if not kinds or set(kinds) - set(KINDS):
        wrong = ", ".join(sorted(set(kinds) - set(KINDS))) or "none at all"
        raise ValueError(f"kinds must be among {', '.join(KINDS)}, not {wrong}.")
    if not 8 <= size <= 256:
        raise ValueError(f"Icons can be drawn from 8 to 256 pixels a side, not size={size}.")
    random = torch.Generator().manual_seed(seed)

    def draws(high: int) -> Tensor:
        return torch.randint(high, (count,), generator=random)

    def between(low: float | Tensor, high: float | Tensor, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=random)

    kind = torch.tensor([list(KINDS).index(name) for name in kinds])[draws(len(kinds))]
    kept_out = torch.tensor([colour for _, colour in HELD_OUT])
    colour = (kept_out[kind] + 1 + draws(len(COLOURS) - 1)) % len(COLOURS) if train else kept_out[kind]
    black, navy = list(COLOURS).index("black"), list(GROUNDS).index("navy")
    # Nobody would see black on navy.
    ground = torch.where(colour == black, draws(navy), draws(len(GROUNDS)))
    large = draws(2)
    low, high = torch.tensor(list(SIZES.values())).T
    factors = {
        "colour": colour, "ground": ground, "large": large == 1, "scale": between(low[large], high[large]),
        "tilt": between(-TILT, TILT), "shift": between(-_SHIFT, _SHIFT, 2), "wording": draws(len(WORDINGS)),
    }  # fmt: skip
    both = torch.tensor([len(symbols) > 1 for symbols in KINDS.values()])
    factors["outline"] = (draws(2) == 1) & both[kind]
    factors["asked"] = torch.stack([kind, colour, ground, large], 1)
    drawn = ("scale", "tilt", "shift", "outline")
    pictures = torch.empty(count, 3, size, size, dtype=torch.uint8)
    for some in (factors["large"].nonzero()[:, 0], (~factors["large"]).nonzero()[:, 0]):  # a master for each size
        for rows in some.split(1024):
            paints = (kind[rows], colour[rows], ground[rows])
            pictures[rows] = draw(*paints, size=size, **{name: factors[name][rows] for name in drawn})
    said = {name: factors[name].tolist() for name in ("colour", "ground", "large", "tilt", "outline")}
    sentences = (
        caption(wording, kind=k, **dict(zip(said, row, strict=True)))
        for wording, k, *row in zip(factors["wording"].tolist(), kind.tolist(), *said.values(), strict=True)
    )
    return pictures, kind, factors, tuple(sentences)
