// @ts-check
// The colours of the page around a canvas: JupyterLab's own, in light and in dark.

/**
 * @typedef {import("./scene.js").Looks} Looks
 * @typedef {object} Theme
 * @property {boolean} dark
 * @property {string} paper
 * @property {string} ink
 * @property {string} line of axes and their numbers
 * @property {string} accent of what has the focus
 * @property {string} soft of what is in the background
 */

export const FONT = '"DejaVu Sans", Verdana, Geneva, sans-serif';

/** @param {Element} element @returns {Theme} */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const paper = style.getPropertyValue("--jp-layout-color0").trim() || "#ffffff";
  const dark = isDark(paper);
  return {
    dark,
    paper,
    ink: dark ? "#e8e8e8" : "#1a1a1a",
    line: dark ? "#c8c8c8" : "#000000",
    accent: style.getPropertyValue("--jp-brand-color1").trim() || (dark ? "#64b5f6" : "#1976d2"),
    soft: dark ? "rgba(255,255,255,0.16)" : "rgba(0,0,0,0.10)",
  };
}

/** Whether light ink is read on it. @param {string} color */
export function isDark(color) {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(color);
  let levels = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  if (hex) {
    const digits = hex[1].length < 6 ? [...hex[1]].map((digit) => digit + digit).join("") : hex[1];
    levels = [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  }
  const named = { black: 0, white: 255 }[color];
  if (named !== undefined) return named < 128;
  return levels.length === 3 && 0.299 * levels[0] + 0.587 * levels[1] + 0.114 * levels[2] < 128;
}

/** The colours of the palette in a theme. @param {Looks} looks @param {Theme} theme */
export function colorsOf(looks, theme) {
  return {
    ...(theme.dark ? looks.dark : looks.light),
    states: looks.states.map((state) => (theme.dark ? state.dark : state.fill)),
    endings: looks.endings.map((ending) => (theme.dark ? ending.dark : ending.fill)),
  };
}
