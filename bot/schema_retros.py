"""What the authored questions of a retro must look like."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.schema import Authored, Prose, Slug, WrongAt

SHOWN = 3
"""Prompts under a question at a time: more of them are not read."""

Place = Literal["expected", "why", "keep"]
PLACES: tuple[Place, ...] = ("expected", "why", "keep")
"""Where the answers are kept, in the order in which they are asked for."""


def _text(longest: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=longest, strip_whitespace=True)


class Question(Authored):
    """One of the three questions; `heading` stands over its answer on the card."""

    id: Place
    heading: Annotated[str, _text(40)]
    text: Annotated[str, _text(150)]
    prompts: Annotated[tuple[Annotated[str, _text(200)], ...], Field(min_length=SHOWN, max_length=30)]

    def shown(self, turn: int) -> tuple[str, ...]:
        """Give the prompts of a turn; each turn shows the ones after those of the turn before."""
        first = turn * SHOWN
        return tuple(self.prompts[(first + one) % len(self.prompts)] for one in range(SHOWN))

    @model_validator(mode="after")
    def _prompts_differ(self) -> "Question":
        for number, prompt in enumerate(self.prompts):
            if prompt in self.prompts[:number]:
                raise WrongAt("this prompt stands above already", "prompts", number)
        return self


class Questions(Authored):
    """The three questions of a retro, and the sentence that keeps blame out of it."""

    id: Slug
    last_reviewed: date
    licence_note: Prose
    sources: tuple[str, ...] = ()
    blameless: Annotated[str, _text(400)]
    questions: Annotated[tuple[Question, ...], Field(min_length=3, max_length=3)]

    @model_validator(mode="after")
    def _each_in_its_place(self) -> "Questions":
        for number, (question, place) in enumerate(zip(self.questions, PLACES, strict=True)):
            if question.id != place:
                raise WrongAt(f"expected {place!r} here; ask for {', '.join(PLACES)}", "questions", number, "id")
        return self
