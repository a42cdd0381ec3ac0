"""Nothing of a retro reaches somebody who may not see it, by whatever way it is read.

The retros of `tests/leaks.py` are those of a private channel (also where it was said that everyone may see them), of
another workspace, of a public channel alone, of channels that were public once, and one that was deleted; each field of
theirs holds a word of its own. Every public method of every service of retros has a case here, as has every command,
and a new one without a case fails. Every button is clicked with the id of what is not to be seen.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace

import pytest

from bot.app import Coach, build
from bot.delivery import store as delivery
from bot.delivery.model import Key
from bot.outbox.model import Delivery
from bot.retros.actions import model as action_model
from bot.retros.actions.feed import DigestFeed
from bot.retros.actions.service import Actions
from bot.retros.model import Retro, Words
from bot.retros.proposals.model import New, Wording
from bot.retros.proposals.service import Proposals
from bot.retros.record import export
from bot.retros.record.model import Wanted
from bot.retros.record.service import Records
from bot.retros.rounds.model import Call, Given
from bot.retros.rounds.service import Rounds
from bot.retros.search.service import Finder
from bot.retros.service import Retros, key
from bot.settings import Settings
from bot.systems.model import Named
from handlers.listeners import FEATURES
from handlers.requests import MALFORMED, Action, Reply, Request
from handlers.routes import routes
from tests import leaks
from tests.copies import Copies
from tests.leaks import HOME, SYSTEM, ZOE, Secret, World, learnt
from tests.samples import HERE, Clock

Case = Callable[[World, Secret], object]
WHERE = {"workspace": HOME, "channel": HERE, "user": ZOE.user}
BY = {"by": ZOE, "channel": HERE}
LATER = 10**6
"""A version that no retro has: whoever may change it is told how it stands."""


def coach_on(url: str, clock: Clock) -> Coach:
    return build(Settings(_env_file=None, database_url=url), now=clock)


def furnished(url: str) -> tuple[World, Clock]:
    """Fill a database, and keep the time at which it was ready."""
    clock = Clock()
    world = leaks.build(coach_on(url, clock), clock)
    world.coach.close()
    return world, clock


@pytest.fixture
def world(copies: Copies, clock: Clock) -> Iterator[World]:
    with copies.of(furnished) as (url, (before, ready)):
        clock.at = ready.at
        coach = coach_on(url, clock)
        yield replace(before, coach=coach)
        coach.close()


RETROS: Mapping[str, Case] = {
    "edit": lambda world, of: world.coach.retros.edit(of.retro.id, Words(why="x"), [], version=LATER, by=ZOE),
    "delete": lambda world, of: world.coach.retros.delete(of.retro.id, by=ZOE),
    "post_again": lambda world, of: world.coach.retros.post_again(of.retro.id, by=ZOE),
    "seen": lambda world, of: world.coach.retros.seen(HOME, of.retro.id, "1.2"),
    "is_public": lambda world, of: world.coach.retros.is_public(HOME, of.retro.channel),
    "clicked": lambda world, of: world.coach.retros.clicked(HOME, of.retro.id, HERE, ZOE.user),
    "show": lambda world, of: world.coach.retros.show(of.retro.number, **WHERE),
    "listing": lambda world, of: [
        world.coach.retros.listing(**WHERE, named=named, most=50) for named in (None, SYSTEM, of.retro.words.named)
    ],
    "draft": lambda world, of: world.coach.retros.draft(HOME, ZOE.user, of.retro.channel, of.retro.id),
    "forget_draft": lambda world, of: world.coach.retros.forget_draft(by=ZOE, channel=of.retro.channel),
    "find": lambda world, of: world.coach.retros.find(HOME, of.retro.id),
    "history": lambda world, of: world.coach.retros.history(HOME, of.retro.id),
    "deleted": lambda world, of: world.coach.retros.deleted(HOME, of.retro.id),
}
FINDER: Mapping[str, Case] = {
    "search": lambda world, _: [world.coach.finder.search(text, **WHERE) for text in QUERIES],
    "guess": lambda world, _: [world.coach.finder.guess(text, **WHERE) for text in QUERIES],
    "similar": lambda world, of: [
        world.coach.finder.similar(text, workspace=HOME, channel=HERE, user=user, named=SYSTEM)
        for text in (*QUERIES, of.retro.words.expected)
        for user in ("", ZOE.user)
    ],
    "offer": lambda world, _: world.coach.finder.offer(
        world.run, "needle haystack", channel=HERE, user=ZOE.user, named=SYSTEM
    ),
    "begin": lambda world, of: [
        world.coach.finder.begin(text, "0a1b2c3d", **BY, named=SYSTEM) for text in (*QUERIES, of.retro.words.expected)
    ],
    "offered": lambda world, _: [
        world.coach.finder.offered(card, HERE) for card in (world.run, key(HOME, world.mine.retro.id))
    ],
}
ACTIONS: Mapping[str, Case] = {
    # What a person names themselves is named again.
    "listing": lambda world, _: [
        world.coach.actions.listing(**WHERE, named=named) for named in (None, SYSTEM, Named(SYSTEM.name))
    ],
    "again": lambda world, _: [
        world.coach.actions.again(action_model.Place(kind, number), **WHERE)
        for kind in ("all", "retro", "digest", "card")
        for number in range(25)
    ],
    "mine": lambda world, _: world.coach.actions.mine(HOME, ZOE.user),
    "earlier": lambda world, _: [
        world.coach.actions.earlier(SYSTEM, workspace=HOME, channel=HERE, user=user) for user in ("", ZOE.user)
    ],
    "to_carry": lambda world, _: world.coach.actions.to_carry(SYSTEM, **WHERE),
    "clicked": lambda world, of: world.coach.actions.clicked(of.action, **BY),
    "cards_of": lambda world, of: world.coach.actions.cards_of([of.action], world.mine.retro),
    "done": lambda world, of: world.coach.actions.done(of.action, "Done.", "", by=ZOE),
    "reopen": lambda world, of: world.coach.actions.reopen(of.action, by=ZOE),
    "snooze": lambda world, of: world.coach.actions.snooze(of.action, by=ZOE),
    "hand_over": lambda world, of: world.coach.actions.hand_over(of.action, ZOE.user, by=ZOE),
    "carry_over": lambda world, of: world.coach.actions.carry_over([of.action], world.mine.retro.id, by=ZOE),
    "proved": lambda world, of: world.coach.actions.proved(of.action, held=True, **BY),
    "digest": lambda world, _: world.coach.actions.digest(HOME, HERE),
    "set_digest": lambda world, _: world.coach.actions.set_digest(on=True, **BY),
    "digest_card": lambda world, of: [
        world.coach.actions.digest_card(HOME, one.subject) for one in _digests(world, of.workspace, of.retro.channel)
    ],
    "proof_card": lambda world, of: world.coach.actions.proof_card(HOME, of.action),
}
ROUNDS: Mapping[str, Case] = {
    "open": lambda world, of: world.coach.rounds.open(Call(of.retro.words.named), **BY),
    "get": lambda world, of: world.coach.rounds.get(HOME, of.round, HERE),
    "seen": lambda world, of: world.coach.rounds.seen(HOME, of.round, "1.2"),
    "mine": lambda world, of: world.coach.rounds.mine(HOME, of.round, ZOE.user),
    "answers": lambda world, of: world.coach.rounds.answers(of.round, by=ZOE),
    "take_over": lambda world, of: world.coach.rounds.take_over(of.round, **BY),
    "close": lambda world, of: world.coach.rounds.close(of.round, by=ZOE),
    "post_again": lambda world, of: world.coach.rounds.post_again(of.round, by=ZOE),
    "card": lambda world, of: world.coach.rounds.card(HOME, of.round),
    "answer": lambda world, of: world.coach.rounds.answer(of.round, Given("x"), by=ZOE),
}
PROPOSALS: Mapping[str, Case] = {
    "ask": lambda world, of: world.coach.proposals.ask(of.retro.id, **BY),
    "look": lambda world, of: world.coach.proposals.look(of.proposal, **BY),
    "propose": lambda world, of: world.coach.proposals.propose(
        New(of.retro.id, Wording("ethics-check", "x", "x", "x", "x"), of.proposal), **BY
    ),
    "accept": lambda world, of: world.coach.proposals.accept(of.proposal, **BY),
    "decline": lambda world, of: world.coach.proposals.decline(of.proposal, **BY),
    "standing": lambda world, of: world.coach.proposals.standing(HOME, of.retro.id),
}
RECORDS: Mapping[str, Case] = {
    "stats": lambda world, _: world.coach.records.stats(HOME, HERE),
    "gaps": lambda world, _: world.coach.records.gaps(HOME, HERE),
    "took_part": lambda world, _: [world.coach.records.took_part(HOME, HERE, user) for user in ("UZOE", "UELSE", "")],
    "retros": lambda world, _: [
        export.write(_wanted(world, wanted), form)
        for wanted in (Wanted(), Wanted(system="Fraud model"), Wanted(kind="incident", cause="data"))
        for form in ("csv", "json", "md")
    ],
}
DIGESTS: Mapping[str, Case] = {
    "messages": lambda world, _: DigestFeed(world.coach.database, world.coach.retros.now).messages(
        HOME, _digests(world, HOME, HERE)
    ),
}
SERVICES: Mapping[type, Mapping[str, Case]] = {
    Retros: RETROS,
    Finder: FINDER,
    Actions: ACTIONS,
    Rounds: ROUNDS,
    Proposals: PROPOSALS,
    Records: RECORDS,
    DigestFeed: DIGESTS,
}
SPARED = {
    "Retros.log": "gives back what its caller wrote",
    "Retros.require_editable": "takes a retro that its caller was given, and gives nothing",
    "Retros.require_deletable": "takes a retro that its caller was given, and gives nothing",
    "Retros.places_to_check": "gives channels to the clock",
    "Retros.keep_draft": "gives nothing",
    "Finder.hide": "gives nothing",
    "Finder.catch_up": "gives nothing",
    "Actions.cards": "takes an action that its caller was given, and names cards",
    "Actions.today": "gives a day",
    "Actions.came_or_went": "gives nothing",
    "Rounds.link": "takes a call that its caller was given",
    "Rounds.require_open": "takes a call that its caller was given, and gives nothing",
    "Proposals.catch_up": "gives nothing",
    "Records.everything": "is for whoever owns the database, in the shell",
    "DigestFeed.plan": "gives nothing",
    "DigestFeed.unwanted": "names deliveries",
    "DigestFeed.settled": "gives nothing",
}
BY_ID_ALONE = {
    "Retros.find": "draws a retro's own card, and the forms that stand on it",
    "Retros.history": "fills the form that stands on a retro's own card",
    "Retros.deleted": "draws a retro's own card",
    "Actions.digest_card": "draws a channel's own list",
    "Actions.proof_card": "is drawn for the owner of the action, who may see it anywhere",
    "Rounds.card": "draws a call's own card",
    "Rounds.answer": "is asked by the form that stands on a call's own card",
    "Proposals.standing": "draws a retro's own card",
}
"""These are not told who reads; so they may give what is of this workspace and not deleted, for what is named here."""

SEES = {
    "Retros.clicked": "open",
    "Retros.show": "open",
    "Retros.listing": "open",
    "Retros.find": "open",
    "Retros.history": "open",
    "Finder.search": "open",
    "Finder.similar": "open",
    "Finder.begin": "open",
    "Finder.offered": "open",
    "Actions.listing": "mine",
    "Actions.earlier": "open",
    "Actions.digest_card": "mine",
    "Actions.proof_card": "mine",
    "DigestFeed.messages": "mine",
    "Rounds.get": "mine",
    "Proposals.standing": "open",
    "Records.retros": "open",
}
"""What Zoe does see, and of which retro; so each way is seen to lead somewhere."""

CASES = {f"{service.__name__}.{name}": case for service, cases in SERVICES.items() for name, case in cases.items()}
QUERIES = ("needle", "haystack needle", "fraud", "fraud model v3", "aardvarkesh", "incident data", "needl")


def _wanted(world: World, wanted: Wanted) -> Iterator[Retro]:
    return world.coach.records.retros(wanted, **WHERE)


def _digests(world: World, workspace: str, channel: str) -> list[Delivery]:
    planned = world.coach.outbox.listing(workspace, ["ready"])
    return [one for one in planned if one.kind == "digest" and one.channel == channel]


def test_every_way_to_read_has_a_case() -> None:
    for service, cases in SERVICES.items():
        given = {field.name for field in fields(service)}
        methods = {name for name, one in vars(service).items() if inspect.isfunction(one) and name[0] != "_"}
        spared = {name.partition(".")[2] for name in SPARED if name.startswith(f"{service.__name__}.")}
        assert methods - given == set(cases) | spared, service.__name__
    assert set(CASES) >= set(SEES) | set(BY_ID_ALONE)


@pytest.mark.parametrize("name", CASES)
def test_no_service_tells_of_what_one_may_not_see(world: World, name: str) -> None:
    for secret in world.secrets.values():
        if name not in BY_ID_ALONE or secret.name in {"foreign", "deleted"}:
            told = learnt(lambda of=secret: CASES[name](world, of))
            assert leaks.leaks(told) == set(), (name, secret.name)
    if name in SEES:
        seen = world.open if SEES[name] == "open" else world.mine
        assert f"zq{SEES[name]}" in learnt(lambda: CASES[name](world, seen)), "the case proves nothing"


# What people type and click

TYPED = (
    *QUERIES,
    "",
    "Fraud model v3",
    "Fraud model zqopenv",
    "csv",
    "json",
    "md",
    "Fraud",
    "on",
    "off",
    "mine",
    "here",
)
ASKED = Request("command", HOME, ZOE.user, "c:1", channel=HERE, trigger="t", hook="https://hooks.slack.com/1")


def shown(world: World, request: Request, answer: Callable[[], Reply]) -> str:
    """Give all that a person could read of what follows from a request, on the cards of their channel, too."""
    reply = answer()
    told = [repr(replace(reply, like=None)), *(repr(look()) for look in (reply.say_later, reply.later) if look)]
    if reply.like:
        offer = world.coach.finder.offer
        told.append(
            repr(offer(reply.like.key, reply.like.text, channel=HERE, user=request.user, named=reply.like.named))
        )
    told += [repr(world.coach.render(card)) for card in (*reply.draw, *reply.also) if _stands_here(world, card)]
    return "".join(told)


def _stands_here(world: World, card: Key) -> bool:
    with world.coach.database.read() as tx:
        found = delivery.find(tx, card)
    return found is not None and found.channel == HERE


def typed(world: World, name: str, rest: str) -> str:
    """Type a command, or the words of one, in Zoe's channel."""
    found = routes.words.get(name) or routes.commands[name]
    text = f"{name.rpartition(' ')[2]} {rest}".strip()
    asked = replace(ASKED, text=text, key=f"c:{name}:{rest}")
    return learnt(lambda: shown(world, asked, lambda: found.handler(asked, world.coach)))


@pytest.mark.parametrize("name", [*routes.commands, *routes.words])
def test_no_command_tells_of_what_one_may_not_see(world: World, name: str) -> None:
    numbers = [str(one.retro.number) for one in world.secrets.values() if one.workspace == HOME]
    for rest in (*TYPED, *numbers):
        assert leaks.leaks(typed(world, name, rest)) == set(), rest


def test_commands_do_show_what_one_may_see(world: World) -> None:
    for name, rest in {
        "retro search": "needle",
        "retro list": "",
        "retro show": str(world.open.retro.number),
        "actions": "Fraud model",
        "retro export": "csv",
    }.items():
        assert "zqopen" in typed(world, name, rest), name


def test_no_checklist_that_begins_tells_of_what_one_may_not_see(world: World) -> None:
    for name in world.coach.library.checklists:
        asked = replace(ASKED, text=f"{name} Fraud model v9", key=f"c:{name}")
        assert routes.anything
        told = learnt(lambda asked=asked: shown(world, asked, lambda: routes.anything(asked, world.coach)))
        assert leaks.leaks(told) == set(), name
        assert "zqopen" in told, name


assert FEATURES
ROOMS = [one for one, handler in routes.actions.items() if ".retro" in handler.__module__]


@pytest.mark.parametrize("name", ROOMS)
def test_no_button_tells_of_what_one_may_not_see(world: World, name: str) -> None:
    """A button outlives what it stood for: it is clicked in Zoe's channel with the id of every secret."""
    answered = 0
    for value in sorted({value for secret in world.secrets.values() for one in secret.ids for value in values(one)}):
        click = Action(name, value=value, at=1)
        asked = replace(ASKED, source="action", text="", key=f"a:{value}", action=click, message_ts="1.9")
        with suppress(*MALFORMED):
            told = learnt(lambda asked=asked: shown(world, asked, lambda: routes.actions[name](asked, world.coach)))
            answered += 1
            assert leaks.leaks(told) == set(), value
    assert answered or name in OF_A_FORM


OF_A_FORM = {"retro.add_action", "retro.change_action", "retro.more_prompts", "retro.afresh"}
"""Controls inside a form, which is open already; nothing that they carry names a retro."""


def values(number: int) -> Iterator[str]:
    """Give what a button could carry that names a thing."""
    yield str(number)
    for word in ("history", "again", "delete", "run", "named", "read", "all.0.0", "retro", f"retro.{number}.0", "card"):
        yield f"{word}:{number}"
        yield f"card.0.0:{word}:{number}"


def test_the_cards_of_a_channel_show_only_what_all_may_see(world: World) -> None:
    cards = [world.run, key(HOME, world.mine.retro.id)]
    told = repr([world.coach.render(card) for card in cards])
    assert leaks.leaks(told) == set()
    assert "zqopen" in told


def test_an_owner_sees_their_action_anywhere_and_nothing_else_of_its_retro(world: World) -> None:
    secret = world.secrets["private"]
    told = learnt(lambda: world.coach.actions.listing(HOME, HERE, "UBEN"))
    allowed = {"zqprivateaction0", "zqprivateproof", "zqprivatev"}
    found = {one for one in leaks.leaks(told) if one.startswith("zqprivate")}
    assert "zqprivateaction0" in found
    assert found <= allowed | {"zqprivateaction1", "zqprivatenote", "zqprivatelink"}
    assert secret.retro.actions[0].owner == "UBEN"


def test_the_secrets_can_be_seen_where_they_belong(world: World) -> None:
    """Or it would prove nothing that they are seen nowhere else."""
    for secret in world.secrets.values():
        if secret.name != "deleted":
            own = world.coach.finder.search("needle", secret.workspace, secret.retro.channel, "UANA")
            assert f"zq{secret.name}expected" in repr(own), secret.name
