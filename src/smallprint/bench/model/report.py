"""The whole of a measurement: where it was taken, how, and its rows.

In: settings, a store of cells, the roof. Out: `ModelReport`, as an object and as JSON. `measure_model` is the one call from outside.
Knows no words and no pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from smallprint.bench.model import devices, paper, rows
from smallprint.bench.model.cells import Cell, Store
from smallprint.bench.model.content import TOKENIZER
from smallprint.bench.model.devices import Peak
from smallprint.bench.model.measure import CLOCKS
from smallprint.bench.model.network import ANSWER_TOKENS
from smallprint.bench.model.rows import Row
from smallprint.bench.model.run import Run, Settings
from smallprint.errors import DataError
from smallprint.machine import machine
from smallprint.readers import sdk

SCHEMA = "smallprint.bench.model/1"
SPEEDUPS = (
    "prefill_speedup",
    "prefill_speedup_encoder_counted",
    "prefill_speedup_all_counted",
    "sft_speedup_all_counted",
)


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """Rows, and what they are about."""

    rows: tuple[Row, ...]
    settings: Settings
    text: str
    """Its name."""
    machine: dict[str, Any]
    peak: Peak | None
    unfinished: int = 0
    """Cells that are still to be measured."""

    def to_json(self) -> dict[str, Any]:
        chosen = self.settings
        return {
            "schema": SCHEMA,
            "machine": self.machine,
            "shape": {
                "name": chosen.shape.name,
                "family": chosen.shape.family,
                "source": chosen.shape.source,
                "config": dict(chosen.shape.config),
            },
            "device": chosen.device,
            "dtype": chosen.dtype,
            "attention": chosen.attention,
            "clock": chosen.clock,
            "repeats": chosen.repeats,
            "answer_tokens": ANSWER_TOKENS,
            "recompute": chosen.recompute,
            "text": {"name": self.text, "tokenizer": TOKENIZER},
            "peak": self.peak.to_json() if self.peak else None,
            "unfinished": self.unfinished,
            "pays_from": {figure: rows.pays_from(list(self.rows), figure) for figure in SPEEDUPS},
            "rows": [row.to_json() for row in self.rows],
            "paper": paper.to_json(),
        }


def measure_model(
    settings: Settings,
    text: str,
    name: str,
    *,
    folder: Path | None = None,
    beyond: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ModelReport:
    """Measure what is missing in `folder`, and report all that is there; `beyond` is a length to extrapolate to.

    Raises `DataError` for settings that cannot be, `StoreError` for a folder that holds other measurements.
    """
    settings.check()
    check_device(settings.device, settings.dtype)
    torch = sdk.load("torch", extra="local", needed_by="bench model")
    where = {
        "device_name": devices.device_name(settings.device),
        "threads": int(torch.get_num_threads()),
        "torch": version("torch"),
        "transformers": version("transformers"),
    }
    same = {**settings.same(), **where, "text": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()}
    store = Store(folder, same)
    run = Run(settings, text, store)
    key = "peak", 0, settings.device
    if key not in store.cells:
        # Once a measurement: its rows are held against one roof.
        found = devices.device_peak(settings.device, settings.dtype, CLOCKS[settings.clock])
        store.add(
            Cell(what="peak", length=0, arm=settings.device, n_tokens=0, more={**found.to_json(), "date": _today()})
        )
    told = dict(store.cells[key].more)
    began = told.pop("date")
    peak = Peak(**told)
    unfinished = run.go(progress=progress)
    work, width = run.network.work, run.network.width
    made = rows.rows_of(store.cells, settings, work, peak, width)
    if beyond is not None:
        made += rows.extended(made, store.cells, settings, beyond)
    return ModelReport(
        rows=tuple(made),
        settings=settings,
        text=name,
        machine={**machine(), **where, "date": began},
        peak=peak,
        unfinished=unfinished,
    )


def check_device(device: str, dtype: str) -> None:
    """Raises `DataError` for a device that is not there or a dtype that is none."""
    torch = sdk.load("torch", extra="local", needed_by="bench model")
    if dtype not in ("float32", "bfloat16", "float16"):
        raise DataError(f"--dtype {dtype}: unknown; known: float32, bfloat16, float16")
    if device != "cpu" and not device.startswith("cuda"):
        raise DataError(f"--device {device}: unknown; known: cpu, cuda, cuda:1 ...")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise DataError(f"--device {device}: torch {torch.__version__} sees no GPU here")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
