"""Every control and form of retros as it would arrive from somebody who knows an id: where each carries one.

A form's channel is taken for granted: we write it where the form is opened, and nobody but Slack hands it back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from bot.checklists.own import views as own_views
from bot.database import Actor
from bot.delivery.notices import POST_AGAIN
from bot.retros import FROM_MESSAGE
from bot.retros import modals as retro_modals
from bot.retros import views as retro_views
from bot.retros.actions import modals as action_modals
from bot.retros.actions import notices
from bot.retros.actions import views as action_views
from bot.retros.proposals import views as proposal_views
from bot.retros.record import views as record_views
from bot.retros.rounds import modals as round_modals
from bot.retros.rounds import views as round_views
from handlers.requests import Action, Request, View
from tests.leaks import Secret

_KEYS = count()


@dataclass(frozen=True)
class Forged:
    """What arrives: the value of a control, and what the form holds in which it stands, if it stands in one."""

    value: str = ""
    meta: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)


Forger = Callable[[Secret, Secret, str], Iterable[Forged]]
"""Forges requests about a retro; `own` is one of the sender's, and `here` the channel that they are in."""


def clicked(*values: str, meta: Mapping[str, object] | None = None) -> Forger:
    """Forge clicks on controls that carry an id; `meta` says by which name the form around them carries one."""
    carried = meta or {}
    return lambda of, _, __: [
        Forged(one.format_map(of.names), {name: of.names[str(which)] for name, which in carried.items()})
        for one in values
    ]


def in_form(*values: str, **typed: object) -> Forger:
    """Forge clicks inside the form of a retro."""
    return lambda of, _, here: [
        Forged(one.format_map(of.names), sheet(here, retro=of.retro.id), typed) for one in values
    ]


def sheet(here: str, **more: object) -> Mapping[str, object]:
    """Give what the form of a retro carries."""
    blank = {"turn": 0, "top": 0, "low": 0, "form": "", "source": "", "run": None, "version": 2, "seen": 9}
    return {"channel": here, "retro": 0, **blank, "gathered": 0, **more}


def about(**typed: object) -> Forger:
    """Forge the form of an action."""
    return lambda of, _, here: [Forged("", {"action": of.action, "place": "all.0.0", "channel": here}, typed)]


def _afresh(of: Secret, _: Secret, here: str) -> Iterable[Forged]:
    yield Forged("", sheet(here, retro=of.retro.id))
    if of.run:
        yield Forged(f"run:{of.run}", sheet(here, run=of.run))


def _start(of: Secret, _: Secret, __: str) -> Iterable[Forged]:
    if of.run:
        yield Forged(f"run:{of.run}")


def _write(of: Secret, _: Secret, here: str) -> Iterable[Forged]:
    typed = {"kind~0": "launch", "system~0": "Fraud model", "expected~0": "x", "people~0": ["UANA", "UBEN"]}
    yield Forged("", sheet(here, retro=of.retro.id, version=of.retro.version), typed)
    yield Forged("", sheet(here, gathered=of.round), typed)
    yield Forged("", sheet(here), {**typed, f"{action_modals.CARRIED}~0": [str(of.action)]})


def _carry(of: Secret, own: Secret, here: str) -> Iterable[Forged]:
    for one, into in ((of, own), (own, of)):
        yield Forged("", {"retro": into.retro.id, "channel": here}, {action_modals.CARRIED: [str(one.action)]})


def _propose(of: Secret, own: Secret, here: str) -> Iterable[Forged]:
    typed = {"place": of.place, "title": "Look", "hint": "At it", "check": "Look at it.", "level": "must"}
    yield Forged("", {"retro": of.retro.id, "suggestion": 0, "channel": here}, typed)
    yield Forged("", {"retro": own.retro.id, "suggestion": of.proposal, "channel": here}, typed)


CLICKS: Mapping[str, Forger] = {
    action_views.ACTIONS: clicked("{retro}"),
    action_views.NEXT: clicked("all.0.0", "retro.{retro}.0", "version.{system}.0", "name.{system}.0"),
    action_views.BACK: clicked("all.0.0", "retro.{retro}.0", "version.{system}.0", "name.{system}.0"),
    action_views.DONE: clicked("all.0.0:{action}"),
    action_views.REOPEN: clicked("retro.{retro}.0:{asked}"),
    action_views.SNOOZE: clicked("version.{system}.0:{action}"),
    action_views.MORE: clicked("until:name.{system}.0:{action}", "hand:card.0.0:{action}"),
    action_views.CARRY: clicked("{retro}"),
    notices.SWITCH: clicked("off"),
    notices.HOLDS: clicked("{asked}"),
    notices.FAILS: clicked("{asked}"),
    retro_views.START: _start,
    retro_views.EDIT: clicked("{retro}"),
    retro_views.READ: clicked("{retro}"),
    retro_views.MORE: clicked("history:{retro}", "delete:{retro}", "again:{retro}"),
    POST_AGAIN: clicked("retro:{retro}", "round:{round}"),
    retro_modals.ADD: in_form("add", **{"action~0": "x", "owner~0": "UANA", "due~0": "2026-05-01"}),
    retro_modals.LINE: in_form("change:0", "remove:0"),
    retro_modals.PROMPTS: in_form("more"),
    retro_modals.AFRESH: _afresh,
    round_views.COLLECT: in_form("collect"),
    round_views.TAKE_OVER: clicked("{round}"),
    round_views.AGAIN: clicked("again:{round}"),
    round_views.ANSWER: clicked("{round}"),
    round_views.READ: clicked("{round}"),
    round_views.MINE: clicked("{round}"),
    round_modals.DROP: clicked("{round}"),
    round_modals.PAGE: clicked("0:{round}", meta={"round": "round"}),
    round_modals.CLOSE: clicked("{round}", meta={"round": "round"}),
    proposal_views.PROPOSE: clicked("{retro}"),
    proposal_views.LOOK: clicked("{proposal}"),
    proposal_views.ACCEPT: clicked("{proposal}"),
    proposal_views.DECLINE: clicked("{proposal}"),
    own_views.TAKE_OUT: clicked("{proposal}"),
}
FORMS: Mapping[str, Forger] = {
    action_modals.FINISHING: about(note="Done."),
    action_modals.PUTTING_OFF: about(until="2026-05-01"),
    action_modals.HANDING: about(to="UZOE"),
    action_modals.CARRYING: _carry,
    retro_modals.WRITING: _write,
    retro_modals.DELETING: lambda of, _, __: [Forged("", {"retro": of.retro.id})],
    proposal_views.PROPOSING: _propose,
    record_views.EXPORTING: lambda _, __, here: [Forged("", {"channel": here}, {"formats": ["csv", "json", "md"]})],
    round_modals.ANSWERING: lambda of, _, here: [Forged("", {"round": of.round, "channel": here}, {"why": "x"})],
    round_modals.READING: lambda of, _, __: [Forged("", {"round": of.round}, {"begin": "answers"})],
}
FORGERS = {**CLICKS, **FORMS}
SHORTCUTS = {FROM_MESSAGE: "brings the words of a message, and no id"}

SENDERS = {notices.HOLDS: "UBEN", notices.FAILS: "UBEN", round_views.TAKE_OVER: "UBEN"}
"""Who may do it, where Ana may not: she wrote each retro, collects each answer, and is an admin."""

NOT_PROVEN = {own_views.TAKE_OUT: "names an item that an admin has put on everybody's checklist"}
ANYWHERE = {
    retro_views.START: "a checklist is shown to those who worked on it",
    retro_modals.AFRESH: "a checklist is shown to those who worked on it",
    round_modals.PAGE: "stands in a form that only its facilitator could open, in its channel",
    round_modals.CLOSE: "stands in a form that only its facilitator could open, in its channel",
    round_modals.READING: "stands in a form that only its facilitator could open, in its channel",
}
"""Where somebody who took part may see what is not shown elsewhere, though the request names another channel."""


def request(name: str, forged: Forged, by: Actor, here: str) -> Request:
    """Make what Slack would send; a control in a form comes without a channel."""
    view = View("V1", "h", name, forged.meta, forged.values, tuple(forged.values)) if forged.meta else None
    return Request(
        "action" if name in CLICKS else "submission",
        by.workspace,
        by.user,
        key=f"x:{next(_KEYS)}",
        channel="" if view else here,
        trigger="t",
        hook="https://hooks.slack.com/1",
        message_ts="" if view else "1.9",
        action=Action(name, value=forged.value, at=1),
        view=view,
    )
