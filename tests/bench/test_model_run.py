"""`smallprint bench model`: a whole run on a tiny shape, cut and resumed, short of memory, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from smallprint.bench.model import measure
from smallprint.bench.model.cells import Cell, Store
from smallprint.bench.model.network import Network
from smallprint.bench.model.report import measure_model
from smallprint.bench.model.rows import Row
from smallprint.bench.model.run import Job, Run, Settings, jobs
from smallprint.cli import main
from tests.bench.tiny_shapes import tiny

STYLES = ("flow", "fine-7")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A shape and a text."""
    shape, text = tmp_path / "tiny.json", tmp_path / "book.txt"
    shape.write_text(json.dumps(dict(tiny("glm4v").config)))
    text.write_text("Reader, I married him. A quiet wedding we had.\n" * 100)
    return str(shape), str(text)


def command(files: tuple[str, str], *more: str) -> list[str]:
    shape, text = files
    quick = ["--repeats", "2", "--max-batch", "3", "--extrapolate", "0", "--lengths", "256,512"]
    return ["bench", "model", "--shape", shape, text, "--styles", ",".join(STYLES), *quick, *more]


def reported(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    assert main(arguments) == code
    return json.loads(capsys.readouterr().out)


def test_a_run_measures_every_cell(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    out, picture = tmp_path / "out", tmp_path / "model.png"
    found = reported(command(files, "--out", str(out), "--plot", str(picture), "--json"), capsys)
    assert found["schema"] == "smallprint.bench.model/1"
    assert found["unfinished"] == 0
    assert {"cpu", "cores", "torch", "date", "threads"} <= set(found["machine"])
    assert (found["dtype"], found["attention"], found["shape"]["family"]) == ("float32", "sdpa", "glm-4.1v")
    assert found["paper"]["points"][-1]["prefill_speedup"] == 4.8
    assert [(row["length"], row["style"]) for row in found["rows"]] == [(n, s) for s in STYLES for n in (256, 512)]
    for row in found["rows"]:
        assert not row["missing"]
        assert not row["extrapolated"]
        without = {key for key, value in row.items() if value is None}
        assert without == {"scaled_layers"}
        assert row["prefill_all_s"] == pytest.approx(
            row["render_s"] + row["patches_s"] + row["encoder_s"] + row["prefill_pages_s"]
        )
        assert row["prefill_speedup_all_counted"] == pytest.approx(row["prefill_text_s"] / row["prefill_all_s"])
        assert row["prefill_speedup"] > row["prefill_speedup_encoder_counted"] > row["prefill_speedup_all_counted"]
        assert row["sft_speedup"] > row["sft_speedup_encoder_counted"] > row["sft_speedup_all_counted"]
        assert row["kv_saving"] == pytest.approx(1 - row["page_tokens"] / row["text_tokens"])
        assert row["decode_text_batch"] == row["decode_pages_batch"] == 3
        low, high = row["prefill_speedup_range"]
        assert low <= row["prefill_speedup"] <= high
        assert set(row["roofline"]) > {
            "prefill_text_s",
            "prefill_pages_s",
            "encoder_s",
            "sft_speedup",
            "decode_speedup",
        }
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(list((out / "cells").glob("*.json"))) == 1 + 2 * (4 * 2 + 4 * 3)  # of pages alone, of text too


def test_a_run_that_was_killed_goes_on(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = command(files, "--measures", "prefill", "--out", str(out), "--json")
    whole, measured = Run._measure, list[Job]()

    def counting(self: Run, job: Job) -> Cell:
        if len(measured) == 5:
            raise KeyboardInterrupt
        measured.append(job)
        return whole(self, job)

    monkeypatch.setattr(Run, "_measure", counting)
    with pytest.raises(KeyboardInterrupt):
        measure_model(_settings(files), Path(files[1]).read_text(), "book.txt", folder=out)
    first = {path.name: path.read_bytes() for path in (out / "cells").glob("*.json")}
    assert len(first) == 6  # the device's peak is one
    done = list(measured)
    measured.clear()
    monkeypatch.setattr(Run, "_measure", lambda self, job: (measured.append(job), whole(self, job))[1])
    assert reported(arguments, capsys)["unfinished"] == 0
    assert measured == [job for job in jobs(_settings(files)) if job not in done]
    assert {name: (out / "cells" / name).read_bytes() for name in first} == first
    measured.clear()
    assert reported(arguments, capsys)["rows"]
    assert not measured
    # Another measurement does not go into the same folder.
    assert main([*arguments, "--dtype", "bfloat16"]) == 2
    assert "dtype 'float32', not 'bfloat16'" in capsys.readouterr().err


def _settings(files: tuple[str, str], **more: Any) -> Settings:
    from smallprint.bench.model.shapes import load_shape

    values: dict[str, Any] = {"measures": ("prefill",), "repeats": 2, "max_batch": 3, "clock": "cpu", **more}
    return Settings(shape=load_shape(files[0]), lengths=(256, 512), styles=STYLES, **values)


def test_pieces_of_little_time_make_one_cell_each(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = command(files, "--measures", "prefill", "--lengths", "256", "--out", str(tmp_path / "out"), "--json")
    left = [reported([*arguments, "--minutes", "1e-9"], capsys, code)["unfinished"] for code in (1, 1)]
    assert left == [8, 7]
    # None at all, and what is there is reported.
    assert reported([*arguments, "--minutes", "0"], capsys, 1)["unfinished"] == 7
    assert main([*arguments[:-1], "--minutes", "0"]) == 1
    assert "7 cells are still to be measured" in capsys.readouterr().err
    assert reported(arguments, capsys)["unfinished"] == 0


def test_a_cell_without_memory_says_so(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_memory(self: Network, n_tokens: int) -> Any:
        def work() -> None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 7.00 GiB.\nMore is said.")

        return work

    monkeypatch.setattr(Network, "prefill_text", no_memory)
    found = reported(command(files, "--measures", "prefill", "--lengths", "256", "--json"), capsys)
    row = found["rows"][0]
    assert row["missing"] == {"prefill-text": "out of memory: CUDA out of memory. Tried to allocate 7.00 GiB."}
    assert (row["prefill_speedup"], row["prefill_text_s"]) == (None, None)
    assert row["prefill_all_s"] > 0
    assert main(command(files, "--measures", "prefill", "--lengths", "256")) == 0
    assert "256 flow: prefill-text: out of memory" in capsys.readouterr().out


def test_too_little_main_memory_is_seen_before(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "available_bytes", lambda: 1 << 16)
    found = reported(
        command(files, "--measures", "prefill,decode", "--lengths", "256", "--cache-gib", "0.001", "--json"), capsys
    )
    assert "0.0 GiB are free" in found["rows"][0]["missing"]["prefill-text"]
    assert found["rows"][0]["decode_text_batch"] == 3
    # Attention that keeps its scores would need 3 MB for them, and the rest 0.6 MB.
    monkeypatch.setattr(measure, "available_bytes", lambda: 1 << 20)
    arguments = command(files, "--measures", "prefill", "--lengths", "256", "--json")
    assert not reported(arguments, capsys)["rows"][0]["missing"]
    assert "prefill-text" in reported([*arguments, "--attention", "eager"], capsys)["rows"][0]["missing"]


def test_other_errors_are_not_swallowed(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Network, n_tokens: int) -> Any:
        raise RuntimeError("size mismatch")

    monkeypatch.setattr(Network, "prefill_text", broken)
    with pytest.raises(RuntimeError, match="size mismatch"):
        main(command(files, "--measures", "prefill", "--lengths", "256"))


def test_times_of_few_layers_are_extended_and_marked(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(_settings(files, layers=2), "text", Store(None, {}))
    there = run.network.model.model.language_model

    def repeats() -> measure.Timing:
        # A second a layer, and half a second for what is not layers.
        return measure.Timing(samples=(0.5 + len(there.layers),) * 2, warmed=True)

    assert run._over_layers(2, repeats).samples == (4.5, 4.5)
    assert run._over_layers(None, repeats).samples == (2.5, 2.5)
    found = reported(command(files, "--layers", "2", "--lengths", "256", "--json"), capsys)
    row = found["rows"][0]
    assert row["scaled_layers"] == 2
    assert row["kv_text_bytes"] == row["text_tokens"] * 4 * 32 * 4
    assert main(command(files, "--layers", "2", "--lengths", "256", "--measures", "prefill")) == 0
    out = capsys.readouterr().out
    assert "*256" in out
    assert "of 2 text layers and of half as many, extended to 4" in out


def test_what_lies_beyond_is_marked(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = command(
        files, "--measures", "prefill", "--styles", "flow", "--lengths", "256,512,1k", "--out", str(tmp_path / "out")
    )
    arguments[arguments.index("--extrapolate") + 1] = "2k"
    found = reported([*arguments, "--json"], capsys)
    *measured, last = found["rows"]
    assert (last["length"], last["extrapolated"], last["predicted"]) == (2048, True, False)
    assert last["prefill_text_s"] > max(row["prefill_text_s"] for row in measured)
    assert set(last["fit_error"]) == {"render-pages", "patches-pages", "encode-pages", "prefill-text", "prefill-pages"}
    assert not any(row["extrapolated"] for row in measured)
    assert found["pays_from"]["prefill_speedup"]["flow"]["length"] <= 1024
    assert main(arguments) == 0
    assert "~2,048" in capsys.readouterr().out
    # A curve through points that are too near says nothing.
    arguments[arguments.index("--extrapolate") + 1] = "1m"
    assert not any(row["extrapolated"] for row in reported([*arguments, "--json"], capsys)["rows"])


def test_a_roofline_alone_runs_nothing(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(Run, "go", None)
    picture = tmp_path / "roof.svg"
    arguments = ["bench", "model", "--shape", "glm-4.1v-9b", "--lengths", "4k,128k", "--styles", "flow", files[1]]
    found = reported([*arguments, "--predict", "h100-sxm", "--plot", str(picture), "--json"], capsys)
    assert [row["predicted"] for row in found["rows"]] == [True, True, True]
    row = found["rows"][1]
    assert 5.5 < row["prefill_speedup_encoder_counted"] < row["prefill_speedup"]
    assert row["prefill_speedup_all_counted"] is None
    assert "<svg" in picture.read_text()
    assert main([*arguments, "--predict", "h100-sxm"]) == 0
    assert "nothing was run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shape", "gpt-9"], "--shape gpt-9: unknown; known: glm-4.1v-9b"),
        (["--shape", "none.json"], "none.json"),
        (["--styles", "ornate"], "ornate"),
        (["--styles", "text"], "text is measured always"),
        (["--device", "abacus"], "--device abacus"),
        (["--dtype", "int4"], "--dtype int4"),
        (["--measures", "prefill,dreams"], "--measures dreams"),
        (["--clock", "sun"], "--clock sun: known: wall"),
        (["--layers", "1"], "--layers 1: from 2 to 4"),
        (["--sft-layers", "9"], "--sft-layers 9: from 2 to 4"),
        (["--attention", "lazy"], "--attention lazy"),
        (["--predict", "abacus"], "--predict abacus: unknown device; known: h100-sxm"),
        (["--plot", "no/such/folder/a.png"], "no folder"),
        (["none.txt"], "none.txt"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    if "--plot" in arguments:
        pytest.importorskip("matplotlib")
    assert main(command(files, *arguments)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("lengths", ["4x", "", "-1", "4k..lots"])
def test_a_length_that_is_none_is_refused(
    lengths: str, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(command(files, f"--lengths={lengths}"))
    assert stopped.value.code == 2
    assert "4k..128k" in capsys.readouterr().err


def test_ranges_of_lengths() -> None:
    from smallprint.cli.bench_model import _lengths

    assert _lengths("4k..128k") == tuple(4096 << at for at in range(6))
    assert _lengths("512, 1k,3000") == (512, 1024, 3000)


def test_the_row_has_the_names_that_others_lean_on() -> None:
    row = Row(length=1, style="flow", text_tokens=1, page_tokens=1, n_pages=1, ratio=1.0).to_json()
    promised = {
        "length",
        "style",
        "ratio",
        "prefill_speedup",
        "prefill_speedup_all_counted",
        "decode_speedup",
        "sft_speedup",
    }
    assert promised | {"encoder_s", "render_s", "extrapolated", "scaled_layers", "spread", "roofline"} <= set(row)


def test_a_style_comes_from_a_profile_and_may_not_change(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from smallprint.readers.profile import Profile
    from smallprint.render import Style

    path = tmp_path / "model.toml"
    made = Profile(
        reader="openai:m", family="glm-4.1v", style=Style.preset("dense"), curve=(), date="2026-11-22", command=""
    )
    path.write_text(made.to_toml())
    arguments = command(files, "--measures", "prefill", "--lengths", "512", "--out", str(tmp_path / "out"), "--json")
    arguments[arguments.index("--styles") + 1] = f"profile:{path}"
    row = reported(arguments, capsys)["rows"][0]
    arguments[arguments.index("--out") + 1] = str(tmp_path / "other")
    arguments[arguments.index("--styles") + 1] = "dense"
    assert row["page_tokens"] == reported(arguments, capsys)["rows"][0]["page_tokens"]
    path.write_text(
        made.to_toml().replace('font-size" = 8', 'font-size" = 7').replace("font-size = 8", "font-size = 7")
    )
    arguments[arguments.index("--out") + 1] = str(tmp_path / "out")
    arguments[arguments.index("--styles") + 1] = f"profile:{path}"
    assert main(arguments) == 2
    assert "another style" in capsys.readouterr().err
