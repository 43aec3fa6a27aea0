"""States of networks, optimisers and schedulers: as flat tensors and JSON, back again, and into a part that fits."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import torch
from torch import Tensor, nn


class Part(Protocol):
    """Anything with a state: a network, an optimiser, a scheduler."""

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102
    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...  # noqa: D102


def flatten(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Move the tensors of a nested state into `tensors`; return what is left, which JSON can hold."""
    if isinstance(value, Tensor):
        # A copy each: two names for one memory are refused by safetensors.
        tensors[name] = value.detach().to("cpu", copy=True).contiguous()
        return {"tensor": name}
    if isinstance(value, dict):
        items = [[key, flatten(item, f"{name}/{key}", tensors)] for key, item in value.items()]
        return {"items": items}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [flatten(item, f"{name}/{i}", tensors) for i, item in enumerate(value)]}
    return {"value": value}


def unflatten(node: Any, tensors: dict[str, Tensor]) -> Any:
    """The nested state again, from what `flatten` made of it."""
    (kind, content), *_ = node.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "items":
        return {key: unflatten(item, tensors) for key, item in content}
    if kind in ("list", "tuple"):
        values = [unflatten(item, tensors) for item in content]
        return tuple(values) if kind == "tuple" else values
    return content


def digest(tree: str, tensors: dict[str, Tensor]) -> str:
    """The sha256 of everything: a byte that changes on the disk is noticed."""
    seen = hashlib.sha256(tree.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        seen.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        seen.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return seen.hexdigest()


def not_finite(part: Part, prefix: str, tensors: dict[str, Tensor]) -> str | None:
    """The name of a tensor of this part that holds NaN, or infinity where that is no buffer (a mask may be -inf)."""
    buffers = {key for key, _ in part.named_buffers()} if isinstance(part, nn.Module) else set()
    for key, tensor in tensors.items():
        name = key.removeprefix(prefix)
        if name != key and tensor.is_floating_point():
            wrong = tensor.isnan() if name in buffers else ~tensor.isfinite()
            if wrong.any():
                return name
    return None


def identity(part: Part) -> dict[str, Any]:
    """What must agree before a state is put into a part: the class, and the shapes of an optimiser's weights."""
    if isinstance(part, nn.Module):
        return {}
    groups = part.param_groups if isinstance(part, torch.optim.Optimizer) else []
    shapes = [[list(weight.shape) for weight in group["params"]] for group in groups]
    return {"class": type(part).__name__, "shapes": shapes}


def _kind(setting: Any) -> Any:
    number = isinstance(setting, int | float | Tensor) and not isinstance(setting, bool)
    return "number" if number else type(setting)


def _settings(group: dict[str, Any]) -> dict[str, Any]:
    """The kinds of an optimiser's settings; how fast the same update is computed does not matter."""
    return {key: _kind(value) for key, value in group.items() if key not in ("fused", "foreach", "capturable")}


def check(part: Part, saved: dict[str, Any]) -> None:
    """Raise ValueError for a state that belongs to another part; networks check themselves."""
    if isinstance(part, nn.Module):
        return
    own = identity(part)
    if saved["class"] != own["class"]:
        raise ValueError(f"it holds the state of {saved['class']}, not of {own['class']}")
    state, mine = saved["state"], part.state_dict()
    if saved["shapes"] != own["shapes"] or state.keys() != mine.keys():
        raise ValueError("it belongs to other weights or settings")
    if isinstance(part, torch.optim.Optimizer):
        for theirs, ours in zip(state["param_groups"], mine["param_groups"], strict=True):
            if _settings(theirs) != _settings(ours):
                raise ValueError("it belongs to an optimiser with other settings")


def put(part: Part, state: dict[str, Any]) -> None:
    """Give a part its state, in the memory layout that it would have had without the break."""
    part.load_state_dict(state)
    if not isinstance(part, torch.optim.Optimizer):
        return
    for weight, entries in part.state.items():
        for name, value in entries.items():
            # A weight in channels_last has its momenta in channels_last; a fused update needs them so.
            if isinstance(value, Tensor) and value.shape == weight.shape:
                entries[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)
