"""Actions of retros: lists of them, what is done with them, the weekly digest, and whether a proof held."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.app import Coach
from bot.blocks import Message, Modal, esc, person
from bot.delivery.model import Key
from bot.errors import FieldErrors, NoDigest, NotUnderstood
from bot.learning.wish import parse_wish
from bot.retros.actions import modals, notices, views
from bot.retros.actions.model import HELD, Place, in_a_week, place_of
from bot.retros.actions.service import proof_key
from bot.retros.model import Action, Retro
from bot.retros.service import key
from bot.schedule import Schedule
from bot.systems.model import Named, parse
from handlers import admins
from handlers import help as helping
from handlers.mishaps import sentence
from handlers.requests import Reply, Request, View, number, opened
from handlers.routes import routes


@routes.command(
    "actions", "actions [system]", "What you agreed in retros, and this channel: overdue first", helping.RETROS
)
def actions(request: Request, coach: Coach) -> Reply:
    """List the person's actions and the channel's, or those of a system."""
    rest = request.rest()
    word = rest.text.partition(" ")[0].casefold()
    found = routes.words.get(f"actions {word}")
    if found:
        return found.handler(rest, coach)
    named = parse(rest.text)
    listing = coach.actions.listing(request.workspace, request.channel, request.user, named)
    return Reply(say=views.listing(listing), channel=request.channel, meet=frozenset({request.user}))


@routes.action(views.ACTIONS)
def of_retro(request: Request, coach: Coach) -> Reply:
    """Show the actions of the retro on whose card the button stands."""
    return _again(request, coach, Place("retro", request.number), request.channel, replaces=False)


@routes.action(views.NEXT, views.BACK)
def turn(request: Request, coach: Coach) -> Reply:
    """Show another page of a list."""
    return _again(request, coach, place_of(request.action.value), request.channel)


def _again(
    request: Request, coach: Coach, place: Place, channel: str, *, said: str = "", replaces: bool = True
) -> Reply:
    listing = coach.actions.again(place, request.workspace, channel, request.user)
    return Reply(say=views.listing(listing, said=said), channel=channel, replaces=replaces)


# What is done with an action


def _changed(request: Request, coach: Coach, changed: Action, place: Place, channel: str, said: str) -> Reply:
    """Show the list anew, with what was done; a digest is redrawn and needs no words."""
    if place.is_list:
        reply = _again(request, coach, place, channel, said=said)
    else:
        reply = Reply(say=sentence(said) if place.kind == "card" else None, channel=channel)
    return _with(reply, coach, changed)


def _with(reply: Reply, coach: Coach, changed: Action) -> Reply:
    return replace(reply, also=coach.actions.cards(changed), index=True)


def _form(request: Request, coach: Coach, form: Callable[[Action, Place, str], Modal]) -> Reply:
    """Open a form about the clicked action, if it is open still."""
    place = place_of(request.action.value)
    found = coach.actions.clicked(request.number, by=request.by, channel=request.channel)
    if found.state == "done":
        return _changed(request, coach, found, place, request.channel, _DONE_ALREADY)
    return Reply(modal=form(found, place, request.channel), replaces=place.is_list)


_DONE_ALREADY = "This action is done already; *Reopen* opens it again."


def _place(view: View) -> tuple[int, Place, str]:
    return number(view.meta["action"]), place_of(str(view.meta["place"])), str(view.meta["channel"])


@routes.action(views.DONE)
def ask_proof(request: Request, coach: Coach) -> Reply:
    """Ask what proves that it is done."""
    return _form(request, coach, modals.done)


@routes.submission(modals.FINISHING)
def finish(request: Request, coach: Coach) -> Reply:
    """Mark it done."""
    view = opened(request)
    action, place, channel = _place(view)
    done = coach.actions.done(action, view.text("note"), view.text("link"), by=request.by, channel=channel)
    said = f"✓ Done: {_name(done)}. In a month I ask {person(done.owner)} whether the proof held."
    return _changed(request, coach, done, place, channel, said)


@routes.action(views.REOPEN)
def reopen(request: Request, coach: Coach) -> Reply:
    """Open it again."""
    opened_again = coach.actions.reopen(request.number, by=request.by, channel=request.channel)
    said = f"✓ Open again, due {_day(opened_again.due)}: {_name(opened_again)}."
    return _changed(request, coach, opened_again, place_of(request.action.value), request.channel, said)


@routes.action(views.SNOOZE)
def snooze(request: Request, coach: Coach) -> Reply:
    """Put it off by a week."""
    asleep = coach.actions.snooze(request.number, by=request.by, channel=request.channel)
    return _changed(request, coach, asleep, place_of(request.action.value), request.channel, _put_off(asleep))


@routes.action(views.MORE)
def more(request: Request, coach: Coach) -> Reply:
    """Ask to which day, or to whom."""
    if request.action.value.startswith(views.HAND):
        return _form(request, coach, modals.hand_over)

    def until(action: Action, place: Place, channel: str) -> Modal:
        today = coach.actions.today(request.workspace, request.user)
        return modals.until(action, place, channel, in_a_week(action, today).isoformat())

    return _form(request, coach, until)


@routes.submission(modals.PUTTING_OFF)
def put_off(request: Request, coach: Coach) -> Reply:
    """Put it off to a day."""
    view = opened(request)
    action, place, channel = _place(view)
    chosen = view.text("until")
    if not chosen:
        raise FieldErrors({"until": "Choose a day."})
    asleep = coach.actions.snooze(action, date.fromisoformat(chosen), by=request.by, channel=channel)
    return _changed(request, coach, asleep, place, channel, _put_off(asleep))


def _put_off(asleep: Action) -> str:
    return f"✓ Put off to {_day(asleep.snoozed_until or asleep.due)}: {_name(asleep)}."


@routes.submission(modals.HANDING)
def hand_over(request: Request, coach: Coach) -> Reply:
    """Give it to another person."""
    view = opened(request)
    action, place, channel = _place(view)
    theirs = coach.actions.hand_over(action, view.text("to"), by=request.by, channel=channel)
    said = f"✓ Handed over to {person(theirs.owner)}: {_name(theirs)}. I send them nothing now, so tell them yourself."
    return _changed(request, coach, theirs, place, channel, said)


def _name(action: Action) -> str:
    return f"_{esc(' '.join(action.text.split()), 200)}_"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


# What is left from before


def left_open(coach: Coach, named: Named, request: Request, channel: str) -> Message | None:
    """Show whoever starts work on a system what is still open of it, as far as they may see it in this channel."""
    found = coach.actions.earlier(named, workspace=request.workspace, channel=channel, user=request.user)
    return views.still_open(found) if found.mine or found.others else None


def offer(coach: Coach, retro: Retro, user: str) -> Message | None:
    """Offer whoever logged a retro to carry over what earlier ones of its system left open."""
    some = _to_carry(coach, retro, user, retro.channel)
    return views.offer_to_carry(some, retro.id, coach.actions.today(retro.workspace, user)) if some else None


def carried_from(coach: Coach, logged: Retro) -> tuple[Key, ...]:
    """Name the cards that show what was carried over into a retro when it was logged."""
    old = [one.carried_from for one in logged.actions if one.carried_from]
    return coach.actions.cards_of(old, logged) if old else ()


def _to_carry(coach: Coach, retro: Retro, user: str, asked_in: str) -> list[Action]:
    named = retro.words.named
    if named is None:
        return []
    place = {"workspace": retro.workspace, "channel": retro.channel, "user": user}
    return coach.actions.to_carry(named, **place, but=retro.id, asked_in=asked_in)


@routes.action(views.CARRY)
def choose(request: Request, coach: Coach) -> Reply:
    """Ask what to carry over."""
    retro = coach.retros.clicked(request.workspace, request.number, request.channel, request.user)
    coach.retros.require_editable(retro, request.user)
    some = _to_carry(coach, retro, request.user, request.channel)
    if not some:
        return Reply(say=sentence("Nothing is left to carry over."), channel=request.channel, replaces=True)
    return Reply(modal=modals.carry_over(some, retro.id, request.channel), replaces=True)


@routes.submission(modals.CARRYING)
def carry_over(request: Request, coach: Coach) -> Reply:
    """Carry over what was chosen."""
    view = opened(request)
    chosen = [number(one) for one in view.several(modals.CARRIED)]
    if not chosen:
        raise FieldErrors({modals.CARRIED: "Choose at least one, or press Cancel."})
    retro = coach.actions.carry_over(chosen, number(view.meta["retro"]), by=request.by)
    said = f"✓ Carried over into retro {retro.number}: {len(chosen)}. Each keeps its owner."
    where = str(view.meta["channel"])
    return Reply(
        say=sentence(said), channel=where, replaces=True, also=coach.actions.cards_of(chosen, retro), index=True
    )


# The weekly digest


@routes.word(
    "actions digest",
    "actions digest [on / off / DAY HH:MM]",
    "When this channel's overdue actions are listed",
    helping.RETROS,
)
def digest(request: Request, coach: Coach) -> Reply:
    """Say when a channel's digest comes, or change that."""
    words = request.rest().text.casefold()
    found = coach.actions.digest(request.workspace, request.channel)
    if found is None:
        raise NoDigest
    if not words:
        return _said(request, notices.setting(found))
    when = found.schedule if words in {notices.ON, notices.OFF} else _schedule(words, found.schedule)
    return _set(request, coach, when, on=words != notices.OFF)


@routes.action(notices.SWITCH)
def switch(request: Request, coach: Coach) -> Reply:
    """Switch a channel's digest on or off."""
    return _set(request, coach, None, on=request.action.value == notices.ON)


def _schedule(words: str, now: Schedule) -> Schedule:
    try:
        wish = parse_wish(words, ())
    except NotUnderstood:
        told = esc(words.replace("`", ""), 60)
        example = "`/aipm actions digest monday 09:00 Europe/Berlin`"
        raise NotUnderstood(f"I cannot read `{told}` as on, off, or a day and a time. For example: {example}") from None
    weekday = now.weekday if wish.weekday is None else wish.weekday
    return Schedule(weekday, wish.at or now.at, wish.zone or now.zone)


def _set(request: Request, coach: Coach, when: Schedule | None, *, on: bool) -> Reply:
    def done() -> Reply:
        changed = coach.actions.set_digest(when, on=on, by=request.by, channel=request.channel)
        return _said(request, notices.setting(changed, said="✓ Saved."))

    return admins.only(request, coach, done)


def _said(request: Request, message: Message) -> Reply:
    return Reply(say=message, channel=request.channel, meet=frozenset({request.user}))


# Whether the proof held


@routes.action(notices.HOLDS)
def holds(request: Request, coach: Coach) -> Reply:
    """Keep that the proof held."""
    return _answer(request, coach, held=True)


@routes.action(notices.FAILS)
def fails(request: Request, coach: Coach) -> Reply:
    """Keep that it did not, and open the action again."""
    return _answer(request, coach, held=False)


def _answer(request: Request, coach: Coach, *, held: bool) -> Reply:
    found = coach.actions.proved(request.number, held=held, by=request.by, channel=request.channel)
    coach.outbox.seen(request.workspace, "proof", found.id, request.message_ts)
    card = (proof_key(request.workspace, found.id),)
    said = None if (found.held == HELD) is held else notices.proof(found)
    return Reply(say=said, draw=card, also=(key(request.workspace, found.retro),), index=True)
