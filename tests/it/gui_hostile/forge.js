// What code can do to reach the app where it has no `window.host`: in frames, popups and workers.

/** Does it all, and tells what it saw. */
async function forge() {
  const native = globalThis.webkit?.messageHandlers?.ipc ?? globalThis.webkit?.messageHandlers?.host ??
    globalThis.ipc;
  const batch = (key) =>
    JSON.stringify({
      key, page: "f".repeat(32), seq: 1, ack: 0,
      frames: [
        { type: "hello" },
        { type: "message", channel: "forged", payload: globalThis.name },
        { type: "message", channel: "close", payload: null },
      ],
    });
  const keys = ["", "undefined", "0".repeat(32)];
  for (const key of keys) native?.postMessage(batch(key));
  const form = new FormData();
  form.set("a", new Blob(["b"]));
  const bodies = [batch(""), new Blob([batch("")]), form];
  const requests = [];
  for (const body of bodies) {
    for (const init of [{ mode: "no-cors" }, { headers: { "x-host-key": "0".repeat(32) } }]) {
      const answer = fetch("app://localhost/.host/frames", { method: "POST", body, ...init });
      requests.push(await answer.then(({ type, status }) => `${type} ${status}`, ({ name }) => name));
    }
  }
  return {
    origin: globalThis.origin,
    host: typeof globalThis.host,
    deliver: typeof globalThis.__hostDeliver,
    posted: native === undefined ? 0 : keys.length,
    accepted: requests.filter((answer) => / 2/.test(answer)).length,
  };
}
