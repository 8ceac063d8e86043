"""Heights, losses and their agreement, as the evaluation counts them. The server's own rules live in TypeScript."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from spinegen.anatomy import COUNT, sample_spines
from spinegen.shape import landmarks, make_bodies

Array = np.ndarray


OFF_CURVE = 0.02
"""What a middle point may leave the curve of its endplate's other four by, share of the endplate's length: as src/measure/body-heights.ts."""


def _middle_depth(plate: Array, inside: float) -> Array:
    """Depth of an endplate [n, 5, 2] under its chord at mid-body, kept on the curve of the other four points."""
    along = plate[:, 4] - plate[:, 0]
    length = np.maximum(np.linalg.norm(along, axis=-1), 1e-6)
    away = plate[:, 1:4] - plate[:, :1]
    front, middle, back = (inside * (along[:, None, 0] * away[..., 1] - along[:, None, 1] * away[..., 0]) / length[:, None]).T
    off = OFF_CURVE * length
    return np.minimum(np.maximum(middle, np.minimum(front, back) - off), np.maximum(0, front + back) + off)


def heights(points: Array) -> Array:
    """Anterior, middle and posterior height [n, 3] of ten points [n, 10, 2], by the server's rule for the middle."""
    roof, floor = points[:, :5], points[:, 5:]
    gap = np.linalg.norm(floor - roof, axis=-1)
    chords = np.linalg.norm(0.5 * (floor[:, 0] + floor[:, 4] - roof[:, 0] - roof[:, 4]), axis=-1)
    middle = np.maximum(0, chords - _middle_depth(roof, 1.0) - _middle_depth(floor, -1.0))
    return np.stack([gap[:, 0], middle, gap[:, 4]], 1)


@dataclass
class Norms:
    """Mean Ha/Hp and Hm/Hp of intact synthetic bodies, by slot and sex [COUNT, 2]."""

    front: Array
    middle: Array


def norms(count: int = 1500, seed: int = 99) -> Norms:
    g = torch.Generator().manual_seed(seed)
    spines = sample_spines(count, g, fractured=0.0)
    points = landmarks(make_bodies(spines, g)).numpy()
    h = heights(points).reshape(count, COUNT, 3)
    man = spines.sex.numpy() > 0.5
    ratio = h[..., :2] / np.maximum(h[..., 2:], 1)
    both = np.stack([np.median(ratio[~man], 0), np.median(ratio[man], 0)], 1)
    return Norms(both[..., 0], both[..., 1])


def raw_loss(h: Array) -> Array:
    """1 - min(anterior, middle) / posterior."""
    return 1 - np.minimum(h[:, 0], h[:, 1]) / np.maximum(h[:, 2], 1e-3)


def graded_loss(h: Array, slot: Array, sex: Array, expected: Array, table: Norms) -> Array:
    """Largest loss of the three heights against what level, sex and neighbours lead one to expect."""
    s = sex.astype(int)
    front = 1 - (h[:, 0] / h[:, 2]) / table.front[slot, s]
    middle = 1 - (h[:, 1] / h[:, 2]) / table.middle[slot, s]
    back = 1 - h[:, 2] / expected
    worst = np.maximum(front, middle)
    crushed = np.where(back > 0.15, 1 - (1 - worst) * (1 - back), back)  # all heights are lost: the losses multiply
    return np.maximum.reduce([front, middle, back, crushed])


def interval(values: Array, statistic, draws: int = 400, seed: int = 5) -> list[float]:
    """95 % bootstrap interval over the rows of `values`."""
    rng = np.random.default_rng(seed)
    n = len(values)
    if n == 0:
        return [float("nan"), float("nan")]
    got = [statistic(values[rng.integers(0, n, n)]) for _ in range(draws)]
    return [round(float(v), 4) for v in np.percentile(got, (2.5, 97.5))]


def wilson(hits: int, n: int) -> list[float]:
    if n == 0:
        return [0.0, 1.0]
    z, p = 1.96, hits / n
    mid = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return [round(float(mid - half), 4), round(float(mid + half), 4)]
