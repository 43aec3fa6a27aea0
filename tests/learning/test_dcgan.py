"""The recipe of notebook 05 learns to draw letters, on each of three seeds; with a broken loss it leaves the band.

Scores in the judge's features, 2,000 fakes against 2,000 letters: floor 0.2, uniform noise 6,400.
"""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from ganutils import data, judge, metrics, models, runtime, sampling, training
from ganutils.losses import Objective, non_saturating

pytestmark = pytest.mark.learning
STEPS, LATENT_DIM = 300, 64


@pytest.fixture(scope="module")
def letters() -> tuple[data.Images, Tensor]:
    """What the generator learns from, and the features of other letters."""
    train, reference = judge.unseen("glyphs").split(16_000, seed=0)
    return train, judge.features(judge.load("glyphs"), reference[:2000])


def scores(
    letters: tuple[data.Images, Tensor], seed: int, objective: Objective = non_saturating
) -> tuple[float, float]:
    """Distance and recall."""
    train, real = letters
    torch.manual_seed(seed)
    g, d = models.SmallGenerator(LATENT_DIM), models.SmallDiscriminator()
    average = copy.deepcopy(g)
    optimizers = [torch.optim.Adam(network.parameters(), lr=3e-3, betas=(0.0, 0.99)) for network in (g, d)]
    loop = training.image_steps(
        g, d, average, train.batches(64, steps=STEPS, seed=seed), objective=objective, latent_dim=LATENT_DIM,
        g_optimizer=optimizers[0], d_optimizer=optimizers[1], bfloat16=runtime.native_bfloat16(),
    )  # fmt: skip
    for _ in loop:
        pass
    fake = judge.features(
        judge.load("glyphs"), sampling.generate(average, sampling.latents(2000, LATENT_DIM, seed=1)).float()
    )
    return metrics.frechet_distance(real, fake), metrics.precision_recall(real[:1000], fake[:1000])[1]


@pytest.mark.parametrize("seed", range(3))
def test_letters_come_near_and_all_kinds_of_them(letters: tuple[data.Images, Tensor], seed: int) -> None:
    distance, recall = scores(letters, seed)
    assert 0.2 < distance < 12, "below the floor no generator gets: the score itself would be broken"
    assert recall > 0.4


def test_a_generator_that_runs_from_the_discriminators_praise_leaves_the_band(
    letters: tuple[data.Images, Tensor],
) -> None:
    broken = Objective(non_saturating.discriminator, lambda real, fake: -non_saturating.generator(real, fake))
    distance, recall = scores(letters, 0, broken)
    assert distance > 24
    assert recall < 0.2
