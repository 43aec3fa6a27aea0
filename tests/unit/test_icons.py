import pytest
import torch

from ganutils import data, metrics, models
from ganutils.data import icons


def one(kind="heart", colour="red", ground="white", *, size=64, scale=0.8, tilt=0.0, shift=(0.0, 0.0), outline=False):
    names = ((icons.KINDS, kind), (icons.COLOURS, colour), (icons.GROUNDS, ground))
    paints = (torch.tensor([list(table).index(name)]) for table, name in names)
    numbers = {"scale": torch.tensor([scale]), "tilt": torch.tensor([tilt]), "shift": torch.tensor([shift])}
    return icons.draw(*paints, size=size, **numbers, outline=torch.tensor([outline]))[0].float()


def ink(picture, ground="white"):
    """How far each pixel is from the ground, as a share of the largest distance."""
    away = (picture - torch.tensor(icons.GROUNDS[ground]).view(3, 1, 1)).norm(dim=0)
    return away / away.max()


def test_the_same_seed_draws_the_same_icons() -> None:
    a, labels, factors, captions = icons.sample(64, seed=4)
    b, _, _, again = icons.sample(64, seed=4)
    c, *_ = icons.sample(64, seed=5)
    assert torch.equal(a, b)
    assert captions == again
    assert not torch.equal(a, c)
    assert a.shape == (64, 3, 32, 32)
    assert a.dtype == torch.uint8
    assert len(captions) == 64
    assert labels.max() < len(icons.KINDS)
    assert all(len(value) == 64 for value in factors.values())


def test_no_pair_of_kind_and_colour_is_in_both_parts() -> None:
    parts = []
    for train in (True, False):
        _, labels, factors, _ = icons.sample(6000, size=8, train=train)
        parts.append(set(zip(labels.tolist(), factors["colour"].tolist(), strict=True)))
    assert parts[1] == set(icons.HELD_OUT)
    assert parts[0] == {(k, c) for k in range(len(icons.KINDS)) for c in range(len(icons.COLOURS))} - parts[1]


def test_every_colour_is_held_out_equally_often() -> None:
    counts = torch.bincount(torch.tensor([colour for _, colour in icons.HELD_OUT]))
    assert counts.tolist() == [len(icons.KINDS) // len(icons.COLOURS)] * len(icons.COLOURS)


def test_captions_say_the_factors_and_nothing_else() -> None:
    _, labels, factors, captions = icons.sample(500, size=8, seed=1)
    for row, text in enumerate(captions):
        words = set(text.replace(",", "").split())
        assert words & set(icons.KINDS) == {list(icons.KINDS)[labels[row]]}
        assert words & set(icons.COLOURS) == {list(icons.COLOURS)[factors["colour"][row]]}
        assert words & set(icons.GROUNDS) == {list(icons.GROUNDS)[factors["ground"][row]]}
        assert words & set(icons.SIZES) == {"large" if factors["large"][row] else "small"}
        assert ("outlined" in words) == bool(factors["outline"][row])
        assert ("left" in words, "right" in words) == (
            bool(factors["tilt"][row] >= icons.TILTED), bool(factors["tilt"][row] <= -icons.TILTED)
        )  # fmt: skip
        assert "a o" not in text
        assert "{" not in text


def test_an_icon_has_the_colours_that_were_asked_for() -> None:
    picture = one("cross", "green", "cream", scale=0.9)
    assert picture[:, 0, 0].tolist() == list(icons.GROUNDS["cream"])
    assert picture[:, 32, 32].tolist() == list(icons.COLOURS["green"])


@pytest.mark.parametrize("scale", [0.45, 0.9])
def test_scale_is_the_share_of_the_side(scale: float) -> None:
    rows = (ink(one("castle", scale=scale, size=128)) > 0.5).any(1).sum() / 128
    assert rows == pytest.approx(scale, abs=0.02)


def test_tilt_and_shift_move_the_ink_as_their_signs_say() -> None:
    x = torch.arange(64.0) - 31.5
    right = ink(one("heart", shift=(0.1, 0.0)))
    assert float((right.sum(0) * x).sum() / right.sum()) == pytest.approx(6.4, abs=0.5)
    down = ink(one("heart", shift=(0.0, 0.1)))
    centre = ink(one("heart"))
    assert float((down.sum(1) * x).sum() / down.sum() - (centre.sum(1) * x).sum() / centre.sum()) > 5
    arrow = ink(one("arrow", tilt=20.0))  # anticlockwise: the right end goes up, that is to smaller rows
    assert (arrow[:, 48:].sum(1) * x).sum() < 0 < (arrow[:, :16].sum(1) * x).sum()


def test_outlines_have_less_ink_and_kinds_without_one_stay_filled() -> None:
    assert ink(one("heart", outline=True)).sum() < 0.6 * ink(one("heart")).sum()
    assert torch.equal(one("anchor", outline=True), one("anchor"))


def test_every_kind_is_drawn_by_the_font_and_differs_from_the_others() -> None:
    n = len(icons.KINDS)
    pictures = torch.stack([ink(one(kind, size=32)) for kind in icons.KINDS]).flatten(1)
    assert pictures.sum(1).min() > 20
    assert (torch.cdist(pictures, pictures) + 99 * torch.eye(n)).min() > 3  # a missing symbol is the same box


def test_icons_are_seen_on_every_ground() -> None:
    """No picture whose colour is near its ground: at least 80 of 255 apart in some channel."""
    _, _, factors, _ = icons.sample(4000, size=8)
    paints, papers = (torch.tensor(list(table.values())) for table in (icons.COLOURS, icons.GROUNDS))
    assert (paints[factors["colour"]] - papers[factors["ground"]]).abs().amax(1).min() >= 80


def test_the_set_keeps_captions_and_factors_with_their_pictures() -> None:
    whole = data.images("icons", count=50, size=16, seed=3)
    rows = torch.tensor([7, 3, 41])
    some = whole.subset(rows)
    assert whole[0:2].shape == (2, 3, 16, 16)
    assert whole.captions is not None
    assert some.captions == tuple(whole.captions[row] for row in (7, 3, 41))
    assert some.subset(slice(1, 3)).captions == some.captions[1:]
    first, second = whole.split(20)
    assert sorted((first.captions or ()) + (second.captions or ())) == sorted(whole.captions)
    assert whole.subset(whole.labels == whole.labels[0]).captions is not None


def test_some_kinds_only_with_the_rest_as_ever() -> None:
    some = data.images("icons", count=200, size=16, kinds=("moon", "heart"))
    assert {some.classes[kind] for kind in some.labels.tolist()} == {"moon", "heart"}
    assert all("moon" in caption or "heart" in caption for caption in some.captions or ())
    every = data.images("icons", count=200, size=16, kinds=tuple(data.icons.KINDS))
    assert torch.equal(every.pixels, data.images("icons", count=200, size=16).pixels)
    for kinds, named in ((("moon", "hart"), "not hart"), ((), "none at all")):
        with pytest.raises(ValueError, match=named):
            data.images("icons", count=5, kinds=kinds)


def test_an_impossible_size_is_told() -> None:
    with pytest.raises(ValueError, match="8 to 256"):
        data.images("icons", size=4)
    assert len(data.images("icons", count=0)) == 0


def test_what_was_asked_is_a_table_of_places() -> None:
    pictures = data.images("icons", count=300, size=8, seed=2)
    asked, factors = pictures.factors["asked"], pictures.factors
    assert list(icons.ATTRIBUTES.items()) == [("kind", 32), ("colour", 8), ("ground", 4), ("size", 2)]
    for column, place in enumerate((pictures.labels, factors["colour"], factors["ground"], factors["large"].long())):
        assert torch.equal(asked[:, column], place)
    assert (asked.max(0).values < torch.tensor(list(icons.ATTRIBUTES.values()))).all()


def test_again_draws_other_icons_for_the_same_sentences() -> None:
    kind, factors = (lambda sampled: sampled[1:3])(icons.sample(300, size=16, seed=6))
    first, second = (icons.again(kind, factors, size=16, seed=seed) for seed in (1, 2))
    assert torch.equal(first, icons.again(kind, factors, size=16, seed=1))
    assert (first != second).flatten(1).any(1).double().mean() > 0.95
    judge = models.pretrained("classifier-icons")
    read = metrics.read_icons(judge, first.float() / 127.5 - 1, icons.ATTRIBUTES.values())
    assert (read == factors["asked"]).double().mean(0).min() > 0.9


def test_again_stays_within_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    kind, factors = (lambda sampled: sampled[1:3])(icons.sample(400, size=8, seed=7))
    monkeypatch.setattr(icons, "draw", lambda *paints, size, **numbers: numbers)
    new = icons.again(kind, factors, size=8, seed=1)
    large = factors["large"]
    for rows, (low, high) in ((~large, icons.SIZES["small"]), (large, icons.SIZES["large"])):
        assert (new["scale"][rows] >= low).all()
        assert (new["scale"][rows] <= high).all()
    for side in (1, -1):
        said = side * factors["tilt"] >= icons.TILTED
        assert torch.equal(said, side * new["tilt"] >= icons.TILTED)
    assert new["tilt"].abs().max() <= icons.TILT
    assert new["shift"].abs().max() <= 0.05
