// Start: read the weights, choose the language, wake the panels.

import { startAsking } from "./ask.js";
import { find } from "./drawing.js";
import { Game, modesCovered, SETS } from "./game.js";
import { startJudging } from "./judge.js";
import { Icons, Letters } from "./networks.js";
import { normals, uniform } from "./random.js";
import { say, speak, languageIndex, TEXTS } from "./texts.js";
import { startTraining } from "./train.js";
import { startWalking } from "./walk.js";
import { readKernel, readWeights } from "./weights.js";
import { Workspace } from "./workspace.js";
import { handOf, startWriting, written } from "./write.js";

const given = JSON.parse(find("given").textContent);
const matrices = readWeights(given.table, given.values);
const plainly = new URLSearchParams(location.search).has("plain"); // ?plain: as in a browser without WebAssembly

/** Networks on a kernel of their own, or in JavaScript. */
function networks(kernel) {
  const space = new Workspace(kernel);
  return { letters: new Letters(space, matrices), icons: new Icons(space, matrices, given.vocabulary) };
}

const kernel = plainly ? null : readKernel(given.kernel);
const { letters, icons } = networks(kernel);

find("page").hidden = false; // before anything is drawn: a canvas takes its size from its place
find("waiting").remove();
speak(navigator.language.startsWith("zh") ? 1 : 0);
find("language").addEventListener("click", () => speak(1 - languageIndex()));
startWriting(letters);
startWalking(letters, given.sliders);
startAsking(icons, given.weak);
startJudging(letters, given.judge);
startTraining();

const engine = () => { find("engine").textContent = say("about.engine", say(kernel ? "about.wasm" : "about.plain")); };
document.addEventListener("language", engine);
engine();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("theme")));

// For the curious, in the browser's console, and for the tests.
window.ganutils = { write: { written, handOf }, letters, icons, networks, readKernel, given, Game, TEXTS, small: { SETS, modesCovered, normals, uniform } };
