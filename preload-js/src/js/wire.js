// This page as the host knows it, and the frames that go to the host.

/**
 * Queued text, in UTF-16 units, and bytes, beyond which a batch does not wait for the end of the
 * turn.
 */
const MAX_BATCH_LENGTH = 128 * 1024;

/** The length of text from which an upload takes less time than a message, in UTF-16 units. */
const LONG_TEXT = 256 * 1024;

const keyJson = stringify(key);

let page; // this page's id: 32 hex digits
let socket; // the function that sends over this page's socket, if it has one
let handled; // the number of the last host frame whose handlers have all been called
let owesAck; // whether the host has to be told of that, even without a frame
let lost; // numbers of the host's messages whose bytes did not come, joined by commas
let queued; // JSON texts of the frames to send, joined by commas
let runChannel; // the channel of the messages that come after these frames, in a run
let runPayloads; // JSON texts of their payloads, joined by commas
let runLength; // how many they are
let count; // how many frames and messages of the run are to be sent
let attached; // Map of those that carry bytes, in order; where they are in `queued`
let attachedSize; // how many bytes they carry
let seq; // the number of the first of them
let leaves; // whether the page is being left, when there may be no end of the turn
let turns = 0; // how many calls of `endTurn` are to come: the last of them posts

const newPageId = () => {
  const digits = "0123456789abcdef";
  const bytes = fillRandom(new Uint8Array(16));
  let id = "";
  for (let i = 0; i < 16; i++) id += digits[bytes[i] >> 4] + digits[bytes[i] & 15];
  return id;
};

/** Numbers anew, as another page. What was queued for the host is nobody's any more. */
const startWire = () => {
  page = newPageId();
  socket = connect?.(accept);
  handled = 0;
  seq = 1;
  leaves = false;
  startBatch();
};

const startBatch = () => {
  queued = "";
  runPayloads = "";
  runLength = 0;
  count = 0;
  attached = new Map();
  attachedSize = 0;
  owesAck = false;
  lost = "";
};

// The envelope is put together as text, where no `toJSON` of the page can change it.
const envelope = () =>
  '{"key":' + keyJson + ',"page":"' + page + '","seq":' + seq + ',"ack":' + handled +
  (lost === "" ? "" : ',"lost":[' + lost + "]") + ',"frames":[' + queued + "]}";

const endBatch = () => {
  seq += count;
  startBatch();
};

/**
 * Takes the frames that carry bytes out of the queue, and returns them. In the place of those that
 * answer calls of the app there are errors: no call has two, since its next chunk is made later than
 * the batch leaves.
 */
const detach = () => {
  const frames = attached;
  const text = queued;
  let from = 0; // where in it the frames begin that were not looked at
  queued = "";
  count -= mapSize(frames);
  attached = new Map();
  attachedSize = 0;
  const keep = (stays) => {
    queued = queued === "" ? stays : queued + "," + stays;
  };
  mapForEach(frames, ({ type, channel, call, start, end }) => {
    if (start > from) keep(slice(text, from, start - 1));
    from = end + 1;
    if (type !== "chunk" && type !== "result") return;
    keep(frameOf("error", callField(call) + errorField(transferFailed(channel))));
    count += 1;
  });
  if (from < text.length) keep(slice(text, from));
  return frames;
};

const flush = () => {
  if (count === 0 && !owesAck || !hasWay()) return;
  endRun();
  if (socket) {
    socket(envelope(), joinBytes(attached, attachedSize));
    endBatch();
    return;
  }
  let unsent;
  if (mapSize(attached) > 0 || queued.length > LONG_TEXT) {
    if (upload(envelope(), attached, attachedSize)) {
      endBatch();
      return;
    }
    unsent = detach();
  }
  if (count > 0 || owesAck) {
    try {
      post(envelope());
      endBatch();
    } catch (error) {
      showError(error); // The frames stay and leave with the next ones.
    }
  }
  if (unsent !== undefined) mapForEach(unsent, loseSent);
};

const endTurn = () => {
  turns -= 1;
  if (turns === 0) flush();
};

const frameOf = (type, fields) => '{"type":"' + type + '"' + fields + "}";

const push = (frame) => {
  queued = queued === "" ? frame : queued + "," + frame;
};

/** Makes one frame of the messages of the run. */
const endRun = () => {
  if (runLength === 0) return;
  const channel = channelField(runChannel);
  push(
    runLength === 1
      ? frameOf("message", channel + ',"payload":' + runPayloads)
      : frameOf("messages", channel + ',"payloads":[' + runPayloads + "]"),
  );
  runPayloads = "";
  runLength = 0;
};

const append = (frame) => {
  endRun();
  push(frame);
  count += 1;
};

const leaveInTime = () => {
  const length = queued.length + runPayloads.length + attachedSize;
  if (leaves || length > MAX_BATCH_LENGTH) {
    flush();
  } else if (turns === 0) {
    turns = 1;
    queueMicrotask(endTurn);
  }
};

/** Sends a frame: what comes after its type, as JSON text. */
const enqueue = (type, fields) => {
  append(frameOf(type, fields));
  leaveInTime();
};

/** Sends a message, whose payload is JSON text. Those on one channel that follow each other are a run. */
const enqueueMessage = (channel, payload) => {
  if (runLength > 0 && runChannel === channel) {
    runPayloads += "," + payload;
  } else {
    endRun();
    runChannel = channel;
    runPayloads = payload;
  }
  runLength += 1;
  count += 1;
  leaveInTime();
};

/** Sends a frame with a payload, as `encode` gave it, on a channel and perhaps of a call. */
const enqueuePayload = (type, fields, payload, channel, call) => {
  if (typeof payload === "string") {
    enqueue(type, fields + ',"payload":' + payload);
    return;
  }
  const size = byteLength(payload);
  const frame = frameOf(type, fields + ',"bytes":' + size);
  append(frame);
  const end = queued.length;
  const start = end - frame.length;
  mapSet(attached, start, { __proto__: null, type, channel, call, start, end, bytes: payload });
  attachedSize += size;
  leaveInTime();
};

const channelField = (channel) => ',"channel":' + stringify(channel);

const callField = (number) => ',"call":' + number;

const errorField = (error) => readErrorField(readThrown(error));

/** The same of what was read of an error. */
const readErrorField = (read) => ',"error":' + describe(read);

/** Leaves everything to be posted at once, from now on. */
const leave = () => {
  leaves = true;
  flush();
};
