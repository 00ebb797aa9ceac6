"""Systems without a connector: they pull the tasks of their source and answer them. Whose tasks, the token says (``connectors.services.pulling``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema

from api.answers import AnsweredAnswer, ClaimsAnswer, LeaseAnswer
from api.enums import Scope
from api.problems import CONFLICT, INVALID, MALFORMED, FieldError, Problem
from api.reading import Lines
from api.serializers import AnsweringBody, ClaimBody, FenceBody
from api.services.answering import Answer
from api.views.base import Endpoint
from api.views.requests import written
from connectors.declared.systems import NoSuchSystem
from connectors.handed import WrongAnswer
from connectors.services import pulling
from connectors.services.pulling import AnsweredOtherwise, KeptRows, LostClaim, NoSuchTask
from datamap.enums import FewerReason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

    from connectors.services.pulling import Claimed

FENCE, FEWER = "fence", "fewer"
PIECE = 1 << 16


@contextmanager
def told_as_problems() -> Iterator[None]:
    """What the room of connected systems refuses, as the API says it."""
    try:
        yield
    except (NoSuchSystem, NoSuchTask) as error:
        raise Http404 from error
    except LostClaim as error:
        raise Problem(CONFLICT, "The task is not in your hands under this number: claim it again.", reasons=["lost-claim"]) from error
    except AnsweredOtherwise as error:
        detail = "The task was answered with other numbers, and these stand: where they are wrong, say so to us."
        raise Problem(CONFLICT, detail, reasons=["answered-otherwise"]) from error
    except WrongAnswer as error:
        raise Problem(INVALID, errors=[FieldError("", "answer", finding) for finding in error.findings]) from error


class TaskEndpoint(Endpoint):
    scopes = {"POST": Scope.TASKS_WORK}
    refusals = (CONFLICT,)

    def answered(self, deed: Callable[[datetime], dict[str, Any]]) -> Response:
        def done(at: datetime) -> Answer:
            return Answer(status=200, content=deed(at))

        with told_as_problems():
            return self.once(done)


class Claims(TaskEndpoint):
    @extend_schema(
        operation_id="claimTasks",
        summary="Take tasks of your source, the oldest first",
        description=(
            "What waits, and what a claim let go. Each is yours until the lease ends, under the number in fence; answer it, renew it or give "
            "it back. The system of the token is the key of the declared source. Nothing to do is an empty list."
        ),
        request=ClaimBody,
        responses=ClaimsAnswer,
    )
    def post(self, request: Request) -> Response:
        """Of a claim it is kept which tasks it took; who they are about is read again for each answer."""
        said = self.checked(ClaimBody)

        def claim(at: datetime) -> Answer:
            taken = pulling.claim(system=self.token.system, limit=said["limit"], at=at)
            return Answer(status=200, content={"claims": [[str(task.id), task.fence] for task in taken]})

        with told_as_problems():
            return self.once(claim, tell=self._told)

    def _told(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        claims = dict(kept["claims"])
        return {"tasks": [_task(task) for task in pulling.in_hand(system=self.token.system, claims=claims)]}


class Lease(TaskEndpoint):
    @extend_schema(operation_id="renewTask", summary="Keep a task for another lease", request=FenceBody, responses=LeaseAnswer)
    def post(self, request: Request, task_id: UUID) -> Response:
        said = self.checked(FenceBody)
        asked = {"system": self.token.system, "task_id": task_id, "fence": said[FENCE]}
        return self.answered(lambda at: {"lease_until": written(pulling.renew(**asked, at=at))})


class Returned(TaskEndpoint):
    @extend_schema(
        operation_id="returnTask", summary="Give a task back, for another worker or for later", request=FenceBody, responses=AnsweredAnswer
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        said = self.checked(FenceBody)

        def give_back(at: datetime) -> dict[str, Any]:
            pulling.give_back(system=self.token.system, task_id=task_id, fence=said[FENCE], at=at)
            return {"id": str(task_id), "rows": 0}

        return self.answered(give_back)


class Answering(TaskEndpoint):
    """Shared by the answers that are numbers."""

    def take(self, task_id: UUID, take: Callable[..., None], counts: str) -> Response:
        said = self.checked(AnsweringBody)
        kept = [KeptRows(**row) for row in said["kept"]]
        told = {"system": self.token.system, "task_id": task_id, "fence": said[FENCE], counts: said["counts"], "kept": kept}

        def answer(at: datetime) -> dict[str, Any]:
            take(**told, actor=self.actor, at=at)
            return {"id": str(task_id), "rows": sum(said["counts"].values())}

        return self.answered(answer)


class Found(Answering):
    @extend_schema(
        operation_id="answerFound",
        summary="Answer a FIND: how many rows of the person each part holds, and which of them the law keeps",
        request=AnsweringBody,
        responses=AnsweredAnswer,
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        return self.take(task_id, pulling.answer_found, "counts")


class Erased(Answering):
    @extend_schema(
        operation_id="answerErased",
        summary="Answer an ERASE: how many rows of each part are gone, and which the law keeps",
        description="No more may go than the task names: two people approved those. Where more went, say so to us before you answer.",
        request=AnsweringBody,
        responses=AnsweredAnswer,
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        return self.take(task_id, pulling.answer_erased, "erased")


class Rows(TaskEndpoint):
    """The rows themselves, read as they come: what they are is encrypted before it lies anywhere."""

    parameters = {"POST": frozenset({FENCE, FEWER})}
    parser_classes = (Lines,)
    most_bytes = "rows_body_size"

    @extend_schema(
        operation_id="handOverRows",
        summary="Answer an EXPORT: the rows themselves",
        description=(
            'One JSON object a line: {"part": "tickets", "key": "4711", "values": {"subject": "…"}}, with declared columns only, '
            "and each key once in its part. Where fewer rows come than the task names, because some went meanwhile, say why in fewer."
        ),
        request={"application/x-ndjson": OpenApiTypes.STR},
        responses=AnsweredAnswer,
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        fence = _fence(request.query_params.get(FENCE, ""))
        fewer = _fewer(request.query_params.get(FEWER))
        self.require_media_type()
        digest = sha256(b"%s?fence=%d&fewer=%s\n" % (request.path.encode(), fence, (fewer or "").encode()))

        left = self.said_bytes

        def lines() -> Iterator[bytes]:
            nonlocal left
            while piece := request._request.read(PIECE):  # noqa: SLF001 - the bytes as they come
                left -= len(piece)
                digest.update(piece)
                yield piece
            if left:
                # A line that broke between two rows: those that came look like all of them.
                raise Problem(MALFORMED, "The body ended before its Content-Length.")

        def read_to_the_end() -> bytes:
            for _piece in lines():
                pass
            return digest.digest()

        def hand_over(at: datetime) -> Answer:
            asked: dict[str, Any] = {"system": self.token.system, "task_id": task_id, "fence": fence, "fewer": fewer}
            counts = pulling.hand_over(**asked, lines=lines(), actor=self.actor, at=at)
            return Answer(status=200, content={"id": str(task_id), "rows": sum(counts.values())})

        try:
            with told_as_problems():
                return self.once(hand_over, written=read_to_the_end)
        finally:
            # Who still sends would find the line cut, and never read why the rows were refused.
            self._let_it_end()

    def _let_it_end(self) -> None:
        with suppress(OSError):
            while self.request._request.read(PIECE):  # noqa: SLF001 - as above
                pass


def _fence(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Problem(MALFORMED, "The parameter fence must be the number of your claim.")
    return int(text)


def _fewer(text: str | None) -> FewerReason | None:
    if text is not None and text not in FewerReason.values:
        raise Problem(MALFORMED, f"The parameter fewer must be one of {', '.join(FewerReason.values)}.")
    return FewerReason(text) if text is not None else None


def _task(task: Claimed) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "verb": task.verb.value,
        "fence": task.fence,
        "lease_until": written(task.lease_until),
        "due_at": written(task.due_at),
        "identifiers": [{"kind": kind, "value": value} for kind, value in task.identifiers],
        "asked": dict(task.asked),
        "as_of": written(task.as_of) if task.as_of else None,
    }
