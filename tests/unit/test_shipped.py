"""What ships: small, checked, working, and described by its card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from ganutils import models
from ganutils.models import shipped

CARDS = json.loads((shipped.WEIGHTS / "cards.json").read_text(encoding="utf-8"))


def test_every_card_has_its_network_and_its_file() -> None:
    assert set(CARDS) == set(shipped.NETWORKS) == {file.stem for file in shipped.WEIGHTS.glob("*.safetensors")}


@pytest.mark.parametrize("name", list(CARDS))
def test_each_is_small_and_loads_in_one_line(name: str) -> None:
    network = models.pretrained(name)
    limit = 200_000 if name.startswith("classifier") else 500_000
    assert (shipped.WEIGHTS / f"{name}.safetensors").stat().st_size < limit
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())
    kind, number = CARDS[name]["network"].removeprefix("models.").rstrip(")").split("(")
    assert type(network).__name__ == kind
    assert int(number) in (network.latent_dim if kind == "ConvGenerator" else network.head.out_features,)


def test_the_letters_are_letters() -> None:
    images = models.pretrained("letters")(torch.randn(4, 24, generator=torch.Generator().manual_seed(0)))
    assert images.shape == (4, 1, 28, 28)
    assert images.isfinite().all()
    assert images.std() > 0.3, "letters, not one grey"


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
