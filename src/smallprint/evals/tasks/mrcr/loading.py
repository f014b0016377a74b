"""The data set openai/mrcr.

In: its rows, from the hub or a local copy. Out: items. Knows no reader.

Columns (huggingface.co/datasets/openai/mrcr, MIT, seen 2026-11-21): prompt (a list of messages as JSON), answer,
random_string_to_prepend, n_needles, desired_msg_index (of the request in the list), total_messages, n_chars. The first message is a
collection of solved examples: it becomes `before`, which stays text in every arm; the Glyph paper's scripts leave it out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.hub import Row, rows
from smallprint.evals.tasks.mrcr.turns import BEFORE_QUESTION, Turn, as_text, bin_of, most_output_tokens
from smallprint.tokens import count

DATA_SET = "openai/mrcr"
_FILES = "{n_needles}needle*.parquet", "{n_needles}needle*.jsonl", "*.parquet", "*.jsonl"
_EXAMPLE = "======EXAMPLE======"
_CHARS_A_TOKEN = 12
"""More than English text has of any tokenizer: a longer row is not worth its counting."""


def loaded(name: str, n_needles: int, wanted: Wanted) -> Iterator[Item]:
    """The first `wanted.samples` rows of each bin, up to the longest length, in the order of the rows.

    Raises `DataError` for data that is not there or of another form.
    """
    files = [pattern.format(n_needles=n_needles) for pattern in _FILES]
    found = rows(wanted.data, default=DATA_SET, revision=wanted.revision, files=files)
    longest = max(wanted.lengths, default=None)
    in_bin: dict[str, int] = {}
    for at, row in enumerate(found):
        where = f"{found.provenance.name}, row {at}"
        if _value(row, "n_needles", where) != n_needles:
            continue
        if longest is not None and len(str(_value(row, "prompt", where))) > _CHARS_A_TOKEN * longest:
            continue
        item = _item(f"{name}/{at:05}", row, wanted.tokenizer, where)
        label = str(item.meta["bin"])
        fits = longest is None or int(item.meta["total_tokens"]) <= longest
        if fits and in_bin.get(label, 0) < wanted.samples:
            in_bin[label] = in_bin.get(label, 0) + 1
            yield item


def _item(id: str, row: Row, tokenizer: str, where: str) -> Item:
    messages = _messages(_value(row, "prompt", where), where)
    answer, prefix = str(_value(row, "answer", where)), str(_value(row, "random_string_to_prepend", where))
    before = ""
    if _EXAMPLE in messages[0]:
        before, messages = f"{messages[0]}\n\n", messages[1:]
    *chat, question = messages
    if len(chat) % 2:
        raise DataError(f"{where}: a request without a reply: {len(chat)} messages before the question")
    context, starts = as_text([Turn(*pair) for pair in zip(chat[::2], chat[1::2], strict=True)])
    reply = answer.removeprefix(prefix)
    n_tokens = count(f"{before}{context}{BEFORE_QUESTION}{question}", tokenizer).tokens
    answer_tokens = count(answer, tokenizer).tokens
    return Item(
        id=id,
        before=before,
        context=context,
        question=f"{BEFORE_QUESTION}{question}",
        answers=(answer,),
        prefix=prefix,
        max_output_tokens=most_output_tokens(answer_tokens),
        n_tokens=n_tokens,
        depths=tuple(
            round(start / len(context), 4) for start, text in zip(starts, chat[1::2], strict=True) if text == reply
        ),
        meta={
            "n_needles": int(_value(row, "n_needles", where)),
            "n_turns": len(chat) // 2,
            "row": where,
            "answer_tokens": answer_tokens,
            "total_tokens": n_tokens + answer_tokens,
            "bin": bin_of(n_tokens + answer_tokens),
        },
    )


def _value(row: Row, column: str, where: str) -> Any:
    if column not in row:
        raise DataError(f"{where}: no column {column!r}; a row of {DATA_SET} has one")
    return row[column]


def _messages(prompt: object, where: str) -> list[str]:
    """What each message says, in order."""
    try:
        listed = json.loads(prompt) if isinstance(prompt, str) else prompt
        found = [str(message["content"]) for message in cast("list[dict[str, object]]", listed)]
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{where}: 'prompt' is no list of messages ({type(error).__name__}: {error})") from error
    if not found:
        raise DataError(f"{where}: 'prompt' has no message")
    return found
