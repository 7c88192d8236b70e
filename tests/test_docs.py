"""The documents say what the code says: settings, commands, states, codes, packages, files and links."""

import ast
import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from yesfirst.cli import main
from yesfirst.rulebooks import load_all
from yesfirst.rules.delivery import BINS, State
from yesfirst.rules.reason import Reason, verdict_of
from yesfirst.settings import DECLARED
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN
from yesfirst.usecases.api_keys import Capability
from yesfirst.usecases.claim import HAND_OVER_WITHIN
from yesfirst.usecases.recover import LISTED_WITHIN

ROOT = Path(__file__).parents[1]
OURS = ("*.md", "docs/**/*.md", "campaigns/**/README.md")
DOCUMENTS = sorted(file for each in OURS for file in ROOT.glob(each))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
CHINESE_OPERATIONS = (ROOT / "docs/operations.zh-CN.md").read_text("utf-8")
SOURCES = sorted((ROOT / "src").rglob("*.py"))
SETTINGS = {each.variable for each in DECLARED} | {
    f"{each.variable}_FILE" for each in DECLARED if each.secret
}

_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_COMMAND = re.compile(r"(?<![\w/.@-])yesfirst((?: +[^\s;&|`#$()]+)+)")
_PATH = re.compile(
    r"(?:src|docs|deploy|tests|campaigns|tools|rules|store|usecases|carriers|web|embedded)/[\w./-]*\w"
)

_INSTALLATION = (
    *("usecases/doctor.py", "usecases/carrier.py", "usecases/log_key.py", "usecases/seal.py"),
    *("cli/house.py", "store/reach.py", "processes/*.py", "embedded/*.py"),
)
# What is refused because of the installation, and not because of what somebody asked for.
FAULTS = {
    code
    for each in _INSTALLATION
    for file in (ROOT / "src/yesfirst").glob(each)
    for code in re.findall(r'Refused\(\s*"([A-Z_]+)"', file.read_text("utf-8"))
}


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def code_in(text: str) -> Iterator[str]:
    """The lines of shell blocks and of those set in by four spaces, continued ones joined; then the code spans."""
    text = text.replace("\\\n", " ")
    for language, _, block in _FENCE.findall(text):
        yield from (line.strip() for line in block.splitlines() if language == "sh")
    text = _FENCE.sub("", text)
    yield from (line.strip() for line in text.splitlines() if line.startswith("    "))
    yield from _SPAN.findall(text)


def commands_in(pieces: Iterator[str]) -> list[list[str]]:
    """The words after each `yesfirst` in pieces of code."""
    return [found.split() for piece in pieces for found in _COMMAND.findall(piece)]


def why_not(words: list[str]) -> str | None:
    """What is wrong with a command as it is written; None if it could be typed so."""
    command: click.Command = main
    context = click.Context(main, info_name="yesfirst")
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        below = command.get_command(context, rest.pop(0))
        if below is None:
            return f"there is no `yesfirst {' '.join(words)}`"
        command = below
    known = {name for parameter in command.get_params(context) for name in parameter.opts}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    return f"`yesfirst {' '.join(words)}` has no {', '.join(unknown)}" if unknown else None


def anchors(file: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("name", "text"), runpy.run_path(str(ROOT / "docs/generate.py"))["pages"]().items())
def test_a_generated_page_is_what_the_code_says(name: str, text: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in _LINK.findall(file.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_command_in_a_document_can_be_typed(file: Path) -> None:
    found = commands_in(code_in(file.read_text("utf-8")))
    assert [fault for words in found if (fault := why_not(words))] == []


@pytest.mark.parametrize("words", ["people", "people import F --brand B", "campaign status RUN --watch"])
def test_the_check_of_commands_takes_what_is_right(words: str) -> None:
    assert why_not(words.split()) is None


@pytest.mark.parametrize("words", ["peple import", "people imprt", "campaign status RUN --wach"])
def test_the_check_of_commands_finds_what_is_wrong(words: str) -> None:
    assert why_not(words.split())


def test_every_command_in_a_hint_of_the_program_can_be_typed() -> None:
    hints = (span for file in SOURCES for span in _SPAN.findall(file.read_text("utf-8")))
    found = commands_in(hint for hint in hints if "{" not in hint)
    assert len(found) > 10
    assert [fault for words in found if (fault := why_not(words))] == []


@pytest.mark.parametrize("file", [*DOCUMENTS, ROOT / "docker-compose.yml", ROOT / "Dockerfile"], ids=name_of)
def test_every_setting_in_a_document_exists(file: Path) -> None:
    assert set(re.findall(r"YESFIRST_[A-Z_]*[A-Z]", file.read_text("utf-8"))) <= SETTINGS


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_file_in_a_document_exists(file: Path) -> None:
    text = file.read_text("utf-8")
    made = {note for _, note, _ in _FENCE.findall(text)}
    named = {span for span in _SPAN.findall(text) if _PATH.fullmatch(span)} - made
    missing = {
        path for path in named if not any((base / path).exists() for base in (ROOT, ROOT / "src/yesfirst"))
    }
    assert missing == set()


def test_every_document_that_the_program_names_exists() -> None:
    named = {
        path for file in SOURCES for path in re.findall(r"\bdocs/[\w./-]+\.md\b", file.read_text("utf-8"))
    }
    assert named
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_make_target_in_a_document_exists(file: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {piece.split()[1] for piece in code_in(file.read_text("utf-8")) if re.match(r"make [a-z]", piece)}
    assert named <= targets


@pytest.mark.parametrize("file", READMES, ids=name_of)
def test_a_readme_is_short_begins_with_the_demo_and_lends_the_simulators_account(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= 110
    assert next(code_in(text)) == "make demo"
    assert f"YESFIRST_TWILIO_ACCOUNT_SID={ACCOUNT_SID} YESFIRST_TWILIO_AUTH_TOKEN={AUTH_TOKEN}\n" in text


@pytest.mark.parametrize("file", READMES, ids=name_of)
def test_a_readme_shows_the_demo_in_the_words_that_it_uses(file: Path) -> None:
    cli = ROOT / "src/yesfirst/cli"
    source = "".join((cli / name).read_text("utf-8") for name in ("status.py", "demo/report.py"))
    shown = file.read_text("utf-8").partition("    Imported ")[2].partition("every record holds")[0]
    labels = re.findall(r"^    ([a-zA-Z][a-zA-Z, ]+?)  ", shown, re.MULTILINE)
    assert len(labels) > 8
    assert [label for label in labels if f'"{label}",' not in source] == []


@pytest.mark.parametrize("file", READMES, ids=name_of)
def test_a_readme_names_the_jurisdictions_that_have_a_rulebook(file: Path) -> None:
    books = set(load_all())
    [codes] = re.findall(r"[(（]((?:[A-Z]{2} )+[A-Z]{2})[)）]", file.read_text("utf-8"))
    assert set(codes.split()) == {id for id in books if "-" not in id}
    states = len(books) - len(codes.split())
    assert re.search(rf"\b{states} (?:US states|个州)", file.read_text("utf-8"))


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (
        {" ".join(words[:2]) for words in commands_in(code_in(file.read_text("utf-8")))} for file in READMES
    )
    assert english == chinese


def test_compose_runs_commands_that_exist() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    ours = [service["command"] for service in services.values() if service["image"] == "yesfirst"]
    assert [why_not(words) for words in ours] == [None] * len(ours)


@pytest.mark.parametrize("text", [OPERATIONS, CHINESE_OPERATIONS], ids=["English", "Chinese"])
class TestOperations:
    def test_puts_every_state_into_its_bin(self, text: str) -> None:
        rows = re.findall(r"^\| `([a-z_]+)` \| ([a-z ]+) \|", text, re.MULTILINE)
        assert {State(state): bin.replace(" ", "_") for state, bin in rows} == dict(BINS)

    def test_tells_every_reason_in_the_order_of_evaluation_with_its_answer(self, text: str) -> None:
        rows = re.findall(r"^\| `([A-Z_]+)` \| ([a-z]+) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE)
        assert rows == [(each.value, verdict_of([each]).value) for each in Reason]

    def test_says_what_to_do_about_every_fault_of_an_installation(self, text: str) -> None:
        named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text))
        assert len(FAULTS) > 15
        assert named >= FAULTS

    def test_names_codes_that_the_program_has(self, text: str) -> None:
        source = "".join(file.read_text("utf-8") for file in SOURCES)
        codes = set(re.findall(r"`((?!OTEL_)[A-Z]+(?:_[A-Z]+)+)`", text)) - SETTINGS
        assert {code for code in codes if f'"{code}"' not in source} == set()

    def test_explains_every_metric_and_no_other(self, text: str) -> None:
        source = (ROOT / "src/yesfirst/web/metrics.py").read_text("utf-8")
        measured = {name.removesuffix("_total") for name in re.findall(r'"(yesfirst_\w+)"', source)}
        explained = {name.removesuffix("_total") for name in re.findall(r"`(yesfirst_\w+)`", text)}
        assert explained == measured

    def test_names_every_process(self, text: str) -> None:
        assert re.findall(r"^\| `yesfirst (\w+)` \|", text, re.MULTILINE) == [
            "serve",
            "dispatcher",
            "sequencer",
        ]

    def test_tells_how_long_recovery_takes(self, text: str) -> None:
        assert re.search(rf"\b{HAND_OVER_WITHIN.seconds + 1} (?:s|秒)", text)
        assert re.search(rf"(?:some|约) {LISTED_WITHIN.seconds} (?:seconds|秒)", text)


def test_both_pages_of_operations_name_the_same_settings_and_commands() -> None:
    first, second = (
        (
            set(re.findall(r"(?:YESFIRST|OTEL)_[A-Z_]*[A-Z]", text)),
            {" ".join(words) for words in commands_in(code_in(text))},
            [line for line in text.splitlines() if line.startswith("    ")],
            len(re.findall("^## ", text, re.MULTILINE)),
        )
        for text in (OPERATIONS, CHINESE_OPERATIONS)
    )
    assert first == second


def test_operations_explains_every_metric_on_the_dashboard() -> None:
    dashboard = (ROOT / "docs/grafana/yesfirst.json").read_text("utf-8")
    shown = {re.sub("_(bucket|count)$", "", name) for name in re.findall(r"\byesfirst_\w+", dashboard)}
    assert set(re.findall(r"`(yesfirst_\w+)`", OPERATIONS)) == shown


def test_the_page_of_the_api_names_every_capability() -> None:
    text = (ROOT / "docs/api.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [each.value for each in Capability]


def test_the_decision_on_dependencies_names_them_all() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    direct = [*project["dependencies"], *project["optional-dependencies"]["otel"]]
    needed = {re.split(r"[^\w.-]", each)[0].lower() for each in direct}
    text = (ROOT / "docs/decisions/0002-dependencies.md").read_text("utf-8")
    named = set(re.findall(r"^\| ([\w.-]+) \|", text, re.MULTILINE)) - {"package", "---"}
    assert named == needed


def test_decisions_are_numbered_without_gaps_and_titled_alike() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [file.name[:4] for file in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith(f"# {file.name[:4]} ")
        assert "\n**What.** " in text


def test_every_package_says_in_its_first_line_what_it_is_for() -> None:
    packages = [file for file in SOURCES if file.name == "__init__.py"] + [ROOT / "bench/__init__.py"]
    said = {name_of(file): ast.get_docstring(ast.parse(file.read_text("utf-8"))) for file in packages}
    first = {name: (text or "").partition("\n\n")[0].strip() for name, text in said.items()}
    assert {name for name, text in first.items() if len(text) < 30} == set()


def test_the_index_leads_to_every_page_and_names_every_directory() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = {file.name for file in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= {target.partition("#")[0] for target in _LINK.findall(index)}
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()}
    ours = {file.name for file in ROOT.iterdir() if file.is_dir()} - ignored
    top = {name for name in ours if not name.startswith((".git", "_", "src"))}
    packages = {file.parent.name for file in (ROOT / "src/yesfirst").glob("*/__init__.py")}
    assert top | packages <= {span.rstrip("/").removeprefix("src/") for span in _SPAN.findall(index)}


def test_both_readmes_lead_to_the_index() -> None:
    assert all("(docs/README.md)" in file.read_text("utf-8") for file in READMES)
