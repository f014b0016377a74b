"""The rounds: what is in a row, what is compared, what is missing. No test looks at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smallprint.bench import speed
from smallprint.bench.engines import ENGINES
from smallprint.bench.results import EngineResult, Split, ratios
from smallprint.bench.speed import Settings, measure_speed
from smallprint.bench.texts import CASES, CaseText, case_texts, choose
from smallprint.errors import DataError, StoreError, TextError
from smallprint.render import Page, Pages

TEXT = "Reader, I married him.\nA quiet wedding we had: he and I were alone present.\n" * 150


def text_of(case: str, text: str = TEXT) -> CaseText:
    return CaseText(case=CASES[case], name="test", text=text)


def test_every_row_has_its_keys_and_every_file_is_compared() -> None:
    pytest.importorskip("PIL.Image")
    calls: list[tuple[int, int]] = []
    settings = Settings(rounds=2, engines=("ours", "ours-small", "ours-numpy", "floor"))
    report = measure_speed([text_of("prose-plain")], settings, progress=lambda *step: calls.append(step))
    assert calls == [(n, 8) for n in range(1, 9)]
    found = json.loads(json.dumps(report.to_json()))
    assert found["schema"] == "smallprint.bench.render/1"
    assert set(found["machine"]) == {"cpu", "cores", "python", "platform"}
    assert {"smallprint", "kernel", "numpy", "freetype", "reportlab", "poppler"} <= set(found["versions"])
    (case,) = found["cases"]
    assert set(case) == {"case", "what", "style", "text", "sha256", "n_chars", "n_pages", "engines"}
    assert case["n_chars"] == len(TEXT)
    rows = {row["engine"]: row for row in case["engines"]}
    for row in rows.values():
        assert set(row) >= {
            "engine", "what", "missing", "cpu_seconds", "chars_per_second", "pages_per_second", "bytes_per_1000_chars", "ratio",
            "ratio_range", "n_chars", "n_pages", "sampled",
        }  # fmt: skip
        assert len(row["cpu_seconds"]) == 2
        assert row["n_pages"] == case["n_pages"] >= 3
        assert row["ratio"] is None
    for name in ("ours", "ours-small"):
        assert {"layout_seconds", "raster_seconds", "encode_seconds"} <= set(rows[name])
    for name in ("ours", "ours-small", "ours-numpy"):
        assert (rows[name]["n_compared"], rows[name]["n_different"]) == (case["n_pages"], 0)
    assert rows["floor"]["bytes_per_1000_chars"] is None
    assert report.n_different == 0


def test_a_file_that_is_not_the_page_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL.Image")
    from smallprint.render import png

    monkeypatch.setattr(Page, "png", lambda page, mode="default": png.encode(page.pixels ^ 255, "small"))
    report = measure_speed([text_of("prose-plain")], Settings(rounds=1, engines=("ours",), threads=1))
    assert report.n_different == report.cases[0].n_pages


def test_threads_are_measured_next_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def pngs(pages: Pages, *, mode: str, threads: int) -> Iterator[tuple[Page, bytes]]:
        asked.append(threads)
        for page in pages:
            yield page, page.png()

    monkeypatch.setattr(Pages, "pngs", pngs, raising=False)
    report = measure_speed([text_of("prose-plain")], Settings(rounds=2, engines=("ours", "ours-small"), threads=3))
    ours, small = (row.to_json() for row in report.cases[0].engines)
    assert asked == [1, 3, 1, 3]
    assert ours["threads"] == 3
    assert len(ours["wall_seconds"]) == len(ours["one_thread_wall_seconds"]) == 2
    assert ours["thread_speedup"] > 0
    assert "threads" not in small


def test_ratios_are_taken_within_a_round_and_by_the_character() -> None:
    assert ratios([1, 2], 100, [10, 40], 50) == (20, 40)
    row = EngineResult(engine="a", what="", n_chars=100, n_pages=4, cpu_seconds=(1, 2, 3), ratios=(20, 40, 30))
    found = row.to_json()
    assert (found["ratio"], found["ratio_range"], found["chars_per_second"], found["pages_per_second"]) == (
        30,
        [20, 40],
        50,
        2,
    )
    assert Split.of([(1, 2, 3), (3, 2, 1), (2, 9, 2)]) == Split(layout_seconds=2, raster_seconds=2, encode_seconds=2)


def test_slow_engines_are_measured_on_the_first_pages() -> None:
    report = measure_speed([text_of("prose-plain")], Settings(rounds=1, engines=("ours-numpy", "floor"), sample=2))
    slow, floor = report.cases[0].engines
    assert (slow.sampled, slow.n_pages) == (True, 2)
    assert slow.n_chars < floor.n_chars == len(TEXT)
    assert not floor.sampled


@pytest.mark.usefixtures("with_yardstick")
def test_the_yardstick_is_the_unit() -> None:
    report = measure_speed([text_of("prose-running")], Settings(rounds=2, engines=("ours", "yardstick")))
    ours, unit = (row.to_json() for row in report.cases[0].engines)
    assert unit["ratio"] == 1
    assert unit["ratio_range"] == [1, 1]
    assert ours["ratio_range"][0] <= ours["ratio"] <= ours["ratio_range"][1]


def test_an_engine_that_is_not_installed_is_a_row(without_yardstick: str) -> None:
    report = measure_speed([text_of("prose-plain")], Settings(rounds=1, engines=("floor", "yardstick")))
    floor, missing = report.cases[0].engines
    assert floor.missing is None
    assert missing.to_json() == {"engine": "yardstick", "what": ENGINES["yardstick"].what, "missing": without_yardstick}
    assert "install" in without_yardstick


def test_an_engine_of_others_that_fails_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of ink")

    monkeypatch.setattr(speed, "measure", broken)
    report = measure_speed([text_of("prose-plain")], Settings(rounds=2, engines=("floor",)))
    assert report.cases[0].engines[0].missing == "failed: RuntimeError: out of ink"
    with pytest.raises(RuntimeError):
        measure_speed([text_of("prose-plain")], Settings(rounds=1, engines=("ours",)))


@pytest.mark.usefixtures("with_yardstick")
def test_a_long_paragraph_is_not_counted_but_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_LONG_PARAGRAPH", 8_000)
    report = measure_speed([text_of("long-line", "word " * 2_000)], Settings(rounds=1, engines=("yardstick",)))
    reason = report.cases[0].engines[0].missing
    assert reason is not None
    assert "square" in reason
    assert "10,000 characters (2,000: " in reason


@pytest.mark.parametrize(
    "wrong", [{"rounds": 0}, {"threads": -1}, {"sample": 0}, {"engines": ("ours", "cairo")}, {"engines": ()}]
)
def test_settings_out_of_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(DataError, match=r"rounds|threads|sample|cairo|none"):
        Settings(**wrong)  # pyright: ignore[reportArgumentType]


def test_texts_of_cases(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("prose\nand more", encoding="utf-8")
    (tmp_path / "b.py").write_text("print('code')\n", encoding="utf-8")
    files = [str(tmp_path / "a.txt"), str(tmp_path / "b.py")]
    plain, running, code, line = case_texts(list(CASES.values()), files, 11)
    assert (plain.text, plain.name) == ("prose\nand m", "a.txt")
    assert running.text == plain.text
    assert (code.text, code.name) == ("print('code", "b.py")
    assert line.text == "prose and m"
    (library,) = case_texts(choose(["code"]), [], 30_000)
    assert (len(library.text), library.sha256) == (30_000, case_texts(choose(["code"]), [], 30_000)[0].sha256)
    with pytest.raises(DataError, match="unknown case poems; known: prose-plain"):
        choose(["poems"])
    with pytest.raises(StoreError, match="no such file"):
        case_texts(choose(["code"]), [str(tmp_path / "none.py")], 10)
    (tmp_path / "a.txt").write_text("  \n ", encoding="utf-8")
    with pytest.raises(TextError, match="white space"):
        case_texts(choose(["prose-plain"]), files, 10)


def test_without_a_checkout_prose_must_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallprint.__file__", "/nowhere/a/b/c.py")
    with pytest.raises(DataError, match="name a text file"):
        case_texts(choose(["prose-plain"]), [], 10)
