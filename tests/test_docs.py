"""The documentation says what the code says: nothing is missing in it, and what it shows exists."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from api import languages, media
from api.errors import ApiError
from api.params import item_parameters, layer_query, parameters
from api.settings import Settings as ServerSettings
from db.errors import DbError
from db.layers.catalogue import LAYERS, layer_named
from db.settings import Settings as DatabaseSettings
from scripts.reference.commands import commands
from scripts.reference.errors import FAMILIES, family
from scripts.reference.markdown import prose, running, table
from scripts.reference.pages import DOCS, PAGES, write_pages
from scripts.reference.words import LISTS, meanings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum
    from pathlib import Path

    from db.layers.layer import Layer
    from scripts.reference.commands import Command

ROOT = DOCS.parent
WRITTEN = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SHOWN = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in WRITTEN]
COMMANDS = {command.name: command for command in commands()}

_LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SCRIPT_READS = re.compile(r"\$\{([A-Z_]+):-|^#   ([A-Z_]+)  ", re.MULTILINE)
_PYTHON_READS = re.compile(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"|\"([A-Z_]+)\" in os\.environ")
_ITEMS = re.compile(r"http://127\.0\.0\.1:8000(/collections/[^\s\"'\\)`]*)")

STANDARD_VARIABLES = {"HOME", "XDG_CACHE_HOME", "BASH_SOURCE", "PIPESTATUS", "SUDO_UID"}
"""What the system sets, and nobody sets for our sake."""


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    told = f"docs/{name} is old: run .venv/bin/python -m scripts.reference"
    assert page(name) == PAGES[name](), told


def test_pages_are_written_where_they_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.reference.pages.DOCS", tmp_path)
    assert write_pages() == list(PAGES)
    (tmp_path / "errors.md").write_text("old", "utf-8")
    assert write_pages() == ["errors.md"]
    assert (tmp_path / "errors.md").read_text("utf-8") == page("errors.md")


@pytest.mark.parametrize("layer", [pytest.param(one, id=one.id) for one in LAYERS.values()])
def test_every_layer_and_field_is_documented(layer: Layer) -> None:
    section = page("layers.md").partition(f"\n## {layer.id}\n")[2].partition("\n## ")[0]
    assert layer.description in section
    assert [
        one.name for one in layer.fields if f"| `{one.name}` | {one.title} |" not in section
    ] == []


@pytest.mark.parametrize("words", [pytest.param(one, id=one.__name__) for one in LISTS])
def test_every_word_of_a_closed_list_is_documented(words: type[StrEnum]) -> None:
    section = page("vocabulary.md").partition(f"\n## {words.__name__}\n")[2].partition("\n## ")[0]
    assert [word.value for word in words if f"`{word.value}`" not in section] == []


def test_the_meaning_of_a_word_is_the_text_below_it() -> None:
    told = meanings(next(one for one in LISTS if one.__name__ == "Harm"))
    assert told["harmed"].startswith("Killed, injured or captured")
    assert told["missing"] == ""


@pytest.mark.parametrize("command", [pytest.param(one, id=name) for name, one in COMMANDS.items()])
def test_every_command_and_option_has_help_and_is_documented(command: Command) -> None:
    section = page("commands.md").partition(f"\n### {command.name}\n")[2].partition("\n### ")[0]
    assert command.help
    assert prose(command.help) in section
    for each in command.parameters:
        assert each.help, f"{command.name} {each.name} has no help"
        assert running(each.help) in section


def test_every_script_is_documented() -> None:
    scripts = [path.name for path in (ROOT / "scripts").iterdir() if path.is_file()]
    named = [name for name in scripts if f"| `scripts/{name}` |" in page("commands.md")]
    assert sorted(named) == sorted(name for name in scripts if not name.endswith(".py"))


def test_all_groups_of_commands_are_walked() -> None:
    assert {"liptako up", "liptako db psql", "liptako load ucdp", "liptako analyse all"} <= set(
        COMMANDS
    )


def test_every_environment_variable_is_documented() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page("settings.md"), re.MULTILINE))
    assert documented == set(variables())


def variables() -> Iterator[str]:
    """What the settings classes, the scripts and the tests read from the environment."""
    for field in DatabaseSettings.model_fields.values():
        assert isinstance(field.validation_alias, str)
        yield field.validation_alias
    yield from (f"LIPTAKO_{name}".upper() for name in ServerSettings.model_fields)
    scripts = [path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix]
    modules = [
        path for name in ("gis", "db", "seeds", "api") for path in (ROOT / name).rglob("*.py")
    ]
    read = [(path, _SCRIPT_READS) for path in scripts]
    read += [(path, _PYTHON_READS) for path in [*modules, ROOT / "tests" / "postgis.py"]]
    for path, pattern in read:
        for names in pattern.findall(path.read_text("utf-8")):
            yield from set(names) - STANDARD_VARIABLES - {""}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(error, id=error.__name__)
        for package, base in FAMILIES
        for error in family(package, base)
    ],
)
def test_every_error_is_explained_and_documented(error: type[Exception]) -> None:
    assert "__doc__" in vars(error)
    assert f"| `{error.__name__}` | `{error.__module__}` |" in page("errors.md")
    assert prose(error.__doc__) in page("errors.md")


def test_errors_outside_the_errors_modules_are_found() -> None:
    named = {error.__name__ for package, base in FAMILIES for error in family(package, base)}
    assert {"DatabaseBusy", "UnknownCode", "UnwritableFile"} <= named


@pytest.mark.parametrize("path", SHOWN)
def test_links_within_the_repository_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    for target, anchor in _LINK.findall(text):
        if "://" in target:
            continue
        leads_to = path.parent / target if target else path
        assert leads_to.exists(), target
        assert not anchor or anchor[1:] in anchors(leads_to.read_text("utf-8")), target + anchor


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a page get on GitHub."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", SHOWN)
def test_commands_that_are_shown_exist(path: Path) -> None:
    for line in shown_commands(path.read_text("utf-8")):
        words = shlex.split(line, comments=True)[1:]
        name, given = command_of(words)
        options = {text for each in COMMANDS[name].parameters for text in each.opts}
        ours = given[: given.index("--")] if "--" in given else given
        unknown = {word.partition("=")[0] for word in ours if word.startswith("-")} - options
        assert not unknown - {"--help"}, f"{line}: {unknown}"


def shown_commands(text: str) -> Iterator[str]:
    """Command lines of the program in the shell blocks of a page."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if re.match(r"(\.venv/bin/)?liptako .", line):
                yield line


def command_of(words: list[str]) -> tuple[str, list[str]]:
    """The command that some words name, and the words after it."""
    for length in (2, 1):
        name = " ".join(["liptako", *words[:length]])
        if name in COMMANDS:
            return name, words[length:]
    raise AssertionError(f"there is no command {' '.join(words)}")


@pytest.mark.parametrize("path", SHOWN)
def test_requests_that_are_shown_are_understood(path: Path) -> None:
    text = path.read_text("utf-8")
    for shown in _ITEMS.findall(text):
        asked = urlsplit(shown)
        _, _, collection, *rest = asked.path.split("/")
        layer = layer_named(collection)
        pairs = parse_qsl(asked.query, strict_parsing=bool(asked.query))
        if rest != ["items"]:
            assert {name for name, _ in pairs} <= {media.PARAMETER, languages.PARAMETER}
            continue
        refused = refusal(layer, pairs)
        assert refused is None or refused in text, f"{shown} is refused: {refused}"


def refusal(layer: Layer, pairs: list[tuple[str, str]]) -> str | None:
    """What the server says of parameters that it refuses; a page that shows them shows that too."""
    try:
        given = parameters(pairs, item_parameters(layer))
        layer_query(layer, given, ServerSettings())
    except (ApiError, DbError) as fault:
        return str(fault)
    return None


def test_the_quickstart_and_the_readme_show_requests_and_commands() -> None:
    for path in (ROOT / "README.md", DOCS / "quickstart.md"):
        text = path.read_text("utf-8")
        assert _ITEMS.findall(text), path.name
        assert list(shown_commands(text)), path.name


@pytest.mark.parametrize(
    "docstring, told",
    [
        (None, ""),
        ("One line.", "One line."),
        ("Two\n    lines, ``code``.\n\n    More.", "Two lines, `code`."),
        ("See :class:`~db.layers.layer.Layer`.", "See `Layer`."),
    ],
)
def test_a_docstring_becomes_running_text(docstring: str | None, told: str) -> None:
    assert prose(docstring) == told


def test_a_table_escapes_bars_and_has_no_head_without_rows() -> None:
    assert table(("a", "b"), [("1|2", "3")]) == "| a | b |\n|---|---|\n| 1\\|2 | 3 |\n"
    assert table(("a",), []) == ""
