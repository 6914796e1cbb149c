// @ts-check
// Whom a lane waits for, and whom that one waits for, down to what all of them wait for: as chains.py says it. Pure.

import { duration, segmentsOf } from "./run.js";

/**
 * @typedef {import("./run.js").Run} Run
 * @typedef {import("./run.js").Obstacle} Obstacle
 * @typedef {import("./scene.js").Looks} Looks
 * @typedef {{words: string, lanes: number[]}} Whom
 */

const NOBODY = -1; // in the place of a lane

/**
 * Whom a lane waits for at a moment; null where it does not wait, or that is not known.
 *
 * @param {Run} run
 * @param {Looks} looks
 * @param {number} number the lane
 * @param {number} at
 * @returns {Whom | null}
 */
export function whomOf(run, looks, number, at) {
  const lane = run.lanes[number];
  const segment = segmentsOf(lane, run.nowUs).filter(({ start }) => start <= at).pop();
  const aim = (run.aims?.[number] ?? []).filter(([since]) => since <= at).pop();
  if (!segment || !looks.states[segment.state].waiting || at > segment.end || !aim || aim[0] < segment.start) return null;
  if (typeof aim[1] === "number") return atObstacle(run, (run.obstacles ?? [])[aim[1]], at);
  const left = aim[1].filter((one) => (run.lanes[one].endUs ?? Infinity) > at);
  const lanes = left.length ? left : aim[1];
  return { words: listed(run, lanes), lanes };
}

/** @param {Run} run @param {Obstacle} obstacle @param {number} at @returns {Whom} */
function atObstacle(run, { name, said, passed, held }, at) {
  const next = passed.find(([when]) => when >= at);
  if (next) {
    const [when, by] = next;
    const words = said.replace("{when}", () => duration(when)).replace("{who}", () => (by === NOBODY ? "a callback" : run.lanes[by].name));
    return { words: `${name}, ${words}`, lanes: by === NOBODY ? [] : [by] };
  }
  const lanes = held.find(([when]) => when >= at)?.[1] ?? [];
  return { words: lanes.length ? `${name}, which ${listed(run, lanes)} had` : name, lanes };
}

/** @param {Run} run @param {number[]} lanes */
function listed(run, lanes) {
  const names = lanes.slice(0, 3).map((lane) => run.lanes[lane].name);
  return names.join(", ") + (lanes.length > 3 ? ` and ${lanes.length - 3} more` : "");
}

/**
 * The lane, the one that it waits for at a moment, the one that this waits for, and so on. The last one waits for none,
 * or is in it twice: then they wait for each other.
 *
 * @param {Run} run
 * @param {Looks} looks
 * @param {number} number
 * @param {number} at
 */
export function chainOf(run, looks, number, at) {
  /** @type {number[]} */
  const found = [];
  /** @type {number | undefined} */
  let following = number;
  while (following !== undefined && !found.includes(following)) {
    found.push(following);
    /** @type {number[]} */
    const lanes = whomOf(run, looks, following, at)?.lanes ?? [];
    const end = (/** @type {number} */ lane) => run.lanes[lane].endUs ?? Infinity;
    following = lanes.length ? lanes.reduce((latest, lane) => (end(lane) > end(latest) ? lane : latest)) : undefined;
  }
  return following === undefined ? found : [...found, following];
}

/**
 * What the card says of a chain: whom the lane waits for, and what that one does, and so on.
 *
 * @param {Run} run
 * @param {Looks} looks
 * @param {number[]} chain
 * @param {number} at
 */
export function toldOf(run, looks, chain, at) {
  const whom = whomOf(run, looks, chain[0], at);
  if (!whom) return "";
  const first = `it waits for ${whom.words}`;
  if (chain.length < 2) return first;
  const around = new Set(chain).size < chain.length;
  const last = chain[chain.length - 1];
  const names = chain.slice(1).map((lane) => run.lanes[lane].name);
  if (around) return `${first}. ${[run.lanes[chain[0]].name, ...names].join(" → ")}: they wait for each other`;
  const { state } = segmentsOf(run.lanes[last], run.nowUs).filter(({ start }) => start <= at).pop() ?? { state: -1 };
  return `${first}. ${[...names, state < 0 ? "not made yet" : looks.states[state].name].join(" → ")}`;
}
