"""Exercises of notebook 06: names beside latents, their slope, diversity by class, mixed names, a short training."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercises import builds, recipes
from ganutils import data, losses, metrics, models, sampling
from ganutils.teaching import Exercise, Mutant, Verdict


def _draw_names(random: torch.Generator) -> tuple[Tensor, Tensor, int]:
    """A batch in which the highest class is missing, as it happens in any small batch; others come twice."""
    classes = int(torch.randint(5, 8, (), generator=random))
    y = torch.randint(classes - 1, (10,), generator=random)
    y[:3] = torch.tensor([1, 3, 0])
    return torch.randn(10, 3, generator=random, dtype=torch.float64), y, classes


def _one_hot(y: Tensor, classes: int) -> Tensor:
    return F.one_hot(y, classes).double()


with_name = Exercise(
    title="with_name",
    inputs=_draw_names,
    reference=lambda z, y, classes: torch.cat([z, _one_hot(y, classes)], 1),
    mutants=(
        Mutant(
            lambda z, y, classes: torch.cat([_one_hot(y, classes), z], 1),
            "The name stands before the latent; here the latent comes first.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, classes) * y[:, None]], 1),
            "The place of the class holds the class's number. A one-hot vector holds a 1 there: names have no size.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].expand(-1, classes).double()], 1),
            "You repeated the class's number. A number says that class 4 is twice class 2; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot((y + 1) % classes, classes)], 1),
            "Every name is one place too far to the right: classes count from 0.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y[:1], classes).expand(len(z), -1)], 1),
            "All rows got the name of the first sample.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, int(y.max()) + 1)], 1),
            "one_hot counts the classes that it meets. A batch need not hold the last one: say how many there are, "
            "F.one_hot(y, classes).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y.unique(return_inverse=True)[1], len(y.unique()))], 1),
            "You count the classes of this batch. Some may be missing from it: there are `classes` places.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, F.one_hot(y, z.shape[1])], 1),
            "The second number of one_hot is how many classes there are; z.shape[1] is how long a latent is.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, F.one_hot(y, len(y))], 1),
            "The second number of one_hot is how many classes there are; len(y) is how large the batch is.",
        ),
        Mutant(
            lambda z, y, classes: z + _one_hot(y, classes),
            "The name stands beside the latent, it is not added to it: torch.cat.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z[y], _one_hot(y, classes)], 1),
            "z[y] picks other latents; each sample keeps its own.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, classes).softmax(1)], 1),
            "A one-hot vector stands as it is, without a softmax.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].double()], 1),
            "You glued on the class's number. A number says that class 4 is twice class 2; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].double() / classes], 1),
            "You glued on the class's number, made small. Its order still means something; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None].double() / (classes - 1)], 1),
            "You glued on the class's number, made small. Its order still means something; use one-hot.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y], 1),
            "y has one dimension and z two, and its entries are numbers of classes: first make names of them, "
            "F.one_hot(y, classes).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, F.one_hot(y, classes)]),
            "torch.cat glues along dim=0, one batch under the other, unless you say dim=1.",
        ),
        Mutant(lambda z, y, classes: _one_hot(y, classes), "The name alone; the latent comes before it: torch.cat."),
        Mutant(
            lambda z, y, classes: torch.cat([z, 1 - _one_hot(y, classes)], 1),
            "Ones and zeros are the wrong way round: a single 1 stands at the class.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, 2 * _one_hot(y, classes) - 1], 1),
            "A one-hot vector holds 0 and 1, not -1 and 1.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y, classes + 1)], 1),
            "One place too many: classes count from 0 to classes - 1.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, _one_hot(y.clamp(min=1) - 1, classes)], 1),
            "Every name is one place too far to the left: classes count from 0.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, y[:, None] == torch.arange(1, classes + 1)], 1),
            "Class 0 gets no 1 at all, and every other name is one place too far to the left: classes count from 0.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.arange(classes).expand(len(z), -1)], 1),
            "Every row got the numbers of all classes; a one-hot vector has a single 1.",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.ones(len(z), classes)], 1),
            "Every row got ones only. A single 1 stands at the class: F.one_hot(y, classes).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.eye(classes)], 1),
            "The names have a row for each class; each sample needs its own: torch.eye(classes)[y], without .T.",
        ),
        Mutant(
            lambda z, y, classes: (z, _one_hot(y, classes)),
            "The two parts are right and lie side by side: glue them, torch.cat([z, name], dim=1).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z.to(torch.int64), F.one_hot(y, classes)], 1),
            "You made whole numbers of the latents. Change the name's type instead: .to(z.dtype).",
        ),
        Mutant(
            lambda z, y, classes: torch.cat([z, torch.zeros(len(z), classes)], 1),
            "The places for the name are there and hold zeros only: put a 1 at each label.",
        ),
    ),
)


def _draw_features(random: torch.Generator) -> tuple[Tensor, Tensor, int]:
    """Some classes come several times, two of them not at all, the last one among these."""
    y = torch.tensor([0, 2, 2, 4, 0, 2, 4, 1, 0])[torch.randperm(9, generator=random)]
    return torch.randn(9, 5, generator=random, dtype=torch.float64), y, 6


def _by_name(f: Tensor, y: Tensor, classes: int) -> Tensor:
    """The sum of the features of each class, (classes, d)."""
    return _one_hot(y, classes).T @ f


def _slope(f: Tensor, y: Tensor, classes: int) -> Tensor:
    return _by_name(f, y, classes) / (len(f) * f.shape[1] ** 0.5)


def _overwritten(f: Tensor, y: Tensor, classes: int) -> Tensor:
    slope = torch.zeros(classes, f.shape[1], dtype=f.dtype)
    for row, c in zip(f, y, strict=True):
        slope[c] = row
    return slope


def _first_of_each(f: Tensor, y: Tensor, classes: int) -> Tensor:
    return _overwritten(f.flip(0), y.flip(0), classes)


def _counts(y: Tensor, classes: int) -> Tensor:
    return torch.bincount(y, minlength=classes)[:, None].double()


_ADD_UP = (
    "A class that comes several times keeps its last picture only: the features of all its pictures are added "
    "(`slope[y] += f` adds once for each class; index_add, a loop, or one-hot transposed times f)."
)

slope_of_names = Exercise(
    title="slope_of_names",
    inputs=_draw_features,
    reference=_slope,
    mutants=(
        Mutant(
            lambda f, y, classes: _by_name(f, y, classes) / f.shape[1] ** 0.5,
            "You summed over the batch; the *mean* logit divides by the number of pictures.",
        ),
        Mutant(
            lambda f, y, classes: _by_name(f, y, classes) / len(f),
            "The root is missing: the product is divided by the root of the number of features.",
        ),
        Mutant(
            _by_name,
            "Two divisions are missing: by the root of the number of features, and by the number of pictures (a mean).",
        ),
        Mutant(
            lambda f, y, classes: _by_name(f, y, classes) / (len(f) * f.shape[1]),
            "You divide by the number of features; its root is asked for.",
        ),
        Mutant(
            lambda f, y, classes: _by_name(f, y, classes) / (len(f) * classes**0.5),
            "The root is that of the number of features, f.shape[1], not of classes.",
        ),
        Mutant(
            lambda f, y, classes: _by_name(f, y, classes) / (len(f) * len(f) ** 0.5),
            "The root is that of the number of features, f.shape[1], not of pictures.",
        ),
        *(
            Mutant(
                lambda f, y, classes, least=least: (
                    _by_name(f, y, classes) / (_counts(y, classes).clamp(min=least) * f.shape[1] ** 0.5)
                ),
                "You divide by how many pictures a class has (0 / 0 for a class without any). The mean goes over the "
                "whole batch.",
            )
            for least in (0, 1)
        ),
        *(
            Mutant(
                lambda f, y, classes, least=least: _by_name(f, y, classes) / _counts(y, classes).clamp(min=least),
                "You took each class's mean features. The mean goes over the whole batch, and the root is missing.",
            )
            for least in (0, 1)
        ),
        *(
            Mutant(
                lambda f, y, classes, least=least, count=count, root=root: (
                    _by_name(f, y, classes)
                    / _counts(y, classes).clamp(min=least)
                    / count(f, y, classes)
                    / f.shape[1] ** root
                ),
                "You divide by how many pictures a class has, and once more. The mean is over pictures: one division, "
                "by how many there are in the whole batch.",
            )
            for least in (0, 1)
            for root in (0.5, 0)
            for count in (
                lambda f, y, classes: len(f),
                lambda f, y, classes: len(y.unique()),
                lambda f, y, classes: classes,
            )
        ),
        *(
            Mutant(
                lambda f, y, classes, count=count, root=root: (
                    _by_name(f, y, classes) / count(y, classes) / f.shape[1] ** root
                ),
                hint + rest,
            )
            for count, hint in (
                (lambda y, classes: len(y.unique()), "You divide by how many classes occur. The mean is over pictures"),
                (lambda y, classes: classes, "You divide by how many classes there are. The mean is over pictures"),
            )
            for root, rest in ((0.5, "."), (0, ", and the root of the number of features is missing."))
        ),
        Mutant(lambda f, y, classes: _overwritten(f, y, classes) / (len(f) * f.shape[1] ** 0.5), _ADD_UP),
        Mutant(_overwritten, _ADD_UP),
        Mutant(
            lambda f, y, classes: _slope(f, y, classes)[y.unique()],
            "A class that is not in the batch has a row too, of zeros: D's logits do not depend on its name.",
        ),
        Mutant(
            lambda f, y, classes: _slope(f, y, classes)[: int(y.max()) + 1],
            "The last class is not in the batch and has a row all the same: there are `classes` rows.",
        ),
        Mutant(
            lambda f, y, classes: _slope(f, y, classes)[: int(y.max())],
            "Rows are missing: there are `classes` of them, and range(int(y.max())) leaves out even the last that "
            "occurs.",
        ),
        Mutant(
            lambda f, y, classes: (_one_hot(y, classes) - 1 / classes).T @ f / (len(f) * f.shape[1] ** 0.5),
            "You took 1 / classes off every one-hot entry, as after a softmax. Here the logit is a plain product: a "
            "name that a picture does not bear gets nothing from it.",
        ),
        Mutant(
            lambda f, y, classes: _by_name(f, y, classes) / len(f) * f.shape[1] ** 0.5,
            "`/ n * d ** 0.5` divides by n and then *multiplies* with the root: put brackets round the product below "
            "the line, / (n * d ** 0.5).",
        ),
        *(
            Mutant(
                lambda f, y, classes, root=root: _first_of_each(f, y, classes) / (len(f) * f.shape[1] ** 0.5) ** root,
                "You took the first picture of each class only; the features of all its pictures are added.",
            )
            for root in (1, 0)
        ),
        Mutant(lambda f, y, classes: _slope(f, y, classes).T, "Rows and columns are swapped: a row for each class."),
        Mutant(
            lambda f, y, classes: f / (len(f) * f.shape[1] ** 0.5),
            "That is what each picture adds, a row for each picture. Add up the rows of one class.",
        ),
        Mutant(
            lambda f, y, classes: f, "Those are the features, a row for each picture: add up the rows of one class."
        ),
        Mutant(
            lambda f, y, classes: f[y],
            "f[y] picks features of pictures by class numbers. The names are picked by y; the features stay in order.",
        ),
        Mutant(
            lambda f, y, classes: (f.mean(0) / f.shape[1] ** 0.5).expand(classes, -1),
            "Every row is the same in yours; a name learns from the pictures that bear it only.",
        ),
        Mutant(
            lambda f, y, classes: _slope(f, y, classes).sum(0),
            "You added up over the classes: a row for each class is asked for.",
        ),
        Mutant(lambda f, y, classes: -_slope(f, y, classes), "The sign: a name that moves towards f raises the logit."),
        Mutant(
            lambda f, y, classes: _one_hot(y, classes).T @ torch.ones_like(f) / (len(f) * f.shape[1] ** 0.5),
            "You counted the pictures of a class; their features are what a name is multiplied with.",
        ),
        Mutant(
            lambda f, y, classes: torch.zeros(classes, f.shape[1]),
            "Zeros only: nothing has led from the logits back to the names.",
        ),
        Mutant(
            lambda f, y, classes: _one_hot(y, classes) @ f,
            "(n, classes) times (n, d) does not fit: transpose the one-hot names, (classes, n) times (n, d).",
        ),
    ),
)


def _draw_pictures(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, int]:
    """Generated and real pictures. Class 1 has one generated picture only, 3 has none; 0 has no real one; 6 nothing."""

    def some(counts: tuple[int, ...], spread: float) -> tuple[Tensor, Tensor]:
        y = torch.arange(6).repeat_interleave(torch.tensor(counts))
        y = y[torch.randperm(len(y), generator=random)]
        middle = torch.randn(6, 1, 4, 5, generator=random, dtype=torch.float64)
        wide = spread * torch.rand(6, 1, 4, 5, generator=random, dtype=torch.float64)
        return middle[y] + wide[y] * torch.randn(len(y), 1, 4, 5, generator=random, dtype=torch.float64), y

    return *some((3, 1, 8, 0, 5, 4), 0.8), *some((0, 6, 5, 7, 9, 4), 1.0), 7


_NOTHING = torch.tensor(math.nan)


def _mean_deviation(rows: Tensor) -> Tensor:
    return rows.var(0).mean().sqrt() if len(rows) > 1 else torch.tensor(math.nan, dtype=rows.dtype)


def _ratios(
    x: Tensor,
    y: Tensor,
    real: Tensor,
    real_y: Tensor,
    classes: int,
    *,
    of: Callable[[Tensor], Tensor] = _mean_deviation,
) -> Tensor:
    return torch.stack([of(x[y == c].flatten(1)) / of(real[real_y == c].flatten(1)) for c in range(classes)])


def _quietly(attempt: Callable[..., Any], *case: Any) -> Any:
    """torch warns of the variance of one picture, or of none; here such classes are part of the question."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return attempt(*case)


def _around_all(x: Tensor, y: Tensor, real: Tensor, real_y: Tensor, classes: int) -> Tensor:
    """Deviations around the mean of all pictures instead of the class's own."""
    return _ratios(x - x.mean(0), y, real - real.mean(0), real_y, classes, of=lambda rows: rows.square().mean().sqrt())


def _over_all(x: Tensor, real: Tensor) -> Tensor:
    return _mean_deviation(x.flatten(1)) / _mean_deviation(real.flatten(1))


diversity_by_class = Exercise(
    title="diversity_by_class",
    inputs=_draw_pictures,
    run=_quietly,
    reference=_ratios,
    trials=6,
    mutants=(
        Mutant(
            partial(_ratios, of=lambda rows: rows.var().sqrt() if len(rows) > 1 else _NOTHING),
            "You took one variance over all pixels of all pictures; one picture alone would have some. Each pixel has "
            "its own, var(dim=0).",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(real, real_y, x, y, classes),
            "The ratio is the wrong way round: generated divided by real.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.full((classes,), math.nan),
            "All of it is nan: dim=1 of the pictures is their only channel. Their number is dim=0.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.tensor(
                [r if c in y and c in real_y else 0 for c, r in enumerate(_ratios(x, y, real, real_y, classes))]
            ),
            "Where a class cannot be measured you give 0, which says *collapsed*. Not measured is nan.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, classes).nan_to_num(),
            "Where a class cannot be measured you give 0, which says *collapsed*. Not measured is nan.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, classes).nan_to_num(1),
            "Where a class cannot be measured you give 1, which says *as diverse as real*. Not measured is nan.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, max(int(y.max()), int(real_y.max())) + 1),
            "You go over the classes up to the largest that you meet. The last ones may be missing: range(classes).",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, classes)[y.unique()],
            "A place for each class is asked for, with nan where it cannot be measured: go over range(classes).",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, classes)[real_y.unique()],
            "A place for each class is asked for, with nan where it cannot be measured: go over range(classes).",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, int(y.max())),
            "range(int(y.max())) leaves the last class out: there are `classes`.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, int(real_y.max())),
            "range(int(y.max())) leaves the last class out: there are `classes`.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, classes).nanmean(),
            "You averaged: one number for each class is asked for, so that a single collapsed class is seen.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _ratios(x, y, real, real_y, classes).mean(),
            "You averaged, and one nan makes all of it nan: one number for each class is asked for.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: _over_all(x, real),
            "You measured across all classes. A generator with one frozen picture for each would look diverse.",
        ),
        Mutant(
            _around_all,
            "Your deviation is measured from the mean of *all* pictures; take each class's own mean.",
        ),
        *(
            Mutant(partial(_ratios, of=of), hint)
            for of, hint in (
                (
                    lambda rows: _mean_deviation(rows).square(),
                    "Those are ratios of variances; a deviation is the root.",
                ),
                (
                    lambda rows: _mean_deviation(rows).sqrt(),
                    "Two roots: the deviation is the root of the mean variance, once.",
                ),
                (
                    lambda rows: rows.std(0).mean(),
                    "You averaged deviations over the pixels; average the variances, then take the root.",
                ),
                (
                    lambda rows: rows.var(0, correction=0).mean().sqrt(),
                    "Your variance divides by n; Tensor.var divides by n - 1 (and gives nan for a single picture).",
                ),
                (
                    lambda rows: rows.var(1).mean().sqrt(),
                    "You measured how much the pixels of one picture differ. Compare the pictures, pixel by pixel: "
                    "dim=0.",
                ),
                (
                    lambda rows: rows.std(),
                    "One deviation over all pixels of a class counts how pixels differ. Take each pixel's variance "
                    "over the pictures: var(dim=0).",
                ),
                (
                    lambda rows: rows.var(0).amax().sqrt(),
                    "The largest variance; the mean over the pixels is asked for.",
                ),
                (
                    lambda rows: rows.var(0).median().sqrt(),
                    "The median of the variances; the mean over the pixels is asked for.",
                ),
                (
                    lambda rows: torch.pdist(rows).mean() if len(rows) > 1 else torch.tensor(math.nan),
                    "That is the mean distance of two pictures; here each pixel's variance, their mean, the root.",
                ),
                (
                    lambda rows: (rows - rows.mean(0)).abs().mean(),
                    "Those are absolute deviations; a variance has squares.",
                ),
            )
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.stack(
                [(x[y == c].flatten(1).std(0) / real[real_y == c].flatten(1).std(0)).mean() for c in range(classes)]
            ),
            "You averaged ratios of pixels. First each side's deviation (mean variance, root), then one ratio.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.stack(
                [(x[y == c].var(0) / real[real_y == c].var(0)).mean().sqrt() for c in range(classes)]
            ),
            "You averaged ratios of pixels, so a pixel that hardly varies in the real pictures counts most. First each "
            "side's deviation (mean variance, root), then one ratio.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.stack(
                [_mean_deviation(x[y == c].flatten(1)) for c in range(classes)]
            ),
            "The generated pictures' deviations are right; divide them by the real ones'.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.stack(
                [
                    _mean_deviation(x[y == c].flatten(1)) - _mean_deviation(real[real_y == c].flatten(1))
                    for c in range(6)
                ]
            ),
            "That is a difference; a ratio is asked for.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: (
                torch.stack([_mean_deviation(x[y == c].flatten(1)) for c in range(classes)])
                / _mean_deviation(real.flatten(1))
            ),
            "You divide by the deviation of all real pictures; each class has its own.",
        ),
        Mutant(
            lambda x, y, real, real_y, classes: torch.stack([real[y == c].var(0) for c in range(classes)]),
            "The real pictures have labels of their own: real[real_y == c].",
        ),
    ),
)


def _shares(y: Tensor, classes: int) -> Tensor:
    """Labels as shares; shares as they are."""
    return y if y.is_floating_point() else F.one_hot(y, classes).float()


def _build_and_try(attempt: Callable[[int], Any], seed: int) -> Any:
    """What is wrong with a generator that takes names and mixtures, as a verdict; hands on `...` and None."""
    with torch.random.fork_rng(devices=[]):
        for classes in (10, 4):
            torch.manual_seed(seed)
            network = attempt(classes)
            if network is ... or network is None:
                return network
            draw = partial(_latents_and_labels, classes)
            fault = builds.fault_of(network, draw, (1, 8, 8), most=20_000) or _name_fault(network, classes)
            if fault:
                return Verdict("wrong", fault)
    return Verdict("passed", "")


def _latents_and_labels(classes: int, count: int) -> list[Tensor]:
    return [torch.randn(count, 16), torch.arange(count) % classes]


@torch.no_grad()
def _name_fault(network: nn.Module, classes: int) -> str:
    network.eval()
    z, y = torch.randn(1, 16).expand(classes, -1), torch.arange(classes)
    named, other = network(z, y), network(z, (y + 1) % classes)
    if torch.allclose(named, other, atol=1e-6) or torch.pdist(named.flatten(1)).min() < 1e-5:
        return "For one z, two names give the same picture: the name must matter."
    shared = network(z, F.one_hot(y, classes).float())
    if not torch.allclose(named, shared, atol=1e-5):
        return "A label and its one-hot shares must give the same picture: use one and the same table for both."
    half = (F.one_hot(y, classes) + F.one_hot((y + 1) % classes, classes)).float() / 2
    between = network(z, half)
    if between.shape != named.shape:
        return f"From shares it makes a tensor of shape {tuple(between.shape)}."
    if any((between - picture).flatten(1).norm(dim=1).min() < 1e-5 for picture in (named, other)):
        return "Half of one name and half of another gives one of the two pictures: the shares must be mixed."
    outer = (F.one_hot(y, classes) + F.one_hot((y + 2) % classes, classes)).float() / 2
    if (network(z, outer)[0] - named[1]).norm() < 1e-5:
        return "Half of 0 and half of 2 is exactly 1: your names lie on a line. Use one-hot times a matrix."
    if _in_span(between, named, other) or _in_span(
        *(x.clamp(-0.9999, 0.9999).atanh() for x in (between, named, other))
    ):
        return "You mix the two *pictures*. Mix the names, before the network draws."
    if between.std() < 1e-6:
        return "From shares it draws nothing."
    if fault := _proportion_fault(network, classes):
        return fault
    for weight in network.parameters():
        weight.mul_(20)
    pictures = network(torch.randn(50, 16), torch.arange(50) % classes)
    if pictures.abs().max() > 1:
        return "Its pictures can leave [-1, 1] once the weights grow: end with a tanh."
    if pictures.min() > -0.5 or pictures.max() < 0.5:
        return "Its pictures use half of the range from -1 to 1 only: a sigmoid or a ReLU at the end?"
    return ""


@torch.no_grad()
def _proportion_fault(network: nn.Module, classes: int) -> str:
    """Whether shares are weights: more of a name counts for more, three names for three, and a little for a little."""
    z = torch.randn(8, 16)

    def mixed(*shares: tuple[int, float]) -> Tensor:
        row = torch.zeros(classes)
        for name, share in shares:
            row[name] = share
        return network(z, row.expand(len(z), -1)).flatten(1)

    def apart(first: Tensor, second: Tensor) -> float:
        return float((first - second).norm())

    half = mixed((0, 0.5), (1, 0.5))
    most, least = (mixed((0, share), (1, 1 - share)) for share in (0.75, 0.25))
    if min(apart(half, most), apart(half, least)) < 1e-5:
        return "0.75 of a name and 0.25 of another draw what half and half draws: names are mixed in proportion."
    third = mixed((0, 1 / 3), (1, 1 / 3), (2, 1 / 3))
    if min(apart(third, mixed((k, 0.5), (j, 0.5))) for k, j in ((0, 1), (0, 2), (1, 2))) < 1e-5:
        return "A third of each of three names draws what two of them draw: every share counts."
    pure, little, other = mixed((0, 1.0)), mixed((0, 0.98), (1, 0.02)), mixed((0, 0.98), (2, 0.02))
    if apart(little, other) <= 0.1 * apart(little, pure):
        return (
            "A little of another name: which one makes no difference. Multiply the table with the shares as they are."
        )
    if apart(pure, mixed((0, 0.995), (1, 0.005))) > 0.35 * apart(pure, little):
        return "A tiny share changes too much (a root?). Multiply the table with the shares as they are."
    return ""


def _in_span(mixture: Tensor, first: Tensor, second: Tensor) -> bool:
    """Whether every mixture is a weighted sum of its two pictures."""
    parts = torch.stack([first.flatten(1), second.flatten(1)], 2).double()
    target = mixture.flatten(1)[..., None].double()
    left = target - parts @ torch.linalg.lstsq(parts, target).solution
    return bool((left.norm(dim=1) < 1e-3 * target.norm(dim=1)).all())


class _Mixing(nn.Module):
    """A name is shares times a table; one thing may be changed."""

    def __init__(
        self, classes: int, *, hidden: int = 100, act: type[nn.Module] = nn.ReLU, end: type[nn.Module] = nn.Tanh
    ):
        super().__init__()
        self.classes, self.names = classes, nn.Linear(classes, 8, bias=False)
        self.layers = nn.Sequential(
            nn.Linear(16 + 8, hidden), act(), nn.Linear(hidden, 64), end(), nn.Unflatten(1, (1, 8, 8))
        )

    def draw(self, z: Tensor, shares: Tensor) -> Tensor:
        return self.layers(torch.cat([z, self.names(shares)], 1))

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, _shares(y, self.classes))


class _LabelsOnly(_Mixing):
    def __init__(self, classes: int):
        super().__init__(classes)
        self.names = nn.Embedding(classes, 8)  # type: ignore[assignment]

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, y)


class _TwoTables(_Mixing):
    def __init__(self, classes: int):
        super().__init__(classes)
        self.table = nn.Embedding(classes, 8)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        names = self.names(y) if y.is_floating_point() else self.table(y)
        return self.layers(torch.cat([z, names], 1))


class _SharesOnly(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, y)


class _Largest(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, _shares(y.argmax(1) if y.is_floating_point() else y, self.classes))


class _Reshaped(_Mixing):
    """Shares are changed before they meet the table; labels are as they were."""

    def __init__(self, classes: int, change: Callable[[Tensor], Tensor]):
        super().__init__(classes)
        self.change = change

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, self.change(_shares(y, self.classes)))


def _two_largest(shares: Tensor, *, halves: bool = True) -> Tensor:
    """The two largest shares, made halves or not; a single name stays alone."""
    value, place = shares.topk(2, dim=1)
    value = (value > 0).float() if halves else value
    return F.normalize(torch.zeros_like(shares).scatter(1, place, value), p=1, dim=1)


class _Crossfade(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        shares = _shares(y, self.classes)
        every = torch.stack([self.draw(z, row.expand(len(z), -1)) for row in torch.eye(self.classes)], 1)
        return (shares[:, :, None, None, None] * every).sum(1)


class _CrossfadeSquared(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        shares = _shares(y, self.classes) ** 2
        every = torch.stack([self.draw(z, row.expand(len(z), -1)) for row in torch.eye(self.classes)], 1)
        return (shares[:, :, None, None, None] * every).sum(1)


class _CrossfadeInside(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        shares = _shares(y, self.classes)
        every = torch.stack([self.draw(z, row.expand(len(z), -1)) for row in torch.eye(self.classes)], 1)
        return (shares[:, :, None, None, None] * every.atanh()).sum(1).tanh()


class _Softened(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, y.softmax(1) if y.is_floating_point() else _shares(y, self.classes))


class _Nameless(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(z, torch.ones(len(z), self.classes))


class _NameOnly(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.draw(torch.zeros_like(z), _shares(y, self.classes))


class _AsNumber(_Mixing):
    def __init__(self, classes: int):
        super().__init__(classes)
        self.layers[0] = nn.Linear(17, 100)
        del self.names

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.layers(torch.cat([z, y[:, None]], 1))


class _OnALine(_Mixing):
    """The class as one number, so that shares have a mean class."""

    numbers: Tensor

    def __init__(self, classes: int, *, first: int = 0, step: float = 1.0):
        super().__init__(classes)
        self.layers[0] = nn.Linear(17, 100)
        del self.names
        self.register_buffer("numbers", step * torch.arange(first, first + classes).float())

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.layers(torch.cat([z, (_shares(y, self.classes) @ self.numbers)[:, None]], 1))


class _Noisy(_Mixing):
    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return super().forward(torch.randn_like(z), y)


# Other wrong answers; the verdict on the network says these sentences itself, and the tests hold it to them.
MIXING_FAULTS = (
    Mutant(
        _Largest,
        "Half of one name and half of another gives one of the two pictures: the shares must be mixed.",
    ),
    *(
        Mutant(
            partial(_Reshaped, change=change),
            "0.75 of a name and 0.25 of another draw what half and half draws: names are mixed in proportion.",
        )
        for change in (
            _two_largest,
            lambda shares: (shares > 0).float(),
            lambda shares: F.normalize((shares > 0).float(), p=1, dim=1),
        )
    ),
    Mutant(
        partial(_Reshaped, change=partial(_two_largest, halves=False)),
        "A third of each of three names draws what two of them draw: every share counts.",
    ),
    *(
        Mutant(
            partial(_Reshaped, change=change),
            "A little of another name: which one makes no difference. Multiply the table with the shares as they are.",
        )
        for change in (torch.square, lambda shares: (shares > 0.4).float())
    ),
    Mutant(
        partial(_Reshaped, change=torch.sqrt),
        "A tiny share changes too much (a root?). Multiply the table with the shares as they are.",
    ),
    *(
        Mutant(wrong, "You mix the two *pictures*. Mix the names, before the network draws.")
        for wrong in (_Crossfade, _CrossfadeSquared, _CrossfadeInside)
    ),
    *(
        Mutant(wrong, "Half of 0 and half of 2 is exactly 1: your names lie on a line. Use one-hot times a matrix.")
        for wrong in (_OnALine, partial(_OnALine, first=1), partial(_OnALine, step=0.1))
    ),
    Mutant(_Nameless, "the name must matter"),
    Mutant(_NameOnly, "Its samples do not depend on the latents"),
    Mutant(_Noisy, "The same latents give different samples: it draws random numbers of its own."),
    Mutant(partial(_Mixing, end=nn.Identity), "Its pictures can leave [-1, 1] once the weights grow: end with a tanh."),
    Mutant(
        partial(_Mixing, end=nn.Sigmoid),
        "Its pictures use half of the range from -1 to 1 only: a sigmoid or a ReLU at the end?",
    ),
    Mutant(
        partial(_Mixing, act=nn.Identity, end=nn.Identity),
        "It is linear: without something bent (a ReLU, a tanh) between two layers a Gaussian stays a Gaussian.",
    ),
    Mutant(
        lambda classes: _Mixing(classes).requires_grad_(False),
        "Nothing in it can learn: it has no weights, or they are frozen (requires_grad).",
    ),
    Mutant(lambda classes: _Mixing, "That is the class itself; make a network of it, with brackets."),
)

mixing_generator = Exercise(
    title="mixing_generator",
    inputs=lambda random: (int(torch.randint(1_000_000, (), generator=random)),),
    run=_build_and_try,
    reference=_Mixing,
    trials=2,
    mutants=(
        Mutant(
            _LabelsOnly,
            "An Embedding takes whole labels only. An embedding is one-hot times a matrix (shown above): shares times "
            "the same matrix mix its rows.",
        ),
        Mutant(_SharesOnly, "It takes shares only. Make shares of whole labels first: F.one_hot(y, classes).float()."),
        Mutant(
            _AsNumber,
            "Shares have become something else than one name for each sample: a label that enters as a number, or "
            "shares made whole, cannot be mixed. One-hot times a matrix can.",
        ),
        Mutant(
            _TwoTables,
            "Labels and shares go through two tables, so a label and its one-hot shares give different pictures, and "
            "from labels no gradient reaches the other table: use one for both.",
        ),
        Mutant(
            _Softened,
            "A label and its one-hot shares must give the same picture: multiply shares with the very table that "
            "labels use, with no softmax and no mean on the way.",
        ),
        Mutant(partial(_Mixing, hidden=1000), "1,000 hidden numbers are over the budget; a hundred do."),
        Mutant(partial(_Mixing, hidden=256), "256 hidden numbers are over the budget; a hundred do."),
        Mutant(
            lambda classes: _Mixing(10), "The number of classes is given, and need not be 10: nn.Linear(classes, ...)."
        ),
    ),
)


# Beat it: obedient and diverse in few steps.
def _between_layers(inputs: int, hidden: int = 256) -> list[nn.Module]:
    return [nn.Linear(inputs, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2)]


class _Named(nn.Module):
    """The notebook's SmallConditional."""

    def __init__(self, latent_dim: int):
        super().__init__()
        self.names = nn.Embedding(10, 16)
        self.layers = nn.Sequential(*_between_layers(latent_dim + 16), nn.Linear(256, 64), nn.Tanh())

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        return self.layers(torch.cat([z, self.names(y)], dim=1)).view(-1, 1, 8, 8)


class _Projection(nn.Module):
    """The notebook's Projection."""

    def __init__(self) -> None:
        super().__init__()
        self.features, self.head = nn.Sequential(*_between_layers(64)), nn.Linear(256, 1)
        self.names = nn.Embedding(10, 256)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        f = self.features(x.flatten(1))
        return self.head(f)[:, 0] + (self.names(y) * f).sum(dim=1) / math.sqrt(256)


_RULES = recipes.Rules(
    start={
        "g_rate": 2e-3, "d_rate": 2e-3, "betas": (0.0, 0.99), "batch_size": 64, "latent_dim": 32,
        "loss": losses.non_saturating, "r1_weight": 1.0, "r1_every": 1,
    },
    steps=200,
    most_in_batch=64,
    most_weights=150_000,
    shape=(1, 8, 8),
    generator=_Named,
    discriminator=_Projection,
    classes=10,
    average=True,
)  # fmt: skip


@functools.cache
def _digits() -> tuple[data.Images, models.Classifier, Tensor]:
    """Digits to learn from, the judge, and how diverse each real class is."""
    digits = data.generator_split("digits")
    spread = [_mean_deviation(digits[digits.labels == c].flatten(1)) for c in range(10)]
    return digits, models.pretrained("classifier-digits"), torch.stack(spread).mean()


def _play_digits(recipe: dict[str, Any], seed: int) -> float:
    """Obedience times diversity, the latter counted up to that of real digits."""
    digits, eye, real = _digits()
    y = torch.arange(10).repeat(100)

    def score(generator: nn.Module) -> float:
        drawn = sampling.generate(generator, sampling.latents(1000, recipe["latent_dim"], seed=1), y)
        if not drawn.isfinite().all():
            return 0.0
        recipes.no_copies(drawn, digits[:])
        obedience = (metrics.predicted_classes(eye, drawn) == y).double().mean()
        spread = torch.stack([_mean_deviation(drawn[y == c].flatten(1)) for c in range(10)]).mean()
        return float(obedience * (spread / real).clamp(max=1))

    batches = digits.labelled_batches(recipe["batch_size"], steps=_RULES.steps, seed=seed)
    return recipes.train(_RULES, recipe, batches, seed, score=score, knows=lambda made: score(made) > 0.4)


beat_the_digits = recipes.challenge(_RULES, title="beat_the_digits", play=_play_digits, ours=0.73, to_beat=0.79)
