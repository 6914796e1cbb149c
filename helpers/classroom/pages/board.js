// The instructor's screen: what the board tells, drawn anew each time. Nothing is ever put in as HTML.
// @ts-check

/** @typedef {{key: string, question: string, unit: string, guessed: number[], measured: number[]}} Guesses */
/** @typedef {{text: string, section: string, learners: number}} Advice */
/** @typedef {{key: string, right: number, tried: number, advice: Advice[]}} Exercise */
/** @typedef {{cell: string, title: string, minutes: number, learners: number}} Section */
/**
 * @typedef {{page: string, pages: string[], joined: number, ready: number, guesses: Guesses[], exercises: Exercise[],
 *   schedule: Section[], stuck?: {nickname: string, exercise: string, tries: number, advice: string}[],
 *   not_ready?: {nickname: string, lacks: string}[]}} Seen
 */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640, HEIGHT = 220, LEFT = 12, BOTTOM = 34, BINS = 16;

/** What is shown; the page is null while it follows the class. */
const shown = { page: /** @type {string | null} */ (null), question: 0, guesses: false, measured: false, private: false };
/** @type {Seen | null} */
let seen = null;
/** @type {EventSource | null} */
let source = null;

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} kind @param {string} [text] @param {string} [name] */
function element(kind, text = "", name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

/** @param {string} kind @param {Record<string, string | number>} attributes @param {string} [text] */
function drawn(kind, attributes, text = "") {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}

function follow() {
  source?.close();
  const asked = new URLSearchParams();
  if (shown.page) asked.set("page", shown.page);
  if (shown.private) asked.set("private", "");
  source = new EventSource(`${location.pathname}/stream?${asked}`);
  source.onmessage = (message) => {
    seen = JSON.parse(message.data);
    draw();
  };
  source.onerror = () => { at("count").textContent = "The board does not answer. Trying again …"; };
}

function draw() {
  if (!seen) return;
  at("page").textContent = seen.page + (shown.page ? "" : " (following the class)");
  at("count").textContent = `${seen.joined} joined, ${seen.ready} machines checked and ready`;
  shown.question = Math.max(0, Math.min(shown.question, seen.guesses.length - 1));
  drawQuestions(seen.guesses);
  drawDistribution(seen.guesses[shown.question]);
  drawExercises(seen.exercises);
  drawSchedule(seen.schedule);
  drawPrivate(seen);
  for (const [key, on] of /** @type {[string, boolean][]} */ ([["g", shown.guesses], ["m", shown.measured], ["i", shown.private]]))
    document.querySelector(`button[data-key="${key}"]`)?.setAttribute("aria-pressed", String(on));
}

/** @param {Guesses[]} guesses */
function drawQuestions(guesses) {
  const items = guesses.map((one, n) => {
    const item = element("li", `${one.question || one.key} `);
    item.append(element("span", `${one.guessed.length} guessed`, "quiet"));
    item.setAttribute("aria-current", String(n === shown.question));
    return item;
  });
  at("questions").replaceChildren(...(items.length ? items : [element("p", "No guess on this page yet.", "quiet")]));
}

/** @param {Guesses | undefined} one */
function drawDistribution(one) {
  const visible = Boolean(one && one.guessed.length && (shown.guesses || shown.measured));
  at("distribution").hidden = !visible;
  if (!one || !visible) return;
  const measured = shown.measured ? one.measured : [];
  const [low, high] = range([...one.guessed, ...measured]);
  const log = low > 0 && high / low > 20;
  const place = (/** @type {number} */ value) =>
    high === low ? 0.5 : log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const counts = new Array(BINS).fill(0);
  for (const value of one.guessed) counts[Math.min(BINS - 1, Math.floor(place(value) * BINS))] += 1;
  const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words(one, measured) });
  const wide = (WIDTH - 2 * LEFT) / BINS, most = Math.max(...counts);
  counts.forEach((count, n) => {
    const tall = (count / most) * (HEIGHT - BOTTOM - 40);
    picture.append(drawn("rect", {
      class: "guess", x: LEFT + n * wide + 2, y: HEIGHT - BOTTOM - tall, width: wide - 4, height: tall,
    }));
    if (count) picture.append(drawn("text", { x: LEFT + (n + 0.5) * wide, y: HEIGHT - BOTTOM - tall - 5, "text-anchor": "middle" }, String(count)));
  });
  picture.append(drawn("line", { class: "axis", x1: LEFT, x2: WIDTH - LEFT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }));
  for (const value of measured) {
    const x = LEFT + place(value) * (WIDTH - 2 * LEFT);
    picture.append(drawn("path", { class: "measured", d: `M ${x} ${HEIGHT - BOTTOM - 16} l 7 8 l -7 8 l -7 -8 z` }));
  }
  picture.append(drawn("text", { x: LEFT, y: HEIGHT - 12 }, inUnit(low, one.unit)));
  picture.append(drawn("text", { x: WIDTH - LEFT, y: HEIGHT - 12, "text-anchor": "end" }, inUnit(high, one.unit)));
  at("chart").replaceChildren(picture);
  at("words").textContent = words(one, measured);
}

/** @param {number[]} values @returns {[number, number]} */
const range = (values) => [Math.min(...values), Math.max(...values)];

/** @param {number[]} sorted */
const median = (sorted) => sorted[Math.floor((sorted.length - 1) / 2)];

/** @param {number} value @param {string} unit */
const inUnit = (value, unit) => `${Number(value.toPrecision(3))} ${unit}`.trim();

/** @param {Guesses} one @param {number[]} measured */
function words(one, measured) {
  const [low, high] = range(one.guessed);
  const said = `${one.guessed.length} guesses, from ${inUnit(low, one.unit)} to ${inUnit(high, one.unit)}, half of them up to ${inUnit(median(one.guessed), one.unit)}.`;
  return measured.length ? `${said} Measured (◇) on ${measured.length} machines: ${inUnit(median(measured), one.unit)} in the middle.` : said;
}

/** @param {string[]} heads @param {(string | number)[][]} rows */
function table(heads, rows) {
  const made = element("table");
  const head = element("tr");
  head.append(...heads.map((text) => element("th", text)));
  made.append(head);
  for (const row of rows) {
    const line = element("tr");
    line.append(...row.map((value) => element("td", String(value), typeof value === "number" ? "number" : "")));
    made.append(line);
  }
  return made;
}

/** @param {Exercise[]} exercises */
function drawExercises(exercises) {
  const joined = seen?.joined ?? 0;
  const rows = exercises.map((one) => [one.key, one.right, one.tried, Math.max(0, joined - one.right - one.tried)]);
  const none = element("p", "No exercise of this page was checked yet.", "quiet");
  at("exercises").replaceChildren(rows.length ? table(["exercise", "right", "tried", "not yet"], rows) : none);
  const told = exercises.flatMap((one) => one.advice.map((advice) => ({ ...advice, key: one.key })));
  told.sort((a, b) => b.learners - a.learners);
  at("advice-title").hidden = !told.length;
  at("advice").replaceChildren(...told.slice(0, 5).map((one) => {
    const item = element("li", `${one.key}: ${one.text} `);
    const where = seen?.schedule.find((section) => section.cell === one.section);
    item.append(element("span", `${one.learners} now${where ? `; explained in “${where.title}”` : ""}`, "quiet"));
    return item;
  }));
}

/** @param {Section[]} schedule */
function drawSchedule(schedule) {
  const most = Math.max(0, ...schedule.map((one) => one.learners));
  const rows = schedule.map((one) => [
    one.title + (most && one.learners === most ? " ← most are here" : ""), one.minutes ? `${one.minutes} min` : "", one.learners,
  ]);
  at("schedule").replaceChildren(rows.length ? table(["section", "minutes", "here"], rows) : element("p", "No schedule."));
}

/** @param {Seen} all */
function drawPrivate(all) {
  at("private").hidden = !shown.private;
  const stuck = (all.stuck ?? []).map((one) => [one.nickname, one.exercise, one.tries, one.advice]);
  const lacking = (all.not_ready ?? []).map((one) => [one.nickname, one.lacks]);
  const nobody = element("p", "Nobody has tried an exercise three times in vain.", "quiet");
  at("stuck").replaceChildren(stuck.length ? table(["who", "exercise", "tries", "told last"], stuck) : nobody);
  at("not-ready").replaceChildren(lacking.length ? table(["who is not ready", "what to do"], lacking) : element("p", ""));
}

/** @param {number} step */
function turn(step) {
  if (!seen) return;
  const pages = seen.pages.length ? seen.pages : [seen.page];
  const next = pages[Math.max(0, Math.min(pages.length - 1, pages.indexOf(seen.page) + step))];
  Object.assign(shown, { page: next, question: 0, guesses: false, measured: false });
  follow();
}

/** @param {string} key @returns {boolean} whether it means something */
function press(key) {
  if (key === "ArrowLeft") turn(-1);
  else if (key === "ArrowRight") turn(1);
  else if (key === "ArrowUp" || key === "ArrowDown")
    Object.assign(shown, { question: shown.question + (key === "ArrowUp" ? -1 : 1), guesses: false, measured: false });
  else if (key === "g") shown.guesses = !shown.guesses;
  else if (key === "m") shown.measured = !shown.measured;
  else if (key === "i" || key === "0") {
    if (key === "i") shown.private = !shown.private;
    else shown.page = null;
    follow();
  } else return false;
  draw();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && press(event.key)) event.preventDefault();
});
for (const button of document.querySelectorAll("button"))
  button.addEventListener("click", () => press(button.dataset.key ?? ""));
follow();
