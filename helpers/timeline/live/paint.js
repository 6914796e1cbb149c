// @ts-check
// A scene on a canvas: the same picture that draw.py makes.

import { codeOf, duration } from "./run.js";
import { legendOf } from "./scene.js";
import { POINT, middleOf, rectanglesOf, ticksOf, xOf } from "./layout.js";
import { FONT, colorsOf } from "./theme.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Looks} Looks
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("./layout.js").Box} Box
 * @typedef {import("./theme.js").Theme} Theme
 * @typedef {ReturnType<typeof colorsOf>} Colors
 * @typedef {{ctx: CanvasRenderingContext2D, scene: Scene, layout: Layout, looks: Looks, theme: Theme, colors: Colors, ratio: number}} Pen
 */

const EDGED_FROM = 2; // in less, an edge is all that there is
const HATCHED_FROM = 5; // pixels of a bar's height; in less, a hatch is noise

/**
 * Fit a canvas to a layout, sharp on any screen, and draw the scene on it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {Layout} layout
 * @param {Looks} looks
 * @param {Theme} theme
 * @returns {Pen | null}
 */
export function paint(canvas, scene, layout, looks, theme) {
  const ctx = canvas.getContext("2d");
  if (ctx === null) return null;
  const ratio = globalThis.devicePixelRatio || 1;
  const [width, height] = [Math.round(layout.width * ratio), Math.round(layout.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    canvas.style.width = `${layout.width}px`;
    canvas.style.height = `${layout.height}px`;
  }
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = theme.paper;
  ctx.fillRect(0, 0, layout.width, layout.height);
  const pen = { ctx, scene, layout, looks, theme, colors: colorsOf(looks, theme), ratio };
  paintTitle(pen);
  if (scene.counts) {
    paintCounts(pen);
    paintBands(pen, pen.colors.band.alpha * looks.band_over);
  } else {
    paintBands(pen, pen.colors.band.alpha);
    paintLanes(pen);
  }
  scene.strips.forEach((strip, index) => paintStrip(pen, strip, layout.strips[index]));
  paintAxis(pen);
  paintLimit(pen);
  paintLegend(pen);
  return pen;
}

/**
 * Write text, its middle at the height given.
 *
 * @param {Pen} pen
 * @param {string} content
 * @param {number} x
 * @param {number} y
 * @param {{points?: number, pixels?: number, color?: string, align?: CanvasTextAlign, bold?: boolean, room?: number, halo?: boolean, upright?: boolean}} [style]
 */
export function write(pen, content, x, y, style = {}) {
  const { ctx } = pen;
  ctx.save();
  ctx.font = `${style.bold ? "bold " : ""}${style.pixels ?? (style.points ?? 9) * POINT}px ${FONT}`;
  ctx.textAlign = style.align ?? "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = style.color ?? pen.theme.line;
  ctx.translate(x, y);
  if (style.upright) ctx.rotate(-Math.PI / 2);
  const shown = style.room === undefined ? content : shortened(ctx, content, style.room);
  if (style.halo) {
    ctx.strokeStyle = pen.theme.paper;
    ctx.lineWidth = 3.6;
    ctx.lineJoin = "round";
    ctx.strokeText(shown, 0, 0);
  }
  ctx.fillText(shown, 0, 0);
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {string} content @param {number} room */
function shortened(ctx, content, room) {
  if (ctx.measureText(content).width <= room) return content;
  let characters = [...content];
  while (characters.length && ctx.measureText(`${characters.join("")}…`).width > room) characters = characters.slice(0, -1);
  return `${characters.join("").trimEnd()}…`;
}

/** A measure of texts for a layout. @param {CanvasRenderingContext2D} ctx @returns {import("./layout.js").Measure} */
export function measureWith(ctx) {
  /** @type {Map<string, number>} */
  const known = new Map();
  return (content, pixels, bold = false) => {
    const key = `${bold}/${pixels}/${content}`;
    let width = known.get(key);
    if (width === undefined) {
      ctx.font = `${bold ? "bold " : ""}${pixels}px ${FONT}`;
      known.set(key, (width = ctx.measureText(content).width));
    }
    return width;
  };
}

/** @param {Pen} pen */
function paintTitle(pen) {
  const { scene, layout, looks, theme } = pen;
  const { left, top, width } = layout.panel;
  const y = top - 16 - (scene.limit ? looks.layout.limit : 0);
  const length = duration(scene.length);
  write(pen, length, left + width, y, { points: 11.5, bold: true, align: "right", color: theme.ink });
  pen.ctx.font = `bold ${11.5 * POINT}px ${FONT}`;
  const room = width - pen.ctx.measureText(length).width - 20;
  write(pen, scene.title, left, y, { points: 11.5, bold: true, color: theme.ink, room });
}

/** @param {Pen} pen @param {number} alpha */
function paintBands(pen, alpha) {
  const { ctx, scene, layout, colors } = pen;
  const { top, height } = layout.panel;
  ctx.save();
  clip(ctx, { ...layout.panel, top: top - 3, height: height + 3 });
  ctx.globalAlpha = alpha;
  ctx.fillStyle = colors.band.fill;
  for (const { start, end } of scene.bands) {
    ctx.fillRect(xOf(layout, start), top - 3, xOf(layout, end) - xOf(layout, start), height + 3);
  }
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {Box} box */
function clip(ctx, box) {
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
}

/** @param {Pen} pen */
function paintLanes(pen) {
  const { ctx, scene, layout, looks, theme, colors } = pen;
  for (const { left, top, right, bottom, state } of rectanglesOf(scene, layout, looks)) {
    const hatch = bottom - top >= HATCHED_FROM ? looks.states[state].hatch : "";
    fill(pen, () => ctx.fillRect(left, top, Math.max(right - left, 0.5), bottom - top), colors.states[state], hatch);
    const around = theme.dark ? "" : looks.states[state].edge;
    if (around && bottom - top >= EDGED_FROM && right - left > 1) {
      ctx.strokeStyle = around;
      ctx.lineWidth = 0.8;
      ctx.strokeRect(left + 0.4, top + 0.4, right - left - 0.8, bottom - top - 0.8);
    }
  }
  scene.rows.forEach((row, index) => {
    const y = middleOf(layout, index);
    const x = xOf(layout, row.end);
    if (row.open) paintOpenEdge(pen, row, x, y);
    if (row.ending !== null && x >= layout.panel.left - 1 && x <= layout.panel.left + layout.panel.width) {
      const size = Math.min(10, layout.laneHeight * 0.8);
      mark(ctx, looks.endings[row.ending].marker, colors.endings[row.ending], x + 5, y, size);
    }
    if (layout.namePixels) {
      const style = { pixels: layout.namePixels, align: /** @type {const} */ ("right"), color: theme.ink };
      write(pen, row.name, layout.panel.left - 6, y, { ...style, room: layout.panel.left - 12 });
    }
    if (row.label && layout.namePixels) paintBlocking(pen, row, row.label, y);
  });
  if (!layout.namePixels && scene.rows.length) {
    const middle = layout.panel.top + layout.panel.height / 2;
    write(pen, scene.noun, layout.panel.left - 16, middle, { align: "center", upright: true });
  }
}

/** What goes on fades out. @param {Pen} pen @param {import("./scene.js").Row} row @param {number} x @param {number} y */
function paintOpenEdge(pen, row, x, y) {
  const { ctx, layout, looks, colors } = pen;
  const last = row.bars[row.bars.length - 1];
  if (last === undefined || x > layout.panel.left + layout.panel.width || x < layout.panel.left) return;
  const height = looks.states[last.state].thickness * layout.laneHeight;
  const fade = ctx.createLinearGradient(x, 0, x + 10, 0);
  fade.addColorStop(0, colors.states[last.state]);
  fade.addColorStop(1, `${colors.states[last.state]}00`);
  ctx.fillStyle = fade;
  ctx.fillRect(x, y - height / 2, 10, height);
}

/**
 * Write the words inside their red bar, or else where the lane is empty, or else on a plate of their own beside the bar.
 * Where there is no room for the words, only how long it was.
 *
 * @param {Pen} pen
 * @param {import("./scene.js").Row} row
 * @param {import("./scene.js").Label} label
 * @param {number} y
 */
function paintBlocking(pen, row, label, y) {
  const { layout } = pen;
  const { left } = layout.panel;
  const edge = left + layout.panel.width;
  if (xOf(layout, label.end) < left || xOf(layout, label.start) > edge) return;
  if (!paintWords(pen, row, label, label.text, y)) paintWords(pen, row, label, label.brief, y);
}

/** Whether there was room. @param {Pen} pen @param {import("./scene.js").Row} row @param {import("./scene.js").Label} label
 * @param {string} words @param {number} y */
function paintWords(pen, row, label, words, y) {
  const { ctx, layout, colors, looks, theme } = pen;
  const style = { points: 8.5, bold: true };
  ctx.font = `bold ${8.5 * POINT}px ${FONT}`;
  const room = ctx.measureText(words).width + 8;
  const { left } = layout.panel;
  const edge = left + layout.panel.width;
  const [start, end] = [Math.max(xOf(layout, label.start), left), Math.min(xOf(layout, label.end), edge)];
  const red = colors.states[codeOf(looks.states, "BLOCKING")];
  const last = row.bars[row.bars.length - 1];
  const after = last ? xOf(layout, last.end) + 14 : left;
  const before = row.bars.length ? xOf(layout, row.bars[0].start) - 6 : left;
  const step = Math.max(left, xOf(layout, label.step)) - 6;
  if (end - start > room) {
    write(pen, words, (start + end) / 2, y, { ...style, align: "center", color: theme.dark ? "#1a1a1a" : "#ffffff" });
  } else if ((!row.open || (last && last.end < row.end)) && after + room < edge) {
    write(pen, words, after, y, { ...style, color: red });
  } else if (before - room > left) {
    write(pen, words, before, y, { ...style, align: "right", color: red });
  } else if (end + room + 6 < edge || step - room > left) {
    const x = end + room + 6 < edge ? end + 6 : step - room;
    ctx.fillStyle = theme.paper;
    ctx.fillRect(x, y - 8, room, 16);
    write(pen, words, x + 4, y, { ...style, color: red });
  } else {
    return false;
  }
  return true;
}

/** Fill what `draw` fills, with hatches over it. @param {Pen} pen @param {() => void} draw @param {string} color @param {string} hatch */
function fill(pen, draw, color, hatch) {
  const { ctx } = pen;
  ctx.fillStyle = color;
  draw();
  const pattern = hatch ? hatchOf(pen, hatch) : null;
  if (pattern) {
    ctx.fillStyle = pattern;
    draw();
  }
}

/** @type {Map<string, CanvasPattern | null>} */
const hatches = new Map();

/** A tile of lines in the colour of the paper. @param {Pen} pen @param {string} hatch */
function hatchOf(pen, hatch) {
  const key = `${hatch} ${pen.theme.paper} ${pen.ratio}`;
  const known = hatches.get(key);
  if (known !== undefined) return known;
  const dense = hatch.length > 2 || hatch === "xx";
  const size = Math.round((dense ? 8 : 12) * pen.ratio);
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [size, size];
  const lines = tile.getContext("2d");
  if (lines === null) return null;
  lines.strokeStyle = lines.fillStyle = pen.theme.paper;
  lines.lineWidth = 1.6 * pen.ratio;
  lines.beginPath();
  for (const shift of [-size, 0, size]) {
    if ("/x".includes(hatch[0])) lines.moveTo(shift, size), lines.lineTo(shift + size, 0);
    if ("\\x".includes(hatch[0])) lines.moveTo(shift, 0), lines.lineTo(shift + size, size);
  }
  if (hatch[0] === "|") lines.moveTo(size / 2, 0), lines.lineTo(size / 2, size);
  lines.stroke();
  if (hatch[0] === ".") {
    for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
      lines.beginPath();
      lines.arc(x * size, y * size, 1.2 * pen.ratio, 0, 7);
      lines.fill();
    }
  }
  const pattern = pen.ctx.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / pen.ratio));
  hatches.set(key, pattern);
  return pattern;
}

/** @param {CanvasRenderingContext2D} ctx @param {string} marker @param {string} color @param {number} x @param {number} y @param {number} size */
function mark(ctx, marker, color, x, y, size) {
  const half = size / 2;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = color;
  ctx.translate(x, y);
  ctx.beginPath();
  if (marker === "o") ctx.arc(0, 0, half, 0, 7);
  if (marker === "D") {
    ctx.rotate(Math.PI / 4);
    ctx.rect(-half * 0.75, -half * 0.75, half * 1.5, half * 1.5);
  }
  if (marker === ">") {
    ctx.moveTo(-half, -half);
    ctx.lineTo(half, 0);
    ctx.lineTo(-half, half);
  }
  if (marker === "X") {
    ctx.rotate(Math.PI / 4);
    ctx.rect(-half, -half * 0.32, size, size * 0.32);
    ctx.rect(-half * 0.32, -half, size * 0.32, size);
  }
  ctx.fill();
  ctx.restore();
}

/** @param {Pen} pen */
function paintCounts(pen) {
  const { ctx, scene, layout, looks, colors, theme } = pen;
  const counts = scene.counts;
  if (counts === null) return;
  const { left, top, height } = layout.panel;
  const bins = [...counts.byState.values()][0]?.length ?? 0;
  const sums = new Array(bins).fill(0);
  for (const row of counts.byState.values()) row.forEach((count, index) => (sums[index] += count));
  const highest = Math.max(1, ...sums) * 1.05;
  const below = new Array(bins).fill(0);
  const states = [...counts.byState.keys()].sort((a, b) => looks.states[a].legend - looks.states[b].legend);
  ctx.save();
  clip(ctx, layout.panel);
  for (const state of states) {
    const row = /** @type {number[]} */ (counts.byState.get(state));
    const stack = new Path2D();
    const edge = (/** @type {number} */ index) => xOf(layout, (scene.length * index) / bins);
    const y = (/** @type {number} */ value) => top + height - (height * value) / highest;
    for (let index = 0; index < bins; index++) {
      if (row[index]) stack.rect(edge(index), y(below[index] + row[index]), edge(index + 1) - edge(index) + 0.3, (height * row[index]) / highest);
      below[index] += row[index];
    }
    fill(pen, () => ctx.fill(stack), colors.states[state], looks.states[state].hatch);
  }
  ctx.restore();
  for (const value of ticksOf(0, highest, 4).filter(Number.isInteger)) {
    tick(pen, layout.panel, top + height - (height * value) / highest, `${value}`);
  }
  line(pen, left, top, left, top + height, theme.line);
  write(pen, `${counts.noun}, ${counts.total} in all`, left - 52, top + height / 2, { align: "center", upright: true });
}

/** @param {Pen} pen @param {import("./scene.js").Strip} strip @param {Box} box */
function paintStrip(pen, strip, box) {
  const { ctx, layout, colors } = pen;
  const top = strip.top * 1.12;
  const bottom = box.top + box.height;
  const y = (/** @type {number} */ value) => bottom - (box.height * value) / top;
  if (strip.steps === null) {
    write(pen, "asked when the block has ended", box.left + 8, box.top + box.height / 2, { points: 8.5, color: pen.theme.line });
  } else {
    ctx.save();
    clip(ctx, box);
    ctx.fillStyle = colors[strip.kind];
    ctx.beginPath();
    strip.steps.forEach(([time, value], index, steps) => {
      const next = index + 1 < steps.length ? steps[index + 1][0] : strip.end;
      ctx.rect(xOf(layout, time), y(value), xOf(layout, next) - xOf(layout, time) + 0.2, bottom - y(value));
    });
    ctx.fill();
    paintWaiting(pen, strip, y);
    ctx.restore();
    tick(pen, box, y(strip.top), strip.kind === "busy" ? "100" : `${strip.top}`);
    tick(pen, box, bottom, "0");
  }
  strip.label.forEach((content, index) => {
    const at = box.top + box.height / 2 + 13 * (index - (strip.label.length - 1) / 2);
    write(pen, content, box.left - pen.looks.layout.tick_label, at, { points: 8.5, align: "right", room: box.left - pen.looks.layout.tick_label - 4 });
  });
  if (strip.capacity !== null) {
    line(pen, box.left, y(strip.capacity), box.left + box.width, y(strip.capacity), colors.limit, true);
    write(pen, `capacity ${strip.capacity}`, box.left + box.width, y(strip.capacity) - 7, { points: 7.5, align: "right", color: colors.limit });
  }
}

/** Those who wait, on top of what there is. @param {Pen} pen @param {import("./scene.js").Strip} strip @param {(value: number) => number} y */
function paintWaiting(pen, { steps, waiting, end }, y) {
  const stack = new Path2D();
  (steps ?? []).forEach(([time, value], index, all) => {
    const next = index + 1 < all.length ? all[index + 1][0] : end;
    const top = y(value + (waiting[index] ?? 0));
    if (waiting[index]) stack.rect(xOf(pen.layout, time), top, xOf(pen.layout, next) - xOf(pen.layout, time) + 0.2, y(value) - top);
  });
  const lock = codeOf(pen.looks.states, "LOCK");
  fill(pen, () => pen.ctx.fill(stack), pen.colors.states[lock], pen.looks.states[lock].hatch);
}

/** @param {Pen} pen @param {Box} box @param {number} y @param {string} label */
function tick(pen, box, y, label) {
  line(pen, box.left - 5, y, box.left, y, pen.theme.line);
  write(pen, label, box.left - 8, y, { points: 8.5, align: "right" });
}

/** @param {Pen} pen @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @param {string} color @param {boolean} [dashed] */
function line(pen, x0, y0, x1, y1, color, dashed = false) {
  const { ctx } = pen;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = dashed ? 1.8 : 1.1;
  if (dashed) ctx.setLineDash([7, 5]);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
  ctx.restore();
}

/** @param {Pen} pen */
function paintAxis(pen) {
  const { layout, theme } = pen;
  const boxes = [layout.panel, ...layout.strips];
  const milliseconds = layout.to < 1e6;
  const unit = milliseconds ? 1e3 : 1e6;
  const ticks = ticksOf(layout.from, layout.to, Math.max(3, Math.min(8, Math.floor(layout.panel.width / 70))));
  for (const box of boxes) {
    const bottom = box.top + box.height;
    line(pen, box.left, bottom, box.left + box.width, bottom, theme.line);
    for (const time of ticks) line(pen, xOf(layout, time), bottom, xOf(layout, time), bottom + 4, theme.line);
  }
  const last = boxes[boxes.length - 1];
  const bottom = last.top + last.height;
  for (const time of ticks) write(pen, `${Number((time / unit).toPrecision(7))}`, xOf(layout, time), bottom + 13, { align: "center" });
  const words = `${milliseconds ? "milliseconds" : "seconds"} since the start`;
  write(pen, words, last.left + last.width / 2, bottom + 30, { align: "center" });
}

/** @param {Pen} pen */
function paintLimit(pen) {
  const { scene, layout, colors } = pen;
  if (scene.limit === null) return;
  const x = xOf(layout, scene.limit.us);
  const { left, top, width, height } = layout.panel;
  if (x < left || x > left + width) return;
  line(pen, x, top - 4, x, top + height, colors.limit, true);
  const right = x > left + 0.6 * width;
  const room = right ? x - left + 60 : left + width - x;
  write(pen, `${scene.limit.label} = ${duration(scene.limit.us)}`, x, top - 12, { align: right ? "right" : "left", color: colors.limit, room });
}

/** @param {Pen} pen */
function paintLegend(pen) {
  const { ctx, scene, layout, looks, colors } = pen;
  const { states, endings } = legendOf(scene, looks);
  const entries = [...states.map((state) => ({ state, ending: -1 })), ...endings.map((ending) => ({ state: -1, ending }))];
  entries.forEach(({ state, ending }, index) => {
    const column = Math.floor(index / layout.legendRows);
    const left = layout.panel.left + layout.legendColumn * column;
    const y = layout.legendTop + looks.layout.legend_row * ((index % layout.legendRows) + 0.5);
    if (state >= 0) {
      fill(pen, () => ctx.fillRect(left, y - 4.5, 24, 9), colors.states[state], looks.states[state].hatch);
      ctx.strokeStyle = (!pen.theme.dark && looks.states[state].edge) || "transparent";
      ctx.lineWidth = 0.8;
      ctx.strokeRect(left + 0.4, y - 4.1, 23.2, 8.2);
    } else mark(ctx, looks.endings[ending].marker, colors.endings[ending], left + 12, y, 9);
    write(pen, state >= 0 ? looks.states[state].name : looks.endings[ending].name, left + 32, y, { points: 8.5 });
  });
}
