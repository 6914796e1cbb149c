// Answers what the canvas makes of a recording, or of frames, for tests in Python: JSON in, JSON out.
import { readFileSync } from "node:fs";
import { layOut, rectanglesOf } from "./layout.js";
import { emptyRun, runOf, segmentsOf, take } from "./run.js";
import { legendOf, sceneOf } from "./scene.js";
import { chainOf, toldOf, whomOf } from "./chain.js";
import { storyOf } from "./story.js";

const looks = JSON.parse(readFileSync("looks.json", "utf-8"));
const question = JSON.parse(readFileSync(0, "utf-8"));
const bytes = (text) => new DataView(Uint8Array.from(Buffer.from(text, "base64")).buffer);

let run = emptyRun();
let fitted = [];
if (question.recording) run = runOf(question.recording.run, bytes(question.recording.events));
for (const [header, body] of question.frames ?? []) fitted.push(take(run, header, bytes(body), looks.states));

const about = question.recording?.about ?? question.about;
const scene = sceneOf(run, about, looks, { now: question.recording?.until_us });
const layout = layOut(scene, looks, 960, (text, pixels) => text.length * pixels * 0.6);
console.log(
  JSON.stringify({
    fitted,
    lanes: run.lanes.map((lane) => ({ ...lane, segments: segmentsOf(lane, run.nowUs) })),
    idle: run.idle,
    scene: { ...scene, counts: scene.counts && { ...scene.counts, byState: [...scene.counts.byState] } },
    legend: legendOf(scene, looks),
    layout,
    rectangles: rectanglesOf(scene, layout, looks),
    chains: (question.moments ?? []).map(([lane, at]) => {
      const chain = chainOf(run, looks, lane, at);
      return { whom: whomOf(run, looks, lane, at), chain, told: toldOf(run, looks, chain, at) };
    }),
    stories: (question.stories ?? []).map(([lane, at]) => storyOf(run, looks, lane, at)),
  }),
);
