"""A pytest plugin for test_plugin.py: a learner who waits a second."""

from helpers.lesson import refresh

refresh.NOTEBOOK_LIMIT_S = 1.0
