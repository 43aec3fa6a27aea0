"""What a classifier (notebook 04) sees in pictures: its features compare generated pictures with real ones.

It learned on a split of each set that belongs to it alone (`data.classifier_split`).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.models import Classifier


@torch.no_grad()
def features(classifier: Classifier, images: Tensor) -> Tensor:
    """Features (n, 64) of images (n, channels, height, width), 250 at a time, on the CPU in float64."""
    return torch.cat([classifier.features(part).cpu().double() for part in images.split(250)])


@torch.no_grad()
def probabilities(classifier: Classifier, images: Tensor) -> Tensor:
    """The probability (n, classes) of each class for each image, 250 at a time, on the images' device."""
    return torch.cat([classifier(part).softmax(1) for part in images.split(250)])


@torch.no_grad()
def predicted_classes(classifier: Classifier, images: Tensor) -> Tensor:
    """The most probable class (n,) of each image, 250 at a time, on the images' device."""
    return torch.cat([classifier(part).argmax(1) for part in images.split(250)])


@torch.no_grad()
def read_icons(classifier: Classifier, images: Tensor, choices: Iterable[int]) -> Tensor:
    """What "classifier-icons" reads off icons, 250 at a time: the most probable choice for each attribute.

    Args:
        classifier: images (batch, 3, 32, 32) to logits for all choices of all attributes, one after the other.
        images: (n, 3, side, side); larger ones are averaged down to 32 pixels, smaller ones enlarged.
        choices: how many there are for each attribute, as in `data.icons.ATTRIBUTES`.

    Returns:
        (n, attributes) on the images' device.
    """
    side, read = 32, []
    for part in images.split(250):
        large = part.shape[-1] > side
        seen = F.adaptive_avg_pool2d(part, side) if large else F.interpolate(part, size=side, mode="bilinear")
        read.append(torch.stack([logits.argmax(1) for logits in classifier(seen).split(list(choices), 1)], 1))
    return torch.cat(read)
