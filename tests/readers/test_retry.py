"""One policy for waiting, with a clock that nobody waits for."""

from __future__ import annotations

import email.utils

import pytest
from waits import Waits

from smallprint.errors import BadReply, ReaderError, Unavailable
from smallprint.readers import Reply, Request, Retry, ScriptedReader
from smallprint.readers.retry import NoAccess, asked_wait_s

REQUEST = Request(question="Who?")


def test_waits_double_up_to_the_cap() -> None:
    retry = Retry(attempts=6, base_s=1, cap_s=5)
    assert [retry.wait_s(n, Unavailable("x")) for n in range(1, 7)] == [1, 2, 4, 5, 5, None]


def test_jitter_lengthens_the_wait_by_its_share() -> None:
    assert Retry(base_s=2, jitter=lambda: 0.5).wait_s(1, Unavailable("x")) == 3


def test_the_server_s_wait_is_kept_unless_it_is_too_long() -> None:
    retry = Retry(longest_asked_s=60)
    assert retry.wait_s(1, Unavailable("x", retry_after_s=42)) == 42
    assert retry.wait_s(1, Unavailable("x", retry_after_s=61)) is None


def test_no_access_is_not_tried_again() -> None:
    assert Retry().wait_s(1, NoAccess("no key")) is None


def test_retry_after_as_seconds_milliseconds_and_date() -> None:
    now_s = 1_800_000_000.0
    date = email.utils.formatdate(now_s + 90, usegmt=True)
    assert asked_wait_s({"retry-after": "7"}, now_s) == 7
    assert asked_wait_s({"retry-after-ms": "1500", "retry-after": "7"}, now_s) == 1.5
    assert asked_wait_s({"retry-after": date}, now_s) == 90
    assert asked_wait_s({"retry-after": email.utils.formatdate(now_s - 90, usegmt=True)}, now_s) == 0
    assert asked_wait_s({"retry-after": "soon"}, now_s) is None
    assert asked_wait_s({"retry-after": "nan"}, now_s) is None
    assert asked_wait_s({"retry-after-ms": "inf", "retry-after": "7"}, now_s) == 7
    assert asked_wait_s({}, now_s) is None


def test_unavailable_is_tried_again(waits: Waits) -> None:
    reader = ScriptedReader([Unavailable("busy"), Unavailable("busy", retry_after_s=9), "Yes."], retry=waits.retry())
    reply = reader.ask(REQUEST)
    assert (reply.text, reply.attempts, waits.seconds) == ("Yes.", 3, [1.0, 9])


async def test_unavailable_is_tried_again_async(waits: Waits) -> None:
    reader = ScriptedReader([Unavailable("busy", retry_after_s=9), "Yes."], retry=waits.retry())
    reply = await reader.aask(REQUEST)
    assert (reply.text, reply.attempts, waits.seconds) == ("Yes.", 2, [9])


def test_the_last_error_is_the_one_that_is_raised(waits: Waits) -> None:
    reader = ScriptedReader([Unavailable("first"), Unavailable("second")], retry=waits.retry(attempts=2))
    with pytest.raises(Unavailable, match="second"):
        reader.ask(REQUEST)
    assert len(reader.requests) == 2


@pytest.mark.parametrize("error", [BadReply("odd"), ReaderError("no"), NoAccess("key"), ValueError("defect")])
def test_other_errors_are_not_tried_again(waits: Waits, error: Exception) -> None:
    reader = ScriptedReader([error, "Yes."], retry=waits.retry())
    with pytest.raises(type(error)):
        reader.ask(REQUEST)
    assert waits.seconds == []


def test_seconds_are_the_clock_s_and_cover_all_attempts() -> None:
    ticks = iter([100.0, 107.5, 107.5, 107.5])
    from smallprint.readers import Clock

    retry = Retry(clock=Clock(sleep=lambda _: None, elapsed_s=lambda: next(ticks)))
    reply = ScriptedReader([Unavailable("busy"), Reply(text="Yes.", model="m")], retry=retry).ask(REQUEST)
    assert reply.seconds == 7.5
