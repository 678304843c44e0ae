// Windows whose pages and frames do whatever a hostile page can, at random, beside a window that asks
// the script something every 20 ms. The arguments are minutes and a seed; the same seed orders the same
// acts. `cargo xtask soak` watches: it reads the lines that this prints, kills the page's process of an
// attacker at `kill`, and takes memory at `quiet`, when only the victim is there.

import { createWindow, onIncident, type Window } from "host:window";
import { handle, handleStream, onChannel, onEvent, sendToWindow } from "host:ipc";
import { anywhere, inPage, large, ofScript, onlyWebview } from "./kinds.ts";
import { randomNumbers } from "./random.ts";

/** Acts of one round. */
const ACTS = 16;
/** The rounds, in turn: every second act of the latter two is one that others have not. */
const ROUNDS = [
  { name: "host", own: [] },
  { name: "large", own: large },
  { name: "host", own: [] },
  { name: "webview", own: onlyWebview },
];
/** A page that has not begun for so long is replaced: some acts take it seconds. */
const HANGS_MS = 12_000;

const [minutes, seed] = Deno.args.map(Number);
const end = Date.now() + minutes * 60_000;
const { number, below, pick } = randomNumbers(seed);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

handle("ask", (question) => question);
onChannel("waits", (waits, id) => {
  if (id === "victim") console.log("waits", (waits as number[][]).flat().join(" "));
});
onChannel("begun", (act, id) => {
  console.log("begun", act);
  ordered.delete(id);
});
onChannel("failed", (message, id) => console.log("failed", id, message));
// Whatever else the pages send: what nobody listens for would be held.
onEvent(() => {});
handle("echo", (payload) => payload);
handleStream("rows", async function* () {
  for (;;) yield "x".repeat(10_000);
});
onIncident(({ windowId, type }) => {
  if (windowId === "victim") console.log("failed victim", type);
});

const attackers = new Map<string, Window>();

/** When an attacker was told of its first act that has not begun. */
const ordered = new Map<string, number>();

async function open(id: string) {
  ordered.delete(id);
  attackers.set(id, await createWindow({ id, title: id, acceptFrom: ["attacker-*"] }));
}

/** Opens it anew if it has closed itself, or is to be replaced. */
async function revive(id: string) {
  const window = attackers.get(id)!;
  // A page that hangs does nothing more, and a reload does not help it.
  if (Date.now() - (ordered.get(id) ?? Infinity) > HANGS_MS) await window.close();
  const closed = await window.getTitle().then(() => false, (error) => error.code === "window-closed");
  if (closed) await open(id);
}

let acts = 0;

/** Tells of an act and has it done. All that is random is chosen before anything is waited for. */
async function act(id: string, kind: string) {
  const n = ++acts;
  const numbers = Array.from({ length: 4 }, number);
  const place = anywhere.includes(kind) || onlyWebview.includes(kind) ? pick(["page", "frame", "sandbox"]) : "page";
  const pause = 100 + below(1_400);
  const page = pick(["index.html", "victim.html?no", "big.bin"]);
  await revive(id);
  console.log("act", n, Date.now(), kind, id, ofScript.includes(kind) ? "script" : place);
  const window = attackers.get(id)!;
  // The window may close meanwhile, and a page that hangs takes nothing: neither is a failure.
  if (kind === "kill") console.log("kill");
  else if (kind === "reload") window.reload().catch(() => {});
  else if (kind === "navigate") window.navigate(page).catch(() => {});
  else {
    if (!ordered.has(id)) ordered.set(id, Date.now());
    sendToWindow(id, "act", { n, kind, place, numbers }).catch(() => {});
  }
  await sleep(pause);
}

async function round(n: number) {
  const kinds = [...anywhere, ...inPage, ...ofScript];
  const { name, own } = ROUNDS[n % ROUNDS.length];
  console.log("round", name);
  const ids = Array.from({ length: 1 + below(3) }, (_, n) => `attacker-${n}`);
  for (const id of ids) await open(id);
  for (let n = 0; n < ACTS; n++) {
    await act(pick(ids), own.length && n % 2 ? pick(own) : pick(kinds));
  }
  // What the last ones began may still come to something.
  await sleep(below(4_000));
  for (const window of attackers.values()) await window.close();
  attackers.clear();
}

const victim = await createWindow({ id: "victim", title: "victim", url: "victim.html" });
await new Promise<void>((resolve) => onChannel("waits", () => resolve()));
console.log("ready");
// Its process is looked for, before there are others.
await sleep(2_000);
for (let n = 0; Date.now() < end; n++) {
  await round(n);
  console.log("quiet");
  await sleep(4_000);
}
await victim.close();
console.log("over");
