"""Every list, form and post of actions is taken by Slack, and says what it should."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import get_type_hints

import pytest

from bot.blocks import Block, Message, Modal
from bot.retros.actions import modals, notices, views
from bot.retros.actions.model import Digest, Listed, Listing, Place, place_of
from bot.retros.model import Change
from tests import catalogue_retros_actions as catalogue
from tests.catalogue import Shown
from tests.catalogue_retros_actions import SETTING, TODAY, action, listed
from tests.samples import HOSTILE, NOW
from tests.test_learning_views import told
from tests.test_views import check


def everything(text: str) -> Iterator[Shown]:
    yield from catalogue.of_lists(text)
    yield from catalogue.of_forms(text)
    yield from catalogue.of_posts(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_people_write(text: str) -> None:
    assert check(everything(text)) > 300


@pytest.mark.parametrize("text", ["&" * 300, "<\n" * 150, "word " * 60, "🧯" * 300, "*_`~" * 75])
def test_whatever_fills_a_field(text: str) -> None:
    assert check(everything(text)) > 300


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_history_is_told_in_one_line(text: str) -> None:
    shown = list(catalogue.of_history(text))
    assert len(shown) == 24
    assert check(iter(replace(one, payload={"text": one.payload["text"]}) for one in shown)) == 24
    assert not any("\n" in str(one.payload["text"]) for one in shown)


def test_every_view_is_in_the_catalogue() -> None:
    source = inspect.getsource(catalogue)
    for module in (views, modals, notices):
        made = {
            name
            for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__ and get_type_hints(one).get("return") in {Message, Modal}
        }
        used = set(re.findall(rf"{module.__name__.rpartition('.')[2]}\.(\w+)\(", source))
        assert {one for one in made if not one.startswith("_")} <= used, module.__name__


def ids(blocks: list[Block]) -> list[str]:
    return [one["action_id"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


def listing(*mine: Listed, others: tuple[Listed, ...] = (), about: str = "") -> Listing:
    return Listing(TODAY, Place("all"), about, mine, others)


def test_an_empty_list_says_how_actions_come_to_be() -> None:
    empty = told(views.listing(listing()))
    assert "No open actions here, and none of yours anywhere." in empty
    assert "`/aipm retro`" in empty
    assert "No open actions for *Fraud model* that you may see here." in told(
        views.listing(listing(about="Fraud model"))
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "due today"),
        ({"due": TODAY + timedelta(days=3)}, "due 5 Mar"),
        ({"due": date(2027, 1, 2)}, "due 2 Jan 2027"),
        ({"due": TODAY - timedelta(days=1)}, "🔴 was due 1 Mar, 1 day overdue"),
        ({"due": TODAY - timedelta(days=9)}, "🔴 was due 21 Feb, 9 days overdue"),
        (
            {"due": TODAY - timedelta(days=9), "snoozed_until": TODAY + timedelta(days=1)},
            "💤 put off to 3 Mar, was due 21 Feb",
        ),
        (
            {"due": TODAY - timedelta(days=9), "snoozed_until": TODAY - timedelta(days=2)},
            "🔴 was due 21 Feb, 2 days overdue",
        ),
        ({"state": "done", "done_at": NOW, "note": "On\npage 3."}, "done 2 Mar · _On page 3._"),
    ],
)
def test_a_row_says_by_when(more: dict[str, object], said: str) -> None:
    assert views.when(action(**more), TODAY) == said


def test_of_a_retro_that_one_may_not_read_only_the_number_is_named() -> None:
    secret = action(channel="CSECRET", system="Secret model")
    hidden = told(views.listing(listing(Listed(secret, seen=False))))
    assert "retro 12" in hidden
    assert "CSECRET" not in hidden
    assert "Secret model" not in hidden
    assert "Secret model" in told(views.listing(listing(Listed(secret))))


def test_only_who_may_change_an_action_gets_buttons() -> None:
    one = Listed(action())
    assert ids(list(views.listing(listing(one)).blocks)) == [views.DONE, views.SNOOZE, views.MORE]
    assert ids(list(views.listing(listing(replace(one, may=False))).blocks)) == []
    done = Listed(action(state="done", done_at=NOW))
    assert ids(list(views.listing(listing(done)).blocks)) == [views.REOPEN]


def test_a_long_list_has_pages_that_miss_nothing() -> None:
    every = [replace(one, may=True) for one in listed("Do it")] * 2
    every = [replace(one, action=replace(one.action, id=number)) for number, one in enumerate(every, 1)]
    seen, place, turns = [], Place("all"), 0
    while turns < 9:
        message = views.listing(Listing(TODAY, place, "", tuple(every[:25]), tuple(every[25:])))
        seen += re.findall(r'"block_id": "action~([0-9]+)"', json.dumps(message.payload()))
        turns += 1
        rows = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
        following = [one["value"] for one in rows if one["action_id"] == views.NEXT]
        if not following:
            break
        place = place_of(following[0])
    assert [int(one) for one in seen] == list(range(1, 61))
    assert turns == 4


def test_a_digest_mentions_owners_in_what_is_posted_and_not_in_its_notification() -> None:
    message = notices.digest(Digest(SETTING, TODAY, (action(due=TODAY - timedelta(days=2)),)))
    assert message.text == "1 action is overdue in this channel."
    assert "<@UBEN>" in told(message)


def test_what_a_digest_leaves_out_is_counted() -> None:
    late = tuple(action(id=number, due=TODAY - timedelta(days=2)) for number in range(17))
    assert "… and 2 more" in told(notices.digest(Digest(SETTING, TODAY, late)))


def test_a_question_is_asked_with_what_was_to_prove_it() -> None:
    one = action(state="done", done_at=NOW, held="asked", proof="The table", note="Page 3.")
    asked = notices.proof(one)
    assert ids(list(asked.blocks)) == [notices.HOLDS, notices.FAILS]
    assert "> The table" in told(asked)
    assert "> Page 3." in told(asked)
    for held, state, said in (("yes", "done", "it held"), ("no", "open", "it did not hold"), ("", "done", "again")):
        answered = notices.proof(replace(one, held=held, state=state))
        assert ids(list(answered.blocks)) == []
        assert said in told(answered)


def test_what_happened_is_told() -> None:
    change = Change(NOW, "UANA", "handed over", {"owner": "UBEN"}, {"owner": "UCLEO", "text": "Add a table"})
    assert views.told(change) == "<@UANA> handed _Add a table_ over to <@UCLEO>"
    assert views.told(replace(change, what="edited")) is None


def test_what_can_be_carried_over_is_at_most_ten() -> None:
    some = [action(id=number) for number in range(30)]
    assert len(modals.carry_choices(some)["element"]["options"]) == 10
    form = json.dumps(modals.carry_over(some, 1, "CHERE").payload(), ensure_ascii=False)
    assert '… and 20 more, which stay where they are."' in form
