"""What the coach says when a card could not be put where it belongs."""

from bot.blocks import Message, actions, button, context, section
from bot.delivery.model import Card

POST_AGAIN = "card.post_again"

_REASONS = {
    "is_archived": "This channel is archived. Unarchive it, or run the command in another channel.",
    "not_in_channel": "I am not in this channel. Type `/invite @aipm`, then run the command again.",
    "channel_not_found": "I am not in this channel. Type `/invite @aipm`, then run the command again.",
    "restricted_action": "This channel does not let me post. Ask its managers, or use another channel.",
}


# Whose card it is, and where its content is found without one.
_KEPT = {
    "retro": "Your retro is saved: `/aipm retro list` finds it.",
    "round": "Your call for answers is saved: `/aipm retro collect` shows it.",
}
_KEPT_RUN = "Your checklist is saved: `/aipm checklists` finds it."
_TOUCH = {"retro": "press *⋯ History* on it", "round": "press *Answer* on it"}


def _notice(text: str) -> Message:
    return Message(text, [section(text)])


def invite_me() -> Message:
    """Say how the card becomes a lasting one."""
    return _notice(
        "I am not in this channel, so this card only follows clicks made in the next 30 minutes. "
        "Type `/invite @aipm` and then *⋯ Post the card again* for one that stays up to date. Nothing is lost."
    )


def refused(code: str, kind: str = "run") -> Message:
    """Say why there is no card, and what to do."""
    reason = _REASONS.get(code, f"Slack did not take the card ({code}).")
    return _notice(f"{reason} {_KEPT.get(kind, _KEPT_RUN)}")


def token_is_dead(kind: str = "run") -> Message:
    """Say that an administrator is needed."""
    return _notice(
        f"Slack no longer accepts my token, so I cannot post the card. {_KEPT.get(kind, _KEPT_RUN)} "
        "Ask whoever runs me to run `aipm doctor`; the card follows by itself."
    )


def moved() -> Message:
    """Stand where a card was that has been posted again."""
    text = "This card has moved: its newer copy is further down in this channel."
    return Message(text, [context(text)])


def held(card: Card) -> Message:
    """Ask the person whether a card arrived."""
    touch = _TOUCH.get(card.key.kind, "tick anything on it")
    text = (
        f"I lost touch with Slack while posting your card. If you see it, {touch} and I pick it up. "
        "If not, post it again."
    )
    again = button("Post it again", POST_AGAIN, f"{card.key.kind}:{card.key.subject}")
    return Message(text, [section(text), actions(again)])
