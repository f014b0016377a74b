"""A Hugging Face model on this machine.

In: a `Request`. Out: events, as the model writes. Loads any checkpoint that AutoModelForImageTextToText takes, by hub name or folder
(extra `local`). Pages are handed over as pixels where they are at hand. Knows no fonts and no prices; runs no code from a checkpoint.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from smallprint.errors import BadReply, ReaderError, TooLarge
from smallprint.readers import prompt, sdk, thinking
from smallprint.readers.base import Event, ImagePart, Reader, Reply, Request
from smallprint.readers.failures import short
from smallprint.readers.retry import Retry

_TAG_TOKENS = 8
"""As many of the prompt's last tokens as hold a tag and white space, however they are split."""


class TransformersReader(Reader):
    """Reads with a model in this process. It is loaded at the first question and kept until the reader is dropped.

    `device`: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`; `dtype`: `auto` (the checkpoint's own) or a torch type's name. Greedy unless the
    request sets a temperature. One generation at a time: further ones wait.
    """

    takes_pixels = True

    def __init__(
        self,
        model: str,
        *,
        family: str | None = None,
        retry: Retry | None = None,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        super().__init__(model, provider="local", family=family, retry=retry or Retry(attempts=1))
        self.device = device
        self.dtype = dtype
        self._loaded: tuple[Any, Any] | None = None
        self._loading = threading.Lock()
        self._running = threading.Lock()

    def check(self) -> None:
        for module in ("torch", "transformers", "PIL.Image"):
            sdk.load(module, extra="local", needed_by="local")

    def load(self) -> tuple[Any, Any]:
        """The model and its processor. Raises `ReaderError` that names what could not be loaded."""
        with self._loading:
            if self._loaded is None:
                hub = sdk.load("transformers", extra="local", needed_by="local")
                torch = sdk.load("torch", extra="local", needed_by="local")
                try:
                    processor = load_processor(self.model)
                    network = hub.AutoModelForImageTextToText.from_pretrained(self.model, dtype=self.dtype)
                    self._loaded = network.eval().to(self._device(torch)), processor
                except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
                    raise ReaderError(f"local: cannot load {self.model!r}: {short(error)}") from error
            return self._loaded

    def _device(self, torch: Any) -> str:
        if self.device != "auto":
            return self.device
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"

    def inputs(self, request: Request) -> Any:
        """What the model is given: `input_ids` (1, n_tokens), `pixel_values` and what else its processor makes."""
        _, processor = self.load()
        content: list[dict[str, Any]] = [{"type": "image", "image": _picture(image)} for image in request.images]
        content.append({"type": "text", "text": prompt.text_of(request)})
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if request.system:
            messages.insert(0, {"role": "system", "content": [{"type": "text", "text": request.system}]})
        return processor.apply_chat_template(
            messages, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )

    def _attempt(self, request: Request) -> Iterator[Event]:
        run = self._run(request)
        run.start()
        try:
            if run.opening:
                yield run.opening
            for text in run.streamer:
                if text:
                    yield text
        finally:
            run.stop()
        yield run.reply(self.name)

    async def _aattempt(self, request: Request) -> AsyncIterator[Event]:
        import asyncio

        run = await asyncio.to_thread(self._run, request)
        run.start()
        try:
            if run.opening:
                yield run.opening
            while (text := await asyncio.to_thread(next, run.streamer, None)) is not None:
                if text:
                    yield text
        finally:
            await asyncio.to_thread(run.stop)
        yield run.reply(self.name)

    def _run(self, request: Request) -> _Run:
        network, processor = self.load()
        try:
            inputs = self.inputs(request)
        except (ValueError, TypeError, KeyError) as error:
            raise ReaderError(f"{self.name}: its processor does not take this request: {short(error)}") from error
        self._check_length(network, int(inputs["input_ids"].shape[1]), request)
        return _Run(network, processor.tokenizer, inputs.to(network.device), request, self._running)

    def _check_length(self, network: Any, n_in: int, request: Request) -> None:
        config = network.config.get_text_config()
        window = getattr(config, "max_position_embeddings", None)
        if window and n_in + request.max_output_tokens > window:
            raise TooLarge(
                f"{self.name}: {n_in} input tokens and {request.max_output_tokens} for the answer; the model's window is {window}"
            )


class _Run(threading.Thread):
    """One generation, in a thread, as its streamer wants."""

    def __init__(self, network: Any, tokenizer: Any, inputs: Any, request: Request, turn: threading.Lock) -> None:
        super().__init__(name="smallprint-local", daemon=True)
        hub = sdk.load("transformers", extra="local", needed_by="local")
        self.streamer = hub.TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._network = network
        self._tokenizer = tokenizer
        self._inputs = inputs
        self._request = request
        self._turn = turn
        self._stopping = threading.Event()
        self._failed: Exception | None = None
        self._tokens: list[int] = []
        ended = tokenizer.decode(inputs["input_ids"][0, -_TAG_TOKENS:]).rstrip()
        self.opening = thinking.OPEN if ended.endswith(thinking.OPEN) else ""
        """The tag that the chat template wrote for the model: said first, so that its thoughts are known as such."""

    def run(self) -> None:
        temperature = self._request.temperature
        sampling = {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
        try:
            with self._turn:
                out = self._network.generate(
                    **self._inputs,
                    **sampling,
                    max_new_tokens=self._request.max_output_tokens,
                    streamer=self.streamer,
                    stopping_criteria=[self._is_over],
                )
            self._tokens = out[0, self._inputs["input_ids"].shape[1] :].tolist()
        except Exception as error:
            self._failed = error
            self.streamer.end()

    def _is_over(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        return input_ids.new_full((input_ids.shape[0],), self._stopping.is_set(), dtype=bool)

    def stop(self) -> None:
        """Ends the generation after the token at hand, and waits for that."""
        self._stopping.set()
        self.join()

    def reply(self, name: str) -> Reply:
        ids = self._inputs["input_ids"]
        n_in = int(ids.shape[1])
        if self._failed is not None:
            if type(self._failed).__name__ == "OutOfMemoryError":
                raise TooLarge(
                    f"{name}: out of memory with {n_in} input tokens: {short(self._failed)}"
                ) from self._failed
            raise ReaderError(f"{name}: the model failed: {short(self._failed)}") from self._failed
        text = self._tokenizer.decode(self._tokens, skip_special_tokens=True)
        if not text.strip():
            raise BadReply(f"{name}: an empty reply: {len(self._tokens)} tokens, none of them text")
        ends = _listed(self._network.generation_config.eos_token_id)
        at_cap = len(self._tokens) >= self._request.max_output_tokens and self._tokens[-1] not in ends
        placeholder = getattr(self._network.config, "image_token_id", None)
        return Reply(
            text=self.opening + text,
            model=name.partition(":")[2],
            finish="length" if at_cap else "stop",
            tokens_in=n_in,
            tokens_out=len(self._tokens),
            raw={
                "image_tokens": 0 if placeholder is None else int((ids == placeholder).sum()),
                "device": str(self._network.device),
                "dtype": str(self._network.dtype),
            },
        )


def load_processor(model: str) -> Any:
    """A checkpoint's processor; without its video part where torchvision, which only that part needs, is not installed."""
    hub = sdk.load("transformers", extra="local", needed_by="local")
    try:
        return hub.AutoProcessor.from_pretrained(model)
    except ImportError as error:
        if "torchvision" not in str(error).lower():
            raise
        table = sdk.load("transformers.models.auto.processing_auto", extra="local", needed_by="local").PROCESSOR_MAPPING
        stock = table[type(hub.AutoConfig.from_pretrained(model))]
        return _without_video(stock).from_pretrained(model)


def _without_video(stock: Any) -> Any:
    """A processor class like `stock` that has no video part. The parts are read off its signature, so they can be left out there."""

    def get_attributes(cls: Any) -> list[str]:
        return [part for part in stock.get_attributes() if "video" not in part]

    return type(stock.__name__, (stock,), {"get_attributes": classmethod(get_attributes)})


def _picture(image: ImagePart) -> Any:
    pil = sdk.load("PIL.Image", extra="local", needed_by="local")
    if image.pixels is not None:
        return pil.fromarray(image.pixels()).convert("RGB")
    import io

    return pil.open(io.BytesIO(image.data())).convert("RGB")


def _listed(ids: Any) -> list[int]:
    return list(ids) if isinstance(ids, Iterable) else [ids]  # pyright: ignore[reportUnknownArgumentType]
