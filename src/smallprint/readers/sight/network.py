"""The trained network, run by onnxruntime.

In: ink of pages. Out: what their slots hold. Knows nothing of files, families or lines of text.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from smallprint.errors import ReaderError
from smallprint.readers.sight.confidence import METADATA, Confidence

WEIGHTS = "SMALLPRINT_READER"
"""Names an ONNX file to be used in place of the shipped one."""


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

    def __init__(self, weights: str | os.PathLike[str] | None = None) -> None:
        """Raises `ReaderError` where `weights` (the shipped ones by default) cannot be read."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        path = weights or os.environ.get(WEIGHTS)
        try:
            model = Path(path).read_bytes() if path else _shipped()
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except OSError as error:
            raise ReaderError(f"{path or 'the embedded reader'}: {error.strerror or error}") from None
        except Exception as error:
            raise ReaderError(f"{path or 'the embedded reader'}: not a model that can be run: {error}") from None
        self.about: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        """What the model says of itself."""
        told = self.about.get(METADATA)
        self.confidence = Confidence.from_json(told) if told else None

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


def _shipped() -> bytes:
    return resources.files("smallprint.readers.sight").joinpath("weights", "reader.onnx").read_bytes()
