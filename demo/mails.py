"""Mail that reached us lately: three that nobody has sorted yet, and one that answers to a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from rights_requests.models import RightsRequest
from rights_requests.services import mail_in


@dataclass(frozen=True, slots=True)
class Mail:
    sender: str
    subject: str
    text: str
    hours_ago: int


MAILS = (
    Mail(
        "Griet Claes <griet.claes@studio-kobalt.example>",
        "Mijn gegevens",
        "Beste,\n\nIk kreeg van u een brief op mijn oude adres. Hoe komt u daaraan, en kunt u dat rechtzetten?\n\nMet dank,\nGriet",
        hours_ago=19,
    ),
    Mail(
        "Valérie Denis <valerie.denis@comptabilite-bodart.example>",
        "Question sur notre contrat",
        "Bonjour,\n\nMa collègue est partie en juin. Que devient son accès, et que gardez-vous d’elle ?\n\nMerci,\nValérie Denis",
        hours_ago=6,
    ),
    Mail(
        "Tom Hartley <tom.hartley@post.example>",
        "GDPR",
        "Hello,\n\nYou called me last week about maps. I never gave you my number. Who did?\n\nTom Hartley",
        hours_ago=2,
    ),
)


def load(*, about: RightsRequest, now: datetime) -> None:
    for number, mail in enumerate(MAILS):
        _receive(mail, number, now=now)
    answer = Mail(
        f"{about.name} <{about.email}>", f"Re: {about.reference}", "Bonjour,\n\nIl s’agit des messages de 2025.\n\nMerci", hours_ago=1
    )
    _receive(answer, len(MAILS), now=now)


def _receive(mail: Mail, number: int, *, now: datetime) -> None:
    at = now - timedelta(hours=mail.hours_ago)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, "privacy@oxygis.example", mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<demo-{number}@post.example>"
    message.set_content(mail.text)
    mail_in.receive(raw=message.as_bytes(), at=at)
