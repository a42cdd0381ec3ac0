"""What an owner says of a post that nobody could confirm."""

from bot.app import Coach
from bot.blocks import Message, section
from bot.outbox import notices
from handlers.requests import Reply, Request
from handlers.routes import routes

_NOTED = "Noted: it arrived. Nothing is posted again."
_AGAIN = "I post it again now."


def _said(text: str) -> Message:
    return Message(text, [section(text)])


@routes.action(notices.ARRIVED)
def arrived(request: Request, coach: Coach) -> Reply:
    """Take the owner's word that the post is there."""
    coach.outbox.resolve(request.workspace, request.action.value, arrived=True)
    return Reply(say=_said(_NOTED))


@routes.action(notices.AGAIN)
def again(request: Request, coach: Coach) -> Reply:
    """Post what did not arrive."""
    coach.outbox.resolve(request.workspace, request.action.value, arrived=False)
    return Reply(say=_said(_AGAIN), deliver=True)
