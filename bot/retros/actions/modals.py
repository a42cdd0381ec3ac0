"""The forms of actions: done with a proof, put off to a day, handed over, carried over."""

import json
from collections.abc import Collection, Sequence

from bot.blocks import FIELD, Block, Modal, ask, checkboxes, context, day, esc, option, people, quote, section, writing
from bot.retros.actions.model import Place
from bot.retros.model import PROOF_LIMIT, Action

FINISHING = "actions.done_form"
PUTTING_OFF = "actions.until_form"
HANDING = "actions.hand_form"
CARRYING = "actions.carry_form"

CARRIED = "carry"
"""The block in which somebody chooses what to carry over, in this form and in that of a retro."""

_CHOICES = 10
_LINK = 2000


def done(one: Action, place: Place, channel: str) -> Modal:
    """Ask what proves that an action is done."""
    wanted = [section(f"What was to prove it:\n{quote(one.proof, 1200)}")] if one.proof else []
    blocks = [
        _about(one),
        *wanted,
        ask(
            "What proves it?",
            writing(FIELD, limit=PROOF_LIMIT, lines=True),
            "note",
            hint="A sentence that somebody can check in a year. This or a link is enough.",
            optional=True,
        ),
        ask(
            "Or a link",
            writing(FIELD, limit=_LINK),
            "link",
            hint="A report, a dashboard, a merged change",
            optional=True,
        ),
    ]
    return Modal("Done", blocks, FINISHING, "Mark it done", "Cancel", _meta(one, place, channel))


def until(one: Action, place: Place, channel: str, today: str) -> Modal:
    """Ask to which day an action is put off."""
    hint = "Until then it is in no list of what is overdue."
    blocks = [_about(one), ask("Put off to", day(FIELD, today), "until", hint=hint)]
    return Modal("Snooze", blocks, PUTTING_OFF, "Snooze", "Cancel", _meta(one, place, channel))


def hand_over(one: Action, place: Place, channel: str) -> Modal:
    """Ask who sees to an action from now on."""
    hint = "They find it with `/aipm actions`. I send them nothing now, so tell them yourself."
    blocks = [_about(one), ask("To whom?", people(FIELD), "to", hint=hint.replace("`", ""))]
    return Modal("Hand over", blocks, HANDING, "Hand over", "Cancel", _meta(one, place, channel))


def _about(one: Action) -> Block:
    return section(f"*{esc(' '.join(one.text.split()), 1200)}*\nRetro {one.number} · due {one.due:%d %b %Y}")


def _meta(one: Action, place: Place, channel: str) -> str:
    return json.dumps({"action": one.id, "place": str(place), "channel": channel})


def carry_over(some: Sequence[Action], retro: int, channel: str) -> Modal:
    """Ask which actions of earlier retros to carry over into one that was logged."""
    meta = json.dumps({"retro": retro, "channel": channel})
    more = len(some) - _CHOICES
    left = [context(f"… and {more} more, which stay where they are.")] if more > 0 else []
    return Modal("Carry over", [carry_choices(some), *left], CARRYING, "Carry over", "Cancel", meta)


def carry_choices(some: Sequence[Action], ticked: Collection[int] = (), name: str = CARRIED) -> Block:
    """Give the boxes by which open actions of earlier retros are chosen: at most ten, those ticked that were before."""
    options = [
        option(" ".join(one.text.split()), str(one.id), f"Retro {one.number}, due {one.due:%d %b %Y}")
        for one in some[:_CHOICES]
    ]
    hint = "They move into this retro and keep their owners. One whose day has passed is due in two weeks."
    chosen = [box for box, one in zip(options, some, strict=False) if one.id in ticked]
    boxes = checkboxes(FIELD, options, chosen)
    return ask("Still open from before: carry over", boxes, name, hint=hint, optional=True)
