"""How the shared suite for sources makes what this room keeps (see ``tests/conformance``)."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

from api.models import KeptAnswer
from tests.api.cast import make_token
from tests.conformance.casting import Cast, plays
from tests.rights_requests.source_casts import case_of

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

_numbers = itertools.count(1)


@plays("api.answers")
class KeptAnswersCast(Cast):
    """The answer to the system that filed the person's request."""

    holds = {"answers": 1}
    goes_despite = {"api.answers.day": "the request itself says all that it says, and stays"}
    few = "a person has a few requests in a day"
    varying = {"key_digest": "sha256(gen_random_uuid()::text::bytea)"}

    def fill(self, person: Person, *, at: datetime) -> None:
        self.answer(person, at=at, expires_at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> KeptAnswer:
        return self.answer(person, at=since, expires_at=since)

    def answer(self, person: Person, *, at: datetime, expires_at: datetime) -> KeptAnswer:
        case = case_of(person)
        digest = hashlib.sha256(str(next(_numbers)).encode()).digest()
        content = {"requests": [{"reference": case.reference}]}
        return KeptAnswer.objects.create(
            token=make_token(at=at)[0],
            key_digest=digest,
            body_digest=digest,
            about=case.reference,
            status=201,
            content=content,
            at=at,
            expires_at=expires_at,
        )
