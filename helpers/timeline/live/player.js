// @ts-check
// The recorded run again: plays in slow motion, is scrubbed and zoomed, and tells about one lane at a time.

import { duration, runOf, segmentsOf } from "./run.js";
import { sceneOf } from "./scene.js";
import { layOut, middleOf, rowAt, timeAt, xOf } from "./layout.js";
import { chainOf } from "./chain.js";
import { meant, segmentAt, storyOf } from "./story.js";
import { themeOf } from "./theme.js";
import { measureWith, paint } from "./paint.js";

/**
 * @typedef {import("./scene.js").About} About
 * @typedef {import("./scene.js").Looks} Looks
 * @typedef {object} Recording
 * @property {About} about
 * @property {import("./run.js").Recorded} run
 * @property {number} until_us how much of the run is shown: its end, or the end of the beginning
 * @property {string} events
 * @property {number} speed
 * @property {string} facts
 */

const SPEEDS = [0.01, 0.03, 0.1, 0.3, 1];
const FUTURE = 0.78; // how much of what is still to come is hidden
const MOST_ZOOM = 2000;
// Else JupyterLab takes arrows and letters for its own. It looks at the element that has the focus, not at what is around it.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
const HELP =
  "Space plays and pauses. Arrows up and down choose a lane, left and right its segments. " +
  "F follows it to whom it waits for, J jumps to who ran meanwhile. Plus, minus and 0 zoom. Home and End go to the ends. Escape lets go of the lane.";

/** Put a player into every place that waits for this recording. @param {string} key @param {Recording} recording @param {Looks} looks */
export function mountAll(key, recording, looks) {
  for (const host of document.querySelectorAll(`[data-timeline-replay="${key}"]:not([data-mounted])`)) {
    /** @type {HTMLElement} */ (host).dataset.mounted = "yes";
    new Player(/** @type {HTMLElement} */ (host), recording, looks);
  }
}

/** @param {string} text base64 */
function viewOf(text) {
  return new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {string} [content]
 */
function make(tag, attributes, content = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = content; // never markup: names come from the learner's code
  return element;
}

/**
 * Build what a player consists of, and put it in the place of the picture.
 *
 * @param {HTMLElement} host
 * @param {Recording} recording
 */
function build(host, recording) {
  const id = `timeline-help-${Math.random().toString(36).slice(2)}`;
  const canvas = make("canvas", { style: "display: block; max-width: 100%" });
  const stage = make("div", {
    tabindex: "0",
    role: "application",
    "aria-label": `Replay of ${recording.facts}`,
    "aria-describedby": id,
    ...OWN_KEYS,
    class: "timeline-stage",
  });
  stage.append(canvas);
  const play = make("button", { type: "button", class: "timeline-play", ...OWN_KEYS });
  const scrub = make("input", { ...OWN_KEYS, type: "range", min: "0", max: "1000", step: "1", "aria-label": "Moment of the run" });
  const clock = make("span", { class: "timeline-clock" });
  const speeds = make("select", { "aria-label": "Speed", ...OWN_KEYS });
  for (const speed of [...new Set([...SPEEDS, recording.speed])].sort((a, b) => a - b)) {
    const words = speed < 1 ? `${Number((1 / speed).toPrecision(2))} times slower` : speed === 1 ? "as it was" : `${speed} times faster`;
    speeds.append(make("option", { value: `${speed}`, ...(speed === recording.speed ? { selected: "" } : {}) }, words));
  }
  const zoom = make("span", { role: "group", "aria-label": "Zoom" });
  const zoomOut = make("button", { ...OWN_KEYS, type: "button", "aria-label": "Zoom out", title: "Zoom out (−)" }, "−");
  const zoomIn = make("button", { ...OWN_KEYS, type: "button", "aria-label": "Zoom in", title: "Zoom in (+)" }, "+");
  const fit = make("button", { ...OWN_KEYS, type: "button", title: "Show all of it (0)" }, "Fit");
  zoom.append(zoomOut, zoomIn, fit);
  const bar = make("div", { class: "timeline-bar", role: "group", "aria-label": "Replay" });
  bar.append(play, scrub, clock, speeds, zoom);
  const card = make("div", { class: "timeline-card", ...(recording.run.aims ? { style: "min-height: 6.1em" } : {}) });
  const said = make("div", { "aria-live": "polite" });
  const jump = make("button", { ...OWN_KEYS, type: "button", hidden: "" });
  card.append(said, jump);
  const help = make("p", { id, class: "timeline-help" }, HELP);
  host.replaceChildren(make("style", {}, STYLE), bar, stage, card, help);
  return { bar, card, help, canvas, stage, play, scrub, clock, speeds, zoomOut, zoomIn, fit, said, jump };
}

class Player {
  /** @param {HTMLElement} host @param {Recording} recording @param {Looks} looks */
  constructor(host, recording, looks) {
    this.host = host;
    this.about = recording.about;
    this.looks = looks;
    this.run = runOf(recording.run, viewOf(recording.events));
    this.end = recording.until_us || 1;
    this.at = this.end; // microseconds since the block began
    this.from = 0;
    this.to = this.wholeTo = Math.max(this.end, this.about.limit?.us ?? 0);
    this.speed = recording.speed;
    this.playing = false;
    this.lane = -1;
    this.hover = -1;
    this.planned = 0;
    this.lastMs = 0;
    this.hoverAt = 0;
    /** @type {import("./scene.js").Scene | null} */
    this.scene = null;
    /** @type {import("./layout.js").Layout | null} */
    this.layout = null;
    this.parts = build(host, recording);
    this.measure = measureWith(/** @type {CanvasRenderingContext2D} */ (this.parts.canvas.getContext("2d")));
    new ResizeObserver(() => this.plan()).observe(host);
    window.addEventListener("resize", () => this.plan());
    new MutationObserver(() => this.plan()).observe(document.body, { attributes: true });
    this.listen();
    this.tell();
    this.plan();
  }

  listen() {
    this.parts.play.addEventListener("click", () => this.toggle());
    this.parts.scrub.addEventListener("input", () => this.seek((Number(this.parts.scrub.value) / 1000) * this.end));
    this.parts.speeds.addEventListener("change", () => (this.speed = Number(this.parts.speeds.value)));
    this.parts.zoomIn.addEventListener("click", () => this.zoom(2));
    this.parts.zoomOut.addEventListener("click", () => this.zoom(0.5));
    this.parts.fit.addEventListener("click", () => this.zoom(0));
    this.parts.jump.addEventListener("click", () => this.jumpToRunner());
    for (const part of [this.parts.stage, this.parts.bar, this.parts.card]) {
      part.addEventListener("keydown", (event) => this.press(event));
    }
    this.parts.stage.addEventListener("focus", () => this.lane < 0 && this.choose(0));
    this.parts.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.parts.canvas.addEventListener("pointerleave", () => this.point(null));
    this.parts.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.parts.canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // else the page scrolls
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8, this.timeOf(event));
    }, { passive: false });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": () => this.toggle(),
      ArrowDown: () => this.choose(Math.min(this.lane + 1, this.run.lanes.length - 1)),
      ArrowUp: () => this.choose(Math.max(this.lane - 1, 0)),
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.seek(0),
      End: () => this.seek(this.end),
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      "0": () => this.zoom(0),
      j: () => this.jumpToRunner(),
      f: () => this.follow(),
      Escape: () => this.choose(-1),
    };
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const arrow = event.key.startsWith("Arrow");
    if (event.target !== this.parts.stage) {
      if (!arrow) return; // Space presses a button, Tab goes on
      event.stopPropagation();
      if (!(event.target instanceof HTMLButtonElement)) return; // the slider and the menu have arrows of their own
    }
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    this.hover = -1; // from now on it is the keyboard's lane that is told, wherever the pointer rests
    action();
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.at >= this.end) this.at = 0;
    this.lastMs = performance.now();
    this.tell();
    this.plan();
  }

  /** @param {number} at */
  seek(at) {
    this.at = Math.min(Math.max(at, 0), this.end);
    if (this.at < this.from || this.at > this.to) this.show(this.at);
    this.tell();
    this.plan();
  }

  /** Bring a moment into view. @param {number} at */
  show(at) {
    const width = this.to - this.from;
    this.from = Math.min(Math.max(0, at - width / 4), this.wholeTo - width);
    this.to = this.from + width;
  }

  /** @param {number} factor 0: show all of it @param {number} [around] */
  zoom(factor, around = this.at) {
    const width = factor ? Math.min(this.wholeTo, Math.max(this.wholeTo / MOST_ZOOM, (this.to - this.from) / factor)) : this.wholeTo;
    const share = (Math.min(Math.max(around, this.from), this.to) - this.from) / (this.to - this.from);
    const from = Math.min(Math.max(around, this.from), this.to) - share * width;
    this.from = Math.min(Math.max(0, from), this.wholeTo - width);
    this.to = this.from + width;
    this.plan();
  }

  /** @param {number} lane */
  choose(lane) {
    this.lane = lane;
    this.tell();
    this.plan();
  }

  /** Go to the next or the last segment of the lane in focus. @param {number} by */
  step(by) {
    if (this.lane < 0) return;
    const segments = segmentsOf(this.run.lanes[this.lane], this.end);
    const next = segments[Math.min(Math.max(0, segmentAt(segments, this.at) + by), segments.length - 1)];
    this.playing = false;
    if (next) this.seek(next.start);
  }

  /** Whether who ran meanwhile did so in what is shown. @param {import("./story.js").Story} story */
  canJump(story) {
    return story.runner !== null && story.runner.at < this.end;
  }

  jumpToRunner() {
    const story = this.lane < 0 ? null : storyOf(this.run, this.looks, this.lane, this.at);
    if (!story?.runner || !this.canJump(story)) return;
    this.lane = story.runner.lane;
    this.playing = false;
    this.seek(story.runner.at);
  }

  /** Go to the lane that the one in focus waits for. */
  follow() {
    const next = this.lane < 0 ? undefined : storyOf(this.run, this.looks, this.lane, this.at).chain[1];
    if (next !== undefined) this.choose(next);
  }

  /** @param {MouseEvent} event */
  timeOf(event) {
    const box = this.parts.canvas.getBoundingClientRect();
    return this.layout ? timeAt(this.layout, event.clientX - box.left) : 0;
  }

  /** @param {PointerEvent | null} event */
  point(event) {
    let hover = -1;
    if (event && this.layout && this.scene) {
      const row = rowAt(this.layout, this.scene, event.clientY - this.parts.canvas.getBoundingClientRect().top);
      hover = row < 0 ? -1 : this.scene.rows[row].lane;
      this.hoverAt = this.timeOf(event);
    }
    if (hover < 0 && this.hover < 0) return;
    this.hover = hover;
    this.tell();
    this.plan();
  }

  /** A press on the canvas puts the moment and the focus there; a drag scrubs. @param {PointerEvent} event */
  grab(event) {
    if (this.hover >= 0) this.lane = this.hover;
    this.playing = false;
    this.seek(this.timeOf(event));
    const drag = (/** @type {PointerEvent} */ moved) => this.seek(this.timeOf(moved));
    this.parts.canvas.setPointerCapture(event.pointerId);
    this.parts.canvas.addEventListener("pointermove", drag);
    this.parts.canvas.addEventListener("pointerup", () => this.parts.canvas.removeEventListener("pointermove", drag), { once: true });
  }

  /** Say what is pointed at or focused, and where the run is. */
  tell() {
    const percent = Math.round((this.at / this.end) * 1000);
    this.parts.scrub.value = `${percent}`;
    this.parts.scrub.setAttribute("aria-valuetext", `${duration(this.at)} of ${duration(this.end)}`);
    this.parts.clock.textContent = `${duration(this.at)} of ${duration(this.end)}`;
    this.parts.play.textContent = this.playing ? "Pause" : "Play";
    const pointed = this.hover >= 0;
    const lane = pointed ? this.hover : this.lane;
    if (lane < 0) {
      this.say(["Point at a lane, or press Tab and the arrow keys, to read what it waited for."]);
      this.parts.jump.hidden = true;
      return;
    }
    const story = storyOf(this.run, this.looks, lane, pointed ? this.hoverAt : this.at);
    this.say([`${story.name}: ${story.now}`, story.whom, story.meanwhile, story.total].filter(Boolean));
    this.parts.jump.hidden = pointed || !this.canJump(story);
    this.parts.jump.textContent = story.jump;
  }

  /** @param {string[]} lines */
  say(lines) {
    this.parts.said.setAttribute("aria-live", this.playing || this.hover >= 0 ? "off" : "polite");
    if (this.parts.said.textContent === lines.join("")) return;
    this.parts.said.replaceChildren(...lines.map((line, index) => make(index ? "div" : "strong", {}, line)));
  }

  /** How high the picture may be, so that bar and card are in view with it. */
  room() {
    const room = parseFloat(getComputedStyle(this.host).getPropertyValue("--course-room")) || window.innerHeight;
    const { bar, card, help } = this.parts;
    return room - 40 - [bar, card, help].reduce((sum, part) => sum + part.offsetHeight, 0);
  }

  plan() {
    this.planned ||= requestAnimationFrame((ms) => this.draw(ms));
  }

  /** @param {number} ms */
  draw(ms) {
    this.planned = 0;
    if (this.playing) {
      this.at += Math.max(0, ms - this.lastMs) * 1000 * this.speed;
      this.lastMs = ms;
      if (this.at >= this.end) {
        this.at = this.end;
        this.playing = false;
      }
      if (this.at > this.to || this.at < this.from) this.show(this.at);
      this.tell();
      this.plan();
    }
    const width = this.to - this.from;
    const scene = sceneOf(this.run, this.about, this.looks, { now: this.end, axis: this.wholeTo, width });
    const layout = layOut(scene, this.looks, this.host.clientWidth || 960, this.measure, { from: this.from, to: this.to, most: this.room() });
    const pen = paint(this.parts.canvas, scene, layout, this.looks, themeOf(this.host));
    [this.scene, this.layout] = [scene, layout];
    if (pen) this.paintOver(pen);
    Object.assign(this.parts.canvas.dataset, { at: Math.round(this.at), from: Math.round(this.from), to: Math.round(this.to), lane: this.lane, playing: this.playing });
  }

  /** What is still to come is pale; a line is the moment; the lane and its segment have a frame. @param {import("./paint.js").Pen} pen */
  paintOver({ ctx, scene, layout, theme }) {
    const { left, top, width } = layout.panel;
    const last = layout.strips[layout.strips.length - 1] ?? layout.panel;
    const bottom = last.top + last.height;
    const x = Math.min(Math.max(xOf(layout, this.at), left), left + width);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top - 5, width + 16, bottom - top + 5);
    ctx.clip();
    if (this.at < this.end) {
      ctx.globalAlpha = FUTURE;
      ctx.fillStyle = theme.paper;
      for (const box of [layout.panel, ...layout.strips]) ctx.fillRect(x, box.top - 3, left + width + 14 - x, box.height + 2.4);
      ctx.globalAlpha = 1;
    }
    const lane = this.hover >= 0 ? this.hover : this.lane;
    const row = scene.rows.findIndex((candidate) => candidate.lane === lane);
    if (row >= 0) {
      const at = this.hover >= 0 ? this.hoverAt : this.at;
      const segments = segmentsOf(this.run.lanes[lane], this.end);
      const [segment] = meant(this.run.lanes[lane], segments, at);
      const y = middleOf(layout, row) - layout.laneHeight / 2;
      ctx.fillStyle = theme.soft;
      ctx.fillRect(left, y, width, layout.laneHeight);
      ctx.strokeStyle = theme.accent;
      ctx.lineWidth = 2;
      if (segment) {
        const start = xOf(layout, segment.start);
        ctx.strokeRect(start, y + 1, Math.max(3, xOf(layout, segment.end) - start), layout.laneHeight - 2);
      }
      paintChain({ ctx, scene, layout, theme }, chainOf(this.run, this.looks, lane, at), xOf(layout, at));
    }
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(x, top - 5);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    ctx.restore();
  }
}

/** From each lane of a chain an arrow to whom it waits for. @param {Pick<import("./paint.js").Pen, "ctx" | "scene" | "layout" | "theme">} pen
 * @param {number[]} chain @param {number} x */
function paintChain({ ctx, scene, layout, theme }, chain, x) {
  const rows = chain.map((lane) => scene.rows.findIndex((row) => row.lane === lane));
  const right = x < layout.panel.left + layout.panel.width / 2 ? 1 : -1; // into the picture
  ctx.strokeStyle = ctx.fillStyle = theme.accent;
  ctx.lineWidth = 1.5;
  rows.slice(1).forEach((row, index) => {
    if (row < 0 || rows[index] < 0) return;
    const at = x + right * (7 + 6 * index);
    const [from, to] = [middleOf(layout, rows[index]), middleOf(layout, row)];
    const down = to > from ? 1 : -1;
    ctx.beginPath();
    ctx.arc(at, from, 2.5, 0, 7);
    ctx.moveTo(at - 4, to - 6 * down);
    ctx.lineTo(at, to);
    ctx.lineTo(at + 4, to - 6 * down);
    ctx.fill();
    ctx.beginPath();
    ctx.moveTo(at, from);
    ctx.lineTo(at, to - 5 * down);
    ctx.stroke();
  });
}

const STYLE = `
.timeline-replay { font: 13px/1.5 var(--jp-ui-font-family, system-ui, sans-serif); color: var(--jp-ui-font-color1, #1a1a1a); max-width: 960px; }
.timeline-stage:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.timeline-stage { outline: none; cursor: crosshair; touch-action: pan-y; }
.timeline-bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 4px 0; }
.timeline-bar input { flex: 1 1 160px; accent-color: var(--jp-brand-color1, #1976d2); }
.timeline-clock { min-width: 9.5em; text-align: right; font-variant-numeric: tabular-nums; }
.timeline-bar button, .timeline-bar select, .timeline-card button {
  font: inherit; color: inherit; background: var(--jp-layout-color2, #eee); border: 1px solid var(--jp-border-color1, #bdbdbd);
  border-radius: 3px; padding: 2px 10px; min-height: 26px; cursor: pointer; }
.timeline-play { min-width: 5em; }
.timeline-bar :focus-visible, .timeline-card :focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.timeline-card { border-left: 3px solid var(--jp-brand-color1, #1976d2); padding: 2px 10px; min-height: 4.6em; overflow-wrap: anywhere; }
.timeline-help { margin: 4px 0; color: var(--jp-ui-font-color2, #616161); font-size: 12px; }
`;
