"""Coarse CT-like trunks (4 mm) about a sampled spine, with the localizer's four heat maps.

Everything is evaluated on the grid: the spine's curves are interpolated by height, organs are ellipsoids with rough surfaces.
Arrays are [batch, z, y, x]: z grows superior, y posterior, x left, as the contract says.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .anatomy import _SPA, _SPL, COUNT, FIRST_L, FIRST_T, S1, chance, normal, sample_spines, table, uniform

STEP = 4.0
CHANNELS = ("bodyCentreLine", "canal", "sacrum", "lastRib")


@dataclass
class Volumes:
    hu: Tensor  # [b, 1, z, y, x]
    heat: Tensor  # [b, 4, z/2, y/2, x/2]


def _soft(distance: Tensor) -> Tensor:
    return (0.5 - distance / STEP).clamp(0, 1)


def _lay(volume: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    return volume + mask * (value - volume)


def _noise(b: int, shape: tuple[int, int, int], cell: int, g: torch.Generator) -> Tensor:
    low = torch.randn(b, 1, *(s // cell + 2 for s in shape), generator=g)
    return F.interpolate(low, shape, mode="trilinear", align_corners=True)[:, 0]


def _along(rows: Tensor, values: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Values [b, k] interpolated at heights `at` [b, n], and the index of the nearer body."""
    k = torch.searchsorted(rows.contiguous(), at.contiguous()).clamp(1, COUNT - 1)
    r0, r1 = rows.gather(1, k - 1), rows.gather(1, k)
    share = (at - r0) / (r1 - r0).clamp(min=1.0)
    v0, v1 = values.gather(1, k - 1), values.gather(1, k)
    return v0 + (v1 - v0) * share.clamp(-3, 4), torch.where(share > 0.5, k, k - 1)


def sample_volumes(b: int, g: torch.Generator, shape: tuple[int, int, int] = (80, 64, 72)) -> Volumes:
    nz, ny, nx = shape
    spine = sample_spines(b, g, fractured=0.2, curve=(0.4, 1.2))

    def u(lo: float, hi: float) -> Tensor:
        return uniform((b, 1, 1, 1), lo, hi, g)

    def maybe(p: float) -> Tensor:
        return chance((b, 1, 1, 1), p, g)

    # Where the picture lies along the spine: from the neck to below the sacrum.
    span = nz * STEP
    start = spine.row[:, :1] - 60
    stop = spine.row[:, S1 : S1 + 1] + 90 - span
    top = start + torch.rand(b, 1, generator=g) * (stop - start).clamp(min=0)
    row_of_z = top + (nz - 1 - torch.arange(nz).float())[None] * STEP  # [b, z]
    col_mean = spine.col.mean(1, keepdim=True)
    y0 = uniform((b, 1), 0.45, 0.75, g) * ny * STEP
    x0 = uniform((b, 1), 0.38, 0.62, g) * nx * STEP
    y = torch.arange(ny).float()[None, :] * STEP - y0 + 0.0  # relative to the mean column
    x = torch.arange(nx).float()[None, :] * STEP - x0
    lean = normal((b, 1), 0.05, g)
    col = spine.col - col_mean
    side = spine.lateral + lean * (spine.row - spine.row.mean(1, keepdim=True))

    yc, _ = _along(spine.row, col, row_of_z)
    xc, _ = _along(spine.row, side, row_of_z)
    tilt, _ = _along(spine.row, spine.tilt, row_of_z)
    level, _ = _along(spine.row, torch.arange(COUNT).float().expand(b, -1), row_of_z)
    half_depth = 0.25 * (spine.ds + spine.di)
    depth, _ = _along(spine.row, half_depth, row_of_z)
    canal, _ = _along(spine.row, spine.canal, row_of_z)

    Z, Y, X = row_of_z[:, :, None, None], y[:, None, :, None], x[:, None, None, :]
    yc, xc, tilt, lev, depth, canal = (v[:, :, None, None] for v in (yc, xc, tilt, level, depth, canal))
    turn = normal((b, 1, 1, 1), 0.08, g)
    dx0, dy0 = X - xc, Y - yc
    dx, dy = dx0 * torch.cos(turn) - dy0 * torch.sin(turn), dx0 * torch.sin(turn) + dy0 * torch.cos(turn)

    # Trunk outline, its fat, muscle wall, and the contents by height.
    rough = _noise(b, shape, 10, g)
    fine = _noise(b, shape, 3, g)
    a_out, b_out = u(130, 215), u(92, 160)
    neck = torch.sigmoid((lev - 3.5) * 2)  # 0 in the neck
    a_out = a_out * (0.42 + 0.58 * neck)
    b_out = b_out * (0.6 + 0.4 * neck)
    behind = u(40, 75)  # from the body's centre to the skin of the back
    cy = behind - b_out
    trunk_x, trunk_y = dx0 / a_out, (dy0 - cy) / b_out
    radius = torch.sqrt((trunk_x**2) + trunk_y.abs() ** 2.2 + 1e-6)
    shell = (radius - 1) * torch.minimum(a_out, b_out) + 4 * rough
    fat, soft, wall = u(-125, -85), u(10, 70), u(6, 40)
    hu = torch.full((b, nz, ny, nx), -1000.0)
    table_y = u(8, 30) + behind
    plank = maybe(0.75) * _soft((dy0 - table_y - u(-0.0008, 0.0008) * dx0**2).abs() - u(2, 14))
    hu = _lay(hu, plank, u(-950, -300))
    hu = _lay(hu, _soft(shell), fat)
    muscle = shell + wall
    hu = _lay(hu, _soft(muscle), soft + 8 * fine)
    inner = muscle + u(8, 20)

    thorax = torch.sigmoid((lev - 3.4) * 2.5) * torch.sigmoid((u(12.0, 16.5) + 0.02 * dx0.abs() - lev) * 2)
    lung_x = (dx0.abs() - u(62, 85)) / u(45, 68)
    lung_y = (dy0 - cy + u(-14, 10)) / (b_out * 0.72)
    lung = (torch.sqrt(lung_x**2 + lung_y**2 + 1e-6) - 1) * 50 + 4 * rough
    lung = torch.maximum(lung, inner + 6)
    air = u(-900, -650)
    hu = _lay(hu, _soft(lung) * (thorax > 0.5), air + 60 * fine + 90 * (fine > 1.6))
    abdomen = torch.sigmoid((lev - 14) * 2)
    packed = _soft(inner + 4) * (abdomen > 0.5)
    bowel = rough + 0.5 * fine
    hu = _lay(hu, packed * _soft((u(0.4, 1.0) - bowel.abs()) * 14), fat + 10)
    hu = _lay(hu, packed * _soft((u(1.0, 1.8) - rough) * 14) * (dy0 < -35), u(-1000, 350))
    # Psoas, back muscles, kidneys, great vessels.
    back = torch.hypot((dx0.abs() - u(22, 34)) / 20, (dy0 - u(26, 40)) / 16)
    hu = _lay(hu, _soft((back - 1) * 16), soft + 8 * fine)
    psoas = torch.hypot((dx0.abs() - u(32, 42)) / 15, (dy0 + 2) / 20)
    hu = _lay(hu, _soft((psoas - 1) * 14) * (lev > 15.5), soft + 5)
    kidney = torch.sqrt(((dx0.abs() - u(58, 70)) / 22) ** 2 + ((dy0 + 8) / 24) ** 2 + ((lev - 15.7) / 1.7) ** 2)
    enhanced = maybe(0.5)
    hu = _lay(hu, _soft((kidney - 1) * 20), soft * (1 - enhanced) + enhanced * u(120, 260))
    blood = u(30, 60) * (1 - enhanced) + enhanced * u(120, 350)
    aorta = torch.hypot(dx0 - u(-2, 22) * torch.sigmoid((17 - lev) * 0.8), dy0 + depth + u(11, 18)) - u(8, 15)
    hu = _lay(hu, _soft(aorta), blood)
    heart = torch.sqrt(((dx0 - u(5, 30)) / 52) ** 2 + ((dy0 + u(70, 95)) / 42) ** 2 + ((lev - u(8.5, 10.5)) / 2.3) ** 2)
    hu = _lay(hu, _soft((heart - 1) * 42), blood * 0.6 + soft * 0.4)
    airway = torch.hypot(dx0, dy0 + depth + u(20, 28)) - 8
    hu = _lay(hu, _soft(airway) * (lev < 7.5), -980.0)

    bone, dense = u(120, 330), u(350, 900)
    # Arms or shoulders.
    for sign in (-1, 1):
        arm = torch.hypot(dx0 - sign * (a_out + u(25, 60)), dy0 - cy + u(-30, 30)) - u(35, 55)
        there = maybe(0.35) * (lev > 3)
        hu = _lay(hu, _soft(arm) * there, soft)
        hu = _lay(hu, _soft(arm + 28) * there, dense)
        blade = torch.maximum((dx0 - sign * u(85, 110) + (dy0 - 20) * sign * 0.5).abs() - 4, torch.maximum((dy0 - 20).abs() - 38, (lev - 6.3).abs() * 17 - 62))
        hu = _lay(hu, _soft(blade), bone)
    # Ribs: arcs on the cage, each falling to the front.
    cage_a, cage_b = a_out * u(0.76, 0.84), b_out * u(0.80, 0.9)
    angle = torch.atan2(dx0.abs() / cage_a, (dy0 - cy) / cage_b)  # 0 at the back
    ring = (torch.hypot(dx0 / cage_a, (dy0 - cy) / cage_b) - 1) * torch.minimum(cage_a, cage_b)
    narrow = (0.45 + 0.55 * ((lev - 2.5) / 5).clamp(0, 1)).sqrt()
    ring = ring + (1 - narrow) * 60
    fall = u(30, 75) * (1 - torch.cos(angle.clamp(max=2.6)))
    last = 14 + (torch.rand(b, generator=g) < 0.05).long() - (torch.rand(b, generator=g) < 0.05).long()  # T12 as a rule
    rib = torch.zeros_like(hu)
    last_heat = torch.zeros_like(hu)
    for i in range(FIRST_T, FIRST_L + 1):
        at = spine.row[:, i, None, None, None] - 4
        drop = Z - at - fall * (1 if i < 13 else 0.5) - u(-2, 2)
        reach = (2.5 if i < 12 else (1.7 if i == 12 else 1.25 if i == 13 else 0.85)) * u(0.85, 1.15)
        head = (dx0.abs() > 14) * (dx0.abs() < 50)
        line = torch.hypot(ring * (angle > 0.38), drop)
        # From the body to the cage: a bar behind the pleura.
        bar = torch.hypot(dy0 - 10 - 0.25 * dx0.abs(), Z - at - 3) + 40 * (1 - head.float())
        d = torch.minimum(line + 40 * ((angle > reach) | (angle < 0.3)).float(), bar if i <= 14 else bar + 30 * (reach < 0.8))
        exists = (last >= i)[:, None, None, None].float()
        rib = torch.maximum(rib, _soft(d - 4.2) * exists)
        mine = (last == i)[:, None, None, None].float()
        near_bar = torch.hypot((dx0.abs() - 32) * 0.45, torch.hypot(dy0 - 16, Z - at - 4))
        last_heat = torch.maximum(last_heat, mine * torch.exp(-0.5 * (near_bar / 9) ** 2))
    hu = _lay(hu, rib, bone + 120)
    # Breastbone, pelvis, hips.
    sternum = torch.maximum((dx0.abs() - 16), (dy0 - cy + cage_b + u(-8, 8)).abs() - 6)
    hu = _lay(hu, _soft(sternum) * (lev > 4.5) * (lev < 11), bone)
    wing = (dy0 + u(-20, 10) + 0.75 * (dx0.abs() - 60) + 0.3 * (Z - spine.row[:, S1, None, None, None])).abs() - 5
    wing = torch.maximum(wing, torch.maximum((dx0.abs() - 92).abs() - 48, (spine.row[:, 18, None, None, None] + u(0, 20)) - Z))
    wing = torch.maximum(wing, Z - spine.row[:, 23, None, None, None] - 30)
    hu = _lay(hu, _soft(wing), bone)
    hu = _lay(hu, _soft(wing.abs() - 1.0), dense)

    # Hips below: heads of the thigh bones, sockets, pubic bone, bladder.
    hip_row = spine.row[:, 23, None, None, None] + u(25, 55)
    for sign in (-1, 1):
        ball = torch.sqrt((dx0 - sign * u(80, 98)) ** 2 + (dy0 + u(5, 40)) ** 2 + (Z - hip_row) ** 2)
        hu = _lay(hu, _soft((ball - u(24, 28)).abs() - 3), dense * 0.8)
        hu = _lay(hu, _soft(ball - 22), bone)
        shaft = torch.maximum(torch.hypot(dx0 - sign * 105, dy0 + 15) - 17, hip_row + 15 - Z)
        hu = _lay(hu, _soft(shaft.abs() - 3), dense)
    bladder = torch.sqrt((dx0 / 42) ** 2 + ((dy0 + u(55, 85)) / 34) ** 2 + ((Z - hip_row + 10) / 32) ** 2)
    hu = _lay(hu, _soft((bladder - 1) * 32), u(0, 20))
    rectum = torch.hypot(dx0 - 5 * rough, dy0 - u(10, 40)) - u(6, 16)
    hu = _lay(hu, _soft(rectum) * (Z > spine.row[:, 22, None, None, None]) * (dy0 < 60), u(-900, 60))

    # The spine itself.
    shift = dy.mean(3) * torch.tan(tilt[:, :, :, 0])  # tilted planes: pick the body by the height along the spine
    level_row = row_of_z[:, :, None] + shift * ((dy.mean(3).abs()) < 45)
    _, flat_near = _along(spine.row, col, level_row.flatten(1))
    index = flat_near.view(b, nz, ny)

    def by(values: Tensor) -> Tensor:
        return values.gather(1, index.flatten(1)).view(b, nz, ny, 1)

    w = (level_row[..., None] - by(spine.row)) * torch.cos(tilt)
    hh, wd = 0.25 * by(spine.ha + spine.hp), 0.5 * by(spine.width)
    rim = torch.sqrt((dx / wd) ** 2 + ((dy) / depth) ** 2 + 1e-6) - 1
    side_d = rim * torch.minimum(wd, depth)
    hu = _lay(hu, _soft(side_d - 1), u(50, 120))
    body = torch.maximum(side_d, w.abs() - hh)
    trab = u(40, 300)
    hu = _lay(hu, _soft(body), trab + u(60, 350))
    hu = _lay(hu, _soft(body + 3.5), trab + 15 * fine)
    broad = torch.maximum(torch.maximum(dx.abs() - wd * 0.5 - 26 * (1 - (lev - S1).clamp(0, 3) / 4), (dy - 6).abs() - 12), Z * 0 - 1)
    hu = _lay(hu, _soft(broad) * (lev > S1 - 0.5) * (lev < S1 + 3), trab + 80)
    behind_wall = dy - depth
    tube = torch.hypot(dx / 1.35, behind_wall - 0.5 * canal) - 0.5 * canal
    arch = torch.maximum(torch.hypot(dx / 1.3, behind_wall - 0.5 * canal) - 0.5 * canal - 6, -(w + 0.6 * hh))
    hu = _lay(hu, _soft(arch) * (w < hh + 6), bone + 130)
    trans = torch.maximum(torch.hypot(w + 2, (behind_wall - 0.45 * canal - 0.25 * dx.abs()) * 0.9) - 5, dx.abs() - u(26, 38))
    hu = _lay(hu, _soft(trans) * (lev < S1 - 0.4), bone + 60)
    hu = _lay(hu, _soft(tube), u(5, 40))
    ang = torch.deg2rad(by(table(_SPA).expand(b, -1)))
    length = by(table(_SPL).expand(b, -1))
    back_off = behind_wall - canal
    spin = torch.maximum((w - 3 - back_off * torch.tan(ang)).abs() * torch.cos(ang) - 5, torch.maximum(-back_off, back_off - length * torch.cos(ang)))
    spin = torch.maximum(spin, dx.abs() - 4)
    hu = _lay(hu, _soft(spin), bone + 60)

    heat = torch.zeros(b, 4, nz, ny, nx)
    d_line = torch.hypot(dx0, dy0)
    heat[:, 0] = torch.exp(-0.5 * (d_line / 7) ** 2) * (lev <= S1 + 0.3)
    off = depth + 0.5 * canal
    heat[:, 1] = torch.exp(-0.5 * (torch.hypot(dx0 - off * torch.sin(turn), dy0 - off * torch.cos(turn)) / 6) ** 2) * (lev < S1 + 1.5)
    heat[:, 2] = torch.exp(-0.5 * (d_line / 11) ** 2) * torch.sigmoid((lev - S1 + 0.45) * 8) * (lev < S1 + 3)
    heat[:, 3] = last_heat

    # The scan's physics: noise, smoothing, reconstruction circle, ends.
    noise = torch.randn(hu.shape, generator=g) * u(2, 45)
    # Odd tissue values: bone paler or denser than any rule, soft parts shifted.
    hu = torch.where(hu > 90, 90 + (hu - 90) * u(0.5, 1.5), hu)
    hu = torch.where((hu > -200) & (hu <= 90), hu + u(-25, 45), hu)
    hu = hu + noise
    smooth = F.avg_pool3d(F.pad(hu[:, None], (1,) * 6, mode="replicate"), 3, 1)[:, 0]
    hu = torch.lerp(hu, smooth, u(0, 0.7))
    circle = torch.hypot(X + x0[:, :, None, None] - 0.5 * nx * STEP, Y + y0[:, :, None, None] - 0.5 * ny * STEP)
    hu = torch.where((circle > u(110, 260)) & (maybe(0.35) > 0), torch.full_like(hu, -1000.0), hu)
    cut_lo, cut_hi = (uniform((b,), 0, 22, g) * chance((b,), 0.4, g), uniform((b,), 0, 22, g) * chance((b,), 0.4, g))
    zi = torch.arange(nz)[None]
    gone = ((zi < cut_lo[:, None]) | (zi > nz - 1 - cut_hi[:, None]))[:, :, None, None]
    hu = torch.where(gone, torch.full_like(hu, -1000.0), hu)
    heat = torch.where(gone[:, None], torch.zeros_like(heat), heat)
    flip = torch.rand(b, generator=g) < 0.5
    hu = torch.where(flip[:, None, None, None], hu.flip(3), hu)
    heat = torch.where(flip[:, None, None, None, None], heat.flip(4), heat)
    return Volumes(hu.clamp(-1000, 1500)[:, None], F.avg_pool3d(heat, 2))


def warp(volume: Tensor, heat: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor]:
    """Bends, turns and scales volume and heat maps alike by a smooth random displacement."""
    b, _, nz, ny, nx = volume.shape
    small = torch.randn(b, 3, max(2, nz // 12), max(2, ny // 12), max(2, nx // 12), generator=g)
    size = torch.tensor([nx, ny, nz]).float().view(1, 3, 1, 1, 1)
    bend = F.interpolate(small, (nz, ny, nx), mode="trilinear", align_corners=True) * uniform((b, 1, 1, 1, 1), 0, 2.6, g) * 2 / size
    turn = normal((b, 3), 0.09, g)
    grow = torch.exp(normal((b, 1), 0.09, g)) * torch.exp(normal((b, 3), 0.05, g))
    theta = torch.zeros(b, 3, 4)
    # Small rotations about the three axes, in the grid's normalised units (x, y, z).
    extent = size.view(3)
    a = torch.eye(3).expand(b, 3, 3).clone()
    a[:, 0, 1], a[:, 1, 0] = -turn[:, 0], turn[:, 0]
    a[:, 0, 2], a[:, 2, 0] = -turn[:, 1], turn[:, 1]
    a[:, 1, 2], a[:, 2, 1] = -turn[:, 2], turn[:, 2]
    theta[:, :, :3] = a * grow[:, :, None] * extent[None, None, :] / extent[None, :, None]
    grid = F.affine_grid(theta, [b, 1, nz, ny, nx], align_corners=False) + bend.permute(0, 2, 3, 4, 1)
    moved = F.grid_sample(volume, grid, padding_mode="border", align_corners=False)
    coarse = F.avg_pool3d(grid.permute(0, 4, 1, 2, 3), 2).permute(0, 2, 3, 4, 1)
    return moved, F.grid_sample(heat, coarse, padding_mode="zeros", align_corners=False)


def scale_volume(hu: Tensor) -> Tensor:
    """The manifest's normalisation: clip -1000..1500, rescale to 0..1."""
    return (hu.clamp(-1000, 1500) + 1000) / 2500
