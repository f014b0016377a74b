"""A calibration goes down the ladder and no further, counts what goes wrong, pays for nothing twice, and recommends what was found good."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from smallprint.errors import DataError, ReaderError, StoreError, TokenError, Unavailable
from smallprint.evals.tasks import shipped
from smallprint.readers import ScriptedReader
from smallprint.readers.base import Reply, Request
from smallprint.readers.profile import Profile
from smallprint.render import Style, render
from smallprint.render.source import TextSource
from smallprint.search.abstention import EACH, abstention_of, judge, questions
from smallprint.search.calibrate import ILLEGIBLE, calibrate, key_of, planned
from smallprint.search.calibration import Calibration, Limits
from smallprint.search.kept import Kept
from smallprint.search.ladder import SIZES, Ladder
from smallprint.search.legibility import STRETCH_CHARS, stretches
from smallprint.search.specimens import Specimens, own_specimens, shipped_specimens
from smallprint.search.subject import Reckoned, Subject, subject_of
from smallprint.search.transcribers import QUESTION, Model, Reading
from smallprint.tokens.prices import Price, Rates
from tests.search.analyst_server import Act, Loopback, serving
from tests.search.readers import Blurred

FAMILY = "glm-4.1v"
PRICE = Price(model="m", provider=None, rates=Rates(input=10.0, output=100.0), date="2026-11-22", source="a test")


@pytest.fixture(scope="module")
def few() -> Specimens:
    return shipped_specimens(samples=1, chars=300)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("OPENAI_API_KEY", "test-openai_api_key")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as state:
        yield state


class Rule:
    """Reads with as many errors as a rule says, of the excerpt and of the style; counts what it read."""

    name, family = "rule", FAMILY

    def __init__(self, wrong: Callable[[str, Style], float], usd: float | None = 0.0) -> None:
        self.n_read = 0
        self._wrong, self._usd = wrong, usd

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        self.n_read += len(texts)
        return [
            Reading(text=_spoilt(text, self._wrong(text, style)), n_pages=1, seconds=0.1, usd=self._usd)
            for text in texts
        ]


def _spoilt(text: str, share: float) -> str:
    """With every so-many-th character read as another."""
    every = round(1 / share) if share else 0
    return "".join("#" if every and at % every == 0 else char for at, char in enumerate(text))


def run(
    subject: Subject, specimens: Specimens, ladder: Ladder, path: Path, limits: Limits | None = None, **more: Any
) -> Calibration:
    with Kept(path / "kept.jsonl", key_of(subject, specimens)) as kept:
        return calibrate(subject, specimens, ladder, kept, limits=limits or Limits(), **more)


def names(found: Calibration) -> list[str]:
    return [score.name for score in found.rungs]


def own(n_lines: int = 60) -> Specimens:
    """A text of one line: both fills draw it alike."""
    text = "".join(
        f"The gardener counted {number} apples and went home before the rain began. " for number in range(n_lines)
    )
    return own_specimens(TextSource(text), samples=1, chars=400)


# What is read


def test_the_shipped_specimens_are_always_the_same_and_can_be_drawn() -> None:
    made = shipped_specimens()
    assert made == shipped_specimens()
    assert made.sha256 == shipped_specimens().sha256 != shipped_specimens(samples=1).sha256
    assert made.kinds == ("prose", "code", "cjk", "strings")
    for excerpt in made.excerpts:
        assert 250 <= len(excerpt.text) <= 2000
        assert render(excerpt.text, Ladder(FAMILY).rung(12).style).report.missing == ()
        assert bool(excerpt.exact) == (excerpt.kind == "strings")
    assert sum(len(each.text) for each in made.excerpts if each.kind == "prose") == pytest.approx(3000, rel=0.2)
    assert len(made.refs) == 16
    assert all(
        f"ref {ref}: {value}" in made.page.text and any(map(str.isdigit, value)) for ref, value in made.refs.items()
    )
    assert made.layout in shipped.text("jane_eyre.txt")


@pytest.mark.parametrize("length", [200, 500, 1700, 40_000])
def test_excerpts_of_a_text_do_not_overlap(length: int) -> None:
    text = "".join(f"{number:06} words that are\nalways other ones.\n" for number in range(2000))[:length]
    made = own_specimens(TextSource(text), samples=3, chars=400)
    pieces = [each.text for each in made.excerpts if each.kind == "text"]
    assert 1 <= len(pieces) <= 3
    ends = 0
    for piece in pieces:
        assert text.find(piece, ends) >= ends
        ends = text.find(piece, ends) + len(piece)
        assert len(piece) <= 400
    assert made.decides == "text"
    assert len(made.layout) > 100_000 or made.layout == text


def test_too_little_text_and_numbers_out_of_bounds_are_refused() -> None:
    with pytest.raises(DataError, match="text: 3 characters are too few; give at least 200"):
        own_specimens(TextSource("abc"))
    with pytest.raises(DataError, match="samples: 0 is not allowed"):
        shipped_specimens(samples=0)
    with pytest.raises(DataError, match="chars: 20 is not allowed; give at least 200"):
        shipped_specimens(chars=20)


# The ladder


def test_smaller_letters_carry_more() -> None:
    ladder = Ladder(FAMILY, (9, 12, 5, 9.0))
    assert ladder.sizes == (12, 9, 5)
    text = shipped.text("jane_eyre.txt")[:60_000]
    ratios = [ladder.compression(ladder.rung(size), text) for size in ladder.sizes]
    assert ratios == sorted(ratios)
    assert ratios[-1] > 3 * ratios[0]
    assert ladder.compression(ladder.rung(9), text) > 1.5 * ladder.compression(ladder.rung(9, "break"), text)


@pytest.mark.parametrize("sizes", [(3.9,), (12, 65), (float("nan"),), (-1,), (0,)])
def test_sizes_out_of_bounds(sizes: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match=r"sizes: .* is not allowed; give sizes from 4 to 64 px"):
        Ladder(FAMILY, sizes)


def test_no_sizes_and_no_family() -> None:
    with pytest.raises(DataError, match="sizes: there are none"):
        Ladder(FAMILY, ())
    with pytest.raises(TokenError, match="glm-9"):
        Ladder("glm-9")


def test_a_short_text_is_shown_as_it_would_be_on_a_full_page() -> None:
    for family, is_cropped in ((FAMILY, True), ("claude", True), ("gemma-3", False), ("gemini-3", False)):
        ladder = Ladder(family)
        rung = ladder.rung(9)
        ((_, height),) = render("a few words", ladder.as_read(rung, "a few words")).sizes()
        assert (height < rung.style.height_px) == is_cropped, family


# Counting


@settings(max_examples=150, deadline=None)
@given(st.text("ab c", max_size=3 * STRETCH_CHARS), st.text("ab c", max_size=3 * STRETCH_CHARS))
def test_errors_of_stretches_add_up_to_the_distance(truth: str, read: str) -> None:
    errors, chars = stretches(truth, read)
    assert sum(errors) == Levenshtein.distance(truth, read)
    assert sum(chars) == len(truth)
    assert all(0 <= each <= STRETCH_CHARS for each in chars)
    assert len(errors) == len(chars) >= 1


@pytest.mark.parametrize(
    ("reply", "value", "outcome"),
    [
        ("5f0c77ab1234", "5f0c77ab1234", "right"),
        ("`5f0c77ab1234`", "5f0c77ab1234", "right"),
        ("The code of ref 731 is 5f0c77ab1234.", "5f0c77ab1234", "right"),
        ("5f0c77ab12345", "5f0c77ab1234", "wrong"),
        ("5F0C77AB1234", "5f0c77ab1234", "wrong"),
        ("5f0c77ab1284", "5f0c77ab1234", "wrong"),
        ("not on the page", "5f0c77ab1234", "denied"),
        ("Not on the page.", None, "denied"),
        ("There is no ref 733; the nearest is ref 731: 5f0c77ab1234.", None, "denied"),
        ("I cannot read it; perhaps 5f0c77ab1234", "91827364", "denied"),
        ("Not found: no sentence has ref 733 with what is asked for.", None, "denied"),
        ("91827364", None, "wrong"),
        ("It says a83dEI#GPK there", None, "wrong"),
        ("blueberry", None, "wrong"),
        ("", None, "unclear"),
        ("I would rather talk about the weather.", None, "unclear"),
    ],
)
def test_what_an_answer_is_taken_for(reply: str, value: str | None, outcome: str) -> None:
    assert judge(reply, value) == outcome


def test_half_of_the_questions_have_no_answer(few: Specimens) -> None:
    asks = questions(few)
    assert asks == questions(few)
    assert len(asks) == len({ref for ref, _ in asks}) == 2 * EACH
    assert [few.refs.get(ref) for ref, _ in asks] == [value for _, value in asks]
    assert [value is None for _, value in asks] == [False] * EACH + [True] * EACH


# Going down


def test_it_stops_where_two_sizes_in_a_row_are_illegible(few: Specimens, tmp_path: Path) -> None:
    def wrong(_: str, style: Style) -> float:
        return {16: 0, 12: 0.5, 10: 0.1, 8: 0.5, 7: 0.5}[style.font_size]

    reader = Rule(wrong)
    found = run(Subject("rule", reader), few, Ladder(FAMILY, (16, 12, 10, 8, 7, 6, 5)), tmp_path)
    # 12 px alone was bad luck.
    assert names(found)[:5] == ["16 px, mark", "12 px, mark", "10 px, mark", "8 px, mark", "7 px, mark"]
    # Nor is the other fill tried where the first is illegible.
    assert names(found)[5:] == ["16 px, break"]
    assert found.best is not None
    assert found.best.name == "16 px, mark"
    assert found.abstention == ()
    assert reader.n_read == sum(score.readings for score in found.rungs) == 6 * len(few.excerpts)


def test_a_kind_that_nobody_reads_is_dropped_and_does_not_stop_the_others(few: Specimens, tmp_path: Path) -> None:
    unread = {each.text for each in few.excerpts if each.kind in ("cjk", "strings")}
    found = run(
        Subject("rule", Rule(lambda text, _: float(text in unread))), few, Ladder(FAMILY, (12, 10, 8, 6)), tmp_path
    )
    kinds = [[each.kind for each in score.kinds] for score in found.rungs]
    assert kinds[:4] == [["prose", "code", "cjk", "strings"]] * 2 + [["prose", "code"]] * 2
    assert [score.exact for score in found.rungs[:4]] == [0.0, 0.0, None, None]
    assert found.best is not None
    assert found.best.name == "6 px, mark"
    # Where strings were not read, nobody knows whether they would be right.
    assert dataclasses.replace(found, limits=Limits(exact=0.0)).best == found.rungs[1]


def test_the_densest_within_the_limits_is_recommended(few: Specimens, tmp_path: Path) -> None:
    subject = Subject("blurred", Blurred())
    ladder = Ladder(FAMILY, (12, 8, 7.5, 7, 6, 5, 4))
    found = run(subject, few, ladder, tmp_path, Limits(max_cer=0.03))
    assert found.best is not None
    within = [score for score in found.rungs if score.cer("prose") <= 0.03]
    assert found.best.ratio == max(score.ratio for score in within)
    assert 0 < found.best.cer("prose") <= 0.03 < found.rungs[4].cer("prose")
    for score in found.rungs:
        for kind in score.kinds:
            assert kind.interval[0] <= kind.cer <= kind.interval[1]
            assert kind.cer == min(1.0, kind.errors / kind.chars)
    strict = dataclasses.replace(found, limits=Limits(max_cer=0.03, exact=1.0)).best
    assert strict is not None
    assert strict.ratio < found.best.ratio
    assert strict.exact == 1.0
    assert json.loads(json.dumps(found.to_json()))["recommended"] == found.best.name


def test_the_profile_has_the_curve_and_what_was_found(few: Specimens, tmp_path: Path) -> None:
    subject = Subject("openai:m", Blurred(), base_url="https://me:secret@host/v1?key=secret")
    ladder = Ladder(FAMILY, (12, 8, 6, 5))
    found = run(subject, few, ladder, tmp_path)
    made = found.profile(ladder, date="2026-11-22", command="smallprint calibrate --model openai:m")
    made.save(tmp_path / "m.toml")
    read = Profile.load(tmp_path / "m.toml")
    assert found.best is not None
    assert (read.reader, read.family) == ("openai:m", FAMILY)
    assert read.style.digest == ladder.rung(found.best.size_px, found.best.fill).style.digest
    assert read.curve == made.curve
    assert [point.ratio for point in read.curve] == sorted(point.ratio for point in read.curve)
    assert {point.style for point in read.curve} >= {"12 px, mark", "8 px, mark", "6 px, mark"}
    assert read.about["base_url"] == "https://host/v1"
    assert read.about["cer_of"] == "prose"


def test_no_style_is_handed_on_that_was_not_found_good(few: Specimens, tmp_path: Path) -> None:
    ladder = Ladder(FAMILY, (12, 8))
    found = run(Subject("rule", Rule(lambda *_: 0.05)), few, ladder, tmp_path)
    assert found.best is None
    assert found.to_json()["recommended"] is None
    with pytest.raises(DataError, match="no style is within the limits"):
        found.profile(ladder, date="", command="")


def test_lines_that_break_are_tried_where_they_may_win(tmp_path: Path) -> None:
    reader = Rule(lambda _, style: 0.0 if style.newline == "break" or style.font_size > 9 else 0.1)
    found = run(Subject("rule", reader), own(), Ladder(FAMILY, (12, 10, 8, 6)), tmp_path)
    assert names(found)[4:] == ["10 px, break", "8 px, break"]
    # A text of one line takes as much room in either.
    assert found.best is not None
    assert found.best.name == "8 px, break"


def test_limits_are_shares() -> None:
    with pytest.raises(DataError, match=r"max_cer: 1\.5 is not allowed; give a share from 0 to 1"):
        Limits(max_cer=1.5)
    with pytest.raises(DataError, match="exact: -1 is not allowed"):
        Limits(exact=-1)


# Resuming and paying


def test_a_run_that_was_killed_goes_on_and_comes_to_the_same(few: Specimens, tmp_path: Path) -> None:
    ladder = Ladder(FAMILY, (12, 8, 7, 6))
    whole_reader = Blurred()
    whole = run(Subject("blurred", whole_reader), few, ladder, tmp_path)
    (tmp_path / "kept.jsonl").unlink()
    n_styles: set[str] = set()

    def killed(style: Style) -> None:
        n_styles.add(style.digest)
        if len(n_styles) == 3:
            raise KeyboardInterrupt

    first = Blurred(on_read=killed)
    with pytest.raises(KeyboardInterrupt):
        run(Subject("blurred", first), few, ladder, tmp_path)
    kept = tmp_path / "kept.jsonl"
    assert len(kept.read_text().splitlines()) == 1 + len(first.read_texts) == 1 + 2 * len(few.excerpts)
    # A kill cuts a line, too.
    kept.write_bytes(kept.read_bytes()[:-20])
    second = Blurred()
    again = run(Subject("blurred", second), few, ladder, tmp_path)
    assert again == whole
    assert len(second.read_texts) == len(whole_reader.read_texts) - len(first.read_texts) + 1
    third = Blurred()
    assert run(Subject("blurred", third), few, ladder, tmp_path) == whole
    assert third.read_texts == []


def test_replies_to_other_texts_or_of_other_models_are_not_taken(few: Specimens, tmp_path: Path) -> None:
    ladder = Ladder(FAMILY, (12,))
    run(Subject("one", Blurred()), few, ladder, tmp_path)
    with pytest.raises(StoreError, match=r'it holds another calibration .reader: "one", not "two".'):
        run(Subject("two", Blurred()), few, ladder, tmp_path)
    with pytest.raises(StoreError, match=r"it holds another calibration .text: "):
        run(Subject("one", Blurred()), own(), ladder, tmp_path)
    # Other sizes and limits ask for other rungs of the same.
    reader = Blurred()
    run(Subject("one", reader), few, Ladder(FAMILY, (12, 10)), tmp_path, Limits(max_cer=0.5))
    assert len({digest for digest, _ in reader.read_texts}) == 2


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    for text, message in (
        ("hello\n", "not what a calibration has kept"),
        ('{"read": 1}\n', "not what a calibration has kept"),
        ('{"key": {"a": 1}}\n{"read": {"rung": "x"}}\n', "a line that is none of a calibration"),
    ):
        path.write_text(text)
        with pytest.raises(StoreError, match=message), Kept(path, {"a": 1}):
            pass
        assert path.read_text() == text
    path.write_text('{"key": {"a"')
    with Kept(path, {"a": 1}) as kept:
        assert len(kept) == 0
    assert not path.exists()


def test_two_at_a_time_do_not_pay_for_the_same(tmp_path: Path) -> None:
    with Kept(tmp_path / "kept.jsonl", {}), pytest.raises(StoreError, match="another process"):
        Kept(tmp_path / "kept.jsonl", {}).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_what_was_read_and_nothing_else(few: Specimens, tmp_path: Path) -> None:
    def down(_: Style) -> None:
        raise Unavailable("nobody is there")

    with pytest.raises(Unavailable):
        run(Subject("blurred", Blurred(on_read=down)), few, Ladder(FAMILY, (12,)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def scripted(line: Any, price: Price | None = None, **options: Any) -> Subject:
    """A scripted model, through all that a real one goes through."""
    reader = ScriptedReader(line)
    model = Model(reader, max_output_tokens=options.get("max_output_tokens"))
    model._price = price
    return Subject("scripted:x", model, reader=reader, price=price, **options)


def test_what_is_reckoned_is_what_a_model_counts(few: Specimens, tmp_path: Path) -> None:
    requests: list[Request] = []

    def reply(request: Request) -> str:
        requests.append(request)
        return "not on the page"

    subject = scripted(reply, PRICE)
    ladder = Ladder(FAMILY, (12, 8))
    plan = dict(planned(subject, few, ladder))
    found = run(subject, few, ladder, tmp_path)
    assert names(found) == ["12 px, mark", "8 px, mark"]
    for score in found.rungs:
        reckoned = plan[score.name]
        assert reckoned.tokens_in == score.tokens_in
        assert reckoned.tokens_out == pytest.approx(sum(len(each.text) for each in few.excerpts) / 3, rel=0.5)
        assert reckoned.usd is not None
        assert reckoned.most_usd is not None
        assert score.usd is not None
        assert score.usd < reckoned.usd < reckoned.most_usd
    assert plan["questions, on two rungs"].tokens_in > 2 * sum(each.tokens_in for each in found.asked[: 2 * EACH]) * 0.9
    assert {request.question for request in requests[: len(few.excerpts)]} == {QUESTION}
    assert found.usd == pytest.approx(sum(each.usd or 0 for each in (*found.rungs, *found.asked)))


def test_the_cap_is_kept_and_a_higher_one_goes_on(few: Specimens, tmp_path: Path) -> None:
    ladder = Ladder(FAMILY, (12, 10))
    most = planned(scripted("x", PRICE), few, ladder)[0][1].most_usd
    assert most is not None
    # Enough for the first size, and then not for what the next one may cost.
    cap = 1.01 * most
    stopped = run(scripted("x", PRICE), few, ladder, tmp_path, Limits(max_usd=cap))
    assert f"over the cap of ${cap:g}" in stopped.stopped
    assert names(stopped) == ["12 px, mark"]
    assert stopped.best is None
    with Kept(tmp_path / "kept.jsonl", key_of(scripted("x"), few)) as kept:
        paid = sum(row.usd or 0 for row in kept.reads.values())
        assert 0 < paid <= cap
        n_kept = len(kept)
    subject = scripted("x", PRICE)
    whole = run(subject, few, ladder, tmp_path, Limits(max_usd=100))
    assert whole.stopped == ""
    assert isinstance(subject.reader, ScriptedReader)
    assert len(subject.reader.requests) == sum(score.readings for score in whole.rungs) + len(whole.asked) - n_kept


def test_a_cap_needs_a_price(few: Specimens, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="max_usd: the price of scripted:x is not known; give it with --prices"):
        run(scripted("x"), few, Ladder(FAMILY, (12,)), tmp_path, Limits(max_usd=1))
    with pytest.raises(DataError, match="max_usd: -1 is not allowed"):
        run(scripted("x", PRICE), few, Ladder(FAMILY, (12,)), tmp_path, Limits(max_usd=-1))
    assert list(tmp_path.iterdir()) == []


# Models


def test_a_model_that_reads_well_down_to_a_size(few: Specimens, tmp_path: Path) -> None:
    ladder = Ladder(FAMILY, (12, 9, 7, 6, 5))
    shown: dict[bytes, tuple[str, float]] = {}
    for size in ladder.sizes:
        for fill in ("mark", "break"):
            for excerpt in few.excerpts:
                style = ladder.as_read(ladder.rung(size, fill), excerpt.text)
                (page,) = render(excerpt.text, style)
                drawn = excerpt.text.replace("\n", "↵") if fill == "mark" else excerpt.text
                shown[page.pixels.tobytes()] = drawn, size

    def reply(request: Request) -> str:
        (image,) = request.images
        assert image.pixels is not None
        text, size = shown[image.pixels().tobytes()]
        if not request.question.startswith("What is the code of ref"):
            return f"<think>letters...</think>```\n{text}\n```" if size > 6 else "a grey page"
        ref = request.question.split()[6]
        assert request.question.endswith("Answer with the string alone, or `not on the page`.")
        if size <= 6:
            return "00000000"
        return few.refs.get(ref, "not on the page")

    subject = scripted(reply)
    found = run(subject, few, ladder, tmp_path)
    assert names(found) == [
        "12 px, mark", "9 px, mark", "7 px, mark", "6 px, mark", "5 px, mark", "7 px, break"
    ]  # fmt: skip
    best = found.best
    assert best is not None
    assert best.name == "7 px, mark"
    assert [kind.errors for kind in best.kinds] == [0, 0, 0, 0]
    assert best.exact == 1.0
    assert best.short == 0
    assert best.output is not None
    illegible = found.rungs[3]
    assert illegible.cer("prose") > ILLEGIBLE
    assert illegible.short == illegible.readings
    good, bad = found.abstention
    assert (good.rung, good.made_up, good.denied) == ("7 px, mark", 0.0, 0.0)
    assert good.there["right"] == good.absent["denied"] == EACH
    assert (bad.rung, bad.made_up, bad.denied) == ("6 px, mark", 1.0, 0.0)


def through(server: Loopback, **options: Any) -> Subject:
    return subject_of("openai:m", base_url=f"{server.url}/v1", family=FAMILY, **options)


def test_a_model_that_says_the_same_whatever_it_sees(server: Loopback, few: Specimens, tmp_path: Path) -> None:
    server.acts = [Act(words=("a quiet ", "wedding"))]
    found = run(through(server), few, Ladder(FAMILY, SIZES), tmp_path)
    assert names(found) == ["16 px, mark", "14 px, mark"]
    assert found.best is None
    assert all(score.short == score.readings and score.cut_off == score.refused == 0 for score in found.rungs)
    assert all(each.there["unclear"] + each.absent["unclear"] == 2 * EACH for each in found.abstention)
    assert len(server.requests) == 2 * len(few.excerpts) + len(found.asked)
    assert found.usd is None
    assert found.tokens == 1412 * len(server.requests)


def test_a_model_that_refuses(server: Loopback, few: Specimens, tmp_path: Path) -> None:
    server.acts = [Act(stop="refusal")]
    found = run(through(server), few, Ladder(FAMILY, SIZES), tmp_path)
    assert [score.refused for score in found.rungs] == [len(few.excerpts)] * 2
    assert all(kind.cer == 1.0 for score in found.rungs for kind in score.kinds)
    assert all(score.short == 0 for score in found.rungs)
    assert found.abstention[0].there["unclear"] == found.abstention[0].absent["unclear"] == EACH
    assert found.abstention[0].made_up == 0.0


def test_a_model_that_denies_all(server: Loopback, few: Specimens, tmp_path: Path) -> None:
    server.acts = [Act(words=("not on ", "the page"))]
    found = run(through(server), few, Ladder(FAMILY, (12,)), tmp_path)
    (asked,) = found.abstention
    assert (asked.denied, asked.made_up) == (1.0, 0.0)
    assert asked.absent["denied"] == EACH


def test_a_model_that_makes_strings_up(server: Loopback, few: Specimens, tmp_path: Path) -> None:
    server.acts = [Act(words=("5f0c77ab", "1234"))]
    found = run(through(server), few, Ladder(FAMILY, (12,)), tmp_path)
    (asked,) = found.abstention
    assert (asked.denied, asked.made_up) == (0.0, 1.0)
    assert abstention_of("x", found.asked).to_json() == {**asked.to_json(), "rung": "x"}


def test_a_model_that_is_cut_off(server: Loopback, few: Specimens, tmp_path: Path) -> None:
    server.acts = [Act(stop="length")]
    subject = through(server, max_output_tokens=77)
    found = run(subject, few, Ladder(FAMILY, (12,)), tmp_path)
    assert [(score.cut_off, score.short) for score in found.rungs] == [(len(few.excerpts), 0)]
    caps = [seen.body.get("max_completion_tokens") or seen.body.get("max_tokens") for seen in server.requests]
    assert set(caps) == {77}


def test_a_server_that_fails_is_no_finding(server: Loopback, few: Specimens, tmp_path: Path) -> None:
    server.acts = [Act(status=401, error={"message": "bad key", "type": "invalid_request_error"})]
    with pytest.raises(ReaderError, match="bad key"):
        run(through(server), few, Ladder(FAMILY, (12,)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_reply_without_a_price_is_reckoned_at_the_most(few: Specimens, tmp_path: Path) -> None:
    from smallprint.errors import Refused

    found = run(scripted(Refused("I can't help with that."), PRICE), few, Ladder(FAMILY, (12,)), tmp_path)
    plan = dict(planned(scripted("x", PRICE), few, Ladder(FAMILY, (12,))))
    assert found.rungs[0].refused == len(few.excerpts)
    assert found.rungs[0].usd == pytest.approx(plan["12 px, mark"].most_usd)


def test_thoughts_that_used_up_the_tokens_are_cut_off(few: Specimens, tmp_path: Path) -> None:
    reply = Reply(text="<think>The first line says", model="x", finish="length", tokens_in=5, tokens_out=9)
    found = run(scripted(reply), few, Ladder(FAMILY, (12,)), tmp_path)
    assert found.rungs[0].cut_off == len(few.excerpts)
    assert found.rungs[0].cer("prose") == 1.0


def test_the_shipped_reader(tmp_path: Path) -> None:
    specimens = shipped_specimens(samples=1, chars=400)
    subject = subject_of("embedded")
    ladder = Ladder(FAMILY, (10, 5))
    assert sum((each for _, each in planned(subject, specimens, ladder)), Reckoned()).usd == 0.0
    seen: list[tuple[int, int]] = []
    found = run(subject, specimens, ladder, tmp_path, progress=lambda done, total: seen.append((done, total)))
    first = found.rungs[0]
    assert first.cer("prose") < 0.02
    assert first.cer("code") < 0.05
    assert first.exact is not None
    assert first.exact > 0.7
    assert found.rungs[1].cer("code") > 2 * first.cer("code")
    assert found.best is None or found.best.size_px == 10
    # It makes up nothing that it has not read.
    assert found.abstention[0].absent["denied"] == EACH
    assert found.abstention[0].there["right"] >= EACH - 1
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] >= sum(score.readings for score in found.rungs)
    assert found.usd == 0.0


def test_names_that_cannot_be_calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name, options, message in (
        ("gpt", {}, "'gpt' is not provider:model"),
        ("openai:own", {"check": False}, "--family: the name 'own' does not tell"),
        ("openai:gpt-5.5", {}, "OPENAI_API_KEY"),
        ("embedded", {"family": "claude"}, "the embedded reader reads tokens of a fixed size"),
        ("embedded", {"base_url": "http://127.0.0.1:1"}, "unknown option 'base_url'"),
        ("openai:gpt-5.5", {"check": False, "family": "gpt-9"}, "unknown value 'gpt-9'"),
    ):
        with pytest.raises(ReaderError, match=message):
            subject_of(name, **options)
    with pytest.raises(DataError, match="max_output_tokens: 0 is not allowed"):
        subject_of("embedded", max_output_tokens=0)


def test_tesseract_is_told_what_is_not_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="tesseract: base_url is not for it"):
        subject_of("tesseract", base_url="http://127.0.0.1:1")
    with pytest.raises(TokenError, match="gpt-9"):
        subject_of("tesseract", family="gpt-9")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ReaderError, match="there is no such program here"):
        subject_of("tesseract")
