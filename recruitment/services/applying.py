"""An application comes in: by our own form, or entered by HR, with the agency that sent it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.actor import Actor
from audit.turns import take_turn
from datamap import gate, pan
from recruitment import correspondence, tokens
from recruitment.enums import DocumentKind, Origin
from recruitment.models import Application, Document
from recruitment.workflow import CannotNow
from subjects.identifiers import normalise_email
from subjects.selectors import is_blocked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from recruitment.filing import Filed
    from recruitment.models import Vacancy

#: The same application within this time is the same click.
REPEATED_WITHIN = timedelta(minutes=10)


class Erased(CannotNow):
    message = _("This person had us erase their data. Only they can apply again, with our own form.")


@transaction.atomic
def submit(
    *, vacancy: Vacancy, name: str, email: str, phone: str, cover_letter: str, language: str, cv: Filed | None, at: datetime
) -> Application:
    """Take in what somebody sent with our form, and confirm it to the address given. Twice at once is once."""
    asked = _asked(name=name, email=email, phone=phone, cover_letter=cover_letter, language=language)
    _lock(asked["email"])
    same = _same(vacancy, asked, cv, at=at)
    if same is not None:
        return same
    application = _make(vacancy, asked, origin=Origin.FORM, agency="", received_at=at, at=at)
    if cv is not None:
        Document.objects.create(application=application, kind=DocumentKind.CV, **cv.columns(at=at))
    _note(application, actor=Actor.person(), at=at)
    correspondence.write(application, event="application_received", received_on=at.date(), at=at)
    return application


@transaction.atomic
def enter(
    *,
    vacancy: Vacancy,
    name: str,
    email: str,
    phone: str,
    cover_letter: str,
    language: str,
    documents: Mapping[DocumentKind, Filed],
    agency: str,
    received_at: datetime,
    actor: Actor,
    at: datetime,
) -> Application:
    """Enter an application by hand, and tell the person that we have it and from whom (Art. 14).

    Raises:
        Erased: the person had everything erased; nobody else brings it back.
        Stopped: their data is restricted.
    """
    asked = _asked(name=name, email=email, phone=phone, cover_letter=cover_letter, language=language)
    gate.require(gate.may_edit(values=[asked["email"]]))
    if is_blocked(asked["email"]):
        raise Erased
    origin = Origin.AGENCY if agency.strip() else Origin.HR
    application = _make(vacancy, asked, origin=origin, agency=pan.mask(agency.strip()), received_at=received_at, at=at)
    for kind, filed in documents.items():
        Document.objects.create(application=application, kind=kind, **filed.columns(at=at))
    _note(application, actor=actor, at=at)
    correspondence.write(application, event="application_entered", received_on=received_at, agency=application.agency, at=at)
    return application


def _asked(*, name: str, email: str, phone: str, cover_letter: str, language: str) -> dict[str, str]:
    return {
        "name": pan.mask(name),
        "email": normalise_email(email),
        "phone": pan.mask(phone),
        "cover_letter": pan.mask(cover_letter).replace("\r\n", "\n"),
        "language": language,
    }


def _lock(email: str) -> None:
    take_turn(f"recruitment.submit:{email}")


def _same(vacancy: Vacancy, asked: Mapping[str, str], cv: Filed | None, *, at: datetime) -> Application | None:
    recent = Application.objects.filter(vacancy=vacancy, origin=Origin.FORM, received_at__gt=at - REPEATED_WITHIN, **asked)
    digests = [cv.sealed.digest] if cv else []
    return next((found for found in recent if list(found.documents.values_list("digest", flat=True)) == digests), None)


def _make(vacancy: Vacancy, asked: Mapping[str, str], *, origin: Origin, agency: str, received_at: datetime, at: datetime) -> Application:
    told: dict[str, Any] = {"origin": origin, "agency": agency, "vacancy": vacancy, "country": vacancy.country}
    times = {"received_at": received_at, "last_contact_at": received_at, "kept_from": received_at, "status_since": at}
    return Application.objects.create(reference=_free_reference(), **asked, **told, **times)


def _free_reference() -> str:
    while True:
        reference = tokens.new_reference()
        if not Application.objects.filter(reference=reference).exists():
            return reference


def _note(application: Application, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action="application.received",
        about=correspondence.about(application),
        actor=actor,
        at=at,
        origin=application.origin,
        country=application.country,
    )
