// The page's own script: what a step of the test has it do. `note` is a function of the test.
window.app = (() => {
  const { host } = window;
  const handlers = {}; // by channel and kind, so that a second `on` gives the same one
  const held = []; // what settles the requests that wait
  let controller = new AbortController();

  const acts = {
    plain: () => {},
    echo: (_, n) => host.send("re", [n, "echo"]),
    late: async (_, n) => {
      await null;
      host.send("re", [n, "late"]);
    },
    later: async (_, n) => {
      for (let i = 0; i < 5; i++) await null;
      host.send("re", [n, "later"]);
    },
    throws: () => {
      throw new Error("expected");
    },
    more: (channel) => host.on(channel, handlerOf(channel, "plain")),
    less: (channel) => host.off(channel, handlerOf(channel, "plain")),
  };
  const handlerOf = (channel, kind) =>
    handlers[channel + kind] ??= (n) => {
      note(`handled ${channel} ${n} ${kind}`);
      acts[kind](channel, n);
    };

  const no = () => Object.assign(new Error("no"), { code: "no" });
  const answer = ([n, mode], { signal }) => {
    note(`ran ${n}`);
    if (mode === 0) return n;
    if (mode === 1) throw no();
    return new Promise((resolve, reject) => {
      held.push(() => {
        note(`settled ${n}`);
        resolve(n);
      });
      signal.addEventListener("abort", () => {
        note(`settled ${n}`);
        reject(no());
      });
    });
  };
  async function* chunks([n, mode]) {
    note(`ran ${n}`);
    for (let i = 0; i < n % 4; i++) yield i;
    if (mode === 1) throw no();
  }
  let removers = [];

  return {
    on: (channel, kind) => host.on(channel, handlerOf(channel, kind)),
    once: (channel, kind) => host.once(channel, handlerOf(channel, kind)),
    off: (channel, kind) => host.off(channel, handlerOf(channel, kind)),
    send: (n) => host.send("up", n),
    ask(n) {
      const { signal } = controller;
      host.request("ask", n, { signal }).then(
        (value) => note(`got ${n} ${value}`),
        (error) => note(`failed ${n} ${error.code}`),
      );
    },
    async read(n, most) {
      const { signal } = controller;
      let count = 0;
      try {
        if (most > 0) {
          for await (const chunk of host.stream("feed", n, { signal })) {
            note(`chunk ${n} ${chunk}`);
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
      host.sendTo(windowId, channel, n).then(
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
