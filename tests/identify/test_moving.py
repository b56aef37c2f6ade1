"""Moved images: by the seconds and octaves that were asked for, whatever the view; edges repeat."""

import numpy as np

from culpa.identify.images import ImageForm
from culpa.identify.moving import glances, moved

FORM = ImageForm(views=(0.5, 1.0), height=16, width=16, fmin=16.0, fmax=256.0)  # 4 rows per octave
NONE = np.zeros(3)


def test_a_glitch_that_comes_later_moves_right_by_its_time_in_each_view() -> None:
    images = np.zeros((3, 16, 16, 2), np.uint8)
    images[:, :, 8] = 9
    later = moved(images, FORM, np.array([0.1, -0.1, 0.0]), NONE)
    assert later[0, 0, :, 0].tolist().index(9) == 8 + 3  # 0.1 s of 0.5 s in 16 columns
    assert later[0, 1, :, 1].tolist().index(9) == 8 + 2
    assert later[1, 0, :, 0].tolist().index(9) == 8 - 3
    np.testing.assert_array_equal(later[2], images[2])


def test_a_higher_glitch_moves_up_by_its_octaves_in_every_view() -> None:
    images = np.zeros((3, 16, 16, 2), np.uint8)
    images[:, 8] = 9
    higher = moved(images, FORM, NONE, np.array([0.5, -0.25, 0.1]))
    for view in range(2):
        assert higher[:, :, 5, view].argmax(axis=1).tolist() == [6, 9, 8]  # row 0 has the highest frequency


def test_what_a_move_empties_repeats_the_edge() -> None:
    down, across = np.mgrid[:16, :16].astype(np.uint8)[..., None, None].transpose(0, 3, 1, 2, 4)
    form = ImageForm(views=(0.5,), height=16, width=16, fmin=16.0, fmax=256.0)

    def row(seconds: float) -> list[int]:
        return moved(across, form, np.array([seconds]), np.zeros(1))[0, 0, :, 0].tolist()  # type: ignore[no-any-return]

    def column(octaves: float) -> list[int]:
        return moved(down, form, np.zeros(1), np.array([octaves]))[0, :, 0, 0].tolist()  # type: ignore[no-any-return]

    assert (row(0.1), row(-9)) == ([0, 0, 0, *range(13)], [15] * 16)
    assert (column(0.5), column(-0.5)) == ([*range(2, 16), 15, 15], [0, 0, *range(14)])


def test_the_network_glances_at_an_image_a_row_higher_and_lower() -> None:
    images = np.zeros((1, 16, 16, 2), np.uint8)
    images[:, :, 3, 1] = np.arange(16)
    rows = [glance[0, :, 3, 1].tolist() for glance in glances(images)]
    assert rows == [[*range(16)], [*range(1, 16), 15], [0, *range(15)]]
