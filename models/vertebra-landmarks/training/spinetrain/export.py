"""Writes model.onnx, the self-test and manifest.json of each network, and checks the export against PyTorch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from spinegen.patches import train_patches
from spinegen.strips import train_strips
from spinegen.volume import sample_volumes, scale_volume

from .common import ROOT, say
from .nets import DetectorNet, LandmarkNet, LocalizerNet

OPSET = 17
VERSION = "0.1.0"
PICTURE_NORM: list[dict[str, Any]] = [
    {"op": "clipPercentile", "lo": 1, "hi": 99},
    {"op": "rescale", "from": "minmax", "to": [0, 1]},
    {"op": "affine", "mean": 0.5, "std": 0.25},
]
LIMITATIONS = {
    "landmarks": [
        "Bridged or fused bodies, large osteophytes, implants, cement, metal streaks and bodies cut by the picture's edge are read badly.",
        "It needs the right centre, rotation and pitch: more than about 5 mm or 15 degrees off was not trained.",
    ],
    "detector": [
        "Levels without the sacrum or the last rib in view are guesses from size and shape; transitional anatomy misleads it.",
        "In wide sagittal pictures (MRI, X-ray) it also fires beside the spine: the server must choose the chain of bodies.",
        "Cervical bodies are not its classes; the first thoracic ones are easily mistaken for them.",
    ],
    "localizer": [
        "Peaks are lower on real scans than on synthetic ones: use thresholds relative to the scan's own best part.",
        "The last rib is told weakly on real scans, the hip bones draw some line heat below the sacrum.",
        "Prone, strongly scoliotic or operated patients and children were not drawn.",
    ],
}
GENERAL = [
    "Trained on procedural synthetic spines only; never on pictures of patients.",
    "Not clinically validated; research use until a site has validated it on its own labelled data.",
    "CT with slices up to about 1.5 mm is what it was made for first; thicker CT, X-ray and MRI are experimental.",
    "Nothing is known about children, tumours, infection, or operated spines.",
]


@dataclass(frozen=True)
class Spec:
    """What the manifest says of one network."""

    name: str
    folder: str
    contract: str
    net: type[nn.Module]
    seed: int
    input: dict[str, Any]
    outputs: list[dict[str, Any]]
    applies: dict[str, Any]
    calibration: dict[str, Any]


SPECS = {
    "landmarks": Spec(
        "landmarks", "vertebra-landmarks", "landmarks2d@1", LandmarkNet, 11,
        {
            "name": "image", "dtype": "float32", "layout": "NCHW", "shape": ["n", 1, 64, 64], "maxBatch": 64,
            "space": {"frame": "vertebra", "axes": ["row:caudal", "col:posterior"], "spacingMm": {"mode": "perPitch", "k": 0.031, "clamp": [0.7, 1.15]}, "interp": "linear", "pad": "edge"},
            "normalize": PICTURE_NORM,
        },
        [
            {"name": "xy", "role": "landmarks", "shape": ["n", 10, 2], "units": "inputPixel", "pixelOrigin": "center", "coord": "colRow",
             "points": ["AS", "S1", "MS", "S3", "PS", "AI", "I1", "MI", "I3", "PI"]},
            {"name": "sigma", "role": "sigma", "shape": ["n", 10], "units": "inputPixel"},
            {"name": "quality", "role": "qualityLogit", "shape": ["n", 1]},
        ],
        {"modality": ["CT", "MR", "CR", "DX"], "view": "sagittal", "minAge": 18, "levels": ["T1", "L5"], "maxSliceMm": 3},
        {"sigmaScale": 1.0, "temperature": 1.0, "alert": {"event": "grade>=2", "pMin": 0.5}, "abstain": {"sigmaMm": 2.0}},
    ),
    "detector": Spec(
        "detector", "vertebra-detector", "detector2d@1", DetectorNet, 12,
        {
            "name": "image", "dtype": "float32", "layout": "NCHW", "shape": ["n", 3, "h", "w"], "maxBatch": 8,
            "space": {"frame": "strip", "axes": ["row:caudal", "col:posterior"], "spacingMm": {"mode": "fixed", "mm": 1.0}, "interp": "linear", "pad": "edge", "padTo": 32,
                      "strip": {"columns": 128, "centreColumn": 63.5, "slabMm": 5, "offsetsMm": [-6, 0, 6]}},
            "normalize": PICTURE_NORM,
        },
        [
            {"name": "centre", "role": "centre", "shape": ["n", 1, "h/4", "w/4"], "units": "probability"},
            {"name": "geometry", "role": "geometry", "shape": ["n", 5, "h/4", "w/4"], "units": "inputPixel", "channels": ["dx", "dy", "depth", "height", "tiltRad"]},
            {"name": "level", "role": "level", "shape": ["n", 19, "h/4", "w/4"], "units": "logit",
             "classes": [*(f"T{i}" for i in range(1, 13)), *(f"L{i}" for i in range(1, 7)), "S1"]},
            {"name": "complete", "role": "complete", "shape": ["n", 1, "h/4", "w/4"], "units": "probability"},
        ],
        {"modality": ["CT", "MR", "CR", "DX"], "view": "sagittal", "minAge": 18, "levels": ["T1", "S1"], "maxSliceMm": 3},
        {"temperature": 1.0, "centreMin": 0.3},
    ),
    "localizer": Spec(
        "localizer", "spine-localizer", "localizer3d@1", LocalizerNet, 13,
        {
            "name": "volume", "dtype": "float32", "layout": "NCDHW", "shape": ["n", 1, "z", "y", "x"], "maxBatch": 1,
            "space": {"frame": "patient", "axes": ["z:superior", "y:posterior", "x:left"], "spacingMm": {"mode": "fixed", "mm": 4.0}, "interp": "linear", "pad": -1000, "padTo": 8},
            "normalize": [{"op": "clip", "lo": -1000, "hi": 1500}, {"op": "rescale", "from": [-1000, 1500], "to": [0, 1]}],
        },
        [{"name": "heat", "role": "heat", "shape": ["n", 4, "z/2", "y/2", "x/2"], "units": "probability", "channels": ["bodyCentreLine", "canal", "sacrum", "lastRib"]}],
        {"modality": ["CT"], "view": "volume", "minAge": 18, "levels": ["C5", "S3"], "maxSliceMm": 5},
        {"lineMin": 0.3},
    ),
}


def sample_input(name: str, g: torch.Generator) -> Tensor:
    if name == "landmarks":
        return train_patches(2, g, "ct").image
    if name == "detector":
        return train_strips(1, g, "ct", curved=False, h=256).image
    return scale_volume(sample_volumes(1, g, (32, 32, 32)).hu)


def dynamic_axes(spec: Spec) -> dict[str, dict[int, str]]:
    axes = {}
    for item in (spec.input, *spec.outputs):
        axes[item["name"]] = {i: str(d).replace("/", "_by_") for i, d in enumerate(item["shape"]) if isinstance(d, str)}
    return axes


def run_onnx(path: Path, image: np.ndarray) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: image})


def worst_difference(net: nn.Module, path: Path, image: Tensor) -> float:
    """Largest difference between PyTorch and onnxruntime over all outputs."""
    with torch.no_grad():
        want = net(image)
    want = want if isinstance(want, tuple) else (want,)
    got = run_onnx(path, image.numpy())
    return max(float(np.abs(a.numpy() - b).max()) for a, b in zip(want, got, strict=True))


def export(name: str, weights: Path, root: Path = ROOT, version: str = VERSION, most: float = 1e-4) -> Path:
    spec = SPECS[name]
    folder = root / spec.folder
    (folder / "self-test").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    net = spec.net()
    net.load_state_dict(torch.load(weights, map_location="cpu"))
    net.eval()
    image = sample_input(name, torch.Generator().manual_seed(spec.seed)).contiguous()
    path = folder / "model.onnx"
    torch.onnx.export(
        net, (image,), str(path), input_names=[spec.input["name"]], output_names=[o["name"] for o in spec.outputs], dynamic_axes=dynamic_axes(spec), opset_version=OPSET, dynamo=False,
        do_constant_folding=True,
    )
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    gap = worst_difference(net, path, image)
    if gap > most:
        raise RuntimeError(f"{name}: the export differs from PyTorch by {gap}")
    say(f"{name}: {path.stat().st_size} bytes, operators {sorted({n.op_type for n in model.graph.node})}, differs from PyTorch by {gap:.2e}")

    test: dict[str, Any] = {"inputs": {}, "outputs": {}, "tolerance": 0.05}
    image.numpy().astype("<f4").tofile(folder / "self-test" / f"{spec.input['name']}.bin")
    test["inputs"][spec.input["name"]] = {"path": f"self-test/{spec.input['name']}.bin", "shape": list(image.shape)}
    for output, value in zip(spec.outputs, run_onnx(path, image.numpy()), strict=True):
        value.astype("<f4").tofile(folder / "self-test" / f"{output['name']}.bin")
        test["outputs"][output["name"]] = {"path": f"self-test/{output['name']}.bin", "shape": list(value.shape)}

    data = path.read_bytes()
    manifest = {
        "schema": "vcf-model/1", "id": spec.folder, "version": version, "contract": spec.contract,
        "file": {"path": "model.onnx", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "opset": OPSET, "externalData": False},
        "applies": spec.applies, "inputs": [spec.input], "outputs": spec.outputs, "calibration": _calibration(folder, spec), "selfTest": [test],
        "card": {"trainedOn": "procedural synthetic spines only", "clinicalData": False, "intendedUse": "research", "metrics": "metrics.json", "limitations": [*GENERAL, *LIMITATIONS[name]]},
        "license": "Apache-2.0", "regulatory": {"status": "research-only"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return path


def _calibration(folder: Path, spec: Spec) -> dict[str, Any]:
    """What evaluation measured for this folder's model before, else the defaults."""
    manifest = folder / "manifest.json"
    measured = json.loads(manifest.read_text())["calibration"] if manifest.exists() else {}
    return {**spec.calibration, **measured}


def write_calibration(folder: Path, measured: dict[str, Any]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["calibration"].update(measured)
    path.write_text(json.dumps(manifest, indent=2) + "\n")
