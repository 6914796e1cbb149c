// The pure part of what a page does in the browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, nearest } from "./in_view.js";
import { told } from "./quiz.js";

const view = { top: 100, bottom: 700 };
const question = { text: "?", options: [{ text: "a", why: "because", right: true }, { text: "b", why: "never", right: false }] };

test("a picture that fits stays as it is", () => assert.equal(fitted(500, 600), 0));
test("one that is a little too high is made to fit", () => assert.equal(fitted(700, 600), 584));
test("one that would be too small to read stays as it is", () => assert.equal(fitted(1500, 600), 0));
test("what is in view is left where it is", () => assert.equal(nearest({ top: 200, bottom: 500 }, view), 0));
test("what hangs out at the bottom is scrolled up", () => assert.equal(nearest({ top: 400, bottom: 900 }, view), 208));
test("what hangs out at the top is scrolled down", () => assert.equal(nearest({ top: 50, bottom: 300 }, view), -58));
test("of what is higher than the window the beginning is in view", () => assert.equal(nearest({ top: 300, bottom: 1500 }, view), 200));
test("without a choice a quiz asks for one", () => assert.match(told(question, -1), /Choose an option/));
test("a wrong choice gives nothing away", () => assert.equal(told(question, 1), "<p>✗ No. never</p>"));
test("the right choice explains the others, too", () => assert.match(told(question, 0), /✓ <b>Yes.<\/b> because.*<li>b: never/));
