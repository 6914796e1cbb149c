"""Run by IPython when a kernel starts (PYTHONSTARTUP).

From its first cell on the kernel takes every request, and an error before the set-up cell says that it is missing.
"""

# Its names would stand among the learner's: there is one function, and it takes itself away.


def _course_before_set_up() -> None:
    import os
    import runpy
    import sys
    from pathlib import Path

    if "IPython" not in sys.modules:  # Python by itself, in a terminal of JupyterLab's
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    beside = Path(os.environ["PYTHONSTARTUP"]).with_name("shell_channel.py")
    runpy.run_path(str(beside))["send_replies_through_the_stream"](shell)

    def shown(shell, kind, error, traceback, tb_offset=None):  # type: ignore[no-untyped-def]
        if kind is NameError or str(getattr(error, "name", "")).partition(".")[0] == "helpers":
            error.add_note("Run the page's first two code cells first: they bring what every other cell needs.")
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)

    shell.set_custom_exc((NameError, ModuleNotFoundError), shown)  # set_up() puts its own in its place


_course_before_set_up()
del _course_before_set_up
