"""What authored content must look like; the library reads every content file through these models."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

CARD_ROWS = 40
"""Items and phase headings that fit on one card: Slack allows 50 blocks and the card's frame needs 10."""

RESERVED = frozenset(
    {
        "help",
        "checklists",
        "system",
        "export",
        "learn",
        "quiz",
        "retro",
        "actions",
        "settings",
        "glossary",
        "explain",
    }
)
"""Sub-commands of the coach itself, now or soon: no checklist may take their names."""

KEPT = "kept"
"""The context in which a run's own template is read: rules for authors that came later do not touch it."""

CLOSING_PHASE = "L"
"""The phase of learning steps by which a response closes."""

TITLE_LIMIT, HINT_LIMIT, PROSE_LIMIT = 73, 75, 1000
"""What a card shows of an item, counted after escaping; and what its details say."""

Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=TITLE_LIMIT, strip_whitespace=True)]
Hint = Annotated[str, StringConstraints(min_length=1, max_length=HINT_LIMIT, strip_whitespace=True)]
Heading = Annotated[str, StringConstraints(min_length=1, max_length=75, strip_whitespace=True)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=PROSE_LIMIT, strip_whitespace=True)]
Link = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]


class Authored(BaseModel):
    """Something a person wrote in a file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WrongAt(ValueError):
    """A mistake that knows its place; pydantic itself places what a whole checklist says at its first line."""

    def __init__(self, told: str, *at: str | int) -> None:
        super().__init__(told)
        self.at = at


class Source(Authored):
    """Where a statement comes from; a law or a tool page says when it was last checked, because both age."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,15}$")]
    title: Prose
    organisation: Prose
    year: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    url: Link | None = None
    kind: Literal["law", "tool", "standard", "research", "guide", "case", "own"]
    last_checked: date | None = None

    @model_validator(mode="after")
    def _ageing_sources_are_dated(self) -> "Source":
        if self.kind in {"law", "tool"} and self.last_checked is None:
            raise WrongAt("last_checked: a law or tool source needs the date it was last checked", "kind")
        return self


class Cited(Authored):
    """A source as an item names it, with the place inside it."""

    source: Source
    at: str = ""


class Case(Authored):
    """A public case that shows why an item matters."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    source: str


class Fact(Authored):
    """A legal or tool fact inside an item's words, with the date it was last checked."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    source: str
    last_checked: date


class Item(Authored):
    """One thing to check; `origin` says where one that a workspace added itself comes from."""

    id: Slug
    title: Title
    hint: Hint
    why: Prose | None = None
    check: Prose
    level: Literal["must", "rec"]
    applies_to: Literal["any", "ml", "genai", "labelled"] = "any"
    quick: bool = False
    sources: tuple[str, ...] = ()
    case: Case | None = None
    fact: Fact | None = None
    topics: tuple[Slug, ...] = ()
    origin: Annotated[str, StringConstraints(max_length=60)] = ""

    @model_validator(mode="after")
    def _origin_is_not_authored(self, info: ValidationInfo) -> "Item":
        if self.origin and info.context != KEPT:
            raise WrongAt("only the coach says this, of items that a workspace added", "origin")
        return self


class Phase(Authored):
    """A group of items that is worked through together; `prepare` phases are a run of their own."""

    id: Slug
    title: Heading
    summary: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    prepare: bool = False
    items: Annotated[tuple[Item, ...], Field(min_length=1)]


class Checklist(Authored):
    """A checklist file: `rule` says how a verdict is reached (see bot/checklists/model.py)."""

    id: Slug
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    summary: Annotated[str, StringConstraints(min_length=1, max_length=75, strip_whitespace=True)]
    intro: Prose
    order: Annotated[int, Field(ge=0, le=999)] = 500
    rule: Literal["phases", "bands", "response"] = "phases"
    last_reviewed: date
    licence_note: Prose
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=9)]

    @cached_property
    def body(self) -> str:
        """Give the checklist as JSON, as a run keeps it."""
        return self.model_dump_json()

    @cached_property
    def digest(self) -> str:
        """Name this content: SHA-256 of its JSON."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @cached_property
    def added(self) -> dict[str, str]:
        """Give the origin of each item that a workspace added."""
        return {item.id: item.origin for phase in self.phases for item in phase.items if item.origin}

    @property
    def rows(self) -> int:
        """Count what it needs of a card."""
        return len(self.phases) + sum(len(phase.items) for phase in self.phases)

    @property
    def is_full(self) -> bool:
        """Say whether its card has no room for one more item."""
        return self.rows >= CARD_ROWS

    @model_validator(mode="after")
    def _name_is_free(self, info: ValidationInfo) -> "Checklist":
        if info.context == KEPT:
            return self
        if self.id in RESERVED or self.id != self.id.lower():
            raise WrongAt(f"{self.id!r} is a command of the coach or not in lower case; choose another", "id")
        return self

    @model_validator(mode="after")
    def _closes_by_its_last_phase(self) -> "Checklist":
        if self.rule == "response" and CLOSING_PHASE not in {phase.id for phase in self.phases}:
            raise WrongAt(f"a response needs a phase with the id {CLOSING_PHASE}, by which it closes", "phases")
        return self

    @model_validator(mode="after")
    def _titles_fit_when_escaped(self) -> "Checklist":
        """Slack counts an escaped `&` as five characters."""
        for item, at in self._placed():
            for name, text, limit in (("title", item.title, TITLE_LIMIT), ("hint", item.hint, HINT_LIMIT)):
                if escaped_length(text) > limit:
                    raise WrongAt(f"longer than {limit} characters when escaped", *at, name)
        return self

    @model_validator(mode="after")
    def _ids_are_unique_and_the_card_has_room(self, info: ValidationInfo) -> "Checklist":
        if info.context == KEPT:
            return self
        items = [(item.id, (*at, "id")) for item, at in self._placed()]
        phases = [(phase.id, ("phases", p, "id")) for p, phase in enumerate(self.phases)]
        # A form lists the items of a phase under its title.
        titles = [(phase.title, ("phases", p, "title")) for p, phase in enumerate(self.phases)]
        for kind, named in (("item id", items), ("phase id", phases), ("phase title", titles)):
            _all_differ(kind, named)
        if self.rows > CARD_ROWS:
            told = f"{len(items)} items in {len(self.phases)} phases; a card has {CARD_ROWS} rows"
            raise WrongAt(told, "phases")
        return self

    def _placed(self) -> Iterator[tuple[Item, tuple[str | int, ...]]]:
        for p, phase in enumerate(self.phases):
            yield from ((item, ("phases", p, "items", i)) for i, item in enumerate(phase.items))


def escaped_length(text: str) -> int:
    """Count a text as Slack does, once it is escaped."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def _all_differ(kind: str, named: Iterable[tuple[str, tuple[str | int, ...]]]) -> None:
    seen = set()
    for name, at in named:
        if name in seen:
            raise WrongAt(f"duplicate {kind}: {name}", *at)
        seen.add(name)


class SourceRegister(Authored):
    """The file of all sources that items may name."""

    sources: tuple[Source, ...]
