"""Everything that people can be shown of retros: cards, forms and their history, with whatever people may write."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

from bot.app import Coach
from bot.blocks import clean, line
from bot.checklists.model import Response
from bot.delivery import notices
from bot.delivery.model import Card
from bot.retros import modals, views
from bot.retros.modals import Around, Page
from bot.retros.model import CAUSES, KINDS, Action, Change, Deleted, NewAction, Retro, Standing, Words, changed
from bot.retros.past import modals as past
from bot.retros.service import key
from bot.retros.sheet import Half, Merged, Sheet, merged, of_retro
from bot.schema_retros import Questions
from bot.systems.model import Named
from handlers import retro_starts
from handlers.requests import Shot
from tests.catalogue import CARD, Shown, shown
from tests.samples import DRILL, FRAUD, HERE, HOUSE, NOW, answers, change, run, signature

TODAY = date(2026, 3, 2)
TEAM = ("UANA", "UBEN", "UCLEO")
STANDINGS: Sequence[Standing] = get_args(Standing)


def words(text: str = "We expected less.", **more: object) -> Words:
    """Give words that never saw a database."""
    said = Words(FRAUD, "incident", text, text, text, ("data", "luck"), text, TEAM, source=CARD)
    return replace(said, **more)


def action(number: int = 1, text: str = "Add a table", **more: object) -> Action:
    """Give an action of a retro."""
    made = Action(number, "T1", 7, 12, HERE, "Fraud model v3", text, "UBEN", TODAY, text, "open", NOW)
    return replace(made, **more)


def retro(said: Words | None = None, **more: object) -> Retro:
    """Give a retro that never saw a database."""
    return replace(Retro(7, "T1", 12, HERE, said or words(), "UANA", NOW, version=1), **more)


def retros(text: str) -> Iterator[Retro]:
    """Give retros of every kind and state that a card can show, all with this text."""
    for kind in KINDS:
        yield retro(words(text, kind=kind, causes=(), source="", people=()))
    listed = [action(n, text, state=state, due=TODAY - timedelta(n)) for n, state in enumerate(STANDINGS)]
    yield retro(words(text, causes=tuple(CAUSES), visibility="workspace", run=3), actions=tuple(listed))
    noted = action(9, text[:300], state="done", note=text, done_at=NOW)
    many = tuple(action(n, text[:300], proof=text[:1000]) for n in range(30))
    yield retro(words(text, named=None, kind="period"), actions=(noted, *many), edited_at=NOW, edited_by="UBEN")
    yield retro(words(text, named=Named("x" * 200, "v" * 40), people=TEAM * 10), id=10**17, number=10**6)
    yield retro(words((f"{text} " * 700)[:2900].strip(), caught="", causes=()))


def of_cards(questions: Questions, text: str) -> Iterator[Shown]:
    """Show every card, all of its words, its history, and the question whether to delete it."""
    for number, one in enumerate(retros(text)):
        yield shown(f"retro {number}", views.card(one, questions, TODAY))
        yield shown(f"whole {number}", modals.whole(one, questions))
        yield shown(f"delete {number}", modals.delete(one))
        yield shown(f"history {number}", past.history(one, list(_past(one, text)) * 20, questions))
    yield shown("deleted", views.deleted(Deleted(12, "UBEN", NOW)))
    yield shown("history of nothing", past.history(retro(), [], questions))


def _past(one: Retro, text: str) -> Iterator[Change]:
    emptied = words("", kind="launch", causes=(), people=(), visibility="workspace")
    for before, after in ((one.words, emptied), (emptied, one.words)):
        was, now = changed(before, after)
        yield Change(NOW, "UBEN", "edited", was, now | {"actions": [text[:300]] * 10})
    yield Change(NOW, "UBEN", "edited", {}, {"actions": ["One more"]})


def of_forms(questions: Questions, text: str) -> Iterator[Shown]:
    """Show the form empty and full, for a new retro and for one that is edited, with everything that stands around."""
    cut = text[:3000]
    listed = tuple(NewAction(f"{n} {text}"[:300], "UBEN", TODAY, text[:1000]) for n in range(9))
    half = Half(text[:300], "UANA", "2026-03-09", text[:1000])
    full = Sheet(
        system=line(text)[:200],
        release=line(text)[:40],
        kind="period",
        **dict.fromkeys(("expected", "why", "keep", "caught"), cut),
        causes=tuple(CAUSES),
        people=TEAM,
        visibility="workspace",
        actions=listed,
        half=half,
        source=CARD,
    )
    page = Page(HERE, turn=5, top=2, low=3)
    again = f"{views.NAMED}:Fraud model"
    for number, sheet in enumerate((Sheet(), full, replace(full, run=3, half=Half(), actions=(*listed, listed[0])))):
        for public in (True, False):
            around = Around(questions, public, saved_at=NOW, again=again, said="Mend it.", wrong="Say who.")
            yield shown(f"form {number} {public}", modals.form(sheet, page, around))
        yield shown(f"new {number}", modals.form(sheet, page, Around(questions)))
        left = [action(n, f"{n} {text}"[:300]) for n in range(12)]
        ticked = replace(sheet, carried=(0, 3, 99))
        yield shown(f"carry over {number}", modals.form(ticked, page, Around(questions, still_open=left)))
    for one in retros(cut):
        yield from _edits(questions, one, cut)


def _edits(questions: Questions, one: Retro, text: str) -> Iterator[Shown]:
    page = Page(HERE, one.id, turn=1)
    mine = of_retro(one, 0)
    yield shown("edit", modals.form(mine, page, Around(questions, public=True, retro=one)))
    late = overtaken(one, text)
    around = Around(questions, public=True, retro=one, said=past.overtaken(late, questions), late=late)
    yield shown("overtaken", modals.form(late.sheet, page, around))
    alone = replace(late, theirs={}, taken=("kind",))
    yield shown("taken over", modals.form(late.sheet, page, replace(around, said=past.overtaken(alone, questions))))


def overtaken(one: Retro, text: str) -> Merged:
    """Give what becomes of a form in which everything was changed, by two people."""
    other = words("base", kind="drift", causes=("model",), people=("UZOE",), visibility="workspace")
    was, _ = changed(other, words(text, kind="ethics", causes=("world",), people=("UBEN",)))
    mine = replace(of_retro(one, 0), expected="mine", why="mine", keep="mine", caught="mine", people=("UCLEO",))
    now = replace(one, words=words(text, kind="ethics", causes=("world",), people=("UBEN",)), version=2)
    late = merged(mine, now, (Change(NOW, "UBEN", "edited", was, {}),))
    assert late
    return late


def of_starts(coach: Coach, text: str) -> Iterator[Shown]:
    """Show what offers a retro, and the form that a checklist, a message or a name fills in."""
    questions = coach.library.questions
    said = (clean(text) or "x")[:1000]
    entry = change("entry", after={"text": said})
    response = Response(lead="UBEN", timeline=(entry,) * 40)
    taken = answers("open", "W1", accepted=said)
    closed = run(DRILL, state="signed", signature=signature("closed"), response=response)
    risky = run(HOUSE, taken, state="signed", signature=signature("x"))
    for one in (closed, risky):
        offered = retro_starts.offer(one)
        assert offered
        yield shown("offer", offered)
        yield from _began(questions, retro_starts.of_run(one, CARD, "UANA"))
    yield from _began(questions, retro_starts.of_message(Shot(clean(text), "UBEN", "1.2"), CARD, "UANA"))
    yield shown("held", notices.held(Card(key("T1", 7), HERE, "UANA", "held", 1, 0)))
    yield shown("refused", notices.refused("is_archived", "retro"))
    yield shown("token is dead", notices.token_is_dead("retro"))
    yield shown("ask for the form", views.ask_for_form(line(text)))


def _began(questions: Questions, sheet: Sheet) -> Iterator[Shown]:
    yield shown("form that began", modals.form(sheet, Page(HERE), Around(questions, said="You have a draft.")))


def everything(coach: Coach, text: str = "Hello") -> Iterator[Shown]:
    """Show all of it."""
    yield from of_cards(coach.library.questions, clean(text) or "x")
    yield from of_forms(coach.library.questions, clean(text) or "x")
    yield from of_starts(coach, text)
