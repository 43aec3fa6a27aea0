"""Make the head starts of notebooks 05 and 06: their own networks, their own loop, many steps. Seeded; no network.

    python tools/head_starts.py 05_dcgan              40 minutes on one CPU thread with native bfloat16
    python tools/head_starts.py 06_conditional_gan    the smaller pair with names; 25 minutes

05 judges its pair and goes on with other signs; 06 trains one from nothing for a moment, then looks at this one.
Interrupted, it goes on where it stopped (`runs/head_starts`); every thousandth step prints how far it has come.
Another machine or version of torch give networks like those that ship, not the same to the last bit.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, losses, metrics, models, sampling, session, training
from ganutils.models.shipped import WEIGHTS, save_head_start

STEPS = {"05_dcgan": 12_000, "06_conditional_gan": 16_000}
NETWORKS = {
    "05_dcgan": "models.ConvGenerator(24) and notebook 05's Discriminator(width=32)",
    "06_conditional_gan": "notebook 06's ConditionalGenerator() and ProjectionDiscriminator()",
}


def players(name: str) -> tuple[torch.nn.Module, torch.nn.Module, int, float, float]:
    """Generator, discriminator, latent dimension, learning rate and weight of R1, as the notebook has them."""
    torch.manual_seed(0)
    if name == "05_dcgan":
        own = definitions(name, "setup", "parameters", "discriminator")
        g, d = models.ConvGenerator(own["large_dim"]), own["Discriminator"](width=own["large_width"])
        return g, d, own["large_dim"], own["large_rate"], own["large_r1"]
    cells = ("setup", "parameters", "letters-data", "letters-features", "generator", "discriminator")
    own = definitions(name, *cells)
    networks = own["ConditionalGenerator"](), own["ProjectionDiscriminator"]()
    return *networks, own["latent_dim"], own["learning_rate"], own["r1_weight"]


def score(average: torch.nn.Module, latent_dim: int, labels: torch.Tensor | None, reference: data.Images) -> str:
    """How good 2,000 pictures are: distance, and the share that the judge is sure of."""
    eye = models.pretrained("classifier-glyphs")
    names = () if labels is None else (labels,)
    images = sampling.generate(average, sampling.latents(2000, latent_dim, seed=1), *names).float()
    sure, named = metrics.probabilities(eye, images).max(1)
    distance = metrics.frechet_distance(metrics.features(eye, reference[:2000]), metrics.features(eye, images))
    obeyed = "" if labels is None else f", as asked {(named == labels).double().mean():.3f}"
    return f"distance {distance:.2f}, judge sure of {(sure > 0.9).double().mean():.1%}{obeyed}"


def train(name: str, steps: int) -> tuple[dict[str, Any], str]:
    """Train one pair as its notebook does, at the full learning rate, and return its parts and their score."""
    letters, reference = data.generator_split("glyphs").split(16_000, seed=0)
    g, d, latent_dim, rate, r1_weight = players(name)
    named = name.startswith("06")
    g, d = (network.to(memory_format=torch.channels_last) for network in (g, d))
    parts: dict[str, Any] = {"generator": g, "discriminator": d, "ema": copy.deepcopy(g)}
    adams = [torch.optim.Adam(net.parameters(), lr=rate, betas=(0.0, 0.99)) for net in (g, d)]
    parts |= dict(zip(("g_optimizer", "d_optimizer"), adams, strict=True))
    checkpoint = ROOT / "runs" / "head_starts" / f"{name}.safetensors"
    done = training.restore_checkpoint(checkpoint, **parts) if checkpoint.exists() else 0
    batches = (letters.labelled_batches if named else letters.batches)(64, steps=steps, first_step=done)
    loop = training.gan_steps(
        **parts, batches=batches, loss=losses.non_saturating, latent_dim=latent_dim, share_fakes=True,
        r1_weight=r1_weight, r1_every=4, bfloat16=session.native_bfloat16(), first_step=done,
    )  # fmt: skip
    labels = torch.arange(26).repeat(77)[:2000] if named else None
    text = ""
    for record in tqdm(loop, total=steps, initial=done, desc=name, mininterval=10):
        if record.step % 1000 == 0 or record.step == steps:
            text = score(parts["ema"], latent_dim, labels, reference)
            tqdm.write(f"step {record.step:,}: {text}")
            training.save_checkpoint(checkpoint, step=record.step, **parts)
    return parts, text


def main() -> None:
    """Train what is named; write weights and card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=list(NETWORKS))
    arguments = parser.parse_args()
    parts, text = train(arguments.name, STEPS[arguments.name])
    states = {name: parts[part].state_dict() for name, part in (("generator", "ema"), ("discriminator",) * 2)}
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    cards[arguments.name] = {
        "sha256": save_head_start(WEIGHTS / f"{arguments.name}.safetensors", states),
        "network": NETWORKS[arguments.name],
        "trained_on": "16,000 drawn capital letters (data.generator_split('glyphs')), seed 0",
        "steps": STEPS[arguments.name],
        "score": text,
        "licence": "BSD-3-Clause",
    }
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    main()
