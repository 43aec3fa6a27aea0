"""Weights that ship, one line each: `models.pretrained("letters")`."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save_file
from torch import Tensor, nn

from ganutils.models.classifier import Classifier
from ganutils.models.gan import ConvGenerator

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "letters": lambda: ConvGenerator(24),
    "classifier-digits": lambda: Classifier(10),
    "classifier-glyphs": lambda: Classifier(26),
    "classifier-mnist": lambda: Classifier(10),
    "classifier-icons": lambda: Classifier(46, channels=3),
}
HEAD_STARTS = ("05_dcgan", "06_conditional_gan", "10_stackgan", "10_straight", "10_pairs", "11_progressive_gan",
               "11_sixteen")  # fmt: skip


class WeightsError(RuntimeError):
    """Weights that should ship are missing or changed; the message says what to do."""


def pretrained(name: str, *, device: torch.device | str = "cpu") -> Any:
    """A trained network that ships with the suite, in evaluation mode and without gradients.

    Args:
        name: "letters" (latents (batch, 24) to images (batch, 1, 28, 28) of capital letters), or
            "classifier-digits", "classifier-glyphs" (capital letters), "classifier-mnist": images to logits; their
            features compare generated pictures with real ones. "classifier-icons": icons (batch, 3, 32, 32) to 46
            logits: 32 kinds, 8 colours, 4 grounds, 2 sizes. `weights/cards.json` tells how each was made.
        device: where it will be used.

    Raises:
        ValueError: no network of that name ships.
        WeightsError: its file is missing, or is not the one that shipped.
    """
    if name not in NETWORKS:
        close = difflib.get_close_matches(name, NETWORKS, n=1, cutoff=0.4)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"No network {name!r} ships.{meant} There are {', '.join(NETWORKS)}; others must be trained.")
    network = NETWORKS[name]()
    network.load_state_dict(load(_read(name)[0]))
    return network.eval().requires_grad_(False).to(device)


def head_start(name: str) -> tuple[int, dict[str, dict[str, Tensor]]]:
    """The weights of a long training of a notebook's own networks (the scripts in `tools/`).

    Args:
        name: "05_dcgan" or "06_conditional_gan", on drawn capital letters; "10_stackgan", "10_straight" (one
            generator instead of its two stages), "10_pairs" (that one, later), "11_progressive_gan", or "11_sixteen"
            (that pair when it drew 16 x 16 pixels), on icons.

    Returns:
        The steps that were done, and the state of each part, for `load_state_dict`: "generator" (the average of its
        weights) and "discriminator"; for "10_stackgan" "words", "stage_one" and "stage_two" (averages); for
        "11_progressive_gan" "generator" and "half", a generator as it was half-way into its last size. What
        "11_sixteen" holds lacks the layers of 32 pixels (`strict=False`).

    Raises:
        ValueError: no head start of that name ships.
        WeightsError: its file is missing, or is not the one that shipped.
    """
    if name not in HEAD_STARTS:
        raise ValueError(f"No head start {name!r} ships. There are {', '.join(HEAD_STARTS)}.")
    content, card = _read(name)
    states: dict[str, dict[str, Tensor]] = {}
    for key, weight in load(content).items():
        part, _, inner = key.partition("/")
        states.setdefault(part, {})[inner] = weight
    return card["steps"], states


def _read(name: str) -> tuple[bytes, dict[str, Any]]:
    """A file that ships, and its card."""
    path = WEIGHTS / f"{name}.safetensors"
    card = json.loads((WEIGHTS / "cards.json").read_text(encoding="utf-8"))[name]
    if not path.is_file():
        raise WeightsError(f"{path} is missing; install the suite again, or restore the file with git.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise WeightsError(f"{path} is not the file that shipped (sha256 differs); restore it with git.")
    return content, card


def save_weights(path: Path, network: nn.Module) -> str:
    """Write a network's weights alone, in half precision to keep what ships small; return the sha256."""
    return _save(path, network.state_dict())


def save_head_start(path: Path, states: dict[str, dict[str, Tensor]]) -> str:
    """Write the states of several parts, by name, in half precision; return the sha256."""
    return _save(path, {f"{part}/{key}": weight for part, state in states.items() for key, weight in state.items()})


def _save(path: Path, state: dict[str, Tensor]) -> str:
    half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    temporary = path.with_name(f".{path.name}.partial")
    save_file({k: v.contiguous().cpu() for k, v in half.items()}, temporary)
    temporary.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()
