"""The exercises of 05: a whole answer, frames, a feed that reconnects, events that resume, a shutdown with manners."""

from helpers.exercises.lesson_05 import events, feed, frames, shutdown, whole

EXERCISES = (whole.EXERCISE, frames.EXERCISE, feed.EXERCISE, events.EXERCISE, shutdown.EXERCISE)
