"""One command that makes the committed networks again: banks, training in phases, export, evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from . import detector, landmarks, localizer
from .common import ROOT, say
from .evaluate import evaluate
from .export import export


@dataclass(frozen=True)
class Phase:
    """One training run; a later phase goes on from the earlier one's weights, on a bank of its own.

    `also` names an earlier phase's bank (seed, shards) to draw from as well.
    """

    steps: int
    shards: int
    seed: int
    peak: float
    also: tuple[int, int] | None = None


PLAN: dict[str, tuple[Phase, ...]] = {
    "landmarks": (Phase(1100, 64, 1, 2e-3), Phase(1500, 24, 21, 1.2e-3)),
    "detector": (Phase(700, 16, 2, 2e-3), Phase(600, 12, 22, 1.2e-3)),
    "localizer": (Phase(400, 8, 3, 2e-3), Phase(400, 6, 23, 1.5e-3)),
}
AVERAGED = frozenset({"detector"})
"""Networks whose exported weights are the mean of their phases' weights."""
PARTS = {"landmarks": landmarks, "detector": detector, "localizer": localizer}


def average(paths: list[Path], out: Path) -> Path:
    """The mean of several networks' weights, which lie on one path of training."""
    weights = [torch.load(p) for p in paths]
    torch.save({k: (sum(w[k].float() for w in weights) / len(weights)).to(weights[0][k].dtype) for k in weights[0]}, out)
    return out


def train_all(work: Path, root: Path | None = None, quick: bool = False) -> None:
    root = root or ROOT
    for name, phases in PLAN.items():
        start: Path | None = None
        for k, phase in enumerate(phases):
            out = work / f"{name}-phase{k}.pt"
            say(f"{name}: phase {k + 1} of {len(phases)}, {phase}")
            steps, shards = (3, 1) if quick else (phase.steps, phase.shards)
            also = (work / f"bank-{name}-{phase.also[0]}", 1 if quick else phase.also[1]) if phase.also else None
            PARTS[name].train(out, work / f"bank-{name}-{phase.seed}", steps=steps, shards=shards, seed=phase.seed, peak=phase.peak, start=start, also=also)
            start = out
        assert start is not None
        if name in AVERAGED:
            start = average([work / f"{name}-phase{k}.pt" for k in range(len(phases))], work / f"{name}-mean.pt")
        export(name, start, root)
    evaluate(root, *((16, 2, 1) if quick else ()))
