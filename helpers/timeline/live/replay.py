"""The recorded run again, in slow motion: a page of its own that asks no kernel."""

from __future__ import annotations

import base64
import html
import itertools
import json
import math
from pathlib import Path
from typing import Any

from ..longest import Longest
from ..picture import Picture
from ..record import Record
from ..watching import Watch
from .canvas import looks, player_module
from .events import events_of

_numbers = itertools.count(1)

# The names of the colours are JupyterLab's, which the player reads (theme.js).
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 16px auto; padding: 0 12px; max-width: 984px; font: 14px/1.5 system-ui, sans-serif;
  background: var(--jp-layout-color0); color: var(--jp-ui-font-color1); --jp-layout-color0: #ffffff;
  --jp-ui-font-color1: #1a1a1a; }}
h1 {{ font-size: 18px; overflow-wrap: anywhere; }}
li {{ overflow-wrap: anywhere; }}
img {{ height: auto; }}
caption {{ text-align: left; font-weight: bold; padding: 12px 0 4px; }}
td {{ overflow-wrap: anywhere; }}
@media (prefers-color-scheme: dark) {{
  body {{ --jp-layout-color0: #111111; --jp-layout-color2: #333333; --jp-border-color1: #666666;
    --jp-ui-font-color1: #e8e8e8; --jp-ui-font-color2: #b8b8b8; --jp-brand-color1: #64b5f6; }}
}}
</style>
</head>
<body>
<main>
<h1>{first}</h1>
{facts}
{replay}
</main>
<script>
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {{
  document.body.dataset.dark = event.matches; // the player paints again when the page's attributes change
}});
</script>
</body>
</html>
"""


class Replay:
    """A recorded run, to be looked at in slow motion.

    In a browser it plays, pauses, is scrubbed and zoomed, by mouse or by keyboard, and a card tells of the lane under
    the pointer or the focus what it waited for and who ran meanwhile. Where scripts do not run it is the picture.
    With `until_s` it is the beginning of the run, and the card still tells of the whole.

    Raises:
        ValueError: unless 0 < speed <= 10 and until_s > 0.
    """

    def __init__(self, record: Record, *, speed: float = 0.1, until_s: float | None = None) -> None:
        if not (math.isfinite(speed) and 0 < speed <= 10):
            raise ValueError(
                f"speed is a share of the speed it had, above 0 and at most 10, such as 0.1; got {speed!r}"
            )
        self._record = record
        self._shown = record if until_s is None else record.until(until_s)
        self._speed = speed
        self._picture = Picture((self._shown,))

    @property
    def facts(self) -> str:
        """What it shows, in a few sentences, one a line."""
        return self._picture.facts

    def data(self) -> dict[str, Any]:
        """Return everything that the browser needs, for JSON."""
        record, shown = self._record, self._shown
        return {
            "about": {
                "title": shown.title,
                "limit": shown.limit and {"us": shown.limit.limit_s * 1e6, "label": shown.limit.label},
                "watched": [_watched(one) for one in shown.watched],
                "loop": shown.busy_share is not None,
            },
            "run": {
                "lanes": [
                    *((lane.name, lane.kind) for lane in record.lanes),
                    *((lane.name, lane.kind, [one.lane for one in lane.blockings]) for lane in record.of_loop),
                ],
                "now_us": round(record.makespan_s * 1e6),
                **_aims(record),
            },
            "until_us": round(shown.makespan_s * 1e6),
            "events": base64.b64encode(events_of(record).packed()).decode(),
            "speed": self._speed,
            "facts": self.facts,
        }

    def html(self) -> str:
        """Return the player as a piece of HTML: the settled picture, and a script that takes its place.

        Names of lanes are data in it, never markup.
        """
        png, width, _ = self._picture.png()
        key = f"timeline-replay-{next(_numbers)}-{id(self):x}"
        source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        picture = f'<img src="{source}" width="{width}" alt="{html.escape(self.facts)}" style="max-width: 100%">'
        start = f'mountAll("{key}", {_in_script(self.data())}, {_in_script(looks())});'
        script = f'<script type="module">\n{player_module()}\n{start}\n</script>'
        return f'<div class="timeline-replay" data-timeline-replay="{key}">{picture}</div>\n{script}'

    def save(self, path: str | Path) -> None:
        """Store it as an HTML page that needs nothing else: no network, and no script to be read."""
        facts = "".join(f"<li>{html.escape(fact)}</li>" for fact in self.facts.splitlines()[1:])
        page = _PAGE.format(
            title=html.escape(self._shown.title),
            first=html.escape(self.facts.partition("\n")[0]),
            facts=f"<ul>{facts}</ul>" if facts else "",
            replay=self.html() + Longest(self._shown).html(),
        )
        Path(path).write_text(page, encoding="utf-8")

    def __repr__(self) -> str:
        return f"<Replay: {self.facts}>".replace("\n", " ")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self._picture._repr_mimebundle_(include, exclude)


def _aims(record: Record) -> dict[str, Any]:
    """Return whom lanes waited for, in microseconds; nothing where none waited for another."""
    if not record.aims:
        return {}
    aims = {
        lane: [(round(aim.since_s * 1e6), aim.lanes if aim.obstacle is None else aim.obstacle) for aim in found]
        for lane, found in record.aims.items()
    }
    obstacles = [
        {
            "name": one.name,
            "said": one.said,
            "passed": [(round(when_s * 1e6), lane) for when_s, lane in one.passed],
            "held": [(round(when_s * 1e6), lanes) for when_s, lanes in one.held],
        }
        for one in record.obstacles
    ]
    return {"aims": aims, "obstacles": obstacles}


def _watched(watch: Watch) -> dict[str, Any]:
    told = {"name": watch.name, "steps": [(s * 1e6, n) for s, n in watch.steps], "capacity": watch.capacity}
    return told if not watch.kind else {**told, "label": [watch.measure, watch.name], "waiting": watch.waiting}


def _in_script(data: Any) -> str:
    """Return data as JavaScript that no name in it can end: `</script>` and `<!--` become escapes."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c")
