"""Images of simulated glitches: the same from the same seed, as loud as asked for, and of the class that they are."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

from culpa.acquire.mock.families import Families, FamilySettings
from culpa.errors import UsageError
from culpa.identify import rendering
from culpa.identify.backgrounds import RATES, SimulatedBackgrounds
from culpa.identify.images import ImageForm, decode
from culpa.identify.rendering import (
    CLASSES,
    FAMILIES,
    NO_GLITCH,
    SECONDS,
    Ground,
    Rendered,
    RenderSettings,
    render,
)
from culpa.types import NONE_OF_THESE, Floats

RARE = (1e-9, 1e-9)
"""Neighbours per hour: none."""
ALONE = RenderSettings(neighbours=RARE)


@dataclass(frozen=True)
class White:
    """White noise of a level, or none at all (0), over a spectrum."""

    rate: int = 2048
    level: float = 1.0
    colour: float = 0.0
    group: str = "here"

    def draw(self, rng: np.random.Generator) -> Ground:
        f = np.arange(self.rate * SECONDS // 2 + 1) / SECONDS
        asd = np.maximum(f, 1.0) ** self.colour
        asd[(f < 8) | (f > 0.45 * self.rate)] = np.inf
        noise = self.level * rng.standard_normal(self.rate * SECONDS, dtype=np.float32)
        return Ground(self.rate, noise, asd, self.group)


@cache
def some(name: str, count: int = 8, settings: RenderSettings = ALONE) -> tuple[Rendered, ...]:
    """Images of a class on white noise."""
    return tuple(render(name, index, settings, White()) for index in range(count))


def of(name: str, frequency: float, q: float, snr: float, **more: object) -> RenderSettings:
    """Settings that leave nothing to chance but the noise."""
    families = replace(Families(), **{name: FamilySettings(frequency=(frequency, frequency), q=(q, q), snr=(snr, snr))})
    options = {"families": families, "widen": 1.0, "snr": (snr, snr), "neighbours": RARE, "variants": 0.0, **more}
    return RenderSettings(**options)  # type: ignore[arg-type]


# the seed


@pytest.mark.parametrize("name", CLASSES)
def test_an_image_depends_on_seed_class_and_number_alone(name: str) -> None:
    settings = RenderSettings(seed=3)
    before = render(name, 5, settings, SimulatedBackgrounds())
    for index in (0, 1):
        render(name, index, settings, SimulatedBackgrounds())
    again = render(name, 5, replace(settings, per_class=7, classes=(name,)), SimulatedBackgrounds())
    assert again.pixels.tobytes() == before.pixels.tobytes()
    assert (again.snr, again.scan.energy, again.group) == (before.snr, before.scan.energy, before.group)


def test_another_seed_class_or_number_is_another_image() -> None:
    images = [
        render(name, index, replace(ALONE, seed=seed), White()).pixels.tobytes()
        for name in ("dot", "line")
        for index in (0, 1)
        for seed in (0, 1)
    ]
    assert len(set(images)) == len(images)


def test_classes_are_the_families_and_two_more() -> None:
    assert {*CLASSES} == {*FAMILIES, NO_GLITCH, NONE_OF_THESE}
    assert len(CLASSES) == 12
    assert "sine_gaussian" not in CLASSES


# loudness


@pytest.mark.parametrize("snr", [30.0, 100.0])
@pytest.mark.parametrize("colour", [0.0, -2.0, 1.0])
def test_the_snr_that_was_asked_for_is_there(snr: float, colour: float) -> None:
    """A dot is what tiles are made for: its loudest tile has nearly all of its SNR, whatever the spectrum."""
    settings = of("dot", 300.0, 12.0, snr)
    found = [render("dot", index, settings, White(colour=colour)) for index in range(12)]
    assert all(one.snr == pytest.approx(snr) for one in found)
    ratios = np.array([one.scan.snr for one in found]) / snr
    assert np.mean(ratios) == pytest.approx(0.97, abs=0.03 + 1 / snr)
    assert np.std(ratios) < 3 / snr


def test_without_noise_the_scan_has_the_snr_up_to_the_mismatch() -> None:
    for frequency, q in ((40.0, 6.0), (130.0, 9.0), (300.0, 12.0), (700.0, 30.0)):
        found = render("dot", 0, of("dot", frequency, q, 50.0), White(level=0.0))
        assert 0.89 < found.scan.snr / 50 <= 1.005
        assert found.scan.frequency == pytest.approx(frequency, rel=0.15)


@pytest.mark.parametrize("steepness", [0.7, 3.0])
def test_snrs_follow_a_power_law(steepness: float) -> None:
    low, high = 10.0, 100.0
    found = [one.snr for one in some("dot", 60, replace(ALONE, snr=(low, high), steepness=steepness))]
    below = [(1 - (snr / low) ** -steepness) / (1 - (high / low) ** -steepness) for snr in found]
    assert kstest(below, "uniform").pvalue > 0.05


def test_loudness_is_drawn_from_the_range_and_quiet_ones_are_drawn_again() -> None:
    settings = replace(ALONE, snr=(4.0, 8.0), least=6.0, centred=1.0)
    found = some("dot", 30, settings)
    assert all(4 <= one.snr <= 8 and one.scan.snr >= 5.99 for one in found)
    assert min(one.snr for one in found) < 6  # noise helps some
    quiet = some("dot", 30, replace(settings, least=1e-3))
    assert np.mean([one.snr for one in found]) > np.mean([one.snr for one in quiet]) + 0.5


@pytest.mark.parametrize(("variants", "few", "most"), [(0.0, 0, 0), (0.5, 8, 22), (1.0, 30, 30)])
def test_so_many_of_a_family_look_as_in_real_detectors(variants: float, few: int, most: int) -> None:
    """Its variant is at 22 to 75 Hz, the family itself is put far above."""
    found = some("tomte", 30, of("tomte", 400.0, 6.0, 40.0, variants=variants))
    assert few <= sum(one.scan.frequency < 150 for one in found) <= most


def test_a_family_that_is_never_quiet_is_not_drawn_quiet() -> None:
    loud = replace(Families(), dot=replace(Families().dot, snr=(60.0, 100.0)))
    found = some("dot", 12, replace(ALONE, families=loud, snr=(5.5, 100.0)))
    assert all(40 <= one.snr <= 100 for one in found)


# what is drawn


@pytest.mark.parametrize("name", FAMILIES)
def test_a_glitch_is_in_the_middle_of_its_image(name: str) -> None:
    """The loudest pixels of the longest view lie near its middle column; without a glitch they do not."""
    found = some(name, 8, replace(ALONE, snr=(60.0, 60.0)))
    columns = [np.argmax(one.pixels[:, :, -1].max(axis=0)) for one in found]
    assert np.mean(np.abs(np.array(columns) - 31.5) < 8) >= 0.75
    assert all(decode(one.pixels, ALONE.form).max() > 50 for one in found)


def test_no_glitch_is_noise() -> None:
    found = some(NO_GLITCH, 12)
    assert all(one.snr == 0 for one in found)
    assert all(2 < one.scan.snr < 6.5 for one in found)


def test_families_have_the_frequencies_of_the_settings() -> None:
    low = replace(Families(), line=FamilySettings(frequency=(60.0, 60.0), q=(40.0, 40.0)))
    high = replace(Families(), line=FamilySettings(frequency=(600.0, 600.0), q=(40.0, 40.0)))
    rows = [
        np.median(
            [
                np.argmax(one.pixels[:, 28:36, -1].max(axis=1))
                for one in some("line", 5, replace(ALONE, families=families, snr=(60.0, 60.0), variants=0.0))
            ]
        )
        for families in (low, high)
    ]
    frequencies = ALONE.form.frequencies()[np.array(rows, int)]
    np.testing.assert_allclose(frequencies, [60, 600], rtol=0.3)


def test_classes_do_not_look_alike() -> None:
    """The mean images of a line, a dot and a low burst, all of one loudness, tell new ones apart."""
    settings = replace(ALONE, snr=(60.0, 60.0), variants=0.0)
    names = ("line", "dot", "low_frequency_burst")

    def images(name: str, first: int) -> Floats:
        made = [render(name, first + index, settings, White()).pixels.astype(float) for index in range(10)]
        return np.stack([image[:, 24:40].mean(axis=1) for image in made])  # rows and views near the middle

    means = np.stack([images(name, 0).mean(axis=0) for name in names])
    for label, name in enumerate(names):
        distances = ((images(name, 100)[:, None] - means) ** 2).sum(axis=(2, 3))
        assert np.mean(distances.argmin(axis=1) == label) >= 0.8


def test_centred_images_have_the_loudest_tile_in_the_middle_and_others_the_glitch() -> None:
    """Of scattered light the loudest tile may be anywhere along the arch."""
    offsets = {
        centred: np.abs([one.scan.time - one.scan.gps for one in some("scratchy", 12, replace(ALONE, centred=centred))])
        for centred in (0.0, 1.0)
    }
    middles = {one.scan.gps for one in some("scratchy", 12, replace(ALONE, centred=0.0))}
    assert middles == {SECONDS / 2}
    assert offsets[1.0].max() < 0.01
    assert offsets[0.0].max() > 0.01


# neighbours


def added_to(name: str, snr: float, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """SNR, and s after the moment, of every neighbour in 40 images with one a second."""
    added: list[tuple[float, float]] = []
    really = rendering._add

    def noted(*given: Any) -> bool:
        added.append(given[-2:])
        return really(*given)

    monkeypatch.setattr(rendering, "_add", noted)
    settings = of("dot", 100.0, 12.0, snr, neighbours=(3600.0, 3600.0), centred=0.0)
    for index in range(40):
        render(name, index, settings, White(8192))
    return [one for one in added if one != (snr, 0.0)]


def test_neighbours_are_as_many_as_asked_for_and_not_at_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    added = added_to(NO_GLITCH, 30.0, monkeypatch)
    expected = 40 * (SECONDS - 2 * rendering._NEAR)
    assert len(added) == pytest.approx(expected, abs=4 * np.sqrt(expected))
    assert min(abs(at) for _, at in added) > rendering._NEAR
    assert max(abs(at) for _, at in added) <= SECONDS / 2


def test_what_is_near_a_glitch_is_much_quieter(monkeypatch: pytest.MonkeyPatch) -> None:
    added = added_to("dot", 30.0, monkeypatch)
    near = [snr for snr, at in added if abs(at) <= rendering._NEAR]
    assert near
    assert max(near) < 15
    assert max(snr for snr, at in added if abs(at) > rendering._NEAR) > 30


def test_neighbours_have_frequencies_that_the_channel_has(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []
    monkeypatch.setattr(
        rendering, "_add", lambda values, ground, shape, tone, *rest: drawn.append(tone.frequency) or True
    )
    for index in range(20):
        render(NO_GLITCH, index, replace(ALONE, neighbours=(7200.0, 7200.0)), White(512))
    assert 100 < max(drawn) < 0.45 * 512


def test_neighbours_show() -> None:
    settings = replace(ALONE, neighbours=(7200.0, 7200.0))
    pairs = [(render(NO_GLITCH, i, settings, White()), render(NO_GLITCH, i, ALONE, White())) for i in range(4)]
    crowded, empty = (
        [decode(one.pixels[..., -1], ALONE.form).max() for one in side] for side in zip(*pairs, strict=True)
    )
    assert np.median(crowded) > 3 * np.median(empty)


# backgrounds


def test_a_glitch_is_coloured_by_the_spectrum_of_its_background() -> None:
    """Noise that rises with frequency leaves of a glitch of two frequencies the lower one."""
    settings = of("blip", 100.0, 6.0, 60.0)
    low, high = (render("blip", 0, settings, White(level=0.0, colour=colour)).scan.frequency for colour in (2.0, -2.0))
    assert low < 100
    assert high > 200


def test_what_the_background_is_called_goes_with_the_image() -> None:
    assert render("dot", 0, ALONE, White(group="K1 from 12")).group == "K1 from 12"
    assert render("dot", 0, ALONE, SimulatedBackgrounds()).group == ""


def test_the_noise_of_a_background_is_left_as_it_is() -> None:
    class Same:
        ground = White().draw(np.random.default_rng(1))

        def draw(self, _: np.random.Generator) -> Ground:
            return self.ground

    before = Same.ground.noise.copy()
    render("dot", 0, ALONE, Same())
    np.testing.assert_array_equal(Same.ground.noise, before)


def test_glitches_that_a_channel_cannot_show_are_drawn_until_one_does() -> None:
    found = [render("dot", index, ALONE, White(1024)) for index in range(5)]  # 160 to 1875 Hz are asked for
    assert all(one.scan.frequency < 0.45 * 1024 for one in found)


def test_where_nothing_shows_it_is_said() -> None:
    with pytest.raises(UsageError, match="500 glitches of dot in a row were too quiet") as problem:
        render("dot", 0, of("dot", 800.0, 12.0, 50.0), White(512))
    assert "[training_set]" in problem.value.hint


def test_simulated_backgrounds_are_sound() -> None:
    rates = set()
    for seed in range(60):
        ground = SimulatedBackgrounds().draw(np.random.default_rng(seed))
        rates.add(ground.sample_rate)
        f = np.arange(len(ground.asd)) / SECONDS
        assert len(ground.asd) == len(ground.noise) // 2 + 1
        assert ground.rate == min(ground.sample_rate, 8192)
        assert ground.noise.std() == pytest.approx(1, abs=0.1)
        assert np.isinf(ground.asd[f < 8]).all()
        inside = (f > 9) & (f < 0.44 * ground.sample_rate)
        assert np.isfinite(ground.asd[inside]).all()
        assert (ground.asd[inside] > 0).all()
    assert rates == {*RATES}
    only = SimulatedBackgrounds(rates=(1024,))
    assert {only.draw(np.random.default_rng(seed)).sample_rate for seed in range(5)} == {1024}


def test_spectra_of_backgrounds_are_of_many_kinds() -> None:
    shapes = []
    for seed in range(12):
        asd = SimulatedBackgrounds(rates=(2048,)).draw(np.random.default_rng(seed)).asd
        shapes.append(np.round(np.log10(asd[8 * 500] / asd[8 * 50]), 2))
    assert len(set(shapes)) >= 6
    assert 0 in shapes  # white
    assert max(shapes) - min(shapes) > 0.5


# settings


def test_images_have_the_form_that_was_asked_for() -> None:
    form = ImageForm(views=(0.5, 2.0), height=24, width=40, fmin=20.0, fmax=500.0)
    assert render("dot", 0, replace(ALONE, form=form), White()).pixels.shape == (24, 40, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classes": ("dott",)}, "no class 'dott'; did you mean dot?"),
        ({"classes": ("sine_gaussian",)}, "no class 'sine_gaussian'"),
        ({"classes": ("dot", "dot")}, "classes: expected each once"),
        ({"snr": (9.0, 8.0)}, "snr: expected"),
        ({"snr": (0.0, 8.0)}, "snr: expected"),
        ({"snr": (5.0, float("inf"))}, "snr: expected"),
        ({"neighbours": (0.0, 1.0)}, "neighbours: expected"),
        ({"widen": 0.9}, "widen: expected"),
        ({"widen": float("inf")}, "widen: expected"),
        ({"centred": 1.1}, "centred: expected"),
        ({"centred": float("nan")}, "centred: expected"),
        ({"variants": -0.1}, "variants: expected a share"),
        ({"strangers": 0}, "strangers: expected at least 1"),
        ({"per_class": 0}, "per_class: expected"),
        ({"seed": -1}, "seed: expected 0 or more"),
        ({"form": ImageForm(views=(1.0, 8.0))}, "form: expected views of at most 4 s"),
    ],
)
def test_what_cannot_be_meant(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        RenderSettings(**given)  # type: ignore[arg-type]
