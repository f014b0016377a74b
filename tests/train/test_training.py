"""The training: that it goes on where it stopped, alone and in a team, and what it leaves behind."""

from __future__ import annotations

import dataclasses
import gzip
import json
import multiprocessing
import time
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from smallprint.errors import DataError, StoreError
from smallprint.readers.sight.network import Network
from smallprint.train.reader import checks, loop, team
from smallprint.train.reader.ahead import batches, samples_of
from smallprint.train.reader.checks import Checker
from smallprint.train.reader.data import Crops, Mixture
from smallprint.train.reader.loop import CHECKPOINT, EDGE_PX, Training, losses, train
from smallprint.train.reader.model import ReaderNet
from smallprint.train.reader.recipe import Check, Recipe
from smallprint.train.reader.run import SCHEMA, run_recipe
from smallprint.train.reader.targets import Targets
from smallprint.train.reader.team import Team
from tests.train import tiny

CHECKS = (
    Check(name="words", file="books/one.txt", pages=1),
    Check(name="strings", file="generated", style="code", pages=1),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    tiny.write_texts(folder)
    return folder


def silent(row: dict[str, Any]) -> None:
    pass


def same(one: nn.Module, other: nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def in_threads(recipe: Recipe, root: Path, until: int) -> Training:
    """What a team of two makes of a recipe, in one process."""
    leader, follower = (Training(recipe, samples_of(recipe, root)) for _ in range(2))
    shared = torch.zeros(2, 2, sum(p.numel() for p in leader.net.parameters()))
    ends = multiprocessing.Pipe()

    def learn(training: Training, rank: int) -> None:
        member = Team(rank, shared, (ends[rank],))
        for crops in training.crops(root, until, rank):
            training.learn(crops, member)

    other = Thread(target=learn, args=(follower, 1))
    other.start()
    learn(leader, 0)
    other.join()
    assert same(leader.net, follower.net)
    return leader


def test_stopped_and_gone_on_is_in_one_go(root: Path, tmp_path: Path) -> None:
    recipe = tiny.recipe(steps=5)
    whole = train(recipe, root, tmp_path / "whole", say=silent)
    half = train(recipe, root, tmp_path / "parts", say=silent, until=2)
    assert half.step == 2
    assert not same(half.net, whole.net)
    rest = train(recipe, root, tmp_path / "parts", say=silent)
    assert rest.step == whole.step == 5
    assert same(rest.net, whole.net)
    assert rest.n_chars == whole.n_chars > 0
    for ours, theirs in zip(rest.optimizers, whole.optimizers, strict=True):
        states = ours.state_dict()["state"], theirs.state_dict()["state"]
        assert len(states[0]) > 3
        for number, state in states[0].items():
            assert all(torch.equal(value, states[1][number][key]) for key, value in state.items())
    # Once it is at its end nothing more happens.
    again = train(recipe, root, tmp_path / "parts", say=silent)
    assert again.step == 5
    assert same(again.net, whole.net)


def test_processes_draw_what_a_thread_draws(root: Path) -> None:
    recipe = dataclasses.replace(tiny.recipe(), workers=1)
    drawn = samples_of(recipe, root)
    for number, crops in zip((5, 2, 6), batches(drawn, recipe, root, (5, 2, 6)), strict=True):
        wanted = drawn(number)
        assert np.array_equal(crops.ink, wanted.ink)
        assert np.array_equal(crops.targets.classes, wanted.targets.classes)


def test_another_seed_is_another_training(root: Path, tmp_path: Path) -> None:
    one = train(tiny.recipe(steps=1), root, tmp_path / "one", say=silent)
    other = train(dataclasses.replace(tiny.recipe(steps=1), seed=2), root, tmp_path / "other", say=silent)
    assert not same(one.net, other.net)


def test_a_team_of_processes_does_what_its_members_do_together(root: Path, tmp_path: Path) -> None:
    recipe = tiny.recipe(steps=3, parts=2)
    rows: list[dict[str, Any]] = []
    done = train(recipe, root, tmp_path / "team", say=rows.append)
    together = in_threads(recipe, root, 3)
    assert same(done.net, together.net)
    assert done.n_chars == together.n_chars
    assert [row["step"] for row in rows] == [2, 3]
    before = in_threads(recipe, root, 2)
    assert not same(done.net, before.net)
    # All of them go on from the checkpoint.
    train(recipe, root, tmp_path / "parts", say=silent, until=1)
    assert same(train(recipe, root, tmp_path / "parts", say=silent).net, done.net)


def test_members_take_the_mean_of_their_gradients() -> None:
    ends = multiprocessing.Pipe()
    shared = torch.zeros(2, 2, 9)
    nets = [nn.Linear(2, 3) for _ in range(2)]

    def member(rank: int) -> None:
        for step in range(3):
            nets[rank].weight.grad = torch.full((3, 2), 1.0 + rank + step)
            # The other one has no gradient here.
            nets[rank].bias.grad = torch.full((3,), 4.0) if rank else None
            Team(rank, shared, (ends[rank],)).average(nets[rank], step)

    other = Thread(target=member, args=(1,))
    other.start()
    member(0)
    other.join()
    for net in nets:
        assert net.weight.grad is not None
        assert net.bias.grad is not None
        assert net.weight.grad.tolist() == [[3.5, 3.5]] * 3
        assert net.bias.grad.tolist() == [2.0] * 3


def test_a_member_that_is_killed_while_it_waits_ends_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "PATIENCE_S", 30)
    net = nn.Linear(2, 3)
    began = time.monotonic()

    def lead() -> None:
        with Team.led(net, 2, tiny.vanish, ()) as led:
            assert led is not None
            (process,) = multiprocessing.active_children()
            process.join(25)
            assert process.exitcode == -9
            led.average(net, 0)

    with pytest.raises(StoreError, match="a process of the team has ended"):
        lead()
    assert time.monotonic() - began < 25


def test_one_that_does_not_come_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "PATIENCE_S", 0.1)
    ends = multiprocessing.Pipe()
    with pytest.raises(StoreError, match="go on from the last checkpoint"):
        Team(0, torch.zeros(2, 2, 9), (ends[0],)).average(nn.Linear(2, 3), 0)


def test_a_folder_of_another_recipe_is_refused(root: Path, tmp_path: Path) -> None:
    recipe = tiny.recipe()
    train(recipe, root, tmp_path, say=silent, until=1)
    before = (tmp_path / CHECKPOINT).read_bytes()
    for other in (tiny.recipe(steps=6), dataclasses.replace(recipe, seed=2), dataclasses.replace(recipe, name="b")):
        with pytest.raises(DataError, match="another recipe"):
            train(other, root, tmp_path, say=silent)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    # Neither the machine nor what is looked at on the way makes it another one.
    same_one = dataclasses.replace(recipe, threads=2, check=CHECKS[:1])
    assert train(same_one, root, tmp_path, say=silent, until=2).step == 2


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 cut", b"{}"])
def test_a_damaged_checkpoint(root: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(content)
    with pytest.raises(StoreError, match=CHECKPOINT):
        train(tiny.recipe(), root, tmp_path, say=silent)
    assert (tmp_path / CHECKPOINT).read_bytes() == content


def test_a_checkpoint_of_something_else(root: Path, tmp_path: Path) -> None:
    for state in ({"step": 3}, [1, 2]):
        torch.save(state, tmp_path / CHECKPOINT)
        with pytest.raises(StoreError, match=CHECKPOINT):
            train(tiny.recipe(), root, tmp_path, say=silent)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("unexpected pos 64 vs 0")])
def test_a_full_disk_leaves_what_was_there(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    recipe = tiny.recipe()
    train(recipe, root, tmp_path, say=silent, until=2)
    before = {name: (tmp_path / name).read_bytes() for name in (CHECKPOINT, "history.jsonl")}

    def full(state: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise error

    monkeypatch.setattr(loop.torch, "save", full)
    with pytest.raises(StoreError, match=r"checkpoint\.pt"):
        train(recipe, root, tmp_path, say=silent)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    monkeypatch.undo()
    assert train(recipe, root, tmp_path, say=silent).step == 4


def test_the_history_is_never_half_written(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tiny.recipe()
    train(recipe, root, tmp_path, say=silent, until=2)
    before = (tmp_path / "history.jsonl").read_text(encoding="utf-8")
    whole = Path.write_text

    def full(path: Path, text: str, *rest: Any, **options: Any) -> int:
        whole(path, text[:10], *rest, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StoreError):
        train(recipe, root, tmp_path, say=silent)
    monkeypatch.undo()
    assert (tmp_path / "history.jsonl").read_text(encoding="utf-8") == before


def test_a_folder_that_cannot_be_made(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="file"):
        train(tiny.recipe(), root, tmp_path / "file", say=silent)


def test_texts_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="text 'books': no file"):
        train(tiny.recipe(), tmp_path, tmp_path / "out", say=silent)
    assert not (tmp_path / "out").exists()


def test_it_learns_a_batch_by_heart(root: Path) -> None:
    recipe = dataclasses.replace(tiny.recipe(steps=60), pages=Mixture(small_print=1.0, crop_tokens=5))
    training = Training(recipe, samples_of(recipe, root))
    batch = max((training.samples(number) for number in range(5)), key=lambda crops: (crops.targets.classes >= 0).sum())
    said = [training.learn(batch) for _ in range(50)]
    assert training.step == 50
    assert said[-1]["letters"] < 0.6 * said[0]["letters"]
    assert said[-1]["presence"] < 0.8 * said[0]["presence"]


def test_the_history_says_how_it_went(root: Path, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []
    train(tiny.recipe(steps=5, save_every=100), root, tmp_path, say=rows.append)
    assert [row["step"] for row in rows] == [2, 4, 5]
    assert all(row["of"] == 5 and row["letters"] > 0 and row["presence"] > 0 for row in rows)
    assert rows[0]["n_chars"] < rows[1]["n_chars"] < rows[2]["n_chars"]
    assert [json.loads(line) for line in (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()] == rows


def test_until_nought_is_not_to_the_end(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="until: 0 is not allowed"):
        train(tiny.recipe(), root, tmp_path, say=silent, until=0)


def test_letters_at_the_edge_do_not_count() -> None:
    torch.manual_seed(0)
    net = ReaderNet(tiny.SHAPE)
    crops = Crops(28, np.random.default_rng(0).random((1, 84, 84), np.float32), Targets.empty(1, 21, 42))
    classes = crops.targets.classes
    rows, columns = EDGE_PX // 4, EDGE_PX // 2
    classes[0, rows, columns:-columns] = 7
    presence, letters, n_chars = losses(net, crops)
    assert n_chars == 42 - 2 * columns
    classes[0, :rows] = classes[0, -rows:] = 9
    classes[0, :, :columns] = classes[0, :, -columns:] = 9
    assert losses(net, crops) == (presence, letters, n_chars)
    classes[0, rows + 1, columns] = 9
    assert losses(net, crops) != (presence, letters, n_chars)


def test_batches_without_text_can_be_learnt_from(root: Path, tmp_path: Path) -> None:
    training = Training(tiny.recipe(), samples_of(tiny.recipe(), root))
    blank = Crops(28, np.zeros((2, 84, 84), np.float32), Targets.empty(2, 21, 42))
    said = training.learn(blank)
    assert said["letters"] == 0
    assert 0 < said["presence"] < 10
    assert all(torch.isfinite(p).all() for p in training.net.parameters())


def test_checks_read_the_same_pages(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_CHARS", 1500)
    torch.manual_seed(0)
    net = ReaderNet(tiny.SHAPE)
    nn.init.constant_(net.presence.bias, -30.0)
    checker = Checker(CHECKS, root, tiny.SHAPE)
    assert checker(net) == {"words": 1.0, "strings": 1.0}
    nn.init.constant_(net.presence.bias, 0.0)
    assert checker(net) == checker(net) == Checker(CHECKS, root, tiny.SHAPE)(net)


def test_checks_without_their_text(tmp_path: Path) -> None:
    (tmp_path / "bad.txt.gz").write_bytes(gzip.compress(b"text " * 99)[:-9])
    for file in ("none.txt", "bad.txt.gz"):
        with pytest.raises(DataError, match=f"check 'c': .*{file}"):
            Checker((Check(name="c", file=file),), tmp_path, tiny.SHAPE)


def test_a_recipe_run_to_its_end(root: Path, tmp_path: Path) -> None:
    recipe = dataclasses.replace(tiny.recipe(steps=2), check=CHECKS[:1])
    rows: list[dict[str, Any]] = []
    first = run_recipe(recipe, root, tmp_path, command="smallprint train reader", say=rows.append, until=1)
    assert (first["steps"], first["finished"]) == (1, False)
    record = run_recipe(recipe, root, tmp_path, command="smallprint train reader", say=rows.append)
    assert json.loads(json.dumps(record)) == json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert (record["schema"], record["steps"], record["finished"]) == (SCHEMA, 2, True)
    assert record["command"] == "smallprint train reader"
    assert record["recipe"]["shape"]["dim"] == tiny.SHAPE.dim
    assert record["data"]["n_chars"]["books"] > 0
    assert record["last"] == rows[-1]
    assert set(record["last"]["checks"]) == {"words"}
    assert record["n_parameters"] == sum(p.numel() for p in ReaderNet(tiny.SHAPE).parameters())
    assert {"torch", "numpy", "onnx", "smallprint"} <= set(record["versions"])
    model = (tmp_path / "reader.onnx").read_bytes()
    assert record["weights"]["bytes"] == len(model)
    network = Network(tmp_path / "reader.onnx")
    assert (network.about["name"], network.about["seed"], network.about["steps"]) == ("tiny", "1", "2")
    assert network.run(np.zeros((56, 84), np.float32), 28).presence.shape == (14, 42)
    with Image.open(tmp_path / "curves.png") as curves:
        assert curves.size == (1200, 480)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        CHECKPOINT, "curves.png", "history.jsonl", "reader.onnx", "record.json"
    ]  # fmt: skip


def test_a_recipe_without_checks_runs_too(root: Path, tmp_path: Path) -> None:
    record = run_recipe(tiny.recipe(steps=1), root, tmp_path, command="", say=silent)
    assert record["last"]["checks"] == {}
    assert (tmp_path / "curves.png").stat().st_size > 1000
