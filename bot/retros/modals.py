"""The forms of a retro: writing and editing it, reading all of it, deleting it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.blocks import (
    FIELD,
    Block,
    Modal,
    actions,
    ask,
    button,
    checkboxes,
    clip,
    confirm,
    context,
    day,
    divider,
    esc,
    link,
    moment,
    option,
    overflow,
    paragraphs,
    people,
    person,
    radio,
    section,
    select,
    several_people,
    writing,
)
from bot.retros.actions.modals import CARRIED, carry_choices
from bot.retros.model import (
    ACTION_LIMIT,
    ACTIONS,
    ANSWER_LIMIT,
    CAUSES,
    KINDS,
    PROOF_LIMIT,
    VISIBILITIES,
    Action,
    NewAction,
    Retro,
)
from bot.retros.past.modals import SAVE, meanwhile
from bot.retros.rounds.views import collect_button
from bot.retros.sheet import PEOPLE, Merged, Sheet
from bot.retros.views import CAUGHT, answers, in_full
from bot.schema_retros import Question, Questions
from bot.systems.model import NAME_LIMIT, VERSION_LIMIT

WRITING = "retro.form"
DELETING = "retro.delete_form"
WHOLE = "retro.whole"
ADD = "retro.add_action"
LINE = "retro.line"
PROMPTS = "retro.more_prompts"
AFRESH = "retro.afresh"
CHANGE, REMOVE = "change", "remove"

_LOG = "Log it"
_WHEN_SAVED = (
    "Slack tells me what you typed only when you press *Add this action*, *More prompts* or *{last}*. "
    "Each time I save a draft, also if something is left to mend."
)
_ALONE = "Stays in this channel: only here it is shown and found."


@dataclass(frozen=True)
class Page:
    """Where an open form stands; it travels in the form, so it holds ids and numbers only.

    `turn` chooses the prompts. `top` and `low` are part of the names of the fields above and of those of the action: a
    name that is new shows what we put there, and an old one what was typed. `form` tells one form from another that
    the same person has open.
    """

    channel: str
    retro: int = 0
    turn: int = 0
    top: int = 0
    low: int = 0
    form: str = ""


@dataclass(frozen=True)
class Around:
    """What a form shows around its fields: `again` is what it starts afresh with, `late` what somebody else changed.

    `still_open` are actions of earlier retros of the system that may be carried over.
    """

    questions: Questions
    public: bool = False
    retro: Retro | None = None
    saved_at: datetime | None = None
    again: str = ""
    said: str = ""
    wrong: str = ""
    late: Merged | None = None
    still_open: Sequence[Action] = ()


def form(sheet: Sheet, page: Page, around: Around) -> Modal:
    """Ask the three questions, with all that was typed."""
    editing = around.retro
    blocks = [
        *_top(around),
        *(_fixed(editing, sheet) if editing else _system(sheet, page)),
        *_late(around, "kind"),
        _kind(sheet, page),
        *_questions(sheet, page, around),
        *_late(around, "causes"),
        _causes(sheet, page),
        *_late(around, "caught"),
        ask(
            CAUGHT,
            writing(FIELD, sheet.caught, limit=ANSWER_LIMIT, lines=True),
            f"caught~{page.top}",
            hint="A check, a test case or an alert that would have told you in time.",
            optional=True,
        ),
        *_late(around, "people"),
        ask(
            "Who took part",
            several_people(FIELD, sheet.people[:PEOPLE], most=PEOPLE),
            f"people~{page.top}",
            hint="They can edit the retro later.",
            optional=True,
        ),
        *_late(around, "visibility"),
        *_visibility(sheet, page, around),
        divider(),
        *_actions(sheet, page, around),
        *([carry_choices(around.still_open, sheet.carried, carried(page))] if around.still_open else []),
    ]
    origin = {"source": sheet.source, "run": sheet.run, "version": sheet.version, "seen": sheet.seen}
    origin["gathered"] = sheet.gathered
    where = json.dumps({**asdict(page), **origin})
    title = f"Edit retro {editing.number}" if editing else "Retro"
    last = _last(around)
    return Modal(clip(title, 24), blocks, WRITING, submit=last, close="Cancel", private_metadata=where)


def carried(page: Page) -> str:
    """Name the block in which somebody chooses what to carry over."""
    return f"{CARRIED}~{page.top}"


def _last(around: Around) -> str:
    return SAVE if around.retro else _LOG


def _top(around: Around) -> Iterator[Block]:
    if around.said:
        yield section(f"⚠️ {around.said}")
    if around.saved_at:
        sure = confirm("Start afresh?", "What you typed in this form is dropped.", "Start afresh")
        again = button("Start afresh", AFRESH, around.again, confirm=sure)
        yield section(f"*Your draft of {moment(around.saved_at)}*", again)
    yield context(esc(" ".join(around.questions.blameless.split())))
    yield context(f"💾 {_WHEN_SAVED.format(last=_last(around))}")


def _fixed(retro: Retro, sheet: Sheet) -> Iterator[Block]:
    """Show the system, which stays: others have found the retro by that name."""
    about = esc(str(retro.words.named)) if retro.words.named else "_No system_"
    yield section(f"*System*\n{about}{_origin(sheet)}")


def _system(sheet: Sheet, page: Page) -> Iterator[Block]:
    if sheet.source:
        yield context(_origin(sheet).strip())
    yield ask(
        "System",
        writing(FIELD, sheet.system, limit=NAME_LIMIT),
        f"system~{page.top}",
        hint="For example: Fraud model. Leave it out for a period.",
        optional=True,
    )
    release = writing(FIELD, sheet.release, limit=VERSION_LIMIT)
    yield ask("Version", release, f"release~{page.top}", hint="For example: v3", optional=True)


def _origin(sheet: Sheet) -> str:
    began = "checklist" if sheet.run else "message"
    return f"\nBegins with {link(sheet.source, f'this {began}')}" if sheet.source else ""


def _kind(sheet: Sheet, page: Page) -> Block:
    kinds = [option(text, value) for value, text in KINDS.items()]
    chosen = next(one for one in kinds if one["value"] == sheet.kind)
    return ask("Kind", select(FIELD, kinds, chosen), f"kind~{page.top}")


def _questions(sheet: Sheet, page: Page, around: Around) -> Iterator[Block]:
    for question in around.questions.questions:
        yield from _late(around, question.id)
        yield _question(question, getattr(sheet, question.id), page)
    collect = [] if around.retro or sheet.gathered else [collect_button()]
    yield actions(button("More prompts", PROMPTS, "next"), *collect, block_id="prompts")


def _question(question: Question, text: str, page: Page) -> Block:
    hint = "\n".join(question.shown(page.turn))
    answer = writing(FIELD, text, limit=ANSWER_LIMIT, lines=True)
    return ask(question.text, answer, f"{question.id}~{page.top}", hint=hint, optional=True)


def _causes(sheet: Sheet, page: Page) -> Block:
    boxes = [option(text, value) for value, text in CAUSES.items()]
    chosen = [one for one in boxes if one["value"] in sheet.causes]
    return ask("Causes", checkboxes(FIELD, boxes, chosen), f"causes~{page.top}", optional=True)


def _visibility(sheet: Sheet, page: Page, around: Around) -> Iterator[Block]:
    if not around.public:
        kept = sheet.visibility == "workspace"
        yield context("Who may read it: everyone in the workspace, while this channel is public." if kept else _ALONE)
        return
    ways = [option(text, value) for value, text in VISIBILITIES.items()]
    chosen = next(one for one in ways if one["value"] == sheet.visibility)
    yield ask("Who may read it", radio(FIELD, ways, chosen), f"visibility~{page.top}")


def _actions(sheet: Sheet, page: Page, around: Around) -> Iterator[Block]:
    yield section("*Actions*\nOne that is really done is worth more than ten that are written down.")
    logged = around.retro.actions if around.retro else ()
    yield from paragraphs(
        f"• {esc(clip(one.text, ACTION_LIMIT))} · {person(one.owner)}, _{one.state}_" for one in logged
    )
    for place, one in enumerate(sheet.actions):
        yield _listed(place, one)
    if around.wrong:
        yield section(f"⚠️ {esc(around.wrong)}", block_id=f"wrong~{page.low}")
    if len(sheet.actions) < ACTIONS or sheet.half.begun:
        yield from _new_action(sheet, page, _last(around))


def _listed(place: int, one: NewAction) -> Block:
    proof = f"\n_Proof:_ {esc(' '.join(one.proof.split()), 200)}" if one.proof else ""
    told = f"*{place + 1}.* {esc(one.text, 1600)} · {person(one.owner)} · by {one.due:%d %b %Y}{proof}"
    choices = [option("Change", f"{CHANGE}:{place}"), option("Remove", f"{REMOVE}:{place}")]
    return section(told, overflow(LINE, *choices), block_id=f"action-{place}")


def _new_action(sheet: Sheet, page: Page, last: str) -> Iterator[Block]:
    half = sheet.half
    yield ask(
        "What will you do?" if not sheet.actions else "What else will you do?",
        writing(FIELD, half.text, limit=ACTION_LIMIT),
        f"action~{page.low}",
        hint=f"Add this action and {last} save the whole form as a draft. What stands here counts for {last}, too.",
        optional=True,
    )
    yield ask("Who sees to it", people(FIELD, half.owner or None), f"owner~{page.low}", optional=True)
    yield ask("By when", day(FIELD, half.due), f"due~{page.low}", optional=True)
    yield ask(
        "What proves it",
        writing(FIELD, half.proof, limit=PROOF_LIMIT),
        f"proof~{page.low}",
        hint="A number, a check or a page that shows it worked.",
        optional=True,
    )
    yield actions(button("Add this action", ADD, "add"), block_id="add")


def _late(around: Around, name: str) -> list[Block]:
    return meanwhile(around.late, name) if around.late else []


def whole(retro: Retro, questions: Questions) -> Modal:
    """Show all that was answered."""
    blocks: list[Block] = []
    for name, text in answers(retro, questions):
        blocks += [section(f"*{esc(name)}*"), *in_full(text)]
    return Modal(clip(f"Retro {retro.number}", 24), blocks, WHOLE)


def delete(retro: Retro) -> Modal:
    """Ask whether somebody is sure."""
    open_ones = sum(one.state == "open" for one in retro.actions)
    left = f" and its {open_ones} open action{'s' if open_ones != 1 else ''}" if open_ones else ""
    text = (
        f"*{esc(retro.title)}*{left} will be gone for everyone, and nobody can bring the words back. "
        "That it was deleted, when and by whom, stays on record."
    )
    where = json.dumps({"retro": retro.id})
    blocks = [section(text)]
    return Modal("Delete this retro?", blocks, DELETING, submit="Delete", close="Keep it", private_metadata=where)
