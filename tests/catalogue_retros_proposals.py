"""Everything that people can be shown of items that retros propose: in every state, and with whatever they write."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from bot.app import Coach
from bot.blocks import Message, clean, line
from bot.checklists import modals as checklist_modals
from bot.checklists import views as checklist_views
from bot.checklists.own import views as own_views
from bot.checklists.own.model import OwnItem, Use, extended
from bot.database import Actor
from bot.delivery.model import Key
from bot.library import Library
from bot.retros.model import CAUSES, Retro, Words
from bot.retros.proposals import views
from bot.retros.proposals.model import LEVELS, Asking, New, Proposal, Told, Wording
from bot.schema import Checklist
from handlers import retro_proposals as handling
from handlers.requests import Action, Reply, Request
from tests.catalogue import Shown, in_every_state, replied, shown
from tests.samples import ANA, HERE, HOSTILE, NOW, answers, run

ADMIN = Actor("T1", "UBEN")
RETRO = Retro(10**17, "T1", 10**9, HERE, Words(why="x", causes=("data",)), "UANA", NOW, version=1)
WIDEST = Wording("ethics-check", "data", "x" * 73, "x" * 75, "x" * 1000, "must")
ESCAPED = Wording("ethics-check", "data", "&" * 14, "<" * 18, "&" * 1000)
USES = (None, Use(), Use(1, 1, 0), Use(1000, 0, 999, NOW))


def proposal(words: Wording = WIDEST, **more: object) -> Proposal:
    """Give a proposal that never saw a database."""
    plain = Proposal(10**17, "T1", RETRO.id, HERE, words, "proposed", "UANA", NOW)
    return replace(plain, **more)


def every_told(words: Wording, titles: tuple[str, str]) -> Iterator[Told]:
    """Give a proposal in every state."""
    yield Told(proposal(words), *titles)
    for cause in CAUSES:
        yield Told(proposal(replace(words, check=""), state="suggested", by="", cause=cause, times=3), *titles)
    yield Told(proposal(Wording(), state="suggested", by="", cause="data", times=3), "", "")
    for by in ("UANA", ""):
        yield Told(proposal(words, state="declined", by=by, decided_by="UBEN", decided_at=NOW), *titles)
    for use, back in product(USES, ((), (19,), range(20, 120))):
        one = proposal(words, state="accepted", item="retro-12-1", decided_by="UBEN", decided_at=NOW)
        yield Told(one, *titles, use, tuple(CAUSES)[:8], dict.fromkeys(CAUSES, tuple(back)))
    yield Told(proposal(words, state="gone"), *titles)


def of_states(library: Library) -> Iterator[Shown]:
    """Show every state of a proposal alone and all of them together, the form, and the list of own items."""
    for name, words in {"widest": WIDEST, "escaped": ESCAPED}.items():
        told = list(every_told(words, ("T" * 40, "&" * 75)))
        for number, one in enumerate(told):
            yield shown(f"beside {name} {number}", _card([one]))
        yield shown(f"beside {name}, all", _card(told))
        yield shown(f"beside {name}, many", _card(told * 5))
        yield from _forms(library, name, words)
        for state in ("proposed", "accepted"):
            yield shown(f"done {name} {state}", views.done(proposal(words, state=state)))
    yield from _lists(library)
    yield from of_versions(library)


def _card(told: Sequence[Told]) -> Message:
    each = [replace(one, proposal=replace(one.proposal, id=10**17 + place)) for place, one in enumerate(told)]
    return Message("Retro 12", [*views.beside(each), _actions()])


def _actions() -> views.Block:
    return views.actions(views.card_button(RETRO.id))


def _forms(library: Library, name: str, words: Wording) -> Iterator[Shown]:
    checklists = list(library.checklists.values())
    twins = [*checklists, *(one.model_copy(update={"id": f"own-{one.id}"}) for one in checklists)]
    for admin, level, listed in product((True, False), LEVELS, (checklists, twins)):
        asking = Asking(RETRO, replace(words, level=level), listed, admin, suggestion=10**17)
        yield shown(f"form {name} {admin} {level} {len(listed)}", views.form(asking, HERE))
    yield shown(f"form {name}, empty", views.form(Asking(RETRO, Wording(), checklists), HERE))


def own(words: Wording, number: int = 1, checklist: str = "ethics-check", phase: str = "data") -> OwnItem:
    """Give an item that a workspace added."""
    item = words.item(f"retro-12-{number}", f"added after retro {10**9}")
    return OwnItem(number, Key("T1", "retro", 12), checklist, phase, item, "UBEN", NOW)


def _lists(library: Library) -> Iterator[Shown]:
    listed = [own(words, number) for number, words in enumerate((WIDEST, ESCAPED) * 40)]
    gone = replace(listed[0], checklist="gone")
    for admin, many, said in product((True, False), ([], [listed[0]], [gone, *listed]), ("", "✓ Taken out.")):
        what = own_views.items(many, library.checklists, admin=admin, said=said)
        yield shown(f"items {admin} {len(many)} {said}", what)


def versions(library: Library) -> Iterator[Checklist]:
    """Give every checklist with an item of a workspace's own in each phase that has room."""
    for base in library.checklists.values():
        places = [part.id for part in base.phases]
        for words in (WIDEST, ESCAPED, replace(WIDEST, hint="Bring it", level="rec")):
            added = [own(words, number, base.id, place) for number, place in enumerate(places)]
            yield extended(base, added)


def of_versions(library: Library) -> Iterator[Shown]:
    """Show checklists with items of a workspace's own."""
    for of in versions(library):
        plain = run(of)
        yield shown(f"start {of.id} with own items", checklist_modals.start(of, channel=HERE))
        for given in ({}, *(answers(state, *of.added) for state in ("done", "na", "risk"))):
            for one in in_every_state(replace(plain, answers=given)):
                yield shown(f"card {of.id} with own items {one.state}", checklist_views.card(one))
        for name in set(of.added) & set(plain.items):
            yield shown(f"details {name}", checklist_modals.details(plain, plain.items[name], []))


# What people write


def of_people(coach: Coach, text: str = HOSTILE["mention"]) -> Iterator[Shown]:
    """Let people write this into a retro and an item, through the services, and show all that comes of it."""
    coach.installs.note_person("T1", "UBEN", zone="UTC", admin=True)
    said = clean(text)[:3000] or "x"
    words = Words(why="Why.", caught=said, causes=("data",), people=("UBEN",))
    retro = coach.retros.log(words, [], by=ANA, channel=HERE)
    clicked = Request("action", "T1", "UBEN", "", channel=HERE, action=Action(views.PROPOSE, value=str(retro.id)))
    yield from replied("ask", handling.ask(clicked, coach))
    short = line(text)[:14] or "x"
    item = Wording("ethics-check", "data", short, short, said[:1000])
    made = coach.proposals.propose(New(retro.id, item), by=ANA, channel=HERE)
    yield from _drawn(coach, retro)
    coach.proposals.accept(made.id, by=ADMIN, channel=HERE)
    for _ in range(2):
        again = coach.proposals.propose(New(retro.id, item), by=ANA, channel=HERE)
        coach.proposals.decline(again.id, by=ADMIN, channel=HERE)
    yield from _drawn(coach, retro)
    yield from replied("items", handling.items(clicked, coach))
    yield from replied("done", Reply(say=views.done(made)))


def _drawn(coach: Coach, retro: Retro) -> Iterator[Shown]:
    card = coach.render(Key("T1", "retro", retro.id))
    assert card
    yield shown("card of a retro", card)
