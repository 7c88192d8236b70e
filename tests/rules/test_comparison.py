"""What is told to differ between two versions of a rulebook."""

from datetime import date

from msgspec.structs import replace

from yesfirst import rulebooks
from yesfirst.rules.comparison import WHOLE, Change, FieldChange, RuleChange, compare
from yesfirst.rules.rule import with_rules, without_rules
from yesfirst.rules.rulebook import rules_of
from yesfirst.rules.sections import OpenHours


def test_a_rulebook_does_not_differ_from_itself() -> None:
    for book in rulebooks.load_all().values():
        assert compare(book, replace(book, hash=b"another")) == ()


def test_a_changed_field_is_told_by_its_path_with_both_values() -> None:
    book = rulebooks.load("GB")
    assert book.quiet_hours is not None
    hours = replace(book.quiet_hours, contested=True, waived_by=("express",))
    assert compare(book, with_rules(book, {"quiet_hours": hours})) == (
        RuleChange(
            "quiet_hours",
            Change.CHANGED,
            (FieldChange("contested", False, True), FieldChange("waived_by", (), ("express",))),
        ),
    )


def test_hours_are_told_whole() -> None:
    book = rulebooks.load("GB")
    assert book.quiet_hours is not None
    narrow = (OpenHours(days=("mon",), opens="10:00", closes="12:00"),)
    [change] = compare(book, with_rules(book, {"quiet_hours": replace(book.quiet_hours, allowed=narrow)}))
    assert [each.field for each in change.fields] == ["allowed"]
    assert change.fields[0].after == ({"days": ("mon",), "from": "10:00", "to": "12:00"},)


def test_rules_that_come_and_go_are_told() -> None:
    book = rulebooks.load("CN")
    less = without_rules(book, ["frequency.P1D"])
    assert compare(book, less) == (RuleChange("frequency.P1D", Change.REMOVED),)
    assert compare(less, book) == (RuleChange("frequency.P1D", Change.ADDED),)


def test_what_is_no_rule_is_told_too() -> None:
    book = rulebooks.load("CN")
    [change] = compare(
        book, replace(book, version=date(2027, 1, 1), scope=replace(book.scope, zones=("Asia/Urumqi",)))
    )
    assert change.rule == WHOLE
    assert [each.field for each in change.fields] == ["scope.zones", "version"]


def test_a_new_rulebook_adds_all_its_rules() -> None:
    book = rulebooks.load("US-FL")
    assert compare(None, book) == tuple(RuleChange(id, Change.ADDED) for id, _ in rules_of(book))
