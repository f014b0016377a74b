"""Orthogonal steps."""

from __future__ import annotations

import pytest
import torch

from smallprint.train.reader.muon import Muon, orthogonal

BAND = 0.65, 1.25
"""Where five rounds of the quintic leave singular values, but for the very smallest (Jordan's post shows 0.7 to 1.2)."""


@pytest.mark.parametrize("shape", [(8, 8), (80, 160), (160, 80), (12, 96), (96, 12), (1, 20), (20, 1)])
@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_singular_values_come_near_one(shape: tuple[int, int], scale: float) -> None:
    generator = torch.Generator().manual_seed(1)
    # Singular values between 0.3 and 1 of the largest.
    u, _, v = torch.linalg.svd(torch.randn(*shape, generator=generator), full_matrices=False)
    values = torch.linspace(0.3, 1, min(shape)) * scale
    made = orthogonal(u * values @ v)
    assert made.shape == shape
    inside = torch.linalg.svdvals(made)
    assert BAND[0] < inside.min()
    assert inside.max() < BAND[1]


def test_singular_vectors_stay() -> None:
    matrix = torch.randn(10, 24, generator=torch.Generator().manual_seed(2))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    middle = u.T @ orthogonal(matrix) @ v.T
    assert (middle - torch.diag(middle.diag())).abs().max() < 1e-4
    assert (middle.diag() > 0.5).all()


def test_a_tall_matrix_is_the_wide_one_on_its_side() -> None:
    matrix = torch.randn(6, 30, generator=torch.Generator().manual_seed(3))
    assert torch.allclose(orthogonal(matrix), orthogonal(matrix.T).T, atol=1e-5)


def test_nothing_gives_nothing() -> None:
    assert not orthogonal(torch.zeros(4, 5)).any()


def test_steps_go_downhill_by_the_rate() -> None:
    start = torch.randn(6, 9, generator=torch.Generator().manual_seed(4))
    matrix = torch.nn.Parameter(start.clone())
    unused = torch.nn.Parameter(torch.ones(3, 3))
    optimizer = Muon([matrix, unused], lr=0.1, weight_decay=0.5)
    gradient = torch.randn(6, 9, generator=torch.Generator().manual_seed(5))
    matrix.grad = gradient.clone()
    optimizer.step()
    step = matrix.detach() - start * (1 - 0.1 * 0.5)
    assert torch.allclose(step, -0.1 * 0.2 * 9**0.5 * orthogonal(gradient), atol=1e-4)
    assert torch.equal(matrix.grad, gradient)
    assert torch.equal(unused, torch.ones(3, 3))


def test_momentum_outlasts_a_gradient() -> None:
    """After many steps one way, a single one the other way does not turn it round."""
    matrix = torch.nn.Parameter(torch.zeros(4, 4))
    optimizer = Muon([matrix], lr=0.1)
    gradient = torch.eye(4)
    for _ in range(30):
        matrix.grad = gradient.clone()
        optimizer.step()
    before = matrix.detach().clone()
    matrix.grad = -0.1 * gradient
    optimizer.step()
    assert (matrix.detach() - before).diag().max() < 0


def test_it_finds_a_least_square() -> None:
    generator = torch.Generator().manual_seed(6)
    inputs, wanted = torch.randn(200, 8, generator=generator), torch.randn(5, 8, generator=generator)
    matrix = torch.nn.Parameter(torch.zeros(5, 8))
    optimizer = Muon([matrix], lr=0.2)
    for step in range(200):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / 200)
        optimizer.zero_grad()
        ((inputs @ (matrix - wanted).T) ** 2).mean().backward()
        optimizer.step()
    assert (matrix - wanted).abs().max() < 0.02
