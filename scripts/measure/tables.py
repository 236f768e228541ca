"""Tables of measurements in Markdown, printed as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scripts.measure.cases import Case
    from scripts.measure.load import Taken
    from scripts.measure.whole import Whole


def number(value: float) -> str:
    """A number to three figures, without digits that mean nothing.

    Examples
    --------
    >>> number(0.71234), number(71.234), number(7123.4)
    ('0.71', '71', '7,123')
    """
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


class Tables:
    """Prints tables, each row as soon as it is measured."""

    def told(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        """What there is to know, by name."""
        self._head(title, ("what", ""))
        for row in rows:
            self._row(row)

    def pages(
        self,
        title: str,
        measured: Iterable[tuple[Case, Mapping[str, Taken]]],
        servers: Sequence[str],
        equal: Mapping[str, int],
    ) -> None:
        """A row for a case; for each server CPU, how much of it is its own, and times.

        The ratio after a server's CPU is to the first server.
        """
        legend = "CPU ms (server's own), ratio; p50 / p99 ms; kB"
        self._head(title, ("", *(f"{name}: {legend}" for name in servers), "equal"))
        for case, taken in measured:
            first = taken[servers[0]]
            cells = [self._cell(taken.get(name), first) for name in servers]
            self._row((case.name, *cells, f"{equal[case.name]:,}" if case.name in equal else ""))

    def crowds(
        self,
        title: str,
        measured: Iterable[tuple[Case, int, Mapping[str, Taken]]],
        servers: Sequence[str],
    ) -> None:
        """A row for a case and a number of connections."""
        self._head(title, ("", "connections", *(f"{name}: p50 / p99 ms" for name in servers)))
        for case, connections, taken in measured:
            cells = [
                f"{number(taken[name].a_second)}: {number(taken[name].percentile_ms(50))} / "
                f"{number(taken[name].percentile_ms(99))}"
                for name in servers
            ]
            self._row((case.name, str(connections), *cells))

    def wholes(self, title: str, measured: Iterable[Whole]) -> None:
        """A row for a way to have all features."""
        columns = ("wall s", "MB", "MB/s", "first byte ms", "CPU s server", "CPU s database")
        self._head(title, ("", *columns, "server's MB before; most in each quarter"))
        for each in measured:
            size = each.size / 1e6
            cells = (
                number(each.wall_s),
                number(size),
                number(size / each.wall_s),
                number(1000 * each.first_s),
                number(each.server_s),
                number(each.database_s),
            )
            self._row((each.name, *cells, self._memory(each)))

    def _memory(self, each: Whole) -> str:
        if each.memory is None:
            return ""
        quarters = " ".join(number(most) for most in each.memory.quarters_mb())
        return f"{number(each.memory.samples[0])}; {quarters}"

    def _cell(self, taken: Taken | None, first: Taken) -> str:
        if taken is None:
            return ""
        ratio = "" if taken is first else f", {number(taken.cpu_ms / first.cpu_ms)}x"
        times = f"{number(taken.percentile_ms(50))} / {number(taken.percentile_ms(99))}"
        own = f"{number(taken.cpu_ms)} ({number(taken.server_ms)}){ratio}"
        return f"{own}; {times}; {number(taken.size / 1000)}"

    def _head(self, title: str, columns: Sequence[str]) -> None:
        print(f"\n### {title}\n", flush=True)
        self._row(columns)
        self._row(["---"] * len(columns))

    def _row(self, cells: Sequence[str]) -> None:
        print(f"| {' | '.join(cells)} |", flush=True)
