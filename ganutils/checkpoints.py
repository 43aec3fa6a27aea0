"""Save and restore. One safetensors file: the tensors, and JSON for the rest in its header. No pickle.

A checkpoint is written under a temporary name and then renamed, so a crash leaves the last good one.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


class Part(Protocol):
    """Anything with a state: a network, an optimiser, a scheduler."""

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102
    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...  # noqa: D102


class CheckpointError(RuntimeError):
    """A checkpoint is missing, damaged or belongs to something else; the message says what to do."""


def _flatten(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Move the tensors of a nested state into `tensors`; return what is left, which JSON can hold."""
    if isinstance(value, Tensor):
        # A copy each: two names for one memory are refused by safetensors.
        tensors[name] = value.detach().to("cpu", copy=True).contiguous()
        return {"tensor": name}
    if isinstance(value, dict):
        items = [[key, _flatten(item, f"{name}/{key}", tensors)] for key, item in value.items()]
        return {"items": items}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_flatten(item, f"{name}/{i}", tensors) for i, item in enumerate(value)]}
    return {"value": value}


def _unflatten(node: Any, tensors: dict[str, Tensor]) -> Any:
    (kind, content), *_ = node.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "items":
        return {key: _unflatten(item, tensors) for key, item in content}
    if kind in ("list", "tuple"):
        values = [_unflatten(item, tensors) for item in content]
        return tuple(values) if kind == "tuple" else values
    return content


def _random_states() -> dict[str, Any]:
    states: dict[str, Any] = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def save(path: str | Path, *, step: int, **parts: Part) -> Path:
    """Write a checkpoint of all parts, the step and torch's random states, atomically.

    Example: `save("runs/ring.safetensors", step=500, generator=generator, g_optimizer=g_optimizer)`.
    """
    path = Path(path)
    tensors: dict[str, Tensor] = {}
    content = {name: part.state_dict() for name, part in parts.items()}
    tree = _flatten({"parts": content, "random": _random_states()}, "", tensors)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        save_file(tensors, temporary, metadata={"step": str(step), "tree": json.dumps(tree)})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}; train first, or correct the path.")
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointError(f"{path} is damaged ({error}); delete it and train again.") from error


def restore(path: str | Path, **parts: Part) -> int:
    """Put a checkpoint back into the parts and into torch's random states; return the step it was saved at.

    Raises:
        CheckpointError: no such file, a damaged one, or one that holds other parts. Nothing is changed
            then, unless a network's own shapes differ.
    """
    path = Path(path)
    metadata, tensors = _read(path)
    if "tree" not in metadata:
        raise CheckpointError(f"{path} holds weights only, no training state; read it with load_weights.")
    content = _unflatten(json.loads(metadata["tree"]), tensors)
    if set(content["parts"]) != set(parts):
        raise CheckpointError(
            f"{path} holds {', '.join(sorted(content['parts']))}; you asked for {', '.join(sorted(parts))}."
        )
    for name, part in parts.items():
        try:
            part.load_state_dict(content["parts"][name])
        except (RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(f"{path} does not fit `{name}`: {error}") from error
    random = content["random"]
    torch.set_rng_state(random["cpu"])
    if "cuda" in random and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(random["cuda"])
    if "mps" in random and torch.backends.mps.is_available():
        torch.mps.set_rng_state(random["mps"])
    return int(metadata["step"])


def save_weights(path: str | Path, network: nn.Module) -> str:
    """Write a network's weights alone, in half precision to keep what ships small; return the sha256."""
    half = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    path = Path(path)
    temporary = path.with_name(f".{path.name}.partial")
    save_file({k: v.contiguous().cpu() for k, v in half.items()}, temporary)
    temporary.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_weights(path: str | Path, network: nn.Module, *, sha256: str) -> None:
    """Read weights that ship with the suite, after checking that the file is the one that was shipped.

    Raises:
        CheckpointError: no such file, or other content than `sha256` says.
    """
    path = Path(path)
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise CheckpointError(f"{path} is not the file that shipped (sha256 differs); restore it with git.")
    _, tensors = _read(path)
    network.load_state_dict(tensors)
