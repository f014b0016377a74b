"""Runs that are killed, and what a folder does not take."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smallprint.errors import DataError, SmallprintError, StoreError
from smallprint.render.corpus import write_corpus
from smallprint.render.corpus.folder import CorpusFolder
from smallprint.render.corpus.plan import Shard
from smallprint.render.corpus.run import Done
from smallprint.render.corpus.shards import STATE
from smallprint.render.corpus.workers import draw_shards
from tests.render.corpora import RECORDS, STYLE, contents, spec, write_lines

LINES = [*RECORDS, {"text": 7}, *RECORDS, "no JSON"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "corpus.jsonl", LINES)


class Stopped(Exception):
    pass


def stop_at(share: float) -> Callable[[Done], None]:
    def progress(done: Done) -> None:
        if done.share >= share:
            raise Stopped

    return progress


KILLED = """
import os, signal, sys
from pathlib import Path
from smallprint.render import Style
from smallprint.render.corpus import Spec, write_corpus

def progress(done):
    if done.share >= float(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    style = Style.preset("flow").with_keys({"page-size": "200,60"})
    spec = Spec(style=style, shard_mb=0.003, rows_per_shard=20, format=sys.argv[4])
    write_corpus([sys.argv[1]], sys.argv[2], spec, workers=int(sys.argv[5]), progress=progress)
"""


@pytest.mark.parametrize(
    ("share", "kind", "workers"),
    [(0, "parquet", 1), (0.2, "parquet", 2), (0.6, "webdataset", 2), (1, "parquet", 1)],
)
def test_a_run_that_is_killed_goes_on_and_ends_the_same(
    corpus: Path, tmp_path: Path, share: float, kind: Any, workers: int
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    write_corpus([corpus], whole, spec(format=kind), workers=1)
    # From a file: processes that are started afresh read it.
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, script, corpus, out, str(share), kind, str(workers)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    written = write_corpus([corpus], out, spec(format=kind), workers=1)
    assert (written.n_kept > 0) == (share > 0)
    assert contents(out) == contents(whole)


def test_a_run_may_be_stopped_again_and_again(corpus: Path, tmp_path: Path) -> None:
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    for share in (0.1, 0.4, 0.5, 0.9):
        with pytest.raises(Stopped):
            write_corpus([corpus], tmp_path / "out", spec(), workers=1, progress=stop_at(share))
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("pages-*")}
    written = write_corpus([corpus], tmp_path / "out", spec(), workers=1)
    assert written.n_kept > written.n_shards * 0.8
    assert all(path.stat().st_mtime_ns == at for path, at in kept.items())
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def cut_journal(out: Path) -> None:
    journal = out / STATE / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-7])


def append_to_journal(out: Path) -> None:
    with (out / STATE / "journal.jsonl").open("ab") as file:
        file.write(b"\0" * 500)


def lose_a_file(out: Path) -> None:
    sorted(out.glob("pages-*"))[1].unlink()


def cut_a_file(out: Path) -> None:
    os.truncate(sorted(out.glob("pages-*"))[0], 100)


def leave_a_part(out: Path) -> None:
    (out / STATE / "part-1-abc").write_bytes(b"half")


@pytest.mark.parametrize("damage", [cut_journal, append_to_journal, lose_a_file, cut_a_file, leave_a_part])
def test_what_a_kill_or_a_loss_of_power_leaves_is_made_good(
    corpus: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    out = tmp_path / "out"
    with pytest.raises(Stopped):
        write_corpus([corpus], out, spec(), workers=1, progress=stop_at(0.5))
    damage(out)
    write_corpus([corpus], out, spec(), workers=1)
    assert contents(out) == contents(tmp_path / "whole")


def test_a_kill_between_the_manifest_and_the_end(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    out = tmp_path / "out"

    def stop(folder: CorpusFolder) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(CorpusFolder, "_remove_state", stop)
        with pytest.raises(Stopped):
            write_corpus([corpus], out, spec(), workers=1)
    assert (out / STATE).exists()
    write_corpus([corpus], out, spec(), workers=1)
    assert contents(out) == contents(tmp_path / "whole")


def test_a_finished_folder_is_left_as_it_is(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write_corpus([corpus], out, spec(), workers=1)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    again = write_corpus([corpus], out, spec(), workers=1)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert again.summary == first.summary
    assert (first.n_kept, again.n_kept) == (0, first.n_shards)


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"style": STYLE.with_keys({"font-size": 8})}, "style_digest"),
        ({"format": "webdataset"}, "pyarrow|format"),
        ({"png": "small"}, "isal|png"),
        ({"shard_mb": 0.004}, "shard_mb: 0.003 before, 0.004 now"),
        ({"rows_per_shard": 21}, "rows_per_shard"),
        ({"meta_fields": ("n",)}, "meta_fields"),
        ({"id_field": "id"}, "id_field"),
    ],
)
def test_another_style_or_option_is_refused(
    corpus: Path, tmp_path: Path, finished: bool, given: dict[str, Any], named: str
) -> None:
    out = tmp_path / "out"
    begin(corpus, out, finished)
    before = contents(out)
    with pytest.raises(StoreError, match=named):
        write_corpus([corpus], out, spec(**given), workers=1)
    assert without_plan(contents(out)) == without_plan(before)


@pytest.mark.parametrize("finished", [False, True])
def test_another_input_is_refused(corpus: Path, tmp_path: Path, finished: bool) -> None:
    out = tmp_path / "out"
    begin(corpus, out, finished)
    before = contents(out)
    data = corpus.read_bytes()
    # Its last document, which no shard has yet; as many bytes as before.
    at = data.rindex(b"nono")
    corpus.write_bytes(data[:at] + b"NONO" + data[at + 4 :])
    with pytest.raises(StoreError, match="inputs"):
        write_corpus([corpus], out, spec(), workers=1)
    with pytest.raises(StoreError, match="inputs"):
        write_corpus([corpus, corpus], out, spec(), workers=1)
    corpus.write_bytes(data)
    assert without_plan(contents(out)) == without_plan(before)
    write_corpus([corpus], out, spec(), workers=1)
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    assert contents(out) == contents(tmp_path / "whole")


def begin(corpus: Path, out: Path, finished: bool) -> None:
    if finished:
        write_corpus([corpus], out, spec(), workers=1)
    else:
        with pytest.raises(Stopped):
            write_corpus([corpus], out, spec(), workers=1, progress=stop_at(0.4))


def without_plan(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.endswith(("plan.jsonl", "lock"))}


def test_an_input_that_changes_while_it_is_read_stops_the_run(corpus: Path, tmp_path: Path) -> None:
    data = corpus.read_bytes()

    def change(done: Done) -> None:
        corpus.write_bytes(data.replace(b"Reader", b"reader"))
        os.utime(corpus, (1, 1))

    with pytest.raises(DataError, match=r"corpus\.jsonl: was changed since this run began"):
        write_corpus([corpus], tmp_path / "out", spec(), workers=1, progress=change)
    corpus.write_bytes(data)
    write_corpus([corpus], tmp_path / "out", spec(), workers=1)
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_second_process_is_refused_and_the_first_goes_on(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    refused: list[str] = []

    def second(done: Done) -> None:
        if not refused:
            command = [sys.executable, "-m", "smallprint", "render", "--corpus", str(corpus), "-o", str(out)]
            found = subprocess.run(command, capture_output=True, text=True, check=False)
            assert found.returncode == 2
            refused.append(found.stderr)

    write_corpus([corpus], out, spec(), workers=1, progress=second)
    assert refused == [
        f"smallprint: {out}: another process is at work on it; wait for its end, or give another folder\n"
    ]
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    assert contents(out) == contents(tmp_path / "whole")


def test_files_of_others_are_not_touched(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(json.dumps({"schema": "theirs"}))
    with pytest.raises(StoreError, match=r"not shards of an earlier run \(manifest\.json\)"):
        write_corpus([corpus], out, spec())
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    with pytest.raises(StoreError, match="is a file; give a folder"):
        write_corpus([corpus], corpus, spec())


def test_a_process_that_is_killed_is_said_so_and_the_run_can_be_gone_on_with(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def kill_one(shards: Any, given: Any, folder: Path, *, tick: Any) -> Any:
        def killing() -> Any:
            for shard in shards:
                yield shard
                if shard.index > 3:
                    for child in children():
                        os.kill(child, signal.SIGKILL)

        return draw_shards(killing(), given, folder, workers=2, tick=tick)

    with pytest.raises(SmallprintError, match=r"a process that draws pages has died .* run the same command again"):
        write_corpus([corpus], out, spec(), draw=kill_one)
    write_corpus([corpus], out, spec(), workers=1)
    write_corpus([corpus], tmp_path / "whole", spec(), workers=1)
    assert contents(out) == contents(tmp_path / "whole")


def children() -> list[int]:
    import multiprocessing

    return [child.pid for child in multiprocessing.active_children() if child.pid]


def test_processes_end_with_the_run_that_is_killed(tmp_path: Path) -> None:
    corpus = write_lines(tmp_path / "long.jsonl", [{"text": "word " * 200_000}] * 4)
    script = tmp_path / "run.py"
    script.write_text(
        "import multiprocessing, os, signal, sys\n"
        "from smallprint.render import Style\n"
        "from smallprint.render.corpus import Spec, write_corpus\n"
        "def progress(done):\n"
        "    print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__':\n"
        "    spec = Spec(style=Style.preset('flow'), shard_mb=1)\n"
        "    write_corpus(sys.argv[1:2], sys.argv[2], spec, workers=2, progress=progress)\n"
    )
    done = subprocess.run(
        [sys.executable, script, corpus, tmp_path / "out"], stdout=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    for pid in pids:
        for _ in range(1000):
            if not is_alive(pid):
                break
            time.sleep(0.01)
        assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_plan_reads_back_as_it_was_written(corpus: Path, tmp_path: Path) -> None:
    from smallprint.render.corpus.scan import make_plan

    plan = make_plan([corpus], spec(), tmp_path / "plan.jsonl")
    shards = list(plan.shards())
    assert [shard.index for shard in shards] == list(range(plan.n_shards))
    assert sum(shard.weight for shard in shards) == plan.weight == corpus.stat().st_size
    assert [Shard.from_line(shard.to_line()) for shard in shards] == shards
    # Consecutive ranges of whole lines.
    data, at, line = corpus.read_bytes(), 0, 0
    for shard in shards:
        (part,) = shard.parts
        assert (part.start, part.line, part.number) == (at, line, line)
        assert data[at : part.end].endswith(b"\n")
        assert shard is shards[-1] or data[at : part.end - 1].rfind(b"\n") + 1 < 3000
        at, line = part.end, line + data.count(b"\n", at, part.end)
    assert at == len(data)
