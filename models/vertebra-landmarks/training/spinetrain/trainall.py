"""One command that makes the committed networks again: banks, training in phases, export, evaluation."""

from __future__ import annotations

import fcntl
import hashlib
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
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


SHAPING = frozenset({"bank.py", "common.py", "fit.py", "nets.py", "landmarks.py", "detector.py", "localizer.py"})
"""Sources of this folder that decide what a trained network is."""


def part_of(name: str, recipe: str = "plain", small: bool = False) -> Part:
    if name == "landmarks":
        return landmarks.part(recipe, small)
    return {"detector": detector, "localizer": localizer}[name].part(small)


def average(paths: list[Path], out: Path) -> Path:
    """The mean of several networks' weights, which lie on one path of training."""
    weights = [torch.load(p) for p in paths]
    torch.save({k: (sum(w[k].float() for w in weights) / len(weights)).to(weights[0][k].dtype) for k in weights[0]}, out)
    return out


def fingerprint(*what: object) -> str:
    """Tells whether a finished shard or phase on disk is the one that the plan means: its settings and the sources that draw and teach."""
    here = Path(__file__).resolve().parents[1]
    sources = sorted(p for folder in ("spinegen", "spinetrain") for p in (here / folder).glob("*.py") if p.name in SHAPING or folder == "spinegen" and p.name != "heldout.py")
    return hashlib.sha256(b"".join([repr(what).encode(), *(p.read_bytes() for p in sources)])).hexdigest()


def claim(folder: Path, mark: str) -> None:
    """Takes a bank's folder for `mark`: what was rendered there for anything else is thrown away."""
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "made-of.txt"
    if told.exists() and told.read_text() == mark:
        return
    for shard in folder.glob("*.npz"):
        shard.unlink()
    told.write_text(mark)


@contextmanager
def alone_at_work(work: Path, name: str) -> Iterator[None]:
    """Two runs in one folder would write over each other's states; the lock goes with the process that dies."""
    with (work / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"{name}: another run is at work in {work}") from None
        yield


def train_phase(name: str, k: int, work: Path, start: Path | None, mark: str, smoke: bool) -> Path:
    """Phase k, unless it is finished; one that was stopped goes on, if it was begun for the same `mark`."""
    phase = PLAN[name][k]
    out = work / f"{name}-phase{k}.pt"
    begun, done = out.with_suffix(".begun"), out.with_suffix(".done")
    if done.exists() and out.exists() and done.read_text() == mark:
        say(f"{name}: phase {k + 1} of {len(PLAN[name])} is there")
        return out
    done.unlink(missing_ok=True)
    if not (begun.exists() and begun.read_text() == mark):
        out.with_suffix(".state").unlink(missing_ok=True)
        begun.write_text(mark)
    say(f"{name}: phase {k + 1} of {len(PLAN[name])}, {'smoke' if smoke else phase}")
    steps, shards, batch = (3, 1, 8) if smoke else (phase.steps, phase.shards, None)
    also = (work / f"bank-{name}-{phase.also[0]}", 1 if smoke else phase.also[1]) if phase.also else None
    bank = work / f"bank-{name}-{phase.seed}"
    train(part_of(name, phase.recipe, smoke), out, bank, steps=steps, shards=shards, seed=phase.seed, peak=phase.peak, start=start, threads=1, also=also, batch=batch)
    done.write_text(mark)
    return out


def train_phases(name: str, work: Path, smoke: bool = False) -> Path:
    """All phases of one network; every finished shard and phase is kept, and a stopped one goes on, when it is called again."""
    with alone_at_work(work, name):
        made: list[Path] = []
        mark = fingerprint(name, smoke)
        for k, phase in enumerate(PLAN[name]):
            claim(work / f"bank-{name}-{phase.seed}", fingerprint(name, phase.seed, phase.recipe, smoke))
            mark = fingerprint(mark, phase)
            made.append(train_phase(name, k, work, made[-1] if made else None, mark, smoke))
        return average(made, work / f"{name}-mean.pt") if name in AVERAGED else made[-1]


def train_track(names: tuple[str, ...], work: Path, smoke: bool) -> None:
    for name in names:
        train_phases(name, work, smoke)


TRACKS = (("landmarks",), ("detector", "localizer"))
"""Trained side by side, one thread each: two threads for one network gain little (EXPERIMENTS.md, try 9)."""


def train_all(work: Path, root: Path | None = None, smoke: bool = False) -> None:
    """`smoke` goes the whole way with a few small steps, into `work` and not over the committed models: it tries the machinery."""
    root = root or (work / "models" if smoke else ROOT)
    work.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    crew = [context.Process(target=train_track, args=(names, work, smoke)) for names in TRACKS]
    try:
        for one in crew:
            one.start()
        for one in crew:
            one.join()
    finally:
        for one in crew:
            if one.is_alive():
                one.terminate()
    if any(one.exitcode != 0 for one in crew):
        raise SystemExit("training failed; start the same command again to go on from what is finished")
    for name in PLAN:
        export(name, train_phases(name, work, smoke), root)
    evaluate(root, *((16, 2, 1) if smoke else ()))
