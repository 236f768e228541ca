"""CQL2 text -> the tree that CQL2 JSON writes.

One word decides at each step what follows, so the time grows with the length of the text and with
nothing else, and a fault is told by its place. Brackets hold a condition, a number or a list alike:
which one it must be is seen when the tree is compiled.

References
----------
OGC 21-065r2, annex B (BNF).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import shapely

from db.cql2.words import DEEPEST, Sort, Word, refused, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

Json: TypeAlias = Any
"""A value of JSON."""

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_KEY_WORDS = ("AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV")
_SHAPES = (
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
)


def tree_of(text: str) -> Json:
    """The tree of a text.

    Raises
    ------
    InvalidQuery
        The text breaks the grammar; the error says where.
    """
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words_of(text)
        self.place = 0
        self.signs = 0

    def whole(self) -> Json:
        tree = self._any_of()
        if self._next.sort is not Sort.END:
            raise self._unexpected("AND, OR or the end")
        return tree

    @property
    def _next(self) -> Word:
        return self.words[self.place]

    def _take(self) -> Word:
        word = self._next
        self.place += word.sort is not Sort.END
        return word

    def _took(self, *words: str) -> bool:
        found = self._next.says(*words)
        self.place += found
        return found

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise self._unexpected(f"{word!r}")

    def _unexpected(self, wanted: str) -> Exception:
        word = self._next
        found = "the text ends" if word.sort is Sort.END else f"{word.text!r} stands"
        return refused(self.text, word.start, f"{found} where {wanted} is expected")

    def _any_of(self) -> Json:
        return self._joined("OR", self._all_of)

    def _all_of(self) -> Json:
        return self._joined("AND", self._negated)

    def _joined(self, word: str, part: Callable[[], Json]) -> Json:
        parts = [part()]
        while self._took(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else _call(word.lower(), *parts)

    def _negated(self) -> Json:
        times = 0
        while self._took("NOT"):
            times += 1
        if times > DEEPEST:
            raise refused(self.text, self._next.start, f"NOT is repeated more than {DEEPEST} times")
        tree = self._predicate()
        for _ in range(times):
            tree = _call("not", tree)
        return tree

    def _predicate(self) -> Json:
        left = self._sum()
        if self._next.says(*_COMPARISONS):
            return _call(self._take().text, left, self._sum())
        if self._took("IS"):
            denied = self._took("NOT")
            self._expect("NULL")
            return _denied(_call("isNull", left), denied)
        denied = self._took("NOT")
        if self._took("LIKE"):
            return _denied(_call("like", left, self._sum()), denied)
        if self._took("BETWEEN"):
            low = self._sum()
            self._expect("AND")
            return _denied(_call("between", left, low, self._sum()), denied)
        if self._took("IN"):
            return _denied(_call("in", left, self._listed()), denied)
        if denied:
            raise self._unexpected("LIKE, BETWEEN or IN")
        return left

    def _sum(self) -> Json:
        return self._chained(("+", "-"), self._product)

    def _product(self) -> Json:
        return self._chained(("*", "/", "%", "DIV"), self._power)

    def _chained(self, signs: tuple[str, ...], part: Callable[[], Json]) -> Json:
        tree = part()
        while self._next.says(*signs):
            sign = self._take().text.lower()
            tree = _call(sign, tree, part())
        return tree

    def _power(self) -> Json:
        base = self._signed()
        # Drafts and parsers group "a ^ b ^ c" in different ways: it wants brackets.
        return _call("^", base, self._signed()) if self._took("^") else base

    def _signed(self) -> Json:
        times = 0
        while self._took("-"):
            times += 1
        tree = self._operand()
        if times % 2 == 0:
            return tree
        if isinstance(tree, float):
            return -tree
        return _call("*", -1.0, tree)

    def _operand(self) -> Json:
        word = self._next
        if word.sort is Sort.NUMBER:
            return float(self._take().text)
        if word.sort is Sort.TEXT:
            return self._take().text
        if word.sort is Sort.QUOTED:
            return {"property": self._take().text}
        if self._took("("):
            return self._bracketed()
        if word.sort is Sort.NAME and not word.says(*_KEY_WORDS):
            return self._named()
        raise self._unexpected("a name, a value or '('")

    def _bracketed(self) -> Json:
        """An expression in brackets, or a list of none, two or more."""
        if self._took(")"):
            return []
        found = [self._any_of()]
        while self._took(","):
            found.append(self._any_of())
        self._expect(")")
        return found[0] if len(found) == 1 else found

    def _named(self) -> Json:
        word = self._take()
        if word.says("TRUE", "FALSE"):
            return word.says("TRUE")
        if word.says(*_SHAPES) and (self._next.says("(", "Z", "EMPTY")):
            return self._shape(word)
        if not self._next.says("("):
            return {"property": word.text}
        name = word.text.lower()
        if name in ("date", "timestamp"):
            return {name: self._literals(1)[0]}
        if name in ("interval", "bbox"):
            return {name: self._listed()}
        return _call(name, *self._listed(may_be_empty=True))

    def _literals(self, number: int) -> list[Json]:
        found = self._listed()
        if len(found) != number or not all(isinstance(each, str) for each in found):
            raise self._unexpected("one text in the brackets before it")
        return found

    def _listed(self, may_be_empty: bool = False) -> list[Json]:
        self._expect("(")
        if may_be_empty and self._took(")"):
            return []
        found = [self._any_of()]
        while self._took(","):
            found.append(self._any_of())
        self._expect(")")
        return found

    def _shape(self, first: Word) -> Json:
        """A geometry as GeoJSON; its well-known text ends with the bracket that it opens."""
        depth = 0
        while not self._next.says("(", "EMPTY"):
            self._take()
        while self._next.sort is not Sort.END:
            word = self._take()
            depth += {"(": 1, ")": -1}.get(word.text, 0)
            if depth == 0:
                break
        else:
            raise self._unexpected("')'")
        written = self.text[first.start : word.end]
        try:
            # 1e400 overflows: it is no coordinate, and no JSON.
            with np.errstate(over="ignore", invalid="ignore"):
                return json.loads(shapely.to_geojson(shapely.from_wkt(written)))
        except (shapely.errors.ShapelyError, ValueError) as fault:
            rule = f"a geometry is not well-known text ({str(fault).splitlines()[0]})"
            raise refused(self.text, first.start, rule) from fault


def _call(op: str, *args: Json) -> Json:
    return {"op": op, "args": list(args)}


def _denied(tree: Json, denied: bool) -> Json:
    return _call("not", tree) if denied else tree
