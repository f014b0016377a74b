from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

from inspect_ai.model import ChatMessage, ModelOutput

_P = ParamSpec("_P")

class TaskState:
    metadata: dict[str, Any]
    messages: list[ChatMessage]
    output: ModelOutput
    @property
    def input_text(self) -> str: ...

class Generate(Protocol):
    async def __call__(self, state: TaskState, *, max_tokens: int) -> TaskState: ...

class Solver(Protocol):
    async def __call__(self, state: TaskState, generate: Generate) -> TaskState: ...

def solver(function: Callable[_P, Solver]) -> Callable[_P, Solver]: ...
