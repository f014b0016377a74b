from collections.abc import Sequence
from typing import Any

class Sample:
    def __init__(self, input: str, target: list[str], id: str, metadata: dict[str, Any]) -> None: ...

class Dataset: ...

class MemoryDataset(Dataset):
    def __init__(self, samples: Sequence[Sample], name: str | None = None) -> None: ...
