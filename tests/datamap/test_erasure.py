from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.models import Contact
from datamap import erasure
from subjects.models import Tombstone
from tests.accounts.factories import make_contact, make_staff

pytestmark = pytest.mark.django_db


def note_in_admin(contact, staff):
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(Contact),
        object_id=str(contact.pk),
        object_repr=str(contact),
        action_flag=CHANGE,
    )


def test_delete_rows_deletes_exactly_these_and_gives_their_keys(at, monkeypatch):
    monkeypatch.setattr(erasure, "BATCH", 2)
    gone = [make_contact(email="nora@firm.example") for _ in range(5)]
    stays = make_contact(email="jan@firm.example")

    keys = erasure.delete_rows(Contact.objects.filter(email="nora@firm.example"), source="a.b", part="contact", at=at)

    assert sorted(keys) == sorted(contact.pk for contact in gone)
    assert list(Contact.objects.all()) == [stays]
    assert not Tombstone.objects.exists()


def test_delete_rows_buries_under_a_case(at):
    contact = make_contact(email="nora@firm.example")
    erasure.delete_rows(Contact.objects.all(), source="a.b", part="contact", at=at, about="R-1")

    stone = Tombstone.objects.get()
    assert (stone.source, stone.part, stone.about, stone.row_keys) == ("a.b", "contact", "R-1", [contact.pk])


def test_nothing_to_delete_leaves_nothing(at):
    assert erasure.delete_rows(Contact.objects.all(), source="a.b", part="contact", at=at, about="R-1") == []
    assert not Tombstone.objects.exists()


def test_what_the_admin_noted_about_the_row_goes_too(at):
    staff = make_staff()
    nora, jan = make_contact(email="nora@firm.example", name="Nora Vermeulen"), make_contact(email="jan@firm.example")
    note_in_admin(nora, staff)
    note_in_admin(jan, staff)
    assert LogEntry.objects.filter(object_repr__contains="Nora").exists()

    erasure.delete_rows(Contact.objects.filter(pk=nora.pk), source="a.b", part="contact", at=at)
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(jan.pk)]
