"""Measures the exported networks on the ladder's rungs a and b, merges the server's rungs, and writes metrics.json and MODEL_CARD.md."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spinegen.heldout import RENDERERS, heldout_patches
from spinegen.patches import Patches

from .common import ROOT, say
from .export import run_onnx
from .measure import Norms, graded_loss, heights, interval, norms, raw_loss, wilson

SEEDS = {"a": 70_001, "b": 80_001}
FAMILY = {"a": "train", "b": "heldout"}


def infer(path: Path, image: torch.Tensor, batch: int = 64) -> list[np.ndarray]:
    parts = [run_onnx(path, image[i : i + batch].numpy()) for i in range(0, len(image), batch)]
    return [np.concatenate(p) for p in zip(*parts, strict=True)]


def collect(count: int, renderer: str, family: str, seed: int) -> Patches:
    got: list[Patches] = []
    g = torch.Generator().manual_seed(seed + 13 * RENDERERS.index(renderer))
    while sum(len(p.usable) for p in got) < count:
        p = heldout_patches(64, g, renderer, family)
        keep = p.usable > 0.5
        got.append(Patches(**{k: v[keep] for k, v in vars(p).items()}))
    merged = {k: torch.cat([getattr(p, k) for p in got])[:count] for k in vars(got[0])}
    return Patches(**merged)


def score(patch: Patches, xy: np.ndarray, sigma: np.ndarray, table: Norms) -> dict[str, Any]:
    spacing = patch.spacing.numpy()
    truth = patch.xy.numpy()
    error = np.linalg.norm(xy - truth, axis=-1) * spacing[:, None]
    h0, h1 = heights(truth) * spacing[:, None, None][:, :, 0], heights(xy) * spacing[:, None]
    loss0, loss1 = raw_loss(h0), raw_loss(h1)
    diff = 100 * (loss1 - loss0)
    sex, slot, expected = patch.sex.numpy(), patch.slot.numpy(), patch.expected.numpy()
    grade0, grade1 = graded_loss(h0, slot, sex, expected, table), graded_loss(h1, slot, sex, expected, table)
    positive, called = grade0 >= 0.25, grade1 >= 0.25
    clear = (grade0 >= 0.25) | (grade0 < 0.20)
    tp, tn = int((positive & called).sum()), int((~positive & ~called).sum())
    easy_tn, easy_n = int((~positive & ~called & clear).sum()), int((~positive & clear).sum())
    node = patch.node.numpy() > 0.5
    focal = node & ~positive
    spread = np.sqrt(((xy - truth) ** 2).mean(-1)) / sigma
    limits = lambda d: 1.96 * np.std(d)  # noqa: E731
    return {
        "landmarkMedianMm": round(float(np.median(error)), 3), "landmarkMedianMmCi": interval(error, np.median),
        "landmarkP95Mm": round(float(np.percentile(error, 95)), 3), "landmarkP95MmCi": interval(error, lambda e: np.percentile(e, 95)),
        "cornerMedianMm": round(float(np.median(error[:, [0, 4, 5, 9]])), 3),
        "lossBiasPoints": round(float(diff.mean()), 2), "lossBiasPointsCi": interval(diff, np.mean),
        "lossLimitsPoints": round(float(limits(diff)), 2), "lossLimitsPointsCi": interval(diff, limits),
        "lossP95AbsPoints": round(float(np.percentile(np.abs(diff), 95)), 2),
        "sensG2": round(tp / max(1, int(positive.sum())), 4), "sensG2Ci": wilson(tp, int(positive.sum())),
        "specG2": round(tn / max(1, int((~positive).sum())), 4), "specG2Ci": wilson(tn, int((~positive).sum())),
        "specG2AgainstG0": round(easy_tn / max(1, easy_n), 4), "specG2AgainstG0Ci": wilson(easy_tn, easy_n),
        "falseG2AtNodes": round(float(called[focal].mean()), 4) if focal.any() else None, "nodes": int(focal.sum()),
        "sigmaZ": round(float(np.median(np.abs(spread)) / 0.83), 3),
        "vertebrae": int(len(error)), "positives": int(positive.sum()),
    }


def landmark_rungs(model: Path, count: int, table: Norms) -> dict[str, Any]:
    rungs: dict[str, Any] = {}
    for rung in ("a", "b"):
        rungs[rung] = {}
        for renderer in RENDERERS:
            patch = collect(count, renderer, FAMILY[rung], SEEDS[rung])
            xy, sigma, _ = infer(model, patch.image)
            rungs[rung][renderer] = score(patch, xy, sigma, table)
            got = rungs[rung][renderer]
            say(f"{rung} {renderer}: median {got['landmarkMedianMm']} mm, p95 {got['landmarkP95Mm']}, loss {got['lossBiasPoints']} +- {got['lossLimitsPoints']}, sens {got['sensG2']}, "
                f"spec {got['specG2']} ({got['specG2AgainstG0']} against grade 0), n {got['vertebrae']}")
    return rungs


def quick(model: Path, count: int) -> None:
    torch.set_num_threads(1)
    start = time.time()
    landmark_rungs(model, count, norms(400))
    say(f"{time.time() - start:.0f} s")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


__all__ = ["ROOT", "landmark_rungs", "quick", "read"]
