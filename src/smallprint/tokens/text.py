"""How many tokens a text is, and how well that is known.

In: a text and a tokenizer's name. Out: `TextTokens`. Knows no models and no prices. Exact for Qwen always (the vocabulary is carried), for
any other tokenizer when it lies on this disk; else estimated, with the measured error. Nothing is ever downloaded.

Time is linear in the text and memory bounded, also for one line of 50 MB: the text is counted in parts (pieces.py). Lone surrogates count
as U+FFFD. What looks like a special token in the text is counted as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from smallprint.errors import TokenError
from smallprint.tokens import local, pieces, table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class TextTokens:
    """A count of text tokens."""

    tokens: int
    method: Literal["exact", "estimated"]
    error: float | None
    """0 when exact; the median relative error when estimated; None when no one has measured it."""
    error_p95: float | None
    """The 95th percentile of the same."""
    tokenizer: str
    source: str
    """Where the vocabulary or the weights come from."""


def count(text: str, tokenizer: str = "qwen") -> TextTokens:
    """Tokens of a text.

    ``tokenizer`` is a row of tokenizers.toml, or ``hf:<repository>`` or the path of a tokenizer.json for any tokenizer on this disk.

    >>> count("Reader, I married him.").tokens
    6

    Raises `TokenError` for an unknown name or a file that cannot be read.
    """
    return _Counts(text).of(tokenizer)


def count_all(text: str, names: tuple[str, ...]) -> dict[str, TextTokens]:
    """Counts by several tokenizers, in the order of the names; what they share is counted once. Raises as `count`."""
    counts = _Counts(text)
    return {name: counts.of(name) for name in names}


class _Counts:
    """Counts of one text, each made once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, TextTokens] = {}
        self._samples: list[tuple[int, NDArray[np.float64]]] = []

    def of(self, name: str) -> TextTokens:
        if name not in self._known:
            self._known[name] = self._count(name)
        return self._known[name]

    def _count(self, name: str) -> TextTokens:
        exact = local.find(name)
        if exact is not None:
            return self._exact(name, exact)
        row = table.tokenizer(name)
        if row.weights:
            return self._estimated(row)
        if row.proxy is None:
            raise TokenError(
                f"tokenizer: {name!r} is not on this disk, and nothing stands in for it; put it into the Hugging Face cache"
            )
        tokens = self.of(row.proxy).tokens
        source = f"proxy: counted as {row.proxy}. {row.note}".rstrip()
        return TextTokens(tokens=tokens, method="estimated", error=None, error_p95=None, tokenizer=name, source=source)

    def _exact(self, name: str, counter: local.Exact) -> TextTokens:
        most = pieces.MAX_CHARS if counter.pattern_cuts else pieces.MAX_CHARS_WITHOUT_PATTERN
        tokens = cuts = 0
        for part in pieces.parts(self._text, most):
            tokens += counter.n_tokens(counter.prepare(pieces.well_formed(part.text)))
            cuts += not (part.is_last or (part.at_boundary and counter.pattern_cuts))
        error = pieces.TOKENS_PER_CUT * cuts / tokens if cuts else 0.0
        method = "estimated" if cuts else "exact"
        return TextTokens(
            tokens=tokens, method=method, error=error, error_p95=error, tokenizer=name, source=counter.source
        )

    def _estimated(self, row: table.Tokenizer) -> TextTokens:
        """Part by part, since a long text may change its script on the way; the error is that of the script most of it is in."""
        from smallprint.tokens.estimator import Script, estimate_tokens, script

        total, weight_of = 0.0, dict[Script, float]()
        for qwen_tokens, counts in self._parts():
            kind = script(counts)
            tokens = estimate_tokens(counts, qwen_tokens, row.weights[kind])
            total += tokens
            weight_of[kind] = weight_of.get(kind, 0.0) + tokens
        errors = [row.error[kind] for kind in sorted(weight_of, key=lambda kind: -weight_of[kind]) if kind in row.error]
        median, p95 = errors[0] if errors else (None, None)
        tokens = max(round(total), 1 if self._text else 0)
        return TextTokens(
            tokens=tokens, method="estimated", error=median, error_p95=p95, tokenizer=row.name, source=row.source
        )

    def _parts(self) -> list[tuple[int, NDArray[np.float64]]]:
        """(Qwen tokens, features) of each part: what every estimate starts from."""
        from smallprint.tokens.estimator import features

        if not self._samples:
            counter = local.find("qwen")
            assert counter is not None
            for part in pieces.parts(self._text):
                text = pieces.well_formed(part.text)
                self._samples.append((counter.n_tokens(counter.prepare(text)), features(text)))
        return self._samples
