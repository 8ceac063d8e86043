"""Trains the strip detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spinegen.anatomy import DETECTED
from spinegen.strips import train_strips

from .bank import Arrays, Bank, fill, from_bytes, shard_paths, to_bytes
from .common import Clock, Ema, learning_rate, save_weights
from .landmarks import augment
from .nets import DetectorNet, decode_geometry

MIX = (("ct", False),) * 5 + (("random", False), ("ct", True), ("random", True), ("random", True), ("projected", True))
CHUNK = 12
SHARD = CHUNK * len(MIX)


def make_shard(index: int, g: torch.Generator) -> Arrays:
    images, truth = [], []
    for kind, curved in MIX:
        s = train_strips(CHUNK, g, kind, curved=curved)
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


def train(out: Path, bank: Path, *, steps: int, batch: int = 16, shards: int = 80, seed: int = 2, peak: float = 2e-3, start: Path | None = None, threads: int = 2, also: tuple[Path, int] | None = None) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    fill(bank, make_shard, shards, seed)
    net = DetectorNet()
    if start is not None:
        net.load_state_dict(torch.load(start))
    net = net.to(memory_format=torch.channels_last)
    ema = Ema(net, 0.995)
    optimiser = torch.optim.AdamW(net.parameters(), peak, weight_decay=1e-3)
    clock = Clock(50)
    g = torch.Generator().manual_seed(seed + 7)
    source = Bank([*shard_paths(bank, shards), *(shard_paths(*also) if also else [])])
    for step, data in enumerate(source.batches(steps, batch, seed)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps, peak)
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
        terms = loss_terms(net.train(), image.contiguous(memory_format=torch.channels_last), truth)
        total = torch.stack([WEIGHTS[k] * v for k, v in terms.items()]).sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        ema.update(net)
        clock.note(step, **{k: v.detach() for k, v in terms.items()})
        if (step + 1) % 200 == 0:
            save_weights(ema.net, out)
    save_weights(ema.net, out)
