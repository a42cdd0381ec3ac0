"""Everything that people can be shown of a call for answers, with whatever people may write."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.app import Coach
from bot.blocks import clean, line
from bot.retros.rounds import modals, views
from bot.retros.rounds.model import Answer, Call, Given, Round
from bot.schema_retros import Question, Questions
from bot.systems.model import Named
from tests.catalogue import CARD, Shown, shown
from tests.samples import FRAUD, HERE, NOW

CROWD = ("UANA", "UBEN", "UCLEO") * 20


def a_round(**more: object) -> Round:
    """Give a call that never saw a database."""
    about = Call(FRAUD, "incident", CARD, 3)
    return replace(Round(7, "T1", HERE, about, "open", "UANA", NOW, count=2, salt="salt"), **more)


def rounds(text: str) -> Iterator[Round]:
    """Give calls in every state that a card can show, about a system of this name."""
    named = Named(line(text)[:200] or "x", line(text)[:40])
    for count in (0, 1, 10**6):
        yield a_round(count=count)
        yield a_round(count=count, state="closed", retro=5, number=12)
    yield a_round(about=Call())
    yield a_round(state="closed")
    yield a_round(state="closed", dropped=1)
    yield a_round(count=0, dropped=10**6)
    yield a_round(about=Call(named, "period", CARD), earlier=("UBEN",), id=10**17)
    yield a_round(about=Call(Named("x" * 200, "v" * 40), source="javascript:alert(1)"), earlier=("UBEN", "UANA"))
    yield a_round(about=Call(named, source=f"https://evil.example/{line(text)}"[:100].replace(" ", "")), count=1)
    yield a_round(about=Call(named), earlier=CROWD, count=99)
    yield a_round(about=Call(named), state="closed", retro=5, number=10**6, deleted=True, earlier=CROWD)


def answers(text: str, people: int = 3) -> list[Answer]:
    """Give answers of people who all write the same, every second of them without a name."""
    given = Given(text, text, text)
    named = [Answer(number, given, CROWD[number % 3]) for number in range(people)]
    return [replace(one, given=replace(given, named=False), user="") if one.id % 2 else one for one in named]


def of_cards(questions: Sequence[Question], text: str) -> Iterator[Shown]:
    """Show every card, and what one person is told of it."""
    for number, one in enumerate(rounds(text)):
        for link in ("", CARD):
            yield shown(f"round {number}", views.card(one, questions, link))
            yield shown(f"taken over {number}", views.taken_over(one, link))
            for user in ("UANA", "UBEN"):
                yield shown(f"already {number} {user}", views.already(one, user, link))
                yield shown(f"not yours {number} {user}", views.already(one, user, link, "Only <@UANA> reads them."))
        for user in ("UANA", "UBEN"):
            yield shown(f"called {number} {user}", modals.called(one, user))
        yield shown(f"closed {number}", modals.closed(one))
        yield shown(f"dropped {number}", modals.dropped(one))


def of_forms(questions: Sequence[Question], text: str) -> Iterator[Shown]:
    """Show the form for an answer, and the pages on which the facilitator reads all of them."""
    given = Given(text[:3000], text[:3000], text[:3000], named=False)
    for number, one in enumerate(rounds(text)):
        for mine in (None, given, replace(given, named=True, why="")):
            yield shown(f"answer {number}", modals.answer(one, questions, mine, turn=number))
            yield shown(f"own {number}", modals.own(one, questions, mine or Given(text[:3000])))
        for draft in ("", "Saved 2 Mar 09:30 UTC"):
            yield shown(f"read {number} {draft}", modals.read(one, questions, answers(text[:3000]), 0, draft))
    for people, page in ((0, 0), (1, -1), (2, 0), (3, 1), (30, 0), (30, 1), (30, 10**6)):
        of = a_round(state="open" if page else "closed", count=people)
        said = answers(text[:3000], people)
        yield shown(f"read {people} {page}", modals.read(of, questions, said, page, "Saved today"))


def everything(coach: Coach, text: str = "Hello") -> Iterator[Shown]:
    """Show all of it."""
    asked: Questions = coach.library.questions
    said = clean(text) or "x"
    yield from of_cards(asked.questions, said)
    yield from of_forms(asked.questions, said)
