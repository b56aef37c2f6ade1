"""Typed settings from TOML: frozen dataclasses filled from a file, an unknown key being an error."""

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import UsageError, nearest

T = TypeVar("T")


def load(path: Path | None) -> dict[str, Any]:
    """The tables of a TOML file as a dictionary; an empty one for None.

    Raises UsageError where the file is missing or not TOML (with line and column).
    """
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(f"cannot read the configuration {path}: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is not TOML: {problem}", "see docs/cli.md for an example") from problem


def build(cls: type[T], table: Mapping[str, Any], where: str = "") -> T:
    """An instance of a settings dataclass from a table; nested dataclasses, tuples and mappings of them included.

    A nested table changes the fields it names; the others keep what the enclosing class has by default. `where` is
    the table's name in messages. Raises UsageError for an unknown key (naming the nearest), a wrong type, or a value
    that the dataclass itself rejects with ValueError.
    """
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    return _fill(cls, cls, {field.name: _default(field) for field in fields}, table, where)


def overlay(settings: T, table: Mapping[str, Any], where: str = "") -> T:
    """The settings with the fields that a table names changed. Raises as `build`."""
    make: Callable[..., T] = partial(dataclasses.replace, settings)  # type: ignore[type-var]
    return _fill(make, type(settings), vars(settings), table, where)


def _fill(make: Callable[..., T], cls: type[T], current: Mapping[str, Any], table: Mapping[str, Any], where: str) -> T:
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    hints = get_type_hints(cls)
    for key in table:
        if key not in fields:
            raise UsageError(f"unknown setting {_path(where, key)}", nearest(key, fields))
    values = {key: _field(current[key], hints[key], item, _path(where, key)) for key, item in table.items()}
    try:
        return make(**values)
    except (ValueError, TypeError) as problem:
        raise UsageError(f"{where or cls.__name__}: {problem}") from problem


def _field(current: Any, hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(current) and isinstance(value, Mapping):
        return overlay(current, value, where)  # what the table leaves out stays
    return _convert(hint, value, where)


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def replace(settings: T, **changes: Any) -> T:
    """The settings with some fields changed; a change of None means "as it was" (an option that was not given)."""
    given = {key: value for key, value in changes.items() if value is not None}
    try:
        return dataclasses.replace(settings, **given)  # type: ignore[type-var]
    except ValueError as problem:
        raise UsageError(str(problem)) from problem


def dump(settings: Any, section: str) -> str:
    """The resolved settings as TOML, one table named `section`; reading it back gives the same settings."""
    import tomli_w

    return tomli_w.dumps({section: plain(settings)})


def plain(value: Any) -> Any:
    """Settings as tables of numbers, words and lists, such as JSON and TOML hold; a field that is None is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: plain(item) for name, item in pairs if item is not None}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _path(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _convert_union(arguments, value, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise _mismatch(where, "a table", value)
        return build(hint, value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise _mismatch(where, "a list", value)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
        if len(value) != len(arguments):
            raise _mismatch(where, f"a list of {len(arguments)}", value)
        return tuple(
            _convert(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(arguments, value, strict=True))
        )
    if origin in (dict, Mapping) or hint is dict:
        if not isinstance(value, Mapping):
            raise _mismatch(where, "a table", value)
        kind = arguments[1] if arguments else Any
        return {key: _convert(kind, item, _path(where, key)) for key, item in value.items()}
    return _convert_scalar(hint, value, where)


def _convert_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    problems = []
    for kind in kinds:
        if kind is type(None):
            if value is None:
                return None
            continue
        try:
            return _convert(kind, value, where)
        except UsageError as problem:
            problems.append(problem)
    raise problems[0]


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise UsageError(f"{where}: no choice {value!r}", nearest(str(value), map(str, get_args(hint))))
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise _mismatch(where, f"a value of type {hint.__name__}", value)
    return value


def _mismatch(where: str, expected: str, value: Any) -> UsageError:
    return UsageError(f"{where}: expected {expected}, got {value!r}")
