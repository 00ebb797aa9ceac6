"""What a person is told of visits that we cannot link with them, and what they get of those that a case links (Art. 11)."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from browsing.enums import LinkGround
from browsing.personal_data import Visits
from letters.models import Letter
from tests.browsing.cast import HOME, make_case, make_visit
from tests.rights_requests import cast
from tests.rights_requests.test_packages import unpack

pytestmark = pytest.mark.django_db

WORDS = "a time at which it was yours"


def facts_of(case):
    return json.loads(unpack(case.package).read("information.json"))


@pytest.mark.promise("P031")
def test_whoever_asks_is_told_that_visits_name_nobody_and_what_would_help(at):
    make_visit()
    cast.data_of()

    answered = cast.answered(at=at)

    (line,) = [line for line in facts_of(answered)["not_identifiable"] if line["label"] == str(Visits.label)]
    assert WORDS in line["words"]
    archive = unpack(answered.package)
    assert WORDS in archive.read("information.html").decode()
    assert not [name for name in archive.namelist() if "browsing" in name]


@pytest.mark.promise("P031")
@pytest.mark.parametrize("ground", LinkGround)
def test_visits_and_their_case_are_in_the_copy_of_whom_they_are_linked_with(at, ground):
    make_visit()
    make_visit(ip="198.51.100.8")
    # The person is known from an earlier request.
    make_case(cast.confirmed(at=at).subject, ground=ground)

    answered = cast.answered(at=at)

    archive = unpack(answered.package)
    visits = json.loads(archive.read("data/browsing.visits/visits.json"))["rows"]
    links = json.loads(archive.read("data/browsing.links/links.json"))["rows"]
    assert [row["ip"] for row in visits] == [row["ip"] for row in links] == [HOME]
    assert [row["ground"] for row in links] == [ground]
    assert str(Visits.label) not in [line["label"] for line in facts_of(answered)["not_identifiable"]]


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_the_sentence_is_said_in_every_language(language):
    with translation.override(language):
        said = str(Visits.not_identifiable)
    assert (WORDS in said) is (language == "en")


def test_the_letter_of_nothing_found_says_it_too(at):
    make_visit()
    case = cast.collected(at=at)

    cast.services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

    assert WORDS in json.dumps(Letter.objects.get(event="access_nothing", about=case.reference).body)
