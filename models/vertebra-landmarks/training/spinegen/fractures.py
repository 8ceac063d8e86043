"""Which bodies of a sampled spine are broken, how, and what their discs take up."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .draws import chance, uniform


@dataclass(frozen=True)
class Fractures:
    """How a batch of spines is broken. With the defaults a draw is the same as before a choice existed: old seeds keep their spines."""

    share: float = 0.35
    """Share of bodies that are broken."""
    severe: float = 0.0
    """Share of fractures that lose 30 % or more for certain."""
    held: float = 0.0
    """Share of spines whose discs take up what a broken body loses, so that its neighbours stay where they were."""
    mild: float = 0.0
    """Share of fractures that lose 18 to 38 % for certain: the sizes about the limit of grade 2."""
    alone: float = 0.0
    """Share of spines in which no two neighbours are broken."""
    free_rear: bool = False
    """More crushes, and the posterior wall loses its own share: in a crush as much as the front or more, in a wedge up to half."""
    whole_arches: bool = False
    """Pedicles and arches keep the size they had; before, they shrank with the broken body and so told its height."""


def break_bodies(ha: Tensor, hp: Tensor, ds: Tensor, di: Tensor, told: Fractures, g: torch.Generator, breakable: range) -> tuple[Tensor, ...]:
    """Chooses which bodies are broken and takes their height off; the middle follows in the endplate curves."""
    shape = ha.shape
    broken = chance(shape, told.share, g)
    broken[:, : breakable.start] = 0
    broken[:, breakable.stop :] = 0
    draw = torch.rand(shape, generator=g)
    first, second = (0.30, 0.52) if told.free_rear else (0.45, 0.75)
    kind = torch.where(draw < first, 1, torch.where(draw < second, 2, 3)) * broken
    loss = uniform(shape, 0.12, 0.60, g)
    if told.severe > 0:
        loss = torch.where(torch.rand(shape, generator=g) < told.severe, uniform(shape, 0.30, 0.66, g), loss)
    if told.mild > 0:
        loss = torch.where(torch.rand(shape, generator=g) < told.mild, uniform(shape, 0.18, 0.38, g), loss)
    if told.alone > 0:
        every_other = (torch.arange(shape[1])[None] + torch.randint(0, 2, (shape[0], 1), generator=g)) % 2
        keep = torch.where(chance((shape[0], 1), told.alone, g) > 0, every_other.float(), torch.ones(shape))
        broken, kind = broken * keep, kind * keep
    loss = loss * broken
    wedge, bicon, crush = ((kind == k).float() for k in (1, 2, 3))
    front = loss * (wedge + bicon * uniform(shape, 0, 0.45, g) + crush * uniform(shape, 0.75, 1.0, g))
    in_wedge, in_crush = ((0.0, 0.5), (0.65, 1.15)) if told.free_rear else ((0.0, 0.18), (0.6, 1.0))
    back = loss * (wedge * uniform(shape, *in_wedge, g) + bicon * uniform(shape, 0, 0.15, g) + crush * uniform(shape, *in_crush, g))
    spread = 1 + loss * uniform(shape, 0, 0.16, g)
    return kind, loss, ha * (1 - front), hp * (1 - back), ds * spread, di * (1 + (spread - 1) * uniform(shape, 0.2, 1, g))


def taken_up(lost: Tensor, told: Fractures, g: torch.Generator) -> Tensor:
    """What the disc below each slot gains from the height (mm) that the bodies beside it lost."""
    kept = lost * chance((lost.shape[0], 1), told.held, g) * uniform(lost.shape, *((0.7, 1.1) if told.free_rear else (0.4, 1.1)), g)
    above = kept * uniform(lost.shape, 0.1, 0.9, g)
    gain = kept - above
    gain[:, :-1] += above[:, 1:]
    return gain
