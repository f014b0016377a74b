"""The network: shapes, gradients, and what it can see from where."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.train.reader.model import Attention, ReaderNet, Shape
from tests.train.tiny import SHAPE


def lively(shape: Shape = SHAPE, *, seed: int = 0) -> ReaderNet:
    """A network in which every part has a say; some begin at zero."""
    torch.manual_seed(seed)
    net = ReaderNet(shape)
    torch.nn.init.normal_(net.from_context.weight, std=0.3)
    for block in net.context:
        torch.nn.init.normal_(block.bias)  # pyright: ignore[reportArgumentType]
        torch.nn.init.normal_(block.out.weight, std=0.3)  # pyright: ignore[reportArgumentType]
    return net


def ink(columns: int, rows: int, *, token_px: int = 28, pages: int = 1, seed: int = 1) -> Tensor:
    return torch.rand(pages, rows * token_px, columns * token_px, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def slots(net: ReaderNet, page: Tensor, token_px: int = 28) -> Tensor:
    return net(page, token_px)[1]


@pytest.mark.parametrize("token_px", [28, 32])
@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2, 1), (1, 4), (3, 3), (5, 7)])
def test_any_page_in_whole_tokens(columns: int, rows: int, token_px: int) -> None:
    net = lively()
    presence, held = net(ink(columns, rows, token_px=token_px, pages=2), token_px)
    assert presence.shape == (2, rows * token_px // 4, columns * token_px // 2)
    assert held.shape == (*presence.shape, SHAPE.slot)
    assert net.classes(held[:, 0, :3]).shape == (2, 3, len(ALPHABET))
    assert torch.isfinite(presence).all()


def test_gradients_reach_every_parameter() -> None:
    net = lively()
    presence, held = net(ink(4, 4, pages=2), 28)
    (presence.square().mean() + net.classes(held).square().mean()).backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


def test_the_fresh_network_expects_few_letters() -> None:
    torch.manual_seed(0)
    presence, _ = ReaderNet(SHAPE)(ink(3, 3), 28)
    assert 0.05 < torch.sigmoid(presence).mean() < 0.25


def test_pages_of_a_batch_do_not_see_each_other() -> None:
    net = lively()
    pages = ink(4, 3, pages=3)
    together = slots(net, pages)
    for i in range(3):
        assert torch.allclose(slots(net, pages[i : i + 1])[0], together[i], atol=1e-5)


@torch.no_grad()
def changed(net: ReaderNet, page: Tensor, token: tuple[int, int]) -> Tensor:
    """Which tokens' slots (rows, columns) change with the pixels of one token."""
    other = page.clone()
    y, x = token[0] * 28, token[1] * 28
    other[:, y : y + 28, x : x + 28] = 1 - other[:, y : y + 28, x : x + 28]
    apart = (slots(net, page) - slots(net, other)).abs().amax(-1)[0]
    rows, columns = apart.shape[0] // 7, apart.shape[1] // 14
    return apart.reshape(rows, 7, columns, 14).amax((1, 3)) > 1e-5


def test_a_token_is_seen_in_its_windows_and_no_farther() -> None:
    """Windows of 3: the first block's lie at 0..2, 3..5; the second's, shifted by one, at 2..4, 5..7; so 0 reaches 4, and the convolutions
    at its edge one more."""
    seen = changed(lively(), ink(9, 2), (0, 0))
    assert seen[:, :5].all()
    assert not seen[:, 6:].any()


def test_without_shifted_windows_a_token_stays_in_its_own() -> None:
    shape = Shape(stem=4, dim=8, depth=1, code=4, context=8, context_depth=1, context_heads=2, window=3, slot=8)
    seen = changed(lively(shape), ink(8, 5), (1, 1))
    assert seen[:3, :3].all()
    assert not seen[4:].any()
    assert not seen[:, 4:].any()


def test_tokens_know_only_what_lies_near() -> None:
    """The cells before the windows: two strided convolutions and one block reach no farther than a token."""
    net = lively()
    page = ink(6, 6)
    other = page.clone()
    other[:, :28, :28] = 0
    with torch.no_grad():
        apart = (net.tokens(page) - net.tokens(other)).abs().amax(-1)[0]
    assert apart[:7, :7].max() > 0
    assert not (apart[14:] > 1e-6).any()
    assert not (apart[:, 14:] > 1e-6).any()


def test_windows_are_alike_wherever_they_lie() -> None:
    """Pages of one window each, side by side, give what they give alone: attention has no place but that within its window."""
    torch.manual_seed(3)
    block = Attention(SHAPE, shifted=False)
    x = torch.randn(1, 6, 9, SHAPE.context)
    with torch.no_grad():
        whole = block(x)
        for row in range(2):
            for column in range(3):
                part = (slice(None), slice(3 * row, 3 * row + 3), slice(3 * column, 3 * column + 3))
                assert torch.allclose(whole[part], block(x[part]), atol=1e-5)


def test_places_within_a_window_count() -> None:
    torch.manual_seed(3)
    block = Attention(SHAPE, shifted=False)
    x = torch.randn(1, 3, 3, SHAPE.context)
    with torch.no_grad():
        assert torch.allclose(block(x).flip(1), block(x.flip(1)), atol=1e-5)
        torch.nn.init.normal_(block.bias)
        assert not torch.allclose(block(x).flip(1), block(x.flip(1)), atol=1e-3)
