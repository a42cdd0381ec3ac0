"""One class per thing a person can do about it; the docstring is what that person reads."""


class Refused(Exception):
    """That did not work. Please try again."""

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or " ".join((self.__doc__ or "").split()))

    @property
    def text(self) -> str:
        """Give the sentence that the person reads."""
        return str(self.args[0])


class Busy(Refused):
    """A lot is being saved right now and yours did not fit in. Nothing was changed: please try again."""


class Gone(Refused):
    """This checklist is no longer here. Start it again with the same command, or ask for `/aipm checklists`."""


class Discarded(Refused):
    """This checklist was discarded. Press *Reopen* on its card to go on with it."""


class Frozen(Refused):
    """This checklist is signed, so nothing on it changes. Press *Reopen* on its card to go on."""


class NotABox(Refused):
    """That item is not a tick-box now: it is marked not applicable or at risk. Open *Details* to change it."""


class UnknownChecklist(Refused):
    """I know no checklist of that name. `/aipm help` lists them all."""


class UnknownSystem(Refused):
    """I know no system of that name. `/aipm checklists` shows the open runs of this channel."""


class NameTooLong(Refused):
    """That name is too long. Keep the system name within 200 characters and the version within 40."""


class NoItems(Refused):
    """No item is left with these choices. Choose another scope, or *Not sure* for the kind of system."""


class NothingOpen(Refused):
    """No drift-response is open in this channel. Start one with `/aipm drift-response NAME` first."""


class AlreadyOpen(Refused):
    """Another run of this checklist is open for the same system in this channel. Finish or discard it first."""


class AlreadyDone(Refused):
    """This request was handled already."""


class NothingHeld(Refused):
    """That question is settled already. Nothing more to do."""


class NotUnderstood(Refused):
    """I did not understand that. For example: `/aipm learn subscribe core tuesday 10:00 Europe/Berlin`."""


class NoSubscription(Refused):
    """This channel has no weekly prompts yet. Start with `/aipm learn subscribe`."""


class NotYours(Refused):
    """Only the person who looks after these prompts, or a workspace admin, can change that."""


class NotRunning(Refused):
    """The weekly prompts are paused here, so there is nothing to skip. `/aipm learn resume` goes on with them."""


class DayIsOver(Refused):
    """Give a day that is still to come, as year-month-day."""


class JustAsked(Refused):
    """A lesson was asked for here a moment ago, and it is on its way. Give it a minute."""


class TrackIsOver(Refused):
    """This channel has been through the whole track. Choose another with `/aipm learn subscribe`."""


class TrackGone(Refused):
    """The track of this channel is no longer among mine. Choose another with `/aipm learn subscribe`."""


class LessonGone(Refused):
    """This lesson is no longer here. `/aipm learn` shows how things stand in this channel."""


class PutAside(Refused):
    """This lesson was put aside. The next one comes at its usual time."""


class NotEnrolled(Refused):
    """No questions come to you at the moment. `/aipm quiz` starts them."""


class NothingToAsk(Refused):
    """There is nothing to ask you yet. Press *Quiz me* on a weekly post, and its questions come back to you."""


class QuestionPending(Refused):
    """A question has just gone out to you. Answer that one first."""


class QuestionGone(Refused):
    """This question is no longer here. `/aipm quiz` shows what comes next."""


class RetroGone(Refused):
    """I know no such retro that you may see here. `/aipm retro list` shows those of this channel."""


class AlreadyLogged(Refused):
    """You logged this from another window already. Edit it there."""

    def __init__(self, number: int) -> None:
        super().__init__(f"You logged this as retro {number} from another window. Edit it there.")


class NotTakenPart(Refused):
    """Only those who took part in this retro can change it. Ask one of them to add you as a participant."""


class NotYourRetro(Refused):
    """Only the author of this retro, or a workspace admin, can delete it."""


class NothingToLookFor(Refused):
    """Say which words to look for. For example: `/aipm retro search alert threshold`."""


class ActionGone(Refused):
    """This action is no longer open. `/aipm actions` shows those that are."""


class NotYourAction(Refused):
    """Only the owner of this action, or somebody who took part in its retro, can change it."""


class NotAnAdmin(Refused):
    """Only a workspace admin decides what stands on everybody's checklists. Ask one of yours."""


class ItemGone(Refused):
    """This item was taken out already. `/aipm retro items` lists those that are left."""


class NoRoom(Refused):
    """That checklist's card is full. Choose another one, or have an admin take an item out: `/aipm retro items`."""


class ProposalGone(Refused):
    """This proposal was decided already, or is no longer here. The retro's card shows how it stands."""


class AlreadyProven(Refused):
    """Somebody marked this action done while you were writing. `/aipm actions` shows it; *Reopen* opens it again."""


class NoDigest(Refused):
    """No retro of this channel has named an action yet, so there is nothing to list. `/aipm retro` starts one."""


class RoundGone(Refused):
    """I know no such call for answers here. `/aipm retro collect` starts one."""


class RoundClosed(Refused):
    """These answers are closed already, so nothing was changed. Those who take part in the retro can still edit it."""


class AnswerGone(Refused):
    """I know of no answer of yours here. Once the answers are closed, nobody can tell who gave one without a name."""


class NotFacilitator(Refused):
    """Only the person who collects these answers reads them before the retro is written."""


class FieldErrors(Refused):
    """Please mend the marked fields."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


class ContentError(Exception):
    """Content that the coach must not start with; names the file, the line and the field."""


class SetupError(Exception):
    """A setting that must be mended before the coach can start."""


class Unmet(Refused):
    """Some must-haves are not met. Give the reason for which you accept each of these risks."""

    def __init__(self, items: list[str]) -> None:
        super().__init__()
        self.items = items


class LearningLeft(Refused):
    """Close it when its learning steps are met."""

    def __init__(self, titles: list[str]) -> None:
        steps = "; ".join(titles)
        super().__init__(
            f"Not closed yet. Meet these learning steps first, or mark them not applicable with a reason: {steps}."
        )
