"""No network here: torchvision's classes are replaced where something must arrive."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import torch
from torchvision import datasets

from ganutils import data, downloads


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANUTILS_DATA", str(tmp_path))
    return tmp_path


def write_raw(folder: Path, name: str, images: int) -> None:
    """A set in MNIST's file format, of the right size."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    for part, count in (("train", images), ("t10k", images)):
        header = (2051).to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in (count, 28, 28))
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + bytes([7]) * (count * 784))
        labels = (2049).to_bytes(4, "big") + count.to_bytes(4, "big")
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels + bytes([3]) * count)


def small(monkeypatch: pytest.MonkeyPatch, images: int = 20) -> None:
    sizes = {
        "train-images-idx3-ubyte": 16 + images * 784, "train-labels-idx1-ubyte": 8 + images,
        "t10k-images-idx3-ubyte": 16 + images * 784, "t10k-labels-idx1-ubyte": 8 + images,
    }  # fmt: skip
    source = downloads.Source("FashionMNIST", "FashionMNIST", sizes, {})
    monkeypatch.setitem(downloads.SETS, "fashion-mnist", source)


def test_a_folder_that_is_there_is_used_even_read_only(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    write_raw(root / "FashionMNIST", "fashion-mnist", 20)
    root.chmod(stat.S_IRUSR | stat.S_IXUSR)
    images = data.images("fashion-mnist", size=14)
    root.chmod(stat.S_IRWXU)
    assert images.pixels.shape == (20, 1, 14, 14)
    assert (images.pixels == 7).all()
    assert (images.labels == 3).all()


def test_a_damaged_file_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    write_raw(root / "FashionMNIST", "fashion-mnist", 20)
    victim = root / "FashionMNIST" / "raw" / "t10k-labels-idx1-ubyte"
    victim.write_bytes(victim.read_bytes()[:-3])
    with pytest.raises(data.DataError, match=r"t10k-labels-idx1-ubyte is missing or damaged; delete"):
        data.images("fashion-mnist")


def test_a_wrong_checksum_is_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    write_raw(root / "FashionMNIST", "fashion-mnist", 20)
    good = downloads.SETS["fashion-mnist"]
    wrong = downloads.Source(good.torchvision_name, good.folder, good.sizes, {"train-images-idx3-ubyte": "0" * 64})
    monkeypatch.setitem(downloads.SETS, "fashion-mnist", wrong)
    with pytest.raises(data.DataError, match="damaged"):
        data.images("fashion-mnist")


@pytest.mark.parametrize("error", [RuntimeError("File not found or corrupted."), OSError("Network is unreachable")])
def test_a_failed_download_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def half_way(folder: str, *, download: bool) -> None:
        (Path(folder) / "MNIST" / "raw").mkdir(parents=True)
        (Path(folder) / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").write_bytes(b"half")
        raise error

    monkeypatch.setattr(datasets, "MNIST", half_way)
    with pytest.raises(data.DataError, match=r"could not be downloaded .*GANUTILS_DATA.*'digits'"):
        data.images("mnist")
    assert list(root.iterdir()) == []


def test_a_download_arrives_whole_and_is_then_read(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small(monkeypatch)
    original, calls = datasets.FashionMNIST, []

    def fetch(folder: str, *, download: bool = False, train: bool = True) -> object:
        calls.append(download)
        if download:
            write_raw(Path(folder) / "FashionMNIST", "fashion-mnist", 20)
        return original(folder, train=train)

    monkeypatch.setattr(datasets, "FashionMNIST", fetch)
    for _ in range(2):
        assert len(data.images("fashion-mnist")) == 20
    assert calls == [True, False, False], "downloaded once, read twice"
    assert [path.name for path in root.iterdir()] == ["FashionMNIST"]


def test_cifar_keeps_its_colours(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        data = torch.arange(2 * 32 * 32 * 3).remainder(256).to(torch.uint8).view(2, 32, 32, 3).numpy()
        targets = (1, 9)
        classes = tuple("abcdefghij")

        def __init__(self, folder: Path, *, train: bool) -> None: ...

    (root / "cifar-10-batches-py").mkdir()
    monkeypatch.setattr(datasets, "CIFAR10", Fake)
    images = data.images("cifar-10")
    assert images.pixels.shape == (2, 3, 32, 32)
    assert images.pixels[0, :, 0, 0].tolist() == [0, 1, 2]
    assert images.labels.tolist() == [1, 9]


def test_a_relative_folder_counts_from_the_suite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    suite = Path(downloads.__file__).parents[1]
    monkeypatch.setenv("GANUTILS_DATA", "../shared")
    assert downloads.root() == suite / ".." / "shared"
    monkeypatch.setenv("GANUTILS_DATA", str(tmp_path))
    assert downloads.root() == tmp_path
    monkeypatch.delenv("GANUTILS_DATA")
    assert downloads.root() == suite / "data"
