"""The exercises of 09: frames, events that resume, a server that stops with manners."""

from helpers.exercises.lesson_09 import events, frames, shutdown

EXERCISES = (frames.EXERCISE, events.EXERCISE, shutdown.EXERCISE)
