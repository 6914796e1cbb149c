"""What a timeline shows in a browser: the block while it runs, and the recorded run again in slow motion.

    feed.py     what is new in a running recorder, a frame at a time
    events.py   a block that has ended, as bytes
    ticker.py   when frames are sent
    canvas.py   the browser's side as one module; the looks and numbers that it shares with `scene` and `palette`
    replay.py   `Replay`, the recorded run as a page that asks no kernel

The JavaScript is beside it: run.js, scene.js, layout.js, chain.js and story.js compute and can be tested without a
browser; paint.js draws; live.js and player.js are the two ways to look at it. It needs no build step: the files are
joined.

It knows nothing of notebooks: whoever has a browser sends it the frames.
"""

from .canvas import live_module, looks
from .events import Events, events_of
from .feed import Feed, Frame
from .replay import Replay
from .ticker import LoopTicker, ThreadTicker, Ticker, ticker_for

__all__ = [
    "Events",
    "Feed",
    "Frame",
    "LoopTicker",
    "Replay",
    "ThreadTicker",
    "Ticker",
    "events_of",
    "live_module",
    "looks",
    "ticker_for",
]
