"""What an experiment can be run with: a range or a choice for each of its parameters, and where it starts."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Range = tuple[int, int] | tuple[float, float] | list[Any]
"""Least and most of a number, or a list of values to choose from."""

_STEPS = 100  # a slider of fractions has about so many positions, a round number apart


@dataclass(frozen=True)
class Parameter:
    """One parameter of an experiment. Either `choices` are its values, or those from `least` to `most` by `step`."""

    name: str
    start: Any
    least: float = 0
    most: float = 0
    step: float = 1
    choices: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """Say where it starts and where it can go: "n = 30 (1 to 200)"."""
        if self.choices:
            return f"{self.name} = {self.start} ({', '.join(map(str, self.choices))})"
        return f"{self.name} = {self.start:g} ({self.least:g} to {self.most:g})"

    def differs(self, value: Any, other: Any) -> bool:
        """Return whether two values are two positions of the slider.

        A slider that appears moves its start to its own nearest position, and says so: 0.09999999999999999 for 0.1.
        """
        if self.choices:
            return bool(value != other)
        return bool(abs(value - other) > 0.501 * self.step)

    def tidy(self, value: Any) -> Any:
        """Return a value as one would write it: 0.11 and not 0.10999999999999999."""
        return float(f"{value:.10g}") if isinstance(value, float) else value


def parameters_of(experiment: Callable[..., Any], ranges: Mapping[str, Range]) -> tuple[Parameter, ...]:
    """Match ranges to an experiment's parameters. Each starts at its default, or in the middle if it has none.

    Raises:
        TypeError: if the experiment is no coroutine function or has no such parameter, if one is left without a value,
            or if a range is neither a pair of numbers nor a list.
        ValueError: if a range is empty, or does not hold the default.
    """
    if not inspect.iscoroutinefunction(experiment):
        raise TypeError(f"the first argument is the experiment, an `async def` function, got {experiment!r}")
    if not ranges:
        raise TypeError("explore() needs a range for at least one parameter, such as n=(1, 200)")
    wanted = inspect.signature(experiment).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values())
    unknown = [name for name in ranges if name not in wanted]
    if unknown and not takes_any:
        raise TypeError(f"the experiment has no parameter {unknown[0]!r}; it has {', '.join(wanted) or 'none'}")
    for name, parameter in wanted.items():
        variable = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if name not in ranges and parameter.default is parameter.empty and not variable:
            raise TypeError(f"the experiment's parameter {name!r} has no value: give it a range or a default")
    defaults = {name: parameter.default for name, parameter in wanted.items() if parameter.default != parameter.empty}
    return tuple(_parameter(name, given, defaults.get(name)) for name, given in ranges.items())


def _parameter(name: str, given: object, default: Any) -> Parameter:
    if isinstance(given, list):
        return _choice(name, given, default)
    if not (isinstance(given, tuple) and len(given) == 2 and all(map(_is_number, given))):
        raise TypeError(f"{name} takes a pair of numbers such as (1, 200), or a list of choices, got {given!r}")
    least, most = given
    if not least < most:
        raise ValueError(f"{name} goes from the least to the most, such as (1, 200), got {given!r}")
    if default is not None and not (_is_number(default) and least <= default <= most):
        raise ValueError(f"{name} starts at the experiment's default, {default!r}, which is not in {given!r}")
    if all(isinstance(number, int) for number in (least, most, default or 0)):
        return Parameter(name, (least + most) // 2 if default is None else default, least, most)
    step = _round_step(float(most - least) / _STEPS)
    middle = least + round((most - least) / 2 / step) * step
    return Parameter(name, float(f"{middle:.6g}") if default is None else float(default), least, most, step)


def _choice(name: str, given: list[Any], default: Any) -> Parameter:
    if not given:
        raise ValueError(f"{name} needs at least one value to choose from")
    if default is not None and default not in given:
        raise ValueError(f"{name} starts at the experiment's default, {default!r}, which is not in {given!r}")
    return Parameter(name, given[0] if default is None else default, choices=tuple(given))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _round_step(step: float) -> float:
    """Return the largest of 1, 2, 5, 10, … times a power of ten that is not above a step."""
    magnitude = 10.0 ** math.floor(math.log10(step))
    return float(f"{max(m for m in (1, 2, 5) if m * magnitude <= step * 1.000001) * magnitude:.6g}")
