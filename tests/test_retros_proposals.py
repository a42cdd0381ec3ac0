"""Items that retros propose, on a real database: proposed, decided, met in later checklists, and what came of them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.checklists.model import Answer, Choices
from bot.checklists.own.service import OwnItems
from bot.checklists.service import Checklists
from bot.database import Actor, Database
from bot.delivery import store as delivery
from bot.errors import (
    AlreadyDone,
    FieldErrors,
    ItemGone,
    NoRoom,
    NotAnAdmin,
    NotTakenPart,
    ProposalGone,
    RetroGone,
)
from bot.installs.service import Installs
from bot.library import Library, load
from bot.retros.model import CAUSES, Cause, Retro, Words
from bot.retros.proposals import store
from bot.retros.proposals.model import OFTEN, New, Proposal, Told, Wording
from bot.retros.proposals.service import Proposals
from bot.retros.service import Retros, key
from bot.schema import CARD_ROWS, Checklist
from bot.systems.model import Named
from tests import samples
from tests.samples import ANA, BEN, FRAUD, HERE, HOUSE, THERE, Clock, edited, item, phase

ADMIN = Actor("T1", "UADMIN")
CAUGHT = "A table by country in the evaluation."
WORDS = Words(
    expected="Fewer false alarms.", why="Nobody looked.", causes=("data", "luck"), caught=CAUGHT, people=("UBEN",)
)
ITEM = Wording("house-check", "roof", "Compare results by country", "A table, one row per country", "Make the table.")
ORIGIN = "added after retro 1"


@dataclass
class Room:
    retros: Retros
    proposals: Proposals
    own: OwnItems
    checklists: Checklists
    installs: Installs
    clock: Clock

    def log(self, words: Words = WORDS, by: Actor = ANA, channel: str = HERE) -> Retro:
        self.clock.forward(seconds=1)
        logged = self.retros.log(words, [], by=by, channel=channel)
        while self.proposals.catch_up():
            pass
        return logged

    def log_all(self, causes: Iterable[Cause], times: int, channel: str = HERE) -> list[Retro]:
        return [self.log(replace(WORDS, causes=tuple(causes)), channel=channel) for _ in range(times)]

    def propose(self, retro: Retro, words: Wording = ITEM, by: Actor = BEN, **more: bool | int) -> Proposal:
        new = replace(New(retro.id, words), **more)
        return self.proposals.propose(new, by=by, channel=retro.channel)

    def accepted(self, words: Wording = ITEM) -> Retro:
        retro = self.log()
        self.proposals.accept(self.propose(retro, words).id, by=ADMIN, channel=HERE)
        return retro

    def told(self, retro: Retro) -> list[Told]:
        return self.proposals.standing("T1", retro.id)

    def states(self, retro: Retro) -> list[str]:
        return [one.proposal.state for one in self.told(retro)]

    def suggested(self, *logged: Retro) -> list[tuple[int, str, int]]:
        """Give number, cause and count of what the coach suggested by itself."""
        found = [(one, told.proposal) for one in logged for told in self.told(one)]
        return [(one.number, made.cause, made.times) for one, made in found if made.cause]

    def run(self, named: Named = FRAUD, channel: str = HERE, choices: Choices | None = None) -> int:
        self.clock.forward(seconds=1)
        return self.checklists.start("house-check", named, choices or Choices(), by=ANA, channel=channel).run_id

    def revision(self, retro: Retro) -> int:
        """Count how often the card was to be drawn anew."""
        with self.retros.database.read() as tx:
            found = delivery.find(tx, key("T1", retro.id))
        assert found
        return found.revision


def room_of(database: Database, library: Library, installs: Installs, clock: Clock) -> Room:
    own = OwnItems(database, library, clock)
    installs.note_person("T1", "UADMIN", zone="UTC", admin=True)
    installs.note_person("T1", "UBEN", zone="UTC", admin=False)
    proposals = Proposals(database, library, clock, own)
    return Room(Retros(database, clock), proposals, own, Checklists(database, library, clock), installs, clock)


@pytest.fixture
def room(database: Database, library: Library, installs: Installs, clock: Clock) -> Room:
    return room_of(database, replace(library, causes=load().causes), installs, clock)


def items_of(of: Checklist, part: str = "roof") -> list[str]:
    return [one.id for here in of.phases if here.id == part for one in here.items]


# Proposing


def test_the_form_begins_with_what_would_have_caught_it(room: Room) -> None:
    asking = room.proposals.ask(room.log().id, by=BEN, channel=HERE)
    assert (asking.words.check, asking.words.title, asking.admin) == (CAUGHT, "", False)
    assert [one.id for one in asking.checklists] == list(room.own.library.checklists)
    room.installs.note_person("T1", "UBEN", zone="UTC", admin=True)
    assert room.proposals.ask(room.log().id, by=BEN, channel=HERE).admin


def test_what_would_have_caught_it_may_be_longer_than_an_item_can_say(room: Room) -> None:
    asking = room.proposals.ask(room.log(replace(WORDS, caught="x" * 3000)).id, by=ANA, channel=HERE)
    assert len(asking.words.check) == 1000


def test_only_who_took_part_proposes(room: Room) -> None:
    retro = room.log()
    for act in (
        lambda by: room.proposals.ask(retro.id, by=by, channel=HERE),
        lambda by: room.propose(retro, by=by),
    ):
        with pytest.raises(NotTakenPart):
            act(Actor("T1", "UCLEO"))
    assert room.states(retro) == []
    room.propose(retro, by=BEN)
    room.propose(retro, by=ANA)
    assert room.states(retro) == ["proposed", "proposed"]


def test_elsewhere_there_is_no_such_retro(room: Room) -> None:
    retro = room.log()
    made = room.propose(retro)
    for act in (
        lambda: room.proposals.ask(retro.id, by=ANA, channel=THERE),
        lambda: room.proposals.propose(New(retro.id, ITEM), by=ANA, channel=THERE),
        lambda: room.proposals.accept(made.id, by=ADMIN, channel=THERE),
        lambda: room.proposals.decline(made.id, by=ADMIN, channel=THERE),
    ):
        with pytest.raises(RetroGone):
            act()
    assert room.states(retro) == ["proposed"]


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"title": ""}, "title", "as a command"),
        ({"title": "x" * 74}, "title", "within 73 characters; this has 74."),
        ({"title": "&" * 15}, "title", "this has 75 as Slack counts them"),
        ({"hint": "x" * 76}, "hint", "within 75 characters; this has 76."),
        ({"hint": "<" * 19}, "hint", "this has 76 as Slack counts them"),
        ({"check": ""}, "check", "one to three sentences"),
        ({"check": "x" * 1001}, "check", "within 1,000 characters; this has 1,001."),
        ({"checklist": "gone"}, "place", "Choose the part"),
        ({"phase": "cellar"}, "place", "Choose the part"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(room: Room, changes: dict[str, str], field: str, told: str) -> None:
    retro = room.log()
    with pytest.raises(FieldErrors) as caught:
        room.propose(retro, replace(ITEM, **changes))
    assert list(caught.value.fields) == [field]
    assert told in caught.value.fields[field]
    assert room.states(retro) == []


@given(*[st.text("ab &<>\n", max_size=80)] * 2)
def test_the_form_takes_what_an_authored_item_may_say_and_nothing_else(title: str, hint: str) -> None:
    words = replace(ITEM, title=title.strip(), hint=hint.strip())
    try:
        body = HOUSE.model_dump()
        authored = {**item("X1").model_dump(), "title": words.title, "hint": words.hint}
        body["phases"][0]["items"] = [authored]
        Checklist.model_validate(body)
    except ValidationError:
        assert words.mistakes()
    else:
        assert not words.mistakes()
        assert words.item("retro-1-1", ORIGIN).title == words.title


def test_a_form_that_is_sent_twice_proposes_once(room: Room) -> None:
    retro = room.log()
    room.propose(retro, by=replace(BEN, request="v:1:2"))
    with pytest.raises(AlreadyDone):
        room.propose(retro, by=replace(BEN, request="v:1:2"))
    assert room.states(retro) == ["proposed"]


def test_an_admin_may_add_it_at_once_and_nobody_else(room: Room) -> None:
    retro = room.log(replace(WORDS, people=("UADMIN",)))
    with pytest.raises(NotAnAdmin):
        room.propose(retro, by=ANA, at_once=True)
    assert room.states(retro) == []
    assert room.propose(retro, by=ADMIN, at_once=True).state == "accepted"
    assert items_of(room.checklists.version("T1", "house-check"))[-1] == "retro-1-1"


# Deciding


def test_only_an_admin_decides(room: Room) -> None:
    retro = room.log()
    made = room.propose(retro)
    for by in (BEN, ANA, Actor("T1", "UNOBODY")):
        for decide in (room.proposals.accept, room.proposals.decline):
            with pytest.raises(NotAnAdmin):
                decide(made.id, by=by, channel=HERE)
    assert room.states(retro) == ["proposed"]
    assert room.checklists.version("T1", "house-check") == HOUSE


def test_an_accepted_item_stands_on_the_workspaces_own_version(room: Room) -> None:
    retro = room.accepted(replace(ITEM, level="must"))
    version = room.checklists.version("T1", "house-check")
    added = version.phases[1].items[-1]
    assert items_of(version) == ["R1", "R2", "R3", "R4", "retro-1-1"]
    assert (added.title, added.hint, added.check) == (ITEM.title, ITEM.hint, ITEM.check)
    assert (added.level, added.origin) == ("must", ORIGIN)
    assert room.checklists.checklist("house-check") == HOUSE
    assert room.checklists.version("T2", "house-check") == HOUSE
    past = [(one.by, one.what) for one in room.retros.history("T1", retro.id)]
    assert past == [("UBEN", "proposed an item"), ("UADMIN", "accepted an item")]


def test_items_of_one_retro_are_told_apart_for_good(room: Room) -> None:
    retro = room.accepted()
    [first] = room.own.listing("T1")
    room.own.take_out(first.id, by=ADMIN)
    for _ in range(2):
        room.proposals.accept(room.propose(retro).id, by=ADMIN, channel=HERE)
    assert items_of(room.checklists.version("T1", "house-check"))[4:] == ["retro-1-2", "retro-1-3"]


def test_declining_is_recorded_and_it_can_be_proposed_again(room: Room) -> None:
    retro = room.log()
    made = room.propose(retro)
    room.proposals.decline(made.id, by=ADMIN, channel=HERE)
    assert [one.what for one in room.retros.history("T1", retro.id)][-1] == "declined an item"
    for decide in (room.proposals.accept, room.proposals.decline):
        with pytest.raises(ProposalGone):
            decide(made.id, by=ADMIN, channel=HERE)
    room.propose(retro)
    assert room.states(retro) == ["declined", "proposed"]
    assert room.checklists.version("T1", "house-check") == HOUSE


def test_a_full_card_takes_no_more(room: Room) -> None:
    retro = room.log()
    with pytest.raises(FieldErrors, match="marked") as caught:
        room.propose(retro, replace(ITEM, checklist="long-check", phase="all"))
    assert "card is full" in caught.value.fields["place"]
    made = [room.propose(retro) for _ in range(CARD_ROWS - HOUSE.rows + 1)]
    for one in made[:-1]:
        room.proposals.accept(one.id, by=ADMIN, channel=HERE)
    with pytest.raises(NoRoom):
        room.proposals.accept(made[-1].id, by=ADMIN, channel=HERE)
    assert room.checklists.version("T1", "house-check").rows == CARD_ROWS
    assert room.states(retro)[-1] == "proposed"


def test_two_who_accept_at_once_do_not_overfill_a_card(room: Room) -> None:
    """Whoever comes second waits until the first is done, and then counts again."""
    first, second = room.log(), room.log()
    for one in [room.propose(first) for _ in range(CARD_ROWS - HOUSE.rows - 1)]:
        room.proposals.accept(one.id, by=ADMIN, channel=HERE)
    made = room.propose(second)
    last = ITEM.item("retro-1-99", ORIGIN)
    with ThreadPoolExecutor(1) as pool:
        with room.retros.database.write() as tx:
            room.own.adopt_in(tx, key("T1", first.id), ("house-check", "roof"), last, "UADMIN")
            accepting = pool.submit(room.proposals.accept, made.id, by=ADMIN, channel=HERE)
            wait([accepting], timeout=0.3)  # whoever does not wait for the other is done by then
        with pytest.raises(NoRoom):
            accepting.result()
    assert len(room.own.listing("T1")) == CARD_ROWS - HOUSE.rows
    assert room.states(second) == ["proposed"]


def test_other_checklists_and_workspaces_do_not_wait(room: Room) -> None:
    made = room.propose(room.log())
    with room.retros.database.read() as tx:
        for other in ("own:T1:band-check", "own:T2:house-check"):
            room.retros.database.take_turn(tx, other)
        assert room.proposals.accept(made.id, by=ADMIN, channel=HERE).state == "accepted"


# The workspace's own version


def test_later_runs_show_it_and_open_ones_keep_their_own(room: Room) -> None:
    before = room.run()
    room.accepted()
    after = room.run(Named("Other"))
    assert "retro-1-1" not in room.checklists.get("T1", before).items
    assert room.checklists.get("T1", after).items["retro-1-1"].origin == ORIGIN
    room.checklists.tick(after, "retro-1-1", ticked=True, clicked=1, by=ANA)
    assert room.checklists.get("T1", after).answer("retro-1-1").met


def test_an_item_can_be_all_that_a_choice_leaves(room: Room) -> None:
    """What was added counts where nothing of the shipped checklist applies."""
    base = edited(HOUSE, phases=[HOUSE.phases[0], phase("roof", item("R2", applies_to="genai"))])
    library = samples.library(base)
    other = room_of(room.retros.database, library, room.installs, room.clock)
    other.accepted()
    choices = Choices("predictive", "unsure", "roof")
    assert list(other.checklists.get("T1", other.run(choices=choices)).items) == ["retro-1-1"]


def test_taken_out_later_runs_do_without_it(room: Room) -> None:
    retro = room.accepted()
    shown = room.run()
    [own] = room.own.listing("T1")
    for by in (BEN, Actor("T1", "UNOBODY")):
        with pytest.raises(NotAnAdmin):
            room.own.take_out(own.id, by=by)
    room.own.take_out(own.id, by=ADMIN)
    with pytest.raises(ItemGone):
        room.own.take_out(own.id, by=ADMIN)
    assert room.own.listing("T1") == []
    assert room.checklists.version("T1", "house-check") == HOUSE
    assert "retro-1-1" in room.checklists.get("T1", shown).items
    assert "retro-1-1" not in room.checklists.get("T1", room.run(Named("Other"))).items
    [told] = room.told(retro)
    assert told.use
    assert told.use.dropped_at


def test_an_edit_of_the_content_never_loses_the_card(room: Room) -> None:
    """A phase that is gone, an id that is taken, a card that has grown: what was added gives way."""
    room.accepted()
    smaller = edited(HOUSE, phases=[HOUSE.phases[0]])
    taken = edited(HOUSE, phases=[*HOUSE.phases, phase("more", item("retro-1-1"))])
    longer = edited(HOUSE, phases=[phase("roof", *(item(f"I{n}") for n in range(CARD_ROWS - 1)))])
    for base, last in ((smaller, "retro-1-1"), (taken, "retro-1-1"), (longer, f"I{CARD_ROWS - 2}")):
        checklists = Checklists(room.retros.database, samples.library(base), room.clock)
        version = checklists.version("T1", "house-check")
        assert [one.id for part in version.phases for one in part.items][-1] == last
        assert version.rows <= CARD_ROWS
        assert bool(version.added) is (base is smaller)


# What came of it


def use_of(room: Room, retro: Retro) -> tuple[int, int, int]:
    [told] = room.told(retro)
    assert told.use
    return (told.use.shown, told.use.met, told.use.risk)


def test_the_retro_says_how_often_its_item_was_used(room: Room) -> None:
    room.run(Named("Before"))
    retro = room.accepted()
    assert use_of(room, retro) == (0, 0, 0)
    one, two, three, gone = (room.run(Named(name)) for name in ("One", "Two", "Three", "Gone"))
    room.run(Named("Part"), choices=Choices(scope="walls"))
    room.checklists.tick(one, "retro-1-1", ticked=True, clicked=1, by=ANA)
    room.checklists.answer(two, Answer("retro-1-1", "na", "None."), by=ANA)
    room.checklists.answer(three, Answer("retro-1-1", "risk", "Some."), by=ANA)
    room.checklists.discard(gone, by=ANA)
    assert use_of(room, retro) == (3, 2, 1)


def test_only_what_the_readers_may_see_is_counted(room: Room) -> None:
    retro = room.accepted()
    room.run(Named("One"))
    room.run(Named("Two"), channel=THERE)
    assert use_of(room, retro) == (1, 0, 0)
    room.installs.note_channel("T1", THERE, public=True)
    assert use_of(room, retro) == (2, 0, 0)
    room.clock.forward(hours=25)
    assert use_of(room, retro) == (1, 0, 0)


def test_its_card_is_drawn_anew_when_its_item_is_used(room: Room) -> None:
    retro = room.accepted()
    seen = [room.revision(retro)]
    run = room.run()
    seen.append(room.revision(retro))
    room.checklists.tick(run, "retro-1-1", ticked=True, clicked=1, by=ANA)
    seen.append(room.revision(retro))
    room.checklists.answer(run, Answer("retro-1-1", "risk", "Some.", version=1), by=ANA)
    seen.append(room.revision(retro))
    room.own.take_out(room.own.listing("T1")[0].id, by=ADMIN)
    seen.append(room.revision(retro))
    assert seen == sorted(set(seen))
    room.checklists.tick(run, "W1", ticked=True, clicked=1, by=ANA)
    assert room.revision(retro) == seen[-1]


def test_the_retro_says_whether_its_cause_came_back(room: Room) -> None:
    earlier = room.log()
    retro = room.accepted()
    [told] = room.told(retro)
    assert (told.causes, dict(told.back)) == (("data",), {"data": []})
    back = room.log(replace(WORDS, causes=("data", "model")))
    room.log(replace(WORDS, causes=("model",)))
    hidden = room.log(channel=THERE)
    [told] = room.told(retro)
    assert dict(told.back) == {"data": [back.number]}
    room.installs.note_channel("T1", THERE, public=True)
    assert dict(room.told(retro)[0].back) == {"data": [back.number]}
    wide = room.log(replace(WORDS, visibility="workspace"), channel=THERE)
    assert dict(room.told(retro)[0].back) == {"data": [back.number, wide.number]}
    assert earlier.number < retro.number < back.number < hidden.number


def test_what_came_before_the_item_did_not_come_back(room: Room) -> None:
    retro = room.log()
    made = room.propose(retro)
    room.log()
    room.clock.forward(seconds=1)
    room.proposals.accept(made.id, by=ADMIN, channel=HERE)
    assert dict(room.told(retro)[0].back) == {"data": []}


def test_a_retro_without_causes_has_none_that_comes_back(room: Room) -> None:
    retro = room.log(replace(WORDS, causes=("luck",)))
    room.proposals.accept(room.propose(retro).id, by=ADMIN, channel=HERE)
    room.log(replace(WORDS, causes=("luck",)))
    [told] = room.told(retro)
    assert (told.causes, dict(told.back)) == ((), {})


def test_the_card_of_the_retro_is_drawn_anew_when_its_cause_comes_back(room: Room) -> None:
    retro, other = room.accepted(), room.log()
    room.accepted()
    seen = room.revision(retro)
    room.log(replace(WORDS, causes=("model", "luck")))
    room.log(channel=THERE)
    assert (room.revision(retro), room.revision(other)) == (seen, 1)
    room.log()
    assert (room.revision(retro), room.revision(other)) == (seen + 1, 1)
    room.log(replace(WORDS, visibility="workspace"), channel=THERE)
    assert room.revision(retro) == seen + 2


# Causes that come back


def test_a_cause_in_three_retros_suggests_an_item_once(room: Room) -> None:
    logged = room.log_all(["data", "luck"], 3)
    assert room.suggested(*logged) == [(3, "data", 3)]
    more = room.log_all(["data"], 2)
    assert room.suggested(*more) == []
    assert room.suggested(*room.log_all(["data", "model"], 1)) == [(6, "data", 3)]


def test_luck_alone_suggests_nothing(room: Room) -> None:
    assert room.suggested(*room.log_all(["luck"], 2 * OFTEN)) == []


def test_each_cause_and_channel_counts_for_itself(room: Room) -> None:
    logged = [*room.log_all(["data"], 2), *room.log_all(["data"], 2, THERE), *room.log_all(["process"], 2)]
    assert room.suggested(*logged) == []
    assert room.suggested(room.log(replace(WORDS, causes=("data", "process")))) == [(7, "data", 3), (7, "process", 3)]


def test_what_the_readers_of_the_channel_may_not_see_does_not_count(room: Room) -> None:
    wide = replace(WORDS, visibility="workspace")
    room.log(WORDS, channel=THERE)
    room.log(wide, channel=THERE)
    here = [room.log(), room.log()]
    assert room.suggested(*here) == []
    room.installs.note_channel("T1", THERE, public=True)
    room.log(replace(WORDS, causes=("model",)))
    assert room.suggested(room.log()) == [(6, "data", 3)]


def test_many_at_once_are_weighed_as_if_one_by_one(room: Room) -> None:
    logged = [room.retros.log(WORDS, [], by=ANA, channel=HERE) for _ in range(7)]
    assert room.proposals.catch_up(most=5)
    assert not room.proposals.catch_up(most=5)
    assert room.suggested(*logged) == [(3, "data", 3), (6, "data", 3)]
    assert not room.proposals.catch_up(most=1)


def test_a_cause_that_is_named_later_counts(room: Room) -> None:
    first = room.log(replace(WORDS, causes=()))
    others = room.log_all(["data"], 2)
    room.retros.edit(first.id, WORDS, [], version=1, by=ANA)
    room.proposals.catch_up()
    assert room.suggested(first, *others) == [(1, "data", 3)]
    assert room.suggested(*room.log_all(["data"], 2)) == []


def test_a_deleted_retro_does_not_count(room: Room) -> None:
    room.retros.delete(room.log().id, by=ANA)
    assert room.suggested(*room.log_all(["data"], 2)) == []


def test_a_suggestion_is_put_into_words_before_it_is_proposed(room: Room) -> None:
    *_, newest = room.log_all(["data"], 2)
    newest = room.log(replace(WORDS, causes=("data",), caught="Count the blanks."))
    [told] = room.told(newest)
    assert told.proposal.words.check == ""
    with pytest.raises(ProposalGone):
        room.proposals.accept(told.proposal.id, by=ADMIN, channel=HERE)
    asking = room.proposals.look(told.proposal.id, by=BEN, channel=HERE)
    assert (asking.words.check, asking.suggestion) == ("Count the blanks.", told.proposal.id)
    assert asking.words.title == load().causes["data"].title
    room.propose(newest, suggestion=asking.suggestion)
    assert room.states(newest) == ["proposed"]
    with pytest.raises(ProposalGone):
        room.propose(newest, suggestion=asking.suggestion)
    made = room.told(newest)[0].proposal
    assert (made.by, made.cause, made.words) == ("UBEN", "data", ITEM)
    room.proposals.accept(made.id, by=ADMIN, channel=HERE)
    assert room.told(newest)[0].causes == ("data",)


def test_the_form_is_filled_in_with_what_the_readers_may_see(room: Room) -> None:
    """The newest words win, but not those of another channel, and not silence."""
    *_, newest = room.log_all(["data"], 3)
    room.log(replace(WORDS, caught="Hidden."), channel=THERE)
    room.log(replace(WORDS, caught=""))
    made = room.told(newest)[0].proposal.id
    assert room.proposals.look(made, by=BEN, channel=HERE).words.check == CAUGHT
    room.log(replace(WORDS, caught="Newer."))
    assert room.proposals.look(made, by=BEN, channel=HERE).words.check == "Newer."


def test_where_nobody_said_what_would_have_caught_it_the_content_does(room: Room) -> None:
    *_, newest = (room.log(replace(WORDS, caught="")) for _ in range(3))
    asking = room.proposals.look(room.told(newest)[0].proposal.id, by=BEN, channel=HERE)
    assert asking.words.check == load().causes["data"].check


def test_a_suggestion_of_another_retro_is_not_taken_up(room: Room) -> None:
    *_, newest = room.log_all(["data"], 3)
    [told] = room.told(newest)
    other = room.log(replace(WORDS, causes=()))
    room.propose(other, suggestion=told.proposal.id)
    assert (room.states(other), room.states(newest)) == (["proposed"], ["suggested"])


def test_not_now_is_said_by_who_took_part_or_an_admin(room: Room) -> None:
    for by in (BEN, ADMIN):
        *_, newest = room.log_all(["data"], 3)
        [told] = room.told(newest)
        with pytest.raises(NotAnAdmin):
            room.proposals.decline(told.proposal.id, by=Actor("T1", "UCLEO"), channel=HERE)
        room.proposals.decline(told.proposal.id, by=by, channel=HERE)
        assert room.states(newest) == ["declined"]


def test_only_who_took_part_looks_at_a_suggestion(room: Room) -> None:
    *_, newest = room.log_all(["data"], 3)
    [told] = room.told(newest)
    with pytest.raises(NotTakenPart):
        room.proposals.look(told.proposal.id, by=ADMIN, channel=HERE)


def test_words_of_a_deleted_retro_are_forgotten_and_the_item_stays(room: Room) -> None:
    retro = room.accepted()
    room.propose(retro, replace(ITEM, title="Secret"))
    room.retros.delete(retro.id, by=ANA)
    room.proposals.catch_up()
    assert room.told(retro) == []
    with room.retros.database.read() as tx:
        kept = [(one.words.title, one.words.check, one.state) for one in store.of_retro(tx, "T1", retro.id)]
    assert kept == [("", "", "gone")] * 2
    assert items_of(room.checklists.version("T1", "house-check"))[-1] == "retro-1-1"
    room.run()


def test_every_cause_but_luck_has_an_item() -> None:
    assert set(load().causes) == set(CAUSES) - {"luck"}
    for one in load().causes.values():
        words = Wording(one.checklist, one.phase, one.title, one.hint, one.check)
        assert words.mistakes() == {}
