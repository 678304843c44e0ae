// What `cargo xtask bench` measures of host:ipc, in one window or nine. The first argument says
// what: see `TASKS`. Each result is a line of JSON on the standard output.

import { createWindow } from "host:window";
import { broadcast, handle, onChannel, request, sendToWindow } from "host:ipc";

/** Windows beside the one that measures; broadcasts go to them. */
const OTHERS = Array.from({ length: 8 }, (_, i) => `w${i}`);

/** Messages that go to a page in a flood, by the size of their JSON. */
const PUSHES = [
  { name: "small", size: 60, count: 200_000 },
  { name: "4k", size: 4096, count: 20_000 },
  { name: "64k", size: 65536, count: 1000 },
];

const BROADCASTS = 20_000;
const IDLES = 10;
const ROUND_TRIPS = 2000;
const GROWTH = 1_000_000;

function print(result: Record<string, unknown>) {
  console.log(JSON.stringify(result));
}

function sleep(ms: number) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The value that a share of the numbers is not above. */
function quantile(numbers: number[], share: number) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Resolves when each of these windows has sent something on the channel. */
function arrivals(channel: string, windows: string[]) {
  const missing = new Set(windows);
  return new Promise<void>((resolve) => {
    const stop = onChannel(channel, (_, windowId) => {
      missing.delete(windowId);
      if (missing.size > 0) return;
      stop();
      resolve();
    });
  });
}

/** What comes before the bulk of a payload, as the peers have it. */
const FRAME = 20;

function bulk(size: number) {
  return "y".repeat(size - FRAME);
}

/** When each call of `echo` came, in milliseconds. */
let arrived: number[] = [];

handle("echo", (payload) => {
  arrived.push(performance.now());
  return payload;
});

let counted = 0;
onChannel("count", () => {
  counted += 1;
});
handle("counted", () => counted);

async function push({ count, size }: { count: number; size: number }) {
  const p = bulk(size);
  for (let i = 0; i < count; i++) await sendToWindow("main", "tick", { i, p });
}
handle("push", (order) => push(order as { count: number; size: number }));

/** Opens the other windows and waits for their pages. */
async function openOthers() {
  const ready = arrivals("ready", OTHERS);
  await Promise.all(OTHERS.map((id) => createWindow({ id, width: 200, height: 100 })));
  await ready;
}

/** Opens the window that measures; its page has sent its first message when this resolves. */
async function openMain() {
  const ready = arrivals("ready", ["main"]);
  await createWindow({ id: "main", width: 400, height: 300 });
  await ready;
}

/** Has the page measure something, and tells its results. */
async function inPage(task: string, order: unknown = null) {
  print(await request("main", "measure", { task, order }) as Record<string, unknown>);
}

async function roundTrips() {
  await inPage("roundTrips", { count: ROUND_TRIPS / 10 });
  arrived = [];
  await inPage("roundTrips", { count: ROUND_TRIPS });
  const times = arrived.slice(1).map((time, i) => time - arrived[i]);
  print({ rtt_p50_ms: quantile(times, 0.5), rtt_p99_ms: quantile(times, 0.99) });
}

/**
 * The first message after a second in which nothing happens: half of the way from the app to the
 * page and back, since the two have no clock in common.
 */
async function afterIdle() {
  const times = [];
  for (let i = 0; i < IDLES; i++) {
    await sleep(1000);
    const start = performance.now();
    await request("main", "ping");
    times.push(performance.now() - start);
  }
  print({ idle_first_ms: quantile(times, 0.5) / 2 });
}

async function broadcasts() {
  const done = arrivals("bdone", OTHERS);
  const p = bulk(60);
  const start = performance.now();
  for (let i = 0; i < BROADCASTS; i++) {
    await broadcast(OTHERS, "bcast", { i, n: BROADCASTS, p });
  }
  await done;
  const seconds = (performance.now() - start) / 1000;
  print({ broadcast8_per_s: OTHERS.length * BROADCASTS / seconds });
}

/** How long garbage collectors get to do their work, in milliseconds. */
const SETTLE = 12_000;

async function million() {
  await inPage("push", { name: "small", size: 60, count: GROWTH });
  await inPage("flood", { rounds: GROWTH / 20_000, count: 20_000 });
  await sleep(SETTLE);
}

/** The first million brings heaps and compiled code to their size; what comes on top would stay. */
async function grow() {
  await million();
  print({ at: "before" });
  await sleep(4000);
  await million();
  print({ at: "after" });
}

const TASKS: Record<string, () => Promise<void>> = {
  /** The first message of one window. */
  async start() {
    await openMain();
    print({ at: "first" });
    Deno.exit();
  },
  /** The same with eight windows that are ready before. */
  async start9() {
    await openOthers();
    await openMain();
    print({ at: "first" });
    Deno.exit();
  },
  /** One window, and nothing happens. */
  async idle() {
    await openMain();
    print({ at: "idle" });
  },
  /** A million messages each way, twice. */
  async growth() {
    await openMain();
    await grow();
  },
  /** All that is timed. */
  async rows() {
    await openOthers();
    await openMain();
    await roundTrips();
    await afterIdle();
    await inPage("flood", { rounds: 10, count: 20_000 });
    await inPage("calls", { rounds: 20, count: 1000 });
    for (const order of PUSHES) await inPage("push", order);
    await inPage("echoes");
    await broadcasts();
    Deno.exit();
  },
};

await TASKS[Deno.args[0]]();
