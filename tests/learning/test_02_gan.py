"""Notebook 02's recipe learns the ring; a broken loss is noticed."""

from __future__ import annotations

import pytest
import torch
from notebook_code import definitions

from ganutils import losses, metrics, sampling, training

pytestmark = pytest.mark.learning


@pytest.fixture(scope="module")
def notebook() -> dict:
    return definitions("02_gan", "setup", "parameters", "ring", "networks", "optimisers")


def learn(notebook: dict, seed: int, loss: losses.GanLoss, steps: int) -> metrics.ModeReport:
    torch.manual_seed(seed)
    g, d, ring = notebook["make_generator"](), notebook["make_discriminator"](), notebook["ring"]
    loop = training.gan_steps(
        g, d, ring.batches(notebook["batch_size"], steps=steps, seed=seed), loss=loss,
        g_optimizer=notebook["adam"](g), d_optimizer=notebook["adam"](d), latent_dim=notebook["latent_dim"],
    )  # fmt: skip
    for _ in loop:
        pass
    points = sampling.generate(g, sampling.latents(10_000, notebook["latent_dim"], seed=99))
    return metrics.mode_report(points, ring.centres, ring.sigma)


def test_all_modes_with_high_quality(notebook: dict, seed: int) -> None:
    report = learn(notebook, seed, losses.non_saturating, notebook["steps"])
    assert report.covered == 8, report
    assert report.high_quality >= 0.80, report
    assert report.effective_modes >= 7.0, report


BROKEN = {
    "a generator that wants to be caught": losses.GanLoss(
        losses.cross_entropy_discriminator, lambda real, fake: -losses.non_saturating_generator(real, fake)
    ),
    "a discriminator with swapped labels": losses.GanLoss(
        lambda real, fake: losses.cross_entropy_discriminator(fake, real), losses.non_saturating_generator
    ),
}


@pytest.mark.parametrize("loss", BROKEN.values(), ids=BROKEN)
def test_a_broken_loss_fails_the_same_band(notebook: dict, loss: losses.GanLoss) -> None:
    report = learn(notebook, 0, loss, steps=1000)
    assert report.covered < 8
    assert report.high_quality < 0.80
