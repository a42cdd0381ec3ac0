"""Checklists that a team works through together, and the record that is kept of them."""

TO_TIMELINE = "response.add_message"


def shortcuts() -> tuple[dict[str, str], ...]:
    """Give the message shortcuts of this room, as the manifest wants them; a name has 24 characters at most."""
    about = "Add this message to the timeline of an open drift-response"
    return (
        {
            "name": "Add to drift timeline",
            "type": "message",
            "callback_id": TO_TIMELINE,
            "description": about,
        },
    )
