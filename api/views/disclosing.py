"""What other systems pass on: reported first, and refused where the ledger refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema

from api.answers import DisclosureAnswer
from api.enums import Scope
from api.problems import CONFLICT, INVALID, STOPPED, FieldError, Problem
from api.serializers import DisclosureBody
from api.services.answering import Answer
from api.views.base import Endpoint
from api.views.requests import written
from datamap import disclosing, flows

if TYPE_CHECKING:
    from datetime import datetime

    from rest_framework.request import Request
    from rest_framework.response import Response

#: What is wrong with the report itself, by the field that says it; every other refusal is about how things stand.
FIELDS: Mapping[type[disclosing.Refused], str] = {
    disclosing.NotInRegister: "/recipient",
    disclosing.NotDeclared: "/recipient",
    disclosing.FieldTooMany: "/fields",
    disclosing.OtherCountry: "/country",
}


class Disclosures(Endpoint):
    scopes = {"POST": Scope.DISCLOSURES_REPORT}
    refusals = (STOPPED, CONFLICT)

    @extend_schema(
        operation_id="reportDisclosure",
        summary="Report that fields of somebody are passed to a recipient",
        description=(
            "Report first, then pass on: what is refused here may not leave. Each refusal is noted with recipient and reason, and with "
            "nobody's name."
        ),
        request=DisclosureBody,
        responses={201: DisclosureAnswer},
    )
    def post(self, request: Request) -> Response:
        said = self.checked(DisclosureBody)
        try:
            with disclosing.noting(actor=self.actor, at=timezone.now()):
                return self.once(lambda at: self._report(said, at))
        except disclosing.Refused as refusal:
            raise _problem_of(refusal) from refusal

    def _report(self, said: Mapping[str, Any], at: datetime) -> Answer:
        flow = flows.find(said["flow"])
        assert flow is not None, "a setting names a way out that nobody declared"
        disclosure = disclosing.disclose(
            flow=flow,
            recipient=said["recipient"],
            fields=list(dict.fromkeys(said["fields"])),
            email=said["email"],
            country=said["country"],
            actor=self.actor,
            at=at,
        )
        return Answer(status=201, content={"id": str(disclosure.pk), "at": written(at)})


def _problem_of(refusal: disclosing.Refused) -> Problem:
    if isinstance(refusal, disclosing.Withheld):
        return Problem(STOPPED, reasons=list(refusal.reasons))
    field = FIELDS.get(type(refusal))
    if field is None:
        return Problem(CONFLICT, reasons=[refusal.code])
    return Problem(INVALID, errors=[FieldError(field, refusal.code, "The register does not allow this.")])
