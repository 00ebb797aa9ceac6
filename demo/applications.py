"""A dozen invented candidates of the demo company, in every state, made by the services that people use, at invented times."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import override_settings

from accounts.enums import UserRole
from demo.accounts import colleague
from letters import services as letters
from letters.models import Letter
from recruitment import correspondence, services, uploads
from recruitment.enums import Action, DocumentKind, FlagReason, PersonnelKind
from recruitment.filing import Filed
from recruitment.models import Application, Employment, Vacancy
from subjects.selectors import is_blocked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audit.actor import Actor

VACANCIES = (
    ("surveyor-dilbeek", "Surveyor", "Géomètre", "Landmeter", "Dilbeek", "BE"),
    ("map-maker-lille", "Map maker", "Cartographe", "Cartograaf", "Lille", "FR"),
    ("support-dilbeek", "Support engineer", "Ingénieur support", "Supportmedewerker", "Dilbeek", "BE"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Applied so many days ago; then the steps, three days apart."""

    name: str
    job: str
    language: str
    days_ago: int
    letter: str
    steps: tuple[Action, ...] = ()
    agency: str = ""
    reply: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@kandidaat.example"


INVITED = (Action.REVIEW, Action.INVITE)
CANDIDATES = (
    Candidate("Femke Aerts", "surveyor-dilbeek", "nl", 2, "Ik meet graag, en ik teken nog liever wat ik gemeten heb."),
    Candidate("Ruben Willems", "support-dilbeek", "nl", 3, "Ik help mensen graag verder aan de telefoon."),
    Candidate("Chloe Martin", "map-maker-lille", "fr", 4, "Les cartes me suivent depuis l’enfance.", (Action.REVIEW,)),
    Candidate(
        "Milan Claes", "surveyor-dilbeek", "nl", 12, "Vijf jaar op het terrein. Door mijn rug was ik vorig jaar drie maanden ziek. Nu wil ik meer.",
        (Action.REVIEW,), agency="Werkpunt Interim",
    ),
    Candidate(
        "Julie Dubois", "map-maker-lille", "fr", 15, "Je cherche une équipe où l’on discute des projections.", INVITED,
        reply="Bonjour, jeudi à dix heures me convient très bien. À bientôt !",
    ),
    Candidate(
        "Owen Hughes", "support-dilbeek", "en", 20, "I answer the question that was asked.", INVITED,
        reply="Thursday at ten is fine. Before that, could you send me a copy of my data?",
    ),
    Candidate("Lotte Jacobs", "surveyor-dilbeek", "nl", 32, "Ik studeer af in juni.", (*INVITED, Action.OFFER)),
    Candidate("Hugo Lefevre", "map-maker-lille", "fr", 60, "Dix ans de cadastre.", (*INVITED, Action.OFFER, Action.HIRE)),
    Candidate("Emma Desmet", "support-dilbeek", "nl", 400, "Ik wil graag bij u leren.", (*INVITED, Action.OFFER, Action.HIRE)),
    Candidate("Noah Wouters", "surveyor-dilbeek", "nl", 90, "Ik ken de streek.", (Action.REVIEW, Action.REJECT)),
    Candidate(
        "Ines Garnier", "map-maker-lille", "fr", 120, "Je reviens de six mois en Norvège.", (Action.REVIEW, Action.REJECT), agency="Talents du Nord"
    ),
    Candidate("Tom Baker", "support-dilbeek", "en", 700, "Available at once.", (Action.CLOSE,)),
    Candidate("Saskia Peeters", "surveyor-dilbeek", "nl", 45, "Ik twijfel nog.", (Action.REVIEW, Action.WITHDRAW)),
)  # fmt: skip
WORDS = {
    "en": "Thank you for your letter. Could you come and see us on Thursday at ten?",
    "fr": "Merci pour votre lettre. Pourriez-vous venir nous voir jeudi à dix heures ?",
    "nl": "Bedankt voor uw brief. Kunt u donderdag om tien uur bij ons langskomen?",
}


def load(*, at: datetime) -> int:
    """Fill an empty room; how many applications were made. Their mail is taken as delivered long ago."""
    for slug, title, title_fr, title_nl, place, country in VACANCIES:
        told = {"title": title, "title_fr": title_fr, "title_nl": title_nl, "place": place, "country": country}
        Vacancy.objects.get_or_create(slug=slug, defaults=told)
    if Application.objects.exists():
        return 0
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        for candidate in CANDIDATES:
            if not is_blocked(candidate.email):
                _play(candidate, at=at - timedelta(days=candidate.days_ago))
    return Application.objects.count()


def _play(candidate: Candidate, *, at: datetime) -> None:
    application = _applied(candidate, at=at)
    for number, action in enumerate(candidate.steps, start=1):
        _step(application, action, words=WORDS[candidate.language], at=at + timedelta(days=3 * number))
    last = at + timedelta(days=3 * len(candidate.steps), hours=5)
    if candidate.reply:
        told: dict[str, Any] = {"text": candidate.reply, "sender": candidate.email, "received_at": last, "actor": _hr(), "at": last}
        services.record_reply(application_id=application.pk, **told)
    if "ziek" in candidate.letter:
        services.flag(model=Application, row_id=application.pk, reason=FlagReason.SPECIAL, actor=_hr(), at=last)
    for employment in Employment.objects.filter(application=application):
        _employed(employment, candidate, at=last)
    for letter in Letter.objects.filter(about=correspondence.about(application)):
        letters.send(letter_id=letter.pk, at=letter.next_try_at)


def _applied(candidate: Candidate, *, at: datetime) -> Application:
    vacancy = Vacancy.objects.get(slug=candidate.job)
    cv = _file("cv.pdf", [candidate.name, vacancy.title, "", "Everything in this document is invented."])
    told: dict[str, Any] = {
        "vacancy": vacancy,
        "name": candidate.name,
        "email": candidate.email,
        "phone": "+32 2 555 01 40",
        "language": candidate.language,
    }
    if candidate.agency:
        documents = {DocumentKind.CV: cv}
        told |= {"cover_letter": candidate.letter, "agency": candidate.agency}
        return services.enter(**told, documents=documents, received_at=at, actor=_hr(), at=at)
    return services.submit(**told, cover_letter=candidate.letter, cv=cv, at=at)


def _step(application: Application, action: Action, *, words: str, at: datetime) -> None:
    text = words if action == Action.INVITE else ""
    day = at.date() if action == Action.HIRE else None
    services.act(application_id=application.pk, action=action, text=text, started_on=day, actor=_hr(), at=at)


def _employed(employment: Employment, candidate: Candidate, *, at: datetime) -> None:
    """A contract and a payslip; who came long ago has left since."""
    for kind, name in ((PersonnelKind.CONTRACT, "contract.pdf"), (PersonnelKind.PAYSLIP, "payslip.pdf")):
        told: dict[str, Any] = {"kind": kind, "dated_on": employment.started_on, "filed": _file(name, [candidate.name, name, "Invented."])}
        services.add_document(employment_id=employment.pk, **told, actor=_hr(), at=at)
    if candidate.days_ago > 300:
        ended_on = employment.started_on + timedelta(days=200)
        services.end_employment(employment_id=employment.pk, ended_on=ended_on, actor=_hr(), at=at + timedelta(days=200))


def _hr() -> Actor:
    return colleague(UserRole.HR)


def _file(name: str, lines: Sequence[str]) -> Filed:
    return Filed.of(uploads.check(SimpleUploadedFile(name, _pdf(lines))))


def _pdf(lines: Sequence[str]) -> bytes:
    """One page of plain words, written by hand."""
    shown = [line for words in lines for line in (textwrap.wrap(words, 70) or [""])]
    escaped = (line.replace("\\", "").replace("(", "").replace(")", "") for line in shown)
    text = "BT /F1 14 Tf 60 780 Td 20 TL " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
    stream = text.encode("latin-1", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return body + head + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
