"""How far a command is: a bar on a terminal, one line at the end elsewhere. Always on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Counts rows, and bytes where they are told."""

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0
        self.started = time.monotonic()

    def advance(self, rows: int, size: int) -> None:
        self.rows += rows
        self.bytes += size

    def expect(self, rows: int) -> None:
        """How many rows there will be, where that is known only later."""

    def summary(self, verb: str) -> str:
        seconds = max(time.monotonic() - self.started, 1e-3)
        size = f", {self.bytes / 1e6:,.1f} MB" if self.bytes else ""
        return f"{verb} {self.rows:,} spans{size} in {seconds:,.1f} s ({self.rows / seconds:,.0f}/s)"


class _Bar(Progress):
    """A bar by spans where their number is known, else a count that goes on."""

    def __init__(self, verb: str, total: int | None) -> None:
        super().__init__()
        from rich.console import Console  # noqa: PLC0415 - a tenth of a second that other commands need not wait
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
        from rich.progress import Progress as Rich  # noqa: PLC0415

        self._rich = Rich(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[size]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._rich.add_task(verb, total=total, size="")
        self._rich.start()

    def advance(self, rows: int, size: int) -> None:
        super().advance(rows, size)
        self._rich.update(self._task, advance=rows, size=f"{self.bytes / 1e6:,.1f} MB" if self.bytes else "")

    def expect(self, rows: int) -> None:
        self._rich.update(self._task, total=rows)

    def stop(self) -> None:
        self._rich.stop()


@contextmanager
def progress(doing: str, done: str, total: int | None = None) -> Iterator[Progress]:
    """Shown while the context is open, summed up when it ends well."""
    bar = _Bar(doing, total) if sys.stderr.isatty() else None
    shown = bar or Progress()
    try:
        yield shown
    finally:
        if bar is not None:
            bar.stop()
    sys.stderr.write(shown.summary(done) + "\n")
