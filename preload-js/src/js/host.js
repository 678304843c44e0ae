// `window.host` itself, described in host.d.ts, and how the host and the window call this script.

const startPage = () => {
  startWire();
  startInbox();
  enqueue("hello", "");
  announceAll();
  flush();
  if (!hasWay()) meetBridge();
};

/**
 * Acts on a frame, with the bytes that it carries, if any. Only what its type has is read: the rest
 * would be looked up on a prototype.
 */
const act = (frame, bytes) => {
  switch (frame.type) {
    case "message":
      return takeMessage(frame.channel, bytes ?? frame.payload);
    case "relay":
      return takeRelay(frame.from, frame.channel, bytes ?? frame.payload);
    case "refused":
      return tell(coded(Error, frame.code, frame.message, frame.channel), true);
    case "request":
    case "stream":
      return takeCall(frame.type, frame.call, frame.channel, bytes ?? frame.payload);
    case "pull":
      return takePull(frame.call, frame.count);
    case "cancel":
      return takeCancel(frame.call);
    case "chunk":
      return takeChunk(frame.call, bytes ?? frame.payload);
    case "result":
      return takeResult(frame.call, bytes ?? frame.payload);
    case "error":
      return takeError(frame.call, frame.error);
  }
};

/** Takes a batch, and the bytes that came with it, if any. */
const take = (json, body) => {
  const batch = parse(json);
  if (batch.page !== page) return; // for a page that this window showed earlier
  receive(batch.seq, batch.frames, hasOwn(batch, "bytes") ? batch.bytes : undefined, body);
};

/** The same of whoever knows the key. */
const deliver = (givenKey, json) => {
  if (givenKey === key) take(json);
};

/** The same over the socket. */
const accept = (json, body) => {
  // The page has been left, and what it does is nobody's: the next one gets this.
  if (leaves) return;
  try {
    take(json, body);
  } finally {
    runMicrotasks();
  }
};

whenWindow("load", setLoaded);

whenWindow("beforeunload", expectToLeave);
whenWindow("pagehide", leave);

// A page that comes back from the back/forward cache keeps its state, while the host has moved
// on: to the host it is a new page.
whenWindow("pageshow", (event) => {
  if (!isPersisted(event)) return;
  startPage();
  dropCalls();
  dropAnswers();
});

const host = {
  send: freeze(send),
  on: freeze(on),
  once: freeze(once),
  off: freeze(off),
  request: freeze(request),
  handle: freeze(handle),
  stream: freeze(stream),
  handleStream: freeze(handleStream),
  sendTo: freeze(sendTo),
};

whenWindow("load", () => {
  if (!hasWay()) showError(new Error("window.host: this webview takes no messages"));
});

defineProperty(window, "__hostDeliver", { __proto__: null, value: freeze(deliver) });
defineProperty(window, "host", { __proto__: null, value: freeze(host), enumerable: true });
startPage();
