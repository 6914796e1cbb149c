// @ts-check
// What is known of a run: lanes, each a list of states and since when. Pure: no browser needed.

/**
 * @typedef {object} Lane One task, the body of the block, or a span.
 * @property {string} name
 * @property {string} kind "body", "task", "span" or "loop": what blocked the loop and belongs to no lane
 * @property {string[]} [names] of "loop": what each of its blockings is called
 * @property {number[]} times microseconds since the block began, one for each change
 * @property {number[]} states what it does from then on, as codes
 * @property {number | null} endUs
 * @property {number | null} ending
 * @property {number} working what it does in a step
 *
 * @typedef {object} Run
 * @property {Lane[]} lanes
 * @property {number[]} idle when the loop was idle: beginnings and ends in turn
 * @property {Levels[]} [watched] what has been told of what is watched, by its place; while the block lasts
 * @property {Record<string, [number, number[] | number][]>} [aims] of a run that has ended
 * @property {Obstacle[]} [obstacles]
 * @property {number} nowUs how far it is known
 * @property {number} frame the number of the newest frame; 0 before the first
 *
 * @typedef {{steps: [number, number][], waiting: number[], capacity: number | null}} Levels of what is watched: how much of it
 *   there is from a time on, and for each of these how many wait for it
 *
 * @typedef {object} Header what is not in the columns of a frame; `Frame` in feed.py
 * @property {number} frame
 * @property {boolean} restart whether it begins from nothing
 * @property {number} begin_ns
 * @property {number} now_us
 * @property {number} blocking_us
 * @property {[string, string, number, number][]} lanes name, kind, when it was made, and what it does when it works
 * @property {string[]} [long] names of new blockings of the lane "loop"
 * @property {[number, number | null, [number, number, number][]][]} [watched] places, capacities, and new levels of what is watched
 * @property {[number, number, number, number, number]} sizes
 *
 * @typedef {object} Recorded everything of a run that has ended
 * @property {[string, string, string[]?][]} lanes names, kinds, and of "loop" the names of its blockings
 * @property {number} now_us
 * @property {Record<string, [number, number[] | number][]>} [aims] by lane: from when on it waited for which lanes, or which obstacle
 * @property {Obstacle[]} [obstacles]
 *
 * @typedef {object} Obstacle a lock or queue that lanes waited for; `Obstacle` in chains.py
 * @property {string} name
 * @property {string} said
 * @property {[number, number][]} passed
 * @property {[number, number[]][]} held
 *
 * @typedef {{waiting: boolean, key: string}} StateKey the key is the name of the member of `State` in states.py
 *
 * @typedef {{start: number, end: number, state: number}} Segment times in microseconds
 */

export const ENDINGS_FROM = 64;
export const LOOP_LANE = 0xffffffff;
export const NOTHING = 255; // the code of a stretch in which there is nothing to see of a lane
const BYTES_PER_EVENT = 9;

/** The code of a state. @param {{key: string}[]} states @param {string} key @returns {number} */
export function codeOf(states, key) {
  const code = states.findIndex((state) => state.key === key);
  if (code < 0) throw new Error(`no state ${key}`);
  return code;
}

/** @returns {Run} */
export function emptyRun() {
  return { lanes: [], idle: [], watched: [], nowUs: 0, frame: 0 };
}

/**
 * Take in a frame, and say whether it fitted: one was missed if not, and the run is as it was.
 *
 * @param {Run} run
 * @param {Header} header
 * @param {DataView} view columns of 64-bit floats, then of 32-bit and of 8-bit numbers
 * @param {StateKey[]} states
 */
export function take(run, header, view, states) {
  if (header.restart) Object.assign(run, emptyRun());
  else if (header.frame !== run.frame + 1) return false;
  run.frame = header.frame;
  run.nowUs = header.now_us;
  for (const [name, kind, made, working] of header.lanes) {
    const first = kind === "task" ? codeOf(states, "NOT_STARTED") : kind === "loop" ? NOTHING : working;
    run.lanes.push({ name, kind, times: [made], states: [first], endUs: null, ending: null, working, names: [] });
  }
  if (header.long?.length) run.lanes.find(({ kind }) => kind === "loop")?.names?.push(...header.long);
  for (const [place, capacity, levels] of header.watched ?? []) addLevels(run, place, capacity, levels);
  const [steps, idle, ready, ended, runs] = header.sizes;
  const numbers = 8 * (3 * steps + 2 * idle + ready + ended);
  const codes = numbers + 4 * (2 * runs + ready + ended);
  const time = (/** @type {number} */ index) => Math.max(0, Math.floor((view.getFloat64(8 * index, true) - header.begin_ns) / 1000));
  const number = (/** @type {number} */ index) => view.getUint32(numbers + 4 * index, true);
  for (let index = 0, step = 0; index < runs; index++) {
    const lane = run.lanes[number(2 * index)];
    for (const last = step + number(2 * index + 1); step < last; step++) {
      const reason = view.getUint8(codes + step);
      addStep(lane, time(step), time(steps + step), time(2 * steps + step), reason, header.blocking_us, states);
    }
  }
  const idles = 3 * steps;
  for (let index = 0; index < 2 * idle; index++) run.idle.push(time(idles + index));
  const readies = idles + 2 * idle;
  for (let index = 0; index < ready; index++) addReady(run.lanes[number(2 * runs + index)], time(readies + index), states);
  for (let index = 0; index < ended; index++) {
    const lane = run.lanes[number(2 * runs + ready + index)];
    lane.endUs = time(readies + ready + index);
    lane.ending = view.getUint8(codes + steps + index) - ENDINGS_FROM;
  }
  return true;
}

/** @param {Run} run @param {number} place @param {number | null} capacity @param {[number, number, number][]} levels */
function addLevels(run, place, capacity, levels) {
  const watched = (run.watched ??= []);
  const known = (watched[place] ??= { steps: [], waiting: [], capacity });
  known.capacity = capacity;
  for (const [time, count, waiting] of levels) {
    known.steps.push([time, count]);
    known.waiting.push(waiting);
  }
}

/** As `lane_from` in lanes.py. @param {Lane} lane @param {number} ready @param {number} begin @param {number} end
 * @param {number} reason @param {number} blockingUs @param {StateKey[]} states */
function addStep(lane, ready, begin, end, reason, blockingUs, states) {
  if (ready > 0 && ready < begin) addReady(lane, ready, states);
  add(lane, begin, lane.working);
  if (end - begin > blockingUs && states[lane.working].key === "RUNNING") {
    add(lane, begin + blockingUs, codeOf(states, "BLOCKING"));
  }
  add(lane, end, reason);
}

/** @param {Lane} lane @param {number} at @param {StateKey[]} states */
function addReady(lane, at, states) {
  const last = lane.times.length - 1;
  if (at > lane.times[last] && states[lane.states[last]].waiting) {
    add(lane, at, codeOf(states, "READY"));
  }
}

/** @param {Lane} lane @param {number} at @param {number} state */
function add(lane, at, state) {
  lane.times.push(at);
  lane.states.push(state);
}

/**
 * The run of a block that has ended.
 *
 * @param {Recorded} recorded
 * @param {DataView} view the events: times, lanes and codes, one column after the other; events.py
 * @returns {Run}
 */
export function runOf(recorded, view) {
  const { aims = {}, obstacles = [] } = recorded;
  const run = /** @type {Run} */ ({ ...emptyRun(), frame: 1, nowUs: recorded.now_us, aims, obstacles });
  for (const [name, kind, names] of recorded.lanes) {
    run.lanes.push({ name, kind, times: [], states: [], endUs: null, ending: null, working: 0, names });
  }
  const count = view.byteLength / BYTES_PER_EVENT;
  for (let index = 0; index < count; index++) {
    const time = view.getUint32(4 * index, true);
    const lane = view.getUint32(4 * (count + index), true);
    apply(run, lane, time, view.getUint8(8 * count + index));
  }
  return run;
}

/** @param {Run} run @param {number} number @param {number} time @param {number} code */
function apply(run, number, time, code) {
  if (number === LOOP_LANE) {
    run.idle.push(time);
    return;
  }
  const lane = run.lanes[number];
  if (code >= ENDINGS_FROM && code !== NOTHING) {
    lane.endUs = time;
    lane.ending = code - ENDINGS_FROM;
  } else {
    add(lane, time, code);
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
    if (lane.states[index] === NOTHING) continue;
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
