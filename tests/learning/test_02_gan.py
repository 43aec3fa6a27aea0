"""The ring is learned, on every one of five seeds; and a broken loss is noticed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganutils import data, losses, metrics, sampling, training

pytestmark = pytest.mark.learning
RING = data.ring()
STEPS, LATENT_DIM = 3000, 2


def learn(seed: int, objective: losses.GanLoss, steps: int = STEPS) -> metrics.ModeReport:
    """The recipe of notebook 02."""
    torch.manual_seed(seed)
    generator = nn.Sequential(nn.Linear(LATENT_DIM, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    discriminator = nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1), nn.Flatten(0)
    )
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.0, 0.99))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.0, 0.99))
    loop = training.gan_steps(
        generator, discriminator, RING.batches(256, steps=steps, seed=seed), loss=objective,
        g_optimizer=g_optimizer, d_optimizer=d_optimizer, latent_dim=LATENT_DIM,
    )  # fmt: skip
    for _ in loop:
        pass
    points = sampling.generate(generator, sampling.latents(10_000, LATENT_DIM, seed=99))
    return metrics.mode_report(points, RING.centres, RING.sigma)


def test_all_modes_with_high_quality(seed: int) -> None:
    report = learn(seed, losses.non_saturating)
    assert report.covered == 8, report
    assert report.high_quality >= 0.80, report
    assert report.effective_modes >= 7.0, report


def test_a_generator_that_wants_to_be_caught_fails_the_same_band() -> None:
    broken = losses.GanLoss(
        losses.cross_entropy_discriminator, lambda real, fake: -losses.non_saturating_generator(real, fake)
    )
    report = learn(0, broken, steps=1000)
    assert report.covered < 8
    assert report.high_quality < 0.80


def test_a_discriminator_with_swapped_labels_fails_the_same_band() -> None:
    broken = losses.GanLoss(
        lambda real, fake: losses.cross_entropy_discriminator(fake, real), losses.non_saturating_generator
    )
    report = learn(0, broken, steps=1000)
    assert report.covered < 8
    assert report.high_quality < 0.80
