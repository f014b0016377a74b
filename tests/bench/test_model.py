"""What pages buy a model: parts of the measurement, each against something that is known otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from smallprint.bench.model import content, curve, devices, measure, paper
from smallprint.bench.model.cells import Cell, Store
from smallprint.bench.model.network import ANSWER_TOKENS, Network
from smallprint.bench.model.roofline import seconds
from smallprint.bench.model.shapes import load_shape, shape_names
from smallprint.errors import DataError, StoreError
from smallprint.render import Style
from smallprint.tokens.text import count
from smallprint.tokens.vision import vision_tokens
from tests.bench.tiny_shapes import tiny

TEXT = "Reader, I married him. A quiet wedding we had: he and I, the parson and clerk, were alone present.\n" * 400


def network(kind: str, attention: str = "sdpa") -> Network:
    return Network(tiny(kind), device="cpu", dtype="float32", attention=attention)


def parts_of(net: Network, style: str = "flow", n_tokens: int = 600) -> tuple[content.PagePart, list[content.Patches]]:
    pages = content.draw(content.cut(TEXT, n_tokens), Style.preset(style), net.shape)
    return pages, [
        content.patches(pages.pixels[at : at + 1], net.shape, device="cpu", dtype=net.dtype)
        for at in range(pages.n_pages)
    ]


@pytest.mark.parametrize("n_tokens", [1, 100, 4096])
def test_a_text_is_cut_to_a_number_of_tokens(n_tokens: int) -> None:
    part = content.cut(TEXT, n_tokens)
    assert part.text.startswith("Reader"[: len(part.text)])
    assert n_tokens - 2 <= part.n_tokens <= n_tokens
    assert count(part.text).tokens == part.n_tokens


def test_a_short_text_is_said_again() -> None:
    part = content.cut("Reader, I married him.", 1000)
    assert 990 <= part.n_tokens <= 1000
    with pytest.raises(DataError, match="nothing to read"):
        content.cut(" \n", 10)


@pytest.mark.parametrize("style", ["flow", "dense", "fine-7"])
@pytest.mark.parametrize("name", ["glm-4.1v-9b", "qwen3-vl-8b", "small"])
def test_patches_are_the_visual_tokens_that_the_house_counts(name: str, style: str) -> None:
    shape = load_shape(name)
    pages = content.draw(content.cut(TEXT, 3000), Style.preset(style), shape)
    made = content.patches(pages.pixels, shape, device="cpu", dtype=torch.float32)
    counted = [vision_tokens(shape.family, page.shape[1], page.shape[0]) for page in pages.pixels]
    assert list(made.visual_tokens) == counted
    assert sum(counted) == pages.visual_tokens
    assert pages.n_tokens == sum(counted) + 2 * pages.n_pages
    assert len(made.pixel_values) == 4 * sum(counted)
    assert pages.render_s > 0


def test_patches_are_what_the_models_own_processor_makes() -> None:
    pil = pytest.importorskip("PIL.Image")
    from transformers.models.glm4v.image_processing_pil_glm4v import Glm4vImageProcessorPil

    shape = load_shape("glm-4.1v-9b")
    pages = content.draw(content.cut(TEXT, 3000), Style.preset("flow"), shape)
    ours = content.patches(pages.pixels, shape, device="cpu", dtype=torch.float32)
    processor = Glm4vImageProcessorPil(size={"shortest_edge": 12544, "longest_edge": 47040000})
    theirs = processor([pil.fromarray(page).convert("RGB") for page in pages.pixels], return_tensors="pt")
    assert ours.grid_thw.tolist() == theirs["image_grid_thw"].tolist()
    assert torch.allclose(ours.pixel_values, theirs["pixel_values"], atol=1e-4)


@pytest.mark.parametrize("kind", ["glm4v", "qwen3_vl"])
def test_the_roofline_counts_what_torch_counts(kind: str) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    # Eager attention multiplies whole squares, and torch counts them; half of a causal square is all that is needed.
    net = network(kind, "eager")
    work = net.work
    assert work is not None
    pages, parts = parts_of(net)
    features = net.encode(parts)
    tokens = tuple(each for part in parts for each in part.visual_tokens)

    def counted(do: Callable[[], Any]) -> int:
        with FlopCounterMode(display=False) as counter:
            do()
        return counter.get_total_flops()

    rope = 4096  # the products that turn positions into angles
    text = work.prefill_flops(300) + work.attention_flops(300)
    assert counted(net.prefill_text(300)) == pytest.approx(text, abs=rope)
    read = work.prefill_flops(pages.n_tokens) + work.attention_flops(pages.n_tokens)
    assert counted(net.prefill_pages(parts, features)) == pytest.approx(read, abs=rope)
    assert counted(lambda: net.encode(parts)) == pytest.approx(sum(work.encoder_flops(tokens)), rel=1e-6)
    step, _ = net.decode(200, batch=3, room=1)
    # The new token attends to itself too.
    assert counted(step) == pytest.approx(work.decode_flops(201, batch=3), abs=rope)


def test_the_roofline_counts_what_a_hand_counts() -> None:
    work = network("glm4v").work
    assert work is not None
    # Four layers, hidden 32, four heads of 8 and two of keys and values, 48 inside.
    assert work.layer_weights == 32 * 32 + 2 * 32 * 16 + 32 * 32 + 3 * 32 * 48
    assert (work.n_layers, work.attention_width, work.kv_numbers) == (4, 32, 2 * 2 * 8)
    # Blocks of 16 with 32 inside on 588 numbers a patch of two frames; a convolution of 2x2, then the merger.
    assert work.patch_weights == 2 * (4 * 16 * 16 + 3 * 16 * 32) + 16 * 3 * 2 * 14 * 14
    assert work.token_weights == 4 * 16 * 32 + 32 * 32 + 3 * 32 * 24
    assert work.attention_flops(10) == 2 * 100 * 32 * 4
    assert work.kv_bytes(10, 2) == 10 * 4 * 32 * 2
    assert work.step_flops(10, 2, recompute=False) == pytest.approx(
        3 * 2 * work.layer_weights * 4 * 10 + 3.5 * work.attention_flops(10) + 6 * work.head_weights * 2
    )
    assert work.step_flops(10, 2, recompute=True) > work.step_flops(10, 2, recompute=False)
    peak = devices.Peak(flops=100.0, bytes_per_second=10.0, source="")
    assert (seconds(peak, 300.0), seconds(peak, 300.0, 50.0)) == (3.0, 5.0)


def test_the_paper_s_model_has_the_size_that_its_name_says() -> None:
    net = Network(load_shape("glm-4.1v-9b"), device="meta", dtype="bfloat16", attention="sdpa", layers=1)
    work = net.work
    assert work is not None
    assert 8.1e9 < work.layer_weights * work.n_layers < 8.2e9
    # The width of a visual token's way through the encoder, against that of a text token's through the layers: what `small` keeps.
    small = Network(load_shape("small"), device="meta", dtype="float32", attention="sdpa").work
    assert small is not None
    page = (630,)
    shares = [sum(each.encoder_flops(page)) / each.layers_flops(630) for each in (work, small)]
    assert shares[0] == pytest.approx(shares[1], rel=0.03)
    squares = [each.attention_flops(131072) / each.layers_flops(131072) for each in (work, small)]
    assert squares[0] == pytest.approx(squares[1], rel=0.03)


@pytest.mark.parametrize("kind", ["glm4v", "qwen3_vl"])
def test_the_filled_cache_is_as_large_as_the_formula_says_and_gives_the_same_token(kind: str) -> None:
    net = network(kind)
    assert net.work is not None
    step, cache = net.decode(50, batch=2, room=4)
    assert cache.n_bytes == net.work.kv_bytes(50, 4, batch=2) == 2 * net.cache_bytes(50)
    # What the model says after this cache is what it says after transformers' own with the same numbers in it.
    from transformers import DynamicCache

    own = DynamicCache()
    for at, layer in enumerate(cache.past.layers):
        own.update(layer.keys[:, :, :50].clone(), layer.values[:, :, :50].clone(), at)
    ids = torch.tensor([[7], [9]])
    with torch.inference_mode():
        theirs = net.model(input_ids=ids, past_key_values=own).logits
        ours = net.model(input_ids=ids, past_key_values=cache.past).logits
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert cache.past.get_seq_length() == 51
    cache.rewind()
    assert cache.past.get_seq_length() == 50
    step()
    assert cache.past.get_seq_length() == 51


@pytest.mark.parametrize("kind", ["glm4v", "qwen3_vl"])
def test_a_training_step_reaches_every_weight(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(kind)
    _, parts = parts_of(net)
    grads: dict[str, bool] = {}

    def keep(set_to_none: bool) -> None:
        for name, weight in net.model.named_parameters():
            grads[name] = grads.get(name, False) or (weight.grad is not None and bool(weight.grad.abs().sum() > 0))

    monkeypatch.setattr(net.model, "zero_grad", keep)
    net.train_pages(parts, net.encode(parts), recompute=True)()
    assert all(reached for name, reached in grads.items() if "language_model" in name or "lm_head" in name)
    assert not any(reached for name, reached in grads.items() if "visual" in name)
    net.encode_step(parts, recompute=True)
    assert all(reached for name, reached in grads.items() if "visual" in name)
    assert not net.model.training


def test_fewer_layers_are_there_for_as_long_as_they_are_asked_for() -> None:
    net = network("glm4v")
    assert net.work is not None
    with net.with_layers(2):
        assert len(net.model.model.language_model.layers) == 2
        assert net.decode(10, batch=1, room=1)[1].n_bytes == net.work.kv_bytes(10, 4) // 2
    assert len(net.model.model.language_model.layers) == 4


def test_the_first_run_warms_up_unless_it_is_long() -> None:
    clock = [0.0]

    def work_of(*seconds: float) -> Callable[[], None]:
        left = list(seconds)

        def work() -> None:
            clock[0] += left.pop(0)

        return work

    def timed(*seconds: float, budget_s: float = 1e9) -> measure.Timing:
        return measure.timed(work_of(*seconds), sync=lambda: None, clock=lambda: clock[0], repeats=3, budget_s=budget_s)

    short = timed(9.0, 1.0, 2.0, 4.0)
    assert (short.samples, short.median_s, short.warmed) == ((1.0, 2.0, 4.0), 2.0, True)
    long = timed(20.0, 21.0, 30.0)
    assert (long.samples, long.warmed) == ((20.0, 21.0, 30.0), False)
    assert timed(20.0, 21.0, 30.0, budget_s=45).samples == (20.0, 21.0)
    assert timed(20.0, budget_s=1).samples == (20.0,)


@pytest.mark.parametrize("most", [0, 1, 7, 64, 100])
@pytest.mark.parametrize("start", [1, 5, 80])
def test_the_largest_batch_is_found(most: int, start: int) -> None:
    tried: list[int] = []

    def fits(batch: int) -> bool:
        tried.append(batch)
        return batch <= most

    assert measure.largest(fits, start=start, limit=64) == min(most, 64)
    assert len(tried) == len(set(tried)) <= 16
    assert all(1 <= each <= 64 for each in tried)


def test_a_curve_is_found_again_and_has_no_negative_part() -> None:
    lengths = [4096, 8192, 16384, 32768]
    found = curve.fit(lengths, [0.5 + 1e-4 * n + 2e-9 * n * n for n in lengths])
    assert found is not None
    assert found.at(1 << 20) == pytest.approx(0.5 + 1e-4 * 2**20 + 2e-9 * 2**40, rel=1e-6)
    falling = curve.fit(lengths, [4.0, 3.0, 2.0, 1.0])
    assert falling is not None
    assert min(falling.fixed, falling.linear, falling.square) >= 0
    assert falling.error > 0.3
    assert curve.fit([1, 2], [1, 2]) is None


def test_the_length_from_which_pages_pay() -> None:
    assert curve.crossing([512, 2048], [0.5, 1.5]) == (pytest.approx(1024), False)
    assert curve.crossing([512, 2048], [1.1, 1.5]) == (512.0, True)
    assert curve.crossing([512, 2048], [1.1, 0.9]) == (None, False)
    assert curve.crossing([256, 512, 1024, 4096], [1.2, 0.5, 0.5, 1.5]) == (pytest.approx(2048), False)


def test_cells_come_back_and_do_not_mix(tmp_path: Path) -> None:
    cell = Cell(
        what="prefill", length=512, arm="styles/my flow.json", n_tokens=300, samples=(1.0, 2.0), more={"n_pages": 2}
    )
    Store(tmp_path, {"dtype": "float32"}).add(cell)
    # What a kill leaves of a file that was being written.
    (tmp_path / "cells/prefill-1024-flow.json.part").write_text("{")
    assert Store(tmp_path, {"dtype": "float32"}).cells == {cell.key: cell}
    with pytest.raises(StoreError, match="dtype 'float32', not 'bfloat16'"):
        Store(tmp_path, {"dtype": "bfloat16"})
    next((tmp_path / "cells").glob("*.json")).write_text("{")
    with pytest.raises(StoreError, match="not a cell"):
        Store(tmp_path, {"dtype": "float32"})


def test_shapes_are_told_by_name_and_by_file(tmp_path: Path) -> None:
    assert {"glm-4.1v-9b", "qwen3-vl-8b", "small"} <= set(shape_names())
    path = tmp_path / "config.json"
    path.write_text(json.dumps(dict(tiny("qwen3_vl").config)))
    found = load_shape(str(path))
    assert (found.family, found.n_layers, found.mean) == ("qwen3-vl", 4, (0.5, 0.5, 0.5))
    with pytest.raises(DataError, match="squares of 32 px"):
        load_shape(str(path), family_name="glm-4.1v")
    path.write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(DataError, match="model_type 'llama'; allowed: qwen2_vl"):
        load_shape(str(path))
    path.write_text("[]")
    with pytest.raises(DataError, match="not an object"):
        load_shape(str(path))


def test_peaks_are_looked_up_or_measured() -> None:
    assert devices.table_peak("h100-sxm", "bfloat16").flops == pytest.approx(989.4e12)
    with pytest.raises(DataError, match="unknown device"):
        devices.table_peak("abacus", "bfloat16")
    with pytest.raises(DataError, match="no peak"):
        devices.table_peak("h100-sxm", "int4")


def test_the_paper_has_a_point_for_each_length() -> None:
    points = paper.to_json()["points"]
    assert [point["length"] for point in points] == [4096 << at for at in range(6)]
    assert points[-1] == {"length": 131072, "prefill_speedup": 4.8, "decode_speedup": 4.4, "sft_speedup": 2.3}
    assert ANSWER_TOKENS > 1
