// The page of every window of the bench: that of the window that measures acts on `measure`.

/** The small payload that the peers send. */
const payload = (i) => ({
  requestId: i,
  query: "select name from users where id = 42",
  flag: true,
});

const perSecond = (count, start) => count / ((performance.now() - start) / 1000);

const tasks = {
  /** One call after another. */
  async roundTrips({ count }) {
    const start = performance.now();
    for (let i = 0; i < count; i++) await host.request("echo", payload(i));
    return { rtt_ms: (performance.now() - start) / count };
  },

  /** Messages to the app; no more at a time than wait for it, and until it has had them all. */
  async flood({ rounds, count }) {
    const before = await host.request("counted");
    const start = performance.now();
    for (let round = 1; round <= rounds; round++) {
      for (let i = 0; i < count; i++) host.send("count", payload(i));
      const came = await host.request("counted") - before;
      if (came !== round * count) throw new Error(`${came} of ${round * count} came`);
    }
    return { page_to_host_per_s: perSecond(rounds * count, start) };
  },

  /** Calls of the app, `count` at a time. */
  async calls({ rounds, count }) {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) {
      const calls = [];
      for (let i = 0; i < count; i++) calls.push(host.request("echo", payload(i)));
      await Promise.all(calls);
    }
    return { calls_per_s: perSecond(rounds * count, start) };
  },

  /** Messages from the app. */
  async push({ name, size, count }) {
    let arrived = 0;
    let handler;
    const all = new Promise((resolve) => {
      handler = ({ i }) => {
        if (i !== arrived) throw new Error(`${i} in the place of ${arrived}`);
        arrived += 1;
        if (arrived === count) resolve();
      };
    });
    host.on("tick", handler);
    const start = performance.now();
    await host.request("push", { size, count });
    await all;
    host.off("tick", handler);
    return { [`host_to_page_${name}_per_s`]: perSecond(count, start) };
  },

  /** Large payloads there and back. */
  async echoes() {
    const times = 5;
    const results = {};
    const echo = async (name, sent, sizeOf) => {
      const start = performance.now();
      for (let i = 0; i < times; i++) {
        const received = await host.request("echo", sent);
        if (sizeOf(received) !== sizeOf(sent)) throw new Error("an echo of another length");
      }
      results[name] = (performance.now() - start) / times;
    };
    for (const mb of [1, 10]) {
      await echo(`echo_json_${mb}mb_ms`, "x".repeat(mb << 20), (text) => text.length);
      await echo(`echo_bin_${mb}mb_ms`, new Uint8Array(mb << 20), (bytes) => bytes.byteLength);
    }
    return results;
  },
};

let broadcasts = 0;
host.on("bcast", ({ n }) => {
  broadcasts += 1;
  if (broadcasts < n) return;
  broadcasts = 0;
  host.send("bdone");
});
host.handle("ping", () => null);
host.handle("measure", ({ task, order }) => tasks[task](order));
host.send("ready");
