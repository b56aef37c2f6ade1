"""What the commands about tables say."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...detect.rows.registry import DETECTORS
from ...report.numbers import plural
from ...report.sensors import blindspots, comparison, page

_SHOWN = 8
_SURE = 0.01


def path(folder: Path) -> Path:
    """Where what was found lies in a folder of results."""
    return folder / page.PAGE


def tell(found: Mapping[str, Any]) -> str:
    """What was found: how it was looked for, the events of highest score, the odd units."""
    lines = [f"{found['file']}: {found['rows']:,} rows of {plural(len(found['sensors']), 'sensor')}"]
    lines += [f"  note: {note}" for note in found["columns"]["notes"]]
    lines += [f"  {sentence}" for sentence in found["explanation"]]
    lines.append(f"  limit {found['threshold']['value']:.4g}: {_limit(found['threshold'], 'row')}")
    events = sorted(found["events"], key=lambda event: -event["score"])
    kinds = Counter(event["kind"] for event in events)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    lines.append(f"{plural(len(events), 'event')}{': ' + told if told else ''}")
    lines += [f"  {_event(event)}" for event in events[:_SHOWN]]
    lines += _groups(found) + _units(found)
    return "\n".join(lines)


def _event(event: Mapping[str, Any]) -> str:
    where = ", ".join(event[name] for name in ("group", "unit") if event[name])
    step = f", step {event['step']}" if event["step"] else ""
    rows = plural(event["last_row"] - event["first_row"] + 1, "row")
    return (
        f"{event['start']}  {rows}  {event['kind']}  score {event['score']:.3g}  {_blamed(event)}"
        f"{'  (' + where + step + ')' if where or step else ''}"
    )


def _blamed(one: Mapping[str, Any]) -> str:
    parts = [part for part in one["contributions"][:3] if part["share"] > 0.02]
    return ", ".join(f"{part['feature']} {part['share']:.0%}" for part in parts)


def _groups(found: Mapping[str, Any]) -> list[str]:
    """Groups in which something is wrong more (or less) often than in others, or that drift."""
    lines = []
    for group in found["groups"]:
        of = f"  {group['column']} {group['name']}"
        if group["p_rate"] is not None and group["p_rate"] <= _SURE:
            low, high = (1000 * end for end in group["rate_interval"])
            rate = f"{1000 * group['rate']:.3g} events in 1,000 rows ({low:.3g} to {high:.3g})"
            lines.append(f"{of}: {rate}, unlike the others (p = {group['p_rate']:.2g})")
        if group["p_drift"] is not None and group["p_drift"] <= _SURE:
            drift = f"{group['drifts']} drifts by {group['drift']:+.2g} usual deviations"
            lines.append(f"{of}: {drift} (p = {group['p_drift']:.2g})")
    return ["groups that differ:", *lines[:_SHOWN]] if lines else []


def _units(found: Mapping[str, Any]) -> list[str]:
    if not found["units_threshold"]:
        return []
    odd = sorted((unit for unit in found["units"] if unit["anomalous"]), key=lambda unit: -unit["score"])
    limit = found["units_threshold"]
    lines = [f"{len(odd)} of {plural(len(found['units']), 'unit')} unusual"]
    lines.append(f"  limit {limit['value']:.4g}: {_limit(limit, 'unit')}")
    lines += [f"  {unit['unit']}  score {unit['score']:.3g}  {_blamed(unit)}" for unit in odd[:_SHOWN]]
    return lines


def _limit(limit: Mapping[str, Any], what: str) -> str:
    if limit["rate"] is None:
        return str(limit["origin"])
    many = 1 / limit["rate"]
    between = f"{limit['low'] * many:.2g} to {limit['high'] * many:.2g}"
    wanted = f"1 false alarm in {many:,.0f} {what}s wanted"
    return f"{wanted} ({between} expected, 95 %), {limit['origin']}"


def compared_path(folder: Path) -> Path:
    """Where a comparison lies in a folder of results."""
    return folder / comparison.SUMMARY


def tell_compared(found: Mapping[str, Any]) -> str:
    """A comparison as a table."""
    rows, share = found["rows"], found["anomalous_rows"] / found["rows"]
    runs = plural(found["anomalies"], "run")
    lines = [f"{found['file']}: {rows:,} rows count, {share:.1%} of them anomalous, in {runs} ({found['label']})"]
    lines += [found["note"]] if found["note"] else []
    lines += [
        comparison.table(found),
        "* controls: what any detector has to beat; of a random score VUS-PR is about that share",
    ]
    lines += [f"{one['detector']}: {one['skipped']}" for one in found["detectors"] if "skipped" in one]
    return "\n".join(lines)


def blind_spots_path(folder: Path) -> Path:
    """Where the card of blind spots lies in a folder of results."""
    return folder / blindspots.SUMMARY


def tell_blind_spots(found: Mapping[str, Any]) -> str:
    """The smallest anomaly of each kind that each detector sees."""
    head = (
        f"{found['file']}: the smallest size of which 4 of 5 are found, in usual deviations (variance: factor of them)"
    )
    return f"{head}\n{blindspots.table(found)}"


def tell_blamed(found: Mapping[str, Any]) -> str:
    """The rounds of a veto, a line each."""
    lines = [f"{found['file']}: {plural(found['events'], 'event')} of {found['target']}"]
    lines += [_round(one) for one in found["rounds"]]
    if not found["rounds"]:
        lines.append(f"no sensor explains them: {found['reason']}")
    return "\n".join(lines)


def _round(one: Mapping[str, Any]) -> str:
    probability = one["false_alarm_probability"]
    chance = "" if probability is None else f", false-alarm probability {probability:.2g}"
    explains = f"explains {one['efficiency']:.0%} of what is left (in all {one['cumulative_efficiency']:.0%})"
    used = f"{one['use_percentage']:.0f} % of its events beyond {one['deviations']:g} deviations are used"
    within = "in the same row" if one["window_rows"] < 2 else f"within {one['window_rows'] / 2:.0f} rows"
    won = f"{one['round']}. {one['winner']}: significance {one['significance']:.3g}{chance}"
    return f"  {won}; {explains}, {used}, {within}"


def detectors() -> dict[str, Any]:
    """The detectors, and what each is good at."""
    return {
        "detectors": [{"name": one.name, "about": one.about, "control": one.control} for one in DETECTORS],
    }


def list_detectors(found: Mapping[str, Any]) -> str:
    """A line for each detector."""
    width = max(len(one["name"]) for one in found["detectors"])
    return "\n".join(f"{one['name']:{width}}  {one['about']}" for one in found["detectors"])
