// @ts-check
// Where the parts of a picture go, in CSS pixels from its top left corner: as _layout.py and draw.py place them. Pure.

import { legendOf } from "./scene.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Looks} Looks
 * @typedef {{left: number, top: number, width: number, height: number}} Box
 * @typedef {(text: string, pixels: number, bold?: boolean) => number} Measure the width of a text
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {Box} panel
 * @property {Box[]} strips
 * @property {number} laneHeight
 * @property {number} namePixels 0 where lanes are too low to be named
 * @property {number} from the time at the left edge, in microseconds
 * @property {number} to the time that the axis ends with
 * @property {number} legendTop
 * @property {number} legendColumn
 * @property {number} legendRows
 * @property {number} air how much longer the axis is than what is on it
 *
 * @typedef {{left: number, top: number, right: number, bottom: number, state: number, row: number}} Rectangle
 */

export const POINT = 100 / 72; // pixels
const LEAST_WIDTH = 360;
const LEAST_LANE = 10.5; // lower, and its name can't be read

/** @param {number} count */
export function laneHeightOf(count) {
  return count <= 14 ? 24 : Math.max(10.5, 24 - 0.42 * (count - 14));
}

/** @param {number} height */
export function namePixelsOf(height) {
  return height < 9 ? 0 : Math.min(9, 0.62 * height + 0.6) * POINT;
}

/**
 * @param {Scene} scene
 * @param {Looks} looks
 * @param {number} available how wide it may be
 * @param {Measure} measure
 * @param {{from?: number, to?: number, left?: number, most?: number, lane?: number}} [options] the part of the time axis in view; the
 *   least left margin; how high it is to be at the most, if lanes of LEAST_LANE are low enough for that; how high a lane is
 * @returns {Layout}
 */
export function layOut(scene, looks, available, measure, options = {}) {
  const sizes = looks.layout;
  const width = Math.max(LEAST_WIDTH, Math.min(sizes.width, available));
  const laneHeight = options.lane ?? laneHeightOf(scene.rows.length);
  const namePixels = namePixelsOf(laneHeight);
  const margins = [44, options.left ?? 0];
  for (const strip of scene.strips) {
    margins.push(sizes.tick_label + 16 + Math.max(...strip.label.map((line) => measure(line, 8.5 * POINT))));
  }
  for (const row of scene.rows) margins.push(16 + measure(row.name, namePixels));
  if (scene.counts) margins.push(66);
  const left = Math.min(Math.max(...margins), sizes.names, 0.45 * width);
  const box = { left, width: width - left - sizes.right };
  let top = 4 + sizes.title + (scene.limit ? sizes.limit : 0);
  const height = scene.counts ? sizes.counts : laneHeight * Math.max(1, scene.rows.length) + 6;
  const panel = { ...box, top, height };
  top += height + sizes.gap;
  const strips = scene.strips.map(() => {
    const strip = { ...box, top: top + sizes.strip_gap, height: sizes.strip };
    top += sizes.strip_gap + sizes.strip;
    return strip;
  });
  const legendTop = top + sizes.axis - (strips.length ? 0 : sizes.gap);
  const { states, endings } = legendOf(scene, looks);
  const words = [...states.map((code) => looks.states[code].name), ...endings.map((code) => looks.endings[code].name)];
  const legendColumn = 44 + Math.max(...["waiting: network", ...words].map((word) => measure(word, 8.5 * POINT)));
  const across = Math.max(1, Math.floor((box.width + sizes.right) / legendColumn));
  const legendRows = Math.max(1, Math.ceil(words.length / across));
  const whole = legendTop + sizes.legend_row * legendRows + 4;
  if (options.most !== undefined && whole > options.most && laneHeight > LEAST_LANE && scene.rows.length) {
    const lane = Math.max(LEAST_LANE, laneHeight - (whole - options.most) / scene.rows.length);
    return layOut(scene, looks, available, measure, { ...options, most: undefined, lane });
  }
  return {
    width,
    height: whole,
    panel,
    strips,
    laneHeight,
    namePixels,
    from: options.from ?? 0,
    to: options.to ?? scene.axis,
    legendTop,
    legendColumn,
    legendRows,
    air: sizes.air,
  };
}

/** Where a time is on the axis. @param {Layout} layout @param {number} us */
export function xOf(layout, us) {
  return layout.panel.left + ((us - layout.from) / ((layout.to - layout.from) * layout.air)) * layout.panel.width;
}

/** The time at a place on the axis. @param {Layout} layout @param {number} x */
export function timeAt(layout, x) {
  return layout.from + ((x - layout.panel.left) / layout.panel.width) * (layout.to - layout.from) * layout.air;
}

/** The middle of a row. @param {Layout} layout @param {number} row */
export function middleOf(layout, row) {
  return layout.panel.top + 3 + layout.laneHeight * (row + 0.5);
}

/** The row at a height, or -1. @param {Layout} layout @param {Scene} scene @param {number} y */
export function rowAt(layout, scene, y) {
  const row = Math.floor((y - layout.panel.top - 3) / layout.laneHeight);
  return row >= 0 && row < scene.rows.length ? row : -1;
}

/**
 * The rectangles of all bars, waits before work, which lies over them.
 *
 * @param {Scene} scene
 * @param {Layout} layout
 * @param {Looks} looks
 * @returns {Rectangle[]}
 */
export function rectanglesOf(scene, layout, looks) {
  const least = looks.sliver * (layout.to - layout.from);
  const edge = layout.panel.left + layout.panel.width;
  /** @type {Rectangle[]} */
  const waits = [];
  /** @type {Rectangle[]} */
  const works = [];
  scene.rows.forEach((row, index) => {
    const middle = middleOf(layout, index);
    for (const bar of row.bars) {
      const look = looks.states[bar.state];
      const left = Math.max(layout.panel.left, xOf(layout, bar.start));
      const right = Math.min(edge, xOf(layout, look.work ? Math.max(bar.end, bar.start + least) : bar.end));
      const half = (look.thickness * layout.laneHeight) / 2;
      if (right < left || xOf(layout, bar.start) > edge) continue;
      (look.work ? works : waits).push({ left, top: middle - half, right, bottom: middle + half, state: bar.state, row: index });
    }
  });
  return [...waits, ...works];
}

/**
 * Round times for an axis: at most `most` + 1 of them, in steps of 1, 2 and 5.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} most
 */
export function ticksOf(from, to, most = 8) {
  const raw = (to - from) / most;
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = decade * ([1, 2, 5, 10].find((factor) => factor * decade >= raw * 0.999999) ?? 10);
  const ticks = [];
  for (let number = Math.ceil(from / step - 1e-9) || 0; number * step <= to * 1.0000001; number++) ticks.push(number * step);
  return ticks;
}
