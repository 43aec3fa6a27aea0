"""Make what ships for notebook 11: a generator of icons that grew from 8 to 32 pixels. Seeded; no network.

    python tools/progressive.py    forty minutes on one CPU thread

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

from torch import nn
from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, metrics, models, training
from ganutils.models.shipped import WEIGHTS, save_head_start

PLAN = [(8, 0, 1000), (16, 400, 3000), (32, 600, 7000)]  # size, steps of fading in, steps after it
TOTAL, HALF = sum(fading + staying for _, fading, staying in PLAN), 4400 + 300
SIXTEEN = 4400  # the last step at 16 pixels
CELLS = (
    "setup", "parameters", "names", "pyramid", "pictures", "fade", "equal", "norm", "batch", "generator",
    "discriminator", "schedule", "growing", "players", "train-loop", "measure",
)  # fmt: skip
COUNT = 40_000  # five times as many as in the notebook: else each would be seen fifty times
RUNS = ROOT / "runs" / "progressive"


def score(own: dict[str, Any], network: nn.Module) -> str:
    """How far 2,000 pictures are from real ones of their size, and how often the judge reads their names off them."""
    own["eye"] = models.pretrained("classifier-icons")
    images, asked = own["drawn"](network), own["reference"].factors["asked"][:2000]
    read = (metrics.read_icons(own["eye"], images, own["choices"].values()) == asked).double().mean(0).tolist()
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(own["choices"], read, strict=True))
    apart = (images - own["drawn"](network, seed=2)).square().mean().sqrt()
    return f"{images.shape[-1]} pixels: distance {own['distance'](images):.2f}, {shares}, two of the same {apart:.3f}"


def main() -> None:
    """Train; write weights and card."""
    own = definitions("11_progressive_gan", *CELLS)
    own["pictures"] = own["named"](data.images("icons", count=COUNT, size=32, kinds=own["kinds"], seed=3))
    parts = own["players"]()
    average = parts["ema"]
    newest, before, middle = (RUNS / f"{name}.safetensors" for name in ("newest", "16", "half"))
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
        if record.step == SIXTEEN:
            training.save_checkpoint(before, step=SIXTEEN, generator=average, discriminator=parts["discriminator"])
        if record.step % 500 == 0 or record.step == TOTAL:
            tqdm.write(f"step {record.step:,}: {score(own, average)}")
            training.save_checkpoint(newest, step=record.step, **parts)
    average.size, average.alpha = own["stage"](TOTAL, PLAN)  # also if there was nothing left to do
    card = {
        "trained_on": f"{COUNT:,} icons of eight kinds with their names (data.images('icons', seed=3)), seed 0",
        "licence": "BSD-3-Clause",
    }
    half = copy.deepcopy(average)
    pair = {"generator": copy.deepcopy(average), "discriminator": copy.deepcopy(parts["discriminator"])}
    training.restore_checkpoint(middle, generator=half)
    training.restore_checkpoint(before, **pair)
    pair["generator"].size, pair["generator"].alpha = own["stage"](SIXTEEN, PLAN)
    whole = {"generator": average.state_dict(), "half": half.state_dict()}
    small = {
        name: {key: weights for key, weights in network.state_dict().items() if ".32." not in key}  # not yet there
        for name, network in pair.items()
    }
    ships = {
        "11_progressive_gan": (TOTAL, "notebook 11's Generator(46), half-way to 32 pixels, and grown", average, whole),
        "11_sixteen": (SIXTEEN, "11_progressive_gan's pair at 16 pixels, before it grew on", pair["generator"], small),
    }
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    for name, (steps, network, drawing, states) in ships.items():
        sha256 = save_head_start(WEIGHTS / f"{name}.safetensors", states)
        cards[name] = {"sha256": sha256, "network": network} | card | {"steps": steps, "score": score(own, drawing)}
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    main()
