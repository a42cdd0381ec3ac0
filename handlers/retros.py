"""Retros: the form, its drafts, and logging what it holds."""

from dataclasses import replace

from bot.app import Coach
from bot.errors import AlreadyDone, AlreadyLogged, FieldErrors, Refused, RetroGone
from bot.retros import FROM_MESSAGE, modals, views
from bot.retros.modals import Page
from bot.retros.model import day_of
from bot.retros.past.modals import overtaken
from bot.retros.service import Overtaken, Sent, key
from bot.retros.sheet import Half, Sheet, merged
from handlers import help as helping
from handlers import retro_actions as actions
from handlers import retro_rounds as rounds
from handlers import retro_starts as starts
from handlers.requests import Like, Reply, Request, opened
from handlers.retro_forms import (
    around_it,
    begin,
    complete,
    edited,
    fresh_page,
    keep,
    new_form,
    redraw,
    typed,
    with_open,
)
from handlers.routes import routes


@routes.command(
    "retro", "retro [SYSTEM [version]]", "Three questions, and the actions that follow from them", helping.RETROS
)
def retro(request: Request, coach: Coach) -> Reply:
    """Open the form, or do what the next word says."""
    rest = request.rest()
    word = rest.text.partition(" ")[0].casefold()
    found = routes.words.get(f"retro {word}")
    if found:
        return found.handler(rest, coach)
    if not request.trigger:
        return Reply(say=views.ask_for_form(rest.text), channel=request.channel)
    fresh = starts.of_words(rest.text, request.user)
    return begin(request, coach, fresh_page(coach, request.channel), fresh, f"{views.NAMED}:{rest.text}")


@routes.action(views.START)
def start(request: Request, coach: Coach) -> Reply:
    """Open the form with what the button knows."""
    channel, fresh = starts.of_value(request.action.value, request, coach, request.channel)
    return begin(request, coach, fresh_page(coach, channel), fresh, request.action.value)


@routes.shortcut(FROM_MESSAGE)
def start_from_message(request: Request, coach: Coach) -> Reply:
    """Open the form with a message as the beginning of the first answer; a draft takes it in at its end."""
    if request.shot is None:
        raise Refused
    link = coach.installs.message_link(request.workspace, request.channel, request.shot.ts)
    fresh = starts.of_message(request.shot, link, request.user)
    return begin(request, coach, fresh_page(coach, request.channel), fresh)


# Inside the form


@routes.action(modals.ADD)
def add_action(request: Request, coach: Coach) -> Reply:
    """Take the action in the fields among the others, and empty the fields."""
    page, sheet = typed(request, coach)
    try:
        sheet = sheet.added(day_of(coach.retros.now()))
    except FieldErrors as error:
        told = around_it(request, coach, page, wrong=" ".join(error.fields.values()))
        return redraw(request, coach, page, sheet, told)
    return redraw(request, coach, replace(page, low=page.low + 1), sheet)


_OCCUPIED = "Add the action that stands in the fields below first, or empty them."


@routes.action(modals.LINE)
def change_action(request: Request, coach: Coach) -> Reply:
    """Take an action out of the list, to write it anew or for good."""
    page, sheet = typed(request, coach)
    what, place = request.action.value.partition(":")[0], request.number
    if place >= len(sheet.actions):
        return redraw(request, coach, page, sheet)
    if what == modals.REMOVE:
        return redraw(request, coach, page, sheet.without(place))
    if sheet.half.begun:
        return redraw(request, coach, page, sheet, around_it(request, coach, page, wrong=_OCCUPIED))
    chosen = sheet.actions[place]
    half = Half(chosen.text, chosen.owner, chosen.due.isoformat(), chosen.proof)
    return redraw(request, coach, replace(page, low=page.low + 1), replace(sheet.without(place), half=half))


@routes.action(modals.PROMPTS)
def more_prompts(request: Request, coach: Coach) -> Reply:
    """Show other prompts."""
    page, sheet = typed(request, coach)
    return redraw(request, coach, replace(page, turn=page.turn + 1), sheet)


@routes.action(modals.AFRESH)
def start_afresh(request: Request, coach: Coach) -> Reply:
    """Drop the draft, and show the form as it is without one."""
    page, sheet = typed(request, coach)
    # New names for all fields, or what was typed would stay in them; a new form, or a window that still shows the
    # draft would go on in it.
    old, page = page, replace(page, top=page.top + 1, low=page.low + 1, form=new_form())
    around = around_it(request, coach, page, again=request.action.value)
    coach.retros.forget_draft(by=request.by, channel=page.channel, retro=page.retro, form=old.form)
    fresh = edited(request, coach, page) if page.retro else _afresh(request, coach, page, sheet)
    fresh = replace(fresh, gathered=sheet.gathered)
    around = with_open(around, request, coach, page, fresh)
    return Reply(modal=modals.form(fresh, page, around), how="update")


def _afresh(request: Request, coach: Coach, page: Page, sheet: Sheet) -> Sheet:
    """Begin with what was asked for; a form that was not a draft at first begins with its own system or checklist."""
    value = request.action.value or (f"{views.OF_RUN}:{sheet.run}" if sheet.run else "")
    if value:
        return starts.of_value(value, request, coach, page.channel)[1]
    return Sheet(system=sheet.system, release=sheet.release, people=(request.user,))


# Logging, and saving an edit


@routes.submission(modals.WRITING)
def log(request: Request, coach: Coach) -> Reply:
    """Log the retro or save the edit; whatever keeps it from that, what was typed is a draft."""
    page, sheet = typed(request, coach)
    try:
        return _save(request, coach, page, sheet) if page.retro else _log(request, coach, page, sheet)
    except (AlreadyDone, AlreadyLogged, RetroGone):
        raise  # it is logged, or deleted: a draft of it would only come back
    except Refused:
        keep(request, coach, page, sheet)
        raise


def _log(request: Request, coach: Coach, page: Page, sheet: Sheet) -> Reply:
    whole = complete(sheet, coach, new=True)
    asked = modals.carried(page) in opened(request).inputs
    sent = Sent(page.form, whole.carried if asked else ())
    said = (whole.words(), whole.actions)
    logged = coach.retros.log(*said, by=request.by, channel=page.channel, gathered=whole.gathered, sent=sent)
    cards = (key(request.workspace, logged.id), *rounds.cards(request, whole.gathered))
    like = Like(cards[0], page.channel, form=page.form)
    reply = Reply(draw=cards, channel=page.channel, look_at=frozenset({page.channel}), index=True, like=like)
    reply = replace(reply, meet=frozenset({request.user}))
    if not asked:
        return replace(reply, say_later=lambda: actions.offer(coach, logged, request.user))
    return replace(reply, also=actions.carried_from(coach, logged))


def _save(request: Request, coach: Coach, page: Page, sheet: Sheet) -> Reply:
    whole = complete(sheet, coach, new=False)
    try:
        said = (page.retro, whole.words(), whole.actions)
        coach.retros.edit(*said, version=whole.version, by=request.by, form=page.form)
    except Overtaken as late:
        both = merged(sheet, late.retro, late.past)
        if both is None:  # only its actions have changed
            return _save(request, coach, page, replace(sheet, version=late.retro.version))
        page = replace(page, top=page.top + 1)
        told = around_it(request, coach, page, said=overtaken(both, coach.library.questions))
        return redraw(request, coach, page, both.sheet, replace(told, late=both))
    return Reply(draw=(key(request.workspace, page.retro),), channel=page.channel, index=True)
