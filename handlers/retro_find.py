"""Retros that are found again: by words, by system, by number."""

import re

from bot.app import Coach
from bot.errors import Refused
from bot.retros.search import views
from bot.systems.model import parse
from handlers import help as helping
from handlers.requests import Reply, Request
from handlers.routes import routes

_NUMBER = re.compile(r"(?:retro\s*)?#?([0-9]{1,9})", re.IGNORECASE)


@routes.word("retro search", "retro search WORDS", "Find what was learned before, the best match first", helping.RETROS)
def search(request: Request, coach: Coach) -> Reply:
    """Look for words in the retros that the asker may see here."""
    query = request.rest().text
    here = (request.workspace, request.channel, request.user)
    hits = coach.finder.search(query, *here)
    if hits:
        return Reply(say=views.found(query, hits, coach.library.questions), channel=request.channel)
    message = views.nothing(query, coach.finder.guess(query, *here))
    return Reply(say=message, channel=request.channel)


@routes.word("retro list", "retro list [SYSTEM]", "The newest retros that you may see here", helping.RETROS)
def newest(request: Request, coach: Coach) -> Reply:
    """List the newest retros, of one system if it is named."""
    named = parse(request.rest().text)
    found = coach.retros.listing(request.workspace, request.channel, request.user, named)
    install = coach.installs.find(request.workspace)
    links = {one.id: install.link(one.channel, one.message_ts) for one in found if install and one.message_ts}
    return Reply(say=views.listing(found, links, named), channel=request.channel)


@routes.word("retro show", "retro show NUMBER", "All of a retro, to you alone", helping.RETROS)
def show(request: Request, coach: Coach) -> Reply:
    """Show all of a retro to the asker alone."""
    told = _NUMBER.fullmatch(request.rest().text)
    if told is None:
        raise Refused("Which one? Give its number, for example: `/aipm retro show 12`")
    place = {"workspace": request.workspace, "channel": request.channel, "user": request.user}
    retro = coach.retros.show(int(told[1]), **place)
    url = coach.installs.message_link(request.workspace, retro.channel, retro.message_ts or "")
    message = views.whole(retro, url, coach.library.questions, coach.retros.now().date())
    return Reply(say=message, channel=request.channel)
