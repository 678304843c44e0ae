// Gives the page `window.host`. One call of the function below, at document start, in the page's
// main world, before any script of the page; `config` is what `Config` in preload.rs holds.
//
// The page is not trusted, and may replace anything that can be replaced once it runs. So all
// that is needed later is captured first, nothing is looked up on a prototype (no array methods,
// spread, `for...of`; no template literals, since QuickJS calls `concat` for them), no property
// of an object is set by assignment, descriptors inherit nothing, and the key and the page's id
// stay in variables that only this closure sees.
(function (config) {
  "use strict";

  const { crypto, Error, JSON, Map, Object, queueMicrotask, Set, String, TypeError, Uint8Array } =
    window;
  const { defineProperty, freeze, getOwnPropertyDescriptor } = Object;
  const { parse, stringify } = JSON;

  // This document has its host. Only an own property counts: not an element named "host".
  if (getOwnPropertyDescriptor(window, "host") !== undefined) return;

  // The engine's own object where there is one: the wrapper `window.ipc` looks it up again at
  // each call, when the page may have put another function there.
  const native = window.webkit?.messageHandlers?.ipc ?? window.chrome?.webview ?? window.ipc;
  if (!native) throw new Error("window.host: this webview takes no messages");

  const { bind, call } = Function.prototype;
  /** `method` for good as a method of `receiver`. */
  const bound = call.bind(bind);
  /** `method` as a function of its receiver and arguments. */
  const uncurry = (method) => bound(call, method);
  const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);

  const post = bound(native.postMessage, native);
  const fillRandom = bound(crypto.getRandomValues, crypto);
  const report = window.reportError ?? window.console.error;
  const isPersisted = getter(window.PageTransitionEvent.prototype, "persisted");
  const includes = uncurry(window.Array.prototype.includes);
  const mapDelete = uncurry(Map.prototype.delete);
  const mapForEach = uncurry(Map.prototype.forEach);
  const mapGet = uncurry(Map.prototype.get);
  const mapHas = uncurry(Map.prototype.has);
  const mapSet = uncurry(Map.prototype.set);
  const mapSize = getter(Map.prototype, "size");
  const setAdd = uncurry(Set.prototype.add);
  const setHas = uncurry(Set.prototype.has);
  const charCodeAt = uncurry(String.prototype.charCodeAt);
  const endsWith = uncurry(String.prototype.endsWith);
  const slice = uncurry(String.prototype.slice);
  const startsWith = uncurry(String.prototype.startsWith);
  // Every engine with `JSON.rawJSON`, the only source of ill-formed JSON text, has this one too.
  const isWellFormed = String.prototype.isWellFormed
    ? uncurry(String.prototype.isWellFormed)
    : () => true;

  const { key, reserved, channels, maxChannelBytes, maxPayloadBytes } = config;
  const keyJson = stringify(key);

  /** Queued text, in UTF-16 units, beyond which a batch does not wait for the end of the turn. */
  const MAX_BATCH_LENGTH = 1024 * 1024;

  // ---- Errors

  /** An error of `Class` with `code` and `channel`, not yet thrown. */
  const coded = (Class, code, message, channel, options) => {
    const error = new Class("window.host: " + message, options);
    defineProperty(error, "code", { __proto__: null, value: code, enumerable: true });
    defineProperty(error, "channel", { __proto__: null, value: channel, enumerable: true });
    return error;
  };

  // ---- Checks

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

  const checkName = (channel) => {
    if (
      typeof channel !== "string" || channel === "" || channel.length > maxChannelBytes ||
      utf8Length(channel) > maxChannelBytes
    ) {
      const message = "a channel is well-formed text of 1 to " + maxChannelBytes + " bytes";
      throw coded(TypeError, "bad-channel", message, channel);
    }
  };

  const covers = (entry, channel) =>
    endsWith(entry, "*") ? startsWith(channel, slice(entry, 0, -1)) : entry === channel;

  const checkAllowed = (channel) => {
    if (channels === null) return;
    for (let i = 0; i < channels.length; i++) {
      if (covers(channels[i], channel)) return;
    }
    const message = 'this window may not use the channel "' + channel + '"';
    throw coded(Error, "channel-not-allowed", message, channel);
  };

  /** The payload's JSON text, within the limit. May run code of the page: getters, `toJSON`. */
  const encode = (channel, payload) => {
    if (payload === undefined) return "null";
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
      const message = "the payload is over " + maxPayloadBytes + " bytes of JSON";
      throw coded(Error, "payload-too-large", message, channel);
    }
    return text;
  };

  // ---- This page, and the frames it sends

  const handlers = new Map(); // channel → Map of handler → { number, once } of its registration
  let registrations = 0;

  let page; // this page's id: 32 hex digits
  let heard; // Set of the channels that the host was told of
  let expected; // the number of the next frame from the host
  let queued; // JSON texts of the frames to send, joined by commas
  let count; // how many they are
  let seq; // the number of the first of them
  let handled; // the number of the last frame from the host whose handlers have all been called
  let owesAck; // whether the host has to be told of it, even without a frame
  let leaves; // whether the page is being left, when there may be no end of the turn
  let turns = 0; // how many calls of `endTurn` are to come: the last of them posts

  const newPageId = () => {
    const digits = "0123456789abcdef";
    const bytes = fillRandom(new Uint8Array(16));
    let id = "";
    for (let i = 0; i < 16; i++) id += digits[bytes[i] >> 4] + digits[bytes[i] & 15];
    return id;
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

  const enqueue = (frame) => {
    queued = count === 0 ? frame : queued + "," + frame;
    count += 1;
    if (leaves || queued.length > MAX_BATCH_LENGTH) {
      flush();
    } else if (turns === 0) {
      turns = 1;
      queueMicrotask(endTurn);
    }
  };

  const announce = (channel) => {
    if (setHas(heard, channel)) return;
    setAdd(heard, channel);
    enqueue('{"type":"listen","channel":' + stringify(channel) + "}");
  };

  const startPage = () => {
    page = newPageId();
    heard = new Set();
    expected = 1;
    queued = "";
    count = 0;
    seq = 1;
    handled = 0;
    owesAck = false;
    leaves = false;
    enqueue('{"type":"hello"}');
    mapForEach(handlers, (_, channel) => announce(channel));
    flush();
  };

  // ---- Frames from the host

  const dispatch = (channel, payload) => {
    const registered = mapGet(handlers, channel);
    if (registered === undefined) return;
    // Later registrations, made by these handlers, have higher numbers: not for this message.
    const last = registrations;
    mapForEach(registered, ({ number, once }, handler) => {
      if (number > last) return;
      if (once) off(channel, handler);
      try {
        handler(payload);
      } catch (error) {
        report(error);
      }
    });
  };

  const take = (number, frame) => {
    if (number < expected) return; // seen already
    if (number > expected) {
      const message = "host frames " + expected + " to " + (number - 1) + " are missing";
      report(coded(Error, "gap", message));
    }
    expected = number + 1;
    // Only what this type of frame has: the rest would be looked up on the prototype.
    if (frame.type === "message") {
      dispatch(frame.channel, frame.payload);
    } else if (frame.type === "refused") {
      report(coded(Error, frame.code, frame.message, frame.channel));
    }
    handled = number;
  };

  const deliver = (givenKey, json) => {
    if (givenKey !== key) return;
    const batch = parse(json);
    if (batch.page !== page) return; // for a page that this window showed earlier
    // The turn ends after the microtasks that handlers queue, so that what they send leaves in one
    // batch with the acknowledgement.
    turns += 1;
    try {
      for (let i = 0; i < batch.frames.length; i++) take(batch.seq + i, batch.frames[i]);
    } finally {
      owesAck = true;
      queueMicrotask(endTurn);
    }
  };

  // ---- window.host, described in host.d.ts

  const send = (channel, payload) => {
    checkName(channel);
    if (includes(reserved, channel)) {
      const message = 'the channel "' + channel + '" belongs to the system';
      throw coded(Error, "reserved-channel", message, channel);
    }
    checkAllowed(channel);
    const text = encode(channel, payload);
    enqueue('{"type":"message","channel":' + stringify(channel) + ',"payload":' + text + "}");
  };

  const register = (channel, handler, once) => {
    checkName(channel);
    checkAllowed(channel);
    if (typeof handler !== "function") {
      throw coded(TypeError, "bad-handler", "a handler is a function", channel);
    }
    let registered = mapGet(handlers, channel);
    if (registered === undefined) {
      registered = new Map();
      mapSet(handlers, channel, registered);
    }
    if (mapHas(registered, handler)) return;
    registrations += 1;
    mapSet(registered, handler, { __proto__: null, number: registrations, once });
    announce(channel);
  };

  const on = (channel, handler) => register(channel, handler, false);

  const once = (channel, handler) => register(channel, handler, true);

  const off = (channel, handler) => {
    const registered = mapGet(handlers, channel);
    if (registered === undefined) return;
    mapDelete(registered, handler);
    if (mapSize(registered) === 0) mapDelete(handlers, channel);
  };

  const whenWindow = (type, act) => {
    const listener = (event) => {
      if (event.isTrusted) act(event);
    };
    window.addEventListener(type, listener, true);
  };

  whenWindow("pagehide", () => {
    leaves = true;
    flush();
  });

  // A page that comes back from the back/forward cache keeps its state, while the host has moved
  // on: to the host it is a new page.
  whenWindow("pageshow", (event) => {
    if (isPersisted(event)) startPage();
  });

  defineProperty(window, "__hostDeliver", { __proto__: null, value: freeze(deliver) });
  defineProperty(window, "host", {
    __proto__: null,
    value: freeze({ send: freeze(send), on: freeze(on), once: freeze(once), off: freeze(off) }),
    enumerable: true,
  });
  startPage();
});
