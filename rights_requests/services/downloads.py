"""Handing the package over: a few times, each of them counted, recorded and told to the person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.actor import Actor
from rights_requests import correspondence
from rights_requests.models import Package, RightsRequest
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime


#: Nobody can take the package any more: it stays while the last copy may still be on its way, and is then destroyed.
LAST_ONE = timedelta(hours=1)


class PackageGone(CannotNow):
    message = _("The download has ended: we have deleted the file and its key.")


class NoDownloadsLeft(CannotNow):
    message = _("All downloads have been used. Write to us if something went wrong.")


class NotByPost(CannotNow):
    message = _("This person takes the copy themselves: it is not opened here.")


@transaction.atomic
def redeem_download(*, request_id: UUID, actor: Actor | None = None, at: datetime) -> Package:
    """Take one download: a conditional update, so that many at once never take more than there are. Staff (``actor``) take only what
    they print or copy for somebody who has no mailbox to open it by.

    Raises:
        NotByPost: staff, and the person takes it themselves.
        PackageGone: there is none, or its time is over.
        NoDownloadsLeft: all have been taken.
    """
    if actor is not None and not RightsRequest.objects.get(pk=request_id).by_hand_to:
        raise NotByPost
    usable = Package.objects.filter(pk=request_id, destroyed_at=None, expires_at__gt=at)
    if not usable.filter(downloads_left__gt=0).update(downloads_left=F("downloads_left") - 1):
        raise NoDownloadsLeft if usable.exists() else PackageGone
    package = Package.objects.select_related("request").get(pk=request_id)
    audit.record(
        action="package.downloaded",
        about=package.request.reference,
        actor=actor or Actor.person(),
        at=at,
        left=package.downloads_left,
    )
    if not package.downloads_left:
        package.expires_at = min(package.expires_at, at + LAST_ONE)
        package.save(update_fields=["expires_at"])
    if package.request.email:
        correspondence.downloaded(package.request, left=package.downloads_left, at=at)
    return package
