"""How `test_workspaces` calls each method and function of questions that come back, and what both workspaces have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta

from sqlalchemy import select

from bot.blocks import Message
from bot.database import Actor, Database, Transaction
from bot.delivery import store as delivery_store
from bot.learning import store as learning_store
from bot.learning.reviews import store
from bot.learning.reviews.feed import ReviewFeed
from bot.learning.reviews.model import Asked, AskedState, Enrolment, Review, Rhythm, Wanted
from bot.learning.reviews.service import Reviews, key
from bot.learning.reviews.spacing import Grade, fresh, graded
from bot.outbox.model import Delivery, Outcome
from tests.samples import NOW
from tests.workspaces import BEGAN, THEIRS, Case, Side, StoreCase, World, unless_refused, whose

WANTED = Wanted(time(10), "UTC", 3)
OTHER = Rhythm(time(11), "UTC", 2)
DIRECT = "DANA"
WEEK = ("2026-03-02", "2026-03-08")


@dataclass(frozen=True)
class _Put:
    """A question that was put to Ana in both workspaces."""

    slot: str
    lesson: str
    question: int


PUT: Mapping[AskedState, _Put] = {
    "posted": _Put("2026-03-02", "a", 0),
    "planned": _Put("2026-03-03", "a", 1),
    "answered": _Put("2026-03-04", "b", 0),
}


def furnish(world: World) -> None:
    """Furnish both alike; theirs come first, for a look without its workspace that ends at the first row."""
    for side in (world.them, world.me):
        _reviews(world).enrol(WANTED, by=Actor(side.workspace, "UANA"))
        with world.database.write() as tx:
            _ask(world.database, tx, side)
    with world.database.write() as tx:
        # Nothing else of a lesson that was done could tell whose it is: they did it earlier.
        learning_store.add_done(tx, world.me.workspace, world.me.prompt, "UCLEO", NOW)
        learning_store.add_done(tx, THEIRS, world.them.prompt, "UCLEO", BEGAN)
        # Only a mistake could make this row; the lesson must not be taken for one that was given to us.
        learning_store.add_done(tx, world.me.workspace, world.them.deliveries["held"].subject, "UCLEO", NOW)


def _ask(database: Database, tx: Transaction, side: Side) -> None:
    after, due = graded(fresh(BEGAN), Grade.RIGHT, BEGAN)
    for state, put in PUT.items():
        known = Review(side.workspace, "UANA", put.lesson, put.question, fresh(BEGAN), BEGAN)
        if state == "answered":
            known = replace(known, card=after, due=due)
        store.add_reviews(database, tx, [known])
        new = Asked(0, side.workspace, "UANA", put.lesson, put.question, put.slot)
        number = store.add_asked(database, tx, new, BEGAN)
        assert number
        store.set_asked(tx, side.workspace, number, state=state)
        if state == "answered":
            given = {"choice": 1, "answered_at": BEGAN, "before": fresh(BEGAN), "due": due}
            store.set_asked(tx, side.workspace, number, **given)
        delivery_store.prepare(database, tx, [(key(side.workspace, number), "UANA", "UANA")])
        delivery_store.posted(tx, [(key(side.workspace, number), "1.4")])


def _reviews(world: World) -> Reviews:
    return Reviews(world.database, world.learning.library, world.learning.now)


def _number(tx: Transaction, of: Side, state: AskedState) -> int:
    """Give the id of a side's question, without a word of the store that is on trial."""
    table = store.asked_reviews.c
    query = select(table.id).where(table.workspace_id == of.workspace, table.slot == PUT[state].slot)
    return int(tx.execute(query).scalar_one())


def _number_in(world: World, of: Side, state: AskedState) -> int:
    with world.database.read() as tx:
        return _number(tx, of, state)


def _series(tx: Transaction, of: Side) -> int:
    table = store.quizzed.c
    return int(tx.execute(select(table.id).where(table.workspace_id == of.workspace)).scalar_one())


def _mistaken(tx: Transaction, me: str, of: Side) -> Asked:
    """Give a side's question as a workspace would have it if it mistook it for its own."""
    put = PUT["posted"]
    return Asked(_number(tx, of, "posted"), me, "UANA", put.lesson, put.question, put.slot)


def _enrolment(tx: Transaction, me: str, of: Side) -> Enrolment:
    return Enrolment(_series(tx, of), me, "UANA", OTHER, next_due=NOW)


def feed_of(world: World) -> ReviewFeed:
    """Give what the outbox asks."""
    return ReviewFeed(world.database, world.learning.library, world.learning.now)


def _delivery(tx: Transaction, me: str, of: Side) -> Delivery:
    """Give the delivery of a side's question as a workspace would have it if it mistook it for its own."""
    of_one = {"series": _series(tx, of), "subject": _number(tx, of, "planned"), "slot": PUT["planned"].slot}
    return replace(of.deliveries["ready"], workspace=me, kind="review", channel="UANA", **of_one)


def _wanted(world: World, of: Side) -> str:
    """Give whose question would be posted."""
    with world.database.write() as tx:
        return whose(of, not feed_of(world).unwanted(tx, [_delivery(tx, world.me.workspace, of)]))


def _settled(world: World, of: Side) -> None:
    with world.database.write() as tx:
        one = _delivery(tx, world.me.workspace, of)
        feed_of(world).settled(tx, world.me.workspace, [Outcome(one, "refused", code="user_disabled")])


def _drawn(world: World, of: Side) -> Mapping[str, Message]:
    with world.database.read() as tx:
        one = _delivery(tx, world.me.workspace, of)
    return feed_of(world).messages(world.me.workspace, [one])


def fill(world: World, of: Side, days: Sequence[str], state: AskedState) -> None:
    """Put questions to Ana on some days."""
    with world.database.write() as tx:
        for day in days:
            new = Asked(0, of.workspace, "UANA", "c", 0, day, state)
            store.add_asked(world.database, tx, new, world.learning.now())


def _did(tx: Transaction, me: str) -> str:
    return me if store.did(tx, me, "UCLEO") == [("a", NOW)] else THEIRS


def _counted(tx: Transaction, me: str) -> str:
    return me if store.count_asked(tx, me, "UANA", WEEK) == len(PUT) else THEIRS


REVIEWS: Mapping[str, Case] = {
    "enrol": lambda world, _: _reviews(world).enrol(replace(WANTED, most=2), by=world.me.actor),
    "find": lambda world, _: _reviews(world).find(world.me.workspace, "UANA"),
    "standing": lambda world, _: _reviews(world).standing(world.me.workspace, "UANA"),
    "stop": lambda world, _: _reviews(world).stop(by=world.me.actor),
    "give_now": lambda world, _: _reviews(world).give_now(by=world.me.actor),
    "answer": lambda world, of: unless_refused(
        of,
        lambda: _reviews(world).answer(_number_in(world, of, "posted"), 1, by=world.me.actor, channel=DIRECT),
    ),
    "too_easy": lambda world, of: unless_refused(
        of,
        lambda: _reviews(world).too_easy(_number_in(world, of, "answered"), by=world.me.actor, channel=DIRECT),
    ),
    "card": lambda world, of: whose(of, _reviews(world).card(world.me.workspace, _number_in(world, of, "posted"))),
}
REVIEW_FEED: Mapping[str, Case] = {
    "messages": lambda world, of: whose(of, _drawn(world, of)),
    "unwanted": _wanted,
    "settled": _settled,
}
REVIEWS_STORE: Mapping[str, StoreCase] = {
    "find": lambda _, tx, me, __: store.find(tx, me, "UANA"),
    "lock": lambda _, tx, me, __: store.lock(tx, me, "UANA"),
    "running": lambda _, tx, me, of: whose(of, store.running(tx, me, [_series(tx, of)])),
    "put": lambda database, tx, me, of: store.put(database, tx, _enrolment(tx, me, of)),
    "stop": lambda _, tx, me, of: store.stop(tx, me, _series(tx, of)),
    "advance": lambda _, tx, me, of: store.advance(tx, [_enrolment(tx, me, of)]),
    "answers": lambda _, tx, me, __: store.answers(tx, me, "UANA"),
    "did": lambda _, tx, me, __: _did(tx, me),
    "known": lambda _, tx, me, __: store.known(tx, me, "UANA"),
    "add_reviews": lambda database, tx, me, _: store.add_reviews(
        database, tx, [Review(me, "UANA", "e", 0, fresh(NOW), NOW)]
    ),
    "lock_review": lambda _, tx, me, of: store.lock_review(tx, _mistaken(tx, me, of)),
    "save_review": lambda _, tx, me, of: store.save_review(tx, _mistaken(tx, me, of), fresh(NOW), NOW),
    "add_asked": lambda database, tx, me, of: store.add_asked(
        database, tx, replace(_mistaken(tx, me, of), slot="2026-03-05"), NOW
    ),
    "get_asked": lambda _, tx, me, of: store.get_asked(tx, me, _number(tx, of, "posted")),
    "some_asked": lambda _, tx, me, of: store.some_asked(tx, me, [_number(tx, of, "posted")]),
    "lock_asked": lambda _, tx, me, of: store.lock_asked(tx, me, _number(tx, of, "posted")),
    "set_asked": lambda _, tx, me, of: store.set_asked(tx, me, _number(tx, of, "posted"), easy=True),
    "conclude": lambda _, tx, me, of: store.conclude(tx, me, _number(tx, of, "planned"), "dropped"),
    "unanswered": lambda _, tx, me, __: store.unanswered(tx, me, "UANA", NOW - timedelta(days=1)),
    "count_asked": lambda _, tx, me, __: _counted(tx, me),
}
# Seen to read or to change what is ours, so that their cases prove something.
READING = {"Reviews.enrol", "Reviews.find", "Reviews.standing", "Reviews.give_now", "Reviews.card"} | {
    "ReviewFeed.messages",
    "ReviewFeed.unwanted",
}
CHANGING = {"Reviews.enrol", "Reviews.stop", "Reviews.give_now", "Reviews.answer", "Reviews.too_easy"} | {
    "ReviewFeed.settled"
}
WITHOUT_A_CASE = {
    "reviews.astray": "the clock mends in every workspace what a wrong clock has put off",
    "reviews.due": "the clock looks for what is due in every workspace",
    "ReviewFeed.plan": "the clock plans for every workspace; a test of its own proves that it keeps them apart",
}
