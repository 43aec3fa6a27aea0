"""Sets that ship and batches; and a clear sentence for everything that can be wrong."""

from __future__ import annotations

import pytest
import torch

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


@pytest.mark.parametrize("batch_size", [1, 3, 4, 5, 7, 10])
def test_every_picture_is_seen_once_before_any_is_seen_again(batch_size: int) -> None:
    """Also where the batch does not divide the set: the stream of pictures is what counts."""
    pixels = torch.arange(10, dtype=torch.uint8).view(10, 1, 1, 1)
    images = data.Images(pixels, torch.zeros(10, dtype=torch.int64), ("x",))
    batches = [batch.flatten() for batch in images.batches(batch_size, steps=30)]
    assert {len(batch) for batch in batches} == {batch_size}
    passes = torch.cat(batches)[: 30 * batch_size // 10 * 10].view(-1, 10)
    assert all(len(one.unique()) == 10 for one in passes)
    assert not torch.equal(passes[0], passes[1])
    for first_step in (1, 2, 7, 29):
        resumed = [batch.flatten() for batch in images.batches(batch_size, steps=30, first_step=first_step)]
        assert all(torch.equal(a, b) for a, b in zip(batches[first_step:], resumed, strict=True))


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
