"""The ONNX file against the network that it was made of."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.readers.sight.decode import FAINT
from smallprint.train.reader.export import IR_VERSION, OPSET, to_onnx
from smallprint.train.reader.model import ReaderNet, Shape
from tests.train.tiny import SHAPE

BROAD = Shape(  # every number unlike the default
    stem=6,
    dim=12,
    depth=2,
    decoder_depth=2,
    kernel=5,
    mlp=3,
    code=5,
    context=12,
    context_depth=3,
    context_heads=3,
    window=4,
    slot=10,
)


def rounded(shape: Shape) -> ReaderNet:
    """A network at random whose weights are those of half precision, and which takes half of the slots for filled."""
    torch.manual_seed(0)
    net = ReaderNet(shape)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        net.classes.weight.mul_(9)
        logits, _ = net(torch.rand(1, 84, 84), 28)
        net.presence.bias.add_(math.log(FAINT / (1 - FAINT)) - logits.median())
        for parameter in net.parameters():
            parameter.copy_(parameter.half().float())
    return net


HAN = replace(SHAPE, alphabet="han", glyph=6)


@pytest.mark.parametrize("shape", [SHAPE, BROAD, HAN], ids=["tiny", "broad", "Chinese"])
def test_it_reckons_as_the_network_does(shape: Shape) -> None:
    net = rounded(shape)
    session = onnxruntime.InferenceSession(to_onnx(net, about={}))
    for token_px, columns, rows in ((28, 3, 4), (28, 7, 5), (32, 5, 2), (32, 1, 1)):
        ink = np.random.default_rng(token_px).random((2, rows * token_px, columns * token_px), np.float32)
        presence, at, label, certainty = session.run(None, {"ink": ink, "tokens": np.zeros((rows, columns), np.uint8)})
        with torch.no_grad():
            logits, slots = net(torch.from_numpy(ink), token_px)
            wanted = torch.sigmoid(logits).numpy()
            asked = tuple(at.T)
            best = torch.softmax(net.letters(slots[asked]), -1).max(-1)
        assert np.abs(presence - wanted).max() < 1e-5
        sure = np.abs(wanted - FAINT) > 1e-4
        held = np.zeros(wanted.shape, bool)
        held[asked] = True
        assert np.array_equal(held[sure], (wanted > FAINT)[sure])
        assert 0 < len(at) < held.size
        assert np.array_equal(label, best.indices.numpy())
        assert len(set(label.tolist())) > 3
        assert np.abs(certainty - best.values.numpy()).max() < 1e-5


def test_it_says_what_it_is() -> None:
    about = {"name": "tiny", "seed": "7"}
    model = onnx.load_from_string(to_onnx(rounded(SHAPE), about=about))
    assert {entry.key: entry.value for entry in model.metadata_props} == about
    assert (model.ir_version, model.opset_import[0].version) == (IR_VERSION, OPSET)
    assert [entry.name for entry in model.graph.output] == ["presence", "at", "label", "certainty"]


def test_it_is_small() -> None:
    """Two bytes a weight; what the graph itself takes does not grow with them."""
    for shape in (SHAPE, Shape(dim=160)):
        net = rounded(shape)
        n_weights = sum(p.numel() for p in net.parameters())
        extra = len(to_onnx(net, about={})) - 2 * n_weights
        assert 0 < extra < 80_000
    assert n_weights > 100 * len(ALPHABET) / 2


def test_the_same_network_gives_the_same_file() -> None:
    assert to_onnx(rounded(SHAPE), about={"name": "a"}) == to_onnx(rounded(SHAPE), about={"name": "a"})
