"""Which characters can be drawn, and with which fonts."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties, fontManager, get_font

_MISSING = "\N{WHITE VERTICAL RECTANGLE}"
# DejaVu Sans comes with matplotlib. The others are used where the machine has them.
_FAMILIES = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Arial Unicode MS",
    "WenQuanYi Micro Hei",
)


@cache
def families() -> tuple[str, ...]:
    """Return the fonts to draw with: the first that has a character is used for it."""
    present = {font.name for font in fontManager.ttflist}
    return tuple(name for name in _FAMILIES if name in present)


def drawable(text: str) -> str:
    """Return the text with a box in the place of each character that no font has (matplotlib would warn)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _has(character) else _MISSING for character in text)


@cache
def _has(character: str) -> bool:
    if character == "\n":
        return True
    paths = (fontManager.findfont(FontProperties(family=[name])) for name in families())
    return character.isprintable() and any(get_font(path).get_char_index(ord(character)) for path in paths)
