"""The generator's geometry against its own parameters."""

from __future__ import annotations

import math

import torch

from spinegen.anatomy import COUNT, DETECTED, LEVELS, S1, sample_spines
from spinegen.heldout import RENDERERS, heldout_patches
from spinegen.patches import SIZE, sample_patch_scene, train_patches
from spinegen.section import body_slots
from spinegen.shape import body_distance, landmarks, make_bodies
from spinegen.strips import train_strips
from spinegen.volume import sample_volumes


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_levels_and_classes() -> None:
    assert len(LEVELS) == COUNT
    assert [LEVELS[i] for i in DETECTED] == [*(f"T{i}" for i in range(1, 13)), *(f"L{i}" for i in range(1, 7)), "S1"]


def test_landmarks_lie_on_the_body_surface() -> None:
    g = seeded()
    spines = sample_spines(40, g, fractured=0.5)
    for family in ("train", "heldout"):
        bodies = make_bodies(spines, g, family)
        points = landmarks(bodies)
        distance, _, _ = body_distance(bodies, points[..., 0], points[..., 1])
        assert distance.abs().median() < 0.1
        # Extreme collapses bend the walls about the corner: a few may lie off the simple distance by more.
        assert (distance.abs() < 0.8).float().mean() > 0.95


def test_corner_heights_are_the_parameters_when_corners_are_sharp() -> None:
    g = seeded(2)
    bodies = make_bodies(sample_spines(30, g, fractured=0.5), g)
    bodies.radius = torch.zeros_like(bodies.radius)
    p = landmarks(bodies)
    assert torch.allclose(p[:, 5, 1] - p[:, 0, 1] + bodies.top[:, 30] * 0, bodies.ha - _end(bodies, 0.0), atol=0.3)
    assert torch.allclose(p[:, 9, 1] - p[:, 4, 1], bodies.hp - _end(bodies, 1.0), atol=0.3)
    assert torch.allclose(p[:, 4, 0] - p[:, 0, 0], bodies.ds, atol=1e-3)


def _end(bodies, s: float) -> torch.Tensor:
    from spinegen.shape import lookup

    at = torch.full((len(bodies.ha), 1), s)
    return (lookup(bodies.top, at) + lookup(bodies.bottom, at))[:, 0]


def test_inner_points_follow_the_endplate() -> None:
    g = seeded(3)
    bodies = make_bodies(sample_spines(20, g, fractured=0.0), g)
    bodies.radius = torch.zeros_like(bodies.radius)
    flat = landmarks(bodies)
    bodies.top = bodies.top + 2.0
    deeper = landmarks(bodies)
    assert torch.allclose(deeper[:, 1:4, 1] - flat[:, 1:4, 1], torch.full((len(flat), 3), 2.0), atol=1e-4)
    assert torch.allclose(deeper[:, 5:], flat[:, 5:])


def test_fractures_lose_the_height_they_claim() -> None:
    g = seeded(4)
    spines = sample_spines(300, g, fractured=1.0)
    crush = spines.kind == 3
    assert (spines.hp[crush] / spines.hp0[crush] <= 1 - 0.55 * spines.loss[crush]).all()
    intact = spines.kind == 0
    assert torch.equal(spines.hp[intact], spines.hp0[intact])
    wedge = spines.kind == 1
    assert ((spines.ha / spines.hp)[wedge].mean() < 0.85) and ((spines.hp / spines.hp0)[wedge].min() > 0.85)


def test_bodies_follow_each_other_without_overlap() -> None:
    spines = sample_spines(200, seeded(5))
    for b in range(0, 200, 20):
        rows = spines.row[b][spines.present[b] > 0]
        assert (rows[1:] > rows[:-1]).all()
    size = 0.5 * (spines.ha + spines.hp)
    gap = torch.hypot(spines.row[:, 1:18] - spines.row[:, :17], spines.col[:, 1:18] - spines.col[:, :17])
    assert (gap > 0.45 * (size[:, 1:18] + size[:, :17])).all()


def test_four_and_six_lumbar_bodies_keep_their_neighbours() -> None:
    spines = sample_spines(600, seeded(6))
    four = (spines.present[:, 19] == 0).nonzero()[:, 0]
    six = (spines.present[:, 20] > 0).nonzero()[:, 0]
    assert len(four) and len(six)
    slots, exists = body_slots(spines, torch.full((600,), 18), 1)
    assert (slots[four, 2] == S1).all() and (exists == 1).all()
    slots, _ = body_slots(spines, torch.full((600,), 19), 1)
    assert (slots[six, 2] == 20).all()
    assert not torch.isnan(spines.pitch[spines.present > 0]).any()


def test_exact_patch_frame_is_the_contracts() -> None:
    scene, patch = sample_patch_scene(64, seeded(7), exact=True)
    middle = 0.5 * (SIZE - 1)
    front = 0.5 * (patch.xy[:, 0] + patch.xy[:, 5])
    back = 0.5 * (patch.xy[:, 4] + patch.xy[:, 9])
    # The mid-plane lies along the columns through the middle (corner rounding and uneven depths move it a little).
    assert ((0.5 * (front + back) - middle).abs() * patch.spacing[:, None] < 2.0).all()
    tilt = torch.atan2(back[:, 1] - front[:, 1], back[:, 0] - front[:, 0])
    assert tilt.abs().max() < math.radians(5)
    assert ((patch.spacing >= 0.70) & (patch.spacing <= 1.15)).all()
    assert (patch.xy[:, 0, 0] < patch.xy[:, 4, 0]).all() and (patch.xy[:, 2, 1] < patch.xy[:, 7, 1]).all()
    assert torch.allclose(scene.tilt[:, 1], torch.zeros(64), atol=1e-6)


def test_painted_body_lies_within_its_landmarks() -> None:
    """In a noise-free picture with one bright tissue, the bright pixels' centroid is the body's."""
    from spinegen.section import TISSUES, paint, sample_details

    g = seeded(8)
    scene, patch = sample_patch_scene(16, g, exact=True)
    d = sample_details(scene, g)
    d.screw.zero_(), d.cement.zero_(), d.band.zero_(), d.bridge.zero_(), d.vein.zero_()
    scene.shown[:, 0] = 0
    scene.shown[:, 2] = 0
    values = {name: torch.zeros(16) for name in TISSUES}
    values["trab"] = torch.ones(16)
    image = paint(scene, d, values)
    rows = (image.sum(2) * torch.arange(SIZE)).sum(1) / image.sum((1, 2))
    cols = (image.sum(1) * torch.arange(SIZE)).sum(1) / image.sum((1, 2))
    want = patch.xy.mean(1)  # a wedge's area lies behind the mean of its points
    assert ((cols - want[:, 0]).abs() < 4.5).all() and ((rows - want[:, 1]).abs() < 2.5).all()


def test_same_seed_same_pictures() -> None:
    for kind in ("ct", "random", "projected"):
        a, b = train_patches(4, seeded(9), kind), train_patches(4, seeded(9), kind)
        assert torch.equal(a.image, b.image) and torch.equal(a.xy, b.xy)
        assert torch.isfinite(a.image).all() and a.image.abs().max() <= 2.001


def test_every_heldout_renderer_gives_finite_pictures() -> None:
    for renderer in RENDERERS:
        for family in ("train", "heldout"):
            p = heldout_patches(3, seeded(10), renderer, family)
            assert p.image.shape == (3, 1, SIZE, SIZE) and torch.isfinite(p.image).all()


def test_strip_targets_point_at_bodies() -> None:
    s = train_strips(3, seeded(11), "ct", curved=False)
    assert s.image.shape == (3, 3, 384, 128)
    shown = s.shown > 0
    assert shown.any(1).all()
    mid = 0.5 * (s.points[:, :, [0, 5]].mean(2) + s.points[:, :, [4, 9]].mean(2))
    assert ((mid - s.centre)[shown].norm(dim=-1) < 2.5).all()
    # Tilt is positive where the anterior end lies caudal.
    ends = s.points[:, :, [0, 5], 1].mean(2) - s.points[:, :, [4, 9], 1].mean(2)
    tilted = shown & (s.tilt.abs() > 0.1)
    assert (torch.sign(ends[tilted]) == torch.sign(s.tilt[tilted])).all()


def test_volumes_have_the_contracts_shape() -> None:
    v = sample_volumes(2, seeded(12), (40, 48, 32))
    assert v.hu.shape == (2, 1, 40, 48, 32) and v.heat.shape == (2, 4, 20, 24, 16)
    assert v.hu.min() >= -1000 and v.hu.max() <= 1500
    assert v.heat.min() >= 0 and v.heat.max() <= 1
    # The canal lies behind the bodies (y grows posterior).
    for b in range(2):
        ys = torch.arange(24).float()[None, :, None]
        line, canal = v.heat[b, 0], v.heat[b, 1]
        assert (canal * ys).sum() / canal.sum() > (line * ys).sum() / line.sum()


def test_warp_moves_volume_and_heat_alike() -> None:
    from spinegen.volume import warp

    z, y, x = torch.meshgrid(torch.arange(48.0), torch.arange(40.0), torch.arange(56.0), indexing="ij")
    ball = torch.exp(-(((z - 26) ** 2 + (y - 17) ** 2 + (x - 30) ** 2) / 50))[None, None]
    moved, heat = warp(ball.repeat(4, 1, 1, 1, 1), torch.nn.functional.avg_pool3d(ball, 2).repeat(4, 1, 1, 1, 1), seeded(13))
    for b in range(4):
        big, small = moved[b, 0], heat[b, 0]
        centre = [float((big.sum(tuple(a for a in range(3) if a != k)) * torch.arange(big.shape[k])).sum() / big.sum()) for k in range(3)]
        coarse = [float((small.sum(tuple(a for a in range(3) if a != k)) * torch.arange(small.shape[k])).sum() / small.sum()) for k in range(3)]
        assert all(abs(c - (2 * s + 0.5)) < 1.0 for c, s in zip(centre, coarse, strict=True))
