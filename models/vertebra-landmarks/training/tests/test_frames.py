"""Frames: there and back, and the picture operations of the manifest."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spinegen.render import normalise as normalise_torch
from spinetrain.frames import CENTRE_COLUMN, Volume, line_through, normalise, patch, patch_frame, strip, strip_to_patient


def curve(tilt: float = 0.2, bend: float = 0.002) -> np.ndarray:
    z = np.arange(200.0, -200.0, -0.25)
    return np.stack([0.1 * z + 20 * np.sin(z / 90), tilt * z + bend * z**2, z], 1)


def test_line_axes_are_orthonormal_and_point_the_right_way() -> None:
    line = line_through(curve())
    for a, b in ((line.down, line.back), (line.down, line.left), (line.back, line.left)):
        assert np.abs((a * b).sum(1)).max() < 1e-9
    assert (line.down[:, 2] < 0).all() and (line.back[:, 1] > 0).all() and (line.left[:, 0] > 0).all()
    assert np.allclose(np.linalg.norm(np.diff(line.points, axis=0), axis=1), 1.0, atol=0.02)


def test_patch_frame_round_trip() -> None:
    rng = np.random.default_rng(0)
    line = line_through(curve())
    frame = patch_frame(line.points[80], line.back[80], line.down[80], 0.3, 33.0)
    pixels = rng.uniform(0, 63, (50, 2))
    assert np.allclose(frame.to_pixel(frame.to_patient(pixels)), pixels, atol=1e-9)
    assert frame.spacing == pytest.approx(0.031 * 33)
    # Positive tilt: the anterior end is caudal of the posterior one.
    front, back = frame.to_patient(np.array([[0.0, 31.5], [63.0, 31.5]]))
    assert (front - back) @ line.down[80] > 0


def test_strip_pixels_map_to_the_patient_positions_they_show() -> None:
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = (-90, -120, -150)
    i, j, k = np.meshgrid(np.arange(120), np.arange(160), np.arange(200), indexing="ij")
    world = np.stack([i, j, k], -1) * 1.5 + affine[:3, 3]
    volume = Volume((2 * world[..., 0] - 3 * world[..., 1] + world[..., 2]).astype(np.float32), affine)
    z = np.arange(100.0, -100.0, -0.25)
    line = line_through(np.stack([10 * np.sin(z / 60), 0.15 * z, z], 1))
    picture = strip(volume, line, columns=64, offsets=(0.0,))[0]
    pixels = np.array([[20.0, 50.0], [40.0, 90.0], [10.0, 120.0]])
    at = strip_to_patient(line, pixels)
    want = 2 * at[:, 0] - 3 * at[:, 1] + at[:, 2]
    got = picture[pixels[:, 1].astype(int), pixels[:, 0].astype(int)]
    assert np.allclose(got, want, atol=0.5)
    assert np.allclose(strip_to_patient(line, np.array([[CENTRE_COLUMN, 70.0]]))[0], line.points[70], atol=1e-9)


def test_patch_samples_where_its_pixels_say() -> None:
    affine = np.eye(4)
    i, j, k = np.meshgrid(np.arange(100), np.arange(100), np.arange(100), indexing="ij")
    volume = Volume((i + 10 * j - 5 * k).astype(np.float32), affine)
    frame = patch_frame(np.array([50.0, 50, 50]), np.array([0.0, 1, 0]), np.array([0.0, 0, -1]), -0.2, 25.0)
    picture = patch(volume, frame)
    for col, row in ((5, 9), (40, 33), (60, 2)):
        x, y, z = frame.to_patient(np.array([col, row], float))
        assert picture[row, col] == pytest.approx(x + 10 * y - 5 * z, abs=0.05)


def test_normalisation_agrees_with_numpy() -> None:
    rng = np.random.default_rng(1)
    pictures = rng.normal(0, 300, (3, 3, 40, 50)).astype(np.float32)
    both = normalise_torch(torch.from_numpy(pictures)).numpy()
    for a, b in zip(pictures, both, strict=True):
        assert np.allclose(normalise(a), b, atol=1e-4)
