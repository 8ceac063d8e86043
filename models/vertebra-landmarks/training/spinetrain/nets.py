"""The three networks. Their outputs are exactly those of docs/model-contract.md."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

POINTS = 10
LEVEL_COUNT = 19


def conv(cin: int, cout: int, stride: int = 1, dilation: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(cin, cout, kernel, stride, padding=dilation * (kernel // 2), dilation=dilation, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions and a skip."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.a = conv(width, width, dilation=dilation)
        self.b = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.b(self.a(x)))


class LandmarkNet(nn.Module):
    """U-Net over pixel-unshuffled patches; ten heat maps at half resolution, soft-argmax in the graph."""

    SIDE = 32
    grid: Tensor

    def __init__(self, widths: tuple[int, int, int, int] = (24, 48, 80, 112)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.stem = nn.Sequential(nn.Conv2d(1, a, 4, 2, padding=1, bias=False), nn.BatchNorm2d(a), nn.ReLU(inplace=True))
        self.e1 = Residual(a)
        self.d1, self.e2 = conv(a, b, 2), Residual(b)
        self.d2, self.e3 = conv(b, c, 2), Residual(c)
        self.d3, self.e4 = conv(c, d, 2), Residual(d)
        self.u3 = conv(d + c, c)
        self.u2 = conv(c + b, b)
        self.u1 = conv(b + a, a)
        self.head = nn.Conv2d(a, POINTS, 3, padding=1)
        self.rest = nn.Sequential(nn.Linear(d, 64), nn.ReLU(inplace=True), nn.Linear(64, POINTS + 1))
        self.spread = nn.Parameter(torch.tensor(1.0))
        self.register_buffer("grid", torch.arange(self.SIDE).float() * 2 + 0.5, persistent=False)

    def heat(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x1 = self.e1(self.stem(image))
        x2 = self.e2(self.d1(x1))
        x3 = self.e3(self.d2(x2))
        x4 = self.e4(self.d3(x3))
        y = self.u3(torch.cat([F.interpolate(x4, scale_factor=2.0, mode="nearest"), x3], 1))
        y = self.u2(torch.cat([F.interpolate(y, scale_factor=2.0, mode="nearest"), x2], 1))
        y = self.u1(torch.cat([F.interpolate(y, scale_factor=2.0, mode="nearest"), x1], 1))
        return self.head(y), x4.mean((2, 3))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logits, pooled = self.heat(image)
        return self.decode(logits, pooled)

    def decode(self, logits: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        p = torch.softmax(logits.flatten(2), -1).view(-1, POINTS, self.SIDE, self.SIDE)
        px, py = p.sum(2), p.sum(3)
        x, y = (px * self.grid).sum(-1), (py * self.grid).sum(-1)
        variance = (px * self.grid * self.grid).sum(-1) - x * x + (py * self.grid * self.grid).sum(-1) - y * y
        rest = self.rest(pooled)
        log_sigma = rest[:, :POINTS] + self.spread * 0.5 * torch.log(variance.clamp(min=0.0) + 0.5)
        return torch.stack([x, y], -1), torch.exp(log_sigma.clamp(-3.0, 3.5)), rest[:, POINTS:]


class DetectorNet(nn.Module):
    """Strip detector at stride 4, with long dilated context along the column at stride 32 for the levels."""

    def __init__(self, widths: tuple[int, int, int, int, int] = (16, 32, 56, 80, 112)) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.e1 = conv(3, a, 2, kernel=5)
        self.e2 = nn.Sequential(conv(a, b, 2), conv(b, b))
        self.e3 = nn.Sequential(conv(b, c, 2), Residual(c))
        self.e4 = nn.Sequential(conv(c, d, 2), Residual(d))
        self.e5 = nn.Sequential(conv(d, e, 2), Residual(e), Residual(e, 2))
        self.column = nn.ModuleList(nn.Conv2d(e, e, (5, 1), padding=(2 * k, 0), dilation=(k, 1)) for k in (1, 2, 4))
        self.u4 = conv(e + d, d)
        self.u3 = conv(d + c, c)
        self.u2 = conv(c + b, 40)
        last = nn.Conv2d(32, 7, 1)
        self.find = nn.Sequential(conv(40, 32), last)
        self.level = nn.Sequential(conv(c, c), nn.Conv2d(c, LEVEL_COUNT, 1))  # at stride 8: levels change slowly
        assert last.bias is not None
        with torch.no_grad():
            last.bias.zero_()
            last.bias[0] = -4.0  # few cells hold a centre

    def raw(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x2 = self.e2(self.e1(image))
        x3 = self.e3(x2)
        x4 = self.e4(x3)
        x5 = self.e5(x4)
        for layer in self.column:
            x5 = x5 + F.relu(layer(x5))
        y = self.u4(torch.cat([F.interpolate(x5, scale_factor=2.0, mode="nearest"), x4], 1))
        y = self.u3(torch.cat([F.interpolate(y, scale_factor=2.0, mode="nearest"), x3], 1))
        level = F.interpolate(self.level(y), scale_factor=2.0, mode="nearest")
        y = self.u2(torch.cat([F.interpolate(y, scale_factor=2.0, mode="nearest"), x2], 1))
        return self.find(y), level

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        find, level = self.raw(image)
        return torch.sigmoid(find[:, :1]), decode_geometry(find[:, 1:6]), level, torch.sigmoid(find[:, 6:7])


def decode_geometry(raw: Tensor) -> Tensor:
    """Column and row offset px, depth px, mid height px, tilt rad."""
    return torch.cat([raw[:, :2] * 4.0, 30.0 * torch.exp(raw[:, 2:3].clamp(-3, 3) * 0.5), 22.0 * torch.exp(raw[:, 3:4].clamp(-3, 3) * 0.5), raw[:, 4:5] * 0.3], 1)


def conv3(cin: int, cout: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv3d(cin, cout, 3, stride, padding=1, bias=False), nn.BatchNorm3d(cout), nn.ReLU(inplace=True))


class LocalizerNet(nn.Module):
    """Small 3D U-Net at 4 mm; four heat maps at half resolution."""

    def __init__(self, widths: tuple[int, int, int] = (16, 32, 48)) -> None:
        super().__init__()
        a, b, c = widths
        self.e1 = nn.Sequential(conv3(1, a, 2), conv3(a, a))
        self.e2 = nn.Sequential(conv3(a, b, 2), conv3(b, b))
        self.e3 = nn.Sequential(conv3(b, c, 2), conv3(c, c))
        self.u2 = conv3(c + b, b)
        self.u1 = conv3(b + a, a)
        self.head = nn.Conv3d(a, 4, 1)
        assert self.head.bias is not None
        nn.init.constant_(self.head.bias, -4.0)

    def raw(self, volume: Tensor) -> Tensor:
        x1 = self.e1(volume)
        x2 = self.e2(x1)
        x3 = self.e3(x2)
        y = self.u2(torch.cat([F.interpolate(x3, scale_factor=2.0, mode="nearest"), x2], 1))
        y = self.u1(torch.cat([F.interpolate(y, scale_factor=2.0, mode="nearest"), x1], 1))
        return self.head(y)

    def forward(self, volume: Tensor) -> Tensor:
        return torch.sigmoid(self.raw(volume))
