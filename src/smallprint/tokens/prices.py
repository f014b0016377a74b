"""What tokens cost in dollars.

In: a family's or a model's name, token counts. Out: a `Price` with its date and source, or None where nobody has told us: a price is never
guessed. Reads the user's table, then prices.toml, then the data inside the installed package genai-prices; opens no connection (that
package's updater is not used).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

PER = 1_000_000
"""Prices are in dollars for so many tokens."""

_NUMBERS = ("input", "cached_read", "cache_write", "output")
_WORDS = ("model", "provider", "date", "source")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """USD per million tokens; None where the provider names no such price."""

    input: float
    cached_read: float | None = None
    cache_write: float | None = None
    output: float | None = None


@dataclass(frozen=True, kw_only=True)
class Price:
    """A model's price at one provider."""

    model: str
    provider: str | None
    rates: Rates
    tiers: tuple[tuple[int, Rates], ...] = ()
    """(input tokens, rates): a request with more input tokens pays these rates for all of them; in rising order."""
    date: str
    """The day on which the data was last checked, as its source says."""
    source: str

    def at(self, tokens_in: int) -> Rates:
        """The rates of a request with so many input tokens."""
        rates = self.rates
        for over, dearer in self.tiers:
            if tokens_in > over:
                rates = dearer
        return rates


FREE = Price(
    model="", provider=None, rates=Rates(input=0.0, cached_read=0.0, cache_write=0.0, output=0.0), date="2026-11-21",
    source="a network of this package, on your machine: nobody is paid",
)  # fmt: skip


def price(
    family_or_model: str, provider: str | None = None, *, table: str | os.PathLike[str] | None = None
) -> Price | None:
    """The price of a family's model (its row in families.toml says which) or of a model as its API names it; None when unknown.

    ``table`` is the path of the user's own prices, SMALLPRINT_PRICES by default. Raises `DataError` when that file is not as prices.toml
    says.
    """
    from smallprint.tokens.families import families, family

    names = [(family_or_model, provider)]
    if family_or_model in families():
        row = family(family_or_model)
        if row.price_model:
            names.append((row.price_model, provider or row.price_provider))
    found = _of(_user_s_rows(table), names) or _of(_shipped_rows(), names)
    if found:
        return found
    name, at = names[-1]
    return _kept_price(name, at) if len(names) > 1 or family_or_model not in families() else None


def own_price(*names: str, provider: str | None = None, table: str | os.PathLike[str] | None = None) -> Price | None:
    """The price that the user's own table gives for the first of `names` that it has: for servers whose prices nobody else can know.

    Without a ``provider`` rows of any provider count. Raises as `price`.
    """
    return _of(_user_s_rows(table), [(name, provider) for name in names])


def cost(price: Price, tokens_in: int, tokens_out: int = 0, *, cached_in: int = 0, written_in: int = 0) -> float:
    """Dollars for one request.

    ``tokens_in`` counts all input; of these ``cached_in`` were read from the prompt cache and ``written_in`` written to it. Where the price
    names no such rate, they cost as other input does, and output without a price costs nothing.
    """
    rates = price.at(tokens_in)
    read = rates.input if rates.cached_read is None else rates.cached_read
    write = rates.input if rates.cache_write is None else rates.cache_write
    plain = tokens_in - cached_in - written_in
    return (plain * rates.input + cached_in * read + written_in * write + tokens_out * (rates.output or 0.0)) / PER


def cost_of_asking(price: Price, tokens_in: int, asks: int = 1) -> float:
    """Dollars of input for `asks` questions over the same document of `tokens_in` tokens.

    From the second question on the prompt cache pays: the first request writes it and the others read it, where the provider has one.
    """
    if asks <= 1 or price.at(tokens_in).cached_read is None:
        return max(asks, 1) * cost(price, tokens_in)
    return cost(price, tokens_in, written_in=tokens_in) + (asks - 1) * cost(price, tokens_in, cached_in=tokens_in)


def _of(rows: Sequence[Price], names: Sequence[tuple[str, str | None]]) -> Price | None:
    """The first row for the first of the names, each with its provider, that has one."""
    for name, provider in names:
        for found in rows:
            if found.model.lower() == name.lower() and (provider is None or found.provider in (None, provider)):
                return found
    return None


def _user_s_rows(table: str | os.PathLike[str] | None) -> tuple[Price, ...]:
    path = table if table is not None else os.environ.get("SMALLPRINT_PRICES") or None
    if path is None:
        return ()
    return _own_rows(str(path), Path(path).stat().st_mtime_ns if Path(path).is_file() else 0)


@cache
def _shipped_rows() -> tuple[Price, ...]:
    from importlib import resources

    return _parse(resources.files("smallprint.tokens").joinpath("prices.toml").read_text("utf-8"), "prices.toml")


@cache
def _own_rows(path: str, _mtime_ns: int) -> tuple[Price, ...]:
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"prices: {path} cannot be read: {error}") from None
    return _parse(text, path)


def _parse(text: str, path: str) -> tuple[Price, ...]:
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"prices: {path} is not TOML: {error}") from None
    rows = data.get("price", [])
    if data.get("schema") != "smallprint.prices/1" or not isinstance(rows, list) or set(data) - {"schema", "price"}:
        raise DataError(f'prices: {path} needs schema = "smallprint.prices/1" and [[price]] rows, and nothing else')
    return tuple(
        _row(cast("dict[str, Any]", row), f"{path}, row {n}") for n, row in enumerate(cast("list[object]", rows), 1)
    )


def _row(row: dict[str, Any], where: str) -> Price:
    for key, value in row.items():
        if key in _NUMBERS:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise DataError(
                    f"prices: {where}: {key} = {value!r}; a number of USD per million tokens, 0 or more, is needed"
                )
        elif key not in _WORDS:
            raise DataError(f"prices: {where}: unknown key {key!r}; known are {', '.join(_WORDS + _NUMBERS)}")
        elif not isinstance(value, str):
            raise DataError(f"prices: {where}: {key} = {value!r}; a string is needed")
    for key in ("model", "input", "date", "source"):
        if key not in row:
            raise DataError(f"prices: {where}: {key} is missing")
    rates = Rates(**{key: float(row[key]) for key in _NUMBERS if key in row})
    return Price(model=row["model"], provider=row.get("provider"), rates=rates, date=row["date"], source=row["source"])


@cache
def _kept_price(model: str, provider: str | None) -> Price | None:
    """From the data that genai-prices carries. Its own name for "for nothing" is a price without numbers: that is unknown to us."""
    from datetime import UTC, datetime
    from importlib.metadata import version

    from genai_prices.data_snapshot import get_snapshot

    now = datetime.now(tz=UTC)
    try:
        found_provider, found = get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    mtok = found.get_prices(now)
    values = [getattr(mtok, name) for name in ("input_mtok", "cache_read_mtok", "cache_write_mtok", "output_mtok")]
    if values[0] is None:
        return None
    starts = sorted({tier.start for value in values for tier in getattr(value, "tiers", ())})
    return Price(
        model=found.id,
        provider=found_provider.id,
        rates=_rates_over(values, -1),
        tiers=tuple((start, _rates_over(values, start)) for start in starts),
        date=_checked(found.price_comments, now.date().isoformat()) or _newest_check(now.date().isoformat()),
        source=f"genai-prices {version('genai-prices')}",
    )


def _rates_over(values: list[Any], tokens_in: int) -> Rates:
    """Rates from numbers that may each be tiered, for requests over so many input tokens."""
    out: list[float | None] = []
    for value in values:
        number = getattr(value, "base", value)
        for tier in getattr(value, "tiers", ()):
            if tokens_in >= tier.start:
                number = tier.price
        out.append(None if number is None else float(number))
    assert out[0] is not None
    return Rates(input=out[0], cached_read=out[1], cache_write=out[2], output=out[3])


_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def _checked(comments: str | None, today: str) -> str | None:
    """The newest day, not after today, that a comment on a price names."""
    return max((day for day in _DAY.findall(comments or "") if day <= today), default=None)


@cache
def _newest_check(today: str) -> str:
    """The newest day that any comment in the data names: the package gives its data no date of its own."""
    from genai_prices.data_snapshot import get_snapshot

    days = [_checked(model.price_comments, today) for provider in get_snapshot().providers for model in provider.models]
    return max((day for day in days if day), default="unknown")
