// @ts-check
// Enter in a guess box goes on to the next cell; sliders have names; where a widget can't be drawn, words say what to do.

const GONE = "Error displaying widget";
const AGAIN = "This was left when its kernel ended. Run the cell again to have it back.";
const NO_CANVAS = "The live picture needs the package anywidget where JupyterLab runs. The picture comes when the cell has ended.";
const NO_WIDGET = "JupyterLab can't draw this here. Install the packages of requirements.txt where JupyterLab runs, and reload the page.";
const MENDED = ".jupyter-widgets, .jupyter-widgets-error-widget, .jp-OutputArea-output";

/** Listen to one notebook, and name what comes into it. @param {HTMLElement} notebook */
export function lendHands(notebook) {
  notebook.addEventListener("keydown", (event) => goOn(event), { capture: true });
  const options = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-valuenow"] };
  /** @type {Set<Element>} */
  const areas = new Set();
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      const area = element?.closest(".jp-OutputArea");
      if (!area) continue;
      if (!areas.size) queueMicrotask(() => {
        for (const changed of areas) for (const output of changed.querySelectorAll(".jp-OutputArea-output")) name(output);
        areas.clear();
      });
      areas.add(area);
    }
  }).observe(notebook, options);
  for (const output of notebook.querySelectorAll(".jp-OutputArea-output")) name(output);
}

/** Enter and Shift+Enter in a guess box: the guess is kept, and the next cell is selected. @param {KeyboardEvent} event */
function goOn(event) {
  const field = event.target;
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || !field.closest(".course-guess")) return;
  event.preventDefault();
  event.stopPropagation();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const next = field.closest(".jp-Cell")?.nextElementSibling;
  if (next) select(next);
}

/** Select a cell as a click on its margin does. @param {Element} cell */
function select(cell) {
  const margin = cell.querySelector(".jp-InputPrompt") ?? cell;
  cell.scrollIntoView({ block: "nearest" });
  const box = margin.getBoundingClientRect();
  const at = { bubbles: true, cancelable: true, button: 0, clientX: box.left + 2, clientY: box.top + 2 };
  for (const kind of ["mousedown", "mouseup"]) margin.dispatchEvent(new MouseEvent(kind, at));
  const focused = document.activeElement;
  if (focused instanceof HTMLInputElement && focused.closest(".course-guess")) {
    focused.blur();
    const target = /** @type {HTMLElement | null} */ (cell.closest(".jp-Notebook"));
    (/** @type {HTMLElement} */ (cell).tabIndex >= 0 ? /** @type {HTMLElement} */ (cell) : target)?.focus({ preventScroll: true });
  }
}

/** Give what is in an output the names and roles that its makers have left out. @param {Element} output */
function name(output) {
  mend(output);
  for (const slider of output.querySelectorAll(".widget-slider, .widget-hslider")) {
    const label = slider.querySelector(".widget-label")?.textContent ?? "";
    const value = slider.querySelector(".widget-readout")?.textContent ?? "";
    for (const handle of slider.querySelectorAll("[role=slider]")) {
      put(handle, { "aria-label": label, "aria-valuetext": value, "data-lm-suppress-shortcuts": "true" });
    }
    for (const readout of slider.querySelectorAll(".widget-readout[contenteditable]")) put(readout, { role: "textbox", "aria-label": `${label}, as a number` });
  }
  for (const sliders of output.querySelectorAll(".course-sliders")) {
    put(sliders, { role: "group", "aria-label": "What the experiment runs with" });
    const status = sliders.lastElementChild;
    if (status?.matches(".widget-label")) put(status, { role: "status" });
  }
  for (const guess of output.querySelectorAll(".course-guess")) {
    put(guess, { role: "group", "aria-label": guess.querySelector("input")?.title ?? "Your guess" });
    const note = guess.lastElementChild;
    if (note?.matches(".widget-label")) put(note, { role: "status" });
  }
  for (const image of output.querySelectorAll("img:not([alt]), img[data-course-words]")) {
    put(image, { alt: wordsUnder(output) || "A picture", "data-course-words": "yes" }); // which may come later
  }
}

/** What the output under this one says: the words of the picture. @param {Element} output */
function wordsUnder(output) {
  const next = output.closest(".jp-OutputArea-child")?.nextElementSibling;
  return (next?.querySelector(".jp-OutputArea-output")?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** Say what to do in place of an error of the widgets' own. @param {Element} output */
function mend(output) {
  for (const place of [output, ...output.querySelectorAll(MENDED)]) {
    if (!place.matches(MENDED)) continue;
    const told = place.childElementCount < 4 ? (place.textContent ?? "") : "";
    if (told.startsWith(GONE)) place.textContent = AGAIN;
    else if (told.includes("Failed to load model class")) place.textContent = told.includes("anywidget") ? NO_CANVAS : NO_WIDGET;
  }
}

/** Set attributes that are not so already: setting one is news for whoever watches. @param {Element} element @param {Record<string, string>} attributes */
function put(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) if (element.getAttribute(key) !== value) element.setAttribute(key, value);
}
