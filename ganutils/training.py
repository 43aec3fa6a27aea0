"""Loops that yield: one small record after each update, and the caller decides what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganutils.losses import Objective


@dataclass(frozen=True)
class Step:
    """What happened in one step. Losses in nats, mean logits as numbers; `step` counts from 1."""

    step: int
    d_loss: float
    g_loss: float
    real_logit: float
    fake_logit: float


def adversarial_steps(
    generator: nn.Module,
    discriminator: nn.Module,
    batches: Iterable[Tensor],
    *,
    objective: Objective,
    g_optimizer: torch.optim.Optimizer,
    d_optimizer: torch.optim.Optimizer,
    latent_dim: int,
    penalty: Callable[[nn.Module, Tensor], Tensor] | None = None,
    first_step: int = 0,
) -> Iterator[Step]:
    """Train two networks against each other, one discriminator and one generator update a step (notebook 02).

    Args:
        generator: latents (batch, latent_dim) to samples shaped like the batches.
        discriminator: samples to logits (batch,).
        batches: real samples, on the networks' device; the loop ends when they do.
        objective: the game, from `losses`.
        penalty: added to the discriminator's loss, called as penalty(discriminator, real).
        first_step: the steps already done, when a run is continued.

    Yields:
        A `Step` after each update. Stop by not asking for the next one.

    Raises:
        ValueError: the discriminator's logits are not of shape (batch,).
    """
    for step, real in enumerate(batches, start=first_step + 1):
        latents = torch.randn(len(real), latent_dim, device=real.device)

        # D learns first. Its fakes are detached: this update must not reach G.
        fake = generator(latents).detach()
        real_logits, fake_logits = discriminator(real), discriminator(fake)
        if real_logits.shape != (len(real),):
            raise ValueError(
                f"The discriminator must return one logit a sample, shape ({len(real)},), "
                f"not {tuple(real_logits.shape)}; end it with Flatten(0)."
            )
        d_loss = objective.discriminator(real_logits, fake_logits)
        total = d_loss if penalty is None else d_loss + penalty(discriminator, real)
        d_optimizer.zero_grad()
        total.backward()
        d_optimizer.step()

        # Then G, against the D that has just learned. `inputs` keeps this gradient out of D's weights.
        latents = torch.randn(len(real), latent_dim, device=real.device)
        g_loss = objective.generator(real_logits.detach(), discriminator(generator(latents)))
        g_optimizer.zero_grad()
        g_loss.backward(inputs=list(generator.parameters()))
        g_optimizer.step()

        numbers = torch.stack([d_loss, g_loss, real_logits.mean(), fake_logits.mean()])
        yield Step(step, *numbers.detach().tolist())
