"""What the strip detector is told: its bank of strips and pictures, its targets and losses."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spinegen.anatomy import DETECTED
from spinegen.strips import train_strips

from .bank import Arrays, from_bytes, to_bytes
from .fit import Part
from .landmarks import augment
from .nets import DetectorNet, decode_geometry

MIX = (("ct", False),) * 5 + (("random", False), ("ct", True), ("random", True), ("random", True), ("projected", True))
CHUNK = 12
"""Pictures of one kind in a shard."""


def make_shard(index: int, g: torch.Generator, chunk: int = CHUNK) -> Arrays:
    images, truth = [], []
    for kind, curved in MIX:
        s = train_strips(chunk, g, kind, curved=curved)
        images.append(to_bytes(s.image))
        at = slice(DETECTED.start, DETECTED.stop)
        truth.append(torch.cat([s.centre[:, at], torch.stack([s.depth, s.tall, s.tilt, s.shown, s.complete], -1)[:, at]], -1).numpy())
    return {"image": np.concatenate(images), "truth": np.concatenate(truth)}


def targets(truth: Tensor, h: int, w: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Heat [b, h/4, w/4], index of the nearest body, its weight, offsets and values at every cell."""
    cy = (torch.arange(h // 4).float() * 4 + 1.5)[None, None, :, None]
    cx = (torch.arange(w // 4).float() * 4 + 1.5)[None, None, None, :]
    shown = truth[..., 5]
    dx, dy = truth[..., 0, None, None] - cx, truth[..., 1, None, None] - cy
    # Wider along the endplates than across them, as bodies are.
    sy = (0.13 * truth[..., 3].clamp(8, 40))[..., None, None]
    sx = (0.16 * truth[..., 2].clamp(12, 60))[..., None, None]
    value = torch.exp(-0.5 * ((dx / sx) ** 2 + (dy / sy) ** 2)) * shown[..., None, None]
    heat, index = value.max(1)
    # The cell that holds the centre is exactly 1.
    peak = ((dx.abs() <= 2) & (dy.abs() <= 2) & (shown[..., None, None] > 0)).any(1)
    heat = torch.where(peak, torch.ones_like(heat), heat)
    dx, dy = dx.expand_as(value), dy.expand_as(value)
    return heat, index, (heat > 0.45).float(), dx.gather(1, index[:, None])[:, 0], dy.gather(1, index[:, None])[:, 0]


def loss_terms(net: DetectorNet, image: Tensor, truth: Tensor) -> dict[str, Tensor]:
    find, level = net.raw(image)
    heat, index, near, dx, dy = targets(truth, image.shape[2], image.shape[3])
    p = torch.sigmoid(find[:, 0]).clamp(1e-5, 1 - 1e-5)
    positive = (heat >= 1).float()
    count = positive.sum().clamp(min=1)
    focal = -(positive * (1 - p) ** 2 * torch.log(p) + (1 - positive) * (1 - heat) ** 4 * p**2 * torch.log(1 - p)).sum() / count
    n = near.sum().clamp(min=1)
    g = decode_geometry(find[:, 1:6])

    def at(k: int) -> Tensor:
        return truth[..., k].gather(1, index.flatten(1)).view_as(index)

    # Offsets in cells, log sizes, tilt in units of 0.1 rad.
    offset = ((g[:, 0] - dx).abs() / 4 + (g[:, 1] - dy).abs() / 4) * near
    size = ((g[:, 2] / at(2).clamp(min=4)).log().abs() + (g[:, 3] / at(3).clamp(min=3)).log().abs()) * near
    tilt = (g[:, 4] - at(4)).abs() * 10 * near
    ce = F.cross_entropy(level, index, reduction="none") * near
    bce = F.binary_cross_entropy_with_logits(find[:, 6], (at(6) > 0.95).float(), reduction="none") * near
    return {"focal": focal, "offset": offset.sum() / n, "size": size.sum() / n, "tilt": tilt.sum() / n, "level": ce.sum() / n, "complete": bce.sum() / n}


WEIGHTS = {"focal": 0.5, "offset": 0.8, "size": 1.0, "tilt": 0.3, "level": 0.5, "complete": 0.2}


def losses(net: nn.Module, data: Arrays, g: torch.Generator) -> dict[str, Tensor]:
    assert isinstance(net, DetectorNet)
    image = from_bytes(data["image"])
    # A random window of rows, so that the picture's ends vary.
    cut = int(torch.randint(0, 5, (1,), generator=g)) * 32
    first = int(torch.randint(0, cut + 1, (1,), generator=g)) // 4 * 4
    image = augment(image[:, :, first : 384 - cut + first], g)
    truth = torch.from_numpy(data["truth"]).clone()
    truth[..., 1] -= first
    inside = (truth[..., 1] > 0) & (truth[..., 1] < image.shape[2] - 1)
    truth[..., 5] *= inside
    edge = torch.minimum(truth[..., 1], image.shape[2] - 1 - truth[..., 1]) < 0.5 * truth[..., 3] + 1
    truth[..., 6] = torch.where(edge, torch.minimum(truth[..., 6], torch.tensor(0.5)), truth[..., 6])
    return loss_terms(net, image.contiguous(memory_format=torch.channels_last), truth)


def part(small: bool = False) -> Part:
    return Part(partial(make_shard, chunk=2 if small else CHUNK), DetectorNet, losses, WEIGHTS, batch=16, shards=16, seed=2, keep=0.995)
