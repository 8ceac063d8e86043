"""Random draws of the generator: every one takes its generator, so that a shard's seed decides everything."""

from __future__ import annotations

import torch
from torch import Tensor


def uniform(shape: tuple[int, ...] | torch.Size, lo: float, hi: float, g: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=g) * (hi - lo) + lo


def normal(shape: tuple[int, ...] | torch.Size, sd: float, g: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=g) * sd


def chance(shape: tuple[int, ...] | torch.Size, p: float, g: torch.Generator) -> Tensor:
    return (torch.rand(shape, generator=g) < p).float()
