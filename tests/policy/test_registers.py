"""The registers at the desk and for everybody: papers with their end, what is lacking, alarms, links, the public list."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from datamap import gaps, registering, selectors
from datamap.enums import NAMED_SERVICES, PaperKind, Role, Service
from datamap.gaps import GapKind
from datamap.models import AdequacyDecision, NoProvider, Paper, Processor, Subsidiary
from letters.models import Letter
from letters.reading import readable
from policy import alarming, importing, listing
from tests.accounts import factories
from tests.datamap.register_cast import FROM, give_paper, tell_customers
from tests.policy import cast
from tests.policy.cast import NOON
from tests.typing_in import carried

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)
SOON = DAY + timedelta(days=30)


def in_order() -> None:
    """A register that lacks nothing."""
    for row in Processor.objects.all():
        give_paper(row)
        give_paper(row, PaperKind.CLAUSES)
        give_paper(row, PaperKind.FRAMEWORK)
    # As it ships the register says that clauses protect what goes to the group, and not where that is.
    tell_customers("affiliates", "IN", on=FROM)
    Processor.objects.filter(code="affiliates").update(countries=["BE", "IN"])
    NoProvider.objects.create(service=Service.PAYMENT, reason="Invoices are paid by transfer.", since=date(2022, 1, 1))


def kinds(code: str = "", *, on: date = DAY) -> list[GapKind]:
    return [gap.kind for gap in gaps.find(on=on) if gap.kind in gaps.ALARMS and (not code or gap.code == code)]


class TestGaps:
    def test_a_register_in_order_lacks_nothing(self, django_assert_num_queries):
        in_order()
        with django_assert_num_queries(9):
            assert kinds() == []

    @pytest.mark.promise("P056")
    @pytest.mark.parametrize("code", ["calendly", "azure", "mail-provider"])
    def test_a_contract_that_is_missing_is_an_alarm(self, code):
        in_order()
        Paper.objects.filter(processor=code, kind=PaperKind.CONTRACT).update(ended_on=date(2024, 2, 1))

        assert GapKind.NO_CONTRACT in kinds(code)

    @pytest.mark.promise("P061")
    def test_who_works_through_another_is_bound_by_the_contract_of_that_one(self):
        in_order()
        Paper.objects.filter(processor="google-cloud", kind=PaperKind.CONTRACT).update(ended_on=date(2024, 2, 1))
        assert GapKind.NO_CONTRACT not in kinds("google-cloud")
        Processor.objects.filter(code="kinsta").update(until=DAY - timedelta(days=1))
        assert GapKind.NO_CONTRACT in kinds("google-cloud"), "who has ended binds nobody"
        Processor.objects.filter(code="kinsta").update(until=DAY)
        assert GapKind.NO_CONTRACT not in kinds("google-cloud")
        Paper.objects.filter(processor="kinsta", kind=PaperKind.CONTRACT).update(ended_on=date(2024, 2, 1))
        assert GapKind.NO_CONTRACT in kinds("google-cloud")

    @pytest.mark.promise("P059")
    @pytest.mark.parametrize(
        ("until", "kind"),
        [
            (SOON + timedelta(days=1), None),
            (SOON, GapKind.PAPER_ENDS),
            (DAY, GapKind.PAPER_ENDS),
            (DAY - timedelta(days=1), GapKind.PAPER_OVER),
        ],
    )
    def test_a_certificate_is_told_of_before_its_end_and_at_it(self, until, kind):
        in_order()
        give_paper("azure", PaperKind.CERTIFICATE, until=until)

        assert kinds("azure") == ([kind] if kind else [])

    def test_a_newer_paper_of_the_kind_stands_in_and_another_certificate_does_not(self):
        in_order()
        give_paper("azure", PaperKind.CERTIFICATE, until=SOON)
        give_paper("azure", PaperKind.CERTIFICATE, since=DAY)
        assert kinds("azure") == [GapKind.PAPER_ENDS]
        old = give_paper("azure", PaperKind.PCI_DSS, until=SOON)
        assert kinds("azure") == [GapKind.PAPER_ENDS, GapKind.PAPER_ENDS]
        give_paper("azure", PaperKind.PCI_DSS, since=old.valid_until)
        assert kinds("azure") == [GapKind.PAPER_ENDS]

    def test_a_certificate_is_the_same_in_whichever_letters_it_is_written(self):
        in_order()
        old = give_paper("azure", PaperKind.CERTIFICATE, until=SOON)
        assert kinds("azure") == [GapKind.PAPER_ENDS]
        Paper.objects.create(
            processor=old.processor, kind=old.kind, reference=f" {old.reference.lower()}".replace(" ", "  "), valid_from=SOON, added_at=NOON
        )
        assert kinds("azure") == []

    @pytest.mark.promise("P059")
    @pytest.mark.parametrize(
        ("until", "since", "kind"),
        [
            (SOON, SOON + timedelta(days=1), None),
            (SOON, SOON + timedelta(days=2), GapKind.PAPER_ENDS),
            (DAY - timedelta(days=1), DAY, None),
            (DAY - timedelta(days=1), DAY + timedelta(days=1), GapKind.PAPER_OVER),
        ],
    )
    def test_a_paper_stands_in_for_another_where_no_day_is_between(self, until, since, kind):
        in_order()
        give_paper("azure", PaperKind.PCI_DSS, until=until)
        give_paper("azure", PaperKind.PCI_DSS, since=since)

        assert kinds("azure") == ([kind] if kind else [])

    def test_a_paper_may_end_on_the_last_day_of_the_calendar_or_on_its_first(self):
        in_order()
        give_paper("azure", PaperKind.PCI_DSS, until=date.max)
        give_paper("azure", PaperKind.PCI_DSS, since=SOON)
        never = give_paper("azure", PaperKind.CERTIFICATE)
        Paper.objects.filter(pk=never.pk).update(ended_on=date.min)
        assert kinds("azure") == [GapKind.PAPER_OVER]

    @pytest.mark.promise("P059")
    def test_several_papers_follow_each_other(self):
        in_order()
        give_paper("azure", PaperKind.PCI_DSS, until=DAY)
        give_paper("azure", PaperKind.PCI_DSS, since=DAY + timedelta(days=1), until=SOON)
        assert [(gap.kind, gap.on) for gap in gaps.find(on=DAY) if gap.code == "azure" and gap.on] == [(GapKind.PAPER_ENDS, SOON)]
        give_paper("azure", PaperKind.PCI_DSS, since=SOON)
        assert kinds("azure") == []

    @pytest.mark.promise("P009")
    def test_an_attestation_that_ended_is_an_alarm(self):
        in_order()
        paper = give_paper("payment", PaperKind.PCI_DSS)
        Processor.objects.filter(code="payment").update(since=DAY)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert kinds("payment") == []
        Paper.objects.filter(pk=paper.pk).update(ended_on=DAY)
        assert kinds("payment") == [GapKind.NOT_ATTESTED, GapKind.PAPER_OVER]

    @pytest.mark.promise("P121")
    @pytest.mark.parametrize("service", NAMED_SERVICES)
    def test_each_named_service_has_a_processor_or_a_word_that_nobody_does_it(self, service):
        in_order()
        NoProvider.objects.update(until=date(2023, 1, 1))
        Processor.objects.filter(services__contains=[service]).exclude(code="payment").update(until=date(2023, 1, 1))
        lacking = [gap.name for gap in gaps.find(on=DAY) if gap.kind == GapKind.NO_PROVIDER]
        assert str(service.label) in lacking

        NoProvider.objects.create(service=service, reason="We do it ourselves.", since=DAY)
        lacking = [gap.name for gap in gaps.find(on=DAY) if gap.kind == GapKind.NO_PROVIDER]
        assert str(service.label) not in lacking

    def test_a_safeguard_without_a_country_is_an_alarm(self):
        in_order()
        Processor.objects.filter(code="affiliates").update(countries=[])
        assert kinds("affiliates") == [GapKind.NO_COUNTRY]
        Processor.objects.filter(code="affiliates").update(safeguard="")
        assert kinds("affiliates") == []

    @pytest.mark.promise("P093")
    def test_data_in_a_country_for_no_reason_is_an_alarm(self):
        in_order()
        Paper.objects.filter(processor="calendly").exclude(kind=PaperKind.CONTRACT).update(ended_on=DAY)

        assert kinds("calendly") == [GapKind.NO_BASIS, GapKind.PAPER_OVER, GapKind.PAPER_OVER]

    @pytest.mark.promise("P093")
    @pytest.mark.parametrize(
        ("until", "expected"),
        [
            (SOON, []),
            (SOON - timedelta(days=1), [(GapKind.BASIS_ENDS, SOON - timedelta(days=1))]),
            (DAY, [(GapKind.BASIS_ENDS, DAY)]),
            (DAY - timedelta(days=1), [(GapKind.NO_BASIS, None)]),
        ],
    )
    def test_an_adequacy_decision_is_told_of_before_its_end_where_nothing_else_allows_it(self, until, expected):
        in_order()
        Processor.objects.filter(code="calendly").update(countries=["BE", "GB"])
        facts = {
            "name": "Surveys Ltd",
            "role": Role.PROCESSOR,
            "objective": "x",
            "shared_data": "x",
            "region": "x",
            "since": date(2024, 1, 1),
        }
        made = Processor.objects.create(code="surveys", countries=["BE", "GB"], **facts)
        give_paper(made)
        AdequacyDecision.objects.filter(country="GB").update(valid_until=until)

        found = [gap for gap in gaps.find(on=DAY) if gap.kind in gaps.ALARMS]
        assert [(gap.kind, gap.on) for gap in found] == expected
        assert {gap.code for gap in found} <= {"surveys"}
        renewal = {"country": "GB", "decision": "x", "is_confirmed": True}
        AdequacyDecision.objects.create(valid_from=until + timedelta(days=2), **renewal)
        assert [gap.kind for gap in gaps.find(on=DAY) if gap.code == "surveys"][:1] == [kind for kind, _on in expected] or not expected
        AdequacyDecision.objects.create(valid_from=until + timedelta(days=1), **renewal)
        assert not {gap.kind for gap in gaps.find(on=DAY)} & {GapKind.BASIS_ENDS, GapKind.NO_BASIS}

    @pytest.mark.promise("P093")
    @pytest.mark.parametrize(
        ("until", "kind"),
        [(None, None), (SOON, None), (SOON - timedelta(days=1), GapKind.CLAUSES_END), (DAY - timedelta(days=1), GapKind.CLAUSES_OVER)],
    )
    def test_staff_abroad_whose_clauses_end_are_an_alarm(self, until, kind):
        in_order()
        signed = date(2025, 1, 1)
        Subsidiary.objects.create(
            entity="Oxygis Tunis", country="TN", clauses_signed_on=signed, assessed_on=signed, clauses_valid_until=until
        )

        assert kinds() == ([kind] if kind else [])


class TestAlarm:
    @pytest.mark.promise("P059")
    def test_each_officer_gets_one_letter_a_day_in_their_language(self):
        in_order()
        give_paper("azure", PaperKind.CERTIFICATE, until=SOON)
        factories.make_staff(UserRole.PRIVACY_OFFICER, "o@oxygis.example", language="fr")
        factories.make_staff(UserRole.HELPDESK)

        assert alarming.alarm(at=NOON) == 1
        assert alarming.alarm(at=NOON + timedelta(hours=3)) == 0
        assert alarming.alarm(at=NOON + timedelta(days=1)) == 1
        letter = Letter.objects.filter(event="registers_alarm").earliest("written_at")
        assert (letter.recipient, letter.language) == ("o@oxygis.example", "fr")
        words = str(readable(letter))
        assert "Microsoft Azure" in words
        assert "/fr/desk/registers/" in words

    def test_no_letter_while_nothing_is_lacking(self):
        in_order()
        factories.make_staff(UserRole.PRIVACY_OFFICER)
        assert alarming.alarm(at=NOON) == 0

    def test_a_monitor_learns_yes_or_no(self, client):
        answer = client.get("/health/registers/")
        assert (answer.status_code, answer.json()) == (503, {"status": "alarm"})
        in_order()
        answer = client.get("/health/registers/")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


class TestDesk:
    @pytest.fixture
    def officer(self, client):
        return factories.sign_in(client, factories.make_staff(UserRole.PRIVACY_OFFICER))

    @pytest.mark.parametrize("rows", [1, 30])
    def test_the_list_takes_the_same_queries_for_many_rows(self, officer, rows, django_assert_num_queries):
        for number in range(rows):
            made = cast.make_draft(f"host-{number}")
            give_paper(made)
            give_paper(made, PaperKind.CERTIFICATE)
        officer.get("/desk/registers/")

        with django_assert_num_queries(20):
            page = officer.get("/desk/registers/").content.decode()
        assert "New Host" in page

    @pytest.mark.parametrize("page", ["/desk/registers/", "/desk/registers/processors/calendly/"])
    def test_it_leads_to_the_forms_that_keep_it(self, officer, page):
        forms = re.findall(r'href="(/admin/[^"]+)"', officer.get(page).content.decode())
        assert {"/desk/registers/": 3}.get(page, 1) == len(forms)
        assert [officer.get(form).status_code for form in forms] == [200] * len(forms)

    def test_a_paper_is_added_and_ended_each_with_an_event(self, officer):
        data = {"kind": "CERTIFICATE", "reference": "ISO 27001", "valid_from": "2026-01-01", "valid_until": "2099-01-01", "link": ""}
        assert officer.post("/desk/registers/processors/azure/", data).status_code == 302
        paper = Paper.objects.get(processor="azure")
        assert (paper.reference, paper.valid_until) == ("ISO 27001", date(2099, 1, 1))
        assert Event.objects.get(action="register.paper_added").details["paper"] == str(paper.pk)
        assert officer.post("/desk/registers/processors/azure/", data).status_code == 422
        assert officer.post("/desk/registers/processors/azure/", data | {"valid_until": "2025-01-01"}).status_code == 422

        address = f"/desk/registers/processors/azure/papers/{paper.pk}/"
        assert officer.get(address).status_code == 200
        assert officer.post(address, {"ended_on": "2020-01-01"}).status_code == 422
        assert officer.post(address, {"ended_on": str(timezone.localdate())}).status_code == 302
        assert officer.post(address, {"ended_on": str(timezone.localdate())}).status_code == 422
        paper.refresh_from_db()
        assert paper.ended_on == timezone.localdate()
        assert officer.get("/desk/registers/processors/kinsta/papers/{paper.pk}/").status_code == 404
        assert officer.get("/desk/registers/processors/nobody/").status_code == 404

    def test_a_file_is_taken_over_whole_and_given_back(self, officer):
        def send(body: bytes) -> HttpResponse:
            return officer.post("/desk/registers/import/", {"file": SimpleUploadedFile("r.csv", body)})

        answer = send(b"code,role\ncalendly,FRIEND\nmailchimp,ENEMY\n")
        assert answer.status_code == 422
        page = answer.content.decode()
        assert page.count("is not one of CONTROLLER, PROCESSOR") == 2
        assert send(b"code,region\ncalendly,Mars\n").status_code == 302
        assert Processor.objects.get(code="calendly").region == "Mars"
        given = officer.get("/desk/registers/export/")
        assert given.content == importing.dump()
        assert "attachment" in given.headers["Content-Disposition"]
        assert officer.post("/desk/registers/import/", {}).status_code == 422
        assert send(b"x" * 1_000_001).status_code == 422

    @pytest.mark.promise("P009")
    def test_the_admin_takes_no_payment_processor_without_an_attestation(self, officer):
        data = {
            "code": "pay",
            "name": "Pay",
            "role": "CONTROLLER",
            "objective": "x",
            "shared_data": "x",
            "region": "x",
            "services": "PAYMENT",
        }
        answer = officer.post("/admin/datamap/processor/add/", data)
        assert answer.status_code == 200
        assert "attestation of PCI-DSS" in answer.content.decode()
        assert not Processor.objects.filter(code="pay").exists()

    @pytest.mark.promise("P058")
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"sub_processors": ["calendly"]}, "sub_processors"),
            ({"sub_processors": ["aws", "azure"]}, "sub_processors"),
            ({"countries": "BE,US"}, "countries"),
        ],
    )
    def test_the_admin_takes_no_sub_processor_and_no_third_country_untold(self, officer, change, field):
        address = "/admin/datamap/processor/azure/change/"
        data: dict[str, object] = {
            "name": "Azure",
            "role": "PROCESSOR",
            "objective": "x",
            "shared_data": "x",
            "region": "x",
            "services": "HOSTING",
        }
        data |= {"our_roles": "PROCESSOR", "countries": "BE", "since": "2022-08-18", "sub_processors": ["aws"]}
        assert officer.post(address, data | carried(officer, address)).status_code == 302

        answer = officer.post(address, data | change | carried(officer, address))

        assert answer.status_code == 200
        assert [*answer.context["adminform"].form.errors] == [field]
        azure = Processor.objects.get(pk="azure")
        assert (azure.countries, [sub.pk for sub in azure.sub_processors.all()]) == (["BE"], ["aws"])

    @pytest.mark.promise("P058")
    @pytest.mark.parametrize(("change", "field"), [({"our_roles": "CONTROLLER"}, "our_roles"), ({"since": ""}, "since")])
    def test_the_admin_lets_no_sub_processor_be_one_no_more_while_others_work_through_it(self, officer, change, field):
        Processor.objects.get(pk="azure").sub_processors.add("aws")
        data = {"name": "AWS", "role": "PROCESSOR", "objective": "x", "shared_data": "x", "region": "x", "services": "HOSTING"}
        data |= {"our_roles": "PROCESSOR", "countries": "BE", "since": "2022-08-18"} | change

        address = "/admin/datamap/processor/aws/change/"
        data |= carried(officer, address)

        answer = officer.post(address, data)

        assert [*answer.context["adminform"].form.errors] == [field]
        Processor.objects.get(pk="azure").sub_processors.clear()
        assert officer.post(address, data).status_code == 302

    def test_the_admin_lets_nobody_begin_on_customers_data_untold(self, officer):
        data = {
            "code": "host", "name": "Host", "role": "PROCESSOR", "objective": "x", "shared_data": "x", "region": "x",
            "services": "HOSTING", "our_roles": "PROCESSOR", "since": "2026-01-01",
        }  # fmt: skip
        answer = officer.post("/admin/datamap/processor/add/", data)
        assert "they are told first" in answer.content.decode()
        assert not Processor.objects.filter(code="host").exists()
        del data["since"]
        assert officer.post("/admin/datamap/processor/add/", data).status_code == 302


class TestPublic:
    @pytest.mark.promise("P061")
    def test_nobody_is_said_to_work_through_who_has_ended(self, client):
        (kinsta,) = [line for group in listing.groups(on=DAY) for line in group.lines if line.code == "kinsta"]
        assert kinsta.through == ("Google Cloud Platform",)
        Processor.objects.filter(code="google-cloud").update(until=DAY - timedelta(days=1))
        (kinsta,) = [line for group in listing.groups(on=DAY) for line in group.lines if line.code == "kinsta"]
        assert kinsta.through == ()

    @pytest.mark.promise("P057")
    @pytest.mark.promise("P059")
    @pytest.mark.promise("P060")
    @pytest.mark.promise("P062")
    def test_the_page_is_the_register(self, client):
        give_paper("azure", PaperKind.CERTIFICATE)
        give_paper("azure", PaperKind.CONTRACT)
        page = client.get("/processors/").content.decode()

        on = timezone.localdate()
        active = [row for row in Processor.objects.all() if row.is_active(on)]
        drafts = [row for row in Processor.objects.all() if not row.is_active(on)]
        assert all(f'id="{row.code}"' in page for row in active)
        assert not [row for row in drafts if f'id="{row.code}"' in page]
        azure, aws = (Processor.objects.get(code=code) for code in ("azure", "aws"))
        for row in (azure, aws):
            assert row in active
            for words in (row.name, row.objective, row.shared_data, row.region):
                assert words in page, words
        assert "CERTIFICATE 2024-01-01" in page
        # What binds us stays with us; only what attests is for everybody.
        assert "CONTRACT 2024-01-01" not in page
        ours = {row.code for row in active if Role.PROCESSOR in row.our_roles}
        first, second = listing.groups(on=on)
        assert {line.code for line in first.lines} == ours
        assert {line.code for line in second.lines} == {row.code for row in active} - ours

    @pytest.mark.promise("P061")
    def test_kinsta_is_named_with_the_cloud_it_works_through(self, client):
        (kinsta,) = [line for group in listing.groups(on=DAY) for line in group.lines if line.code == "kinsta"]
        assert kinsta.through == ("Google Cloud Platform",)

    @pytest.mark.promise("P123")
    def test_every_company_is_linked_with_its_terms_and_its_privacy_policy(self, client):
        page = client.get("/processors/").content.decode()
        unnamed = {"affiliates", "partners", "event-organisers", "mail-provider"}
        for row in Processor.objects.exclude(code="payment"):
            if row.code in unnamed:
                assert (row.terms_url, row.privacy_url) == ("", "")
                continue
            assert row.terms_url.startswith("https://")
            assert row.privacy_url.startswith("https://")
            assert f'href="{row.terms_url}"' in page
            assert f'href="{row.privacy_url}"' in page
        assert {gap.code for gap in gaps.find(on=DAY) if gap.kind == GapKind.NO_LINKS} == unnamed

    @pytest.mark.promise("P057")
    def test_another_processor_changes_the_page_and_makes_a_version_of_the_list(self, client):
        later = NOON + timedelta(days=3)
        assert listing.publish(at=NOON) == 3
        assert listing.publish(at=NOON) == 0
        assert listing.publish(at=later) == 0
        values = {"name": "New Mail", "role": Role.PROCESSOR, "objective": "x", "shared_data": "x", "region": "x", "since": DAY}
        registering.save(code="newmail", values=values, actor=listing.HOUSE, at=NOON)

        assert "New Mail" in client.get("/processors/").content.decode()
        assert listing.publish(at=later) == 3
        versions = list(selectors.policy_versions(language="nl", slug=listing.SLUG))
        assert [version.effective_on for version in versions] == [date(2026, 3, 5), DAY]
        assert [("New Mail" in version.body) for version in versions] == [True, False]
        assert "New Mail" in client.get("/processors/2026-03-05/").content.decode()
        assert "New Mail" not in client.get("/processors/2026-03-02/").content.decode()
        assert client.get("/processors/2026-03-04/").status_code == 404

    def test_a_service_that_nobody_does_is_said_so(self, client):
        NoProvider.objects.create(service=Service.PAYMENT, reason="Invoices are paid by transfer.", since=date(2022, 1, 1))
        assert "Invoices are paid by transfer." in client.get("/processors/").content.decode()

    @pytest.mark.parametrize("rows", [1, 30])
    def test_it_takes_the_same_queries_for_many_rows(self, client, rows, django_assert_num_queries):
        for number in range(rows):
            values = {"name": "N", "role": Role.PROCESSOR, "objective": "x", "shared_data": "x", "region": "x", "since": DAY}
            registering.save(code=f"new-{number}", values=values, actor=listing.HOUSE, at=NOON)
        with django_assert_num_queries(6):
            client.get("/processors/")
