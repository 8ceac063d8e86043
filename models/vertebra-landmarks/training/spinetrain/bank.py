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


class Bank:
    """Reads shards in order and keeps the newest `keep` in memory."""

    def __init__(self, folder: Path, count: int, keep: int) -> None:
        self.folder, self.count, self.keep = folder, count, keep
        self.loaded: list[Arrays] = []
        self.next = 0

    def advance(self, want: int) -> None:
        while self.next < min(want, self.count):
            with np.load(shard_path(self.folder, self.next)) as data:
                self.loaded.append({k: data[k] for k in data.files})
            self.loaded = self.loaded[-self.keep :]
            self.next += 1

    def batches(self, steps: int, batch: int, seed: int) -> Iterator[Arrays]:
        """Yields `steps` batches, each from one shard."""
        draw = np.random.default_rng(seed)
        self.advance(self.count)
        for _ in range(steps):
            shard = self.loaded[draw.integers(len(self.loaded))]
            size = len(next(iter(shard.values())))
            index = draw.choice(size, batch, replace=batch > size)
            yield {k: v[index] for k, v in shard.items()}
