"""Deliveries as whoever runs the server reads them."""

from collections.abc import Iterator

from bot.outbox.model import Delivery, State
from bot.outbox.service import Outbox

_GROUPS: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("Waiting for a person: did it arrive?", ("held",)),
    ("Not confirmed yet; looked up by the next pass", ("sending", "unknown")),
    ("Due or planned", ("ready",)),
    ("Refused by Slack", ("refused",)),
    ("Skipped", ("skipped",)),
    ("Sent", ("sent",)),
)


def lines(outbox: Outbox, workspace: str | None, limit: int) -> Iterator[str]:
    """Give a line per delivery, what needs a person first."""
    for stopped, code in outbox.troubles().items():
        yield f"Stopped: workspace {stopped} ({code}). Mend the token; aipm doctor tells how."
    empty = True
    for heading, states in _GROUPS:
        found = outbox.listing(workspace, states, limit)
        if found:
            empty = False
            yield f"{heading}:"
            yield from (f"  {_line(one)}" for one in found)
    if empty:
        yield "Nothing is planned and nothing was posted yet. Subscribe a channel with /aipm learn subscribe."


def _line(one: Delivery) -> str:
    why = f"  {one.error}" if one.error else ""
    tries = f"  attempt {one.attempt}" if one.attempt > 1 else ""
    where = f"{one.workspace} {one.channel}"
    return f"{one.due:%Y-%m-%d %H:%M} UTC  {one.kind} {one.subject}  {where}  {one.state}{tries}{why}  {one.id[:8]}"
