"""The classifier of notebook 04; its features judge what generators draw."""

from __future__ import annotations

from torch import Tensor, nn


class Classifier(nn.Module):
    """Images (batch, channels, height, width) in [-1, 1] to logits (batch, classes); any size from 8 x 8 on.

    Five 3 x 3 convolutions, two of them with stride 2, then the mean over all places: 64 features, and one
    linear layer on top. Notebook 04 builds it; its features judge what generators draw from notebook 05 on.
    """

    def __init__(self, classes: int, *, channels: int = 1, width: int = 16):
        super().__init__()

        def block(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
            convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
            return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]

        self.maps = nn.Sequential(
            *block(channels, width),
            *block(width, 2 * width, stride=2),
            *block(2 * width, 2 * width),
            *block(2 * width, 4 * width, stride=2),
            *block(4 * width, 4 * width),
        )
        self.head = nn.Linear(4 * width, classes)

    def features(self, images: Tensor) -> Tensor:
        """What the classifier makes of images, before it names them: (batch, 4 * width)."""
        return self.maps(images).mean((2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """One logit for each class."""
        return self.head(self.features(images))
