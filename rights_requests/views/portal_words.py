"""What a person reads about the state of their request: the answer first, then what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights_requests import selectors, workflow
from rights_requests.enums import Action, Outcome, Right, Status
from rights_requests.offers import offer_of
from rights_requests.services import restricting
from rights_requests.views import file_boxes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from django.utils.functional import _StrPromise

    from letters.models import Letter
    from rights_requests.models import Attachment, Message, RightsRequest

_NOTHING_TO_DO = gettext_lazy("You do not need to do anything.")

#: Heading and lead of each state; where the right matters, under the pair of both.
_OPEN: Mapping[Status | tuple[Status, Right], tuple[_StrPromise, _StrPromise]] = {
    Status.AWAITING_IDENTITY: (
        gettext_lazy("We are waiting for you to confirm"),
        gettext_lazy("We sent a link to your address. Open it and press the button: then we start."),
    ),
    Status.COLLECTING: (gettext_lazy("We are collecting your data"), _NOTHING_TO_DO),
    Status.IN_REVIEW: (gettext_lazy("We are checking what we found"), _NOTHING_TO_DO),
    Status.AWAITING_APPROVAL: (gettext_lazy("A second person checks the erasure"), _NOTHING_TO_DO),
    Status.GRACE: (
        gettext_lazy("Your data will be erased soon"),
        gettext_lazy("We told you when at every address of yours that we know. Until then you can still take the request back."),
    ),
    (Status.CARRYING_OUT, Right.ACCESS): (gettext_lazy("We are packing your copy"), _NOTHING_TO_DO),
    (Status.CARRYING_OUT, Right.RECTIFICATION): (gettext_lazy("We are correcting your data"), _NOTHING_TO_DO),
    (Status.CARRYING_OUT, Right.ERASURE): (gettext_lazy("We are erasing your data"), _NOTHING_TO_DO),
    (Status.CARRYING_OUT, Right.RESTRICTION): (gettext_lazy("We are setting your data aside"), _NOTHING_TO_DO),
    (Status.CARRYING_OUT, Right.PORTABILITY): (gettext_lazy("We are packing your data"), _NOTHING_TO_DO),
    (Status.CARRYING_OUT, Right.OBJECTION): (gettext_lazy("We are carrying out your objection"), _NOTHING_TO_DO),
    Status.REFUSED: (
        gettext_lazy("We have refused your request"),
        gettext_lazy("Our letter gives the reasons, and says where you can complain."),
    ),
    Status.WITHDRAWN: (
        gettext_lazy("You took this request back"),
        gettext_lazy("We stopped working on it. You can make a new request at any time."),
    ),
    Status.LAPSED: (
        gettext_lazy("This request was never confirmed"),
        gettext_lazy("Nobody opened our link, so we closed it without looking anything up. You can ask again at any time."),
    ),
    Status.FORWARDED: (
        gettext_lazy("We have forwarded your request"),
        gettext_lazy("A customer of ours decides about these data. Our letter says who that is and how you reach them."),
    ),
}
_ANSWERED: Mapping[tuple[str, str], tuple[_StrPromise, _StrPromise]] = {
    (Right.ACCESS, Outcome.COMPLETE): (
        gettext_lazy("Here is our answer"),
        gettext_lazy("Our letter says what we hold about you and why. The copy of your data can be downloaded below for seven days."),
    ),
    (Right.ACCESS, Outcome.PARTIAL): (
        gettext_lazy("Here is our answer, without what is about others"),
        gettext_lazy("Our letter says what we left out and why. The copy of your data can be downloaded below for seven days."),
    ),
    (Right.RECTIFICATION, Outcome.REFUSED): (
        gettext_lazy("We have not changed your data"),
        gettext_lazy("Our letter gives the reasons, and says where you can complain."),
    ),
    (Right.ERASURE, Outcome.COMPLETE): (
        gettext_lazy("We have erased your data"),
        gettext_lazy("Our letter says what we erased, and until when backups may still hold it."),
    ),
    (Right.ERASURE, Outcome.PARTIAL): (
        gettext_lazy("We have erased your data, except what the law makes us keep"),
        gettext_lazy("Our letter says what we erased, what we keep, on which ground and until when."),
    ),
    (Right.RECTIFICATION, Outcome.COMPLETE): (
        gettext_lazy("We have corrected your data"),
        gettext_lazy("Our letter says what stood there and what stands there now."),
    ),
    (Right.RECTIFICATION, Outcome.PARTIAL): (
        gettext_lazy("We have corrected a part of your data"),
        gettext_lazy("Our letter says what we corrected, what we did not, and why."),
    ),
    (Right.RESTRICTION, Outcome.COMPLETE): (
        gettext_lazy("Your data are set aside"),
        gettext_lazy("We keep them and do nothing else with them. We write to you before that ends."),
    ),
    (Right.RESTRICTION, Outcome.NOTHING_HELD): (
        gettext_lazy("We hold nothing about you that could be used"),
        gettext_lazy("Should something of yours reach us, it is set aside at once. We write to you before that ends."),
    ),
    (Right.PORTABILITY, Outcome.COMPLETE): (
        gettext_lazy("Here are your data, to take elsewhere"),
        gettext_lazy("The files can be downloaded below for seven days. Our letter says what is in them."),
    ),
    (Right.PORTABILITY, Outcome.PARTIAL): (
        gettext_lazy("Here are your data, to take elsewhere"),
        gettext_lazy("The files can be downloaded below for seven days. Our letter says what is in them, what is not, and why."),
    ),
    (Right.OBJECTION, Outcome.COMPLETE): (
        gettext_lazy("We have stopped"),
        gettext_lazy("Our letter says which use of your data has ended."),
    ),
    (Right.OBJECTION, Outcome.PARTIAL): (
        gettext_lazy("We have stopped a part"),
        gettext_lazy("Our letter says which use of your data has ended, which goes on, and why."),
    ),
}
_RESTRICTION_ENDED = (
    gettext_lazy("Your data are no longer set aside"),
    gettext_lazy("We told you why in a letter before that ended. You can ask for it again at any time."),
)
_NOTHING_PORTABLE = (
    gettext_lazy("There is nothing to take elsewhere"),
    gettext_lazy("We hold nothing that this right covers. Our letter says why. You can still ask for a copy of everything."),
)
_NOTHING_HELD = (
    gettext_lazy("We hold nothing about you"),
    gettext_lazy("We looked in every system of ours under what you confirmed. Our letter lists them."),
)


#: The clock stands still: what the person does next counts, whatever state the case is in.
_ASKED = (
    gettext_lazy("We are waiting for your answer"),
    gettext_lazy("We need something from you before we can go on: our letter below says what. You can answer on this page."),
)


@dataclass(frozen=True, slots=True)
class Words:
    """``days_left`` and ``days_late`` are None where nothing is due (any more)."""

    heading: str
    lead: str
    named: str
    days_left: int | None
    days_late: int | None
    may_withdraw: bool
    needs_link: bool
    takes_messages: bool


def of(case: RightsRequest, *, today: date) -> Words:
    heading, lead = _heading_and_lead(case) if case.paused_on is None else _ASKED
    days = (case.due_on - today).days if case.is_open and case.paused_on is None else None
    return Words(
        heading=str(heading),
        lead=str(lead),
        named=str(offer_of(case).named),
        days_left=days if days is not None and days >= 0 else None,
        days_late=-days if days is not None and days < 0 else None,
        may_withdraw=may_withdraw(case),
        needs_link=case.status == Status.AWAITING_IDENTITY,
        takes_messages=case.minimised_at is None,
    )


def may_withdraw(case: RightsRequest) -> bool:
    return Action.WITHDRAW in workflow.actions_from(status=Status(case.status), right=Right(case.right))


def _heading_and_lead(case: RightsRequest) -> tuple[_StrPromise, _StrPromise]:
    status, right = Status(case.status), Right(case.right)
    if status == Status.ANSWERED and (right, case.outcome) == (Right.PORTABILITY, Outcome.NOTHING_HELD):
        return _NOTHING_PORTABLE
    if status == Status.ANSWERED and right == Right.RESTRICTION and restricting.has_ended(case):
        return _RESTRICTION_ENDED
    if status == Status.ANSWERED:
        return _ANSWERED.get((right, case.outcome), _NOTHING_HELD)
    return _OPEN.get(status) or _OPEN[status, right]


def due_sum(case: RightsRequest, *, today: date) -> tuple[list[tuple[str, date]], tuple[str, date]]:
    """The working of the due date, and what it comes to: a promise while the case is open, a fact afterwards."""
    rows, (words, due_on) = selectors.due_sum(case, today=today)
    if case.paused_on is not None:
        return rows, (words, due_on)
    return rows, (_("We answer by") if case.is_open else _("The limit was"), due_on)


def letters(found: Iterable[Letter], *, reference: str) -> list[dict[str, Any]]:
    return [
        {
            "title": letter.subject,
            "language": letter.language,
            "url": reverse("portal_case_letter", kwargs={"reference": reference, "letter_id": letter.pk}),
            "detail": _("To read here or as PDF"),
            "on": letter.written_at,
        }
        for letter in found
    ]


def files(found: Iterable[Attachment], *, reference: str) -> file_boxes.Files:
    return file_boxes.by_message(found, lambda attachment: reverse("portal_case_file", args=[reference, attachment.pk]))


def thread(found: Iterable[Message], files: file_boxes.Files) -> list[dict[str, Any]]:
    return [
        {
            "own": message.is_from_person,
            "author": _writer(message),
            "at": message.at,
            "text": message.text,
            "files": files.get(message.pk, []),
        }
        for message in found
    ]


def _writer(message: Message) -> str:
    if message.is_from_person:
        return _("You") if message.is_sender_known else _("By e-mail, from an address that is not the one of this request")
    return f"{message.author.name}, Oxygis" if message.author else _("Helpdesk, Oxygis")
