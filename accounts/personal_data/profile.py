from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.enums import STAFF_ROLES
from accounts.models import Session, User
from accounts.personal_data.correcting import check
from accounts.personal_data.keeping import held, over_in, overdue_in
from datamap import holding, reach
from datamap.declaration import NOTHING, Field, Kept, Outcome, Overdue, Part, PurgePlan, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows
from datamap.held import HeldSource
from datamap.purposes import ACCOUNT, MARKETING, SECURITY, SERVICE
from datamap.registry import exempt, register
from datamap.rows import span_of
from subjects import selectors as subjects
from subjects.enums import IdentifierKind
from subjects.services import block_import

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model, QuerySet

    from datamap.declaration import RowKeys
    from subjects.models import Subject

PART = "profile"
UNVERIFIED, INACTIVE = "accounts.profile.unverified", "accounts.profile.inactive"

COLUMNS = (
    ("id", _("Key")),
    ("email", _("E-mail address")),
    ("other_addresses", _("Other e-mail addresses")),
    ("name", _("Name")),
    ("phone", _("Telephone number")),
    ("company", _("Company")),
    ("company_name", _("Company name")),
    ("sector", _("Sector of activity")),
    ("interest", _("Interest in Oxygis")),
    ("language", _("Language")),
    ("role", _("Role")),
    ("entity", _("Oxygis entity")),
    ("country", _("Country of work")),
    ("joined_at", _("Joined at")),
    ("last_login", _("Last signed in")),
    ("second_factors", _("Second factors")),
)


exempt("accounts.HandDeletion", "How much a colleague deleted by hand, by the number of the account, for 24 hours.")
exempt("accounts.DeletionAllowance", "Which colleague allowed another to delete more, by the numbers of the accounts, for a year.")


@register
class Profile(HeldSource):
    """Accounts: who signs in. Staff's own stay while they work for us; everybody else's go whole."""

    key = "accounts.profile"
    label = _("Account")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From you, when you signed up")
    models = (
        "accounts.User",
        "account.EmailAddress",
        "mfa.Authenticator",
    )
    parts = {
        PART: "accounts.User",
        "addresses": "account.EmailAddress",
        "factors": "mfa.Authenticator",
    }
    fields = (
        Field("profile.email", _("E-mail address"), Origin.PROVIDED, (ACCOUNT, SERVICE)),
        Field("profile.name", _("Name"), Origin.PROVIDED, (ACCOUNT, SERVICE)),
        Field("profile.phone", _("Telephone number"), Origin.PROVIDED, (ACCOUNT, SERVICE)),
        Field("profile.company_name", _("Company name"), Origin.PROVIDED, (ACCOUNT, SERVICE), is_masked=False),
        Field("profile.company", _("Company"), Origin.OBSERVED, (ACCOUNT, SERVICE), is_masked=False),
        Field("profile.sector", _("Sector of activity"), Origin.PROVIDED, (MARKETING,), is_masked=False),
        Field("profile.interest", _("Interest in Oxygis"), Origin.PROVIDED, (MARKETING,), is_masked=False),
        Field("profile.language", _("Language"), Origin.PROVIDED, (SERVICE,), is_masked=False),
        Field("profile.role", _("Role"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("profile.entity", _("Oxygis entity"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("profile.country", _("Country of work"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("profile.joined_at", _("Joined at"), Origin.OBSERVED, (ACCOUNT,), is_masked=False),
        Field("profile.last_login", _("Last signed in"), Origin.OBSERVED, (SECURITY, ACCOUNT), is_masked=False),
        Field("addresses.email", _("Other e-mail addresses"), Origin.PROVIDED, (ACCOUNT,)),
        Field("factors.type", _("Second factors"), Origin.PROVIDED, (SECURITY,), is_masked=False),
    )
    unlisted = {
        "profile.id": "the row's own key",
        "profile.password": "a hash that only serves to check the password: never shown or exported",
        "profile.is_active": "whether the account is open: our own bookkeeping",
        "profile.session_epoch": "a counter that ends sessions",
        "addresses.id": "the row's own key",
        "addresses.user": "whose it is",
        "addresses.verified": "our own bookkeeping",
        "addresses.primary": "our own bookkeeping",
        "factors.id": "the row's own key",
        "factors.user": "whose it is",
        "factors.data": "the secret of the factor: never shown or exported",
        "factors.created_at": "our own bookkeeping",
        "factors.last_used_at": "our own bookkeeping",
    }
    shows = {"profile.other_addresses": "addresses.email", "profile.second_factors": "factors.type"}
    rectifiable = frozenset(f"{PART}.{name}" for name in ("name", "phone", "company_name", "sector", "interest", "language"))
    why_not_rectifiable = _("The holder changes the address of an account, with a link to it. The rest is what we recorded ourselves.")
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code=UNVERIFIED,
            label=_("Accounts whose address was never confirmed"),
            trigger="joined_at",
            keep_for=relativedelta(days=settings.ACCOUNTS["keep_unverified_days"]),
            ground=_("Nobody showed that the address is theirs"),
            promise="P068",
            shortest=relativedelta(days=1),
        ),
        RetentionRule(
            code=INACTIVE,
            label=_("Accounts that nobody signs in to"),
            trigger="last_seen_at",
            begins=_("Last signed in, or joined"),
            keep_for=relativedelta(months=settings.ACCOUNTS["keep_inactive_months"]),
            ground=_("No longer used"),
            promise="P068",
            shortest=relativedelta(months=6),
        ),
    )

    def of(self, subject: Subject) -> QuerySet[User]:
        return accounts_of(subject)

    # For a person.
    def held(self, subject: Subject) -> dict[str, QuerySet[User]]:
        return {PART: self.of(subject)}

    def export(self, subject: Subject) -> Iterator[Part]:
        users = list(self.of(subject).select_related("company").order_by("pk"))
        if users:
            yield Part(name=PART, label=self.label, columns=COLUMNS, rows=(_row(user) for user in users))

    def channels(self, subject: Subject) -> Iterable[str]:
        users = self.of(subject)
        confirmed = EmailAddress.objects.filter(user__in=users, verified=True)
        return {*users.values_list("email", flat=True), *confirmed.values_list("email", flat=True)}

    def identifiers(self, subject: Subject) -> Iterable[tuple[str, str]]:
        """The account, and the addresses that its holder confirmed."""
        users = list(self.of(subject).filter(emailaddress__verified=True).distinct())
        for user in users:
            yield IdentifierKind.ACCOUNT, str(user.pk)
        confirmed = EmailAddress.objects.filter(user__in=users, verified=True).order_by("pk")
        for email in confirmed.values_list("email", flat=True):
            yield IdentifierKind.EMAIL, email

    def reached_at(self, subject: Subject) -> Iterable[tuple[str, str]]:
        company = ("company__street", "company__postcode", "company__city")
        return reach.in_columns(self.of(subject), {IdentifierKind.PHONE: ("phone",), IdentifierKind.POSTAL: company})

    def corrected(self, subject: Subject, row: Model, field: str, value: str) -> object:
        if field == "company_name" and getattr(row, "company_id", None):
            raise ValidationError(_("The account is linked to a customer, whose name stands there."))
        return check(field, super().corrected(subject, row, field, value))

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        going, kept = self._sorted(subject)
        return Outcome(erased={PART: [user.pk for user in going]} if going else {}, kept=kept)

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Delete the account with its addresses, factors and sessions: whoever is signed in with it is out at once."""
        going, kept = self._sorted(subject)
        going = [user for user in going if user.pk not in sparing.get(PART, ())]
        keys = [user.pk for user in going]
        if not keys:
            return Outcome(kept=kept)
        block_import(values=[user.email for user in going], at=at)
        Session.objects.filter(account_id__in=keys).delete()
        erased = delete_rows(User.objects.filter(pk__in=keys), source=self.key, part=PART, at=at)
        return Outcome(erased={PART: erased}, kept=kept)

    def _sorted(self, subject: Subject) -> tuple[list[User], tuple[Kept, ...]]:
        users = list(self.of(subject).order_by("pk"))
        if users and subjects.is_held(subject=subject, source=self.key):
            return [], (held(part=PART, rows=len(users)),)
        staff = [user for user in users if user.is_staff]
        return [user for user in users if not user.is_staff], (_kept_for_work(len(staff)),) if staff else ()

    # For time.
    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        keys = over_in(self._due_rows(rule), rule, column=rule.trigger, at=at)
        return PurgePlan(rule=rule.code, at=at, keys=tuple(key for key, _turn in zip(keys, range(limit), strict=False)))

    def overdue(self, subject: Subject, *, at: datetime) -> Iterator[Overdue]:
        for rule in self.rules(at=at):
            yield from overdue_in(self._rows(rule).filter(pk__in=self.of(subject).values("pk")), rule, at=at)

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        rows = self._due_rows(rule).filter(pk__in=plan.keys).select_for_update(of=("self",))
        keys = list(over_in(rows, rule, column=rule.trigger, at=at))
        Session.objects.filter(account_id__in=keys).delete()
        return User.objects.filter(pk__in=keys).delete()[1].get("accounts.User", 0)

    def oldest(self, rule: RetentionRule) -> datetime | None:
        found: datetime | None = self._rows(rule).aggregate(oldest=models.Min(rule.trigger))["oldest"]
        return found

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        rule = self.rule_of(plan.rule, at=plan.at)
        return span_of(self._rows(rule), rule.trigger, plan.keys)

    def _rows(self, rule: RetentionRule) -> QuerySet[Any]:
        customers = User.objects.exclude(role__in=STAFF_ROLES)
        if rule.code == UNVERIFIED:
            return customers.exclude(emailaddress__verified=True)
        return customers.annotate(last_seen_at=Coalesce("last_login", "joined_at"))

    def _due_rows(self, rule: RetentionRule) -> QuerySet[Any]:
        reach = holding.reach_of(rule)
        accounts = subjects.kept_accounts(source=self.key, reach=reach)
        emails = subjects.kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=reach)
        return holding.left_alone(self, rule, self._rows(rule).exclude(email__in=emails).exclude(pk__in=accounts))


def accounts_of(subject: Subject) -> QuerySet[User]:
    """By the account itself, its address, or a further address that was confirmed: never by one that was only typed."""
    emails = subjects.emails(subject)
    confirmed = EmailAddress.objects.filter(email__in=emails, verified=True).values("user_id")
    ids = [UUID(value) for value in subjects.values(subject, IdentifierKind.ACCOUNT)]
    return User.objects.filter(models.Q(pk__in=ids) | models.Q(email__in=emails) | models.Q(pk__in=confirmed))


def _row(user: User) -> tuple[object, ...]:
    others = EmailAddress.objects.filter(user=user).exclude(email=user.email).order_by("pk")
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    return (
        user.pk,
        user.email,
        "; ".join(others.values_list("email", flat=True)),
        user.name,
        user.phone,
        user.company.name if user.company else "",
        user.company_name,
        user.sector,
        user.interest,
        user.language,
        user.role,
        user.entity,
        user.country,
        user.joined_at,
        user.last_login,
        "; ".join(str(factor) for factor in factors),
    )


def _kept_for_work(rows: int) -> Kept:
    return Kept(
        part=PART,
        rows=rows,
        ground=Ground.NO_ERASURE_GROUND,
        article="Art. 17(1)(a) GDPR",
        until_event=_("when the employment ends"),
    )
