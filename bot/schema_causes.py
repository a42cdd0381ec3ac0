"""What the items must look like that are proposed when a cause comes up in retro after retro."""

from typing import Annotated

from pydantic import Field, model_validator

from bot.schema import HINT_LIMIT, TITLE_LIMIT, Authored, Hint, Prose, Slug, Title, WrongAt, escaped_length


class CauseItem(Authored):
    """The item for one cause, and the phase of a checklist in which it would stand."""

    cause: Slug
    checklist: Slug
    phase: Slug
    title: Title
    hint: Hint
    check: Prose
    topics: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _fits_when_escaped(self) -> "CauseItem":
        for name, text, limit in (("title", self.title, TITLE_LIMIT), ("hint", self.hint, HINT_LIMIT)):
            if escaped_length(text) > limit:
                raise WrongAt(f"longer than {limit} characters when escaped", name)
        return self


class CauseItems(Authored):
    """The file of all of them."""

    causes: Annotated[tuple[CauseItem, ...], Field(min_length=1)]
