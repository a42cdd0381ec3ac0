"""Everything that people can be shown of actions: each state of each, in every list, form and post."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from bot.blocks import Message, actions, clean
from bot.retros.actions import modals, notices, views
from bot.retros.actions.model import ASKED, FAILED, HELD, Digest, Listed, Listing, Place, Setting
from bot.retros.model import Action, Change
from bot.schedule import Schedule
from tests.catalogue import EVIDENCE, LONG_EVIDENCE, Shown, shown
from tests.samples import HERE, NOW

TODAY = NOW.date()
SETTING = Setting(10**17, "T1", HERE, Schedule(0, time(9), "America/Argentina/Buenos_Aires"), "UANA")
PLACES = (Place("all"), Place("version", 10**17), Place("name", 7, 3), Place("retro", 10**17))
KINDS = ("done", "reopened", "snoozed", "handed over", "carried", "carried in", "held", "not held", "edited", "deleted")


def action(text: str = "Add a table by country", **more: Any) -> Action:  # noqa: ANN401 - fields of any type
    """Give an action as the database would."""
    return Action(
        **{
            "id": 10**17,
            "workspace": "T1",
            "retro": 10**16,
            "number": 12,
            "channel": HERE,
            "system": "Fraud model v3",
            "text": text,
            "owner": "UBEN",
            "due": TODAY,
            "proof": "",
            "state": "open",
            "created_at": NOW,
            **more,
        }
    )


def states(text: str) -> list[Action]:
    """Give an action in every state, with all that people may have written."""
    text = (clean(text) or "x")[:300]
    said = {"proof": text, "note": text}
    done = action(text, state="done", done_at=NOW, **said)
    some = [
        action(text, **said),
        action(text, due=TODAY - timedelta(days=1)),
        action(text, due=TODAY - timedelta(days=400)),
        action(text, due=TODAY + timedelta(days=400)),
        action(text, due=TODAY - timedelta(days=9), snoozed_until=TODAY + timedelta(days=3)),
        action(text, system=(text * 9)[:241]),
        done,
        replace(done, link=EVIDENCE),
        replace(done, link=LONG_EVIDENCE, note=(text * 9)[:1000]),
        replace(done, note="", link=EVIDENCE, done_at=NOW - timedelta(days=400)),
    ]
    return [replace(one, id=one.id + number) for number, one in enumerate(some)]


def listed(text: str) -> list[Listed]:
    """Give them as people with more or fewer rights have them."""
    every = [
        replace(Listed(one), seen=seen, may=may)
        for one in states(text)
        for seen, may in ((True, True), (False, True), (True, False))
    ]
    return [replace(one, action=replace(one.action, id=number)) for number, one in enumerate(every, 1)]


def of_lists(text: str) -> Iterator[Shown]:
    """Show lists of every length, from everywhere, and what follows a retro or a start."""
    every = tuple(listed(text))
    about = (clean(text) or "x").replace("\n", " ")[:240]
    for place in PLACES:
        for named in ("", about):
            for mine, others in (((), ()), (every[:3], ()), ((), every), (every, ()), (every[:15], every[15:])):
                for page in range(3):
                    of = Listing(TODAY, replace(place, page=page), named, mine, others)
                    yield shown(f"list {place} {bool(named)} {len(mine)} {page}", views.listing(of, said="✓ Done."))
    for count in (1, 2, 5, 6, 30):
        of = Listing(TODAY, Place("name", 7), about, every[:count])
        yield shown(f"{count} still open", views.still_open(of))
        yield shown(f"{count} on a page", Message("Owed", views.owed(every[:count], TODAY) or actions_of_a_card()))
        some = [one.action for one in every[:count]]
        yield shown(f"{count} to carry", views.offer_to_carry(some, 10**17, TODAY))
        yield shown(f"{count} to choose", modals.carry_over(some, 10**17, HERE))
    yield shown("card button", Message("Card", actions_of_a_card()))


def actions_of_a_card() -> list[Any]:
    return [actions(views.card_button(10**17))]


def of_forms(text: str) -> Iterator[Shown]:
    """Show the forms of an action in every state."""
    for one in states(text):
        for place in (*PLACES, Place("digest", 10**17)):
            name = f"{one.id} {place}"
            yield shown(f"done {name}", modals.done(one, place, HERE))
            yield shown(f"until {name}", modals.until(one, place, HERE, TODAY.isoformat()))
            yield shown(f"hand over {name}", modals.hand_over(one, place, HERE))


def of_posts(text: str) -> Iterator[Shown]:
    """Show digests of every length, when they come, and the question after a month with every answer."""
    some = [replace(one, id=number) for number in range(40) for one in states(text)[1:3]]
    late = tuple(replace(one, id=number) for number, one in enumerate(some))
    done = tuple(states(text)[6:])
    for count in (0, 1, 2, 15, 16, 80):
        for proven, asleep in (((), 0), (done[:1], 1), (done * 4, 12)):
            yield shown(f"digest {count}", notices.digest(Digest(SETTING, TODAY, late[:count], proven, asleep)))
    yield shown("digest over", notices.digest_over())
    for on in (True, False):
        yield shown(f"digest {on}", notices.setting(replace(SETTING, on=on)))
        yield shown(f"digest {on} now", notices.setting(replace(SETTING, on=on), said="✓ Saved."))
    for one in states(text):
        for held in ("", ASKED, HELD, FAILED):
            proof = (clean(text) or "x")[:1000]
            yield shown(f"proof {one.state} {held}", notices.proof(replace(one, held=held, proof=proof)))
    yield shown("proof gone", notices.proof_gone())


def of_history(text: str) -> Iterator[Shown]:
    """Tell every change of an action."""
    text = clean(text) or "x"
    for kind in KINDS:
        for link in ("", EVIDENCE, LONG_EVIDENCE):
            after = {"text": text[:300], "note": text[:1000], "link": link, "owner": "UBEN"}
            after["snoozed_until"] = date(2026, 3, 9).isoformat()
            told = views.told(Change(NOW, "UANA", kind, {}, after))
            if told:
                yield shown(f"told {kind}", Message(told, []))
