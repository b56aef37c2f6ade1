"""What a score says of classes, for the screen."""

from typing import Any

from ..evaluate.class_totals import by_snr


def table(classes: dict[str, Any]) -> Any:
    """The numbers of each class that occurs (totals as `scoring.make` returns them)."""
    from rich import box
    from rich.table import Table

    every = classes["all"]
    title = f"class, of {every['classified']} classified of {every['found']} glitches found"
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("class", overflow="fold")
    for name in ("right", "recall\n%", "95 %", "called\nso", "precision\n%", "F1"):
        shown.add_column(name, justify="right", no_wrap=True)
    for name, entry in classes["class"].items():
        if entry["examples"] or entry["called"]:
            shown.add_row(name, *_cells(entry))
    return shown


def _cells(entry: dict[str, Any]) -> list[str]:
    low, high = entry["recall_interval"]
    return [
        f"{entry['right']} of {entry['examples']}",
        _number(entry["recall"], 100, 0),
        "" if low is None else f"{100 * low:.0f}–{100 * high:.0f}",
        str(entry["called"]),
        _number(entry["precision"], 100, 0),
        _number(entry["f1"], 1, 3) if entry["examples"] else "",
    ]


def lines(classes: dict[str, Any]) -> list[str]:
    """What the classes come to, a sentence for each thing that there is."""
    entries = {"all": classes["all"], **by_snr(classes)}
    said = [f"{name}: {_summary(entry)}" for name, entry in entries.items() if entry["known"]]
    flags, noise = classes["flags"], classes["without_injection"]
    if flags["known"]["of"]:
        said.append(f"flagged unknown: {_share(flags['known'])} of known families: false flags")
    if flags["outside"]["of"]:
        right = sum(one["right"] for one in classes["outside"].values())
        said.append(
            f"families the model does not know: {_share(flags['outside'])} flagged unknown; "
            f"{right} flagged or called none_of_these"
        )
    if classes["shared"]:
        said.append(f"not judged, as they share a trigger with a louder glitch: {classes['shared']}")
    if noise["predictions"]:
        called = ", ".join(f"{name} {number}" for name, number in noise["called"].items())
        said.append(f"triggers without an injection: {noise['predictions']}, called {called}")
    return said


def _summary(entry: dict[str, Any]) -> str:
    low, high = entry["macro_f1_interval"]
    return (
        f"macro-F1 {entry['macro_f1']:.3f} ({low:.3f}–{high:.3f}), {entry['right']} of {entry['known']} right, "
        f"calibration error {_number(entry['calibration_error'], 1, 3) or 'unknown'}"
    )


def _share(flags: dict[str, Any]) -> str:
    return f"{flags['flagged']} of {flags['of']} ({_number(flags['fraction'], 100, 0)} %)"


def _number(value: float | None, factor: float, digits: int) -> str:
    return "" if value is None else f"{value * factor:.{digits}f}"
