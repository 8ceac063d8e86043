"""Trains the 3D localizer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spinegen.volume import sample_volumes, scale_volume, warp

from .bank import Arrays, Bank, fill, shard_paths
from .common import Clock, Ema, learning_rate, save_weights
from .nets import LocalizerNet

CHUNK = 8
SHARD = CHUNK * 8
SHAPES = ((80, 64, 72), (56, 72, 88), (96, 56, 64), (64, 64, 64))


def make_shard(index: int, g: torch.Generator) -> Arrays:
    hu, heat = [], []
    shape = SHAPES[index % len(SHAPES)]
    for _ in range(SHARD // CHUNK):
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


def train(out: Path, bank: Path, *, steps: int, batch: int = 4, shards: int = 16, seed: int = 3, peak: float = 2e-3, start: Path | None = None, threads: int = 2, also: tuple[Path, int] | None = None) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    fill(bank, make_shard, shards, seed)
    net = LocalizerNet()
    if start is not None:
        net.load_state_dict(torch.load(start))
    net = net.to(memory_format=torch.channels_last_3d)
    ema = Ema(net, 0.99)
    optimiser = torch.optim.AdamW(net.parameters(), peak, weight_decay=1e-3)
    clock = Clock(50)
    g = torch.Generator().manual_seed(seed + 7)
    for step, data in enumerate(Bank([*shard_paths(bank, shards), *(shard_paths(*also) if also else [])]).batches(steps, batch, seed)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps, peak, warm=60)
        volume = torch.from_numpy(data["hu"]).float()
        volume = volume * (1 + 0.08 * torch.randn(batch, 1, 1, 1, 1, generator=g)) + 20 * torch.randn(batch, 1, 1, 1, 1, generator=g) * (volume > -900)
        heat = torch.from_numpy(data["heat"]).float() / 255
        volume, heat = warp(volume, heat, g)
        terms = loss_terms(net.train(), scale_volume(volume).contiguous(memory_format=torch.channels_last_3d), heat)
        total = torch.stack(list(terms.values())).sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        ema.update(net)
        clock.note(step, **{k: v.detach() for k, v in terms.items()})
        if (step + 1) % 100 == 0:
            save_weights(ema.net, out)
    save_weights(ema.net, out)
