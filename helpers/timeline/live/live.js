// @ts-check
// The block while it runs: an anywidget's view, fed with frames by the kernel.

import { duration, emptyRun, take } from "./run.js";
import { sceneOf, steppedAxis } from "./scene.js";
import { layOut, xOf } from "./layout.js";
import { themeOf } from "./theme.js";
import { measureWith, paint, write } from "./paint.js";

/**
 * @typedef {import("./scene.js").About} About
 * @typedef {import("./scene.js").Looks} Looks
 * @typedef {import("./run.js").Header} Header
 *
 * @typedef {object} Model what anywidget gives
 * @property {(name: string) => any} get
 * @property {(content: object) => void} send
 * @property {(event: string, callback: (...args: any[]) => void) => void} on
 * @property {(event: string, callback: (...args: any[]) => void) => void} off
 */

const NO_NEWS_MS = 250; // five frames without one
const CALM_MS = 700; // between two drawings, for readers who have asked for less motion
const SEEN_EVERY = 10; // frames: a message from here costs the kernel as much as a frame

/** @param {{model: Model, el: HTMLElement}} view */
export function render({ model, el }) {
  /** @type {About} */
  const about = model.get("about");
  /** @type {Looks} */
  const looks = model.get("looks");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${about.title}: running`);
  el.classList.add("timeline-live");
  el.append(canvas);
  const run = emptyRun();
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const measure = measureWith(ctx);
  let left = 0;
  let drawn = 0;
  let heardMs = performance.now();
  let planned = 0;
  let later = 0;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let asked = true;

  const draw = () => {
    planned = 0;
    const quietMs = performance.now() - heardMs;
    const quiet = run.frame > 0 && !run.lanes.every((lane) => lane.endUs !== null || lane.kind === "loop") && quietMs > NO_NEWS_MS;
    const until = run.nowUs + (quiet ? quietMs * 1000 : 0);
    const axis = steppedAxis(Math.max(until, about.limit?.us ?? 0));
    const scene = sceneOf(run, about, looks, { axis });
    const layout = layOut(scene, looks, el.clientWidth || 960, measure, { left });
    left = layout.panel.left; // it grows with the names, and never shrinks
    const pen = paint(canvas, scene, layout, looks, themeOf(el));
    if (pen && quiet) paintQuiet(pen, run.nowUs, quietMs);
    Object.assign(canvas.dataset, { frame: run.frame, lanes: run.lanes.length, drawn: ++drawn, quiet });
  };
  const plan = () => {
    if (calm.matches) later ||= window.setTimeout(() => ((later = 0), draw()), CALM_MS);
    else planned ||= requestAnimationFrame(draw);
  };
  const hear = (/** @type {Header} */ header, /** @type {DataView[]} */ buffers) => {
    heardMs = performance.now();
    if (!take(run, header, buffers[0], looks.states)) {
      if (!asked) model.send({ again: true });
      asked = true;
      return;
    }
    asked = false;
    if (header.frame % SEEN_EVERY === 0) model.send({ seen: header.frame });
    plan();
  };
  const watch = setInterval(() => {
    if (performance.now() - heardMs > NO_NEWS_MS) plan();
  }, 100);
  const resized = new ResizeObserver(plan);
  resized.observe(el);
  model.on("msg:custom", hear);
  model.send({ again: true }); // what was sent before this view was there is lost
  plan();
  return () => {
    clearInterval(watch);
    resized.disconnect();
    model.off("msg:custom", hear);
    cancelAnimationFrame(planned);
    clearTimeout(later);
  };
}

/** Say that there is no news, instead of guessing. @param {import("./paint.js").Pen} pen @param {number} nowUs @param {number} quietMs */
function paintQuiet(pen, nowUs, quietMs) {
  const { ctx, layout, theme } = pen;
  const { left, top, width, height } = layout.panel;
  const start = xOf(layout, nowUs);
  const end = Math.min(left + width, xOf(layout, nowUs + quietMs * 1000));
  ctx.fillStyle = theme.soft;
  ctx.fillRect(start, top - 3, end - start, height + 3);
  const words = `no news for ${duration(quietMs * 1000)}`;
  const right = start > left + 0.6 * width;
  write(pen, words, right ? start - 8 : start + 8, top + height / 2, { points: 10, bold: true, align: right ? "right" : "left", color: theme.ink, halo: true });
}
