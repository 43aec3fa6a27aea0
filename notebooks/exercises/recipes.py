"""What the challenges share: a recipe is completed, examined in words, then trained for a fixed number of steps.

A recipe is a dictionary that names what differs from the notebook's own.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ganutils import losses, training
from ganutils.teaching import Challenge, UnplayableError


@dataclass(frozen=True)
class Rules:
    """What a recipe may change, and what it may not.

    Attributes:
        start: the notebook's own recipe; a recipe may have these keys, and no others.
        steps: what every recipe gets.
        most_in_batch, most_weights: the largest batch; the most weights of either network.
        shape: of one sample; three numbers if it is a picture, whose values lie in [-1, 1].
        generator, discriminator: make the notebook's own networks; the generator's size follows from the latent's.
        classes: how many labels there are, if the networks get labels; else 0.
        average: whether the average of G's weights draws.
    """

    start: dict[str, Any]
    steps: int
    most_in_batch: int
    most_weights: int
    shape: tuple[int, ...]
    generator: Callable[[int], nn.Module]
    discriminator: Callable[[], nn.Module]
    classes: int = 0
    average: bool = False


def challenge(rules: Rules, *, title: str, play: Callable[[dict[str, Any], int], float], **scores: Any) -> Challenge:
    """A challenge under these rules; `scores` are the fields of `Challenge` that say what is reached and to beat."""
    budget = f"{rules.steps} steps on each"
    return Challenge(title=title, budget=budget, prepare=partial(prepare, rules), play=play, **scores)


def prepare(rules: Rules, recipe: Any) -> dict[str, Any]:
    """The whole recipe, with what is not named taken from the notebook.

    Raises:
        UnplayableError: it cannot be played; nothing has been trained yet.
    """
    if not isinstance(recipe, dict):
        raise UnplayableError("A recipe is a dictionary of what you change, for instance {'d_rate': 4e-3}.")
    if "steps" in recipe:
        raise UnplayableError(f"The steps are not yours to choose: every recipe gets {rules.steps}.")
    for key, value in recipe.items():
        if key not in (*rules.start, "generator", "discriminator"):
            known = ", ".join((*rules.start, "generator", "discriminator"))
            raise UnplayableError(f"{key!r} is no part of a recipe; its parts are {known}.")
        if value is ... or value is None:
            raise UnplayableError(f"{key} has no value yet.")
    whole = rules.start | recipe
    _examine_numbers(rules, whole)
    _examine_loss(whole["loss"])
    whole["loss"] = losses.GanLoss(*whole["loss"])
    dim = whole["latent_dim"]
    whole.setdefault("generator", lambda: rules.generator(dim))
    whole.setdefault("discriminator", rules.discriminator)
    with torch.random.fork_rng(devices=[]):
        for name in ("generator", "discriminator"):
            _examine_network(rules, name, whole[name], dim)
    return whole


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:100]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole_number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _examine_numbers(rules: Rules, recipe: dict[str, Any]) -> None:
    for key in ("g_rate", "d_rate"):
        if not _number(recipe[key]) or not 0 < recipe[key] < 1:
            raise UnplayableError(f"{key} is {recipe[key]!r}: a learning rate is a number between 0 and 1.")
    betas = recipe["betas"]
    if not isinstance(betas, tuple | list) or len(betas) != 2 or not all(_number(b) and 0 <= b < 1 for b in betas):
        raise UnplayableError(f"betas is {betas!r}: Adam takes two numbers from 0 to below 1, such as (0.0, 0.99).")
    if not _whole_number(recipe["batch_size"], 2, rules.most_in_batch):
        raise UnplayableError(f"batch_size is {recipe['batch_size']!r}: a whole number, 2 to {rules.most_in_batch}.")
    if not _whole_number(recipe["latent_dim"], 1, 256):
        raise UnplayableError(f"latent_dim is {recipe['latent_dim']!r}: a whole number, 1 to 256.")
    if "r1_weight" in recipe and (not _number(recipe["r1_weight"]) or recipe["r1_weight"] < 0):
        raise UnplayableError(f"r1_weight is {recipe['r1_weight']!r}: a penalty's weight is a number, 0 or larger.")
    if "r1_every" in recipe and not _whole_number(recipe["r1_every"], 1, rules.steps):
        raise UnplayableError(f"r1_every is {recipe['r1_every']!r}: a whole number of steps, 1 to {rules.steps}.")


def _examine_loss(loss: Any) -> None:
    if not isinstance(loss, tuple | list) or len(loss) != 2 or not all(callable(part) for part in loss):
        raise UnplayableError(
            "A loss is a pair of functions, the discriminator's and the generator's, each of (real_logits, "
            "fake_logits); losses.non_saturating is one."
        )
    for player, function, needed in (("discriminator", loss[0], (0, 1)), ("generator", loss[1], (1,))):
        logits = [torch.linspace(low, low + 2, 6).requires_grad_() for low in (-0.7, -1.2)]
        try:
            value = function(*logits)
        except Exception as error:
            raise UnplayableError(
                f"The {player}'s loss is called with real logits and fake logits, and stopped: {_first_line(error)}."
            ) from error
        if not isinstance(value, Tensor) or value.ndim:
            raise UnplayableError(f"The {player}'s loss must be one number, a tensor without axes: take the mean.")
        if not value.isfinite():
            raise UnplayableError(f"The {player}'s loss is {value.item()} at quite ordinary logits.")
        slopes: tuple[Tensor | None, ...] = (None, None)
        if value.requires_grad:
            slopes = torch.autograd.grad(value, logits, allow_unused=True)
        for place in needed:
            slope = slopes[place]
            if slope is None or not slope.any():
                kind = ("real", "fake")[place]
                raise UnplayableError(f"The {player}'s loss does not depend on the {kind} logits: it teaches nothing.")


def _samples(rules: Rules, name: str, count: int, dim: int) -> list[Tensor]:
    """What a network is called with."""
    first = torch.randn(count, dim) if name == "generator" else torch.rand(count, *rules.shape) * 2 - 1
    return [first, torch.arange(count) % rules.classes] if rules.classes else [first]


def _made(name: str, make: Any) -> nn.Module:
    if isinstance(make, nn.Module):
        raise UnplayableError(
            f"The {name} is a network. Hand over the function that makes it (lambda: ...): every seed begins anew."
        )
    if not callable(make):
        raise UnplayableError(f"The {name} is {make!r}; hand over a function that makes the network.")
    try:
        network = make()
    except TypeError as error:
        raise UnplayableError(
            f"The function that makes the {name} is called without arguments: {_first_line(error)}."
        ) from error
    except Exception as error:
        raise UnplayableError(f"The function that makes the {name} stopped: {_first_line(error)}.") from error
    if not isinstance(network, nn.Module):
        raise UnplayableError(f"The function that makes the {name} returns no network (a forgotten return?).")
    return network.cpu()  # wherever the notebook trains: scores are compared on the CPU


def _examine_network(rules: Rules, name: str, make: Any, dim: int) -> None:
    networks = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        networks.append(_made(name, make))
    for count in (2, 5):
        given = _samples(rules, name, count, dim)
        due = (count, *rules.shape) if name == "generator" else (count,)
        shapes = " and ".join(str(tuple(x.shape)) for x in given)
        try:
            with torch.no_grad():
                outputs = [network(*given) for network in networks]
        except Exception as error:
            raise UnplayableError(f"The {name} stopped on inputs of shape {shapes}: {_first_line(error)}.") from error
        found = tuple(outputs[0].shape) if isinstance(outputs[0], Tensor) else type(outputs[0]).__name__
        if found != due:
            raise UnplayableError(f"From inputs of shape {shapes} the {name} makes {found}; needed is {due}.")
    if not outputs[0].isfinite().all():
        raise UnplayableError(f"The untrained {name} gives nan or infinity.")
    if name == "generator" and len(rules.shape) == 3 and outputs[0].abs().max() > 1:
        raise UnplayableError("The generator's pictures leave [-1, 1]: end with nn.Tanh().")
    count = sum(weight.numel() for weight in networks[0].parameters())
    if count > rules.most_weights:
        raise UnplayableError(f"The {name} has {count:,} weights; {rules.most_weights:,} are allowed.")
    pairs = list(zip(*(network.parameters() for network in networks), strict=True))
    if not pairs or not all(weight.requires_grad for weight, _ in pairs):
        raise UnplayableError(f"The {name} has no weights, or some that cannot learn: a fixed number is a buffer.")
    if all(torch.equal(one, other) for one, other in pairs):
        raise UnplayableError(f"The {name} begins with the same weights each time: let chance choose them, untrained.")


def no_copies(drawn: Tensor, real: Tensor) -> None:
    """Refuse a generator that hands out the pictures it was given, instead of drawing.

    Raises:
        UnplayableError: more than one in fifty of its pictures is a training picture, nearly to the last grey.
    """
    nearest = torch.cdist(drawn.flatten(1), real.flatten(1)).amin(1)
    if float((nearest < 0.02 * real.flatten(1).norm(dim=1).mean()).double().mean()) > 0.02:
        raise UnplayableError("Some of its pictures *are* training pictures: a copy is no drawing.")


def train(
    rules: Rules,
    recipe: dict[str, Any],
    batches: Iterable[Any],
    seed: int,
    *,
    score: Callable[[nn.Module], float],
    knows: Callable[[nn.Module], bool],
) -> float:
    """Train a prepared recipe and return what its generator scores.

    Args:
        rules, recipe: from `prepare`.
        batches: real samples for every step.
        seed: of the networks' first weights and of the latents.
        score: of a generator.
        knows: whether a generator that has learned nothing yet knows the answer all the same.

    Raises:
        UnplayableError: the generator knows the answer before the first step, or a loss is nan or infinite on the way.
    """
    torch.manual_seed(seed)
    generator, discriminator = recipe["generator"]().cpu(), recipe["discriminator"]().cpu()
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        with torch.no_grad():  # lazy layers take their shape
            network.eval()(*_samples(rules, name, 2, recipe["latent_dim"]))
    drawing = copy.deepcopy(generator) if rules.average else generator
    if knows(drawing):
        raise UnplayableError("Your generator knows the answer before its first step: here it is to be learned.")
    rates = ((generator, recipe["g_rate"]), (discriminator, recipe["d_rate"]))
    g_optimizer, d_optimizer = (
        torch.optim.Adam(network.parameters(), lr=rate, betas=recipe["betas"]) for network, rate in rates
    )
    loop = training.gan_steps(
        generator, discriminator, batches, loss=recipe["loss"], latent_dim=recipe["latent_dim"],
        g_optimizer=g_optimizer, d_optimizer=d_optimizer, ema=drawing if rules.average else None,
        share_fakes=rules.average, r1_weight=recipe.get("r1_weight", 0.0), r1_every=recipe.get("r1_every", 1),
    )  # fmt: skip
    for record in loop:
        if not (record.d_loss.isfinite() and record.g_loss.isfinite()):
            raise UnplayableError(f"At step {record.step} of {rules.steps} a loss is nan or infinite.")
    return score(drawing)
