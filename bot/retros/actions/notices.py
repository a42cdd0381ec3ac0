"""What the coach posts of actions: the weekly list of what is overdue, and whether a proof held after a month."""

from bot.blocks import Block, Message, actions, button, context, esc, evidence, paragraphs, person, quote, section
from bot.retros.actions.model import FAILED, HELD, Digest, Place, Setting
from bot.retros.actions.views import LONG, SHORT, controls, flat, headline, many, proven, when
from bot.retros.model import Action

HOLDS = "actions.holds"
FAILS = "actions.fails"
SWITCH = "actions.switch"
ON, OFF = "on", "off"

DIGESTED = 15
"""Actions that one list shows: each takes two of Slack's 50 blocks."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DONE_SHOWN = 10


# The weekly digest


def digest(of: Digest) -> Message:
    """Show a channel what of its actions is overdue; whoever owns some is told by one message a week."""
    if not of.overdue:
        text = "Nothing on this list is overdue any more."
        return Message(text, [section(f"🎉 *{text}*"), *_digest_done(of), _foot(of)])
    head = f"{many(len(of.overdue), 'action')} {'is' if len(of.overdue) == 1 else 'are'} overdue"
    blocks = [
        section(f"*{head}*\nFrom the retros of this channel. What is done needs a note or a link that proves it.")
    ]
    for one in of.overdue[:DIGESTED]:
        blocks.append(section(f"{headline(one)}\n{when(one, of.today)} · {person(one.owner)} · retro {one.number}"))
        blocks.append(controls(one, Place("digest", of.setting.id)))
    more = len(of.overdue) - DIGESTED
    left = [context(f"… and {more} more: `/aipm actions` shows them all.")] if more > 0 else []
    return Message(f"{head} in this channel.", [*blocks, *left, *_digest_done(of), _foot(of)])


def digest_over() -> Message:
    """Say in place of an older list that there is a newer one."""
    text = "A newer list of what is overdue is further down. `/aipm actions` shows how things stand now."
    return Message(text, [section(f"_{text}_")])


def _digest_done(of: Digest) -> list[Block]:
    rows = [f"✅ {esc(flat(one.text), SHORT)} · {proven(one, of.today)}" for one in of.done[:_DONE_SHOWN]]
    more = len(of.done) - _DONE_SHOWN
    return paragraphs([*rows, *([f"… and {more} more done"] if more > 0 else [])]) if rows else []


def _foot(of: Digest) -> Block:
    asleep = f"{of.snoozed} more put off · " if of.snoozed else ""
    return context(f"{asleep}Once a week, and only if something is overdue. To change that: `/aipm actions digest`")


def setting(one: Setting, *, said: str = "") -> Message:
    """Say when a channel's digest comes, and how to change that."""
    at = f"{WEEKDAYS[one.schedule.weekday]} at {one.schedule.at:%H:%M} ({esc(one.schedule.zone)})"
    what = f"*Overdue actions* are listed here every {at}, and only if there are any."
    text = what if one.on else f"*Overdue actions* are not listed here. If you switch it on: every {at}."
    switch = button("Switch it off", SWITCH, OFF) if one.on else button("Switch it on", SWITCH, ON, style="primary")
    note = f"Another time: `/aipm actions digest monday 09:00` · looked after by {person(one.owner)}"
    blocks = [*paragraphs([*([said] if said else []), text]), actions(switch), context(note)]
    return Message(f"{said} {text}".strip(), blocks)


# Whether the proof held


def proof(one: Action) -> Message:
    """Ask an action's owner whether its proof held, or show what they answered."""
    head = f"A month ago you finished *{esc(flat(one.text), LONG)}* (retro {one.number})."
    lines = [section(_how_it_ends(one, head))]
    if one.state != "done" or not one.held:
        return Message(_how_it_ends(one, head), lines)
    lines += [section(f"What was to prove it:\n{quote(one.proof, 1200)}")] if one.proof else []
    lines += [section(f"What you gave as proof:\n{quote(one.note, 1200)}")] if one.note else []
    lines += [context(evidence(one.link))] if one.link else []
    if one.held not in {HELD, FAILED}:
        value = str(one.id)
        choices = (button("It held", HOLDS, value, style="primary"), button("It did not", FAILS, value))
        lines += [actions(*choices, block_id=f"proof~{value}"), context("I ask once. Only you see this.")]
    return Message(_how_it_ends(one, head), lines)


def _how_it_ends(one: Action, head: str) -> str:
    if one.state == "open" and one.held == FAILED:
        return f"{head} You said: *it did not hold*. It is open again, due {one.due:%d %b %Y}."
    if one.state != "done" or not one.held:
        what = f"*{esc(flat(one.text), LONG)}* (retro {one.number})"
        return f"{what} was taken up again since. A month after it is done anew I ask again."
    if one.held == HELD:
        return f"{head} You said: *it held*. Thank you: the retro shows it."
    return f"{head} Did the proof hold?"


def proof_gone() -> Message:
    """Say in place of a question that its retro was deleted."""
    text = "This question was about an action whose retro was deleted since. Nothing more to do."
    return Message(text, [section(text)])
