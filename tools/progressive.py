"""Make what ships for notebook 11: a generator of icons that grew from 8 to 32 pixels. Seeded; no network.

    python tools/progressive.py    twenty minutes on one CPU thread

The notebook's own networks and its own loop, with more steps at each size; in the last stretch the rates fall.
Interrupted, it goes on where it stopped (`runs/progressive`); every five hundredth step prints how far it has come.
Another machine or version of torch give networks like those that ship, not the same to the last bit.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, metrics, models, training
from ganutils.models.shipped import WEIGHTS, save_head_start

PLAN = [(8, 0, 1000), (16, 400, 1000), (32, 600, 2000)]  # size, steps of fading in, steps after it
TOTAL, HALF = sum(fading + staying for _, fading, staying in PLAN), 2400 + 300
CELLS = (
    "setup", "parameters", "pyramid", "pictures", "fade", "equal", "norm", "batch", "generator", "discriminator",
    "schedule", "growing", "players", "train-loop", "measure",
)  # fmt: skip
RUNS = ROOT / "runs" / "progressive"


def score(own: dict[str, Any], network: nn.Module) -> str:
    """How far 2,000 pictures are from real ones of their size, and of how many the judge is sure what they show."""
    own["eye"] = models.pretrained("classifier-icons")
    images = own["drawn"](network)
    large = F.interpolate(images, size=32, mode="bilinear").clamp(-1, 1)
    p = metrics.probabilities(own["eye"], large)[:, : data.icons.ATTRIBUTES["kind"]]
    sure = p.amax(1) / p.sum(1) > 0.9
    return (
        f"{images.shape[-1]} pixels: distance {own['distance'](images):.2f}, judge sure of {sure.double().mean():.1%}"
    )


def main() -> None:
    """Train; write weights and card."""
    own = definitions("11_progressive_gan", *CELLS)
    parts = own["players"]()
    average, half = parts["ema"], copy.deepcopy(parts["ema"])
    newest, middle = (RUNS / f"{name}.safetensors" for name in ("newest", "half"))
    done = training.restore_checkpoint(newest, **parts) if newest.exists() else 0

    def stage(step: int) -> tuple[int, float]:
        fall = min(1.0, 2 * (TOTAL - step + 1) / PLAN[-1][2])  # in the second half of the last stretch
        for name, rate in (("g_optimizer", own["g_rate"]), ("d_optimizer", own["d_rate"])):
            parts[name].param_groups[0]["lr"] = rate * fall
        return own["stage"](step, PLAN)

    loop = own["grow"](parts, TOTAL, first=done, stage=stage)
    for record in tqdm(loop, total=TOTAL, initial=done, mininterval=10):
        if record.step == HALF:
            # not the average: while a layer is faded in, that one looks back to before it could draw
            training.save_checkpoint(middle, step=HALF, generator=parts["generator"])
        if record.step % 500 == 0 or record.step == TOTAL:
            tqdm.write(f"step {record.step:,}: {score(own, average)}")
            training.save_checkpoint(newest, step=record.step, **parts)
    training.restore_checkpoint(middle, generator=half)
    average.size, average.alpha = own["stage"](TOTAL, PLAN)  # also if there was nothing left to do
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    states = {"generator": average.state_dict(), "half": half.state_dict()}
    cards["11_progressive_gan"] = {
        "sha256": save_head_start(WEIGHTS / "11_progressive_gan.safetensors", states),
        "network": "notebook 11's Generator(64), at the end and half-way into its last size",
        "trained_on": "8,000 icons of eight kinds (data.images('icons')), seed 0",
        "steps": TOTAL,
        "score": score(own, average),
        "licence": "BSD-3-Clause",
    }
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    main()
