"""Fine-tuning on a phantom set of a contrast that training never draws: it improves on bodies it has not seen, and the export is a whole model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from spinegen.heldout import heldout_patches
from spinetrain.common import ROOT
from spinetrain.export import run_onnx
from spinetrain.fine_tune import SIX, fine_tune, from_onnx, read_marked


def write_set(folder: Path, counts: dict[str, int]) -> None:
    """As `backstop annotate export` writes it, from the held-out STIR renderer: one look a body."""
    (folder / "fine-tune").mkdir()
    g = torch.Generator().manual_seed(123)
    looks, images = [], []
    for split, count in counts.items():
        patch = heldout_patches(count, g, "stir")
        whole = [k for k in range(count) if patch.usable[k] > 0.5]
        for k in whole:
            body = {"study": f"{split}{k}", "patient": f"{split}{k}", "split": split, "modality": "MR", "level": "L1"}
            looks.append({**body, "xy": patch.xy[k, SIX].tolist()})
        images.append(patch.image[whole, 0].numpy())
    index = {"format": "backstop-patches", "version": 1, "size": 64, "points": ["AS", "MS", "PS", "AI", "MI", "PI"], "looks": looks}
    (folder / "fine-tune" / "patches.json").write_text(json.dumps(index))
    np.concatenate(images).astype("<f4").tofile(folder / "fine-tune" / "patches.f32")


def test_committed_model_reads_back() -> None:
    path = ROOT / "vertebra-landmarks" / "model.onnx"
    image = torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        mine = from_onnx(path)(image)[0].numpy()
    assert np.abs(mine - run_onnx(path, image.numpy())[0]).max() < 1e-3


def test_it_improves_on_what_it_was_not_shown(tmp_path: Path) -> None:
    write_set(tmp_path, {"train": 160, "tune": 64, "test": 8})
    result = fine_tune(tmp_path, tmp_path / "out", steps=60)
    before, after = result["before"], result["after"]
    assert after["landmarkMedianPx"] < 0.95 * before["landmarkMedianPx"], (before, after)
    assert after["lossLimitsPoints"] < before["lossLimitsPoints"], (before, after)
    manifest = json.loads((tmp_path / "out" / "vertebra-landmarks" / "manifest.json").read_text())
    assert manifest["card"]["clinicalData"] is True and manifest["version"].endswith("+ft")
    assert not any("never on pictures of patients" in text for text in manifest["card"]["limitations"])


def test_the_test_split_and_a_set_without_tune_are_left_alone(tmp_path: Path) -> None:
    write_set(tmp_path, {"train": 4, "test": 4})
    assert len(read_marked(tmp_path, ("train",)).image) <= 4
    with pytest.raises(ValueError, match="needs marked bodies"):
        fine_tune(tmp_path, tmp_path / "out", steps=1)
