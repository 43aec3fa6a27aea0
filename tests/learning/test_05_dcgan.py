"""The recipe of notebook 05 learns to draw letters; with a broken loss it leaves the band.

Scores in the judge's features, 2,000 fakes against 2,000 letters: floor 0.2, uniform noise 6,400.
"""

from __future__ import annotations

import pytest
from notebook_code import definitions

from ganutils import metrics, sampling, training
from ganutils.losses import GanLoss, non_saturating

pytestmark = pytest.mark.learning
CELLS = ("setup", "parameters", "real-data", "real-features", "generator", "discriminator", "adam", "start")
STEPS = 300


@pytest.fixture(scope="module")
def notebook() -> dict:
    return definitions("05_dcgan", *CELLS)


def scores(notebook: dict, seed: int, loss: GanLoss = non_saturating) -> tuple[float, float]:
    """Distance and recall."""
    parts, real, latent_dim = notebook["players"](seed), notebook["real"], notebook["latent_dim"]
    loop = training.gan_steps(
        **parts, batches=notebook["train"].batches(notebook["batch_size"], steps=STEPS, seed=seed),
        latent_dim=latent_dim, loss=loss, share_fakes=True, r1_weight=notebook["r1_weight"],
        r1_every=notebook["r1_every"], bfloat16=notebook["fast"],
    )  # fmt: skip
    for _ in loop:
        pass
    z = sampling.latents(2000, latent_dim, seed=1, device=notebook["device"])
    fake = metrics.features(notebook["eye"], sampling.generate(parts["ema"], z).float())
    return metrics.frechet_distance(real[:2000], fake), metrics.precision_recall(real[:1000], fake[:1000])[1]


def test_letters_come_near_and_all_kinds_of_them(notebook: dict, seed: int) -> None:
    distance, recall = scores(notebook, seed)
    assert 0.2 < distance < 12, "below the floor no generator gets: the score itself would be broken"
    assert recall > 0.4


def test_a_generator_that_runs_from_the_discriminators_praise_leaves_the_band(notebook: dict) -> None:
    broken = GanLoss(non_saturating.discriminator, lambda real, fake: -non_saturating.generator(real, fake))
    distance, recall = scores(notebook, 0, broken)
    assert distance > 24
    assert recall < 0.2
