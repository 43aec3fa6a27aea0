"""Make the head starts of notebooks 05 and 06: their own networks, their own loop, many steps. Seeded; no network.

    python tools/head_starts.py 05_dcgan              20,000 steps; half an hour on one CPU thread with native bfloat16
    python tools/head_starts.py 06_conditional_gan    the same with names

A notebook that loads one trains the last minute itself. Interrupted, it goes on where it stopped (`runs/head_starts`);
every thousandth step prints how far it has come. Another machine or version of torch give networks like those that
ship, not the same to the last bit.
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

NETWORKS = {
    "05_dcgan": ("Generator", "Discriminator"),
    "06_conditional_gan": ("ConditionalGenerator", "ProjectionDiscriminator"),
}


def score(average: torch.nn.Module, latent_dim: int, labels: torch.Tensor | None, reference: data.Images) -> str:
    """How good 2,000 pictures are: distance, and the share that the judge is sure of."""
    eye = models.pretrained("classifier-glyphs")
    z = sampling.latents(2000, latent_dim, seed=1)
    with torch.no_grad():
        images = average.eval()(z) if labels is None else average.eval()(z, labels)
        sure, named = torch.cat([eye(part.float()).softmax(1) for part in images.split(500)]).max(1)
    distance = metrics.frechet_distance(metrics.features(eye, reference[:2000]), metrics.features(eye, images.float()))
    obeyed = "" if labels is None else f", as asked {(named == labels).double().mean():.3f}"
    return f"distance {distance:.2f}, judge sure of {(sure > 0.9).double().mean():.1%}{obeyed}"


def train(name: str, steps: int) -> tuple[dict[str, Any], str]:
    """Train one pair as its notebook does, at the full learning rate, and return its parts and their score."""
    own = ("names",) if name.startswith("06") else ()
    cells = ("letters-data", "letters-features") if own else ()
    notebook = definitions(name, "setup", "parameters", *cells, "generator", "discriminator")
    letters, reference = data.generator_split("glyphs").split(16_000, seed=0)
    make_g, make_d = (notebook[kind] for kind in NETWORKS[name])
    torch.manual_seed(0)
    latent_dim = notebook["latent_dim"]
    g, d = (make_g(), make_d()) if own else (make_g(latent_dim), make_d())
    g, d = (network.to(memory_format=torch.channels_last) for network in (g, d))
    parts = {"generator": g, "discriminator": d, "ema": copy.deepcopy(g)}
    adams = [
        torch.optim.Adam(net.parameters(), lr=notebook["learning_rate"], betas=notebook["betas"]) for net in (g, d)
    ]
    parts |= dict(zip(("g_optimizer", "d_optimizer"), adams, strict=True))
    checkpoint = ROOT / "runs" / "head_starts" / f"{name}.safetensors"
    done = training.restore_checkpoint(checkpoint, **parts) if checkpoint.exists() else 0
    batches = (letters.labelled_batches if own else letters.batches)(64, steps=steps, first_step=done)
    loop = training.gan_steps(
        **parts, batches=batches, loss=losses.non_saturating, latent_dim=latent_dim, share_fakes=True,
        r1_weight=notebook["r1_weight"], r1_every=4, bfloat16=session.native_bfloat16(), first_step=done,
    )  # fmt: skip
    labels = torch.arange(26).repeat(77)[:2000] if own else None
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
    parser.add_argument("--steps", type=int, default=20_000)
    arguments = parser.parse_args()
    parts, text = train(arguments.name, arguments.steps)
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    cards[arguments.name] = {
        "sha256": save_head_start(WEIGHTS / f"{arguments.name}.safetensors", parts),
        "network": " and ".join(NETWORKS[arguments.name]) + f" of notebook {arguments.name[:2]}",
        "trained_on": "16,000 drawn capital letters (data.generator_split('glyphs')), seed 0",
        "steps": arguments.steps,
        "score": text,
        "licence": "BSD-3-Clause",
    }
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")


if __name__ == "__main__":
    main()
