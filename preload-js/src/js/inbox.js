// Frames from the host, which are handled strictly in order, whenever their bytes arrive.

/** What a batch has whose frames carry no bytes. */
const NO_BYTES = { __proto__: null, isPending: () => false, of: () => undefined };

let expected; // the number of the next frame that is not here yet
let inbox; // queue of the batches that are here and were not begun
let batch; // the one that was begun, if any
let next; // the index of its next frame
let handles = false; // whether `handleFrames` is at it

/** Begins anew, for another page. What waited is nobody's any more. */
const startInbox = () => {
  expected = 1;
  inbox = newQueue();
  batch = undefined;
};

const carryBytes = (frames, first) => {
  for (let i = first; i < frames.length; i++) {
    if (hasOwn(frames[i], "bytes")) return true;
  }
  return false;
};

/** Handles the next frame, unless there is none or it has to wait. Returns whether it did. */
const handleNext = () => {
  if (batch === undefined) {
    if (inbox.isEmpty()) return false;
    batch = inbox.shift();
    next = batch.first;
  }
  const { seq, frames, bytes } = batch;
  const index = next;
  const number = seq + index;
  const frame = frames[index];
  const carries = hasOwn(frame, "bytes");
  if (carries && bytes.isPending()) return false;
  const part = carries ? bytes.of(index) : undefined;
  next += 1;
  if (next === frames.length) batch = undefined;

  if (number > handled + 1) {
    const message = "host frames " + (handled + 1) + " to " + (number - 1) + " are missing";
    tell(coded(Error, "gap", message));
  }
  if (carries && part === undefined) loseReceived(frame, number);
  else act(frame, part);
  handled = number;
  owesAck = true;
  return true;
};

/** Handles all that need not wait. */
const handleFrames = () => {
  if (handles) return;
  handles = true;
  // The turn ends after the microtasks that handlers queue, so that what they send leaves in one
  // batch with the acknowledgement.
  turns += 1;
  try {
    while (handleNext());
  } finally {
    handles = false;
    queueMicrotask(endTurn);
  }
};

/**
 * Takes a batch for this page, of whose frames some or all may have been seen: with the bytes that
 * they carry, or the token by which these can be had.
 */
const receive = (seq, frames, token, body) => {
  const first = expected > seq ? expected - seq : 0;
  if (first < frames.length) {
    expected = seq + frames.length;
    let bytes = NO_BYTES;
    if (body !== undefined) bytes = unpack(body, frames);
    else if (token !== undefined && carryBytes(frames, first)) {
      bytes = download(token, frames, handleFrames);
    }
    inbox.push({ __proto__: null, seq, frames, first, bytes });
  } else {
    owesAck = true;
  }
  handleFrames();
};
