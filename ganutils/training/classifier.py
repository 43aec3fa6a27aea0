"""The loop of a classifier (notebook 04)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class ClassifierStep:
    """One step of a classifier's training: cross-entropy in nats, and the share of the batch that was right.

    Both numbers are tensors without axes on the training's device: who reads them waits for it, the loop does not.
    """

    step: int
    loss: Tensor
    accuracy: Tensor


def jitter(images: Tensor, *, random: torch.Generator | None = None) -> Tensor:
    """Turn, zoom, slant and shift each image a little (10 degrees, 10 %, 15 %, 8 % at most), black beyond the edge.

    Args:
        images: (batch, channels, height, width) in [-1, 1].
        random: a CPU generator; torch's own by default.
    """
    angle, zoom, slant, right, down = 2 * torch.rand(5, len(images), generator=random) - 1
    angle, zoom = torch.deg2rad(10 * angle), 1 + 0.1 * zoom
    rows = [
        torch.stack([angle.cos() * zoom, 0.15 * slant - angle.sin() * zoom, 0.16 * right], 1),
        torch.stack([angle.sin() * zoom, angle.cos() * zoom, 0.16 * down], 1),
    ]
    turn = torch.stack(rows, 1).to(images.device, non_blocking=True)  # nobody waits for the device here
    grid = F.affine_grid(turn, list(images.shape), align_corners=False)
    return F.grid_sample(images + 1, grid, align_corners=False) - 1


def classifier_steps(
    classifier: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], *, optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler, first_step: int = 0,
) -> Iterator[ClassifierStep]:  # fmt: skip
    """Train a classifier on jittered pictures, one update and one step of the schedule a batch (notebook 04).

    Args:
        classifier: images to logits (batch, classes); it is put into training mode before each update.
        batches: (images, labels), from `Images.labelled_batches`.
        first_step: the steps already done, when a run is continued.

    Yields:
        A `ClassifierStep` after each update.
    """
    for step, (images, labels) in enumerate(batches, start=first_step + 1):
        if not classifier.training:  # somebody has looked at test pictures in between
            classifier.train()
        logits = classifier(jitter(images))
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield ClassifierStep(step, loss.detach(), (logits.argmax(1) == labels).float().mean())
