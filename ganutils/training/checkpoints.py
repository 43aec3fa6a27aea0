"""Save and restore. One safetensors file: the tensors, and JSON for the rest in its header. No pickle.

A checkpoint is written under a temporary name and then renamed, so a crash leaves the last good one; it is read
into memory whole, so that nothing restored hangs on the file.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import time
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor

from ganutils.training.states import digest, flatten, unflatten

_ABANDONED = 3600  # seconds after which a half-written file belongs to nobody


class Part(Protocol):
    """Anything with a state: a network, an optimiser, a scheduler."""

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102
    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...  # noqa: D102


class CheckpointError(RuntimeError):
    """A checkpoint is missing, damaged, not finite or belongs to something else; the message says what to do."""


def _random_states() -> dict[str, Any]:
    states: dict[str, Any] = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def _set_random_states(states: dict[str, Any]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"][: torch.cuda.device_count()])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])


def save_checkpoint(path: str | Path, *, step: int, **parts: Part) -> Path:
    """Write a checkpoint of all parts, the step and torch's random states, atomically.

    Example: `save_checkpoint("runs/ring.safetensors", step=500, generator=generator, g_optimizer=g_optimizer)`.

    Raises:
        CheckpointError: a part holds numbers that are not finite; the file of an earlier step stays.
        OSError: the folder is read-only or the disk is full; likewise.
    """
    path = Path(path)
    tensors: dict[str, Tensor] = {}
    content = {name: part.state_dict() for name, part in parts.items()}
    tree = json.dumps(flatten({"parts": content, "random": _random_states()}, "", tensors))
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise CheckpointError(
                f"Step {step} is not saved: {name.removeprefix('/parts/')} holds numbers that are not finite. "
                "An earlier checkpoint, if there is one, stays as it was."
            )
    metadata = {"step": str(step), "tree": tree, "sha256": digest(f"{step} {tree}", tensors)}
    _write(path, serialise(tensors, metadata))
    return path


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.partial"):  # by a process that was killed while it saved
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                left.unlink()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the new name on empty content
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _read(path: Path) -> tuple[int, dict[str, Any]]:
    """The step and the content of a checkpoint; raises CheckpointError for whatever is wrong with the file."""
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}; train first, or correct the path.")
    damaged = f"{path} is damaged; delete it and train again."
    try:
        content = path.read_bytes()
        tensors = parse(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        metadata = header.get("__metadata__", {})
        if "tree" in metadata and metadata.get("sha256") != digest(f"{metadata['step']} {metadata['tree']}", tensors):
            raise CheckpointError(damaged)
    except CheckpointError:
        raise
    except Exception as error:  # whatever a parser raises for bytes that are no checkpoint
        raise CheckpointError(damaged) from error
    if "tree" not in metadata:
        raise CheckpointError(f"{path} holds weights only, no training state; it cannot be continued.")
    try:
        state = unflatten(json.loads(metadata["tree"]), tensors)
        return int(metadata["step"]), {"parts": dict(state["parts"]), "random": dict(state["random"])}
    except Exception as error:
        raise CheckpointError(damaged) from error


def _kind(setting: Any) -> Any:
    number = isinstance(setting, int | float | Tensor) and not isinstance(setting, bool)
    return "number" if number else type(setting)


def _load(part: Part, state: dict[str, Any]) -> None:
    """Give a part its state back, in the memory layout that it would have had without the break.

    Raises what the part itself raises, and ValueError for an optimiser's state that does not fit its weights.
    """
    if not isinstance(part, torch.optim.Optimizer):
        part.load_state_dict(state)
        return
    for group, mine in zip(state["param_groups"], part.state_dict()["param_groups"], strict=True):
        if {key: _kind(value) for key, value in group.items()} != {key: _kind(value) for key, value in mine.items()}:
            raise ValueError("it belongs to another optimiser")
    part.load_state_dict(state)
    for weight, entries in part.state.items():
        for name, value in entries.items():
            if not isinstance(value, Tensor):
                continue
            if value.ndim and value.shape != weight.shape:
                raise ValueError(f"{name} has shape {tuple(value.shape)}, its weight {tuple(weight.shape)}")
            # A weight in channels_last has its momenta in channels_last; a fused update needs them so.
            home = torch.empty_like(weight, dtype=value.dtype) if value.ndim else torch.empty_like(value)
            entries[name] = home.copy_(value)


def restore_checkpoint(path: str | Path, **parts: Part) -> int:
    """Put a checkpoint back into the parts and into torch's random states; return the step it was saved at.

    Raises:
        CheckpointError: no such file, a damaged one, or one that holds other parts. Nothing is changed then.
    """
    path = Path(path)
    step, content = _read(path)
    if set(content["parts"]) != set(parts):
        raise CheckpointError(
            f"{path} holds {', '.join(sorted(content['parts']))}; you asked for {', '.join(sorted(parts))}."
        )
    before = copy.deepcopy({name: part.state_dict() for name, part in parts.items()})
    random = _random_states()
    name = "the random states"
    try:
        for name, part in parts.items():
            _load(part, content["parts"][name])
        name = "the random states"
        _set_random_states(content["random"])
    except Exception as error:
        for other, part in parts.items():
            _load(part, before[other])
        _set_random_states(random)
        raise CheckpointError(f"{path} does not fit `{name}`: {error}. Nothing was changed.") from error
    return step
