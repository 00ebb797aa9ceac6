"""Shapes of bodies: nothing is guessed, turned into another type or silently left out. No message repeats what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as FormError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.enums import Language
from connectors.handed import MOST_ROWS
from datamap.fields import MailboxField
from datamap.purposes import PURPOSES
from rights_requests import services as rights
from rights_requests.enums import MandateKind, Requester, Right
from rights_requests.forms_portal import MOST_CLAIM, MOST_TEXT
from subjects.enums import IdentifierKind, RestrictionGround

NOT_TEXT = "Must be a text."
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PART = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*|", re.ASCII)
COUNTRY = re.compile(r"[A-Z]{2}|", re.ASCII)
MOST_PARTS = 200
MOST_NUMBER = 999_999_999
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
#: Beyond these, calendars of other zones have no day.
YEARS = range(1970, 9999)


class Body(serializers.Serializer[Any]):
    """An object with the fields that are named, and no other."""

    default_error_messages = {"unknown": "There is a field that does not exist here.", "invalid": "Must be an object."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and set(data) - set(self.fields):
            raise serializers.ValidationError({"non_field_errors": [ErrorDetail(str(self.error_messages["unknown"]), "unknown")]})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    default_error_messages = {"type": NOT_TEXT}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("type")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    default_error_messages = {"invalid_choice": "Must be one of the values that the schema names.", "type": NOT_TEXT}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("type")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "email", "maxLength": 254})
class Mailbox(Text):
    """An e-mail address, by the rules of our own forms."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return str(MailboxField(max_length=254).clean(super().to_internal_value(data)))
        except FormError as error:
            raise serializers.ValidationError("Must be an e-mail address.", code="email") from error


@extend_schema_field({"type": "string", "format": "date-time", "pattern": f"^{TIME.pattern}$", "maxLength": 40})
class Moment(serializers.Field[Any, Any, Any, Any]):
    """A time with its zone, as RFC 3339 writes it; in UTC from here on, since the database knows fewer zones than that."""

    default_error_messages = {"moment": "Must be a time with its zone, such as 2026-11-27T14:53:00Z."}

    def to_internal_value(self, data: Any) -> datetime:
        try:
            found = datetime.fromisoformat(data).astimezone(UTC) if isinstance(data, str) and TIME.fullmatch(data) else None
        except (ValueError, OverflowError):
            found = None
        if found is None or found.year not in YEARS:
            self.fail("moment")
        return found


class ProxyBody(Body):
    """Who asks for the person. The link still goes to the person."""

    kind = Choice(choices=MandateKind.choices)
    name = Text(max_length=120)
    email = Mailbox(max_length=254)


class FilingBody(Body):
    right = Choice(choices=Right.choices, help_text="One of the six rights of the GDPR, Articles 15 to 18, 20 and 21.")
    name = Text(max_length=120)
    email = Mailbox(max_length=254, help_text="The person proves it by a link that we send there.")
    language = Choice(choices=Language.choices, help_text="The language in which we write to the person.")
    requester = Choice(choices=Requester.choices, default=Requester.CUSTOMER.value)
    text = Text(
        max_length=MOST_TEXT,
        allow_blank=True,
        default="",
        help_text="The person's own words. Needed for a rectification, and for an objection that is not to marketing or a consent alone.",
    )
    claims = Text(max_length=MOST_CLAIM, allow_blank=True, default="", help_text="Another address or number under which we may know them.")
    purposes = serializers.ListField(
        child=Choice(choices=[(code, code) for code, purpose in PURPOSES.items() if purpose.is_objectable or purpose.stops_at_once]),
        max_length=len(PURPOSES),
        default=list,
        help_text="What an objection is against; of none it is against everything that can be objected to. For no other right.",
    )
    restriction_ground = Choice(
        choices=RestrictionGround.choices, required=False, help_text="Why the data is to be set aside. For a restriction, and needed there."
    )
    proxy = ProxyBody(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What the portal asks of some wishes, and of no other."""
        right, wrong = attrs["right"], {}
        if attrs["purposes"] and right != Right.OBJECTION:
            wrong["purposes"] = "Only an objection names purposes."
        if (right == Right.RESTRICTION) != ("restriction_ground" in attrs):
            wrong["restriction_ground"] = "A restriction names its ground, and nothing else does."
        if not attrs["text"].strip() and _needs_text(right, attrs["purposes"]):
            wrong["text"] = "The person's words are needed for this."
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


def _needs_text(right: str, purposes: list[str]) -> bool:
    """As the portal: what is corrected, and why a use that rests on no consent should end."""
    at_once = {code for code, _label, is_at_once in rights.objectable_purposes() if is_at_once}
    return right == Right.RECTIFICATION or (right == Right.OBJECTION and not (purposes and set(purposes) <= at_once))


class IdentifierBody(Body):
    kind = Choice(choices=[(kind.value, kind.label) for kind in (IdentifierKind.EMAIL, IdentifierKind.ACCOUNT)])
    value = Text(max_length=254)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        field: serializers.Field[Any, Any, Any, Any] = Mailbox() if attrs["kind"] == IdentifierKind.EMAIL else serializers.UUIDField()
        try:
            attrs["value"] = field.run_validation(attrs["value"])
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"value": error.detail}) from error
        return attrs


class GateBody(Body):
    identifier = IdentifierBody()
    purpose = Choice(choices=[(code, code) for code in PURPOSES])


class Code(Text):
    """A code of ours: what stands in the trail of events holds no blank."""

    default_error_messages = {"code": "Must be a code of letters, digits, dots, lines and underlines."}

    def to_internal_value(self, data: Any) -> str:
        found = super().to_internal_value(data)
        if CODE.fullmatch(found) is None:
            self.fail("code")
        return found


@extend_schema_field({"type": "string", "pattern": "^(?:[A-Z]{2})?$"})
class Country(Text):
    """A country, or nothing; in small letters it would be another one to the register."""

    default_error_messages = {"country": "Must be a country by two capital letters (ISO 3166-1), such as BE."}

    def to_internal_value(self, data: Any) -> str:
        found = super().to_internal_value(data)
        if COUNTRY.fullmatch(found) is None:
            self.fail("country")
        return found


class DisclosureBody(Body):
    flow = Choice(choices=[(code, code) for code in settings.API["flows"]], help_text="By which declared way out.")
    recipient = Code(max_length=40, help_text="The code of the recipient in our register.")
    email = Mailbox(help_text="Whose data it is.")
    country = Country(default="", allow_blank=True, help_text="The person's, where the way out asks for it.")
    fields_ = serializers.ListField(child=Code(max_length=64), min_length=1, max_length=40)

    def get_fields(self) -> dict[str, Any]:
        """``fields`` is the name of something else in a serializer."""
        found = super().get_fields()
        return {("fields" if name == "fields_" else name): field for name, field in found.items()}


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MOST_NUMBER})
class Number(serializers.Field[Any, Any, Any, Any]):
    """A whole number, and no text or truth that looks like one."""

    default_error_messages = {"number": "Must be a whole number from 0 to {most}."}
    most = MOST_NUMBER

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= self.most:
            self.fail("number", most=self.most)
        return data


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": MOST_ROWS})
class Rows(Number):
    """Of one person; all parts together may not be more either."""

    most = MOST_ROWS


@extend_schema_field({"type": "string", "format": "date"})
class Day(serializers.Field[Any, Any, Any, Any]):
    default_error_messages = {"day": "Must be a day, such as 2026-11-27."}

    def to_internal_value(self, data: Any) -> date:
        try:
            found = date.fromisoformat(data) if isinstance(data, str) and DAY.fullmatch(data) else None
        except ValueError:
            found = None
        if found is None or found.year not in YEARS:
            self.fail("day")
        return found


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 0, "maximum": MOST_ROWS},
        "propertyNames": {"pattern": f"^{PART.pattern}$"},
    }
)
class Counts(serializers.Field[Any, Any, Any, Any]):
    """Rows by part."""

    default_error_messages = {"counts": "Must be an object of parts and the numbers of their rows."}

    def to_internal_value(self, data: Any) -> dict[str, int]:
        if not isinstance(data, dict) or len(data) > MOST_PARTS or not all(PART.fullmatch(part) for part in data):
            self.fail("counts")
        return {part: Rows().to_internal_value(rows) for part, rows in data.items()}


class ClaimBody(Body):
    limit = Number(default=10, help_text="At most 50 at once.")


class FenceBody(Body):
    fence = Number(help_text="The number of your claim.")


class KeptBody(Body):
    part = Text(max_length=64)
    rows = Rows()
    ground = Text(max_length=28, help_text="Such as LEGAL_OBLIGATION.")
    article = Text(max_length=120, help_text="The law that says so, by its article.")
    until = Day(help_text="The last day.")


class AnsweringBody(FenceBody):
    counts = Counts(help_text="Rows by part; a part without rows may be left out.")
    kept = serializers.ListField(child=KeptBody(), max_length=100, default=list)


class VisitBody(Body):
    at = Moment()
    ip = Text(max_length=45)
    agent = Text(
        max_length=1000, allow_blank=True, default="", help_text="The User-Agent header. Browser, version and platform stay of it."
    )
    referrer = Text(max_length=2000, allow_blank=True, default="", help_text="Its query, and what may be somebody's key, are left out.")


class VisitsBody(Body):
    visits = serializers.ListField(child=VisitBody(), min_length=1, max_length=int(settings.API["visits_per_call"]))
