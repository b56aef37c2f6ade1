"""An estimate as a table on the screen."""

from typing import Any


def show(estimated: dict[str, Any]) -> None:
    """What each stage needs, and all of them, on stderr."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    days = estimated["days"]
    title = f"needed for {days} day{'' if days == 1 else 's'}, on processors like those it was measured on"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    for name in ("jobs", "files", "GB", "core hours", "MB a job"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, of in (estimated["stages"] | {"all": estimated["all"]}).items():
        table.add_row(
            name, f"{of['jobs']:,}", f"{of['files']:,}", f"{of['bytes'] / 1e9:,.1f}", f"{of['core_hours']:,.2f}",
            f"{of['memory']:,.0f}",
        )  # fmt: skip
    Console(stderr=True).print(table)
