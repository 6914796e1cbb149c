"""The exercises of 05: a whole answer, a feed that reconnects, the server's side of a stream."""

from helpers.exercises.lesson_05 import feed, told, whole

EXERCISES = (whole.EXERCISE, feed.EXERCISE, told.EXERCISE)
