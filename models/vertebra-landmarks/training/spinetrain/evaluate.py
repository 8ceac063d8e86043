"""Measures the exported networks on the ladder's rungs a and b, merges the server's rungs, and writes metrics.json and MODEL_CARD.md."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spinegen.anatomy import DETECTED, FIRST_T, S1
from spinegen.heldout import RENDERERS, heldout_patches, heldout_strips
from spinegen.patches import Patches, train_patches
from spinegen.strips import Strips
from spinegen.volume import sample_volumes, scale_volume

from .card import write_cards
from .common import ROOT, say
from .export import SPECS, run_onnx, write_calibration
from .measure import Norms, graded_loss, heights, interval, norms, raw_loss, wilson
from .realscan import NAMES, detect, name_levels

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
    def limits(d: np.ndarray) -> float:
        return float(1.96 * np.std(d))

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
        "vertebrae": len(error), "positives": int(positive.sum()),
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


def calibrate(model: Path, seed: int = 60_001) -> dict[str, Any]:
    """The factor that makes sigma a standard deviation, on training renderers with unseen seeds (not on the rungs)."""
    g = torch.Generator().manual_seed(seed)
    parts = [train_patches(64, g, "ct") for _ in range(5)]
    image, truth, usable = (torch.cat([getattr(p, k) for p in parts]) for k in ("image", "xy", "usable"))
    xy, sigma, quality = infer(model, image)
    good = usable.numpy() > 0.5
    z = np.abs((xy - truth.numpy())[good] / sigma[good][..., None])
    # 68.3 % of the deviations lie within one standard deviation.
    scale = float(np.percentile(z, 68.3))
    called = quality[:, 0] > 0
    return {"sigmaScale": round(scale, 3), "qualitySens": round(float((called & good).sum() / max(1, good.sum())), 3), "qualitySpec": round(float((~called & ~good).sum() / max(1, (~good).sum())), 3)}


def detector_rungs(model: Path, count: int) -> dict[str, Any]:
    """Straightened CT strips and sagittal pictures: whole bodies found, invented, named, and how well placed."""
    rungs: dict[str, Any] = {}
    for rung in ("a", "b"):
        rungs[rung] = {}
        for renderer in RENDERERS:
            g = torch.Generator().manual_seed(SEEDS[rung] + 7 + RENDERERS.index(renderer))
            tally = {"whole": 0, "found": 0, "detections": 0, "invented": 0, "named": 0, "run": 0, "anchored": 0, "anchoredRun": 0}
            place: list[float] = []
            tilt: list[float] = []
            done = 0
            # CT is what the strip is for; the others are fewer.
            wanted = count if renderer == "ct" else max(1, count // 4)
            while done < wanted:
                batch = heldout_strips(min(8, wanted - done), g, renderer, FAMILY[rung])
                done += batch.image.shape[0]
                for i in range(batch.image.shape[0]):
                    _count_strip(model, batch, i, tally, place, tilt)
            whole = tally["whole"]
            rungs[rung][renderer] = {
                "found": round(tally["found"] / max(1, whole), 4), "foundCi": wilson(tally["found"], whole), "invented": tally["invented"], "detections": tally["detections"],
                "centreMedianPx": round(float(np.median(place)), 2) if place else None, "centreP95Px": round(float(np.percentile(place, 95)), 2) if place else None,
                "tiltMedianDeg": round(float(np.median(tilt)), 2) if tilt else None,
                "levelRateSingle": round(tally["named"] / max(1, tally["found"]), 4), "levelRate": round(tally["run"] / max(1, tally["found"]), 4), "levelRateCi": wilson(tally["run"], tally["found"]),
                "levelRateSacrumInView": round(tally["anchoredRun"] / max(1, tally["anchored"]), 4), "vertebrae": whole, "pictures": done,
            }
            say(f"detector {rung} {renderer}: {rungs[rung][renderer]}")
    return rungs


def _count_strip(model: Path, batch: Strips, i: int, tally: dict[str, int], place: list[float], tilt: list[float]) -> None:
    found = detect(model, batch.image[i].numpy(), normalised=True)
    names = name_levels(found)
    centre = batch.centre[i].numpy()
    present = batch.present[i].numpy() > 0
    shown = batch.shown[i].numpy() > 0
    tally["detections"] += len(found)
    sacrum = bool(shown[S1])
    used: set[int] = set()
    for slot in range(FIRST_T, S1):
        whole = shown[slot] and float(batch.complete[i, slot]) > 0.99
        if not whole:
            continue
        tally["whole"] += 1
        away = [np.hypot(f.column - centre[slot, 0], f.row - centre[slot, 1]) for f in found]
        if not away or min(away) > 0.45 * float(batch.tall[i, slot]):
            continue
        k = int(np.argmin(away))
        used.add(k)
        tally["found"] += 1
        place.append(float(away[k]))
        tilt.append(abs(float(np.degrees(found[k].tilt - float(batch.tilt[i, slot])))))
        tally["named"] += int(np.argmax(found[k].level) == slot - DETECTED.start)
        right = names[k] == NAMES[slot - DETECTED.start]
        tally["run"] += int(right)
        tally["anchored"] += int(sacrum)
        tally["anchoredRun"] += int(sacrum and right)
    for k, f in enumerate(found):
        if k in used:
            continue
        nearest = float(np.hypot(centre[:, 0] - f.column, centre[:, 1] - f.row)[present].min())
        tally["invented"] += int(nearest > 0.5 * f.tall)


def _peak(plane: np.ndarray) -> np.ndarray:
    """Centre of the heat about its largest value, in voxels."""
    y, x = (int(v) for v in np.unravel_index(plane.argmax(), plane.shape))
    window = np.zeros_like(plane)
    near = (slice(max(0, y - 3), y + 4), slice(max(0, x - 3), x + 4))
    window[near] = plane[near] ** 2
    total = max(float(window.sum()), 1e-9)
    return np.array([(window.sum(1) * np.arange(plane.shape[0])).sum(), (window.sum(0) * np.arange(plane.shape[1])).sum()]) / total


def localizer_rung(model: Path, count: int) -> dict[str, Any]:
    """Trunks of the training generator with unseen seeds (there is no second trunk generator: rung c and real scans say more)."""
    g = torch.Generator().manual_seed(90_001)
    line: list[float] = []
    hits = {"sacrum": [0, 0], "sacrumClear": [0, 0], "rib": [0, 0], "ribClear": [0, 0]}
    rib: list[float] = []
    for _ in range(count):
        v = sample_volumes(1, g, (80, 64, 72))
        got = run_onnx(model, scale_volume(v.hu).numpy())[0][0]
        want = v.heat[0].numpy()
        for z in range(want.shape[1]):
            if want[0, z].max() < 0.6:
                continue
            a, b = (_peak(h[0, z]) for h in (got, want))
            line.append(8.0 * float(np.linalg.norm(a - b)))
        for name, channel in (("sacrum", 2), ("rib", 3)):
            if want[channel].max() > 0.6:
                hits[name][1] += 1
                hits[name][0] += int(got[channel].max() > 0.4)
                if channel == 3 and got[3].max() > 0.4:
                    zs = np.arange(want.shape[1])
                    centre = [float((h[3].sum((1, 2)) * zs).sum() / max(1e-6, h[3].sum())) for h in (np.where(got > 0.2, got, 0), want)]
                    rib.append(8.0 * abs(centre[0] - centre[1]))
            elif want[channel].max() < 0.05:
                hits[name + "Clear"][1] += 1
                hits[name + "Clear"][0] += int(got[channel].max() <= 0.4)
    result = {
        "lineMedianMm": round(float(np.median(line)), 2), "lineMeanMm": round(float(np.mean(line)), 2), "lineP95Mm": round(float(np.percentile(line, 95)), 2), "planes": len(line),
        "lastRibMedianMm": round(float(np.median(rib)), 2) if rib else None,
        **{f"{k}Rate": round(h / max(1, n), 4) for k, (h, n) in hits.items()}, **{f"{k}RateCi": wilson(h, n) for k, (h, n) in hits.items()}, "volumes": count,
    }
    say(f"localizer: {result}")
    return result


def with_common_names(rung: dict[str, Any]) -> dict[str, Any]:
    """The server's figures under the names that rungs a and b use too; parts (mr, xray, bySize, scans ...) likewise. Nothing is measured here."""
    named = {key: [with_common_names(each) for each in value] if key == "scans" else value for key, value in rung.items()}
    for key in ("mr", "xray", "mri"):
        if key in named:
            named[key] = with_common_names(named[key])
    for key in ("bySize", "byShape"):
        if key in named:
            named[key] = {name: with_common_names(part) for name, part in named[key].items()}
    if (loss := named.get("loss")) is not None:
        named |= {"lossBiasPoints": loss["bias"], "lossBiasPointsCi": loss["biasCi"], "lossLimitsPoints": loss["limits"], "lossLimitsPointsCi": loss["limitsCi"]}
    if isinstance(false := named.get("falseG2"), dict) and false["rate"] is not None and "sensG2" in named:
        right = false["of"] - false["count"]
        named["specG2"] = {"of": false["of"], "count": right, "rate": round(1 - false["rate"], 3), "ci": [round(1 - edge, 3) for edge in reversed(false["ci"])]}
    if "implants" in named and "vertebrae" not in named:
        named["vertebrae"] = named["implants"]
    return named


def merge_server_rungs(metrics: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Puts rungs c, d, e of `server-rungs.json` (written by the TypeScript side) beside a and b; its shape is in training/README.md."""
    server = read(folder / "server-rungs.json")
    for rung in ("c", "d", "e"):
        if rung in server.get("rungs", server):
            metrics["rungs"][rung] = with_common_names(server.get("rungs", server)[rung])
    if "model" in server:
        metrics["serverRungsModel"] = server["model"]
    return metrics


def evaluate(root: Path = ROOT, count: int = 500, strips: int = 40, volumes: int = 30, only: str | None = None) -> None:
    torch.set_num_threads(1)
    for name, spec in SPECS.items():
        folder = root / spec.folder
        model = folder / "model.onnx"
        if not model.exists():
            continue
        manifest = read(folder / "manifest.json")
        metrics = read(folder / "metrics.json")
        if only in (None, name):
            metrics = {"model": {"id": manifest["id"], "version": manifest["version"], "sha256": manifest["file"]["sha256"]}, "trainedOn": "procedural synthetic spines only"}
            if name == "landmarks":
                got = calibrate(model)
                write_calibration(folder, {"sigmaScale": got["sigmaScale"]})
                metrics["calibration"] = got
                metrics["rungs"] = landmark_rungs(model, count, norms())
            elif name == "detector":
                metrics["rungs"] = detector_rungs(model, strips)
            else:
                metrics["rungs"] = {"unseenSeeds": {"ct": localizer_rung(model, volumes)}}
        if "rungs" not in metrics:
            continue
        if name == "landmarks":
            metrics = merge_server_rungs(metrics, folder)
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    write_cards(root)


def quick(model: Path, count: int) -> None:
    torch.set_num_threads(1)
    start = time.time()
    landmark_rungs(model, count, norms(400))
    say(f"{time.time() - start:.0f} s")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}
