"""Mails the newest seal of the audit trail to the privacy officer: a copy outside, without which a rewrite could not be found out."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from audit.models import Seal
from letters import services
from letters.models import Letter


def mail_head(seal: Seal) -> None:
    """Write once for each seal."""
    about = f"audit.seal:{seal.number}"
    if Letter.objects.filter(about=about, event="audit_head").exists():
        return
    services.write(
        event="audit_head",
        language=settings.LANGUAGE_CODE,
        to=settings.ORGANISATION["privacy_email"],
        about=about,
        values={"number": str(seal.number), "root": bytes(seal.root).hex(), "sealed_at": seal.sealed_at},
        at=timezone.now(),
        is_shown=False,
    )
