"""What an authored track of weekly lessons must look like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.schema import Authored, Fact, Slug, WrongAt

WORDS = range(150, 281)
"""Words of a lesson without its quiz: less is a slogan, more is not read on a phone."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_VERBS = ("subscribe", "now", "pause", "resume", "skip", "history", "stop", "record")
TAKEN = frozenset({*_VERBS, *_DAYS, *(day[:3] for day in _DAYS)})
"""Words of `/aipm learn`, which also takes the name of a track: no track may be called like one."""

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")  # noqa: RUF001 - people type either apostrophe


def _text(longest: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=longest, strip_whitespace=True)


class Term(Authored):
    """The word of the week."""

    word: Annotated[str, _text(60)]
    meaning: Annotated[str, _text(200)]


class Question(Authored):
    """A multiple-choice question; `answer` counts from 1, `why` speaks to right and wrong answers alike.

    Slack's radio buttons hold 75 characters.
    """

    text: Annotated[str, _text(300)]
    options: Annotated[tuple[Annotated[str, _text(75)], ...], Field(min_length=2, max_length=4)]
    answer: Annotated[int, Field(ge=1)]
    why: Annotated[str, _text(600)]

    @model_validator(mode="after")
    def _answer_is_an_option(self) -> "Question":
        if self.answer > len(self.options):
            raise WrongAt(f"there is no option {self.answer}", "answer")
        if len(set(self.options)) < len(self.options):
            raise WrongAt("two options are the same", "options")
        return self


class Lesson(Authored):
    """One week of a track; text is Slack's mrkdwn, with plain `&`, `<` and `>`."""

    id: Slug
    week: Annotated[int, Field(ge=1, le=520)]
    title: Annotated[str, _text(60)]
    minutes: Annotated[int, Field(ge=5, le=30)]
    topics: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=3)]
    opening: Annotated[str, _text(160)]
    idea: Annotated[str, _text(2000)]
    activity: Annotated[tuple[Annotated[str, _text(300)], ...], Field(min_length=2, max_length=4)]
    thread: Annotated[str, _text(250)]
    question: Annotated[str, _text(200)]
    term: Term
    sources: Annotated[tuple[str, ...], Field(min_length=1, max_length=4)]
    fact: Fact | None = None
    quiz: Annotated[tuple[Question, ...], Field(min_length=1, max_length=3)]

    @property
    def words(self) -> int:
        """Count the words that a reader of the post meets."""
        said = (self.opening, self.idea, *self.activity, self.thread, self.question, self.term.word, self.term.meaning)
        return len(_WORD.findall(" ".join(said)))

    @model_validator(mode="after")
    def _is_worth_ten_minutes(self) -> "Lesson":
        if self.words not in WORDS:
            raise WrongAt(f"{self.words} words in the post; write {WORDS[0]} to {WORDS[-1]}", "idea")
        return self


class About(Authored):
    """The file `track.yaml` of a folder of lessons."""

    id: Slug
    title: Annotated[str, _text(40)]
    summary: Annotated[str, _text(75)]
    order: Annotated[int, Field(ge=0, le=999)] = 500
    after: Literal["stop", "again"] = "stop"

    @model_validator(mode="after")
    def _name_is_free(self) -> "About":
        if self.id in TAKEN or self.id != self.id.lower():
            raise WrongAt(f"{self.id!r} is a word of /aipm learn or not in lower case; choose another", "id")
        return self


@dataclass(frozen=True)
class Track:
    """A track with its lessons in the order of their weeks."""

    about: About
    lessons: tuple[Lesson, ...]

    def __iter__(self) -> Iterator[Lesson]:
        return iter(self.lessons)

    def __len__(self) -> int:
        return len(self.lessons)
