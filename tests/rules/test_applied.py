"""What is said to apply a rule exists, and what is said to hold it does."""

import ast
import importlib
from pathlib import Path

import pytest

from yesfirst.rulebooks import load_all
from yesfirst.rules.applied import APPLIED, application
from yesfirst.rules.rule import Statement
from yesfirst.rules.rulebook import rule, rules_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", APPLIED)
def test_the_function_and_the_test_exist(kind: str) -> None:
    module, _, name = APPLIED[kind].function.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    file, _, test = APPLIED[kind].test.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert test in {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("kind", APPLIED)
def test_each_kind_of_rule_is_in_a_rulebook(kind: str) -> None:
    ids = {id for book in load_all().values() for id, _ in rules_of(book)}
    assert any(id == kind or id.startswith(f"{kind}.") for id in ids)


def test_statements_are_information_but_for_those_that_a_function_reads() -> None:
    applied = {
        f"{book.id}.{id}"
        for book in load_all().values()
        for id, one in rules_of(book)
        if isinstance(one, Statement) and application(id, one)
    }
    assert applied == {"CN.consent.other.personalised", "CN.cross_border", "EU.cross_border"}


@pytest.mark.parametrize(
    ("book", "id", "applied"),
    [
        ("SG", "registries.sg_dnc_no_text", True),
        ("US", "registries.us_reassigned_numbers", False),  # advisory
        ("AU", "registries.au_dncr", False),  # doesn't apply to texts
        ("US", "registration.us_10dlc_brand_campaign", True),
        ("US", "content.require.sender_name", True),
        ("US", "content.first_message.frequency", False),
        ("US", "opt_out.legal_max", False),
        ("CN", "retention.sms_log", False),
        ("CN", "penalties.pipl66", False),
    ],
)
def test_what_does_not_bind_is_said_to_be_information(book: str, id: str, applied: bool) -> None:
    assert (application(id, rule(load_all()[book], id)) is not None) is applied
