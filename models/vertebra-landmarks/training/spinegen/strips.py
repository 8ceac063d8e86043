"""Straightened CT strips and plain sagittal pictures of many bodies, with the detector's targets."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .anatomy import COUNT, FIRST_T, S1, chance, normal, sample_spines, uniform
from .render import normalise, train_picture
from .section import Scene, row_interpolation, sample_details, smooth_noise
from .shape import landmarks, make_bodies

OFFSETS = (-6.0, 0.0, 6.0)


@dataclass
class Strips:
    image: Tensor  # [b, 3, h, w], normalised
    centre: Tensor  # [b, k, 2] pixels (column, row)
    depth: Tensor  # [b, k] px
    tall: Tensor
    tilt: Tensor
    shown: Tensor  # [b, k] 1 where the slot is a body of T1..S1 whose centre is in the picture
    complete: Tensor  # [b, k] share of the body in the picture
    points: Tensor  # [b, k, 10, 2] pixels
    present: Tensor  # [b, k] 1 where the spine has the body at all


def sample_strip_scene(batch: int, g: torch.Generator, *, curved: bool, h: int, w: int, family: str = "train") -> tuple[Scene, Strips]:
    """A scene of up to a whole spine. `curved` keeps the natural curve (sagittal picture); else the spine is nearly straight (CT strip)."""
    spines = sample_spines(batch, g, fractured=0.22, curve=(0.5, 1.15) if curved else (-0.05, 0.12), degenerate=family != "train")
    bodies = make_bodies(spines, g, family)
    spacing = torch.exp(normal((batch,), 0.12, g)) if curved else torch.ones(batch)
    first, last = spines.row[:, FIRST_T : FIRST_T + 1], spines.row[:, S1 : S1 + 1]
    room = h * spacing[:, None]
    # The picture's first row lies anywhere from above C7 to so low that about four bodies are left.
    lo, hi = first - 60, torch.maximum(last + 45 - room, first - 59)
    top = lo + torch.rand(batch, 1, generator=g) * (hi - lo)
    row = spines.row - top
    inside = ((row > 0) & (row < room)).float()
    mean = (spines.col * inside).sum(1, keepdim=True) / inside.sum(1, keepdim=True).clamp(min=1)
    middle = 63.5 * spacing[:, None] if not curved else uniform((batch, 1), 0.35, 0.6, g) * w * spacing[:, None]
    col = spines.col - mean + middle
    if not curved:  # the curved strip follows the line through the centres: what is left is small
        col = middle + normal(col.shape, 1.3, g) + normal((batch, 1), 2.0, g)
        # Below S1 the line is prolonged, so the sacrum leaves it: it turns its anterior end caudal and runs posterior.
        leave = chance((batch, 1), 0.6, g) * uniform((batch, 1), 0.1, 0.75, g)
        turn = torch.zeros(batch, COUNT)
        turn[:, S1 : S1 + 1] = leave * uniform((batch, 1), 0.2, 0.7, g)
        turn[:, S1 + 1 :] = leave * torch.tensor([1.0, 1.1, 1.3])
        spines.tilt = spines.tilt + turn
        drift = torch.zeros(batch, COUNT)
        drift[:, 1:] = torch.sin(0.5 * (turn[:, 1:] + turn[:, :-1])) * (spines.row[:, 1:] - spines.row[:, :-1])
        col = col + drift.cumsum(1)
    slots = torch.arange(COUNT)[None].expand(batch, -1).contiguous()
    lateral = spines.lateral * (1.0 if curved else 0.15) + normal((batch, 1), 2.0, g)
    scene = Scene(col, row, spines.tilt, lateral, spines.roll, slots, spines.present, spines, bodies, spacing, h, w)
    local = landmarks(bodies).view(batch, COUNT, 10, 2)
    cos, sin = torch.cos(spines.tilt)[..., None], torch.sin(spines.tilt)[..., None]
    px = torch.stack([local[..., 0] * cos + local[..., 1] * sin + col[..., None], -local[..., 0] * sin + local[..., 1] * cos + row[..., None]], -1)
    px = px / spacing[:, None, None, None]
    centre = torch.stack([col, row], -1) / spacing[:, None, None]
    tall = (0.5 * (spines.ha + spines.hp)) / spacing[:, None]
    depth = (0.5 * (spines.ds + spines.di)) / spacing[:, None]
    size = torch.tensor([w, h]).float()
    there = ((px > -0.5) & (px < size - 0.5)).all(-1).float().mean(-1)
    seen = ((centre > 0) & (centre < size - 1)).all(-1).float() * spines.present
    seen[:, :FIRST_T] = 0
    seen[:, S1 + 1 :] = 0
    return scene, Strips(torch.zeros(0), centre, depth, tall, spines.tilt, seen, there, px, spines.present)


def distract(picture: Tensor, scene: Scene, g: torch.Generator) -> Tensor:
    """Shapes away from the spine that are no bodies: blobs of several sizes in odd greys, some in rows like ribs or bowel loops."""
    b, h, w = picture.shape
    y = (torch.arange(h)[None] * scene.spacing[:, None]).expand(b, h)
    x = torch.arange(w)[None, None] * scene.spacing[:, None, None]
    q = x - row_interpolation(scene, scene.col, y)[:, :, None]
    away = ((-q - 34) / 8).clamp(0, 1) + ((q - 62) / 8).clamp(0, 1)
    lo, hi = (torch.quantile(picture.flatten(1)[:, ::7], p, dim=1)[:, None, None] for p in (0.02, 0.98))
    for cell in (26, 14, 7):
        shape = smooth_noise(b, h, w, cell, g)
        ladder = torch.sin(y[:, :, None] * uniform((b, 1, 1), 0.12, 0.4, g) + uniform((b, 1, 1), -0.2, 0.2, g) * x) * chance((b, 1, 1), 0.35, g)
        mask = ((shape + ladder - uniform((b, 1, 1), 0.3, 1.4, g)) * 4).clamp(0, 1) * chance((b, 1, 1), 0.6, g) * away
        picture = picture + mask * (lo + (hi - lo) * uniform((b, 1, 1), 0, 1, g) - picture)
    return picture


def train_strips(batch: int, g: torch.Generator, kind: str, *, curved: bool, h: int = 384, w: int = 128, family: str = "train") -> Strips:
    # Sagittal pictures are painted wider and cut, so that the spine may lie anywhere.
    wide = w + 64 if curved else w
    scene, strips = sample_strip_scene(batch, g, curved=curved, h=h, w=wide, family=family)
    details = sample_details(scene, g)
    three = kind != "projected" and not (curved and bool(torch.rand((), generator=g) < 0.5))
    # The two outer slabs share one painted section (its side is drawn): the body hardly differs, the posterior parts do.
    side = OFFSETS[2] * (1 - 2 * float(torch.rand((), generator=g) < 0.5))
    pictures = train_picture(scene, details, g, kind, (side, 0.0) if three else (0.0,))
    if three:
        outer, middle = pictures
        again = outer + torch.randn(outer.shape, generator=g) * 0.15 * outer.std((1, 2), keepdim=True)
        image = torch.stack([outer, middle, again] if side < 0 else [again, middle, outer], 1)
    else:
        picture = pictures[0]
        if curved and bool(torch.rand((), generator=g) < 0.7):
            picture = distract(picture, scene, g)
        image = torch.stack([picture] * 3, 1)
    if curved:
        first = torch.randint(0, wide - w + 1, (batch,), generator=g)
        index = first[:, None] + torch.arange(w)[None]
        image = image.gather(3, index[:, None, None, :].expand(batch, 3, h, w))
        for value in (strips.centre, strips.points):
            value[..., 0] -= first.float().view(-1, *(1,) * (value.dim() - 2))
        x = strips.points[..., 0]
        strips.complete = strips.complete * ((x > -0.5) & (x < w - 0.5)).float().mean(-1)
        strips.shown = strips.shown * ((strips.centre[..., 0] > 0) & (strips.centre[..., 0] < w - 1)).float()
    # The scan's end: rows above or below it are air or repeat the last row.
    b = image.shape[0]
    on = chance((b,), 0.25, g)
    depth = (uniform((b,), 4, 90, g) * on).long()
    upper = torch.rand(b, generator=g) < 0.5
    rows = torch.arange(h)[None]
    lo, hi = torch.where(upper, depth, 0 * depth)[:, None], torch.where(upper, 0 * depth + h - 1, h - 1 - depth)[:, None]
    near = rows.clamp(lo, hi)
    edge = image.gather(2, near[:, None, :, None].expand_as(image))
    floor = image.flatten(1).amin(1)[:, None, None, None]
    out = (near != rows)[:, None, :, None]
    image = torch.where(out & (torch.rand(b, generator=g) < 0.5)[:, None, None, None], floor, edge)
    y = strips.points[..., 1]
    strips.complete = strips.complete * ((y > lo[:, :, None] - 0.5) & (y < hi[:, :, None] + 0.5)).float().mean(-1)
    cy = strips.centre[..., 1]
    strips.shown = strips.shown * ((cy > lo) & (cy < hi)).float()
    strips.image = normalise(image)
    return strips
