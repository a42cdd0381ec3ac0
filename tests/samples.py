"""Content and runs made for tests: small checklists of each kind, and the words that people might write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from bot.checklists.model import Answer, Change, Choices, Response, Run, Signature, State
from bot.database import Actor
from bot.library import Library, load
from bot.schema import Checklist, Item, Phase, Source
from bot.systems.model import Named, System

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HERE, THERE = "CHERE", "CTHERE"
ANA, BEN = Actor("T1", "UANA"), Actor("T1", "UBEN")
FRAUD = Named("Fraud model", "v3")

HOSTILE: Mapping[str, str] = {
    "broadcast": "<!channel> <!here> <!everyone> <!subteam^S0EVIL>",
    "mention": "<@U0EVIL> and <#C0EVIL>",
    "fake link": "<https://evil.example|https://bank.example>",
    "mail link": "<mailto:a@evil.example|b>",
    "date link": "<!date^0^{date}^https://evil.example|yesterday>",
    "at words": "@channel @here @everyone #general",
    "backticks": "```code``` `more` *bold* _it_ ~gone~ > quote",
    "long": "x" * 3001,
    "newlines": "one\n\n> two\r\n*three*\rfour\u2028five",
    "control": "nul\x00bell\x07escape\x1b[31mend\ufeff",
    "bidi": "safe\u202egpj.exe \u2066hidden\u2069",
    "zero-width": "in\u200bvis\u200dible\u2060",
    "emoji": "🧑‍🚒🏳️‍🌈:warning:",
    "ampersands": "&" * 200,
    "entities": "&lt;!channel&gt; &amp;amp;",
    "brackets": "<" * 200,
    "half a letter": "cut\ud83d",
    "formula": "=HYPERLINK(A1)",
}


@dataclass
class Clock:
    """The time as a test wants it."""

    at: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **how_much: float) -> None:
        self.at += timedelta(**how_much)


def micros(seconds: float, at: datetime = NOW) -> int:
    """Give a click's time as Slack's action_ts does, in microseconds."""
    return round((at.timestamp() + seconds) * 1_000_000)


def item(name: str, level: str = "must", **more: object) -> Item:
    words = {"title": f"Do {name}", "hint": f"How {name} is done", "check": f"Look whether {name} is done."}
    return Item.model_validate({"id": name, "level": level, **words, **more})


def phase(name: str, *items: Item, **more: object) -> Phase:
    return Phase.model_validate({"id": name, "title": f"Part {name}", "summary": "A part", "items": items, **more})


def checklist(name: str, *phases: Phase, rule: str = "phases", **more: object) -> Checklist:
    words: dict[str, object] = {"title": f"The {name}", "summary": "A list for tests", "intro": "Work through it."}
    about = {"last_reviewed": date(2026, 1, 1), "licence_note": "Ours."}
    return Checklist.model_validate(
        {"id": name, "version": 1, "rule": rule, "phases": phases, **words, **about, **more}
    )


def edited(of: Checklist, **changes: object) -> Checklist:
    """Give the checklist as it reads after an edit of its file."""
    return Checklist.model_validate({**of.model_dump(), **changes})


HOUSE = checklist(
    "house-check",
    phase("walls", item("W1", quick=True, topics=("labels",)), item("W2", "rec", topics=("privacy",))),
    phase(
        "roof",
        item("R1", quick=True),
        item("R2", applies_to="genai"),
        item("R3", "rec", applies_to="ml"),
        item("R4", applies_to="labelled"),
    ),
)
BANDS = checklist(
    "band-check",
    phase("C", item("C1", quick=True), item("C2", "rec")),
    phase("B", item("B1", quick=True)),
    phase("A", item("A1", quick=True), item("A2")),
    rule="bands",
)
DRILL = checklist(
    "fire-drill",
    phase("P", item("P1"), item("P2"), item("P3", "rec"), prepare=True),
    phase("T", item("T1"), item("T2", "rec")),
    phase("L", item("L1"), item("L2"), item("L3", "rec")),
    rule="response",
)
LONG = checklist("long-check", phase("all", *(item(f"I{number}") for number in range(39))))


@cache
def shipped() -> Library:
    """Give the content that the coach comes with, read once."""
    return load()


def library(*changed: Checklist) -> Library:
    """Give the checklists made for tests; a changed one takes the place of the one with its id."""
    source = Source(key="OWN", title="Our notes", organisation="Us", year="2026", kind="own")
    checklists = {one.id: one for one in (HOUSE, BANDS, DRILL, LONG, *changed)}
    return Library(checklists, {source.key: source}, questions=shipped().questions)


def answers(state: State, *items: str, **more: Any) -> dict[str, Answer]:  # noqa: ANN401 - fields of any type
    """Give the same answer for several items."""
    said = {"note": "because"} if state in {"na", "risk"} else {}
    return {one: Answer(one, state, **{**said, "by": "UANA", "at": NOW, "version": 1, **more}) for one in items}


def run(
    of: Checklist,
    given: Mapping[str, Answer] | None = None,
    *,
    choices: Choices | None = None,
    named: Named = FRAUD,
    **more: Any,  # noqa: ANN401 - fields of any type
) -> Run:
    """Give a run that never saw a database."""
    chosen = choices or Choices()
    response = Response() if of.rule == "response" and chosen.purpose == "check" else None
    frame = {"id": 7, "workspace": "T1", "channel": HERE, "started_by": "UANA", "started_at": NOW, "state": "open"}
    built = {**frame, "response": response, "answers": given or {}, **more}
    return Run(checklist=of, choices=chosen, system=System(1, "T1", named), **built)


def signature(verdict: str, **more: Any) -> Signature:  # noqa: ANN401 - fields of any type
    return Signature(**{"by": "UBEN", "at": NOW, "self_signed": False, "verdict": verdict, **more})


def change(what: str, **more: Any) -> Change:  # noqa: ANN401 - fields of any type
    return Change(**{"at": NOW, "by": "UANA", "what": what, **more})


def covered(of: Checklist, purpose: str = "check") -> Iterable[Item]:
    """Give every item of a full run."""
    return (one for part in of.phases if part.prepare == (purpose == "prepare") for one in part.items)
