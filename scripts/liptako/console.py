"""What is printed: tables and results on standard output, progress and errors beside it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from db.errors import DbError
from gis.errors import GisError
from seeds.errors import RefusedFile, SeedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seeds.errors import RowFault

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)

SHOWN_FAULTS = 20


def say(line: str) -> None:
    """Tell what is being done."""
    ERR.print(f"[dim]·[/] {escape(line)}")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right, what is missing is left empty."""
    printed = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    body = [tuple(row) for row in rows]
    for position, column in enumerate(columns):
        numeric = all(isinstance(row[position], int | float | None) for row in body) and body
        printed.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        printed.add_row(*("" if cell is None else escape(_text(cell)) for cell in row))
    OUT.print(printed)


def fail(message: str) -> NoReturn:
    """End the program with status 1 and one message on standard error."""
    ERR.print(f"[bold red]liptako:[/] {escape(message)}")
    raise SystemExit(1)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what can be expected to go wrong into a message and status 1, never a traceback."""
    try:
        yield
    except RefusedFile as refused:
        show_faults(refused.faults)
        fail(str(refused))
    except (DbError, GisError, SeedError) as fault:
        fail(str(fault))
    except ValidationError as fault:
        # Settings are read when a command needs them, so a wrong one shows here.
        wrong = fault.errors()[0]
        fail(f"{'.'.join(map(str, wrong['loc']))} is {wrong['input']!r}: {wrong['msg']}")
    except KeyboardInterrupt:
        ERR.print("interrupted")
        raise SystemExit(130) from None
    except BrokenPipeError:
        # Whoever read our output has gone: `liptako layers | head` is no error.
        sys.stderr.close()
        raise SystemExit(0) from None


def show_faults(faults: Sequence[RowFault]) -> None:
    """Print the first faults of a file on standard error, and how many more there are."""
    for fault in faults[:SHOWN_FAULTS]:
        ERR.print(f"[red]✗[/] {escape(str(fault))}")
    if len(faults) > SHOWN_FAULTS:
        ERR.print(f"  … and {len(faults) - SHOWN_FAULTS:,} more")


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
