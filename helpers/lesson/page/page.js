// @ts-check
// What a page has in the browser: put into it by the set-up cell, once for each notebook that is open.

import { lendHands } from "./hands.js";
import { Follower } from "./in_view.js";

// JupyterLab 4.6 leaves the browser to guess how high a cell is that is out of view: with a picture in it, it then moves
// what is in view by the height of a window.
// Its texts break inside words; a guess box and its unit are wider than a telephone.
const STYLE = `
.jp-Notebook[data-course] .jp-Cell { content-visibility: visible !important; }
.jp-Notebook[data-course] .jp-RenderedText pre { word-break: normal; overflow-wrap: anywhere; }
.course-guess { flex-flow: row wrap !important; height: auto !important; }`;

/** @param {string} key names the place in the set-up cell's output from which the notebook is found */
export function begin(key) {
  const style = /** @type {HTMLElement} */ (document.querySelector("style[data-course-style]") ?? document.createElement("style"));
  [style.dataset.courseStyle, style.textContent] = ["yes", STYLE];
  document.head.append(style);
  for (const place of document.querySelectorAll(`[data-course-page="${key}"]`)) {
    /** @type {HTMLElement | null} */
    const output = place.closest(".jp-OutputArea-child");
    if (output) output.style.display = "none"; // it holds nothing to be seen
    const notebook = /** @type {HTMLElement | null} */ (place.closest(".jp-Notebook"));
    if (!notebook || notebook.dataset.course) continue;
    notebook.dataset.course = "yes";
    new Follower(notebook);
    lendHands(notebook);
  }
}
