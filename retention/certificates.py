"""The certificate of a run: what it states, and the proof that the sealed evidence states the same. No database is needed to check one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit import proofs
from audit.models import Event

if TYPE_CHECKING:
    from retention.models import Run

ACTION = "retention.applied"


class NothingToCertify(Exception):
    """The run has not been applied, or it found nothing."""


def certificate(run: Run) -> dict[str, Any]:
    """What a run deleted, with its proof, as JSON.

    Raises:
        NothingToCertify: see there.
        NotSealedYet: no seal covers its event so far.
    """
    event = Event.objects.filter(pk=run.event_id).first() if run.event_id else None
    if event is None:
        raise NothingToCertify
    return {"rule": run.rule, "states": event.details, "proof": proofs.prove(event)}


def check(found: dict[str, Any], *, public: bytes | None = None) -> proofs.Checked:
    """Check a certificate by itself.

    Raises:
        ProofBroken: with what is wrong.
    """
    try:
        rule, states, proof = found["rule"], found["states"], found["proof"]
    except (KeyError, TypeError) as error:
        raise proofs.ProofBroken("This is not a certificate.") from error
    shown = proofs.check(proof, public=public)
    event = shown.event
    if (event["action"], event["about"], event["details"]) != (ACTION, f"rule:{rule}", states):
        raise proofs.ProofBroken("The certificate states something else than its proof.")
    return shown
