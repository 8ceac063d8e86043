"""Tissue values and picture physics. `train_*` renderers are for training; everything in `heldout.py` is only for testing."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from .anatomy import FIRST_L
from .draws import chance, normal, uniform
from .section import TISSUES, Details, Scene, paint, smooth_noise

Values = dict[str, Tensor]


def random_values(b: int, g: torch.Generator, dim: bool = False) -> tuple[Values, Tensor]:
    """Random contrast: every tissue its own grey, with a floor on the body's contrast to disc or shell. `dim` nearly always leaves the column little of the range."""
    v = {name: torch.rand(b, generator=g) for name in TISSUES}
    low = torch.maximum((v["trab"] - v["annulus"]).abs(), (v["trab"] - v["endplate"]).abs()) < 0.25
    v["endplate"] = torch.where(low, (v["trab"] + 0.5) % 1, v["endplate"])
    alike = chance((b,), 0.8, g)
    v["cortex"] = torch.where(alike > 0, v["endplate"] + normal((b,), 0.06, g), v["cortex"])
    v["posttrab"] = torch.where(chance((b,), 0.8, g) > 0, v["trab"] + normal((b,), 0.05, g), v["posttrab"])
    v["ligament"] = torch.where(chance((b,), 0.5, g) > 0, v["cortex"], v["ligament"])
    v["epifat"] = torch.where(chance((b,), 0.7, g) > 0, v["fat"], v["epifat"])
    v["nucleus"] = torch.where(chance((b,), 0.4, g) > 0, v["annulus"] + normal((b,), 0.1, g), v["nucleus"])
    amount = torch.stack([uniform((b,), 0, 0.10, g), uniform((b,), 0, 0.14, g), uniform((b,), 0, 0.09, g), uniform((b,), 0, 0.15, g)], 1)
    # In a third of the pictures fluid or fat outshines everything: the column keeps only a part of the range, as in STIR and T2.
    squeezed = chance((b,), 0.9 if dim else 0.35, g)
    share, base = uniform((b,), *((0.1, 0.4) if dim else (0.2, 0.6)), g), uniform((b,), 0.0, 0.15 if dim else 0.25, g)
    for name in ("trab", "annulus", "nucleus", "cortex", "endplate", "posttrab", "ligament", "muscle", "vein", "band", "stripe", "wall"):
        v[name] = v[name] * (1 - squeezed) + squeezed * (base + share * v[name])
    loud = ("csf", "fat") if bool(torch.rand((), generator=g) < 0.7) else ("vessel", "fat")
    for name in loud:
        v[name] = v[name] * (1 - squeezed) + squeezed * uniform((b,), 0.8, 1.3, g)
    amount = amount * (1 - 0.6 * squeezed[:, None])
    return v, amount


def ct_values(b: int, g: torch.Generator) -> tuple[Values, Tensor]:
    """CT-like Hounsfield values over wide ranges."""
    def u(lo: float, hi: float) -> Tensor:
        return uniform((b,), lo, hi, g)

    soft = u(20, 70)
    trab = u(20, 320)
    shell = trab + u(120, 900)
    lungish = chance((b,), 0.6, g)
    v = {
        "air": u(-1010, -980), "skin": u(-20, 80), "fat": u(-130, -80), "muscle": soft + u(-20, 20), "lung": torch.where(lungish > 0, u(-920, -600), soft + u(-60, 40)),
        "soft": torch.where(chance((b,), 0.4, g) > 0, u(-120, -60), soft + u(-20, 40)), "gas": u(-1000, -500), "vessel": torch.where(chance((b,), 0.5, g) > 0, u(100, 420), u(25, 60)),
        "wall": u(20, 90), "stripe": torch.where(chance((b,), 0.6, g) > 0, u(-120, -40), soft), "ligament": u(50, 160), "annulus": u(50, 150), "nucleus": u(40, 130),
        "csf": u(-5, 40), "cord": u(20, 60), "epifat": u(-110, 20), "trab": trab, "cortex": shell, "endplate": shell * u(0.7, 1.15), "posttrab": trab + u(0, 150),
        "vein": trab + u(-120, 120), "band": trab + u(60, 420), "cement": u(900, 2500), "metal": u(2000, 3000), "calc": u(200, 900),
    }
    amount = torch.stack([u(0, 18), u(0, 70), u(0, 45), u(0, 60)], 1)
    return v, amount


def blur(image: Tensor, sd_row: Tensor, sd_col: Tensor) -> Tensor:
    """Separable Gaussian blur, per picture, sd in pixels (about 3 at most)."""
    b = image.shape[0]
    k = torch.arange(-6, 7).float()
    for sd, shape, pad in ((sd_row, (13, 1), (0, 0, 6, 6)), (sd_col, (1, 13), (6, 6, 0, 0))):
        kernel = torch.exp(-0.5 * (k[None] / sd[:, None].clamp(min=0.15)) ** 2)
        kernel = (kernel / kernel.sum(1, keepdim=True)).view(b, 1, *shape)
        image = F.conv2d(F.pad(image[None], pad, mode="replicate"), kernel, groups=b)[0]
    return image


def add_noise(image: Tensor, white: Tensor, coloured: Tensor, g: torch.Generator) -> Tensor:
    b = image.shape[0]
    n = torch.randn(image.shape, generator=g)
    c = blur(torch.randn(image.shape, generator=g), torch.full((b,), 0.9), torch.full((b,), 0.9)) * 3.2
    return image + n * white[:, None, None] + c * coloured[:, None, None]


def train_picture(scene: Scene, d: Details, g: torch.Generator, kind: str, laterals: tuple[float, ...] = (0.0,), hips: bool = False) -> list[Tensor]:
    """Pictures [b, h, w] of one scene by a training renderer, one for each lateral offset: `ct`, `random`, `dim` (random with little contrast in the column, and noisier) or `projected`."""
    b, h, w = scene.batch, scene.height, scene.width
    if kind == "ct":
        values, amount = ct_values(b, g)
        pictures = [paint(scene, d, values, x, amount) for x in laterals]
        white, coloured = uniform((b,), 0, 1, g) ** 2 * 110, uniform((b,), 0, 1, g) ** 2 * 70
        streak = chance((b,), 0.06, g) * uniform((b,), 20, 250, g)
        lines = smooth_noise(b, h, 4, 2, g)[:, :, :1]
        pictures = [p + lines * streak[:, None, None] for p in pictures]
    elif kind in ("random", "dim"):
        values, amount = random_values(b, g, kind == "dim")
        pictures = [paint(scene, d, values, x, amount) for x in laterals]
        seen = ((values["trab"] - values["annulus"]).abs() + (values["trab"] - values["endplate"]).abs()).clamp(0.15, 0.6) / 0.6
        white, coloured = uniform((b,), 0, 1, g) ** 2 * 0.12 * seen, uniform((b,), 0, 1, g) ** 2 * 0.09 * seen
        if kind == "dim":
            white = white + uniform((b,), 0, 0.04, g)
        field = smooth_noise(b, h, w, max(h, w) // 3, g) * uniform((b, 1, 1), 0, 0.25, g)
        power = torch.exp(normal((b, 1, 1), 0.35, g))
        pictures = [(p.clamp(-0.2, 1.4) + 0.2) ** power * (1 + field) for p in pictures]
    else:
        values, amount = ct_values(b, g)
        air = torch.exp(normal((b,), 0.5, g))
        parts = []
        if hips:
            scene = replace(scene, roll=scene.roll * uniform((b, 1), 0.5, 2.5, g))
        for v in torch.linspace(-0.86, 0.86, 5):
            parts.append(paint(scene, d, values, v * 0.5 * scene.spines.width.mean(1), amount).clamp(-1000, 1200))
        p = torch.stack(parts).mean(0)
        p = p + overlay(b, h, w, scene.spacing, g) * uniform((b, 1, 1), 0, 260, g)
        if hips:
            p = p + iliac_wings(scene, g)
        p = p + smooth_noise(b, h, w, max(h, w) // 2, g) * uniform((b, 1, 1), 0, 160, g)
        p = torch.exp(-((p + 1000) / 1000) * air[:, None, None] * 0.7)
        p = (1 - p) * 1.0
        white, coloured = uniform((b,), 0, 0.03, g), uniform((b,), 0, 0.02, g)
        pictures = [p for _ in laterals]
    thick = torch.where(torch.rand(b, generator=g) < 0.25, uniform((b,), 0.6, 2.4, g), uniform((b,), 0.2, 0.9, g))
    flat = uniform((b,), 0.2, 0.9, g)
    out = []
    for p in pictures:
        p = blur(p, thick / scene.spacing, flat / scene.spacing)
        p = add_noise(p, white, coloured, g)
        out.append(p)
    if kind in ("random", "dim"):
        flip = chance((b,), 0.15, g)[:, None, None]
        out = [p * (1 - 2 * flip) for p in out]
    return out


def overlay(b: int, h: int, w: int, spacing: Tensor, g: torch.Generator) -> Tensor:
    """Ribs and other long edges that a projection lays over the spine: pairs of thin oblique curves."""
    y = (torch.arange(h) - h / 2)[None, :, None] * spacing[:, None, None]
    x = (torch.arange(w) - w / 2)[None, None, :] * spacing[:, None, None]
    total = torch.zeros(b, h, w)
    for _ in range(3):
        a = uniform((b, 1, 1), -0.9, 0.9, g)
        at = uniform((b, 1, 1), -0.7, 0.7, g) * h * spacing[:, None, None]
        wide = uniform((b, 1, 1), 3.5, 6.5, g)
        bend = normal((b, 1, 1), 0.004, g)
        r = (y - at + torch.tan(a) * x + bend * x * x) * torch.cos(a)
        on = chance((b, 1, 1), 0.45, g)
        total = total + on * (0.35 * (r.abs() < wide) + 0.65 * torch.exp(-(((r.abs() - wide) / 0.9) ** 2)))
    return total


def iliac_wings(scene: Scene, g: torch.Generator) -> Tensor:
    """Both iliac wings over a lateral projection, in HU of the mean: below a curved crest the picture is denser, and the crest itself is a line.

    The crests cross L4 and L5 in most people; they are drawn over nearly all low bodies and over a few others.
    """
    b, h, w = scene.batch, scene.height, scene.width
    y = torch.arange(h)[None, :, None] * scene.spacing[:, None, None]
    x = torch.arange(w)[None, None, :] * scene.spacing[:, None, None]
    low = (scene.slot[:, scene.count // 2] >= FIRST_L + 2).float()
    on = (torch.rand(b, generator=g) < 0.12 + 0.7 * low).float()[:, None, None]
    total = torch.zeros(b, h, w)
    for _ in range(2):
        top = uniform((b, 1, 1), -0.1, 0.8, g) * h * scene.spacing[:, None, None]
        apex = uniform((b, 1, 1), 0.0, 1.2, g) * w * scene.spacing[:, None, None]
        crest = top + (x - apex) ** 2 / (2 * uniform((b, 1, 1), 35, 110, g)) + normal((b, 1, 1), 0.25, g) * (x - apex)
        below = y - crest
        wide = uniform((b, 1, 1), 0.8, 2.2, g)
        total = total + uniform((b, 1, 1), 15, 140, g) * torch.sigmoid(below / 0.8) * (0.7 + 0.3 * torch.exp(-below.clamp(min=0) / 25))
        total = total + uniform((b, 1, 1), 20, 170, g) * torch.exp(-((below / wide) ** 2))
    return on * total


def normalise(image: Tensor) -> Tensor:
    """clipPercentile 1..99, rescale min..max to 0..1, affine .5 .25, over each picture (all channels together)."""
    flat = image.flatten(1)
    n = flat.shape[1]
    order = flat.sort(1).values

    def pct(p: float) -> Tensor:
        at = p * (n - 1)
        lo = int(at)
        return order[:, lo] + (order[:, min(lo + 1, n - 1)] - order[:, lo]) * (at - lo)

    lo, hi = pct(0.01), pct(0.99)
    shape = (-1,) + (1,) * (image.dim() - 1)
    lo, hi = lo.view(shape), hi.view(shape)
    scaled = (torch.minimum(torch.maximum(image, lo), hi) - lo) / (hi - lo).clamp(min=1e-6)
    return (scaled - 0.5) / 0.25
