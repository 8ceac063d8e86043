"""Trains the landmark network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from spinegen.patches import train_patches

from .bank import Arrays, Bank, fill, from_bytes, shard_paths, to_bytes
from .common import Clock, Ema, learning_rate, save_weights
from .nets import LandmarkNet

SHARD = 2048


@dataclass(frozen=True)
class Recipe:
    """What a bank of patches is made of."""

    mix: tuple[tuple[str, int], ...]
    """Renderers and their sixteenths of a shard."""
    fractured: float = 0.5
    severe: float = 0.0
    """Share of the fractures that lose 30 % or more for certain."""
    held: float = 0.0
    """Share of spines whose discs take up what a body loses."""


RECIPES = {
    "plain": Recipe((("ct", 8), ("random", 6), ("projected", 2))),
    "broken": Recipe((("ct", 6), ("random", 4), ("dim", 3), ("projected", 3)), fractured=0.6, severe=0.5, held=0.6),
}


def make_shard(index: int, g: torch.Generator, recipe: str = "plain") -> Arrays:
    made = RECIPES[recipe]
    images: list[Tensor] = []
    xy: list[Tensor] = []
    usable: list[Tensor] = []
    spacing: list[Tensor] = []
    for kind, share in made.mix:
        for _ in range(share):
            p = train_patches(SHARD // 16, g, kind, fractured=made.fractured, severe=made.severe, held=made.held)
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


def train(out: Path, bank: Path, *, steps: int, batch: int = 64, shards: int = 100, seed: int = 1, peak: float = 2e-3, start: Path | None = None, threads: int = 2, also: tuple[Path, int] | None = None) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    fill(bank, make_shard, shards, seed)
    net = LandmarkNet()
    if start is not None:
        net.load_state_dict(torch.load(start))
    net = net.to(memory_format=torch.channels_last)
    ema = Ema(net, 0.998)
    optimiser = torch.optim.AdamW(net.parameters(), peak, weight_decay=1e-3)
    clock = Clock(50)
    g = torch.Generator().manual_seed(seed + 7)
    source = Bank([*shard_paths(bank, shards), *(shard_paths(*also) if also else [])])
    for step, data in enumerate(source.batches(steps, batch, seed)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps, peak)
        image = augment(from_bytes(data["image"]), g).contiguous(memory_format=torch.channels_last)
        terms = loss_terms(net.train(), image, torch.from_numpy(data["xy"]), torch.from_numpy(data["usable"]))
        total = torch.stack([WEIGHTS[k] * v for k, v in terms.items()]).sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        ema.update(net)
        clock.note(step, **{k: v.detach() for k, v in terms.items()})
        if (step + 1) % 250 == 0:
            save_weights(ema.net, out)
    save_weights(ema.net, out)
