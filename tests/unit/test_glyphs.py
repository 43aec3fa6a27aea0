import pytest
import torch

from ganutils.data import glyphs


def test_seeded_and_varied() -> None:
    a, labels, factors = glyphs.sample(64, seed=4)
    b, *_ = glyphs.sample(64, seed=4)
    c, *_ = glyphs.sample(64, seed=5)
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert factors["shift"].shape == (64, 2)
    assert labels.max() < len(glyphs.CHARACTERS)


def test_every_font_can_draw_every_character() -> None:
    n = len(glyphs.FONTS) * len(glyphs.CHARACTERS)
    pairs = torch.cartesian_prod(torch.arange(len(glyphs.FONTS)), torch.arange(len(glyphs.CHARACTERS)))
    zero = torch.zeros(n)
    pictures = glyphs.draw(
        pairs[:, 0], pairs[:, 1], characters=glyphs.CHARACTERS, size=28,
        slant=zero, weight=zero, shift=torch.zeros(n, 2), rotation=zero,
    )  # fmt: skip
    ink = pictures.float().mean((1, 2, 3)) / 255
    assert ink.min() > 0.015, "an empty picture: the font lacks the character"
    assert ink.max() < 0.6


def factor_pictures(**changed: torch.Tensor) -> torch.Tensor:
    n = 5
    factors = {name: torch.zeros(n) for name in ("slant", "weight", "rotation")} | {"shift": torch.zeros(n, 2)}
    factors |= changed
    letter = torch.full((n,), glyphs.CHARACTERS.index("I"))
    return glyphs.draw(
        torch.zeros(n, dtype=torch.int64), letter, characters=glyphs.CHARACTERS, size=64, **factors
    ).float()[:, 0]


def test_weight_adds_ink() -> None:
    ink = factor_pictures(weight=torch.linspace(-0.2, 0.2, 5)).mean((1, 2))
    assert (ink.diff() > 0).all()


def test_shift_moves_the_centre_of_ink_by_what_it_says() -> None:
    amounts = torch.linspace(-0.1, 0.1, 5)
    pictures = factor_pictures(shift=torch.stack([amounts, torch.zeros(5)], 1))
    centre = (pictures.sum(1) * torch.arange(64)).sum(1) / pictures.sum((1, 2))
    torch.testing.assert_close(centre - centre[2], amounts * 64, atol=0.2, rtol=0)


@pytest.mark.parametrize("factor", ["slant", "rotation"])
def test_slant_leans_right_and_rotation_turns_anticlockwise(factor: str) -> None:
    degrees = torch.tensor([-10.0, -5.0, 0.0, 5.0, 10.0])
    pictures = factor_pictures(**{factor: degrees})
    columns = torch.arange(64).float()
    rows = pictures.sum(2) > 0
    top = torch.stack([(p[r][:8].sum(0) * columns).sum() / p[r][:8].sum() for p, r in zip(pictures, rows, strict=True)])
    bottom = torch.stack(
        [(p[r][-8:].sum(0) * columns).sum() / p[r][-8:].sum() for p, r in zip(pictures, rows, strict=True)]
    )
    lean = (top - bottom) * (1 if factor == "slant" else -1)
    assert (lean.diff() > 0.5).all()


@pytest.mark.parametrize(("options", "words"), [({"size": 4}, "at least 8"), ({"characters": "aé"}, "cannot be drawn")])
def test_bad_requests(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        glyphs.sample(2, **options)
