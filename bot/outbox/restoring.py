"""What a database that was put back from a copy needs before anything is posted from it."""

from bot.delivery import store as cards
from bot.delivery.model import Key
from bot.outbox import store
from bot.outbox.service import Outbox


def doubt(outbox: Outbox) -> int:
    """Have all that was due by now looked for in Slack before it is posted; give how much that is.

    The copy does not know what was posted after it was made. What is due is planned first: a delivery has the same
    id whenever it is planned, so that its post is found by it.
    """
    now = outbox.now()
    outbox.plan(now)
    with outbox.database.write() as tx:
        doubted = store.doubt(tx, now)
        redrawn = [one for one in doubted if one.kind in outbox.kinds and outbox.kinds[one.kind].redrawn]
        cards.prepare(
            outbox.database,
            tx,
            [(Key(one.workspace, one.kind, one.subject), one.channel, one.owner) for one in redrawn],
        )
        for one in redrawn:
            # What is found was drawn by rows that are lost: its buttons carry their ids until it is drawn anew.
            cards.touch(tx, Key(one.workspace, one.kind, one.subject))
    return len(doubted)
