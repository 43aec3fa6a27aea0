"""Networks that more than one notebook needs. Networks return logits or images in [-1, 1], never probabilities."""

from __future__ import annotations

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
