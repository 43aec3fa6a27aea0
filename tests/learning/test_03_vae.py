"""The VAE of notebook 03 learns; with a broken loss it does not reach the same band."""

from __future__ import annotations

import pytest
import torch
from notebook_code import definitions

pytestmark = pytest.mark.learning
CELLS = ("setup", "parameters", "kl-formula", "binarise", "data", "network", "likelihood", "record", "loop", "bounds")
# Independent pixels, one coin each, score 25.3 nats; a Bernoulli mixture of 50 components about 17.9.
BAND = 20.6


@pytest.fixture(scope="module")
def notebook() -> dict:
    return definitions("03_vae", *CELLS)


def minus_elbo(notebook: dict, seed: int, *, steps: int, beta: float = 1.0) -> float:
    """Test pictures, nats a picture, mean over 20 draws."""
    torch.manual_seed(seed)
    vae = notebook["VAE"](notebook["latent_dim"])
    optimizer = torch.optim.Adam(vae.parameters(), lr=notebook["learning_rate"])
    batches = notebook["train"].batches(notebook["batch_size"], steps=steps, seed=seed)
    for _ in notebook["vae_steps"](vae, batches, optimizer, beta):
        pass
    values = [notebook["negative_log_likelihood"](vae, notebook["test"][:], 1).mean() for _ in range(20)]
    return torch.stack(values).mean().item()


def test_the_elbo_reaches_its_band(notebook: dict, seed: int) -> None:
    value = minus_elbo(notebook, seed, steps=2000)
    assert 15 < value < BAND, "below 15 nats no such model gets: the score itself would be broken"


def test_without_noise_in_the_latents_the_band_is_missed(notebook: dict) -> None:
    """The broken loop forgets the KL term: q shrinks to a point, and the bound pays for it."""
    assert minus_elbo(notebook, 0, steps=2000, beta=0.0) > BAND


def test_with_too_dear_latents_the_band_is_missed(notebook: dict) -> None:
    assert minus_elbo(notebook, 0, steps=1000, beta=6.0) > BAND
