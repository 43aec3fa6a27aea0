"""What teaches the first stage of notebook 10 to obey, one change at a time: python benchmarks/words.py

Seeds 0, 1, 2; the notebook's own networks, losses and loop, 300 steps from nothing after 300 steps of matching; the
judge reads a thousand pictures. Twenty minutes on one CPU thread. Each run is saved as it ends: interrupted, the script
goes on where it stopped.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

RESULTS = ROOT / "benchmarks" / "words.json"
CELLS = (
    "setup", "parameters", "icons-data", "vocabulary", "bags", "words", "matching", "look", "matching-loop",
    "augmentation", "reader", "d-loss", "conditional-norm", "stage-one", "loop", "adam", "draw",
)  # fmt: skip
ARMS = (
    "as in the notebook", "clouds begin wide", "no clouds", "no wrong sentences", "D from nothing",
    "D from nothing, no wrong sentences",
)  # fmt: skip


def wide(augmentation: Any) -> Any:
    """The layer as torch begins it: widths of clouds around 1, as loud as what the words say."""
    augmentation.layer.reset_parameters()
    return augmentation


class Bare(torch.nn.Module):
    """A cloud's middle alone: no draw, and no KL to pull it anywhere."""

    def __init__(self, augmentation: Any) -> None:
        super().__init__()
        self.layer, self.kl = augmentation.layer, torch.zeros(())

    def forward(self, e: Tensor) -> Tensor:
        """(batch, dim) to (batch, name_dim)."""
        return self.layer(F.layer_norm(e, e.shape[1:])).chunk(2, dim=1)[0]


def no_wrong_sentences(d: Any, real: Tensor, fake: Tensor, e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """D's loss on right and generated pairs alone."""
    right, generated = d(torch.cat([real, fake.detach()]), e.repeat(2, 1)).chunk(2)
    return F.softplus(-right).mean() + F.softplus(generated).mean(), right, generated


def train(own: dict[str, Any], arm: str, seed: int) -> list[float]:
    """Obedience of kind, colour, ground and size after the notebook's steps; how much two of a sentence differ."""
    narrow, kept = own["Augmentation"], own["d_loss"]
    if arm == "clouds begin wide":
        own["Augmentation"] = lambda: wide(narrow())
    if arm == "no clouds":
        own["Augmentation"] = lambda: Bare(narrow())
    cell = definitions("10_stackgan", "start", "obedience", given={**own, "look": copy.deepcopy(own["look"])})
    own["Augmentation"] = narrow
    torch.manual_seed(100 + seed)
    if "D from nothing" in arm:
        cell["parts"]["discriminator"] = reader = own["Reader"](own["Look"](own["layout"]))
        cell["parts"]["d_optimizer"] = own["adam"](reader, own["d_rate"])
    if "no wrong sentences" in arm:
        own["d_loss"] = no_wrong_sentences
    for _ in own["stack_steps"](**cell["parts"], pictures=own["icons"], e=cell["e"], steps=own["steps"], size=64):
        pass
    own["d_loss"] = kept
    with torch.no_grad():
        e = own["words"](own["bags"](own["seen"].captions))
    one, other = (own["draw"](cell["parts"]["ema"], e, seed=seed) for seed in (0, 1))
    shares = cell["hits"](one, own["seen"]).mean(0).tolist()
    return [round(value, 3) for value in (*shares, (one - other).square().mean().sqrt().item())]


def main() -> None:
    """Run what is missing and save each result."""
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {"attributes": [], "arms": {}}
    for seed in range(3):
        if all(str(seed) in results["arms"].get(arm, {}) for arm in ARMS):
            continue
        own = definitions("10_stackgan", *CELLS)
        torch.manual_seed(seed)
        own |= {
            "look": own["Look"](own["layout"]),
            "words": own["new_words"](),
            "counts": own["bags"](own["icons"].captions),
        }
        for _ in own["match"](own["look"], own["words"], own["icons"], own["counts"], own["matching_steps"]):
            pass
        results["attributes"], results["steps"] = list(own["data"].icons.ATTRIBUTES), own["steps"]
        for arm in ARMS:
            runs = results["arms"].setdefault(arm, {})
            if str(seed) not in runs:
                runs[str(seed)] = train(own, arm, seed)
                print(f"seed {seed}, {arm}: {runs[str(seed)]}", flush=True)
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
