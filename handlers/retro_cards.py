"""The controls of a retro's card: editing, reading all of it, its history, posting it again, deleting it."""

from dataclasses import replace

from bot.app import Coach
from bot.retros import modals, views
from bot.retros.model import Retro
from bot.retros.past import modals as past
from bot.retros.service import key
from handlers import admins
from handlers.requests import Reply, Request, number, opened
from handlers.retro_forms import begin, edited, fresh_page
from handlers.routes import routes

OF_RETRO = "retro:"
"""How the value of *Post it again* begins for a retro's card: cards of every kind share that button."""


def _clicked(request: Request, coach: Coach) -> Retro:
    """Give the retro whose card was clicked; the click proves that the card is there."""
    retro = coach.retros.clicked(request.workspace, request.number, request.channel, request.user)
    if retro.channel == request.channel:
        coach.retros.seen(request.workspace, retro.id, request.message_ts)
    return retro


@routes.action(views.EDIT)
def edit(request: Request, coach: Coach) -> Reply:
    """Open the form with the words of the retro, or with what this person has half changed."""
    retro = _clicked(request, coach)
    coach.retros.require_editable(retro, request.user)
    page = fresh_page(coach, retro.channel, retro.id)
    return _and_draw(retro, begin(request, coach, page, edited(request, coach, page)))


def _and_draw(retro: Retro, reply: Reply) -> Reply:
    """Name the clicked card: a click brings the response_url by which a card can be redrawn later."""
    return replace(reply, draw=(key(retro.workspace, retro.id),))


@routes.action(views.READ)
def read(request: Request, coach: Coach) -> Reply:
    """Show all that was answered."""
    retro = _clicked(request, coach)
    return _and_draw(retro, Reply(modal=modals.whole(retro, coach.library.questions)))


@routes.action(views.MORE)
def more(request: Request, coach: Coach) -> Reply:
    """Do what the three dots offer."""
    retro = _clicked(request, coach)
    chosen = request.action.value.partition(":")[0]
    if chosen == views.HISTORY:
        changes = coach.retros.history(request.workspace, retro.id)
        return _and_draw(retro, Reply(modal=past.history(retro, changes, coach.library.questions)))
    if chosen == views.AGAIN:
        return post_again(request, coach)
    return _ask(request, coach, retro)


def post_again(request: Request, coach: Coach) -> Reply:
    """Post the card anew, at the end of its channel."""
    channel, old = coach.retros.post_again(request.number, by=request.by, channel=request.channel)
    return Reply(draw=(key(request.workspace, request.number),), channel=channel, retired=old)


def _ask(request: Request, coach: Coach, retro: Retro) -> Reply:
    def asked() -> Reply:
        coach.retros.require_deletable(retro, request.user)
        return _and_draw(retro, Reply(modal=modals.delete(retro)))

    return admins.only(request, coach, asked)


@routes.submission(modals.DELETING)
def delete(request: Request, coach: Coach) -> Reply:
    """Delete the retro; its card says that it was."""
    retro = number(opened(request).meta["retro"])
    gone = coach.retros.delete(retro, by=request.by)
    cards = dict.fromkeys(card for one in gone.actions for card in coach.actions.cards(one))
    card = key(request.workspace, retro)
    also = tuple(one for one in cards if one != card)  # they hold words of it
    return Reply(draw=(card,), also=also, channel=gone.channel, index=True)
