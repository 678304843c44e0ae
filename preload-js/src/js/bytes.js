// Bytes: payloads that are not JSON, and the requests that carry them beside the batches.

/** Where a batch with bytes goes. */
const UPLOAD_URL = origin + "/.host/frames";

/** Where the bytes of a batch are, when its token is appended. */
const DOWNLOAD_URL = origin + "/.host/bytes/";

/** How long after a request that broke off they are asked for again, in milliseconds. */
const RETRY_MS = 20;

/** How often they are asked for: a policy of the page may forbid it, and does so every time. */
const MAX_ATTEMPTS = 5;

/**
 * The same while the page is being left, when every request breaks off. However long that takes, the
 * next page gets them, unless none comes within half a minute.
 */
const MAX_ATTEMPTS_LEAVING = 1500;

let isBeingLeft = false; // or was to be: the page may stay after all

const expectToLeave = () => {
  isBeingLeft = true;
};

const transferFailed = (channel) =>
  coded(Error, "transfer-failed", 'bytes on "' + channel + '" could not be transferred', channel);

const payloadTooLarge = (channel) => {
  const message = "the payload is over " + maxPayloadBytes + " bytes";
  return coded(Error, "payload-too-large", message, channel);
};

const isBuffer = (object) => {
  try {
    // Only an exception tells that something is no buffer. It is too slow for every plain object,
    // and a buffer that was given such a prototype is sent as what it was made to look like.
    const prototype = getPrototypeOf(object);
    if (prototype === objectPrototype || prototype === arrayPrototype) return false;
    bufferLength(object);
    return true;
  } catch {
    return false;
  }
};

/**
 * The bytes that a payload is, within the limit; undefined for one that is none. They are a copy,
 * unless they are so many that the batch leaves with them at once.
 */
const readBytes = (channel, payload) => {
  if (typeof payload !== "object" || payload === null) return undefined;
  const isArray = viewName(payload) === "Uint8Array";
  if (!isArray) {
    if (isView(payload)) {
      throw badPayload(channel, whyUnfit(payload) ?? "it is a view other than a Uint8Array");
    }
    if (!isBuffer(payload)) return undefined;
  }
  const size = isArray ? byteLength(payload) : bufferLength(payload);
  if (size > maxPayloadBytes) throw payloadTooLarge(channel);
  try {
    const bytes = isArray ? payload : new Uint8Array(payload);
    if (size > MAX_BATCH_LENGTH) return bytes;
    const copy = new Uint8Array(size);
    // Throws for what is detached or out of bounds, which has a length of 0.
    setBytes(copy, bytes);
    return copy;
  } catch (cause) {
    throw badPayload(channel, "its bytes cannot be read", { __proto__: null, cause });
  }
};

/** Copies the bytes of frames into `target`, from `end` on. */
const copyBytes = (attached, target, end) => {
  mapForEach(attached, ({ bytes }) => {
    setBytes(target, bytes, end);
    end += byteLength(bytes);
  });
};

/**
 * The `size` bytes of frames, one after another; undefined when there are no such frames. It is a copy:
 * what WebKit's own interface has read can be transferred no more.
 */
const joinBytes = (attached, size) => {
  if (mapSize(attached) === 0) return undefined;
  const joined = new Uint8Array(size);
  copyBytes(attached, joined, 0);
  return joined;
};

/**
 * Hands the host a batch with the `size` bytes of its frames, and returns whether it took it. This
 * is synchronous: so batches keep their order, and none is on its way when the page goes.
 */
const upload = (text, attached, size) => {
  try {
    const json = utf8Of(text);
    const length = byteLength(json);
    const body = new Uint8Array(4 + length + size);
    for (let i = 0; i < 4; i++) body[i] = length >>> (8 * i);
    setBytes(body, json, 4);
    copyBytes(attached, body, 4 + length);
    const request = new XMLHttpRequest();
    openRequest(request, "POST", UPLOAD_URL, false);
    setHeader(request, "x-host-key", key);
    sendRequest(request, body);
    return statusOf(request) === 204;
  } catch {
    return false; // by a policy of the page, say, or since it is being left
  }
};

/**
 * The bytes of each frame, each in a buffer of its own, which may be `body` if that `isFree`: a Map by
 * the frame's index.
 */
const splitBytes = (body, isFree, frames) => {
  const total = bufferLength(body);
  const parts = new Map();
  let end = 0;
  for (let i = 0; i < frames.length; i++) {
    if (!hasOwn(frames[i], "bytes")) continue;
    const size = frames[i].bytes;
    let part;
    if (isFree && size > 0 && size === total) {
      part = new Uint8Array(body);
    } else {
      part = new Uint8Array(size);
      setBytes(part, new Uint8Array(body, end, size));
    }
    mapSet(parts, i, part);
    end += size;
  }
  return end === total ? parts : undefined;
};

/** The bytes of `frames` that came with them, in a buffer that WebKit's own interface has written. */
const unpack = (body, frames) => {
  let parts;
  try {
    parts = splitBytes(body, false, frames);
  } catch {
    // There are fewer than the frames have.
  }
  return { __proto__: null, isPending: () => false, of: (index) => parts && mapGet(parts, index) };
};

/**
 * Gets the bytes of `frames`, and calls `onEnd` when they are there or are known to be lost. A page
 * that is to be replaced loses its requests at once, and goes on until the next one is there; so a
 * request that breaks off is made again.
 */
const download = (token, frames, onEnd) => {
  let isPending = true;
  let attempts = 0;
  let parts;
  const end = () => {
    isPending = false;
    onEnd();
  };
  const ask = () => {
    attempts += 1;
    let hasAnswer = false;
    try {
      const request = new XMLHttpRequest();
      const listener = (event) => {
        // While handlers run, the page has the request too, from `window.event`: it counts once.
        if (!event.isTrusted || hasAnswer) return;
        hasAnswer = true;
        const status = statusOf(request);
        if (status !== 0) isBeingLeft = false;
        const most = isBeingLeft ? MAX_ATTEMPTS_LEAVING : MAX_ATTEMPTS;
        if (status === 0 && attempts < most) {
          setTimeout(ask, RETRY_MS);
          return;
        }
        try {
          if (status === 200) parts = splitBytes(responseOf(request), true, frames);
        } catch {
          // There is no response, or it is too short.
        }
        end();
      };
      addListener(request, "loadend", listener, false);
      openRequest(request, "GET", DOWNLOAD_URL + token, true);
      setResponseType(request, "arraybuffer");
      sendRequest(request);
    } catch {
      end();
    }
  };
  ask();
  return {
    __proto__: null,
    isPending: () => isPending,
    /** The bytes of the frame with this index; undefined when they are lost. */
    of: (index) => parts && mapGet(parts, index),
  };
};
