"""The classifier of notebook 04 learns, on each of three seeds; with shuffled labels it does not."""

from __future__ import annotations

import pytest
import torch

from ganutils import data, metrics, models, training

pytestmark = pytest.mark.learning
STEPS = 500


def accuracy(seed: int, pictures: data.Images) -> float:
    torch.manual_seed(seed)
    classifier = models.Classifier(10)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=STEPS)
    batches = pictures.labelled_batches(64, steps=STEPS, seed=seed)
    for _ in training.classifier_steps(classifier, batches, optimizer=optimizer, schedule=schedule):
        pass
    unseen = data.generator_split("digits")
    return (metrics.predicted_classes(classifier.eval(), unseen[:]) == unseen.labels).double().mean().item()


def test_small_digits_are_named(seed: int) -> None:
    assert accuracy(seed, data.classifier_split("digits")) >= 0.97


def test_with_labels_that_belong_to_other_pictures_nothing_is_learned() -> None:
    own = data.classifier_split("digits")
    broken = data.Images(own.pixels, own.labels.roll(1), own.classes)
    assert accuracy(0, broken) < 0.5
