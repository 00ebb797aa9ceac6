"""The entities of the group as a file: all or nothing, bad lines named, again and nothing changes, lost and back."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from accounts.importing.findings import NotImported
from audit.actor import Actor
from audit.models import Event
from datamap.models import Processor, Subsidiary
from policy import importing_entities
from tests.accounts.factories import make_staff, sign_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

HEAD = "entity,country,clauses_module,clauses_signed_on,clauses_valid_until,assessed_on"
TUNIS = "Oxygis Tunisie,TN,Module 3,2025-10-24,2027-10-24,2025-10-01"
LILLE = "Oxygis Partners,FR,,,,"


def load(*lines: str, head: str = HEAD) -> dict[str, int]:
    return importing_entities.load(io.BytesIO("\n".join([head, *lines]).encode()), actor=Actor.system("test"), at=timezone.now())


def there() -> list[tuple[str, str]]:
    return list(Subsidiary.objects.order_by("entity", "country").values_list("entity", "country"))


def test_lines_come_in_change_what_stands_there_and_change_nothing_again() -> None:
    Subsidiary.objects.all().delete()
    assert load(TUNIS, LILLE) == {"added": 2, "changed": 0, "same": 0}
    tunis = Subsidiary.objects.get(country="TN")
    assert (tunis.clauses_module, tunis.clauses_signed_on, tunis.assessed_on) == ("Module 3", date(2025, 10, 24), date(2025, 10, 1))
    assert load(TUNIS.replace("2027-10-24", "2028-10-24"), LILLE) == {"added": 0, "changed": 1, "same": 1}
    assert Subsidiary.objects.get(pk=tunis.pk).clauses_valid_until == date(2028, 10, 24)
    assert load(LILLE) == {"added": 0, "changed": 0, "same": 1}
    assert there() == [("Oxygis Partners", "FR"), ("Oxygis Tunisie", "TN")]
    about = f"datamap.subsidiary:{tunis.pk}"
    assert list(Event.objects.filter(about=about).order_by("id").values_list("action", flat=True)) == ["register.added", "register.changed"]


def test_a_file_puts_nothing_back_that_was_changed_since_it_was_written() -> None:
    Subsidiary.objects.all().delete()
    load(TUNIS, LILLE)
    body = importing_entities.dump().decode("utf-8-sig")
    Subsidiary.objects.filter(country="TN").update(clauses_module="Module 4")

    def again(text: str) -> dict[str, int]:
        return importing_entities.load(io.BytesIO(text.encode()), actor=Actor.system("test"), at=timezone.now())

    assert again(body) == {"added": 0, "changed": 0, "same": 2}
    with pytest.raises(NotImported) as refused:
        again(body.replace("2025-10-01", "2026-10-01"))
    assert "somebody else changed this since the file was written" in next(iter(refused.value.findings.lines()))
    assert Subsidiary.objects.get(country="TN").clauses_module == "Module 4"


def test_a_column_that_the_file_lacks_stays_as_it_is() -> None:
    load(TUNIS)
    load("Oxygis Tunisie,TN,2026-09-01", head="entity,country,assessed_on")
    tunis = Subsidiary.objects.get(entity="Oxygis Tunisie")
    assert (tunis.clauses_module, tunis.assessed_on) == ("Module 3", date(2026, 9, 1))


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (",TN,Module 3,2025-10-24,,", "line 3, entity"),
        ("Oxygis Tunisie,,Module 3,2025-10-24,,", "line 3, country"),
        ("Oxygis Tunisie,XX,Module 3,2025-10-24,,", "line 3, country"),
        ("Oxygis Tunisie,TN,Module 3,soon,,", "line 3, clauses_signed_on"),
        ("Oxygis Tunisie,TN,Module 3,2025-10-24,2024-01-01,", "line 3, clauses_valid_until"),
        (f"Oxygis Tunisie,TN,{'x' * 41},2025-10-24,,", "line 3, clauses_module"),
        (f"{'x' * 65},TN,,,,", "line 3, entity"),
        ("Oxygis Tunisie,TN,Mod\x07,,,", "line 3, clauses_module"),
        (LILLE, "line 3, entity"),
        (f"{TUNIS},more", "line 3"),
    ],
)
def test_every_bad_line_is_named_and_nothing_is_taken_over(line: str, place: str) -> None:
    before = there()
    with pytest.raises(NotImported) as caught:
        load(LILLE, line)
    (reason,) = caught.value.findings.lines()
    assert reason.startswith(f"{place}: ")
    assert there() == before
    assert not Event.objects.filter(action__startswith="register.").exists()


def test_what_was_lost_comes_back_from_its_file_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    load(TUNIS, LILLE, "=Oxygis,BE,,,,")
    file = tmp_path / "entities.csv"
    call_command("export_processors", "--entities", str(file))
    assert b"'=Oxygis" in file.read_bytes()
    before = list(Subsidiary.objects.order_by("entity", "country").values_list(*importing_entities.COLUMNS))
    Subsidiary.objects.all().delete()
    call_command("import_processors", str(file))
    assert list(Subsidiary.objects.order_by("entity", "country").values_list(*importing_entities.COLUMNS)) == before


def test_the_desk_takes_either_file_by_its_first_line() -> None:
    load(TUNIS)
    officer = sign_in(Client(), make_staff(role=UserRole.PRIVACY_OFFICER))
    given = officer.get("/desk/registers/export/?of=entities")
    assert given.headers["Content-Disposition"].startswith('attachment; filename="entities-')
    Subsidiary.objects.all().delete()
    post = b"code,name,role,objective,shared_data,region\npost,Post,PROCESSOR,Letters,Address,European Union"
    for content in (given.content, post):
        answer = officer.post("/desk/registers/import/", {"file": SimpleUploadedFile("register.csv", content)}, follow=True)
        assert answer.status_code == 200
    assert ("Oxygis Tunisie", "TN") in there()
    assert Processor.objects.filter(code="post").exists()

    wrong = SimpleUploadedFile("register.csv", f"{HEAD}\nOxygis,XX,,,,".encode())
    answer = officer.post("/desk/registers/import/", {"file": wrong})
    assert answer.status_code == 422
    assert "<code>country</code>" in answer.content.decode()
