"""A pytest plugin for test_plugin.py: a learner who waits two seconds."""

from tests.notebooks import plugin

plugin.NOTEBOOK_LIMIT_S = 2.0
