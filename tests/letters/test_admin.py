from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory

from accounts.enums import UserRole
from letters.models import Letter
from tests.accounts.factories import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_admin():
    request = RequestFactory().get("/admin/letters/letter/")
    request.user = make_staff(UserRole.ADMIN)
    return request


def test_the_admin_looks_and_never_touches(request_of_admin, write):
    letter = write()
    letters = admin.site._registry[Letter]
    assert letters.has_view_permission(request_of_admin)
    assert not letters.has_add_permission(request_of_admin)
    assert not letters.has_change_permission(request_of_admin, letter)
    assert not letters.has_delete_permission(request_of_admin, letter)
    assert not letters.get_actions(request_of_admin)


def test_the_admin_shows_no_secret_and_masks_addresses_in_its_list(request_of_admin, write):
    letter = write("erasure_notice")
    letters = admin.site._registry[Letter]
    page = letters.changeform_view(request_of_admin, str(letter.pk)).render().content.decode()
    listed = letters.changelist_view(request_of_admin).render().content.decode()
    assert "(link sent by mail)" in page
    assert "s3cr3t" not in page + listed
    assert "sealed" not in page
    assert "n•••@customer.example" in listed
    assert "nathalie@customer.example" not in listed
