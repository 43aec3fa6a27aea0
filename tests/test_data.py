"""Sets that ship, folders, batches; and a clear sentence for everything that can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganutils import data


def test_digits_are_the_real_ones() -> None:
    digits = data.images("digits")
    assert digits.pixels.shape == (1797, 1, 8, 8)
    assert digits.pixels.dtype == torch.uint8
    assert digits.labels[:10].tolist() == list(range(10))
    assert digits.labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize(("name", "size"), [("digits", 28), ("digits", 16), ("glyphs", 32), ("glyphs", 64)])
def test_any_size_within_the_image_contract(name: str, size: int) -> None:
    images = data.images(name, size=size, count=50)
    batch = images[0:20]
    assert batch.shape == (20, 1, size, size)
    assert batch.dtype == torch.float32
    assert batch.min() >= -1
    assert batch.max() <= 1
    assert batch.min() < -0.9  # both ends are used
    assert batch.max() > 0.8


def test_pixels_become_numbers_exactly() -> None:
    pixels = torch.tensor([0, 255, 51], dtype=torch.uint8).view(3, 1, 1, 1)
    images = data.Images(pixels, torch.zeros(3, dtype=torch.int64), ("x",))
    torch.testing.assert_close(images[0:3].flatten(), torch.tensor([-1.0, 1.0, -0.6]))


def test_every_picture_once_an_epoch_and_resumable() -> None:
    pixels = torch.arange(10, dtype=torch.uint8).view(10, 1, 1, 1)
    images = data.Images(pixels, torch.zeros(10, dtype=torch.int64), ("x",))
    batches = [batch.flatten() for batch in images.batches(5, steps=6)]
    for epoch in (batches[0:2], batches[2:4], batches[4:6]):
        assert len(torch.cat(epoch).unique()) == 10
    assert not torch.equal(torch.cat(batches[0:2]), torch.cat(batches[2:4]))
    resumed = [batch.flatten() for batch in images.batches(5, steps=6, first_step=3)]
    assert all(torch.equal(a, b) for a, b in zip(batches[3:], resumed, strict=True))


def test_split_shares_nothing_and_loses_nothing() -> None:
    digits = data.images("digits")
    first, second = digits.split(1297, seed=1)
    assert (len(first), len(second)) == (1297, 500)
    assert first.labels.bincount().add(second.labels.bincount()).tolist() == digits.labels.bincount().tolist()


@pytest.mark.parametrize(("name", "words"), [("mnst", "mean 'mnist'"), ("digit", "'digits'"), ("zzz", "choices")])
def test_unknown_names(name: str, words: str) -> None:
    with pytest.raises(data.DataError, match=words):
        data.images(name)


@pytest.mark.parametrize("batch_size", [0, 1798])
def test_impossible_batches(batch_size: int) -> None:
    with pytest.raises(data.DataError, match="between 1 and the 1797 pictures"):
        next(data.images("digits").batches(batch_size, steps=1))


def save(path: Path, size: tuple[int, int], grey: int = 128) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), grey, np.uint8)).save(path)


def test_a_folder_with_classes(tmp_path: Path) -> None:
    save(tmp_path / "cats" / "a.png", (40, 30), grey=0)
    save(tmp_path / "dogs" / "b.jpg", (30, 50), grey=255)
    images = data.folder(tmp_path, size=16)
    assert images.pixels.shape == (2, 3, 16, 16)
    assert images.classes == ("cats", "dogs")
    assert images.labels.tolist() == [0, 1]
    assert images[1].min() > 0.98
    assert data.folder(tmp_path, size=16, colour=False).pixels.shape == (2, 1, 16, 16)


def test_a_flat_folder_of_one_size_needs_no_size(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (12, 20))
    save(tmp_path / "b.png", (12, 20))
    assert data.folder(tmp_path).pixels.shape == (2, 3, 20, 12)


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(data.DataError, match="There is no folder"):
        data.folder(tmp_path / "nowhere")
    with pytest.raises(data.DataError, match="holds no pictures"):
        data.folder(tmp_path)
    save(tmp_path / "a.png", (10, 10))
    save(tmp_path / "b.png", (20, 10))
    with pytest.raises(data.DataError, match=r"2 sizes .*pass size=64"):
        data.folder(tmp_path)
    (tmp_path / "c.png").write_bytes(b"this is no picture")
    with pytest.raises(data.DataError, match=r"c\.png cannot be read"):
        data.folder(tmp_path, size=8)


def test_labelled_batches_are_the_batches_with_their_labels() -> None:
    digits = data.images("digits")
    labelled = list(digits.labelled_batches(32, steps=60, seed=3))
    for (images, labels), alone in zip(labelled, digits.batches(32, steps=60, seed=3), strict=True):
        assert torch.equal(images, alone)
        assert labels.shape == (32,)
    index = {bytes(p.numpy().tobytes()): int(label) for p, label in zip(digits.pixels, digits.labels, strict=True)}
    images, labels = labelled[0]
    pixels = ((images + 1) * 127.5).round().to(torch.uint8)
    assert [index[bytes(p.numpy().tobytes())] for p in pixels] == labels.tolist()
