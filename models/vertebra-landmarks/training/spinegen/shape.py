"""Endplate and wall curves of single bodies as lookup tables, and the ten landmarks that follow from them.

Two families: `train` (super-ellipse bowls, piece-wise linear collapses) and `heldout` (sine series and double bowls), which
training never sees.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from .anatomy import LUT, LUT_HI, LUT_LO, Spines, chance, normal, uniform


@dataclass
class Bodies:
    """Flattened single bodies; every tensor is [count] or [count, LUT]."""

    ha: Tensor
    hp: Tensor
    ds: Tensor
    di: Tensor
    shear: Tensor
    width: Tensor
    top: Tensor  # [count, LUT] depth of the superior endplate below its chord (growing into the body), mm
    bottom: Tensor
    front: Tensor  # [count, LUT] anterior wall's offset into the body, mm
    back: Tensor
    radius: Tensor  # [count, 4] corner rounding: AS, PS, AI, PI
    lip: Tensor  # [count, 4] osteophyte size at the corners, mm
    node: Tensor  # [count] 1 where a Schmorl node lies in an endplate

    def slice(self, at: slice) -> Bodies:
        return Bodies(**{f.name: getattr(self, f.name)[at] for f in fields(self)})


def _axis() -> Tensor:
    return torch.linspace(LUT_LO, LUT_HI, LUT)[None]


def _bowl(s: Tensor, apex: Tensor, power: Tensor, rim: Tensor) -> Tensor:
    """A bowl of depth 1 over [rim, 1 - rim]: apex moved by a warp, flat-bottomed for a high power."""
    inner = ((s - rim) / (1 - 2 * rim)).clamp(0, 1)
    warped = inner ** (torch.log(torch.tensor(0.5)) / torch.log(apex))
    return 1 - (2 * warped - 1).abs() ** power


def _endplate(height: Tensor, frac: Tensor, wedge: Tensor, usual: float, family: str, old: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor]:
    n = height.shape[0]
    s = _axis()
    one = (n, 1)
    depth = (usual * (0.6 + 0.8 * old) * torch.exp(normal(one, 0.4, g))) * uniform(one, 0.35, 1.3, g)
    env = (4 * s * (1 - s)).clamp(0, 1)
    if family == "train":
        d = depth * _bowl(s, uniform(one, 0.4, 0.66, g), uniform(one, 1.6, 4.5, g), uniform(one, 0.0, 0.16, g))
        d = d + frac * _bowl(s, uniform(one, 0.34, 0.66, g), uniform(one, 1.5, 5.0, g), uniform(one, 0.0, 0.14, g))
        kink = uniform(one, 0.18, 0.7, g)
        sharp = chance(one, 0.6, g) * uniform(one, 0.3, 1, g)
        d = d + sharp * wedge * ((1 - s.clamp(0, 1) / kink).clamp(min=0) - (1 - s.clamp(0, 1)))
        stair = chance(one, 0.15, g) * (frac + wedge) * uniform(one, 0, 0.35, g)
        d = d + stair * torch.sigmoid((s - uniform(one, 0.2, 0.8, g)) / 0.03) * env
        for k in (2, 3, 5, 8):
            d = d + normal(one, 0.22 / k**0.5, g) * torch.sin(3.1416 * k * s + uniform(one, 0, 6.28, g)) * env
    else:
        weights = [uniform(one, 0.7, 1.0, g), normal(one, 0.16, g), uniform(one, 0, 0.16, g), normal(one, 0.06, g)]
        base = sum(w * torch.sin(3.1416 * (k + 1) * s.clamp(0, 1)) for k, w in enumerate(weights))
        gap = uniform(one, 0.18, 0.26, g)
        double = sum(torch.exp(-(((s - 0.5 + side * gap) / 0.14) ** 2)) for side in (-1, 1)) * env.sqrt()
        cupid = chance(one, 0.2, g)
        d = depth * torch.where(cupid > 0, double, base)
        centre = uniform(one, 0.38, 0.62, g)
        d = d + frac * torch.exp(-(((s - centre) / uniform(one, 0.2, 0.34, g)) ** 2)) * env**0.5
        d = d + wedge * uniform(one, -0.5, 0.1, g) * torch.sin(3.1416 * s.clamp(0, 1)) * 0.5
        d = d + normal(one, 0.25, g) * torch.sin(3.1416 * 4 * s + 1) * env
    has = chance(one, 0.16 if family == "train" else 0.2, g)
    where, wide = uniform(one, 0.22, 0.82, g), uniform(one, 0.06, 0.14, g)
    node = has * uniform(one, 1.5, 6.0, g) * torch.exp(-(((s - where) / wide).abs() ** uniform(one, 2, 5, g)))
    return (d + node * (env > 0)).contiguous(), has[:, 0]


def make_bodies(spines: Spines, g: torch.Generator, family: str = "train") -> Bodies:
    """Curves for every body of `spines`, flattened over batch and slot."""
    flat = {name: getattr(spines, name).reshape(-1) for name in ("ha", "hp", "ds", "di", "shear", "width", "kind", "loss")}
    n = flat["ha"].shape[0]
    one = (n, 1)
    age = spines.age[:, None].expand_as(spines.ha).reshape(-1, 1)
    kind, loss = flat["kind"][:, None], flat["loss"][:, None]
    original = torch.maximum(flat["hp"], flat["ha"])[:, None] / (1 - 0.8 * loss * (kind == 3))
    # How much the middle loses beyond what the corners' chord already lost.
    chord = 0.5 * (flat["ha"] + flat["hp"])[:, None]
    extra = original * loss * ((kind == 2) * uniform(one, 0.75, 1.0, g) + (kind == 1) * uniform(one, 0.0, 0.35, g) + (kind == 3) * uniform(one, 0.0, 0.25, g))
    extra = torch.minimum(extra, 0.72 * chord)
    upper = torch.where(torch.rand(one, generator=g) < 0.6, uniform(one, 0.6, 1.0, g), uniform(one, 0.0, 0.6, g))
    wedge = original * loss * (kind == 1)
    top, node_t = _endplate(chord, extra * upper, wedge * upper, 1.0, family, age, g)
    bottom, node_b = _endplate(chord, extra * (1 - upper), wedge * (1 - upper), 1.7, family, age, g)
    room = (0.86 * chord / (top + bottom).clamp(min=0.1).amax(1, keepdim=True)).clamp(max=1)
    top, bottom = top * room, bottom * room

    t = _axis()
    env = (4 * t * (1 - t)).clamp(0, 1)
    small = (chord / 22).clamp(0.3, 1.2)
    bulge = loss * uniform(one, 0, 4.0, g) * chance(one, 0.5, g)
    front = (uniform(one, 0.2, 3.0, g) * small - 0.6 * bulge) * env ** uniform(one, 0.7, 1.6, g)
    retro = bulge * chance(one, 0.5, g)
    back = (uniform(one, -0.2, 1.3, g) * small - retro) * env ** uniform(one, 0.7, 1.6, g)
    if family != "train":
        front = front + uniform(one, -0.5, 0.8, g) * torch.sin(6.283 * t.clamp(0, 1))
        back = back + uniform(one, -0.4, 0.4, g) * torch.sin(6.283 * t.clamp(0, 1))
    radius = uniform((n, 4), 0.3, 2.6, g)
    worn = 0.15 + 0.5 * age if family == "train" else 0.3 + 0.5 * age
    lip = chance((n, 4), 1.0, g) * (torch.rand((n, 4), generator=g) < worn * torch.tensor([1.0, 0.35, 1.0, 0.35])) * uniform((n, 4), 1, 7, g)
    return Bodies(flat["ha"], flat["hp"], flat["ds"], flat["di"], flat["shear"], flat["width"], top, bottom, front, back, radius, lip, torch.maximum(node_t, node_b))


def lookup(curve: Tensor, at: Tensor) -> Tensor:
    """Nearest sample of `curve` [n, LUT] at `at` [n, m]."""
    index = ((at - LUT_LO) * ((LUT - 1) / (LUT_HI - LUT_LO)) + 0.5).long().clamp_(0, LUT - 1)
    return curve.gather(1, index)


_INSET = 1 - 0.5**0.5


def landmarks(b: Bodies) -> Tensor:
    """The ten points [n, 10, 2] as (u, w): AS S1 MS S3 PS, AI I1 MI I3 PI.

    A corner is the contour's point on the bisector of the rounded corner, without osteophyte; inner points lie on the endplate at
    25, 50 and 75 % of the chord between the corners, moved along w.
    """
    inset = b.radius * _INSET
    out = []
    for face, (depth, curve, offset) in enumerate(((b.ds, b.top, 0.5 * b.shear), (b.di, b.bottom, -0.5 * b.shear))):
        sign = 1.0 if face == 0 else -1.0
        ia, ip = inset[:, 2 * face], inset[:, 2 * face + 1]
        lo, hi = ia / depth, 1 - ip / depth
        points = []
        for k in (0.0, 0.25, 0.5, 0.75, 1.0):
            s = lo + (hi - lo) * k
            chord = -0.5 * (b.ha * (1 - s) + b.hp * s) * sign
            d = lookup(curve, s[:, None])[:, 0]
            w = chord + sign * (d + (ia if k == 0 else ip if k == 1 else 0.0))
            points.append(torch.stack([(s - 0.5) * depth + offset, w], -1))
        out += points
    return torch.stack(out, 1)


def _round(a: Tensor, b: Tensor, r: Tensor) -> Tensor:
    """Signed distance of an intersection whose corner is rounded with radius r."""
    return torch.minimum(torch.maximum(a, b), -r) + torch.hypot((a + r).clamp(min=0), (b + r).clamp(min=0))


def body_distance(b: Bodies, u: Tensor, w: Tensor, v: Tensor | float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Approximate signed distance (negative inside) to the body at local points [n, m], at lateral position `v` (-1..1 of the half width).

    Also returns the distances to the superior and inferior endplate (negative inside).
    """
    def col(x: Tensor) -> Tensor:
        return x[:, None]

    v2 = torch.as_tensor(v) ** 2
    flat = (1 - v2).clamp(0, 1)  # endplates flatten and walls recede towards the sides
    recede = 1 - flat.sqrt()
    shear = col(b.shear) * 0.5
    ss = (u - shear) / col(b.ds) + 0.5
    si = (u + shear) / col(b.di) + 0.5
    tip = ss.clamp(0, 1)
    toe = si.clamp(0, 1)
    y_top = -0.5 * (col(b.ha) * (1 - tip) + col(b.hp) * tip) + lookup(b.top, ss) * flat
    y_bot = 0.5 * (col(b.ha) * (1 - toe) + col(b.hp) * toe) - lookup(b.bottom, si) * flat
    t = w / (0.5 * (col(b.ha) + col(b.hp))) + 0.5
    tc = t.clamp(0, 1)
    half = 0.5 * (col(b.ds) * (1 - tc) + col(b.di) * tc)
    mid = shear * (1 - 2 * tc)
    x_front = mid - half * (1 - 1.15 * recede) + lookup(b.front, t)
    x_back = mid + half * (1 - 0.25 * recede) - lookup(b.back, t)
    a, p, s, i = x_front - u, u - x_back, y_top - w, w - y_bot
    r = b.radius[:, :, None]
    d = torch.maximum(torch.maximum(_round(s, a, r[:, 0]), _round(s, p, r[:, 1])), torch.maximum(_round(i, a, r[:, 2]), _round(i, p, r[:, 3])))
    return d, s, i


def lip_distance(b: Bodies, u: Tensor, w: Tensor) -> Tensor:
    """Signed distance to the osteophytes at the four corners (large where there is none)."""
    best = torch.full_like(u, 50.0)
    for k in range(4):
        face, rear = k // 2, k % 2
        size = b.lip[:, k : k + 1]
        if not bool((size > 0).any()):
            continue
        depth = (b.ds if face == 0 else b.di)[:, None]
        height = (b.hp if rear else b.ha)[:, None]
        out, down = (1.0 if rear else -1.0), (1.0 if face else -1.0)
        cu = out * (0.5 * depth - 0.6) + (0.5 if face == 0 else -0.5) * b.shear[:, None]
        cw = down * (0.5 * height - 1.4)
        # A tapering spur: grows outward and bends a little past the endplate.
        x = (u - cu) * out
        y = (w - cw) * down - 0.25 * x.clamp(min=0) * (size > 3)
        thick = 1.9 * (1 - x / (size + 1.2)).clamp(0, 1) + 0.1
        d = torch.maximum(y.abs() - thick, torch.maximum(-x - 1.5, x - size))
        best = torch.where(size > 0, torch.minimum(best, d), best)
    return best
