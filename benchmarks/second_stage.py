"""What notebook 10's second stage is worth, and its guide: python benchmarks/second_stage.py

Three generators of 32 x 32 pixels, 5,000 steps each of the notebook's own loop on 40,000 icons, the same words, and a D
that begins with the same network: the second stage with a guide and without one, on the stage I that ships, and ONE
generator straight from latent and words to 32 x 32, with a guide (the second stage's layers, but for those that see the
sketch). One run each. The judge reads a thousand pictures of pairs as in training and a thousand of pairs held out, and
D is asked which of 32 sentences that differ in their kind belongs to a real icon. Half an hour on one CPU thread for
each, after `tools/stackgan.py large`, which makes the guide and the first of the three; interrupted, it goes on.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import stackgan

from ganutils import data, metrics, models

RESULTS = ROOT / "benchmarks" / "second_stage.json"
ARMS = {"with a guide": "large", "without": "large-unguided", "straight": "straight"}  # and their checkpoints


def straight(own: dict[str, Any]) -> nn.Module:
    """One generator from latents (batch, 32) and words (batch, 128) to pictures (batch, 3, 32, 32)."""
    told, width = own["Told"], own["latent_dim"] + own["name_dim"]

    class Straight(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.augment, self.begin = own["Augmentation"](), nn.Linear(width, 96 * 4 * 4)
            self.first, self.second, self.third, self.fourth = told(96, 96), told(96, 64), told(64, 48), told(48, 32)
            self.paint = nn.Conv2d(32, 3, 3, padding=1)

        def forward(self, z: Tensor, e: Tensor) -> Tensor:
            c = self.augment(e)
            h = F.relu(self.begin(torch.cat([z, c], dim=1))).unflatten(1, (96, 4, 4))
            h = self.second(F.interpolate(self.first(h, c), scale_factor=2), c)
            h = self.fourth(F.interpolate(self.third(F.interpolate(h, scale_factor=2), c), scale_factor=2), c)
            return torch.tanh(self.paint(h))

    return Straight()


def reads_kind(own: dict[str, Any], words: nn.Module, look: nn.Module, turn: nn.Module) -> float:
    """How often the own sentence of 400 new icons scores more than with any other of the 32 kinds in it."""
    icons, right = data.images("icons", count=400, size=32, seed=77), 0
    asked = icons.factors["asked"] if icons.factors else icons.labels
    f = look(icons[:])
    for k, (kind, colour, ground, size) in enumerate(asked.tolist()):
        said = [data.icons.caption(0, kind=i, colour=colour, ground=ground, large=size == 1) for i in range(32)]
        right += int((turn(words(own["bags"](said))) @ f[k]).argmax() == kind)
    return right / len(asked)


def edges(images: Tensor) -> Tensor:
    """Mean difference of neighbouring pixels."""
    return images.diff(dim=2).abs().mean() + images.diff(dim=3).abs().mean()


@torch.no_grad()
def measured(own: dict[str, Any], average: nn.Module, words: nn.Module) -> dict[str, Any]:
    """Shares read rightly, distance, edges and how far two of one sentence differ: pairs as in training, held out."""
    judge, found = models.pretrained("classifier-icons"), dict[str, Any]()
    for name, train in (("as in training", True), ("held out", False)):
        icons = data.images("icons", count=1000, size=32, train=train, seed=77)
        images, again = (own["draw"](average, words(own["bags"](icons.captions)), seed=seed) for seed in (1, 2))
        distance = metrics.frechet_distance(metrics.features(judge, images), metrics.features(judge, icons[:]))
        asked: Tensor = icons.factors["asked"] if icons.factors else icons.labels
        right = (metrics.read_icons(judge, images, stackgan.CHOICES) == asked).double().mean(0)
        found[name] = {key: round(share.item(), 3) for key, share in zip(data.icons.ATTRIBUTES, right, strict=True)}
        apart = (images - again).square().mean().sqrt().item()
        found[name] |= {"distance": round(distance, 2), "two differ by": round(apart, 3)}
        found[name] |= {"edges": round((edges(images) / edges(icons[:])).item(), 2)}
    return found


def main() -> None:
    """Train what is missing and write the table."""
    own, words = stackgan.notebook(), stackgan.notebook_words()
    states = models.head_start("10_stackgan")[1]
    words.load_state_dict(states["words"])
    words.requires_grad_(False)
    pictures = data.images("icons", count=stackgan.LARGE_COUNT, size=32)
    e = words(own["bags"](pictures.captions))
    guide = stackgan.guiding(own, pictures, e).requires_grad_(False)
    results: dict[str, Any] = {"the guide reads the kind": round(reads_kind(own, words, guide, nn.Identity()), 3)}
    for arm, name in ARMS.items():
        stage_one = own["StageOne"]()
        stage_one.load_state_dict(states["stage_one"])
        torch.manual_seed(0)
        generator = straight(own) if arm == "straight" else own["StageTwo"](stage_one)
        look, helps = copy.deepcopy(guide).requires_grad_(True), None if arm == "without" else guide
        stackgan.STEPS.setdefault(name, stackgan.STEPS["large"])
        parts, _ = stackgan.play(own, name, generator, look, words, pictures, e, 32, helps)
        reader = parts["discriminator"]
        reads = {"D reads the kind": round(reads_kind(own, words, reader.look, reader.turn), 3)}
        results[arm] = measured(own, parts["ema"], words) | reads
        print(arm, results[arm], flush=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
