"""How each method of the services of retros is called by Zoe, in her channel, about a retro; and what that proves.

A name is a method, and after it the way in which it is called where there are several.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.outbox.model import Delivery
from bot.retros.actions.feed import DigestFeed
from bot.retros.actions.model import Place
from bot.retros.actions.service import Actions
from bot.retros.model import Words
from bot.retros.proposals.model import New, Wording
from bot.retros.proposals.service import Proposals
from bot.retros.record import export
from bot.retros.record.model import Wanted
from bot.retros.record.service import Records
from bot.retros.rounds.model import Call, Given
from bot.retros.rounds.service import Rounds
from bot.retros.search.model import Offer
from bot.retros.search.service import Finder
from bot.retros.service import Retros, key
from bot.systems.model import Named
from tests.leaks import HOME, SYSTEM, ZOE, Secret, World
from tests.samples import HERE

Case = Callable[[World, Secret], object]
WHERE = {"workspace": HOME, "channel": HERE, "user": ZOE.user}
BY = {"by": ZOE, "channel": HERE}
LATER = 10**6
"""A version that no retro has: whoever may change it is told how it stands."""

NAME = Named(SYSTEM.name)
QUERIES = ("needle", "haystack needle", "fraud", "fraud model v3", "aardvarkesh", "incident data", "needl")

RETROS: Mapping[str, Case] = {
    "edit": lambda world, of: world.coach.retros.edit(of.retro.id, Words(why="x"), [], version=LATER, by=ZOE),
    "delete": lambda world, of: world.coach.retros.delete(of.retro.id, by=ZOE),
    "post_again": lambda world, of: world.coach.retros.post_again(of.retro.id, **BY),
    "seen": lambda world, of: world.coach.retros.seen(HOME, of.retro.id, "1.2"),
    "is_public": lambda world, of: world.coach.retros.is_public(HOME, of.retro.channel),
    "clicked": lambda world, of: world.coach.retros.clicked(HOME, of.retro.id, HERE, ZOE.user),
    "edited": lambda world, of: world.coach.retros.edited(of.retro.id, **BY),
    "show": lambda world, of: world.coach.retros.show(of.retro.number, **WHERE),
    "listing": lambda world, _: world.coach.retros.listing(**WHERE, most=50),
    "listing by version": lambda world, of: world.coach.retros.listing(**WHERE, named=_version(of), most=50),
    "listing by name": lambda world, _: world.coach.retros.listing(**WHERE, named=NAME, most=50),
    "draft": lambda world, of: world.coach.retros.draft(HOME, ZOE.user, of.retro.channel, of.retro.id),
    "forget_draft": lambda world, of: world.coach.retros.forget_draft(by=ZOE, channel=of.retro.channel),
    "find": lambda world, of: world.coach.retros.find(HOME, of.retro.id),
    "history": lambda world, of: world.coach.retros.history(HOME, of.retro.id),
    "deleted": lambda world, of: world.coach.retros.deleted(HOME, of.retro.id),
}
FINDER: Mapping[str, Case] = {
    "search": lambda world, _: [world.coach.finder.search(text, **WHERE) for text in QUERIES],
    "guess": lambda world, _: [world.coach.finder.guess(text, **WHERE) for text in QUERIES],
    "offer": lambda world, _: world.coach.finder.offer(
        world.run, "needle haystack", channel=HERE, user=ZOE.user, named=SYSTEM
    ),
    "begin": lambda world, of: [
        world.coach.finder.begin(text, "0a1b2c3d", **BY, named=SYSTEM) for text in (*QUERIES, of.retro.words.expected)
    ],
    "offered": lambda world, _: [
        world.coach.finder.offered(card, HERE) for card in (world.run, key(HOME, world.mine.retro.id))
    ],
    "offered anew": lambda world, of: _offered_anew(world, *QUERIES, of.retro.words.expected),
}
ACTIONS: Mapping[str, Case] = {
    "listing": lambda world, _: world.coach.actions.listing(**WHERE),
    "listing by version": lambda world, of: _but_typed(of, world.coach.actions.listing(**WHERE, named=_version(of))),
    "listing by name": lambda world, _: world.coach.actions.listing(**WHERE, named=NAME),
    "again everything": lambda world, _: world.coach.actions.again(Place("all"), **WHERE),
    "again of a retro": lambda world, of: world.coach.actions.again(Place("retro", of.retro.id), **WHERE),
    "again by version": lambda world, of: world.coach.actions.again(Place("version", of.system), **WHERE),
    "again by name": lambda world, of: world.coach.actions.again(Place("name", of.system), **WHERE),
    "again below a digest": lambda world, of: world.coach.actions.again(Place("digest", of.digest), **WHERE),
    "again below a card": lambda world, of: world.coach.actions.again(Place("card", of.system), **WHERE),
    "mine": lambda world, _: world.coach.actions.mine(HOME, ZOE.user),
    "earlier of the person": lambda world, _: world.coach.actions.earlier(SYSTEM, **WHERE),
    "earlier of all readers": lambda world, _: world.coach.actions.earlier(SYSTEM, **{**WHERE, "user": ""}),
    "to_carry": lambda world, _: world.coach.actions.to_carry(SYSTEM, **WHERE),
    "to_carry elsewhere": lambda world, of: world.coach.actions.to_carry(
        SYSTEM, **{**WHERE, "channel": of.retro.channel}, asked_in=HERE
    ),
    "clicked": lambda world, of: world.coach.actions.clicked(of.action, **BY),
    "cards_of": lambda world, of: world.coach.actions.cards_of([of.action], world.mine.retro),
    "done": lambda world, of: world.coach.actions.done(of.action, "Done.", "", **BY),
    "reopen": lambda world, of: world.coach.actions.reopen(of.action, **BY),
    "snooze": lambda world, of: world.coach.actions.snooze(of.action, **BY),
    "hand_over": lambda world, of: world.coach.actions.hand_over(of.action, ZOE.user, **BY),
    "carry_over": lambda world, of: world.coach.actions.carry_over([of.action], world.mine.retro.id, by=ZOE),
    "proved": lambda world, of: world.coach.actions.proved(of.action, held=True, **BY),
    "digest": lambda world, _: world.coach.actions.digest(HOME, HERE),
    "set_digest": lambda world, _: world.coach.actions.set_digest(on=True, **BY),
    "digest_card": lambda world, of: [
        world.coach.actions.digest_card(HOME, one.subject) for one in _digests(world, of.workspace, of.retro.channel)
    ],
    "proof_card": lambda world, of: world.coach.actions.proof_card(HOME, of.asked),
}
ROUNDS: Mapping[str, Case] = {
    "open": lambda world, of: world.coach.rounds.open(Call(of.retro.words.named), **BY),
    "get": lambda world, of: world.coach.rounds.get(HOME, of.round, HERE),
    "seen": lambda world, of: world.coach.rounds.seen(HOME, of.round, "1.2"),
    "mine": lambda world, of: world.coach.rounds.mine(HOME, of.round, ZOE.user),
    "own": lambda world, of: world.coach.rounds.own(world.coach.rounds.get(HOME, of.round, HERE), ZOE.user),
    "drop": lambda world, of: world.coach.rounds.drop(of.round, by=ZOE),
    "answers": lambda world, of: world.coach.rounds.answers(of.round, by=ZOE),
    "take_over": lambda world, of: world.coach.rounds.take_over(of.round, **BY),
    "close": lambda world, of: world.coach.rounds.close(of.round, by=ZOE),
    "post_again": lambda world, of: world.coach.rounds.post_again(of.round, **BY),
    "card": lambda world, of: world.coach.rounds.card(HOME, of.round),
    "answer": lambda world, of: world.coach.rounds.answer(of.round, Given("x"), **BY),
}
PROPOSALS: Mapping[str, Case] = {
    "ask": lambda world, of: world.coach.proposals.ask(of.retro.id, **BY),
    "look": lambda world, of: world.coach.proposals.look(of.proposal, **BY),
    "propose": lambda world, of: world.coach.proposals.propose(
        New(of.retro.id, Wording(*of.place.split(":"), "x", "x", "x"), of.proposal), **BY
    ),
    "accept": lambda world, of: world.coach.proposals.accept(of.proposal, **BY),
    "decline": lambda world, of: world.coach.proposals.decline(of.proposal, **BY),
    "standing": lambda world, of: world.coach.proposals.standing(HOME, of.retro.id),
}
RECORDS: Mapping[str, Case] = {
    "stats": lambda world, _: world.coach.records.stats(HOME, HERE),
    "gaps": lambda world, _: world.coach.records.gaps(HOME, HERE),
    "took_part": lambda world, _: [world.coach.records.took_part(HOME, HERE, user) for user in ("UZOE", "UELSE", "")],
    "retros": lambda world, _: _exported(world, Wanted()),
    "retros by name": lambda world, _: _exported(world, Wanted(system=NAME.name)),
    "retros by version": lambda world, of: _exported(world, Wanted(system=str(_version(of)))),
    "retros by kind and cause": lambda world, _: _exported(world, Wanted(kind="incident", cause="data")),
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
CASES = {f"{service.__name__}.{name}": case for service, cases in SERVICES.items() for name, case in cases.items()}
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
    "Actions.carry_ticked": "carries over only what `to_carry` gives",
    "Rounds.link": "takes a call that its caller was given",
    "Rounds.require_open": "takes a call that its caller was given, and gives nothing",
    "Proposals.catch_up": "gives nothing",
    "Records.everything": "is for whoever owns the database, in the shell",
    "DigestFeed.plan": "gives nothing",
    "DigestFeed.unwanted": "names deliveries",
    "DigestFeed.settled": "gives nothing",
}
BY_ID_ALONE: Mapping[str, tuple[str, set[str]]] = {
    "Retros.find": ("draws a retro's own card; a form asks it who may read", {"bot/app.py", "handlers/retro_forms.py"}),
    "Retros.history": (
        "is asked by handlers that were given the retro",
        {"handlers/retro_cards.py", "handlers/retro_forms.py"},
    ),
    "Retros.deleted": ("draws a retro's own card", {"bot/app.py"}),
    "Actions.digest_card": ("draws a channel's own list", {"bot/app.py"}),
    "Actions.proof_card": ("is drawn for the owner of the action, who may see it anywhere", {"bot/app.py"}),
    "Rounds.card": ("draws a call's own card", {"bot/app.py"}),
    "Proposals.standing": ("draws a retro's own card", {"bot/app.py"}),
}
"""These are not told who reads, so they give whatever is of this workspace and not deleted; hence who may ask them."""

SEES = {
    **dict.fromkeys(("Retros.edit", "Retros.edited"), "mine"),
    **dict.fromkeys(("Retros.clicked", "Retros.show", "Retros.find", "Retros.history"), "open"),
    **dict.fromkeys(("Retros.listing", "Retros.listing by version", "Retros.listing by name"), "open"),
    **dict.fromkeys(("Finder.search", "Finder.begin", "Finder.offered", "Finder.offered anew"), "open"),
    **dict.fromkeys(("Actions.listing", "Actions.again everything"), "mine"),
    **dict.fromkeys(("Actions.listing by version", "Actions.listing by name"), "open"),
    **dict.fromkeys(("Actions.again of a retro", "Actions.again by version", "Actions.again by name"), "open"),
    **dict.fromkeys(("Actions.again below a digest", "Actions.again below a card"), "mine"),
    **dict.fromkeys(("Actions.earlier of the person", "Actions.earlier of all readers"), "open"),
    **dict.fromkeys(("Actions.to_carry", "Actions.to_carry elsewhere", "Actions.clicked"), "mine"),
    **dict.fromkeys(("Actions.done", "Actions.reopen", "Actions.snooze", "Actions.hand_over"), "mine"),
    **dict.fromkeys(("Actions.digest_card", "Actions.proof_card", "DigestFeed.messages"), "mine"),
    **dict.fromkeys(("Rounds.get", "Rounds.take_over", "Rounds.answer", "Rounds.card"), "mine"),
    **dict.fromkeys(("Proposals.ask", "Proposals.look", "Proposals.standing"), "mine"),
    **dict.fromkeys(("Records.retros", "Records.retros by name", "Records.retros by version"), "open"),
    **dict.fromkeys(("Records.retros by kind and cause",), "open"),
    "Records.took_part": "mine",
}
"""What Zoe does see, and of which retro; so each way is seen to lead somewhere."""

PROVEN_ELSEWHERE = {
    "Retros.deleted": "gives a number, a person and a day",
    "Retros.delete": "gives it to its author: tests/test_retros_service.py",
    **dict.fromkeys(("Retros.post_again", "Rounds.post_again"), "give a channel: tests/leaks_requests.py"),
    **dict.fromkeys(("Retros.seen", "Rounds.seen", "Retros.forget_draft"), "give nothing"),
    "Retros.is_public": "gives a channel",
    "Retros.draft": "gives a person's own words",
    "Finder.guess": "gives a word of what may be read: tests/test_retros_search.py",
    "Finder.offer": "gives what only the asker may see: tests/test_retros_search.py",
    "Actions.mine": "gives what is the owner's: the test of owners",
    "Actions.cards_of": "names cards",
    **dict.fromkeys(("Actions.carry_over", "Actions.proved", "Rounds.close"), "change: tests/leaks_requests.py"),
    **dict.fromkeys(("Actions.digest", "Actions.set_digest"), "give a day"),
    **dict.fromkeys(("Rounds.open", "Rounds.mine", "Rounds.own"), "give a number, or one's own words"),
    "Rounds.drop": "gives a call to whoever answered it: tests/leaks_requests.py",
    "Rounds.answers": "gives them to the facilitator: tests/leaks_requests.py",
    **dict.fromkeys(("Proposals.accept", "Proposals.decline"), "are an admin's: tests/leaks_requests.py"),
    "Proposals.propose": "gives what was proposed: tests/leaks_requests.py",
    **dict.fromkeys(("Records.stats", "Records.gaps"), "count what is the channel's own"),
}
"""Why a way leads to no word that Zoe could read."""


def _version(of: Secret) -> Named:
    return of.retro.words.named or SYSTEM


def _but_typed(of: Secret, told: object) -> str:
    """Leave out what a person named themselves, and is told again."""
    return repr(told).replace(str(_version(of)), "")


def _offered_anew(world: World, *texts: str) -> list[list[Offer]]:
    """Have a card for each text offer what is like it; give what the asker hears, and what the cards then show."""
    finder, place = world.coach.finder, {"channel": HERE, "named": SYSTEM}
    cards = {replace(world.run, subject=10**9 + n): text for n, text in enumerate(texts)}
    told = [finder.offer(card, text, user=ZOE.user, **place) for card, text in cards.items()]
    return told + [finder.offered(card, HERE) for card in cards]


def _exported(world: World, wanted: Wanted) -> list[str]:
    return [export.write(world.coach.records.retros(wanted, **WHERE), form) for form in ("csv", "json", "md")]


def _digests(world: World, workspace: str, channel: str) -> list[Delivery]:
    planned = world.coach.outbox.listing(workspace, ["ready"])
    return [one for one in planned if one.kind == "digest" and one.channel == channel]
