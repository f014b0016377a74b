"""`provider:model` -> a reader.

In: a name as users write it. Out: a `Reader`. One row a provider; its module is imported when it is asked for. Knows no wire format.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smallprint.errors import ReaderError, TokenError
from smallprint.readers.base import Reader
from smallprint.readers.retry import Retry


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A row of the registry."""

    module: str
    reader: str
    example: str
    takes: frozenset[str]
    """The options that its reader knows."""
    family: str | None = None
    """For a model whose name says nothing."""
    model: str | None = None
    """The model that is meant by the provider's name alone; None where one has to be named."""
    is_free: bool = False
    """Its weights ship with the package: its tokens cost nothing."""
    is_here: bool = False
    """Runs in this process: nothing leaves the machine."""
    price_provider: str | None = None
    """Whose price list holds for the provider's own servers, as `smallprint.tokens.prices` names it; others' prices are not guessed."""


PROVIDERS: Mapping[str, Provider] = {
    "embedded": Provider(
        module="embedded.reader", reader="EmbeddedReader", example="embedded", takes=frozenset({"threads"}),
        family="glm-4.1v", model="page-reader", is_free=True, is_here=True,
    ),
    "openai": Provider(
        module="openai", reader="OpenAIReader", example="openai:gpt-5.5",
        takes=frozenset({"base_url", "timeout_s", "detail"}), price_provider="openai",
    ),
    "anthropic": Provider(
        module="anthropic", reader="AnthropicReader", example="anthropic:claude-opus-4-7",
        takes=frozenset({"base_url", "timeout_s", "cache"}), price_provider="anthropic",
    ),
    "gemini": Provider(
        module="gemini", reader="GeminiReader", example="gemini:gemini-3-pro",
        takes=frozenset({"base_url", "timeout_s"}), price_provider="google",
    ),
    "local": Provider(
        module="transformers", reader="TransformersReader", example="local:zai-org/Glyph",
        takes=frozenset({"device", "dtype"}), is_here=True,
    ),
    "scripted": Provider(
        module="scripted", reader="ScriptedReader", example="scripted:a reply", takes=frozenset(), family="glm-4.1v", is_here=True,
    ),
}  # fmt: skip


def family_for(model: str, family: str | None = None) -> str | None:
    """The row of the token table for a model: `family` where it is given, else what the model's name says, else None.

    Raises `ReaderError` for a family that the table does not have.
    """
    from smallprint.tokens.families import families, family_of

    if family is not None:
        if family not in families():
            raise ReaderError(f"family: unknown value {family!r}; allowed: {', '.join(families())}")
        return family
    try:
        return family_of(model).name
    except TokenError:
        return None


def reader(
    name: str, *, base_url: str | None = None, family: str | None = None, retry: Retry | None = None, **options: Any
) -> Reader:
    """A reader by name: `embedded` (the one that ships with the package), `openai:gpt-5.5`, `anthropic:...`, `gemini:...`,
    `local:zai-org/Glyph`, `scripted:a reply`.

    `family` is the token rule to count with; by default the model's name tells. Further options go to the provider's reader: `timeout_s`,
    `detail`, `cache`, `device`, `dtype`, `threads`. Raises `ReaderError` for an unknown provider or an option that the provider does not
    take, and, at the first question, for a missing SDK; `Unavailable` then for a missing key.
    """
    provider, colon, model = name.partition(":")
    row = PROVIDERS.get(provider)
    if row is not None and not colon and row.model:
        colon, model = ":", row.model
    if row is None or not colon or not model.strip():
        allowed = ", ".join(row.example for row in PROVIDERS.values())
        raise ReaderError(f"model: {name!r} is not provider:model; allowed: {allowed}")
    if base_url is not None:
        options["base_url"] = base_url
    if unknown := sorted(options.keys() - row.takes):
        raise ReaderError(
            f"{provider}: unknown option {unknown[0]!r}; allowed: {', '.join(sorted(row.takes)) or 'none'}"
        )
    module = importlib.import_module(f"smallprint.readers.{row.module}")
    options["family"] = family_for(model, family) or row.family
    made: Reader = getattr(module, row.reader)(model, retry=retry, **options)
    return made
