"""Applications for tests, made by the services that people use; files that are what they say."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from letters.models import Letter
from letters.sealing import unseal
from recruitment import correspondence, services, uploads
from recruitment.enums import Action, DocumentKind, PersonnelKind, Status
from recruitment.filing import Filed
from recruitment.models import Application, Employment, PersonnelDocument, Vacancy
from tests.accounts import factories

if TYPE_CHECKING:
    from datetime import date, datetime

EMAIL = "lina@candidate.example"
NAME = "Lina Peeters"
HR = Actor(kind=ActorKind.STAFF, id="", role="HR", entity="Oxygis Partners", country="BE")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"

_numbers = itertools.count(1)


def make_vacancy(country: str = "BE", **fields: Any) -> Vacancy:
    number = next(_numbers)
    place = {"BE": "Dilbeek", "FR": "Lille"}[country]
    told = {"slug": f"surveyor-{number}", "title": "Surveyor", "title_fr": "Géomètre", "title_nl": "Landmeter", "place": place}
    return Vacancy.objects.create(**{**told, "country": country, **fields})


def upload(content: bytes = PDF, name: str = "cv.pdf") -> SimpleUploadedFile:
    """What a browser sends: whatever type it says is believed by nobody."""
    return SimpleUploadedFile(name, content, content_type="application/x-whatever")


def filed(content: bytes = PDF, name: str = "cv.pdf") -> Filed:
    return Filed.of(uploads.check(upload(content, name)))


def apply(*, at: datetime, email: str = EMAIL, country: str = "BE", **fields: Any) -> Application:
    """Somebody applies with our form."""
    told: dict[str, Any] = {
        "vacancy": fields.pop("vacancy", None) or make_vacancy(country),
        "name": NAME,
        "email": email,
        "phone": "+32 2 555 01 40",
        "cover_letter": "I like maps. I measured half of Ghent.",
        "language": "en",
        "cv": fields.pop("cv", None) or filed(),
    }
    return services.submit(**{**told, **fields}, at=at)


def enter(*, at: datetime, email: str = EMAIL, agency: str = "", **fields: Any) -> Application:
    told: dict[str, Any] = {
        "vacancy": fields.pop("vacancy", None) or make_vacancy(),
        "name": NAME,
        "email": email,
        "phone": "",
        "cover_letter": "",
        "language": "en",
        "documents": {DocumentKind.CV: filed()},
        "received_at": at,
    }
    return services.enter(**{**told, **fields}, agency=agency, actor=HR, at=at)


_WAY = {
    Status.RECEIVED: (),
    Status.IN_REVIEW: (Action.REVIEW,),
    Status.INTERVIEW: (Action.INVITE,),
    Status.OFFER: (Action.INVITE, Action.OFFER),
    Status.HIRED: (Action.INVITE, Action.OFFER, Action.HIRE),
    Status.REJECTED: (Action.REJECT,),
    Status.WITHDRAWN: (Action.WITHDRAW,),
    Status.CLOSED: (Action.CLOSE,),
}


def bring(application: Application, status: Status, *, at: datetime) -> Application:
    """Take it to a state by the steps that lead there."""
    for action in _WAY[status]:
        act(application, action, at=at)
    return Application.objects.get(pk=application.pk)


def act(application: Application, action: Action, *, at: datetime) -> Application:
    words = {"text": "Come and see us."} if action in {Action.INVITE, Action.REOPEN} else {}
    day = {"started_on": at.date()} if action == Action.HIRE else {}
    return services.act(application_id=application.pk, action=action, actor=HR, at=at, **words, **day)


def hired(*, at: datetime, **fields: Any) -> Employment:
    return Employment.objects.get(application=bring(apply(at=at, **fields), Status.HIRED, at=at))


def add(employment: Employment, kind: PersonnelKind, dated_on: date, *, at: datetime) -> PersonnelDocument:
    told = {"kind": kind, "dated_on": dated_on, "filed": filed(name=f"{kind}.pdf".lower())}
    return services.add_document(employment_id=employment.pk, **told, actor=HR, at=at)


def letters_of(application: Application, event: str = "") -> list[Letter]:
    found = Letter.objects.filter(about=correspondence.about(application)).order_by("written_at", "id")
    return list(found.filter(event=event) if event else found)


def token_of(letter: Letter, name: str = "pool_link") -> str:
    found = re.search(r"/([\w-]{43})/", unseal(bytes(letter.sealed))[name])
    assert found
    return found[1]


def hr_client() -> Client:
    return factories.sign_in(Client(), factories.make_staff(UserRole.HR))


def zipped(**pieces: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pieces.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()
