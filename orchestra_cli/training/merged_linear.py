"""Adapted layers as one product: the adapter is added to the weights once for each of its updates.

    forward     y = x W'ᵀ,   W' = W + s·B A
    backward    dx = dy W',  dA = s·(dy B)ᵀ x,  dB = s·dyᵀ (x Aᵀ)

peft adds s·B A x at every token instead: two thin products, a scaling and a sum, which on a CPU
take a fifth of a step. Here they are paid once a step, with a second copy of the adapted weights.
What comes out is the same but for rounding; so only float32 weights are merged, for in fewer bits
a small update would be lost.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

_NAME = "default"
"""peft's, of an adapter that was given none."""


def merge_adapted_layers(model: Any) -> int:
    """Have every layer that can be evaluated so be so; how many there are."""
    found = [module for module in model.modules() if _can_merge(module)]
    for module in found:
        module.forward = MethodType(_forward, module)
    return len(found)


def _can_merge(module: Any) -> bool:
    if _NAME not in getattr(module, "lora_A", ()) or not hasattr(module, "base_layer"):
        return False
    is_linear = isinstance(module.base_layer, torch.nn.Linear) and module.base_layer.bias is None
    has_dropout = not isinstance(module.lora_dropout[_NAME], torch.nn.Identity)
    return is_linear and not has_dropout and not module.use_dora[_NAME]


def _forward(layer: Any, x: Tensor, *args: Any, **more: Any) -> Tensor:
    weight = layer.base_layer.weight
    if layer.disable_adapters or layer.merged or not weight.dtype == x.dtype == torch.float32:
        plain: Tensor = type(layer).forward(layer, x, *args, **more)
        return plain
    a, b, scale = layer.lora_A[_NAME].weight, layer.lora_B[_NAME].weight, layer.scaling[_NAME]
    state = [(each.data_ptr(), each._version) for each in (weight, a, b)]
    if getattr(layer, "merged_state", None) != state:
        with torch.no_grad():
            layer.merged_weight = torch.addmm(weight, b, a, alpha=scale)
        layer.merged_state = state
    y: Tensor = _Merged.apply(x, layer.merged_weight, a, b, scale)
    return y


class _Merged(torch.autograd.Function):  # type: ignore[misc]  # torch leaves it untyped
    @staticmethod
    def forward(ctx: Any, x: Tensor, merged: Tensor, a: Tensor, b: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(x, merged, a, b)
        ctx.scale = scale
        return linear(x, merged)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, None, Tensor, Tensor, None]:
        x, merged, a, b = ctx.saved_tensors
        dx = dy @ merged if ctx.needs_input_grad[0] else None
        dy, x = dy.flatten(0, -2), x.flatten(0, -2)
        da = ctx.scale * ((dy @ b).T @ x)
        db = ctx.scale * (dy.T @ (x @ a.T))
        return dx, None, da, db, None
