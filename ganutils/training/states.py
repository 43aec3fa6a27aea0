"""Nested states (of networks, optimisers, schedulers) as flat tensors and JSON, and back."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import Tensor


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
