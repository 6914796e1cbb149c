// The instructor's screen: what the board tells, drawn anew each time. Nothing is ever put in as HTML.
// @ts-check

/** @typedef {{key: string, question: string, unit: string, guessed: number[], measured: number[]}} Guesses */
/** @typedef {{text: string, section: string, learners: number}} Advice */
/** @typedef {{key: string, right: number, tried: number, advice: Advice[]}} Exercise */
/** @typedef {{cell: string, title: string, minutes: number, learners: number}} Section */
/**
 * @typedef {{page: string, pages: string[], join: string, joined: number, checked: number, ready: number, guesses: Guesses[], exercises: Exercise[],
 *   schedule: Section[], stuck?: {nickname: string, exercise: string, tries: number, advice: string}[],
 *   not_ready?: {nickname: string, lacks: string}[]}} Seen
 */

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 230, LEFT = 12, BOTTOM = 46, TOP = 24, BINS = 16;
const AGAIN_MS = 2000;

// The address that the instructor opens holds the secret. It must not stand in the address bar of a projector.
const prefix = document.documentElement.dataset.prefix ?? "";
const given = location.pathname.slice(`${prefix}/board/`.length);
if (given) {
  sessionStorage.setItem("secret", given);
  history.replaceState(null, "", `${prefix}/board`);
}
const secret = given || sessionStorage.getItem("secret");

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
  if (!secret) return;
  const asked = new URLSearchParams();
  if (shown.page) asked.set("page", shown.page);
  if (shown.private) asked.set("private", "");
  const mine = new EventSource(`${prefix}/board/${secret}/stream?${asked}`);
  mine.onmessage = (message) => {
    seen = JSON.parse(message.data);
    draw();
  };
  mine.onerror = () => {
    at("count").textContent = "The board does not answer. Trying again …";
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => { if (source === mine) follow(); }, AGAIN_MS); // a proxy said so
  };
  source = mine;
}

function draw() {
  if (!seen) return;
  at("page").textContent = seen.page + (shown.page ? "" : " (following the class)");
  at("join").textContent = `from helpers import join; join("${seen.join}")`;
  const checked = seen.checked ? `; ${seen.ready} of ${seen.checked} machines that were checked are ready` : "";
  at("count").textContent = `${seen.joined} joined${checked}`;
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
    item.append(element("span", `${one.guessed.length} guessed, ${one.measured.length} measured`, "quiet"));
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
  const width = at("chart").clientWidth || 640; // a unit is a pixel: text keeps its size on a phone
  const picture = drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": words(one, measured) });
  const wide = (width - 2 * LEFT) / BINS, most = Math.max(...counts);
  counts.forEach((count, n) => {
    const tall = (count / most) * (HEIGHT - BOTTOM - TOP);
    picture.append(drawn("rect", {
      class: "guess", x: LEFT + n * wide + 2, y: HEIGHT - BOTTOM - tall, width: wide - 4, height: tall,
    }));
    if (count) picture.append(drawn("text", { x: LEFT + (n + 0.5) * wide, y: HEIGHT - BOTTOM - tall - 5, "text-anchor": "middle" }, String(count)));
  });
  picture.append(drawn("line", { class: "axis", x1: LEFT, x2: width - LEFT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }));
  for (const value of measured) {
    const x = LEFT + place(value) * (width - 2 * LEFT);
    picture.append(drawn("path", { class: "measured", d: `M ${x} ${HEIGHT - BOTTOM + 3} l 6 8 l -6 8 l -6 -8 z` }));
  }
  const ends = /** @type {[number, number, string][]} */ (high === low ? [[0.5, low, "middle"]] :
    [[0, low, "start"], [0.5, log ? Math.sqrt(low * high) : (low + high) / 2, "middle"], [1, high, "end"]]);
  for (const [where, value, anchor] of ends)
    picture.append(drawn("text", { x: LEFT + where * (width - 2 * LEFT), y: HEIGHT - 8, "text-anchor": anchor }, inUnit(value, one.unit)));
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

/** @param {string[]} heads @param {(string | number)[][]} rows @param {number} [current] the row where most are */
function table(heads, rows, current = -1) {
  const made = element("table");
  const head = element("tr");
  head.append(...heads.map((text, n) => element("th", text, rows.some((row) => typeof row[n] === "number") ? "number" : "")));
  made.append(head);
  for (const [n, row] of rows.entries()) {
    const line = element("tr");
    line.setAttribute("aria-current", String(n === current));
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
  const current = most ? schedule.findIndex((one) => one.learners === most) : -1;
  const rows = schedule.map((one, n) => [
    one.title + (n === current ? " ← most are here" : ""), one.minutes || "", one.learners || "",
  ]);
  at("schedule").replaceChildren(rows.length ? table(["section", "minutes", "here"], rows, current) : element("p", "No schedule."));
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
addEventListener("resize", draw);
for (const button of document.querySelectorAll("button"))
  button.addEventListener("click", () => press(button.dataset.key ?? ""));
follow();
