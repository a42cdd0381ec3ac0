"""Everything that the coach can show: from all shipped content, and from whatever people may write."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

from bot import errors
from bot.app import Coach
from bot.blocks import Home, Message, Modal, clean, line
from bot.checklists import modals, views
from bot.checklists.model import (
    KINDS,
    LABELLED,
    SEVERITIES,
    STATES,
    Answer,
    Change,
    Choices,
    Duty,
    Response,
    Run,
    Summary,
)
from bot.checklists.service import key
from bot.delivery import notices
from bot.delivery import store as delivery
from bot.delivery.model import Card
from bot.installs.store import Install
from bot.library import Library
from bot.limits import Surface
from bot.schema import Checklist, Cited, Item
from bot.systems.model import Named, parse
from handlers import checklists as handling
from handlers import help as helping
from handlers.mishaps import sentence
from handlers.requests import Action, Reply, Request, View
from tests.samples import ANA, FRAUD, HERE, NOW, answers, change, micros, run, signature

EVIDENCE = "https://wiki.example/page?a=1&b=2"
LONG_EVIDENCE = "https://wiki.example/" + "&" * 1900
ADDED = {"link": "https://acme.slack.com/archives/CHERE/p12", "author": "UBEN", "said_at": NOW.isoformat()}
CARD = "https://acme.slack.com/archives/CHERE/p12"
INSTALL = Install("T1", "Acme", "https://acme.slack.com/", "B1", "UBOT")
HINTS = {"note": "Few cases from the north.", "accepted": "The board took this risk.", "owner": "UBEN"}


@dataclass(frozen=True)
class Shown:
    """One thing as it goes to Slack."""

    name: str
    surface: Surface
    payload: Mapping[str, Any]


def shown(name: str, what: Message | Modal | Home) -> Shown:
    surface: Surface = "message" if isinstance(what, Message) else "modal" if isinstance(what, Modal) else "home"
    return Shown(name, surface, what.payload())


# From content


def of_content(library: Library) -> Iterator[Shown]:
    """Show every checklist of a library in every scope and state, and every item of it in detail."""
    for checklist in library.checklists.values():
        for purpose in purposes(checklist):
            yield from _cards(checklist, purpose)
            yield from _forms(checklist, purpose)
            yield from _items(library, checklist, purpose)


def purposes(checklist: Checklist) -> list[str]:
    prepares = [phase.prepare for phase in checklist.phases]
    return [name for name, has in (("check", not all(prepares)), ("prepare", any(prepares))) if has]


def scopes(checklist: Checklist, purpose: str) -> Iterator[Choices]:
    """Give every choice that a form allows and that leaves an item."""
    parts = ["full", "quick", *(phase.id for phase in checklist.phases)]
    for kind, labelled, scope in product(KINDS, LABELLED, parts):
        choices = Choices.chosen(kind, labelled, scope, purpose)
        if choices.fit(checklist):
            yield choices


def fills(items: Sequence[Item]) -> dict[str, dict[str, Answer]]:
    """Answer the items: all alike, one way after the other, and with everything that an answer can hold."""
    names = [item.id for item in items]
    whole: dict[str, dict[str, Answer]] = {
        state: answers(state, *names, evidence=EVIDENCE, **HINTS) for state in STATES
    }
    states: list[str] = list(STATES)
    mixed = {name: whole[states[number % 4]][name] for number, name in enumerate(names)}
    return {"untouched": {}, **whole, "mixed": mixed}


def _cards(checklist: Checklist, purpose: str) -> Iterator[Shown]:
    for choices in scopes(checklist, purpose):
        plain = run(checklist, choices=choices)
        filled = fills(list(plain.items.values()))
        wanted = filled if choices.scope == "full" and choices.kind == "unsure" else {"mixed": filled["mixed"]}
        for name, given in wanted.items():
            for one in in_every_state(replace(plain, answers=given)):
                yield shown(f"card {checklist.id} {choices} {name} {one.state}", views.card(one))


def in_every_state(plain: Run) -> Iterator[Run]:
    last = change("item", item_id=next(iter(plain.items)), before={"state": "open"}, after={"state": "done"})
    yield replace(plain, last=last)
    yield replace(plain, state="signed", last=change("signed"), signature=signature(plain.verdict, comment="Good."))
    yield replace(plain, state="discarded", last=change("discarded"))


def _forms(checklist: Checklist, purpose: str) -> Iterator[Shown]:
    name = f"{checklist.id} {purpose}"
    yield shown(f"start {name}", modals.start(checklist, channel=HERE, purpose=purpose))
    yield shown(f"start {name} named", modals.start(checklist, channel=HERE, named=FRAUD, purpose=purpose))
    yield shown(f"begin {name}", views.begin(checklist, purpose))
    for choices in scopes(checklist, purpose):
        plain = run(checklist, choices=choices)
        met = replace(plain, answers=answers("done", *plain.items))
        for one, user in product((plain, met), ("UANA", "UBEN")):
            yield shown(f"sign {name} {choices} {user}", modals.sign(one, user))
    full = run(checklist, choices=Choices.chosen("", "", "", purpose))
    kept = dict.fromkeys(full.items, "We accept.")
    yield shown(f"sign {name} again", modals.sign(full, "UANA", kept=kept | {"": "Hello"}, said="Changed."))
    yield shown(f"export {name}", modals.export(full))
    yield shown(f"history {name}", modals.history(full, [change("started"), *_past(full)] * 60))


def _past(of: Run) -> Iterator[Change]:
    for what in ("signed", "reopened", "discarded", "roles", "contained", "entry", "from the future"):
        yield change(what, after={"text": "Something happened."})
    for item in of.items:
        for before, after in product(STATES, STATES):
            yield change("item", item_id=item, before={"state": before}, after={"state": after})
        yield change("item", item_id=item, after={"note": "New", "evidence": EVIDENCE, "owner": None})
    yield change("item", item_id="GONE", after={"state": "done"})


def _items(library: Library, checklist: Checklist, purpose: str) -> Iterator[Shown]:
    plain = run(checklist, choices=Choices.chosen("", "", "", purpose))
    filled = {name: plain if not given else replace(plain, answers=given) for name, given in _answers(plain)}
    for item in plain.items.values():
        sources = cited(library, item)
        for name, one in filled.items():
            for state in ("open", "signed"):
                at = replace(one, state=state, signature=signature("fine") if state == "signed" else None)
                modal = modals.details(at, item, sources, said="✓ Saved.", turn="1700000000.abc")
                yield shown(f"details {item.id} {name} {state}", modal)


def _answers(of: Run) -> Iterable[tuple[str, Mapping[str, Answer]]]:
    return fills(list(of.items.values())).items()


def cited(library: Library, item: Item) -> list[Cited]:
    named = [*item.sources, *(part.source for part in (item.case, item.fact) if part)]
    return [one for one in map(library.cite, dict.fromkeys(named)) if one]


# From the coach's own words


def of_its_own(coach: Coach) -> Iterator[Shown]:
    """Show what needs no run: help, Home, notices, and every sentence of refusal."""
    asked = Request("command", "T1", "UANA", "c:1", channel=HERE, trigger="t")
    yield from replied("help", helping.show(asked, coach))
    yield from replied("home", helping.home(asked, coach))
    yield from replied("overview", handling.overview(asked, coach))
    for word in ("", "help", "ethics", "etics-check", "🧯", "x" * 500):
        yield from replied(f"unknown {word}", helping.unknown(replace(asked, text=word), coach))
    yield from replied("system", handling.system(replace(asked, text="system"), coach))
    card = Card(key("T1", 7), HERE, "UANA", "held", 1, 0)
    yield shown("held", notices.held(card))
    yield shown("invite me", notices.invite_me())
    yield shown("moved", notices.moved())
    yield shown("token is dead", notices.token_is_dead())
    for code in ("is_archived", "not_in_channel", "channel_not_found", "restricted_action", "a_new_code"):
        yield shown(f"refused {code}", notices.refused(code))
    for refusal in refusals():
        yield shown(f"sentence {type(refusal).__name__}", sentence(refusal.text))


def refusals() -> list[errors.Refused]:
    """Give one of every refusal."""
    with_words: dict[type[errors.Refused], errors.Refused] = {
        errors.FieldErrors: errors.FieldErrors({"note": "Why?"}),
        errors.AlreadyLogged: errors.AlreadyLogged(7),
        errors.Unmet: errors.Unmet(["W1"]),
        errors.LearningLeft: errors.LearningLeft(["Write it down", "Tell the others"]),
    }
    plain: list[type[errors.Refused]] = [errors.Refused, *errors.Refused.__subclasses__()]
    return [*with_words.values(), *(kind() for kind in plain if kind not in with_words)]


def replied(name: str, reply: Reply) -> Iterator[Shown]:
    for what in (reply.say, reply.modal, reply.home):
        if what:
            yield shown(name, what)
    if reply.comment:
        yield Shown(f"{name}, beside the files", "message", {"text": reply.comment})


# From what people write


def of_people(coach: Coach, text: str) -> Iterator[Shown]:
    """Let people write this wherever they can, through the services, and show all that comes of it."""
    name = line(text)[:200] or "x"
    named = Named(name, line(text)[:40])
    _prepare_the_ground(coach)
    run_id = _fill_in(coach, text, named)
    response = _respond(coach, text, named)
    yield from _of_run(coach, run_id, text)
    yield from _of_run(coach, response, text)
    yield from _lists(coach, named, run_id)
    coach.checklists.sign(run_id, _reasons(coach, run_id, text), comment=text, by=ANA)
    yield from _of_run(coach, run_id, text)
    yield from _lists(coach, named, run_id)
    coach.checklists.discard(response, by=ANA)
    yield from _of_run(coach, response, text)
    yield from _questions(coach, text, named)


def _prepare_the_ground(coach: Coach) -> None:
    coach.installs.remember(INSTALL)
    coach.installs.note_channel("T1", HERE, public=True)


def _fill_in(coach: Coach, text: str, named: Named) -> int:
    run_id = coach.checklists.start("ethics-check", named, Choices(), by=ANA, channel=HERE).run_id
    items = list(coach.checklists.get("T1", run_id).items)
    note = (clean(text) or "x")[:1500]
    for item, state in zip(items, STATES, strict=False):
        given = Answer(item, state, note, LONG_EVIDENCE if state == "na" else EVIDENCE, "UANA")
        coach.checklists.answer(run_id, given, by=ANA)
    with coach.database.write() as tx:
        delivery.sent(tx, key("T1", run_id), 1, "1.2")
    return run_id


def _respond(coach: Coach, text: str, named: Named) -> int:
    run_id = coach.checklists.start("drift-response", named, Choices(), by=ANA, channel=HERE).run_id
    coach.checklists.lead(run_id, {"severity": "S1", "lead": "UANA", "operations": "UBEN"}, by=ANA)
    for source in (None, ADDED):
        said = (clean(text) or "x")[:1000]
        coach.checklists.note(run_id, said, source=source, by=ANA)
    coach.checklists.contain(run_id, by=ANA)
    return run_id


def _reasons(coach: Coach, run_id: int, text: str) -> dict[str, str]:
    unmet = coach.checklists.get("T1", run_id).unmet_musts()
    return {item.id: clean(text) or "x" for item in unmet}


def _of_run(coach: Coach, run_id: int, text: str) -> Iterator[Shown]:
    record = coach.checklists.record("T1", run_id)
    current = record.run
    yield shown(f"card {current.state}", views.card(current))
    yield shown("history", modals.history(current, record.history))
    yield shown("sign", modals.sign(current, "UANA", kept=dict.fromkeys([*current.items, ""], clean(text))))
    yield shown("export", modals.export(current))
    yield shown("roles", modals.roles(current))
    for item in list(current.items.values())[:5]:
        sources = cited(coach.library, item)
        yield shown(f"details {item.id} {current.state}", modals.details(current, item, sources))
    chosen = View("V1", "h", modals.EXPORTING, {"run": run_id}, {"formats": ["md", "csv"], "place": "channel"})
    asked = Request("submission", "T1", "UANA", "v:1", view=chosen)
    yield from replied("files", handling.give_export(asked, coach))


def _lists(coach: Coach, named: Named, run_id: int) -> Iterator[Shown]:
    asked = Request("command", "T1", "UANA", "c:1", channel=HERE, text="checklists")
    yield from replied("overview", handling.overview(asked, coach))
    yield from replied("home", helping.home(asked, coach))
    yield shown("system", views.system(coach.checklists.of_system(named, workspace="T1", channel=HERE)))
    yield shown("already open", views.already_open(coach.checklists.brief("T1", run_id)))


def _questions(coach: Coach, text: str, named: Named) -> Iterator[Shown]:
    """Show what answers a question at once: nothing of this was saved."""
    asked = Request("mention", "T1", "UANA", "e:1", channel=HERE, text=line(text))
    checklist = coach.library.checklists["drift-response"]
    yield from replied("unknown", helping.unknown(asked, coach))
    yield shown("begin", views.begin(checklist, str(named)))
    yield shown("start", modals.start(checklist, channel=HERE, named=named))
    opened = coach.checklists.start("drift-response", named, Choices(), by=ANA, channel=HERE).run_id
    other = coach.checklists.start("drift-response", FRAUD, Choices(), by=ANA, channel=HERE).run_id
    runs = [coach.checklists.get("T1", one) for one in (opened, other)]
    yield shown("note", modals.note(runs, text=clean(text), source=ADDED))
    clicked = Action(views.ENTRY, "run", str(opened), at=micros(1))
    yield from replied("entry", handling.ask_export(replace(asked, action=clicked), coach))
    close = Named(f"{named.name[:190]}s")
    try:
        coach.checklists.of_system(close, workspace="T1", channel=HERE)
    except errors.Refused as refusal:
        yield shown("did you mean", sentence(refusal.text))
    if parse(line(text)[:200]):
        yield from _asked_for(coach, text)


def _asked_for(coach: Coach, text: str) -> Iterator[Shown]:
    asked = Request("command", "T1", "UANA", "c:2", channel=HERE, text=f"system {line(text)[:200]}")
    try:
        yield from replied("system", handling.system(asked, coach))
    except errors.Refused as refusal:
        yield shown("no such system", sentence(refusal.text))


# More of everything than a list shows


def of_many() -> Iterator[Shown]:
    """Show lists that are longer than a message."""
    item = Item.model_validate({"id": "W1", "title": "T" * 73, "hint": "H", "check": "C", "level": "must"})
    one = Summary(1, HERE, "T" * 40, "t", "&" * 200, "&" * 241, "signed", 1, 2, NOW, "V" * 700, NOW, "UBEN", CARD)
    many = [replace(one, id=number) for number in range(300)]
    duties = [Duty(item, Answer("W1", "risk"), one)] * 300
    yield shown("many here and mine", views.overview(many, duties))
    yield shown("many of a system", views.system(many))
    yield shown("many at home", Home(views.duties(duties)))
    listed = change("entry", after={"text": "&" * 1000, "link": CARD})
    entries = [replace(listed, at=NOW + timedelta(minutes=number)) for number in range(500)]
    for number, severity in enumerate((None, *SEVERITIES)):
        missing = ("x" * number + "&" * 70,) * 20
        response = Response(severity, None, "UBEN", None, NOW, missing, tuple(entries))
        drill = run(_drill(), response=response, last=entries[-1])
        yield shown(f"many entries {severity}", views.card(drill))
        yield shown("many changes", modals.history(drill, entries))
        yield shown("many responses", modals.note([replace(drill, id=number) for number in range(150)]))


def _drill() -> Checklist:
    frame = {"id": "drill", "version": 1, "title": "T" * 40, "summary": "S", "intro": "I", "rule": "response"}
    item = {"title": "T" * 73, "hint": "H" * 75, "check": "C" * 1000, "level": "must"}
    phases = []
    for name in ("p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "L"):
        items = [item | {"id": f"{name}-{number}"} for number in range(3)]
        phases.append({"id": name, "title": f"{name:T<75}", "summary": "S", "items": items})
    about = {"last_reviewed": "2026-01-01", "licence_note": "Ours."}
    return Checklist.model_validate({**frame, **about, "phases": phases})
