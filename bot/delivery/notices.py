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


def _notice(text: str) -> Message:
    return Message(text, [section(text)])


def invite_me() -> Message:
    """Say how the card becomes a lasting one."""
    return _notice(
        "I am not in this channel, so this card only follows clicks made in the next 30 minutes. "
        "Type `/invite @aipm` and then *⋯ Post the card again* for one that stays up to date. Nothing is lost."
    )


def refused(code: str) -> Message:
    """Say why there is no card, and what to do."""
    reason = _REASONS.get(code, f"Slack did not take the card ({code}).")
    return _notice(f"{reason} Your checklist is saved: `/aipm checklists` finds it.")


def token_is_dead() -> Message:
    """Say that an administrator is needed."""
    return _notice(
        "Slack no longer accepts my token, so I cannot post the card. Your checklist is saved. "
        "Ask whoever runs me to run `aipm doctor`; the card follows by itself."
    )


def moved() -> Message:
    """Stand where a card was that has been posted again."""
    text = "This card has moved: its newer copy is further down in this channel."
    return Message(text, [context(text)])


def held(card: Card) -> Message:
    """Ask the person whether a card arrived."""
    text = (
        "I lost touch with Slack while posting your card. If you see it, tick anything on it and I pick it up. "
        "If not, post it again."
    )
    return Message(text, [section(text), actions(button("Post it again", POST_AGAIN, str(card.key.subject)))])
