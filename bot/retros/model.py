"""Retrospectives and their actions: frozen domain objects and pure rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from bot.blocks import web_address
from bot.systems.model import Named

Kind = Literal["launch", "experiment", "incident", "drift", "ethics", "period"]
Cause = Literal["data", "model", "prompt", "design", "operations", "process", "supplier", "world", "luck"]
Visibility = Literal["channel", "workspace"]
Standing = Literal["open", "done", "carried"]

KINDS: Mapping[Kind, str] = {
    "launch": "Launch",
    "experiment": "Experiment",
    "incident": "Incident",
    "drift": "Drift",
    "ethics": "Ethics decision",
    "period": "A period, such as a quarter",
}
CAUSES: Mapping[Cause, str] = {
    "data": "Data",
    "model": "Model",
    "prompt": "Prompt",
    "design": "Product design",
    "operations": "Operations",
    "process": "Process",
    "supplier": "Supplier",
    "world": "Outside world",
    "luck": "Luck",
}
VISIBILITIES: Mapping[Visibility, str] = {"channel": "This channel", "workspace": "Everyone in the workspace"}

ANSWER_LIMIT = 3000
"""Slack's own limit for what one field of a form holds."""

ACTION_LIMIT = 300
PROOF_LIMIT = 1000
ACTIONS = 10
"""Actions of one retro: more of them are a wish list."""


@dataclass(frozen=True)
class NewAction:
    """An action as it is agreed: what, who, by when, and what will prove it."""

    text: str
    owner: str
    due: date
    proof: str = ""

    def mistakes(self, today: date) -> dict[str, str]:
        """Say of each field what to mend."""
        wrong = {}
        if not self.text:
            wrong["action"] = "Say what is to be done, in a sentence."
        if len(self.text) > ACTION_LIMIT:
            wrong["action"] = f"Keep the action within {ACTION_LIMIT} characters; this has {len(self.text)}."
        if not self.owner:
            wrong["owner"] = "Choose one person who sees to it: an action without an owner dies."
        if self.due < today:
            wrong["due"] = f"{self.due:%d %b %Y} has passed. Choose today or a later day."
        if len(self.proof) > PROOF_LIMIT:
            wrong["proof"] = f"Keep it within {PROOF_LIMIT} characters; this has {len(self.proof)}."
        return wrong


@dataclass(frozen=True)
class Words:
    """What a form says of a retro; `source` is the link to where it began, and `run` its checklist run."""

    named: Named | None = None
    kind: Kind = "launch"
    expected: str = ""
    why: str = ""
    keep: str = ""
    causes: tuple[Cause, ...] = ()
    caught: str = ""
    people: tuple[str, ...] = ()
    visibility: Visibility = "channel"
    source: str = ""
    run: int | None = None

    def mistakes(self) -> dict[str, str]:
        """Say of each field what to mend."""
        wrong = {}
        if not any((self.expected, self.why, self.keep)):
            wrong["expected"] = "Answer at least one of the three questions; a sentence is enough."
        for name in TEXTS:
            text = getattr(self, name)
            if len(text) > ANSWER_LIMIT:
                wrong[name] = f"Keep this answer within {ANSWER_LIMIT:,} characters; it has {len(text):,}."
        return wrong


TEXTS = ("expected", "why", "keep", "caught")
"""The fields of a retro in which people write at length."""


@dataclass(frozen=True)
class Action:
    """An action of a retro; `channel`, `system` and `number` are those of its retro."""

    id: int
    workspace: str
    retro: int
    number: int
    channel: str
    system: str
    text: str
    owner: str
    due: date
    proof: str
    state: Standing
    created_at: datetime
    note: str = ""
    link: str = ""
    done_at: datetime | None = None
    snoozed_until: date | None = None
    held: str = ""
    carried_from: int | None = None

    def is_overdue(self, today: date) -> bool:
        """Say whether its day has passed; one that is snoozed is not, until then."""
        return self.state == "open" and max(self.due, self.snoozed_until or self.due) < today


def proof_mistakes(note: str, link: str) -> dict[str, str]:
    """Say what is missing for an action to be done: a note or a link that proves it."""
    if not (note or link):
        return {"note": "Say what proves it, in a sentence, or give a link: later readers have only this."}
    if len(note) > PROOF_LIMIT:
        return {"note": f"Keep the note within {PROOF_LIMIT} characters; this has {len(note)}."}
    if link and web_address(link) is None:
        return {"link": "Give a full web address that begins with http:// or https://, without spaces."}
    return {}


@dataclass(frozen=True)
class Change:
    """One entry of a retro's history; it is never edited, but its words go when the retro is deleted."""

    at: datetime
    by: str
    what: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Retro:
    """A retro as it stands at `version`; `number` counts within its workspace."""

    id: int
    workspace: str
    number: int
    channel: str
    words: Words
    author: str
    logged_at: datetime
    version: int
    edited_at: datetime | None = None
    edited_by: str = ""
    actions: tuple[Action, ...] = ()
    message_ts: str | None = None

    @property
    def title(self) -> str:
        """Name it in a few words."""
        about = str(self.words.named) if self.words.named else KINDS[self.words.kind]
        return f"Retro {self.number} · {about}"

    def may_edit(self, user: str) -> bool:
        """Say whether a person took part."""
        return user == self.author or user in self.words.people


@dataclass(frozen=True)
class Deleted:
    """What is left of a retro that was deleted."""

    number: int
    by: str
    at: datetime


@dataclass(frozen=True)
class Viewer:
    """Who reads, and where: `user` is empty for what every reader of the channel sees.

    A retro is seen in its own channel; elsewhere if its channel is known to be public at the time `now` and it is for
    the workspace, or the person took part. Unknown counts as private; without `now` nothing from elsewhere is seen.
    """

    workspace: str
    channel: str
    user: str = ""
    now: datetime | None = None

    @property
    def everyone(self) -> "Viewer":
        """Give what every reader of the channel may see."""
        return replace(self, user="")


def changed(before: Words, after: Words) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what differs, as it was and as it is."""
    names = [name for name in (*TEXTS, "kind", "causes", "people", "visibility") if _differ(before, after, name)]
    return {name: _plain(getattr(before, name)) for name in names}, {
        name: _plain(getattr(after, name)) for name in names
    }


def _differ(before: Words, after: Words, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def day_of(now: datetime) -> date:
    """Give the day that it still is somewhere on earth: nobody is told that their today has passed."""
    return (now - timedelta(hours=12)).date()


def causes_of(chosen: Collection[str]) -> tuple[Cause, ...]:
    """Take a form's words; whatever is not one of ours is left out."""
    return tuple(one for one in CAUSES if one in chosen)
