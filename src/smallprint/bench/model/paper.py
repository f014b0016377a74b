"""What the Glyph paper reports, to hold ours against.

arXiv 2510.17800, section on efficiency, read 2026-11-20: speed-up of pages over the text backbone at 4K to 128K, on one H100 of 80 GB,
prefill with batch 1, the rendering not counted; its KV cache is a third of text's there. Knows nothing of our measurements.
"""

from __future__ import annotations

from typing import Any

LENGTHS = (4096, 8192, 16384, 32768, 65536, 131072)
PREFILL = (1.8, 2.0, 2.2, 2.5, 3.3, 4.8)
DECODE = (2.3, 2.3, 2.5, 2.7, 3.2, 4.4)
SFT = (2.4, 2.3, 2.3, 2.5, 2.4, 2.3)
KV_SAVING = 0.67


def to_json() -> dict[str, Any]:
    """For reports."""
    return {
        "source": "arXiv 2510.17800: one H100 of 80 GB, prefill batch 1, rendering not counted",
        "kv_saving": KV_SAVING,
        "points": [
            {"length": length, "prefill_speedup": prefill, "decode_speedup": decode, "sft_speedup": sft}
            for length, prefill, decode, sft in zip(LENGTHS, PREFILL, DECODE, SFT, strict=True)
        ],
    }
