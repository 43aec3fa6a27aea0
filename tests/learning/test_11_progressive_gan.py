"""Notebook 11: a grown pair goes on where the small one stopped and learns; swapped, too fast or blind ones do not."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from notebook_code import definitions
from torch import Tensor

from ganutils.models import shipped

pytestmark = pytest.mark.learning
CELLS = (
    "setup", "parameters", "names", "pyramid", "pictures", "fade", "equal", "standard", "norm", "batch",
    "generator", "discriminator", "collapse", "schedule", "growing", "players", "sixteen", "train-loop", "measure",
)  # fmt: skip
SMALL = [(8, 0, 200)]


@pytest.fixture(scope="module")
def own() -> dict[str, Any]:
    """The notebook's definitions, and a judge's eye."""
    found = definitions("11_progressive_gan", *CELLS)
    found["eye"] = found["models"].pretrained("classifier-icons")
    return found


def train(own: dict[str, Any], parts: dict[str, Any], plan: list[tuple[int, int, int]], first: int = 0) -> float:
    """The distance of the average generator's pictures after the plan."""
    steps = sum(fading + staying for _, fading, staying in plan)
    for _ in own["grow"](parts, steps, first=first, stage=lambda step: own["stage"](step, plan)):
        pass
    return own["distance"](own["drawn"](parts["ema"]))


@pytest.fixture(scope="module")
def small(own: dict[str, Any]) -> dict[str, Any]:
    """A pair after two hundred steps at 8 x 8 pixels."""
    parts = own["players"]()
    train(own, parts, SMALL)
    return parts


def test_a_pair_learns_at_eight_pixels(own: dict[str, Any], small: dict[str, Any]) -> None:
    untrained = own["distance"](own["drawn"](own["players"]()["ema"]))
    assert own["distance"](own["drawn"](small["ema"])) < untrained / 2


def test_with_the_rate_of_equalised_layers_standard_ones_do_not_learn(
    own: dict[str, Any], small: dict[str, Any]
) -> None:
    spoilt = train(own, own["players"](conv=own["Standard"]), SMALL)
    assert not spoilt < 2 * own["distance"](own["drawn"](small["ema"]))


def moved(own: dict[str, Any], small: dict[str, Any], alpha: float) -> float:
    """How far its pictures are from those of the small pair, once 16 pixels are faded in so far, and nobody trained."""
    network, names = small["ema"], own["reference"].labels[:100]
    before = own["drawn"](network, names)
    try:
        network.size, network.alpha = 16, alpha
        return (own["down"](own["drawn"](network, names)) - before).square().mean().sqrt().item()
    finally:
        network.size, network.alpha = 8, 1.0


def test_growing_starts_from_the_old_pictures(own: dict[str, Any], small: dict[str, Any]) -> None:
    assert moved(own, small, 0.02) < 0.05
    assert moved(own, small, 1.0) > 0.25


def test_with_alpha_swapped_it_starts_from_noise(own: dict[str, Any], small: dict[str, Any]) -> None:
    right = own["fade"]
    own["fade"] = lambda old, new, alpha: right(new, old, alpha)
    try:
        assert moved(own, small, 0.02) > 0.25
    finally:
        own["fade"] = right


def test_pictures_stay_what_they_were_when_they_grow(own: dict[str, Any], small: dict[str, Any]) -> None:
    parts, names = copy.deepcopy(small), own["reference"].labels[:100]
    before = own["drawn"](parts["ema"], names)
    train(own, parts, [*SMALL, (16, 40, 10)], first=200)
    after = own["down"](own["drawn"](parts["ema"], names))
    same, other = ((x - before).square().mean() for x in (after, after.roll(1, dims=0)))
    assert same < 0.5 * other


def obeyed(own: dict[str, Any], network: Any) -> list[float]:
    """How often kind, colour, ground and size are read off as they were asked for."""
    asked = own["reference"].factors["asked"][:2000]
    read = own["metrics"].read_icons(own["eye"], own["drawn"](network), own["choices"].values()) == asked
    return read.double().mean(0).tolist()


def test_names_are_obeyed_by_colours_and_grounds_first(own: dict[str, Any], small: dict[str, Any]) -> None:
    """Which a pair trained with shuffled names does not learn (seen failing so)."""
    _, colour, ground, _ = obeyed(own, small["ema"])
    assert colour > 0.3, "there are eight"
    assert ground > 0.7, "there are four"


def test_a_discriminator_that_sees_the_batch_sees_a_collapse(own: dict[str, Any]) -> None:
    assert own["sees_collapse"](own["with_deviation"]) > 1
    assert abs(own["sees_collapse"](lambda h: h)) < 0.5


def test_real_and_generated_pictures_never_share_a_batch(own: dict[str, Any]) -> None:
    """Else the deviation would be measured over both, and tell D nothing of either."""
    together: list[int] = []

    def counting(h: Tensor) -> Tensor:
        together.append(len(h))
        return own["with_deviation"](h)

    parts = own["players"](see_batch=counting)
    together.clear()  # the network was tried out as it was built
    train(own, parts, [(8, 0, 4)])
    assert set(together) == {own["batch_size"]}


def test_what_ships_is_as_near_to_real_icons_as_its_card_says(own: dict[str, Any]) -> None:
    _, states = own["models"].head_start("11_progressive_gan")
    network = own["Generator"](own["name_count"]).eval()
    network.load_state_dict(states["generator"])
    network.size = 32
    card = json.loads((shipped.WEIGHTS / "cards.json").read_text())["11_progressive_gan"]
    said = re.search(r"distance ([\d.]+)", card["score"])
    assert said
    assert abs(own["distance"](own["drawn"](network)) - float(said[1])) < 0.5
    assert min(obeyed(own, network)) > 0.97, "the distance alone does not see whether names are obeyed"
    network.load_state_dict(states["half"])
    network.size, network.alpha = 32, 0.5
    assert own["distance"](own["drawn"](network)) < 20
    network.alpha = 1.0
    assert own["distance"](own["drawn"](network)) > 90, "the new way alone draws no icons yet"


def test_the_pair_of_16_pixels_that_ships_draws_its_names_and_its_judge_knows_real_icons(own: dict[str, Any]) -> None:
    parts = own["sixteen"]()
    assert min(obeyed(own, parts["ema"])) > 0.9
    real = F.avg_pool2d(own["reference"][:500], 2)
    names = own["reference"].labels[:500]
    with torch.no_grad():
        right, others = (parts["discriminator"].eval()(real, y).mean() for y in (names, names.roll(1, 0)))
    assert right > others + 1, "an untrained judge would give both the same"
