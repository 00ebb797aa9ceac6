"""Another period for a rule: asked for by one of our staff, with what it would remove, and approved by another; never longer than the
policy allows. The next plan under it stops, since the rule was edited.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import KEEP_EVENTS, record
from datamap import periods, registry, selectors
from datamap.models import PeriodChange, PolicyPeriod
from retention.services.planning import prepare, rule_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from dateutil.relativedelta import relativedelta
    from django.utils.functional import _StrPromise

    from audit.actor import Actor
    from datamap.declaration import RetentionRule


class NotChanged(Exception):
    """``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[_StrPromise]

    def __str__(self) -> str:
        return str(self.message)


class Fixed(NotChanged):
    message = _("Law, the policy or each row itself says how long this stays: nobody shortens it here.")


class TooLong(NotChanged):
    message = _("The policy allows no longer period: that takes a new version of it.")


class TooShort(NotChanged):
    message = _("So short a period would take what we still need.")


class Same(NotChanged):
    message = _("This is the period that is in force.")


class InThePast(NotChanged):
    message = _("A period holds from now on, or later.")


class Waiting(NotChanged):
    message = _("A change of this rule waits for a second person already: it is to be approved or withdrawn first.")


class NotWaiting(NotChanged):
    message = _("This change does not wait for anybody any more.")


class SameColleague(NotChanged):
    message = _("Whoever asked cannot approve: this takes a second person.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a plan under a period would hold, counted by the code of the plan; ``is_cut``: no plan holds more."""

    rows: int
    is_cut: bool
    period: relativedelta


def most_of(code: str, *, at: datetime) -> relativedelta:
    """The longest period that declaration and policy allow.

    Raises:
        NoSuchRule: see there.
    """
    _source, declared = rule_of(code)
    allowed = periods.longest([code], at=at).get(code, declared.keep_for)
    return allowed if periods.is_longer(declared.keep_for, allowed) else declared.keep_for


def preview(code: str, period: relativedelta, *, at: datetime) -> Effect:
    """What the next plan would hold if the rule had this period; nothing is written.

    Raises:
        NoSuchRule, Fixed, TooLong, TooShort, Same: see there.
    """
    source, now = rule_of(code, at=at)
    _check(now, period, at=at)
    plan = prepare(source=source, rule=replace(now, keep_for=period), at=at)
    return Effect(rows=len(plan.row_keys), is_cut=len(plan.row_keys) >= settings.RETENTION["plan_most"], period=period)


def _check(now: RetentionRule, period: relativedelta, *, at: datetime) -> None:
    if now.shortest is None:
        raise Fixed
    if periods.is_longer(period, most_of(now.code, at=at)):
        raise TooLong
    if periods.is_longer(now.shortest, period):
        raise TooShort
    if periods.in_parts(period) == periods.in_parts(now.keep_for):
        raise Same


@transaction.atomic
def ask_period(*, code: str, period: relativedelta, starts_at: datetime, reason: str, actor: Actor, at: datetime) -> PeriodChange:
    """Ask for another period of a rule.

    Raises:
        NoSuchRule, Fixed, TooLong, TooShort, Same, InThePast, Waiting: see there.
    """
    if starts_at < at:
        raise InThePast
    effect = preview(code, period, at=at)
    months, days = periods.in_parts(period)
    most_months, most_days = periods.in_parts(most_of(code, at=at))
    change = PeriodChange(
        rule=code,
        months=months,
        days=days,
        most_months=most_months,
        most_days=most_days,
        starts_at=starts_at,
        reason=reason,
        would_remove=effect.rows,
        asked_by=actor.id,
        asked_at=at,
    )
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError as error:
        raise Waiting from error
    _record("retention.period_asked", change, actor=actor, at=at)
    return change


@transaction.atomic
def approve_period(*, change_id: UUID, actor: Actor, at: datetime) -> PeriodChange:
    """Let a period hold, from its beginning or from now on, whichever is later.

    Raises:
        NotWaiting, SameColleague: see there.
    """
    change = _waiting(change_id)
    if change.asked_by == actor.id:
        raise SameColleague
    change.approved_by, change.approved_at = actor.id, at
    change.save(update_fields=["approved_by", "approved_at"])
    _record("retention.period_approved", change, actor=actor, at=at)
    return change


@transaction.atomic
def withdraw_period(*, change_id: UUID, actor: Actor, at: datetime) -> PeriodChange:
    """Take back a change that nobody has approved; either of two people may.

    Raises:
        NotWaiting: see there.
    """
    change = _waiting(change_id)
    change.withdrawn_at = at
    change.save(update_fields=["withdrawn_at"])
    _record("retention.period_withdrawn", change, actor=actor, at=at)
    return change


def _waiting(change_id: UUID) -> PeriodChange:
    change = PeriodChange.objects.select_for_update().get(pk=change_id)
    if change.approved_at or change.withdrawn_at:
        raise NotWaiting
    return change


def _record(action: str, change: PeriodChange, *, actor: Actor, at: datetime) -> None:
    told: dict[str, str | int] = {"change": str(change.pk), "months": change.months, "days": change.days, "rows": change.would_remove}
    record(action=action, about=f"rule:{change.rule}", actor=actor, at=at, starts_at=change.starts_at.isoformat(), **told)


@transaction.atomic
def remember(*, at: datetime) -> None:
    """Keep in mind what the version of the policy in force allows: a longer declaration waits for the next version."""
    texts = selectors.policy_texts(on=timezone.localdate(at))
    version = texts.order_by("-effective_on").values_list("effective_on", flat=True).first()
    if version is None:
        return
    known = set(PolicyPeriod.objects.filter(effective_on=version).values_list("rule", flat=True))
    declared = [rule for source in registry.all_sources() for rule in source.retention if rule.shortest is not None]
    new = [
        PolicyPeriod(effective_on=version, rule=rule.code, months=months, days=days)
        for rule in declared
        if rule.code not in known
        for months, days in [periods.in_parts(rule.keep_for)]
    ]
    PolicyPeriod.objects.bulk_create(new, ignore_conflicts=True)


def forget(*, at: datetime) -> int:
    """Forget changes that are as old as events get and hold no more."""
    old = PeriodChange.objects.filter(asked_at__lt=at - KEEP_EVENTS)
    later = PeriodChange.objects.filter(rule=OuterRef("rule"), approved_at__gt=OuterRef("approved_at"), starts_at__lte=at)
    return (old.filter(approved_at=None) | old.filter(Exists(later))).delete()[0]
