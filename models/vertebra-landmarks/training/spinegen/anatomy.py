"""Samples whole spines as plain tensors: sizes by level and sex, discs, curves, fractures, degenerative changes.

Frames: a body's own frame has `u` growing posterior and `w` growing caudal, in millimetres, with the origin at the body's
centre; the mid-points of the anterior and posterior wall lie at w = 0. In the sagittal plane a point is (col, row): columns
grow posterior, rows grow caudal. Tilt is positive where the anterior end of the mid-plane is turned caudal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from .draws import chance, normal, uniform
from .fractures import Fractures, break_bodies, taken_up

LEVELS: tuple[str, ...] = (
    *(f"C{i}" for i in (5, 6, 7)),
    *(f"T{i}" for i in range(1, 13)),
    *(f"L{i}" for i in range(1, 7)),
    *(f"S{i}" for i in range(1, 5)),
)
"""Slots of a sampled spine from above; L5 and L6 may be absent."""
COUNT = len(LEVELS)
FIRST_T, FIRST_L, S1 = 3, 15, 21
DETECTED = range(FIRST_T, S1 + 1)
"""Slots T1..L6 and S1: the detector's 19 classes in order."""

# Posterior height, superior and inferior depth, widths (Panjabi, see reference/model.md 4.1); cervical and sacral rows are estimates.
_HP = (12.6, 12.8, 13.6, 14.1, 15.6, 15.7, 16.2, 16.2, 17.4, 18.2, 18.7, 19.3, 20.2, 21.3, 22.7, 23.8, 24.3, 23.8, 24.1, 22.9, 22.9, 25.0, 20.0, 17.0, 15.0)
_DS = (15.8, 16.6, 17.4, 18.5, 19.6, 22.7, 23.3, 24.3, 26.0, 27.4, 27.9, 29.3, 30.5, 31.9, 32.8, 34.1, 34.6, 35.2, 35.5, 34.7, 34.7, 32.0, 22.0, 16.0, 13.0)
_DI = (16.6, 17.2, 18.4, 19.7, 21.6, 23.3, 24.5, 25.8, 26.9, 28.5, 29.4, 31.0, 31.6, 31.8, 33.4, 35.3, 34.9, 34.8, 33.9, 33.2, 33.2, 23.0, 17.0, 13.0, 11.0)
_WI = (21.0, 22.0, 23.5, 26.0, 26.0, 25.5, 25.5, 26.0, 27.0, 28.5, 30.0, 31.5, 33.5, 37.0, 40.5, 42.3, 44.0, 46.0, 48.0, 48.5, 48.5, 50.0, 40.0, 32.0, 26.0)
# Physiological wedge in degrees, women and men (Masharawi for T9..L5; T1..T8 and the rest are estimates).
_WF = (1, 1, 1, 1, 1.3, 1.8, 2.2, 2.6, 3.0, 3.3, 3.0, 2.8, 2.6, 4.6, 3.5, 2.6, 0.7, -1.1, -3.1, -7.8, -8.0, -9.0, 0, 0, 0)
_WM = (1, 1, 1, 1, 1.5, 2.2, 2.8, 3.4, 4.0, 4.6, 4.6, 4.8, 3.8, 5.4, 4.9, 4.1, 2.6, 1.3, -0.7, -4.6, -5.0, -8.0, 0, 0, 0)
# Height in millimetres of the disc below each slot.
_DISC = (5.0, 5.0, 4.6, 4.2, 3.8, 3.5, 3.4, 3.4, 3.6, 4.0, 4.4, 4.8, 5.4, 6.0, 6.8, 7.9, 9.2, 10.4, 11.6, 11.2, 11.0, 1.8, 1.5, 1.2, 1.0)
# Angle of the spinous process below the body's mid-plane (degrees), its length and height (mm).
_SPA = (20, 20, 25, 30, 35, 42, 48, 52, 55, 55, 50, 45, 38, 28, 18, 8, 5, 4, 4, 6, 6, 25, 30, 30, 30)
_SPL = (22, 26, 30, 32, 33, 34, 36, 37, 38, 38, 36, 34, 31, 28, 27, 30, 32, 32, 29, 24, 24, 16, 12, 9, 7)
_SPH = (6, 7, 8, 8, 8, 8, 8, 8, 8, 9, 9, 10, 12, 15, 18, 21, 23, 23, 20, 16, 16, 10, 8, 6, 5)
_CANAL = (14, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17.5, 17.5, 17.5, 14, 10, 7, 5)


def table(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


LUT = 160
"""Samples in the lookup curves of endplates and walls."""
LUT_LO, LUT_HI = -0.3, 1.3
"""The curves' range: 0 is the anterior (or superior) corner, 1 the posterior (or inferior) one."""


@dataclass
class Spines:
    """A batch of spines; every tensor is [batch, slots] unless said otherwise."""

    present: Tensor
    sex: Tensor  # [batch], 1 = man
    col: Tensor  # centre in the sagittal plane, mm
    row: Tensor
    lateral: Tensor  # centre's distance to the patient's left, mm
    tilt: Tensor
    roll: Tensor  # coronal tilt, rad
    ha: Tensor  # anterior and posterior height between the line corners, mm
    hp: Tensor
    hp0: Tensor  # posterior height before any fracture
    arch: Tensor  # the posterior height that pedicles and arch belong to
    ds: Tensor  # superior and inferior depth, mm
    di: Tensor
    shear: Tensor  # superior endplate's offset against the inferior one, mm
    width: Tensor
    disc: Tensor  # height of the disc below
    canal: Tensor
    pitch: Tensor  # mean distance to the neighbouring centres
    kind: Tensor  # 0 intact, 1 wedge, 2 biconcave, 3 crush
    loss: Tensor  # the fracture's nominal loss, 0..1
    age: Tensor  # [batch], 0..1: how degenerate

    def pick(self, slots: Tensor) -> Spines:
        """The spines restricted to `slots` [batch, k]."""
        got = {}
        for field in fields(self):
            value = getattr(self, field.name)
            got[field.name] = value.gather(1, slots) if value.dim() == 2 else value
        return Spines(**got)


def smooth_along(values: Tensor, passes: int) -> Tensor:
    """A little binomial smoothing along the slots."""
    for _ in range(passes):
        padded = torch.cat([values[:, :1], values, values[:, -1:]], 1)
        values = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return values


def sample_spines(
    batch: int, g: torch.Generator, *, fractured: float | Fractures = 0.35, curve: tuple[float, float] = (0.0, 0.15), degenerate: bool = False
) -> Spines:
    """Samples `batch` spines. `curve` scales the natural sagittal curve: near 0 for a straightened strip, near 1 for a sagittal picture.

    `fractured` is the share of broken bodies, or all that can be told about them.
    """
    told = fractured if isinstance(fractured, Fractures) else Fractures(fractured)
    shape = (batch, COUNT)
    sex = chance((batch,), 0.5, g)
    man = sex[:, None]
    age = torch.rand(batch, generator=g) ** (0.4 if degenerate else 1.2)
    person = 1.07 + normal((batch, 1), 0.07, g)
    high = person * (1 + 0.04 * man)
    deep = person * (0.985 + 0.09 * man) * (1 + normal((batch, 1), 0.03, g))
    jitter = 1 + smooth_along(normal(shape, 0.035, g), 1)
    hp = table(_HP) * high * jitter
    ds = table(_DS) * deep * (1 + normal(shape, 0.025, g))
    di = table(_DI) * deep * (1 + normal(shape, 0.025, g))
    width = table(_WI) * deep * (1 + normal(shape, 0.03, g))
    wedge = table(_WF) * (1 - man) + table(_WM) * man
    scheuermann = chance((batch, 1), 0.06, g) * uniform(shape, 2, 7, g) * (table(tuple(1.0 if 7 <= i <= 15 else 0.0 for i in range(COUNT))))
    wedge = wedge + normal(shape, 2.3, g) + normal((batch, 1), 1.0, g) + scheuermann
    ha = (hp - torch.tan(torch.deg2rad(wedge)) * 0.5 * (ds + di)).clamp(min=0.55 * hp)

    hp0, mean0 = hp, 0.5 * (ha + hp)
    kind, loss, ha, hp, ds, di = break_bodies(ha, hp, ds, di, told, g, range(FIRST_T, S1))
    arch = hp0 if told.whole_arches else hp

    # Discs thin with age; now and then one is nearly gone.
    thin = 1 - age[:, None] * uniform(shape, 0, 0.55, g)
    gone = chance(shape, 0.04 + (0.12 if degenerate else 0.0), g)
    disc = table(_DISC) * person * (1 + normal(shape, 0.12, g)) * thin * (1 - gone * uniform(shape, 0.4, 0.85, g))
    disc = disc.clamp(min=0.8)
    if told.held > 0:
        disc = disc + taken_up((mean0 - 0.5 * (ha + hp)).clamp(min=0), told, g)

    present = torch.ones(shape)
    lumbar = torch.rand(batch, generator=g)
    present[:, 19] = (lumbar > 0.04).float()  # four lumbar bodies
    present[:, 20] = (lumbar > 0.95).float()  # six
    tilt = _tilts(batch, curve, g) + normal(shape, 0.045, g)
    # A wedged body turns its neighbours: half of the extra wedge shows as tilt above, half below.
    extra = torch.atan2(hp - ha, 0.5 * (ds + di)) - torch.deg2rad(wedge)
    tilt = tilt + (uniform(shape, -0.5, 0.5, g) * extra)

    size = 0.5 * (ha + hp)
    step = (0.5 * (size[:, :-1] + size[:, 1:]) + disc[:, :-1])
    here, below = present[:, :-1], present[:, 1:]
    # Absent bodies take no room: their neighbours are joined directly.
    step = torch.where((here * below) > 0, step, torch.zeros_like(step))
    for slot in (19, 20):
        gap = present[:, slot] == 0
        after = slot + 1
        while_absent = present[:, after] == 0
        upper = torch.where(present[:, slot - 1] > 0, size[:, slot - 1], size[:, slot - 2])
        joined = 0.5 * (upper + size[:, after]) + disc[:, slot - 1]
        step[:, slot] = torch.where(gap & ~while_absent, joined, step[:, slot])
        step[:, slot - 1] = torch.where(gap, torch.zeros_like(joined), step[:, slot - 1])
    mean_tilt = 0.5 * (tilt[:, :-1] + tilt[:, 1:])
    slip = normal(step.shape, 0.5, g) + chance(step.shape, 0.03, g) * normal(step.shape, 3.5, g)
    d_row = step * torch.cos(mean_tilt) - slip * torch.sin(mean_tilt)
    d_col = step * torch.sin(mean_tilt) + slip * torch.cos(mean_tilt)
    zero = torch.zeros(batch, 1)
    row = torch.cat([zero, d_row.cumsum(1)], 1)
    col = torch.cat([zero, d_col.cumsum(1)], 1)

    phase = uniform((batch, 1), 0, 6.28, g)
    bend = uniform((batch, 1), 0, 1, g) ** 3 * 14
    along = torch.arange(COUNT).float()[None]
    lateral = bend * torch.sin(along * uniform((batch, 1), 0.2, 0.5, g) + phase)
    roll = torch.zeros(shape)
    roll[:, 1:-1] = torch.atan2(lateral[:, 2:] - lateral[:, :-2], (row[:, 2:] - row[:, :-2]).clamp(min=10))
    roll = roll + normal(shape, 0.03, g)

    up = torch.hypot(d_row, d_col)
    pitch = _pitch(up, present)
    shear = normal(shape, 0.7, g)
    canal = table(_CANAL) * person * (1 + normal(shape, 0.05, g))
    return Spines(present, sex, col, row, lateral, tilt, roll, ha, hp, hp0, arch, ds, di, shear, width, disc, canal, pitch, kind, loss, age)


def _pitch(step: Tensor, present: Tensor) -> Tensor:
    """Mean distance to the next present centre above and below; slots joined over an absent body carry the join."""
    batch = step.shape[0]
    far = torch.full((batch, 1), float("nan"))
    down = torch.where(step > 0, step, torch.full_like(step, float("nan")))
    # The distance of a join is stored at the absent slot: hand it to the body above.
    for slot in (20, 19):
        lost = torch.isnan(down[:, slot - 1]) & (present[:, slot] == 0)
        down[:, slot - 1] = torch.where(lost, down[:, slot], down[:, slot - 1])
    above = torch.cat([far, down], 1)
    below = torch.cat([down, far], 1)
    return torch.nanmean(torch.stack([above, below]), 0)


def _tilts(batch: int, curve: tuple[float, float], g: torch.Generator) -> Tensor:
    """Natural sagittal tilt by slot: kyphosis T4-T12, lordosis T12-S1, scaled by `curve`."""
    kyphosis = (42 + normal((batch, 1), 11, g)).clamp(12, 80)
    lordosis = (42 + normal((batch, 1), 12, g)).clamp(8, 75)
    knots = torch.tensor([0, 3, 6, 14, 17, 19, 21, 24])
    t12 = -0.47 * kyphosis
    values = torch.cat([0.1 * kyphosis, 0.53 * kyphosis + 4, 0.5 * kyphosis, t12, t12 + 0.25 * lordosis, t12 + 0.6 * lordosis, t12 + lordosis + 4, t12 + lordosis + uniform((batch, 1), 15, 45, g)], 1)
    at = torch.arange(COUNT)
    right = torch.searchsorted(knots, at, right=True).clamp(1, len(knots) - 1)
    share = (at - knots[right - 1]) / (knots[right] - knots[right - 1]).float()
    degrees = values[:, right - 1] * (1 - share) + values[:, right] * share
    scale = uniform((batch, 1), curve[0], curve[1], g)
    return torch.deg2rad(smooth_along(degrees, 2)) * scale + normal((batch, 1), 0.05, g)
