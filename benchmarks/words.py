"""What teaches the first stage of notebook 10 to obey, one change at a time: python benchmarks/words.py

Seeds 0, 1, 2; the notebook's own networks, losses and loop, 300 steps from nothing after 300 steps of matching; the
judge reads a thousand pictures. Ten minutes on one CPU thread. Each run is saved as it ends: interrupted, the script
goes on where it stopped.

Then once at 64 x 64 pixels: stage II with a discriminator that begins from nothing, the first 1,000 steps of 6,000, as
`tools/stackgan.py large` trains it from the matching network (its own line at step 1,000 stands beside).
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

from ganutils import data

RESULTS = ROOT / "benchmarks" / "words.json"
CELLS = (
    "setup", "parameters", "icons-data", "vocabulary", "bags", "words", "matching", "look", "matching-loop",
    "augmentation", "reader", "d-loss", "stage-one", "loop", "adam", "draw",
)  # fmt: skip
ARMS = ("as in the notebook", "D from nothing", "no wrong sentences")


def no_wrong_sentences(d: Any, real: Tensor, fake: Tensor, e: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """D's loss on right and generated pairs alone."""
    right, generated = d(torch.cat([real, fake.detach()]), e.repeat(2, 1)).chunk(2)
    return F.softplus(-right).mean() + F.softplus(generated).mean(), right, generated


def train(own: dict[str, Any], arm: str, seed: int) -> list[float]:
    """Obedience of kind, colour, ground and size after the notebook's steps."""
    cell = definitions("10_stackgan", "start", "obedience", given={**own, "look": copy.deepcopy(own["look"])})
    torch.manual_seed(100 + seed)
    if "D from nothing" in arm:
        cell["parts"]["discriminator"] = reader = own["Reader"](own["Look"](16))
        cell["parts"]["d_optimizer"] = own["adam"](reader, own["d_rate"])
    kept = own["d_loss"]
    if "no wrong sentences" in arm:
        own["d_loss"] = no_wrong_sentences
    for _ in own["stack_steps"](**cell["parts"], pictures=own["icons"], e=cell["e"], steps=own["steps"], size=64):
        pass
    own["d_loss"] = kept
    with torch.no_grad():
        e = own["words"](own["bags"](own["seen"].captions))
    return [
        round(share, 3) for share in cell["hits"](own["draw"](cell["parts"]["ema"], e), own["seen"]).mean(0).tolist()
    ]


def large() -> list[float]:
    """Obedience of stage II after 1,000 steps, where its discriminator has learned no matching."""
    own = definitions("10_stackgan", *CELLS, "conditional-norm", "stage-two")
    cell = definitions("10_stackgan", "obedience", "long", given=own)
    torch.manual_seed(0)
    generator = own["StageTwo"](cell["final_one"]).to(memory_format=torch.channels_last)
    torch.manual_seed(1)
    parts = {"generator": generator, "discriminator": own["Reader"](own["Look"](64)), "ema": copy.deepcopy(generator)}
    rates = {"generator": own["g_rate"], "discriminator": own["d_rate"]}
    parts |= {f"{name[0]}_optimizer": own["adam"](parts[name], rate) for name, rate in rates.items()}
    pictures = data.images("icons", count=12_000, size=64)
    options = {"pictures": pictures, "e": cell["said"](pictures.captions), "steps": 6000, "size": 32}
    for record in own["stack_steps"](**parts, **options):
        if record.step == 1000:
            break
    asked = data.images("icons", count=1000, size=16, seed=77)
    drawn = own["draw"](parts["ema"], cell["said"](asked.captions), seed=1)
    return [round(share, 3) for share in cell["hits"](drawn, asked).mean(0).tolist()]


def main() -> None:
    """Run what is missing and save each result."""
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {"attributes": [], "arms": {}}
    for seed in range(3):
        if all(str(seed) in results["arms"].get(arm, {}) for arm in ARMS):
            continue
        own = definitions("10_stackgan", *CELLS)
        torch.manual_seed(seed)
        own |= {"look": own["Look"](16), "words": own["new_words"](), "counts": own["bags"](own["icons"].captions)}
        for _ in own["match"](own["look"], own["words"], own["icons"], own["counts"], own["matching_steps"]):
            pass
        results["attributes"], results["steps"] = list(own["data"].icons.ATTRIBUTES), own["steps"]
        for arm in ARMS:
            runs = results["arms"].setdefault(arm, {})
            if str(seed) not in runs:
                runs[str(seed)] = train(own, arm, seed)
                print(f"seed {seed}, {arm}: {runs[str(seed)]}", flush=True)
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    if "64 pixels, D from nothing" not in results:
        results["64 pixels, D from nothing"] = large()
        print(f"64 pixels, D from nothing: {results['64 pixels, D from nothing']}", flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
