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
