"""The table for the privacy officer says what is declared, and each promise it names has a test."""

from __future__ import annotations

from retention import services
from tests.retention import rule_table


def test_the_table_of_rules_is_what_is_declared():
    text = rule_table.PAGE.read_text(encoding="utf-8")
    assert rule_table.with_table(text) == text, "make docs"


def test_every_promise_of_a_rule_has_a_test_that_bears_it():
    tests = rule_table.tests_of_promises()
    assert [rule.code for _source, rule in services.rules() if rule.promise and not tests.get(rule.promise)] == []
