"""The contract's frames in Python: volumes in patient coordinates (LPS, mm), curved strips, vertebra patches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

Array = np.ndarray
CENTRE_COLUMN = 63.5


@dataclass
class Volume:
    """Voxels [i, j, k] with the 4 x 4 affine from index to patient (LPS) millimetres."""

    voxels: Array
    affine: Array

    def sample(self, points: Array, outside: float = -1000.0) -> Array:
        """Trilinear values at patient points [..., 3]."""
        inverse = np.linalg.inv(self.affine)
        index = points @ inverse[:3, :3].T + inverse[:3, 3]
        flat = np.moveaxis(index.reshape(-1, 3), 1, 0)
        return ndimage.map_coordinates(self.voxels, flat, order=1, mode="constant", cval=outside, prefilter=False).reshape(points.shape[:-1])

    def spacing(self) -> Array:
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    def bounds(self) -> tuple[Array, Array]:
        corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (np.array(self.voxels.shape) - 1)
        world = corners @ self.affine[:3, :3].T + self.affine[:3, 3]
        return world.min(0), world.max(0)


def read_nifti(path: Path) -> Volume:
    import nibabel

    image: Any = nibabel.load(path)
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])  # RAS to LPS
    return Volume(np.asarray(image.dataobj, dtype=np.float32), flip @ image.affine)


def read_dicom(folder: Path) -> Volume:
    import pydicom

    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    slices = [d for d in (pydicom.dcmread(p, force=True) for p in files) if "ImagePositionPatient" in d]
    cosines = np.array(slices[0].ImageOrientationPatient, float)
    normal = np.cross(cosines[:3], cosines[3:])
    slices.sort(key=lambda d: float(np.dot(normal, np.array(d.ImagePositionPatient, float))))
    first, last = (np.array(s.ImagePositionPatient, float) for s in (slices[0], slices[-1]))
    data = np.stack([s.pixel_array.astype(np.float32) * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices])
    rows, cols = (float(v) for v in slices[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = cosines[:3] * cols, cosines[3:] * rows
    affine[:3, 2] = (last - first) / max(1, len(slices) - 1)
    affine[:3, 3] = first
    return Volume(np.ascontiguousarray(data.transpose(2, 1, 0)), affine)


def localizer_grid(volume: Volume) -> tuple[Array, Array]:
    """The 4 mm grid [z, y, x] in HU and the patient position of its first voxel."""
    blur = np.maximum(0.0, 4.0 / volume.spacing() - 1) * 0.4
    soft = Volume(ndimage.gaussian_filter(volume.voxels, blur), volume.affine)
    lo, hi = volume.bounds()
    count = (np.ceil((hi - lo) / 4 / 8) * 8).astype(int)
    z, y, x = (lo[a] + 4 * np.arange(count[a]) for a in (2, 1, 0))
    points = np.stack(np.broadcast_arrays(x[None, None, :], y[None, :, None], z[:, None, None]), -1)
    return soft.sample(points).astype(np.float32), lo


@dataclass
class Line:
    """A smooth curve through the bodies, one point per millimetre from above, with its axes [n, 3]."""

    points: Array
    down: Array
    back: Array
    left: Array


def centre_line(heat: Array, origin: Array, minimum: float = 0.3) -> Line:
    """Fits a smooth curve to the localizer's first channel [z/2, y/2, x/2]; runs from above."""
    knots = []
    for level in range(heat.shape[0]):
        plane = heat[level]
        peak = plane.max()
        if peak < minimum:
            continue
        y, x = np.unravel_index(plane.argmax(), plane.shape)
        ys, xs = slice(max(0, y - 3), y + 4), slice(max(0, x - 3), x + 4)
        part = plane[ys, xs] ** 2
        gy, gx = np.mgrid[ys.start : ys.start + part.shape[0], xs.start : xs.start + part.shape[1]]
        at = np.array([(part * gx).sum(), (part * gy).sum()]) / part.sum()
        knots.append((*(origin[:2] + 4 * (2 * at + 0.5)), origin[2] + 4 * (2 * level + 0.5), float(peak)))
    k = np.array(sorted(knots, key=lambda p: -p[2]))
    # The longest run without a gap of more than 40 mm.
    breaks = np.flatnonzero(-np.diff(k[:, 2]) > 40)
    runs = np.split(k, breaks + 1)
    k = max(runs, key=len)
    z = k[:, 2]
    order = min(7, max(1, len(k) // 4))
    mid, half = 0.5 * (z[0] + z[-1]), max(1.0, 0.5 * (z[0] - z[-1]))
    keep = np.ones(len(k), bool)
    dense = np.arange(z[0] + 4, z[-1] - 4, -0.25)
    curve = np.zeros((len(dense), 3))
    for _ in range(3):
        fits = [np.polynomial.Polynomial.fit((z[keep] - mid) / half, k[keep, a], order, domain=[-1, 1], w=np.sqrt(k[keep, 3])) for a in (0, 1)]
        away = np.hypot(*(f((z - mid) / half) - k[:, a] for a, f in enumerate(fits)))
        keep = away < max(6.0, 2.5 * np.median(away))
        curve = np.stack([*(f((dense - mid) / half) for f in fits), dense], 1)
    return line_through(curve)


def line_through(curve: Array) -> Line:
    """Resamples a dense curve (from above) at 1 mm of arc length and gives every point its axes."""
    arc = np.concatenate([[0], np.linalg.norm(np.diff(curve, axis=0), axis=1).cumsum()])
    at = np.arange(0, arc[-1], 1.0)
    points = np.stack([np.interp(at, arc, curve[:, a]) for a in range(3)], 1)
    down = np.gradient(ndimage.gaussian_filter1d(points, 6, axis=0, mode="nearest"), axis=0)
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    back = np.array([0.0, 1.0, 0.0]) - down[:, 1:2] * down
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    # Patient's left: posterior x caudal = y x (-z) = -x, so the left is caudal x posterior.
    left = np.cross(down, back)
    return Line(points, down, back, left)


def strip(volume: Volume, line: Line, columns: int = 128, offsets: tuple[float, ...] = (-6, 0, 6), slab: float = 5.0) -> Array:
    """The curved strip [channels, rows, columns]."""
    out = []
    c = (np.arange(columns) - CENTRE_COLUMN)[None, :, None]
    for offset in offsets:
        parts = []
        for d in np.linspace(-slab / 2, slab / 2, 5):
            parts.append(volume.sample(line.points[:, None] + c * line.back[:, None] + (offset + d) * line.left[:, None]))
        out.append(np.mean(parts, 0))
    return np.stack(out).astype(np.float32)


def strip_to_patient(line: Line, pixel: Array) -> Array:
    """Patient position of strip pixels (column, row) [n, 2] in the middle slab."""
    row = np.clip(pixel[:, 1], 0, len(line.points) - 1)
    at = np.arange(len(line.points))

    def pick(v: Array) -> Array:
        return np.stack([np.interp(row, at, v[:, a]) for a in range(3)], 1)

    over = pixel[:, 1:2] - row[:, None]
    return pick(line.points) + (pixel[:, :1] - CENTRE_COLUMN) * pick(line.back) + over * pick(line.down)


@dataclass
class PatchFrame:
    """Where a patch lies: its centre and axes in patient space."""

    centre: Array
    posterior: Array
    caudal: Array
    left: Array
    spacing: float

    def to_patient(self, pixel: Array) -> Array:
        d = (pixel - 31.5) * self.spacing
        return self.centre + d[..., :1] * self.posterior + d[..., 1:] * self.caudal

    def to_pixel(self, point: Array) -> Array:
        d = point - self.centre
        return np.stack([d @ self.posterior, d @ self.caudal], -1) / self.spacing + 31.5


def patch_frame(centre: Array, back: Array, down: Array, tilt: float, pitch: float) -> PatchFrame:
    """The contract's vertebra frame; `tilt` > 0 turns the anterior end caudal."""
    posterior = np.cos(tilt) * back - np.sin(tilt) * down
    caudal = np.sin(tilt) * back + np.cos(tilt) * down
    return PatchFrame(centre, posterior, caudal, np.cross(caudal, posterior), float(np.clip(0.031 * pitch, 0.70, 1.15)))


def patch(volume: Volume, frame: PatchFrame, size: int = 64, slab: float = 5.0) -> Array:
    j, i = np.meshgrid(np.arange(size), np.arange(size))
    plane = frame.to_patient(np.stack([j, i], -1).astype(float))
    return np.mean([volume.sample(plane + d * frame.left) for d in np.linspace(-slab / 2, slab / 2, 5)], 0).astype(np.float32)


def normalise(picture: Array) -> Array:
    """clipPercentile 1..99, rescale minmax, affine .5 .25."""
    lo, hi = np.percentile(picture, (1, 99))
    return ((((np.clip(picture, lo, hi) - lo) / max(hi - lo, 1e-6)) - 0.5) / 0.25).astype(np.float32)
