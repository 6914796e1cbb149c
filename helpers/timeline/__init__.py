"""What the event loop did: recorded, and drawn to keep.

    timeline.py   `Timeline`, the block that is recorded
    lanes.py      lanes, segments and blockings: the record as data; record.py: what follows from them
    facts.py      the same in words
    longest.py    the longest blockings and waits, as a table
    timed.py      a call timed in another process, to be a lane here
    picture.py    the settled picture; `side_by_side`
    export.py     a record as a file: .html, .png, .svg, or a trace for other tools
    __main__.py   the same for any program: `python -m helpers.timeline app.py`
    live/         the same scene in a browser: while the block runs, and again in slow motion
    scene.py      what to draw, for any renderer; draw.py draws it with matplotlib (_layout.py, _pen.py, _fonts.py)
    chains.py     whom a lane waits for, and whom that one waits for
    reasons.py    the table of what a task waits for; states.py: the words for it; palette.json: the colours
    origin.py     whose code it is, a library's or the learner's; names.py: what a lane is called
    audience.py   who shows pictures to people, and who wants to know when a block begins
    blockings.py  who blocked the loop
    watching.py   what else is watched: services, and by gauges.py queues, locks and executors
    _recorder.py  how the loop is watched, by _hooks.py and _loop_hooks.py: _factory.py gives tasks their lanes,
                  _callbacks.py (else _wrapped.py) times their steps into _steps.py; _adopted.py, _aims.py, _bounds.py

It knows nothing of notebooks or services: of those `watch` takes anything with a name and a journal, and notebooks
ask to show pictures with `set_presenter`.
"""

from ._adopted import lane_name_of, learners_name_of
from .audience import Listener, Presenter, on_enter, set_presenter
from .lanes import Blocking, Lane, Segment
from .live.feed import Feed
from .live.replay import Replay
from .longest import Longest
from .origin import is_library_file
from .picture import Picture, side_by_side
from .record import Limit, Missed, Record
from .states import Ending, State, duration
from .timed import Timed, timed
from .timeline import Timeline
from .watching import Watch, Watched

__all__ = [
    "Blocking",
    "Ending",
    "Feed",
    "Lane",
    "Limit",
    "Listener",
    "Longest",
    "Missed",
    "Picture",
    "Presenter",
    "Record",
    "Replay",
    "Segment",
    "State",
    "Timed",
    "Timeline",
    "Watch",
    "Watched",
    "duration",
    "is_library_file",
    "lane_name_of",
    "learners_name_of",
    "on_enter",
    "set_presenter",
    "side_by_side",
    "timed",
]
