// What the functions of `window.host` are given.

/** The longest time a timer takes, in milliseconds; a longer one would be over at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Bytes of `text` in UTF-8; infinitely many if a lone surrogate keeps it from being UTF-8. */
const utf8Length = (text) => {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) {
      bytes += 1;
    } else if (unit < 0x800) {
      bytes += 2;
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes += 3;
    } else {
      const next = unit < 0xdc00 && i + 1 < text.length ? charCodeAt(text, i + 1) : 0;
      if (next < 0xdc00 || next > 0xdfff) return Infinity;
      bytes += 4;
      i += 1;
    }
  }
  return bytes;
};

/** Names of channels and of windows are of the same length. */
const isName = (name) =>
  typeof name === "string" && name !== "" && name.length <= maxChannelBytes &&
  utf8Length(name) <= maxChannelBytes;

const checkName = (channel) => {
  if (isName(channel)) return;
  const message = "a channel is well-formed text of 1 to " + maxChannelBytes + " bytes";
  throw coded(TypeError, "bad-channel", message, channel);
};

/** Whether there are no control characters in `text`: such ids a host takes for nonsense. */
const isPrintable = (text) => {
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return false;
  }
  return true;
};

const checkWindowId = (channel, windowId) => {
  if (isName(windowId) && isPrintable(windowId)) return;
  const message = "a window's id is well-formed text of 1 to " + maxChannelBytes +
    " bytes without control characters";
  throw coded(TypeError, "bad-window-id", message, channel);
};

const covers = (entry, channel) =>
  endsWith(entry, "*") ? startsWith(channel, slice(entry, 0, -1)) : entry === channel;

/** Throws unless the list, if there is one, has the channel; `use` says what for. */
const checkAllowed = (list, use, channel) => {
  if (list === null) return;
  for (let i = 0; i < list.length; i++) {
    if (covers(list[i], channel)) return;
  }
  const message = "this window may not " + use + ' on the channel "' + channel + '"';
  throw coded(Error, "channel-not-allowed", message, channel);
};

const checkReceive = (channel) => {
  checkName(channel);
  checkAllowed(receiveChannels, "receive", channel);
};

/** Listening, by `checkReceive`, is all that a reserved channel is for. */
const checkReserved = (channel) => {
  if (includes(reserved, channel)) {
    const message = 'the channel "' + channel + '" belongs to the system';
    throw coded(Error, "reserved-channel", message, channel);
  }
};

let checked; // the channel that was found good to send on last: most calls come for it again

const checkSend = (channel) => {
  if (checked !== undefined && channel === checked) return;
  checkName(channel);
  checkReserved(channel);
  checkAllowed(sendChannels, "send", channel);
  checked = channel;
};

const checkHandler = (channel, handler) => {
  if (typeof handler !== "function") {
    throw coded(TypeError, "bad-handler", "a handler is a function", channel);
  }
};

/** Reads the options of a call, once. May run code of the page: getters. */
const readOptions = (channel, options) => {
  let timeoutMs;
  let signal;
  if (options === undefined) return { __proto__: null, timeoutMs, signal };
  const bad = (message, cause) =>
    coded(TypeError, "bad-options", message, channel, cause && { __proto__: null, cause });
  if (typeof options !== "object" || options === null) throw bad("options are an object");
  try {
    ({ timeoutMs, signal } = options);
    // Throws for everything that is not a signal.
    if (signal !== undefined) isAborted(signal);
  } catch (cause) {
    throw bad("the options cannot be read, or their signal is none", cause);
  }
  const isTimeout = typeof timeoutMs === "number" && timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS;
  if (timeoutMs !== undefined && !isTimeout) {
    throw bad("timeoutMs is a number from 0 to " + MAX_TIMEOUT_MS);
  }
  return { __proto__: null, timeoutMs, signal };
};

/**
 * The payload's JSON text, or the bytes that it is, within the limit. May run code of the
 * page: getters, `toJSON`.
 */
const encode = (channel, payload) => {
  if (payload === undefined) return "null";
  const bytes = readBytes(channel, payload);
  if (bytes !== undefined) return bytes;
  let text;
  try {
    text = stringify(payload);
  } catch (cause) {
    const message = "the payload cannot be written as JSON";
    throw coded(TypeError, "bad-payload", message, channel, { __proto__: null, cause });
  }
  if (text === undefined || !isWellFormed(text)) {
    throw coded(TypeError, "bad-payload", "the payload is not JSON data", channel);
  }
  // A UTF-16 unit takes one to three bytes, so most payloads need no counting.
  if (
    text.length > maxPayloadBytes ||
    (text.length * 3 > maxPayloadBytes && utf8Length(text) > maxPayloadBytes)
  ) {
    throw payloadTooLarge(channel);
  }
  return text;
};
