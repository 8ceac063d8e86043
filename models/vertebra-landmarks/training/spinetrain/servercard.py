"""Tables of the server's rungs c, d and e for the landmark network's card, and how far each figure is from the design's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Figures = dict[str, Any]
SPOKEN = {"c": "Rung c: digital phantoms with known heights through the server's pipeline", "d": "Rung d: implanted fractures in real scans", "e": "Rung e: real scans as they are"}
ABOUT = {
    "c": "CT phantoms enter as volumes, the X-ray ones as DICOM images of line integrals through the same anatomy. `wrong, not doubted` are bodies that bear a wrong name without a question mark; "
         "a doubt is printed as \"T12/L1?\". The loss is the graded one (level, sex and neighbours taken off) against the phantom's own.",
    "d": "One body of a real CT is compressed by a known warp that moves both endplates as they are (tools/implant-fracture.ts); everything else stays. `bias` compares the graded loss with the implanted one; "
         "the body's own deviation from the tables before is part of its limits. `own` compares the height that the shape names (front, middle, back) with the same body's before the warp: the networks alone.",
    "e": "Without labels the names are those that a developer read by eye. Landmark errors are distances of corners to the label masks' corners.",
}


def rate(value: Figures | None) -> str:
    if not value or value.get("rate") is None:
        return "-"
    return f"{value['rate']:.2f} ({value['ci'][0]:.2f} to {value['ci'][1]:.2f}; {value['count']} of {value['of']})"


def short(value: Figures | None) -> str:
    return "-" if not value or value.get("rate") is None else f"{value['count']} of {value['of']}"


def points(value: Figures | None) -> str:
    return "-" if not value else f"{value['bias']:+.1f} +- {value['limits']:.1f}"


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = list(head)
    return ["| " + " | ".join(names) + " |", "|---" * len(names) + "|", *("| " + " | ".join(row) + " |" for row in rows), ""]


def rung_c(c: Figures) -> list[str]:
    kinds = [("CT", c), *((name, c[key]) for key, name in (("mr", "sagittal MR"), ("xray", "lateral X-ray")) if key in c)]
    out = table(
        ("picture", "bodies", "found", "invented", "level right", "wrong, not doubted", "doubted", "evaluable", "loss within 5 points", "loss bias +- limits", "sens grade >= 2", "false grade >= 2", "landmarks mm, median (p95)"),
        ((name, str(k["vertebrae"]), rate(k["found"]), str(k["invented"]), rate(k["levelRate"]), rate(k.get("wrongWithoutDoubt")), short(k.get("doubtful")), rate(k["evaluable"]), rate(k["lossWithin5"]),
          points(k["loss"]), rate(k["sensG2"]), rate(k["falseG2"]), f"{number(k['landmarkMedianMm'])} ({number(k['landmarkP95Mm'])})") for name, k in kinds),
    )
    return out + table(
        ("phantom", "whole bodies", "found", "level right", "wrong, not doubted", "invented"),
        ((f"{name}: {s['name']}", *(str(s.get(key, "-")) for key in ("whole", "found", "level", "wrongWithoutDoubt", "invented"))) for name, k in kinds for s in k["scans"]),
    )


def rung_d(d: Figures) -> list[str]:
    rows = [("all", d), *((f"loss {size} %", v) for size, v in d["bySize"].items()), *d["byShape"].items(), *((s["scan"], s) for s in d["scans"])]
    n = {id(v): v["notEvaluable"]["of"] for _, v in rows}
    out = table(
        ("implants", "n", "graded >= 2 where the loss is >= 25 %", "graded >= 2 where it is < 20 %", "false grade >= 2 on the bodies beside it", "not evaluable or missed", "graded loss: bias +- limits", "own: bias +- limits"),
        ((name, str(n[id(v)]), rate(v["sens25"]), short(v["falseG2Below20"]), short(v.get("falseG2")), short(v["notEvaluable"]), points(v["loss"]), points(v.get("ownLoss"))) for name, v in rows),
    )
    return [*out, f"False grade 2 or 3 on bodies that were not touched: {rate(d['falseG2'])}.", ""]


def rung_e(e: Figures) -> list[str]:
    kinds = [("CT", e), *([("sagittal MR", e["mri"])] if "mri" in e else [])]
    out = table(
        ("scans", "whole bodies", "found", "invented", "level right, anchor in view", "wrong, not doubted", "false grade >= 2", "corners mm, median (p95), n"),
        ((name, str(k["vertebrae"]), rate(k["found"]), str(k["invented"]), rate(k["levelRate"]), rate(k.get("wrongWithoutDoubt")), rate(k["falseG2"]),
          f"{number(k['landmarkMedianMm'])} ({number(k['landmarkP95Mm'])}), {k['landmarkCount']}") for name, k in kinds),
    )
    return out + table(
        ("scan", "whole", "found", "evaluable", "false grade >= 2", "corners mm", "what the server says of each body (loss %, raw in brackets)"),
        ((s["scan"], str(s["whole"]), str(s["found"]), str(s["evaluable"]), str(s["falseG2"]), number(s["landmarkMedianMm"]), "; ".join(b.strip() for b in s["bodies"])) for _, k in kinds for s in k["scans"]),
    )


TABLES: dict[str, Callable[[Figures], list[str]]] = {"c": rung_c, "d": rung_d, "e": rung_e}


def _of(value: Figures | None) -> float | None:
    return None if not value else value.get("rate")


def goals(rungs: dict[str, Figures]) -> list[tuple[str, str, float | None, float, bool]]:
    """(key of the reason, figure, measured, the design's, whether more is better) of rungs c to e."""
    c, d, e = rungs.get("c", {}), rungs.get("d", {}), rungs.get("e", {})
    return [
        ("c.found", "c, CT: whole bodies found", _of(c.get("found")), 1.0, True),
        ("c.level", "c, CT: level right", _of(c.get("levelRate")), 1.0, True),
        ("c.loss", "c, CT: loss within 5 points", _of(c.get("lossWithin5")), 1.0, True),
        *((f"c.{kind}.{key}", f"c, {name}: {what}", _of(c.get(kind, {}).get(field)), 1.0, True)
          for kind, name in (("mr", "MR"), ("xray", "X-ray")) if kind in c for key, what, field in (("found", "whole bodies found", "found"), ("level", "level right", "levelRate"), ("loss", "loss within 5 points", "lossWithin5"))),
        ("d.sens", "d: graded >= 2 where the implanted loss is >= 25 %", _of(d.get("sens25")), 0.90, True),
        ("d.false", "d: false grade >= 2 on untouched bodies", _of(d.get("falseG2")), 0.05, False),
        ("e.found", "e, CT: whole bodies found", _of(e.get("found")), 0.95, True),
        ("e.level", "e, CT: level right, anchor in view", _of(e.get("levelRate")), 1.0, True),
        ("e.mm", "e, CT: corners, median mm", e.get("landmarkMedianMm"), 2.0, False),
        ("e.false", "e, CT: false grade >= 2", _of(e.get("falseG2")), 0.0, False),
        *([("e.mri.found", "e, MR: whole bodies found", _of(e["mri"].get("found")), 0.95, True), ("e.mri.mm", "e, MR: corners, median mm", e["mri"].get("landmarkMedianMm"), 2.0, False),
           ("e.mri.false", "e, MR: false grade >= 2", _of(e["mri"].get("falseG2")), 0.0, False)] if "mri" in e else []),
    ]


def gaps(rungs: dict[str, Figures], why: dict[str, str]) -> list[str]:
    rows = []
    for key, figure, got, goal, more in goals(rungs):
        if got is None:
            rows.append((figure, "not measured", f"{goal:g}", "-", why.get(key, "")))
            continue
        short_by = goal - got if more else got - goal
        rows.append((figure, f"{got:.3g}", f"{goal:g}", "reached" if short_by <= 0 else f"{short_by:.2g}", why.get(key, "") if short_by > 0 else ""))
    return ["### Rungs c to e against the design's figures", "", *table(("figure", "measured", "to reach", "missing", "why, as far as we know"), rows)]


def server_tables(rungs: dict[str, Figures], why: dict[str, str]) -> list[str]:
    out: list[str] = []
    for rung, heading in SPOKEN.items():
        out += [f"### {heading}", ""]
        if rung not in rungs:
            out += ["Not measured in this version.", ""]
            continue
        out += [ABOUT[rung], "", *TABLES[rung](rungs[rung])]
        used = rungs[rung].get("models", [])
        out += ["Measured with " + ", ".join(f"{m['id']} {m['version']} (`{m['sha256'][:12]}`)" for m in used) + ".", ""] if used else []
    return out + gaps(rungs, why)
