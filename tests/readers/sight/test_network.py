"""The network's file and its run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from smallprint.errors import ReaderError
from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.readers.sight.decode import FAINT
from smallprint.readers.sight.network import WEIGHTS, Network, chosen
from smallprint.train.reader.export import to_onnx
from smallprint.train.reader.model import ReaderNet, Shape

TINY = Shape(stem=4, dim=8, depth=1, code=4, context=8, context_depth=1, context_heads=2, window=3, slot=8)


def model(name: str, *, first_logit: float = -3.0) -> bytes:
    torch.manual_seed(0)
    net = ReaderNet(TINY)
    torch.nn.init.constant_(net.presence.bias, first_logit)
    return to_onnx(net, about={"name": name})


@pytest.fixture(autouse=True)
def no_weights_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS, raising=False)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"none\.onnx: No such file"):
        Network(tmp_path / "none.onnx")
    with pytest.raises(ReaderError, match="directory"):
        Network(tmp_path)


def test_a_damaged_file(tmp_path: Path) -> None:
    whole = model("whole")
    for content in (b"", b"no model", whole[: len(whole) // 2], whole[:-3]):
        path = tmp_path / "damaged.onnx"
        path.write_bytes(content)
        with pytest.raises(ReaderError, match=r"damaged\.onnx: not a model that can be run"):
            Network(path)


def test_the_environment_names_the_weights_unless_they_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, given = tmp_path / "named.onnx", tmp_path / "given.onnx"
    named.write_bytes(model("named"))
    given.write_bytes(model("given"))
    monkeypatch.setenv(WEIGHTS, str(named))
    assert [Network(name).about["name"] for name in chosen(None)] == ["named"]
    assert [Network(name).about["name"] for name in chosen(given)] == ["given"]
    monkeypatch.setenv(WEIGHTS, str(tmp_path / "none.onnx"))
    with pytest.raises(ReaderError, match=r"none\.onnx"):
        Network(chosen(None)[0])


@pytest.mark.parametrize("token_px", [28, 32])
def test_slots_of_a_page(tmp_path: Path, token_px: int) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(model("tiny"))
    ink = np.random.default_rng(0).random((2 * token_px, 5 * token_px), np.float32)
    slots = Network(path).run(ink, token_px)
    shape = (2 * token_px // 4, 5 * token_px // 2)
    assert slots.presence.shape == slots.label.shape == slots.certainty.shape == shape
    asked = slots.presence > FAINT
    assert asked.any()
    assert not asked.all()
    assert (slots.certainty[asked] >= 1 / len(ALPHABET)).all()
    assert not slots.certainty[~asked].any()
    assert not slots.label[~asked].any()
    assert ((slots.label >= 0) & (slots.label < len(ALPHABET))).all()


def test_a_page_on_which_nothing_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "blind.onnx"
    path.write_bytes(model("blind", first_logit=-30.0))
    slots = Network(path).run(np.zeros((28, 28), np.float32), 28)
    assert slots.presence.max() < FAINT
    assert not slots.label.any()
    assert not slots.certainty.any()
