"""Bright rims of the discs: calcified annulus, ligaments that ossify, spurs that meet or nearly do. They carry the walls' line on from body to body.

On a real scan with such rims the network took the rear corners of crushed bodies where that line ends, not where the endplate meets it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .draws import chance, uniform


@dataclass
class Rims:
    """Front and rear band; what is told per body [b, k, 2] runs evenly from one body to the next, the rest is the picture's own [b, 2]."""

    thick: Tensor
    """Into the disc, mm."""
    share: Tensor
    """Of the shell's grey; above 1 it is brighter than the walls."""
    cut: Tensor
    """How much of the thickness is lost in the middle of the disc: 1 leaves two spurs that do not meet."""
    gap: Tensor
    """How wide that waist is, share of the distance from body to body."""
    out: Tensor
    """How far the band stands out from the walls' line, mm."""


def sample_rims(batch: int, count: int, g: torch.Generator, strong: bool = False) -> Rims:
    """`strong` draws thick, uneven and very bright ones in most pictures, as in a spine that grows together."""
    thick, share = [], []
    for often in (0.6, 0.7) if strong else (0.35, 0.45):
        person = chance((batch, 1), often, g)
        jitter = 1.2 if strong else 0.6
        t = person * (uniform((batch, 1), 0.8, 5.0 if strong else 3.0, g) + uniform((batch, count), -jitter, jitter, g)) * chance((batch, count), 0.85, g)
        s = uniform((batch, 1), *((0.3, 1.4) if strong else (0.15, 0.9)), g) + uniform((batch, count), -0.15, 0.15, g)
        thick.append(t.clamp(min=0))
        share.append(s.clamp(0.05, 1.5 if strong else 1.0))
    one = (batch, 2)
    if not strong:
        return Rims(torch.stack(thick, -1), torch.stack(share, -1), torch.zeros(one), torch.ones(one), torch.full(one, 0.4))
    cut = chance(one, 0.6, g) * uniform(one, 0.2, 1.3, g)
    return Rims(torch.stack(thick, -1), torch.stack(share, -1), cut, uniform(one, 0.03, 0.14, g), uniform(one, -0.3, 1.8, g))
