"""smallprint: long context in small print.

    import smallprint

    pages = smallprint.render(text, smallprint.Style.preset("flow"))
    print(smallprint.estimate(text, pages.style).to_json())
    print(smallprint.ask(text, "Who helped Jane?", model="openai:gpt-5.5").text)

Names are loaded when they are first used, so that importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from smallprint import errors
from smallprint._version import __version__
from smallprint.errors import SmallprintError

if TYPE_CHECKING:
    from smallprint.readers import Answer, Reader, aask, ask, reader
    from smallprint.render import Page, Pages, Style, render
    from smallprint.tokens import Estimate, Plan, estimate, vision_tokens

_HOME = {
    "Answer": "readers",
    "Estimate": "tokens",
    "Page": "render",
    "Pages": "render",
    "Plan": "tokens",
    "Reader": "readers",
    "Style": "render",
    "aask": "readers",
    "ask": "readers",
    "estimate": "tokens",
    "reader": "readers",
    "render": "render",
    "vision_tokens": "tokens",
}

__all__ = [
    "Answer",
    "Estimate",
    "Page",
    "Pages",
    "Plan",
    "Reader",
    "SmallprintError",
    "Style",
    "__version__",
    "aask",
    "ask",
    "errors",
    "estimate",
    "reader",
    "render",
    "vision_tokens",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'smallprint' has no attribute {name!r}")
    module = importlib.import_module(f"smallprint.{_HOME[name]}")
    # `render` is the name of a folder too; that folder can be called (see its end).
    return module if name == "render" else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
