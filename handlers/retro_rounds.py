"""Collecting answers first: everyone answers on their own, then somebody writes the retro."""

from collections.abc import Sequence
from dataclasses import replace

from bot.app import Coach
from bot.blocks import Modal, person
from bot.delivery.model import Key
from bot.errors import NameTooLong
from bot.retros.rounds import modals, views
from bot.retros.rounds.model import Answer, Call, Given, Round, gathered, participants
from bot.retros.rounds.service import key
from bot.retros.service import Draft
from bot.retros.sheet import PEOPLE, Sheet, of_draft
from bot.retros.views import NAMED
from bot.systems.model import Named, parse
from handlers import help as helping
from handlers.mishaps import sentence
from handlers.requests import Reply, Request, number, opened
from handlers.retro_forms import around_it, fresh_page, keep, like_it, redraw, today_turn, typed
from handlers.routes import routes

OF_ROUND = "round:"
"""How the value of *Post it again* begins for a call's card: cards of every kind share that button."""

_IN_CHANNEL = "The call for answers is in the channel, where everyone can answer."


def cards(request: Request, round_id: int) -> tuple[Key, ...]:
    """Name the card of a call, if there is one."""
    return (key(request.workspace, round_id),) if round_id else ()


@routes.word(
    "retro collect",
    "retro collect [SYSTEM [version]]",
    "First everyone answers on their own, with their name or without",
    helping.RETROS,
)
def collect(request: Request, coach: Coach) -> Reply:
    """Call for answers in the channel, or show the call that is open for this system."""
    about = Call(parse(request.rest().text))
    opened_one = coach.rounds.open(about, by=request.by, channel=request.channel)
    if not opened_one.new:
        return _already(request, coach, _here(request, coach, opened_one.round_id))
    said = sentence(_IN_CHANNEL) if request.thread_ts else None
    return Reply(say=said, draw=cards(request, opened_one.round_id), channel=request.channel)


def _here(request: Request, coach: Coach, round_id: int) -> Round:
    return coach.rounds.get(request.workspace, round_id, request.channel)


def _already(request: Request, coach: Coach, of: Round, said: str = "") -> Reply:
    link = coach.rounds.link(of)
    return Reply(say=views.already(of, request.user, link, said), channel=request.channel)


@routes.action(views.COLLECT)
def collect_from_form(request: Request, coach: Coach) -> Reply:
    """Call for answers about what the form names; what was typed in it becomes a draft."""
    page, sheet = typed(request, coach)
    keep(request, coach, page, sheet)
    about = Call(sheet.named(), sheet.kind, sheet.source, sheet.run)
    opened_one = coach.rounds.open(about, by=request.by, channel=page.channel)
    of = coach.rounds.get(request.workspace, opened_one.round_id, page.channel)
    modal = modals.called(of, request.user)
    return Reply(modal=modal, how="update", draw=cards(request, of.id), channel=page.channel)


@routes.action(views.TAKE_OVER)
def take_over(request: Request, coach: Coach) -> Reply:
    """Make this person the facilitator."""
    of = coach.rounds.take_over(request.number, by=request.by, channel=request.channel)
    said = views.taken_over(of, coach.rounds.link(of))
    return Reply(say=said, draw=cards(request, of.id), channel=of.channel)


@routes.action(views.AGAIN)
def post_again(request: Request, coach: Coach) -> Reply:
    """Post the card anew, at the end of its channel."""
    channel, old = coach.rounds.post_again(request.number, by=request.by, channel=request.channel)
    return Reply(draw=cards(request, request.number), channel=channel, retired=old)


# Answering


def _clicked(request: Request, coach: Coach) -> Round:
    """Give the call whose card was clicked; the click proves that the card is there."""
    of = _here(request, coach, request.number)
    coach.rounds.seen(request.workspace, of.id, request.message_ts)
    return of


@routes.action(views.ANSWER)
def ask(request: Request, coach: Coach) -> Reply:
    """Ask the three questions, filled in with what this person answered before."""
    of = _clicked(request, coach)
    coach.rounds.require_open(of)
    mine = coach.rounds.mine(request.workspace, of.id, request.user)
    questions = coach.library.questions.questions
    # Not everyone is to think of the same things.
    turn = today_turn(coach) + sum(request.user.encode())
    return Reply(modal=modals.answer(of, questions, mine, turn), draw=cards(request, of.id))


@routes.submission(modals.ANSWERING)
def answer(request: Request, coach: Coach) -> Reply:
    """Keep the answer; everyone sees that there is one more, and nobody sees whose."""
    view = opened(request)
    named = modals.NAMELESS not in view.several(modals.NAMELESS)
    given = Given(view.text("expected"), view.text("why"), view.text("keep"), named=named)
    channel = str(view.meta.get("channel"))
    of = coach.rounds.answer(number(view.meta["round"]), given, by=request.by, channel=channel)
    return Reply(draw=cards(request, of.id), channel=of.channel)


@routes.action(views.MINE)
def own(request: Request, coach: Coach) -> Reply:
    """Show a person their own answer after the end."""
    of = _clicked(request, coach)
    mine = coach.rounds.own(of, request.user)
    return Reply(modal=modals.own(of, coach.library.questions.questions, mine), draw=cards(request, of.id))


@routes.action(modals.DROP)
def drop(request: Request, coach: Coach) -> Reply:
    """Delete a person's own answer; everyone sees that there is one less, and nobody sees whose."""
    of = coach.rounds.drop(request.number, by=request.by)
    return Reply(modal=modals.dropped(of), how="update", draw=cards(request, of.id), channel=of.channel)


# Writing the retro from the answers


@routes.action(views.READ)
def read(request: Request, coach: Coach) -> Reply:
    """Show the facilitator all answers; offer anybody else to take over."""
    of = _clicked(request, coach)
    if of.facilitator != request.user:
        only = f"Only {person(of.facilitator)} reads these answers until they are in the retro."
        return _already(request, coach, of, only) if of.state == "open" else _sorry(request, only)
    return Reply(modal=_answers(request, coach, of.id), draw=cards(request, of.id))


def _sorry(request: Request, text: str) -> Reply:
    return Reply(say=sentence(text), channel=request.channel)


def _answers(request: Request, coach: Coach, round_id: int, page: int = 0) -> Modal:
    of, answers = coach.rounds.answers(round_id, by=request.by)
    draft = _begun_before(request, coach, of)
    saved = f"Saved {draft.saved_at:%d %b %H:%M} UTC" if draft else ""
    return modals.read(of, coach.library.questions.questions, answers, page, saved)


@routes.action(modals.PAGE)
def turn_page(request: Request, coach: Coach) -> Reply:
    """Show other answers."""
    page = request.action.value.partition(":")[0]
    return Reply(modal=_answers(request, coach, request.number, int(page)), how="update")


@routes.action(modals.CLOSE)
def close(request: Request, coach: Coach) -> Reply:
    """Close the call without a retro."""
    of = coach.rounds.close(request.number, by=request.by)
    return Reply(modal=modals.closed(of), how="update", draw=cards(request, of.id), channel=of.channel)


@routes.submission(modals.READING)
def write(request: Request, coach: Coach) -> Reply:
    """Go on to the form of a retro, with the answers in it if they are wanted; from then on it is a draft."""
    view = opened(request)
    of, answers = coach.rounds.answers(number(view.meta["round"]), by=request.by)
    coach.rounds.require_open(of)
    begin = view.text("begin")
    page, sheet = fresh_page(coach, of.channel), _begun(request, of, answers, begin)
    draft = _begun_before(request, coach, of) if begin == modals.FROM_DRAFT else None
    if draft:
        page, sheet = replace(page, form=draft.form), replace(of_draft(draft.body), gathered=of.id)
    reply = redraw(request, coach, page, sheet, around_it(request, coach, page, again=f"{NAMED}:{of.system}"))
    return replace(reply, channel=of.channel, say_later=like_it(request, coach, page, sheet, of.channel))


def _begun_before(request: Request, coach: Coach, of: Round) -> Draft | None:
    """Give what the person has half written in the channel, unless it is about another system."""
    draft = coach.retros.draft(request.workspace, request.user, of.channel)
    return draft if draft and _about(of_draft(draft.body)) == _key(of.about.named) else None


def _about(sheet: Sheet) -> tuple[str, str] | None:
    try:
        return _key(sheet.named())
    except NameTooLong:
        return None


def _key(named: Named | None) -> tuple[str, str] | None:
    return named.key if named else None


def _begun(request: Request, of: Round, answers: Sequence[Answer], begin: str) -> Sheet:
    said = gathered(of, answers if begin == modals.FROM_ANSWERS else ())
    people = (request.user, *(one for one in participants(answers) if one != request.user))
    named = of.about.named
    return Sheet(
        system=named.name if named else "",
        release=named.version if named else "",
        kind=of.about.kind,
        expected=said["expected"],
        why=said["why"],
        keep=said["keep"],
        people=people[:PEOPLE],
        source=of.about.source,
        run=of.about.run,
        gathered=of.id,
    )
