"""What a guide is worth to the second stage of notebook 10: python benchmarks/guide.py

The notebook's own networks and loop, a thousand steps at 32 x 32 pixels on 40,000 icons, once with a guide and once
without; one seed, on top of the stage I that ships. In both D begins with the guide's own weights. The judge reads a
thousand pictures of pairs as in training and a thousand of pairs held out; and D is asked which of 32 sentences that
differ in their kind belongs to a real icon. A quarter of an hour on one CPU thread, after `tools/stackgan.py large`,
which makes the guide.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import stackgan

from ganutils import data, metrics, models

RESULTS = ROOT / "benchmarks" / "guide.json"
STEPS = 1000


def reads_kind(own: dict[str, Any], words: nn.Module, look: nn.Module, turn: nn.Module) -> float:
    """How often the own sentence of 400 new icons scores more than with any other of the 32 kinds in it."""
    icons, right = data.images("icons", count=400, size=32, seed=77), 0
    asked = icons.factors["asked"] if icons.factors else icons.labels
    f = look(icons[:])
    for k, (kind, colour, ground, size) in enumerate(asked.tolist()):
        said = [data.icons.caption(0, kind=i, colour=colour, ground=ground, large=size == 1) for i in range(32)]
        right += int((turn(words(own["bags"](said))) @ f[k]).argmax() == kind)
    return right / len(asked)


@torch.no_grad()
def measured(own: dict[str, Any], parts: dict[str, Any], words: nn.Module) -> dict[str, Any]:
    """Shares of kinds read rightly, and the distance, on pairs as in training and pairs held out; and D's reading."""
    judge, found = models.pretrained("classifier-icons"), dict[str, Any]()
    for name, train in (("as in training", True), ("held out", False)):
        icons = data.images("icons", count=1000, size=32, train=train, seed=77)
        images, real = own["draw"](parts["ema"], words(own["bags"](icons.captions)), seed=1), icons[:]
        distance = metrics.frechet_distance(metrics.features(judge, images), metrics.features(judge, real))
        asked: Tensor = icons.factors["asked"] if icons.factors else icons.labels
        right = (metrics.read_icons(judge, images, stackgan.CHOICES) == asked).double().mean(0)
        found[name] = {"kind": round(right[0].item(), 3), "distance": round(distance, 2)}
    reader = parts["discriminator"]
    return found | {"D reads the kind": round(reads_kind(own, words, reader.look, reader.turn), 3)}


def main() -> None:
    """Train both and write the table."""
    own, words = stackgan.notebook(), stackgan.notebook_words()
    states = models.head_start("10_stackgan")[1]
    words.load_state_dict(states["words"])
    words.requires_grad_(False)
    pictures = data.images("icons", count=stackgan.LARGE_COUNT, size=32)
    e = words(own["bags"](pictures.captions))
    guide = stackgan.guiding(own, pictures, e).requires_grad_(False)
    results: dict[str, Any] = {"the guide reads the kind": round(reads_kind(own, words, guide, nn.Identity()), 3)}
    for arm in ("with a guide", "without"):
        torch.manual_seed(0)
        stage_one = own["StageOne"]()
        stage_one.load_state_dict(states["stage_one"])
        generator = own["StageTwo"](stage_one)
        torch.manual_seed(1)
        reader = own["Reader"](copy.deepcopy(guide).requires_grad_(True))
        parts = {"generator": generator.to(memory_format=torch.channels_last), "discriminator": reader}
        parts |= {"ema": copy.deepcopy(generator), "g_optimizer": own["adam"](generator, own["g_rate"])}
        parts |= {"d_optimizer": own["adam"](reader, own["d_rate"])}
        loop = own["stack_steps"](
            **parts, pictures=pictures, e=e, steps=STEPS, size=32, guide=guide if arm == "with a guide" else None
        )
        for _ in tqdm(loop, total=STEPS, desc=arm, mininterval=10):
            pass
        results[arm] = measured(own, parts, words)
        print(arm, results[arm], flush=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
