"""What a click tells or asks of a card, on a real database."""

import pytest

from bot.database import Database
from bot.delivery import clicks, store
from bot.delivery.model import Card, Key
from tests.samples import ANA, BEN, HERE, THERE

CARD = Key("T1", "retro", 7)


@pytest.fixture
def database(database: Database) -> Database:
    """A database with a card that Ana asked for and that is to be posted here."""
    with database.write() as tx:
        store.add(tx, CARD, HERE, "UANA")
    return database


def card(database: Database) -> Card:
    with database.read() as tx:
        found = store.find(tx, CARD)
    assert found
    return found


def settle(database: Database, **values: object) -> None:
    with database.write() as tx:
        store.settle(tx, CARD, values)


@pytest.mark.parametrize("state", ["sending", "unknown", "held"])
def test_a_click_proves_that_a_card_is_there(database: Database, state: str) -> None:
    settle(database, state=state)
    clicks.seen(database, CARD, "")
    assert card(database).state == state
    clicks.seen(database, CARD, "1.2")
    assert (card(database).state, card(database).ts) == ("sent", "1.2")


@pytest.mark.parametrize("state", ["sent", "ready", "refused"])
def test_a_click_changes_nothing_of_a_card_that_is_settled_or_to_be_posted(database: Database, state: str) -> None:
    settle(database, state=state, ts="1.2")
    before = card(database)
    clicks.seen(database, CARD, "3.4")
    clicks.seen(database, Key("T1", "retro", 8), "3.4")
    assert card(database) == before


def test_a_card_is_asked_for_in_its_channel_or_by_whoever_asked_for_it_before(database: Database) -> None:
    with database.read() as tx:
        asked = [
            clicks.may_post_again(tx, CARD, HERE, by=by, channel=channel)
            for by in (ANA, BEN)
            for channel in (HERE, THERE)
        ]
        assert asked == [True, True, True, False]
        nowhere = Key("T1", "retro", 8)
        assert not clicks.may_post_again(tx, nowhere, HERE, by=ANA, channel=THERE)


def test_a_card_that_is_posted_again_names_the_one_that_it_replaces(database: Database) -> None:
    settle(database, state="sent", ts="1.2")
    for replaced in ("1.2", None):
        with database.write() as tx:
            assert clicks.post_again(tx, CARD, HERE, by=BEN) == (HERE, replaced)
        assert (card(database).state, card(database).ts, card(database).asked_by) == ("ready", None, "UBEN")
