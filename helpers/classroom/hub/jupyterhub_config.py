# A hub for a class on one machine: jupyterhub -f helpers/classroom/hub/jupyterhub_config.py
# Run it as root on a machine where every learner has an account; README.md beside this file says what else there is.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from helpers.classroom.hub.configuration import configure

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub brings it
configure(c)
c.Authenticator.allow_all = True  # everybody who has an account on this machine
