"""What the machine does is not done on somebody's word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from datamap import registry
from rights_requests import services
from rights_requests.enums import Status, TaskStatus, Verb
from rights_requests.models import SourceTask
from tests.rights_requests import cast
from tests.rights_requests.desk_cast import make_case, make_task

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=49)


def done(task, at):
    services.settle_manual_task(task_id=task.pk, actor=cast.CLERK, at=at)


def test_an_answer_whose_package_failed_is_tried_again_and_never_noted_as_done(at, monkeypatch):
    cast.data_of()
    case = cast.collected(at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    with monkeypatch.context() as patch:
        patch.setattr("rights_requests.packages.build", lambda *_args, **_kwargs: 1 / 0)
        cast.run(case, at=at)
    task = SourceTask.objects.get(request=case, verb=Verb.PACKAGE)
    assert task.status == TaskStatus.MANUAL

    with pytest.raises(services.TaskNotManual):
        done(task, at)
    services.settle_manual_task(task_id=task.pk, action="again", actor=cast.CLERK, at=at)

    assert cast.run(case, at=at).status == Status.ANSWERED


def test_an_erasure_that_left_rows_is_not_closed_on_an_agents_word(at, monkeypatch):
    cast.data_of(contacts=2)
    case = cast.approved(at=at)
    source = type(registry.get("accounts.contacts"))
    monkeypatch.setattr(source, "erase", lambda self, subject, *, at, sparing: self.preview(subject, at=at))
    cast.run(case, at=at + LATER)

    with pytest.raises(services.TaskNotManual):
        done(case.tasks.get(source="accounts.contacts", verb=Verb.RECHECK), at + LATER)

    assert cast.run(case, at=at + LATER).status == Status.CARRYING_OUT


@pytest.mark.parametrize("verb", [Verb.ERASE, Verb.RECHECK])
def test_what_a_source_leaves_to_people_is_noted(at, verb, monkeypatch):
    monkeypatch.setattr(type(registry.get("accounts.messages")), "is_manual", True)
    case = make_case(Status.CARRYING_OUT)
    for source in ("accounts.messages", "gone.source"):
        task = make_task(case, source=source, verb=verb, status=TaskStatus.MANUAL, finished_at=None)
        done(task, at)
        task.refresh_from_db()
        assert task.status == TaskStatus.DONE
