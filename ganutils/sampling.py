"""From latents to images, and directions in latent space."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def latents(count: int, latent_dim: int, *, seed: int, device: torch.device | str = "cpu") -> Tensor:
    """Standard normal latents (count, latent_dim), the same on every device for one seed.

    They come from a generator of their own, so drawing them leaves a training's randomness as it was.
    """
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, latent_dim, generator=random).to(device)


@torch.no_grad()
def generate(generator: nn.Module, z: Tensor, *labels: Tensor) -> Tensor:
    """`generator(z, *labels)` in evaluation mode, without gradients, 250 at a time; its mode is put back afterwards."""
    was_training = generator.training
    generator.eval()
    try:
        parts = zip(*(rows.split(250) for rows in (z, *labels)), strict=True)
        return torch.cat([generator(*part) for part in parts])
    finally:
        generator.train(was_training)


def principal_directions(
    generator: nn.Module, latent_dim: int, *, count: int, samples: int = 1024, seed: int = 0
) -> Tensor:
    """The latent directions along which the generated pictures change most.

    The latents themselves are isotropic, so the principal axes are found in the pictures and each is
    carried back to the latents by least squares (after GANSpace, Haerkoenen et al. 2020, which does it
    in a hidden layer instead).

    Returns:
        Unit vectors (count, latent_dim), the strongest first.

    Raises:
        ValueError: more directions than latent dimensions are asked for.
    """
    if not 1 <= count <= latent_dim:
        raise ValueError(f"A {latent_dim}-dimensional latent has at most {latent_dim} directions, not {count}.")
    parameter = next(generator.parameters(), None)
    device = torch.device("cpu") if parameter is None else parameter.device
    z = latents(samples, latent_dim, seed=seed, device=device)
    pictures = generate(generator, z).flatten(1).cpu()
    z = z.cpu()
    pictures = pictures - pictures.mean(0)
    left, scale, _ = torch.linalg.svd(pictures, full_matrices=False)
    coordinates = left[:, :count] * scale[:count]
    directions = torch.linalg.lstsq(z - z.mean(0), coordinates).solution.T
    # Strong axes can share latents: Gram-Schmidt (QR) makes one slider leave the others alone.
    basis, triangle = torch.linalg.qr(directions.T)
    return (basis * triangle.diagonal().sign()).T.contiguous()
