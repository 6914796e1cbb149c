"""A pytest plugin for test_plugin.py: a learner who waits two seconds."""

from helpers.lesson import refresh

refresh.NOTEBOOK_LIMIT_S = 2.0
