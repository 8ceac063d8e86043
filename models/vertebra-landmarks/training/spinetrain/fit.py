"""The one training loop: what differs between the three networks is a `Part`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from .bank import Arrays, Bank, MakeShard, fill, shard_paths
from .common import Clock, Ema, learning_rate, save_weights

Losses = Callable[[nn.Module, Arrays, torch.Generator], dict[str, Tensor]]


@dataclass(frozen=True)
class Part:
    """One network: how its samples are drawn, what it is, what it is told."""

    make_shard: MakeShard
    net: Callable[[], nn.Module]
    losses: Losses
    """Terms of one batch, unweighted; augmentation draws from the generator."""
    weights: dict[str, float]
    batch: int
    shards: int
    seed: int
    keep: float
    """Decay of the weights' moving average, which is what is exported."""
    warm: int = 150
    save_every: int = 200
    layout: torch.memory_format = torch.channels_last


def train(
    part: Part, out: Path, bank: Path, *, steps: int, shards: int, seed: int, peak: float = 2e-3, start: Path | None = None, threads: int = 2, also: tuple[Path, int] | None = None, batch: int | None = None
) -> None:
    """Fills the bank, then trains from `start` (or from nothing) and writes the averaged weights to `out`.

    `also` is another bank, already rendered, with the number of its shards to draw from as well.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    fill(bank, part.make_shard, shards, seed)
    net = part.net()
    if start is not None:
        net.load_state_dict(torch.load(start))
    net = net.to(memory_format=part.layout)
    ema = Ema(net, part.keep)
    optimiser = torch.optim.AdamW(net.parameters(), peak, weight_decay=1e-3)
    clock = Clock(min(50, steps))
    g = torch.Generator().manual_seed(seed + 7)
    source = Bank([*shard_paths(bank, shards), *(shard_paths(*also) if also else [])])
    for step, data in enumerate(source.batches(steps, batch or part.batch, seed)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps, peak, part.warm)
        terms = part.losses(net.train(), data, g)
        total = torch.stack([part.weights.get(k, 1.0) * v for k, v in terms.items()]).sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        ema.update(net)
        clock.note(step, **{k: v.detach() for k, v in terms.items()})
        if (step + 1) % part.save_every == 0:
            save_weights(ema.net, out)
    save_weights(ema.net, out)
