"""Arrays to tensors."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray


def tensor(array: NDArray[np.generic], device: str | torch.device) -> torch.Tensor:
    """`array` on a device."""
    return cast(Any, torch).from_numpy(array).to(device)
