"""A hub for a class: JupyterHub with a workbook for everyone, and the board as one of its services.

configuration       configure(c): what a jupyterhub_config.py needs
start               what a learner's server begins with: lays out their own copy of the course
instructor          the hub says who is an instructor, and the board lets them in
jupyterhub_config   a whole configuration, for one machine
values.yaml         the same for Zero to JupyterHub on Kubernetes
README.md           which of them when, step by step, and sizes
"""
