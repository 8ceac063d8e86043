"""Single-body patches with their ten landmarks, in the contract's vertebra frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .anatomy import FIRST_T, S1, Spines, chance, normal, sample_spines, uniform
from .fractures import Fractures
from .render import normalise, train_picture
from .rims import sample_rims
from .section import Scene, body_slots, sample_details
from .shape import landmarks, make_bodies

SIZE = 64
PITCH_SHARE, SPACING_LO, SPACING_HI = 0.031, 0.70, 1.15


@dataclass
class Patches:
    image: Tensor  # [b, 1, 64, 64], normalised
    xy: Tensor  # [b, 10, 2] pixels (column, row)
    usable: Tensor  # [b] 1 where the patch shows a whole body about its centre
    spacing: Tensor  # [b] mm per pixel
    slot: Tensor
    sex: Tensor
    kind: Tensor
    node: Tensor
    expected: Tensor  # [b] posterior height before any fracture, as well as neighbours can tell it (sd 4 %), mm


def sample_patch_scene(
    batch: int, g: torch.Generator, *, family: str = "train", fractured: float | Fractures = 0.5, exact: bool = False
) -> tuple[Scene, Patches]:
    """A scene of a body and its neighbours. `exact` leaves out the frame's errors (centre, rotation, pitch)."""
    spines = sample_spines(batch, g, fractured=fractured, curve=(0.0, 1.0), degenerate=family != "train")
    target = torch.randint(FIRST_T, S1 - 1, (batch,), generator=g)
    target = torch.where((target == 19) & (spines.present[:, 19] == 0), target - 1, target)
    slots, exists = body_slots(spines, target, 1)
    near = spines.pick(slots)
    bodies = make_bodies(near, g, family)
    tilt0 = near.tilt[:, 1:2]
    dc, dr = near.col - near.col[:, 1:2], near.row - near.row[:, 1:2]
    u = dc * torch.cos(tilt0) - dr * torch.sin(tilt0)
    w = dc * torch.sin(tilt0) + dr * torch.cos(tilt0)
    size = 0.0 if exact else 1.0
    turn = normal((batch, 1), 0.10, g) * size
    pitch = near.pitch[:, 1] * torch.exp(normal((batch,), 0.09, g) * size)
    spacing = (PITCH_SHARE * pitch).clamp(SPACING_LO, SPACING_HI)
    off = normal((batch, 2), 2.2, g) * size
    # Ten per cent are no usable picture: centred elsewhere, or cut.
    bad = chance((batch,), 0.0 if exact else 0.09, g)
    off[:, 1] = torch.where(bad > 0, off[:, 1] + 0.5 * pitch * (1 - 2 * chance((batch,), 0.5, g)), off[:, 1])
    off[:, 0] = torch.where((bad > 0) & (torch.rand(batch, generator=g) < 0.4), off[:, 0] + uniform((batch,), 14, 40, g), off[:, 0])
    mid = 0.5 * (SIZE - 1) * spacing[:, None]
    cos, sin = torch.cos(turn), torch.sin(turn)
    x, y = u - off[:, :1], w - off[:, 1:]
    col, row = x * cos - y * sin + mid, x * sin + y * cos + mid
    # Turning the picture by `turn` turns every body's anterior-posterior axis by the same angle.
    scene = Scene(col, row, near.tilt - tilt0 - turn, near.lateral - near.lateral[:, 1:2] + normal((batch, 1), 1.2, g), near.roll, slots, exists, near, bodies, spacing, SIZE, SIZE)
    local = landmarks(bodies.slice(slice(1, None, 3)))
    px = local[..., 0] - off[:, :1], local[..., 1] - off[:, 1:]
    xy = torch.stack([px[0] * cos - px[1] * sin + mid, px[0] * sin + px[1] * cos + mid], -1) / spacing[:, None, None]
    inside = ((xy > 1) & (xy < SIZE - 2)).all(-1).all(-1).float()
    usable = (1 - bad) * inside
    expected = near.hp0[:, 1] * torch.exp(normal((batch,), 0.04, g))
    node = bodies.node[1::3]
    image = torch.zeros(0)
    return scene, Patches(image, xy, usable, spacing, target, near.sex, near.kind[:, 1], node, expected)


def cut(image: Tensor, g: torch.Generator, p: float) -> tuple[Tensor, Tensor]:
    """The volume's end: rows beyond it repeat the last one. Returns the pictures and the rows kept [b, 2]."""
    b, h, _ = image.shape
    on = chance((b,), p, g)
    depth = torch.randint(2, 22, (b,), generator=g) * on.long()
    top = torch.rand(b, generator=g) < 0.5
    lo = torch.where(top, depth, torch.zeros_like(depth))
    hi = torch.where(top, torch.full_like(depth, h - 1), h - 1 - depth)
    rows = torch.arange(h)[None].clamp(lo[:, None], hi[:, None])
    return image.gather(1, rows[:, :, None].expand_as(image)), torch.stack([lo, hi], 1)


def train_patches(batch: int, g: torch.Generator, kind: str, family: str = "train", *, fractured: float | Fractures = 0.5, hard: bool = False, grown: bool = False) -> Patches:
    """`hard` adds what misled the network on real pictures: bright rims across the discs, iliac wings and turned bodies in projections. `grown` makes the rims thick and uneven."""
    scene, patch = sample_patch_scene(batch, g, family=family, fractured=fractured)
    details = sample_details(scene, g)
    if hard:
        details.rims = sample_rims(scene.batch, scene.count, g, grown)
    picture = train_picture(scene, details, g, kind, hips=hard)[0]
    picture, kept = cut(picture, g, 0.06)
    rows = patch.xy[..., 1]
    whole = ((rows > kept[:, :1] - 0.5) & (rows < kept[:, 1:] + 0.5)).all(1).float()
    patch.usable = patch.usable * whole
    patch.image = normalise(picture)[:, None]
    return patch


__all__ = ["Patches", "Spines", "sample_patch_scene", "train_patches"]
