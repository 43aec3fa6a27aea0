"""torchvision's sets: read from disk where they are, downloaded whole or not at all where they are not."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import torch
from filelock import FileLock, Timeout
from torch import Tensor

from ganutils import session


class DownloadError(RuntimeError):
    """A set is neither on disk nor to be had, or is damaged; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """A torchvision class, the folder it keeps below the root, and the sizes (and sums) of its files, where known."""

    torchvision_name: str
    folder: str
    sizes: dict[str, int | None]
    sha256: dict[str, str]


_IDX_SIZES: dict[str, int | None] = {
    "raw/train-images-idx3-ubyte": 47_040_016,
    "raw/train-labels-idx1-ubyte": 60_008,
    "raw/t10k-images-idx3-ubyte": 7_840_016,
    "raw/t10k-labels-idx1-ubyte": 10_008,
}
# Of these only the names: torchvision compares their md5 when it reads them.
_CIFAR_FILES: dict[str, int | None] = dict.fromkeys([*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"])
SETS = {
    "mnist": Source(
        "MNIST",
        "MNIST",
        _IDX_SIZES,
        {
            "raw/train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "raw/train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "raw/t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "raw/t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ),
    # The archives of these two are checked by torchvision (md5) as they arrive.
    "fashion-mnist": Source("FashionMNIST", "FashionMNIST", _IDX_SIZES, {}),
    "cifar-10": Source("CIFAR10", "cifar-10-batches-py", _CIFAR_FILES, {}),
}
SILENCE = 30  # seconds without a byte after which a download is given up


def root() -> Path:
    """The folder for data: GANUTILS_DATA, else `data/` of the clone, else the user's cache folder.

    A relative GANUTILS_DATA counts from the clone, wherever the notebook's kernel happens to run; where there is no
    clone, from the kernel's folder.
    """
    clone, asked = session.checkout(), os.environ.get("GANUTILS_DATA")
    if asked:
        return (clone or Path.cwd()) / Path(asked).expanduser()
    return clone / "data" if clone else platformdirs.user_cache_path("ganutils", appauthor=False) / "data"


def _complete(source: Source, base: Path) -> bool:
    """True when the set is there and whole, False when it is not there at all; raises when it is damaged."""
    folder = base / source.folder
    if not folder.is_dir():
        return False
    if not any((folder / name).is_file() for name in source.sizes):
        raise DownloadError(
            f"{folder} holds none of the set's files ({next(iter(source.sizes))} and others). It is left alone: "
            "rename it, or set GANUTILS_DATA to another folder, and load the set again."
        )
    for name, size in source.sizes.items():
        path = folder / name
        actual = path.stat().st_size if path.is_file() else 0
        expected = source.sha256.get(name)
        if (
            actual != (size or actual)
            or not path.is_file()
            or (expected and hashlib.sha256(path.read_bytes()).hexdigest() != expected)
        ):
            raise DownloadError(f"{path} is missing or damaged; delete {folder} and load the set again.")
    return True


@contextmanager
def _patience() -> Iterator[None]:
    """Give up a download that hangs: torchvision sets no time-out of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _only_one(lock: Path, name: str) -> Iterator[None]:
    """Let one process of this machine in at a time, and tell the others why they wait."""
    waiting = FileLock(lock)
    try:
        waiting.acquire(timeout=1)
    except Timeout:
        print(f"Another notebook is downloading {name}; waiting for it ...")
        waiting.acquire()
    try:
        yield
    finally:
        waiting.release()


def _fetch(source: Source, base: Path, name: str) -> None:
    """Download beside the final place and move what is complete, so nothing half-written is ever found.

    A second notebook that wants the same set waits here, and then finds it.
    """
    from torchvision import datasets

    try:
        base.mkdir(parents=True, exist_ok=True)
        with _only_one(base / f".{source.folder}.lock", name):
            if (base / source.folder).exists():
                return
            for left in base.glob(f".download-{source.folder}-*"):  # by a process that was killed
                shutil.rmtree(left, ignore_errors=True)
            partial = Path(tempfile.mkdtemp(dir=base, prefix=f".download-{source.folder}-"))
            try:
                print(f"Downloading {name} into {base} (once) ...")
                with _patience():
                    getattr(datasets, source.torchvision_name)(partial, download=True)
                (partial / source.folder).rename(base / source.folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except Exception as error:  # torchvision lets through whatever its transports raise
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise DownloadError(
            f"The set {name!r} is not in {base} and could not be downloaded ({reason}). Check the network, or set "
            f"GANUTILS_DATA to a folder that holds {source.folder}/, or use 'digits' or 'glyphs', which need neither."
        ) from error


def load(name: str, *, train: bool) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Pixels uint8 (n, channels, height, width), labels (n,) and class names of one of `SETS`.

    Raises:
        DownloadError: not on disk and no network, or damaged files.
    """
    from torchvision import datasets

    source, base = SETS[name], root()
    if not _complete(source, base):
        _fetch(source, base, name)
        _complete(source, base)
    try:
        dataset: Any = getattr(datasets, source.torchvision_name)(base, train=train)
    except Exception as error:  # right sizes, wrong content: torchvision's readers raise of all kinds
        folder, reason = base / source.folder, str(error) or type(error).__name__
        raise DownloadError(f"{folder} is damaged ({reason}); delete it and load the set again.") from error
    pixels = torch.as_tensor(dataset.data)
    pixels = pixels.permute(0, 3, 1, 2).contiguous() if pixels.ndim == 4 else pixels.unsqueeze(1)
    classes = tuple(name.split(" - ")[0] for name in dataset.classes)
    return pixels, torch.as_tensor(dataset.targets, dtype=torch.int64), classes
