"""The page of the command-line program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from scripts.liptako.app import app
from scripts.reference.markdown import code, heading, running, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HEAD = """\
# Commands

`scripts/run` is all that a first start needs. The program that it starts is `.venv/bin/liptako`;
here it is called `liptako`. Every command prints its results on standard output and its progress
beside it, ends with status 0 when it did what was asked, and otherwise says in one message what is
wrong. `--help` after any command shows what stands here.

This page is made by the code (`scripts/reference/commands.py`): change the help of a command where
it is defined, in `scripts/liptako/`, then run `.venv/bin/python -m scripts.reference`.

## The scripts

| script | what it does |
|---|---|
| `scripts/run` | Makes `.venv`, then `liptako up`. |
| `scripts/test` | Makes `.venv`, then runs pytest with the arguments, on a throw-away PostGIS. |
| `scripts/check` | Makes `.venv`, then checks format, lint, types, and who imports whom. |
| `scripts/bench` | Makes `.venv`, then measures; `scripts/bench api` beside other servers. |
| `scripts/bootstrap` | Makes `.venv` what `uv.lock` says, and nothing else. |
"""

_MARKUP = re.compile(r"\[/?[a-z ]*\]")
_OWN = frozenset({"help", "install_completion", "show_completion"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its full name, its help and its parameters."""

    name: str
    help: str
    parameters: tuple[Any, ...]
    """Of a type that typer keeps to itself; options and arguments have the same attributes."""


def commands() -> Iterator[Command]:
    """All commands that do something, in the order of the program's own help."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    yield from _below(root, "liptako")


def commands_page() -> str:
    """``docs/commands.md``."""
    return HEAD + heading(2, "The program") + _overview() + "".join(map(_section, commands()))


def _below(group: TyperGroup, path: str) -> Iterator[Command]:
    for name, command in group.commands.items():
        full = f"{path} {name}"
        if isinstance(command, TyperGroup):
            yield from _below(command, full)
        else:
            shown = tuple(each for each in command.params if each.name not in _OWN)
            yield Command(full, command.help or "", shown)


def _overview() -> str:
    rows = ((f"[`{one.name}`](#{_anchor(one)})", _sentence(one.help)) for one in commands())
    return table(("command", "what it does"), rows)


def _section(command: Command) -> str:
    usage = " ".join([command.name, *_usage(command)])
    rows = [_row(each) for each in command.parameters]
    listed = table(("", "default", "meaning"), rows)
    told = running(_MARKUP.sub("", command.help))
    return heading(3, command.name) + f"{told}\n\n```\n{usage}\n```\n" + (listed and f"\n{listed}")


def _usage(command: Command) -> Iterator[str]:
    if any(_is_option(each) for each in command.parameters):
        yield "[OPTIONS]"
    for each in command.parameters:
        if not _is_option(each):
            shown = each.name.upper()
            yield shown if each.required else f"[{shown}]"


def _row(parameter: Any) -> tuple[str, str, str]:
    shown = parameter.opts if _is_option(parameter) else [parameter.name.upper()]
    meaning = running(_MARKUP.sub("", parameter.help or "")) + _choices(parameter)
    return ", ".join(map(code, shown)), _default(parameter), meaning


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if default is None or default is False:
        return ""
    # A path is shown from the checkout on: where that lies is nobody's business here.
    return code("seeds/incidents" if hasattr(default, "parts") else str(default))


def _choices(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f" One of {', '.join(code(str(word.value)) for word in kind)}."
    return ""


def _is_option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("-"))


def _sentence(text: str) -> str:
    return running(_MARKUP.sub("", text).partition("\n\n")[0])


def _anchor(command: Command) -> str:
    return command.name.replace(" ", "-")
