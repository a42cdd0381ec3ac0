"""Runs, answers and verdicts: frozen domain objects and pure rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from bot.blocks import web_address
from bot.schema import CLOSING_PHASE, Checklist, Item, Phase
from bot.systems.model import System

State = Literal["open", "done", "na", "risk"]
Kind = Literal["predictive", "generative", "both", "unsure"]
Labelled = Literal["yes", "no", "unsure"]
Severity = Literal["S1", "S2", "S3", "S4"]
Purpose = Literal["check", "prepare"]
Outcome = Literal["passed", "passed with risks", "open"]

NOTE_LIMIT = 1500
ENTRY_LIMIT = 1000
STATES: Mapping[State, str] = {
    "open": "Open",
    "done": "Done",
    "na": "Not applicable",
    "risk": "At risk",
}
KINDS: Mapping[Kind, str] = {
    "predictive": "Predictive",
    "generative": "Generative",
    "both": "Both",
    "unsure": "Not sure",
}
LABELLED: Mapping[Labelled, str] = {"yes": "Yes", "no": "No", "unsure": "Not sure"}
SEVERITIES: Mapping[Severity, str] = {
    "S1": "S1: people's safety, rights or money at risk",
    "S2": "S2: a group or market clearly worse served",
    "S3": "S3: annoyance, a workaround exists",
    "S4": "S4: inputs moved, no harm seen",
}


@dataclass(frozen=True)
class Choices:
    """What a run covers; `scope` is `full`, `quick` or the id of one phase."""

    kind: Kind = "unsure"
    labelled: Labelled = "unsure"
    scope: str = "full"
    purpose: Purpose = "check"

    @classmethod
    def chosen(cls, kind: str, labelled: str, scope: str, purpose: str) -> "Choices":
        """Take a form's words; whatever is not one of ours counts as not sure."""
        return cls(
            next((one for one in KINDS if one == kind), "unsure"),
            next((one for one in LABELLED if one == labelled), "unsure"),
            scope or "full",
            "prepare" if purpose == "prepare" else "check",
        )

    def covers(self, checklist: Checklist) -> tuple[Phase, ...]:
        """Give the phases of this run, with the items that apply."""
        kept = (phase.model_copy(update={"items": tuple(self._items(phase))}) for phase in checklist.phases)
        return tuple(phase for phase in kept if phase.items)

    def fit(self, checklist: Checklist) -> bool:
        """Say whether any item is left."""
        return any(True for phase in checklist.phases for _ in self._items(phase))

    def includes(self, checklist: Checklist, item_id: str) -> bool:
        """Say whether the item is part of this run."""
        return any(item.id == item_id for phase in checklist.phases for item in self._items(phase))

    def _items(self, phase: Phase) -> Iterator[Item]:
        if phase.prepare == (self.purpose == "prepare") and self.scope in {"full", "quick", phase.id}:
            yield from (item for item in phase.items if self._applies(item))

    def _applies(self, item: Item) -> bool:
        by_need = {
            "any": True,
            "ml": self.kind != "generative",
            "genai": self.kind != "predictive",
            "labelled": self.labelled != "no",
        }
        return by_need[item.applies_to] and (item.quick or self.scope != "quick")


@dataclass(frozen=True)
class Answer:
    """What is known of one item; `accepted` is the reason for which its risk was accepted at sign-off.

    `version` counts the clicks and changes of the item, so that a redraw can tell an old box from a new one.
    """

    item_id: str
    state: State = "open"
    note: str = ""
    evidence: str = ""
    owner: str | None = None
    accepted: str = ""
    by: str | None = None
    at: datetime | None = None
    version: int = 0

    @property
    def met(self) -> bool:
        """Not applicable with a reason counts as met."""
        return self.state in {"done", "na"}


def mistakes(given: Answer) -> dict[str, str]:
    """Say of each field what to mend."""
    wrong = {}
    if given.state == "na" and not given.note:
        wrong["note"] = "Say why it does not apply: the reason is part of the record."
    if given.state == "risk" and not given.note:
        wrong["note"] = "Say what the risk is, in a sentence."
    if len(given.note) > NOTE_LIMIT:
        wrong["note"] = f"Keep the note within {NOTE_LIMIT} characters; this has {len(given.note)}."
    if given.evidence and web_address(given.evidence) is None:
        wrong["evidence"] = (
            "Give a full web address that begins with http:// or https://, without spaces, quotes, < > or |, "
            "and within 2,000 characters."
        )
    return wrong


@dataclass(frozen=True)
class Change:
    """One entry of a run's history; it is never edited."""

    at: datetime
    by: str
    what: str
    item_id: str | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told_by(self) -> str:
        """Give who said it: the author of a message that somebody added, else whoever did this."""
        return str(self.after.get("author") or self.by)

    @property
    def happened_at(self) -> datetime:
        """Give when it was said: a message that was added keeps its own time."""
        return datetime.fromisoformat(str(self.after["said_at"])) if self.after.get("said_at") else self.at


@dataclass(frozen=True)
class Signature:
    """Who signed, when, and with which verdict."""

    by: str
    at: datetime
    self_signed: bool
    verdict: str
    comment: str = ""


@dataclass(frozen=True)
class Response:
    """The incident side of a drift-response run; `missing` is what its preparation lacked at the start.

    `missing` is None where no preparation was on record.
    """

    severity: Severity | None = None
    lead: str | None = None
    operations: str | None = None
    communications: str | None = None
    contained_at: datetime | None = None
    missing: tuple[str, ...] | None = None
    timeline: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Run:
    """One checklist worked through for one system in one channel, as it stands at `revision`."""

    id: int
    workspace: str
    channel: str
    checklist: Checklist
    choices: Choices
    system: System
    state: Literal["open", "signed", "discarded"]
    started_by: str
    started_at: datetime
    answers: Mapping[str, Answer] = field(default_factory=dict)
    last: Change | None = None
    signature: Signature | None = None
    response: Response | None = None
    message_ts: str | None = None

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """Give the phases that this run covers, with the items that apply."""
        return self.choices.covers(self.checklist)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Give the items that this run covers, in order."""
        return {item.id: item for phase in self.phases for item in phase.items}

    @property
    def title(self) -> str:
        """Give the checklist's title, as this run uses it."""
        return f"{self.checklist.title}: preparation" if self.choices.purpose == "prepare" else self.checklist.title

    def answer(self, item_id: str) -> Answer:
        """Give what is known of the item."""
        return self.answers.get(item_id) or Answer(item_id)

    def count(self, phase: Phase | None = None) -> tuple[int, int]:
        """Count the items that are met and all items, of one phase or of the run."""
        items = phase.items if phase else tuple(self.items.values())
        return sum(self.answer(item.id).met for item in items), len(items)

    def unmet_musts(self, phase: Phase | None = None) -> list[Item]:
        """List the must-haves that are neither done nor not applicable."""
        items = phase.items if phase else tuple(self.items.values())
        return [item for item in items if item.level == "must" and not self.answer(item.id).met]

    def outcome(self, phase: Phase) -> Outcome:
        """All musts met: passed; met or accepted: passed with risks; else open."""
        unmet = self.unmet_musts(phase)
        if not unmet:
            return "passed"
        return "passed with risks" if all(self.answer(item.id).accepted for item in unmet) else "open"

    @property
    def is_response(self) -> bool:
        """Say whether this run handles an incident."""
        return self.checklist.rule == "response" and self.choices.purpose == "check"

    @property
    def learning_left(self) -> list[Item]:
        """List the learning steps without which a response cannot close."""
        closing = next((phase for phase in self.phases if phase.id == CLOSING_PHASE), None)
        return self.unmet_musts(closing) if self.is_response and closing else []

    @property
    def verdict(self) -> str:
        """Give the verdict in a few words, by the rule of the checklist."""
        if self.is_response:
            return "open" if self.learning_left else "closed"
        if self.checklist.rule == "bands":
            return self._decision()
        return "; ".join(f"{phase.title}: {self.outcome(phase)}" for phase in self.phases)

    @property
    def _bands(self) -> tuple[Phase, ...]:
        return tuple(phase for phase in self.checklist.phases if not phase.prepare)

    @property
    def band(self) -> str | None:
        """Give the highest band for which its own musts and those of every lower band are met or accepted.

        Bands after Lawrence, "Data Readiness Levels" (2017); the file lists them lowest first (C, B, A).
        """
        reached = None
        for phase in self._bands:
            covered = next((one for one in self.phases if one.id == phase.id), None)
            if covered is None or self.outcome(covered) == "open":
                break
            reached = phase.id
        return reached

    def _decision(self) -> str:
        """Band A: go. Band B, or A with accepted risks: go with limits. Else stop."""
        order = [phase.id for phase in self._bands]
        band = self.band
        clean = all(self.outcome(phase) == "passed" for phase in self.phases)
        if band == order[-1]:
            return "go" if clean else "go with limits"
        return "go with limits" if len(order) > 1 and band == order[-2] else "stop"


@dataclass(frozen=True)
class Summary:
    """A run in one line, for lists."""

    id: int
    channel: str
    title: str
    checklist_id: str
    name: str
    system: str
    state: str
    met: int
    total: int
    started_at: datetime
    verdict: str = ""
    signed_at: datetime | None = None
    signed_by: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Duty:
    """An open item that somebody owns."""

    item: Item
    answer: Answer
    run: Summary
