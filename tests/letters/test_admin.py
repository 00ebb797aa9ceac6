from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from accounts.enums import UserRole
from letters.models import Letter
from tests.accounts.factories import make_staff, sign_in

pytestmark = pytest.mark.django_db


def test_the_admin_looks_and_never_touches(write):
    letter = write()
    request = RequestFactory().get("/admin/letters/letter/")
    request.user = make_staff(UserRole.PRIVACY_OFFICER)
    letters = admin.site._registry[Letter]
    assert letters.has_view_permission(request)
    assert not letters.has_add_permission(request)
    assert not letters.has_change_permission(request, letter)
    assert not letters.has_delete_permission(request, letter)
    assert not letters.get_actions(request)


def test_the_admin_shows_no_secret_and_masks_addresses_in_its_list(client, write):
    letter = write("erasure_notice")
    sign_in(client, make_staff(UserRole.PRIVACY_OFFICER))
    page = client.get(reverse("admin:letters_letter_change", args=[letter.pk])).content.decode()
    listed = client.get(reverse("admin:letters_letter_changelist")).content.decode()
    assert "(link sent by mail)" in page
    assert "s3cr3t" not in page + listed
    assert "sealed" not in page
    assert "n•••@customer.example" in listed
    assert "nathalie@customer.example" not in listed
