"""Exercises of notebook 00."""

import torch
from torch import Tensor

from ganutils.teaching import Exercise, Mutant


def _picture(random: torch.Generator) -> tuple[Tensor]:
    return (torch.rand(1, 4, 4, generator=random) * 2 - 1,)


to_grey = Exercise(
    title="to_grey",
    inputs=_picture,
    reference=lambda image: (image + 1) * 127.5,
    mutants=(
        Mutant(lambda image: image * 255, "Black is -1, and -1 * 255 is not a grey value: shift before you stretch."),
        Mutant(lambda image: (image + 1) * 255, "Your white is 510. The range from -1 to 1 is 2 wide, not 1."),
        Mutant(
            lambda image: image * 127.5, "The stretch is right; now black sits at -127.5. What shift brings it to 0?"
        ),
        Mutant(
            lambda image: image + 1 * 127.5, "Multiplication binds first: put the shift into brackets, (image + 1)."
        ),
        Mutant(lambda image: (image + 1) * 128, "White must be 255, and yours is 256: the factor is half of 255."),
        Mutant(
            lambda image: ((image + 1) * 127.5).round(),
            "Right, but do not round: the exercise asks for the exact value.",
        ),
        Mutant(lambda image: (image + 1) / 2, "That is the range 0 to 1. Grey values run from 0 to 255."),
    ),
    properties=(("A grey value lies between 0 and 255.", lambda grey, image: grey.min() >= 0 and grey.max() <= 255),),
)


def _two_latents(random: torch.Generator) -> tuple[Tensor, Tensor, float]:
    a, b = torch.randn(2, 24, generator=random)
    return a, b, torch.rand((), generator=random).item()


between = Exercise(
    title="between",
    inputs=_two_latents,
    reference=lambda a, b, t: (1 - t) * a + t * b,
    mutants=(
        Mutant(lambda a, b, t: t * a + (1 - t) * b, "You walk backwards: at t = 0 the answer must be a."),
        Mutant(lambda a, b, t: a + t * b, "At t = 1 you arrive at a + b. The share of a must shrink as t grows."),
        Mutant(lambda a, b, t: (a + b) / 2, "That is the point half-way, whatever t is."),
        Mutant(lambda a, b, t: a + t * (a - b), "You walk away from b: the way from a to b is b - a."),
        Mutant(lambda a, b, t: t * (b - a), "That is the way you have gone; add the place where you started."),
    ),
)


def _latent_and_direction(random: torch.Generator) -> tuple[Tensor, Tensor, float]:
    z, direction = torch.randn(2, 24, generator=random)
    return z, 3 * direction, 4 * torch.rand((), generator=random).item() - 2


step_along = Exercise(
    title="step_along",
    inputs=_latent_and_direction,
    reference=lambda z, direction, amount: z + amount * direction / direction.norm(),
    mutants=(
        Mutant(
            lambda z, direction, amount: z + amount * direction,
            "You move in the right direction, too far: the step's length must be `amount`, whatever the arrow's "
            "length. Divide the arrow by its length first.",
        ),
        Mutant(
            lambda z, direction, amount: amount * direction / direction.norm(),
            "That is the step alone; where did it start?",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.abs().max(),
            "Divide by the arrow's length, the root of the sum of squares, not by its largest entry.",
        ),
        Mutant(lambda z, direction, amount: z - amount * direction / direction.norm(), "You walk against the arrow."),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.norm() ** 2,
            "Divide by the length once, not by its square.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.sum(),
            "Divide by the arrow's length, the root of the sum of squares, not by the sum of its entries.",
        ),
        Mutant(
            lambda z, direction, amount: z + direction / direction.norm(),
            "Your step has length 1 every time; `amount` is not used.",
        ),
    ),
)
