// @ts-check
// A quiz: needs no kernel, and remembers what was chosen for as long as the browser does.

/**
 * @typedef {{text: string, options: {text: string, why: string, right: boolean}[]}} Asked texts are HTML
 * @typedef {Record<number, number>} Checked the option of each question that was checked last
 */

const STYLE = `
.course-quiz fieldset { border: 0; margin: 0 0 1.2em; padding: 0; min-width: 0; }
.course-quiz legend { padding: 0; }
.course-quiz label { display: block; margin: 4px 0; }
.course-quiz label input { margin-right: 6px; }
.course-quiz button { font: inherit; color: inherit; background: var(--jp-layout-color2, #eee); border: 1px solid var(--jp-border-color1, #757575);
  border-radius: 3px; padding: 2px 14px; min-height: 26px; cursor: pointer; }
.course-quiz [role=status] { min-height: 1.5em; }`;

/** Put the quiz into every place that waits for it. @param {string} key @param {string} lesson @param {Asked[]} asked */
export function beginQuiz(key, lesson, asked) {
  for (const place of document.querySelectorAll(`[data-course-quiz="${key}"]`)) {
    const checked = recall(lesson);
    const style = document.createElement("style");
    style.textContent = STYLE;
    const form = document.createElement("form");
    form.className = "course-quiz";
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(...asked.map((question, number) => fieldset(key, lesson, question, number, checked)));
    place.replaceChildren(style, form);
  }
}

/** @param {string} key @param {string} lesson @param {Asked} question @param {number} number @param {Checked} checked */
function fieldset(key, lesson, question, number, checked) {
  const own = { "data-lm-suppress-shortcuts": "true" }; // else JupyterLab takes the arrows for its own
  const set = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.innerHTML = question.text;
  const radios = question.options.map((_, index) => element("input", { ...own, type: "radio", name: `${key}-${number}`, value: `${index}` }));
  const labels = question.options.map(({ text }, index) => {
    const label = document.createElement("label");
    const words = document.createElement("span");
    words.innerHTML = text;
    label.append(radios[index], words);
    return label;
  });
  const check = element("button", { ...own, type: "button", "aria-label": `Check question ${number + 1}` });
  check.textContent = "Check";
  const verdict = element("div", { role: "status" });
  const tell = () => {
    const chosen = radios.findIndex((radio) => /** @type {HTMLInputElement} */ (radio).checked);
    verdict.innerHTML = told(question, chosen);
    if (chosen >= 0) remember(lesson, { ...recall(lesson), [number]: chosen });
  };
  check.addEventListener("click", tell);
  set.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow") || event.key === "Enter") event.stopPropagation();
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) tell();
  });
  set.append(legend, ...labels, check, verdict);
  const before = /** @type {HTMLInputElement | undefined} */ (radios[checked[number]]);
  if (before) {
    before.checked = true;
    verdict.innerHTML = told(question, checked[number]);
  }
  return set;
}

/** What to say of a choice; once the right one is found, of the others too. @param {Asked} question @param {number} chosen */
export function told(question, chosen) {
  const option = question.options[chosen];
  if (!option) return "<p>Choose an option first.</p>";
  const said = `<p>${option.right ? "✓ <b>Yes.</b>" : "✗ No."} ${option.why}</p>`;
  if (!option.right) return said;
  const others = question.options.filter((other) => !other.right).map(({ text, why }) => `<li>${text}: ${why}</li>`);
  return `${said}<p>And the others:</p><ul>${others.join("")}</ul>`;
}

/** @param {string} tag @param {Record<string, string>} attributes */
function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** @param {string} lesson @returns {Checked} */
function recall(lesson) {
  try {
    return JSON.parse(localStorage.getItem(`course-quiz-${lesson}`) ?? "{}");
  } catch {
    return {}; // a browser that keeps nothing
  }
}

/** @param {string} lesson @param {Checked} checked */
function remember(lesson, checked) {
  try {
    localStorage.setItem(`course-quiz-${lesson}`, JSON.stringify(checked));
  } catch {
    // then it is not there tomorrow
  }
}
