// @ts-check
// What is known of a run: lanes, each a list of states and since when. Pure: no browser needed.

/**
 * @typedef {object} Lane One task, the body of the block, or a span.
 * @property {string} name
 * @property {string} kind "body", "task" or "span"
 * @property {number[]} times microseconds since the block began, one for each change
 * @property {number[]} states what it does from then on, as codes
 * @property {number | null} endUs
 * @property {number | null} ending
 *
 * @typedef {object} Run
 * @property {Lane[]} lanes
 * @property {number[]} idle when the loop was idle: beginnings and ends in turn
 * @property {number} nowUs how far it is known
 * @property {number} frame the number of the newest frame; 0 before the first
 *
 * @typedef {object} Header
 * @property {number} frame
 * @property {boolean} restart whether it begins from nothing
 * @property {[string, string][]} lanes names and kinds of new lanes
 * @property {number} now_us
 *
 * @typedef {{start: number, end: number, state: number}} Segment times in microseconds
 */

export const ENDINGS_FROM = 64;
export const LOOP_LANE = 0xffffffff;
const BYTES_PER_EVENT = 9;

/** @returns {Run} */
export function emptyRun() {
  return { lanes: [], idle: [], nowUs: 0, frame: 0 };
}

/**
 * Take in a frame, and say whether it fitted: one was missed if not, and the run is as it was.
 *
 * @param {Run} run
 * @param {Header} header
 * @param {DataView} view the events: times, lanes and codes, one column after the other
 */
export function take(run, header, view) {
  if (header.restart) Object.assign(run, emptyRun());
  else if (header.frame !== run.frame + 1) return false;
  run.frame = header.frame;
  run.nowUs = header.now_us;
  for (const [name, kind] of header.lanes) {
    run.lanes.push({ name, kind, times: [], states: [], endUs: null, ending: null });
  }
  const count = view.byteLength / BYTES_PER_EVENT;
  for (let index = 0; index < count; index++) {
    const time = view.getUint32(4 * index, true);
    const lane = view.getUint32(4 * (count + index), true);
    apply(run, lane, time, view.getUint8(8 * count + index));
  }
  return true;
}

/** @param {Run} run @param {number} number @param {number} time @param {number} code */
function apply(run, number, time, code) {
  if (number === LOOP_LANE) {
    run.idle.push(time);
    return;
  }
  const lane = run.lanes[number];
  if (lane === undefined) return;
  if (code >= ENDINGS_FROM) {
    lane.endUs = time;
    lane.ending = code - ENDINGS_FROM;
  } else {
    lane.times.push(time);
    lane.states.push(code);
  }
}

/**
 * The states of a lane one after the other, up to a moment.
 *
 * @param {Lane} lane
 * @param {number} untilUs
 * @returns {Segment[]}
 */
export function segmentsOf(lane, untilUs) {
  const last = Math.min(lane.endUs ?? untilUs, untilUs);
  /** @type {Segment[]} */
  const segments = [];
  for (let index = 0; index < lane.times.length && lane.times[index] <= last; index++) {
    const next = index + 1 < lane.times.length ? lane.times[index + 1] : last;
    segments.push({ start: lane.times[index], end: Math.max(lane.times[index], Math.min(next, last)), state: lane.states[index] });
  }
  return segments;
}

/**
 * A length of time as people say it: "12 µs", "4.2 ms", "105 ms", "2.07 s".
 *
 * @param {number} us
 */
export function duration(us) {
  if (us < 999.5) return `${Math.round(us)} µs`;
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 999_500) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1e6).toFixed(2)} s`;
}
