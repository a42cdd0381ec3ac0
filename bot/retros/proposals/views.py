"""What people see of proposed checklist items: the form, and what stands on the retro's card."""

import json
from collections.abc import Sequence

from bot.blocks import (
    FIELD,
    Block,
    Element,
    Message,
    Modal,
    Option,
    actions,
    ask,
    button,
    checkboxes,
    clip,
    confirm,
    context,
    esc,
    grouped,
    moment,
    option,
    paragraphs,
    person,
    radio,
    section,
    writing,
)
from bot.retros.model import CAUSES, Cause
from bot.retros.proposals.model import LEVELS, Asking, Proposal, Told, Use
from bot.schema import HINT_LIMIT, PROSE_LIMIT, TITLE_LIMIT, Checklist

PROPOSE = "retro.propose"
PROPOSING = "retro.propose_form"
LOOK = "retro.look_at_item"
ACCEPT = "retro.accept_item"
DECLINE = "retro.decline_item"
AT_ONCE = "now"

_OPEN, _DECIDED = 3, 10
_NUMBERS = 3


def card_button(retro: int) -> Element:
    """Offer to propose an item, on a retro's card."""
    return button("Propose a checklist item", PROPOSE, str(retro))


def form(asking: Asking, channel: str) -> Modal:
    """Ask for an item in words that everyone in the workspace may read."""
    words = asking.words
    levels = [option(text, value) for value, text in LEVELS.items()]
    level = next(one for one in levels if one["value"] == words.level)
    blocks = [
        section(
            "*Everyone in this workspace will read this item, so write it without what must stay in this channel.*"
        ),
        _place(asking),
        ask(
            "What is to be done?",
            writing(FIELD, words.title, limit=TITLE_LIMIT),
            "title",
            hint=f"A command, within {TITLE_LIMIT} characters. For example: Compare results by country",
        ),
        ask(
            "What is to be brought?",
            writing(FIELD, words.hint, limit=HINT_LIMIT),
            "hint",
            hint=f"It stands under the title, within {HINT_LIMIT} characters.",
        ),
        ask(
            "How does a team check it?",
            writing(FIELD, words.check, limit=PROSE_LIMIT, lines=True),
            "check",
            hint=f"One to three sentences, within {PROSE_LIMIT:,} characters.",
        ),
        ask("How much does it matter?", radio(FIELD, levels, level), "level"),
    ]
    where = json.dumps({"retro": asking.retro.id, "suggestion": asking.suggestion, "channel": channel})
    blocks += _at_once() if asking.admin else [context("A workspace admin then accepts or declines it.")]
    return Modal("Propose an item", blocks, PROPOSING, submit="Propose", close="Cancel", private_metadata=where)


def _place(asking: Asking) -> Block:
    groups: dict[str, list[Option]] = {}
    for one in asking.checklists:
        name = f"{one.title}{' · full' if one.is_full else ''}"
        unique = name if name not in groups else f"{name} ({one.id})"
        groups[unique] = [_part(one, phase.id, phase.title) for phase in one.phases]
    known = f"{asking.words.checklist}:{asking.words.phase}"
    chosen = next((one for parts in groups.values() for one in parts if one["value"] == known), None)
    return ask("Where should it stand?", grouped(FIELD, groups, chosen), "place")


def _part(of: Checklist, phase: str, title: str) -> Option:
    return option(clip(title, 75), f"{of.id}:{phase}")


def _at_once() -> list[Block]:
    box = option("Add it at once: I am an admin", AT_ONCE)
    return [ask("Decision", checkboxes(FIELD, [box]), "at_once", optional=True)]


def beside(told: Sequence[Told]) -> list[Block]:
    """Show on a retro's card what it proposes, and what came of it; undecided ones first."""
    waiting = [one for one in told if one.proposal.state in {"suggested", "proposed"}]
    blocks = [block for one in waiting[:_OPEN] for block in _waiting(one)]
    if len(waiting) > _OPEN:
        blocks.append(context(f"… and {len(waiting) - _OPEN} more, when these are decided."))
    decided = [_decided(one) for one in told if one.proposal.state in {"accepted", "declined"}]
    return [*blocks, *paragraphs([one for one in decided if one][-_DECIDED:])]


def _waiting(told: Told) -> list[Block]:
    one = told.proposal
    value = str(one.id)
    block = f"item~{value}"  # the same at every redraw, or a click on what was just redrawn would meet nothing
    if one.state == "suggested":
        buttons = [button("Look at it", LOOK, value, style="primary"), button("Not now", DECLINE, value)]
        return [section(_suggested(told)), actions(*buttons, block_id=block)]
    sure = confirm("Add this item?", f"Later runs of {clip(told.checklist, 40)} show it, in every channel.", "Add it")
    buttons = [button("Accept", ACCEPT, value, style="primary", confirm=sure), button("Decline", DECLINE, value)]
    words = one.words
    level = "must-have" if words.level == "must" else "recommended"
    text = (
        f"Proposed for *{esc(told.checklist)}*, in _{esc(told.phase)}_: *{esc(words.title)}*\n{esc(words.hint)}\n"
        f"_How to check:_ {esc(' '.join(words.check.split()), 1500)}"
    )
    decides = context(f"By {person(one.by)} · {level} · a workspace admin decides")
    return [section(text), decides, actions(*buttons, block_id=block)]


def _suggested(told: Told) -> str:
    one = told.proposal
    cause = CAUSES[one.cause] if one.cause else ""
    words = one.words.title or "Have we checked what went wrong before?"
    return (
        f"🔁 *{esc(cause)}* has been a cause in {one.times} retros that this channel can read. "
        f"A checklist item may catch it: *{esc(words)}*"
    )


def _decided(told: Told) -> str:
    one = told.proposal
    if one.state == "declined":
        told_of = f"{person(one.decided_by)} declined “{esc(one.words.title)}”. It can be proposed again."
        return told_of if one.by else ""  # nobody had worded it yet
    since = f" since {moment(one.decided_at)}" if one.decided_at else ""
    first = f"✅ On *{esc(told.checklist)}*{since}: *{esc(one.words.title)}*"
    return f"{first}\n{_used(told.use)}{_returned(told)}"


def _used(use: Use | None) -> str:
    if use is None or not use.shown:
        text = "Not used in a checklist yet."
    else:
        times = "1 checklist" if use.shown == 1 else f"{use.shown:,} checklists"
        risk = f", at risk in {use.risk:,}" if use.risk else ""
        text = f"Used in {times} since, met in {use.met:,}{risk}."
    gone = f" Taken out {moment(use.dropped_at)}." if use and use.dropped_at else ""
    return text + gone


def _returned(told: Told) -> str:
    return "".join(f" {_back(cause, told.back.get(cause, ()))}" for cause in told.causes)


def _back(cause: Cause, numbers: Sequence[int]) -> str:
    if not numbers:
        return f"The cause *{cause}* has not come back."
    shown = ", ".join(map(str, numbers[:_NUMBERS]))
    more = f" and {len(numbers) - _NUMBERS} more" if len(numbers) > _NUMBERS else ""
    return f"*{cause}* came back in retro{'s' if len(numbers) > 1 else ''} {shown}{more}."


def done(proposal: Proposal) -> Message:
    """Say what became of what was just sent."""
    words = f"*{esc(proposal.words.title)}*"
    if proposal.state == "accepted":
        text = f"✓ Added: {words}. Later runs show it, with where it comes from."
    else:
        text = f"✓ Proposed: {words}. It stands on the retro's card until a workspace admin decides."
    return Message(text, [section(text)])
