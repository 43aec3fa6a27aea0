"""Where real samples come from: sets that ship, torchvision's sets, your own pictures.

Pictures live in memory as uint8 and are cut into seeded batches by index. No worker processes: they
break in notebooks on Windows and macOS, and indexing a tensor is faster.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ganutils import downloads, glyphs

EMBEDDED = ("digits", "glyphs")
PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}


class DataError(ValueError):
    """Data that cannot be had or read; the message says what to do."""


def seeded(seed: int, step: int) -> torch.Generator:
    """A random stream that depends on (seed, step) alone, so that a run can be continued at any step."""
    return torch.Generator().manual_seed(seed * 1_000_003 + step)


@dataclass(frozen=True)
class Images:
    """Labelled pictures in memory.

    Attributes:
        pixels: uint8 (n, channels, height, width).
        labels: int64 (n,), indices into `classes`.
        classes: the names of the classes.
        factors: what is known about how each picture was made (glyphs only).
    """

    pixels: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    factors: dict[str, Tensor] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int | slice | Tensor) -> Tensor:
        """The pictures at `index` as float32 in [-1, 1]: the one place where pixels become numbers."""
        return self.pixels[index].float() / 127.5 - 1

    def to(self, device: torch.device | str) -> Images:
        """The same pictures on another device."""
        return Images(self.pixels.to(device), self.labels.to(device), self.classes, self.factors)

    def subset(self, rows: Tensor | slice) -> Images:
        """Some of the pictures, with their labels and factors."""
        factors = self.factors and {name: value[rows] for name, value in self.factors.items()}
        return Images(self.pixels[rows], self.labels[rows], self.classes, factors)

    def split(self, first: int, *, seed: int = 0) -> tuple[Images, Images]:
        """Two sets without a common picture, shuffled by the seed; the first holds `first` pictures."""
        if not 0 < first < len(self):
            raise DataError(f"{len(self)} pictures cannot be split after {first}; choose 1 to {len(self) - 1}.")
        rows = torch.randperm(len(self), generator=seeded(seed, 0)).to(self.pixels.device)
        return self.subset(rows[:first]), self.subset(rows[first:])

    def labelled_batches(
        self, batch_size: int, *, steps: int, seed: int = 0, first_step: int = 0
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches number first_step + 1 ... steps: images float32 (batch_size, channels, height, width), labels.

        Every picture is seen once before any is seen again. The batches depend on the seed and their
        number alone: a run continued at `first_step` sees what the unbroken run would have seen.

        Raises:
            DataError: a batch larger than the set.
        """
        per_epoch = len(self) // max(batch_size, 1)
        if batch_size < 1 or per_epoch < 1:
            raise DataError(f"batch_size must be between 1 and the {len(self)} pictures there are, not {batch_size}.")
        order = None
        for step in range(first_step, steps):
            epoch, place = divmod(step, per_epoch)
            if order is None or place == 0:
                order = torch.randperm(len(self), generator=seeded(seed, epoch)).to(self.pixels.device)
            rows = order[place * batch_size : (place + 1) * batch_size]
            yield self[rows], self.labels[rows]

    def batches(self, batch_size: int, *, steps: int, seed: int = 0, first_step: int = 0) -> Iterator[Tensor]:
        """The images of `labelled_batches`, without their labels."""
        for images, _ in self.labelled_batches(batch_size, steps=steps, seed=seed, first_step=first_step):
            yield images


def _resize(pixels: Tensor, size: int | None) -> Tensor:
    if size is None or pixels.shape[-2:] == (size, size):
        return pixels
    parts = [
        F.interpolate(part.float(), size=(size, size), mode="bicubic", antialias=True, align_corners=False)
        for part in pixels.split(4096)
    ]
    return torch.cat([part.round().clamp(0, 255).to(torch.uint8) for part in parts])


def _digits(size: int | None) -> Images:
    from sklearn.datasets import load_digits  # a slow import, needed here only

    bunch = load_digits()
    pixels = (torch.as_tensor(bunch.images).unsqueeze(1) * (255 / 16)).round().to(torch.uint8)
    labels = torch.as_tensor(bunch.target, dtype=torch.int64)
    return Images(_resize(pixels, size), labels, tuple(str(d) for d in range(10)))


def images(
    name: str, *, size: int | None = None, count: int = 10_000, characters: str = glyphs.CHARACTERS,
    train: bool = True, seed: int = 0,
) -> Images:  # fmt: skip
    """Load a set of pictures by name.

    Args:
        name: without a network "digits" (1,797 handwritten 8 x 8 digits, scikit-learn) and "glyphs"
            (drawn letters and digits); from disk or the network "mnist", "fashion-mnist", "cifar-10".
        size: side in pixels; None keeps the set's own (8, 28, 28, 28, 32).
        count, characters, seed: how many glyphs, of which characters, drawn from which seed.
        train: the training or the test part, for torchvision's sets.

    Raises:
        DataError: an unknown name, no network, or damaged files.
    """
    if name == "digits":
        return _digits(size)
    if name == "glyphs":
        pixels, labels, factors = glyphs.sample(count, size=size or 28, characters=characters, seed=seed)
        return Images(pixels, labels, tuple(characters), factors)
    choices = (*EMBEDDED, *downloads.SETS)
    if name not in downloads.SETS:
        close = difflib.get_close_matches(name.lower(), choices, n=1, cutoff=0.5)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise DataError(f"There is no data set {name!r}.{meant} The choices are {', '.join(choices)}.")
    try:
        pixels, labels, classes = downloads.load(name, train=train)
    except downloads.DownloadError as error:
        raise DataError(str(error)) from error
    return Images(_resize(pixels, size), labels, classes)


def folder(path: str | Path, *, size: int | None = None, colour: bool = True) -> Images:
    """Your own pictures. Each sub-folder is a class; without sub-folders there is one class.

    Args:
        path: the folder.
        size: every picture is cropped to its middle square and scaled to size x size; None needs
            pictures of one and the same size.
        colour: three channels, or one (grey).

    Raises:
        DataError: no such folder, no pictures, a file that is no picture, or mixed sizes without `size`.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise DataError(f"There is no folder {root}; create it and put pictures into it, or correct the path.")
    files = sorted(f for f in root.rglob("*") if f.suffix.lower() in PICTURE_ENDINGS and not f.name.startswith("."))
    if not files:
        endings = ", ".join(sorted(PICTURE_ENDINGS))
        raise DataError(f"The folder {root} holds no pictures; files ending in {endings} are read.")
    pictures = [_picture(file, size, colour) for file in files]
    sizes = Counter(picture.shape[1:] for picture in pictures)
    if len(sizes) > 1:
        found = ", ".join(f"{w} x {h}" for (h, w), _ in sizes.most_common(3))
        raise DataError(f"The pictures in {root} have {len(sizes)} sizes ({found} ...); pass size=64, say.")
    groups = [file.relative_to(root).parts[0] if file.parent != root else root.name for file in files]
    classes = tuple(sorted(set(groups)))
    return Images(torch.stack(pictures), torch.tensor([classes.index(g) for g in groups]), classes)


def _picture(file: Path, size: int | None, colour: bool) -> Tensor:
    try:
        with Image.open(file) as opened:
            picture = opened.convert("RGB" if colour else "L")
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{file} cannot be read as a picture; remove it or save it again as PNG.") from error
    if size is not None:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        picture = picture.resize((size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side))
    flat = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    return flat.view(picture.height, picture.width, -1).permute(2, 0, 1)
