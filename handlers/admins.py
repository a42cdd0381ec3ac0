"""What only admins may do, asked for by somebody of whom nobody knows yet whether they are one."""

from collections.abc import Callable

from bot.app import Coach
from bot.errors import NotAnAdmin, NotYourRetro, NotYours
from handlers.mishaps import sentence
from handlers.requests import Reply, Request

_ANYBODY = "Asking Slack whether you are an admin: if you are, try again in a moment."


def is_stranger(request: Request, coach: Coach) -> bool:
    """Say whether nobody knows if whoever asks is an admin, or not for sure any more."""
    return coach.installs.is_admin(request.workspace, request.user) is None


def only(request: Request, coach: Coach, work: Callable[[], Reply]) -> Reply:
    """Do what admins may do; a stranger is looked up first, and what they asked for is tried once more."""
    try:
        return work()
    except (NotAnAdmin, NotYourRetro, NotYours) as error:
        stranger = is_stranger(request, coach)
        said = sentence(f"{error.text} {_ANYBODY}" if stranger else error.text)
        return Reply(say=said, channel=request.channel, meet=frozenset({request.user}), retry=stranger)
