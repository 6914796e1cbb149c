"""What one hostile client does, and how cases are made: from a grammar that is bent, and from bytes that are broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Leaves: TypeAlias = Literal["half-closes", "resets", "looks and goes"]
WAYS: tuple[Leaves, ...] = get_args(Leaves)
LONGEST_RANDOM = 2000
T = TypeVar("T")
SHOWN = 200  # bytes of a case in a message


@dataclass(frozen=True)
class Case:
    """One client: it connects, sends these pieces one after another, and leaves.

    "half-closes": sends the end of its stream, and reads until the service closes.
    "resets": goes without reading a byte.
    "looks and goes": reads what comes at once, then closes.
    """

    pieces: tuple[bytes, ...]
    leaves: Leaves = "half-closes"

    def __str__(self) -> str:
        data = b" | ".join(self.pieces)
        shown = repr(data[:SHOWN]) + (f"... ({len(data)} bytes)" if len(data) > SHOWN else "")
        return f"{shown}, {self.leaves}"


def cut(data: bytes) -> st.SearchStrategy[tuple[bytes, ...]]:
    """Draw pieces in which the bytes are sent: whole, or cut at up to three places."""
    places = st.lists(st.integers(0, len(data)), max_size=3).map(sorted)
    return places.map(lambda at: tuple(data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)))


def sent(data: st.SearchStrategy[bytes]) -> st.SearchStrategy[Case]:
    """Draw clients that send such bytes."""
    return st.builds(Case, data.flatmap(cut), st.sampled_from(WAYS))


def broken(corpus: Sequence[bytes], rng: Random) -> Case:
    """Return a client that sends random bytes, or bytes that were good before they were broken in a few places."""
    data = bytearray(rng.randbytes(rng.randrange(LONGEST_RANDOM)) if rng.random() < 0.3 else rng.choice(corpus))
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = rng.randbytes(1)
            case 1:
                del data[at : at + rng.randrange(1, 20)]
            case 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 20))
            case 3:
                data[at:at] = rng.choice((b"\r\n", b"\n", b"\0", b"\xff", b"%00", b"\r\n\r\n"))
            case 4:
                piece = rng.choice(corpus)
                data[at:at] = piece[rng.randrange(len(piece)) :]
            case _:
                data[at:at] = data[at : at + rng.randrange(1, 200)] * rng.randrange(1, 4)
    half = rng.randrange(len(data) + 1)
    return Case((bytes(data[:half]), bytes(data[half:])), rng.choice(WAYS))


class _Drawn(Generic[T]):
    """An example that is printed in few words: hypothesis may print one, and warns of a megabyte of bytes."""

    def __init__(self, example: T) -> None:
        self.example = example


def drawn(strategy: st.SearchStrategy[T], n: int, *, number: int | None) -> list[T]:
    """Draw n examples, the same ones for the same number.

    Nothing is run inside hypothesis, which would run what has failed again and again to make it smaller: what goes
    wrong between processes may be a matter of timing.
    """
    found: list[T] = []

    def keep(drawn: _Drawn[T]) -> None:
        found.append(drawn.example)

    draw = settings(
        max_examples=n, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
    )(given(strategy.map(_Drawn))(keep))
    (draw if number is None else seed(number)(draw))()
    return found
