"""Exercises of notebook 10: pairs of words, a fair match, the best generator, sentences told apart, who is to blame."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganutils.data import icons
from ganutils.teaching import Exercise, Mutant


def _whole(random: torch.Generator, low: int, high: int) -> int:
    return int(torch.randint(low, high, (1,), generator=random).item())


def _uniform(random: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(1, generator=random, dtype=torch.float64).item())


def _beyond(out: Any, low: float, high: float) -> bool:
    """Whether it is one number, and too small or too large."""
    try:
        return not math.isnan(float(out)) and not low - 1e-6 <= float(out) <= high + 1e-6
    except (TypeError, ValueError, RuntimeError):
        return False


# --- pairs of words


def words_of(sentence: str) -> list[str]:
    """The words of a sentence in lower case, as the notebook reads them: runs of letters."""
    return re.findall("[a-z]+", sentence.lower())


def _sentences(random: torch.Generator) -> tuple[list[str], list[str]]:
    """A caption and one or two other sentences about its icon; pairs that stand in them, and pairs that nearly do."""
    kind, colour, ground = (_whole(random, 0, len(names)) for names in (icons.KINDS, icons.COLOURS, icons.GROUNDS))
    large = _whole(random, 0, 2) == 1
    plain = icons.caption(
        _whole(random, 0, len(icons.WORDINGS)), kind=kind, colour=colour, ground=ground, large=large,
    )  # fmt: skip
    k, c, g = list(icons.KINDS)[kind], list(icons.COLOURS)[colour], list(icons.GROUNDS)[ground]
    s = list(icons.SIZES)[large]
    twice = (f"{c}, {c}, {c} {k} and a {s} {c} {k}!", f"two infra{c} {k}s on {g}")
    others = (
        *twice, *twice, f"{c} {k} on {g}", f"{g} {k} on {c}", plain.title(), f"A {s} {k} in {c.upper()}", "", k,
        f"a {s}, shiny {c}, old {k}", f"{s}-{c} {k}: {g} background.", f"{c} {k} ({k} in {c})",
    )  # fmt: skip
    sentences = [plain, *(others[_whole(random, 0, len(others))] for _ in range(_whole(random, 1, 3)))]
    near: set[tuple[str, str]] = set()
    for words in map(words_of, sentences):
        near.update(itertools.pairwise(words))
        near.update(zip(words[1:], words, strict=False))
        near.update(zip(words, words[2:], strict=False))
        near.update([(words[-1], words[0])] if words else [])
    always = {(c, k), (c, c)} & (near | {(c, k)})
    candidates = sorted(near - always)
    some = torch.randperm(len(candidates), generator=random)[: 5 - len(always)].tolist()
    vocabulary = sorted(" ".join(pair) for pair in [*always, *(candidates[place] for place in some)])
    order = torch.randperm(len(sentences), generator=random).tolist()
    return [sentences[place] for place in order], vocabulary


Pairs = Callable[[list[str]], Iterable[tuple[str, str]]]


def _table(count: Callable[[str, str], float]) -> Callable[[list[str], list[str]], Tensor]:
    """A row for each sentence, a column for each pair."""
    return lambda sentences, vocabulary: torch.tensor(
        [[float(count(sentence, pair)) for pair in vocabulary] for sentence in sentences], dtype=torch.float64
    )


def _beside(
    *, words: Callable[[str], list[str]] = words_of, pairs: Pairs = itertools.pairwise
) -> Callable[[str, str], float]:
    return lambda sentence, pair: sum(f"{first} {second}" == pair for first, second in pairs(words(sentence)))


def _turned(pair: str) -> str:
    return " ".join(reversed(pair.split()))


def _both(sentence: str, pair: str) -> list[int]:
    return [words_of(sentence).count(word) for word in pair.split()]


def _known_alone(sentences: list[str], vocabulary: list[str]) -> Tensor:
    """Words that the vocabulary does not hold are dropped before anybody has neighbours."""
    known = set(" ".join(vocabulary).split())
    return _table(_beside(words=lambda sentence: [word for word in words_of(sentence) if word in known]))(
        sentences, vocabulary
    )


def _stops_at_unknown(sentences: list[str], vocabulary: list[str]) -> Tensor:
    place = {pair: column for column, pair in enumerate(vocabulary)}
    counts = torch.zeros(len(sentences), len(vocabulary))
    for row, sentence in zip(counts, sentences, strict=True):
        for pair in itertools.pairwise(words_of(sentence)):
            row[place[" ".join(pair)]] += 1
    return counts


def _joined(sentence: str) -> str:
    return " ".join(words_of(sentence))


pairs_in = Exercise(
    title="pairs_in",
    inputs=_sentences,
    reference=_table(_beside()),
    mutants=(
        *(
            Mutant(
                _table(count),
                "You ask whether both words are somewhere in the sentence: that is what a bag knows already. *Navy "
                "heart on red* holds them too. They must stand next to each other.",
            )
            for count in (
                lambda sentence, pair: min(_both(sentence, pair)) > 0,
                lambda sentence, pair: min(_both(sentence, pair)),
                lambda sentence, pair: math.prod(_both(sentence, pair)),
                _beside(pairs=lambda words: itertools.combinations(words, 2)),
                lambda sentence, pair: all(word in sentence.lower() for word in pair.split()),
            )
        ),
        Mutant(
            _table(lambda sentence, pair: sum(_beside()(sentence, one) for one in {pair, _turned(pair)})),
            "You count a pair in either order. The order is what a bag has lost: keep it.",
        ),
        Mutant(
            _table(_beside(pairs=lambda words: zip(words[1:], words, strict=False))),
            "The order is turned round: the first word of the pair stands *before* the second.",
        ),
        Mutant(
            _table(lambda sentence, pair: sentence.lower().count(pair)),
            "You look for the pair's letters in the sentence's letters. A comma hides a pair from you, and *infrared "
            "hearts* seem to hold a red heart. Split into words first.",
        ),
        *(
            Mutant(
                _table(_beside(words=words)),
                "A word keeps the mark that stands at it: *small,* is not *small*. Words are runs of letters, and any "
                "mark may stand between them: words_of(sentence).",
            )
            for words in (
                lambda sentence: sentence.lower().split(),
                lambda sentence: sentence.lower().replace(",", "").split(),
                lambda sentence: sentence.lower().replace(",", " ").split(),
            )
        ),
        *(
            Mutant(
                _table(_beside(words=words)),
                "A mark may be all that parts two words. With you *small-yellow* is one word, and neither *small* nor "
                "*yellow* is found in it: words end at a hyphen as well.",
            )
            for words in (
                lambda sentence: re.sub("[^a-z ]", "", sentence.lower()).split(),
                lambda sentence: re.findall("[a-z-]+", sentence.lower()),
            )
        ),
        Mutant(
            _table(lambda sentence, pair: _joined(sentence).count(pair)),
            "Inside longer words you find pairs that nobody said: *infrared hearts* are no red heart. And count() uses "
            "each letter once. Compare whole words, two neighbours at a time.",
        ),
        *(
            Mutant(
                _table(count),
                "What one find has used up, the next one lacks: *red red red* holds *red red* twice. Go from neighbour "
                "to neighbour instead of searching a string.",
            )
            for count in (
                lambda sentence, pair: f" {_joined(sentence)} ".count(f" {pair} "),
                lambda sentence, pair: len(re.findall(rf"\b{pair}\b", _joined(sentence))),
            )
        ),
        *(
            Mutant(
                _table(_beside(words=words)),
                "Capitals: *Red Heart* is a red heart. First everything in lower case, then the words.",
            )
            for words in (
                lambda sentence: re.findall("[a-z]+", sentence),
                lambda sentence: re.findall("[A-Za-z]+", sentence),
            )
        ),
        Mutant(
            _table(lambda sentence, pair: min(1.0, _beside()(sentence, pair))),
            "You say *whether* a pair is there. Asked is how often: one that comes twice counts 2.",
        ),
        Mutant(
            _table(_beside(pairs=lambda words: zip(words[::2], words[1::2], strict=False))),
            "You cut the sentence into twos: words 0 and 1, then 2 and 3. Words 1 and 2 are neighbours as well.",
        ),
        Mutant(
            _table(_beside(pairs=lambda words: itertools.pairwise(words[:-1]))),
            "The last pair of a sentence is missing: n words have n - 1 pairs.",
        ),
        Mutant(
            _table(_beside(pairs=lambda words: zip(words[-1:] + words[:-1], words, strict=True))),
            "The last word of a sentence is no neighbour of its first. `words[i - 1]` with i = 0 is the last one: "
            "start at 1.",
        ),
        Mutant(
            _known_alone,
            "You drop unknown words first, and so words become neighbours that were not. Look at pairs of all words, "
            "then ignore the *pairs* that the vocabulary lacks.",
        ),
        Mutant(
            _table(
                lambda sentence, pair: sum(_beside()(part, pair) for part in re.split("[^a-z ]+", sentence.lower()))
            ),
            "With you a comma parts two words. In *a small, red heart* small and red are neighbours.",
        ),
        Mutant(
            _stops_at_unknown,
            "Sentences hold pairs that the vocabulary does not: ignore them. Ask `if pair in place` first.",
        ),
        Mutant(
            _table(lambda sentence, pair: 0),
            "Nothing is ever found. An entry of this vocabulary is *one* string, two words with a space between: "
            "neither a tuple (first, second) nor a single word, as `bags` looks it up, is in it.",
        ),
        Mutant(
            lambda sentences, vocabulary: _table(_beside())(sentences, vocabulary).sum(0),
            "You added up all sentences. A row for each of them is asked for: (sentences, pairs).",
        ),
    ),
    trials=50,
)


# --- a fair match


def _batch_with_twins(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two columns at least hold one sentence, one stands alone; now and then the scores are enormous."""
    n = _whole(random, 5, 9)
    names = 10 + torch.randperm(80, generator=random)[:5]  # a name is no column
    picks = torch.cat([torch.tensor([0, 0, 1]), torch.randint(2, 5, (n - 3,), generator=random)])
    sentence = names[picks[torch.randperm(n, generator=random)]]
    scores = 1.5 * torch.randn(n, n, generator=random, dtype=torch.float64)
    kind = _whole(random, 0, 5)
    return (1000 * scores if kind == 0 else scores + 1000 if kind == 1 else scores), sentence


def _right(sentence: Tensor) -> Tensor:
    return sentence[:, None] == sentence


def _own(sentence: Tensor) -> Tensor:
    return torch.eye(len(sentence), dtype=torch.bool)


def _together(logs: Tensor, which: Tensor, dim: int = 1) -> Tensor:
    """The logarithm of the sum of the exponentials, over some columns only."""
    return logs.masked_fill(~which, -math.inf).logsumexp(dim)


def _fair(scores: Tensor, sentence: Tensor, dim: int = 1) -> Tensor:
    return -_together(scores.log_softmax(dim), _right(sentence), dim)


def _chance(scores: Tensor, sentence: Tensor, dim: int = 1) -> Tensor:
    return (scores.softmax(dim) * _right(sentence)).sum(1)


def _shares(sentence: Tensor) -> Tensor:
    return _right(sentence) / _right(sentence).sum(1, keepdim=True)


Merge = Callable[[Tensor], Tensor]


def _columns_merged(scores: Tensor, sentence: Tensor, merge: Merge) -> Tensor:
    """Each sentence's scores become one, and the pictures choose among sentences that differ."""
    names, own = sentence.unique(return_inverse=True)
    return F.cross_entropy(torch.stack([merge(scores[:, sentence == name]) for name in names], 1), own)


def _columns_levelled(scores: Tensor, sentence: Tensor, merge: Merge) -> Tensor:
    """The same, but the columns remain: twins have the same score, and only the own one is right."""
    level = torch.stack([merge(scores[:, sentence == name]) for name in sentence], 1)
    return F.cross_entropy(level, torch.arange(len(level)))


def _over_table(scores: Tensor) -> Tensor:
    """The logarithm of a softmax over all cells at once."""
    return scores - scores.flatten().logsumexp(0)


_MERGED: tuple[tuple[Merge, str], ...] = (
    (
        lambda s: s.mean(1),
        "You give a sentence the *mean* of its columns' scores, and so two equal bets weigh no more than one. It is "
        "not the scores that add up but the probabilities: softmax first.",
    ),
    (
        lambda s: s.sum(1),
        "You give a sentence the *sum* of its columns' scores. A sum of scores is a product of exponentials: twins of "
        "score 3 weigh exp(6), not 2 exp(3). Add up what comes after the exponential.",
    ),
    (
        lambda s: s.amax(1),
        "You give a sentence the *highest* of its columns' scores: what the picture bets on the other twins is lost, "
        "and it is a right bet too.",
    ),
)

_KEEP_LOGS = (
    "Right for small scores. exp(1000) is infinite and exp(-1000) is 0, and then the logarithm is lost: stay with "
    "logarithms, log_softmax and logsumexp."
)

fair_match = Exercise(
    title="fair_match",
    inputs=_batch_with_twins,
    reference=lambda s, c: _fair(s, c).mean(),
    properties=(
        ("Minus the logarithm of a probability is never negative.", lambda out, s, c: not _beyond(out, 0, math.inf)),
    ),
    mutants=(
        Mutant(
            lambda s, c: torch.stack([_fair(s, c)[c == one].mean() for one in c.unique()]).mean(),
            "You average over sentences, so that a rare one counts as much as a frequent one. Every *picture* counts.",
        ),
        Mutant(
            lambda s, c: F.cross_entropy(s, torch.arange(len(s))),
            "You take a picture's own column for the only right one. Where the same sentence stands twice, its twin "
            "is as right, and you punish it.",
        ),
        Mutant(
            lambda s, c: F.cross_entropy(s, c),
            "`sentence` holds numbers of sentences, not of columns. Which columns bear the same number as the "
            "picture's own? `sentence[:, None] == sentence`.",
        ),
        Mutant(
            lambda s, c: (s.logsumexp(1) - s.masked_fill(_right(c), -math.inf).logsumexp(1)).mean(),
            "Your mask is turned round: the wrong columns are left, and the right ones are gone. Set those that are "
            "*not* right to -inf: `~`.",
        ),
        Mutant(
            lambda s, c: F.cross_entropy(s, _right(c).int().argmax(1)),
            "You take the *first* of the right columns only. The others that bear its number are as right.",
        ),
        *(
            Mutant(
                lambda s, c, share=share: -(s.log_softmax(1) * share(c)).sum(1).mean(),
                "You add up logarithms over the right columns, so that *each* of them must be probable. One will do: "
                "add up the probabilities, then take the logarithm.",
            )
            for share in (_shares, _right)
        ),
        Mutant(
            lambda s, c: (_fair(s, c) + _right(c).sum(1).log()).mean(),
            "You average the probabilities of the right columns. What they have together is their sum.",
        ),
        Mutant(
            lambda s, c: -s.log_softmax(1).masked_fill(~_right(c), -math.inf).amax(1).mean(),
            "You take the most probable of the right columns. What they have together is their sum.",
        ),
        *(
            Mutant(lambda s, c, join=join, merge=merge: join(s, c, merge), hint)
            for merge, hint in _MERGED
            for join in (_columns_merged, _columns_levelled)
        ),
        Mutant(
            lambda s, c: -s.log_softmax(1)[_right(c)].mean(),
            "You average over all right cells of the table: each must be probable by itself, and a sentence that "
            "stands three times counts nine times. First one number for each picture.",
        ),
        *(
            Mutant(
                answer,
                "Binary cross entropy asks every cell for itself, yes or no, the wrong ones too. Here a whole row is "
                "one question: how probable is it that the bet falls on a right column?",
            )
            for answer in (
                lambda s, c: F.binary_cross_entropy_with_logits(s, _right(c).double()),
                lambda s, c: F.binary_cross_entropy_with_logits(s, _right(c).double(), reduction="sum") / len(s),
                lambda s, c: F.binary_cross_entropy(s.softmax(1), _right(c).double()),
                lambda s, c: F.binary_cross_entropy(s.sigmoid(), _right(c).double()),
            )
        ),
        *(
            Mutant(
                answer,
                "Your softmax goes over the whole table: all pictures share one bet. Each has a bet of its own, and "
                "every *row* of probabilities adds up to 1.",
            )
            for answer in (
                lambda s, c: -_together(_over_table(s), _right(c)).mean(),
                lambda s, c: -_over_table(s)[_right(c)].logsumexp(0),
                lambda s, c: -_over_table(s)[_right(c)].mean(),
                lambda s, c: -_over_table(s).diag().mean(),
                lambda s, c: -(s.flatten().softmax(0).view_as(s) * _right(c)).sum(1).log().mean(),
            )
        ),
        *(
            Mutant(
                answer,
                "You go down the columns: which picture is it of, for a sentence? Here each *picture* chooses among "
                "sentences: the softmax goes over the row, dim=1.",
            )
            for answer in (
                lambda s, c: _fair(s, c, 0).mean(),
                lambda s, c: -_together(s.log_softmax(0), _right(c)).mean(),
                lambda s, c: -_chance(s, c, 0).log().mean(),
            )
        ),
        Mutant(
            lambda s, c: (_fair(s, c).mean() + _fair(s, c, 0).mean()) / 2,
            "You average both directions, as `matching` does. Here only the pictures choose: rows alone.",
        ),
        Mutant(lambda s, c: _fair(s, c).sum(), "The sum over the pictures; their mean is asked for."),
        *(
            Mutant(answer, "That is about the probability itself. Minus its logarithm is asked for, then the mean.")
            for answer in (
                lambda s, c: _chance(s, c).mean(),
                lambda s, c: -_chance(s, c).mean(),
                lambda s, c: (1 - _chance(s, c)).mean(),
            )
        ),
        Mutant(
            lambda s, c: -_chance(s, c).mean().log(),
            "You average the probabilities over the pictures, then take the logarithm. Each picture has its own: "
            "logarithm first, mean last.",
        ),
        *(
            Mutant(
                answer,
                "You count the twins without the column itself: where a sentence stands alone nothing is left. The own "
                "column is a right answer too.",
            )
            for answer in (
                lambda s, c: -_together(s.log_softmax(1), _right(c) & ~_own(c)).mean(),
                lambda s, c: -(s.softmax(1) * (_right(c) & ~_own(c))).sum(1).log().mean(),
            )
        ),
        Mutant(
            lambda s, c: (_together(s, ~_right(c) | _own(c)) - s.diag()).mean(),
            "You take the twins out of the race. That is kind to them but says nothing of their probability, and it is "
            "right too: add it to that of the own column.",
        ),
        Mutant(
            lambda s, c: (_together(s, ~_right(c)) - _together(s, _right(c))).mean(),
            "You divide by the *wrong* columns alone: those are odds. A softmax divides by all of them.",
        ),
        *(
            Mutant(answer, "Scores are no probabilities: first a softmax over the row divides by all columns.")
            for answer in (
                lambda s, c: -(s * _right(c)).sum(1).mean(),
                lambda s, c: -(s * _shares(c)).sum(1).mean(),
                lambda s, c: -_together(s, _right(c)).mean(),
            )
        ),
        *(
            Mutant(
                lambda s, c, logs=logs: (s.logsumexp(1) - logs(s, c)).mean(),
                "A product with 0 leaves a 0, and exp(0) is 1: the wrong columns still count. Before a logsumexp they "
                "must be -inf: masked_fill.",
            )
            for logs in (
                lambda s, c: (s * _right(c)).logsumexp(1),
                lambda s, c: s.logsumexp(1) + (s.log_softmax(1) * _right(c)).logsumexp(1),
            )
        ),
        *(
            Mutant(answer, _KEEP_LOGS)
            for answer in (
                lambda s, c: -_chance(s, c).log().mean(),
                lambda s, c: -((s.exp() * _right(c)).sum(1) / s.exp().sum(1)).log().mean(),
                lambda s, c: ((s.exp().sum(1)).log() - (s.exp() * _right(c)).sum(1).log()).mean(),
            )
        ),
        *(
            Mutant(
                lambda s, c, small=small, keep=keep: -keep(_chance(s, c), small).log().mean(),
                "A small number, or a clamp, against log 0 cuts off what a bad picture costs: -log p may be 1000. Stay "
                "with logarithms, log_softmax and logsumexp.",
            )
            for small in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
            for keep in (torch.add, lambda p, small: p.clamp(min=small))
        ),
    ),
    trials=30,
)


# --- the best generator


def _joint(random: torch.Generator) -> tuple[Tensor, float]:
    """A joint table in which no sentence makes a picture too improbable, so that the answer is never negative."""
    n, m = _whole(random, 3, 7), _whole(random, 2, 6)
    base, lift = (torch.rand(n, k, generator=random, dtype=torch.float64) for k in (1, m))
    given = (base + 0.2) * (lift + 0.6)
    often = torch.rand(m, generator=random, dtype=torch.float64) + 0.15
    p = given / given.sum(0) * often / often.sum()
    if _uniform(random, 0, 1) < 0.2:  # no wrong sentences at all, and a picture that does not go with one of them
        p[_whole(random, 0, n), _whole(random, 0, m)] = 0
        return p / p.sum(), 0.0
    most = float((_given(p) / _alone(p)).min())
    return p, most * _uniform(random, 0.4, 0.98)


def _given(p: Tensor) -> Tensor:
    """p(x | c), a column for each sentence."""
    return p / p.sum(0)


def _alone(p: Tensor) -> Tensor:
    """p(x), as one column."""
    return p.sum(1, keepdim=True)


def _power(p: Tensor, w: float) -> Tensor:
    """Guidance's way: the logarithms are mixed, not the probabilities."""
    return ((_given(p).log() - w * _alone(p).log()) / (1 - w)).softmax(0)


best_generator = Exercise(
    title="best_generator",
    inputs=_joint,
    reference=lambda p, w: (_given(p) - w * _alone(p)) / (1 - w),
    properties=(
        (
            "What G draws for a sentence adds up to 1: check the sums of your columns.",
            lambda out, p, w: bool(((torch.as_tensor(out).sum(0) - 1).abs() < 1e-4).all()),
        ),
    ),
    mutants=(
        Mutant(
            lambda p, w: _given(p) + w / (1 - w) * (_alone(p) - _given(p)),
            "The sign of the last step: G goes *away* from what all pictures are like, not towards it.",
        ),
        Mutant(
            lambda p, w: (p - w * _alone(p) * p.sum(0)) / (1 - w),
            "That is the joint table q(x, c). Divide each column by p(c): what G draws *for a sentence* adds up to 1.",
        ),
        Mutant(
            lambda p, w: (p / _alone(p) - w * p.sum(0)) / (1 - w),
            "Your rows add up to 1: that is q(c | x), which sentence goes with a picture. G is asked for pictures: "
            "columns add up to 1, so divide by p(c) and take off p(x).",
        ),
        Mutant(
            lambda p, w: 2 * _given(p) - _alone(p),
            "That is the answer for w = 1/2, derived above. Solve (1 - w) q + w r = p with w as it is given.",
        ),
        Mutant(
            lambda p, w: _given(p),
            "That is p(x | c), what a G without wrong sentences learns: w = 0. With them D takes p(x) p(c) for wrong, "
            "and G makes up for it.",
        ),
        Mutant(
            lambda p, w: _given(p) - w * _alone(p),
            "Your columns add up to 1 - w: (1 - w) q is not yet q.",
        ),
        Mutant(
            lambda p, w: _given(p) + w * (_given(p) - _alone(p)),
            "The direction is right, away from p(x); the step, w times the difference, is too short. For w = 1/2 it "
            "was a whole difference. Put your q into (1 - w) q + w r = p.",
        ),
        Mutant(
            lambda p, w: _given(p) + 2 * w * (_given(p) - _alone(p)),
            "A step of 2 w differences fits w = 0 and w = 1/2, nothing else. The fewer of the wrong pairs are G's own, "
            "the further it must go: near w = 1 beyond all bounds.",
        ),
        *(
            Mutant(
                lambda p, w, over=over: (_given(p) + w * _alone(p)) / over(w),
                "The sign: in (1 - w) q + w r = p the wrong pairs stand on q's side. On the other they are taken off.",
            )
            for over in (lambda w: 1 - w, lambda w: 1 + w, lambda w: 1)
        ),
        Mutant(
            lambda p, w: (1 - w) * _given(p) + w * _alone(p),
            "You mix p(x) *into* p(x | c). It is the other way round: q mixed with p(x) gives p(x | c), so q goes "
            "beyond it.",
        ),
        *(
            Mutant(
                answer,
                "You take every sentence for equally frequent. They are not: p(c) is the sum of column c.",
            )
            for answer in (
                lambda p, w: (p.shape[1] * p - w * _alone(p)) / (1 - w),
                lambda p, w: (_given(p) - w * _alone(p) / p.shape[1] / p.sum(0)) / (1 - w),
                lambda p, w: (_given(p) - w * _given(p).mean(1, keepdim=True)) / (1 - w),
            )
        ),
        Mutant(
            lambda p, w: (_given(p) - w * _alone(p) / p.sum(0)) / (1 - w),
            "p(c) is missing in r: a real picture and an independently drawn sentence have p(x) p(c).",
        ),
        Mutant(
            lambda p, w: (_given(p) - w / p.shape[0]) / (1 - w),
            "You take every picture for equally frequent. p(x) is the sum of row x.",
        ),
        Mutant(
            lambda p, w: (_given(p) - w * _alone(p) * p.sum(0)) / (1 - w),
            "Two different things are subtracted: p(x | c) is divided by p(c) already, r(x, c) is not yet.",
        ),
        Mutant(
            lambda p, w: (_given(p) - (1 - w) * _alone(p)) / w,
            "The weights are exchanged: wrong sentences weigh w, generated pairs 1 - w.",
        ),
        *(
            Mutant(
                answer,
                "No softmax: these are probabilities already, and solved for q the columns add up to 1 by themselves.",
            )
            for answer in (
                lambda p, w: ((p - w * _alone(p) * p.sum(0)) / (1 - w)).softmax(0),
                lambda p, w: ((_given(p) - w * _alone(p)) / (1 - w)).softmax(0),
            )
        ),
        Mutant(
            _power,
            "You subtract logarithms, as guidance does. Here the probabilities themselves are mixed: (1 - w) q + w r "
            "= p.",
        ),
    ),
)


# --- sentences told apart


def _two_means(random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Two means and the logarithm of the common variance; some agree, and some lie far apart."""
    k = _whole(random, 1, 7)
    first, direction = torch.randn(2, k, generator=random, dtype=torch.float64)
    log_variance = 1.2 * torch.randn(k, generator=random, dtype=torch.float64)
    kind = _whole(random, 0, 6)
    if kind == 0:
        return first, first.clone(), log_variance
    apart = 60.0 if kind == 1 else _uniform(random, 0.5, 2.5)
    return first, first + direction * apart / direction.norm(), log_variance


def _phi(x: Tensor) -> Tensor:
    return torch.special.ndtr(x)


def _apart(m_1: Tensor, m_2: Tensor, v: Tensor) -> Tensor:
    """d, in standard deviations."""
    return ((m_1 - m_2).square() / v.exp()).sum().sqrt()


def _by_nearest_mean(m_1: Tensor, m_2: Tensor, v: Tensor) -> Tensor:
    """How often the guesser is right who names the sentence whose mean lies nearer, whatever the variances."""
    gap = m_1 - m_2
    spread = (gap.square() * v.exp()).sum().sqrt()
    return _phi(gap.square().sum() / (2 * spread)) if spread > 0 else torch.tensor(0.5, dtype=gap.dtype)


told_apart = Exercise(
    title="told_apart",
    inputs=_two_means,
    reference=lambda a, b, v: _phi(_apart(a, b, v) / 2),
    properties=(
        (
            "Blindly he is right every other time, and never more often than always: between 0.5 and 1.",
            lambda out, a, b, v: not _beyond(out, 0.5, 1),
        ),
    ),
    mutants=(
        Mutant(
            lambda a, b, v: _phi((a - b).norm() / (v / 2).exp().mean() / 2),
            "One sigma for all, the mean of them. Divide each dimension by its own, *before* the norm.",
        ),
        Mutant(
            lambda a, b, v: _phi((a - b).norm() / (v.mean() / 2).exp() / 2),
            "One sigma for all, a geometric mean of them. Divide each dimension by its own, *before* the norm.",
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, v)),
            "You divide the whole distance between the means. The guesser changes his mind half-way: from a mean to "
            "that border it is d / 2.",
        ),
        Mutant(
            lambda a, b, v: 2 * _phi(_apart(a, b, v) / 2) - 1,
            "That is the total variation, or erf without its 1 and its half: 0 for equal means. Who sees nothing is "
            "still right every other time.",
        ),
        Mutant(
            lambda a, b, v: 1 - _phi(_apart(a, b, v) / 2),
            "That is the chance that he is wrong.",
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, v).square() / 2),
            "d is the *root* of that sum.",
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, v) / math.sqrt(2)),
            "d over the root of 2. Phi(x) is (1 + erf(x / √2)) / 2, and x is d / 2: both belong in. (Without a half it "
            "is another question: who sees a draw of *each* sentence, and says which is which.)",
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, v) / math.sqrt(8)),
            "A root of 2 too many. Two draws differ by noise of sigma times √2, but he sees *one*, and knows the means "
            "exactly. (By erf: Phi(x) is (1 + erf(x / √2)) / 2, with one √2.)",
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, v).square() / 4),
            "Phi is asked how many standard deviations away the border is, a length. You give it the square of that "
            "length.",
        ),
        *(
            Mutant(
                lambda a, b, v, change=change: _phi(_apart(a, b, change(v)) / 2),
                "log_variance is the logarithm of sigma *squared*: the variance is its exponential.",
            )
            for change in (
                lambda v: 2 * v,
                lambda v: v.square().log(),
                lambda v: v.abs().log(),
                lambda v: v.log(),
                lambda v: v / 2,
            )
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, -v) / 2),
            "You multiply with the variance. Noise hides a difference: divide by it.",
        ),
        *(
            Mutant(
                answer,
                "The spread is missing: the same two means are far apart if sigma is small, and lost in the noise if "
                "it is large. Each difference is divided by its sigma.",
            )
            for answer in (
                lambda a, b, v: _phi((a - b).norm() / 2),
                lambda a, b, v: _phi((a - b).norm()),
            )
        ),
        Mutant(
            lambda a, b, v: _phi(_apart(a, b, v) / 2 / math.sqrt(len(a))),
            "You average over the dimensions. Each one tells the guesser something more: the squares add up.",
        ),
        Mutant(
            lambda a, b, v: _phi((a - b).norm() / v.exp().mean().sqrt() / 2),
            "One sigma for all dimensions: a difference counts for more where the noise is small. Divide first, each "
            "by its own, then add up.",
        ),
        Mutant(
            lambda a, b, v: _phi((a - b).norm() / v.exp().sum().sqrt() / 2),
            "One sigma for all dimensions: a difference counts for more where the noise is small. Divide first, each "
            "by its own, then add up.",
        ),
        Mutant(
            _by_nearest_mean,
            "So often he is right who names the *nearer* mean. The best guesser trusts a dimension the more, the less "
            "noise it has: divide each difference by its sigma first.",
        ),
        Mutant(
            lambda a, b, v: _phi(((a - b).abs() / (v / 2).exp()).amax() / 2),
            "You use the dimension that tells most. The others tell something as well: their squares add up.",
        ),
        Mutant(
            lambda a, b, v: _phi(((a - b).abs() / (v / 2).exp()).sum() / 2),
            "Distances in different directions do not add up; their *squares* do (Pythagoras).",
        ),
        *(
            Mutant(
                answer,
                "Signs cancel in that sum: a difference tells him something whether it is positive or negative. Add up "
                "squares.",
            )
            for answer in (
                lambda a, b, v: _phi(((a - b) / (v / 2).exp()).sum() / 2),
                lambda a, b, v: _phi(((b - a) / (v / 2).exp()).sum() / 2),
                lambda a, b, v: _phi(((b - a) / (v / 2).exp()).sum().abs() / 2),
            )
        ),
        Mutant(
            lambda a, b, v: _phi((a - b).abs() / (v / 2).exp() / 2),
            "That is a chance for each dimension alone. He sees them all: add up the squares, then one Phi.",
        ),
        *(
            Mutant(
                lambda a, b, v, join=join: join(_phi((a - b).abs() / (v / 2).exp() / 2)),
                "Chances of single dimensions, joined. They do not combine like that: add up the squared differences, "
                "then one Phi.",
            )
            for join in (torch.mean, torch.prod, lambda p: 1 - (1 - p).prod())
        ),
        *(
            Mutant(
                answer,
                "A sigmoid is not the normal distribution function, though they look alike: torch.special.ndtr, or "
                "math.erf.",
            )
            for answer in (
                lambda a, b, v: torch.sigmoid(_apart(a, b, v) / 2),
                lambda a, b, v: torch.sigmoid(_apart(a, b, v)),
                lambda a, b, v: torch.sigmoid(_apart(a, b, v).square() / 2),
                lambda a, b, v: torch.sigmoid(0.85 * _apart(a, b, v)),
                lambda a, b, v: torch.sigmoid(1.702 * _apart(a, b, v) / 2),
            )
        ),
        *(
            Mutant(
                answer,
                "An exponential of the distance measures how the two overlap, and bounds the chance. The chance itself "
                "is a share of a normal distribution, so a Phi.",
            )
            for answer in (
                lambda a, b, v: torch.exp(-_apart(a, b, v)),
                lambda a, b, v: 1 - torch.exp(-_apart(a, b, v)),
                lambda a, b, v: 1 - torch.exp(-_apart(a, b, v)) / 2,
                lambda a, b, v: torch.exp(-_apart(a, b, v).square() / 8),
                lambda a, b, v: 1 - torch.exp(-_apart(a, b, v).square() / 8) / 2,
            )
        ),
    ),
    trials=30,
)


# --- who is to blame


def _read(random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Whole pictures fail more often than chance has it; now and then an attribute is never right, or two are not."""
    n, choices = _whole(random, 12, 41), torch.tensor([32, 8, 4, 2, 5][: _whole(random, 3, 6)])
    k = len(choices)
    asked = (torch.rand(n, k, generator=random) * choices).long()
    wrong = (asked + 1 + (torch.rand(n, k, generator=random) * (choices - 1)).long()) % choices
    share = 0.55 + 0.4 * torch.rand(k, generator=random)
    share[torch.randperm(k, generator=random)[: (0, 0, 0, 1, 2)[_whole(random, 0, 5)]]] = 0
    share = share * (0.5 + 0.5 * (torch.rand(n, 1, generator=random) < 0.8))
    return asked, torch.where(torch.rand(n, k, generator=random) < share, asked, wrong)


def _others(right: Tensor) -> Tensor:
    """(n, k): whether all attributes but this one are right."""
    return right.sum(1, keepdim=True) - right.long() == right.shape[1] - 1


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """Of the pictures in `whole` those in `part`, column by column; nan where there are none."""
    return (part & whole).sum(0) / whole.sum(0).double()


def _of(answer: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """An answer from the table of what is right."""
    return lambda asked, answered: answer(asked == answered)


def _blame(right: Tensor) -> Tensor:
    return _share(right, _others(right))


def _all(right: Tensor) -> Tensor:
    return right.all(1, keepdim=True).expand_as(right)


def _earlier(right: Tensor) -> Tensor:
    """Whether all attributes before this one are right."""
    before = right.long().cumprod(1) == 1
    return torch.cat([torch.ones(len(right), 1, dtype=torch.bool), before[:, :-1]], 1)


blame = Exercise(
    title="blame",
    inputs=_read,
    reference=_of(_blame),
    mutants=(
        Mutant(
            _of(lambda right: right.double().mean(0)),
            "That is the share right among *all* pictures. Where everything is wrong at once each attribute is "
            "blamed: look only at pictures in which the others are right.",
        ),
        *(
            Mutant(
                _of(answer),
                "That is the share that is *wrong*. Asked is the share in which it is right.",
            )
            for answer in (lambda right: 1 - right.double().mean(0), lambda right: 1 - _blame(right))
        ),
        Mutant(
            _of(lambda right: right[right.any(1)].double().mean(0)),
            "You drop only the pictures in which *everything* is wrong. One with two mistakes stays in, and each of "
            "the two is blamed though another is wrong as well.",
        ),
        Mutant(
            _of(lambda right: (right & _others(right)).double().mean(0)),
            "You divide by all pictures, and so each attribute gets the same number: the share with everything right. "
            "Divide by how many have the *others* right.",
        ),
        Mutant(
            _of(lambda right: right.all(1).double().mean()),
            "That is the share with everything right, one number. Which attribute is it that spoils the rest? One "
            "number for each.",
        ),
        *(
            Mutant(
                _of(answer),
                "A product of shares holds if attributes fail independently of each other. Here whole pictures fail: "
                "count.",
            )
            for answer in (
                lambda right: right.double().mean(0).prod(),
                lambda right: right.double().mean(0).prod().expand(right.shape[1]),
                lambda right: right.all(1).double().mean() / (right.double().mean(0).prod() / right.double().mean(0)),
            )
        ),
        Mutant(
            _of(lambda right: _blame(right).nan_to_num()),
            "Where no picture has all the others right you give 0, which says *never right*. Nothing was measured: "
            "nan.",
        ),
        Mutant(
            _of(lambda right: _blame(right).nan_to_num(1)),
            "Where no picture has all the others right you give 1, which says *always right*. Nothing was measured: "
            "nan.",
        ),
        Mutant(
            _of(lambda right: _share(_others(right), right)),
            "The wrong way round: among those with this attribute right, you give the share with all others right.",
        ),
        Mutant(
            _of(lambda right: _share(right, ~_others(right))),
            "You look at pictures in which another attribute is wrong. There one cannot tell who spoiled what: take "
            "those in which all others are right.",
        ),
        Mutant(
            _of(lambda right: _share(right, right.sum(1, keepdim=True) - right.long() > 0)),
            "One other attribute that is right is not enough: *all* the others.",
        ),
        *(
            Mutant(
                _of(answer),
                "You look at the pictures that failed, and at what is wrong in them. Asked is how often an attribute "
                "is right where only itself can fail.",
            )
            for answer in (
                lambda right: (~right & _others(right)).sum(0) / (right.sum(1) == right.shape[1] - 1).sum().double(),
                lambda right: (~right & _others(right)).sum(0) / (~right.all(1)).sum().double(),
                lambda right: _share(~right, ~_all(right)),
            )
        ),
        Mutant(
            _of(lambda right: _share(right, _all(right))),
            "You ask that *all* attributes are right, this one among them: then it is right always. Leave it out.",
        ),
        Mutant(
            _of(lambda right: _share(right, _earlier(right))),
            "You ask only for the attributes before this one. Those after it must be right too.",
        ),
        *(
            Mutant(
                _of(answer),
                "k - 1 right ones in all may leave out *another* attribute. Those k - 1 must be the others: for each "
                "attribute a choice of pictures of its own.",
            )
            for answer in (
                lambda right: right[right.sum(1) >= right.shape[1] - 1].double().mean(0),
                lambda right: right[right.sum(1) == right.shape[1] - 1].double().mean(0),
            )
        ),
        *(
            Mutant(
                _of(answer),
                "Those are numbers of pictures: divide one by the other.",
            )
            for answer in (
                lambda right: (right & _others(right)).sum(0),
                lambda right: _others(right).sum(0),
            )
        ),
        Mutant(
            _of(lambda right: right.double().mean(1)),
            "That is a number for each picture. One for each attribute is asked for: average over dim=0.",
        ),
    ),
    trials=30,
)
