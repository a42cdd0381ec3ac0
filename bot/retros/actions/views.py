"""What people see of actions: their lists, what is left from earlier retros, and what happened."""

from collections.abc import Iterator, Sequence
from datetime import date

from bot.blocks import (
    Block,
    Element,
    Message,
    actions,
    button,
    context,
    esc,
    evidence,
    option,
    overflow,
    paragraphs,
    person,
    section,
)
from bot.retros.actions.model import ALL, Listed, Listing, Place, wanted_by
from bot.retros.model import Action, Change

ACTIONS = "retro.actions"
DONE = "actions.done"
SNOOZE = "actions.snooze"
MORE = "actions.more"
REOPEN = "actions.reopen"
NEXT = "actions.next"
BACK = "actions.back"
CARRY = "actions.carry"
UNTIL, HAND = "until", "hand"

PER_PAGE = 18
"""Actions of one page: each takes two of Slack's 50 blocks."""

LONG = 600
SHORT = 200
_LINK = 300
_OFFERED = 5
_OWED = 20


def card_button(retro: int) -> Element:
    """Give the button of a retro's card that shows its actions."""
    return button("Actions", ACTIONS, str(retro))


# Lists


def listing(of: Listing, *, said: str = "") -> Message:
    """Show a person's list; `said` is what was done just now."""
    every = [(True, one) for one in of.mine] + [(False, one) for one in of.others]
    if not every:
        return _nothing(of, said)
    page = min(of.place.page, (len(every) - 1) // PER_PAGE)
    shown = every[page * PER_PAGE : (page + 1) * PER_PAGE]
    blocks = [section(said)] if said else []
    for own, heading in ((True, _mine(of)), (False, _others(of))):
        part = [one for whose, one in shown if whose is own]
        if part:
            blocks += [section(heading), *_rows(part, of, own=own)]
    blocks += _pages(of.place, page, len(every))
    return Message(f"{said} {_count(of)}".strip(), blocks)


def _mine(of: Listing) -> str:
    where = f" · {esc(of.about)}" if of.about else ", in all channels"
    return f"*Yours{where}*{_overdue(of.mine, of.today)}"


def _others(of: Listing) -> str:
    where = f"Of others · {esc(of.about)}" if of.about else "Of others in this channel"
    return f"*{where}*{_overdue(of.others, of.today)}"


def _overdue(some: Sequence[Listed], today: date) -> str:
    late = sum(one.action.is_overdue(today) for one in some)
    return f" · {late} overdue" if late else ""


def _count(of: Listing) -> str:
    mine = sum(one.action.state == "open" for one in of.mine)
    late = sum(one.action.is_overdue(of.today) for one in (*of.mine, *of.others))
    theirs = sum(one.action.state == "open" for one in of.others)
    return f"{many(mine, 'open action')} of yours, {theirs} of others, {late} overdue."


def _nothing(of: Listing, said: str) -> Message:
    about = f" for *{esc(of.about)}* that you may see here" if of.about else " here, and none of yours anywhere"
    how = "They come from retros: `/aipm retro` asks what you will change, who sees to it, and by when."
    text = f"No open actions{about}."
    return Message(f"{said} {text}".strip(), [*([section(said)] if said else []), section(f"{text}\n{how}")])


def _rows(some: Sequence[Listed], of: Listing, *, own: bool) -> Iterator[Block]:
    for one in some:
        yield section(f"{headline(one.action)}\n{_about(one, of, own=own)}")
        if one.may:
            yield controls(one.action, of.place)


def headline(one: Action) -> str:
    """Name an action in bold."""
    mark = "✅ " if one.state == "done" else ""
    return f"{mark}*{esc(flat(one.text), LONG)}*"


def _about(one: Listed, of: Listing, *, own: bool) -> str:
    who = [] if own else [person(one.action.owner)]
    system = [esc(one.action.system, 250)] if one.seen and one.action.system and not of.about else []
    where = [f"<#{one.action.channel}>"] if one.seen and own and of.place.kind != "retro" else []
    number = [] if of.place.kind == "retro" else [f"retro {one.action.number}"]
    return " · ".join([when(one.action, of.today), *who, *number, *system, *where])


def when(one: Action, today: date) -> str:
    """Say by when an action is wanted, and what became of it."""
    if one.state == "done":
        return proven(one, today)
    if one.is_overdue(today):
        days = (today - wanted_by(one)).days
        return f"🔴 was due {_day(one.due, today)}, {many(days, 'day')} overdue"
    if wanted_by(one) > one.due:
        return f"💤 put off to {_day(wanted_by(one), today)}, was due {_day(one.due, today)}"
    return "due today" if one.due == today else f"due {_day(one.due, today)}"


def proven(one: Action, today: date) -> str:
    """Say when an action was done, and what proves it."""
    at = f"done {_day(one.done_at.date(), today)}" if one.done_at else "done"
    note = f" · _{esc(flat(one.note), SHORT)}_" if one.note else ""
    proof = f" · {evidence(one.link)}" if one.link and len(one.link) < _LINK else ""
    return f"{at}{note}{proof}"


def controls(one: Action, place: Place = ALL) -> Block:
    """Give what can be done with an action, under it."""
    value = f"{place}:{one.id}"
    block = f"action~{one.id}"
    if one.state == "done":
        return actions(button("Reopen", REOPEN, value), block_id=block)
    more = (option("Snooze until…", f"{UNTIL}:{value}"), option("Hand over…", f"{HAND}:{value}"))
    return actions(
        button("Done…", DONE, value),
        button("Snooze a week", SNOOZE, value),
        overflow(MORE, *more),
        block_id=block,
    )


def _pages(place: Place, page: int, total: int) -> list[Block]:
    if total <= PER_PAGE:
        return []
    first, last = page * PER_PAGE + 1, min(total, (page + 1) * PER_PAGE)
    turns = [("Previous", BACK, page - 1)] if page else []
    turns += [("Next", NEXT, page + 1)] if last < total else []
    row = [button(name, action, str(Place(place.kind, place.id, to))) for name, action, to in turns]
    return [context(f"{first} to {last} of {total}"), actions(*row, block_id="action~pages")]


def owed(mine: Sequence[Listed], today: date) -> list[Block]:
    """List a person's open actions where nothing can be done with them."""
    listed = [one for one in mine if one.action.state == "open"]
    rows = [f"• {esc(flat(one.action.text), SHORT)} · {when(one.action, today)}" for one in listed[:_OWED]]
    more = [f"… and {len(listed) - _OWED} more"] if len(listed) > _OWED else []
    return paragraphs(["*Your actions from retros* · `/aipm actions`", *rows, *more]) if rows else []


# What is left from before


def open_actions(of: Listing) -> list[Block]:
    """Show what is open from earlier retros of a system, to somebody who is about to work on it again."""
    every = [*of.mine, *of.others]
    if not every:
        return []
    head = f"*{_left(every, esc(of.about))}*{_overdue(every, of.today)}"
    more = len(every) - _OFFERED
    left = [context(f"… and {more} more: `/aipm actions {esc(of.about.replace('`', ''))}`")] if more > 0 else []
    return [section(head), *_rows(every[:_OFFERED], of, own=False), *left]


def still_open(of: Listing) -> Message:
    """Show the same as a message of its own."""
    return Message(_left([*of.mine, *of.others], "this system"), open_actions(of))


def _left(some: Sequence[object], system: str) -> str:
    return f"{many(len(some), 'action')} from earlier retros of {system} {'is' if len(some) == 1 else 'are'} still open"


def offer_to_carry(some: Sequence[Action], retro: int, today: date) -> Message:
    """Offer to carry what earlier retros of the system left open over into the one that was just logged."""
    text = _left(some, "this system")
    rows = [f"• {esc(flat(one.text), SHORT)} · {when(one, today)} · {person(one.owner)}" for one in some[:_OFFERED]]
    more = [f"… and {len(some) - _OFFERED} more"] if len(some) > _OFFERED else []
    choose = button("Carry over…", CARRY, str(retro), style="primary")
    note = "What you carry over moves into this retro and keeps its owner; the rest stays where it is."
    return Message(text, [*paragraphs([f"*{text}*", *rows, *more]), actions(choose), context(note)])


# What happened


def told(change: Change) -> str | None:
    """Tell one change of an action in a few words, for its retro's history; None if it is of another kind."""
    text = f"_{esc(flat(str(change.after.get('text', ''))), SHORT)}_"
    words = {
        "done": f"marked {text} done{_with(change)}",
        "reopened": f"opened {text} again",
        "snoozed": f"put {text} off to {esc(str(change.after.get('snoozed_until')))}",
        "handed over": f"handed {text} over to {person(str(change.after.get('owner') or ''))}",
        "carried": f"carried {text} over into a newer retro",
        "carried in": f"carried {text} over from an earlier retro",
        "held": f"says that the proof of {text} held",
        "not held": f"says that the proof of {text} did not hold: it is open again",
    }
    return f"{person(change.by)} {words[change.what]}" if change.what in words else None


def _with(change: Change) -> str:
    note, url = str(change.after.get("note") or ""), str(change.after.get("link") or "")
    said = f": {esc(flat(note), SHORT)}" if note else ""
    return f"{said} ({evidence(url, _LINK)})" if url else said


def _day(day: date, today: date) -> str:
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day.day} {day:%b}{year}"


def many(count: int, what: str) -> str:
    """Count things in words."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def flat(text: str) -> str:
    """Keep it on one line, or its second line could pass for an action of somebody else."""
    return " ".join(text.split())
