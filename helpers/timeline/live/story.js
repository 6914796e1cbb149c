// @ts-check
// What the card of a lane says: what it did at a moment, for how long, and who ran meanwhile. Pure.

import { duration, segmentsOf } from "./run.js";
import { chainOf, toldOf } from "./chain.js";

/**
 * @typedef {import("./run.js").Run} Run
 * @typedef {import("./run.js").Segment} Segment
 * @typedef {import("./scene.js").Looks} Looks
 *
 * @typedef {object} Story
 * @property {string} name
 * @property {string} now what it did at the moment
 * @property {string} whom it waits for, and whom that one waits for; empty where that is not known
 * @property {number[]} chain the lane, whom it waits for at the moment, and so on
 * @property {string} meanwhile who ran on the loop in that time; empty for work
 * @property {string} total the whole of the lane, and how it ended
 * @property {{lane: number, at: number} | null} runner who to jump to: the lane that ran the longest meanwhile, and when
 * @property {string} jump what the jump is called
 */

/** The place of the segment of a lane at a moment, -1 before its first. @param {Segment[]} segments @param {number} at */
export function segmentAt(segments, at) {
  let found = -1;
  segments.forEach((segment, index) => {
    if (segment.start <= at) found = index;
  });
  return found;
}

/**
 * Who ran on the loop in a stretch of time, the longest first.
 *
 * @param {Run} run
 * @param {Looks} looks
 * @param {Segment} stretch
 * @param {number} except the lane that is not meant
 */
export function ranMeanwhile(run, looks, stretch, except) {
  const found = [];
  for (let number = 0; number < run.lanes.length; number++) {
    const lane = run.lanes[number];
    if (number === except || lane.kind === "span") continue;
    let us = 0;
    let longest = 0;
    let at = 0;
    for (const { start, end, state } of segmentsOf(lane, run.nowUs)) {
      const shared = Math.min(end, stretch.end) - Math.max(start, stretch.start);
      if (!looks.states[state].work || shared <= 0) continue;
      us += shared;
      if (shared > longest) [longest, at] = [shared, start];
    }
    if (us > 0) found.push({ lane: number, us, at });
  }
  return found.sort((a, b) => b.us - a.us);
}

/**
 * @param {Run} run
 * @param {Looks} looks
 * @param {number} number the lane
 * @param {number} at the moment
 * @returns {Story}
 */
export function storyOf(run, looks, number, at) {
  const lane = run.lanes[number];
  const segments = segmentsOf(lane, run.nowUs);
  const [segment, during] = meant(lane, segments, at);
  const total = totalOf(run, looks, number, segments);
  if (segment === undefined) return { name: lane.name, now: "nothing was seen of it", whom: "", chain: [number], meanwhile: "", total, runner: null, jump: "" };
  const look = looks.states[segment.state];
  const runners = look.work ? [] : ranMeanwhile(run, looks, segment, number);
  const said = runners.slice(0, 3).map((runner) => `${run.lanes[runner.lane].name} ${duration(runner.us)}`);
  if (runners.length > 3) said.push(`${runners.length - 3} more`);
  const first = runners[0];
  const moment = during ? at : (segment.start + segment.end) / 2;
  const chain = chainOf(run, looks, number, moment);
  const span = `${duration(segment.end - segment.start)}, from ${duration(segment.start)} to ${duration(segment.end)}`;
  return {
    name: lane.name,
    now: `${during ? "" : "the longest: "}${look.name} for ${span}`,
    whom: toldOf(run, looks, chain, moment),
    chain,
    meanwhile: look.work ? "" : said.length ? `meanwhile the loop ran ${said.join(", ")}` : "meanwhile nobody ran on the loop",
    total,
    runner: first ? { lane: first.lane, at: first.at } : null,
    jump: first ? `Go to ${run.lanes[first.lane].name}, who ran for ${duration(first.us)} of it` : "",
  };
}

/**
 * The segment of a lane that is meant by a moment, and whether it is the one at that moment: before the lane was made
 * and after it has ended, it is the longest.
 *
 * @param {import("./run.js").Lane} lane
 * @param {Segment[]} segments
 * @param {number} at
 * @returns {[Segment | undefined, boolean]}
 */
export function meant(lane, segments, at) {
  const place = segmentAt(segments, at);
  if (place >= 0 && (lane.endUs === null || at < lane.endUs)) return [segments[place], true];
  const longest = segments.reduce((best, one) => (!best || one.end - one.start > best.end - best.start ? one : best), /** @type {Segment | undefined} */ (undefined));
  return [longest, false];
}

/** @param {Run} run @param {Looks} looks @param {number} number */
function endingOf(run, looks, number) {
  const ending = run.lanes[number].ending;
  return ending === null ? "still running" : looks.endings[ending].name;
}

/** @param {Run} run @param {Looks} looks @param {number} number @param {Segment[]} segments */
function totalOf(run, looks, number, segments) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { start, end, state } of segments) {
    const look = looks.states[state];
    const word = look.work ? "ran" : look.waiting ? "waited" : look.key === "READY" ? "was ready while the loop was busy" : "";
    if (word) sums.set(word, (sums.get(word) ?? 0) + end - start);
  }
  const said = [...sums].map(([word, us]) => `${word} ${duration(us)}`);
  return `in all: ${[...said, endingOf(run, looks, number)].join(", ")}`;
}
