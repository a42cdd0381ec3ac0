"""Everything that people can be shown of retros that were found, with whatever people may write."""

from collections.abc import Iterator
from dataclasses import replace

from bot.blocks import Message, clean, line
from bot.checklists import views as checklist_views
from bot.retros import views as retro_views
from bot.retros.search import views
from bot.retros.search.model import Hit, Offer, hit, stems
from bot.schema_retros import Questions
from bot.systems.model import Named
from tests.catalogue import CARD, Shown, shown
from tests.catalogue_retros import TODAY, retro, retros, words
from tests.samples import DRILL, HOUSE, run, signature


def everything(questions: Questions, text: str = "Hello") -> Iterator[Shown]:
    """Show all of it."""
    text = clean(text) or "x"
    found = list(retros(text))
    named = Named(line(text)[:200] or "x", line(text)[:40])
    hits = [replace(hit(one, stems(text)), link=CARD if number % 2 else "") for number, one in enumerate(found)]
    yield shown("found", views.found(text, hits[:10], questions))
    yield shown("partly found", views.found(text, [replace(hits[0], whole=False)], questions))
    yield shown(
        "found by nothing that can be shown", views.found(text, [Hit(found[0], "", before=text[:140])], questions)
    )
    for guess in ("", line(text)):
        yield shown("nothing", views.nothing(text, guess))
    titled = retro(words(text, named=named))
    for of in (named, None):
        yield shown("list", views.listing([*found, titled] * 2, {found[0].id: CARD}, of))
        yield shown("empty list", views.listing([], {}, of))
    for one in [*found, titled]:
        for url in (CARD, ""):
            yield shown("whole", views.whole(one, url, questions, TODAY))
    yield from of_offers([Offer(titled, CARD), Offer(replace(titled, number=10**6)), Offer(found[0], CARD)], questions)


def of_offers(offers: list[Offer], questions: Questions) -> Iterator[Shown]:
    """Show offers on every kind of card, and to one person."""
    yield shown("offers to one", views.offered_to_you(offers))
    yield shown("offers to one who begins", views.to_begin_with(offers))
    yield shown("an offer to one who begins", views.to_begin_with(offers[:1]))
    also = views.offered(offers)
    for of in (run(HOUSE), run(HOUSE, state="signed", signature=signature("x")), run(DRILL)):
        yield shown("run with offers", checklist_views.card(of, also))
    yield shown("retro with offers", retro_views.card(retro(), questions, TODAY, also))
    yield shown("no offers", Message("none", [*views.offered([]), *retro_views.in_full("x")]))
