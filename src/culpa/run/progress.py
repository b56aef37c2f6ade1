"""Progress bars on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def progress(title: str, total: int, quiet: bool = False) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each of `total` steps; draws on stderr only if that is a terminal."""
    with stages({title: total}, quiet) as tick:
        yield lambda: tick(title)


@contextmanager
def stages(totals: Mapping[str, int], quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """The same with a bar for each stage, of so many steps; the function takes the name of the stage."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {stage: bars.add_task(stage, total=total, start=False) for stage, total in totals.items()}
        for first in list(tasks.values())[:1]:
            bars.start_task(first)

        def tick(stage: str) -> None:
            bars.start_task(tasks[stage])
            bars.advance(tasks[stage])

        yield tick
