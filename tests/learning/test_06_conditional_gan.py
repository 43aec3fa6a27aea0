"""The conditional GAN of notebook 06 obeys and stays diverse; three broken ones do not."""

from __future__ import annotations

import pytest
import torch
from notebook_code import definitions
from torch import Tensor

from ganutils import data

pytestmark = pytest.mark.learning
CELLS = (
    "setup", "parameters", "small-data", "small-layers", "small-generator", "blind", "projection-small", "adam",
    "small-train", "measures-code", "halves", "small-score",
)  # fmt: skip


@pytest.fixture(scope="module")
def notebook() -> dict:
    return definitions("06_conditional_gan", *CELLS)


def test_projection_teaches_obedience_without_losing_diversity(notebook: dict, seed: int) -> None:
    average = notebook["train_small"](notebook["Projection"], seed=seed)
    _, obedience, diversity, distance = notebook["score_small"](average)
    assert obedience >= 0.95
    assert diversity >= 0.8
    assert distance.mean() < 1.5


def test_a_blind_discriminator_teaches_no_obedience(notebook: dict) -> None:
    digits = notebook["digits"]
    order = torch.randperm(len(digits), generator=data.seeded(3, 0))
    # Matching labels would leak through the batches' composition; the notebook says how.
    independent = data.Images(digits.pixels, digits.labels[order], digits.classes)
    average = notebook["train_small"](notebook["Blind"], independent)
    assert notebook["score_small"](average)[1] < 0.4


def test_labels_off_by_one_are_obeyed_off_by_one(notebook: dict) -> None:
    digits = notebook["digits"]
    shifted = data.Images(digits.pixels, (digits.labels + 1) % 10, digits.classes)
    average = notebook["train_small"](notebook["Projection"], shifted)
    assert notebook["score_small"](average)[1] < 0.1


def test_without_a_latent_diversity_is_lost(notebook: dict) -> None:
    class Frozen(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = conditional()

        def forward(self, z: Tensor, y: Tensor) -> Tensor:
            return self.inner(torch.zeros_like(z), y)

    conditional = notebook["SmallConditional"]
    notebook["SmallConditional"] = Frozen
    try:
        average = notebook["train_small"](notebook["Projection"])
    finally:
        notebook["SmallConditional"] = conditional
    assert notebook["score_small"](average)[2] < 0.4
