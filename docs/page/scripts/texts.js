// Everything that is said, in English and in Chinese. Marked elements: data-t (text), data-t-label (aria-label).

export const TEXTS = {
  title: ["How machines make images", "机器如何创作图像"],
  lead: [
    "Five things to try. The networks are inside this file: no installation, no network, nothing leaves your device.",
    "五件可以动手试的事。神经网络就在这个文件里：无需安装、无需联网，任何数据都不会离开你的设备。",
  ],
  language: ["中文", "English"],
  skip: ["Skip to content", "跳到内容"],
  panels: ["What to try", "内容"],
  write: ["Write", "书写"],
  walk: ["Walk", "漫步"],
  ask: ["Ask", "生成"],
  judge: ["Judge", "评判"],
  train: ["Train", "训练"],

  "write.title": ["Write in a hand that nobody has", "用世上没有的笔迹写字"],
  "write.lead": [
    "A generator draws each letter from its name and from 64 random numbers, the hand. Keep the numbers, and the hand stays while the letters change. No font is asked.",
    "生成器根据字母的名字和 64 个随机数（“笔迹”）画出每个字母。随机数不变，换什么字母都是同一种笔迹。没有使用任何字体。",
  ],
  "write.word": ["Your words, A to Z", "输入文字（A 到 Z）"],
  "write.another": ["Another hand", "换一种笔迹"],
  "write.key": ["Enter draws another hand. You like one? Keep its number.", "按回车键换一种笔迹。喜欢哪一种，就记下它的编号。"],
  "write.number": ["Hand no.", "笔迹编号"],
  "write.png": ["Save as PNG", "保存为 PNG"],
  "write.svg": ["Save as SVG", "保存为 SVG"],
  "write.unknown": ["The network has learned capital letters only; left out: {0}", "网络只学过大写字母，已略去：{0}"],
  "write.empty": ["Write a letter.", "请输入字母。"],
  "write.nothing": ["Nothing is written yet", "还没有写字"],
  "write.alt": ["{0}, written by the network in hand no. {1}", "网络以第 {1} 号笔迹写出的 {0}"],
  "write.book": [
    "Notebook 06 explains it: a conditional GAN, asked for a letter by its name.",
    "笔记本 06 讲解其原理：条件生成对抗网络，按名称生成字母。",
  ],

  "walk.title": ["Walk through the space of hands", "在笔迹空间里漫步"],
  "walk.lead": [
    "Each slider moves all sixteen hands in one direction; not each goes equally far. Nobody told the network what slant or a serif is; the directions were found afterwards, by measuring what it draws.",
    "每个滑块让十六种笔迹朝同一方向移动，但幅度不一。没有人告诉网络什么是倾斜、什么是衬线；这些方向是事后测量它画出的字母才找到的。",
  ],
  "walk.letter": ["Letter", "字母"],
  "walk.slant": ["slant", "倾斜"],
  "walk.weight": ["weight", "粗细"],
  "walk.width": ["width", "宽度"],
  "walk.serifs": ["serifs", "衬线"],
  "walk.other": ["Other hands", "换一批笔迹"],
  "walk.back": ["Back to the middle", "全部归中"],
  "walk.speed": ["16 letters drawn in {0} ms", "16 个字母用时 {0} 毫秒"],
  "walk.alt": ["The letter {0} in sixteen hands", "十六种笔迹的字母 {0}"],
  "walk.book": [
    "Notebook 00 walks along such directions; 06 has the ruler that found these.",
    "笔记本 00 沿着这样的方向行走；找到这些方向的“尺子”在 06 里。",
  ],

  "ask.title": ["Ask for an icon", "用一句话生成图标"],
  "ask.lead": [
    "A network draws icons of 32 × 32 pixels from a sentence and from random numbers. It knows 57 English words: those below, and little ones such as left, on, background. Dashed: it often draws these badly. The six pictures differ in what the sentence leaves open, place, size and tilt; real ones differ more.",
    "一个网络由一句话和随机数画出 32 × 32 像素的图标。它只认识 57 个英文单词：下面这些，以及 left、on、background 等小词。虚线框的词它常常画不好。六张图的差别在于句子没有说明的东西：位置、大小和倾斜；真实图标的差别更大。",
  ],
  "ask.sentence": ["Your sentence (in English)", "你的句子（英文）"],
  "ask.words": ["Words it knows; touch one to use it", "它认识的词，点一下即可使用"],
  "ask.kind": ["what", "图案"],
  "ask.colour": ["colour", "颜色"],
  "ask.ground": ["on", "背景"],
  "ask.size": ["size", "大小"],
  "ask.manner": ["how", "样式"],
  "ask.again": ["Draw again", "再画一次"],
  "ask.unknown": ["Never learned, not heard: {0}.", "没学过的词，已忽略：{0}。"],
  "ask.known": ["Every word is known.", "每个词都认识。"],
  "ask.empty": ["Name a thing in English, or touch one below.", "请用英文写出一样东西，或点选下面的词。"],
  "ask.added": ["You did not say; taken: {0}.", "没有写明的，取：{0}。"],
  "ask.offers": ["Words that begin so", "这样开头的词"],
  "ask.weak": ["{0}: often drawn badly", "{0}：常常画不好"],
  "ask.alt": ["Six icons drawn for: {0}", "按“{0}”画出的六个图标"],
  "ask.book": ["Notebook 10 explains it: pictures from words, by two networks or by one.", "笔记本 10 讲解其原理：由文字生成图像，用两个网络或一个。"],

  "judge.title": ["Be the discriminator", "你来当一回判别器"],
  "judge.lead": [
    "Ten letters are real, drawn from a font; ten were generated. Which is which? The network that learned to tell them apart judges the same twenty.",
    "十个字母是真的（由字体画出），十个是生成的。你能分清吗？学会分辨它们的网络也来评判同样的二十个。",
  ],
  "judge.real": ["Real", "真的"],
  "judge.generated": ["Generated", "生成的"],
  "judge.keys": ["Keys: R and G", "按键：R 和 G"],
  "judge.start": ["Begin", "开始"],
  "judge.again": ["Twenty others", "再来二十个"],
  "judge.round": ["Round {0} of 20: which is it?", "第 {0} 轮，共 20 轮：是哪一种？"],
  "judge.right": ["Right: the last one is {0}. D said: {1} (logit {2}).", "答对了：上一个是{0}。判别器说：{1}（logit {2}）。"],
  "judge.wrong": ["No: the last one is {0}. D said: {1} (logit {2}).", "不对：上一个是{0}。判别器说：{1}（logit {2}）。"],
  "judge.last": ["The letter that was judged last", "刚才评判的字母"],
  "judge.isReal": ["real", "真的"],
  "judge.isGenerated": ["generated", "生成的"],
  "judge.you": ["you", "你"],
  "judge.d": ["D, the same twenty", "判别器，同样二十个"],
  "judge.dMany": ["D, 2,000 of each", "判别器，各 2000 个"],
  "judge.sensitivity": ["fakes caught (sensitivity)", "识破的假图（灵敏度）"],
  "judge.specificity": ["real ones accepted (specificity)", "放行的真图（特异度）"],
  "judge.right.all": ["right in all", "总正确率"],
  "judge.result": ["Your result beside the network's", "你和网络的成绩"],
  "judge.alt": ["A letter, 28 × 28 pixels", "一个字母，28 × 28 像素"],
  "judge.waiting": ["Ready? Twenty letters; here are some of both sorts.", "准备好了吗？共二十个字母，这里是其中两种的样子。"],
  "judge.book": ["Notebooks 02 and 05 explain D; 09 asks how one measures at all.", "笔记本 02 和 05 讲解判别器；09 讨论究竟怎样衡量。"],

  "train.title": ["Train a GAN, and break it", "训练一个 GAN，再弄坏它"],
  "train.lead": [
    "Blue: real points. Orange: what G makes of random numbers. The ground shows what D believes, green: real, violet: fake. An arrow at a fake is the way in which D would push it. Both networks learn here, now.",
    "蓝色：真实的点。橙色：G 用随机数造出的点。底色表示 D 的看法：绿色为真，紫色为假。假点上的箭头是 D 推它的方向。两个网络就在这里实时学习。",
  ],
  "train.play": ["Train", "训练"],
  "train.pause": ["Pause", "暂停"],
  "train.dStep": ["one D-step", "D 更新一步"],
  "train.gStep": ["one G-step", "G 更新一步"],
  "train.reset": ["Start again", "重新开始"],
  "train.collapse": ["Provoke the collapse", "引发模式崩溃"],
  "train.cure": ["Cure it", "治好它"],
  "train.data": ["Real points", "真实的点"],
  "train.ring": ["a ring of eight", "八个点的环"],
  "train.lines": ["two lines", "两条线"],
  "train.spiral": ["a spiral", "螺旋线"],
  "train.own": ["your own: draw into the picture", "自己画：在图中画点"],
  "train.rate": ["D's learning rate, as a share of G's", "D 的学习率（相对于 G）"],
  "train.state": [
    "Step {0}. D's loss {1} (2 log 2 = 1.386 if D cannot tell), G's loss {2}.",
    "第 {0} 步。D 的损失 {1}（分不清时为 2 log 2 = 1.386），G 的损失 {2}。",
  ],
  "train.modes": ["{0} of 8 places hold fakes.", "8 个位置中有 {0} 个有假点。"],
  "train.draw": [
    "Draw with a finger or the mouse, or move the cross with the arrow keys and press space. Then train.",
    "用手指或鼠标画；也可以用方向键移动十字，按空格键落点。然后点“训练”。",
  ],
  "train.collapsing": [
    "On the ring, from the start, but D learns ten times more slowly than G. Watch: the fakes miss most places and wander about, while D's loss stays near 1.386, as if all were well.",
    "回到环上从头再来，但 D 的学习速度只有 G 的十分之一。看：假点错过了大多数位置，四处游走，而 D 的损失停在 1.386 附近，仿佛一切正常。",
  ],
  "train.curing": ["Equal rates again: the fakes spread out over the real points.", "学习率恢复相等：假点重新散布到真实的点上。"],
  "train.alt": ["The plane of the game: real points, fakes with arrows, D's belief as the ground", "博弈平面：真点、带箭头的假点，底色为 D 的看法"],
  "train.losses": ["losses: D green, G orange; dotted: where they are if D cannot tell, 2 log 2 and log 2", "损失：D 绿色，G 橙色；虚线为 D 分不清时的值：2 log 2 和 log 2"],
  "train.book": ["Notebook 02 explains the game, 08 this patient and its cure.", "笔记本 02 讲解这场博弈，08 讲解这位“病人”和它的治疗。"],

  "about.title": ["What this is", "这是什么"],
  "about.text": [
    "One file from a course in notebooks on how machines make images. The networks were trained there; here only their weights are left, rounded to 16 bits, and they run in your browser. The notebooks that the panels name come with the course, and as chapters of its book. The page cannot reach any network: its own rules forbid it.",
    "这个文件出自一门讲解机器如何创作图像的笔记本课程。网络是在课程里训练好的；这里只保留它们的权重（舍入到 16 位），在你的浏览器里运行。各板块提到的笔记本在课程里，也是课程电子书的章节。页面的安全策略禁止它联网。",
  ],
  "about.ios": [
    "On an iPhone or iPad a file that was received opens without scripts. Put the file on any web server, for a class with “python3 -m http.server”, and open its address there.",
    "在 iPhone 或 iPad 上，收到的文件打开时不会运行脚本。请把文件放到任意网页服务器上（课堂里可用 “python3 -m http.server”），再打开它的地址。",
  ],
  "about.licence": ["Code and weights: BSD-3-Clause. Text: CC BY 4.0.", "代码与权重：BSD-3-Clause。文字：CC BY 4.0。"],
  "about.engine": ["Arithmetic: {0}.", "运算：{0}。"],
  "about.wasm": ["WebAssembly with vectors", "支持向量指令的 WebAssembly"],
  "about.plain": ["JavaScript (this browser has no WebAssembly vectors; all is slower)", "JavaScript（此浏览器没有 WebAssembly 向量指令，会慢一些）"],
};

let language = 0;

/** What is said under a key, with {0}, {1}, ... filled in. */
export function say(key, ...values) {
  return values.reduce((text, value, i) => text.replaceAll(`{${i}}`, value), TEXTS[key][language]);
}

export function languageIndex() {
  return language;
}

/** Put all marked elements of the page into a language (0: English, 1: Chinese), and tell the panels. */
export function speak(index) {
  language = index;
  document.documentElement.lang = ["en", "zh-Hans"][index];
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", say(element.dataset.tLabel));
  document.dispatchEvent(new Event("language"));
}
