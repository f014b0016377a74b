"""What a device can do at most: arithmetic and memory traffic a second.

In: torch's device and dtype, or a name of devices.toml. Out: `Peak`. From the table where the device is in it, else measured in this
process by a large matrix product and a large copy; a processor always is.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

from smallprint.errors import DataError
from smallprint.readers import sdk

_SIDE = {"cpu": 1024, "cuda": 8192}
_COPY_BYTES = {"cpu": 1 << 26, "cuda": 1 << 31}
_TRIES = 12


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The roof of a device."""

    flops: float
    """Floating-point operations a second, a multiplication and an addition being two."""
    bytes_per_second: float
    source: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def table_peak(name: str, dtype: str) -> Peak:
    """The peak of a row of the table. Raises `DataError`."""
    rows = _table()
    if name not in rows:
        raise DataError(f"--predict {name}: unknown device; known: {', '.join(rows)}")
    if dtype not in rows[name]["flops"]:
        raise DataError(f"--dtype {dtype}: no peak of {name} for it; known: {', '.join(rows[name]['flops'])}")
    return _peak(rows[name], dtype)


def memory_bytes(name: str) -> int:
    """Of a row of the table."""
    return int(_table()[name]["memory_gb"] * 1e9)


def device_peak(device: str, dtype: str, clock: Callable[[], float] = time.perf_counter) -> Peak:
    """The peak of a device at hand, by a clock where it is measured."""
    torch = sdk.load("torch", extra="local", needed_by="bench model")
    if device.startswith("cuda"):
        name = torch.cuda.get_device_name(device)
        for row in _table().values():
            if row["match"] in name and dtype in row["flops"]:
                return _peak(row, dtype)
    return _measured(torch, device, dtype, clock)


def device_name(device: str) -> str:
    """What the device calls itself; empty for the processor, which `machine` names."""
    if not device.startswith("cuda"):
        return ""
    torch = sdk.load("torch", extra="local", needed_by="bench model")
    return str(torch.cuda.get_device_name(device))


def _measured(torch: Any, device: str, dtype: str, clock: Callable[[], float]) -> Peak:
    """The best of a few tries: a roof is what the device reaches when nobody disturbs it."""
    kind = "cuda" if device.startswith("cuda") else "cpu"
    side, size = _SIDE[kind], _COPY_BYTES[kind]
    left = torch.randn(side, side, device=device).to(getattr(torch, dtype))
    right = torch.randn(side, side, device=device).to(getattr(torch, dtype))
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def best(work: Any) -> float:
        found = float("inf")
        for _ in range(_TRIES):
            began = clock()
            work()
            if kind == "cuda":
                torch.cuda.synchronize(device)
            found = min(found, clock() - began)
        return found

    with torch.inference_mode():
        arithmetic = best(lambda: left @ right)
        copying = best(lambda: target.copy_(source))
    return Peak(
        flops=2 * side**3 / arithmetic,
        bytes_per_second=2 * size / copying,
        source=f"measured here: a product of two {side}x{side} matrices, a copy of {size >> 20} MiB; best of {_TRIES}",
    )


def _peak(row: dict[str, Any], dtype: str) -> Peak:
    return Peak(
        flops=float(row["flops"][dtype]),
        bytes_per_second=float(row["bytes_per_second"]),
        source=f"{row['source']} ({row['date']})",
    )


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(
        resources.files("smallprint.bench.model").joinpath("devices.toml").read_text(encoding="utf-8")
    )["device"]
