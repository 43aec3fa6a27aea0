"""The classifier of notebook 04 learns; with shuffled labels it does not."""

from __future__ import annotations

import pytest
import torch
from notebook_code import definitions

from ganutils import data, metrics, models, training

pytestmark = pytest.mark.learning
STEPS = 500


@pytest.fixture(scope="module")
def notebook() -> dict:
    return definitions("04_cnn", "setup", "parameters", "data", "network", "loop", "optimiser")


def accuracy(notebook: dict, seed: int, pictures: data.Images) -> float:
    torch.manual_seed(seed)
    classifier = notebook["Classifier"](len(pictures.classes))
    optimizer, schedule = notebook["training_parts"](classifier, STEPS)
    batches = pictures.labelled_batches(notebook["batch_size"], steps=STEPS, seed=seed)
    for _ in notebook["classifier_steps"](classifier, batches, optimizer, schedule):
        pass
    test = notebook["test"]
    return (metrics.predicted_classes(classifier.eval(), test[:]) == test.labels).double().mean().item()


def test_the_package_has_the_network_and_the_loop_of_the_notebook(notebook: dict) -> None:
    """To the last bit, after twenty steps from the same start."""
    own, weights = notebook["own"], []
    for network_class, steps_of in (
        (notebook["Classifier"], notebook["classifier_steps"]),
        (models.Classifier, training.classifier_steps),
    ):
        torch.manual_seed(1)
        network = network_class(10)
        adam, rates = notebook["training_parts"](network, 20)
        list(steps_of(network, own.labelled_batches(64, steps=20), optimizer=adam, schedule=rates))
        weights.append(torch.cat([weight.flatten() for weight in network.parameters()]))
    assert torch.equal(*weights)


def test_small_digits_are_named(notebook: dict, seed: int) -> None:
    assert accuracy(notebook, seed, notebook["own"]) >= 0.97


def test_with_labels_that_belong_to_other_pictures_nothing_is_learned(notebook: dict) -> None:
    own = notebook["own"]
    broken = data.Images(own.pixels, own.labels.roll(1), own.classes)
    assert accuracy(notebook, 0, broken) < 0.5
