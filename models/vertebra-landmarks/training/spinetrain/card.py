"""Writes MODEL_CARD.md of each network from its manifest and metrics.json: never edited by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PURPOSE = {
    "vertebra-landmarks": "Ten endplate points of one vertebral body in a 64 x 64 patch, with their uncertainty and a quality score; shared by CT, lateral X-ray and sagittal MRI.",
    "vertebra-detector": "Vertebral bodies T1 to L6 and S1 in a straightened CT strip or a sagittal picture: centre, size, tilt, level, completeness.",
    "spine-localizer": "Where the spine runs in a CT volume at 4 mm: line through the bodies, canal, sacrum, last ribs.",
}
RUNGS = {
    "a": "renderers never used in training, same shape model",
    "b": "shape family never used in training, and renderers never used in training",
    "unseenSeeds": "the training's own trunks, with seeds that training never saw",
    "c": "digital phantom with known heights through the whole server",
    "d": "implanted fractures in real scans",
    "e": "real scans as they are",
}
TARGET = {"ct": (1.0, 10), "t1": (1.0, 10), "t2": (1.0, 10), "stir": (1.0, 10), "xray": (1.4, 15)}


def _ci(got: dict[str, Any], key: str, digits: int = 2) -> str:
    value, ci = got.get(key), got.get(key + "Ci")
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return f"{text} ({ci[0]:.{digits}f} to {ci[1]:.{digits}f})" if ci else text


def _landmark_tables(rungs: dict[str, Any]) -> list[str]:
    out: list[str] = []
    for rung in ("a", "b"):
        if rung not in rungs:
            continue
        out += [f"### Rung {rung}: {RUNGS[rung]}", "",
                "| picture | n | landmark median mm | p95 mm | loss bias, points | loss limits +- points | sens grade >= 2 | spec, all others | spec, grade 0 only |", "|---|---|---|---|---|---|---|---|---|"]
        for name, g in rungs[rung].items():
            out.append(f"| {name} | {g['vertebrae']} | {_ci(g, 'landmarkMedianMm')} | {g['landmarkP95Mm']:.2f} | {_ci(g, 'lossBiasPoints', 1)} | {_ci(g, 'lossLimitsPoints', 1)} "
                       f"| {_ci(g, 'sensG2')} | {_ci(g, 'specG2')} | {_ci(g, 'specG2AgainstG0')} |")
        out.append("")
    if "a" in rungs:
        missed = []
        for name, g in rungs["a"].items():
            mm, points = TARGET[name]
            lacks = [text for bad, text in (
                (g["landmarkMedianMm"] > mm, f"landmark median {g['landmarkMedianMm']:.2f} mm for {mm} mm"),
                (g["lossLimitsPoints"] > points, f"loss limits {g['lossLimitsPoints']:.1f} for {points} points"),
                (g["sensG2"] < 0.95, f"sensitivity {g['sensG2']:.2f} for 0.95"), (g["specG2AgainstG0"] < 0.95, f"specificity against grade 0 {g['specG2AgainstG0']:.2f} for 0.95"),
                (g["specG2"] < 0.95, f"specificity against all below 25 % {g['specG2']:.2f} for 0.95")) if bad]
            missed.append(f"- {name}: " + ("; ".join(lacks) if lacks else "every figure reached") + ".")
        out += ["Against the design's figures for rung a:", "", *missed, ""]
        out += ["The loss compared is 1 - min(anterior, middle) / posterior, measured from the network's points and from the true ones. Grade >= 2 means a loss of 25 % or more against what level, sex and",
                "neighbours lead one to expect, by the same rule for both. Half of the bodies are fractured and many lie near 25 %, unlike in patients: sensitivity and specificity here",
                "compare versions of the network, and are no clinical figures.", ""]
    for rung in ("c", "d", "e"):
        if rung in rungs:
            out += [f"### Rung {rung}: {RUNGS[rung]}", "", "```json", json.dumps(rungs[rung], indent=1), "```", ""]
        else:
            out += [f"### Rung {rung}: {RUNGS[rung]}", "", "Not measured in this version.", ""]
    return out


def _plain_table(rungs: dict[str, Any]) -> list[str]:
    out: list[str] = []
    for rung, rows in rungs.items():
        keys = [k for k in next(iter(rows.values())) if not k.endswith("Ci")]
        out += [f"### {rung if len(rung) > 1 else 'Rung ' + rung}: {RUNGS[rung]}", "", "| picture | " + " | ".join(keys) + " |", "|---" * (len(keys) + 1) + "|"]
        for name, g in rows.items():
            cells = [(f"{g[k]} ({g[k + 'Ci'][0]} to {g[k + 'Ci'][1]})" if k + "Ci" in g else str(g[k])) for k in keys]
            out.append(f"| {name} | " + " | ".join(cells) + " |")
        out.append("")
    return out


def card(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text())
    metrics = json.loads((folder / "metrics.json").read_text())
    name = manifest["id"]
    lines = [
        f"# {name} {manifest['version']}", "", "<!-- Written by `python -m spinetrain evaluate`; do not edit. -->", "", PURPOSE[name], "",
        "**Trained on synthetic spines only. Not clinically validated. For research use until a site has validated it on its own labelled data.**", "",
        f"Contract `{manifest['contract']}`, {manifest['file']['bytes']} bytes, opset {manifest['file']['opset']}, SHA-256 `{manifest['file']['sha256']}`.", "",
        "## Where it fails or is unknown", "", *(f"- {text}" for text in manifest["card"]["limitations"]), "", "## Measurements", "",
    ]
    lines += _landmark_tables(metrics["rungs"]) if name == "vertebra-landmarks" else _plain_table(metrics["rungs"])
    if name == "spine-localizer":
        lines += ["There is no second trunk generator, so this is the weakest kind of test: it says that training worked, not that real scans will.", ""]
    if name == "vertebra-detector":
        lines += ["`levelRate` is the share of found bodies that bear the right level after choosing the best run of consecutive levels; the server's Viterbi with anchors is measured on rungs c to e.", ""]
    if "calibration" in metrics:
        lines += [f"Calibration on training renderers with unseen seeds: {json.dumps(metrics['calibration'])}.", ""]
    notes = Path(__file__).resolve().parents[1] / "real-scan-notes.json"
    said = json.loads(notes.read_text()).get(name, []) if notes.exists() else []
    if said:
        lines += ["## Looked at on real scans", "", "By the developers, who are no radiologists, on a few scans only:", "", *(f"- {text}" for text in said), ""]
    return "\n".join(lines).rstrip() + "\n"


def write_cards(root: Path) -> None:
    for name in PURPOSE:
        if (root / name / "metrics.json").exists():
            (root / name / "MODEL_CARD.md").write_text(card(root / name))
