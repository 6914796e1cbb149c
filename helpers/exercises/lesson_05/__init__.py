"""The exercises of 05: a whole answer, a feed that reconnects, the server's side of a stream; three that move to 09."""

from helpers.exercises.lesson_05 import events, feed, frames, shutdown, told, whole

EXERCISES = (
    whole.EXERCISE,
    feed.EXERCISE,
    told.EXERCISE,
    frames.EXERCISE,
    events.EXERCISE,
    shutdown.EXERCISE,
)
