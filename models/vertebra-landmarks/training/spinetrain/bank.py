"""Pre-rendered training samples on disk: shards that are seeded one by one, rendered before training."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

Arrays = dict[str, np.ndarray]
MakeShard = Callable[[int, torch.Generator], Arrays]


def to_bytes(image: Tensor) -> np.ndarray:
    """Normalised grey (-2..2) as signed bytes."""
    return (image.clamp(-2, 2) * 63.5).round().to(torch.int8).numpy()


def from_bytes(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image).float() / 63.5


def shard_path(folder: Path, index: int) -> Path:
    return folder / f"{index:05d}.npz"


def write_shards(folder: Path, make: MakeShard, indices: list[int], seed: int) -> None:
    torch.set_num_threads(1)
    for index in indices:
        path = shard_path(folder, index)
        if path.exists():
            continue
        arrays = make(index, torch.Generator().manual_seed(seed * 100_003 + index))
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as out:
            np.savez(out, **arrays)  # type: ignore[arg-type]
        part.rename(path)


def fill(folder: Path, make: MakeShard, count: int, seed: int, workers: int = 2) -> None:
    """Renders the missing ones of `count` shards; each is seeded by its number, so the workers' order does not matter."""
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    crew = [context.Process(target=write_shards, args=(folder, make, list(range(k, count, workers)), seed), daemon=True) for k in range(workers)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
        if one.exitcode != 0:
            raise RuntimeError(f"rendering into {folder} failed")


def shard_paths(folder: Path, count: int) -> list[Path]:
    return [shard_path(folder, i) for i in range(count)]


class Bank:
    """Shards in memory."""

    def __init__(self, paths: list[Path]) -> None:
        self.shards: list[Arrays] = []
        for path in paths:
            with np.load(path) as data:
                self.shards.append({k: data[k] for k in data.files})

    def batches(self, steps: int, batch: int, draw: np.random.Generator) -> Iterator[Arrays]:
        """Yields `steps` batches, each from one shard."""
        for _ in range(steps):
            shard = self.shards[draw.integers(len(self.shards))]
            size = len(next(iter(shard.values())))
            index = draw.choice(size, batch, replace=batch > size)
            yield {k: v[index] for k, v in shard.items()}
