// Panel: a sentence becomes an icon.

import { find, oncePerFrame, roving, showPixels } from "./drawing.js";
import { ICON_NUMBERS } from "./networks.js";
import { normals, uniform } from "./random.js";
import { languageIndex, say } from "./texts.js";

const COUNT = 6;
const GROUPS = {
  kind: ["kind", "heart 心 star 星 sun 太阳 cloud 云 umbrella 伞 phone 电话 cup 杯子 clover 三叶草 skull 骷髅 face 笑脸 moon 月亮 crown 王冠 castle 城堡 horse 马 spade 黑桃 diamond 方块 note 音符 flag 旗 anchor 锚 gear 齿轮 bolt 闪电 atom 原子 plane 飞机 letter 信 pencil 铅笔 tick 勾 cross 叉 flower 花 snowflake 雪花 arrow 箭头 triangle 三角形 cat 猫"],
  colour: ["colour", "red 红 orange 橙 yellow 黄 green 绿 blue 蓝 purple 紫 pink 粉 black 黑"],
  ground: ["ground", "white 白 grey 灰 cream 米色 navy 藏青"],
  size: ["size", "small 小 large 大"],
  manner: ["manner", "outlined 空心 tilted 倾斜"],
};
const ARTICLES = { outlined: "an", orange: "an" };

/** A sentence as the captions of the notebook have it, from one word of each group. */
export function sentenceOf({ kind, colour, ground, size, manner }) {
  const outlined = manner === "outlined" ? "outlined " : "";
  const tilt = manner === "tilted" ? ", tilted to the left" : "";
  const words = `${size} ${outlined}${colour} ${kind}${tilt}, on ${ground}`;
  return `${ARTICLES[words.split(" ")[0]] ?? "a"} ${words}`;
}

/** The words of a group, each with its Chinese gloss. */
export function wordsOf(group) {
  const words = GROUPS[group][1].split(" ");
  return words.flatMap((word, i) => (i % 2 ? [] : [[word, words[i + 1]]]));
}

/** @param weak kinds of which the judge reads rightly too seldom (LEAST in tools/page.py) */
export function startAsking(icons, weak) {
  const [field, canvas, note] = ["ask-sentence", "ask-canvas", "ask-note"].map(find);
  const chosen = { kind: "heart", colour: "red", ground: "cream", size: "large", manner: "" };
  let seed = 1;

  /** The words of each group that a sentence names, the last of them; nothing where it names none. */
  function named(sentence) {
    const words = icons.hear(sentence).map(({ word }) => word);
    const last = (group) => words.findLast((word) => wordsOf(group).some(([own]) => own === word)) ?? "";
    return Object.fromEntries(Object.keys(GROUPS).map((group) => [group, last(group)]));
  }

  /** While a word is being written: the known ones that begin so; one touch, and it stands there. */
  function offer() {
    const [, before, begun] = field.value.match(/^(.*?)([a-zA-Z]+)$/) ?? [];
    const words = begun && !icons.vocabulary.includes(begun.toLowerCase())
      ? icons.vocabulary.filter((word) => word.startsWith(begun.toLowerCase())).slice(0, 6) : [];
    find("ask-offers").replaceChildren(...words.map((word) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: word });
      button.addEventListener("click", () => {
        field.value = `${before}${word} `;
        field.focus();
        offer();
        draw();
      });
      return button;
    }));
  }

  const draw = oncePerFrame(() => {
    const written = field.value;
    Object.assign(chosen, named(written));
    const missing = [["colour", "black"], ["ground", "white"], ["size", "large"]].filter(([group]) => !chosen[group]);
    const sentence = [written, ...missing.map(([, word]) => word)].join(" "); // it never met a sentence without these
    canvas.hidden = !chosen.kind;
    const numbers = normals(COUNT * ICON_NUMBERS, uniform(seed));
    const made = icons.draw(numbers, new Array(COUNT).fill(sentence));
    const columns = canvas.clientWidth < 420 ? 3 : COUNT;
    showPixels(canvas, made, { channels: 3, side: 32, columns });
    canvas.setAttribute("aria-label", say("ask.alt", written));
    const unknown = icons.hear(written).filter(({ known }) => !known).map(({ word }) => word);
    const notes = [unknown.length && say("ask.unknown", unknown.join(", ")), !chosen.kind && say("ask.empty"),
      chosen.kind && missing.length && say("ask.added", missing.map(([, word]) => word).join(", "))].filter(Boolean);
    note.textContent = notes.join(" ") || say("ask.known");
    note.classList.toggle("warning", unknown.length > 0 || !chosen.kind);
    for (const button of find("ask-words").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(chosen[button.dataset.group] === button.dataset.word));
    }
  });

  for (const group of Object.keys(GROUPS)) {
    const row = document.createElement("div");
    row.className = "chips";
    row.setAttribute("role", "group");
    const name = document.createElement("span");
    name.className = "chips-name";
    name.dataset.t = `ask.${group}`;
    name.id = `ask-group-${group}`;
    row.setAttribute("aria-labelledby", name.id);
    row.append(name);
    for (const [word, gloss] of wordsOf(group)) {
      const button = document.createElement("button");
      button.type = "button";
      Object.assign(button.dataset, { group, word, gloss });
      button.addEventListener("click", () => {
        const wanted = { kind: "heart", colour: "red", ground: "cream", size: "large" };
        for (const [other, usual] of Object.entries(wanted)) chosen[other] ||= usual;
        chosen[group] = group === "manner" && chosen.manner === word ? "" : word;
        field.value = sentenceOf(chosen);
        draw();
      });
      row.append(button);
    }
    roving(row);
    find("ask-words").append(row);
  }

  function label() {
    for (const button of find("ask-words").querySelectorAll("button")) {
      const { word, gloss } = button.dataset;
      button.textContent = languageIndex() === 1 ? `${word} ${gloss}` : word;
      button.classList.toggle("weak", weak.includes(word));
      button.title = weak.includes(word) ? say("ask.weak", word) : "";
    }
    for (const name of find("ask-words").querySelectorAll("[data-t]")) name.textContent = say(name.dataset.t);
    draw();
  }

  field.value = sentenceOf(chosen);
  field.addEventListener("input", draw);
  field.addEventListener("input", offer);
  find("ask-again").addEventListener("click", () => {
    seed += 1;
    draw();
  });
  window.addEventListener("resize", draw);
  document.addEventListener("language", label);
  label();
}
