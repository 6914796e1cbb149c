"""What the exercises of 00 share: the cells of the page that they lead back to."""

COROUTINES = "call-seen"
TASKS = "two-tasks-seen"
