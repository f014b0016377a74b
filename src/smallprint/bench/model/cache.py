"""A KV cache that is full to a given length and has room for a few tokens more.

In: layers, batch, heads, length. Out: what a model of transformers takes as ``past_key_values``. New keys and values are written in place
and handed out as a view, as serving engines do; transformers' own growing cache copies the whole of it for each token. Values are random:
how long a step takes does not depend on them.
"""

from __future__ import annotations

from typing import Any

from smallprint.readers import sdk


class _Layer:
    """Keys and values of one layer, (batch, heads, length + room, head_dim), of which the first `length` are written.

    It has what `transformers.Cache` asks of a layer, by name.
    """

    is_compileable = False
    is_croppable = False
    is_sliding = False
    is_initialized = True

    def __init__(self, keys: Any, values: Any, length: int) -> None:
        self.keys, self.values = keys, values
        self._start = self._length = length

    def lazy_initialization(self, key_states: Any, value_states: Any) -> None:
        """Nothing is left to do."""

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        end = self._length + key_states.shape[-2]
        self.keys[:, :, self._length : end] = key_states
        self.values[:, :, self._length : end] = value_states
        self._length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        return self._length

    def get_query_offset(self) -> int:
        return self._length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._length + query_length, 0

    def get_max_length(self) -> int:
        return -1

    def rewind(self) -> None:
        self._length = self._start


class FilledCache:
    """A cache of `length` tokens for each of `batch` sequences, with room for `room` more."""

    def __init__(
        self,
        *,
        n_layers: int,
        batch: int,
        kv_heads: int,
        head_dim: int,
        length: int,
        room: int,
        dtype: Any,
        device: str,
    ) -> None:
        torch = sdk.load("torch", extra="local", needed_by="bench model")
        hub = sdk.load("transformers", extra="local", needed_by="bench model")

        def numbers() -> Any:
            return torch.empty(batch, kv_heads, length + room, head_dim, dtype=dtype, device=device).uniform_(-1, 1)

        base = sdk.load("transformers.cache_utils", extra="local", needed_by="bench model").CacheLayerMixin
        # Of the library's own kind, by which it tells attention layers from others.
        kind: Any = type("FilledLayer", (_Layer, base), {})
        self._layers: list[Any] = [kind(numbers(), numbers(), length) for _ in range(n_layers)]
        self.past = hub.Cache(layers=self._layers)
        per_token = sum(each.element_size() * each.numel() for each in (self._layers[0].keys, self._layers[0].values))
        self.n_bytes = per_token * n_layers * length // (length + room)
        """Of what is written, without the room."""

    def rewind(self) -> None:
        """Forget what was added."""
        for layer in self._layers:
            layer.rewind()
