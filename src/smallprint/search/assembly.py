"""A search put together: from what a user names to a worker, and from a study to its report and profile.

In: a config, a source, where the study is. Out: a `Search` and what belongs to it; files beside the study: `report.html`, `profile.toml`,
`crops/`. Knows no command line.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smallprint.errors import DataError, StoreError
from smallprint.readers.profile import CurvePoint, Profile
from smallprint.search import finals
from smallprint.search.config import FREE, SearchConfig
from smallprint.search.evaluate import Evaluator
from smallprint.search.objectives import Goal
from smallprint.search.proposers import proposer_of
from smallprint.search.questions import Asking, PageQuestions, made, own
from smallprint.search.report.crop import crop_of
from smallprint.search.report.files import crop_path, write_report
from smallprint.search.run import Search
from smallprint.search.space import Space
from smallprint.search.study import Study
from smallprint.search.transcribers import Transcriber
from smallprint.search.validation import ValidationSet, validation_of
from smallprint.search.values import HELD_OUT, Reference, Scores, Trial, Weights

if TYPE_CHECKING:
    from smallprint.readers.base import Reader
    from smallprint.render import Source, Style

PROFILE = "profile.toml"
_CROP_CHARS = 2000


@dataclass(frozen=True, kw_only=True)
class Asks:
    """The questions of a search, if there are any."""

    reader: Reader | None = None
    """Who is asked."""
    tasks: tuple[str, ...] = ()
    """Of the evaluation."""
    samples: int = 3
    """Items of each task."""
    questions: Path | None = None
    """The user's own."""
    judge: Reader | None = None
    prices: str | None = None
    """The user's own price table."""

    def to_json(self) -> dict[str, Any]:
        """What decides what the scores mean."""
        asked = None if self.questions is None else hashlib.sha256(self.questions.read_bytes()).hexdigest()
        judge = None if self.judge is None else self.judge.name
        return {"tasks": list(self.tasks), "samples": self.samples, "questions": asked, "judge": judge}


def folder_of(where: str) -> Path:
    """Where a study's files go: beside a SQLite file, here for a database elsewhere; named after it, with `-search` behind."""
    path = (
        Path(urlsplit(where).path)
        if "://" in where and not where.startswith("sqlite")
        else Path(where.removeprefix("sqlite:///"))
    )
    name = f"{path.stem or 'study'}-search"
    return Path(name) if "://" in where else path.with_name(name)


class Assembly:
    """The parts of a search."""

    def __init__(
        self,
        config: SearchConfig,
        source: Source,
        transcriber: Transcriber,
        where: str,
        *,
        command: str,
        asks: Asks | None = None,
        ask_analyst: Callable[[str], str] | None = None,
    ) -> None:
        """`ask_analyst` takes a prompt to a model; without it the rules stand in for one.

        Raises `DataError` for too little text or another search's study, `StoreError` for a study that cannot be written.
        """
        self.config = config
        self.validation: ValidationSet = validation_of(source, seed=config.seed)
        self.space = Space.of(transcriber.family, self.validation.kinds, level=config.level, fonts=config.fonts)
        self.folder = folder_of(where)
        asks = asks or Asks()
        questions = _questions(asks, self.validation, config.seed)
        _check(config, transcriber, questions, asks)
        evaluator = Evaluator(self.validation, transcriber, config.goal, rungs=config.rungs, questions=questions)
        proposer, analyst = proposer_of(config.proposer, self.space, config.goal, config.weights, ask_analyst)
        told = {
            **config.to_json(self.space, self.validation),
            "asks": asks.to_json(),
            "about": dict(transcriber.about),
            "command": command,
        }
        self.study = Study.open(where, config=told, space=self.space, goal=config.goal, free=FREE | {"command"})
        try:
            (self.folder / "crops").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.study.close()
            raise StoreError(f"{self.folder}: {error.strerror or error}") from None
        self.search = Search(
            config,
            self.space,
            self.validation,
            evaluator,
            proposer,
            self.study,
            analyst=analyst,
            on_drawn=self._crop,
        )

    def _crop(self, trial: Trial, style: Style) -> None:
        # A report without a picture is better than a search that ends for want of one.
        with contextlib.suppress(OSError):
            crop_path(self.folder, trial.number).write_bytes(
                crop_of(style, self.validation.search[0].text[:_CROP_CHARS])
            )


def _check(config: SearchConfig, transcriber: Transcriber, questions: PageQuestions | None, asks: Asks) -> None:
    """Raises `DataError` for what would be ignored, or could not be kept."""
    if questions is None and {"task", "judge"} & set(config.objectives):
        raise DataError("objectives: task and judge need questions: give tasks or questions")
    if asks.judge is None and "judge" in config.objectives:
        raise DataError("objectives: judge needs a model that marks answers")
    is_priced = transcriber.is_priced and (questions is None or questions.is_priced)
    if not is_priced and (config.max_usd is not None or "dollars" in config.objectives):
        raise DataError(
            f"max_usd, dollars: the price of {transcriber.name} or of its judge is not known; give it with --prices, or leave them out"
        )


def _questions(asks: Asks, validation: ValidationSet, seed: int) -> PageQuestions | None:
    if not asks.tasks and asks.questions is None:
        if asks.judge is not None:
            raise DataError("judge: there are no answers to be marked; give tasks or questions")
        return None
    if asks.reader is None:
        raise DataError("tasks, questions: this reader cannot be asked anything")
    # In the order of the text; excerpts of the other parts are missing.
    text = "\n\n".join(excerpt.text for excerpt in sorted(validation.search, key=lambda each: int(each.id)))
    askings: list[Asking] = []
    if asks.tasks:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "validation.txt"
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
            askings += made(asks.tasks, path, samples=asks.samples, seed=seed)
    if asks.questions is not None:
        askings += own(asks.questions, text)
    return PageQuestions(asks.reader, askings, judge=asks.judge, prices=asks.prices)


def space_of(config: Mapping[str, Any]) -> Space:
    """The space of a study, by its configuration."""
    return Space.of(config["family"], config["kinds"], level=config["level"], fonts=config["fonts"])


def report(study: Study, folder: Path) -> Path:
    """Writes the report of a study, running or finished."""
    notes = study.notes()
    config = study.config
    weights = Weights(**config["weights"])
    critiques = [each for key, rows in sorted(notes.items()) if key.startswith("critiques:") for each in rows]
    tallies = {key.partition(":")[2]: row for key, row in sorted(notes.items()) if key.startswith("tally:")}
    return write_report(
        folder,
        study.trials(),
        space=space_of(config),
        goal=study.goal,
        weights=weights,
        config=config,
        notes={"critiques": critiques, "tallies": next(iter(tallies.values())) if len(tallies) == 1 else tallies},
        references=_references(notes),
        chosen=notes.get("winner", "search"),
    )


def profile_of(study: Study, number: int | None = None) -> Profile:
    """The profile of a study's winner, or of the trial of that number; its curve is the front.

    Raises `DataError` where there is no such trial, or no winner.
    """
    notes, trials, space = study.notes(), study.trials(), space_of(study.config)
    number = notes.get("winner") if number is None else number
    if number is None:
        raise DataError("export: no style of this study is within its limit; name one with --trial")
    chosen = next((trial for trial in trials if trial.number == number and trial.scores), None)
    if chosen is None:
        raise DataError(f"export: there is no trial {number} with scores in this study")
    front = Goal().front([trial for trial in trials if trial.scores and trial.scores.complete])
    return Profile(
        reader=str(study.config["reader"]),
        family=space.family,
        style=space.style(chosen.genome),
        curve=tuple(_point(trial.number, trial.scores) for trial in front if trial.scores),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command=str(study.config.get("command", "")),
        about={"study": str(study.config["text"]["name"]), "trial": number, **study.config.get("about", {})},
    )


def write_profile(study: Study, folder: Path) -> Path | None:
    """The winner's profile, in the study's folder; None where there is no winner."""
    if study.notes().get("winner") is None:
        return None
    path = folder / PROFILE
    profile_of(study).save(path)
    return path


def _point(number: int, scores: Scores) -> CurvePoint:
    return CurvePoint(
        ratio=round(scores.compression, 3),
        cer=round(scores.cer, 6),
        exact=None if scores.exact is None else round(scores.exact, 4),
        style=f"trial {number}",
    )


def _references(notes: Mapping[str, Any]) -> Sequence[Reference]:
    made: list[Reference] = []
    for row in notes.get("held_out", ()):
        low, high = row["cer_interval"]
        made.append(
            Reference(
                name=HELD_OUT if row["name"] == finals.BEST else row["name"],
                style=row["digest"],
                compression=row["compression"],
                cer=row["cer"],
                cer_interval=(low, high),
                exact=row["exact"],
            )
        )
    return made
