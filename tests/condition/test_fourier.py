import numpy as np
import pytest

from culpa.condition import fourier
from culpa.condition.fourier import Planner, machine_planner


@pytest.fixture(params=["fftw", "scipy"])
def planner(request, monkeypatch):
    if request.param == "fftw":
        pytest.importorskip("pyfftw")
    else:
        monkeypatch.setattr(fourier, "find_spec", lambda name: None)
    return Planner()


@pytest.mark.parametrize("single", [True, False])
def test_transforms_agree_with_numpy(planner, single):
    rng = np.random.default_rng(0)
    tolerance = 1e-5 if single else 1e-12
    real = rng.standard_normal((3, 64))
    spectrum = np.fft.rfft(real)
    forward = planner.plan("forward", 3, 64, single)
    forward.source[:] = real
    forward()
    assert forward.target == pytest.approx(spectrum, abs=tolerance * 10)
    inverse = planner.plan("inverse", 3, 64, single)
    for _ in range(2):  # the source is filled anew each time: it may be spoilt
        inverse.source[:] = spectrum
        inverse()
        assert inverse.target == pytest.approx(real, abs=tolerance * 10)
    both = planner.plan("complex", 3, 64, single)
    both.source[:] = real
    both()
    assert both.target == pytest.approx(np.fft.ifft(real) * 64, abs=tolerance * 100)


def test_measurements_are_kept_and_found_again(tmp_path):
    pyfftw = pytest.importorskip("pyfftw")
    planner = Planner(tmp_path / "deep" / "wisdom")
    planner.recall()  # nothing there yet
    planner.plan("complex", 2, 48)
    planner.remember()
    pyfftw.forget_wisdom()
    planner.recall()
    known = pyfftw.export_wisdom()
    assert any(len(part) > 60 for part in known)
    planner.wisdom.write_bytes(b"not wisdom")
    planner.recall()


def test_cache_folder_is_the_one_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("CULPA_CACHE", str(tmp_path / "here"))
    assert machine_planner().wisdom == tmp_path / "here" / "fftw-wisdom"
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("CULPA_CACHE", str(blocked / "below"))
    assert machine_planner().wisdom is None
