// The page's own script: what a step of the test has it do. `note` is a function of the test.
window.app = (() => {
  const { host } = window;
  const handlers = {}; // by channel and kind, so that a second `on` gives the same one
  const held = []; // what settles the requests that wait
  let controller = new AbortController();

  // What has a number goes as JSON, or as its text in bytes; of 0, there are no bytes at all.
  const goesAsBytes = (number) => number * 37 % 101 % 3 === 0;
  const form = (value, number) => {
    if (!goesAsBytes(number)) return value;
    const text = value === 0 ? "" : JSON.stringify(value);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return number % 2 === 0 ? bytes : bytes.buffer;
  };
  // Gives it away, and has the array for something else at once.
  const give = (value, number, give) => {
    const payload = form(value, number);
    const result = give(payload);
    if (goesAsBytes(number)) new Uint8Array(payload.buffer ?? payload).fill(0);
    return result;
  };
  // JSON as it is, bytes as "b" and their text.
  const brief = (payload) => {
    if (!(payload instanceof Uint8Array)) return JSON.stringify(payload);
    if (payload.length !== payload.buffer.byteLength) throw new Error("a buffer of others");
    return "b" + String.fromCharCode(...payload);
  };
  const valueOf = (payload) => {
    const text = brief(payload);
    return JSON.parse(text[0] === "b" ? text.slice(1) : text);
  };

  const answerTo = (n, kind) =>
    give([n, kind], n + kind.length, (payload) => host.send("re", payload));
  const acts = {
    plain: () => {},
    echo: (_, n) => answerTo(n, "echo"),
    late: async (_, n) => {
      await null;
      answerTo(n, "late");
    },
    later: async (_, n) => {
      for (let i = 0; i < 5; i++) await null;
      answerTo(n, "later");
    },
    throws: () => {
      throw new Error("expected");
    },
    more: (channel) => host.on(channel, handlerOf(channel, "plain")),
    less: (channel) => host.off(channel, handlerOf(channel, "plain")),
  };
  const handlerOf = (channel, kind) =>
    handlers[channel + kind] ??= (payload) => {
      note(`handled ${channel} ${brief(payload)} ${kind}`);
      acts[kind](channel, valueOf(payload));
    };

  const no = () => Object.assign(new Error("no"), { code: "no" });
  const answer = (payload, { signal }) => {
    const [n, mode] = valueOf(payload);
    note(`ran ${n} ${brief(payload)}`);
    if (mode === 0) return form(n, n + 1);
    if (mode === 1) throw no();
    return new Promise((resolve, reject) => {
      held.push(() => {
        note(`settled ${n}`);
        resolve(form(n, n + 1));
      });
      signal.addEventListener("abort", () => {
        note(`settled ${n}`);
        reject(no());
      });
    });
  };
  async function* chunks(payload) {
    const [n, mode] = valueOf(payload);
    note(`ran ${n} ${brief(payload)}`);
    for (let i = 0; i < n % 4; i++) yield form(i, n + i);
    if (mode === 1) throw no();
  }
  let removers = [];

  return {
    on: (channel, kind) => host.on(channel, handlerOf(channel, kind)),
    once: (channel, kind) => host.once(channel, handlerOf(channel, kind)),
    off: (channel, kind) => host.off(channel, handlerOf(channel, kind)),
    send: (n) => give(n, n, (payload) => host.send("up", payload)),
    ask(n) {
      const { signal } = controller;
      give(n, n, (payload) => host.request("ask", payload, { signal })).then(
        (value) => note(`got ${n} ${brief(value)}`),
        (error) => note(`failed ${n} ${error.code}`),
      );
    },
    async read(n, most) {
      const { signal } = controller;
      let count = 0;
      try {
        if (most > 0) {
          const chunks = give(n, n, (payload) => host.stream("feed", payload, { signal }));
          for await (const chunk of chunks) {
            note(`chunk ${n} ${brief(chunk)}`);
            count += 1;
            if (count === most) break;
          }
        }
        note(`got ${n} ${count}`);
      } catch (error) {
        note(`failed ${n} ${error.code}`);
      }
    },
    abort() {
      controller.abort();
      controller = new AbortController();
    },
    sendTo: (windowId, channel, n) =>
      give(n, n, (payload) => host.sendTo(windowId, channel, payload)).then(
        () => note(`told ${n} ok`),
        (error) => note(`told ${n} ${error.code}`),
      ),
    handle() {
      if (removers.length === 0) {
        removers = [host.handle("q", answer), host.handleStream("qs", chunks)];
      }
    },
    unhandle() {
      for (const remove of removers) remove();
      removers = [];
    },
    settle() {
      for (const settle of held.splice(0)) settle();
    },
  };
})();
