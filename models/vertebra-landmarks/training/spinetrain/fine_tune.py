"""`fine-tune`: the committed landmark network goes on learning from bodies that readers marked (`backstop annotate export`)."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from spinegen.render import normalise

from .common import ROOT, Ema, learning_rate, save_weights, say
from .export import export, worst_difference
from .landmarks import augment
from .nets import LandmarkNet

SIX = (0, 2, 4, 5, 7, 9)
"""AS MS PS AI MI PI among the ten points."""
BETWEEN = {1: (0, 2), 3: (2, 4), 6: (5, 7), 8: (7, 9)}
"""Quarter points nobody marked: they are held where they were between their neighbours."""


@dataclass
class Marked:
    image: Tensor  # [n, 1, 64, 64], normalised
    xy: Tensor  # [n, 6, 2]
    patients: int
    bodies: int


def read_marked(curated: Path, splits: tuple[str, ...]) -> Marked:
    """The looks of `fine-tune/` whose study belongs to one of these splits."""
    folder = curated / "fine-tune"
    index = json.loads((folder / "patches.json").read_text())
    if index.get("format") != "backstop-patches" or index.get("version") != 1 or index["size"] != 64:
        raise ValueError(f"{folder} holds no patches of version 1")
    looks: list[dict[str, Any]] = index["looks"]
    data = np.fromfile(folder / "patches.f32", "<f4").reshape(-1, 64, 64)
    if len(data) != len(looks):
        raise ValueError(f"{folder}: {len(data)} patches, {len(looks)} are listed")
    keep = [i for i, look in enumerate(looks) if look["split"] in splits]
    xy = torch.tensor([looks[i]["xy"] for i in keep]).view(-1, 6, 2)
    image = normalise(torch.from_numpy(data[keep]))[:, None] if keep else torch.zeros(0, 1, 64, 64)
    whole = ((xy > 0) & (xy < 63)).flatten(1).all(1)
    names = {(looks[i]["study"], looks[i]["level"]) for i in keep}
    return Marked(image[whole], xy[whole], len({looks[i]["patient"] for i in keep}), len(names))


def from_onnx(path: Path) -> LandmarkNet:
    """The network with the weights of an exported one. Its normalisations are folded into the convolutions, so they stay as they are."""
    graph = onnx.load(str(path)).graph
    stored = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    layers = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    net = LandmarkNet()
    norms: list[nn.BatchNorm2d] = []
    order: list[nn.Module] = []

    def note(module: nn.Module, _given: Any, _out: Any) -> None:
        if isinstance(module, nn.BatchNorm2d):
            norms.append(module)
        order.append(module)

    handles = [m.register_forward_hook(note) for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear | nn.BatchNorm2d)]
    with torch.no_grad():
        net.eval()(torch.zeros(1, 1, 64, 64))
    for handle in handles:
        handle.remove()
    weighted = [m for m in order if not isinstance(m, nn.BatchNorm2d)]
    if len(weighted) != len(layers):
        raise ValueError(f"{path} has {len(layers)} layers with weights, the network has {len(weighted)}")
    with torch.no_grad():
        for module, node in zip(weighted, layers, strict=True):
            module.weight.copy_(stored[node.input[1]])
            follows = order[order.index(module) + 1] if order.index(module) + 1 < len(order) else None
            if module.bias is not None:
                module.bias.copy_(stored[node.input[2]])
            elif isinstance(follows, nn.BatchNorm2d):
                follows.running_mean.zero_()
                follows.running_var.fill_(1 - follows.eps)
                follows.weight.fill_(1)
                follows.bias.copy_(stored[node.input[2]])
        log = next(node.output[0] for node in graph.node if node.op_type == "Log")
        scale = next(name for node in graph.node if node.op_type == "Mul" and log in node.input for name in node.input if name in stored)
        net.spread.fill_(2 * float(stored[scale]))
    probe = torch.randn(3, 1, 64, 64, generator=torch.Generator().manual_seed(5))
    gap = worst_difference(net, path, probe)
    if gap > 1e-3:
        raise ValueError(f"{path} could not be read back: outputs differ by {gap:.2e}")
    return net


def losses(net: LandmarkNet, start: LandmarkNet, image: Tensor, xy: Tensor) -> Tensor:
    """Distance of the six points, shares of the three heights, and the quarter points held beside their neighbours."""
    got, sigma, _ = net(image)
    six = got[:, SIX]
    error = (six - xy).abs()
    scale = sigma[:, SIX] / 2**0.5
    nll = (error.detach() / scale[..., None] + torch.log(scale)[..., None]).mean()
    h, h0 = (torch.linalg.vector_norm(points[:, 3:] - points[:, :3], dim=-1) for points in (six, xy))
    height = ((h - h0).abs() / h0.amax(1, keepdim=True).clamp(min=8)).mean()
    with torch.no_grad():
        before = start(image)[0]
    held = torch.stack([((got[:, k] - got[:, (a, b)].detach().mean(1)) - (before[:, k] - before[:, (a, b)].mean(1))).abs().mean() for k, (a, b) in BETWEEN.items()]).mean()
    return 0.5 * error.mean() + 0.1 * nll + 4.0 * height + 0.3 * held


@torch.no_grad()
def score(net: LandmarkNet, marked: Marked) -> dict[str, float]:
    """Distances in patch pixels, raw height loss (1 - min(anterior, middle) / posterior) in points."""
    got = torch.cat([net.eval()(part)[0] for part in marked.image.split(64)])[:, SIX]
    away = torch.linalg.vector_norm(got - marked.xy, dim=-1)

    def loss(points: Tensor) -> Tensor:
        h = torch.linalg.vector_norm(points[:, 3:] - points[:, :3], dim=-1)
        return 100 * (1 - h[:, :2].amin(1) / h[:, 2].clamp(min=1))

    off = loss(got) - loss(marked.xy)
    return {
        "landmarkMedianPx": round(float(away.median()), 3), "landmarkP95Px": round(float(away.flatten().quantile(0.95)), 3),
        "lossBiasPoints": round(float(off.mean()), 2), "lossLimitsPoints": round(float(1.96 * off.std()), 2),
    }


def fine_tune(curated: Path, out: Path, *, steps: int, batch: int = 32, peak: float = 2e-4, seed: int = 1, root: Path = ROOT, site: str = "a site's curated set") -> dict[str, Any]:
    """Trains on `train`, keeps the step that is best on `tune`, exports it below `out`. The test split is never looked at."""
    train, tune = read_marked(curated, ("train",)), read_marked(curated, ("tune",))
    if len(train.image) == 0 or len(tune.image) == 0:
        raise ValueError(f"{curated}: fine-tuning needs marked bodies in the splits train ({train.bodies}) and tune ({tune.bodies})")
    base = root / "vertebra-landmarks"
    start = from_onnx(base / "model.onnx").eval()
    net = copy.deepcopy(start)
    g = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=peak, weight_decay=1e-4)
    before = score(start, tune)
    best, best_net = before, copy.deepcopy(net)
    mean = Ema(net, 0.95)  # few bodies make a restless net: its moving average is what is scored and kept
    say(f"{train.bodies} bodies of {train.patients} patients to learn from, {tune.bodies} of {tune.patients} to choose by; before: {before}")
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps, peak, warm=max(1, steps // 10))
        pick = torch.randint(len(train.image), (batch,), generator=g)
        optimiser.zero_grad()
        # Running statistics stay: a few dozen bodies are too few for new ones.
        losses(net.eval(), start, augment(train.image[pick], g), train.xy[pick]).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        mean.update(net)
        if (step + 1) % max(1, steps // 6) == 0:
            now = score(mean.net, tune)
            say(f"step {step + 1}: {now}")
            if now["landmarkMedianPx"] < best["landmarkMedianPx"]:
                best, best_net = now, copy.deepcopy(mean.net)
    weights = out / "landmarks-fine-tuned.pt"
    save_weights(best_net, weights)
    result = {"before": before, "after": best, "train": {"bodies": train.bodies, "patients": train.patients}, "tune": {"bodies": tune.bodies, "patients": tune.patients}}
    own = json.loads((base / "manifest.json").read_text())
    # Weights read back from an export have their normalisations folded in: sums come in another order, so a pixel may differ in the fourth digit.
    export("landmarks", weights, out, version=f"{own['version']}+ft", most=1e-3)
    _card(out / "vertebra-landmarks" / "manifest.json", own, result, site)
    (out / "fine-tune.json").write_text(json.dumps(result, indent=2) + "\n")
    return result


def _card(path: Path, own: dict[str, Any], result: dict[str, Any], site: str) -> None:
    """Where it comes from, and that its sigmas were not measured anew."""
    manifest = json.loads(path.read_text())
    trained = result["train"]
    manifest["calibration"] = own["calibration"]
    manifest["card"] = {
        **own["card"], "clinicalData": True,
        "trainedOn": f"procedural synthetic spines; then {trained['bodies']} bodies of {trained['patients']} patients of {site}",
        "limitations": [
            f"Fine-tuned from {own['id']} {own['version']} ({own['file']['sha256'][:12]}); its sigmas were calibrated on that one and not measured anew.",
            "Chosen on the set's tune split; no figure of this model is independent until `backstop evaluate` has measured it on the test split.",
            *[text for text in own["card"].get("limitations", []) if "never on pictures of patients" not in text],
        ],
        "metrics": "../fine-tune.json",
    }
    path.write_text(json.dumps(manifest, indent=2) + "\n")
