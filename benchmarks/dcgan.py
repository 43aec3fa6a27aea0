"""How fast the recipe of notebook 05 learns MNIST, and what each of its parts is worth: one change at a time.

python benchmarks/dcgan.py              20 s each, three seeds; the recipe also for 60 s; writes benchmarks/dcgan.json

Equal *time* for every variant, two threads, evaluation not counted. Scores: Frechet distance in the judge's features
(5,000 fakes against the 10,000 test pictures, which neither the judge nor any generator has seen), precision and
recall (2,000 each), median pixel distance to the nearest of 10,000 training pictures.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, losses, metrics, models, sampling, session, training, viz

NOTEBOOK = definitions("05_dcgan", "setup", "parameters", "generator", "discriminator", "trial-networks")
LATENT_DIM = NOTEBOOK["latent_dim"]
MakeNetwork = Callable[[], nn.Module]
Scores = dict[str, float]


def plain_generator() -> nn.Module:
    """That of a plain small DCGAN: convolutions 32 and 16 at 14 and 28 pixels."""
    return nn.Sequential(
        nn.Linear(LATENT_DIM, 64 * 49), nn.Unflatten(1, (64, 7, 7)), nn.BatchNorm2d(64), nn.ReLU(),
        nn.Upsample(scale_factor=2), nn.Conv2d(64, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Upsample(scale_factor=2), nn.Conv2d(32, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 1, 3, padding=1), nn.Tanh(),
    )  # fmt: skip


def wide_discriminator() -> nn.Module:
    """Twice as wide as the notebook's."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(128 * 16, 1), nn.Flatten(0),
    )  # fmt: skip


def bilinear_generator() -> nn.Module:
    """Enlarges smoothly, before each convolution."""
    g = NOTEBOOK["Generator"](LATENT_DIM)
    for layer in g.modules():
        if isinstance(layer, nn.Upsample):
            layer.mode = "bilinear"
    return g


def recipe_generator() -> nn.Module:
    """The notebook's."""
    return NOTEBOOK["Generator"](LATENT_DIM)


CHANGES: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "transposed convolutions": {"make_g": NOTEBOOK["transposed_generator"]},
    "batch normalisation in D": {"make_d": NOTEBOOK["normalised_discriminator"]},
    "bilinear instead of nearest": {"make_g": bilinear_generator},
    "D twice as wide": {"make_d": wide_discriminator},
    "no R1": {"r1_weight": 0.0},
    "R1 ten times as heavy": {"r1_weight": 1.0},
    "no average": {"last": True},
    "momentum 0.5": {"momentum": 0.5},
    "learning rate 1e-3": {"rate": 1e-3},
    "learning rate 2e-4": {"rate": 2e-4},
    "batch of 128": {"batch": 128},
    "float32": {"bfloat16": False},
}
TARGETS: dict[str, tuple[list[float], dict[str, Any]]] = {
    "the recipe, bfloat16 where native": ([20, 60], {}),
    "the recipe, float32": ([30], {"bfloat16": False}),
    "a plain small DCGAN": (
        [20, 60],
        {"make_g": plain_generator, "make_d": wide_discriminator, "r1_weight": 1.0, "rate": 2e-3},
    ),
}


class Timed:
    """One training that is stopped and scored when a number of seconds of training has passed."""

    def __init__(self, train: data.Images, eye: Any, real: torch.Tensor) -> None:
        self.train, self.eye, self.real = train, eye, real

    def run(
        self, seed: int, marks: list[float], *,
        make_g: MakeNetwork = recipe_generator, make_d: MakeNetwork = NOTEBOOK["Discriminator"],
        rate: float = NOTEBOOK["learning_rate"], momentum: float = 0.0, batch: int = NOTEBOOK["batch_size"],
        r1_weight: float = NOTEBOOK["r1_weight"], last: bool = False, bfloat16: bool = session.native_bfloat16(),
        picture: Path | None = None,
    ) -> dict[str, Scores]:  # fmt: skip
        torch.manual_seed(seed)
        g, d = (make().to(memory_format=torch.channels_last) for make in (make_g, make_d))
        average = copy.deepcopy(g)
        optimizers = [torch.optim.Adam(net.parameters(), lr=rate, betas=(momentum, 0.99)) for net in (g, d)]
        loop = training.gan_steps(
            g, d, self.train.batches(batch, steps=10**7, seed=seed), loss=losses.non_saturating, ema=average,
            g_optimizer=optimizers[0], d_optimizer=optimizers[1], latent_dim=LATENT_DIM, share_fakes=True,
            r1_weight=r1_weight, bfloat16=bfloat16,
        )  # fmt: skip
        results, spent, marks = {}, 0.0, list(marks)
        began = time.perf_counter()
        for record in loop:
            if spent + time.perf_counter() - began < marks[0]:
                continue
            spent += time.perf_counter() - began
            images = sampling.generate(g if last else average, sampling.latents(5000, LATENT_DIM, seed=1))
            results[f"{marks.pop(0):g} s"] = {"steps": record.step, **self.score(images.float())}
            if picture is not None:
                sheet = viz.tile(images[:200], columns=25, scale=2)
                picture.with_stem(f"{picture.stem}-{spent:.0f}s").write_bytes(viz.encode(sheet))
            if not marks:
                break
            began = time.perf_counter()
        return results

    def score(self, images: torch.Tensor) -> Scores:
        """All numbers for 5,000 images."""
        features = metrics.features(self.eye, images)
        precision, recall = metrics.precision_recall(self.real[:2000], features[:2000])
        pixels = self.train[0:10_000].flatten(1)
        nearest = torch.cdist(images[:1000].flatten(1), pixels).min(1).values.median().item()
        distance = metrics.frechet_distance(self.real, features)
        numbers = {"distance": distance, "precision": precision, "recall": recall, "nearest": nearest}
        return {name: round(value, 3) for name, value in numbers.items()}


def main() -> None:
    """Run what is asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--only", nargs="*", choices=[*CHANGES, "targets"], help="some of the variants; others are kept"
    )
    parser.add_argument("--pictures", type=Path, help="a folder for sample sheets")
    arguments = parser.parse_args()
    train, test = data.generator_split("mnist"), data.images("mnist", train=False)
    eye = models.pretrained("classifier-mnist")
    real = metrics.features(eye, test[:])
    timed = Timed(train, eye, real)
    target = ROOT / "benchmarks" / "dcgan.json"
    saved: dict[str, Any] = json.loads(target.read_text()) if target.is_file() else {"variants": {}, "targets": {}}
    saved["machine"] = (
        f"{torch.get_num_threads()} threads, {platform.machine()}, torch {torch.__version__.split('+')[0]}, "
        f"bfloat16 in hardware: {session.native_bfloat16()}"
    )
    saved["floor"] = timed.score(train[20_000:25_000])
    saved["noise"] = timed.score(2 * torch.rand(5000, 1, 28, 28) - 1)

    def keep(group: str, name: str, seed: int, marks: list[float], **options: Any) -> None:
        result = timed.run(seed, marks, **options)
        saved[group].setdefault(name, {})[f"seed {seed}"] = result
        target.write_text(json.dumps(saved, indent=1) + "\n")
        print(f"{name}, seed {seed}: {result}", flush=True)

    wanted = arguments.only or [*CHANGES, "targets"]
    for seed in range(arguments.seeds):
        for name, (marks, options) in TARGETS.items() if "targets" in wanted else ():
            picture = arguments.pictures and arguments.pictures / f"{name.replace(' ', '-')}-seed{seed}.png"
            keep("targets", name, seed, marks, picture=picture, **options)
        for name in (name for name in CHANGES if name in wanted):
            keep("variants", name, seed, [20], **CHANGES[name])


if __name__ == "__main__":
    main()
