"""Shapes of the last rows, beside plain loops."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from culpa.detect.rows.subsequences import ROWS, SHRINK, matrix_profile, subsequence_pca
from culpa.errors import MissingExtraError
from culpa.types import Floats
from tests.naive import rows as naive

CLIP = 50.0


def normal(rows: int, sensors: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((rows, sensors)).cumsum(axis=0) / 3


@pytest.mark.parametrize(("unit", "rows"), [(200, ROWS), (50, 12), (2, 1)])
def test_scores_are_distances_of_whole_shapes(unit: int, rows: int) -> None:
    reference, z = normal(200, 2, 0), normal(90, 2, 1)
    model = subsequence_pca(reference, np.arange(200) % unit, CLIP)
    scores, _ = model.score(z, np.arange(90) % unit, model.start())
    expected = np.zeros(90)
    for sensor in range(2):
        shapes, new = (
            np.array([
                of[i - rows + 1 : i + 1, sensor] for i in range(len(of)) if i % unit >= rows - 1
            ])
            for of in (reference, z)
        )  # fmt: skip
        usual = naive.t_squared(shapes, shapes, SHRINK).mean()
        expected[[i for i in range(90) if i % unit >= rows - 1]] += naive.t_squared(new, shapes, SHRINK) / usual / 2
    expected[expected == 0] = np.nan
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    assert model.context == rows - 1


@pytest.mark.parametrize(
    ("rows", "shape"), [(1, 1), (2, 1), (11, 2), (12, 3), (100, 25), (127, 31), (128, 32), (1000, 32)]
)
def test_shapes_are_shorter_where_the_reference_is(rows: int, shape: int) -> None:
    assert subsequence_pca(normal(rows, 1, 2), np.arange(rows), CLIP).rows == shape


@pytest.mark.parametrize(("unit", "shape"), [(1, 1), (4, 1), (10, 2), (40, 10), (100, 25), (128, 32), (500, 32)])
def test_shapes_are_shorter_where_units_are(unit: int, shape: int) -> None:
    age = np.tile(np.arange(unit), 1000 // unit)
    model = subsequence_pca(normal(len(age), 1, 2), age, CLIP)
    assert model.rows == shape
    known = np.isfinite(model.score(normal(len(age), 1, 3), age, model.start())[0])
    np.testing.assert_array_equal(known, age >= shape - 1)
    assert known.mean() >= 0.75


def test_a_few_short_units_do_not_shorten_shapes() -> None:
    age = np.concatenate([np.arange(n) for n in (300, 300, 5, 300, 2)])
    assert subsequence_pca(normal(len(age), 1, 2), age, CLIP).rows == ROWS


def test_odd_rows_of_the_reference_count_as_far_as_told() -> None:
    reference, age = normal(200, 1, 3), np.arange(200)
    reference[50] = 1000
    one, other = (subsequence_pca(of, age, 5.0) for of in (reference, np.clip(reference, -5, 5)))
    np.testing.assert_array_equal(one.of(reference, age), other.of(reference, age))


def test_an_odd_shape_of_usual_readings_is_far_from_all() -> None:
    wave = np.sin(np.arange(700) / 5)[:, None] + 0.05 * np.random.default_rng(4).standard_normal((700, 1))
    model = subsequence_pca(wave[:500], np.arange(500), CLIP)
    z, age = wave[500:].copy(), np.arange(200)
    z[100:120] = z[100:120][::-1]
    scores = model.of(z, age)
    assert scores[100:152].max() > 10 * np.nanmax(scores[:100])


def nearest(reference: Floats, z: Floats, age: np.ndarray, rows: int) -> Floats:
    """The distance of each shape from the most alike one, both without level and size; mean over sensors."""

    def normed(shape: Floats) -> Floats:
        return (shape - shape.mean()) / shape.std()

    out = np.full(len(z), np.nan)
    for i in range(len(z)):
        if age[i] >= rows - 1:
            distances = []
            for sensor in range(z.shape[1]):
                shape = normed(z[i - rows + 1 : i + 1, sensor])
                known = [normed(reference[j : j + rows, sensor]) for j in range(len(reference) - rows + 1)]
                distances.append(min(float(np.linalg.norm(shape - one)) for one in known))
            out[i] = np.mean(distances)
    return out


PROFILE = """
import json, pickle, sys
import numpy as np
from culpa.detect.rows.subsequences import matrix_profile
given = json.load(sys.stdin)
reference, z, age = np.array(given["reference"]), np.array(given["z"]), np.array(given["age"])
model = matrix_profile(reference, np.arange(len(reference)), 50.0)
found = []
for cuts in given["cuts"]:
    state, parts = model.start(), []
    for first, last in zip([0, *cuts], [*cuts, len(z)]):
        scores, state = model.score(z[first:last], age[first:last], pickle.loads(pickle.dumps(state)))
        parts += scores.tolist()
    found.append(parts)
json.dump({"rows": model.rows, "found": found}, sys.stdout)
"""


@pytest.mark.skipif(find_spec("stumpy") is None, reason="stumpy is in the extra profile")
def test_the_matrix_profile_is_that_of_plain_loops_in_any_cut() -> None:
    """In a process of its own in which nothing is compiled, which would take longer than all other tests."""
    reference, z = normal(60, 2, 5), normal(40, 2, 6)
    z[20:36, 0] = 3 - 2 * reference[30:46, 0]  # upside down: another shape
    z[20:36, 1] = 3 + 2 * reference[30:46, 1]  # the same shape
    age = np.arange(40) % 36
    cuts = [[], list(range(1, 40)), list(range(7, 40, 7)), [3, 3, 30]]
    given = {"reference": reference.tolist(), "z": z.tolist(), "age": age.tolist(), "cuts": cuts}
    answer = subprocess.run(
        [sys.executable, "-c", PROFILE],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    told = json.loads(answer.stdout)
    assert told["rows"] == 15
    expected = nearest(reference, z, age, 15)
    assert nearest(reference[:, 1:], z[:, 1:], age, 15)[34] == pytest.approx(0, abs=1e-6)
    assert np.isfinite(expected).sum() == 22
    for found in told["found"]:
        np.testing.assert_allclose(np.array(found, dtype=float), expected, rtol=1e-6, atol=1e-5)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stumpy", None)
    with pytest.raises(MissingExtraError, match="the matrix profile needs the package stumpy") as problem:
        matrix_profile(normal(60, 1, 7), np.arange(60), CLIP)
    assert "culpa[profile]" in problem.value.hint
