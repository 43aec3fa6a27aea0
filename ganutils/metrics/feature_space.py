"""What a classifier (notebook 04) sees in pictures: its features compare generated pictures with real ones.

It learned on a split of each set that belongs to it alone (`data.classifier_split`).
"""

from __future__ import annotations

import torch
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
