import numpy as np
import pytest

from culpa.condition import fourier
from culpa.condition.fourier import RealTransform, RowTransform


@pytest.fixture(params=["fftw", "scipy"])
def library(request, monkeypatch):
    if request.param == "fftw":
        pytest.importorskip("pyfftw")
    else:
        monkeypatch.setattr(fourier, "find_spec", lambda name: None)


@pytest.mark.parametrize("single", [True, False])
def test_real_transforms_agree_with_numpy(library, single):
    real = np.random.default_rng(0).standard_normal(64)
    tolerance = 1e-5 if single else 1e-12
    forward, inverse = RealTransform("forward", 64, single), RealTransform("inverse", 64, single)
    forward.source[0] = real
    forward()
    assert forward.target[0] == pytest.approx(np.fft.rfft(real), abs=10 * tolerance)
    for _ in range(2):  # the source is filled anew each time: it may be spoilt
        inverse.source[0] = np.fft.rfft(real)
        inverse()
        assert inverse.target[0] == pytest.approx(64 * real, abs=640 * tolerance)


@pytest.mark.parametrize(("rows", "size"), [(3, 64), (2, 2048), (2, 8192), (1, 65536), (1, 2048 * 6)])
def test_rows_agree_with_numpy(library, rows, size):
    rng = np.random.default_rng(1)
    values = rng.standard_normal((rows, size)) + 1j * rng.standard_normal((rows, size))
    transform = RowTransform(rows, size)
    for _ in range(2):
        transform.source[:] = values
        transform()
        everything = transform.target[:, transform.stored(np.arange(size))]
        assert everything == pytest.approx(np.fft.ifft(values) * size, abs=2e-6 * size)
    assert transform.natural(transform.stored(np.arange(size))).tolist() == list(range(size))
