"""Corpora through Ray: the same shards, and a process that is killed on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from smallprint.errors import DataError
from smallprint.render.corpus import write_corpus
from smallprint.render.corpus.on_ray import ray_draw
from tests.render.corpora import RECORDS, contents, spec, write_lines

RAY = """
import json, os, signal, sys, threading, time
from pathlib import Path

from smallprint.render.corpus import write_corpus
from smallprint.render.corpus.on_ray import ray_draw
from tests.render.corpora import spec

killed = []

def kill_one_that_draws(out):
    # What a process has not finished bears its number.
    while not killed:
        for part in out.glob(".smallprint-run/part-*"):
            os.kill(int(part.name.split("-")[1]), signal.SIGKILL)
            killed.append(part.name)
            return
        time.sleep(0.001)

if __name__ == "__main__":
    corpus, out, folder = sys.argv[1:]
    import ray
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=folder,
             object_store_memory=100_000_000)
    watch = threading.Thread(target=kill_one_that_draws, args=(Path(out),), daemon=True)
    watch.start()
    written = write_corpus([corpus], out, spec(shard_mb=0.05, rows_per_shard=500), draw=ray_draw())
    ray.shutdown()
    print(json.dumps([written.n_shards, len(killed)]))
"""


@pytest.mark.skipif(find_spec("ray") is None, reason='Ray is not installed (pip install "smallprint[ray]")')
def test_ray_gives_the_same_shards_though_a_process_is_killed(tmp_path: Path) -> None:
    corpus = write_lines(tmp_path / "corpus.jsonl", RECORDS * 20)
    script = tmp_path / "on_ray.py"
    script.write_text(RAY)
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0"}
    # Ray's sockets lie in this folder, and their paths have 107 bytes at most: that of the test is too long.
    with TemporaryDirectory(prefix="ray-") as folder:
        command = [sys.executable, script, corpus, tmp_path / "out", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    n_shards, n_killed = json.loads(done.stdout.splitlines()[-1])
    assert n_shards > 3
    assert n_killed == 1
    write_corpus([corpus], tmp_path / "whole", spec(shard_mb=0.05, rows_per_shard=500), workers=1)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DataError, match=r'--ray: cannot import Ray .*pip install "smallprint\[ray\]"'):
        ray_draw()
