"""What notebook 10's second stage is worth, its head start, and a D that compares: python benchmarks/second_stage.py

Three generators of 32 x 32 pixels, 5,000 steps each of the notebook's loop on 40,000 icons with the words that ship:
stage II on the stage I that ships; ONE generator, straight from latent and words, with the same D; and that generator
against a D from nothing that sees no wrong sentences. Then 4,000 steps more of the second with two real pictures of
each sentence in a batch: against a D that compares them, and against one that does not. One run each. Every thousand
steps the judge reads a thousand pictures of pairs as in training and a thousand of pairs held out. Half an hour on one
CPU thread for each; three of them are what `tools/stackgan.py large`, `straight` and `pairs` make. Interrupted, it
goes on where it stopped (`runs/stackgan`); what was measured before stays. Names of arms, as arguments, run these
alone.
"""

from __future__ import annotations

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
PLAIN = "straight, D from nothing, no wrong sentences"
ALONE, PAIRS = "straight, 4,000 steps more", "the same, D compares two of a sentence"
ARMS = {"two stages": "large", "straight": "straight", PLAIN: "plain", ALONE: "alone", PAIRS: "pairs"}  # checkpoints


def no_wrong_sentences(d: Any, real: Tensor, fake: Tensor, e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The discriminator's loss without the third kind of pair; generated ones then weigh as much as real ones."""
    right, generated = d(real, e), d(fake.detach(), e)
    return F.softplus(-right).mean() + F.softplus(generated).mean(), right, generated


def edges(images: Tensor) -> Tensor:
    """Mean difference of neighbouring pixels."""
    return images.diff(dim=2).abs().mean() + images.diff(dim=3).abs().mean()


@torch.no_grad()
def measured(own: dict[str, Any], average: nn.Module, words: nn.Module) -> dict[str, dict[str, float]]:
    """Shares read rightly, distance, edges and how far two of one sentence differ: pairs as in training, held out."""
    judge, found = models.pretrained("classifier-icons"), dict[str, dict[str, float]]()
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


def train(arm: str, own: dict[str, Any]) -> dict[int, Any]:
    """Train one arm, or go on with it; what was measured, by step."""
    name, words = ARMS[arm], stackgan.notebook_words()
    if arm in (ALONE, PAIRS):
        stackgan.STEPS[name] = stackgan.STEPS["pairs"]
        return stackgan.play_pairs(own, words, arm == PAIRS, name, measured)[1]
    states = models.head_start("10_stackgan")[1]
    words.load_state_dict(states["words"])
    pictures, e, look = stackgan.large_icons(own, words)
    stage_one = own["StageOne"]()
    stage_one.load_state_dict(states["stage_one"])
    torch.manual_seed(0)
    generator = own["StageTwo"](stage_one) if arm == "two stages" else own["StageOne"](straight=True)
    if arm == PLAIN:
        look = own["Look"]("32")
        own["stack_steps"].__globals__["d_loss"] = no_wrong_sentences
    stackgan.STEPS[name] = stackgan.STEPS["large"]
    return stackgan.play(own, name, generator, look, words, pictures, e, 32, measured)[1]


def main() -> None:
    """Train what is missing and write the table."""
    for arm in sys.argv[1:] or ARMS:
        found = train(arm, stackgan.notebook())
        results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        results[arm] = results.get(arm, {}) | {str(step): measures for step, measures in found.items()}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
