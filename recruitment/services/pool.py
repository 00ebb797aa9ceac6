"""Who does not want to be kept for other jobs is not (policy VII, P071)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.actor import Actor
from recruitment import correspondence, tokens
from recruitment.enums import ENDED_STATUSES, RUNNING_STATUSES, Action, LinkPurpose, Status
from recruitment.models import CandidateLink
from recruitment.services.moving import lock, move
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime

    from recruitment.models import Application


class LinkNotValid(CannotNow):
    message = _("This link does not work (any more).")


class WorksForUs(CannotNow):
    message = _("You work, or worked, for us: your file follows your employment, and the law says how long.")


def application_of(token: str, *, purpose: LinkPurpose) -> Application | None:
    """Whose letter carried this link. Looking changes nothing."""
    link = CandidateLink.objects.filter(digest=tokens.digest_of(token), purpose=purpose).select_related("application__vacancy").first()
    return link.application if link else None


@transaction.atomic
def opt_out(*, token: str, is_withdrawn: bool, at: datetime) -> Application:
    """Keep the person no longer: after the procedure, or at once, which withdraws an application that is still running.
    The next run of the periods deletes what is over. Pressing twice changes nothing.

    Raises:
        LinkNotValid: nobody's link, or of an application that is gone.
        WorksForUs: the file is that of an employment.
    """
    found = application_of(token, purpose=LinkPurpose.POOL)
    if found is None:
        raise LinkNotValid
    application = lock(found.pk)
    if application.status == Status.HIRED:
        raise WorksForUs
    if is_withdrawn and application.status in RUNNING_STATUSES:
        move(application, action=Action.WITHDRAW, actor=Actor.person(), at=at)
        application.opted_out_at = None
    if application.opted_out_at is None:
        stop_keeping(application, at=at)
        event = "pool_left" if application.status in ENDED_STATUSES else "pool_left_later"
        correspondence.goodbye(application, event=event, at=at)
    return application


def stop_keeping(application: Application, *, at: datetime) -> None:
    """Note on a locked application that it goes as soon as the procedure is over."""
    application.opted_out_at = at
    application.save(update_fields=["opted_out_at"])
    audit.record(action="application.opted_out", about=correspondence.about(application), actor=Actor.person(), at=at)
