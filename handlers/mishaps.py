"""What went wrong, in words for the person who waits."""

import secrets
from collections.abc import Callable

import structlog

from bot.blocks import Message, section
from bot.errors import AlreadyDone, Refused
from bot.slack import Declined, SlackError
from handlers.requests import Reply

_UNSURE = "Slack did not answer me just now. If nothing has happened, please try again in a minute."
NOT_DRAWN = "I could not draw the picture this time. Please ask again in a minute."
_log = structlog.get_logger()


def sentence(text: str) -> Message:
    """Make a message of one sentence."""
    return Message(text, [section(text)])


def told(work: Callable[[], Reply]) -> Reply:
    """Do the work, and give its reply; whatever goes wrong becomes a sentence."""
    try:
        return work()
    except AlreadyDone:
        return Reply()
    except Refused as error:
        return Reply(say=sentence(error.text))
    except Exception:  # noqa: BLE001 - the last resort: nobody else would tell the person
        return Reply(say=sentence(unexpected()))


def unexpected() -> str:
    """Log the exception under a reference, and say that."""
    reference = secrets.token_hex(3).upper()
    _log.exception("handler broke", reference=reference)
    return (
        f"Something went wrong on my side (reference {reference}). Please try again; if it stays, tell whoever runs me."
    )


def why(error: SlackError) -> str:
    """Say what Slack's refusal means for the person."""
    if isinstance(error, Declined) and (error.token_is_dead or error.code == "missing_scope"):
        return f"Slack refuses me ({error.code}). Ask whoever runs me to run `aipm doctor`; trying again will not help."
    return _UNSURE
