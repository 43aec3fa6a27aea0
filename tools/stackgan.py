"""Make what ships for notebook 10: a judge that reads icons, and pictures from words in two stages. Seeded; no network.

    python tools/stackgan.py judge     reads kind, colour, ground and size of an icon; 8 minutes on one CPU thread
    python tools/stackgan.py words     the words' vectors and stage I, 16 x 16 pixels; half an hour
    python tools/stackgan.py large     stage II, 32 x 32 pixels; another forty minutes
    python tools/stackgan.py straight  one generator straight to 32 x 32 pixels; half an hour, after `words`
    python tools/stackgan.py pairs     the same, on against a D that sees two pictures of a sentence; half an hour

They are the notebook's own networks and its own loop, with more steps. Interrupted, all but the judge go on where they
stopped (`runs/stackgan`); every thousandth step prints how often the judge reads what was asked for. Another machine
or version of torch give networks like those that ship, not the same to the last bit.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from notebook_code import definitions

from ganutils import data, metrics, models, training
from ganutils.models.shipped import WEIGHTS, save_head_start, save_weights

COUNT, LARGE_COUNT = 12_000, 40_000  # with 12,000 the D of stage II learned them by heart in 6,000 steps
STEPS = {"judge": 2000, "matching-16": 1000, "words": 3000, "matching-32": 2000, "large": 5000, "straight": 5000,
         "pairs": 4000}  # fmt: skip
CHOICES = list(data.icons.ATTRIBUTES.values())
RUNS = ROOT / "runs" / "stackgan"


def train_judge() -> None:
    """Train the judge on icons of every pair of kind and colour, and write weights and card."""
    torch.manual_seed(0)
    sets = [data.images("icons", count=18_000, seed=1000), data.images("icons", count=3000, train=False, seed=1001)]
    pixels, truth = torch.cat([s.pixels for s in sets]), torch.cat([s.factors["asked"] for s in sets if s.factors])
    judge = models.Classifier(sum(CHOICES), channels=3)
    optimizer = torch.optim.Adam(judge.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=STEPS["judge"])
    for _ in tqdm(range(STEPS["judge"]), desc="judge", mininterval=10):
        rows = torch.randint(len(pixels), (128,))
        images = pixels[rows].float() / 127.5 - 1
        # A third as stage I will be seen: 16 x 16, enlarged.
        images[:43] = F.interpolate(F.avg_pool2d(images[:43], 2), scale_factor=2, mode="bilinear")
        parts = judge(images).split(CHOICES, dim=1)
        loss = torch.stack([F.cross_entropy(part, truth[rows, k]) for k, part in enumerate(parts)]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    judge.eval()
    tests = [data.images("icons", count=2000, train=train, seed=2000) for train in (True, False)]
    accuracy = "; ".join(shares(judge, test[:], test) for test in tests)
    write_card(
        "classifier-icons",
        sha256=save_weights(WEIGHTS / "classifier-icons.safetensors", judge),
        network="models.Classifier(46, channels=3)",
        trained_on="18,000 icons (seed 1000) and 3,000 of the pairs held out (seed 1001), 32 x 32, a third made coarse",
        steps=STEPS["judge"],
        accuracy=f"{accuracy} (pairs as in training; pairs held out)",
    )


def shares(judge: models.Classifier, images: Tensor, asked: data.Images) -> str:
    """How often the judge reads what was asked for, for each attribute."""
    truth = asked.factors["asked"] if asked.factors else asked.labels
    right = (metrics.read_icons(judge, images, CHOICES) == truth).double().mean(0)
    return ", ".join(f"{name} {share:.3f}" for name, share in zip(data.icons.ATTRIBUTES, right, strict=True))


def write_card(name: str, **card: Any) -> None:
    """Put one card among the others."""
    cards = json.loads((WEIGHTS / "cards.json").read_text())
    cards[name] = card | {"licence": "BSD-3-Clause"}
    (WEIGHTS / "cards.json").write_text(json.dumps(cards, indent=2) + "\n")
    print(name, card)


def notebook() -> dict[str, Any]:
    """The notebook's networks, loss and loop, and its numbers for a long training."""
    cells = (
        "setup", "parameters", "icons-data", "vocabulary", "bags", "words", "look", "matching", "matching-loop",
        "augmentation", "reader", "stage-one", "d-loss", "loop", "conditional-norm", "stage-two", "adam",
        "draw", "pair-reader",
    )  # fmt: skip
    return definitions("10_stackgan", *cells)


def score(own: dict[str, Any], average: nn.Module, words: nn.Module) -> str:
    """How often the judge reads what was asked for, for pairs as in training and for pairs held out."""
    judge, text = models.pretrained("classifier-icons"), []
    for train in (True, False):
        asked = data.images("icons", count=1000, size=16, train=train, seed=77)
        with torch.no_grad():
            e = words(own["bags"](asked.captions))
        text.append(shares(judge, own["draw"](average, e, seed=1), asked))
    return "; ".join(text) + " (pairs as in training; pairs held out)"


def play(
    own: dict[str, Any], name: str, generator: nn.Module, look: nn.Module, words: nn.Module, pictures: data.Images,
    e: Tensor, size: int, measure: Callable[[dict[str, Any], nn.Module, nn.Module], Any] | None = None,
    reader: nn.Module | None = None, twins: data.Images | None = None,
) -> tuple[nn.Module, dict[int, Any]]:  # fmt: skip
    """Train one generator by the notebook's loop; return the average of its weights, and its scores by step."""
    measure = measure or score
    torch.manual_seed(1)
    reader, generator = reader or own["Reader"](look), generator.to(memory_format=torch.channels_last)
    parts: dict[str, Any] = {"generator": generator, "discriminator": reader, "ema": copy.deepcopy(generator)}
    parts |= {"g_optimizer": own["adam"](generator, own["g_rate"]), "d_optimizer": own["adam"](reader, own["d_rate"])}
    checkpoint, steps = RUNS / f"{name}.safetensors", STEPS[name]
    done = training.restore_checkpoint(checkpoint, **parts) if checkpoint.exists() else 0
    loop = own["stack_steps"](**parts, pictures=pictures, e=e, steps=steps, size=size, first=done, twins=twins)
    found = dict[int, Any]()
    for record in tqdm(loop, total=steps, initial=done, desc=name, mininterval=10):
        if record.step % 1000 == 0 or record.step == steps:
            found[record.step] = measure(own, parts["ema"], words)
            tqdm.write(f"step {record.step:,}: {found[record.step]}")
            training.save_checkpoint(checkpoint, step=record.step, **parts)
    return parts["ema"], found or {done: measure(own, parts["ema"], words)}


def matched(own: dict[str, Any], words: nn.Module, pictures: data.Images) -> nn.Module:
    """Stage I's network that sees pictures, trained to match them with their sentences, while the words learn too."""
    torch.manual_seed(0)
    look, path = own["Look"]("16"), RUNS / "matching-16.safetensors"
    parts: dict[str, Any] = {"look": look, "words": words}
    if path.exists():
        training.restore_checkpoint(path, **parts)
    else:
        steps = own["match"](look, words, pictures, own["bags"](pictures.captions), STEPS["matching-16"])
        for record in tqdm(steps, total=STEPS["matching-16"], desc="matching", mininterval=10):
            if record.step % 200 == 0:
                tqdm.write(f"step {record.step}: {record.loss:.3f} nats")
        training.save_checkpoint(path, step=STEPS["matching-16"], **parts)
    return look


def matched_large(own: dict[str, Any], pictures: data.Images, e: Tensor) -> nn.Module:
    """D's beginning at 32 x 32: picks a picture's sentence out of a thousand others (128 hardly ask for the kind)."""
    torch.manual_seed(0)
    look, path, steps = own["Look"]("32"), RUNS / "matching-32.safetensors", STEPS["matching-32"]
    if path.exists():
        training.restore_checkpoint(path, look=look)
        return look
    optimizer = torch.optim.Adam(look.parameters(), betas=(0.9, 0.99))
    for step in tqdm(range(1, steps + 1), desc="matching-32", mininterval=10):
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1, 2.01 - 2 * step / steps)
        rows = torch.randint(len(e), (64,), generator=data.seeded(3, step))
        others = torch.randint(len(e), (1000,), generator=data.seeded(4, step))
        score = own["scores"](look(pictures[rows]), e[torch.cat([rows, others])])
        loss = F.cross_entropy(score, torch.arange(64))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    training.save_checkpoint(path, step=steps, look=look)
    return look


def large_icons(own: dict[str, Any], words: nn.Module) -> tuple[data.Images, Tensor, nn.Module]:
    """Icons of 32 x 32, their sentences as numbers, and the network that D begins with."""
    words.half().float().requires_grad_(False)  # as they ship
    pictures = data.images("icons", count=LARGE_COUNT, size=32)
    e = words(own["bags"](pictures.captions))
    return pictures, e, matched_large(own, pictures, e)


def train_stages(large: bool) -> None:
    """Train words and stage I, or stage II on top of what is there; write weights and card."""
    own, words = notebook(), notebook_words()
    small = data.images("icons", count=COUNT, size=16)
    look = matched(own, words, small)
    words.requires_grad_(False)
    e = words(own["bags"](small.captions))
    torch.manual_seed(0)
    stage_one, texts = play(own, "words", own["StageOne"](), look, words, small, e, 64)
    scores, steps = {"stage I": texts[STEPS["words"]]}, STEPS["words"]
    parts = {"words": words.state_dict(), "stage_one": stage_one.state_dict()}
    if large:
        pictures, e, look = large_icons(own, words)
        torch.manual_seed(0)
        second = own["StageTwo"](stage_one.half().float())  # as it ships
        stage_two, texts = play(own, "large", second, look, words, pictures, e, 32)
        own_weights = {key: w for key, w in stage_two.state_dict().items() if not key.startswith("stage_one.")}
        parts |= {"stage_two": own_weights}
        scores, steps = scores | {"stage II": texts[STEPS["large"]]}, STEPS["large"]
    write_card(
        "10_stackgan",
        sha256=save_head_start(WEIGHTS / "10_stackgan.safetensors", parts),
        network="notebook 10's words, StageOne() and StageTwo()",
        trained_on=f"{COUNT:,} icons with captions, in {STEPS['words']:,} steps; stage II on {LARGE_COUNT:,}",
        steps=steps,
        score=scores,
    )


def train_straight() -> None:
    """Train the generator without stages, on the words that ship; write weights and card."""
    own, words = notebook(), notebook_words()
    words.load_state_dict(models.head_start("10_stackgan")[1]["words"])
    pictures, e, look = large_icons(own, words)
    torch.manual_seed(0)
    generator, texts = play(own, "straight", own["StageOne"](straight=True), look, words, pictures, e, 32)
    write_card(
        "10_straight",
        sha256=save_head_start(WEIGHTS / "10_straight.safetensors", {"generator": generator.state_dict()}),
        network="notebook 10's StageOne(straight=True), on the words of 10_stackgan",
        trained_on=f"{LARGE_COUNT:,} icons with captions, 32 x 32",
        steps=STEPS["straight"],
        score=texts[STEPS["straight"]],
    )


def play_pairs(
    own: dict[str, Any], words: nn.Module, compare: bool, name: str, measure: Callable[..., Any] | None = None
) -> tuple[nn.Module, dict[int, Any]]:
    """*Straight*, trained on with two real pictures of each sentence; D compares them, or does not.

    Raises:
        FileNotFoundError: no checkpoint of `straight`, whose D goes on.
    """
    if not (RUNS / "straight.safetensors").is_file():
        raise FileNotFoundError("Run `python tools/stackgan.py straight` first: its discriminator goes on here.")
    words.load_state_dict(models.head_start("10_stackgan")[1]["words"])
    pictures, e, look = large_icons(own, words)
    twins = data.icons.again(pictures.labels, pictures.factors or {}, size=32, seed=5)
    generator, before = own["StageOne"](straight=True), own["Reader"](look)
    parts: dict[str, Any] = {"generator": generator, "discriminator": before, "ema": copy.deepcopy(generator)}
    parts |= {"g_optimizer": own["adam"](generator, own["g_rate"]), "d_optimizer": own["adam"](before, own["d_rate"])}
    training.restore_checkpoint(RUNS / "straight.safetensors", **parts)
    torch.manual_seed(0)
    reader = own["PairReader" if compare else "Reader"](own["Look"]("32"))
    reader.load_state_dict(before.state_dict(), strict=not compare)  # what compares begins from nothing
    second = data.Images(twins, pictures.labels, pictures.classes)
    return play(own, name, parts["ema"], look, words, pictures, e, 32, measure, reader, second)


def train_pairs() -> None:
    """Train *straight* on against a D that compares two pictures of one sentence; write weights and card."""
    own, words = notebook(), notebook_words()
    generator, texts = play_pairs(own, words, True, "pairs")
    write_card(
        "10_pairs",
        sha256=save_head_start(WEIGHTS / "10_pairs.safetensors", {"generator": generator.state_dict()}),
        network="notebook 10's StageOne(straight=True), on the words of 10_stackgan",
        trained_on=f"{LARGE_COUNT:,} icons with captions, two pictures of each, after 10_straight",
        steps=STEPS["straight"] + STEPS["pairs"],
        score=texts[STEPS["pairs"]],
    )


def notebook_words() -> nn.Module:
    """The table of words, as the notebook begins it."""
    torch.manual_seed(0)
    return notebook()["new_words"]()


def main() -> None:
    """Make what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["judge", "words", "large", "straight", "pairs"])
    what = parser.parse_args().what
    if what in ("words", "large"):
        train_stages(large=what == "large")
    else:
        {"judge": train_judge, "straight": train_straight, "pairs": train_pairs}[what]()


if __name__ == "__main__":
    main()
