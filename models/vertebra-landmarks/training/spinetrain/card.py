"""Writes MODEL_CARD.md of each network from its manifest and metrics.json: never edited by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .servercard import server_tables, table

PURPOSE = {
    "vertebra-landmarks": "Ten endplate points of one vertebral body in a 64 x 64 patch, with their uncertainty and a quality score; shared by CT, lateral X-ray and sagittal MRI.",
    "vertebra-detector": "Vertebral bodies T1 to L6 and S1 in a straightened CT strip or a sagittal picture: centre, size, tilt, level, completeness.",
    "spine-localizer": "Where the spine runs in a CT volume at 4 mm: line through the bodies, canal, sacrum, last ribs.",
}
RUNGS = {
    "a": "renderers never used in training, same shape model",
    "b": "shape family never used in training, and renderers never used in training",
    "unseenSeeds": "the training's own trunks, with seeds that training never saw",
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
        out += [f"- {text}" for text in _notes("gap-notes.json").get("a", [])] + [""]
    if "a" in rungs and "b" in rungs:
        ratios = {name: [rungs["b"][name][key] / rungs["a"][name][key] for key in ("landmarkMedianMm", "lossLimitsPoints")] for name in rungs["b"]}
        out += ["Rung b is to stay within 1.3 times rung a (landmark median, loss limits): " + "; ".join(
            f"{name} {mm:.2f} and {points:.2f}{'' if max(mm, points) <= 1.3 else ', **not reached**'}" for name, (mm, points) in ratios.items()) + ".", ""]
    if "a" in rungs:
        out += ["The loss compared is 1 - min(anterior, middle) / posterior, measured from the network's points and from the true ones. Grade >= 2 means a loss of 25 % or more against what level, sex and",
                "neighbours lead one to expect, by the same rule for both. Half of the bodies are fractured and many lie near 25 %, unlike in patients: sensitivity and specificity here",
                "compare versions of the network, and are no clinical figures.", ""]
    return out + server_tables(rungs, _notes("gap-notes.json"))


def _notes(name: str) -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / name
    return json.loads(path.read_text()) if path.exists() else {}


HEADS = {
    "detector": (("vertebrae", "bodies"), ("found", "found"), ("invented", "invented"), ("detections", "detections"), ("levelRate", "level right, best run"), ("levelRateSingle", "level right, each alone"),
                 ("levelRateSacrumInView", "level right, sacrum in view"), ("centreMedianPx", "centre px, median"), ("centreP95Px", "centre px, p95"), ("tiltMedianDeg", "tilt, degrees"), ("pictures", "pictures")),
    "localizer": (("volumes", "trunks"), ("planes", "planes"), ("lineMedianMm", "line mm, median"), ("lineMeanMm", "line mm, mean"), ("lineP95Mm", "line mm, p95"), ("lastRibMedianMm", "last rib mm, median"),
                  ("sacrumRate", "sacrum seen where it is"), ("sacrumClearRate", "silent where no sacrum is"), ("ribRate", "last rib seen where it is"), ("ribClearRate", "silent where no last rib is")),
}
"""Columns of the two other networks' tables, by their key in metrics.json."""


def _cell(g: dict[str, Any], key: str) -> str:
    value, ci = g.get(key), g.get(key + "Ci")
    if value is None:
        return "-"
    text = f"{value:.2f}" if isinstance(value, float) else str(value)
    return f"{text} ({ci[0]:.2f} to {ci[1]:.2f})" if ci else text


def _other_tables(rungs: dict[str, Any], kind: str) -> list[str]:
    out: list[str] = []
    for rung, rows in rungs.items():
        heads = HEADS[kind]
        out += [f"### {'Rung ' + rung if len(rung) == 1 else rung}: {RUNGS[rung]}", "",
                *table(("picture", *(head for _, head in heads)), ((name, *(_cell(g, key) for key, _ in heads)) for name, g in rows.items()))]
    why = _notes("gap-notes.json")
    goals = (
        [(f"{rung}.{name}", f"{rung}, {name}: whole bodies found", g.get("found"), 0.95) for rung, rows in rungs.items() for name, g in rows.items()]
        if kind == "detector"
        else [("localizer.sacrum", "sacrum seen where it is", rungs["unseenSeeds"]["ct"].get("sacrumRate"), 0.95), ("localizer.rib", "last rib seen where it is", rungs["unseenSeeds"]["ct"].get("ribRate"), 0.95)]
    )
    rows = [(text, f"{got:.3g}", f"{goal:g}", "reached" if got >= goal else f"{goal - got:.2g}", "" if got >= goal else why.get(f"{kind}.{key}" if kind == "detector" else key, "")) for key, text, got, goal in goals if got is not None]
    return [*out, "### Against our own aims", "", "The design names no figure for this network alone; these are ours, so that rung e's 95 % of whole bodies found can be reached.", "",
            *table(("figure", "measured", "to reach", "missing", "why, as far as we know"), rows)]


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
    lines += _landmark_tables(metrics["rungs"]) if name == "vertebra-landmarks" else _other_tables(metrics["rungs"], name.split("-")[1])
    if name == "spine-localizer":
        lines += ["There is no second trunk generator, so this is the weakest kind of test: it says that training worked, not that real scans will.", ""]
    if name == "vertebra-detector":
        lines += ["`levelRate` is the share of found bodies that bear the right level after choosing the best run of consecutive levels; the server's Viterbi with anchors is measured on rungs c to e.", ""]
    if "calibration" in metrics:
        lines += [f"Calibration on training renderers with unseen seeds: {json.dumps(metrics['calibration'])}.", ""]
    said = _notes("real-scan-notes.json").get(name, [])
    if said:
        lines += ["## Looked at on real scans", "", "By the developers, who are no radiologists, on a few scans only:", "", *(f"- {text}" for text in said), ""]
    return "\n".join(lines).rstrip() + "\n"


def write_cards(root: Path) -> None:
    for name in PURPOSE:
        if (root / name / "metrics.json").exists():
            (root / name / "MODEL_CARD.md").write_text(card(root / name))
