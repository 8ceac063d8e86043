"""What the recipe of crushed bodies promises: healthy neighbours that stay, arches that keep their size, a posterior wall of its own."""

from __future__ import annotations

from dataclasses import replace

import torch

from spinegen.anatomy import sample_spines
from spinegen.fractures import Fractures
from spinegen.patches import sample_patch_scene
from spinegen.render import iliac_wings
from spinegen.rims import sample_rims
from spinegen.section import TISSUES, paint, sample_details
from spinetrain.landmarks import RECIPES


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


CRUSHED = RECIPES["crushed"].fractures


def test_lonely_fractures_have_whole_neighbours() -> None:
    spines = sample_spines(200, seeded(1), fractured=replace(CRUSHED, share=0.9, alone=1.0))
    broken = spines.kind > 0
    assert broken.any() and not (broken[:, 1:] & broken[:, :-1]).any()
    assert torch.equal(broken, spines.loss > 0)
    assert torch.equal(spines.hp[~broken], spines.hp0[~broken])


def test_arches_keep_their_size_and_the_rear_wall_has_a_loss_of_its_own() -> None:
    spines = sample_spines(300, seeded(2), fractured=CRUSHED)
    assert torch.equal(spines.arch, spines.hp0)
    crush = spines.kind == 3
    rear = (1 - spines.hp / spines.hp0)[crush] / spines.loss[crush]
    assert rear.min() > 0.6 and rear.max() > 1.1 and 0.85 < rear.mean() < 0.95
    old = sample_spines(300, seeded(2), fractured=0.5)
    assert torch.equal(old.arch, old.hp)


def test_discs_take_up_what_a_crush_loses() -> None:
    """The centres' distances are those of the same spine unbroken, nearly; without it they shrink by what was lost."""
    told = Fractures(0.5, severe=1.0, free_rear=True, whole_arches=True)
    shrunk, held = (sample_spines(200, seeded(3), fractured=replace(told, held=h)) for h in (0.0, 1.0))
    crush = (shrunk.kind == 3) & (shrunk.loss > 0.3)
    assert torch.equal(shrunk.loss, held.loss)  # the draw of the fractures comes first
    assert (held.pitch[crush] - shrunk.pitch[crush]).mean() > 2.0


def test_mild_losses_stand_about_the_limit_of_grade_two() -> None:
    loss = sample_spines(300, seeded(4), fractured=replace(CRUSHED, mild=1.0, severe=0.0)).loss
    assert ((loss == 0) | ((loss >= 0.18) & (loss <= 0.38))).all()


def test_rims_brighten_the_disc_and_leave_the_bodies_as_they_are() -> None:
    g = seeded(5)
    scene, _ = sample_patch_scene(12, g, fractured=CRUSHED, exact=True)
    details = sample_details(scene, g)
    values = {name: torch.zeros(12) for name in TISSUES}
    values["cortex"] = torch.ones(12)
    before = paint(scene, details, values)
    rims = sample_rims(12, scene.count, g)
    rims.thick[:] = 2.0
    details.rims = rims
    after = paint(scene, details, values)
    assert (after - before).min() > -1e-4 and (after - before).max() > 0.2
    values["trab"], values["cortex"] = torch.ones(12), torch.zeros(12)
    details.rims = None
    marrow = paint(scene, details, values)
    details.rims = rims
    assert torch.allclose(marrow * (marrow > 0.999), paint(scene, details, values) * (marrow > 0.999))


def test_iliac_wings_lie_over_low_bodies() -> None:
    g = seeded(6)
    scene, _ = sample_patch_scene(300, g)
    wings = iliac_wings(scene, g)
    drawn = wings.amax((1, 2)) > 5
    low = scene.slot[:, 1] >= 17
    assert torch.isfinite(wings).all() and wings.min() >= 0
    assert drawn[low].float().mean() > 0.6 and drawn[~low].float().mean() < 0.3
