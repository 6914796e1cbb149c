"""Where the course's notebooks are, and which one a short name means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FIRST_PAGE = "00_start_here.ipynb"


class CourseError(Exception):
    """Something the user asked for can't be done. The message says what to do instead."""


@dataclass(frozen=True)
class Course:
    """One checkout of the course.

    >>> [path.name for path in Course.here().notebooks()]
    ['00_start_here.ipynb', '01_improved_performance.ipynb', ...]
    """

    root: Path

    @classmethod
    def here(cls) -> Course:
        """Return the checkout that this file belongs to."""
        return cls(Path(__file__).resolve().parents[2])

    @property
    def source(self) -> Path:
        """The folder of the course's own notebooks, with outputs, as committed."""
        return self.root / "notebooks"

    @property
    def images(self) -> Path:
        """The folder of the pictures that stand outside the notebooks."""
        return self.source / "images"

    @property
    def workbook(self) -> Path:
        """The folder of the learner's copy. Git ignores it."""
        return self.root / "workbook"

    def notebooks(self) -> list[Path]:
        """Return the course's notebooks in the order of the course."""
        return sorted(self.source.glob("[0-9][0-9]_*.ipynb"))

    def find(self, name: str) -> Path:
        """Return the notebook that `03`, `03_scalability`, its file name or a path to it means.

        Raises:
            CourseError: if there is none; the message lists those there are.
        """
        stem = Path(name).name.removesuffix(".ipynb")
        wanted = stem.zfill(2) if stem.isdecimal() else stem
        for path in self.notebooks():
            if wanted in (path.stem, path.stem[:2]):
                return path
        known = "\n".join(f"  {path.stem}" for path in self.notebooks()) or "  (none yet)"
        raise CourseError(f"There is no notebook called {name!r}. The course has:\n{known}\nThe number is enough: 00.")
