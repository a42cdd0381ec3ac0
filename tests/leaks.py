"""Retros that a person may not see, full of words that nobody else uses; and a person in another channel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import update

from bot.app import Coach
from bot.checklists.model import Choices
from bot.database import Actor
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.installs.store import Install
from bot.outbox import store as outbox
from bot.retros.actions.model import PROOF
from bot.retros.model import NewAction, Retro, Visibility, Words
from bot.retros.proposals.model import New, Wording
from bot.retros.rounds.model import Call, Given
from bot.retros.service import key
from bot.systems import store as systems
from bot.systems.model import Named
from tests.samples import HERE, Clock

HOME = "T1"
ZOE = Actor(HOME, "UZOE")
SYSTEM = Named("Fraud model", "v3")


@dataclass(frozen=True)
class Secret:
    """A retro that Zoe may not see in her channel, with everything that hangs on it."""

    name: str
    retro: Retro
    action: int
    asked: int
    proposal: int
    place: str
    round: int
    digest: int
    system: int
    run: int = 0

    @property
    def workspace(self) -> str:
        return self.retro.workspace

    @property
    def ids(self) -> Iterator[int]:
        yield from {self.retro.id, self.retro.number, self.action, self.proposal, self.round, self.digest}

    @property
    def names(self) -> Mapping[str, object]:
        """Give what a control or a form may name of it."""
        return {**vars(self), "retro": self.retro.id}


@dataclass(frozen=True)
class Place:
    """Where a retro is logged."""

    workspace: str
    channel: str
    visibility: Visibility = "channel"


PLACES: Mapping[str, Place] = {
    "private": Place(HOME, "CSHUT"),
    "forced": Place(HOME, "CSHUT", "workspace"),
    "foreign": Place("T2", HERE, "workspace"),
    "local": Place(HOME, "CLOCAL"),
    "closed": Place(HOME, "CCLOSED", "workspace"),
    "stale": Place(HOME, "CSTALE", "workspace"),
    "unknown": Place(HOME, "CUNKNOWN", "workspace"),
    "deleted": Place(HOME, HERE, "workspace"),
    "hidden": Place(HOME, "COPEN", "workspace"),
}
VERSIONS = {"open": "v7.1", "mine": "v7.2", **{name: f"v9.{number}" for number, name in enumerate(PLACES)}}
"""Each retro's own version of the system, as somebody can name it in a command."""

PUBLIC = (HERE, "CLOCAL", "CCLOSED", "COPEN")


@dataclass(frozen=True)
class World:
    """All of it; `open` is a retro that Zoe may see though she took no part, `mine` one of her own."""

    coach: Coach
    secrets: Mapping[str, Secret]
    open: Secret
    mine: Secret
    run: Key


def build(coach: Coach, clock: Clock) -> World:
    """Fill a database; each secret is first seen by all who may, so that nothing is hidden for want of an offer."""
    for workspace in (HOME, "T2"):
        coach.installs.remember(Install(workspace, "Acme", "https://acme.slack.com/", "B1", "UBOT"))
    coach.installs.note_channel(HOME, "CSTALE", public=True)
    clock.forward(hours=25)
    for channel in PUBLIC:
        coach.installs.note_channel(HOME, channel, public=True)
    coach.installs.note_channel("T2", HERE, public=True)
    coach.installs.note_channel(HOME, "CSHUT", public=False)
    secrets = {name: _furnish(coach, name, place) for name, place in PLACES.items()}
    opened = _furnish(coach, "open", Place(HOME, "COPEN", "workspace"))
    mine = _furnish(coach, "mine", Place(HOME, HERE))
    run = _run(coach)
    settle(coach)
    _offer(coach, [run, key(HOME, mine.retro.id)])
    _hide(coach, secrets)
    settle(coach)
    # What is overdue a month later is listed in the digest; what is public is looked at again.
    clock.forward(days=30)
    for channel in {*PUBLIC} - {"CCLOSED"}:
        coach.installs.note_channel(HOME, channel, public=True)
    coach.outbox.plan(coach.retros.now())
    _lose_touch(coach)
    return World(coach, secrets, opened, mine, run)


def settle(coach: Coach) -> None:
    """Have all that waits be indexed and weighed."""
    for catch_up in (coach.proposals.catch_up, coach.finder.catch_up):
        while catch_up():
            pass


def _furnish(coach: Coach, name: str, place: Place) -> Secret:
    def word(field: str) -> str:
        return f"zq{name}{field}"

    by, rare = Actor(place.workspace, "UANA"), "" if name in {"open", "mine"} else " aardvarkish"
    said = Words(
        named=Named(SYSTEM.name, VERSIONS[name]),
        kind="incident",
        expected=f"needle haystack {word('expected')}{rare}",
        why=f"needle {word('why')}",
        keep=f"haystack {word('keep')}",
        causes=("data",),
        caught=f"needle {word('caught')}",
        people=("UBEN", ZOE.user) if name == "mine" else ("UBEN",),
        visibility=place.visibility,
        source=f"https://acme.slack.com/{word('source')}",
    )
    due = coach.retros.now().date() + timedelta(days=3)
    agreed = [NewAction(f"needle {word(f'action{n}')}", "UBEN", due, word("proof")) for n in range(2)]
    # A call for answers is not deleted with its retro, and is named like everything else in its channel.
    about = Call(SYSTEM) if name == "deleted" else Call(replace(SYSTEM, version=f"zq{name}r"), source=said.source)
    called = coach.rounds.open(about, by=by, channel=place.channel)
    coach.rounds.answer(
        called.round_id, Given(word("answer"), word("answer"), word("answer")), by=by, channel=place.channel
    )
    gathered = called.round_id if name in {"deleted", "open"} else 0
    logged = coach.retros.log(said, agreed, by=by, channel=place.channel, gathered=gathered)
    changed = replace(said, why=f"needle {word('edited')}")
    whole = coach.retros.edit(logged.id, changed, [], version=1, by=by)
    with coach.database.write() as tx:
        delivery.sent(tx, key(place.workspace, logged.id), 1, "1.2")
    first, second = (one.id for one in whole.actions)
    coach.actions.done(second, word("note"), f"https://acme.slack.com/{word('link')}", by=replace(by, user="UBEN"))
    coach.retros.keep_draft({"expected": word("draft")}, by=by, channel=place.channel)
    phase = coach.library.checklists["ethics-check"].phases[0].id
    wording = Wording("ethics-check", phase, word("title"), word("hint"), word("check"))
    proposal = coach.proposals.propose(New(logged.id, wording), by=by, channel=place.channel)
    digest = coach.actions.digest(place.workspace, place.channel)
    with coach.database.read() as tx:
        (system,) = systems.named_like(tx, place.workspace, said.named or SYSTEM)
    return Secret(
        name=name,
        retro=whole,
        action=first,
        asked=second,
        proposal=proposal.id,
        place=f"ethics-check:{phase}",
        round=called.round_id,
        digest=digest.id if digest else 0,
        system=system.id,
        run=_private_run(coach, said, by) if place.channel == "CSHUT" else 0,
    )


def _private_run(coach: Coach, said: Words, by: Actor) -> int:
    """Start a checklist, which in a public channel anybody could find by its system."""
    return coach.checklists.start("ethics-check", said.named or SYSTEM, Choices(), by=by, channel="CSHUT").run_id


def _run(coach: Coach) -> Key:
    started = coach.checklists.start("ethics-check", SYSTEM, Choices(), by=ZOE, channel=HERE)
    return Key(HOME, "run", started.run_id)


def _offer(coach: Coach, cards: list[Key]) -> None:
    for card in cards:
        coach.finder.offer(card, "needle haystack", channel=HERE, user=ZOE.user, named=SYSTEM)


def _lose_touch(coach: Coach) -> None:
    """Have nobody know whether the questions about proofs were posted: then a click would settle that."""
    with coach.database.write() as tx:
        planned = outbox.deliveries
        tx.execute(update(planned).where(planned.c.kind == PROOF).values(state="held"))


def _hide(coach: Coach, secrets: Mapping[str, Secret]) -> None:
    """Take away what could be seen until now."""
    coach.installs.note_channel(HOME, "CCLOSED", public=False)
    gone, hidden = secrets["deleted"].retro, secrets["hidden"].retro
    coach.retros.delete(gone.id, by=Actor(HOME, "UANA"))
    local = replace(hidden.words, visibility="channel")
    coach.retros.edit(hidden.id, local, [], version=hidden.version + 1, by=Actor(HOME, "UANA"))
