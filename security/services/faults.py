"""Why a step cannot be made now, in words for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class CannotNow(Exception):
    """``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[_StrPromise]

    def __str__(self) -> str:
        return str(self.message)


class BreachClosed(CannotNow):
    message = _("This breach is closed: nothing but an entry in its journal can be added.")


class NotDescribed(CannotNow):
    message = _("Describe the breach and its risk first.")


class ReasonRefused(CannotNow):
    message = _("With this risk, and in our role, that is no reason not to tell.")


class NotApproved(CannotNow):
    message = _("There is no decision that waits for a second person.")


class DecidedAnew(CannotNow):
    message = _("This was decided anew since you opened the page: read the decision as it is now, and approve it then.")


class DecidedMeanwhile(CannotNow):
    """Somebody decided the same since the page was opened."""

    message = _("A colleague decided this meanwhile: %(decision)s. Send yours again if it is another.")

    def __init__(self, decision: str) -> None:
        self.decision = decision
        super().__init__(decision)

    def __str__(self) -> str:
        return str(self.message) % {"decision": self.decision}


class SamePerson(CannotNow):
    message = _("Whoever decided cannot approve: this takes a second person.")


class LateWithoutReason(CannotNow):
    message = _("This is later than the law allows: say why (Article 33(1) GDPR).")


class NotKnownYet(CannotNow):
    message = _("Nobody is notified of a breach before it became known.")


class NobodyNamed(CannotNow):
    message = _("Nobody is left to be told.")


class AlreadyTold(CannotNow):
    message = _("They were told already.")


class NotWorded(CannotNow):
    """Somebody reads a language in which nothing is written yet."""

    message = _("Write what they are told in these languages first: %(languages)s.")

    def __init__(self, languages: list[str]) -> None:
        self.languages = languages
        super().__init__(*languages)

    def __str__(self) -> str:
        return str(self.message) % {"languages": ", ".join(self.languages)}


class UnknownCustomers(CannotNow):
    message = _("No customer has this number: %(numbers)s.")

    def __init__(self, numbers: list[str]) -> None:
        self.numbers = numbers
        super().__init__(*numbers)

    def __str__(self) -> str:
        return str(self.message) % {"numbers": ", ".join(self.numbers)}


class UnknownPeople(CannotNow):
    """Some of what was typed is on no file of ours. Which stands on the page of whoever typed it, and nowhere else."""

    message = _("We hold nothing under this address: %(addresses)s.")

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        super().__init__(len(addresses))

    def __str__(self) -> str:
        return str(self.message) % {"addresses": ", ".join(self.addresses)}


class StillToDo(CannotNow):
    message = _("Something is still to do before it can be closed.")
