"""Row features, whose sums a verdict is made of, and the maps that make them comparable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Arrays, Ints
from driftwell.numeric.kmeans import nearest
from driftwell.numeric.verdict.layout import Layout

Singles = NDArray[np.float32]

CLIP = 8.0
"""Displacements are clipped at 8 standard deviations per direction: one extreme record must not decide a verdict."""

CHUNK = 1_024
"""Rows processed at a time, so that intermediate products stay in cache."""


@dataclass(frozen=True, eq=False)
class RowFeatures:
    """Maps a record to additive features: all that tasks on executors need, a few MB.

    Attributes:
        cosine: whether vectors are scaled to unit length first (for cosine indexes, where norms carry no meaning).
        mean: (d,) of the fit sample.
        components: (d, p) leading principal components.
        scale: (p,) standard deviations along them.
        micro: (k, p) centres of the micro-topics.
        landmarks: (l, p) records of the fit sample that represent known content.
        topics: (t, p) centres of the few topics that give changes their unit.
        norm_clip: length at which x - mean is clipped if vectors are not scaled.
        residual_clip: largest squared distance from the principal subspace that counts.
        novel_cut: the fit sample's 95 % quantile of the distance to the nearest landmark.
    """

    cosine: bool
    mean: Singles
    components: Singles
    scale: Singles
    micro: Singles
    landmarks: Singles
    topics: Singles
    norm_clip: float
    residual_clip: float
    novel_cut: float

    @property
    def layout(self) -> Layout:
        """The columns of the features."""
        return Layout(len(self.mean), len(self.micro), len(self.scale))

    def project(self, x: NDArray[np.floating]) -> tuple[Singles, Singles]:
        """(n, d) vectors -> (n, d) centred (and scaled) vectors and their (n, p) principal coordinates."""
        centred = ((unit_rows(x) if self.cosine else x.astype(np.float32)) - self.mean).astype(np.float32, copy=False)
        return centred, np.asarray(centred @ self.components, dtype=np.float32)

    def nearest_topic(self, x: NDArray[np.floating]) -> Ints:
        """(n, d) vectors -> (n,) the topic each is nearest to."""
        own = [nearest(self.project(part)[1], self.topics)[0] for part in chunks(x)]
        return np.concatenate(own) if own else np.zeros(0, np.int64)

    def parts(self, x: NDArray[np.floating]) -> tuple[Singles, Ints, Singles, Singles, Singles]:
        """(n, d) -> x - mean (n, d), micro-topic (n,), novelty (n,), displacement (n, p), residual (n,)."""
        centred, z = self.project(x)
        squared = np.einsum("ij,ij->i", centred, centred)
        own, _ = nearest(z, self.micro)
        _, to_landmark = nearest(z, self.landmarks)
        residual = np.clip(squared - np.einsum("ij,ij->i", z, z), 0, self.residual_clip)
        displacement = (z - self.micro[own]) / self.scale
        np.clip(displacement, -CLIP, CLIP, out=displacement)
        if not self.cosine:
            centred *= np.minimum(1, self.norm_clip / np.maximum(np.sqrt(squared), 1e-12))[:, None]
        return centred, own, np.sqrt(to_landmark), displacement, residual.astype(np.float32)

    def rows(self, x: NDArray[np.floating]) -> Singles:
        """(n, d) vectors -> (n, width) additive features, one row per record, in the columns of `Layout`."""
        at, out = self.layout.slices, np.zeros((len(x), self.layout.width), np.float32)
        for start, part in zip(range(0, len(x), CHUNK), chunks(x), strict=True):
            block = out[start : start + CHUNK]
            centred, own, novelty, displacement, residual = self.parts(part)
            block[:, at["location"]] = centred
            block[np.arange(len(part)), at["mixture"].start + own] = 1
            block[:, at["novelty"]] = novelty[:, None]
            block[:, at["displacement"]] = displacement
            block[:, at["residual"]] = residual[:, None]
            block[:, self.layout.novel] = novelty > self.novel_cut
        return out

    def sums(self, x: NDArray[np.floating]) -> Arrays:
        """What a batch of (n, d) vectors adds to a snapshot: `sums` (1, width) of its row features and `n` (1, 1)."""
        at, total = self.layout.slices, np.zeros(self.layout.width)
        for part in chunks(x):
            centred, own, novelty, displacement, residual = self.parts(part)
            total[at["location"]] += centred.sum(axis=0, dtype=np.float64)
            total[at["mixture"]] += np.bincount(own, minlength=len(self.micro))
            total[at["novelty"]] += novelty.sum(dtype=np.float64)
            total[at["displacement"]] += displacement.sum(axis=0, dtype=np.float64)
            total[at["residual"]] += residual.sum(dtype=np.float64)
            total[self.layout.novel] += (novelty > self.novel_cut).sum()
        return {"sums": total[None, :], "n": np.full((1, 1), float(len(x)))}

    def arrays(self) -> Arrays:
        """As named matrices, for storage and shipping."""
        numbers = [self.cosine, self.norm_clip, self.residual_clip, self.novel_cut]
        return {
            "numbers": np.array([numbers], dtype=np.float64),
            "mean": self.mean[None, :],
            "components": self.components,
            "scale": self.scale[None, :],
            "micro": self.micro,
            "landmarks": self.landmarks,
            "topics": self.topics,
        }


@dataclass(frozen=True, eq=False)
class Features:
    """Row features, and the maps under which a group's statistic is a squared length: T = |(mean - usual mean) M|².

    The maps stay on the driver: features are mapped after summation.

    Attributes:
        row: the row features.
        location_map: (d, d) ridge whitener of x - mean.
        mixture_map: (k,) one over the root of each micro-topic's share.
        displacement_map: (p, p) ridge whitener of the displacement.
    """

    row: RowFeatures
    location_map: Singles
    mixture_map: Singles
    displacement_map: Singles

    @property
    def layout(self) -> Layout:
        """Where the columns lie."""
        return self.row.layout

    def rows(self, x: NDArray[np.floating]) -> Singles:
        """(n, d) vectors -> (n, width) additive features."""
        return self.row.rows(x)

    def sums(self, x: NDArray[np.floating]) -> Arrays:
        """What a batch of (n, d) vectors adds to a snapshot's sums."""
        return self.row.sums(x)

    def mapped(self, phi: NDArray[np.floating]) -> NDArray[np.floating]:
        """(., width) features, or means or sums of them -> (., width) in the space where T is a squared length."""
        at, out = self.layout.slices, phi.copy()
        out[:, at["location"]] = phi[:, at["location"]] @ self.location_map
        out[:, at["mixture"]] = phi[:, at["mixture"]] * self.mixture_map
        out[:, at["displacement"]] = phi[:, at["displacement"]] @ self.displacement_map
        return out

    def micro_centres(self) -> Singles:
        """(k, d) centres of the micro-topics in the original (scaled, if `cosine`) space."""
        return np.asarray(self.row.mean + self.row.micro @ self.row.components.T, dtype=np.float32)

    def arrays(self) -> Arrays:
        """As named matrices, for storage."""
        return {
            **self.row.arrays(),
            "location_map": self.location_map,
            "mixture_map": self.mixture_map[None, :],
            "displacement_map": self.displacement_map,
        }


def row_features_of(arrays: Mapping[str, Any]) -> RowFeatures:
    """The inverse of `RowFeatures.arrays`; also reads `Features.arrays`."""
    cosine, norm_clip, residual_clip, novel_cut = (float(number) for number in arrays["numbers"][0])
    names = ("components", "micro", "landmarks", "topics")
    matrices = {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in names}
    rows = {name: np.asarray(arrays[name][0], dtype=np.float32) for name in ("mean", "scale")}
    return RowFeatures(
        cosine=bool(cosine), norm_clip=norm_clip, residual_clip=residual_clip, novel_cut=novel_cut, **matrices, **rows
    )


def features_of(arrays: Mapping[str, Any]) -> Features:
    """The inverse of `Features.arrays`."""
    location, displacement = (np.asarray(arrays[f"{name}_map"], np.float32) for name in ("location", "displacement"))
    return Features(row_features_of(arrays), location, np.asarray(arrays["mixture_map"][0], np.float32), displacement)


SAFE_LENGTHS = np.float32(1e-6), np.float32(1e12)
"""Lengths whose squares single precision holds with all digits, whatever the vector's smaller elements."""


def unit_rows(x: NDArray[np.floating]) -> Singles:
    """(n, d) vectors of any length scaled to unit length; a zero vector stays zero."""
    single = x.astype(np.float32, copy=False)
    with np.errstate(over="ignore"):  # an overflow is handled below
        lengths = np.sqrt(np.einsum("ij,ij->i", single, single))
    unsafe = ~((lengths > SAFE_LENGTHS[0]) & (lengths < SAFE_LENGTHS[1]))
    if unsafe.any():
        single, lengths = single.copy(), lengths.copy()
        # By powers of two, which change no digit.
        _, exponents = np.frexp(np.abs(single[unsafe]).max(axis=1))
        single[unsafe] = np.ldexp(single[unsafe], -exponents[:, None])
        lengths[unsafe] = np.sqrt(np.einsum("ij,ij->i", single[unsafe], single[unsafe]))
    return np.asarray(single / np.where(lengths > 0, lengths, 1)[:, None], dtype=np.float32)


def chunks(x: NDArray[np.floating]) -> Iterator[NDArray[np.floating]]:
    """The rows in pieces of `CHUNK`."""
    return (x[start : start + CHUNK] for start in range(0, len(x), CHUNK))
