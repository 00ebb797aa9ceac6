"""What other systems report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.answers import VisitsAnswer
from api.enums import Scope
from api.problems import INVALID, FieldError, Problem
from api.serializers import VisitsBody
from api.services.answering import Answer
from api.views.base import Endpoint
from browsing import bulk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from rest_framework.request import Request


class Visits(Endpoint):
    scopes = {"POST": Scope.VISITS_WRITE}
    most_bytes = "visits_body_size"

    @extend_schema(
        operation_id="handInVisits",
        summary="Hand in visits that another server recorded",
        description=(
            "What the policy names of a visit, and nothing else. All of them are taken or none: a time in the future or an address that is "
            "none is named. What is past its period is counted and not taken."
        ),
        request=VisitsBody,
        responses={201: VisitsAnswer},
    )
    def post(self, request: Request) -> Response:
        said = self.checked(VisitsBody)
        return self.once(lambda at: self._take(said["visits"], at))

    def _take(self, visits: list[Mapping[str, Any]], at: datetime) -> Answer:
        try:
            counts = bulk.take([bulk.Told(**visit) for visit in visits], actor=self.actor, at=at)
        except bulk.NotTaken as error:
            errors = [FieldError(f"/visits/{number}/{field}", "invalid", words) for number, field, words in error.found]
            raise Problem(INVALID, errors=errors) from error
        return Answer(status=201, content={"read": counts.read, "loaded": counts.loaded, "too_old": counts.too_old})
