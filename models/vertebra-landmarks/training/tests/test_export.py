"""The export equals PyTorch, and the committed models are what their manifests say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from spinetrain.common import ROOT
from spinetrain.export import SPECS, export, run_onnx, sample_input, worst_difference
from spinetrain.measure import heights, raw_loss, wilson

COMMITTED = [s for s in SPECS.values() if (ROOT / s.folder / "model.onnx").exists()]


@pytest.mark.parametrize("name", list(SPECS))
def test_export_equals_pytorch(name: str, tmp_path: Path) -> None:
    torch.manual_seed(3)
    net = SPECS[name].net()
    for module in net.modules():  # running statistics as after training
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    torch.save(net.state_dict(), tmp_path / "w.pt")
    path = export(name, tmp_path / "w.pt", tmp_path)
    image = sample_input(name, torch.Generator().manual_seed(77))
    assert worst_difference(net.eval(), path, image) <= 1e-4
    # Another batch and size than the traced one.
    other = torch.cat([image, image]) if name != "detector" else torch.cat([image, image], 2)
    assert worst_difference(net, path, other) <= 1e-4


@pytest.mark.parametrize("spec", COMMITTED, ids=[s.name for s in COMMITTED])
def test_committed_model_matches_its_manifest(spec) -> None:
    folder = ROOT / spec.folder
    manifest = json.loads((folder / "manifest.json").read_text())
    data = (folder / "model.onnx").read_bytes()
    assert manifest["schema"] == "vcf-model/1" and manifest["contract"] == spec.contract
    assert manifest["file"]["bytes"] == len(data) and manifest["file"]["sha256"] == hashlib.sha256(data).hexdigest()
    for test in manifest["selfTest"]:
        ((_, given),) = test["inputs"].items()
        image = np.fromfile(folder / given["path"], "<f4").reshape(given["shape"])
        got = dict(zip((o["name"] for o in manifest["outputs"]), run_onnx(folder / "model.onnx", image), strict=True))
        for key, expected in test["outputs"].items():
            want = np.fromfile(folder / expected["path"], "<f4").reshape(expected["shape"])
            assert np.abs(got[key] - want).max() <= test["tolerance"]


def test_models_are_small() -> None:
    assert sum((ROOT / s.folder / "model.onnx").stat().st_size for s in COMMITTED) < 25e6


def test_heights_and_loss() -> None:
    points = np.zeros((3, 10, 2))
    points[:, :5, 0] = points[:, 5:, 0] = np.linspace(-15, 15, 5)
    points[:, 5:, 1] = (16, 17, 18, 19, 20)
    points[1, 1:4, 1] = (4, 8, 4)  # a straight-sided collapse counts whole
    points[2, 2, 1] = 8  # a pit that the quarter points do not follow counts 2 % of 30
    h = heights(points)
    assert h == pytest.approx(np.array([[16, 18, 20], [16, 10, 20], [16, 17.4, 20]]))
    assert raw_loss(h) == pytest.approx([0.2, 0.5, 0.2])


def test_wilson_interval_holds_the_share() -> None:
    lo, hi = wilson(9, 10)
    assert lo < 0.9 < hi and wilson(0, 0) == [0.0, 1.0]
