"""What a click tells or asks of a card, whatever the card shows."""

from bot.database import Actor, Database, Transaction
from bot.delivery import store
from bot.delivery.model import Key


def seen(database: Database, key: Key, ts: str) -> None:
    """Take a click on a card for proof that it is there, should nobody have confirmed it."""
    with database.read() as tx:
        card = store.find(tx, key)
    if card and ts and card.state in {"sending", "unknown", "held"}:
        with database.write() as tx:
            store.touch(tx, key, ts)


def may_post_again(tx: Transaction, key: Key, home: str, *, by: Actor, channel: str) -> bool:
    """Let a card be asked for anew in its channel, and anywhere by whoever asked for the card that is not there."""
    card = store.find(tx, key)
    return home == channel or (card is not None and card.asked_by == by.user)


def post_again(tx: Transaction, key: Key, home: str, *, by: Actor) -> tuple[str, str | None]:
    """Have a card posted anew in its channel; give the channel and the ts of the card that it replaces."""
    old = store.find(tx, key)
    store.move(tx, key, home, by.user)
    return home, old.ts if old and old.state == "sent" else None
