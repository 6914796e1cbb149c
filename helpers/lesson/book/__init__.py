"""The course as a book: a static site in which every timeline replays, without a kernel.

python -m helpers book          builds it into book/

pages       a notebook as a page of the book: its links, its pictures and the runs behind them
build       the sources laid out, and Sphinx told to make a site of them
static/     what mounts the players, and a few rules of style
requirements.txt    Sphinx and its theme, which nothing else needs
"""
