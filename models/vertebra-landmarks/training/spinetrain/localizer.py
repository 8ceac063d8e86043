"""What the 3D localizer is told: its bank of trunks and its losses."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spinegen.volume import sample_volumes, scale_volume, warp

from .bank import Arrays
from .fit import Part
from .nets import LocalizerNet

CHUNK, CHUNKS = 8, 8
SHAPES = ((80, 64, 72), (56, 72, 88), (96, 56, 64), (64, 64, 64))


def make_shard(index: int, g: torch.Generator, chunks: int = CHUNKS) -> Arrays:
    hu, heat = [], []
    shape = SHAPES[index % len(SHAPES)]
    for _ in range(chunks):
        v = sample_volumes(CHUNK, g, shape)
        hu.append(v.hu.round().to(torch.int16).numpy())
        heat.append((v.heat * 255).round().to(torch.uint8).numpy())
    return {"hu": np.concatenate(hu), "heat": np.concatenate(heat)}


def loss_terms(net: LocalizerNet, volume: Tensor, heat: Tensor) -> dict[str, Tensor]:
    raw = net.raw(volume)
    weight = 1 + 12 * heat
    bce = F.binary_cross_entropy_with_logits(raw, heat, weight=weight, reduction="none").mean((0, 2, 3, 4))
    p = torch.sigmoid(raw)
    overlap = 1 - (2 * (p * heat).sum((2, 3, 4)) + 1) / ((p * p).sum((2, 3, 4)) + (heat * heat).sum((2, 3, 4)) + 1)
    names = ("line", "canal", "sacrum", "rib")
    return {**{f"bce_{n}": bce[i] for i, n in enumerate(names)}, **{f"dice_{n}": overlap[:, i].mean() for i, n in enumerate(names)}}


def losses(net: nn.Module, data: Arrays, g: torch.Generator) -> dict[str, Tensor]:
    assert isinstance(net, LocalizerNet)
    volume = torch.from_numpy(data["hu"]).float()
    shape = (volume.shape[0], 1, 1, 1, 1)
    volume = volume * (1 + 0.08 * torch.randn(shape, generator=g)) + 20 * torch.randn(shape, generator=g) * (volume > -900)
    volume, heat = warp(volume, torch.from_numpy(data["heat"]).float() / 255, g)
    return loss_terms(net, scale_volume(volume).contiguous(memory_format=torch.channels_last_3d), heat)


def part(small: bool = False) -> Part:
    return Part(partial(make_shard, chunks=1 if small else CHUNKS), LocalizerNet, losses, {}, batch=4, shards=8, seed=3, keep=0.99, warm=60, save_every=100, layout=torch.channels_last_3d)
