"""The network of the embedded reader: pixels in, characters out, all in parallel.

In: ink (B, H, W), sides in whole tokens. Out: for each slot of the page whether it holds a character, and which. Two strided convolutions
make cells of 4 x 4 px; blocks of convolutions see letters, wherever they stand; each cell is squeezed into a few numbers, and the cells
of a token together are the visual token, from which alone the rest works: attention within windows of tokens tells each what page it is
on, and a decoder reads a few slots from each cell. Nothing depends on the size of a token, so one network serves those of 28 px and of 32
px. Letters in names: B pages, H and W of the array at hand, C channels, S slots in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from smallprint.errors import DataError
from smallprint.readers.sight.alphabet import ALPHABETS
from smallprint.readers.sight.slots import CELL_PX

_FEW = -2.0
"""First logit of presence: one slot in six or seven holds a character."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large the network is."""

    stem: int = 32
    dim: int = 80
    depth: int = 5
    """Blocks that see the page."""
    decoder_depth: int = 1
    """Blocks that see only the tokens."""
    kernel: int = 3
    mlp: int = 2
    code: int = 12
    """Numbers that are left of a cell; a token of 28 px has 49 cells, so 588 numbers with 12, 1,176 with 24, where GLM-4.1V-9B's has 4,096
    (config.json, read 2026-11-20)."""
    context: int = 96
    context_depth: int = 2
    context_heads: int = 3
    window: int = 5
    """Tokens along a side of an attention window."""
    slots_a_cell: int = 2
    """Side by side; at least as many as letters can begin in 4 px."""
    slot: int = 48
    alphabet: str = "letters"
    """What it knows: `letters`, or `han` for Chinese too."""
    glyph: int = 0
    """Numbers that a slot's character is told from, where there are thousands: the network says what the character looks like, and each
    class knows what it looks like. 0 for classes that take the slot itself."""

    def __post_init__(self) -> None:
        if self.alphabet not in ALPHABETS:
            raise DataError(f"shape: alphabet = {self.alphabet!r} is not allowed; give {' or '.join(ALPHABETS)}")

    @property
    def n_classes(self) -> int:
        return ALPHABETS[self.alphabet]


class Block(nn.Module):
    """A depthwise convolution and a perceptron, added to the input (ConvNeXt, arXiv 2201.03545, figure 4). (B, H, W, C)."""

    def __init__(self, dim: int, shape: Shape) -> None:
        super().__init__()
        self.local = nn.Conv2d(dim, dim, shape.kernel, padding=shape.kernel // 2, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.up, self.down = nn.Linear(dim, shape.mlp * dim), nn.Linear(shape.mlp * dim, dim)
        nn.init.normal_(self.down.weight, std=0.02)

    def forward(self, x_BHWC: Tensor) -> Tensor:
        seen = self.local(x_BHWC.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return x_BHWC + self.down(F.relu(self.up(self.norm(seen))))


class Attention(nn.Module):
    """A transformer block over tokens, with attention within windows; every other block's are shifted by half (arXiv 2103.14030, 3.1)."""

    def __init__(self, shape: Shape, shifted: bool) -> None:
        super().__init__()
        dim, window = shape.context, shape.window
        self.heads, self.window, self.shift = shape.context_heads, window, window // 2 if shifted else 0
        self.norm_1, self.norm_2 = nn.RMSNorm(dim), nn.RMSNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.up, self.down = nn.Linear(dim, shape.mlp * dim), nn.Linear(shape.mlp * dim, dim)
        nn.init.normal_(self.out.weight, std=0.02)
        nn.init.normal_(self.down.weight, std=0.02)
        side = 2 * window - 1
        self.bias = nn.Parameter(torch.zeros(self.heads, side * side))
        at = torch.arange(window)
        y, x = (grid.reshape(-1) for grid in torch.meshgrid(at, at, indexing="ij"))
        offset = (y[:, None] - y + window - 1) * side + x[:, None] - x + window - 1
        self.register_buffer("offset", offset.reshape(-1), persistent=False)

    def forward(self, x_BHWC: Tensor) -> Tensor:
        x = x_BHWC + self._mix(self.norm_1(x_BHWC))
        return x + self.down(F.gelu(self.up(self.norm_2(x))))

    def _mix(self, x: Tensor) -> Tensor:
        w, shift = self.window, self.shift
        B, H, W, C = x.shape
        below, right = (-(H + shift)) % w, (-(W + shift)) % w
        n_y, n_x = (H + shift + below) // w, (W + shift + right) // w
        parts = F.pad(x, (0, 0, shift, right, shift, below)).reshape(B, n_y, w, n_x, w, C).transpose(2, 3)
        qkv = self.qkv(parts.reshape(-1, w * w, C)).reshape(-1, w * w, 3, self.heads, C // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        # Normed queries and keys keep the scores small (arXiv 2302.05442, 2.1).
        q, k = F.rms_norm(q, q.shape[-1:]), F.rms_norm(k, k.shape[-1:])
        bias = self.bias[:, cast(Tensor, self.offset)].reshape(1, self.heads, w * w, w * w)
        mixed = torch.softmax(q @ k.transpose(-1, -2) + bias, -1) @ v
        joined = self.out(mixed.transpose(1, 2).reshape(-1, w * w, C))
        joined = joined.reshape(B, n_y, n_x, w, w, C).transpose(2, 3).reshape(B, n_y * w, n_x * w, C)
        return joined[:, shift : shift + H, shift : shift + W]


class ReaderNet(nn.Module):
    """See the top of this file."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        dim = shape.dim
        self.stem = nn.Conv2d(1, shape.stem, 5, stride=2, padding=2)
        self.stride = nn.Conv2d(shape.stem, dim, 3, stride=2, padding=1)
        self.encoder = nn.ModuleList(Block(dim, shape) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(dim)
        self.squeeze = nn.Linear(dim, shape.code)
        self.open = nn.Conv2d(shape.code, dim, 3, padding=1)
        self.to_context = nn.Linear(dim, shape.context)
        self.context = nn.ModuleList(Attention(shape, shifted=i % 2 == 1) for i in range(shape.context_depth))
        self.from_context = nn.Linear(shape.context, dim)
        nn.init.zeros_(self.from_context.weight)
        self.decoder = nn.ModuleList(Block(dim, shape) for _ in range(shape.decoder_depth))
        self.out_norm = nn.LayerNorm(dim)
        self.to_slots = nn.Linear(dim, shape.slots_a_cell * shape.slot)
        self.presence = nn.Linear(shape.slot, 1)
        nn.init.constant_(self.presence.bias, _FEW)
        self.to_glyph = nn.Linear(shape.slot, shape.glyph) if shape.glyph else None
        self.classes = nn.Linear(shape.glyph or shape.slot, shape.n_classes)

    def tokens(self, ink_BHW: Tensor) -> Tensor:
        """Visual tokens, as their cells: (B, H / 4, W / 4, C)."""
        x = F.relu(self.stem(ink_BHW[:, None].contiguous(memory_format=torch.channels_last)))
        x = F.relu(self.stride(x)).permute(0, 2, 3, 1)
        for block in self.encoder:
            x = block(x)
        return self.squeeze(self.norm(x))

    def slots(self, tokens_BHWC: Tensor, token_px: int) -> Tensor:
        """The slots (B, H, S, C) of cells (B, H, W, C)."""
        x = F.relu(self.open(tokens_BHWC.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
        B, H, W, C = x.shape
        side = token_px // CELL_PX
        cells = x.reshape(B, H // side, side, W // side, side, C)
        page = self.to_context(cells.mean((2, 4)))
        for block in self.context:
            page = block(page)
        x = (cells + self.from_context(page)[:, :, None, :, None]).reshape(B, H, W, C)
        for block in self.decoder:
            x = block(x)
        return F.relu(self.to_slots(self.out_norm(x))).reshape(B, H, W * self.shape.slots_a_cell, self.shape.slot)

    def letters(self, slots_C: Tensor) -> Tensor:
        """Logits of classes (..., n) for slots (..., C)."""
        return self.classes(slots_C if self.to_glyph is None else self.to_glyph(slots_C))

    def forward(self, ink_BHW: Tensor, token_px: int) -> tuple[Tensor, Tensor]:
        """Logits of presence (B, H, S), and the slots (B, H, S, C), which `letters` takes."""
        slots = self.slots(self.tokens(ink_BHW), token_px)
        return self.presence(slots)[..., 0], slots
