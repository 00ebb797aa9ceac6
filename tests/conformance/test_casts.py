"""Nobody is left out: each source has its cast, and the cast knows each field and each rule."""

from __future__ import annotations

from datamap import registry
from tests.conformance.casting import Cast, casts


def test_every_source_has_a_cast_and_every_cast_a_source() -> None:
    assert set(casts()) == {source.key for source in registry.all_sources()}


def test_the_cast_speaks_of_what_is_declared(cast: Cast) -> None:
    parts, rules = set(cast.source.part_models()), {rule.code for rule in cast.source.retention}
    fields = {field.name for field in cast.source.fields}

    assert set(cast.holds) | set(cast.kept) | set(cast.emptied) <= parts
    # A source that nobody is found in says so of all its parts.
    assert set(cast.holds) or set(cast.unfound) == parts
    assert set(cast.unfound) <= parts | fields
    assert set(cast.goes_despite) | set(cast.unrestricted) | cast.days <= rules
    assert set(cast.corrections) == cast.source.rectifiable
    assert bool(cast.many) != bool(cast.few)
    reasons = [*cast.unfound.values(), *cast.goes_despite.values(), *cast.unrestricted.values(), *cast.blank.values()]
    assert all(len(reason.split()) > 2 for reason in reasons)
