from __future__ import annotations

import pytest

from subjects import intake

CALL = {"right": "ACCESS", "email": "nora@firm.example", "name": "", "text": "", "language": "nl"}


def test_nobody_files_until_somebody_says_so(monkeypatch, at):
    monkeypatch.setattr(intake, "_filers", [])
    with pytest.raises(intake.NobodyFiles):
        intake.file(**CALL, received_at=at, at=at)

    asked = []

    def filer(**call: object) -> str:
        asked.append(call)
        return "R-1"

    intake.register(filer)
    intake.register(filer)
    assert intake.file(**CALL, received_at=at, at=at) == "R-1"
    assert intake.file(**CALL, purposes=["partner"], received_at=at, at=at) == "R-1"
    assert asked == [{**CALL, "purposes": purposes, "received_at": at, "at": at} for purposes in ((), ["partner"])]


def test_nobody_reads_words_until_somebody_says_so(monkeypatch):
    monkeypatch.setattr(intake, "_readers", [])
    assert intake.rights_in("Delete my data") == []
    intake.recognise(lambda text: ["ERASURE"] if "Delete" in text else [])
    assert intake.rights_in("Delete my data") == ["ERASURE"]
