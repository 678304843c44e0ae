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

/** Throws `code` unless `name` can be that of a channel or a window; the rest says which. */
const checkText = (name, code, it, noun, channel) => {
  const bad = (message) => coded(TypeError, code, message, channel);
  if (typeof name !== "string") throw bad(it + " must be a string, not " + shown(name));
  const bytes = utf8Length(name);
  if (bytes === Infinity) throw bad(it + " must be a string, not one with lone surrogates");
  if (bytes > 0 && bytes <= maxChannelBytes) return;
  throw bad(noun + " has 1 to " + maxChannelBytes + " bytes, this one has " + bytes);
};

const checkName = (channel) =>
  checkText(channel, "bad-channel", "the channel", "a channel name", channel);

/** Whether there are no control characters in `text`: such ids a host takes for nonsense. */
const isPrintable = (text) => {
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return false;
  }
  return true;
};

const checkWindowId = (channel, windowId) => {
  checkText(windowId, "bad-window-id", "the window id", "a window id", channel);
  if (isPrintable(windowId)) return;
  throw coded(TypeError, "bad-window-id", "a window id has no control characters", channel);
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
    const message = "the handler must be a function, not " + shown(handler);
    throw coded(TypeError, "bad-handler", message, channel);
  }
};

/** Throws at the first of the options' names that is not in `known`. */
const checkNames = (names, known, bad) => {
  for (let i = 0; i < names.length; i++) {
    if (includes(known, names[i])) continue;
    let expected = "";
    for (let k = 0; k < known.length; k++) expected += (k === 0 ? "`" : ", `") + known[k] + "`";
    throw bad("unknown option `" + names[i] + "`, expected one of " + expected);
  }
};

const isSignal = (value) => {
  try {
    isAborted(value); // Throws for everything that is not a signal.
    return true;
  } catch {
    return false;
  }
};

/**
 * Reads the options of a call, once; there are those in `known`. May run code of the page: getters.
 */
const readOptions = (channel, options, known) => {
  let names;
  let timeoutMs;
  let signal;
  if (options === undefined) return { __proto__: null, timeoutMs, signal };
  const bad = (message, cause) =>
    coded(TypeError, "bad-options", message, channel, cause && { __proto__: null, cause });
  if (typeof options !== "object" || options === null || isArray(options)) {
    throw bad("the options must be an object, not " + shown(options));
  }
  try {
    names = keys(options);
    ({ timeoutMs, signal } = options);
  } catch (cause) {
    throw bad("the options cannot be read, since code in them threw an error", cause);
  }
  checkNames(names, known, bad);
  if (signal !== undefined && !isSignal(signal)) {
    throw bad("option `signal` must be an AbortSignal, not " + shown(signal));
  }
  const isTimeout = typeof timeoutMs === "number" && timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS;
  if (timeoutMs !== undefined && !isTimeout) {
    throw bad(
      "option `timeoutMs` must be a number from 0 to " + MAX_TIMEOUT_MS + ", not " + shown(timeoutMs),
    );
  }
  return { __proto__: null, timeoutMs, signal };
};

const { mayBeUnfit, whyUnfit } = unfitWith({
  __proto__: null,
  arrayPrototype,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  includes: stringIncludes,
  isArray,
  isNode(value) {
    try {
      nodeType(value); // Throws for everything that is no node.
      return true;
    } catch {
      return false;
    }
  },
  isView,
  keys,
  objectPrototype,
  stringify,
  tagOf: (value) => slice(tagOf(value), 8, -1), // "[object Map]"
});

const badPayload = (channel, reason, options) => {
  const message = 'the payload on "' + channel + '" cannot be sent: ' + reason;
  return coded(TypeError, "bad-payload", message, channel, options);
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
    const reason = whyUnfit(payload) ?? "code in it threw " + (textOf(cause, "message") ?? "an error");
    throw badPayload(channel, reason, { __proto__: null, cause });
  }
  if (text === undefined) {
    throw badPayload(channel, whyUnfit(payload) ?? "its toJSON() returns nothing");
  }
  if (!isWellFormed(text)) {
    throw badPayload(channel, "its JSON has half of a character in it, a lone surrogate");
  }
  const reason = mayBeUnfit(payload, text) ? whyUnfit(payload) : undefined;
  if (reason !== undefined) throw badPayload(channel, reason);
  // A UTF-16 unit takes one to three bytes, so most payloads need no counting.
  if (
    text.length > maxPayloadBytes ||
    (text.length * 3 > maxPayloadBytes && utf8Length(text) > maxPayloadBytes)
  ) {
    throw payloadTooLarge(channel);
  }
  return text;
};
