"""Renderers and trunks that training never sees: Hounsfield-true CT, spin-echo T1 and T2, STIR, and a line-integral X-ray.

They share the painter (where tissues lie) with training but none of its values, noise, blur or projection code.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from .anatomy import chance, normal, uniform
from .fractures import Fractures
from .patches import Patches, sample_patch_scene
from .render import Values, normalise
from .section import TISSUES, Details, Scene, paint, sample_details
from .strips import OFFSETS, Strips, sample_strip_scene

RENDERERS = ("ct", "t1", "t2", "stir", "xray")


def _around(b: int, mean: float, sd: float, g: torch.Generator) -> Tensor:
    return mean + sd * torch.randn(b, generator=g)


def _ct_values(b: int, g: torch.Generator) -> Values:
    """Hounsfield units from ordinary protocols; trabecular bone from osteoporotic to young."""
    def n(mean: float, sd: float) -> Tensor:
        return _around(b, mean, sd, g)

    trab = n(125, 42).clamp(30, 260)
    contrast = chance((b,), 0.45, g)
    chest = chance((b,), 0.55, g)
    disc = n(82, 10)
    return {
        "air": n(-1000, 3), "skin": n(20, 20), "fat": n(-105, 8), "muscle": n(52, 9), "lung": chest * n(-855, 35) + (1 - chest) * n(45, 10), "soft": n(40, 14),
        "gas": n(-900, 60).clamp(-1000, -600), "vessel": contrast * n(230, 60) + (1 - contrast) * n(42, 5), "wall": n(48, 8), "stripe": n(-90, 15), "ligament": n(95, 20), "annulus": disc + 12,
        "nucleus": disc - 8, "csf": n(12, 5), "cord": n(38, 4), "epifat": n(-70, 30), "trab": trab, "cortex": n(620, 140).clamp(300, 1000), "endplate": n(560, 140).clamp(280, 950),
        "posttrab": trab + n(90, 40), "vein": trab - 60, "band": trab + n(170, 60), "cement": n(1600, 250), "metal": n(2600, 200), "calc": n(480, 120),
    }


_MR: dict[str, dict[str, float]] = {
    "t1": {"air": 0.02, "skin": 0.45, "fat": 1.0, "muscle": 0.33, "lung": 0.05, "soft": 0.4, "gas": 0.02, "vessel": 0.08, "wall": 0.25, "stripe": 0.85, "ligament": 0.06, "annulus": 0.30,
           "nucleus": 0.34, "csf": 0.14, "cord": 0.40, "epifat": 0.95, "trab": 0.58, "cortex": 0.05, "endplate": 0.06, "posttrab": 0.62, "vein": 0.40, "band": 0.25, "cement": 0.03,
           "metal": 0.0, "calc": 0.03},
    "t2": {"air": 0.02, "skin": 0.4, "fat": 0.80, "muscle": 0.17, "lung": 0.05, "soft": 0.35, "gas": 0.02, "vessel": 0.05, "wall": 0.18, "stripe": 0.65, "ligament": 0.05, "annulus": 0.13,
           "nucleus": 0.55, "csf": 1.0, "cord": 0.40, "epifat": 0.75, "trab": 0.42, "cortex": 0.04, "endplate": 0.05, "posttrab": 0.48, "vein": 0.68, "band": 0.22, "cement": 0.03,
           "metal": 0.0, "calc": 0.03},
    "stir": {"air": 0.02, "skin": 0.35, "fat": 0.07, "muscle": 0.26, "lung": 0.05, "soft": 0.42, "gas": 0.02, "vessel": 0.10, "wall": 0.25, "stripe": 0.10, "ligament": 0.05, "annulus": 0.14,
             "nucleus": 0.60, "csf": 1.0, "cord": 0.45, "epifat": 0.09, "trab": 0.17, "cortex": 0.04, "endplate": 0.05, "posttrab": 0.16, "vein": 0.42, "band": 0.50, "cement": 0.03,
             "metal": 0.0, "calc": 0.03},
}


def _mr_values(b: int, weighting: str, g: torch.Generator) -> Values:
    out = {name: (mean * torch.exp(0.10 * torch.randn(b, generator=g))).clamp(min=0) for name, mean in _MR[weighting].items()}
    dry = chance((b,), 0.45, g)  # a degenerate disc has no bright nucleus
    if weighting != "t1":
        out["nucleus"] = dry * out["annulus"] * 1.3 + (1 - dry) * out["nucleus"]
    out["trab"] = out["trab"] * uniform((b,), 0.7, 1.3, g)
    return out


def _spectrum(image: Tensor, keep: Tensor) -> Tensor:
    """Cuts the spectrum as a finite acquisition matrix does (with its ringing); `keep` [b] is the share of frequencies kept."""
    f = torch.fft.fft2(image)
    fr, fc = torch.fft.fftfreq(image.shape[1])[None, :, None].abs(), torch.fft.fftfreq(image.shape[2])[None, None, :].abs()
    k = keep[:, None, None] * 0.5
    taper = torch.sigmoid((k - fr) / 0.012) * torch.sigmoid((k - fc) / 0.012)
    return torch.fft.ifft2(f * taper).real


def _mtf(image: Tensor, sd_row: Tensor, sd_col: Tensor) -> Tensor:
    """Gaussian transfer function in the frequency domain on a mirrored picture; sd in pixels."""
    _, h, w = image.shape
    big = torch.cat([image, image.flip(1)], 1)
    big = torch.cat([big, big.flip(2)], 2)
    fr, fc = torch.fft.fftfreq(2 * h)[None, :, None], torch.fft.fftfreq(2 * w)[None, None, :]
    gain = torch.exp(-2 * math.pi**2 * ((fr * sd_row[:, None, None]) ** 2 + (fc * sd_col[:, None, None]) ** 2))
    return torch.fft.ifft2(torch.fft.fft2(big) * gain).real[:, :h, :w]


def _slab(scene: Scene, d: Details, values: Values, amount: Tensor, width: float, sections: int) -> Tensor:
    at = (torch.arange(sections) + 0.5) / sections * width - width / 2
    return torch.stack([paint(scene, d, values, float(x), amount) for x in at]).mean(0)


def _ct(scene: Scene, d: Details, g: torch.Generator) -> Tensor:
    b = scene.batch
    amount = torch.stack([_around(b, 8, 2, g), _around(b, 26, 8, g), _around(b, 18, 6, g), _around(b, 20, 6, g)], 1).clamp(min=0)
    p = _slab(scene, d, _ct_values(b, g), amount, 5.0, 5)
    slice_mm = torch.tensor([0.6, 0.75, 1.0, 1.25, 1.5])[torch.randint(0, 5, (b,), generator=g)]
    p = _mtf(p, torch.hypot(0.45 * torch.ones(b), 0.36 * slice_mm) / scene.spacing, uniform((b,), 0.35, 0.65, g) / scene.spacing)
    # Ramp-like noise of a reconstruction kernel: white noise without its lowest frequencies, softened at the top.
    n = torch.randn(p.shape, generator=g)
    f = torch.fft.fft2(n)
    fr = torch.hypot(torch.fft.fftfreq(p.shape[1])[None, :, None], torch.fft.fftfreq(p.shape[2])[None, None, :])
    top = uniform((b, 1, 1), 0.18, 0.45, g)
    n = torch.fft.ifft2(f * fr * torch.exp(-((fr / top) ** 2))).real
    n = n / n.std((1, 2), keepdim=True).clamp(min=1e-6)
    return p + n * uniform((b, 1, 1), 6, 48, g)


def _mr(scene: Scene, d: Details, g: torch.Generator, weighting: str) -> Tensor:
    b = scene.batch
    amount = torch.stack([_around(b, 0.03, 0.01, g), _around(b, 0.05, 0.02, g), _around(b, 0.02, 0.01, g), _around(b, 0.05, 0.02, g)], 1).clamp(min=0)
    values = _mr_values(b, weighting, g)
    p = _slab(scene, d, values, amount, 4.0, 4)
    if weighting != "stir":  # fat is shifted against water along one axis
        fatty = _slab(scene, d, {k: (v if k in ("fat", "stripe", "epifat") else 0 * v + (0.5 * v if k in ("trab", "posttrab") else 0)) for k, v in values.items()}, 0 * amount, 4.0, 1)
        p = p - fatty + torch.roll(fatty, 1, 1)
    p = _mtf(p, uniform((b,), 0.3, 0.7, g), uniform((b,), 0.3, 0.7, g))
    p = _spectrum(p, uniform((b,), 0.62, 0.98, g))
    y, x = torch.linspace(-1, 1, p.shape[1])[None, :, None], torch.linspace(-1, 1, p.shape[2])[None, None, :]
    coil = torch.exp(uniform((b, 1, 1), -0.1, 0.5, g) * x + normal((b, 1, 1), 0.12, g) * y)
    sd = uniform((b, 1, 1), 0.008, 0.05, g)
    re, im = p * coil + sd * torch.randn(p.shape, generator=g), sd * torch.randn(p.shape, generator=g)
    return torch.hypot(re, im)


def _xray(scene: Scene, d: Details, g: torch.Generator) -> Tensor:
    """Attenuation summed over seventeen sections of the trunk, exposed with scatter, quantum noise and screen blur."""
    b, h, w = scene.batch, scene.height, scene.width
    values = _ct_values(b, g)
    for name in ("trab", "posttrab"):
        values[name] = values[name] + 60
    widest = scene.spines.width.amax(1)
    sections = 17
    total = torch.zeros(b, h, w)
    for i in range(sections):
        x = ((i + 0.5) / sections - 0.5) * 1.06 * widest
        total = total + 0.0205 * (1 + paint(scene, d, values, x).clamp(min=-1000) / 1000) * (1.06 * widest / sections)[:, None, None]
    y = (torch.arange(h) - h / 2)[None, :, None] * scene.spacing[:, None, None]
    x = (torch.arange(w) - w / 2)[None, None, :] * scene.spacing[:, None, None]
    for _ in range(3):  # ribs as bent tubes: path length through a shell and its marrow
        radius = uniform((b, 1, 1), 4.5, 6.5, g)
        slope, at, bend = normal((b, 1, 1), 0.45, g), uniform((b, 1, 1), -35, 35, g), normal((b, 1, 1), 0.003, g)
        r = (y - at - slope * x - bend * x**2) / torch.sqrt(1 + slope**2)
        outer = 2 * torch.sqrt((radius**2 - r**2).clamp(min=0))
        inner = 2 * torch.sqrt(((radius - 1.0) ** 2 - r**2).clamp(min=0))
        total = total + chance((b, 1, 1), 0.5, g) * (0.022 * (outer - inner) + 0.004 * inner)
    chest = uniform((b, 1, 1), 1.0, 3.0, g) + uniform((b, 1, 1), -0.4, 0.4, g) * y / 60 + uniform((b, 1, 1), -0.4, 0.4, g) * x / 60
    primary = torch.exp(-(total - total.mean((1, 2), keepdim=True)) - 0.3 * chest)
    scatter = _mtf(primary, torch.full((b,), 14.0), torch.full((b,), 14.0)) * uniform((b, 1, 1), 0.3, 1.2, g)
    counts = (primary + scatter) * uniform((b, 1, 1), 1500, 12000, g)
    counts = torch.poisson(counts.clamp(min=1.0), generator=g)
    counts = _mtf(counts, uniform((b,), 0.3, 0.7, g), uniform((b,), 0.3, 0.7, g))
    return -torch.log(counts.clamp(min=1.0))


def render(scene: Scene, d: Details, g: torch.Generator, renderer: str) -> Tensor:
    if renderer == "ct":
        return _ct(scene, d, g)
    if renderer == "xray":
        return _xray(scene, d, g)
    return _mr(scene, d, g, renderer)


def heldout_patches(batch: int, g: torch.Generator, renderer: str, family: str = "train", held: float = 0.0) -> Patches:
    """Test patches: the frame has its usual errors, every body is whole and in the picture."""
    scene, patch = sample_patch_scene(batch, g, family=family, fractured=Fractures(0.5, held=held, whole_arches=True))
    details = sample_details(scene, g)
    patch.image = normalise(render(scene, details, g, renderer))[:, None]
    return patch


def heldout_strips(batch: int, g: torch.Generator, renderer: str, family: str = "train", h: int = 480) -> Strips:
    """CT as straightened strips with three slabs; the others as sagittal pictures with the natural curve, one channel three times."""
    curved = renderer != "ct"
    scene, strips = sample_strip_scene(batch, g, curved=curved, h=h, w=160 if curved else 128, family=family)
    details = sample_details(scene, g)
    if curved:
        picture = render(scene, details, g, renderer)
        strips.image = normalise(torch.stack([picture] * 3, 1))
        return strips
    state = g.get_state()
    slabs = []
    for offset in OFFSETS:
        g.set_state(state)  # the same tissues in the three slabs
        slabs.append(render(replace(scene, lateral=scene.lateral - offset), details, g, renderer))
    strips.image = normalise(torch.stack(slabs, 1))
    return strips


assert set(TISSUES) == set(_MR["t1"]) == set(_MR["t2"]) == set(_MR["stir"])
