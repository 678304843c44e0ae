// Past `window.host`: values of all kinds, and texts of any length, straight to the webview.

const post = (value) => {
  try {
    (window.webkit?.messageHandlers?.ipc ?? window.ipc)?.postMessage(value);
  } catch {
    // The webview itself takes no such value.
  }
};
const levels = (count, inner) => {
  let value = inner;
  for (let n = 0; n < count; n++) value = [value];
  return value;
};

Object.assign(acts, {
  "post-objects": ([a]) => {
    const throwing = { get toString() { throw new Error("no"); } };
    const values = [
      { toString: 1 },
      [{ toString: 1, valueOf: 2 }],
      throwing,
      Object.create(null),
      new Proxy({}, { get() { throw new Error("no"); } }),
      new Map([[{}, { toString: 1 }]]),
      new Date(NaN),
      10n ** 100n,
      new Uint8Array(1e6),
      new Error("x"),
      /x/,
      [, , null, undefined, NaN],
      document.body,
      window,
    ];
    for (let n = 0; n < 20; n++) post(values[(Math.floor(a * 100) + n) % values.length]);
  },
  // Few cells, and 2 to the power of as many leaves.
  "post-shared": ([a]) => {
    let value = ["x"];
    for (let n = 0; n < 10 + a * 50; n++) value = [value, value];
    post(value);
  },
  "post-deep": ([a]) => post(levels(Math.floor(a * 40_000), "x")),
  // As one text it would be longer than any can be.
  "post-join": ([a]) => post(new Array(Math.ceil(a * 4_096)).fill(["x".repeat(1e6)])),
  "post-text": ([a, b]) => {
    const text = (b < 0.5 ? "x" : "\u2028").repeat(a * 5e7);
    for (let n = 0; n < 5; n++) post(text);
  },
  "post-numbers": ([a]) => {
    for (let n = 0; n < 5; n++) post({ a: new Array(Math.ceil(a * 1e6)).fill(1) });
  },
  "post-flood": ([a]) => {
    for (let n = 0; n < a * 100_000; n++) post("x");
  },
});
