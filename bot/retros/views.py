"""What a channel sees of a retro: its card, and the short messages around it."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
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
    header,
    link,
    moment,
    option,
    overflow,
    paragraphs,
    person,
    quote,
    section,
)
from bot.retros.actions.model import HELD
from bot.retros.model import CAUSES, KINDS, Action, Deleted, Retro
from bot.schema_retros import Questions

START = "retro.start"
EDIT = "retro.edit"
READ = "retro.read"
MORE = "retro.more"
HISTORY, AGAIN, DELETE = "history", "again", "delete"
NAMED, OF_RUN = "named", "run"

CAUGHT = "What would have caught it"
_NAMES = {
    "caught": CAUGHT,
    "system": "System",
    "kind": "Kind",
    "causes": "Causes",
    "people": "Who took part",
    "visibility": "Who may read it",
    "actions": "Actions",
}
_SHORT = 700
_SHORT_LINES = 12
_WIDE, _NARROW = 2700, 540
_SHOWN_ACTIONS = 20
_MARKS = {"open": "⬜", "done": "✅", "carried": "↪️"}


def card(
    retro: Retro,
    questions: Questions,
    today: date,
    also: Sequence[Block] = (),
    more: Sequence[Element] = (),
) -> Message:
    """Show a retro as everyone in its channel sees it; `also` and `more` are what other rooms add to it."""
    told = answers(retro, questions)
    blocks = [header(retro.title), context(*_about(retro))]
    blocks += [section(f"*{esc(name)}*\n{_short(text)}") for name, text in told]
    blocks += paragraphs(_actions(retro.actions, today))
    buttons = _buttons(retro, more, clipped=any(_is_long(text) for _, text in told))
    return Message(_text(retro), [*blocks, *also, context(*_foot(retro)), buttons])


def answers(retro: Retro, questions: Questions) -> list[tuple[str, str]]:
    """Give what was answered, each with its heading."""
    said = retro.words
    told = [(one.heading, getattr(said, one.id)) for one in questions.questions]
    return [(name, text) for name, text in [*told, (CAUGHT, said.caught)] if text]


def names(questions: Questions) -> Mapping[str, str]:
    """Give what each field of a retro is called, wherever it is named."""
    return {one.id: one.heading for one in questions.questions} | _NAMES


def deleted(gone: Deleted) -> Message:
    """Stand where the card of a retro was that was deleted."""
    return Message(
        f"Retro {gone.number} was deleted.",
        [context(f"Retro {gone.number} was deleted by {person(gone.by)} on {moment(gone.at)}.")],
    )


def in_full(text: str) -> list[Block]:
    """Set a whole answer as a quotation, in as many sections as it takes."""
    return paragraphs(f"> {piece}" for line in text.split("\n") for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    """Cut a line between words so that each piece fits a section once it is escaped."""
    room = _NARROW if set(line) & set("&<>") else _WIDE
    whole = line.expandtabs().rstrip()
    # Most lines fit, and to wrap one costs far more than to look: an answer may have thousands.
    fits = len(whole) <= room
    yield from (esc(piece) for piece in ([whole] if fits else textwrap.wrap(whole, room, replace_whitespace=False)))


def _short(text: str) -> str:
    lines = text.split("\n")
    more = "…" if len(lines) > _SHORT_LINES else ""
    return quote("\n".join(lines[:_SHORT_LINES]) + more, _SHORT)


def _is_long(text: str) -> bool:
    return _short(text) != "\n".join(f"> {esc(line, 9 * _SHORT)}" for line in text.split("\n"))


def _text(retro: Retro) -> str:
    left = sum(one.state == "open" for one in retro.actions)
    todo = f"{left} of {len(retro.actions)} actions open" if retro.actions else "no actions"
    return f"{esc(retro.title)}: {KINDS[retro.words.kind].lower()}, logged by {person(retro.author)}, {todo}."


def _about(retro: Retro) -> list[str]:
    said = retro.words
    parts = [f"{KINDS[said.kind]} · logged by {person(retro.author)} {moment(retro.logged_at)}"]
    if retro.edited_at:
        parts.append(f"edited by {person(retro.edited_by)} {moment(retro.edited_at)}")
    with_them = [person(one) for one in said.people if one != retro.author]
    if with_them:
        parts.append(f"with {', '.join(with_them)}")
    if said.causes:
        parts.append(f"Causes: *{', '.join(CAUSES[one] for one in said.causes)}*")
    return parts


def _actions(listed: Sequence[Action], today: date) -> Iterator[str]:
    if not listed:
        return
    done = sum(one.state == "done" for one in listed)
    yield f"*Actions* · {done} of {len(listed)} done"
    yield from (action_line(one, today) for one in listed[:_SHOWN_ACTIONS])
    if len(listed) > _SHOWN_ACTIONS:
        yield f"… and {len(listed) - _SHOWN_ACTIONS} more"


def action_line(one: Action, today: date) -> str:
    """Show an action in two lines: what, who and by when; and what proves it."""
    late = " · ⏰ *overdue*" if one.is_overdue(today) else ""
    due = f" · by {one.due:%d %b %Y}" if one.state == "open" else ""
    proof = " · ".join(_proof(one))
    told = f"\n      _Proof:_ {proof}" if proof else ""
    return f"{_MARKS[one.state]} {esc(' '.join(one.text.split()), 400)} · {person(one.owner)}{due}{late}{told}"


def _proof(one: Action) -> Iterator[str]:
    """Say what proves an action, or what is to prove it, and whether that held."""
    said = one.note or ("" if one.link else one.proof)
    if said:
        yield esc(" ".join(said.split()), 200)
    if one.link:
        yield evidence(one.link, 300)
    if one.held == HELD:
        yield "held after a month"


def _foot(retro: Retro) -> list[str]:
    wide = retro.words.visibility == "workspace"
    parts = ["Everyone in the workspace can find it" if wide else "Stays in this channel"]
    if retro.words.source:
        began = "checklist" if retro.words.run else "message"
        parts.append(f"Began with {link(retro.words.source, f'this {began}')}")
    return parts


def _buttons(retro: Retro, more: Sequence[Element], *, clipped: bool) -> Block:
    value = str(retro.id)
    read = [button("Read all", READ, value)] if clipped else []
    choices = [
        option("History", f"{HISTORY}:{value}"),
        option("Post the card again", f"{AGAIN}:{value}"),
        option("Delete this retro", f"{DELETE}:{value}"),
    ]
    return actions(*read, button("Edit", EDIT, value), *more, overflow(MORE, *choices), block_id="retro")


def ask_for_form(words: str) -> Message:
    """Ask for a click where Slack gives no trigger for a form (a mention, a direct message)."""
    text = "*Three questions, and the actions that follow from them.* A form asks them, and keeps a draft."
    start = button("Start a retro", START, f"{NAMED}:{words}"[:2000], style="primary")
    return Message(text, [section(text), actions(start)])


def offer(run: int, *, closed: bool, risks: int) -> Message:
    """Offer a retro to somebody who has just signed a checklist, while all of it is fresh."""
    accepted = f"{risks} accepted risk{'s' if risks != 1 else ''}"
    done = "Closed" if closed else f"Signed, with {accepted}"
    kept = "the timeline" if closed else "those risks"
    text = f"✓ {done}. Write down what you learned while it is fresh? I fill in the system, {kept} and a link."
    return Message(text, [section(text), actions(button("Start a retro", START, f"{OF_RUN}:{run}", style="primary"))])
