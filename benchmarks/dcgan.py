"""What each part of notebook 05's recipe is worth, and what a name is (06): one change at a time, at equal steps.

python benchmarks/dcgan.py glyphs    the set that students see; half an hour on one thread
python benchmarks/dcgan.py mnist     MNIST must be at hand
python benchmarks/dcgan.py clock     the recipe on MNIST against the clock
python benchmarks/dcgan.py digits    the pair that has drawn capitals goes on with digits, against one from nothing
python benchmarks/dcgan.py leak      how often 06's blind generators obey: the batch's labels, or shuffled ones

Three seeds for every row, 300 steps of 64 pictures, the same batches for all rows of a seed. Distance and recall in the
features of the judge that ships, 2,000 fakes against 2,000 pictures that neither it nor any generator has seen. Results
go into benchmarks/dcgan.json as they come; seconds are those of this machine, to be compared with each other only.
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
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, losses, metrics, models, sampling, session, training

DCGAN = definitions("05_dcgan", "setup", "parameters", "generator", "discriminator", "trial-run")
STEPS, SEEDS, LATENT_DIM = 300, 3, DCGAN["latent_dim"]
TARGET = ROOT / "benchmarks" / "dcgan.json"
MakeNetwork = Callable[[], nn.Module]


def recipe_generator() -> nn.Module:
    """The notebook's."""
    return DCGAN["Generator"](LATENT_DIM)


def transposed_generator() -> nn.Module:
    """Enlarges by strided transposed convolutions, as DCGAN did."""
    enlarge: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}
    layers = list(recipe_generator().layers)  # type: ignore[arg-type]
    layers[4:6] = [nn.ConvTranspose2d(64, 32, bias=False, **enlarge)]
    layers[-3:-1] = [nn.ConvTranspose2d(32, 1, **enlarge)]
    return nn.Sequential(*layers)


def late_generator() -> nn.Module:
    """Convolves before it enlarges, and paints four pixels at once at the end: a third of the products."""
    layers = list(recipe_generator().layers)  # type: ignore[arg-type]
    enlarge, first, second = layers[4], layers[5:8], layers[8:11]
    return nn.Sequential(
        *layers[:4], *first, enlarge, *second, nn.Conv2d(32, 4, 3, padding=1), nn.PixelShuffle(2), nn.Tanh()
    )


CLOCK: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "convolved before enlarging": {"make_g": late_generator},
    "that, and faster": {"make_g": late_generator, "rate": 6e-3, "d_rate": 4e-3, "beta_2": 0.9, "r1_weight": 1.0},
}


class OneName(nn.Module):
    """A network of notebook 06 that hears the same name for every picture: its size without its knowledge."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """As the network, with label 0 for all."""
        return self.network(x, torch.zeros_like(y))


# All rules of 2016 together; its networks otherwise as large as the notebook's.
RULES_OF_2016: dict[str, Any] = {
    "make_g": transposed_generator, "make_d": DCGAN["normalised"], "share_fakes": False, "rate": 2e-4, "momentum": 0.5,
    "beta_2": 0.999, "r1_weight": 0.0,
}  # fmt: skip

CHANGES: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "transposed convolutions": {"make_g": transposed_generator},
    "D twice as wide": {"make_d": lambda: DCGAN["Discriminator"](width=32)},
    "no R1": {"r1_weight": 0.0},
    "R1 ten times as heavy": {"r1_weight": 1.0},
    "momentum 0.5": {"momentum": 0.5},
    "learning rate 1e-3": {"rate": 1e-3},
    "learning rate 2e-4": {"rate": 2e-4},
    "fakes of its own for each player": {"share_fakes": False},
    "batch normalisation in D": {"make_d": DCGAN["normalised"]},
    "the same, real and fake apart": {"make_d": DCGAN["normalised"], "share_fakes": False},
    "06: with names": {"names": "both"},
    "06: a name to G only": {"names": "G"},
    "06: one name for all": {"names": "neither"},
    "DCGAN's rules of 2016": RULES_OF_2016,
}
LONG = {  # only where they are asked for by name
    "the recipe, 3,000 steps": {"steps": 3000},
    "DCGAN's rules of 2016, 3,000 steps": RULES_OF_2016 | {"steps": 3000},
}


class Set:
    """Pictures to learn from and to compare with, and the judge."""

    def __init__(self, name: str) -> None:
        pictures = data.generator_split(name)
        if name == "glyphs":
            self.train, reference = pictures.split(16_000, seed=0)
        else:
            self.train, reference = pictures, data.images(name, train=False)
        self.eye, self.name = models.pretrained(f"classifier-{name}"), name
        self.real = metrics.features(self.eye, reference[:2000])
        self.floor = metrics.frechet_distance(self.real, metrics.features(self.eye, reference[2000:4000]))

    def conditional(self) -> dict[str, Any]:
        """Notebook 06's networks for as many classes as this set has."""
        own = definitions("06_conditional_gan", "setup", "parameters")
        own |= {"classes": len(self.train.classes)}
        for cell in ("generator", "discriminator"):
            own |= definitions("06_conditional_gan", cell, given=own)
        return own

    def score(self, images: Tensor) -> dict[str, float]:
        """Distance, recall and the share of which the judge is sure."""
        features = metrics.features(self.eye, images)
        recall = metrics.precision_recall(self.real[:1000], features[:1000])[1]
        sure = metrics.probabilities(self.eye, images).amax(1) > 0.9
        distance = metrics.frechet_distance(self.real, features)
        return {
            "distance": round(distance, 2),
            "recall": round(recall, 2),
            "sure": round(sure.double().mean().item(), 2),
        }

    def run(
        self, seed: int, *, make_g: MakeNetwork = recipe_generator, make_d: MakeNetwork = DCGAN["Discriminator"],
        rate: float = DCGAN["learning_rate"], d_rate: float | None = None, momentum: float = 0.0, beta_2: float = 0.99,
        r1_weight: float = DCGAN["r1_weight"], share_fakes: bool = True, names: str | None = None,
        marks: tuple[float, ...] = (), steps: int = STEPS,
    ) -> dict[str, Any]:  # fmt: skip
        """Train and score the average and the last step; with `marks`, the average when so many seconds have passed."""
        # On one thread the processor's own seconds: neighbours do not count.
        clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
        torch.manual_seed(seed)
        if names is None:
            g, d = make_g(), make_d()
        else:
            own = self.conditional()
            g, d = own["ConditionalGenerator"](), own["ProjectionDiscriminator"]()
            g, d = (g if names in ("both", "G") else OneName(g)), (d if names == "both" else OneName(d))
        g, d = (network.to(memory_format=torch.channels_last) for network in (g, d))
        average, count = copy.deepcopy(g), 10**7 if marks else steps
        rates = {g: rate, d: d_rate or rate}
        adams = [torch.optim.Adam(net.parameters(), lr=lr, betas=(momentum, beta_2)) for net, lr in rates.items()]
        pictures = self.train
        if names == "G":  # a blind D; labels drawn apart from the pictures, or a batch's composition leaks (see `leak`)
            order = torch.randperm(len(pictures), generator=data.seeded(3, seed))
            pictures = data.Images(pictures.pixels, pictures.labels[order], pictures.classes)
        make_batches = pictures.batches if names is None else pictures.labelled_batches
        loop = training.gan_steps(
            g, d, make_batches(64, steps=count, seed=seed), loss=losses.non_saturating, ema=average,
            g_optimizer=adams[0], d_optimizer=adams[1], latent_dim=LATENT_DIM, share_fakes=share_fakes,
            r1_weight=r1_weight, bfloat16=session.native_bfloat16(),
        )  # fmt: skip
        labels = None if names is None else torch.arange(2000) % len(self.train.classes)
        timed: dict[str, Any] = {}
        spent, began = 0.0, clock()
        for record in loop:
            if marks and spent + clock() - began >= marks[len(timed)]:
                spent += clock() - began
                timed[f"{marks[len(timed)]:g} s"] = {"steps": record.step, **self.score(self.draw(average, labels))}
                if len(timed) == len(marks):
                    return timed
                began = clock()
        seconds = clock() - began
        results = {"average": average, "last": g}
        scores = {name: self.score(self.draw(network, labels)) for name, network in results.items()}
        return scores | {"seconds": round(seconds, 1)}

    def new_signs(self, seed: int, head_start: bool) -> dict[str, Any]:
        """Notebook 05's minute on typeset digits: distance of the average to 2,000 real ones, before and after."""
        torch.manual_seed(seed)
        own, steps = DCGAN, DCGAN["new_steps"]
        g, d = models.ConvGenerator(own["large_dim"]), own["Discriminator"](width=own["large_width"])
        if head_start:
            _, states = models.head_start("05_dcgan")
            g.load_state_dict(states["generator"])
            d.load_state_dict(states["discriminator"])
        g, d = (network.to(memory_format=torch.channels_last) for network in (g, d))
        average = copy.deepcopy(g)
        adams = [torch.optim.Adam(net.parameters(), lr=own["large_rate"], betas=own["betas"]) for net in (g, d)]
        digits = data.images("glyphs", count=10_000, characters="0123456789", seed=5)
        real, z = metrics.features(self.eye, digits[8000:]), sampling.latents(2000, own["large_dim"], seed=1)

        def distance() -> float:
            fake = metrics.features(self.eye, sampling.generate(average, z).float())
            return round(metrics.frechet_distance(real, fake), 2)

        before = distance()
        loop = training.gan_steps(
            g, d, digits.subset(slice(0, 8000)).batches(64, steps=steps, seed=seed), loss=losses.non_saturating,
            ema=average, g_optimizer=adams[0], d_optimizer=adams[1], latent_dim=own["large_dim"], share_fakes=True,
            r1_weight=own["large_r1"], bfloat16=session.native_bfloat16(),
        )  # fmt: skip
        for _ in loop:
            pass
        return {"steps": steps, "before": before, "after": distance()}

    def floor_of_digits(self) -> float:
        """2,000 real digits, those of `new_signs`, against 2,000 others."""
        drawn = (data.images("glyphs", count=10_000, characters="0123456789", seed=seed)[8000:] for seed in (5, 6))
        return metrics.frechet_distance(*(metrics.features(self.eye, digits) for digits in drawn))

    def draw(self, g: nn.Module, labels: Tensor | None) -> Tensor:
        """2,000 pictures."""
        names = () if labels is None else (labels,)
        return sampling.generate(g, sampling.latents(2000, LATENT_DIM, seed=1), *names).float()


def leak(seed: int) -> dict[str, float]:
    """Obedience of two generators of notebook 06 whose discriminator is blind, by what labels G was given."""
    cells = ("small-data", "small-layers", "small-generator", "blind", "adam", "small-train", "measures-code")
    own = definitions("06_conditional_gan", "setup", "parameters", *cells)
    pictures, z = own["digits"], sampling.latents(1000, own["small_latent"], seed=1)
    order = torch.randperm(len(pictures), generator=data.seeded(3, seed))
    shuffled = data.Images(pictures.pixels, pictures.labels[order], pictures.classes)
    asked, obeyed = torch.arange(10).repeat(100), {}
    for name, some in {"the batch's labels": pictures, "shuffled labels": shuffled}.items():
        drawn = sampling.generate(own["train_small"](own["Blind"], some, seed=seed), z, asked)
        obeyed[name] = round(own["obedience"](own["digit_eye"], drawn, asked), 3)
    return obeyed


def main() -> None:
    """Run one part and write its results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["glyphs", "mnist", "clock", "digits", "leak"])
    parser.add_argument("--only", nargs="*", choices=[*CHANGES, *CLOCK, *LONG], help="some rows; others are kept")
    arguments = parser.parse_args()
    pictures = Set({"clock": "mnist", "digits": "glyphs", "leak": "glyphs"}.get(arguments.part, arguments.part))

    floor = pictures.floor_of_digits() if arguments.part == "digits" else pictures.floor

    def keep(seed: int, name: str, result: dict[str, Any]) -> None:
        saved: dict[str, Any] = json.loads(TARGET.read_text()) if TARGET.is_file() else {}
        part = saved.setdefault(arguments.part, {"rows": {}})
        part["floor"] = round(floor, 2)
        part["machine"] = (
            f"{torch.get_num_threads()} threads, {platform.machine()}, torch {torch.__version__.split('+')[0]}, "
            f"bfloat16 in hardware: {session.native_bfloat16()}"
        )
        part["rows"].setdefault(name, {})[f"seed {seed}"] = result
        TARGET.write_text(json.dumps(saved, indent=1) + "\n")
        print(f"{arguments.part}: {name}, seed {seed}: {result}", flush=True)

    for seed in range(5 if arguments.part == "leak" else SEEDS):
        if arguments.part == "leak":
            keep(seed, "a blind discriminator", leak(seed))
        elif arguments.part == "clock":
            for name in arguments.only or CLOCK:
                keep(seed, name, pictures.run(seed, marks=(5, 15, 25, 80), **CLOCK[name]))
        elif arguments.part == "digits":
            for name, head_start in {"from the long training": True, "from nothing": False}.items():
                keep(seed, name, pictures.new_signs(seed, head_start))
        else:
            for name in arguments.only or CHANGES:
                keep(seed, name, pictures.run(seed, **(CHANGES | LONG)[name]))


if __name__ == "__main__":
    main()
