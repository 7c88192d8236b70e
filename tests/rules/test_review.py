"""Reviews of rules: what they change, what they don't, and when they no longer count."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from yesfirst import rulebooks
from yesfirst.rules.review import Read, Review, apply_reviews, review, reviewers
from yesfirst.rules.rule import Confidence, Reviewed, Rule, Tier, content_hash, with_rules
from yesfirst.rules.rulebook import InvalidRulebook, Rulebook, Status, check_release, rule, rules_of

READ = Read("Counsel", date(2026, 12, 1), "47 CFR 64.1200, edition of 2026", "P", provision="(c)(1)")


def altered(book: Rulebook, id: str, one: Rule) -> Rulebook:
    return with_rules(book, {id: one})


def all_law(book: Rulebook) -> list[Review]:
    return [review(book, id, READ) for id, one in rules_of(book) if one.tier is Tier.LAW]


def test_a_review_changes_what_a_rule_rests_on_and_nothing_that_it_says() -> None:
    book = rulebooks.load("US")
    found = apply_reviews(book, [review(book, "quiet_hours", READ)])
    before, after = (rule(each, "quiet_hours") for each in (book, found.rulebook))
    assert (before.conf, after.conf) == (Confidence.SECONDARY, Confidence.PRIMARY)
    assert after.reviewed == Reviewed(by="Counsel", on=READ.on, source=READ.source)
    assert found.rulebook.sources[after.cite[0]].title == READ.source
    assert after.provision == "(c)(1)"
    assert content_hash(before) == content_hash(after)
    assert found.rulebook.hash == book.hash
    assert found.outdated == ()
    assert dict(rules_of(book)).keys() == dict(rules_of(found.rulebook)).keys()


def test_a_review_of_what_a_rule_no_longer_says_is_outdated() -> None:
    book = rulebooks.load("US")
    made = review(book, "quiet_hours", READ)
    assert book.quiet_hours is not None
    later = altered(book, "quiet_hours", replace(book.quiet_hours, waived_by=("express_written",)))
    assert apply_reviews(later, [made]).outdated == (made,)
    assert apply_reviews(later, [made]).rulebook is later
    gone = replace(book, quiet_hours=None)
    assert apply_reviews(gone, [made]).outdated == (made,)


def test_a_rule_with_another_source_is_still_the_one_that_was_reviewed() -> None:
    book = rulebooks.load("US")
    made = review(book, "quiet_hours", READ)
    assert book.quiet_hours is not None
    later = altered(book, "quiet_hours", replace(book.quiet_hours, note="seen again", conf=Confidence.MEMORY))
    assert apply_reviews(later, [made]).outdated == ()


def test_of_two_reviews_of_a_rule_the_later_one_counts() -> None:
    book = rulebooks.load("US")
    first = review(book, "quiet_hours", READ)
    second = replace(first, by="Other counsel", on=date(2027, 1, 1))
    for order in ([first, second], [second, first]):
        assert reviewers(apply_reviews(book, order).rulebook) == ["Other counsel"]


def test_a_review_of_another_rulebook_is_left_alone() -> None:
    book = rulebooks.load("US")
    assert apply_reviews(rulebooks.load("CN"), [review(book, "quiet_hours", READ)]).outdated == ()


def test_a_draft_of_which_all_law_was_reviewed_is_reviewed() -> None:
    book = rulebooks.load("US-FL")
    assert apply_reviews(book, all_law(book)).rulebook.status is Status.REVIEWED
    assert apply_reviews(book, all_law(book)[1:]).rulebook.status is Status.DRAFT


def test_a_release_needs_every_law_reviewed() -> None:
    book = replace(rulebooks.load("US-FL"), status=Status.RELEASED, reviewed_by="Counsel")
    check_release(apply_reviews(book, all_law(book)).rulebook)
    [first, *others] = all_law(book)
    with pytest.raises(InvalidRulebook, match=r"US-FL: .* is law (from memory|that no human has reviewed)"):
        check_release(apply_reviews(book, others).rulebook)
    assert first.rule.startswith("US-FL.")


def test_a_review_is_read_as_it_was_written() -> None:
    for id, book in rulebooks.load_all().items():
        for name, _ in rules_of(book):
            made = review(book, name, READ)
            again = rulebooks.read_review(rulebooks.write_review(made).encode(), "a file")
            assert replace(again, says=None) == replace(made, says=None), id
            assert msgspec.json.encode(again.says) == msgspec.json.encode(made.says)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("rule: CN.quiet_hours", "no review of a rule: .*`by`"),
        ("- rule", "must be a mapping"),
        ("rule: [", "no readable YAML"),
    ],
)
def test_a_file_that_is_no_review_is_refused_by_name(body: str, message: str) -> None:
    with pytest.raises(InvalidRulebook, match=f"here.yaml: .*{message}"):
        rulebooks.read_review(body.encode(), "here.yaml")
