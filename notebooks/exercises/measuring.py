"""Exercises of notebook 09: sizes of samples, neighbours, birthdays, a quick kernel distance, a detector of copies."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganutils.metrics import frechet_distance
from ganutils.teaching import Exercise, Mutant


def _whole(random: torch.Generator, low: int, high: int) -> int:
    return int(torch.randint(low, high, (1,), generator=random).item())


def _uniform(random: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(1, generator=random, dtype=torch.float64).item())


# --- how many samples


def _floor_wanted(random: torch.Generator) -> tuple[int, int, float]:
    dims, real = _whole(random, 2, 80), _whole(random, 50, 5000)
    scale = dims * (dims + 5) / 4
    if _uniform(random, 0, 1) < 0.3:  # less than what the real samples alone cost
        return dims, real, _uniform(random, 0.2, 0.9) * scale / real
    return dims, real, scale * (1 / (_whole(random, 20, 3000) - _uniform(random, 0.1, 0.9)) + 1 / real)


def _needed(
    dims: int,
    real: int,
    most: float,
    *,
    scale: Callable[[int], float] = lambda d: d * (d + 5) / 4,
    whole: Callable[[float], float] = math.ceil,
    never: float = math.inf,
) -> float:
    left = most / scale(dims) - 1 / real
    return whole(1 / left) if left > 0 else never


samples_needed = Exercise(
    title="samples_needed",
    inputs=_floor_wanted,
    reference=_needed,
    mutants=(
        Mutant(
            lambda d, m, most: math.ceil(d * (d + 5) / (2 * most)),
            "That takes as many real samples as generated ones. Here there are `real` of them, whatever n is: each set "
            "brings a part of the floor, one with 1/n and one with 1/real.",
        ),
        Mutant(
            lambda d, m, most: math.ceil(d * (d + 5) / (4 * most)),
            "You forget what the real samples cost: d(d + 5)/4 times 1/real is there even if n is infinite.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, whole=math.floor),
            "Cut down to a whole number the floor is just above what was allowed: round up.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, whole=round),
            "The nearest whole number is sometimes too few: round up.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, whole=lambda n: n),
            "Half a sample cannot be drawn: round up to a whole number.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, whole=lambda n: math.ceil(n) + 1),
            "One too many wherever there is an answer: fewer already stay at or below it.",
        ),
        Mutant(
            lambda d, m, most: math.ceil(1 / (most * 4 / (d * (d + 5)) - 1 / m)),
            "Right where it can be done. Where the real samples alone cost more than `most`, your number is negative: "
            "there no n suffices, math.inf.",
        ),
        *(
            Mutant(
                lambda d, m, most, never=never: _needed(d, m, most, never=never),
                "Right where it can be done. Where the real samples alone cost more than `most`, the answer is "
                "math.inf: no number suffices.",
            )
            for never in (0.0, -1.0, math.nan)
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, scale=lambda d: d * (d + 1) / 4),
            "That is the covariances' part alone. The means bring d(1/n + 1/real) more.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, scale=lambda d: d),
            "That is the means' part alone. The covariances bring d(d + 1)/4 times (1/n + 1/real) more.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, scale=lambda d: d * (d + 5) / 2),
            "d(d + 5)/2n was for *two* sets of n. Each brings half of that: d(d + 5)/4 times 1/n, and times 1/real.",
        ),
        Mutant(
            lambda d, m, most: _needed(d, m, most, scale=lambda d: d * d / 4),
            "d squared is what is left for very large d. Keep d(d + 5)/4.",
        ),
        Mutant(
            lambda d, m, most: d * (d + 5) / 4 * (1 / m + most),
            "That is a floor, not a number of samples: solve for n.",
        ),
    ),
    trials=30,
)


# --- how many neighbours


def _coverage_wanted(random: torch.Generator) -> tuple[int, int, float]:
    real = _whole(random, 12, 50)
    return real, _whole(random, real // 2, 2 * real), _uniform(random, 0.7, 0.995)


def _missed(real: int, fake: int, k: int) -> float:
    return math.prod((real - i) / (real + fake - i) for i in range(1, k + 1))


def _first(holds: Callable[[int], bool]) -> int:
    return next((k for k in range(1, 1000) if holds(k)), 1000)


neighbours_for = Exercise(
    title="neighbours_for",
    inputs=_coverage_wanted,
    reference=lambda n, m, wanted: _first(lambda k: 1 - _missed(n, m, k) >= wanted),
    mutants=(
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - 2.0**-k >= wanted),
            "1 - 2^-k is for very many samples, and as many fakes as real ones. Multiply the k factors.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - _missed(m, n, k) >= wanted),
            "Real and fake are swapped: a real sample is missed if its k nearest are all *real*.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - _missed(n, m, k) >= wanted) + 1,
            "One too many: the smallest k is asked for.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - _missed(n, m, k) >= wanted) - 1,
            "One too few: with it the expected coverage is still below what is wanted. Does your product run to i = k?",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - (n / (n + m)) ** k >= wanted),
            "That draws the same neighbour again and again. After each one there is one fewer real sample, and one "
            "fewer in all.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - ((n - 1) / (n + m - 1)) ** k >= wanted),
            "That draws the same neighbour again and again. After each one there is one fewer real sample, and one "
            "fewer in all.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: _missed(n, m, k) <= wanted),
            "The product is the share that is *missed*. Coverage is 1 minus it.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: (n - k) / (n + m - k) <= 1 - wanted),
            "One factor is the chance for one neighbour alone. All k must be real: multiply the factors.",
        ),
        Mutant(
            lambda n, m, wanted: 1 - _missed(n, m, _first(lambda k: 1 - _missed(n, m, k) >= wanted)),
            "That is the coverage that is reached. Return k.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - math.prod((n - i) / (n + m) for i in range(1, k + 1)) >= wanted),
            "The others become fewer as well: n + m - i below, not n + m.",
        ),
        Mutant(
            lambda n, m, wanted: _first(
                lambda k: 1 - math.prod((n - 1) / (n + m - i) for i in range(1, k + 1)) >= wanted
            ),
            "The real ones become fewer as well: n - i above, not n - 1.",
        ),
        Mutant(
            lambda n, m, wanted: _first(lambda k: 1 - math.prod((n - i) / (n + m - i) for i in range(k)) >= wanted),
            "A sample is not its own neighbour: there are n - 1 other real ones among n + m - 1. Start at i = 1.",
        ),
        Mutant(lambda n, m, wanted: math.ceil(n * wanted), "That is a number of samples. How many *neighbours*?"),
        Mutant(
            lambda n, m, wanted: 5, "5 is the usual choice; here it depends on the numbers of samples and on `wanted`."
        ),
    ),
    trials=40,
)


# --- birthdays


def _draws(random: torch.Generator) -> tuple[Tensor]:
    support = int(10 ** _uniform(random, 0.7, 3.7))
    names = torch.randperm(100_000, generator=random)[:support]  # a name says nothing about how many there are
    return (names[torch.randint(support, (_whole(random, 8, 150),), generator=random)],)


def _twins(draws: Tensor) -> float:
    counts = draws.unique(return_counts=True)[1]
    return float((counts * (counts - 1) / 2).sum())


def _ratio(above: float, below: float, *, none: float = math.inf) -> float:
    return above / below if below else none


def _pairs(draws: Tensor) -> float:
    return len(draws) * (len(draws) - 1) / 2


support_size = Exercise(
    title="support_size",
    inputs=_draws,
    reference=lambda draws: _ratio(_pairs(draws), _twins(draws)),
    mutants=(
        Mutant(
            lambda draws: float(len(draws.unique())),
            "So many you have *seen*. The repetitions tell how many there are: how many pairs are alike?",
        ),
        Mutant(lambda draws: float(draws.max() + 1), "The names are arbitrary: the largest says nothing."),
        Mutant(
            lambda draws: _ratio(len(draws) ** 2 / 2, _twins(draws)),
            "Nobody is paired with itself: n(n - 1)/2 pairs, not n^2/2.",
        ),
        Mutant(
            lambda draws: _ratio(len(draws) ** 2, _twins(draws)),
            "n^2 counts every pair twice, and each draw with itself: n(n - 1)/2 pairs.",
        ),
        Mutant(
            lambda draws: len(draws) ** 2 / float((draws.unique(return_counts=True)[1] ** 2).sum()),
            "1 / sum of p^2 from the shares that you saw: each draw is paired with itself, so it never passes n. Count "
            "pairs of *different* draws.",
        ),
        Mutant(
            lambda draws: 2 * _pairs(draws) / (2 * _twins(draws) + len(draws)),
            "The diagonal of the table counts each draw as its own twin: take n off the sum.",
        ),
        Mutant(
            lambda draws: _ratio(2 * _pairs(draws), _twins(draws)),
            "Twice the right answer: n(n - 1) counts each pair in both orders; your alike pairs are counted once.",
        ),
        Mutant(
            lambda draws: _ratio(_pairs(draws), 2 * _twins(draws)),
            "Half the right answer: in the table of draws == draws[:, None] each alike pair stands twice.",
        ),
        Mutant(
            lambda draws: _ratio(_pairs(draws), 2 * _twins(draws) + len(draws)),
            "The diagonal of the table counts each draw as its own twin, and the others stand twice. Take the upper "
            "triangle without the diagonal.",
        ),
        Mutant(
            lambda draws: _ratio(_pairs(draws), _twins(draws) + len(draws)),
            "The diagonal counts each draw as its own twin: leave it out.",
        ),
        Mutant(
            lambda draws: _ratio(_pairs(draws), float(len(draws) - len(draws.unique()))),
            "Three that are alike are *three* pairs, not two repetitions: count pairs.",
        ),
        Mutant(
            lambda draws: _ratio(_pairs(draws), float((draws.unique(return_counts=True)[1] > 1).sum())),
            "You count the values that occur more than once. Three that are alike are three pairs: count pairs.",
        ),
        Mutant(
            lambda draws: _ratio(_twins(draws), _pairs(draws), none=0.0),
            "That is the chance that two are alike, 1 / support. Turn it over.",
        ),
        *(
            Mutant(
                lambda draws, none=none: _ratio(_pairs(draws), _twins(draws), none=none),
                "Right where a pair is alike. Where none is, the best guess is math.inf: nothing limits the support.",
            )
            for none in (0.0, math.nan, -1.0)
        ),
        Mutant(
            lambda draws: _pairs(draws) / max(_twins(draws), 1.0),
            "Right where a pair is alike. Where none is, the best guess is math.inf: nothing limits the support.",
        ),
        Mutant(
            lambda draws: _pairs(draws) / (_twins(draws) + 1.0),
            "A 1 added against division by zero makes every answer too small. Say math.inf where no pair is alike.",
        ),
        Mutant(lambda draws: float(len(draws)), "That is how many you drew."),
    ),
    trials=30,
)


# --- a kernel distance in one pass


def _two_sets(random: torch.Generator) -> tuple[Tensor, Tensor]:
    n, d = 2 * _whole(random, 4, 20), _whole(random, 2, 9)
    x, y = torch.randn(2, n, d, generator=random, dtype=torch.float64)
    return x, y * _uniform(random, 0.5, 1.5) + _uniform(random, -0.5, 0.5)


def _k(a: Tensor, b: Tensor, *, plus: float = 1.0, power: int = 3, divide: bool = True) -> Tensor:
    return ((a * b).sum(1) / (a.shape[1] if divide else 1) + plus) ** power


def _pairs_of(x_1: Tensor, x_2: Tensor, y_1: Tensor, y_2: Tensor) -> Tensor:
    return _k(x_1, x_2) + _k(y_1, y_2) - _k(x_1, y_2) - _k(x_2, y_1)


def _quadruples(
    x: Tensor, y: Tensor, *, k: Callable[[Tensor, Tensor], Tensor] = _k, cross: str = "both", own: int = 2
) -> Tensor:
    x_1, x_2, y_1, y_2 = x[0::2], x[1::2], y[0::2], y[1::2]
    minus = {
        "both": k(x_1, y_2) + k(x_2, y_1), "one": k(x_1, y_2), "same": k(x_1, y_1) + k(x_2, y_2),
        "half": (k(x_1, y_2) + k(x_2, y_1)) / 2, "twice": 2 * k(x_1, y_2), "plus": -k(x_1, y_2) - k(x_2, y_1),
    }[cross]  # fmt: skip
    return (k(x_1, x_2) + k(y_1, y_2) if own == 2 else k(x_1, x_2)) - minus


def _with_error(h: Tensor, divide: float | None = None) -> tuple[Tensor, Tensor]:
    return h.mean(), h.std() / (math.sqrt(len(h)) if divide is None else divide)


def _tables(x: Tensor, y: Tensor) -> Tensor:
    def table(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1) ** 3

    x_1, x_2, y_1, y_2 = x[0::2], x[1::2], y[0::2], y[1::2]
    return table(x_1, x_2) + table(y_1, y_2) - table(x_1, y_2) - table(x_2, y_1)


def _full(x: Tensor, y: Tensor) -> Tensor:
    def table(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1) ** 3

    n = len(x)
    own = sum((table(z, z).sum() - table(z, z).trace()) / (n * (n - 1)) for z in (x, y))
    return own - 2 * table(x, y).mean()


quick_kernel_distance = Exercise(
    title="quick_kernel_distance",
    inputs=_two_sets,
    reference=lambda x, y: _with_error(_quadruples(x, y)),
    mutants=(
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y), 1.0),
            "The estimate is right. That is the spread of single h; their mean scatters less: divide by the root "
            "of how many h there are.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y), math.sqrt(len(x))),
            "The estimate is right. There are n/2 numbers h, not n: divide their spread by the root of n/2.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y), len(x) / 2),
            "The estimate is right. The error falls with the *root* of the number of h.",
        ),
        Mutant(
            lambda x, y: (_quadruples(x, y).mean(), _quadruples(x, y).var()),
            "The estimate is right. That is the variance of single h: its root, divided by the root of their number.",
        ),
        Mutant(
            lambda x, y: (_quadruples(x, y).mean(), _quadruples(x, y).std(correction=0) / math.sqrt(len(x) / 2)),
            "Nearly: `std()` divides by the number of h minus 1.",
        ),
        Mutant(
            lambda x, y: tuple(reversed(_with_error(_quadruples(x, y)))), "Both are right; return the estimate first."
        ),
        Mutant(lambda x, y: _quadruples(x, y).mean(), "The estimate is right; return its standard error beside it."),
        Mutant(
            lambda x, y: _quadruples(x, y),
            "Those are the single h. Return their mean, and the standard error of that mean.",
        ),
        Mutant(
            lambda x, y: (_full(x, y), _with_error(_quadruples(x, y))[1]),
            "That compares everybody with everybody: more exact, and its pairs are not independent, so that no error "
            "can be read off. Rows 2i and 2i + 1 only, each used once.",
        ),
        Mutant(
            lambda x, y: _full(x, y),
            "That compares everybody with everybody. Rows 2i and 2i + 1 only, and an error beside the estimate.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, cross="one")),
            "Two mixed terms belong to h: k(x_1, y_2) and k(x_2, y_1). You take off one.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, cross="half")),
            "Two mixed terms belong to h, in full: no half.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, cross="same")),
            "That mixes rows of one number, x_1 with y_1. They may have come in pairs: mix x_1 with y_2, x_2 with y_1.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, cross="twice")),
            "Right on average, but the second mixed pair, x_2 with y_1, is thrown away: use both.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, cross="plus")),
            "The mixed terms are taken off, not added.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, own=1)),
            "k(y_1, y_2) is missing: each set is compared with itself.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, k=lambda a, b: _k(a, b, divide=False))),
            "The kernel divides the product by the number of features, x.shape[1].",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, k=lambda a, b: ((a * b).sum(1) / len(a) + 1) ** 3)),
            "The kernel divides the product by the number of *features*, x.shape[1]; len(x) is the number of samples.",
        ),
        Mutant(
            lambda x, y: _with_error(_pairs_of(*x.chunk(2), *y.chunk(2))),
            "You pair the first half with the second. Fair too, but asked for are the rows 2i and 2i + 1: x[0::2] and "
            "x[1::2].",
        ),
        Mutant(
            lambda x, y: _with_error(_pairs_of(x[:-1], x[1:], y[:-1], y[1:])),
            "Your pairs overlap, (0, 1), (1, 2) ...: then the h are not independent, and the error is wrong. Each row "
            "once: x[0::2] and x[1::2].",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, k=lambda a, b: _k(a, b, plus=0.0))),
            "The kernel adds 1 before the power: without it means are lost among third moments.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, k=lambda a, b: _k(a, b, power=2))),
            "The kernel is cubic: power 3.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y, k=lambda a, b: _k(a, b, power=1, plus=0.0, divide=False))),
            "That is the plain product: it compares means alone. The kernel is (x y / d + 1)^3.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y).clamp(min=0)),
            "Single h may be negative, and so may the estimate: no clamp. That is what makes it fair on average.",
        ),
        Mutant(
            lambda x, y: _with_error(_quadruples(x, y).abs()),
            "Single h may be negative, and so may the estimate: no abs(). That is what makes it fair on average.",
        ),
        Mutant(
            lambda x, y: _with_error(_tables(x, y)),
            "`x[0::2] @ x[1::2].T` compares every first with every second. One value for each row: (a * b).sum(1).",
        ),
        Mutant(
            lambda x, y: (_tables(x, y).mean(), _tables(x, y).std() / math.sqrt(len(x) / 2)),
            "`x[0::2] @ x[1::2].T` compares every first with every second. One value for each row: (a * b).sum(1).",
        ),
        Mutant(
            lambda x, y: (_quadruples(x, y).sum(), _with_error(_quadruples(x, y))[1]),
            "The estimate is the *mean* of the h.",
        ),
    ),
    properties=(
        (
            "Return two numbers: the estimate, and its standard error.",
            lambda out, x, y: isinstance(out, Tensor | list | tuple) and len(out) == 2,
        ),
    ),
)


# --- a detector of copies


def _suspect(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Training samples, as many that nobody has learned from, and what a generator draws; in any unit."""
    n, d = 200, 16
    middles = 2 * torch.randn(4, d, generator=random, dtype=torch.float64)

    def honest(spread: float = 1.0) -> Tensor:
        kinds = torch.randint(4, (n,), generator=random)
        return middles[kinds] + spread * torch.randn(n, d, generator=random, dtype=torch.float64)

    train, held_out, fake = honest(), honest(), honest()
    kind = _SUSPECTS[_whole(random, 0, len(_SUSPECTS))]
    copied = train[torch.randint(n, (n,), generator=random)]
    if kind == "narrow":
        fake = honest(0.5)
    elif kind == "wide":
        fake = honest(1.6)
    elif kind == "collapsed":
        fake = middles[:1] + 0.2 * torch.randn(n, d, generator=random, dtype=torch.float64)
    elif kind == "rare":  # nothing but a kind that is rare, and tight: honest, and near to all that is real
        place = 2 * torch.randn(1, d, generator=random, dtype=torch.float64)
        alike = place + 0.1 * torch.randn(n + 16, d, generator=random, dtype=torch.float64)
        fake, train[:8], held_out[:8] = alike[16:], alike[:8], alike[8:16]
    elif kind == "flat":  # honest, and so crowded in three directions that single fakes are near by chance
        for points in (train, held_out, fake):
            points[:, 3:] = 0
    elif kind == "by chance":  # honest, and one single fake hits a training sample
        fake[0] = train[0]
    elif kind == "exact":
        fake = copied
    elif kind == "noisy":
        fake = copied + 0.1 * torch.randn(n, d, generator=random, dtype=torch.float64)
    elif kind == "few":
        fake = train[torch.randint(10, (n,), generator=random)]
    elif kind == "one in ten":
        fake = torch.cat([copied[: n // 10], fake[n // 10 :]])[torch.randperm(n, generator=random)]
    elif kind == "one in ten, noisy":
        noise = 0.1 * torch.randn(n // 10, d, generator=random, dtype=torch.float64)
        fake = torch.cat([copied[: n // 10] + noise, 1.6 * fake[n // 10 :]])[torch.randperm(n, generator=random)]
    unit = 10 ** _uniform(random, -1.5, 1.5)
    return unit * train, unit * held_out, unit * fake


_SUSPECTS = (
    "honest",
    "narrow",
    "wide",
    "collapsed",
    "rare",
    "flat",
    "by chance",
    "exact",
    "noisy",
    "few",
    "one in ten",
    "one in ten, noisy",
)


def _near(points: Tensor, others: Tensor) -> Tensor:
    return torch.cdist(points, others).min(1).values


def _to_itself(points: Tensor) -> Tensor:
    return torch.cdist(points, points).topk(2, largest=False).values[:, 1]


def _by(share: float, less: float) -> Callable[[Tensor, Tensor, Tensor], bool]:
    """Copies if the closest `share` of the fakes are much nearer to training samples than to others."""
    return lambda train, held, fake: bool(_near(fake, train).quantile(share) < less * _near(fake, held).quantile(share))


_ABSOLUTE = (
    "A fixed distance means something else in every unit. Compare: how near do fakes come to samples that nobody has "
    "learned from?"
)
_TYPICAL = (
    "You look at the typical fake. If one in ten is a copy, the typical one is honest: look at the closest twentieth."
)
_NEAREST_OF_REAL = (
    "You compare with how near held-out samples lie to training ones. A careful generator, that draws only safe "
    "samples, is nearer without copying anything, and one that draws wildly hides its copies: ask how near its fakes "
    "come to `held_out`."
)
_FLAGS_HONEST = (
    "Honest generators are flagged too: of two equal sets one is always a little nearer. Much nearer, say half the "
    "distance, is suspicious."
)

is_copying = Exercise(
    title="is_copying",
    inputs=_suspect,
    reference=_by(0.05, 0.5),
    mutants=(
        Mutant(
            lambda train, held, fake: False,
            "It never flags anybody. How near do fakes come to `train`, compared with `held_out`?",
        ),
        Mutant(
            lambda train, held, fake: True,
            "It flags everybody. An honest generator is as near to `held_out` as to `train`.",
        ),
        Mutant(
            lambda train, held, fake: frechet_distance(train, fake) < frechet_distance(train, held),
            "A Fréchet distance cannot see copies: many of them are as good as real by it, and few of them are far. "
            "Look at single fakes and their nearest neighbours.",
        ),
        Mutant(
            lambda train, held, fake: frechet_distance(train, fake) < 0.9 * frechet_distance(held, fake),
            "A Fréchet distance cannot see copies, whichever set you take it to. Look at single fakes and their "
            "nearest neighbours.",
        ),
        Mutant(
            lambda train, held, fake: frechet_distance(train, fake) < 0.5,
            "A Fréchet distance, and a fixed number for every unit: neither sees copies. Look at nearest neighbours.",
        ),
        Mutant(
            lambda train, held, fake: bool((_near(fake, train) < 1e-6).any()),
            "Only exact copies are caught. A copy with a little noise on it is a copy: compare distances instead of "
            "asking for zero.",
        ),
        Mutant(
            lambda train, held, fake: bool((fake[:, None] == train[None]).all(2).any()),
            "Only exact copies are caught. A copy with a little noise on it is a copy: compare distances instead of "
            "asking for zero.",
        ),
        *(
            Mutant(lambda train, held, fake, fixed=fixed: bool((_near(fake, train) < fixed).any()), _ABSOLUTE)
            for fixed in (0.1, 1.0)
        ),
        Mutant(lambda train, held, fake: bool(_near(fake, train).median() < 1.0), _ABSOLUTE),
        Mutant(_by(0.5, 0.5), _TYPICAL),
        Mutant(lambda train, held, fake: bool(_near(fake, train).mean() < 0.5 * _near(fake, held).mean()), _TYPICAL),
        *(
            Mutant(
                lambda train, held, fake, share=share: (
                    (_near(fake, train) < _near(fake, held)).double().mean().item() > share
                ),
                "The share of fakes that are nearer to a training sample: one copy in ten moves it by 0.05 only, and a "
                "collapsed generator may sit nearer to `train` by chance. *How much* nearer are the closest ones?",
            )
            for share in (0.55, 0.6)
        ),
        Mutant(
            lambda train, held, fake: bool(_near(fake, train).min() < _near(fake, held).min()),
            _FLAGS_HONEST,
        ),
        *(
            Mutant(
                lambda train, held, fake, other=other: bool(
                    _near(fake, train).quantile(0.05) < 0.5 * other(train, held).quantile(0.05)
                ),
                _NEAREST_OF_REAL,
            )
            for other in (lambda train, held: _near(held, train), lambda train, held: _to_itself(train))
        ),
        *(
            Mutant(
                lambda train, held, fake, less=less: bool((_near(fake, train) < less * _near(fake, held)).any()),
                "One single fake decides. Of hundreds one may be so near by chance: let the closest twentieth speak.",
            )
            for less in (0.5, 0.3)
        ),
        *(
            Mutant(
                lambda train, held, fake, less=less: bool(_near(fake, train).min() < less * _near(fake, held).min()),
                "The nearest single fake decides. Of hundreds one may be so near by chance: let the closest twentieth "
                "speak.",
            )
            for less in (0.5, 0.3)
        ),
        *(
            Mutant(
                lambda train, held, fake, rule=rule: bool(rule(_near(fake, train) / _near(fake, held))),
                "Fake by fake, one of two distances is much smaller now and then by chance, where there are few "
                "directions. Compare the closest twentieth of one with the closest twentieth of the other.",
            )
            for rule in (lambda ratio: ratio.quantile(0.05) < 0.5, lambda ratio: (ratio < 0.5).double().mean() > 0.05)
        ),
        Mutant(lambda train, held, fake: bool(_near(fake, train).mean() < _near(fake, held).mean()), _FLAGS_HONEST),
        Mutant(_by(0.05, 1.0), _FLAGS_HONEST),
        Mutant(
            lambda train, held, fake: bool(_near(fake, train).median() < 0.9 * _near(held, train).median()),
            _NEAREST_OF_REAL,
        ),
        Mutant(
            lambda train, held, fake: bool(_near(fake, train).quantile(0.05) < 0.8 * _near(held, train).quantile(0.05)),
            _NEAREST_OF_REAL,
        ),
        Mutant(
            lambda train, held, fake: bool(_near(train, fake).quantile(0.05) < 0.5 * _near(held, fake).quantile(0.05)),
            "You ask how near *training* samples come to a fake. If it copies only ten of them, most have no fake "
            "nearby: ask for each fake.",
        ),
        Mutant(
            lambda train, held, fake: not _by(0.05, 0.5)(train, held, fake),
            "The wrong way round: True if it copies.",
        ),
    ),
    trials=72,
)
