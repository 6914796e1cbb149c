"""What a page needs: its set-up cell, its navigation, the learner's copy of it, and a check of the machine.

`set_up` and `ready` are for notebooks. The modules are for `python -m helpers` and the tests:

- `course`: where the notebooks are, and what a name such as `03` means
- `setup`: the set-up cell of every notebook, and what it starts
- `packages`: what requirements.txt asks for, set against what is installed
- `machine`: is this machine ready?
- `workbook`: the learner's own copy of the notebooks
- `jupyter`: JupyterLab, started on the first page
- `predict`, `quiz`: a guess before a run, questions (in `quizzes/`) after a lesson; `widgets` shows both
- `charts`: what was measured, drawn beside what theory allows
- `explore`: an experiment with sliders (`parameters`: what they go over; `sliders`: the widgets)
- `crowd`, `scarce`: many clients of one room, and a program that may open few files
- `load`: requests that are kept in flight, and what comes of them
- `as_script`, `heartbeat`, `pinging`, `watching_cost`: a page's functions as a script, the loop's lag, a server that
  pings, what it costs to look
- `navigation`, `refresh`, `hygiene`, `pictures`: for maintainers, what keeps committed notebooks true

Importing this package imports only the standard library: it must be able to say which package is missing.
"""

from helpers.lesson.machine import ready
from helpers.lesson.setup import set_up

__all__ = ["ready", "set_up"]
