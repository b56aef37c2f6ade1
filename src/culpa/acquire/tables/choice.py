"""What the user says of columns, put in the place of what was guessed."""

from collections.abc import Mapping, Sequence

from ...errors import UsageError, nearest
from .raw import Source
from .roles import Role

_CALLED = {"time": "the time", "sensor": "a feature", "group": "a group", "unit": "the unit", "label": "the label"}


def check_choice(source: Source, given: Mapping[str, Sequence[str]]) -> None:
    """Raises UsageError for columns (by role) that the table does not have, and for one that has two roles."""
    seen: dict[str, str] = {}
    for role, names in given.items():
        for name in names:
            if name not in source.names:
                raise UsageError(f"{source.path} has no column {name!r}", nearest(name, source.names))
            if seen.get(name, role) != role:
                raise UsageError(f"column {name!r} cannot be {_CALLED[seen[name]]} and {_CALLED[role]}", "choose one")
            seen[name] = role


def overridden(roles: Sequence[Role], given: Mapping[str, Sequence[str]]) -> tuple[Role, ...]:
    """The roles with those of `given` columns as they say.

    Others that were guessed for such a role become "unused"; a unit becomes a group unless groups are given too, and a
    label stays one beside a given label, as it must never become a feature.
    """
    chosen = {name: role for role, names in given.items() for name in names}
    found = []
    for role in roles:
        if role.column in chosen:
            found.append(Role(role.column, chosen[role.column], "chosen"))
        elif role.role not in given or (role.role == "label" and given["label"]):
            found.append(role)
        elif role.role == "unit" and given["unit"] and "group" not in given:
            found.append(Role(role.column, "group", role.reason))
        else:
            found.append(Role(role.column, "unused", f"not chosen ({role.role}: {role.reason})"))
    return tuple(found)
