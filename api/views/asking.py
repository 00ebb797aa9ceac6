"""Questions of other systems: to the gate, and about the choices of a browser. They change nothing, so they need no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api import gatekeeping
from api.answers import ConsentAnswer, GateAnswer
from api.enums import Scope
from api.serializers import GateBody
from api.views.base import Endpoint
from api.views.requests import written
from consent import selectors

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class Gate(Endpoint):
    scopes = {"POST": Scope.GATE_ASK}
    needs_key = False

    @extend_schema(
        operation_id="askGate",
        summary="Ask whether somebody's data may be used for a purpose now",
        description=(
            "Ask before each use, and use nothing after a no. It is asked by POST, since no address may hold personal data; nothing is "
            "written and no key is needed. Somebody of whom we know nothing is answered like anybody against whom nothing stands."
        ),
        request=GateBody,
        responses=GateAnswer,
    )
    def post(self, request: Request) -> Response:
        said = self.checked(GateBody)
        verdict = gatekeeping.verdict_of(**said["identifier"], purpose=said["purpose"])
        return Response({"allowed": verdict.is_allowed, "reasons": list(verdict.reasons)})


class Consents(Endpoint):
    scopes = {"GET": Scope.CONSENTS_READ}

    @extend_schema(
        operation_id="readConsent",
        summary="Ask whether a browser allowed a category of cookies on a site",
        description="By the number that the banner keeps in the browser. Without a choice, and after its end, the answer is no.",
        responses=ConsentAnswer,
    )
    def get(self, request: Request, consent_id: UUID, site: str, category: str) -> Response:
        found = selectors.standing(consent_id=consent_id, site=site, category=category, at=timezone.now())
        until = written(found.valid_until) if found.valid_until else None
        return Response({"allowed": found.is_allowed, "receipt": found.receipt, "valid_until": until})
