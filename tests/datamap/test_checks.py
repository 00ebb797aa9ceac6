"""The check of the declaration: what is planted undeclared is found, each in its own way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.core.checks import registry as check_registry
from django.db import models
from django.test.utils import isolate_apps

from datamap import checks, registry
from datamap.declaration import Field, Purpose, RetentionRule, Source
from datamap.enums import Basis, Category, Origin, Role
from datamap.purposes import PURPOSES, SUPPORT

RULE = RetentionRule(code="test.people.1-day", label="", trigger="at", keep_for=relativedelta(days=1), ground="", begins="Met")


def source_of(**changes) -> Source:
    declared = {
        "key": "test.people",
        "label": "People",
        "category": Category.ACCOUNT,
        "role": Role.CONTROLLER,
        "origin_label": "",
        "models": ("datamap.Person",),
        "fields": (Field("name", "Name", Origin.PROVIDED, (SUPPORT,)),),
        "unlisted": {"id": "row key"},
        "recipients": ("azure",),
        "retention": (RULE,),
    }
    return type("People", (Source,), declared | changes)()


@pytest.fixture
def person():
    with isolate_apps("datamap"):

        class Person(models.Model):
            name = models.CharField(max_length=10)

            class Meta:
                app_label = "datamap"

            def __str__(self) -> str:
                return self.name

        yield Person


def found(models, *sources: Source, exemptions=None) -> list[str]:
    return sorted(error.id for error in checks.findings(models, sources, exemptions or {}))


@pytest.mark.promise("P002")
def test_everything_installed_is_declared():
    assert checks.check_declaration() == []
    assert checks.check_declaration in check_registry.registry.get_checks()


@pytest.mark.promise("P002")
@pytest.mark.parametrize("left_out", ["accounts.contacts", "letters.letters", "subjects.identities"])
def test_a_source_that_is_left_out_leaves_its_models_undeclared(left_out):
    sources = [source for source in registry.all_sources() if source.key != left_out]
    everything = apps.get_models(include_auto_created=True)

    assert set(found(everything, *sources, exemptions=registry.exemptions())) == {"datamap.E001"}


def test_a_declared_model_passes(person):
    assert found([person], source_of()) == []


def test_a_rule_that_only_empties_fields_empties_declared_ones(person):
    names = [field.name for field in source_of().fields]
    assert found([person], source_of(retention=(replace(RULE, clears=frozenset(names[:1])),))) == []
    assert found([person], source_of(retention=(replace(RULE, clears=frozenset({"nothing.such"})),))) == ["datamap.E021"]


def test_a_rule_says_in_words_from_when_it_counts(person):
    silent = replace(RULE, begins="")
    assert found([person], source_of(retention=(silent,))) == ["datamap.E017"]
    named = source_of(retention=(replace(silent, trigger="name"),))
    assert (found([person], named), named.counted_from(named.retention[0])) == ([], "Name")
    two = (Field("a.name", "Name", Origin.PROVIDED, (SUPPORT,)), Field("b.name", "Nickname", Origin.PROVIDED, (SUPPORT,)))
    assert source_of(fields=two).counted_from(named.retention[0]) == ""
    of_a_part = source_of(fields=two, retention=(replace(silent, trigger="b.name"),))
    assert of_a_part.counted_from(of_a_part.retention[0]) == "Nickname"


@pytest.mark.promise("P002")
def test_a_model_that_nobody_declares_fails(person):
    assert found([person]) == ["datamap.E001"]
    assert found([person], exemptions={"datamap.Person": "names of towns"}) == []


@pytest.mark.promise("P002")
def test_a_new_field_that_nobody_declares_fails(person):
    models.CharField(max_length=10, default="").contribute_to_class(person, "phone")

    (error,) = checks.findings([person], [source_of()], {})
    assert (error.id, "person.phone" in error.msg) == ("datamap.E010", True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"models": ("datamap.Person", "datamap.Nobody")},
            ["datamap.E003", "datamap.E010", "datamap.E010", "datamap.E011", "datamap.E011"],
        ),
        ({"retention": ()}, ["datamap.E006"]),
        ({"retention": (RetentionRule("other.code", "", "at", relativedelta(), "", begins="Met"),)}, ["datamap.E007"]),
        ({"recipients": ("nobody-we-know",)}, ["datamap.E008"]),
        ({"parts": {"person": "datamap.Other"}}, ["datamap.E009", "datamap.E011", "datamap.E011"]),
        ({"unlisted": {}}, ["datamap.E010"]),
        ({"unlisted": {"id": "row key", "phone": "gone"}}, ["datamap.E011"]),
        ({"unlisted": {"id": "row key", "name": "twice"}}, ["datamap.E012"]),
        ({"fields": (Field("name", "", Origin.PROVIDED, ()),)}, ["datamap.E013"]),
        (
            {"fields": (Field("name", "", Origin.PROVIDED, (Purpose("resale", "", Basis.CONSENT, is_objectable=True),)),)},
            ["datamap.E014"],
        ),
        ({"retention": (RULE, RULE)}, ["datamap.E015"]),
        ({"rectifiable": frozenset({"number"})}, ["datamap.E016"]),
    ],
)
def test_a_wrong_declaration_fails_in_its_own_way(person, changes, expected):
    assert found([person], source_of(**changes)) == expected


def test_a_model_of_two_sources_fails(person):
    other = source_of(key="test.other", retention=(RetentionRule("test.other.x", "", "at", relativedelta(), "", begins="Met"),))

    assert found([person], source_of(), other) == ["datamap.E002"]
    assert found([person], source_of(), exemptions={"datamap.Person": "x"}) == ["datamap.E002"]


def test_an_exemption_needs_a_model_and_a_reason(person):
    assert found([person], exemptions={"datamap.Person": " "}) == ["datamap.E005"]
    assert found([person], source_of(), exemptions={"datamap.Gone": "x"}) == ["datamap.E004"]


@pytest.mark.promise("P003")
def test_every_purpose_says_whether_it_can_be_objected_to_and_contracts_cannot():
    by_basis = {basis: {purpose.is_objectable for purpose in PURPOSES.values() if purpose.basis == basis} for basis in Basis}

    assert by_basis == {
        Basis.CONTRACT: {False},
        Basis.LEGAL_OBLIGATION: {False},
        Basis.LEGITIMATE_INTEREST: {True},
        Basis.CONSENT: {True},
    }


@pytest.mark.promise("P004")
def test_every_field_says_where_it_comes_from():
    origins = {field.origin for source in registry.all_sources() for field in source.fields}

    assert origins <= set(Origin)
    assert {Origin.PROVIDED, Origin.OBSERVED} <= origins


def test_a_key_is_declared_once():
    with pytest.raises(registry.DeclaredTwice):
        registry.register(type("Again", (Source,), {"key": "subjects.identities"}))


def test_model_of_finds_parts_by_their_names():
    assert registry.model_of("subjects.identities", "identifier")._meta.label == "subjects.Identifier"
    assert registry.model_of("datamap.disclosures", "anything")._meta.label == "datamap.Disclosure"
    with pytest.raises(LookupError):
        registry.model_of("subjects.identities", "nothing")
    with pytest.raises(LookupError):
        registry.model_of("no.source", "part")
