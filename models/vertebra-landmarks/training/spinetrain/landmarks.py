"""What the landmark network is told: its bank of patches and its losses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spinegen.fractures import Fractures
from spinegen.patches import train_patches

from .bank import Arrays, from_bytes, to_bytes
from .fit import Part
from .nets import LandmarkNet

SHARD = 2048


@dataclass(frozen=True)
class Recipe:
    """What a bank of patches is made of."""

    mix: tuple[tuple[str, int], ...]
    """Renderers and their sixteenths of a shard."""
    fractures: Fractures = field(default_factory=lambda: Fractures(0.5))
    hard: bool = False
    """Bright rims of discs; in projections iliac wings and turned bodies."""
    grown: bool = False
    """Those rims thick, uneven and in most pictures."""


_CRUSHED = Fractures(0.75, severe=0.35, held=0.75, mild=0.4, alone=0.7, free_rear=True, whole_arches=True)
RECIPES = {
    "plain": Recipe((("ct", 8), ("random", 6), ("projected", 2))),
    "broken": Recipe((("ct", 6), ("random", 4), ("dim", 3), ("projected", 3)), Fractures(0.6, severe=0.5, held=0.6)),
    "crushed": Recipe((("ct", 5), ("random", 3), ("dim", 4), ("projected", 4)), _CRUSHED, hard=True),
    "grown": Recipe((("ct", 7), ("random", 3), ("dim", 3), ("projected", 3)), _CRUSHED, hard=True, grown=True),
}


def make_shard(index: int, g: torch.Generator, recipe: str = "plain", size: int = SHARD) -> Arrays:
    made = RECIPES[recipe]
    images: list[Tensor] = []
    xy: list[Tensor] = []
    usable: list[Tensor] = []
    spacing: list[Tensor] = []
    for kind, share in made.mix:
        for _ in range(share):
            p = train_patches(size // 16, g, kind, fractured=made.fractures, hard=made.hard, grown=made.grown)
            for into, value in ((images, p.image), (xy, p.xy), (usable, p.usable), (spacing, p.spacing)):
                into.append(value)
    return {"image": to_bytes(torch.cat(images)), "xy": torch.cat(xy).numpy(), "usable": torch.cat(usable).numpy(), "spacing": torch.cat(spacing).numpy()}


def heights(xy: Tensor) -> Tensor:
    """The five heights from front to back, px."""
    return torch.linalg.vector_norm(xy[:, 5:] - xy[:, :5], dim=-1)


def augment(image: Tensor, g: torch.Generator) -> Tensor:
    b = image.shape[0]
    shape = (b, 1, 1, 1)
    image = image * (1 + 0.12 * torch.randn(shape, generator=g)) + 0.1 * torch.randn(shape, generator=g)
    image = torch.sign(image) * image.abs().clamp(min=1e-4) ** torch.exp(0.12 * torch.randn(shape, generator=g))
    noisy = (torch.rand(shape, generator=g) < 0.3) * torch.rand(shape, generator=g) * 0.3
    return image + noisy * torch.randn(image.shape, generator=g)


def loss_terms(net: LandmarkNet, image: Tensor, xy: Tensor, usable: Tensor) -> dict[str, Tensor]:
    logits, pooled = net.heat(image)
    got, sigma, quality = net.decode(logits, pooled)
    grid = net.grid
    gx = torch.exp(-0.5 * ((grid - xy[..., :1]) / 1.6) ** 2)
    gy = torch.exp(-0.5 * ((grid - xy[..., 1:]) / 1.6) ** 2)
    target = (gy[..., :, None] * gx[..., None, :]).flatten(2)
    target = target / target.sum(-1, keepdim=True).clamp(min=1e-6)
    n = usable.sum().clamp(min=1)
    ce = (-(target * F.log_softmax(logits.flatten(2), -1)).sum(-1).mean(1) * usable).sum() / n
    error = (got - xy).abs()
    l1 = (error.mean((1, 2)) * usable).sum() / n
    scale = sigma / 2**0.5  # a Laplace scale whose standard deviation is sigma
    nll = (((error.detach() / scale[..., None]) + torch.log(scale)[..., None]).mean((1, 2)) * usable).sum() / n
    h, h0 = heights(got), heights(xy)
    tall = h0.amax(1, keepdim=True).clamp(min=8)
    height = (((h - h0).abs() / tall).mean(1) * usable).sum() / n
    share, share0 = (v[:, (0, 2)] / v[:, 4:].clamp(min=4) for v in (h, h0))
    ratio = ((share - share0).abs().clamp(max=1).mean(1) * usable).sum() / n
    bce = F.binary_cross_entropy_with_logits(quality[:, 0], usable)
    return {"ce": ce, "l1": l1, "nll": nll, "height": height, "ratio": ratio, "bce": bce}


WEIGHTS = {"ce": 0.3, "l1": 0.5, "nll": 0.1, "height": 4.0, "ratio": 3.0, "bce": 0.2}


def losses(net: nn.Module, data: Arrays, g: torch.Generator) -> dict[str, Tensor]:
    assert isinstance(net, LandmarkNet)
    image = augment(from_bytes(data["image"]), g).contiguous(memory_format=torch.channels_last)
    return loss_terms(net, image, torch.from_numpy(data["xy"]), torch.from_numpy(data["usable"]))


def part(recipe: str = "plain", small: bool = False) -> Part:
    return Part(partial(make_shard, recipe=recipe, size=64 if small else SHARD), LandmarkNet, losses, WEIGHTS, batch=64, shards=64, seed=1, keep=0.998, save_every=250)
