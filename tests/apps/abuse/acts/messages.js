// `window.host`, as fast and as big as it goes.

const quietly = (promise) => promise.catch(() => {});
/** From one to about `most`, with as many small ones as great ones. */
const sized = (share, most) => Math.floor(most ** share);

const sendText = (most) => ([a, b]) => {
  for (let n = 0; n < 1 + b * 8; n++) host.send("text", "x".repeat(sized(a, most)));
};
const sendBytes = (most) => ([a, b]) => {
  for (let n = 0; n < 1 + b * 6; n++) host.send("bytes", new Uint8Array(sized(a, most)));
};
// Names that a table of h * 263 + c puts in one place.
const sendKeys = (mostBits) => ([a]) => {
  const object = {};
  const bits = Math.floor(4 + a * (mostBits - 3.01));
  for (let n = 0; n < 2 ** bits; n++) {
    let name = "";
    for (let bit = 0; bit < bits; bit++) name += n >> bit & 1 ? "\u03ff\u0507" : "\u0400\u0400";
    object[name] = 1;
  }
  host.send("keys", object);
};
const sendLists = (most) => ([a]) => host.send("lists", Array.from({ length: sized(a, most) }, () => []));

Object.assign(acts, {
  "send-flood": ([a, b]) => {
    for (let n = 0; n < a * 300_000; n++) host.send(`flood-${n % Math.ceil(b * 10)}`, n);
  },
  "send-text": sendText(1e7),
  "send-bytes": sendBytes(1e7),
  "send-keys": sendKeys(12),
  "send-lists": sendLists(1e5),
  "large-text": sendText(6e7),
  "large-bytes": sendBytes(6e7),
  "large-keys": sendKeys(16),
  "large-lists": sendLists(1e6),
  "send-deep": ([a]) => {
    let value = 1;
    for (let n = 0; n < a * 300; n++) value = { value };
    host.send("deep".repeat(a * 70), value);
  },
  "call-flood": ([a]) => {
    for (let n = 0; n < a * 6_000; n++) quietly(host.request(n % 2 ? "echo" : `nobody-${n}`, "x".repeat(a * 1_000)));
  },
  "stream-flood": ([a]) => {
    const streams = Array.from({ length: a * 500 }, () => host.stream("rows"));
    for (const stream of streams) quietly(stream.next());
    setTimeout(() => streams.forEach((stream) => quietly(stream.return())), 1_000);
  },
  "send-to-others": ([a]) => {
    for (let n = 0; n < a * 3_000; n++) quietly(host.sendTo(["victim", "attacker-0", "attacker-1"][n % 3], "other", n));
  },
  "listen-flood": ([a]) => {
    for (let n = 0; n < a * 6_000; n++) host.on(`heard-${n}`, () => {});
  },
});
