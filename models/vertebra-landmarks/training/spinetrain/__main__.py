"""`python -m spinetrain COMMAND`: train one network or all, export, evaluate."""

from __future__ import annotations

import argparse
from pathlib import Path

from .bank import fill


def main() -> None:
    parser = argparse.ArgumentParser(prog="spinetrain")
    sub = parser.add_subparsers(dest="command", required=True)
    for name in ("landmarks", "detector", "localizer"):
        p = sub.add_parser(name)
        p.add_argument("--work", type=Path, default=Path("/tmp/spinetrain"))
        p.add_argument("--steps", type=int, required=True)
        p.add_argument("--shards", type=int, required=True)
        p.add_argument("--seed", type=int, default=1)
        p.add_argument("--peak", type=float, default=2e-3)
        p.add_argument("--start", type=Path)
        p.add_argument("--recipe", choices=("plain", "broken", "crushed", "grown") if name == "landmarks" else ("plain",), default="plain", help="what the bank is made of")
        p.add_argument("--tag", default="")
        p.add_argument("--threads", type=int, default=2)
        p.add_argument("--workers", type=int, default=2)
        p.add_argument("--also-seed", type=int, help="another seed's bank, already rendered, to draw from as well")
        p.add_argument("--also-shards", type=int, default=0)
        p.add_argument("--bank-only", action="store_true")
    e = sub.add_parser("export")
    e.add_argument("name", choices=("landmarks", "detector", "localizer"))
    e.add_argument("weights", type=Path)
    q = sub.add_parser("quick", help="rungs a and b of a landmark model, printed only")
    q.add_argument("model", type=Path)
    q.add_argument("--count", type=int, default=200)
    t = sub.add_parser("train-all", help="retrain, export and measure the three networks with fixed seeds")
    t.add_argument("--work", type=Path, default=Path("/tmp/spinetrain"))
    t.add_argument("--root", type=Path)
    t.add_argument("--smoke", action="store_true", help="a few small steps each, into --work: tries the machinery in minutes")
    v = sub.add_parser("evaluate", help="rungs a and b, merged with server-rungs.json, into metrics.json and MODEL_CARD.md")
    v.add_argument("--root", type=Path)
    v.add_argument("--count", type=int, default=500)
    v.add_argument("--strips", type=int, default=40)
    v.add_argument("--volumes", type=int, default=30)
    v.add_argument("--only", choices=("landmarks", "detector", "localizer", "merge"), help="measure one network; merge only renews the server's rungs and the cards")
    k = sub.add_parser("look", help="run the three networks over a real CT (DICOM folder or NIfTI) and draw the result")
    k.add_argument("source", type=Path)
    k.add_argument("out", type=Path)
    k.add_argument("--root", type=Path)
    f = sub.add_parser("fine-tune", help="go on from the committed landmark network with the bodies that readers marked in a curated set")
    f.add_argument("--curated", type=Path, required=True, help="the set; `backstop annotate export` has written its fine-tune folder")
    f.add_argument("--out", type=Path, required=True, help="a folder of its own: vertebra-landmarks/ in it is a whole model folder")
    f.add_argument("--steps", type=int, default=400)
    f.add_argument("--peak", type=float, default=2e-4)
    f.add_argument("--seed", type=int, default=1)
    f.add_argument("--site", default="a site's curated set", help="for the manifest's card")
    args = parser.parse_args()
    if args.command == "fine-tune":
        from .fine_tune import fine_tune

        print(fine_tune(args.curated, args.out, steps=args.steps, peak=args.peak, seed=args.seed, site=args.site))
        return
    if args.command == "evaluate":
        from .evaluate import ROOT, evaluate

        evaluate(args.root or ROOT, args.count, args.strips, args.volumes, args.only)
        return
    if args.command == "train-all":
        from .trainall import train_all

        train_all(args.work, args.root, args.smoke)
        return
    if args.command == "look":
        from .realscan import ROOT, look

        look(args.source, args.out, args.root or ROOT)
        return
    if args.command == "quick":
        from .evaluate import quick

        quick(args.model, args.count)
        return
    if args.command == "export":
        from .export import export

        export(args.name, args.weights)
        return
    from .fit import train
    from .trainall import part_of

    part = part_of(args.command, args.recipe)
    bank = args.work / f"bank-{args.command}-{args.seed}"
    if args.bank_only:
        fill(bank, part.make_shard, args.shards, args.seed, args.workers)
        return
    train(
        part, args.work / f"{args.command}{args.tag}.pt", bank, steps=args.steps, shards=args.shards, seed=args.seed, peak=args.peak, start=args.start, threads=args.threads,
        also=(args.work / f"bank-{args.command}-{args.also_seed}", args.also_shards) if args.also_seed is not None else None,
    )


if __name__ == "__main__":
    main()
