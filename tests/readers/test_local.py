"""The `[local]` path, with a tiny random model of GLM-4.1V's architecture, built and loaded offline."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny_glm import build

pytest.importorskip("torch", reason="needs the extra `local`")
pytest.importorskip("transformers", reason="needs the extra `local`")

from smallprint.errors import ReaderError, TooLarge
from smallprint.readers import ImagePart, Reply, Request, ask, reader
from smallprint.readers.transformers import TransformersReader
from smallprint.tokens.vision import vision_tokens

# transformers hands tensors to numpy in a way that numpy 2 asks it to change.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZES = [(595, 842), (300, 200)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny-glm-4.1v"
    build(path)
    return path


@pytest.fixture(scope="module")
def tiny(folder: Path) -> TransformersReader:
    made = reader(f"local:{folder}", family="glm-4.1v", device="cpu")
    assert isinstance(made, TransformersReader)
    return made


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "smallprint-local"]


def image(width_px: int, height_px: int) -> ImagePart:
    gray = np.random.default_rng(width_px).integers(0, 256, (height_px, width_px), np.uint8)
    return ImagePart(
        png=b"not read: the pixels are at hand", pixels=lambda: gray, width_px=width_px, height_px=height_px
    )


REQUEST = Request(question="Who?", parts=tuple(image(*size) for size in SIZES), max_output_tokens=12)


def test_the_checkpoint_is_small_and_complete(folder: Path, tiny: TransformersReader) -> None:
    model, processor = tiny.load()
    assert 100_000 < sum(weight.numel() for weight in model.parameters()) < 1_000_000
    assert type(processor).__name__ == "Glm4vProcessor"
    assert (folder / "video_preprocessor_config.json").exists()


def test_image_tokens_are_what_the_family_counts(tiny: TransformersReader) -> None:
    reply = tiny.ask(REQUEST)
    assert reply.raw["image_tokens"] == sum(vision_tokens("glm-4.1v", *size) for size in SIZES)
    assert reply.tokens_in is not None
    assert reply.tokens_in > reply.raw["image_tokens"]
    assert reply.tokens_out == 12
    assert reply.finish == "length"
    assert reply.text


def test_it_streams_and_the_pieces_are_the_reply(tiny: TransformersReader) -> None:
    events = list(tiny.stream(REQUEST))
    reply = events[-1]
    assert isinstance(reply, Reply)
    assert "".join(event for event in events if isinstance(event, str)) == reply.text


def test_async_twin_and_two_at_once(tiny: TransformersReader) -> None:
    async def both() -> list[Reply]:
        return await asyncio.gather(tiny.aask(REQUEST), tiny.aask(REQUEST))

    one, two = asyncio.run(both())
    assert one.text == two.text == tiny.ask(REQUEST).text, "greedy"


def test_images_stand_before_the_text(tiny: TransformersReader) -> None:
    ids = tiny.inputs(REQUEST)["input_ids"][0].tolist()
    _, processor = tiny.load()
    text = processor.tokenizer.decode([token for token in ids if token != processor.image_token_id])
    assert text.index("<|end_of_image|>") < text.index("Question: Who?")
    assert text.count("<|begin_of_image|>") == len(SIZES)


def test_png_bytes_serve_where_there_are_no_pixels(tiny: TransformersReader) -> None:
    from smallprint.render import png

    part = image(300, 200)
    assert part.pixels is not None
    encoded = ImagePart(png=png.encode(part.pixels()), width_px=300, height_px=200)
    one = tiny.ask(Request(question="Who?", parts=(part,), max_output_tokens=4))
    two = tiny.ask(Request(question="Who?", parts=(encoded,), max_output_tokens=4))
    assert one.text == two.text


def test_a_tag_that_the_chat_template_wrote_is_said_again(
    tiny: TransformersReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, processor = tiny.load()
    assert tiny._run(REQUEST).opening == ""
    monkeypatch.setattr(processor, "chat_template", processor.chat_template + "<think>\n")
    events = list(tiny.stream(REQUEST))
    reply = events[-1]
    assert isinstance(reply, Reply)
    assert reply.text.startswith("<think>")
    assert "".join(event for event in events if isinstance(event, str)) == reply.text


def test_it_can_be_left_after_its_first_words(tiny: TransformersReader) -> None:
    events = tiny.stream(REQUEST)
    assert isinstance(next(events), str)
    events.close()  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_cancelled_question_stops_the_model(tiny: TransformersReader) -> None:
    asked = asyncio.create_task(tiny.aask(Request(question="Who?", max_output_tokens=3000)))
    while not [thread for thread in threading.enumerate() if thread.name == "smallprint-local"]:
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


@pytest.mark.parametrize(("kind", "ours"), [("OutOfMemoryError", TooLarge), ("RuntimeError", ReaderError)])
def test_a_model_that_fails_is_our_error(
    tiny: TransformersReader, monkeypatch: pytest.MonkeyPatch, kind: str, ours: type[Exception]
) -> None:
    def fail(**_: object) -> None:
        raise type(kind, (RuntimeError,), {})("no\nluck")

    network, _ = tiny.load()
    monkeypatch.setattr(network, "generate", fail)
    with pytest.raises(ours, match="no luck"):
        tiny.ask(REQUEST)


def test_a_request_over_the_window_is_refused_with_the_numbers(tiny: TransformersReader) -> None:
    with pytest.raises(TooLarge, match=r"input tokens and 4000 for the answer; the model's window is 4096"):
        tiny.ask(Request(question="Who?", max_output_tokens=4000))


def test_ask_through_the_local_path(folder: Path) -> None:
    source = "The rain fell on the moor, and nobody came to the house that day.\n" * 150
    answer = ask(source, "What fell?", model=f"local:{folder}", family="glm-4.1v", max_output_tokens=8)
    assert answer.decision == "pages"
    assert answer.raw["image_tokens"] == answer.page_tokens
    assert answer.tokens_out == 8
    assert answer.usd is None


def test_an_unknown_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ReaderError, match=r"local: cannot load '.*nothing-here'"):
        reader(f"local:{tmp_path / 'nothing-here'}").ask(Request(question="?"))
