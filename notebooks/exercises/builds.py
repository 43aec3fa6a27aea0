"""What building exercises share: a generator is judged by what it does, never by how it is written.

Errors on the way are left to `teaching.check`, which says what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Draw = Callable[[int], list[Tensor]]


def number_of_weights(network: nn.Module) -> int:
    """Every weight that learns."""
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)


def fault_of(network: Any, draw: Draw, shape: tuple[int, ...], *, least: int = 1, most: int) -> str:
    """The first thing that is wrong with a generator, in one sentence; nothing if all is well.

    Args:
        network: what the attempt returned.
        draw: the inputs for a batch of some size; the latents come first.
        shape: of one sample.
        least, most: how many weights it may have.
    """
    if isinstance(network, list | tuple):
        return "Those are several modules; put them into one: nn.Sequential(first, second, ...)."
    if isinstance(network, type) and issubclass(network, nn.Module):
        return "That is the class itself; make a network of it, with brackets."
    if not isinstance(network, nn.Module):
        return "That is no network: return an nn.Module, for instance nn.Sequential(...)."
    inputs = draw(6)
    with torch.no_grad():
        for batch in (6, 3, 17):
            given = draw(batch)
            made = network(*given)
            found = tuple(made.shape) if isinstance(made, Tensor) else type(made).__name__
            if found != (batch, *shape):
                return f"From latents {tuple(given[0].shape)} it makes {found}; asked for is {(batch, *shape)}."
        network.eval()
        made, again = network(*inputs), network(*inputs)
        alone = network(*(part[:1] for part in inputs))
        network.train()
    if not made.isfinite().all():
        return "It gives nan or infinity."
    if not torch.equal(made, again):
        return "The same latents give different samples: it draws random numbers of its own. All chance is in z."
    if not torch.allclose(alone, made[:1], rtol=1e-3, atol=1e-5):
        return "In evaluation mode a sample must not depend on its neighbours in the batch."
    count = number_of_weights(network)
    if count == 0:
        return "Nothing in it can learn: it has no weights, or they are frozen (requires_grad)."
    if count > most:
        largest = max(network.parameters(), key=Tensor.numel)
        return (
            f"It has {count:,} weights; the budget is {most:,}. Most cost the {largest.numel():,} of shape "
            f"{tuple(largest.shape)}."
        )
    if count < least:
        return f"It has {count:,} weights only; spend at least {least:,}."
    return _gradients(network, draw)


def _gradients(network: nn.Module, draw: Draw) -> str:
    inputs = draw(48)
    z = inputs[0].requires_grad_()
    samples = network(z, *inputs[1:])
    if not samples.requires_grad:
        return "No gradient comes back from its samples: a detach() or no_grad() inside cuts the way."
    if (samples.flatten(1).std(0) < 1e-6).any():
        if not (samples.flatten(1).std(0) >= 1e-6).any():
            return "Its samples do not depend on the latents: every z gives the same."
        return "Some of its outputs are dead: the same number, whatever the latent."
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    slope, *found = torch.autograd.grad((samples * torch.randn_like(samples)).sum(), [z, *weights], allow_unused=True)
    unused = z.shape[1] if slope is None else int((slope.abs().sum(0) <= 1e-9).sum())
    if unused == z.shape[1]:
        return "Its samples do not depend on the latents: every z gives the same."
    if unused:
        return f"{unused} of the {z.shape[1]} numbers of a latent change nothing: use them all."
    if slope[slope.any(1)].eq(0).double().mean() > 0.3:
        return "Part of every latent is thrown away, its negative half perhaps: nothing bent before the first layer."
    idle = [weight for weight, gradient in zip(weights, found, strict=True) if gradient is None or not gradient.any()]
    if idle:
        return f"No gradient reaches the weights of shape {tuple(idle[0].shape)}: they would never learn."
    with torch.no_grad():
        network.eval()
        a, b, rest = z[:24], z[24:], [part[:24] for part in inputs[1:]]
        curved = network(a, *rest) + network(b, *rest) - network(a + b, *rest) - network(0 * a, *rest)
        network.train()
    if curved.abs().max() < 1e-5 * samples.abs().max():
        return "It is linear: without something bent (a ReLU, a tanh) between two layers a Gaussian stays a Gaussian."
    return ""
