"""Generators and discriminators that notebooks built and later ones train."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvGenerator(nn.Module):
    """Latents (batch, latent_dim) to images (batch, channels, 28, 28) in [-1, 1].

    A 7 x 7 sketch, enlarged twice; each time a convolution redraws it. Enlarging by resize instead of a
    strided transposed convolution is a departure from DCGAN (Radford et al. 2016); it leaves no
    checkerboard (Odena et al. 2016). Notebook 00 plays with one; notebook 05 explains it.
    """

    def __init__(self, latent_dim: int, *, channels: int = 1, widths: tuple[int, int, int] = (64, 48, 32)):
        super().__init__()
        coarse, middle, fine = widths
        self.latent_dim = latent_dim
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, coarse * 7 * 7),
            nn.Unflatten(1, (coarse, 7, 7)),
            nn.BatchNorm2d(coarse),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(coarse, middle, 3, padding=1, bias=False),
            nn.BatchNorm2d(middle),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(middle, fine, 3, padding=1, bias=False),
            nn.BatchNorm2d(fine),
            nn.ReLU(),
            nn.Conv2d(fine, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Draw one image per latent."""
        return self.layers(z)


class SmallGenerator(nn.Module):
    """Latents (batch, latent_dim) to images (batch, channels, 28, 28) in [-1, 1], trained in half a minute on a CPU.

    Notebook 05 builds it. Nearly all work is done at 14 x 14 pixels; one convolution draws at 28 x 28.
    """

    def __init__(self, latent_dim: int, channels: int = 1):
        super().__init__()

        def block(inputs: int, outputs: int) -> list[nn.Module]:
            convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]

        self.layers = nn.Sequential(
            nn.Linear(latent_dim, 64 * 7 * 7),
            nn.Unflatten(1, (64, 7, 7)),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            *block(64, 32),
            *block(32, 32),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(32, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Draw one image per latent."""
        return self.layers(z)


class SmallDiscriminator(nn.Module):
    """Images (batch, channels, 28, 28) in [-1, 1] to logits (batch,); without normalisation (notebook 05)."""

    feature_count = 64 * 4 * 4

    def __init__(self, channels: int = 1):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(channels, 16, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.head = nn.Linear(self.feature_count, 1)

    def features(self, images: Tensor) -> Tensor:
        """What the last layer sees: (batch, 1024)."""
        return self.maps(images)

    def forward(self, images: Tensor) -> Tensor:
        """One logit per image."""
        return self.head(self.features(images)).flatten()


class ConditionalGenerator(nn.Module):
    """Latents (batch, latent_dim) and classes (batch,) to images (batch, 1, 28, 28) in [-1, 1].

    Notebook 06 builds it: a learned row of numbers for each class joins the latent, and a `SmallGenerator` draws.
    """

    def __init__(self, classes: int, latent_dim: int = 64, name_dim: int = 16):
        super().__init__()
        self.names = nn.Embedding(classes, name_dim)
        self.draw = SmallGenerator(latent_dim + name_dim)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Draw one image per latent, of the class that stands beside it."""
        return self.draw(torch.cat([z, self.names(y)], dim=1))
