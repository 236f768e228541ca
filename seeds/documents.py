"""A YAML file as text values that know their lines.

YAML guesses the type of a value from its look: ``2019-12-10`` becomes a date, ``12:30`` becomes
750, ``no`` becomes false. Here every value stays text, and the type of the field decides
what the text means. An alias, a tag and a key that stands twice are refused, because each of them
makes a file say something else than what a reader of it sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from gis.errors import GisError
from seeds.errors import RefusedFile, RowFault, SeedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

T = TypeVar("T")

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands: ``("claims", 3, "low")``."""

_DEPTH = 20
"""Records nest five deep; a file that nests deeper than this is not one of ours."""
_SHOWN = 200
"""Characters of a faulty value that are repeated in a fault."""
_NULLS = ("", "~", "null", "Null", "NULL")


class _Mark(Protocol):
    """A place in a text; PyYAML has two classes of it."""

    @property
    def line(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file holds: texts, ``None``, lists and dicts, and the line of each.

    Parameters
    ----------
    file : str
        Name of the file, without its folder.
    content : object
        ``str``, ``None``, ``list`` or ``dict``, nested.
    lines : mapping of KeyPath to int
        Line, counted from 1, of each value; of a keyed one, the line of its key.
    """

    file: str
    content: object
    lines: Mapping[KeyPath, int]

    def fault(self, path: KeyPath, rule: str) -> RowFault:
        """The fault of what stands at ``path``, or should stand there."""
        return RowFault(self.file, self._line(path), shown(path) or None, self._text(path), rule)

    def _line(self, path: KeyPath) -> int:
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def _text(self, path: KeyPath) -> str | None:
        value = self.content
        for key in path:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value[:_SHOWN] if isinstance(value, str) else None


def shown(path: KeyPath) -> str:
    """A key path as a person writes it.

    Examples
    --------
    >>> shown(("claims", 3, "low"))
    'claims[3].low'
    >>> shown(())
    ''
    """
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(parts).removeprefix(".")


def read_document(path: Path) -> Document:
    """Read one YAML file of UTF-8 text.

    An empty file is a document whose content is ``None``.

    Raises
    ------
    RefusedFile
        For a file that is not UTF-8 or not YAML, or that uses an alias, a tag, a key twice.
    SeedError
        For a file that cannot be opened.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise _refused(path.name, None, f"it is UTF-8 text ({fault.reason})") from None
    except OSError as fault:
        raise SeedError(f"{path} cannot be read: {fault.strerror}") from fault
    return parse_document(text, path.name)


def parse_document(text: str, file: str) -> Document:
    """Read YAML text; ``file`` is what faults call it. Raises as :func:`read_document`."""
    try:
        faults = tuple(_unwanted(text, file))
        if faults:
            raise RefusedFile(file, faults)
        # Composed, never constructed: the nodes still hold the text that is written.
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as fault:
        line = _line_of(fault.problem_mark)
        raise _refused(file, line, f"it must be YAML ({fault.problem})") from None
    except yaml.YAMLError as fault:
        raise _refused(file, None, f"it must be YAML ({fault})") from None
    tree = _Tree(file)
    content = None if root is None else tree.value(root, ())
    if tree.faults:
        raise RefusedFile(file, tuple(tree.faults))
    return Document(file, content, {(): 1, **tree.lines})


def validated(document: Document, adapter: TypeAdapter[T]) -> T:
    """The content as a checked record.

    Raises
    ------
    RefusedFile
        With all that is wrong with it, in the order of the file.
    """
    try:
        return adapter.validate_python(document.content)
    except ValidationError as fault:
        faults = (
            document.fault(_untagged(error["loc"]), _rule(error))
            for error in fault.errors(include_url=False)
        )
        raise RefusedFile(document.file, tuple(sorted(faults, key=_line))) from None
    except GisError as fault:
        # An interval that is written as a mapping of its ends checks itself, outside Pydantic.
        raise RefusedFile(document.file, (document.fault((), str(fault)),)) from None


def _line(fault: RowFault) -> int:
    return fault.line or 0


def _refused(file: str, line: int | None, rule: str) -> RefusedFile:
    return RefusedFile(file, (RowFault(file, line, None, None, rule),))


def _unwanted(text: str, file: str) -> Iterator[RowFault]:
    """Aliases and tags; ends at the first place that is nested too deep."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = _line_of(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            rule = "a value is written out, not aliased"
            yield RowFault(file, line, None, f"*{event.anchor}", rule)
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            yield RowFault(file, line, None, str(event.tag), "a value bears no tag")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            yield RowFault(file, line, None, None, f"it is nested at most {_DEPTH} deep")
            return


def _line_of(mark: _Mark | None) -> int | None:
    return None if mark is None else mark.line + 1


class _Tree:
    """Nodes into values; gathers the lines, and the keys that stand twice."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[KeyPath, int] = {}
        self.faults: list[RowFault] = []

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return None if plain and node.value in _NULLS else node.value

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(RowFault(self.file, line, shown(path), None, "a key is a word"))
            elif key.value in values:
                where = shown((*path, key.value))
                self.faults.append(RowFault(self.file, line, where, None, "a key stands once"))
            else:
                self.lines[*path, key.value] = line
                values[key.value] = self.value(item, (*path, key.value))
        return values


def _untagged(location: KeyPath) -> KeyPath:
    """Where an error is, without the kind of claim that Pydantic puts after the claim's number."""
    for position, key in enumerate(location):
        if key == "claims" and len(location) > position + 2:
            return (*location[: position + 2], *location[position + 3 :])
    return location


def _rule(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "it must be stated"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return "there is no such key here"
        case "union_tag_not_found":
            return "it has a kind"
        case "dataclass_type":
            return "it is a record of keys and values"
        case "value_error":
            return str(error["ctx"]["error"])
    return error["msg"]
