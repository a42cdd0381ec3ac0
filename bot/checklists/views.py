"""What a channel sees of a run: its card, and the short messages around it."""

from collections.abc import Iterable, Sequence

from bot.blocks import (
    Block,
    Element,
    Message,
    actions,
    box,
    button,
    clock,
    confirm,
    context,
    divider,
    esc,
    evidence,
    header,
    link,
    moment,
    mrkdwn,
    option,
    overflow,
    paragraphs,
    person,
    quote,
    section,
)
from bot.checklists.model import SEVERITIES, STATES, Answer, Change, Duty, Run, Summary
from bot.delivery.notices import POST_AGAIN
from bot.schema import HINT_LIMIT, Checklist, Item, Phase

TICK = "checklist.tick"
DETAILS = "checklist.details"
SIGN = "checklist.sign"
EXPORT = "checklist.export"
MORE = "checklist.more"
REOPEN = "checklist.reopen"
BEGIN = "checklist.begin"
ROLES = "response.roles"
CONTAIN = "response.contain"
ENTRY = "response.entry"
HISTORY, AGAIN, DISCARD = "history", "again", "discard"

_MARKS = {"open": "⬜", "done": "✅", "na": "➖", "risk": "⚠️"}  # noqa: RUF001 - the sign is meant
_LINES = 2800
_SHOWN_ENTRIES = 4
_SHOWN_DUTIES = 20


def card(run: Run, also: Sequence[Block] = ()) -> Message:
    """Show a run as everyone in the channel sees it; `also` is what other rooms add to it."""
    body = _open(run, also) if run.state == "open" else _closed(run, also)
    met, total = run.count()
    state = {"open": "", "signed": " Signed.", "discarded": " Discarded."}[run.state]
    text = f"{esc(run.title)} for {esc(str(run.system.named))}: {met} of {total} done.{state}"
    return Message(text, [header(f"{run.title} · {run.system.named}"), context(_about(run)), *body])


def _open(run: Run, also: Sequence[Block]) -> list[Block]:
    blocks = [*_incident(run), section(_progress(run)), *also]
    for phase in run.phases:
        met, total = run.count(phase)
        count = f" · {met} of {total}" if len(run.phases) > 1 else ""
        blocks.append(section(f"*{esc(phase.title)}*{count}"))
        blocks += [_item(run, item) for item in phase.items]
    return [*blocks, *_latest(run), actions(*_buttons(run), block_id="run")]


def _closed(run: Run, also: Sequence[Block]) -> list[Block]:
    reopen = confirm("Reopen this checklist?", "Its signature stays in the history.", "Reopen")
    value = str(run.id)
    buttons = (
        button("Details", DETAILS, value),
        button("Export", EXPORT, value),
        button("Reopen", REOPEN, value, confirm=reopen),
    )
    phases = [block for phase in run.phases for block in paragraphs(_phase_lines(run, phase))]
    return [
        *_incident(run),
        *_ending(run),
        *phases,
        *_latest(run),
        *also,
        actions(*buttons, block_id="run"),
    ]


def _about(run: Run) -> str:
    parts = [f"Started by {person(run.started_by)} {moment(run.started_at)}"]
    if run.choices.kind != "unsure":
        parts.append(f"{run.choices.kind} system" if run.choices.kind != "both" else "predictive and generative")
    if run.choices.scope != "full":
        parts.append(scope_name(run.checklist, run.choices.scope))
    return " · ".join([*parts, "*bold* items are must-haves"])


def scope_name(checklist: Checklist, scope: str) -> str:
    """Say what a scope covers."""
    titles = {phase.id: phase.title for phase in checklist.phases}
    fixed = {"full": "the full checklist", "quick": "the quick list"}
    return fixed.get(scope) or f"only: {esc(titles.get(scope, scope))}"


def _progress(run: Run) -> str:
    met, total = run.count()
    risks = sum(run.answer(item).state == "risk" for item in run.items)
    musts = len(run.unmet_musts())
    parts = [f"*{met} of {total} done*"]
    parts.append(f"{musts} must-have{'s' if musts != 1 else ''} open" if musts else "all must-haves met")
    return " · ".join([*parts, *([f"⚠️ {risks} at risk"] if risks else [])])


def _item(run: Run, item: Item) -> Block:
    answer = run.answer(item.id)
    if answer.state in {"na", "risk"}:
        return section(_line(item, answer), block_id=_block_id(run, answer))
    title = f"*{esc(item.title, 73)}*" if item.level == "must" else esc(item.title, 75)
    ticked = answer.state == "done"
    tick = box(title, _hint(item), item.id, TICK, ticked=ticked)
    return actions(tick, block_id=_block_id(run, answer))


def _hint(item: Item) -> str:
    """Say how, and where an item comes from: that is seen in any case, and *Details* has the whole hint."""
    whole = " · ".join([esc(item.hint), *([esc(item.origin)] if item.origin else [])])
    if len(whole) <= HINT_LIMIT:
        return whole
    origin = f" · {esc(item.origin.removeprefix('added '))}" if item.origin else ""
    return esc(item.hint, HINT_LIMIT - len(origin)) + origin


def _block_id(run: Run, answer: Answer) -> str:
    """Name run and item, because an untick carries no value; and the version, so that a change is redrawn.

    Slack keeps client-local state for an unchanged block_id.
    """
    return f"{run.id}:{answer.item_id}~{answer.version}"


def _line(item: Item, answer: Answer) -> str:
    title = f"*{esc(item.title)}*" if item.level == "must" else esc(item.title)
    title += f" · _{esc(item.origin)}_" if item.origin else ""
    reason = f" · {esc(' '.join(answer.note.split()), 160)}" if answer.note else ""
    note = f"\n_{STATES[answer.state]}_{reason}{_owner(answer)}" if answer.state in {"na", "risk"} else ""
    proof = f" · {evidence(answer.evidence)}" if answer.evidence and len(answer.evidence) < 300 else ""  # noqa: PLR2004
    accepted = f"\n_Risk accepted_ · {esc(' '.join(answer.accepted.split()), 160)}" if answer.accepted else ""
    return f"{_MARKS[answer.state]} {title}{proof}{note}{accepted}"


def _owner(answer: Answer) -> str:
    return f" · {person(answer.owner)}" if answer.owner else ""


def _phase_lines(run: Run, phase: Phase) -> Iterable[str]:
    met, total = run.count(phase)
    outcome = "" if run.is_response or run.state != "signed" else f" · {run.outcome(phase)}"
    yield f"*{esc(phase.title)}* · {met} of {total}{outcome}"
    yield from (_line(item, run.answer(item.id)) for item in phase.items)


def _ending(run: Run) -> list[Block]:
    signed = run.signature
    if signed is None:
        return [section("*Discarded.* Nothing was lost: *Reopen* brings it back.")]
    who = f"{person(signed.by)} {moment(signed.at)}" + (" · self-signed" if signed.self_signed else "")
    word = "Closed" if run.is_response else "Signed"
    blocks = [section(f"🔒 *{word}* by {who}\n*{verdict(run)}*")]
    return [*blocks, section(quote(signed.comment))] if signed.comment else blocks


def verdict(run: Run) -> str:
    """Say the verdict as a headline."""
    outcomes = {run.outcome(phase) for phase in run.phases}
    if run.checklist.rule == "phases" and len(run.phases) > 1 and len(outcomes) == 1:
        return f"{outcomes.pop().capitalize()} in all {len(run.phases)} phases"
    text = run.signature.verdict if run.signature else run.verdict
    if run.checklist.rule != "bands" or run.choices.purpose == "prepare":
        return esc(text[:1].upper() + text[1:])
    band = f"band {run.band} reached" if run.band else "no band reached yet"
    part = "" if run.choices.scope == "full" else f", {scope_name(run.checklist, run.choices.scope)}"
    return f"{text.capitalize()} ({band}{part})"


def _incident(run: Run) -> list[Block]:
    response = run.response
    if response is None:
        return []
    severity = SEVERITIES[response.severity] if response.severity else "_not set_"
    fields = [
        f"*Severity*\n{esc(severity)}",
        f"*Lead*\n{person(response.lead)}",
        f"*Operations*\n{person(response.operations)}",
        f"*Communications*\n{person(response.communications)}",
        f"*Started*\n{clock(run.started_at)}",
        f"*Contained*\n{clock(response.contained_at)}",
    ]
    table = Block({"type": "section", "fields": [mrkdwn(text) for text in fields]})
    return [table, context(_preparation(run)), *_timeline(run, response.timeline), *_response_buttons(run)]


def _preparation(run: Run) -> str:
    missing = run.response.missing if run.response else ()
    if missing is None:
        return "No preparation on record for this system. Afterwards: `/aipm drift-response prepare NAME`"
    if not missing:
        return "Prepared: every step of the preparation was met at the start."
    return f"Preparation lacked: {esc('; '.join(missing), _LINES)}"


def _timeline(run: Run, entries: Sequence[Change]) -> list[Block]:
    if not entries:
        return [context("*Timeline* · empty so far. Use *Add to timeline*, or a message's ⋯ menu.")]
    shown = entries[-_SHOWN_ENTRIES:]
    older = (
        f" · {len(entries) - len(shown)} earlier, in *⋯ History* and in the export" if len(entries) > len(shown) else ""
    )
    told_here = [_entry(one, dated=one.happened_at.date() != run.started_at.date()) for one in shown]
    return [section("\n".join([f"*Timeline* (UTC){older}", *told_here]))]


def _entry(change: Change, *, dated: bool) -> str:
    url = change.after.get("link")
    source = f" ({link(url, 'message')}, added by {person(change.by)})" if url else ""
    at = f"{change.happened_at:%d %b %H:%M}" if dated else f"{change.happened_at:%H:%M}"
    return f"*{at}* {person(change.told_by)}: {_said(change, 400)}{source}"


def _said(change: Change, limit: int) -> str:
    """Keep an entry on one line, or its second line could pass for an entry of somebody else."""
    return esc(" ".join(str(change.after.get("text", "")).split()), limit)


def _latest(run: Run) -> list[Block]:
    if run.last is None or run.last.what == "started":
        return []
    return [context(f"Last: {told(run.last, run)} · {moment(run.last.at)}")]


def told(change: Change, run: Run) -> str:
    """Tell one change of a run in a few words."""
    who = person(change.by)
    if change.what == "item":
        return f"{who} {_told_item(change, run)}"
    words = {
        "started": "started it",
        "signed": f"{'closed' if run.is_response else 'signed'} it",
        "reopened": "reopened it",
        "discarded": "discarded it",
        "roles": "set severity and roles",
        "contained": "marked it contained",
        "entry": "added to the timeline",
    }
    return f"{who} {words.get(change.what, change.what)}"


def _told_item(change: Change, run: Run) -> str:
    item = run.items.get(change.item_id or "")
    title = f"_{esc(item.title)}_" if item else esc(change.item_id or "")
    state = change.after.get("state")
    if state is None:
        return f"edited {title} ({', '.join(change.after)})"
    verbs = {
        "done": f"ticked {title}",
        "open": f"reopened {title}" if change.before.get("state") in {"na", "risk"} else f"unticked {title}",
        "na": f"marked {title} not applicable",
        "risk": f"marked {title} at risk",
    }
    return verbs[state]


def _buttons(run: Run) -> list[Element]:
    value = str(run.id)
    ready = not (run.unmet_musts() or run.learning_left)
    closing = button("Close" if run.is_response else "Sign off", SIGN, value, style="primary" if ready else None)
    choices = [
        option("History", f"{HISTORY}:{value}"),
        option("Post the card again", f"{AGAIN}:{value}"),
        option("Discard this run", f"{DISCARD}:{value}"),
    ]
    last = [button("Export", EXPORT, value), overflow(MORE, *choices)]
    return [button("Details", DETAILS, value), closing, *last]


def _response_buttons(run: Run) -> list[Block]:
    """Stand at the top of the card: in an incident nobody scrolls."""
    if run.response is None or run.state != "open":
        return []
    value = str(run.id)
    sure = confirm("Mark it contained?", "People are protected as of now. This stops the clock for good.", "Contained")
    contain = button("Mark contained", CONTAIN, value, style="primary", confirm=sure)
    first = [button("Severity and roles", ROLES, value), button("Add to timeline", ENTRY, value)]
    return [actions(*(first if run.response.contained_at else [*first, contain]), block_id="response")]


def already_open(one: Summary) -> Message:
    """Offer to continue the run that is open already."""
    text = (
        f"*{esc(one.title)}* for *{esc(one.system)}* is open here already: {one.met} of {one.total} done. "
        "Go on with it together."
    )
    again = button("Post the card again", POST_AGAIN, str(one.id))
    buttons = [button("Go to the card", "link.card", url=one.link, style="primary"), again] if one.link else [again]
    return Message(text, [section(text), actions(*buttons)])


def begin(checklist: Checklist, named: str) -> Message:
    """Ask for a click where Slack gives no trigger for a form (a mention, a direct message)."""
    text = f"*{esc(checklist.title)}*: {esc(checklist.summary)}"
    start = button("Choose the system", BEGIN, f"{checklist.id} {named}"[:2000].strip(), style="primary")
    return Message(text, [section(text), actions(start)])


def overview(here: Sequence[Summary], mine: Sequence[Duty]) -> Message:
    """List the open runs of a channel and a person's items in all channels."""
    rows = [f"• {_card_link(one)} · {one.met} of {one.total}" for one in here[:20]]
    rows += [f"… and {len(here) - 20} more"] if len(here) > 20 else []  # noqa: PLR2004
    rows = rows or ["None yet. Start one: `/aipm ethics-check NAME VERSION`"]
    blocks = [*paragraphs(["*Open in this channel*", *rows]), divider()]
    text = f"{len(here)} open in this channel, {len(mine)} of your items open."
    return Message(text, [*blocks, *duties(mine)])


def duties(mine: Sequence[Duty]) -> list[Block]:
    """List a person's open items."""
    owned = [_duty(one) for one in mine[:_SHOWN_DUTIES]] or ["None. Open *Details* on a card to take one."]
    more = [f"… and {len(mine) - _SHOWN_DUTIES} more"] if len(mine) > _SHOWN_DUTIES else []
    return paragraphs(["*Your items, in all channels*", *owned, *more])


def _duty(one: Duty) -> str:
    risk = " ⚠️" if one.answer.state == "risk" else ""
    return f"• {esc(one.item.title)}{risk} · {_card_link(one.run)}"


def _card_link(one: Summary) -> str:
    label = f"{one.title}, {one.system}"
    return link(one.link, label) if one.link else f"{esc(label)} _(no link yet)_"


def system(found: Sequence[Summary]) -> Message:
    """Show the last state of every checklist for a system."""
    name = found[0].name
    rows = [_system_row(one) for one in found[:40]]
    rows += [f"… and {len(found) - 40} more: name a version"] if len(found) > 40 else []  # noqa: PLR2004
    note = "_From this channel and from public ones._"
    return Message(f"Checklists for {esc(name)}", [section(f"*{esc(name)}*"), *paragraphs(rows), context(note)])


def _system_row(one: Summary) -> str:
    if one.signed_at:
        state = f"🔒 {esc(one.verdict, 500)} · signed {moment(one.signed_at)} by {person(one.signed_by)}"
    else:
        state = f"open · {one.met} of {one.total} done"
    return f"*{_card_link(one)}*\n{state}"
