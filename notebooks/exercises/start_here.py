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
            lambda image: image + 1 * 127.5,
            "That only adds 127.5 and stretches nothing. Multiplication binds first: put brackets around (image + 1).",
        ),
        Mutant(lambda image: (image + 1) * 128, "White must be 255, and yours is 256: the factor is half of 255."),
        Mutant(
            lambda image: ((image + 1) * 127.5).round(),
            "Right, but do not round: the exercise asks for the exact value.",
        ),
        Mutant(lambda image: (image + 1) / 2, "That is the range 0 to 1. Grey values run from 0 to 255."),
        Mutant(
            lambda image: 255 * (image - image.min()) / (image.max() - image.min()),
            "You stretch every picture by its own darkest and brightest pixel: a grey picture would become black and "
            "white. The range is -1 to 1, whatever the picture.",
        ),
        Mutant(
            lambda image: ((image + 1) * 127.5).to(torch.uint8),
            "Whole numbers lose what comes after the point (uint8 cuts it off); the exact value is asked for.",
        ),
        Mutant(lambda image: (1 - image) * 127.5, "A negative: your white is 0. Black (-1) must become 0, white 255."),
        Mutant(
            lambda image: image * 127.5 + 128,
            "The shift is 127.5, half of 255: yours makes black 0.5 and white 255.5.",
        ),
        Mutant(
            lambda image: (image * 255).clamp(0, 255),
            "You cut off everything darker than middle grey. Shift the range first, (image + 1); then nothing is lost.",
        ),
        Mutant(lambda image: image.abs() * 255, "abs() folds the picture: black becomes white. Shift it instead."),
        Mutant(lambda image: (image - 1) * 127.5, "The shift has the wrong sign: black, -1, must come to 0."),
        Mutant(lambda image: (image + 1) * 127, "White must be 255, and yours is 254: the factor is half of 255."),
        Mutant(
            lambda image: (image + 127.5) * 2, "Stretch before you shift by 127.5, or shift by 1 before you stretch."
        ),
        Mutant(lambda image: (image + 0.5) * 255, "The range starts at -1, not at -0.5, and it is 2 wide."),
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
        Mutant(lambda a, b, t: (1 - t) * a + b, "At t = 0 you are at a + b already: b wants its share, t, as well."),
        Mutant(lambda a, b, t: b + t * (b - a), "You start at b and walk on, away from a. Start at a."),
        Mutant(lambda a, b, t: a * b * t, "A product of latents lies nowhere between them; mix them: a share of each."),
        Mutant(
            lambda a, b, t: t * a + t * b, "Both get the share t. What b gains, a must lose: a has the rest, 1 - t."
        ),
        Mutant(lambda a, b, t: 1 - t * a + t * b, "Multiplication binds first: put brackets around (1 - t)."),
        Mutant(lambda a, b, t: t * b, "a is missing: at t = 0 you are at 0. a gets the rest of the share, 1 - t."),
        Mutant(lambda a, b, t: a if t < 0.5 else b, "You jump at half-way. Walk: a little of b for a little t."),
        Mutant(lambda a, b, t: t * a + b, "At t = 0 you are at b. a has the share 1 - t, b the share t."),
        Mutant(lambda a, b, t: t * (a + b) / 2, "At t = 0 you are at 0. a has the share 1 - t, b the share t."),
        Mutant(
            lambda a, b, t: (a + t * b) / (1 + t), "The shares must be 1 - t and t: at t = 1 you are half-way only."
        ),
        Mutant(lambda a, b, t: a + (b - a) / t if t else a, "Multiply the way by t; you divide by it."),
        Mutant(
            lambda a, b, t: ((1 - t) * a + t * b) / ((1 - t) * a + t * b).norm(),
            "You bring the point to length 1. A straight line asks for no length.",
        ),
        Mutant(
            lambda a, b, t: torch.sqrt(torch.tensor(1 - t)) * a + torch.sqrt(torch.tensor(t)) * b,
            "Roots of the shares keep the variance, but bend the way. The straight line has the shares themselves.",
        ),
        Mutant(lambda a, b, t: a + t, "You add t to every entry. Walk towards b: t times the way from a to b."),
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
        Mutant(
            lambda z, direction, amount: z + amount * direction / len(direction),
            "len() counts the entries. The arrow's length is the root of the sum of squares, direction.norm().",
        ),
        Mutant(
            lambda z, direction, amount: z + amount / direction.norm(),
            "You add the same number to every entry: the arrow itself is missing behind the amount.",
        ),
        Mutant(
            lambda z, direction, amount: (z + amount * direction) / direction.norm(),
            "You divide the place as well as the step: brackets. Only the arrow is divided by its length.",
        ),
        Mutant(
            lambda z, direction, amount: (z + amount * direction) / (z + amount * direction).norm(),
            "You bring the place you arrive at to length 1; the arrow is what must be 1 long.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction.sign(),
            "sign() makes every entry 1 or -1: another direction, and a step that is too long.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.abs().sum(),
            "That length is the sum of the absolute entries; here the root of the sum of squares is meant.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.square().mean().sqrt(),
            "A mean is under your root, and a length has the sum.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / z.norm(),
            "You divide by the length of z; the arrow's own length counts.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction * direction.norm(),
            "You multiply by the arrow's length, so a long arrow moves you further still: divide.",
        ),
        Mutant(lambda z, direction, amount: z + amount, "You add the amount to every entry; the arrow is not used."),
        Mutant(
            lambda z, direction, amount: z + abs(amount) * direction / direction.norm(),
            "A negative amount goes backwards: no abs().",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction.norm(),
            "You add one number to every entry: the arrow divided by its length, not the length, is the way.",
        ),
        Mutant(
            lambda z, direction, amount: amount * (z + direction / direction.norm()),
            "The amount multiplies the step alone, not the place where you start: brackets.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.mean(),
            "A mean is no length: take the root of the sum of squares, direction.norm().",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.max(),
            "Divide by the arrow's length, the root of the sum of squares, not by its largest entry.",
        ),
        Mutant(
            lambda z, direction, amount: (z + amount * direction / direction.norm()).norm(),
            "Return the place itself, not its length.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * (direction - z) / (direction - z).norm(),
            "You walk towards the point `direction`. It is an arrow already: it needs no start taken off.",
        ),
        Mutant(
            lambda z, direction, amount: z * amount * direction / direction.norm(),
            "A step is added to the place, not multiplied with it.",
        ),
        Mutant(
            lambda z, direction, amount: z + direction / (direction.norm() * amount),
            "You divide by the amount; multiply: twice the amount is twice the step.",
        ),
        Mutant(
            lambda z, direction, amount: z + direction / direction.std(),
            "A standard deviation is no length, and `amount` is not used.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.std(),
            "A standard deviation is no length: take the root of the sum of squares, direction.norm().",
        ),
    ),
)
