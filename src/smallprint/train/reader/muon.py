"""Muon: momentum whose matrix is made orthogonal before each step (Keller Jordan, kellerjordan.github.io/posts/muon, read 2026-11-21).

In: the matrices of a network and their gradients. Torch has one too, which reckons in bfloat16; on a processor without bfloat16 that takes
twenty times as long as the single precision here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor

_A, _B, _C = 3.4445, -4.7750, 2.0315  # the quintic's coefficients, from the same page
_STEPS = 5


class Muon(torch.optim.Optimizer):
    """For matrices alone. The step of an (m, n) matrix is scaled by 0.2 sqrt(max(m, n)), so that rates of AdamW serve (arXiv 2502.16982,
    2.2)."""

    def __init__(
        self, matrices: Iterable[Tensor], *, lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for group in self.param_groups:
            for matrix in cast("list[Tensor]", group["params"]):
                if matrix.grad is None:
                    continue
                state: dict[str, Any] = self.state[matrix]
                if not state:
                    state["momentum"] = torch.zeros_like(matrix)
                average = cast(Tensor, state["momentum"])
                average.lerp_(matrix.grad, 1 - group["momentum"])
                update = orthogonal(matrix.grad.lerp(average, group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(update, alpha=-group["lr"] * 0.2 * max(matrix.shape) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix with the singular vectors of `matrix` and singular values near 1, by Newton and Schulz's iteration."""
    x: Any = matrix.bfloat16() if matrix.is_cuda else matrix
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.T
        x = _A * x + (_B * square + _C * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)
