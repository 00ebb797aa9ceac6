"""What a source is called is read at the desk and by the person: it speaks to neither."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from datamap import registry

SPEAKING = {"en": r"you|your|yours", "fr": r"vous|votre|vos", "nl": r"u|uw"}


@pytest.mark.parametrize("language", sorted(SPEAKING))
def test_no_source_speaks_to_its_reader(language: str) -> None:
    word = re.compile(rf"\b({SPEAKING[language]})\b", re.IGNORECASE)
    with translation.override(language):
        assert [str(source.label) for source in registry.all_sources() if word.search(str(source.label))] == []
