"""Who reads: what `seen_by` asks of a person and a place."""

from datetime import datetime

from bot.database import Transaction
from bot.installs import store as installs
from bot.retros.model import Viewer


def viewer_of(tx: Transaction, workspace: str, channel: str, user: str, now: datetime) -> Viewer:
    """Give who reads, with what is known of the workspace's channels now; without a user all readers of the channel."""
    return Viewer(workspace, channel, frozenset(installs.public_channels(tx, workspace, now)), user)
