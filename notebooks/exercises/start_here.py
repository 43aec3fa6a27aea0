"""Exercises of notebook 00."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
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
        Mutant(
            lambda image: image * 127.5 + 255,
            "The stretch is right, the shift too large: your black is 127.5. Shift by 1 before you stretch.",
        ),
        Mutant(
            lambda image: (image - image.min()) * 127.5,
            "You shift by the picture's own darkest pixel. The range starts at -1, whatever the picture.",
        ),
        Mutant(
            lambda image: torch.sigmoid(image) * 255,
            "A sigmoid bends the scale and never reaches black. A shift and a stretch are enough.",
        ),
        Mutant(
            lambda image: image * 127 + 128,
            "Near: your black is 1. Both numbers are half of 255, 127.5: the range from -1 to 1 is 2 wide.",
        ),
        Mutant(
            lambda image: (image + 255) / 2,
            "Your black is 127 and your white 128. Shift by 1, then stretch by half of 255.",
        ),
        Mutant(lambda image: (image + 0.5) * 255, "The range starts at -1, not at -0.5, and it is 2 wide."),
    ),
    properties=(("A grey value lies between 0 and 255.", lambda grey, image: grey.min() >= 0 and grey.max() <= 255),),
)


def _two_latents(random: torch.Generator) -> tuple[Tensor, Tensor, float]:
    a, b = torch.randn(2, 24, generator=random)
    return a, b, torch.rand((), generator=random).item()


def _along_the_sphere(a: Tensor, b: Tensor, t: float) -> Tensor:
    angle = torch.acos(torch.dot(a, b) / (a.norm() * b.norm()))
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


between = Exercise(
    title="between",
    inputs=_two_latents,
    reference=lambda a, b, t: (1 - t) * a + t * b,
    mutants=(
        Mutant(
            lambda a, b, t: (1 - t) * a + t * (b - a),
            "You mix two right forms: a + t (b - a), or (1 - t) a + t b.",
        ),
        Mutant(lambda a, b, t: a + (b - a), "That is b, whatever t is: go only the share t of the way."),
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
        Mutant(
            _along_the_sphere,
            "You walk along the sphere (slerp), which keeps the length. The straight line is asked for: the shares are "
            "1 - t and t.",
        ),
        Mutant(
            lambda a, b, t: ((1 - t) * a + t * b) / ((1 - t) ** 2 + t**2) ** 0.5,
            "You stretch the point back to the length of a latent. A straight line asks for no length.",
        ),
        Mutant(
            lambda a, b, t: ((1 - t) * a + t * b) * a.norm() / ((1 - t) * a + t * b).norm(),
            "You stretch the point back to the length of a latent. A straight line asks for no length.",
        ),
        *(
            Mutant(
                lambda a, b, t, length=length: ((1 - t) * a + t * b) * length(a, b, t) / ((1 - t) * a + t * b).norm(),
                "You push the point out to the shell, as the second walk did. A straight line asks for no length.",
            )
            for length in (
                lambda a, b, t: (1 - t) * a.norm() + t * b.norm(),
                lambda a, b, t: (a.norm() + b.norm()) / 2,
                lambda a, b, t: 24**0.5,
                lambda a, b, t: 4.9,
                lambda a, b, t: 5,
            )
        ),
        Mutant(
            lambda a, b, t: (1 - t) * (a + b), "Both get the share 1 - t. What a loses, b must gain: b has the share t."
        ),
        Mutant(
            lambda a, b, t: a * t + b * (t - 1),
            "At t = 0 you are at -b. The shares are 1 - t, not t - 1, and that is a's; b has t.",
        ),
        Mutant(lambda a, b, t: (1 - t) * a + t, "b is missing: its share is t, so add t * b."),
        Mutant(lambda a, b, t: (1 - t) * a - t * b, "Plus: at t = 1 you are at -b. The shares are added."),
        Mutant(
            lambda a, b, t: a * t + b * 1 - t,
            "Multiplication binds first: put brackets around (1 - t). And a has that share.",
        ),
        Mutant(lambda a, b, t: (1 - t) * a + b * 1 - t, "Multiplication binds first: put brackets around (1 - t)."),
        Mutant(
            lambda a, b, t: a + t**2 * (b - a),
            "You go slowly first and then faster: t itself is the share, not its square.",
        ),
        Mutant(
            lambda a, b, t: a + t * (b - a) / (b - a).norm(),
            "You divide the way by its length, so at t = 1 you are one step from a. The whole way is b - a.",
        ),
        Mutant(lambda a, b, t: ((1 - t) * a, t * b), "Those are the two shares. Add them: one point is asked for."),
        Mutant(
            lambda a, b, t: (t * a, (1 - t) * b),
            "Those are two shares (and a's is 1 - t). Add them: one point is asked for.",
        ),
        Mutant(
            lambda a, b, t: a ** (1 - t) * b**t,
            "A geometric mean knows no negative numbers. On a straight line shares are *added*.",
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
            lambda z, direction, amount: z + F.normalize(amount * direction, dim=0),
            "normalize has made the amount 1 as well. Multiply by it *after*.",
        ),
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
            lambda z, direction, amount: z + amount * F.normalize(direction),
            "normalize divides along dim=1, and your arrow has dim=0 only: say dim=0, or divide by direction.norm().",
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
            "A mean is under your root, and a length has the sum; or the root of 24 stands there once too often.",
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
            lambda z, direction, amount: z + direction,
            "You go the whole arrow, however long it is; `amount` is not used.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / direction.norm() * direction,
            "The arrow stands there twice, so every entry is squared. Once, divided by its length.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction / len(direction) ** 0.5,
            "The root of the number of entries is how long a *latent* is. The arrow's own length is direction.norm().",
        ),
        Mutant(
            lambda z, direction, amount: z + amount / direction,
            "The arrow belongs above the line and its length below: amount * direction / direction.norm().",
        ),
        Mutant(
            lambda z, direction, amount: z.norm() + amount * direction / direction.norm(),
            "You start from the length of z, one number. Start from z itself.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * direction.sum() / direction.norm(),
            "sum() makes one number of the arrow, and every entry gets the same. Use the arrow itself.",
        ),
        Mutant(
            lambda z, direction, amount: z + amount * (direction - direction.mean()) / direction.std(),
            "You standardise the arrow: that turns it. Divide it by its length and do nothing else.",
        ),
        Mutant(
            lambda z, direction, amount: amount + z * direction / direction.norm(),
            "z and amount have changed places: start at z, and multiply the arrow by the amount.",
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


def _latents_of_many_lengths(random: torch.Generator) -> tuple[Tensor]:
    """Short ones, long ones, and not always 24 numbers."""
    number, dim = (int(torch.randint(low, high, (), generator=random)) for low, high in ((3, 7), (8, 33)))
    lengths = 10 ** (9 * torch.rand(number, 1, generator=random, dtype=torch.float64) - 6)
    return (lengths * torch.randn(number, dim, generator=random, dtype=torch.float64),)


def _scaled(z: Tensor, length: Any) -> Tensor:
    return z / z.norm(dim=1, keepdim=True) * length


_ROOT = "The length asked for is the root of *this* batch's number of coordinates, z.shape[1] ** 0.5: not always of 24."

onto_the_shell = Exercise(
    title="onto_the_shell",
    inputs=_latents_of_many_lengths,
    reference=lambda z: _scaled(z, z.shape[1] ** 0.5),
    mutants=(
        Mutant(
            lambda z: _scaled(z, 1), "Every latent is 1 long now. Stretch it to the root of its number of coordinates."
        ),
        Mutant(lambda z: _scaled(z, z.shape[1]), "The *root* is missing: |z|^2 is the number of coordinates, not |z|."),
        Mutant(lambda z: _scaled(z, 24**0.5), _ROOT),
        Mutant(lambda z: _scaled(z, 4.9), _ROOT),
        Mutant(lambda z: _scaled(z, 5), _ROOT),
        Mutant(lambda z: _scaled(z, 4.848), _ROOT),
        Mutant(
            lambda z: _scaled(z, z.shape[0] ** 0.5),
            "z.shape[0], or len(z), is how many latents there are. Their number of coordinates is z.shape[1].",
        ),
        Mutant(
            lambda z: _scaled(z, z.numel() ** 0.5),
            "numel() counts the coordinates of all latents together; one has z.shape[1].",
        ),
        Mutant(
            lambda z: z / z.norm() * z.shape[1] ** 0.5,
            "z.norm() is one length for the whole batch. Each latent has its own: norm(dim=1, keepdim=True).",
        ),
        Mutant(
            lambda z: z / z.norm(dim=0) * z.shape[1] ** 0.5,
            "dim=0 goes over the latents. The length of one goes over its coordinates: dim=1.",
        ),
        *(
            Mutant(
                lambda z, middle=middle: _scaled(z, middle(z.norm(dim=1))),
                "You give all of them the batch's average length. The length asked for is the root of the number of "
                "coordinates, z.shape[1] ** 0.5.",
            )
            for middle in (torch.mean, torch.median)
        ),
        Mutant(lambda z: z * z.shape[1] ** 0.5, "Divide each latent by its own length first."),
        Mutant(lambda z: z / z.shape[1] ** 0.5, "Divide each latent by its own length, and *multiply* by the root."),
        Mutant(
            lambda z: z / z.norm(dim=1, keepdim=True) / z.shape[1] ** 0.5,
            "1 long is right on the way; from there *multiply* by the root of the number of coordinates.",
        ),
        Mutant(
            lambda z: z * z.norm(dim=1, keepdim=True) / z.shape[1] ** 0.5,
            "Upside down: divide by the latent's length and multiply by the root.",
        ),
        Mutant(
            lambda z: z / z.norm(dim=1, keepdim=True) ** 2 * z.shape[1] ** 0.5,
            "Divide by the length once, not by its square.",
        ),
        Mutant(
            lambda z: z / z.square().sum(1, keepdim=True) * z.shape[1],
            "You divide by the *squared* length. Take its root first.",
        ),
        Mutant(
            lambda z: z / z.abs().sum(1, keepdim=True) * z.shape[1] ** 0.5,
            "That length is the sum of the absolute entries; here the root of the sum of squares is meant.",
        ),
        Mutant(
            lambda z: z / z.abs().amax(1, keepdim=True) * z.shape[1] ** 0.5,
            "Divide by the length, the root of the sum of squares, not by the largest entry.",
        ),
        Mutant(
            lambda z: z / z.sum(1, keepdim=True) * z.shape[1] ** 0.5,
            "The length is the root of the sum of *squares*, not the sum of the entries.",
        ),
        Mutant(
            lambda z: (z - z.mean(1, keepdim=True)) / z.std(1, keepdim=True),
            "You take each latent's mean off: that turns it. Only its length may change.",
        ),
        Mutant(
            lambda z: (z - z.mean(1, keepdim=True)) / z.std(1, keepdim=True, correction=0),
            "You take each latent's mean off: that turns it. Only its length may change.",
        ),
        Mutant(
            lambda z: (z - z.mean()) / z.std(),
            "You standardise the numbers of the batch. Each latent keeps its direction and gets a length.",
        ),
        Mutant(
            lambda z: z / z.std(), "std() is one number for the batch. Each latent has its own length, norm(dim=1)."
        ),
        Mutant(
            lambda z: z / z.std(1, keepdim=True),
            "Near: a standard deviation takes the mean off first. Take the root of the mean *square*.",
        ),
        *(
            Mutant(
                lambda z, small=small: z / (z.norm(dim=1, keepdim=True) + small) * z.shape[1] ** 0.5,
                "A small number beside the length spoils short latents; none here is 0, so divide by the length alone.",
            )
            for small in (1e-8, 1e-6, 1e-5)
        ),
        Mutant(
            lambda z: _scaled(z, z.norm(dim=1, keepdim=True).clamp(max=z.shape[1] ** 0.5)),
            "Only the long ones are shortened. The short ones must come onto the shell too.",
        ),
        Mutant(
            lambda z: z.clamp(-5, 5),
            "clamp() cuts entry by entry and turns the latent. Scale it as a whole: divide by its length.",
        ),
        Mutant(
            lambda z: z / z.mean(1, keepdim=True) * z.shape[1] ** 0.5,
            "A mean is no length: take the root of the sum of squares, norm(dim=1, keepdim=True).",
        ),
        Mutant(
            lambda z: z.norm(dim=1, keepdim=True) * z.shape[1] ** 0.5,
            "The latents themselves are missing: z divided by its length, times the root.",
        ),
        Mutant(
            lambda z: z.norm(dim=1), "Those are the lengths. Return the latents themselves, with a new length each."
        ),
        Mutant(lambda z: z, "You return the latents as they came."),
        Mutant(
            lambda z: (z / z.norm(dim=1, keepdim=True) * z.shape[1] ** 0.5)[0],
            "That is the first latent only; all of them are asked for.",
        ),
    ),
    properties=(
        (
            "Each must be as long as the root of its number of coordinates.",
            lambda out, z: bool(torch.allclose(out.norm(dim=1), torch.full((len(z),), z.shape[1] ** 0.5).to(out))),
        ),
    ),
)


def _draw_with_a_generator(random: torch.Generator) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    first, second = torch.randn(24, 16, generator=random) / 3, torch.randn(16, 16, generator=random) / 2

    def draw(z: Tensor) -> Tensor:
        return torch.tanh(torch.relu(z @ first) @ second).unflatten(-1, (1, 4, 4))

    return draw, torch.randn(int(torch.randint(2, 7, (), generator=random)), 24, generator=random)


def _without_batch(picture: Any) -> Any:
    """A batch of one picture counts as the picture."""
    return picture[0] if isinstance(picture, Tensor) and picture.ndim == 4 and len(picture) == 1 else picture


def _two_pictures(attempt: Callable[..., Any], draw: Callable[[Tensor], Tensor], z: Tensor) -> Any:
    answer = attempt(draw, z)
    return (
        tuple(_without_batch(part) for part in answer) if isinstance(answer, list | tuple) else _without_batch(answer)
    )


_TWICE_THE_SAME = "Twice the same way round. One time the *latents* are averaged and then drawn, the other time the "

two_means = Exercise(
    title="two_means",
    inputs=_draw_with_a_generator,
    trials=10,
    run=_two_pictures,
    reference=lambda draw, z: (draw(z.mean(0)), draw(z).mean(0)),
    mutants=(
        Mutant(
            lambda draw, z: (draw(z).mean(0), draw(z.mean(0))),
            "Both are right, in the wrong order: the picture of the mean latent comes first.",
        ),
        Mutant(lambda draw, z: (draw(z).mean(0), draw(z).mean(0)), _TWICE_THE_SAME + "pictures."),
        Mutant(lambda draw, z: (draw(z.mean(0)), draw(z.mean(0))), _TWICE_THE_SAME + "pictures."),
        Mutant(lambda draw, z: draw(z.mean(0)), "One picture is missing: return two, with a comma between them."),
        Mutant(lambda draw, z: draw(z).mean(0), "One picture is missing: return two, with a comma between them."),
        Mutant(
            lambda draw, z: draw(z.mean(0)) - draw(z).mean(0),
            "Return the two pictures themselves, not their difference.",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).mean()),
            "The second is one number: a mean over everything. Average over the pictures only, dim=0.",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z)),
            "The second are all the pictures. Average them: .mean(dim=0).",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).sum(0)),
            "The second is a sum of pictures, too bright by far; take the mean.",
        ),
        Mutant(
            lambda draw, z: (draw(z.sum(0)), draw(z).mean(0)),
            "The first is drawn at the *sum* of the latents, far outside; take their mean.",
        ),
        Mutant(
            lambda draw, z: (draw(z.sum(0)), draw(z).sum(0)),
            "Those are sums; means are asked for.",
        ),
        Mutant(
            lambda draw, z: (z.mean(0), draw(z).mean(0)),
            "The first is the mean latent itself. Let the generator draw it: draw(...).",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).mean(1)),
            "dim=1 goes over the channels. The pictures are counted along dim=0.",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).mean(-1)),
            "The last dimension goes over the pixels of a row. The pictures are counted along dim=0.",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).mean((1, 2, 3))),
            "Those are the mean brightnesses of the pictures. Average over the pictures, dim=0.",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean()), draw(z).mean(0)),
            "z.mean() is one number; the mean latent has 24: z.mean(dim=0).",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(1)), draw(z).mean(0)),
            "z.mean(dim=1) averages the numbers of each latent. The mean latent goes over the latents, dim=0.",
        ),
        Mutant(
            lambda draw, z: (draw(z[0]), draw(z).mean(0)),
            "The first is the picture of the first latent; average the latents and draw that one.",
        ),
        Mutant(
            lambda draw, z: (draw(torch.zeros(24)), draw(z).mean(0)),
            "Zero is the mean of *all* latents that there could be; these few have a mean of their own, z.mean(dim=0).",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).median(0).values),
            "The second is a median; a mean is asked for.",
        ),
        Mutant(
            lambda draw, z: (draw(z.median(0).values), draw(z).mean(0)),
            "The first is drawn at the median latent; a mean is asked for.",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z).mean((0, 1))),
            "The numbers are right, but you averaged the channel away: a picture is (1, 4, 4). Use dim=0 alone.",
        ),
        Mutant(
            lambda draw, z: (draw(z / len(z)), draw(z).mean(0)),
            "You divide every latent by how many there are, and never add them up: z.mean(dim=0).",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), draw(z) / len(z)),
            "You divide every picture by how many there are, and never add them up: .mean(dim=0).",
        ),
        Mutant(
            lambda draw, z: (draw(z.mean(0)), z.mean(0)),
            "The second is the mean latent. Draw all the latents and average the pictures.",
        ),
        Mutant(
            lambda draw, z: (draw(z)[0], draw(z).mean(0)),
            "The first is the picture of the first latent; average the latents and draw that one.",
        ),
        Mutant(
            lambda draw, z: draw(z.mean(0)) + draw(z).mean(0),
            "Return the two pictures side by side, with a comma, not their sum.",
        ),
        Mutant(
            lambda draw, z: (draw, z),
            "You return what came in. Call draw(...) with latents: it gives pictures.",
        ),
    ),
)


def _drawing_and_examples(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Examples that are near in one way and far in another: only the sum of squares names the right one."""

    def scattered(size: float, count: int) -> Tensor:
        """`count` of 64 pixels are off by `size`, up or down."""
        signs = torch.randint(2, (64,), generator=random) * 2.0 - 1
        signs *= torch.randperm(64, generator=random) < count
        if not signs.sum():  # else two examples would have the very brightness of the drawing
            signs = signs.abs()
        return (size * signs).view(1, 8, 8)

    drawing = torch.rand(1, 8, 8, generator=random) * 0.9 - 0.45
    many, few = (0.2, 1.2) if torch.rand((), generator=random) < 0.5 else (0.25, 1.0)
    examples = [
        drawing + scattered(many, 64),  # a little wrong everywhere
        drawing + scattered(few, 3),  # three pixels are quite wrong
        drawing + scattered(4.0, 1).abs(),  # one pixel is hopelessly wrong
        2.2 * drawing,  # the same with more contrast
        drawing.flatten()[torch.randperm(64, generator=random)].view(1, 8, 8),  # the same brightness, other places
        *(torch.rand(3, 1, 8, 8, generator=random) * 2 - 1),
    ]
    order = torch.randperm(len(examples), generator=random).tolist()
    return drawing, torch.stack([examples[place] for place in order])


def _far(drawing: Tensor, examples: Tensor) -> Tensor:
    return (examples - drawing).square().sum((1, 2, 3))


def _one_place(attempt: Callable[..., Any], drawing: Tensor, examples: Tensor) -> Any:
    """A tensor of one number counts as the number."""
    place = attempt(drawing, examples)
    return place.reshape(()) if isinstance(place, Tensor) and place.numel() == 1 else place


nearest_example = Exercise(
    title="nearest_example",
    inputs=_drawing_and_examples,
    run=_one_place,
    reference=lambda drawing, examples: int(_far(drawing, examples).argmin()),
    mutants=(
        Mutant(
            lambda d, e: int((e.square() - d.square()).abs().sum((1, 2, 3)).argmin()),
            "Subtract first, then square: 0.5 and -0.5 have the same square, and are a whole grey apart.",
        ),
        Mutant(
            lambda d, e: int(_far(d, e).argmax()), "That is the example that is *least* like it: take the smallest."
        ),
        Mutant(lambda d, e: _far(d, e).min(), "That is how far the nearest one is. Return its place: argmin()."),
        Mutant(lambda d, e: _far(d, e).min().sqrt(), "That is how far the nearest one is. Return its place: argmin()."),
        Mutant(lambda d, e: e[_far(d, e).argmin()], "That is the example itself. Return its place, a whole number."),
        Mutant(lambda d, e: _far(d, e), "Those are the distances to all examples. Return the place of the smallest."),
        Mutant(lambda d, e: _far(d, e).argsort(), "That is the whole order. Return the first of these places only."),
        Mutant(lambda d, e: int(_far(d, e).argmin()) + 1, "Places count from 0 in Python: yours is one too large."),
        Mutant(
            lambda d, e: int((e - d).abs().sum((1, 2, 3)).argmin()),
            "You add absolute differences, and *squares* are asked for: one pixel that is quite wrong weighs more.",
        ),
        Mutant(
            lambda d, e: int((e == d).sum((1, 2, 3)).argmax()),
            "You count the pixels that are exactly equal; how wrong the others are does not count. Subtract, square.",
        ),
        Mutant(
            lambda d, e: int((e - d).sum((1, 2, 3)).abs().argmin()),
            "Differences up and down cancel, so any picture of the same mean brightness counts as near: square first.",
        ),
        Mutant(
            lambda d, e: int((e - d).sum((1, 2, 3)).square().argmin()),
            "Differences up and down cancel, so any picture of the same mean brightness counts as near: square first.",
        ),
        Mutant(
            lambda d, e: int((e - d).sum((1, 2, 3)).argmin()),
            "Without squares the darkest example wins: a negative difference is no nearness.",
        ),
        Mutant(
            lambda d, e: int((e - d).square().argmin()),
            "That is the place of one *pixel* among those of all examples. Sum over each example's pixels first.",
        ),
        Mutant(
            lambda d, e: int((e - d).abs().argmin()),
            "That is the place of one *pixel* among those of all examples. Sum over each example's pixels first.",
        ),
        Mutant(
            lambda d, e: int((e - d).square().sum(0).argmin()),
            "You summed over the examples, dim=0, and got the place of a pixel. Sum over the pixels, dim=(1, 2, 3).",
        ),
        Mutant(
            lambda d, e: int((e - d).abs().amax((1, 2, 3)).argmin()),
            "You look at the worst pixel only. All of them count: the sum of the squares.",
        ),
        Mutant(
            lambda d, e: int((e * d).sum((1, 2, 3)).argmax()),
            "A product (or a cosine) does not mind how much contrast an example has. Measure *differences*: the sum "
            "of their squares.",
        ),
        Mutant(
            lambda d, e: 0,
            "The first example every time. Did you sum over everything? Each example needs its own sum, dim=(1, 2, 3).",
        ),
        Mutant(
            lambda d, e: (e - d).square().mean((2, 3)).argmin(1),
            "argmin(1) looks along the channels, of which there is one. The examples are counted along dim=0.",
        ),
        Mutant(
            lambda d, e: int(torch.cdist(d, e).argmin()),
            "cdist compares rows, and yours are rows of pixels. Flatten each picture first, or sum squares yourself.",
        ),
        *(
            Mutant(
                lambda d, e, over=over: int((e - d).square().sum(over).argmin()),
                "After your sum each example has several numbers left, and argmin() counts them through. Sum over all "
                "of its pixels, dim=(1, 2, 3).",
            )
            for over in ((1, 2), (1, 3))
        ),
        Mutant(lambda d, e: d, "You return the drawing. Return the place of the example that is nearest to it."),
        Mutant(
            lambda d, e: (e - d).square(), "Those are squared differences. Sum them for each example, then argmin()."
        ),
    ),
)
