"""What a link's field makes of what somebody types, wherever the form comes from."""

from __future__ import annotations

import warnings

import pytest
from django.apps import apps
from django.db import models
from django.forms.models import fields_for_model

from datamap.fields import WebField

LINKS = [
    field
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, models.URLField) and not model.__module__.startswith(("django.", "allauth."))
]


@pytest.mark.parametrize("field", LINKS, ids=str)
def test_who_types_no_scheme_means_https_in_every_form(field: models.Field[str, str]) -> None:
    assert isinstance(field, WebField)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (made,) = fields_for_model(field.model, fields=[field.name]).values()
    assert made is not None
    assert made.clean("partner.example/terms") == "https://partner.example/terms"
    with pytest.raises(Exception, match="valid URL"):
        made.clean("javascript:alert(1)")
