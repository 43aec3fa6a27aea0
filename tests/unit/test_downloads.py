"""No network here: torchvision's classes are replaced where something must arrive."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import torch
from torchvision import datasets

from ganutils import data
from ganutils.data import downloads


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


def small_source(images: int) -> downloads.Source:
    sizes = {
        "raw/train-images-idx3-ubyte": 16 + images * 784, "raw/train-labels-idx1-ubyte": 8 + images,
        "raw/t10k-images-idx3-ubyte": 16 + images * 784, "raw/t10k-labels-idx1-ubyte": 8 + images,
    }  # fmt: skip
    return downloads.Source("FashionMNIST", "FashionMNIST", sizes, {})


def small(monkeypatch: pytest.MonkeyPatch, images: int = 20) -> None:
    monkeypatch.setitem(downloads.SETS, "fashion-mnist", small_source(images))


def visible(folder: Path) -> list[str]:
    """What a person sees; a hidden lock file may stay."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_folder_that_is_there_is_only_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    write_raw(root / "FashionMNIST", "fashion-mnist", 20)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError("a read-only share")

    for name in ("mkdir", "rename", "replace", "unlink", "write_bytes", "touch"):  # chmod does nothing for root
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr(downloads.tempfile, "mkdtemp", refuse)
    monkeypatch.setattr(downloads, "FileLock", refuse)
    images = data.images("fashion-mnist", size=14)
    assert images.pixels.shape == (20, 1, 14, 14)
    assert (images.pixels == 7).all()
    assert (images.labels == 3).all()
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


@pytest.mark.parametrize("name", ["mnist", "cifar-10"])
@pytest.mark.parametrize("content", ["raw/notes.txt", "my-thesis.txt"])
def test_a_users_own_folder_is_never_deleted(
    root: Path, name: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = downloads.SETS[name]
    own = root / source.folder / content
    own.parent.mkdir(parents=True)
    own.write_text("years of work")
    refuse = lambda *args, **options: pytest.fail("nothing may be downloaded here")  # noqa: E731
    monkeypatch.setattr(datasets, source.torchvision_name, refuse)
    with pytest.raises(data.DataError, match=r"holds none of the set's files .* left alone: rename it"):
        data.images(name)
    assert own.read_text() == "years of work"


def test_right_sizes_with_wrong_content_are_damage(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    write_raw(root / "FashionMNIST", "fashion-mnist", 20)
    victim = root / "FashionMNIST" / "raw" / "train-images-idx3-ubyte"
    victim.write_bytes(bytes(victim.stat().st_size))
    with pytest.raises(data.DataError, match=r"FashionMNIST is damaged \(.+\); delete it"):
        data.images("fashion-mnist")


RACER = """
import sys, time
from pathlib import Path
from torchvision import datasets
from ganutils import data
from ganutils.data import downloads
sys.path.insert(0, sys.argv[1])
import test_downloads
downloads.SETS["fashion-mnist"] = test_downloads.small_source(20)
original = datasets.FashionMNIST
def fetch(folder, *, download=False, train=True):
    if download:
        print("downloads", flush=True)
        time.sleep(1)
        test_downloads.write_raw(Path(folder) / "FashionMNIST", "fashion-mnist", 20)
    return original(folder, train=train)
datasets.FashionMNIST = fetch
print(len(data.images("fashion-mnist")), flush=True)
"""


def test_of_two_notebooks_that_want_a_set_at_once_one_downloads_and_both_read_it(root: Path) -> None:
    folder = root / "daten mit Leerzeichen 数据"
    environment = os.environ | {"GANUTILS_DATA": str(folder)}
    command = [sys.executable, "-c", RACER, str(Path(__file__).parent)]
    racers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [racer.communicate()[0].split() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert [output[-1] for output in outputs] == ["20", "20"]
    assert sum(output.count("downloads") for output in outputs) == 1
    assert visible(folder) == ["FashionMNIST"]


def test_what_a_killed_download_left_is_swept_away(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / ".download-MNIST-abc" / "MNIST").mkdir(parents=True)

    def fail(folder: str, *, download: bool) -> None:
        assert not (root / ".download-MNIST-abc").exists()
        raise RuntimeError("no network")

    monkeypatch.setattr(datasets, "MNIST", fail)
    with pytest.raises(data.DataError, match="no network"):
        data.images("mnist")
    assert visible(root) == []


def test_a_server_that_falls_silent_is_given_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = socket.create_server(("127.0.0.1", 0))  # accepts, and says nothing
    monkeypatch.setattr(downloads, "SILENCE", 0.2)

    def hang(folder: str, *, download: bool) -> None:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{server.getsockname()[1]}")

    monkeypatch.setattr(datasets, "MNIST", hang)
    with pytest.raises(data.DataError, match=r"could not be downloaded \(timed out\)"):
        data.images("mnist")
    assert socket.getdefaulttimeout() is None


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
    wrong = downloads.Source(good.torchvision_name, good.folder, good.sizes, {"raw/train-images-idx3-ubyte": "0" * 64})
    monkeypatch.setitem(downloads.SETS, "fashion-mnist", wrong)
    with pytest.raises(data.DataError, match="damaged"):
        data.images("fashion-mnist")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("File not found or corrupted."),
        OSError("Network is unreachable"),
        http.client.IncompleteRead(b"half"),
    ],
)
def test_a_failed_download_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def half_way(folder: str, *, download: bool) -> None:
        (Path(folder) / "MNIST" / "raw").mkdir(parents=True)
        (Path(folder) / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").write_bytes(b"half")
        raise error

    monkeypatch.setattr(datasets, "MNIST", half_way)
    with pytest.raises(data.DataError, match=r"could not be downloaded .*GANUTILS_DATA.*'digits'"):
        data.images("mnist")
    assert visible(root) == []


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
    assert visible(root) == ["FashionMNIST"]


def test_cifar_keeps_its_colours(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        data = torch.arange(2 * 32 * 32 * 3).remainder(256).to(torch.uint8).view(2, 32, 32, 3).numpy()
        targets = (1, 9)
        classes = tuple("abcdefghij")

        def __init__(self, folder: Path, *, train: bool) -> None: ...

    (root / "cifar-10-batches-py").mkdir()
    for name in downloads.SETS["cifar-10"].sizes:
        (root / "cifar-10-batches-py" / name).touch()
    monkeypatch.setattr(datasets, "CIFAR10", Fake)
    images = data.images("cifar-10")
    assert images.pixels.shape == (2, 3, 32, 32)
    assert images.pixels[0, :, 0, 0].tolist() == [0, 1, 2]
    assert images.labels.tolist() == [1, 9]


def test_where_data_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    suite = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("GANUTILS_DATA", "../shared")
    assert downloads.root() == suite / ".." / "shared", "a relative folder counts from the clone"
    monkeypatch.setenv("GANUTILS_DATA", str(tmp_path))
    assert downloads.root() == tmp_path
    monkeypatch.delenv("GANUTILS_DATA")
    assert downloads.root() == suite / "data"
    monkeypatch.setattr(downloads.session, "checkout", lambda: None)  # an installed wheel
    monkeypatch.setattr(downloads.platformdirs, "user_cache_path", lambda name, **options: tmp_path / "cache" / name)
    assert downloads.root() == tmp_path / "cache" / "ganutils" / "data"
    monkeypatch.setenv("GANUTILS_DATA", "here")
    assert downloads.root() == tmp_path / "here"
