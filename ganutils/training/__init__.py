"""Loops that yield a record after each update, the average of a generator's weights, and checkpoints."""

from ganutils.training.adversarial import GanStep, gan_steps, update_ema
from ganutils.training.checkpoints import CheckpointError, restore_checkpoint, restore_network, save_checkpoint
from ganutils.training.classifier import ClassifierStep, classifier_steps, jitter

__all__ = [
    "CheckpointError", "ClassifierStep", "GanStep", "classifier_steps", "gan_steps", "jitter", "restore_checkpoint",
    "restore_network", "save_checkpoint", "update_ema",
]  # fmt: skip
