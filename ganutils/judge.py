"""The judge: a classifier (notebook 04) whose features compare generated pictures with real ones.

It learns on a part of each set that belongs to it alone. No generator is trained on that part, and none is
scored against it: features fitted to the very pictures one compares with would flatter some of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils import checkpoints, data, downloads
from ganutils.models import Classifier

# How many pictures of a set belong to the judge: data.images(name).split(SHARE[name], seed=0)[0].
SHARE = {"digits": 797, "mnist": 20_000, "fashion-mnist": 20_000}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GLYPH_SEED = 1_000  # glyphs are drawn on demand: the judge has a seed of its own instead of a share


class ClassifierStep(NamedTuple):
    """One step of a classifier's training: cross-entropy in nats, and the share of the batch that was right."""

    step: int
    loss: float
    accuracy: float


def own(name: str) -> data.Images:
    """The pictures that the judge of a set learns on."""
    if name == "glyphs":
        return data.images("glyphs", count=20_000, characters=LETTERS, seed=_GLYPH_SEED)
    return data.images(name).split(SHARE[name], seed=0)[0]


def unseen(name: str) -> data.Images:
    """The training pictures of a set that its judge has not seen; capital letters for "glyphs"."""
    if name == "glyphs":
        return data.images("glyphs", count=20_000, characters=LETTERS, seed=0)
    return data.images(name).split(SHARE[name], seed=0)[1]


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
    grid = F.affine_grid(torch.stack(rows, 1).to(images.device), list(images.shape), align_corners=False)
    return F.grid_sample(images + 1, grid, align_corners=False) - 1


def classifier_steps(
    classifier: torch.nn.Module, batches: Iterable[tuple[Tensor, Tensor]], *, optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler, first_step: int = 0,
) -> Iterator[ClassifierStep]:  # fmt: skip
    """Train a classifier on jittered pictures, one update and one step of the schedule a batch (notebook 04).

    Args:
        classifier: images to logits (batch, classes).
        batches: (images, labels), from `Images.labelled_batches`.
        first_step: the steps already done, when a run is continued.

    Yields:
        A `ClassifierStep` after each update.
    """
    for step, (images, labels) in enumerate(batches, start=first_step + 1):
        logits = classifier(jitter(images))
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield ClassifierStep(step, loss.item(), (logits.argmax(1) == labels).float().mean().item())


def load(name: str, *, device: torch.device | str = "cpu") -> Classifier:
    """The judge that ships for "digits", "glyphs" (capital letters) or "mnist", in evaluation mode.

    Raises:
        ValueError: no judge ships for that set.
        CheckpointError: the file is missing or is not the one that shipped.
    """
    cards = json.loads(downloads.weights("weights.json").read_text(encoding="utf-8"))
    file = f"judge-{name}.safetensors"
    if file not in cards:
        ready = ", ".join(key[6:].split(".")[0] for key in cards if key.startswith("judge-"))
        raise ValueError(f"No judge ships for {name!r} (there are {ready}); train one with judge.classifier_steps.")
    classifier = Classifier(26 if name == "glyphs" else 10)
    checkpoints.load_weights(downloads.weights(file), classifier, sha256=cards[file]["sha256"])
    return classifier.eval().requires_grad_(False).to(device)


@torch.no_grad()
def features(classifier: Classifier, images: Tensor) -> Tensor:
    """Features (n, 64) of images (n, channels, height, width), a thousand at a time, on the CPU in float64."""
    return torch.cat([classifier.features(part).double().cpu() for part in images.split(1000)])


@torch.no_grad()
def classify(classifier: Classifier, images: Tensor) -> Tensor:
    """The most probable class (n,) of each image, a thousand at a time."""
    return torch.cat([classifier(part).argmax(1) for part in images.split(1000)])
