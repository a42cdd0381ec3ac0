"""What the coach tells an owner about a delivery, in a direct message."""

from bot.blocks import Message, actions, button, section
from bot.outbox.model import RESTORED, Delivery

ARRIVED = "delivery.arrived"
AGAIN = "delivery.again"

_NAMES = {
    "lesson": "the weekly prompt",
    "discussion": "the question of the week",
    "digest": "the list of overdue actions",
}
_DIRECT = {"review": "a question for you", "proof": "a question about an action of yours"}
_REASONS = {
    "is_archived": "The channel is archived. Unarchive it, then type `{back}` there.",
    "not_in_channel": "I am not in it. Type `/invite @aipm` there, then `{back}`.",
    "channel_not_found": "I cannot see it. Type `/invite @aipm` there, then `{back}`.",
    "restricted_action": "It does not let me post. Ask its managers to allow it, then type `{back}` there.",
}


def _what(one: Delivery) -> str:
    if one.kind in _DIRECT:
        return f"{_DIRECT[one.kind]} in our direct message"
    return f"{_NAMES.get(one.kind, 'a message')} in <#{one.channel}>"


def refused(one: Delivery, code: str) -> Message:
    """Say why a post did not come about, and how to mend it."""
    back = "/aipm actions digest on" if one.kind == "digest" else "/aipm learn resume"
    known = _REASONS.get(code, "").format(back=back)
    reason = known or f"Slack did not take it ({code}). Ask whoever runs me to run `aipm deliveries`."
    text = f"I could not post {_what(one)}. {reason}"
    return Message(text, [section(text)])


def held(one: Delivery) -> Message:
    """Ask whether a post arrived."""
    trouble = (
        f"My records were put back from a backup: perhaps I have posted {_what(one)}, and I may not look."
        if one.error == RESTORED
        else f"I lost touch with Slack while posting {_what(one)}, and I may not read that channel."
    )
    text = f"{trouble} Please look: did it arrive?"
    choices = actions(button("It arrived", ARRIVED, one.id, style="primary"), button("Post again", AGAIN, one.id))
    return Message(text, [section(text), choices])
