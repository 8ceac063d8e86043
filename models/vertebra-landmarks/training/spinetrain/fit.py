"""The one training loop: what differs between the three networks is a `Part`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .bank import Arrays, Bank, MakeShard, fill, shard_paths
from .common import Clock, Ema, learning_rate, save_weights, say

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


@dataclass
class Run:
    """Everything that changes while a network is trained; kept on disk now and then, so that a stopped run goes on as if nothing had been."""

    net: nn.Module
    ema: Ema
    optimiser: torch.optim.Optimizer
    g: torch.Generator
    draw: np.random.Generator
    step: int = 0

    def keep(self, path: Path) -> None:
        part = path.with_suffix(".part")
        torch.save(
            {"step": self.step, "net": self.net.state_dict(), "ema": self.ema.net.state_dict(), "emaStep": self.ema.step, "optimiser": self.optimiser.state_dict(), "g": self.g.get_state(),
             "draw": self.draw.bit_generator.state},
            part,
        )
        part.replace(path)

    def go_on(self, path: Path) -> None:
        kept = torch.load(path)
        self.step, self.ema.step = kept["step"], kept["emaStep"]
        self.net.load_state_dict(kept["net"])
        self.ema.net.load_state_dict(kept["ema"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.g.set_state(kept["g"])
        self.draw.bit_generator.state = kept["draw"]


def begin(part: Part, seed: int, peak: float, start: Path | None) -> Run:
    torch.manual_seed(seed)
    net = part.net()
    if start is not None:
        net.load_state_dict(torch.load(start))
    net = net.to(memory_format=part.layout)
    return Run(net, Ema(net, part.keep), torch.optim.AdamW(net.parameters(), peak, weight_decay=1e-3), torch.Generator().manual_seed(seed + 7), np.random.default_rng(seed))


def train(
    part: Part, out: Path, bank: Path, *, steps: int, shards: int, seed: int, peak: float = 2e-3, start: Path | None = None, threads: int = 2, also: tuple[Path, int] | None = None, batch: int | None = None,
    workers: int = 2,
) -> None:
    """Fills the bank, then trains from `start` (or from nothing) and writes the averaged weights to `out`.

    `also` is another bank, already rendered, with the number of its shards to draw from as well. A run that was stopped left a
    `.state` beside `out`: the same call goes on from there and ends with the same weights.
    """
    torch.set_num_threads(threads)
    fill(bank, part.make_shard, shards, seed, workers)
    run = begin(part, seed, peak, start)
    state = out.with_suffix(".state")
    if state.exists():
        run.go_on(state)
        say(f"{out.stem}: goes on after step {run.step} of {steps}")
    clock = Clock(min(50, steps))
    source = Bank([*shard_paths(bank, shards), *(shard_paths(*also) if also else [])])
    for data in source.batches(steps - run.step, batch or part.batch, run.draw):
        for group in run.optimiser.param_groups:
            group["lr"] = learning_rate(run.step, steps, peak, part.warm)
        terms = part.losses(run.net.train(), data, run.g)
        total = torch.stack([part.weights.get(k, 1.0) * v for k, v in terms.items()]).sum()
        run.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(run.net.parameters(), 2.0)
        run.optimiser.step()
        run.ema.update(run.net)
        clock.note(run.step, **{k: v.detach() for k, v in terms.items()})
        run.step += 1
        if run.step % part.save_every == 0:
            run.keep(state)
    save_weights(run.ema.net, out)
    state.unlink(missing_ok=True)
