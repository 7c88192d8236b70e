"""The floors of the house: an import that runs the wrong way fails here, and a clock in a pure floor too."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "yesfirst"

GROUND = {"errors"}  # single modules that every floor but the pure ones may use
MAY_IMPORT = {
    "rules": set(),
    "rulebooks": {"rules"},
    "ledger": set(),
    "intake": {"rules", "rulebooks", *GROUND},
    "store": {"rules", "ledger", *GROUND},
    "carriers": {"rules", *GROUND},
    "usecases": {
        "rules",
        "rulebooks",
        "ledger",
        "intake",
        "store",
        "carriers",
        "settings",
        "tracing",
        *GROUND,
    },
    "web": {
        "usecases",
        "rules",
        "rulebooks",
        "ledger",
        "intake",
        "store",
        "carriers",
        "settings",
        "tracing",
        *GROUND,
    },
    "simulator": set(),
    "errors": set(),
    "settings": {"errors"},
    "tracing": {"ledger"},
    "embedded": {"settings", "errors"},
}
MAY_IMPORT["processes"] = MAY_IMPORT["web"] | {"web", "embedded"}
MAY_IMPORT["cli"] = MAY_IMPORT["processes"] | {"processes", "simulator"}

# Modules that only these places, files or directories under the project's root, import.
ONLY = {
    "sqlalchemy": ["src/yesfirst/store", "alembic", "tests/store"],
    "sqlmodel": ["src/yesfirst/store", "alembic", "tests/store"],
    "asyncpg": ["src/yesfirst/store", "tests", "bench"],
    "alembic": ["src/yesfirst/store", "alembic", "tests/store"],
    "opentelemetry": ["src/yesfirst/tracing/recorder.py", "tests"],
    "arq": ["src/yesfirst/processes/dispatcher.py"],
    "twilio": ["src/yesfirst/carriers", "src/yesfirst/web", "tests"],
}
# What the pure floors can't have: what they need to know is handed in.
IMPURE_MODULES = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time", "uuid"}
IMPURE_CALLS = {"open", "input", "print"}
IMPURE_METHODS = {"now", "utcnow", "today", "read_text", "read_bytes"}


def files(*directories: str) -> list[Path]:
    return sorted(file for each in directories for file in (ROOT / each).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, wherever in it; relative ones made absolute."""
    package = file.relative_to(ROOT / "src").parent.parts if file.is_relative_to(SOURCE) else ()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = f"{above}{node.module or ''}".strip(".")
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def floor(module: str) -> str | None:
    """The floor that a module of ours belongs to: its second name."""
    parts = module.split(".")
    return parts[1] if parts[0] == "yesfirst" and len(parts) > 1 else None


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_each_floor_has_a_rule() -> None:
    found = {
        path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"__init__", "__main__", "__pycache__"} <= MAY_IMPORT.keys()


@pytest.mark.parametrize("file", files("src"), ids=name_of)
def test_imports_run_one_way(file: Path) -> None:
    own = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    if own in {"__init__", "__main__"}:
        return
    reached = {floor(module) for module in imports(file)} - {None, own}
    assert reached <= MAY_IMPORT[own]


@pytest.mark.parametrize("package", ONLY)
def test_a_dependency_stays_where_it_belongs(package: str) -> None:
    places = [ROOT / place for place in ONLY[package]]
    strays = [
        name_of(file)
        for file in files("src", "alembic", "bench", "tests")
        if any(module.split(".")[0] == package for module in imports(file))
        and not any(file.is_relative_to(place) for place in places)
    ]
    assert strays == []


def test_nothing_deprecated_for_the_next_litestar_is_used() -> None:
    gone = ("litestar.contrib", "litestar.repository")
    assert not [
        name_of(file) for file in files("src") if any(each.startswith(gone) for each in imports(file))
    ]


def test_the_verifier_needs_the_standard_library_alone() -> None:
    verifier = SOURCE / "ledger" / "verifier.py"
    assert {module.split(".")[0] for module in imports(verifier)} <= sys.stdlib_module_names


@pytest.mark.parametrize("file", files("src/yesfirst/rules", "src/yesfirst/ledger"), ids=name_of)
def test_pure_floors_neither_wait_nor_look_around(file: Path) -> None:
    if file.name == "verifier.py":  # a program of its own as well: it reads the bundle
        return
    assert not {module.split(".")[0] for module in imports(file)} & IMPURE_MODULES
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"line {node.lineno} waits"
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                assert node.func.attr not in IMPURE_METHODS, f"line {node.lineno} calls {node.func.attr}()"
            elif isinstance(node.func, ast.Name):
                assert node.func.id not in IMPURE_CALLS, f"line {node.lineno} calls {node.func.id}()"
