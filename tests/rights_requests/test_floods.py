"""A flood of requests: who is honest is filed, gets their link and is seen by the desk; nobody's mailbox is filled."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from datamap.enums import Ground
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import alike, services
from rights_requests.enums import Action, ExtensionReason, MandateKind, PauseReason, Right, Status
from rights_requests.models import Link, RightsRequest
from rights_requests.services import collecting, pacing, sweeping
from rights_requests.services.moving import NotToldToday
from rights_requests.workflow import TransitionNotAllowed
from subjects.enums import IdentityMethod
from tests.accounts import factories
from tests.rights_requests import cast, desk_cast, portal_cast

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db

VICTIM = "victim@customer.example"
A_DAY = 3


def mails_to(email: str) -> int:
    return Letter.objects.filter(recipient=email).exclude(status=LetterStatus.HELD).count()


def last_link(email: str) -> str:
    """What stands in the newest letter that really went."""
    letter = Letter.objects.filter(recipient=email, event="confirm_request").exclude(status=LetterStatus.HELD).latest("written_at", "id")
    return cast.secret_of(letter, "link")


def press(client: Client, link: str):
    return client.post(re.sub(r"^https?://[^/]+", "", link), follow=True)


def test_in_a_flood_through_the_pages_the_honest_are_filed_and_the_victim_gets_three_mails():
    """Some hundred requests from many addresses, half of them to one mailbox, while honest people file among them."""
    honest = []
    for number in range(240):
        is_honest = number % 12 == 0
        email = f"noor{number}@home.example" if is_honest else VICTIM if number % 2 else f"flood{number}@elsewhere.example"
        client = Client(REMOTE_ADDR=f"127.9.{number // 200}.{number % 200 + 1}")
        portal_cast.answer(client, person={"email": email})
        assert portal_cast.send(client).status_code == 302
        if is_honest:
            honest.append(email)

    assert RightsRequest.objects.count() == 240, "what is past a limit is filed all the same"
    assert mails_to(VICTIM) == A_DAY
    for email in honest:
        assert RightsRequest.objects.filter(email=email).count() == 1
        assert press(Client(), last_link(email)).status_code == 200
    assert Counter(RightsRequest.objects.values_list("status", flat=True))[Status.COLLECTING] == len(honest)


def test_one_address_on_the_network_files_twenty_an_hour_and_others_go_on(settings):
    limit = settings.RIGHTS["filings_per_hour"]
    statuses = []
    for number in range(limit + 2):
        client = Client(REMOTE_ADDR="127.9.9.9")
        portal_cast.answer(client, person={"email": f"somebody{number}@elsewhere.example"})
        statuses.append(portal_cast.send(client).status_code)
    assert statuses == [302] * limit + [429] * 2

    other = Client(REMOTE_ADDR="127.9.9.10")
    portal_cast.answer(other)
    assert portal_cast.send(other).status_code == 302


def test_an_account_is_counted_from_wherever_it_is_used(settings):
    settings.RIGHTS = {**settings.RIGHTS, "filings_per_hour": 2}
    user = factories.make_user()
    statuses = []
    for number in range(3):
        client = factories.sign_in(Client(REMOTE_ADDR=f"127.9.8.{number + 1}"), user)
        portal_cast.answer(client)
        statuses.append(portal_cast.send(client).status_code)
    assert statuses == [302, 302, 429]

    other = factories.sign_in(Client(REMOTE_ADDR="127.9.8.1"), factories.make_user())
    portal_cast.answer(other)
    assert portal_cast.send(other).status_code == 302


def test_many_accounts_at_one_connection_are_counted_together(settings):
    """Whoever makes accounts is not let through by them: the connection counts whoever is signed in."""
    settings.RIGHTS = {**settings.RIGHTS, "filings_per_hour": 2}
    statuses = []
    for _number in range(3):
        client = factories.sign_in(Client(REMOTE_ADDR="127.9.7.1"), factories.make_user())
        portal_cast.answer(client)
        statuses.append(portal_cast.send(client).status_code)
    assert statuses == [302, 302, 429]


class TestOneMailbox:
    @pytest.fixture
    def flooded(self, at: datetime) -> RightsRequest:
        """Strangers used up what the mailbox gets in a day; then its reader files."""
        for number in range(10):
            cast.file(Right.ERASURE, at=at + timedelta(minutes=number), email=VICTIM)
        return cast.file(Right.ACCESS, at=at + timedelta(minutes=20), email=VICTIM)

    def test_none_of_the_unasked_letters_makes_it_more_than_three_a_day(self, at, flooded):
        """Link, reminder, end: over all the days until the last of them is closed."""
        for day in range(40):
            sweeping.tend(at=at + timedelta(days=day))
        days = Counter(Letter.objects.filter(recipient=VICTIM).exclude(status=LetterStatus.HELD).values_list("written_at__date", flat=True))
        assert max(days.values()) <= A_DAY
        assert sum(days.values()) > A_DAY
        assert not RightsRequest.objects.filter(status=Status.AWAITING_IDENTITY).exists()
        assert Letter.objects.filter(event="request_lapsed").count() == RightsRequest.objects.count()

    def test_a_reminder_that_found_no_room_has_its_turn_on_a_later_day(self, at, flooded):
        reminded = []
        for day in range(7, 12):
            sweeping.tend(at=at + timedelta(days=day, hours=1))
            reminded.append(RightsRequest.objects.exclude(reminded_at=None).count())
        assert reminded == [3, 6, 9, 11, 11]
        assert cast.token_of("remind_unconfirmed", about=flooded.reference)

    def test_the_newest_link_is_not_lost_to_a_newer_one_that_is_held(self, at):
        case = cast.file(at=at, email=VICTIM)
        token = cast.token_of("confirm_request", about=case.reference)
        for _number in range(A_DAY - 1):
            cast.file(at=at, email=VICTIM)
        with pytest.raises(services.EnoughForToday):
            services.send_link_again(request_id=case.pk, at=at)
        assert services.confirm(token=token, at=at).status == Status.COLLECTING

    def test_its_reader_confirms_their_own_by_any_link_that_reached_them(self, time_machine, flooded):
        time_machine.move_to(flooded.received_at + timedelta(minutes=5))
        assert Letter.objects.get(about=flooded.reference).status == LetterStatus.HELD
        client = Client()
        page = press(client, last_link(VICTIM)).content.decode()
        assert flooded.reference in page

        own = reverse("portal_case", args=[flooded.reference])
        assert "Confirm my request" in client.get(own).content.decode()
        client.post(reverse("portal_case_link", args=[flooded.reference]))
        flooded.refresh_from_db()
        assert (flooded.status, flooded.identity_method) == (Status.COLLECTING, "MAILBOX")
        assert not Link.objects.filter(request=flooded, used_at=None).exists()
        # The others wait on, unconfirmed: nobody confirmed them.
        assert RightsRequest.objects.filter(status=Status.AWAITING_IDENTITY).count() == 9

    def test_a_stranger_gets_no_nearer(self, client, flooded):
        assert client.get(reverse("portal_case", args=[flooded.reference])).status_code == 404
        assert client.post(reverse("portal_case_link", args=[flooded.reference])).status_code == 404
        flooded.refresh_from_db()
        assert flooded.status == Status.AWAITING_IDENTITY

    def test_who_reads_one_mailbox_opens_no_request_of_another(self, time_machine, flooded):
        time_machine.move_to(flooded.received_at + timedelta(minutes=5))
        theirs = cast.file(Right.ACCESS, at=flooded.received_at + timedelta(minutes=1), email=f"el{VICTIM}")
        client = Client()
        assert theirs.reference not in press(client, last_link(VICTIM)).content.decode()
        assert client.get(reverse("portal_case", args=[theirs.reference])).status_code == 404
        assert client.post(reverse("portal_case_link", args=[theirs.reference])).status_code == 404
        theirs.refresh_from_db()
        assert theirs.status == Status.AWAITING_IDENTITY

    def test_who_showed_the_mailbox_long_ago_gets_a_link_again(self, time_machine, flooded):
        time_machine.move_to(flooded.received_at + timedelta(minutes=5))
        client = Client()
        press(client, last_link(VICTIM))
        time_machine.shift(timedelta(minutes=11))
        client.post(reverse("portal_case_link", args=[flooded.reference]))
        flooded.refresh_from_db()
        assert flooded.status == Status.AWAITING_IDENTITY

    def test_what_somebody_asked_in_their_name_is_read_before_it_is_confirmed(self, at):
        draft = services.MandateDraft(MandateKind.LAWYER, "Meester Claes", "claes@lawyers.example")
        case = cast.file(at=at, email=VICTIM, mandate=draft)
        with pytest.raises(TransitionNotAllowed):
            services.confirm_here(request_id=case.pk, at=at)
        assert RightsRequest.objects.get().status == Status.AWAITING_IDENTITY


class TestRepeats:
    def test_the_queue_says_how_many_are_alike_and_shows_them_by_themselves(self, client):
        desk, _agent = desk_cast.agent_client(client)
        first, second = (desk_cast.make_case(email=VICTIM, days_ago=days) for days in (5, 2))
        other_right = desk_cast.make_case(right=Right.ERASURE, email=VICTIM)
        somebody = desk_cast.make_case()
        page = desk.get("/desk/").content.decode()
        assert page.count("2 alike") == 2
        shown = desk.get("/desk/", {"alike": second.reference, "sort": "received"}).content.decode()
        found = re.findall(r'class="queue-reference"><a href="[^"]+">(R-[^<]+)<', shown)
        assert found == [first.reference, second.reference]
        assert {other_right.reference, somebody.reference}.isdisjoint(found)

    def test_the_page_of_a_repeat_leads_to_the_first(self, client):
        desk, _agent = desk_cast.agent_client(client)
        first, second = (desk_cast.make_case(email=VICTIM, days_ago=days) for days in (5, 2))
        page = desk.get(reverse("desk_request_open", args=[second.reference])).content.decode()
        assert "2 alike" in page
        assert f">{first.reference}</a>" in page
        alone = desk_cast.make_case()
        assert "alike" not in desk.get(reverse("desk_request_open", args=[alone.reference])).content.decode()

    def test_what_nobody_confirmed_is_no_repeat_of_what_was(self):
        confirmed = desk_cast.make_case(email=VICTIM)
        flood = [desk_cast.make_case(Status.AWAITING_IDENTITY, email=VICTIM, days_ago=9) for _number in range(3)]
        sizes = alike.sizes([confirmed, *flood])
        assert sizes[alike.key_of(confirmed)] == 1
        assert sizes[alike.key_of(flood[0])] == 3
        assert list(alike.group_of(confirmed)) == [confirmed]
        assert set(alike.group_of(flood[0])) == set(flood)

    def test_repeats_delay_nobody_and_each_is_decided_by_itself(self, at):
        first, second = (cast.collected(Right.ACCESS, at=at, email=VICTIM) for _number in range(2))
        services.refuse(
            request_id=second.pk,
            ground=Ground.EXCESSIVE_REPEAT,
            reason="The same, an hour later.",
            evidence="Twelve in a day.",
            actor=cast.CLERK,
            at=at,
        )
        first.refresh_from_db()
        assert first.status == Status.IN_REVIEW

    def test_closed_ones_and_those_without_an_address_are_in_no_group(self):
        emptied = [desk_cast.make_case(Status.ANSWERED, email="") for _number in range(2)]
        assert alike.sizes(emptied) == {}
        RightsRequest.objects.update(email="", phone="+32 2 555 01 40")
        assert not alike.group_of(emptied[0]).exists()
        assert timezone.now() > emptied[0].received_at

    def test_one_person_at_several_addresses_is_one_group_once_they_showed_it(self, client):
        desk, _agent = desk_cast.agent_client(client)
        first = desk_cast.make_case(email=VICTIM, days_ago=5)
        second = desk_cast.make_case(email="victim@old.example", subject=first.subject)
        somebody = desk_cast.make_case(email="somebody@customer.example")
        unproved = desk_cast.make_case(Status.AWAITING_IDENTITY, email="victim@old.example")
        assert list(alike.group_of(second)) == [first, second]
        sizes = alike.sizes([first, second, somebody, unproved])
        assert [sizes[alike.key_of(case)] for case in (first, second, somebody, unproved)] == [2, 2, 1, 1]
        assert desk.get("/desk/").content.decode().count("2 alike") == 2


class TestTogether:
    @pytest.fixture
    def repeats(self, at, monkeypatch):
        monkeypatch.setitem(settings.RIGHTS, "letters_per_address_and_day", 50)
        return [cast.collected(Right.ACCESS, at=at, email=VICTIM) for _number in range(3)]

    @pytest.fixture
    def beside(self, at):
        """What must never be decided along: another person's, another right, not confirmed, not so far."""
        return [
            cast.collected(Right.ACCESS, at=at, email="jan@customer.example"),
            cast.collected(Right.PORTABILITY, at=at, email=VICTIM),
            cast.confirmed(Right.ACCESS, at=at, email=VICTIM),
            cast.file(Right.ACCESS, at=at, email=VICTIM),
        ]

    def test_each_is_refused_with_its_own_letter_and_nobody_elses_is(self, repeats, beside, at, client):
        desk, _agent = desk_cast.agent_client(client)
        typed = {
            "ground": "EXCESSIVE_REPEAT",
            "evidence": "This morning's answer.",
            "reason": "You got all of it this morning.",
            "paragraph": "",
            "together": "on",
        }
        page = reverse("desk_request_action", args=[repeats[1].reference, "refuse"])
        assert "Also the 2 requests" in desk.get(page).content.decode()
        assert desk.post(page, typed).status_code == 302
        told = Letter.objects.filter(event="request_refused").values_list("about", "recipient")
        assert set(told) == {(case.reference, VICTIM) for case in repeats}
        assert set(RightsRequest.objects.filter(status=Status.REFUSED)) == set(repeats)
        assert {case.status for case in map(_anew, beside)} == {Status.IN_REVIEW, Status.COLLECTING, Status.AWAITING_IDENTITY}

    def test_each_is_answered(self, repeats, beside, at, client):
        desk, _agent = desk_cast.agent_client(client)
        page = reverse("desk_request_action", args=[repeats[0].reference, "answer"])
        assert desk.post(page, {"paragraph": "", "together": "on"}).status_code == 302
        for case in repeats:
            cast.run(case, at=timezone.now())
        answered = Letter.objects.filter(event__in=["access_ready", "access_nothing"]).values_list("about", flat=True)
        assert sorted(answered) == sorted(case.reference for case in repeats)

    def test_without_the_tick_it_is_this_one_alone(self, repeats, client):
        desk, _agent = desk_cast.agent_client(client)
        desk.post(reverse("desk_request_action", args=[repeats[0].reference, "answer"]), {"paragraph": ""})
        assert [_anew(case).status == Status.IN_REVIEW for case in repeats] == [False, True, True]

    def test_where_one_says_no_none_is_decided(self, repeats, at):
        def decide(key) -> None:
            if key == repeats[2].pk:
                raise services.GroundRequired
            services.refuse(
                request_id=key, ground=Ground.EXCESSIVE_REPEAT, reason="Once more.", evidence="Twelve in a day.", actor=cast.CLERK, at=at
            )

        with pytest.raises(services.OneOfThem, match=repeats[2].reference):
            services.together(request_id=repeats[0].pk, decide=decide)
        assert {_anew(case).status for case in repeats} == {Status.IN_REVIEW}
        assert not Letter.objects.filter(event="request_refused").exists()

    def test_twice_is_once(self, repeats, at):
        def refuse_all() -> int:
            said = {
                "ground": Ground.EXCESSIVE_REPEAT,
                "evidence": "Three in an hour.",
                "reason": "Once more.",
                "actor": cast.CLERK,
                "at": at,
            }
            return services.together(request_id=repeats[0].pk, decide=lambda key: services.refuse(request_id=key, **said))

        assert refuse_all() == 3
        with pytest.raises(services.OneOfThem, match=repeats[0].reference):
            refuse_all()
        assert Letter.objects.filter(event="request_refused").count() == 3


class TestLettersFromTheDesk:
    """What the desk writes about a request that nobody confirmed counts among the three of a day."""

    @pytest.fixture
    def at(self):
        """A day whose months have not passed: the database moves no date that has."""
        return timezone.now()

    @pytest.fixture
    def full(self, at):
        """A mailbox that got all that it gets today."""
        for _number in range(3):
            case = cast.file(Right.ACCESS, at=at, email=VICTIM)
        return case

    def test_a_refusal_closes_and_its_letter_stays_on_the_page(self, full, at):
        services.refuse(request_id=full.pk, ground=Ground.ID_NOT_PROVEN, reason="No answer.", actor=cast.CLERK, at=at)
        letter = Letter.objects.get(event="request_refused")
        assert (_anew(full).status, letter.status, letter.recipient_name) == (Status.REFUSED, LetterStatus.HELD, "")

    @pytest.mark.parametrize("what", ["extend", "pause", "forward"])
    def test_what_counts_only_when_it_is_told_does_not_happen(self, what, full, at):
        deeds = {
            "extend": lambda: services.extend(
                request_id=full.pk, reason=ExtensionReason.COMPLEXITY, explanation="Eleven mailboxes.", actor=cast.CLERK, at=at
            ),
            "pause": lambda: services.ask_for_more(
                request_id=full.pk, reason=PauseReason.IDENTITY, doubt="Not on file.", asked="A number.", proportionate="The least.",
                agent_id=factories.make_staff().pk, actor=cast.CLERK, at=at,
            ),
            "forward": lambda: services.forward(
                request_id=full.pk, customer_name="Peeters", customer_email="privacy@peeters.example", actor=cast.CLERK, at=at
            ),
        }  # fmt: skip
        before = (full.due_on, full.paused_on, full.status)
        with pytest.raises(NotToldToday):
            deeds[what]()
        after = _anew(full)
        assert (after.due_on, after.paused_on, after.status) == before
        assert Letter.objects.exclude(event="confirm_request").count() == 0

    def test_of_a_confirmed_request_every_letter_goes(self, full, at):
        case = cast.confirmed(at=at, email="jan@customer.example")
        for _number in range(4):
            services.write_message(request_id=case.pk, text="Hello.", author_id=factories.make_staff().pk, actor=cast.CLERK, at=at)
        assert not Letter.objects.filter(about=case.reference, status=LetterStatus.HELD).exists()


def _anew(case: RightsRequest) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


def people_of(number: int, *, at: datetime, right: Right = Right.ACCESS) -> list[RightsRequest]:
    """That many requests of one person, each confirmed from another address of theirs."""
    first = cast.confirmed(right, at=at)
    more = [desk_cast.make_case(Status.AWAITING_IDENTITY, right, email=f"noor{each}@home.example") for each in range(number - 1)]
    for case in more:
        RightsRequest.objects.filter(pk=case.pk).update(subject=first.subject, due_on=first.due_on)
        case.refresh_from_db()
        collecting.begin(case, action=Action.CONFIRM_IDENTITY, method=IdentityMethod.MAILBOX, actor=cast.PERSON, at=at)
    return [first, *more]


def test_whoever_asks_the_same_from_many_addresses_is_worked_on_so_often_a_day(at):
    """Each keeps its date; a day after they were confirmed, however late the worker came, the others are asked about too."""
    cases = people_of(13, at=at)
    other = cast.confirmed(at=at, email="jan@customer.example")
    further = people_of(1, at=at, right=Right.PORTABILITY)[0]

    done = [cast.run(case, at=at + timedelta(hours=2)).status for case in cases]
    assert Counter(done) == {Status.IN_REVIEW: 10, Status.COLLECTING: 3}
    assert cast.run(other, at=at).status == cast.run(further, at=at).status == Status.IN_REVIEW
    receipts = Letter.objects.filter(event="request_received", about__in=[case.reference for case in cases])
    assert receipts.filter(status=LetterStatus.HELD).count() == 3
    assert all(receipts.filter(about=case.reference, is_shown_to_person=True).exists() for case in cases)
    assert Event.objects.filter(action="rights_request.put_off").count() == 3

    late = [case for case, status in zip(cases, done, strict=True) if status == Status.COLLECTING]
    before = [case.due_on for case in late]
    assert [cast.run(case, at=at + timedelta(hours=23)).status for case in late] == [Status.COLLECTING] * 3
    assert [cast.run(case, at=at + timedelta(hours=25)).status for case in late] == [Status.IN_REVIEW] * 3
    assert [RightsRequest.objects.get(pk=case.pk).due_on for case in late] == before


@pytest.mark.parametrize(("days", "status"), [(6, Status.IN_REVIEW), (7, Status.COLLECTING)])
def test_nothing_waits_whose_month_is_nearly_over(days, status):
    at = timezone.now()
    last = people_of(11, at=at)[-1]
    RightsRequest.objects.filter(pk=last.pk).update(due_on=timezone.localdate(at) + timedelta(days=days))
    assert cast.run(last, at=at).status == status


@pytest.mark.parametrize(
    ("earlier", "status"), [(timedelta(days=1), Status.IN_REVIEW), (timedelta(hours=23, minutes=59), Status.COLLECTING)]
)
def test_what_was_confirmed_a_day_ago_does_not_count(earlier, status, at):
    *before, last = people_of(11, at=at)
    RightsRequest.objects.filter(pk__in=[case.pk for case in before]).update(identity_confirmed_at=at - earlier)
    assert cast.run(last, at=at).status == status


def test_what_was_tried_before_waits_for_nothing(at):
    *_before, last = people_of(11, at=at)
    last.tasks.filter(source="accounts.contacts").update(attempts=1)
    assert cast.run(last, at=at).status == Status.IN_REVIEW


def test_what_an_agent_asks_anew_waits_for_nothing():
    at = timezone.now()
    *_before, last = people_of(11, at=at)
    rows, month = RightsRequest.objects.filter(pk=last.pk), last.due_on
    rows.update(due_on=timezone.localdate(at) + timedelta(days=6))
    assert cast.run(last, at=at).status == Status.IN_REVIEW
    rows.update(due_on=month)
    later = at + timedelta(hours=1)
    services.collect_again(request_id=last.pk, actor=cast.CLERK, at=later)
    assert cast.run(last, at=later).status == Status.IN_REVIEW


def test_the_pages_count_nothing(at, monkeypatch):
    """Filing and looking cost the same for a person with many requests: only who showed the mailbox is known."""
    people_of(11, at=at)
    monkeypatch.setattr(pacing, "is_one_too_many", lambda _case: pytest.fail("counted before anybody showed who they are"))
    assert cast.file(at=at).status == Status.AWAITING_IDENTITY
