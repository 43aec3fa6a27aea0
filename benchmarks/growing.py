"""What growing is worth, and each invention of notebook 11: python benchmarks/growing.py

Seeds 0, 1, 2; the notebook's own networks, rates and loop on its icons and their names, 300 steps for all that grows.
`from the start` is the same pair at 32 x 32 pixels all the way; it is looked at when the grown one's seconds are over,
and again after as many steps. Seconds are the process's own on one CPU thread, so that a neighbour counts for little.
The same with drawn letters in grey, then each invention left out, on icons. Last, the pair that ships at 16 pixels
goes on: to 32 as in the notebook, faded in or at once, or as it is. Forty minutes on one thread; each run is saved as
it ends: interrupted, the script goes on where it stopped.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, metrics, models

RESULTS = ROOT / "benchmarks" / "growing.json"
CELLS = (
    "setup", "parameters", "names", "pyramid", "pictures", "fade", "equal", "standard", "norm", "batch",
    "generator", "discriminator", "schedule", "growing", "players", "sixteen", "train-loop", "measure",
)  # fmt: skip
PLAN = [(8, 0, 80), (16, 30, 70), (32, 30, 90)]
STEPS = sum(fading + staying for _, fading, staying in PLAN)
DIRECT = [(32, 0, STEPS)]
LOOKS = (20, 40, 60, 80, 110)  # steps after 16 pixels
AT_ONCE = [(size, 0, fading + staying) for size, fading, staying in PLAN]


def as_it_is(h: Tensor) -> Tensor:
    """In place of pixel norm, or of minibatch deviation."""
    return h


ARMS: dict[str, tuple[list[tuple[int, int, int]], dict[str, Any]]] = {
    "grown": (PLAN, {}),
    "from the start": (DIRECT, {}),
    "grown, without fading": (AT_ONCE, {}),
    "grown, standard layers": (PLAN, {"conv": "Standard"}),
    "grown, no pixel norm": (PLAN, {"norm": as_it_is}),
    "grown, no minibatch deviation": (PLAN, {"see_batch": as_it_is}),
    "grown, no names": (PLAN, {}),
}


def train(own: dict[str, Any], arm: str, seed: int, seconds: float = 0.0) -> dict[str, float]:
    """Distance at the end and the process's seconds; `from the start` also the distance when `seconds` are over."""
    plan, options = ARMS[arm]
    options = {key: own[value] if isinstance(value, str) else value for key, value in options.items()}
    parts = own["players"](seed, **options)
    if "conv" in options:
        slow_down_layers(parts)
    named = {key: own[key] for key in ("pictures", "reference")}
    if arm == "grown, no names":  # one for all
        own |= {key: replace(images, labels=torch.zeros_like(images.labels[:, :1])) for key, images in named.items()}
    result, spent, began = dict[str, float](), 0.0, time.process_time()
    for record in own["grow"](parts, STEPS, seed=seed, stage=lambda step: own["stage"](step, plan)):
        now = spent + time.process_time() - began
        if arm == "from the start" and "at equal seconds" not in result and now > seconds:
            result |= {"at equal seconds": own["score"](parts["ema"]), "steps at equal seconds": record.step}
            spent, began = now, time.process_time()
    result["seconds"] = round(spent + time.process_time() - began, 1)
    result["distance"] = own["score"](parts["ema"])
    own |= named
    return result


def grow_on(own: dict[str, Any], size: int, fading: int, seed: int) -> dict[str, float]:
    """Distances of the average after some steps in which the shipped pair of 16 pixels grows by the notebook's plan."""
    parts, plan = own["sixteen"](seed), [(size, fading, LOOKS[-1])]
    parts["ema"].size, parts["ema"].alpha = size, 0.0 if fading else 1.0
    distances = {"0": own["score"](parts["ema"])}
    for record in own["grow"](parts, LOOKS[-1], seed=seed, stage=lambda step: own["stage"](step, plan)):
        if record.step in LOOKS:
            distances[str(record.step)] = own["score"](parts["ema"])
    return distances


def slow_down_layers(parts: dict[str, Any]) -> None:
    """Give kernels the rate that equalising gives used weights with 288 inputs; biases and names keep theirs."""
    for name, network in (("g_optimizer", parts["generator"]), ("d_optimizer", parts["discriminator"])):
        (group,), weights = parts[name].param_groups, list(network.parameters())
        slow = {"params": [w for w in weights if w.ndim == 4], "lr": group["lr"] * (2 / 288) ** 0.5}
        rest = {"params": [w for w in weights if w.ndim != 4]}
        parts[name] = torch.optim.Adam([slow, rest], lr=group["lr"], betas=group["betas"], fused=True)


def prepared(letters: bool) -> dict[str, Any]:
    """The notebook's definitions, with a score for the average generator."""
    own = definitions("11_progressive_gan", *CELLS)
    eye = models.pretrained("classifier-glyphs" if letters else "classifier-icons")
    if letters:
        known = data.images("glyphs", count=10_000, size=32, characters="ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        own["pictures"], own["reference"] = (own["named"](part) for part in known.split(8000))
        own["name_count"] = len(known.classes)

    def features(images: Tensor) -> Tensor:
        size = 28 if letters else 32
        return metrics.features(eye, F.interpolate(images, size=size, mode="bilinear", antialias=True).clamp(-1, 1))

    real = features(own["reference"][:2000])

    def score(network: nn.Module) -> float:
        return round(metrics.frechet_distance(real, features(own["drawn"](network))), 2)

    own["score"] = score
    own["floor"] = round(metrics.frechet_distance(real, features(own["pictures"][:2000])), 2)
    return own


def main() -> None:
    """Run what is missing and save each result."""
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    names = list(ARMS)
    for pictures, arms in (("icons", names[:2]), ("letters", names[:2]), ("icons", names[2:])):
        saved, own = results.setdefault(pictures, {"arms": {}}), dict[str, Any]()
        for seed, arm in itertools.product(range(3), arms):
            runs = saved["arms"].setdefault(arm, {})
            if str(seed) in runs:
                continue
            own = own or prepared(pictures == "letters")
            saved |= {"steps": STEPS, "floor": own["floor"]}
            runs[str(seed)] = train(own, arm, seed, saved["arms"]["grown"].get(str(seed), {}).get("seconds", 0.0))
            print(f"{pictures}, seed {seed}, {arm}: {runs[str(seed)]}", flush=True)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    own = prepared(letters=False)
    ways: dict[str, tuple[int, int]] = {"faded in": (32, own["fade_steps"]), "at once": (32, 0), "not grown": (16, 0)}
    for seed, (arm, way) in itertools.product(range(3), ways.items()):
        runs = results.setdefault("from 16 pixels on", {}).setdefault(arm, {})
        if str(seed) not in runs:
            runs[str(seed)] = grow_on(own, *way, seed)
            print(f"from 16 pixels on, seed {seed}, {arm}: {runs[str(seed)]}", flush=True)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
