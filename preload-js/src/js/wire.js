// This page as the host knows it, and the frames that go to the host.

/** Queued text, in UTF-16 units, beyond which a batch does not wait for the end of the turn. */
const MAX_BATCH_LENGTH = 1024 * 1024;

const keyJson = stringify(key);

let page; // this page's id: 32 hex digits
let expected; // the number of the next frame from the host
let handled; // the number of the last one whose handlers have all been called
let owesAck; // whether the host has to be told of that, even without a frame
let queued; // JSON texts of the frames to send, joined by commas
let count; // how many they are
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
  expected = 1;
  handled = 0;
  owesAck = false;
  queued = "";
  count = 0;
  seq = 1;
  leaves = false;
};

// The envelope is put together as text, where no `toJSON` of the page can change it.
const flush = () => {
  if (count === 0 && !owesAck) return;
  try {
    post(
      '{"key":' + keyJson + ',"page":"' + page + '","seq":' + seq + ',"ack":' + handled +
        ',"frames":[' + queued + "]}",
    );
  } catch (error) {
    report(error); // The frames stay and leave with the next ones.
    return;
  }
  seq += count;
  count = 0;
  queued = "";
  owesAck = false;
};

const endTurn = () => {
  turns -= 1;
  if (turns === 0) flush();
};

/** Sends a frame: what comes after its type, as JSON text. */
const enqueue = (type, fields) => {
  const frame = '{"type":"' + type + '"' + fields + "}";
  queued = count === 0 ? frame : queued + "," + frame;
  count += 1;
  if (leaves || queued.length > MAX_BATCH_LENGTH) {
    flush();
  } else if (turns === 0) {
    turns = 1;
    queueMicrotask(endTurn);
  }
};

const channelField = (channel) => ',"channel":' + stringify(channel);

const payloadField = (text) => ',"payload":' + text;

const callField = (number) => ',"call":' + number;

/** Leaves everything to be posted at once, from now on. */
const leave = () => {
  leaves = true;
  flush();
};
