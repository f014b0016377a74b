"""How fast a model could run at most: its arithmetic over the device's, or its memory traffic over the device's, whichever takes longer.

In: a network's modules and its configuration (`work_of`), and a `Peak`. Out: operations, bytes and seconds for a prefill, a step of
decoding, a training step and the vision encoder. Weights are read once a pass; activations are thought to stay in caches. Counted are
matrix products and attention, causal attention at half its square. Mixtures of experts are not known, nor attention in windows: for these
there is no figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smallprint.bench.model.devices import Peak

BACKWARD_ATTENTION = 2.5
"""Products in the backward pass of attention that computes its scores anew, over the forward pass: five for two (arXiv 2205.14135)."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a token costs, in numbers of weights and widths."""

    layer_weights: int
    """Weights of matrix products in one text layer."""
    n_layers: int
    head_weights: int
    """Of the product that gives logits."""
    attention_width: int
    """Query heads times their width."""
    kv_numbers: int
    """Keys and values of one token in one layer."""
    patch_weights: int
    """Of the vision encoder, applied to each patch."""
    token_weights: int
    """Of the vision encoder, applied to each visual token."""
    vision_layers: int
    vision_width: int
    merge: int
    """Patches a visual token."""

    @property
    def weights(self) -> int:
        """Of the text part, without the table of embeddings."""
        return self.layer_weights * self.n_layers + self.head_weights

    def kv_bytes(self, n_tokens: int, width: int, *, batch: int = 1) -> int:
        """Of the cache; `width` is bytes a number."""
        return batch * n_tokens * self.kv_numbers * self.n_layers * width

    def layers_flops(self, n_tokens: int) -> float:
        """A forward pass through the text layers' products, without attention's own."""
        return 2.0 * self.layer_weights * self.n_layers * n_tokens

    def attention_flops(self, n_tokens: int) -> float:
        """Of causal attention over `n_tokens`, all layers."""
        return 2.0 * n_tokens**2 * self.attention_width * self.n_layers

    def prefill_flops(self, n_tokens: int) -> float:
        """A pass over the context, logits of its last token."""
        return self.layers_flops(n_tokens) + self.attention_flops(n_tokens) + 2.0 * self.head_weights

    def decode_flops(self, n_tokens: int, *, batch: int) -> float:
        """One step: a token for each of `batch` sequences that have `n_tokens` behind them."""
        return batch * (2.0 * self.weights + 4.0 * n_tokens * self.attention_width * self.n_layers)

    def decode_bytes(self, n_tokens: int, width: int, *, batch: int) -> float:
        """What one step reads."""
        return float(self.weights * width + self.kv_bytes(n_tokens, width, batch=batch))

    def step_flops(self, n_tokens: int, n_answer: int, *, recompute: bool) -> float:
        """Forward and backward, logits of the answer alone; the layers forward twice where activations are computed anew."""
        again = 1 if recompute else 0
        return (
            (3 + again) * self.layers_flops(n_tokens)
            + (1 + BACKWARD_ATTENTION + again) * self.attention_flops(n_tokens)
            + 3 * 2.0 * self.head_weights * n_answer
        )

    def encoder_flops(self, page_tokens: tuple[int, ...]) -> tuple[float, float]:
        """(products, attention) of a forward pass over pages of so many visual tokens each; a page attends to itself alone."""
        n_tokens = sum(page_tokens)
        squares = sum((tokens * self.merge) ** 2 for tokens in page_tokens)
        products = 2.0 * n_tokens * (self.merge * self.patch_weights + self.token_weights)
        return products, 4.0 * squares * self.vision_width * self.vision_layers

    def encoder_step_flops(self, page_tokens: tuple[int, ...], *, recompute: bool) -> float:
        """Forward and backward."""
        products, attention = self.encoder_flops(page_tokens)
        again = 1 if recompute else 0
        return (3 + again) * products + (1 + BACKWARD_ATTENTION + again) * attention


def seconds(peak: Peak, flops: float, n_bytes: float = 0.0) -> float:
    """The longer of the two."""
    return max(flops / peak.flops, n_bytes / peak.bytes_per_second)


def work_of(network: Any, config: Any, n_layers: int) -> Work | None:
    """Count a network of transformers, which may be on the meta device and have fewer layers than `n_layers`.

    None for mixtures of experts and attention in windows.
    """
    text, vision = config.get_text_config(), config.vision_config
    routed = any(getattr(text, key, None) for key in ("num_experts", "n_routed_experts", "num_local_experts"))
    if routed or getattr(vision, "fullatt_block_indexes", None) is not None:
        return None
    head_dim = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    encoder = network.model.visual
    merge = int(vision.spatial_merge_size) ** 2
    patch_weights, token_weights = 0, 0
    for name, weights in _products(encoder):
        # Up to the last block an encoder works on patches; what follows works on merged ones.
        if name.startswith(("blocks.", "patch_embed.")):
            patch_weights += weights
        else:
            token_weights += weights
    return Work(
        layer_weights=sum(weights for _, weights in _products(network.model.language_model.layers[0])),
        n_layers=n_layers,
        head_weights=int(network.lm_head.weight.numel()),
        attention_width=int(text.num_attention_heads * head_dim),
        kv_numbers=int(2 * text.num_key_value_heads * head_dim),
        patch_weights=patch_weights,
        token_weights=token_weights,
        vision_layers=len(encoder.blocks),
        vision_width=int(getattr(vision, "embed_dim", None) or vision.hidden_size),
        merge=merge,
    )


def _products(module: Any) -> list[tuple[str, int]]:
    """Name and weights of every matrix product; a convolution that does not overlap is one too."""
    return [
        (name, int(part.weight.numel()))
        for name, part in module.named_modules()
        if type(part).__name__ in ("Linear", "Conv2d", "Conv3d")
    ]
