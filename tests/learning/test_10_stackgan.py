"""Notebook 10: sentences find their pictures, stage I obeys them, what ships obeys everywhere; broken ones do not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from notebook_code import definitions
from torch import Tensor

from ganutils import data

pytestmark = pytest.mark.learning
CELLS = (
    "setup", "parameters", "icons-data", "vocabulary", "bags", "words", "matching", "look", "matching-loop",
    "augmentation", "reader", "d-loss", "conditional-norm", "stage-one", "loop", "adam", "draw",
)  # fmt: skip


@pytest.fixture(scope="module")
def matched() -> dict[str, Any]:
    """The notebook's definitions, with a matching network and words that learned for 200 steps."""
    torch.manual_seed(0)
    own = definitions("10_stackgan", *CELLS)
    own |= {
        "look": own["Look"](own["layout"]),
        "words": own["new_words"](),
        "counts": own["bags"](own["icons"].captions),
    }
    for _ in own["match"](own["look"], own["words"], own["icons"], own["counts"], 200):
        pass
    return own


def finds(own: dict[str, Any], look: Any, words: Any, pictures: data.Images) -> float:
    """The share of a hundred pictures that find their own sentence among a hundred."""
    with torch.no_grad():
        return own["matching"](look(pictures[:100]), words(own["bags"](pictures.captions[:100])))[1].item()


def test_pictures_find_their_sentences_also_of_pairs_never_shown(matched: dict[str, Any]) -> None:
    assert finds(matched, matched["look"], matched["words"], matched["seen"]) > 0.6
    assert finds(matched, matched["look"], matched["words"], matched["unseen"]) > 0.5


def test_with_sentences_of_other_pictures_nothing_is_found(matched: dict[str, Any]) -> None:
    torch.manual_seed(0)
    look, words = matched["Look"](matched["layout"]), matched["new_words"]()
    for _ in matched["match"](look, words, matched["icons"], matched["counts"].roll(1, dims=0), 60):
        pass
    assert finds(matched, look, words, matched["seen"]) < 0.1


def play(matched: dict[str, Any], change: Callable[[Any], None] = lambda reader: None) -> Tensor:
    """Obedience for each attribute after 150 steps of stage I, with something changed in its discriminator."""
    own = definitions("10_stackgan", "start", "obedience", given={**matched, "look": copy.deepcopy(matched["look"])})
    change(own["parts"]["discriminator"])
    for _ in own["stack_steps"](**own["parts"], pictures=own["icons"], e=own["e"], steps=150, size=64):
        pass
    few = own["seen"].subset(slice(0, 300))
    with torch.no_grad():
        e = own["words"](own["bags"](few.captions))
    return own["hits"](own["draw"](own["parts"]["ema"], e), few).mean(0)


def test_stage_one_obeys_ground_and_colour_first(matched: dict[str, Any]) -> None:
    _, colour, ground, _ = play(matched)
    assert ground > 0.6
    assert colour > 0.45


def test_a_discriminator_that_hears_nothing_teaches_nothing(matched: dict[str, Any]) -> None:
    def deafen(reader: Any) -> None:
        reader.judge = lambda f, e: reader.head(F.leaky_relu(f, 0.2))[:, 0]

    _, colour, ground, _ = play(matched, deafen)
    assert ground < 0.45, "by chance .25"
    assert colour < 0.3, "by chance .125"


def reads(matched: dict[str, Any], neighbour: int) -> float:
    """How often D, taught on real pairs from nothing, gives the right sentence of a new icon more than another."""
    torch.manual_seed(0)
    reader, e = matched["Reader"](matched["Look"](matched["layout"])), matched["words"](matched["counts"]).detach()
    adam = matched["adam"](reader, 1e-3)
    for step in range(100):
        rows = torch.randint(len(e), (64,), generator=data.seeded(1, step))
        f = reader.look(matched["icons"][rows])
        right, wrong = reader.judge(f, e[rows]), reader.judge(f, e[rows].roll(neighbour, dims=0))
        adam.zero_grad()
        (F.softplus(-right).mean() + F.softplus(wrong).mean() / 2).backward()
        adam.step()
    with torch.no_grad():
        new, f = matched["words"](matched["bags"](matched["seen"].captions)), reader.look(matched["seen"][:])
        return (reader.judge(f, new) > reader.judge(f, new.roll(1, dims=0))).double().mean().item()


def test_wrong_sentences_teach_reading_and_wrong_ones_that_are_right_do_not(matched: dict[str, Any]) -> None:
    assert reads(matched, neighbour=1) > 0.9
    assert reads(matched, neighbour=0) < 0.8


def test_what_ships_obeys_word_by_word_as_its_card_says(matched: dict[str, Any]) -> None:
    own = definitions("10_stackgan", "obedience", "long", "stage-two", "two-load", given=matched)
    names = "two stages", "straight", "pairs"
    least = dict(zip(names, ((0.88, 0.84), (0.92, 0.88), (0.92, 0.88)), strict=True))  # kinds: as in training, held out
    for train in (True, False):
        pictures = data.images("icons", count=300, size=16, train=train, seed=50)
        drawn, again = (dict(zip(names, own["all_four"](pictures.captions, seed=k)[1:], strict=True)) for k in (3, 4))
        for name, images in drawn.items():
            bound = torch.tensor([least[name][not train], 0.97, 0.99, 0.98])
            assert (own["hits"](images, pictures).mean(0) >= bound).all(), name
        straight, pairs = ((drawn[name] - again[name]).square().mean().sqrt() for name in names[1:])
        assert pairs > 2 * straight, "whose D compares two pictures of a sentence, varies them"


def test_only_a_discriminator_that_compares_sees_that_two_are_alike(matched: dict[str, Any]) -> None:
    """Two pictures of one sentence, or one of them twice: one at a time both are as real."""
    own = definitions("10_stackgan", "pair-reader", given=matched)
    icons, size = matched["seen"], matched["seen"].pixels.shape[-1]
    twins = data.icons.again(icons.labels, icons.factors, size=size, seed=9).float() / 127.5 - 1
    right = {}
    with torch.no_grad():
        e = matched["words"](matched["bags"](icons.captions))
    for name in ("Reader", "PairReader"):
        torch.manual_seed(0)
        reader = own[name](matched["Look"](matched["layout"]))
        adam = matched["adam"](reader, 1e-3)

        def both(rows: torch.Tensor, reader: Any = reader) -> tuple[torch.Tensor, torch.Tensor]:
            one, asked = icons[rows], e[rows].repeat(2, 1)
            return reader(torch.cat([one, twins[rows]]), asked), reader(torch.cat([one, one]), asked)

        for step in range(100):
            differ, alike = both(torch.randint(500, (16,), generator=data.seeded(1, step)))
            adam.zero_grad()
            (F.softplus(-differ) + F.softplus(alike)).mean().backward()
            adam.step()
        with torch.no_grad():
            differ, alike = both(torch.arange(500, 700))
        right[name] = ((differ > 0).double().mean() + (alike < 0).double().mean()).item() / 2
    assert right["PairReader"] > 0.95
    assert right["Reader"] < 0.75, "the new twins of new icons"


def test_with_twins_a_batch_holds_two_pictures_of_each_sentence(matched: dict[str, Any]) -> None:
    """Real ones of the same icon, drawn anew; and both, like the two that are drawn, under the same sentence."""
    given = {**matched, "look": copy.deepcopy(matched["look"])}
    own = definitions("10_stackgan", "pair-reader", "start", "obedience", given=given)
    icons = matched["icons"]
    size = icons.pixels.shape[-1]
    pixels = data.icons.again(icons.labels, icons.factors, size=size, seed=5)
    own["parts"]["discriminator"] = reader = own["PairReader"](own["Look"](own["layout"]))
    own["parts"]["d_optimizer"] = own["adam"](reader, 1e-3)
    batches, loop = [], own["stack_steps"]
    kept = loop.__globals__["d_loss"]

    def recorded(d: Any, real: torch.Tensor, fake: torch.Tensor, e: torch.Tensor) -> Any:
        batches.append((real, fake, e))
        return kept(d, real, fake, e)

    loop.__globals__["d_loss"] = recorded
    try:
        twins = data.Images(pixels, icons.labels, icons.classes)
        for _ in loop(**own["parts"], pictures=icons, e=own["e"], steps=1, size=8, twins=twins):
            pass
    finally:
        loop.__globals__["d_loss"] = kept
    ((real, fake, e),) = batches
    rows = torch.randint(len(own["e"]), (8,), generator=data.seeded(1, 1))[:4]
    assert torch.equal(real, torch.cat([icons[rows], twins[rows]]))
    assert not torch.equal(real[:4], real[4:])
    assert torch.equal(e, own["e"][rows].repeat(2, 1))
    assert len(fake) == 8


def test_words_of_another_vocabulary_are_other_words(matched: dict[str, Any]) -> None:
    own = definitions("10_stackgan", "obedience", "long", given=matched)
    pictures = data.images("icons", count=200, size=16, seed=51)
    tidied = sorted({*own["vocabulary"], "apple"} - {"the"})
    drawn = own["draw"](own["final_one"], own["said"](pictures.captions, tidied))
    assert own["hits"](drawn, pictures).mean(0)[0] < 0.2
