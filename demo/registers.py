"""The register of the demo company: papers of everybody who works for it, one that ends soon and one that is over, and a change that
customers were told of.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Company
from audit.actor import Actor
from datamap import notices, registering
from datamap.enums import NoticeKind, PaperKind, Role, Service
from datamap.models import Paper, Processor, Subsidiary
from datamap.registering import PaperGiven
from demo.accounts import colleague
from policy import alarming, listing, telling
from policy.enums import ObjectionGround

if TYPE_CHECKING:
    from datetime import date, datetime

#: Certificates of data centres that the policy names (VI A), and those of others.
CERTIFICATES = {
    "azure": ("ISO 27001", "SOC 2 Type II", "SecNumCloud", "CSA STAR"),
    "aws": ("ISO 27001", "ISO 27017", "ISO 27018", "SOC 2", "CSA STAR"),
    "kinsta": ("SOC 2 Type II",),
    "google-cloud": ("ISO 27001", "SOC 2"),
    "cloudflare": ("ISO 27001", "SOC 2 Type II"),
    "mailchimp": ("ISO 27001",),
}
#: How many days these have left, one of them none: the officer is told of both.
LEFT = {("cloudflare", "ISO 27001"): 12, ("kinsta", "SOC 2 Type II"): -9}
FRAMEWORK = frozenset({"recaptcha", "calendly", "cloudflare", "mailchimp", "google-analytics", "google-ads", "aws", "azure", "kinsta"})
#: Our affiliates as recipients, and where one of them works outside the Union.
GROUP, ABROAD = "affiliates", "TN"
CUSTOMER = "K-1002"
NEW = "leuven-cloud"


@transaction.atomic
def load(*, at: datetime) -> int:
    """Add what is missing; how many papers were added."""
    if Paper.objects.exists():
        return 0
    today = timezone.localdate(at)
    officer = colleague(UserRole.PRIVACY_OFFICER)
    for code in Processor.objects.exclude(code="payment").values_list("code", flat=True):
        for paper in _papers(code, today):
            registering.add_paper(code=code, paper=paper, actor=officer, at=at)
    attested = PaperGiven(
        PaperKind.PCI_DSS, "AOC 4.0.1, service provider level 1", today - timedelta(days=120), today + timedelta(days=245)
    )
    contract = PaperGiven(PaperKind.CONTRACT, "PSP-2024-031", today - timedelta(days=800))
    values = {"since": today - timedelta(days=100)}
    registering.save(code="payment", values=values, papers=[attested, contract], actor=officer, at=at)
    _entity(today, officer=officer, at=at)
    _change(at=at - timedelta(days=6))
    listing.publish(at=at)
    alarming.alarm(at=at)
    return Paper.objects.count()


def _papers(code: str, today: date) -> list[PaperGiven]:
    begun = today - timedelta(days=700)
    papers = [PaperGiven(PaperKind.CONTRACT, f"DPA-{code.upper()}-1", begun)]
    if code in FRAMEWORK:
        papers.append(
            PaperGiven(
                PaperKind.FRAMEWORK,
                "EU-US Data Privacy Framework",
                begun,
                today + timedelta(days=200),
                "https://www.dataprivacyframework.gov/",
            )
        )
    for certificate in CERTIFICATES.get(code, ()):
        left = timedelta(days=LEFT.get((code, certificate), 320))
        papers.append(PaperGiven(PaperKind.CERTIFICATE, certificate, begun, today + left))
    return papers


def _entity(today: date, *, officer: Actor, at: datetime) -> None:
    """Staff abroad, bound by clauses that an assessment goes with; the register of recipients says the same of the group."""
    signed_on, valid_until = today - timedelta(days=400), today + timedelta(days=330)
    Subsidiary.objects.get_or_create(
        entity="Oxygis Tunisie",
        country=ABROAD,
        defaults={
            "clauses_module": "Module 3",
            "clauses_signed_on": signed_on,
            "clauses_valid_until": valid_until,
            "assessed_on": today - timedelta(days=410),
        },
    )
    clauses = PaperGiven(PaperKind.CLAUSES, "Oxygis Tunisie, Module 3", signed_on, valid_until)
    registering.save(code=GROUP, values={"countries": ["BE", "FR"]}, papers=[clauses], actor=officer, at=at)
    _told_of_abroad(officer=officer, at=at - timedelta(days=380))


def _told_of_abroad(*, officer: Actor, at: datetime) -> None:
    """Customers' data goes there since they were told, and nobody objected in time."""
    notice = notices.prepare(kind=NoticeKind.TRANSFER, code=GROUP, country=ABROAD, actor=officer, at=at)
    notice = telling.publish(notice_id=notice.pk, actor=colleague(UserRole.ADMIN), at=at + timedelta(days=1))
    assert notice.effective_on is not None
    notices.carry_out(notice_id=notice.pk, actor=telling.HOUSE, at=at + (notice.effective_on - timezone.localdate(at)))


def _change(*, at: datetime) -> None:
    """Another host for Infocenter: prepared by the officer, published by an administrator; one customer objects."""
    officer, administrator = colleague(UserRole.PRIVACY_OFFICER), colleague(UserRole.ADMIN)
    values = {
        "name": "Leuven Cloud",
        "role": Role.PROCESSOR,
        "objective": "Hosting of Oxygis Infocenter (land register and shape files)",
        "shared_data": "Production data of Infocenter; backups of the cloud services",
        "region": "European Union",
        "services": [Service.HOSTING],
        "our_roles": [Role.CONTROLLER, Role.PROCESSOR],
        "countries": ["BE"],
        "terms_url": "https://leuven-cloud.example/terms",
        "privacy_url": "https://leuven-cloud.example/privacy",
    }
    contract = PaperGiven(PaperKind.CONTRACT, "DPA-LC-1", timezone.localdate(at))
    registering.save(code=NEW, values=values, papers=[contract], actor=officer, at=at)
    notice = notices.prepare(kind=NoticeKind.REPLACE, code=NEW, replaces="aws", actor=officer, at=at - timedelta(days=1))
    telling.publish(notice_id=notice.pk, actor=administrator, at=at)
    company = Company.objects.filter(number=CUSTOMER).first()
    if company is not None:
        later = at + timedelta(days=2)
        telling.object_to(notice_id=notice.pk, company=company, ground=ObjectionGround.PLACE, actor=Actor.person(), at=later)
