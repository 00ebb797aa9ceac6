"""Shapes of answers, as the schema tells them; the conformance test holds what is sent against them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from connectors.enums import TaskVerb
from datamap import gate
from rights_requests.enums import Right
from subjects.enums import IdentifierKind

STATES = ("awaiting-identity", "in-progress", "waiting-for-person", "closed")
REASONS = (gate.RESTRICTED, gate.OBJECTED, gate.NO_CONSENT)


class CaseAnswer(serializers.Serializer[Any]):
    reference = serializers.CharField(help_text="What the person and we quote, such as R-7KQ4-M2.")
    right = serializers.ChoiceField(choices=Right.choices)
    purposes = serializers.ListField(child=serializers.CharField(), help_text="What an objection is against.")
    state = serializers.ChoiceField(choices=[(state, state) for state in STATES], help_text="An objection to marketing is closed at once.")
    received_at = serializers.DateTimeField()
    due_on = serializers.DateField(help_text="The day by which we answer; while we wait for the person, not before it.")
    closed_at = serializers.DateTimeField(allow_null=True)


class FiledAnswer(serializers.Serializer[Any]):
    requests = CaseAnswer(many=True, help_text="Two where a part of an objection takes effect at once and a part is to be decided.")


class CasesAnswer(serializers.Serializer[Any]):
    items = CaseAnswer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last one.")


class GateAnswer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=[(reason, reason) for reason in REASONS]))


class ConsentAnswer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    receipt = serializers.UUIDField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)


class VisitsAnswer(serializers.Serializer[Any]):
    read = serializers.IntegerField()
    loaded = serializers.IntegerField()
    too_old = serializers.IntegerField(help_text="Past their period: they are not taken.")


class IdentifierAnswer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=IdentifierKind.choices)
    value = serializers.CharField()


class TaskAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    verb = serializers.ChoiceField(choices=TaskVerb.choices)
    fence = serializers.IntegerField(help_text="The number of your claim: each answer names it.")
    lease_until = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="When somebody here is told that you do not answer.")
    identifiers = IdentifierAnswer(many=True, help_text="Who is meant.")
    asked = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Of an ERASE: the rows by part that may go, and no more. Of an EXPORT: those that you found.",
    )
    as_of = serializers.DateTimeField(allow_null=True, help_text="When you found them.")


class ClaimsAnswer(serializers.Serializer[Any]):
    tasks = TaskAnswer(many=True)


class LeaseAnswer(serializers.Serializer[Any]):
    lease_until = serializers.DateTimeField()


class AnsweredAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    rows = serializers.IntegerField()


class DisclosureAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()


class FieldErrorAnswer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="A JSON pointer into the body; empty for the body as a whole.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemAnswer(serializers.Serializer[Any]):
    """RFC 9457. Each type is explained at its own address."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = FieldErrorAnswer(many=True, required=False)  # type: ignore[assignment]
    reasons = serializers.ListField(child=serializers.CharField(), required=False, help_text="Why not, as codes.")
    scope = serializers.CharField(required=False, help_text="The scope that is missing.")
    most = serializers.IntegerField(required=False, help_text="The bytes that this address takes.")
    reference = serializers.CharField(required=False, help_text="What our log calls this error.")
