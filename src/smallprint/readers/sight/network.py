"""The trained network, run by onnxruntime.

In: ink of pages. Out: what their slots hold. Knows nothing of files, families or lines of text.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from smallprint.errors import ReaderError
from smallprint.readers.sight.alphabet import ALPHABETS, WIDE
from smallprint.readers.sight.confidence import METADATA, Confidence

WEIGHTS = "SMALLPRINT_READER"
"""Names an ONNX file to be used in place of the shipped ones."""
SHIPPED = ("reader", "fine", "finest", "learned", "han")
"""Names of the networks that ship: the one for ordinary print, after it those for fine print of 6 to 8 px, of 4 and 5 px,
for letters that were learned, and for Chinese."""
ALPHABET_KEY = "alphabet"
"""Under this name a model's metadata say which of the `ALPHABETS` it knows; without it, letters."""


@dataclass(frozen=True, eq=False)
class Slots:
    """Of one page, (R, S) each: how likely a slot holds a character, which, and how likely that one is."""

    presence: NDArray[np.float32]
    label: NDArray[np.int64]
    certainty: NDArray[np.float32]
    column_px: float
    """Width of a slot."""


class Network:
    """Safe to use from several threads at once; each run takes one."""

    def __init__(self, weights: str | os.PathLike[str]) -> None:
        """`weights` is the name of a network that ships, or the path of an ONNX file.

        Raises `ReaderError` where it cannot be read.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        path = os.fspath(weights)
        try:
            model = _shipped(path) if path in SHIPPED else Path(path).read_bytes()
            self.sha256 = hashlib.sha256(model).hexdigest()
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except OSError as error:
            raise ReaderError(f"{path}: {error.strerror or error}") from None
        except Exception as error:
            raise ReaderError(f"{path}: not a model that can be run: {error}") from None
        self.about: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        """What the model says of itself."""
        self.knows_wide = ALPHABETS.get(self.about.get(ALPHABET_KEY, ""), WIDE) > WIDE
        """Whether it reads Chinese characters."""
        told = self.about.get(METADATA)
        try:
            self.confidence = Confidence.from_json(told) if told else None
        except (ValueError, KeyError, TypeError) as error:
            raise ReaderError(f"{path}: its confidence is of another version: {error}") from None

    def run(self, ink: NDArray[np.float32], token_px: int) -> Slots:
        """`ink` is (H, W), sides multiples of `token_px`."""
        height, width = ink.shape
        tokens = np.zeros((height // token_px, width // token_px), np.uint8)
        presence, at, label, certainty = cast(
            "list[NDArray[Any]]", self._session.run(None, {"ink": ink[None], "tokens": tokens})
        )
        labels, certainties = np.zeros(presence.shape[1:], np.int64), np.zeros(presence.shape[1:], np.float32)
        labels[at[:, 1], at[:, 2]] = label
        certainties[at[:, 1], at[:, 2]] = certainty
        return Slots(presence[0], labels, certainties, width / presence.shape[2])


def chosen(weights: str | os.PathLike[str] | None) -> tuple[str, ...]:
    """The networks to read with: `weights`, or what the environment names, or those that ship."""
    named = weights or os.environ.get(WEIGHTS)
    return (os.fspath(named),) if named else SHIPPED


def _shipped(name: str) -> bytes:
    return resources.files("smallprint.readers.sight").joinpath("weights", f"{name}.onnx").read_bytes()
