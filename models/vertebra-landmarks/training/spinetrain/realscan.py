"""Runs the three exported networks over a real CT as the server would, and draws what they say. Only measures; nothing is tuned here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from spinegen.anatomy import DETECTED, LEVELS

from .common import ROOT, say
from .export import run_onnx
from .frames import Line, PatchFrame, Volume, centre_line, localizer_grid, normalise, patch, patch_frame, read_dicom, read_nifti, strip, strip_to_patient
from .measure import heights, raw_loss

Array = np.ndarray
NAMES = [LEVELS[i] for i in DETECTED]


@dataclass
class Found:
    column: float
    row: float
    depth: float
    tall: float
    tilt: float
    score: float
    complete: float
    level: Array


def detect(model: Path, picture: Array, minimum: float = 0.3, normalised: bool = False) -> list[Found]:
    """Bodies in a strip or sagittal picture [3, h, w], from above."""
    _, h, w = picture.shape
    pad = ((0, 0), (0, -h % 32), (0, -w % 32))
    image = np.pad(picture, pad, mode="edge")
    image = (image if normalised else normalise(image))[None].astype(np.float32)
    centre, geometry, level, complete = run_onnx(model, image)
    heat = centre[0, 0]
    found: list[Found] = []
    for y, x in zip(*np.nonzero(heat > minimum), strict=True):
        near = heat[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
        if heat[y, x] < near.max():
            continue
        g = geometry[0, :, y, x]
        logits = level[0, :, y, x]
        p = np.exp(logits - logits.max())
        found.append(Found(4 * x + 1.5 + g[0], 4 * y + 1.5 + g[1], g[2], g[3], g[4], float(heat[y, x]), float(complete[0, 0, y, x]), p / p.sum()))
    found.sort(key=lambda f: -f.score)
    kept: list[Found] = []
    for f in found:
        if all(abs(f.row - k.row) > 0.55 * min(f.tall, k.tall) or abs(f.column - k.column) > 40 for k in kept):
            kept.append(f)
    return sorted((f for f in kept if f.row < h), key=lambda f: f.row)


def name_levels(found: list[Found]) -> list[str]:
    """The best run of consecutive levels (no Viterbi: the server has it)."""
    if not found:
        return []
    logp = np.log(np.stack([f.level for f in found]) + 1e-4)
    plain = [n for n in range(len(NAMES)) if NAMES[n] != "L6"]
    best = max(range(-len(found) + 1, len(plain)), key=lambda s: sum(logp[i, plain[s + i]] if 0 <= s + i < len(plain) else np.log(1e-4) for i in range(len(found))))
    return [NAMES[plain[best + i]] if 0 <= best + i < len(plain) else "?" for i in range(len(found))]


def frames_of(found: list[Found], line: Line) -> list[PatchFrame]:
    at = np.array([[f.column, f.row] for f in found])
    centres = strip_to_patient(line, at)
    gap = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    frames = []
    for i, f in enumerate(found):
        near = [gap[k] for k in (i - 1, i) if 0 <= k < len(gap)]
        pitch = float(np.mean(near)) if near else f.tall * 1.3
        row = int(np.clip(round(f.row), 0, len(line.points) - 1))
        frames.append(patch_frame(centres[i], line.back[row], line.down[row], f.tilt, pitch))
    return frames


def draw_patches(patches: Array, xy: Array, titles: list[str], scale: int = 4, across: int = 7) -> Image.Image:
    n = len(patches)
    size = 64 * scale
    sheet = Image.new("RGB", (across * size, -(-n // across) * size))
    for i in range(n):
        grey = (np.clip(patches[i] / 4 + 0.5, 0, 1) * 255).astype("uint8")
        tile = Image.fromarray(grey).resize((size, size), Image.Resampling.BICUBIC).convert("RGB")
        pen = ImageDraw.Draw(tile)
        for k, (x, y) in enumerate((xy[i] + 0.5) * scale):
            colour = (255, 140, 0) if k in (0, 4, 5, 9) else (0, 200, 255)
            pen.ellipse((x - 2, y - 2, x + 2, y + 2), outline=colour)
        pen.text((3, 3), titles[i], fill=(255, 255, 0))
        sheet.paste(tile, ((i % across) * size, (i // across) * size))
    return sheet


def look(source: Path, out: Path, root: Path = ROOT) -> None:
    volume = read_dicom(source) if source.is_dir() else read_nifti(source)
    grid, origin = localizer_grid(volume)
    heat = run_onnx(root / "spine-localizer/model.onnx", ((np.clip(grid, -1000, 1500) + 1000) / 2500)[None, None].astype(np.float32))[0][0]
    say(f"localizer grid {grid.shape}, peaks {[round(float(h.max()), 2) for h in heat]}")
    line = centre_line(heat[0], origin)
    report(volume, line, out, root)
    side = np.concatenate([grid.max(2), np.repeat(np.repeat(heat[0].max(2), 2, 0), 2, 1) * 1500], 1)[::-1]
    Image.fromarray((np.clip((side + 200) / 1400, 0, 1) * 255).astype("uint8")).resize((side.shape[1] * 4, side.shape[0] * 4)).save(out / "localizer.png")


def report(volume: Volume, line: Line, out: Path, root: Path = ROOT) -> None:
    out.mkdir(parents=True, exist_ok=True)
    picture = strip(volume, line)
    found = detect(root / "vertebra-detector/model.onnx", picture)
    names = name_levels(found)
    frames = frames_of(found, line)
    grey = (np.clip((picture[1] + 300) / 1100, 0, 1) * 255).astype("uint8")
    scale = 3
    sheet = Image.fromarray(grey).resize((128 * scale, len(grey) * scale), Image.Resampling.BICUBIC).convert("RGB")
    pen = ImageDraw.Draw(sheet)
    for f, name in zip(found, names, strict=True):
        x, y = (f.column + 0.5) * scale, (f.row + 0.5) * scale
        dx, dy = 0.5 * f.depth * np.cos(f.tilt) * scale, 0.5 * f.depth * np.sin(f.tilt) * scale
        pen.line((x - dx, y + dy, x + dx, y - dy), fill=(0, 200, 255))
        pen.text((x + dx + 6, y - 5), f"{name} {f.score:.2f} {f.level.max():.2f} {f.complete:.1f}", fill=(255, 220, 0))
    sheet.save(out / "strip.png")
    if not found:
        return
    patches = np.stack([normalise(patch(volume, fr)) for fr in frames])
    xy, sigma, quality = run_onnx(root / "vertebra-landmarks/model.onnx", patches[:, None])
    spacing = np.array([fr.spacing for fr in frames])
    h = heights(xy) * spacing[:, None]
    loss = raw_loss(h)
    titles = [f"{n} {100 * v:.0f}% s{m:.1f} q{q:.1f}" for n, v, m, q in zip(names, loss, sigma.mean(1) * spacing, quality[:, 0], strict=True)]
    draw_patches(patches, xy, titles).save(out / "patches.png")
    rows = [{"level": n, "score": f.score, "loss": float(v), "heights": [round(float(t), 1) for t in hh], "sigmaMm": float(s), "quality": float(q), "complete": f.complete}
            for n, f, v, hh, s, q in zip(names, found, loss, h, sigma.mean(1) * spacing, quality[:, 0], strict=True)]
    (out / "found.json").write_text(json.dumps(rows, indent=1))
    for r in rows:
        say(f"{r['level']:>4} score {r['score']:.2f} loss {100 * r['loss']:5.1f} heights {r['heights']} sigma {r['sigmaMm']:.2f} q {r['quality']:.1f}")
