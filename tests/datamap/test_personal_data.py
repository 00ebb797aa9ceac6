"""What the rooms beneath the categories declare: found, handed over, kept with a ground, and gone in time."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from accounts.models import Contact, User
from audit import sealing, signing
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event, Leaf, Seal
from audit.services import record
from browsing.models import LinkCase
from connectors.models import Prepared, PullTask
from datamap import registry, rows
from datamap.enums import Ground
from datamap.personal_data import identities
from datamap.rows import RetentionRoleMissing, due_rows
from datamap.wall_clock import HOME
from retention.services import keep_periods, keep_rule
from security.models import AffectedPerson
from subjects import escrow
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Identifier, ImportBlock, LegalHold, LostIdentifier, Objection, Restriction, Subject, Tombstone
from tests.accounts.factories import make_staff, make_user
from tests.browsing import cast as browsing_cast
from tests.conformance.instants import ORDINARY
from tests.datamap.passing import passed
from tests.subjects import lifting

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
TICK = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    monkeypatch.setattr(signing, "folder", lambda: tmp_path / "keys")
    return tmp_path


def person(at, *emails: str, account=None) -> Subject:
    identifiers = [(IdentifierKind.EMAIL, email) for email in emails]
    if account is not None:
        identifiers.append((IdentifierKind.ACCOUNT, str(account.pk)))
    return subjects.subject_for(identifiers=identifiers, method=IdentityMethod.MAILBOX, at=at)


@pytest.fixture
def nora(at):
    return person(at, "nora@firm.example")


@pytest.fixture
def jan(at):
    return person(at, "jan@firm.example")


def rule_of(key, code):
    source = registry.get(key)
    return source, next(rule for rule in source.retention if rule.code == f"{key}.{code}")


def exported(source, subject):
    return {
        part.name: [dict(zip([name for name, _label in part.columns], row, strict=True)) for row in part.rows]
        for part in source.export(subject)
    }


def is_kept_until(key, code, moment, count):
    """Kept at the last instant before ``moment``, gone at it."""
    source, rule = rule_of(key, code)
    before = count()
    assert keep_rule(source=source, rule=rule, at=moment - TICK) == 0
    assert count() == before
    gone = keep_rule(source=source, rule=rule, at=moment)
    return gone == before and count() == 0


def test_identities_are_handed_over_and_needed_for_the_request(nora, jan, at):
    source = registry.get("subjects.identities")
    handed = exported(source, nora)

    assert source.is_handling
    assert source.count(nora) == {"subject": 1, "identifier": 1}
    assert [row["identifier.value" if "identifier.value" in row else "value"] for row in handed["identifier"]] == ["nora@firm.example"]
    kept = source.erase(nora, at=at).kept
    assert [(part.part, part.rows, part.ground) for part in kept] == [
        ("subject", 1, Ground.LEGAL_OBLIGATION),
        ("identifier", 1, Ground.LEGAL_OBLIGATION),
    ]
    assert source.preview(nora, at=at) == source.erase(nora, at=at)
    assert Identifier.objects.filter(subject=nora).exists()


def test_a_person_to_whom_nothing_points_is_gone_a_day_later(nora, at):
    assert is_kept_until("subjects.identities", "unused", at + timedelta(days=1), Subject.objects.count)
    assert not Identifier.objects.exists()


@pytest.mark.parametrize("reason", ["restriction", "objection", "hold", "disclosure"])
def test_a_person_to_whom_something_points_stays(nora, jan, at, reason):
    if reason == "restriction":
        subjects.restrict(subject_id=nora.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=at)
    elif reason == "objection":
        subjects.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at)
    elif reason == "hold":
        subjects.hold(subject_id=nora.pk, ground=HoldGround.STATUTE, owner_id="u", review_on=at.date(), actor=ACTOR, at=at)
    else:
        disclose(at, subject=nora)
    source, rule = rule_of("subjects.identities", "unused")

    assert keep_rule(source=source, rule=rule, at=at + timedelta(days=30)) == 1
    assert list(Subject.objects.all()) == [nora]


def test_a_person_stays_while_any_table_refers_to_them_also_one_that_a_person_does_not_know_of(nora, jan, at):
    """Each table of ours by its declared references, so that a new one is tried as well: none of them can hold up all the others."""
    source, rule = rule_of("subjects.identities", "unused")
    pointing = set(identities._pointing())
    own = {(Identifier, "subject"), (LostIdentifier, "subject")}
    assert (
        pointing
        == {(model, field.name) for model in apps.get_models() for field in model._meta.concrete_fields if field.related_model is Subject}
        - own
    )
    assert {LinkCase, AffectedPerson, PullTask, Prepared} <= {model for model, _column in pointing}

    case = browsing_cast.make_case(nora)

    assert keep_rule(source=source, rule=rule, at=at + timedelta(days=30)) == 1
    assert list(Subject.objects.all()) == [nora]
    LinkCase.objects.filter(pk=case.pk).delete()
    assert keep_rule(source=source, rule=rule, at=at + timedelta(days=60)) == 1


def test_standing_orders_stand_through_an_erasure_and_what_is_over_goes(nora, jan, at):
    source = registry.get("subjects.standing")
    lifted = subjects.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    lifting.lift(lifted.pk, told_at=at, at=at)
    stands = subjects.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at)
    others = subjects.restrict(subject_id=jan.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    assert not source.is_handling
    assert source.count(nora) == {"restriction": 1, "objection": 1}
    assert exported(source, nora)["objection"][0]["purpose"] == "marketing"

    preview = source.preview(nora, at=at)
    outcome = source.erase(nora, at=at)
    assert preview == outcome
    assert outcome.erased == {"restriction": [lifted.pk]}
    assert [(kept.part, kept.rows, kept.article) for kept in outcome.kept] == [("objection", 1, "Art. 21(3) GDPR")]
    assert source.erase(nora, at=at).erased == {}
    assert (list(Objection.objects.all()), list(Restriction.objects.all())) == ([stands], [others])


@pytest.mark.parametrize("kind", ["restrictions-lifted", "objections-ended", "holds-released"])
def test_what_no_longer_stands_is_gone_after_a_year(nora, at, kind):
    common = {"subject": nora, "since": at}
    if kind == "restrictions-lifted":
        model = Restriction
        model.objects.create(**common, ground="ACCURACY", told_at=at, lifted_at=at)
        stands = model(**common, ground="CLAIMS")
    elif kind == "objections-ended":
        model = Objection
        model.objects.create(**common, purpose="marketing", ended_at=at)
        stands = model(**common, purpose="statistics")
    else:
        model = LegalHold
        model.objects.create(**common, ground="STATUTE", owner_id="u", review_on=at.date(), released_at=at)
        stands = model(**common, ground="STATUTE", owner_id="u", review_on=at.date())

    assert is_kept_until("subjects.standing", kind, at + relativedelta(years=1), model.objects.count)
    stands.save()
    source, rule = rule_of("subjects.standing", kind)
    assert keep_rule(source=source, rule=rule, at=at + relativedelta(years=50)) == 0


def test_traces_of_an_erasure_are_shown_kept_and_gone_in_time(nora, jan, folders):
    at = ORDINARY
    source = registry.get("subjects.erased")
    subjects.block_import(values=["nora@firm.example"], at=at)
    subjects.bury(source="a.b", part="c", row_keys=[nora.pk], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)
    end = at + relativedelta(months=13)

    assert source.count(nora) == {"importblock": 1}
    assert source.count(jan) == {}
    assert source.preview(jan, at=at).kept == ()
    assert exported(source, nora) == {"importblock": [{"id": str(ImportBlock.objects.get().pk), "expires_at": end}]}
    (kept,) = source.erase(nora, at=at).kept
    assert (kept.rows, kept.until) == (1, end.date())
    assert is_kept_until("subjects.erased", "import-blocks", end, ImportBlock.objects.count)
    assert is_kept_until("subjects.erased", "tombstones", end, Tombstone.objects.count)
    assert len(list(folders.glob("*.jsonl"))) == 1, "the copy stays to the end of its day"


def test_copies_outside_the_database_go_with_the_tombstones(nora, folders):
    at = ORDINARY
    subjects.bury(source="a.b", part="c", row_keys=[nora.pk], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)
    source, rule = rule_of("subjects.erased", "tombstones")

    assert keep_rule(source=source, rule=rule, at=at + relativedelta(months=13, days=1)) == 1
    assert list(folders.glob("*.jsonl")) == []


def disclose(at, **who):
    return passed("calendly", at=at, **who)


def test_disclosures_name_the_recipient_and_stay_until_the_recipients_were_told(nora, jan, at):
    source = registry.get("datamap.disclosures")
    made, others = disclose(at, email="nora@firm.example"), disclose(at, subject=jan)
    (row,) = exported(source, nora)["disclosure"]
    assert (row["recipient"], row["fields"], row["purpose"]) == ("calendly", "name, email", "support")
    assert source.preview(person(at, "x@firm.example"), at=at).kept == ()

    (planned,) = source.preview(nora, at=at).kept
    assert (planned.rows, planned.until, str(planned.until_event)) == (1, None, "until thirty days after the erasure")
    outcome = source.erase(nora, at=at)
    assert source.erase(nora, at=at) == outcome
    assert [(kept.rows, kept.article, kept.until) for kept in outcome.kept] == [(1, "Art. 19 GDPR", (at + timedelta(days=30)).date())]
    made.refresh_from_db()
    assert made.expires_at == at + timedelta(days=30)
    source, rule = rule_of("datamap.disclosures", "expired")
    assert keep_rule(source=source, rule=rule, at=at + timedelta(days=30) - TICK) == 0
    assert keep_rule(source=source, rule=rule, at=at + timedelta(days=30)) == 1
    others.refresh_from_db()
    assert others.expires_at == at + relativedelta(years=5)


def test_events_of_an_account_are_shown_without_the_colleague_and_kept(at):
    user, other = make_user(), make_user()
    subject, stranger = person(at, user.email, account=user), person(at, other.email, account=other)
    colleague = Actor(kind=ActorKind.STAFF, id="0199-colleague", role="HELPDESK")
    record(action="user.opened", about=f"accounts.user:{user.pk}", actor=colleague, at=at)
    record(action="user.changed", about="x", actor=Actor(kind=ActorKind.PERSON, id=str(user.pk)), at=at)
    record(action="user.opened", about=f"accounts.user:{other.pk}", actor=colleague, at=at)
    source = registry.get("audit.events")

    handed = exported(source, subject)
    assert [row["action"] for row in handed["event"]] == ["user.opened", "user.changed"]
    assert "colleague" not in str(handed)
    assert source.count(subject) == {"event": 2}
    (kept,) = source.erase(subject, at=at).kept
    assert (kept.rows, kept.ground, kept.until) == (2, Ground.LEGAL_CLAIMS, (at + relativedelta(years=6)).date())
    assert source.count(subject) == {"event": 2}
    assert source.count(stranger) == {"event": 1}
    assert source.preview(person(at, "nobody@firm.example"), at=at).kept == ()


def note(user, about, at):
    kind = ContentType.objects.get_for_model(User)
    entry = LogEntry.objects.create(user=user, content_type=kind, object_id=str(about.pk), object_repr=str(about), action_flag=CHANGE)
    LogEntry.objects.filter(pk=entry.pk).update(action_time=at)
    return entry


def test_the_admin_log_forgets_the_erased_and_keeps_what_staff_did_for_a_year(at):
    staff, user = make_staff(), make_user()
    about_user, about_staff = note(staff, user, at), note(staff, staff, at)
    source = registry.get("admin.entries")
    erased, colleague = person(at, user.email, account=user), person(at, staff.email, account=staff)
    assert source.count(erased) == {"logentry": 1}
    assert source.count(colleague) == {"logentry": 2}

    assert source.erase(erased, at=at).kept == ()
    assert list(LogEntry.objects.all()) == [about_staff]
    assert about_user.pk != about_staff.pk
    (kept,) = source.erase(colleague, at=at).kept
    assert (kept.rows, kept.until) == (1, (at + relativedelta(months=12)).date())
    assert is_kept_until("admin.entries", "12-months", at + relativedelta(months=12), LogEntry.objects.count)


@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_evidence_is_destroyed_by_the_retention_role_when_it_expired():
    """The guard goes by the server's own clock: what expires now is made six years ago."""
    now = timezone.now()
    long_ago = now - relativedelta(years=6, months=2)
    record(action="a.old", about="R-1", actor=ACTOR, at=long_ago)
    sealing.seal_all(at=long_ago)
    fresh = record(action="a.new", about="R-1", actor=ACTOR, at=now)
    sealing.seal_all(at=now)

    gone = keep_periods(at=now)

    assert {code: rows for code, rows in gone.items() if rows} == {
        "audit.events.events": 1,
        "audit.events.leaves": 1,
        "audit.events.seals": 1,
    }
    assert list(Event.objects.exclude(action__startswith="retention.")) == [fresh]
    assert [seal.number for seal in Seal.objects.all()] == [2]
    assert Leaf.objects.get().event_id == fresh.pk


def test_without_the_retention_role_evidence_stays(at, monkeypatch):
    monkeypatch.setattr(rows, "connections", {"default": None})
    record(action="a.old", about="R-1", actor=ACTOR, at=at)
    source, rule = rule_of("audit.events", "events")

    with pytest.raises(RetentionRoleMissing):
        keep_rule(source=source, rule=rule, at=at + relativedelta(years=7))
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("trigger", "keep_for", "end"),
    [
        ((2026, 1, 31), relativedelta(months=1), (2026, 2, 28)),
        ((2024, 1, 31), relativedelta(months=1), (2024, 2, 29)),
        ((2024, 2, 29), relativedelta(years=1), (2025, 2, 28)),
        ((2026, 8, 31), relativedelta(months=6), (2027, 2, 28)),
        ((2026, 3, 2), relativedelta(days=7), (2026, 3, 9)),
    ],
)
def test_periods_are_the_calendars(nora, trigger, keep_for, end):
    """To the microsecond, by the clock in Brussels, and clamped to the end of a shorter month."""
    from datetime import datetime

    from datamap.declaration import RetentionRule

    start, over = datetime(*trigger, 12, tzinfo=HOME), datetime(*end, 12, tzinfo=HOME)
    rule = RetentionRule(code="x", label="", trigger="created_at", keep_for=keep_for, ground="")
    Subject.objects.filter(pk=nora.pk).update(created_at=start)

    assert not due_rows(Subject.objects.all(), rule, at=over - TICK).exists()
    assert due_rows(Subject.objects.all(), rule, at=over).exists()


def test_a_last_day_is_a_day_in_brussels(nora, at):
    from datetime import datetime

    from datamap.declaration import RetentionRule

    brussels = ZoneInfo("Europe/Brussels")
    rule = RetentionRule(code="x", label="", trigger="review_on", keep_for=relativedelta(), ground="")
    months = RetentionRule(code="x", label="", trigger="review_on", keep_for=relativedelta(months=1), ground="")
    LegalHold.objects.create(subject=nora, ground="STATUTE", owner_id="u", since=at, review_on=date(2026, 1, 31))

    def due(rule, *moment: int) -> bool:
        return due_rows(LegalHold.objects.all(), rule, at=datetime(*moment, tzinfo=brussels)).exists()

    assert [due(rule, 2026, 1, 31, 23, 59), due(rule, 2026, 2, 1, 0, 0)] == [False, True]
    assert [due(months, 2026, 2, 28, 23, 59), due(months, 2026, 3, 1, 0, 0)] == [False, True]


def test_oldest_is_live_evidence(nora, jan, at):
    source, rule = rule_of("subjects.identities", "unused")
    Subject.objects.filter(pk=jan.pk).update(created_at=at - timedelta(days=3))

    assert source.oldest(rule) == at - timedelta(days=3)


def test_due_takes_no_more_than_asked_and_the_oldest_first(at):
    people = [person(at - timedelta(days=day), f"p{day}@firm.example") for day in range(2, 6)]
    source, rule = rule_of("subjects.identities", "unused")

    assert source.due(rule, at=at, limit=2).keys == (people[3].pk, people[2].pk)


def test_destroy_looks_again(nora, at):
    """Between plan and deed somebody objected: the row is no longer due."""
    source, rule = rule_of("subjects.identities", "unused")
    plan = source.due(rule, at=at + timedelta(days=2), limit=10)
    assert plan.keys == (nora.pk,)
    subjects.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at)

    assert source.destroy(plan, at=at + timedelta(days=2)) == 0
    assert Subject.objects.count() == 1


def test_contacts_are_nobodys_business_here(nora, at):
    """Sources answer for what they declare and nothing else."""
    Contact.objects.create(number="C-1", name="Nora", email="nora@firm.example", collected_at=at, last_act_at=at)
    beneath = ["subjects.identities", "subjects.standing", "subjects.erased", "audit.events", "datamap.disclosures", "admin.entries"]

    assert sum(sum(registry.get(key).count(nora).values()) for key in beneath) == 2
