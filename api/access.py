"""The only way to what a system may see: by its token. What is another's, and what is not there, are one answer: 404."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from api.models import ApiToken
from rights_requests import tokens
from rights_requests.models import RightsRequest

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

PERMISSION = "api.manage_tokens"


def cases_for(token: ApiToken) -> QuerySet[RightsRequest]:
    """The requests that the token's system filed, the last first."""
    return RightsRequest.objects.filter(system=token.system).exclude(system="").order_by("-pk")


def case_for(token: ApiToken, reference: str) -> RightsRequest:
    """Raises ``Http404``: there is none, or somebody else filed it."""
    found = cases_for(token).filter(reference=tokens.tidy_reference(reference)).first()
    if found is None:
        raise Http404
    return found


def token_for_desk(token_id: UUID) -> ApiToken:
    """Raises ``Http404``: there is none."""
    found = ApiToken.objects.filter(pk=token_id).first()
    if found is None:
        raise Http404
    return found
