// @ts-check
// What to draw for a run, in microseconds and states: what scene.py says, for a run that may still be going on. Pure.

import { codeOf, duration, segmentsOf } from "./run.js";

/**
 * @typedef {import("./run.js").Lane} Lane
 * @typedef {import("./run.js").Run} Run
 * @typedef {import("./run.js").Segment} Segment
 *
 * @typedef {object} StateLook
 * @property {string} key the name of the member in states.py
 * @property {string} name the word shown
 * @property {boolean} work
 * @property {boolean} waiting
 * @property {number} thickness share of a lane's height
 * @property {number} rank what matters most has the lowest
 * @property {number} legend place in the legend, and in a stack of counts
 * @property {string} fill
 * @property {string} edge around what is too pale for white paper
 * @property {string} dark its colour in a dark theme
 * @property {string} hatch
 *
 * @typedef {{key: string, name: string, fill: string, dark: string, marker: string}} EndingLook
 * @typedef {{band: {fill: string, alpha: number}, limit: string, busy: string, in_flight: string, ink: string}} ThemeLook
 *
 * @typedef {object} Looks What both renderers share; `looks()` in canvas.py.
 * @property {StateLook[]} states
 * @property {EndingLook[]} endings
 * @property {ThemeLook} light
 * @property {ThemeLook} dark
 * @property {number} band_over
 * @property {number} max_lanes
 * @property {number} sliver
 * @property {number} bins
 * @property {Measures} layout
 *
 * @typedef {object} Measures In pixels; `_layout.py` explains them.
 * @property {number} width
 * @property {number} title
 * @property {number} gap
 * @property {number} strip
 * @property {number} strip_gap
 * @property {number} axis
 * @property {number} limit
 * @property {number} legend_row
 * @property {number} counts
 * @property {number} tick_label
 * @property {number} right
 * @property {number} names
 * @property {number} air
 *
 * @typedef {object} About
 * @property {string} title
 * @property {{us: number, label: string} | null} limit
 * @property {{name: string, steps?: [number, number][], waiting?: number[], capacity?: number | null, label?: string[]}[]} watched
 * @property {boolean} loop
 *
 * @typedef {object} Row
 * @property {number} lane its number in the run
 * @property {string} name
 * @property {Segment[]} bars
 * @property {number} end
 * @property {number | null} ending
 * @property {boolean} open whether it goes on
 * @property {Label | null} label the words for its longest blocking of the loop
 *
 * @typedef {{text: string, brief: string, step: number, start: number, end: number}} Label words for a red bar: where its step and red begin, and both end
 * @typedef {{start: number, end: number, red: number, name: string}} Blocking a step that blocked the loop, from `red` on drawn so
 *
 * @typedef {object} Counts
 * @property {Map<number, number[]>} byState
 * @property {number} total
 * @property {string} noun
 *
 * @typedef {object} Strip
 * @property {"busy" | "in_flight"} kind
 * @property {string[]} label
 * @property {[number, number][] | null} steps null: not known yet
 * @property {number[]} waiting how many waited, for each of the steps; drawn on top of them
 * @property {number} top
 * @property {number} end
 * @property {number | null} capacity
 *
 * @typedef {object} Scene
 * @property {string} title
 * @property {string} noun
 * @property {number} length
 * @property {number} axis
 * @property {Row[]} rows
 * @property {Counts | null} counts
 * @property {{start: number, end: number}[]} bands
 * @property {Strip[]} strips
 * @property {{us: number, label: string} | null} limit
 */

const LEAST_AXIS = 200_000; // microseconds

/**
 * The end of the time axis while a run goes on: it grows in steps of about a quarter, and never creeps.
 *
 * With steps of 1, 2 and 5 a block of 2.1 s was squeezed to 40 % in its last moment, and sprang back when it settled.
 *
 * @param {number} us
 */
export function steppedAxis(us) {
  for (let decade = 100_000; ; decade *= 10) {
    for (const step of [1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8, 10]) {
      if (us <= step * decade && step * decade >= LEAST_AXIS) return step * decade;
    }
  }
}

/**
 * @param {Run} run
 * @param {About} about
 * @param {Looks} looks
 * @param {{now?: number, axis?: number, from?: number, width?: number}} [options] `now` is the moment up to which it
 *   is drawn; `axis` the end of the time axis; `width` how much of it is in view, for zooming
 * @returns {Scene}
 */
export function sceneOf(run, about, looks, options = {}) {
  const now = options.now ?? run.nowUs;
  const axis = options.axis ?? (Math.max(now, about.limit ? about.limit.us : 0) || 1);
  const sliver = looks.sliver * (options.width ?? axis);
  const others = run.lanes.filter(({ kind }) => kind !== "body" && kind !== "loop").length;
  const noun = run.lanes.every((lane) => lane.kind !== "span") ? "tasks" : "lanes";
  const counted = others > looks.max_lanes;
  const blockings = run.lanes.map((lane) => blockingsOf(lane, looks, now));
  return {
    title: about.title,
    noun: `${others} ${noun}`,
    length: now,
    axis,
    rows: counted ? [] : ofLoopLast(run.lanes.map((lane, index) => rowOf(lane, index, looks, now, sliver, blockings[index])), run),
    counts: counted ? countsOf(run, now, Math.max(1, Math.round((looks.bins * now) / axis)), noun) : null,
    bands: blockings.flat().sort((a, b) => a.start - b.start),
    strips: stripsOf(run, about, looks, now),
    limit: about.limit,
  };
}

/** @param {Row[]} rows @param {Run} run */
function ofLoopLast(rows, run) {
  const isLoop = (/** @type {Row} */ { lane }) => run.lanes[lane].kind === "loop";
  return [...rows.filter((row) => !isLoop(row)), ...rows.filter(isLoop)];
}

/** @param {Lane} lane @param {number} number @param {Looks} looks @param {number} now @param {number} sliver
 * @param {Blocking[]} blockings @returns {Row} */
function rowOf(lane, number, looks, now, sliver, blockings) {
  const ended = lane.endUs !== null && lane.endUs <= now;
  return {
    lane: number,
    name: lane.name,
    bars: visible(segmentsOf(lane, now), sliver, looks),
    end: ended ? /** @type {number} */ (lane.endUs) : now,
    ending: lane.kind === "body" || lane.kind === "loop" || !ended ? null : lane.ending,
    open: !ended,
    label: labelOf(lane, blockings),
  };
}

/** The words for the longest blocking. @param {Lane} lane @param {Blocking[]} blockings @returns {Label | null} */
function labelOf(lane, blockings) {
  if (!blockings.length) return null;
  const longest = blockings.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
  const name = lane.kind === "loop" ? `${longest.name} ` : "";
  const brief = duration(longest.end - longest.start);
  return { text: `${name}blocked the loop for ${brief}`, brief, step: longest.start, start: longest.red, end: longest.end };
}

/** The steps that blocked the loop. @param {Lane} lane @param {Looks} looks @param {number} now @returns {Blocking[]} */
export function blockingsOf(lane, looks, now) {
  const blocking = codeOf(looks.states, "BLOCKING");
  /** @type {Blocking[]} */
  const found = [];
  for (let index = 1; index < lane.times.length; index++) {
    if (lane.states[index] === blocking && lane.times[index] < now) {
      const end = index + 1 < lane.times.length ? lane.times[index + 1] : lane.endUs ?? now;
      /** @type {string} */
      const name = lane.names?.[found.length] ?? lane.name;
      found.push({ start: lane.times[index - 1], end: Math.min(end, now), red: lane.times[index], name });
    }
  }
  return found;
}

/**
 * The segments that can be seen: those within one sliver as one. As `_visible` in scene.py.
 *
 * @param {Segment[]} segments
 * @param {number} sliver
 * @param {Looks} looks
 * @returns {Segment[]}
 */
export function visible(segments, sliver, looks) {
  /** @type {Segment[]} */
  const shown = [];
  /** @type {Segment[]} */
  let small = [];
  /** @type {number | null} */
  let owed = null;
  const merge = () => {
    const [segment, rest] = merged(small, owed, looks);
    shown.push(segment);
    owed = rest;
    small = [];
  };
  for (const segment of segments) {
    if (small.length && segment.end - small[0].start > sliver) merge();
    if (segment.end - segment.start > sliver) {
      owed = null;
      shown.push(segment);
    } else {
      small.push(segment);
    }
  }
  if (small.length) merge();
  return shown;
}

/** @param {Segment[]} segments @param {number | null} owed @param {Looks} looks @returns {[Segment, number]} */
function merged(segments, owed, looks) {
  const start = segments[0].start;
  const end = segments[segments.length - 1].end;
  const states = [...new Set(segments.map((segment) => segment.state))];
  states.sort((a, b) => looks.states[a].rank - looks.states[b].rank);
  const waits = states.filter((state) => !looks.states[state].work);
  if (owed === null || !waits.length || looks.states[states[0]].rank === 0) return [{ start, end, state: states[0] }, 0];
  for (const segment of segments) {
    if (looks.states[segment.state].work) owed += segment.end - segment.start;
  }
  if (looks.states[states[0]].work && owed * 2 >= end - start) {
    return [{ start, end, state: states[0] }, owed - (end - start)];
  }
  return [{ start, end, state: waits[0] }, owed];
}

/** @param {Run} run @param {number} now @param {number} bins @param {string} noun @returns {Counts} */
function countsOf(run, now, bins, noun) {
  /** @type {Map<number, number[]>} */
  const byState = new Map();
  const scale = now ? bins / now : 0;
  let total = 0;
  for (const lane of run.lanes) {
    if (lane.kind === "body" || lane.kind === "loop") continue;
    total += 1;
    for (const { start, end, state } of segmentsOf(lane, now)) {
      const first = Math.ceil(start * scale - 0.5);
      const past = Math.ceil(end * scale - 0.5);
      if (first >= past) continue;
      let row = byState.get(state);
      if (row === undefined) byState.set(state, (row = new Array(bins + 1).fill(0)));
      row[first] += 1;
      row[past] -= 1;
    }
  }
  for (const [state, row] of byState) {
    let sum = 0;
    byState.set(state, row.slice(0, bins).map((change) => (sum += change)));
  }
  return { byState, total, noun };
}

/** @param {Run} run @param {About} about @param {Looks} looks @param {number} now @returns {Strip[]} */
function stripsOf(run, about, looks, now) {
  /** @type {Strip[]} */
  const strips = [];
  if (about.loop) {
    const width = now / looks.bins;
    const steps = busyOf(run.idle, now, looks.bins).map((share, index) => /** @type {[number, number]} */ ([index * width, share]));
    strips.push({ kind: "busy", label: ["loop", "busy %"], steps, waiting: [], top: 1, end: now, capacity: null });
  }
  about.watched.forEach((watch, place) => {
    const told = run.watched?.[place];
    const { steps, waiting = [], capacity = null } = watch.steps ? watch : told ?? {};
    const top = Math.max(1, capacity ?? 0, ...(steps ?? []).map(([, count], index) => count + (waiting[index] ?? 0)));
    const known = steps ? steps.filter(([time]) => time <= now) : null;
    strips.push({ kind: "in_flight", label: watch.label ?? ["in flight at", watch.name], steps: known, waiting, top, end: now, capacity });
  });
  return strips;
}

/**
 * The share of each of `bins` equal stretches in which the loop was busy.
 *
 * @param {number[]} idle
 * @param {number} now
 * @param {number} bins
 */
export function busyOf(idle, now, bins) {
  const filled = new Array(bins).fill(0);
  const width = now / bins || 1;
  for (let index = 0; index < idle.length; index += 2) {
    const start = Math.min(idle[index], now);
    const end = Math.min(idle[index + 1] ?? now, now);
    const first = Math.min(Math.floor(start / width), bins - 1);
    const last = Math.min(Math.floor(end / width), bins - 1);
    for (let bin = first; bin <= last; bin++) {
      filled[bin] += Math.min(end, (bin + 1) * width) - Math.max(start, bin * width);
    }
  }
  return filled.map((amount) => 1 - Math.min(1, Math.max(0, amount / width)));
}

/** The states and endings that occur, in the order of the legend. @param {Scene} scene @param {Looks} looks */
export function legendOf(scene, looks) {
  const seen = new Set(scene.rows.flatMap((row) => row.bars.map((bar) => bar.state)));
  for (const state of scene.counts ? scene.counts.byState.keys() : []) seen.add(state);
  if (scene.strips.some(({ steps, waiting }) => waiting.slice(0, steps?.length ?? 0).some(Boolean))) seen.add(codeOf(looks.states, "LOCK"));
  const states = [...seen].sort((a, b) => looks.states[a].legend - looks.states[b].legend);
  const ended = new Set(scene.rows.map((row) => row.ending));
  const endings = looks.endings.map((_, index) => index).filter((index) => ended.has(index));
  return { states, endings };
}
