"""Tasks for Inspect, run against its scripted model."""

from __future__ import annotations

import tomllib
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from smallprint.errors import DataError

ROOT = Path(__file__).parents[2]
HERE = find_spec("inspect_ai") is not None


def test_the_entry_point_names_the_module() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["inspect_ai"] == {"smallprint": "smallprint.evals.inspect_tasks"}
    assert (ROOT / "src/smallprint/evals/inspect_tasks.py").is_file()


@pytest.fixture
def ours() -> ModuleType:
    if not HERE:
        pytest.skip("inspect_ai is not installed")
    with warnings.catch_warnings():
        # Its dependencies warn of one another as they are imported.
        warnings.simplefilter("ignore")
        import_module("inspect_ai.model")
        return import_module("smallprint.evals.inspect_tasks")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("style", [None, "glyph-en"])
def test_a_suite_runs_and_is_scored(ours: ModuleType, tmp_path: Path, style: str | None) -> None:
    import inspect_ai
    from inspect_ai.model import ContentImage, ContentText, ModelOutput, ModelUsage, get_model

    task = ours.exact(lengths=2048, samples=1, style=style)
    answers = [sample.target[0] for sample in task.dataset]
    outputs = [ModelOutput.from_content("mockllm/model", f"It is {answer}.") for answer in (*answers[:-1], "unknown")]
    for output in outputs:
        # Else it is counted with a vocabulary that would be downloaded.
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    model = get_model("mockllm/model", custom_outputs=outputs)
    (log,) = inspect_ai.eval(task, model=model, log_dir=str(tmp_path), display="none", max_samples=1)
    assert log.status == "success", log.error
    scored: Any = log.samples
    assert sorted(sample.scores["as_the_benchmark"].value for sample in scored) == [0.0, 1.0, 1.0, 1.0, 1.0]
    metrics = log.results.scores[0].metrics
    assert metrics["exact/exact_hex"].value == 1.0
    content = scored[0].messages[0].content
    if style is None:
        assert content == scored[0].input
    else:
        assert isinstance(content[0], ContentText)
        assert isinstance(content[-1], ContentText)
        assert len(content) > 2
        assert all(isinstance(part, ContentImage) for part in content[1:-1])


@pytest.mark.parametrize("name", ["ruler", "code", "mrcr"])
def test_generated_suites_have_samples(ours: ModuleType, name: str) -> None:
    task = getattr(ours, name)(lengths="8192", samples=1)
    assert len(task.dataset) > 1
    assert len({sample.id for sample in task.dataset}) == len(task.dataset)


def test_longbench_takes_a_copy(ours: ModuleType) -> None:
    with pytest.raises(DataError, match="no file"):
        ours.longbench(data=str(Path(__file__).parent))


def test_lengths(ours: ModuleType) -> None:
    with pytest.raises(DataError, match="whole numbers"):
        ours.exact(lengths="long")
    assert ours._integers([4096, "8192"]) == (4096, 8192)
