"""One command that makes the committed networks again: banks, training in phases, export, evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from . import detector, landmarks, localizer
from .common import ROOT, say
from .evaluate import evaluate
from .export import export
from .fit import Part, train


@dataclass(frozen=True)
class Phase:
    """One training run; a later phase goes on from the earlier one's weights, on a bank of its own."""

    steps: int
    shards: int
    seed: int
    peak: float
    recipe: str = "plain"
    """What the bank is made of (landmarks only)."""
    also: tuple[int, int] | None = None
    """An earlier phase's bank (seed, shards) to draw from as well."""


PLAN: dict[str, tuple[Phase, ...]] = {
    "landmarks": (
        Phase(1100, 64, 1, 2e-3),
        Phase(1500, 24, 21, 1.2e-3),
        Phase(3400, 56, 31, 1.2e-3, "broken"),
        Phase(3200, 24, 41, 1e-3, "broken", also=(31, 56)),
    ),
    "detector": (Phase(700, 16, 2, 2e-3), Phase(600, 12, 22, 1.2e-3)),
    "localizer": (Phase(400, 8, 3, 2e-3), Phase(400, 6, 23, 1.5e-3)),
}
AVERAGED = frozenset({"detector"})
"""Networks whose exported weights are the mean of their phases' weights."""


def part_of(name: str, recipe: str = "plain", small: bool = False) -> Part:
    if name == "landmarks":
        return landmarks.part(recipe, small)
    return {"detector": detector, "localizer": localizer}[name].part(small)


def average(paths: list[Path], out: Path) -> Path:
    """The mean of several networks' weights, which lie on one path of training."""
    weights = [torch.load(p) for p in paths]
    torch.save({k: (sum(w[k].float() for w in weights) / len(weights)).to(weights[0][k].dtype) for k in weights[0]}, out)
    return out


def train_all(work: Path, root: Path | None = None, smoke: bool = False) -> None:
    """`smoke` goes the whole way with a few small steps, into `work` and not over the committed models: it tries the machinery."""
    root = root or (work / "models" if smoke else ROOT)
    for name, phases in PLAN.items():
        start: Path | None = None
        for k, phase in enumerate(phases):
            out = work / f"{name}-phase{k}.pt"
            say(f"{name}: phase {k + 1} of {len(phases)}, {'smoke' if smoke else phase}")
            steps, shards, batch = (3, 1, 8) if smoke else (phase.steps, phase.shards, None)
            bank = work / f"bank-{name}-{phase.seed}"
            also = (work / f"bank-{name}-{phase.also[0]}", 1 if smoke else phase.also[1]) if phase.also else None
            train(part_of(name, phase.recipe, smoke), out, bank, steps=steps, shards=shards, seed=phase.seed, peak=phase.peak, start=start, also=also, batch=batch)
            start = out
        assert start is not None
        if name in AVERAGED:
            start = average([work / f"{name}-phase{k}.pt" for k in range(len(phases))], work / f"{name}-mean.pt")
        export(name, start, root)
    evaluate(root, *((16, 2, 1) if smoke else ()))
