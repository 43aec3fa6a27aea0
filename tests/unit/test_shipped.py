"""What ships: small, checked, working, and described by its card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from notebook_code import definitions
from safetensors.torch import load_file

from ganutils import models
from ganutils.models import shipped

CARDS = json.loads((shipped.WEIGHTS / "cards.json").read_text(encoding="utf-8"))


def test_every_card_has_its_network_and_its_file() -> None:
    files = {file.stem for file in shipped.WEIGHTS.glob("*.safetensors")}
    assert set(CARDS) == {*shipped.NETWORKS, *shipped.HEAD_STARTS} == files


@pytest.mark.parametrize("name", list(shipped.NETWORKS))
def test_each_is_small_and_loads_in_one_line(name: str) -> None:
    network = models.pretrained(name)
    limit = 200_000 if name.startswith("classifier") else 500_000
    assert (shipped.WEIGHTS / f"{name}.safetensors").stat().st_size < limit
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())
    kind, number = CARDS[name]["network"].removeprefix("models.").rstrip(")").split("(")
    assert type(network).__name__ == kind
    assert int(number.split(",")[0]) in (network.latent_dim if kind == "ConvGenerator" else network.head.out_features,)


def test_the_letters_are_letters() -> None:
    images = models.pretrained("letters")(torch.randn(4, 24, generator=torch.Generator().manual_seed(0)))
    assert images.shape == (4, 1, 28, 28)
    assert images.isfinite().all()
    assert images.std() > 0.3, "letters, not one grey"


def test_head_starts_fit_their_notebooks_networks() -> None:
    dcgan = definitions("05_dcgan", "setup", "parameters", "discriminator")
    named = definitions("06_conditional_gan", "setup", "parameters", given={"classes": 26})
    for cell in ("generator", "discriminator"):
        named = definitions("06_conditional_gan", cell, given=named)
    pairs = {
        "05_dcgan": (models.ConvGenerator(dcgan["large_dim"]), dcgan["Discriminator"](width=dcgan["large_width"])),
        "06_conditional_gan": (named["ConditionalGenerator"](), named["ProjectionDiscriminator"]()),
    }
    for name, networks in pairs.items():
        steps, states = models.head_start(name)
        assert steps == CARDS[name]["steps"] > 1000
        assert (shipped.WEIGHTS / f"{name}.safetensors").stat().st_size < 800_000
        for network, part in zip(networks, ("generator", "discriminator"), strict=True):
            network.load_state_dict(states[part])  # raises where a name or a shape differs


def test_a_head_start_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    _, states = models.head_start("05_dcgan")
    shipped.save_head_start(tmp_path / "again.safetensors", states)
    again = load_file(tmp_path / "again.safetensors")
    assert all(torch.equal(weight, again[f"generator/{key}"]) for key, weight in states["generator"].items())


def test_a_head_start_that_does_not_ship_is_named() -> None:
    with pytest.raises(ValueError, match=r"No head start '07' ships. There are 05_dcgan, 06_conditional_gan"):
        models.head_start("07")


def test_what_does_not_ship_is_named() -> None:
    with pytest.raises(ValueError, match=r"No network 'lettres' ships. Did you mean 'letters'\? There are letters, "):
        models.pretrained("lettres")


def test_a_file_that_is_missing_or_changed_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in shipped.WEIGHTS.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path)
    victim = tmp_path / "letters.safetensors"
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.write_bytes(content)
    with pytest.raises(models.WeightsError, match=r"letters.safetensors is not the file that shipped .* with git"):
        models.pretrained("letters")
    victim.unlink()
    with pytest.raises(models.WeightsError, match="is missing; install the suite again"):
        models.pretrained("letters")


def test_saved_weights_come_back(tmp_path: Path) -> None:
    network = models.pretrained("classifier-digits")
    assert shipped.save_weights(tmp_path / "again.safetensors", network) == CARDS["classifier-digits"]["sha256"]
