"""Patches are applied to code that is known, all or none, and leave nothing behind."""

import builtins
from collections.abc import Iterator
from dataclasses import replace

import pytest

from culpa.errors import CulpaError, UsageError
from culpa.explain.upstream.package import load
from culpa.explain.upstream.patches import ALL, PATCHES, patched
from culpa.explain.upstream.patching import Patch, applied, choose


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    load()


def values() -> Iterator[object]:
    """Everything that a patch can replace, as it is now."""
    main = load().main
    for module in (main, main.core, main.utils, main.plot, main.config, main.html, main.html.gwhtml):
        yield dict(vars(module))
    from hveto import triggers

    yield dict(vars(triggers))


def patch(name: str) -> Patch:
    return next(of for of in PATCHES if of.name == name)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_patch_fits_the_installed_version(name: str) -> None:
    patch(name).check()


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_patch_is_there_in_the_block_and_gone_after_it(name: str) -> None:
    before = list(values())
    with patched({name}):
        assert list(values()) != before
    assert list(values()) == before


@pytest.mark.parametrize("end", [ValueError, SystemExit, KeyboardInterrupt])
def test_all_are_gone_after_a_block_that_failed(end: type[BaseException]) -> None:
    before = list(values())
    with pytest.raises(end), patched():
        raise end
    assert list(values()) == before


def test_a_name_that_was_not_there_is_removed() -> None:
    main = load().main
    assert "open" not in vars(main)
    with patched({"unsafe-file"}):
        assert main.open is not builtins.open
    assert "open" not in vars(main)


@pytest.mark.parametrize("versions", [("2.0.0", "2.1.8"), ("2.1.10", "2.2.0"), ("2.2", "3.0")])
def test_another_version_is_refused(versions: tuple[str, str]) -> None:
    with pytest.raises(CulpaError, match=r"the patch counting of hveto is for hveto .* to .*, got 2\.1\.9") as error:
        replace(patch("counting"), versions=versions).check()
    assert "--engine native" in error.value.hint


def test_a_range_of_versions_is_accepted() -> None:
    replace(patch("counting"), versions=("2.1.8", "2.1.10")).check()


def test_changed_code_is_refused() -> None:
    known = patch("ties")
    changed = replace(known, changes=(known.changes[0], replace(known.changes[1], digest="0" * 16)))
    message = "the patch ties of hveto is for another hveto.utils:channel_groups than the installed one"
    with pytest.raises(CulpaError, match=message):
        changed.check()


def test_code_that_was_really_edited_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def veto(table: object, segmentlist: object) -> None: ...

    monkeypatch.setattr(load().main.core, "veto", veto)
    with pytest.raises(CulpaError, match=r"is for another hveto\.core:veto"), patched({"empty-veto-list"}):
        pass


def test_code_that_went_away_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(load().main.core, "veto")
    with pytest.raises(CulpaError, match=r"is for another hveto\.core:veto"), patched({"empty-veto-list"}):
        pass


def test_where_one_is_refused_none_is_applied() -> None:
    before = list(values())
    refused = replace(patch("counting"), versions=("1.0", "1.0"))
    with pytest.raises(CulpaError, match=r"is for hveto 1\.0, got"), applied([patch("ties"), refused]):
        pass
    assert list(values()) == before


def test_an_unknown_name_is_an_error_with_a_hint() -> None:
    with pytest.raises(UsageError, match="no patch 'countin' of hveto") as error:
        choose(PATCHES, {"countin"})
    assert error.value.hint == "did you mean counting?"
