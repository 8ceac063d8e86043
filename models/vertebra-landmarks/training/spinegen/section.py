"""Paints sagittal sections of sampled spines analytically: distance functions evaluated on the picture's own grid."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from .anatomy import _SPA, _SPH, _SPL, COUNT, FIRST_L, S1, Spines, chance, normal, table, uniform
from .rims import Rims
from .shape import Bodies, body_distance, lip_distance

TISSUES = ["air", "skin", "fat", "muscle", "lung", "soft", "gas", "vessel", "wall", "stripe", "ligament", "annulus", "nucleus", "csf", "cord", "epifat", "trab", "cortex", "endplate", "posttrab", "vein", "band", "cement", "metal", "calc"]


@dataclass
class Scene:
    """Bodies placed in pictures; [batch, k] in millimetres of the picture, origin at the picture's first pixel's centre."""

    col: Tensor
    row: Tensor
    tilt: Tensor
    lateral: Tensor
    roll: Tensor
    slot: Tensor
    shown: Tensor
    spines: Spines  # picked to the same k
    bodies: Bodies  # flattened batch * k
    spacing: Tensor  # [batch] mm per pixel
    height: int
    width: int

    @property
    def batch(self) -> int:
        return self.col.shape[0]

    @property
    def count(self) -> int:
        return self.col.shape[1]


@dataclass
class Details:
    """Everything random in a picture but its tissues' values, so that several lateral sections of a scene agree."""

    blobs: Tensor
    fine: Tensor
    wave: Tensor
    fat_gap: Tensor
    vessel: Tensor
    wall: Tensor
    vessel_on: Tensor
    far: Tensor
    ligament: Tensor
    bulge: Tensor
    epidural: Tensor
    cord: Tensor
    back: Tensor
    bridge: Tensor
    nucleus: Tensor
    vacuum: Tensor
    lamina: Tensor
    spinous: Tensor
    pedicle: Tensor
    cortex: Tensor
    endplate: Tensor
    vein: Tensor
    vein_at: Tensor
    blotch: Tensor
    band: Tensor
    stripes: Tensor
    cement: Tensor
    screw: Tensor
    calc: Tensor
    bright: Tensor
    rims: Rims | None = None


def smooth_noise(batch: int, h: int, w: int, cell: int, g: torch.Generator) -> Tensor:
    low = torch.randn(batch, 1, max(2, h // cell + 2), max(2, w // cell + 2), generator=g)
    return F.interpolate(low, (h, w), mode="bilinear", align_corners=True)[:, 0]


def sample_details(scene: Scene, g: torch.Generator) -> Details:
    b, k, h, w = scene.batch, scene.count, scene.height, scene.width
    one = (b, 1, 1)
    per = (b, k)
    return Details(
        blobs=smooth_noise(b, h, w, 10, g), fine=smooth_noise(b, h, w, 3, g), wave=smooth_noise(b, h, 4, 12, g)[:, :, :1],
        fat_gap=uniform(one, 0, 5, g) * chance(one, 0.7, g), vessel=uniform(one, 4, 26, g), wall=uniform(one, 0.4, 1.6, g), vessel_on=chance(one, 0.6, g),
        far=uniform(one, -1.2, 1.2, g), ligament=chance((b, 1, 1, 2), 0.6, g) * uniform((b, 1, 1, 2), 0.4, 1.8, g), bulge=uniform(one, -0.6, 2.2, g),
        epidural=uniform(one, 0, 3, g), cord=uniform(one, 0.4, 0.62, g), back=uniform(one, 18, 60, g),
        bridge=chance(per, 0.5, g) * chance((b, 1), 0.16, g) * uniform(per, 1.0, 5.5, g),
        nucleus=torch.stack([uniform(per, 0.45, 0.8, g), uniform(per, 0.5, 1.1, g), normal(per, 1.5, g), uniform(per, 0, 1, g)], -1),
        vacuum=chance(per, 0.05, g), lamina=uniform((b, 1), 0.7, 1.2, g), spinous=(chance((b, 1), 0.75, g) * uniform((b, 1), 0.6, 1.1, g)).expand(per),
        pedicle=chance((b, 1), 0.15, g).expand(per) * uniform(per, 0.3, 1, g),
        cortex=uniform(per, 0.5, 1.3, g) * uniform((b, 1), 0.5, 1.3, g), endplate=uniform(per, 0.5, 1.6, g) * uniform((b, 1), 0.6, 1.2, g),
        vein=chance(per, 0.5, g) * uniform(per, 0.2, 1, g), vein_at=torch.stack([uniform(per, 0.15, 0.55, g), uniform(per, 0.04, 0.16, g), normal(per, 0.06, g)], -1),
        blotch=uniform(per, 0, 1, g) ** 2 * uniform((b, 1), 0, 1, g), band=chance((b, k, 2), 0.16, g) * uniform((b, k, 2), 1.5, 8, g),
        stripes=chance((b, 1), 0.1, g).expand(per) * uniform(per, 0.2, 1, g),
        cement=chance(per, 0.02, g) * uniform(per, 3, 8, g), screw=chance((b, 1), 0.02, g).expand(per) * uniform(per, 1.8, 3.2, g), calc=chance((b, 1, 1), 0.25, g),
        bright=1 + normal(per, 0.08, g),
    )


def _lay(image: Tensor, mask: Tensor, value: Tensor) -> Tensor:
    return image + mask * (value - image)


def _soft(distance: Tensor, edge: float | Tensor) -> Tensor:
    """1 inside (negative distance), 0 outside, over about one pixel."""
    return (0.5 - distance / edge).clamp(0, 1)


def row_interpolation(scene: Scene, value: Tensor, at: Tensor) -> Tensor:
    """Interpolates per-body `value` [b, k] along the rows `at` [b, h]; straight on beyond the ends."""
    rows = scene.row
    k = torch.searchsorted(rows.contiguous(), at.contiguous()).clamp(1, scene.count - 1)
    r0, r1 = rows.gather(1, k - 1), rows.gather(1, k)
    v0, v1 = value.gather(1, k - 1), value.gather(1, k)
    return v0 + (v1 - v0) * ((at - r0) / (r1 - r0).clamp(min=1.0)).clamp(-1.0, 2.0)


def paint(scene: Scene, d: Details, tissue: dict[str, Tensor], lateral: float | Tensor = 0.0, texture: Tensor | None = None) -> Tensor:
    """The picture [b, h, w] of the sagittal section at `lateral` mm from the picture's plane. `tissue` maps names to [b] values;
    `texture` [b, 4] scales the blobs of soft parts, the blotches of marrow, its fine grain, and the far field."""
    b, h, w = scene.batch, scene.height, scene.width
    sp = scene.spacing[:, None]
    y = torch.arange(h)[None] * sp
    x = torch.arange(w)[None] * sp
    edge = sp[:, :, None] * 1.0
    t = {name: tissue[name][:, None, None] for name in tissue}
    if texture is None:
        texture = torch.zeros(b, 4)
    tex = texture[:, :, None, None]
    lat = torch.as_tensor(lateral, dtype=torch.float32)
    tilt = row_interpolation(scene, scene.tilt, y)[:, :, None]
    middle = row_interpolation(scene, scene.col, y)[:, :, None]
    s = scene.spines
    half = (0.25 * row_interpolation(scene, s.ds + s.di, y))[:, :, None].clamp(min=4)
    canal = row_interpolation(scene, s.canal, y)[:, :, None].clamp(min=3)
    q = (x[:, None, :] - middle) * torch.cos(tilt)
    front, rear = q + half, q - half  # distance behind the anterior line, behind the posterior line

    # Behind the column: muscle with fat streaks, fat, skin, air.
    image = t["muscle"] + (d.blobs * tex[:, 0]) + (d.fine * 0.5 * tex[:, 0])
    streak = _soft(0.75 - d.blobs, 0.3)
    image = _lay(image, streak * 0.7, t["fat"])
    out = rear - canal - d.back + 4 * d.wave
    image = _lay(image, _soft(-out, edge), t["fat"])
    image = _lay(image, _soft(-(out - 14), edge), t["skin"])
    image = _lay(image, _soft(-(out - 16.5), edge), t["air"])

    # In front: fat, a vessel with its wall, then lung, bowel or soft tissue.
    ahead = -front + 0.8 * d.wave
    gap = d.fat_gap * (1 + 0.6 * d.wave).clamp(0.1, 2)
    beyond = t["lung"] * (d.far > 0.1) + t["soft"] * (d.far <= 0.1)
    beyond = beyond.expand(b, h, w) + d.blobs * tex[:, 3] + d.fine * tex[:, 0]
    beyond = _lay(beyond, _soft(0.9 + d.far - d.blobs, 0.15) * (d.far < 0.1), t["gas"])
    beyond = _lay(beyond, _soft(1.1 - d.fine, 0.2) * 0.6, t["vessel"])
    is_front = _soft(-ahead, edge)
    image = _lay(image, is_front, t["stripe"])
    start = ahead - gap
    inner = torch.where(d.vessel_on > 0, d.vessel * (1 + 0.25 * d.wave).clamp(0.3, 2), torch.zeros_like(start[:, :, :1]))
    image = _lay(image, _soft(-start, edge) * (d.vessel_on > 0), t["wall"])
    image = _lay(image, _soft(-(start - d.wall), edge) * (d.vessel_on > 0), t["vessel"])
    image = _lay(image, _soft((start).abs() - 0.8, edge) * (d.vessel_on > 0) * d.calc * (d.fine > 0.4), t["calc"])
    image = _lay(image, _soft(-(start - inner), edge) * (d.vessel_on > 0), t["wall"])
    image = _lay(image, _soft(-(start - inner - d.wall * (d.vessel_on > 0)), edge), beyond)

    # Canal: epidural fat, fluid, cord.
    in_canal = _soft(-rear, edge) * _soft(rear - canal, edge)
    image = _lay(image, in_canal, t["epifat"])
    lumen = canal - d.epidural - 0.6
    image = _lay(image, _soft(-(rear - 0.6), edge) * _soft(rear - lumen, edge), t["csf"])
    cord_half = 0.5 * lumen * d.cord
    slot_at = row_interpolation(scene, scene.slot.float(), y)[:, :, None]
    cordish = _soft((rear - 0.52 * lumen).abs() - cord_half, edge) * (slot_at < FIRST_L + 1.2)
    image = _lay(image, cordish, t["cord"])

    # The column as disc, then its ligaments.
    bulged = d.bulge * (1 + 0.5 * d.wave)
    column = _soft(torch.maximum(-front - bulged, rear - 0.6 * bulged), edge)
    image = _lay(image, column, t["annulus"] + d.fine * 0.4 * tex[:, 0])
    thick = d.ligament
    image = _lay(image, _soft((front + bulged.clamp(min=0) + 0.4).abs() - 0.5 * thick[..., 0], edge) * (thick[..., 0] > 0), t["ligament"])
    image = _lay(image, _soft((rear - 0.4).abs() - 0.5 * thick[..., 1], edge) * (thick[..., 1] > 0), t["ligament"])

    image = _paint_discs(scene, d, t, image, y, x, sp)
    if d.rims is not None:
        image = _paint_rims(scene, d.rims, image, t["cortex"], (front, -rear), y, edge)
    image = _paint_posterior(scene, d, t, image, y, x, sp, lat)
    bridge = row_interpolation(scene, d.bridge, y)[:, :, None].clamp(min=0)
    span = torch.maximum(-front - bridge, front - 0.6)
    image = _lay(image, _soft(span, edge) * (bridge > 0.6), t["posttrab"])
    image = _lay(image, _soft((-front - bridge + 0.6).abs() - 0.5, edge) * (bridge > 0.6), t["cortex"])
    return _paint_bodies(scene, d, t, image, y, x, sp, lat, tex)


def _window(scene: Scene, n: int, y: Tensor, above: float, below: float) -> Tensor | None:
    """Rows [b, m] that the n-th body of each picture may touch; None for the whole picture."""
    if scene.height <= 96:
        return None
    sp = scene.spacing[:, None]
    rows = int((above + below) / float(scene.spacing.min())) + 1
    first = ((scene.row[:, n : n + 1] - above) / sp).round().long()
    return first + torch.arange(min(rows, scene.height))[None]


class _Rows:
    """Reads and writes a window of rows; rows outside the picture are dropped."""

    def __init__(self, scene: Scene, image: Tensor, y: Tensor, rows: Tensor | None) -> None:
        self.image, self.rows = image, rows
        if rows is None:
            self.y, self.valid = y, None
            return
        self.valid = ((rows >= 0) & (rows < scene.height)).float()[:, :, None]
        self.at = rows.clamp(0, scene.height - 1)
        self.y = rows * scene.spacing[:, None]
        self.index = self.at[:, :, None].expand(-1, -1, scene.width)

    def get(self, field: Tensor) -> Tensor:
        if self.rows is None:
            return field
        return field.gather(1, self.index)

    def add(self, value: Tensor, before: Tensor) -> Tensor:
        if self.rows is None or self.valid is None:
            return value
        return self.image.scatter_add(1, self.index, (value - before) * self.valid)


def _local(scene: Scene, n: int, y: Tensor, x: Tensor, lat: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    def c(v: Tensor) -> Tensor:
        return v[:, n, None, None]

    dx, dy = x[:, None, :] - c(scene.col), y[:, :, None] - c(scene.row)
    cos, sin = torch.cos(c(scene.tilt)), torch.sin(c(scene.tilt))
    side = lat - scene.lateral[:, n]
    w = dx * sin + dy * cos + (side * torch.tan(scene.roll[:, n]))[:, None, None]
    v = side / (0.5 * scene.spines.width[:, n])
    return dx * cos - dy * sin, w, v


def _paint_discs(scene: Scene, d: Details, t: dict[str, Tensor], image: Tensor, y: Tensor, x: Tensor, sp: Tensor) -> Tensor:
    """Nucleus and vacuum between each body and the next."""
    s = scene.spines
    edge = sp[:, :, None]
    for n in range(scene.count - 1):
        rows = _Rows(scene, image, y, _window(scene, n, y, 2, 46))
        tilt = 0.5 * (scene.tilt[:, n] + scene.tilt[:, n + 1])
        cx = 0.5 * (scene.col[:, n] + scene.col[:, n + 1]) + d.nucleus[:, n, 2]
        share = (0.25 * (s.ha[:, n] + s.hp[:, n]) + 0.5 * s.disc[:, n]) / (0.25 * (s.ha + s.hp)[:, n] + s.disc[:, n] + 0.25 * (s.ha + s.hp)[:, n + 1])
        cy = scene.row[:, n] + share * (scene.row[:, n + 1] - scene.row[:, n])
        dx, dy = x[:, None, :] - cx[:, None, None], rows.y[:, :, None] - cy[:, None, None]
        cos, sin = torch.cos(tilt)[:, None, None], torch.sin(tilt)[:, None, None]
        u, w = dx * cos - dy * sin, dx * sin + dy * cos
        a = (0.5 * s.di[:, n] * d.nucleus[:, n, 0])[:, None, None]
        bb = ((0.5 * s.disc[:, n] + 1.5) * d.nucleus[:, n, 1])[:, None, None]
        before = rows.get(image)
        shown = (scene.shown[:, n] * scene.shown[:, n + 1] * (d.nucleus[:, n, 3] > 0.15))[:, None, None]
        m = _soft((torch.hypot(u / a, w / bb) - 1) * bb, edge * (1 + d.nucleus[:, n, 3, None, None])) * shown
        now = _lay(before, m, t["nucleus"])
        slit = _soft(torch.maximum(w.abs() - 0.16 * bb - 0.3, u.abs() - a), edge) * d.vacuum[:, n, None, None] * shown
        now = _lay(now, slit, t["gas"])
        image = rows.add(now, before)
    return image


def _bone(distance: Tensor, image: Tensor, inside: Tensor, shell: Tensor, thick: Tensor | float, edge: Tensor) -> Tensor:
    image = _lay(image, _soft(distance, edge), shell)
    return _lay(image, _soft(distance + thick, edge), inside)


def _paint_rims(scene: Scene, rims: Rims, image: Tensor, shell: Tensor, inward: tuple[Tensor, Tensor], y: Tensor, edge: Tensor) -> Tensor:
    """Bands at the column's front and rear line; the bodies are painted over them later."""
    place = torch.arange(scene.count).float().expand(scene.batch, -1)
    from_middle = (row_interpolation(scene, place, y) % 1.0 - 0.5)[:, :, None]
    for side in (0, 1):
        thick, share = (row_interpolation(scene, v[..., side], y)[:, :, None].clamp(min=0) for v in (rims.thick, rims.share))
        cut, gap, out = (v[:, side, None, None] for v in (rims.cut, rims.gap, rims.out))
        thick = thick * (1 - cut * torch.exp(-((from_middle / gap) ** 2))).clamp(min=0)
        inside = inward[side] + out
        band = _soft((inside - 0.5 * thick).abs() - 0.5 * thick, edge) * (thick > 0.4)
        value = torch.where(share > 1, shell * share, shell)
        image = image + band * share.clamp(max=1) * (value - image)
    return image


def _paint_posterior(scene: Scene, d: Details, t: dict[str, Tensor], image: Tensor, y: Tensor, x: Tensor, sp: Tensor, lat: Tensor) -> Tensor:
    """Lamina ovals, spinous processes near the middle, pedicles where the section meets them."""
    s = scene.spines
    edge = sp[:, :, None]
    big = s.hp.new_tensor(1.0)
    angle, length, tall = (table(v)[scene.slot] for v in (_SPA, _SPL, _SPH))
    scale = (s.arch / 20).clamp(0.7, 1.35)
    for n in range(scene.count):
        rows = _Rows(scene, image, y, _window(scene, n, y, 24, 56))
        u, w, _ = _local(scene, n, rows.y, x, lat * big)
        before = rows.get(image)
        shown = scene.shown[:, n, None, None]
        side = (lat - scene.lateral[:, n])[:, None, None]
        canal = (0.5 * s.ds + s.canal)[:, n, None, None]
        a = torch.deg2rad(angle[:, n] * 0.9)[:, None, None]
        hs = (tall[:, n] * scale[:, n] * 0.5)[:, None, None]
        # Lamina: an oval just behind the canal, a little below the mid-plane.
        pu, pw = u - canal - 2.5, w - 0.12 * s.arch[:, n, None, None] - 2
        lu, lw = pu * torch.cos(a) + pw * torch.sin(a), -pu * torch.sin(a) + pw * torch.cos(a)
        ca, sa = torch.cos(a + 0.9), torch.sin(a + 0.9)
        mu, mw = pu * ca + pw * sa, -pu * sa + pw * ca
        size = (d.lamina[:, n if d.lamina.shape[1] > 1 else 0, None, None] * scale[:, n, None, None])
        lamina = (torch.hypot(mu / (7.5 * size), mw / (3.2 * size)) - 1) * 3.2 * size
        now = _bone(lamina, before, t["posttrab"], t["cortex"], 0.9, edge)
        # Spinous process: a rounded bar that points back and down, about 5 mm wide.
        reach = (length[:, n] * d.spinous[:, n] * scale[:, n])[:, None, None]
        bar = torch.maximum((lu - 0.5 * reach).abs() - 0.5 * reach, lw.abs() - hs * (0.75 + 0.25 * (lu / reach.clamp(min=1)).clamp(0, 1)))
        bar = bar + 40 * ((reach < 3).float() + (side.abs() > 3.5).float())
        now = _bone(bar, now, t["posttrab"], t["cortex"], 0.9, edge)
        # Pedicle: joins the body's upper half to the arch.
        far = (side.abs() > 7).float() * (side.abs() < 15)
        amount = torch.maximum(d.pedicle[:, n, None, None], far)
        ph = 0.30 * s.arch[:, n, None, None]
        ped = torch.maximum((w + 0.14 * s.arch[:, n, None, None]).abs() - ph, (u - 0.5 * s.ds[:, n, None, None] - 6).abs() - 10)
        now = _lay(now, _soft(ped, edge) * amount * (amount > 0.3), 0.6 * t["cortex"] + 0.4 * t["posttrab"])
        now = _lay(now, _soft(ped + 1.2, edge) * amount * (amount > 0.3), t["posttrab"])
        now = _lay(before, shown, now)
        image = rows.add(now, before)
    return image


def _paint_bodies(scene: Scene, d: Details, t: dict[str, Tensor], image: Tensor, y: Tensor, x: Tensor, sp: Tensor, lat: Tensor, tex: Tensor) -> Tensor:
    b, k = scene.batch, scene.count
    edge = sp[:, :, None]
    bodies = {f.name: getattr(scene.bodies, f.name).view(b, k, *getattr(scene.bodies, f.name).shape[1:]) for f in fields(Bodies)}
    for n in range(k):
        rows = _Rows(scene, image, y, _window(scene, n, y, 27, 27))
        u, w, v = _local(scene, n, rows.y, x, lat)
        one = Bodies(**{name: value[:, n].contiguous() for name, value in bodies.items()})
        flat = (b, u.shape[1] * u.shape[2])
        dist, top, bottom = (z.view_as(u) for z in body_distance(one, u.reshape(flat), w.reshape(flat), v[:, None]))
        dist = dist + 60 * (v.abs() > 1)[:, None, None]
        before = rows.get(image)
        blobs, fine = rows.get(d.blobs), rows.get(d.fine)
        shown = scene.shown[:, n, None, None]

        def c(z: Tensor, n: int = n) -> Tensor:
            return z[:, n, None, None]

        now = before
        if bool((one.lip > 0).any()):
            lip = lip_distance(one, u.reshape(flat), w.reshape(flat)).view_as(u) + 60 * (v.abs() > 1)[:, None, None]
            now = _bone(lip, now, t["posttrab"], t["cortex"], 0.8, edge)
        marrow = t["trab"] * c(d.bright) + blobs * c(d.blotch) * tex[:, 1] + fine * tex[:, 2]
        if bool((d.stripes[:, n] > 0).any()):
            marrow = marrow + tex[:, 1] * c(d.stripes) * torch.sin(u * 2.1)
        # Basivertebral vein: a wedge from the posterior wall forward at mid height.
        at = d.vein_at[:, n]
        depth = (0.5 * (one.ds + one.di))[:, None, None]
        tall = (0.5 * (one.ha + one.hp))[:, None, None]
        inward = 0.5 * depth - u
        vein = (w - at[:, 2, None, None] * tall).abs() - at[:, 1, None, None] * tall * (1.15 - inward / (at[:, 0, None, None] * depth)).clamp(0, 1)
        marrow = _lay(marrow, _soft(vein, edge) * (inward < at[:, 0, None, None] * depth) * c(d.vein), t["vein"])
        for face, near in ((0, top), (1, bottom)):
            wide = d.band[:, n, face, None, None]
            marrow = _lay(marrow, (_soft(-near - wide, 2.5 * edge) * (wide > 0)) * 0.8, t["band"])
        if bool((d.cement[:, n] > 0).any()):
            blob = torch.hypot(u * 0.8, w) + 2.5 * blobs - c(d.cement)
            marrow = _lay(marrow, _soft(blob, edge) * (c(d.cement) > 0), t["cement"])
        # Cortex: thin at the walls, separately at the endplates.
        shell = t["cortex"]
        now = _lay(now, _soft(dist, edge), shell + 0 * marrow)
        plate = torch.maximum(top, bottom)
        wall_in = dist + c(d.cortex)
        plate_in = plate + c(d.endplate)
        now = _lay(now, _soft(torch.maximum(dist, -(plate + c(d.endplate))), edge), t["endplate"])
        now = _lay(now, _soft(torch.maximum(wall_in, plate_in), edge), marrow)
        if bool((d.screw[:, n] > 0).any()):
            rod = torch.maximum((w + 0.1 * tall + 0.08 * u).abs() - c(d.screw), torch.maximum(-u - 0.3 * depth, u - 45))
            now = _lay(now, _soft(rod, edge) * (c(d.screw) > 0), t["metal"])
        now = _lay(before, shown, now)
        image = rows.add(now, before)
    return image


def body_slots(spines: Spines, slot: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """Slots [b, 2 * reach + 1] of the present bodies around `slot` [b], and whether each exists."""
    order = torch.where(spines.present > 0, torch.arange(COUNT).float()[None], torch.full((1, COUNT), 99.0)).sort(1).values
    rank = (order < slot[:, None]).sum(1, keepdim=True)
    want = rank + torch.arange(-reach, reach + 1)[None]
    got = order.gather(1, want.clamp(0, COUNT - 1))
    exists = (want >= 0) & (got < 90)
    return got.clamp(max=S1 + 3).long(), exists.float()
