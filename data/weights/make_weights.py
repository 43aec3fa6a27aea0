"""Make the weights that ship: a generator of capital letters, trained on drawn glyphs. Seeded; no network.

    python data/weights/make_weights.py            about six minutes on two CPU cores with native bfloat16

The network is `ganutils.models.ConvGenerator`; the game is non-saturating with R1 every fourth step, and
what ships is a running average of the weights. Notebook 05 takes this recipe apart.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ganutils import checkpoints, data, losses, models, plots, runtime, sampling, training

HERE = Path(__file__).resolve().parent
LATENT_DIM = 24
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
    letters = data.images("glyphs", count=20_000, characters=LETTERS).to(device)
    generator = models.ConvGenerator(LATENT_DIM).to(device).to(memory_format=torch.channels_last)
    judge = discriminator().to(device).to(memory_format=torch.channels_last)
    average = copy.deepcopy(generator)
    optimizers = [
        torch.optim.Adam(network.parameters(), lr=2e-3, betas=(0.0, 0.99), fused=True) for network in (generator, judge)
    ]
    decay = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2.02 - 2 * step / steps))
        for optimizer in optimizers
    ]
    turn = itertools.count()

    def lazy_r1(network: nn.Module, real: Tensor) -> Tensor:
        """R1 every fourth step, four times as heavy (lazy regularisation, Karras et al. 2020)."""
        return 4 * losses.r1(network, real) if next(turn) % 4 == 0 else torch.zeros((), device=real.device)

    loop = training.adversarial_steps(
        generator, judge, letters.batches(64, steps=steps), objective=losses.non_saturating,
        g_optimizer=optimizers[0], d_optimizer=optimizers[1], latent_dim=LATENT_DIM, penalty=lazy_r1,
    )  # fmt: skip
    fast = device.type == "cuda" or runtime.native_bfloat16()
    # Without cache_enabled=False, autocast would keep the first step's bfloat16 weights until the block ends.
    with torch.autocast(device.type, torch.bfloat16, enabled=fast, cache_enabled=False):
        for record in tqdm(loop, total=steps):
            keep = min(0.999, 1 - 1 / record.step)
            for mean, now in zip(average.state_dict().values(), generator.state_dict().values(), strict=True):
                mean.lerp_(now, 1 - keep) if mean.is_floating_point() else mean.copy_(now)
            for schedule in decay:
                schedule.step()
            if not math.isfinite(record.g_loss):
                raise SystemExit(f"The loss is not finite at step {record.step}.")
    return average.to("cpu").to(memory_format=torch.contiguous_format).eval()


def main() -> None:
    """Train, write the weights, their checksum and a picture to look at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=9_000)
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    arguments = parser.parse_args()
    session = runtime.start(seed=0)
    letters = train(arguments.steps, session.device)
    sha256 = checkpoints.save_weights(arguments.out / "letters.safetensors", letters)
    cards = json.loads((HERE / "weights.json").read_text())
    cards["letters.safetensors"] = {
        "sha256": sha256,
        "network": f"ganutils.models.ConvGenerator({LATENT_DIM})",
        "trained_on": "20,000 drawn capital letters (ganutils.glyphs), seed 0",
        "steps": arguments.steps,
        "licence": "BSD-3-Clause",
    }
    (arguments.out / "weights.json").write_text(json.dumps(cards, indent=2) + "\n")
    images = sampling.generate(letters, sampling.latents(160, LATENT_DIM, seed=1))
    (arguments.out / "letters.png").write_bytes(plots.encode(plots.tile(images, columns=20, scale=2)))


if __name__ == "__main__":
    main()
