// @ts-check
// A cell that has just been run is kept in view while its output grows, unless the reader goes elsewhere.
//
// After Shift+Enter JupyterLab selects the next cell, and the browser holds on to what is in view: the output grows
// upwards, out of the window. At 1366×768 between 0 and 60 % of a picture was in view when it had settled.

const AIR = 8; // pixels that are left free above and below
const LEAST_SCALE = 0.72; // of a picture that is higher than the window: smaller letters can't be read
const QUIET_MS = 1200; // without a change after its end, a cell is let go
const MOST_MS = 6000; // after its end
const PICTURES = ".jp-OutputArea-output :is(img, canvas)";
const CONTROLS = ".course-sliders"; // stay in view with the picture that they change
const STAYS = ["Shift", "Control", "Alt", "Meta", "Enter"]; // keys that do not say that the reader goes elsewhere

/**
 * How high a picture is to be in a window with so much room; 0 where it stays as it is.
 *
 * @param {number} height @param {number} room
 */
export function fitted(height, room) {
  const most = room - 2 * AIR;
  return height > most && height * LEAST_SCALE <= most ? Math.floor(most) : 0;
}

/**
 * By how much to scroll down so that a stretch is in view; where it is higher than the window, its beginning is.
 *
 * @param {{top: number, bottom: number}} box @param {{top: number, bottom: number}} view
 */
export function nearest(box, view) {
  const [top, bottom] = [box.top - AIR, box.bottom + AIR];
  if (bottom - top > view.bottom - view.top) return box.top - view.top;
  if (top < view.top) return top - view.top;
  return bottom > view.bottom ? bottom - view.bottom : 0;
}

/** One notebook whose cells are kept in view. */
export class Follower {
  /** @param {Element} notebook */
  constructor(notebook) {
    this.notebook = notebook;
    this.outer = /** @type {HTMLElement} */ (notebook.querySelector(".jp-WindowedPanel-outer") ?? notebook);
    /** @type {HTMLElement | null} */
    this.cell = null;
    this.endedMs = 0;
    this.changedMs = 0;
    this.last = "";
    this.newest = 0; // of several pictures the one that has grown last
    /** @type {WeakMap<Element, number>} */
    this.heights = new WeakMap();
    this.outer.style.setProperty("overflow-anchor", "none");
    new ResizeObserver(() => this.measure()).observe(this.outer);
    new MutationObserver((changes) => this.notice(changes)).observe(notebook, { subtree: true, childList: true, characterData: true });
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      notebook.addEventListener(kind, (event) => this.handOver(event), { capture: true, passive: true });
    }
    this.measure();
  }

  /** Tell pictures how much room there is. */
  measure() {
    const room = this.outer.clientHeight;
    if (!room) return; // another tab is in front
    /** @type {HTMLElement} */ (this.notebook).style.setProperty("--course-room", `${room}px`);
    for (const image of this.notebook.querySelectorAll(".jp-OutputArea-output img[height]")) this.fit(image);
  }

  /** @param {Element} image a picture, or a canvas on which one grows */
  fit(image) {
    const own = image instanceof HTMLCanvasElement ? parseFloat(image.style.height) : Number(image.getAttribute("height"));
    const controls = image.closest(".jp-OutputArea")?.querySelector(CONTROLS)?.getBoundingClientRect().height ?? 0;
    const height = fitted(own, this.outer.clientHeight - controls);
    Object.assign(/** @type {HTMLElement} */ (image).style, { maxHeight: height ? `${height}px` : "", objectFit: "contain", objectPosition: "left top" });
  }

  /** @param {MutationRecord[]} changes */
  notice(changes) {
    for (const { target, addedNodes } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      if (element?.closest(".jp-InputPrompt")) this.ran(/** @type {HTMLElement} */ (element.closest(".jp-Cell")));
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        for (const image of node.matches("img[height]") ? [node] : node.querySelectorAll("img[height]")) {
          if (image.closest(".jp-OutputArea-output")) this.fit(image);
        }
      }
    }
  }

  /** A cell has begun to run, or has ended. @param {HTMLElement | null} cell */
  ran(cell) {
    if (!cell) return;
    const runs = isRunning(cell);
    if (runs) sayIfChanged(cell);
    if (cell === this.cell) this.endedMs = runs ? 0 : this.endedMs || performance.now();
    else if (runs && this.isMeant(cell)) this.follow(cell);
  }

  /** Whether the reader has run this cell and stays with it. @param {Element} cell */
  isMeant(cell) {
    const active = this.notebook.querySelector(".jp-Cell.jp-mod-active");
    return active === cell || (active !== null && active === cell.nextElementSibling);
  }

  /** @param {HTMLElement} cell */
  follow(cell) {
    this.letGo();
    this.cell = cell;
    this.endedMs = this.changedMs = 0;
    this.last = "";
    this.newest = 0;
    hold(cell, this.heights.get(cell) ?? 0);
    requestAnimationFrame(() => this.look(cell));
  }

  letGo() {
    if (!this.cell) return;
    hold(this.cell, 0);
    const outputs = this.cell.querySelector(".jp-Cell-outputWrapper");
    if (outputs) this.heights.set(this.cell, outputs.getBoundingClientRect().height);
    this.cell = null;
  }

  /** The reader scrolls, points or types: the page is the reader's. @param {Event} event */
  handOver(event) {
    if (event instanceof KeyboardEvent && STAYS.includes(event.key)) return;
    this.letGo();
  }

  /** With every frame that is drawn. @param {HTMLElement} cell */
  look(cell) {
    if (cell !== this.cell) return;
    const now = performance.now();
    if (!this.isMeant(cell) && cell.isConnected) return this.letGo();
    for (const canvas of cell.querySelectorAll(".timeline-live canvas")) this.fit(canvas);
    const view = this.outer.getBoundingClientRect();
    const box = this.boxOf(cell, view.height);
    if (box) {
      const state = `${Math.round(box.bottom - box.top)} ${Math.round(box.top - view.top)}`;
      if (state !== this.last) this.changedMs = now;
      this.last = state;
      const by = nearest(box, view);
      if (Math.abs(by) >= 1) this.outer.scrollTop += by;
    }
    if (this.endedMs) {
      if (now - Math.max(this.changedMs, this.endedMs) > QUIET_MS || now - this.endedMs > MOST_MS) return this.letGo();
    } else {
      const outputs = cell.querySelector(".jp-Cell-outputWrapper");
      if (outputs && box) hold(cell, Math.max(0, ...pictures(cell).map((picture) => picture.bottom - outputs.getBoundingClientRect().top)));
    }
    requestAnimationFrame(() => this.look(cell));
  }

  /**
   * What of a cell is to be in view: all that it has put out, or its pictures, or the newest of them, as it fits.
   *
   * @param {Element} cell @param {number} room
   */
  boxOf(cell, room) {
    const drawn = pictures(cell);
    this.newest = Math.max(this.newest, liveAt(cell));
    const area = cell.querySelector(".jp-OutputArea");
    const all = area && around([...area.children].map((child) => child.getBoundingClientRect()).filter((box) => box.height));
    if (!all) return null;
    const fits = (/** @type {{top: number, bottom: number}} */ box) => box.bottom - box.top + 2 * AIR <= room;
    if (fits(all) || !drawn.length) return all;
    const together = around(drawn);
    return together && fits(together) ? together : drawn[Math.min(this.newest, drawn.length - 1)];
  }
}

/** @param {Element} cell */
function isRunning(cell) {
  return cell.querySelector(".jp-InputPrompt")?.textContent?.includes("*") ?? false;
}

/** The pictures of a cell, each with the controls that belong to it. @param {Element} cell @returns {{top: number, bottom: number}[]} */
function pictures(cell) {
  const boxes = [...cell.querySelectorAll(PICTURES)].map((picture) => (picture.closest("[data-timeline-replay]") ?? picture).getBoundingClientRect()).filter((box) => box.height > 20);
  const controls = cell.querySelector(CONTROLS)?.getBoundingClientRect();
  return controls && boxes.length ? [{ top: controls.top, bottom: boxes[0].bottom }, ...boxes.slice(1)] : boxes;
}

/** Which of a cell's pictures grows; -1 if none does. @param {Element} cell */
function liveAt(cell) {
  return [...cell.querySelectorAll(PICTURES)].findIndex((picture) => picture.closest(".timeline-live"));
}

/** @param {{top: number, bottom: number}[]} boxes */
function around(boxes) {
  return boxes.length ? { top: Math.min(...boxes.map((box) => box.top)), bottom: Math.max(...boxes.map((box) => box.bottom)) } : null;
}

/** Keep a cell's outputs at least so high: they are taken away before the next come. @param {Element} cell @param {number} height */
function hold(cell, height) {
  const outputs = /** @type {HTMLElement | null} */ (cell.querySelector(".jp-Cell-outputWrapper"));
  if (outputs) outputs.style.minHeight = height ? `${Math.ceil(height)}px` : "";
}

const CHANGED = "The cell above has been changed since it was last run. Run it first, then check again: this checks the version before.";

/** Where a check is run and the answer above it has been edited but not run, say so. @param {Element} cell */
function sayIfChanged(cell) {
  cell.querySelector(".course-changed")?.remove();
  if (!/^\s*check\(/m.test(cell.querySelector(".cm-content")?.textContent ?? "")) return;
  let before = cell.previousElementSibling;
  while (before && !before.classList.contains("jp-CodeCell")) before = before.previousElementSibling;
  if (!before?.classList.contains("jp-mod-dirty")) return;
  const note = document.createElement("div");
  note.className = "course-changed";
  note.setAttribute("role", "status");
  note.style.cssText = "padding: 4px 0 4px calc(var(--jp-cell-prompt-width, 64px) + 10px); font-weight: bold;";
  note.textContent = CHANGED;
  cell.querySelector(".jp-Cell-outputWrapper")?.before(note);
}
