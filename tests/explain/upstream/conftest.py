"""hveto without its figures: they take most of the time of an analysis, and most tests are about numbers."""

from functools import wraps

import pytest

from culpa.explain.upstream.package import load


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    plot = load().main.plot
    for name in ("before_after_histogram", "veto_scatter", "significance_drop", "hveto_roc"):
        original = getattr(plot, name)

        @wraps(original)
        def draw_nothing(*arguments: object, **options: object) -> None: ...

        monkeypatch.setattr(plot, name, draw_nothing)
