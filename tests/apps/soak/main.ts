// Everything that windows go through, round after round, for as many minutes as the argument says.
// `cargo xtask soak` watches what it leaves behind: at `quiet` only the first window is there, and
// at `kill` the newest process of a page may be killed.

import { createWindow, onIncident, type Window } from "host:window";
import { broadcast, handle, handleStream, onChannel, request, sendToWindow, stream } from "host:ipc";

const end = Date.now() + Number(Deno.args[0] ?? 1) * 60_000;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Who waits for a window's next page. */
const loads = new Map<string, () => void>();
onChannel("loaded", (_, windowId) => loads.get(windowId)?.());
const loaded = (windowId: string) => new Promise<void>((resolve) => loads.set(windowId, resolve));

let crashed = (_windowId: string) => {};
onIncident(({ windowId, type }) => {
  if (type === "page-crashed") crashed(windowId);
});

// What nobody listens for would be held for whoever comes.
onChannel("flood", () => {});
handle("echo", (payload) => payload);
handleStream("rows", async function* (count) {
  for (let n = 0; n < (count as number); n++) yield n % 2 ? new Uint8Array(10_000) : "x".repeat(10_000);
});

async function open(id: string) {
  const page = loaded(id);
  const window = await createWindow({ id, title: id, acceptFrom: ["w-*"] });
  await page;
  return window;
}

/** Messages, calls, streams and bytes, both ways at once. */
async function talk(ids: string[]) {
  const each = ids.map(async (id) => {
    for (let n = 0; n < 500; n++) await sendToWindow(id, "update", n % 9 ? { n } : new Uint8Array(n));
    await sendToWindow(id, "update", "last", { ack: true });
    await Promise.all(Array.from({ length: 100 }, (_, n) => request(id, "double", n)));
    let rows = 0;
    for await (const _ of stream(id, "rows", 50)) rows++;
    if (rows !== 50) throw new Error(`${rows} rows of ${id}`);
    await request(id, "talk", ids);
  });
  await Promise.all([...each, broadcast("*", "update", "all")]);
}

async function round() {
  const windows: Window[] = [];
  for (const n of [0, 1, 2]) windows.push(await open(`w-${n}`));
  const ids = windows.map(({ id }) => id);
  await talk(ids);

  const flooded = Promise.all(ids.map((id) => request(id, "flood", 3_000)));
  const reloaded = loaded("w-0");
  await windows[0].reload();
  await Promise.allSettled([flooded]);
  await reloaded;

  const gone = new Promise<string>((resolve) => crashed = resolve);
  const pending = ids.map((id) => request(id, "never").catch(() => {}));
  console.log("kill");
  const victim = await gone;
  const revived = loaded(victim);
  await windows.find(({ id }) => id === victim)!.reload();
  await revived;
  await talk(ids);

  // With calls that are open, and more that has not arrived.
  for (const id of ids) for (let n = 0; n < 200; n++) sendToWindow(id, "update", n).catch(() => {});
  for (const window of windows) await window.close();
  await Promise.all(pending);
}

const main = await open("main");
for (let n = 1; Date.now() < end; n++) {
  await round();
  console.log("quiet", n);
  await sleep(4_000);
}
await main.close();
console.log("over");
