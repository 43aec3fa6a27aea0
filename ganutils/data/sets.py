"""Labelled pictures in memory, and the sets that have a name.

Pictures live in memory as uint8 and are cut into seeded batches by index. No worker processes: they
break in notebooks on Windows and macOS, and indexing a tensor is faster.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.data import downloads, glyphs, icons

EMBEDDED = ("digits", "glyphs", "icons")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# How many pictures of a set belong to the classifier whose features judge what generators draw.
_CLASSIFIER_SHARE = {"digits": 797, "mnist": 20_000, "fashion-mnist": 20_000}
_CLASSIFIER_GLYPHS_SEED = 1_000  # glyphs are drawn on demand: a seed of its own instead of a share


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
        factors: what is known about how each picture was made (glyphs and icons).
        captions: a sentence for each picture (icons only).
    """

    pixels: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    factors: dict[str, Tensor] | None = None
    captions: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int | slice | Tensor) -> Tensor:
        """The pictures at `index` as float32 in [-1, 1]: the one place where pixels become numbers."""
        return self.pixels[self._rows(index)].float() / 127.5 - 1

    def _rows(self, index: Any) -> Any:
        """An index on the pictures' own device, wherever it was made."""
        return index.to(self.pixels.device) if isinstance(index, Tensor) else index

    def to(self, device: torch.device | str) -> Images:
        """The same pictures, labels and factors on another device."""
        factors = self.factors and {name: value.to(device) for name, value in self.factors.items()}
        return Images(self.pixels.to(device), self.labels.to(device), self.classes, factors, self.captions)

    def subset(self, rows: Tensor | slice) -> Images:
        """Some of the pictures, with their labels, factors and captions; `rows` may live on any device."""
        rows = self._rows(rows)
        factors = self.factors and {name: value[rows] for name, value in self.factors.items()}
        captions = self.captions
        if captions:
            places = torch.arange(len(self))[rows.cpu() if isinstance(rows, Tensor) else rows]
            captions = tuple(captions[place] for place in places.tolist())
        return Images(self.pixels[rows], self.labels[rows], self.classes, factors, captions)

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

        Every picture is seen once before any is seen again; a batch may end one pass over the set and begin the
        next. The batches depend on the seed and their number alone: a run continued at `first_step` sees what
        the unbroken run would have seen.

        Raises:
            DataError: a batch larger than the set.
        """
        if not 1 <= batch_size <= len(self):
            raise DataError(f"batch_size must be between 1 and the {len(self)} pictures there are, not {batch_size}.")
        orders: dict[int, Tensor] = {}
        for step in range(first_step, steps):
            epoch, place = divmod(step * batch_size, len(self))
            needed = range(epoch, epoch + 1 + (place + batch_size > len(self)))
            # The set's order in each pass comes from a CPU generator: the same on every device.
            orders = {e: orders[e] if e in orders else self._order(seed, e) for e in needed}
            rows = torch.cat([orders[e] for e in needed])[place : place + batch_size]
            yield self[rows], self.labels[rows]

    def _order(self, seed: int, epoch: int) -> Tensor:
        return torch.randperm(len(self), generator=seeded(seed, epoch)).to(self.pixels.device, non_blocking=True)

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
    kinds: Sequence[str] = tuple(icons.KINDS), train: bool = True, seed: int = 0,
) -> Images:  # fmt: skip
    """Load a set of pictures by name.

    Args:
        name: without a network "digits" (1,797 handwritten 8 x 8 digits, scikit-learn), "glyphs" (drawn letters
            and digits) and "icons" (coloured symbols with captions); from disk or the network "mnist",
            "fashion-mnist", "cifar-10".
        size: side in pixels; None keeps the set's own (8, 28, 32, 28, 28, 32).
        count, seed: how many glyphs or icons, drawn from which seed.
        characters: of which characters, for glyphs.
        kinds: of which kinds, for icons.
        train: the training or the test part, for torchvision's sets and icons, whose test part holds the pairs of
            kind and colour that the training part has not (`icons.HELD_OUT`).

    Raises:
        DataError: an unknown name, no network, or damaged files.
    """
    if name == "digits":
        return _digits(size)
    if name == "glyphs":
        pixels, labels, factors = glyphs.sample(count, size=size or 28, characters=characters, seed=seed)
        return Images(pixels, labels, tuple(characters), factors)
    if name == "icons":
        pixels, labels, factors, captions = icons.sample(count, size=size or 32, train=train, seed=seed, kinds=kinds)
        return Images(pixels, labels, tuple(icons.KINDS), factors, captions)
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


def classifier_split(name: str, *, count: int = 20_000) -> Images:
    """The pictures of a set that its classifier learns on; `count` capital letters for "glyphs".

    No generator is trained on this split, and none is scored against it: features fitted to the very pictures that
    one compares with would flatter some of them.
    """
    if name == "glyphs":
        return images("glyphs", count=count, characters=LETTERS, seed=_CLASSIFIER_GLYPHS_SEED)
    return images(name).split(_CLASSIFIER_SHARE[name], seed=0)[0]


def generator_split(name: str, *, count: int = 20_000) -> Images:
    """The training pictures of a set that its classifier has not seen; `count` capital letters for "glyphs"."""
    if name == "glyphs":
        return images("glyphs", count=count, characters=LETTERS, seed=0)
    return images(name).split(_CLASSIFIER_SHARE[name], seed=0)[1]
