# What smallprint uses of inspect_ai 0.3.285.
from collections.abc import Callable
from typing import ParamSpec

from inspect_ai.dataset import Dataset
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Solver

_P = ParamSpec("_P")

class Task:
    dataset: Dataset
    def __init__(self, *, dataset: Dataset, solver: Solver, scorer: Scorer) -> None: ...

def task(function: Callable[_P, Task]) -> Callable[_P, Task]: ...
