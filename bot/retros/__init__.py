"""Retrospectives: logged, found again when they matter, with actions that do not die."""

FROM_MESSAGE = "retro.from_message"


def shortcuts() -> tuple[dict[str, str], ...]:
    """Give the message shortcuts of this room, as the manifest wants them; a name has 24 characters at most."""
    return (
        {
            "name": "Start a retro from this",
            "type": "message",
            "callback_id": FROM_MESSAGE,
            "description": "Open the three questions with this message as the beginning of the first answer",
        },
    )
