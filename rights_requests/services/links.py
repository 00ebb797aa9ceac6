"""Mailed links: random, hashed at rest, single use, bound to one case and one purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rights_requests import correspondence, tokens
from rights_requests.enums import LinkPurpose
from rights_requests.models import Link, RightsRequest
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

#: An objection can be two, so six rights are up to seven requests.
MOST_TOGETHER = 7

_EVENTS = {LinkPurpose.CONFIRM: "confirm_request", LinkPurpose.CLAIM: "claim_address"}


class LinkNotValid(CannotNow):
    """Never given out, used, too old, or of a case that has ended: one answer for all of them."""

    message = _("This link is not valid (any more). A link works once, and for a limited time.")


def send(rights_request: RightsRequest, *, purpose: LinkPurpose, email: str, at: datetime, event: str = "") -> bool:
    """Make a link and the letter that carries it; whether that goes out. The token stands in that letter alone."""
    token, _link = make(rights_request, purpose=purpose, email=email, expires_at=at + settings.RIGHTS["link_life"], at=at)
    return correspondence.with_link(rights_request, event=event or _EVENTS[purpose], to=email, token=token, at=at)


def send_together(cases: Sequence[RightsRequest], *, at: datetime) -> None:
    """One link that confirms the requests of one message, and the letter that names all of them. Nothing where there are none."""
    if not cases:
        return
    first, *others = cases
    ends = {"email": first.email, "expires_at": at + settings.RIGHTS["link_life"], "at": at}
    token, _link = make(first, purpose=LinkPurpose.CONFIRM, **ends)
    for derived, case in zip(_derived(token), others, strict=False):
        make(case, purpose=LinkPurpose.CONFIRM, token=derived, **ends)
    correspondence.with_link(first, others=others, event=_EVENTS[LinkPurpose.CONFIRM], to=first.email, token=token, at=at)


def make(
    rights_request: RightsRequest, *, purpose: LinkPurpose, email: str, expires_at: datetime, at: datetime, token: str = ""
) -> tuple[str, Link]:
    token = token or tokens.new_token()
    link = Link.objects.create(
        request=rights_request,
        purpose=purpose,
        email=email,
        digest=tokens.digest_of(token),
        made_at=at,
        expires_at=expires_at,
    )
    return token, link


def _derived(token: str) -> list[str]:
    """What the same letter confirms besides: each case has a link of its own, which one token leads to."""
    return [f"{token}.{number}" for number in range(1, MOST_TOGETHER)]


def further(token: str, *, at: datetime) -> list[Link]:
    """The links that the same letter carries and that could be used now. Looking uses nothing up."""
    digests = [tokens.digest_of(derived) for derived in _derived(token)]
    valid = Link.objects.filter(digest__in=digests, purpose=LinkPurpose.CONFIRM, used_at=None, expires_at__gt=at)
    return list(valid.select_related("request").order_by("pk"))


def use(*, token: str, purposes: Collection[LinkPurpose], at: datetime) -> Link:
    """Use the link up: one conditional update, so that of many who press at once exactly one goes on.

    Raises:
        LinkNotValid: for whatever reason.
    """
    valid = Link.objects.filter(digest=tokens.digest_of(token), purpose__in=purposes, used_at=None, expires_at__gt=at)
    if not valid.update(used_at=at):
        raise LinkNotValid
    return Link.objects.get(digest=tokens.digest_of(token))


def use_up(link: Link, *, at: datetime) -> bool:
    """Whether it was there to be used."""
    return bool(Link.objects.filter(pk=link.pk, used_at=None).update(used_at=at))
