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
from typing import Any

import torch
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor, nn

from ganutils.training.states import Part, check, digest, flatten, identity, not_finite, put, unflatten

_ABANDONED = 3600  # seconds after which a half-written file belongs to nobody


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

    Where the file holds a *later* step, somebody has started anew: it is kept beside as `....earlier.safetensors`.

    Example: `save_checkpoint("runs/ring.safetensors", step=500, generator=generator, g_optimizer=g_optimizer)`.

    Raises:
        CheckpointError: a part holds numbers that are not finite; the file of an earlier step stays. (A network's
            buffers may be infinite, as a mask is.)
        OSError: the folder is read-only or the disk is full; likewise.
    """
    path = Path(path)
    tensors: dict[str, Tensor] = {}
    content = {name: {"state": part.state_dict(), **identity(part)} for name, part in parts.items()}
    tree = json.dumps(flatten({"parts": content, "random": _random_states()}, "", tensors))
    for name, part in parts.items():
        if bad := not_finite(part, f"/parts/{name}/state/", tensors):
            raise CheckpointError(
                f"Step {step} is not saved: {name}/{bad} holds numbers that are not finite. "
                "An earlier checkpoint, if there is one, stays as it was."
            )
    metadata = {"step": str(step), "tree": tree, "sha256": digest(f"{step} {tree}", tensors)}
    _write(path, serialise(tensors, metadata), step)
    return path


def _write(path: Path, content: bytes, step: int) -> None:
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
        with contextlib.suppress(CheckpointError):
            if path.is_file() and _read(path)[0] > step:
                path.replace(path.with_suffix(f".earlier{path.suffix}"))
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
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error}).") from error
    try:
        tensors = parse(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        metadata = header.get("__metadata__", {})
        tree = metadata.get("tree")
        whole = tree is None or metadata["sha256"] == digest(f"{metadata['step']} {tree}", tensors)
    except MemoryError:
        raise
    except Exception as error:  # whatever a parser raises for bytes that are no checkpoint
        raise CheckpointError(damaged) from error
    if not whole:
        raise CheckpointError(damaged)
    if tree is None:
        raise CheckpointError(f"{path} holds weights only, no training state; it cannot be continued.")
    try:
        state = unflatten(json.loads(tree), tensors)
        return int(metadata["step"]), {"parts": dict(state["parts"]), "random": dict(state["random"])}
    except Exception as error:
        raise CheckpointError(damaged) from error


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
            check(part, content["parts"][name])
        for name, part in parts.items():
            put(part, content["parts"][name]["state"])
        name = "the random states"
        _set_random_states(content["random"])
    except Exception as error:
        for other, part in parts.items():
            put(part, before[other])
        _set_random_states(random)
        raise CheckpointError(f"{path} does not fit `{name}`: {error}. Nothing was changed.") from error
    return step


def restore_network(path: str | Path, name: str, network: nn.Module) -> int:
    """Put one network out of a checkpoint into `network`, whatever else the file holds; return the step.

    For looking at what was trained, not for going on: torch's random states stay as they are.

    Raises:
        CheckpointError: no such file, a damaged one, no part of that name, or another network's. Nothing is changed.
    """
    step, content = _read(Path(path))
    if name not in content["parts"]:
        raise CheckpointError(f"{path} holds {', '.join(sorted(content['parts']))}, and no `{name}`.")
    before = copy.deepcopy(network.state_dict())
    try:
        network.load_state_dict(content["parts"][name]["state"])
    except Exception as error:
        network.load_state_dict(before)
        raise CheckpointError(f"{path} holds another network as `{name}`. Nothing was changed.") from error
    return step
