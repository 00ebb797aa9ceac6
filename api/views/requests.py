"""Requests that a system files for people, and how they stand: the services of the portal, and no more proof than it has."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api import access, paging
from api.answers import CaseAnswer, CasesAnswer, FiledAnswer
from api.enums import Scope
from api.serializers import FilingBody
from api.services.answering import Answer
from api.views.base import HOUR, Endpoint
from rights_requests import services
from rights_requests.enums import Channel, MandateKind, Requester, Right, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from rest_framework.request import Request

    from rights_requests.models import RightsRequest


class Requests(Endpoint):
    scopes = {"GET": Scope.REQUESTS_READ, "POST": Scope.REQUESTS_FILE}
    parameters = {"GET": frozenset({paging.PARAMETER})}

    @extend_schema(operation_id="listRequests", summary="List the requests that your system filed, the last first", responses=CasesAnswer)
    def get(self, request: Request) -> Response:
        rows, following = paging.page_of(access.cases_for(self.token), cursor=request.query_params.get(paging.PARAMETER))
        return Response({"items": [told(case) for case in rows], "next": following})

    @extend_schema(
        operation_id="fileRequest",
        summary="File a request for a person",
        description=(
            "The month counts from now. The person proves who they are by the link that we send to the address, as with our own form: "
            "your system need not, and cannot. An objection to marketing takes effect at once and is never refused."
        ),
        request=FilingBody,
        responses={201: FiledAnswer},
    )
    def post(self, request: Request) -> Response:
        said = self.checked(FilingBody)
        self._limit(self.token.system, scope="api-filing", most="filings_per_hour_and_system", seconds=HOUR)
        return self.once(lambda at: self._file(said, at))

    def _file(self, said: Mapping[str, Any], at: datetime) -> Answer:
        cases = services.file_message(
            rights=[Right(said["right"])],
            requester=Requester(said["requester"]),
            name=said["name"],
            email=said["email"],
            text=said["text"],
            claims=said["claims"],
            language=said["language"],
            channel=Channel.API,
            system=self.token.system,
            purposes=list(dict.fromkeys(said["purposes"])),
            restriction_ground=said.get("restriction_ground", ""),
            mandate=_mandate(said),
            actor=self.actor,
            received_at=at,
            at=at,
        )
        return Answer(status=201, content={"requests": [told(case) for case in cases]}, about=cases[-1].reference)


class OneRequest(Endpoint):
    scopes = {"GET": Scope.REQUESTS_READ}

    @extend_schema(operation_id="readRequest", summary="Read how a request stands that your system filed", responses=CaseAnswer)
    def get(self, request: Request, reference: str) -> Response:
        return Response(told(access.case_for(self.token, reference)))


def told(case: RightsRequest) -> dict[str, Any]:
    """What a system needs to tell the person. What was decided, and what we hold, is theirs alone."""
    return {
        "reference": case.reference,
        "right": case.right,
        "purposes": list(case.purposes),
        "state": _state_of(case),
        "received_at": written(case.received_at),
        "due_on": case.due_on.isoformat(),
        "closed_at": written(case.closed_at) if case.closed_at else None,
    }


def _state_of(case: RightsRequest) -> str:
    if not case.is_open:
        return "closed"
    if case.status == Status.AWAITING_IDENTITY:
        return "awaiting-identity"
    return "in-progress" if case.paused_on is None else "waiting-for-person"


def _mandate(said: Mapping[str, Any]) -> services.MandateDraft | None:
    proxy = said.get("proxy")
    if proxy is None:
        return None
    return services.MandateDraft(kind=MandateKind(proxy["kind"]), name=proxy["name"], email=proxy["email"])


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
