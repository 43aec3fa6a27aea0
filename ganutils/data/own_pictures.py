"""Your own pictures, from a folder."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageColor, ImageOps
from torch import Tensor

from ganutils.data.sets import DataError, Images

PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}
OTHER_ENDINGS = {".heic", ".heif", ".avif", ".svg", ".raw", ".dng", ".cr2", ".nef"}  # that Pillow alone may not read
MOST_PIXELS = 100_000_000  # of one picture: more is a mistake or an attack, and would fill the memory


def folder(path: str | Path, *, size: int | None = None, colour: bool = True, background: str = "white") -> Images:
    """Your own pictures. Each sub-folder is a class; without sub-folders there is one class.

    Phone pictures are turned upright as their EXIF data says; files and folders whose name begins with a dot are left
    out; of an animation the first frame is taken.

    Args:
        path: the folder.
        size: every picture is cropped to its middle square and scaled to size x size; None needs
            pictures of one and the same size.
        colour: three channels, or one (grey).
        background: what shines through where a picture is transparent, as a name or "#rrggbb".

    Raises:
        DataError: no such folder, no pictures, a file that is no picture, mixed sizes without `size`, or a size or
            background that is none.
    """
    root = Path(path).expanduser().resolve()
    if size is not None and size < 1:
        raise DataError(f"size is the side of the pictures in pixels, 1 at least, not {size}.")
    try:
        ImageColor.getrgb(background)
    except ValueError as error:
        raise DataError(f"{background!r} is no colour; give a name such as 'white', or '#rrggbb'.") from error
    if not root.is_dir():
        raise DataError(f"There is no folder {root}; create it and put pictures into it, or correct the path.")
    shown = [f for f in root.rglob("*") if not any(part.startswith(".") for part in f.relative_to(root).parts)]
    files = sorted(f for f in shown if f.suffix.lower() in PICTURE_ENDINGS and f.is_file())
    if other := sorted({f.suffix.lower() for f in shown if f.suffix.lower() in OTHER_ENDINGS}):
        print(f"Pictures ending in {', '.join(other)} are left out; save them as PNG or JPEG to use them.")
    if not files:
        endings = ", ".join(sorted(PICTURE_ENDINGS))
        raise DataError(f"The folder {root} holds no pictures; files ending in {endings} are read.")
    pictures = [_pixels(_opened(file, background), size, colour) for file in files]
    sizes = Counter(picture.shape[1:] for picture in pictures)
    if len(sizes) > 1:
        common = ", ".join(f"{w} x {h}" for (h, w), _ in sizes.most_common(3))
        raise DataError(f"The pictures in {root} have {len(sizes)} sizes ({common} ...); pass size=64, say.")
    groups = [file.relative_to(root).parts[0] if file.parent != root else root.name for file in files]
    classes = tuple(sorted(set(groups)))
    return Images(torch.stack(pictures), torch.tensor([classes.index(g) for g in groups]), classes)


def _opened(file: Path, background: str) -> Image.Image:
    """One file as an upright RGB picture; raises DataError for whatever cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours
            with Image.open(file) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise DataError(
                        f"{file} has {opened.width} x {opened.height} pixels, too many to read; save it smaller."
                    )
                return _flattened(ImageOps.exif_transpose(opened), background)
    except DataError:
        raise
    except Exception as error:  # Pillow's readers raise whatever their formats make them raise
        raise DataError(f"{file} cannot be read as a picture; remove it or save it again as PNG.") from error


def _flattened(picture: Image.Image, background: str) -> Image.Image:
    """8 bits a channel and nothing transparent."""
    if picture.mode.startswith(("I", "F")):  # 16 bits and more: Pillow would clip at 255, to white
        values = np.asarray(picture, dtype=np.float64)
        largest = values.max(initial=0)
        if picture.mode == "F":  # shares, or grey values
            most = 1.0 if largest <= 1 else 255.0 if largest <= 255 else largest
        else:
            most = 65_535.0 if picture.mode.startswith("I;16") or largest > 255 else 255.0
        return Image.fromarray((values / most * 255).clip(0, 255).round().astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        top = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", top.size, background), top).convert("RGB")
    return picture.convert("RGB")


def _pixels(picture: Image.Image, size: int | None, colour: bool) -> Tensor:
    if size is not None:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        picture = picture.resize((size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side))
    picture = picture if colour else picture.convert("L")
    flat = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    return flat.view(picture.height, picture.width, -1).permute(2, 0, 1)
