"""PyTorch's networks stepped through a stream: the loops that `streaming.py` compares with.

The modules are those of asteroid and openunmix; what they need of the past is kept beside them.
"""

import importlib
import sys
from typing import Any

import torch
from torch.nn import functional
from waveform import PARITY


def peer(module: str, name: str, imports: str | None = None) -> Any:
    """A class of an installed package, whose imports `tests/parity` may have to prepare."""
    sys.path.insert(0, str(PARITY))
    if imports:
        importlib.import_module(imports)
    return getattr(importlib.import_module(module), name)


class ConvTasNetSteps:
    """asteroid's causal Conv-TasNet in its default size, chunk by chunk."""

    def __init__(self) -> None:
        made = peer("asteroid.models.conv_tasnet", "ConvTasNet", "asteroid_peer")
        self.network = made(2, norm_type="cLN", causal=True).eval()
        self.encoder, self.decoder = (
            module.filterbank._filters for module in (self.network.encoder, self.network.decoder)
        )
        overlap = self.encoder.shape[-1] - self.network.encoder.stride
        self.stride = self.network.encoder.stride
        self.heard = torch.zeros(1, 1, overlap)
        self.added = torch.zeros(2, 1, overlap)
        self.tails: dict[int, Any] = {}

    def step(self, chunk: Any) -> Any:
        """Stems (sources, samples) of the next samples (samples, 1)."""
        waveform = torch.cat([self.heard, chunk.T[None]], dim=-1)
        self.heard = waveform[..., -self.heard.shape[-1] :]
        frames = functional.conv1d(waveform, self.encoder, stride=self.stride)
        masker = self.network.masker
        x, skips = masker.bottleneck(frames), 0.0
        for number, block in enumerate(masker.TCN):
            y = x
            for layer in block.shared_block:
                # the dilated convolution is followed by what cuts off its padding
                padded = isinstance(layer, torch.nn.Sequential)
                y = self._dilated(number, layer[0], y) if padded else layer(y)
            x = x + block.res_conv(y)
            skips = skips + block.skip_conv(y)
        masks = masker.output_act(masker.mask_net(skips).view(1, 2, frames.shape[1], -1))
        masked = (masks * frames[:, None])[0]
        waveforms = functional.conv_transpose1d(masked, self.decoder, stride=self.stride)
        waveforms[..., : self.added.shape[-1]] += self.added
        samples = chunk.shape[0]
        self.added = waveforms[..., samples:]
        return waveforms[:, 0, :samples]

    def _dilated(self, number, layer, x):
        reach = (layer.kernel_size[0] - 1) * layer.dilation[0]
        tail = self.tails.get(number)
        x = torch.cat([x.new_zeros(1, x.shape[1], reach) if tail is None else tail, x], dim=-1)
        self.tails[number] = x[..., -reach:]
        return functional.conv1d(
            x, layer.weight, layer.bias, dilation=layer.dilation, groups=layer.groups
        )


class OpenUnmixSteps:
    """Open-Unmix in one direction with four targets, chunk by chunk, stereo at 44.1 kHz."""

    LENGTH, HOP, HIDDEN, TARGETS = 4096, 1024, 512, ("vocals", "drums", "bass", "other")

    def __init__(self) -> None:
        made = peer("openunmix.model", "OpenUnmix", "peer")
        arguments = {"nb_bins": self.LENGTH // 2 + 1, "nb_channels": 2, "unidirectional": True}
        self.networks = [
            made(hidden_size=self.HIDDEN, max_bin=1487, **arguments).eval() for _ in self.TARGETS
        ]
        self.window = torch.hann_window(self.LENGTH)
        self.heard = torch.zeros(2, self.LENGTH - self.HOP)
        self.added = torch.zeros(len(self.TARGETS), 2, self.LENGTH - self.HOP)
        self.states: list[Any] = [None] * len(self.TARGETS)

    def step(self, chunk: Any) -> Any:
        """Stems (sources, channels, samples) of the next samples (samples, channels)."""
        waveform = torch.cat([self.heard, chunk.T], dim=-1)
        self.heard = waveform[:, -self.heard.shape[-1] :]
        frames = waveform.unfold(-1, self.LENGTH, self.HOP) * self.window
        spectrum = torch.fft.rfft(frames)  # (channels, frames, bins)
        magnitude = spectrum.abs()
        unit = spectrum / magnitude.clamp_min(1e-9)
        stems = []
        for number, network in enumerate(self.networks):
            estimate = self._estimate(number, network, magnitude.permute(1, 0, 2)[:, None])
            stems.append(torch.fft.irfft(estimate[:, 0].permute(1, 0, 2) * unit, self.LENGTH))
        frames = torch.stack(stems) * self.window / 1.5  # the sum of squares of a Hann window
        samples = chunk.shape[0]
        joined = frames.new_zeros(*frames.shape[:2], samples + self.added.shape[-1])
        joined[..., : self.added.shape[-1]] = self.added
        for n in range(frames.shape[2]):
            joined[..., n * self.HOP : n * self.HOP + self.LENGTH] += frames[:, :, n]
        self.added = joined[..., samples:]
        return joined[..., :samples]

    def _estimate(self, number, network, mixture):
        """The magnitude of one target, (frames, 1, channels, bins), from that of the mixture."""
        frames, batch, channels, _ = mixture.shape
        x = (mixture[..., : network.nb_bins] + network.input_mean) * network.input_scale
        x = network.fc1(x.reshape(-1, channels * network.nb_bins))
        x = torch.tanh(network.bn1(x).reshape(frames, batch, -1))
        y, self.states[number] = network.lstm(x, self.states[number])
        x = torch.relu(network.bn2(network.fc2(torch.cat([x, y], -1).reshape(frames, -1))))
        x = network.bn3(network.fc3(x)).reshape(frames, batch, channels, -1)
        return torch.relu(x * network.output_scale + network.output_mean) * mixture


STEPS = {"conv_tasnet": ConvTasNetSteps, "open_unmix": OpenUnmixSteps}
