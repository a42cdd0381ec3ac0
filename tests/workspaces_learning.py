"""How `test_workspaces` calls each method and function of weekly prompts and of the outbox."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.database import Transaction
from bot.learning import store as learning_store
from bot.learning.feed import LessonFeed
from bot.learning.subscriptions import store as subscription_store
from bot.outbox import store as outbox_store
from bot.outbox.model import Delivery, Outcome, State
from tests.samples import HERE, NOW
from tests.workspaces import (
    PROCESS,
    THEIRS,
    UNASKED,
    WISH,
    Case,
    Side,
    StoreCase,
    World,
    claimed_by,
    named,
    unless_refused,
    whose,
)

STATES: tuple[State, ...] = ("ready", "sending", "sent", "unknown", "held", "refused", "skipped")


def _resume(world: World, _: Side) -> object:
    world.learning.pause(HERE, by=replace(world.me.actor, request="c:before"))
    return world.learning.resume(HERE, by=world.me.actor)


def _settled(world: World, of: Side) -> list[Outcome]:
    one = claimed_by(world.me.workspace, of, "sending")
    return [Outcome(one, "sent", "1.5", block=timedelta(hours=1), stop="changed")]


def _refused(world: World, of: Side) -> Outcome:
    return Outcome(claimed_by(world.me.workspace, of, "ready"), "refused", code="not_in_channel")


def _shared(world: World, act: Callable[[Transaction], object]) -> object:
    with world.database.write() as tx:
        return act(tx)


def _feed(world: World) -> LessonFeed:
    learning = world.learning
    return LessonFeed(world.database, learning.library, learning.now, learning.gaps)


def _wanted(world: World, tx: Transaction, of: Side) -> str:
    """Give whose lesson would be posted."""
    return whose(of, not _feed(world).unwanted(tx, [claimed_by(world.me.workspace, of, "ready")]))


def _posted(tx: Transaction, one: Delivery) -> int:
    return len(outbox_store.posted_since(tx, [one], NOW)[HERE])


def _did(tx: Transaction, me: str) -> object:
    """Give what people of ours did: Cleo, it says by mistake, a lesson of theirs, and theirs one of ours."""
    stray = learning_store.did(tx, me, f"of {THEIRS}")
    return [*(learning_store.did(tx, me, user) for user in ("UANA", "UCLEO")), THEIRS if stray else ""]


LEARNING: Mapping[str, Case] = {
    "subscribe": lambda world, _: world.learning.subscribe(replace(WISH, weekday=3), by=world.me.actor, channel=HERE),
    "find": lambda world, _: world.learning.find(world.me.workspace, HERE),
    "get": lambda world, _: world.learning.get(world.me.workspace, HERE),
    "outline": lambda world, _: world.learning.outline(world.me.workspace, HERE),
    "pause": lambda world, _: world.learning.pause(HERE, by=world.me.actor),
    "resume": _resume,
    "skip": lambda world, _: world.learning.skip(HERE, by=world.me.actor),
    "stop": lambda world, _: world.learning.stop(HERE, by=world.me.actor),
    "set_by_gaps": lambda world, _: world.learning.set_by_gaps(HERE, on=False, by=world.me.actor),
    "give_now": lambda world, _: world.learning.give_now(HERE, by=world.me.actor),
    "history": lambda world, _: world.learning.history(world.me.workspace, HERE),
    "prompt": lambda world, of: world.learning.prompt(world.me.workspace, of.prompt),
    "card": lambda world, of: whose(of, world.learning.card(world.me.workspace, of.prompt)),
    "did": lambda world, of: unless_refused(of, lambda: world.learning.did(of.prompt, by=world.me.actor)),
    "end": lambda world, of: unless_refused(of, lambda: world.learning.end(of.prompt, by=world.me.actor)),
    "discuss": lambda world, of: whose(of, world.learning.discuss(of.prompt, "1.3", by=world.me.actor)),
    "answer": lambda world, of: whose(of, world.learning.answer(of.prompt, {0: 2}, by=world.me.actor)),
    "record": lambda world, _: world.learning.record(world.me.workspace, "UANA"),
    "team_record": lambda world, _: world.learning.team_record(world.me.workspace, HERE, by=world.me.actor),
}
LESSON_FEED: Mapping[str, Case] = {
    "messages": lambda world, of: whose(
        of, _feed(world).messages(world.me.workspace, [claimed_by(world.me.workspace, of, "ready")])
    ),
    "unwanted": lambda world, of: _shared(world, lambda tx: _wanted(world, tx, of)),
    "settled": lambda world, of: _shared(
        world,
        lambda tx: _feed(world).settled(tx, world.me.workspace, [_refused(world, of)]),
    ),
}
OUTBOX: Mapping[str, Case] = {
    "claim": lambda world, _: world.outbox.claim(world.me.workspace, NOW, ()),
    "messages": lambda world, of: whose(
        of, world.outbox.messages(world.me.workspace, [claimed_by(world.me.workspace, of, "ready")])
    ),
    "settle": lambda world, of: world.outbox.settle(world.me.workspace, _settled(world, of)),
    "claim_in": lambda world, _: _shared(world, lambda tx: world.outbox.claim_in(tx, world.me.workspace, NOW, ())),
    "settle_in": lambda world, of: _shared(
        world, lambda tx: world.outbox.settle_in(tx, world.me.workspace, _settled(world, of))
    ),
    # Nothing was due yesterday, so the lane is given back.
    "leave_in": lambda world, _: _shared(
        world, lambda tx: world.outbox.leave_in(tx, world.me.workspace, NOW - timedelta(days=1))
    ),
    "release": lambda world, _: world.outbox.release(world.me.workspace),
    "unclear_in": lambda world, _: _shared(
        world, lambda tx: world.outbox.unclear_in(tx, world.me.workspace, timedelta(minutes=1))
    ),
    "resolve": lambda world, of: unless_refused(
        of, lambda: world.outbox.resolve(world.me.workspace, of.deliveries["held"].id, arrived=True)
    ),
    "seen": lambda world, of: world.outbox.seen(world.me.workspace, "lesson", of.deliveries["sending"].subject, "1.5"),
    "token_works": lambda world, _: world.outbox.token_works(world.me.workspace),
    "listing": lambda world, _: world.outbox.listing(world.me.workspace, STATES),
}
SUBSCRIPTION_STORE: Mapping[str, StoreCase] = {
    "find": lambda _, tx, me, __: subscription_store.find(tx, me, HERE),
    "lock": lambda _, tx, me, __: subscription_store.lock(tx, me, HERE),
    "save": lambda _, tx, me, of: subscription_store.save(tx, replace(of.subscription, workspace=me, owner="UBEN")),
    "pause_for": lambda _, tx, me, of: subscription_store.pause_for(tx, me, of.subscription.id, "changed"),
    "advance": lambda _, tx, me, of: subscription_store.advance(
        tx, [replace(of.subscription, workspace=me, next_due=NOW)]
    ),
    "states": lambda _, tx, me, of: whose(of, subscription_store.states(tx, me, [of.subscription.id])),
}
LEARNING_STORE: Mapping[str, StoreCase] = {
    "given": lambda _, tx, me, of: learning_store.given(tx, [replace(of.subscription, workspace=me)]),
    "has_slot": lambda _, tx, me, of: whose(of, learning_store.has_slot(tx, me, of.subscription.id, "a")),
    "asked_since": lambda _, tx, me, of: whose(
        of, learning_store.asked_since(tx, me, of.subscription.id, NOW - timedelta(days=1))
    ),
    "planned": lambda _, tx, me, of: named(
        tx, learning_store.planned(tx, me, of.subscription.id), learning_store.prompts
    ),
    "get_prompt": lambda _, tx, me, of: learning_store.get_prompt(tx, me, of.prompt),
    "get_prompts": lambda _, tx, me, of: learning_store.get_prompts(tx, me, [of.prompt]),
    "lock_prompt": lambda _, tx, me, of: learning_store.lock_prompt(tx, me, of.prompt),
    "set_prompt": lambda _, tx, me, of: learning_store.set_prompt(tx, me, of.prompt, discussed=True),
    "posted": lambda _, tx, me, of: learning_store.posted(tx, me, [of.planned], NOW),
    "drop": lambda _, tx, me, of: learning_store.drop(tx, me, of.planned),
    "history": lambda _, tx, me, of: learning_store.history(tx, me, of.subscription.id),
    "did": lambda _, tx, me, __: _did(tx, me),
    "add_done": lambda _, tx, me, of: learning_store.add_done(tx, me, of.prompt, "UBEN", NOW),
    "drop_done": lambda _, tx, me, of: learning_store.drop_done(tx, me, of.prompt, "UANA"),
    "put_answers": lambda _, tx, me, __: learning_store.put_answers(
        tx, me, "UANA", "a", [{"question": 0, "choice": 2, "right": False, "at": NOW}]
    ),
    "quizzes": lambda _, tx, me, __: learning_store.quizzes(tx, me, "UANA"),
}
OUTBOX_STORE: Mapping[str, StoreCase] = {
    "withdraw": lambda _, tx, me, of: outbox_store.withdraw(tx, me, "lesson", of.subscription.id),
    "take": lambda database, tx, me, _: outbox_store.take(database, tx, me, PROCESS, NOW),
    "release": lambda _, tx, me, __: outbox_store.release(tx, me, PROCESS, NOW),
    "block": lambda _, tx, me, __: outbox_store.block(tx, me, NOW),
    "stop": lambda _, tx, me, __: outbox_store.stop(tx, me, "changed"),
    "ready": lambda _, tx, me, __: outbox_store.ready(tx, me, NOW, NOW, 50),
    "claim": lambda _, tx, me, of: outbox_store.claim(tx, me, [of.deliveries["ready"].id], NOW),
    "skip": lambda _, tx, me, of: outbox_store.skip(tx, claimed_by(me, of, "ready"), "changed"),
    "ask_for": lambda _, tx, me, of: outbox_store.ask_for(tx, claimed_by(me, of, "ready")),
    "put_off": lambda _, tx, me, of: outbox_store.put_off(tx, claimed_by(me, of, "ready"), NOW),
    "settle": lambda _, tx, me, of: outbox_store.settle(tx, me, [Outcome(claimed_by(me, of, "sending"), "sent")]),
    "unclear": lambda _, tx, me, __: outbox_store.unclear(tx, me, NOW, NOW),
    "find": lambda _, tx, me, of: outbox_store.find(tx, me, of.deliveries["held"].id),
    "of_subject": lambda _, tx, me, of: outbox_store.of_subject(tx, me, "lesson", of.prompt),
    "posted_since": lambda _, tx, me, of: me if _posted(tx, claimed_by(me, of, "ready")) == UNASKED else THEIRS,
    "listing": lambda _, tx, me, __: outbox_store.listing(tx, me, STATES, 50),
}
# Seen to read or to change what is ours, so that their cases prove something.
READING = {
    "Learning.find", "Learning.get", "Learning.outline", "Learning.history", "Learning.prompt", "Learning.card",
    "Learning.record", "Learning.team_record", "Outbox.claim", "Outbox.claim_in",
    "Outbox.messages", "Outbox.unclear_in", "Outbox.listing", "LessonFeed.messages", "LessonFeed.unwanted",
}  # fmt: skip
CHANGING = {
    "Learning.subscribe", "Learning.pause", "Learning.resume", "Learning.skip", "Learning.stop", "Learning.set_by_gaps",
    "Learning.give_now", "Learning.did", "Learning.end", "Learning.discuss", "Learning.answer", "Outbox.claim",
    "Outbox.claim_in", "Outbox.settle", "Outbox.settle_in", "Outbox.leave_in", "Outbox.release", "Outbox.resolve",
    "Outbox.seen", "LessonFeed.settled",
}  # fmt: skip
WITHOUT_A_CASE = {
    "subscriptions.add": "takes a whole subscription, workspace and all; `subscribe` is the case for it",
    "learning.add_prompts": "takes whole prompts, workspace and all; `give_now` is the case for it",
    "subscriptions.astray": "the clock mends in every workspace what a wrong clock has put off",
    "subscriptions.due": "the clock looks for what is due in every workspace",
    "subscriptions.take_due": "the clock plans what is due in every workspace",
    "outbox.plan": "takes whole deliveries, workspace and all; `give_now` is the case for it",
    "outbox.doubt": "whoever runs the server has put every workspace back",
    "outbox.due_workspaces": "names the workspaces that the dispatcher serves, each by itself",
    "outbox.troubles": "whoever runs the server is told of every workspace",
    "LessonFeed.plan": "the clock plans what is due in every workspace; the test of Outbox.plan is the one for it",
    "Outbox.plan": "the clock plans what is due in every workspace; a test of its own proves that it keeps them apart",
    "Outbox.due_workspaces": "names the workspaces that the dispatcher serves, each by itself",
    "Outbox.troubles": "whoever runs the server is told of every workspace",
}
