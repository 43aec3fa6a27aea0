"""Make the letter generator that ships, trained on drawn glyphs. Seeded; no network.

    python tools/letters.py            about ten minutes on one CPU thread with native bfloat16

The network is `models.ConvGenerator`; the game is non-saturating with R1 every fourth step, and what ships is a
running average of the weights. Notebook 05 takes this recipe apart. Another machine, another number of threads or
another version of torch give a network like the one that ships, not the same to the last bit.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path

import torch
from torch import nn
from tqdm.auto import tqdm

from ganutils import data, losses, models, sampling, session, training, viz
from ganutils.models.shipped import WEIGHTS, save_weights

LATENT_DIM = 24
PICTURE = Path(__file__).resolve().parents[1] / "data" / "letters.png"


def discriminator() -> nn.Sequential:
    """Images (batch, 1, 28, 28) to logits (batch,). No batch normalisation: R1 needs independent rows."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(128 * 4 * 4, 1), nn.Flatten(0),
    )  # fmt: skip


def train(steps: int, device: torch.device) -> nn.Module:
    """Train the letter generator and return its average."""
    letters = data.images("glyphs", count=20_000, characters=data.LETTERS).to(device)
    g, d = models.ConvGenerator(LATENT_DIM).to(device), discriminator().to(device)
    for network in (g, d):
        network.to(memory_format=torch.channels_last)
    ema = copy.deepcopy(g)
    adams = [torch.optim.Adam(net.parameters(), lr=2e-3, betas=(0.0, 0.99), fused=True) for net in (g, d)]
    decay = [torch.optim.lr_scheduler.LambdaLR(adam, lambda step: min(1.0, 2.02 - 2 * step / steps)) for adam in adams]
    loop = training.gan_steps(
        g, d, letters.batches(64, steps=steps), loss=losses.non_saturating, g_optimizer=adams[0],
        d_optimizer=adams[1], latent_dim=LATENT_DIM, ema=ema, r1_weight=1.0, r1_every=4,
        bfloat16=session.native_bfloat16(device),
    )  # fmt: skip
    for record in tqdm(loop, total=steps):
        for schedule in decay:
            schedule.step()
        if not record.g_loss.isfinite():
            raise SystemExit(f"The loss is not finite at step {record.step}.")
    return ema.to("cpu").to(memory_format=torch.contiguous_format).eval()


def main() -> None:
    """Train, write the weights, their card and a picture to look at."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=9_000)
    arguments = parser.parse_args()
    letters = train(arguments.steps, session.start(seed=0).device)
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    cards["letters"] |= {
        "sha256": save_weights(WEIGHTS / "letters.safetensors", letters),
        "steps": arguments.steps,
    }
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")
    images = sampling.generate(letters, sampling.latents(160, LATENT_DIM, seed=1))
    PICTURE.write_bytes(viz.encode(viz.tile(images, columns=20, scale=2)))


if __name__ == "__main__":
    main()
