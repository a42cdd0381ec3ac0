"""What the form of a retro holds while somebody writes it; a draft is kept in this shape."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from bot.blocks import clip, line
from bot.errors import FieldErrors
from bot.retros.model import (
    ACTIONS,
    ANSWER_LIMIT,
    KINDS,
    TEXTS,
    VISIBILITIES,
    Cause,
    Change,
    Kind,
    NewAction,
    Retro,
    Visibility,
    Words,
    causes_of,
)
from bot.systems.model import Named, parse

PEOPLE = 30
"""People who took part: enough for a large team, and few enough for a card."""

_NO_SYSTEM = "Name the system, for example: Fraud model. Only a retro of a period can do without."


@dataclass(frozen=True)
class Half:
    """The action that stands in the fields of the form, however little of it."""

    text: str = ""
    owner: str = ""
    due: str = ""
    proof: str = ""

    @property
    def begun(self) -> bool:
        """Say whether anything was written; a person or a day alone is no action."""
        return bool(self.text or self.proof)

    def whole(self, today: date) -> NewAction:
        """Make an action of it; raise FieldErrors with what to mend."""
        due = _day(self.due)
        made = NewAction(line(self.text), self.owner, due or today, self.proof)
        wrong = made.mistakes(today) | ({} if due else {"due": "Choose the day by which it is done."})
        if wrong:
            raise FieldErrors(wrong)
        return made


@dataclass(frozen=True)
class Sheet:
    """All that a form holds: words as they were typed, the actions so far, and what it began from.

    `carried` are the actions of earlier retros that are ticked to be carried over. `version` and `seen` are those of
    the retro that is edited: how many entries its history had. `gathered` is the call for answers that it is written
    from.
    """

    system: str = ""
    release: str = ""
    kind: Kind = "launch"
    expected: str = ""
    why: str = ""
    keep: str = ""
    causes: tuple[Cause, ...] = ()
    caught: str = ""
    people: tuple[str, ...] = ()
    visibility: Visibility = "channel"
    actions: tuple[NewAction, ...] = ()
    half: Half = Half()
    carried: tuple[int, ...] = ()
    source: str = ""
    run: int | None = None
    version: int = 0
    seen: int = 0
    gathered: int = 0

    def body(self) -> dict[str, Any]:
        """Give what a draft keeps."""
        kept = asdict(self)
        kept["actions"] = [{**asdict(one), "due": one.due.isoformat()} for one in self.actions]
        return kept

    def words(self) -> Words:
        """Give what is to be logged."""
        said = {one.name: getattr(self, one.name) for one in fields(Words) if one.name != "named"}
        return Words(named=self.named(), **said)

    def named(self) -> Named | None:
        """Give the system; the version may stand behind the name, as in a command."""
        name, release = line(self.system), line(self.release)
        if not name:
            return None
        return Named(name, release) if release else parse(name)

    @property
    def said(self) -> str:
        """Give all that was written but for the actions: by these words past retros are like it."""
        return " ".join(one for one in (self.system, self.release, *(getattr(self, name) for name in TEXTS)) if one)

    def mistakes(self, today: date, *, new: bool) -> dict[str, str]:
        """Say of each field what to mend; a `new` retro needs a system."""
        wrong = self.words().mistakes()
        if new and self.kind != "period" and not line(self.system):
            wrong["system"] = _NO_SYSTEM
        if len(self.people) > PEOPLE:
            wrong["people"] = f"Name {PEOPLE} people at most; these are {len(self.people)}."
        late = next((one for one in self.actions if one.due < today), None)
        if late:
            told = f"“{clip(late.text, 60)}” was due on {late.due:%d %b %Y}, which has passed."
            wrong["action"] = f"{told} Choose Change beside it and give a later day."
        return wrong

    def added(self, today: date) -> "Sheet":
        """Take the action in the fields among the others; raise FieldErrors with what to mend."""
        new = self.half.whole(today)
        if new in self.actions:  # a second click, or the same action typed again
            return replace(self, half=Half())
        if len(self.actions) >= ACTIONS:
            raise FieldErrors({"action": f"Keep it to {ACTIONS} actions: those that you will really do."})
        return replace(self, actions=(*self.actions, new), half=Half())

    def without(self, place: int) -> "Sheet":
        """Leave an action out."""
        return replace(self, actions=tuple(one for at, one in enumerate(self.actions) if at != place))

    def quoting(self, text: str, source: str) -> "Sheet":
        """Add a message to the first answer, if there is room for it and it is not there yet."""
        if text in self.expected:
            return self
        both = f"{self.expected}\n\n{text}".strip()
        if len(both) > ANSWER_LIMIT:
            return self
        return replace(self, expected=both, source=self.source or source)


_READ = {"actions", "half", "carried", "causes", "people", "kind", "visibility"}


def of_draft(body: Mapping[str, Any]) -> Sheet:
    """Read a draft; one that an older release has kept may lack a part."""
    known = {one.name for one in fields(Sheet)} - _READ
    said = {name: value for name, value in body.items() if name in known}
    return Sheet(
        **said,
        kind=kind_of(str(body.get("kind"))),
        causes=causes_of(body.get("causes", ())),
        people=tuple(body.get("people", ())),
        visibility=visibility_of(str(body.get("visibility"))),
        actions=tuple(_action(one) for one in body.get("actions", ())),
        half=Half(**body.get("half", {})),
        carried=tuple(body.get("carried", ())),
    )


def of_retro(retro: Retro, seen: int) -> Sheet:
    """Fill the form in with a retro, to edit it."""
    said = retro.words
    return Sheet(
        **{name: getattr(said, name) for name in (*TEXTS, "kind", "causes", "people", "visibility", "source", "run")},
        system=said.named.name if said.named else "",
        release=said.named.version if said.named else "",
        version=retro.version,
        seen=seen,
    )


@dataclass(frozen=True)
class Merged:
    """What becomes of a form whose retro somebody else has changed meanwhile.

    `theirs` has what stands now where both changed the same field, `taken` the fields that only they changed.
    """

    sheet: Sheet
    by: str
    theirs: Mapping[str, Any]
    taken: tuple[str, ...]


def merged(mine: Sheet, now: Retro, history: tuple[Change, ...]) -> Merged | None:
    """Bring both together: nobody's words are lost; None if no words were changed since the form was opened."""
    later = [one for one in history[mine.seen :] if one.what == "edited" and one.before]
    if not later:
        return None
    before: dict[str, Any] = {}
    for one in later:
        before = {**one.before, **before}
    taken = [name for name, was in before.items() if _same(getattr(mine, name), was)]
    theirs = {name: getattr(now.words, name) for name in before if name not in taken}
    theirs = {name: told for name, told in theirs.items() if not _same(told, getattr(mine, name))}
    fresh = {name: getattr(now.words, name) for name in taken}
    sheet = replace(mine, **fresh, version=now.version, seen=len(history))
    return Merged(sheet, later[-1].by, theirs, tuple(taken))


def kind_of(text: str) -> Kind:
    """Take a form's word; whatever is not one of ours is a launch."""
    return next((one for one in KINDS if one == text), "launch")


def visibility_of(text: str) -> Visibility:
    """Take a form's word; whatever is not one of ours stays in its channel."""
    return next((one for one in VISIBILITIES if one == text), "channel")


def _same(one: str | Sequence[str], other: str | Sequence[str]) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return sorted(one) == sorted(other)


def _action(kept: Mapping[str, Any]) -> NewAction:
    return NewAction(**{**kept, "due": date.fromisoformat(kept["due"])})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
