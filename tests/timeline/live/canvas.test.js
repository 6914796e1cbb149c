// The pure part of the canvas.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { layOut, middleOf, rectanglesOf, rowAt, ticksOf, timeAt, xOf } from "./layout.js";
import { duration, emptyRun, segmentsOf, take } from "./run.js";
import { busyOf, sceneOf, steppedAxis, visible } from "./scene.js";
import { meant, ranMeanwhile, segmentAt, storyOf } from "./story.js";
import { isDark } from "./theme.js";

const looks = JSON.parse(readFileSync("looks.json", "utf-8"));
const code = (name) => looks.states.findIndex((state) => state.name === name);
const [RUNNING, NETWORK, TIMER, BLOCKING] = ["running", "waiting: network", "waiting: timer", "blocking the loop"].map(code);
const about = { title: "a block", limit: null, watched: [], loop: true };
const measure = (text, pixels) => text.length * pixels * 0.6;

function lane(name, changes, endUs = null, kind = "task") {
  const ending = endUs === null ? null : 0;
  return { name, kind, times: changes.map(([time]) => time), states: changes.map(([, state]) => state), endUs, ending, working: RUNNING };
}
const runWith = (...lanes) => ({ ...emptyRun(), lanes, nowUs: 1_000_000, frame: 1 });
const header = { frame: 1, restart: true, begin_ns: 0, now_us: 5, blocking_us: 50_000, lanes: [], sizes: [0, 0, 0, 0, 0] };
const nothing = new DataView(new ArrayBuffer(0));

test("a frame after a missed one does not fit, and changes nothing", () => {
  const run = emptyRun();
  assert.equal(take(run, header, nothing, looks.states), true);
  assert.equal(take(run, { ...header, frame: 3, restart: false, now_us: 9 }, nothing, looks.states), false);
  assert.deepEqual([run.frame, run.nowUs], [1, 5]);
});

test("a frame that begins from nothing always fits", () => {
  const run = runWith(lane("old", [[0, RUNNING]]));
  assert.equal(take(run, { ...header, frame: 7, lanes: [["new", "task", 3, RUNNING]] }, nothing, looks.states), true);
  assert.deepEqual(run.lanes.map((one) => [one.name, looks.states[one.states[0]].name]), [["new", "not started yet"]]);
});

test("segments end where the next begins, and the last with the lane or the moment", () => {
  const one = lane("a", [[0, RUNNING], [10, NETWORK]], 50);
  assert.deepEqual(segmentsOf(one, 100).map(({ start, end }) => [start, end]), [[0, 10], [10, 50]]);
  assert.deepEqual(segmentsOf(one, 30).map(({ start, end }) => [start, end]), [[0, 10], [10, 30]]);
});

test("the axis grows in steps", () => {
  assert.deepEqual([0, 200_000, 200_001, 600_000, 1_000_001, 2.1e6, 7e6].map(steppedAxis), [2e5, 2e5, 2.5e5, 6.4e5, 1.25e6, 2.5e6, 8e6]);
});

test("a blocking is a band, from the beginning of its step", () => {
  const scene = sceneOf(runWith(lane("rude()", [[100, RUNNING], [50_100, BLOCKING], [300_100, TIMER]])), about, looks);
  assert.deepEqual(scene.bands, [{ start: 100, end: 300_100, red: 50_100, name: "rude()" }]);
});

test("a lane that goes on is open and has no ending yet", () => {
  const [going, ended] = sceneOf(runWith(lane("a", [[0, TIMER]]), lane("b", [[0, TIMER]], 9)), about, looks).rows;
  assert.deepEqual([going.open, going.ending, ended.open, ended.ending], [true, null, false, 0]);
});

test("above the limit of lanes there are counts, which add up to the lanes", () => {
  const many = Array.from({ length: looks.max_lanes + 1 }, (_, index) => lane(`n${index}`, [[0, TIMER]]));
  const { counts, rows } = sceneOf(runWith(...many), about, looks);
  assert.deepEqual([rows.length, counts.total, counts.byState.get(TIMER)[100]], [0, 61, 61]);
});

test("work of a microsecond is seen", () => {
  const segments = [{ start: 0, end: 500_000, state: TIMER }, { start: 500_000, end: 500_001, state: RUNNING }, { start: 500_001, end: 1e6, state: TIMER }];
  assert.deepEqual(visible(segments, 1600, looks).map(({ state }) => state), [TIMER, RUNNING, TIMER]);
});

test("the busy share is what was not idle", () => {
  assert.deepEqual(busyOf([0, 50, 75, 100], 100, 4), [0, 0, 1, 0]);
});

test("a bar of work is never narrower than a sliver, in a window of time too", () => {
  const scene = sceneOf(runWith(lane("a", [[0, TIMER], [500_000, RUNNING], [500_001, TIMER]])), about, looks);
  const layout = layOut(scene, looks, 960, measure, { from: 400_000, to: 600_000 });
  const bar = rectanglesOf(scene, layout, looks).find(({ state }) => state === RUNNING);
  assert.ok(bar.right - bar.left >= 1, JSON.stringify(bar));
  assert.ok(rectanglesOf(scene, layout, looks).every(({ left }) => left >= layout.panel.left));
});

test("a place on the axis and its time are each other's inverse", () => {
  const layout = layOut(sceneOf(runWith(lane("a", [[0, TIMER]])), about, looks), looks, 700, measure, { from: 1000, to: 9000 });
  assert.ok(Math.abs(timeAt(layout, xOf(layout, 4321)) - 4321) < 1e-6);
});

test("the row under the pointer is the one that is drawn there", () => {
  const scene = sceneOf(runWith(lane("a", [[0, TIMER]]), lane("b", [[0, TIMER]])), about, looks);
  const layout = layOut(scene, looks, 960, measure);
  assert.deepEqual([0, 1].map((row) => rowAt(layout, scene, middleOf(layout, row))), [0, 1]);
  assert.equal(rowAt(layout, scene, 2), -1);
});

test("a picture is as wide as there is room, within bounds", () => {
  const scene = sceneOf(runWith(lane("a", [[0, TIMER]])), about, looks);
  assert.deepEqual([100, 700, 3000].map((room) => layOut(scene, looks, room, measure).width), [360, 700, 960]);
});

test("ticks are round and few", () => {
  assert.deepEqual(ticksOf(0, 1e6), [0, 2e5, 4e5, 6e5, 8e5, 1e6]);
  assert.ok(ticksOf(123, 98_765).length <= 9);
});

test("lengths of time read as in Python", () => {
  assert.deepEqual([12, 4200, 105_000, 2_070_000].map(duration), ["12 µs", "4.2 ms", "105 ms", "2.07 s"]);
});

const held = () =>
  runWith(
    lane("fetch()", [[0, RUNNING], [10, NETWORK], [400_000, RUNNING]], 400_010),
    lane("rude()", [[100_000, RUNNING], [150_000, BLOCKING]], 400_000),
    lane("small()", [[50_000, RUNNING], [50_200, TIMER]], 900_000),
  );

test("a wait knows who ran meanwhile, the longest first", () => {
  const runners = ranMeanwhile(held(), looks, { start: 10, end: 400_000, state: NETWORK }, 0);
  assert.deepEqual(runners.map(({ lane: number, us }) => [number, us]), [[1, 300_000], [2, 200]]);
});

test("a story says what, how long, and who ran; one can jump to the one who blocked the loop", () => {
  const story = storyOf(held(), looks, 0, 200_000);
  assert.equal(story.now, "waiting: network for 400 ms, from 10 µs to 400 ms");
  assert.equal(story.meanwhile, "meanwhile the loop ran rude() 300 ms, small() 200 µs");
  assert.deepEqual(story.runner, { lane: 1, at: 150_000 });
});

test("after its end a lane is told by its longest segment", () => {
  assert.match(storyOf(held(), looks, 0, 1_000_000).now, /^the longest: waiting: network for 400 ms/);
});

test("while a lane lasts, what it did at the moment is meant", () => {
  const one = held().lanes[0];
  const segments = segmentsOf(one, 1_000_000);
  assert.equal(meant(one, segments, 5)[0].state, RUNNING);
  assert.equal(segmentAt(segments, -1), -1);
});

test("dark pages are told from light ones", () => {
  assert.deepEqual(["#111111", "#fff", "rgb(17, 17, 17)", "white", "#fefefe"].map(isDark), [true, false, true, false, false]);
});
