"""How `test_workspaces` calls what the outbox asks of actions."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.database import Transaction
from bot.outbox.model import Delivery, Outcome
from bot.retros.actions.feed import DigestFeed, ProofFeed
from bot.retros.actions.model import DIGEST, PROOF, subject_of
from tests.samples import HERE
from tests.workspaces import Case, Side, World, whose
from tests.workspaces_retros_actions import QUESTION, SLOT, action_named, digest_of

_Feed = DigestFeed | ProofFeed


def _feed(world: World, kind: type[_Feed]) -> _Feed:
    return kind(world.database, world.learning.now)


def _list(tx: Transaction, me: str, of: Side) -> Delivery:
    """Give the delivery of a side's digest as a workspace would have it if it mistook it for its own."""
    digest = digest_of(tx, of)
    of_one = {"series": digest, "subject": subject_of(digest, SLOT), "slot": SLOT, "channel": HERE}
    return replace(of.deliveries["ready"], workspace=me, kind=DIGEST, **of_one)


def _question(tx: Transaction, me: str, of: Side) -> Delivery:
    number = action_named(tx, of, QUESTION)
    return replace(of.deliveries["ready"], workspace=me, kind=PROOF, channel="UANA", series=number, subject=number)


def _cases(kind: type[_Feed], planned: Callable[[Transaction, str, Side], Delivery]) -> Mapping[str, Case]:
    def messages(world: World, of: Side) -> object:
        with world.database.read() as tx:
            one = planned(tx, world.me.workspace, of)
        return whose(of, _feed(world, kind).messages(world.me.workspace, [one]))

    def unwanted(world: World, of: Side) -> object:
        with world.database.read() as tx:
            one = planned(tx, world.me.workspace, of)
            return whose(of, not _feed(world, kind).unwanted(tx, [one]))

    def settled(world: World, of: Side) -> None:
        with world.database.write() as tx:
            one = planned(tx, world.me.workspace, of)
            _feed(world, kind).settled(tx, world.me.workspace, [Outcome(one, "refused", code="not_in_channel")])

    return {"messages": messages, "unwanted": unwanted, "settled": settled}


DIGEST_FEED = _cases(DigestFeed, _list)
PROOF_FEED = _cases(ProofFeed, _question)
READING = {"DigestFeed.messages", "DigestFeed.unwanted", "ProofFeed.messages", "ProofFeed.unwanted"}
CHANGING = {"DigestFeed.settled"}
WITHOUT_A_CASE = {
    f"{one.__name__}.plan": "the clock plans what is due in every workspace" for one in (DigestFeed, ProofFeed)
}
