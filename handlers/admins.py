"""What only admins may do, asked for by somebody of whom nobody knows yet whether they are one."""

from bot.app import Coach
from bot.errors import Refused
from handlers.mishaps import sentence
from handlers.requests import Reply, Request

_ANYBODY = "Asking Slack whether you are an admin: if you are, try again in a moment."


def is_stranger(request: Request, coach: Coach) -> bool:
    """Say whether nobody knows yet if whoever asks is an admin."""
    return coach.installs.person(request.workspace, request.user) is None


def refused(request: Request, coach: Coach, error: Refused) -> Reply:
    """Refuse what only admins may do; a stranger is looked up first, and what they asked for is tried once more."""
    stranger = is_stranger(request, coach)
    said = sentence(f"{error.text} {_ANYBODY}" if stranger else error.text)
    return Reply(say=said, channel=request.channel, meet=frozenset({request.user}), retry=stranger)
