"""Rulebooks and rules, as values for machines and as people read them."""

from collections.abc import Iterable, Mapping

import yaml
from rich.console import Group
from rich.table import Table

from yesfirst.cli.show import facts, listing
from yesfirst.ledger.text import hash_text
from yesfirst.rules.applied import application
from yesfirst.rules.review import reviewers
from yesfirst.rules.rule import Confidence, Rule, Statement, what_it_says
from yesfirst.rules.rulebook import Rulebook, rules_of

_MOST_WORDS = 90
_READ = {
    Confidence.PRIMARY: "read in the primary text",
    Confidence.SECONDARY: "second hand",
    Confidence.MEMORY: "from memory, to be verified",
}


def book_value(book: Rulebook) -> dict[str, object]:
    """One rulebook, with how many of its rules rest on what."""
    rules = [one for _, one in rules_of(book)]
    resting = {
        word: sum(one.conf is conf for one in rules)
        for word, conf in (
            ("primary", Confidence.PRIMARY),
            ("secondary", Confidence.SECONDARY),
            ("memory", Confidence.MEMORY),
        )
    }
    return {
        "id": book.id,
        "title": book.title,
        "version": book.version,
        "status": book.status,
        "parents": list(book.scope.parents),
        "rules": len(rules),
        **resting,
        "reviewed": sum(one.reviewed is not None for one in rules),
        "reviewed_by": reviewers(book),
        "hash": hash_text(book.hash),
    }


def books_table(books: Iterable[Rulebook]) -> Table:
    columns = ("id", "version", "status", "parents", "rules", "primary", "secondary", "memory", "reviewed")
    values = [book_value(book) for book in books]
    rows = [[*(_cell(value[name]) for name in columns), _cell(value["reviewed_by"])] for value in values]
    return listing((*columns, "by"), rows)


def rules_table(book: Rulebook) -> Table:
    rows = [(id, rule.tier, _READ[rule.conf], _first_words(rule)) for id, rule in rules_of(book)]
    return listing(("rule", "tier", "rests on", "says"), rows)


def rule_value(book: Rulebook, id: str, rule: Rule) -> dict[str, object]:
    applied = application(id, rule)
    return {
        "rule": f"{book.id}.{id}",
        "says": what_it_says(rule),
        "tier": rule.tier,
        "confidence": rule.conf,
        "contested": rule.contested,
        "provision": rule.provision,
        "note": rule.note,
        "sources": [{"id": cited, **_source(book, cited)} for cited in rule.cite],
        "reviewed": rule.reviewed,
        "applied_by": applied.function if applied else None,
        "rulebook": {"id": book.id, "version": book.version, "hash": hash_text(book.hash)},
    }


def about_rule(book: Rulebook, id: str, rule: Rule) -> Group:
    """Everything about one rule."""
    applied = application(id, rule)
    reviewed = rule.reviewed
    pairs: list[tuple[str, object]] = [
        ("rule", f"{book.id}.{id}"),
        ("tier", f"{rule.tier}{', contested' if rule.contested else ''}"),
        ("rests on", _READ[rule.conf]),
        ("provision", rule.provision or "none is named"),
        *(("source", _titled(_source(book, cited))) for cited in rule.cite),
        ("reviewed", f"by {reviewed.by} on {reviewed.on}" if reviewed else "by nobody"),
        ("applied by", applied.function if applied else "nothing: information"),
        *([("note", rule.note)] if rule.note else []),
    ]
    said = yaml.safe_dump(what_it_says(rule), allow_unicode=True, sort_keys=False, width=100)
    return Group(facts(pairs), "", said)


def _source(book: Rulebook, cited: str) -> Mapping[str, str]:
    source = book.sources[cited]
    return {"title": source.title, "kind": source.kind, **({"url": source.url} if source.url else {})}


def _titled(source: Mapping[str, str]) -> str:
    where = f" {source['url']}" if "url" in source else ""
    return f"{source['title']} ({source['kind']}){where}"


def in_words(rule: Rule) -> str:
    """What a rule says, in one line; neither its id nor its tier, which stand beside it."""
    if isinstance(rule, Statement):
        return rule.does
    said = {name: value for name, value in what_it_says(rule).items() if name not in ("id", "tier")}
    lines = (f"{name}: {_flow(value)}" for name, value in said.items())
    return "; ".join(lines)


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _first_words(rule: Rule) -> str:
    words = in_words(rule)
    return words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 1]}…"


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
