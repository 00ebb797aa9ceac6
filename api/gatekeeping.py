"""What the gate says about whoever goes by an identifier. Of whom nobody knows anything gets the answer of everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from accounts.models import User
from datamap import gate
from datamap.gate import Verdict
from subjects.enums import IdentifierKind
from subjects.models import Subject

if TYPE_CHECKING:
    from datamap.declaration import Purpose

#: Addresses that nobody can have (RFC 2606): an account that does not exist is asked about like one that does.
NOBODY = "unknown.invalid"


def verdict_of(*, kind: str, value: str | UUID, purpose: Purpose | str) -> Verdict:
    """Raises ``UnknownPurpose``: the policy names no such purpose."""
    if kind == IdentifierKind.EMAIL:
        return gate.may_write_to(email=str(value), purpose=purpose)
    email = User.objects.filter(pk=value).values_list("email", flat=True).first() or f"{value}@{NOBODY}"
    by_address = gate.may_write_to(email=email, purpose=purpose)
    person = Subject.objects.filter(identifiers__kind=IdentifierKind.ACCOUNT, identifiers__value=str(value)).first()
    if person is None:
        return by_address
    by_account = gate.may_process(subject=person, purpose=purpose)
    reasons = tuple(dict.fromkeys((*by_account.reasons, *by_address.reasons)))
    return Verdict(not reasons, reasons)
