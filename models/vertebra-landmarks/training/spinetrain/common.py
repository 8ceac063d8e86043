"""What the three trainers share."""

from __future__ import annotations

import copy
import math
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[3]
"""The repository's models/ folder."""


class Ema:
    """Exponential moving average of the weights and statistics; this is what is exported."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net = copy.deepcopy(net).eval()
        self.decay, self.step = decay, 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        self.step += 1
        keep = min(self.decay, (1 + self.step) / (10 + self.step))
        for old, new in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if old.dtype.is_floating_point:
                old.lerp_(new, 1 - keep)
            else:
                old.copy_(new)


def learning_rate(step: int, steps: int, peak: float, warm: int = 150) -> float:
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm) / max(1, steps - warm)))))


class Clock:
    """Prints averages of the losses now and then."""

    def __init__(self, every: int) -> None:
        self.every, self.start, self.n = every, time.time(), 0
        self.sums: dict[str, float] = {}

    def note(self, step: int, **values: Tensor | float) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)
        self.n += 1
        if self.n == self.every:
            text = " ".join(f"{k} {v / self.n:.4f}" for k, v in self.sums.items())
            print(f"{time.time() - self.start:7.0f} s step {step + 1} {text}", flush=True)
            self.sums, self.n = {}, 0


def save_weights(net: nn.Module, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(net.state_dict(), part)
    part.replace(path)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
