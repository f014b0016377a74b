"""A vision-language model with random weights, and the four things that are timed on it.

In: a `Shape`, a device, a dtype. Out: closures that do one prefill, one step of decoding, one training step, one pass of the vision
encoder. The model is transformers' own class, called as its users call it; speed does not depend on what the weights are. Knows no clock.

A training step is forward and backward over the context and an answer of `ANSWER_TOKENS`, with the loss on the answer, in both arms. The
optimizer is left out: it costs the same for text and for pages, and its state for 9 B parameters does not fit beside them on one GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from smallprint.bench.model.cache import FilledCache
from smallprint.bench.model.content import Patches
from smallprint.bench.model.roofline import Work, work_of
from smallprint.bench.model.shapes import Shape
from smallprint.errors import DataError
from smallprint.readers import sdk

ANSWER_TOKENS = 256
"""Of the answer that a training step learns: what a question about a document takes."""
_SEED = 20251117


class Network:
    """One model on one device."""

    def __init__(self, shape: Shape, *, device: str, dtype: str, attention: str, layers: int | None = None) -> None:
        torch = sdk.load("torch", extra="local", needed_by="bench model")
        hub = sdk.load("transformers", extra="local", needed_by="bench model")
        self.shape, self.device, self._attention = shape, device, attention
        self.dtype = getattr(torch, dtype)
        self.config = shape.hub_config(layers)
        torch.manual_seed(_SEED)
        try:
            with torch.device(device):
                self.model = hub.AutoModelForImageTextToText.from_config(
                    self.config, dtype=self.dtype, attn_implementation=attention
                )
        except (ImportError, ValueError) as error:
            raise DataError(f"--attention {attention}: {error}") from None
        self.model.eval()
        self._torch = torch
        self._text = self.config.get_text_config()
        self._head_dim = int(
            getattr(self._text, "head_dim", None) or self._text.hidden_size // self._text.num_attention_heads
        )
        self.n_layers = int(self._text.num_hidden_layers)
        """That are there, which may be fewer than the shape has."""
        self.width = int(self.dtype.itemsize)
        self.work: Work | None = work_of(self.model, self.config, shape.n_layers)
        self.n_parameters = sum(int(each.numel()) for each in self.model.parameters())

    @contextmanager
    def with_layers(self, layers: int) -> Generator[None]:
        """Only the first text layers, for as long as the context lasts."""
        inner = self.model.model.language_model
        all_layers = inner.layers
        inner.layers = self._torch.nn.ModuleList(list(all_layers)[:layers])
        try:
            yield
        finally:
            inner.layers = all_layers

    def sync(self) -> None:
        """Wait until the device has done what it was given."""
        if self.device.startswith("cuda"):
            self._torch.cuda.synchronize(self.device)

    def release(self) -> None:
        """Hand back what torch keeps for later."""
        self._torch.cuda.empty_cache()

    def free_bytes(self) -> int:
        """Of the GPU."""
        return int(self._torch.cuda.mem_get_info(self.device)[0])

    def cache_bytes(self, n_tokens: int) -> int:
        """Of one sequence, in the layers that are there."""
        return 2 * int(self._text.num_key_value_heads) * self._head_dim * self.n_layers * n_tokens * self.width

    def prefill_bytes(self, n_tokens: int) -> int:
        """About what a prefill takes beyond the weights: the widest activations of a layer, and the cache."""
        wide = 4 * int(self._text.intermediate_size) + 8 * int(self._text.hidden_size)
        return n_tokens * wide * self.width + self.cache_bytes(n_tokens) + self._square_bytes(n_tokens)

    def step_bytes(self, n_tokens: int, *, vision: bool = False) -> int:
        """About what a training step takes beyond the weights: gradients, a layer's activations, what is kept of each layer."""
        part = self.config.vision_config if vision else self._text
        hidden = int(part.hidden_size)
        inner = max(int(part.intermediate_size), int(getattr(part, "out_hidden_size", 0) or 0))
        kept = hidden * int(self.n_layers)
        squares = 0 if vision else 2 * self._square_bytes(n_tokens)
        return (n_tokens * (7 * inner + 12 * hidden + kept) + self.n_parameters) * self.width + squares

    def _square_bytes(self, n_tokens: int) -> int:
        """Of scores, in attention that keeps them."""
        if self._attention != "eager":
            return 0
        return 3 * n_tokens**2 * int(self._text.num_attention_heads) * self.width

    def encode(self, parts: list[Patches]) -> Any:
        """The encoder's output for all pages, a part at a time, as the model takes it in place of pixels."""
        with self._torch.inference_mode():
            return _joined([self._features(part) for part in parts])

    def encode_step(self, parts: list[Patches], *, recompute: bool) -> None:
        """Forward and backward through the encoder, a part at a time; what comes back from the text layers is random."""
        with self._training(recompute):
            for part in parts:
                outputs = [each for each in _tensors(self._features(part)) if each.requires_grad]
                self._torch.autograd.backward(outputs, [self._torch.randn_like(each) for each in outputs])

    def prefill_text(self, n_tokens: int) -> Callable[[], None]:
        ids = self._random_ids(n_tokens)
        return lambda: self._prefill(input_ids=ids)

    def prefill_pages(self, parts: list[Patches], features: Any) -> Callable[[], None]:
        """The text part reads pages that the encoder has seen."""
        asked = self._asked(parts, 0)
        return lambda: self._prefill(mm_encoder_outputs={"image": _fresh(features)}, **asked)

    def decode(self, n_tokens: int, *, batch: int, room: int) -> tuple[Callable[[], None], FilledCache]:
        """One step for each sequence, after `n_tokens`; the cache holds `room` steps."""
        torch = self._torch
        cache = FilledCache(
            n_layers=len(self.model.model.language_model.layers),
            batch=batch,
            kv_heads=int(self._text.num_key_value_heads),
            head_dim=self._head_dim,
            length=n_tokens,
            room=room,
            dtype=self.dtype,
            device=self.device,
        )
        ids = self._random_ids(1, batch=batch)
        # What an earlier prefill of pages left there shifts positions, which says nothing here.
        self.model.model.rope_deltas = None

        def step() -> None:
            with torch.inference_mode():
                logits = self.model(input_ids=ids, past_key_values=cache.past, use_cache=True).logits
                ids.copy_(logits[:, -1].argmax(-1, keepdim=True))

        return step, cache

    def train_text(self, n_tokens: int, *, recompute: bool) -> Callable[[], None]:
        ids = self._random_ids(n_tokens + ANSWER_TOKENS)
        return lambda: self._step(recompute, ids, input_ids=ids)

    def train_pages(self, parts: list[Patches], features: Any, *, recompute: bool) -> Callable[[], None]:
        """The text part alone; the gradient of its pages is computed, for the encoder to go on with."""
        asked = self._asked(parts, ANSWER_TOKENS)

        def step() -> None:
            given = _fresh(features)
            for tensor in _tensors(given):
                tensor.requires_grad_(True)
            self._step(recompute, asked["input_ids"], mm_encoder_outputs={"image": given}, **asked)

        return step

    def _features(self, part: Patches) -> Any:
        return self.model.get_image_features(part.pixel_values, image_grid_thw=part.grid_thw, return_dict=True)

    def _prefill(self, **asked: Any) -> None:
        with self._torch.inference_mode():
            self.model(**asked, use_cache=True, logits_to_keep=1)

    def _step(self, recompute: bool, ids: Any, **asked: Any) -> None:
        torch = self._torch
        with self._training(recompute):
            logits = self.model(**asked, use_cache=False, logits_to_keep=ANSWER_TOKENS + 1).logits[0]
            torch.nn.functional.cross_entropy(logits[:-1].float(), ids[0, -ANSWER_TOKENS:]).backward()

    @contextmanager
    def _training(self, recompute: bool) -> Generator[None]:
        # Its name changed in transformers 5; the old one warns.
        kind = "activation" if hasattr(self.model, "activation_checkpointing_enable") else "gradient"
        self.model.train()
        if recompute:
            getattr(self.model, f"{kind}_checkpointing_enable")(
                **{f"{kind}_checkpointing_kwargs": {"use_reentrant": False}}
            )
        try:
            yield
        finally:
            if recompute:
                getattr(self.model, f"{kind}_checkpointing_disable")()
            self.model.eval()
            self.model.zero_grad(set_to_none=True)

    def _random_ids(self, n_tokens: int, *, batch: int = 1) -> Any:
        # Ids of tags and of images are at the end of vocabularies.
        high = max(2, int(self._text.vocab_size) - 512)
        return self._torch.randint(1, high, (batch, n_tokens), device=self.device)

    def _asked(self, parts: list[Patches], n_answer: int) -> dict[str, Any]:
        """Ids with a tag on either side of each page, and what tells the model where pages are."""
        torch = self._torch
        pages = [tokens for part in parts for tokens in part.visual_tokens]
        image = int(self.config.image_token_id)
        pieces: list[Any] = []
        kinds: list[Any] = []
        for tokens in pages:
            tag = self._random_ids(1)[0]
            pieces += [tag, torch.full((tokens,), image, device=self.device), tag]
            kinds += [torch.zeros(1), torch.ones(tokens), torch.zeros(1)]
        if n_answer:
            pieces.append(self._random_ids(n_answer)[0])
            kinds.append(torch.zeros(n_answer))
        return {
            "input_ids": torch.cat(pieces)[None],
            "mm_token_type_ids": torch.cat(kinds).to(device=self.device, dtype=torch.int32)[None],
            "image_grid_thw": torch.cat([part.grid_thw for part in parts]),
        }


def _joined(outputs: list[Any]) -> Any:
    """Outputs of several parts as one: tensors a page, and for Qwen3-VL the same again for some of the encoder's layers."""
    first = outputs[0]
    deep = [[page for each in outputs for page in each.deepstack_features[at]] for at in range(len(_deep(first)))]
    first.pooler_output = tuple(page for each in outputs for page in each.pooler_output)
    if deep:
        first.deepstack_features = [tuple(pages) for pages in deep]
    # Not looked at by the text part, and as large as all patches.
    first.last_hidden_state = None
    return first


def _fresh(features: Any) -> Any:
    """The same tensors in new containers and out of inference mode, so that nothing that a pass does to them is left."""
    made = type(features)(pooler_output=tuple(page.clone() for page in features.pooler_output))
    if hasattr(features, "deepstack_features"):
        made.deepstack_features = [tuple(page.clone() for page in pages) for pages in _deep(features)]
    return made


def _tensors(features: Any) -> list[Any]:
    return [*features.pooler_output, *(page for pages in _deep(features) for page in pages)]


def _deep(features: Any) -> list[Any]:
    return getattr(features, "deepstack_features", None) or []
