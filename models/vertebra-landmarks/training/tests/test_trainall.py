"""The one command that retrains everything runs from the banks to the cards (a few small steps; nothing is learnt)."""

from __future__ import annotations

import json
from pathlib import Path

from spinetrain.export import SPECS
from spinetrain.trainall import PLAN, train_all, train_phases


def test_train_all_makes_banks_networks_figures_and_cards(tmp_path: Path) -> None:
    train_all(tmp_path, smoke=True)
    for spec in SPECS.values():
        folder = tmp_path / "models" / spec.folder
        manifest = json.loads((folder / "manifest.json").read_text())
        metrics = json.loads((folder / "metrics.json").read_text())
        assert metrics["model"]["sha256"] == manifest["file"]["sha256"]
        assert metrics["rungs"] and (folder / "model.onnx").stat().st_size == manifest["file"]["bytes"]
        assert manifest["file"]["sha256"] in (folder / "MODEL_CARD.md").read_text()
    assert set(metrics_rungs(tmp_path)) == {"a", "b"}
    # Started again, nothing that is finished is made a second time.
    made = {p: p.stat().st_mtime_ns for p in [*tmp_path.glob("*-phase*.pt"), *tmp_path.glob("bank-*/*.npz")]}
    assert len(made) > 2 * len(PLAN)
    for name in PLAN:
        train_phases(name, tmp_path, smoke=True)
    assert {p: p.stat().st_mtime_ns for p in made} == made


def metrics_rungs(work: Path) -> dict[str, object]:
    return json.loads((work / "models/vertebra-landmarks/metrics.json").read_text())["rungs"]
